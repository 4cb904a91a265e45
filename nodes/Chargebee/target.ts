import type { IExecuteFunctions } from 'n8n-workflow';

import { m3terApi } from '../M3ter/api';
import type { BillJob, BillTarget } from '../M3ter/billTarget';
import { readAllSubscriptionRefs, subscriptionOfBill, type SubscriptionRef } from '../M3ter/subscriptionRefs';
import { settled } from '../n8n/errors';
import { inParallel } from '../n8n/parallel';
import { Failure } from '../shared/failure';
import { chargebeeApi, type ChargebeeApi } from './api';
import { chargebeeDecimals } from './currency';
import { previewInChargebee, sendToChargebee, statusInChargebee } from './invoice';
import { readChargebeeBillOptions, readCurrenciesWithoutDecimals, type ChargebeeBillOptions } from './options';

const CUSTOMERS_AT_ONCE = 5;

type Work<R> = (api: ChargebeeApi, job: BillJob, subscriptionId: string | undefined, options: ChargebeeBillOptions) => Promise<R>;

/** Chargebee as a receiver of bills, on pending invoices, as unbilled charges or on new invoices. */
export async function chargebeeTarget(context: IExecuteFunctions): Promise<BillTarget> {
	const chargebee = await chargebeeApi(context);
	const withoutDecimals = readCurrenciesWithoutDecimals(context);
	const unbilled = context.getNodeParameter('target', 0, 'pendingInvoice') === 'unbilledCharges';

	/** Bills of one customer come one after another: Chargebee locks a customer's data and refuses a second call on it. */
	async function each<R>(jobs: readonly BillJob[], work: Work<R>): Promise<Array<R | Failure>> {
		const options = jobs.map((job) => readChargebeeBillOptions(context, job.itemIndex));
		const refs = await subscriptionRefs(context, jobs, options);
		const outcomes = new Map<BillJob, R | Failure>();
		await inParallel([...new Set(jobs.map(({ customerId }) => customerId))], CUSTOMERS_AT_ONCE, async (customerId) => {
			for (const [index, job] of jobs.entries()) {
				if (job.customerId !== customerId) continue;
				outcomes.set(job, await settled(async () => await work(chargebee, job, subscriptionIdOf(job, options[index], refs), options[index])));
			}
		});
		return jobs.map((job) => outcomes.get(job) as R | Failure);
	}

	return {
		system: 'Chargebee',
		customerTable: 'Customer',
		documentTable: unbilled ? 'UnbilledCharges' : 'Invoice',
		negativeLines: 'netIntoBill',
		decimals: (currency) => chargebeeDecimals(currency, withoutDecimals),
		send: async (jobs) => await each(jobs, sendToChargebee),
		preview: async (jobs) => await each(jobs, previewInChargebee),
		status: async (jobs) => await each(jobs, statusInChargebee),
	};
}

function subscriptionIdOf(job: BillJob, { subscription }: ChargebeeBillOptions, refs: readonly SubscriptionRef[]): string | undefined {
	if (subscription.source === 'none') return undefined;
	if (subscription.source === 'mapping') return subscriptionOfBill(job, refs, 'Chargebee');
	if (subscription.id !== '') return subscription.id;
	throw new Failure('mapping-missing', 'The Chargebee subscription ID is empty', { description: `For account ${job.account.code}, bill ${job.bill.id}: 'Subscription ID' gave nothing.` });
}

/** Subscriptions behind account plans, and behind whole accounts: m3ter's own integration maps those. */
async function subscriptionRefs(context: IExecuteFunctions, jobs: readonly BillJob[], options: readonly ChargebeeBillOptions[]): Promise<SubscriptionRef[]> {
	const accountIds = jobs.flatMap((job, index) => (options[index].subscription.source === 'mapping' ? [job.account.id] : []));
	if (accountIds.length === 0) return [];
	const api = await m3terApi(context);
	return await readAllSubscriptionRefs(api, accountIds, options[0].mappingSystem || 'Chargebee', 'Subscription');
}
