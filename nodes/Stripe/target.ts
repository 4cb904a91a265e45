import type { IExecuteFunctions } from 'n8n-workflow';

import { m3terApi } from '../M3ter/api';
import type { BillJob, BillTarget } from '../M3ter/billTarget';
import { readSubscriptionRefs, subscriptionOfBill, type SubscriptionRef } from '../M3ter/subscriptionRefs';
import { settled } from '../n8n/errors';
import { inParallel } from '../n8n/parallel';
import type { Failure } from '../shared/failure';
import { stripeApi, type StripeApi } from './api';
import { stripeCurrency } from './currency';
import { invoiceStatus, previewInvoice, sendInvoice } from './invoice';
import { readStripeBillOptions, type StripeBillOptions } from './options';
import { pendingItemsStatus, previewPendingItems, sendPendingItems } from './pendingItems';

const BILLS_AT_ONCE = 5;

type InvoiceWork<R> = (api: StripeApi, job: BillJob, options: StripeBillOptions) => Promise<R>;
type ItemsWork<R> = (api: StripeApi, job: BillJob, subscriptionId: string, options: StripeBillOptions) => Promise<R>;

/** Stripe as a receiver of bills, in both modes. */
export async function stripeTarget(context: IExecuteFunctions): Promise<BillTarget> {
	const stripe = await stripeApi(context);
	const subscriptionMode = context.getNodeParameter('mode', 0, 'invoice') === 'subscription';

	async function each<R>(jobs: readonly BillJob[], onInvoice: InvoiceWork<R>, onItems: ItemsWork<R>): Promise<Array<R | Failure>> {
		const options = jobs.map((job) => readStripeBillOptions(context, job.itemIndex));
		const refs = await subscriptionRefs(context, jobs, options);
		return await inParallel(jobs, BILLS_AT_ONCE, async (job, index) =>
			await settled(async () =>
				options[index].mode === 'invoice'
					? await onInvoice(stripe, job, options[index])
					: await onItems(stripe, job, options[index].subscriptionId || subscriptionOfBill(job, refs, 'Stripe'), options[index]),
			),
		);
	}

	return {
		system: 'Stripe',
		customerTable: 'Customer',
		documentTable: subscriptionMode ? 'SubscriptionItems' : 'Invoice',
		decimals: (currency) => stripeCurrency(currency).decimals,
		send: async (jobs) => await each(jobs, sendInvoice, sendPendingItems),
		preview: async (jobs) => await each(jobs, previewInvoice, previewPendingItems),
		status: async (jobs) => await each(jobs, invoiceStatus, pendingItemsStatus),
	};
}

async function subscriptionRefs(context: IExecuteFunctions, jobs: readonly BillJob[], options: readonly StripeBillOptions[]): Promise<SubscriptionRef[]> {
	const byMapping = jobs.filter((_job, index) => options[index].mode === 'subscription' && options[index].subscriptionId === '');
	if (byMapping.length === 0) return [];
	const api = await m3terApi(context);
	return await readSubscriptionRefs(api, byMapping.map(({ account }) => account.id), options[0].mappingSystem || 'Stripe', 'Subscription');
}
