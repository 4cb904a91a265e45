import type { IExecuteFunctions } from 'n8n-workflow';

import { m3terApi } from '../M3ter/api';
import type { BillJob, BillTarget } from '../M3ter/billTarget';
import { mappedProduct, readProductMappings } from '../M3ter/productMappings';
import { settled } from '../n8n/errors';
import { inParallel } from '../n8n/parallel';
import { Failure } from '../shared/failure';
import { isoDecimals } from '../shared/money';
import { netSuiteApi, type NetSuiteApi } from './api';
import { readFacts } from './facts';
import { EXPONENT, targetOf } from './lines';
import { readConcurrency, readNetSuiteBillOptions, type LineTarget, type NetSuiteBillOptions } from './options';
import { billStatus, previewBill, sendBill, type NetSuiteJob } from './send';
import { readRows } from './state';

/** NetSuite's word for its items in m3ter's external mappings. */
const ITEM_TABLE = 'Item';

const TABLES = { invoice: 'Invoice', salesOrder: 'SalesOrder' };

/**
 * NetSuite as a receiver of bills.
 * @param approve bring each document up to date and approve it, whatever the option says
 */
export async function netSuiteTarget(context: IExecuteFunctions, approve = false): Promise<BillTarget> {
	const concurrency = readConcurrency(context);
	const api = await netSuiteApi(context, concurrency);

	async function each<R>(jobs: readonly BillJob[], work: (api: NetSuiteApi, job: NetSuiteJob) => Promise<R>): Promise<Array<R | Failure>> {
		const prepared = await prepare(context, api, jobs, approve);
		return await inParallel(prepared, concurrency, async (job) => (job instanceof Failure ? job : await settled(async () => await work(api, job))));
	}

	return {
		system: 'NetSuite',
		customerTable: 'Customer',
		documentTable: TABLES[context.getNodeParameter('recordType', 0, 'invoice') as keyof typeof TABLES],
		decimals: (currency) => Math.min(EXPONENT, isoDecimals(currency)),
		send: async (jobs) => await each(jobs, sendBill),
		preview: async (jobs) => await each(jobs, previewBill),
		status: async (jobs) => await each(jobs, billStatus),
	};
}

/** Look-ups for all bills together: their records, currencies, periods and the items of their products. */
async function prepare(context: IExecuteFunctions, api: NetSuiteApi, jobs: readonly BillJob[], approve: boolean): Promise<Array<NetSuiteJob | Failure>> {
	const options = await Promise.all(jobs.map(async ({ itemIndex }) => await settled(async () => readNetSuiteBillOptions(context, itemIndex))));
	const usable = options.find((entry): entry is NetSuiteBillOptions => !(entry instanceof Failure));
	const m3ter = await m3terApi(context);
	const [rows, facts, products] = await Promise.all([
		readRows(api, [...new Set(jobs.map(({ bill }) => bill.id))]),
		readFacts(api),
		readProductMappings(m3ter, jobs.map(({ bill }) => bill), usable?.mappingSystem || 'NetSuite', ITEM_TABLE),
	]);
	return await Promise.all(
		jobs.map(async (job, index) => {
			const own = options[index];
			if (own instanceof Failure) return own;
			const chosen: NetSuiteBillOptions = approve ? { ...own, approval: 'approved' } : own;
			return await settled(async () => ({ job, options: chosen, targets: targetsOf(job, chosen, products), rows: rows.get(job.bill.id) ?? [], facts }));
		}),
	);
}

/** @throws Failure `mapping-missing` naming every line NetSuite would have no item for */
function targetsOf({ bill, draft }: BillJob, options: NetSuiteBillOptions, products: ReadonlyMap<string, string>): Map<string, LineTarget> {
	const targets = new Map(draft.lines.map((line) => [line.key, targetOf(line, options, mappedProduct(line, bill, products))]));
	const missing = draft.lines.filter(({ key }) => targets.get(key)?.item === undefined);
	if (missing.length === 0) return targets;
	const names = [...new Set(missing.map(({ accountingProductCode, productCode, type, description }) => `${description} (${accountingProductCode ?? productCode ?? type})`))];
	throw new Failure('mapping-missing', missing.length === 1 ? 'A bill line has no NetSuite item' : `${missing.length} bill lines have no NetSuite item`, {
		description: `Bill ${bill.id}: ${names.join(', ')}. Every NetSuite line needs an item: choose a default 'Item' in the options, add rows to 'Line Mapping', or create the external mapping Product → NetSuite Item in m3ter.`,
	});
}
