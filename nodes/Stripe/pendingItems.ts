import type Stripe from 'stripe';

import type { BillJob } from '../M3ter/billTarget';
import { diffLines, hasChanges, sumByKey, totalOf, type LineDiff } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fingerprint, idempotencyKey } from '../shared/idempotency';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import { createdSince, type StripeApi } from './api';
import { carryOut, WriteKeys, type StripeRequest } from './carryOut';
import { stripeCurrency } from './currency';
import type { FormBody } from '../shared/form';
import { desiredLines, existingLine, lineMetadata, type StripeDesiredLine, type StripeExistingLine } from './lines';
import type { StripeBillOptions } from './options';
import { invoiceItemSchema, invoiceSchema, type StripeInvoiceItem } from './schemas';

const MAX_ROUNDS = 6;

interface ItemState {
	/** Pending items and items on a draft invoice: still editable. */
	open: StripeExistingLine[];
	/** Sums per key of items on finalized invoices. */
	settled: Map<string, StripeExistingLine>;
	/** The newest version of the bill that wrote any of them. */
	version: number;
}

interface ItemPlan {
	diff: LineDiff<StripeDesiredLine, StripeExistingLine>;
	requests: StripeRequest[];
	locked: boolean;
	/** Minor units of the bill's items when the plan is carried out, and as they are now. */
	total: number;
	current: number;
}

/**
 * "Subscription invoicing": the bill's lines wait as pending invoice items until the subscription's next invoice takes
 * them. Items that are on a finalized invoice already can only be followed by the difference.
 */
export async function sendPendingItems(stripe: StripeApi, job: BillJob, subscriptionId: string, options: StripeBillOptions): Promise<SendResult> {
	const api = stripe.counted();
	const keys = new WriteKeys();
	let first: ItemPlan | undefined;
	let refusal: Failure | undefined;
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const state = await readItems(api, job);
		const plan = planItems(job, state, subscriptionId, options);
		if (state.version > (job.bill.version ?? 0)) {
			const result = resultOf(job, subscriptionId, { ...(first ?? plan), total: plan.current }, actionOf(first), api);
			return { ...result, warnings: ['Stripe already has a newer version of this bill.'] };
		}
		if (plan.locked) return lockedResult(job, subscriptionId, plan, options, api);
		if (plan.requests.length === 0) return resultOf(job, subscriptionId, first ?? plan, actionOf(first), api);
		first ??= plan;
		refusal = (await carryOut(api, plan.requests, keys)).interference;
	}
	throw refusal ?? new Failure('conflict', 'The pending Stripe invoice items keep changing while they are written', {
		description: `Bill ${job.bill.id}: other executions or people are changing its invoice items at the same moment. Send the bill again.`,
	});
}

/** What {@link sendPendingItems} would do. */
export async function previewPendingItems(stripe: StripeApi, job: BillJob, subscriptionId: string, options: StripeBillOptions): Promise<PreviewResult> {
	const api = stripe.counted();
	const plan = planItems(job, await readItems(api, job), subscriptionId, options);
	const requests = plan.locked ? [] : plan.requests.map(({ method, path, body }) => ({ method, path, body }));
	return { ...resultOf(job, subscriptionId, plan, plan.locked ? 'locked' : actionOf(requests.length > 0 ? plan : undefined), api), requests };
}

/** The bill's invoice items as they are, compared with the bill. */
export async function pendingItemsStatus(stripe: StripeApi, job: BillJob, subscriptionId: string, options: StripeBillOptions): Promise<SendResult> {
	const api = stripe.counted();
	const state = await readItems(api, job);
	const plan = planItems(job, state, subscriptionId, { ...options, whenLocked: 'report', negativeTotal: 'send' });
	const none = state.open.length === 0 && state.settled.size === 0;
	const result = resultOf(job, subscriptionId, { ...plan, total: plan.current }, none ? 'skipped' : plan.locked ? 'locked' : actionOf(plan.requests.length > 0 ? plan : undefined), api);
	return { ...result, warnings: none ? ['There are no invoice items for this bill yet.'] : result.warnings };
}

function actionOf(written: ItemPlan | undefined): SendAction {
	if (written === undefined) return 'unchanged';
	const { change, remove, same } = written.diff;
	return change.length + remove.length + same.length === 0 ? 'created' : 'updated';
}

async function readItems(api: StripeApi, job: BillJob): Promise<ItemState> {
	const all = await api.list('/v1/invoiceitems', invoiceItemSchema, { customer: job.customerId, 'created[gte]': createdSince(job) });
	const items = all.filter((item) => item.metadata.m3ter_bill_id === job.bill.id);
	const statuses = await invoiceStatuses(api, items);
	const statusOf = ({ invoice }: StripeInvoiceItem) => (invoice ? statuses.get(invoice) : 'pending');
	const having = (...wanted: string[]) => items.filter((item) => wanted.includes(statusOf(item) ?? 'gone')).map(existingLine);
	// Nobody pays what is on a voided or deleted invoice: such items do not count.
	return {
		open: having('pending', 'draft'),
		settled: sumByKey(having('open', 'paid', 'uncollectible')),
		version: Math.max(0, ...items.map(({ metadata }) => Number(metadata.m3ter_bill_version ?? 0))),
	};
}

/** Status of each invoice that items are on. */
async function invoiceStatuses(api: StripeApi, items: StripeInvoiceItem[]): Promise<Map<string, string>> {
	const ids = [...new Set(items.flatMap(({ invoice }) => invoice ?? []))];
	const invoices = await Promise.all(ids.map(async (id) => await api.find(`/v1/invoices/${id}`, invoiceSchema)));
	return new Map(invoices.flatMap((invoice) => (invoice?.status ? [[invoice.id, invoice.status]] : [])));
}

function planItems(job: BillJob, state: ItemState, subscription: string, options: StripeBillOptions): ItemPlan {
	const lines = desiredLines(job.draft, options, state.settled);
	const total = totalOf(lines);
	if (total < 0 && state.settled.size === 0 && options.negativeTotal === 'refuse') throw negativeTotal(job);
	const diff = diffLines(lines, state.open);
	const settledTotal = totalOf(state.settled.values());
	return {
		diff,
		requests: itemRequests(job, state, diff, subscription),
		locked: hasChanges(diff) && state.settled.size > 0 && options.whenLocked !== 'adjust',
		total: total + settledTotal,
		current: totalOf(state.open) + settledTotal,
	};
}

function itemRequests(job: BillJob, state: ItemState, diff: ItemPlan['diff'], subscription: string): ItemPlan['requests'] {
	const keyState = fingerprint([state.open.map(({ id, fingerprint: content }) => [id, content]), [...state.settled.values()].map(({ id, amount }) => [id, amount])]);
	const post = (operation: 'create' | 'update', path: string, body: FormBody): StripeRequest => ({
		method: 'POST',
		operation,
		path,
		body,
		key: idempotencyKey(job.bill.id, keyState, operation, { path, body }),
	});
	return [
		...diff.remove.map(({ id }): StripeRequest => ({ method: 'DELETE', operation: 'delete', path: `/v1/invoiceitems/${id}`, key: id })),
		...diff.change.map(({ existing, desired }) => post('update', `/v1/invoiceitems/${existing.id}`, updateBody(job, desired))),
		...diff.add.map((line) => post('create', '/v1/invoiceitems', createBody(job, line, subscription))),
	];
}

/** Invoice items take no product for an amount: the mapping's product counts on invoices only. */
function itemBody(job: BillJob, line: StripeDesiredLine) {
	const { amount, description, period, target } = line;
	return {
		amount,
		description,
		discountable: false,
		...(period ? { period } : {}),
		...(target.taxRates.length > 0 ? { tax_rates: target.taxRates } : {}),
		metadata: { ...lineMetadata(line), m3ter_bill_id: job.bill.id, m3ter_bill_version: String(job.bill.version ?? '') },
	};
}

const createBody = (job: BillJob, line: StripeDesiredLine, subscription: string): FormBody =>
	({ customer: job.customerId, subscription, currency: job.draft.currency.toLowerCase(), ...itemBody(job, line) }) satisfies Stripe.InvoiceItemCreateParams as FormBody;

const updateBody = (job: BillJob, line: StripeDesiredLine): FormBody =>
	({ tax_rates: '', ...itemBody(job, line) }) satisfies Stripe.InvoiceItemUpdateParams as FormBody;

const negativeTotal = ({ bill, draft, account }: BillJob) =>
	new Failure('invalid-input', 'The bill total is negative', {
		description: `Bill ${bill.id} of account ${account.code} comes to ${draft.total} ${draft.currency}. Set the option 'Negative Total' to 'Send as Customer Credit' to add it to the subscription's next invoice all the same.`,
	});

function lockedResult(job: BillJob, subscriptionId: string, plan: ItemPlan, options: StripeBillOptions, api: StripeApi): SendResult {
	const what = `Items of bill ${job.bill.id} are on a finalized Stripe invoice and can no longer be changed, but the bill has changed.`;
	if (options.whenLocked === 'fail') {
		throw new Failure('locked', 'The Stripe invoice items are finalized and differ from the bill', {
			description: `${what} Void that invoice in Stripe and send the bill again, or set 'When Locked' to 'Send Difference' to add the difference to the next invoice.`,
		});
	}
	return { ...resultOf(job, subscriptionId, { ...plan, total: plan.current }, 'locked', api), warnings: [what] };
}

function resultOf(job: BillJob, subscriptionId: string, { diff, total }: ItemPlan, action: SendAction, api: StripeApi): SendResult {
	return sendResult({
		system: 'Stripe',
		action: action === 'unchanged' && job.draft.lines.length === 0 && diff.same.length === 0 ? 'skipped' : action,
		draft: job.draft,
		document: { type: 'subscription', id: subscriptionId, url: api.dashboardUrl(`subscriptions/${subscriptionId}`), status: 'pending' },
		documentTotal: fromMinorUnits(total, stripeCurrency(job.draft.currency).exponent),
		diff,
		calls: api.calls,
	});
}
