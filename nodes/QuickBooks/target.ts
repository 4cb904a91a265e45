import type { IExecuteFunctions } from 'n8n-workflow';

import { m3terApi } from '../M3ter/api';
import type { BillJob, BillTarget } from '../M3ter/billTarget';
import { mappedProduct, readProductMappings } from '../M3ter/productMappings';
import { settled } from '../n8n/errors';
import { inParallel } from '../n8n/parallel';
import { chunk } from '../shared/batching';
import { Failure } from '../shared/failure';
import { BATCH_SIZE, quickBooksApi, type QuickBooksApi } from './api';
import { quickBooksDecimals, readCompany, type Company } from './company';
import type { Task } from './documentPlan';
import { readQuickBooksBillOptions, type QuickBooksBillOptions } from './options';
import { documentStatuses, previewDocuments, sendDocuments } from './send';

/** QuickBooks takes 40 batches a minute, so more at once only wait longer. */
const BATCHES_AT_ONCE = 2;

type Work<R> = (api: QuickBooksApi, company: Company, tasks: readonly Task[]) => Promise<Array<R | Failure>>;

/** QuickBooks Online as a receiver of bills. */
export async function quickBooksTarget(context: IExecuteFunctions): Promise<BillTarget> {
	const api = await quickBooksApi(context);
	let known: Promise<Company> | undefined;

	async function inBatches<R>(jobs: readonly BillJob[], work: Work<R>): Promise<Array<R | Failure>> {
		const company = await (known ??= readCompany(api));
		const options = jobs.map((job) => readQuickBooksBillOptions(context, job.itemIndex));
		const tasks = await tasksOf(context, jobs, options);
		const results = await inParallel(chunk(tasks, BATCH_SIZE), BATCHES_AT_ONCE, async (part) => {
			const result = await settled(async () => await work(api, company, part));
			return result instanceof Failure ? part.map(() => result) : result;
		});
		return results.flat();
	}

	return {
		system: 'QuickBooks',
		customerTable: 'Customer',
		documentTable: 'Transaction',
		decimals: quickBooksDecimals,
		send: async (jobs) => await inBatches(jobs, sendDocuments),
		preview: async (jobs) => await inBatches(jobs, previewDocuments),
		status: async (jobs) => await inBatches(jobs, documentStatuses),
	};
}

/** Items come from m3ter's external mappings Product → QuickBooks Item, read once for all bills. */
async function tasksOf(context: IExecuteFunctions, jobs: readonly BillJob[], options: readonly QuickBooksBillOptions[]): Promise<Task[]> {
	const system = options[0]?.mappingSystem || 'QuickBooks';
	const items = await readProductMappings(await m3terApi(context), jobs.map(({ bill }) => bill), system, 'Item');
	return jobs.map((job, index) => ({ job, context: { options: options[index], mappedItem: (line) => mappedProduct(line, job.bill, items) } }));
}
