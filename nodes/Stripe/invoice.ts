import type { BillJob } from '../M3ter/billTarget';
import { hasChanges } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import type { StripeApi } from './api';
import { carryOut, WriteKeys, type StripeRequest } from './carryOut';
import { stripeCurrency } from './currency';
import { checkLimits, planInvoice, type InvoicePlan } from './invoicePlan';
import type { StripeBillOptions } from './options';
import { invoiceSchema, type StripeInvoice } from './schemas';
import { isDraft, readState, type InvoiceState } from './state';

/** Another execution may write at the same time: read again and settle the rest, this many times. */
const MAX_ROUNDS = 6;

/** "Stripe invoicing": one invoice per bill, created as a draft and kept equal to the bill until it is finalized. */
export async function sendInvoice(stripe: StripeApi, job: BillJob, options: StripeBillOptions): Promise<SendResult> {
	const api = stripe.counted();
	const keys = new WriteKeys();
	const done: { action?: 'created' | 'updated'; diff?: InvoicePlan['diff'] } = {};
	let refusal: Failure | undefined;
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const state = await readState(api, job, options);
		const plan = planInvoice(job, state, options);
		const idle = state.surplus.length > 0 ? undefined : outcomeWithoutWriting(job, state, plan, options);
		if (idle !== undefined) {
			const action = idle.action === 'unchanged' ? (done.action ?? 'unchanged') : idle.action;
			return resultOf({ api, job, state, plan }, action, { warnings: idle.warnings, written: done.diff });
		}
		checkLimits(job, plan, state, options);
		const { sent, answer, interference } = await carryOut(api, nextRequests(state, plan), keys, plan.subtotal);
		if (sent > 0) {
			done.action ??= state.invoice === undefined ? 'created' : 'updated';
			done.diff ??= plan.diff;
		}
		const invoice = state.invoice === undefined || answer === undefined ? undefined : invoiceSchema.parse(answer);
		if (invoice?.subtotal === plan.subtotal) return resultOf({ api, job, state, plan }, done.action ?? 'updated', { document: invoice, subtotal: plan.subtotal, written: done.diff });
		refusal = interference;
	}
	throw refusal ?? new Failure('conflict', 'The Stripe invoice keeps changing while it is written', {
		description: `Bill ${job.bill.id}: other executions or people are changing its invoice at the same moment. Send the bill again.`,
	});
}

/** What can be done before the state is read again: an invoice is filled only when it is known to be the only one. */
function nextRequests({ invoice, surplus }: InvoiceState, { requests }: InvoicePlan): StripeRequest[] {
	if (surplus.length > 0) return surplus.map(({ id }) => ({ method: 'DELETE', operation: 'delete', path: `/v1/invoices/${id}`, key: id }));
	return invoice === undefined ? requests.slice(0, 1) : requests;
}

/** What {@link sendInvoice} would do. */
export async function previewInvoice(stripe: StripeApi, job: BillJob, options: StripeBillOptions): Promise<PreviewResult> {
	const api = stripe.counted();
	const state = await readState(api, job, options);
	const plan = planInvoice(job, state, options);
	const idle = outcomeWithoutWriting(job, state, plan, options);
	if (idle === undefined) checkLimits(job, plan, state, options);
	const action = idle?.action ?? (state.invoice ? 'updated' : 'created');
	const result = resultOf({ api, job, state, plan }, action, idle ? { warnings: idle.warnings } : { document: state.invoice ?? null, subtotal: plan.subtotal });
	return { ...result, requests: idle ? [] : plan.requests.map(({ method, path, body }) => ({ method, path, body })) };
}

/** The invoice as it is, compared with the bill. */
export async function invoiceStatus(stripe: StripeApi, job: BillJob, options: StripeBillOptions): Promise<SendResult> {
	const api = stripe.counted();
	const state = await readState(api, job, { ...options, whenLocked: 'report', whenRemoved: 'recreate' });
	const plan = planInvoice(job, state, { ...options, finalize: false });
	const newest = newestOf(state);
	const differs = hasChanges(plan.diff);
	const action: SendAction = newest === undefined ? 'skipped' : !differs ? 'unchanged' : isDraft(newest) ? 'updated' : 'locked';
	const warnings = newest === undefined ? ['There is no invoice for this bill yet.'] : differs ? ['The invoice differs from the bill.'] : [];
	return resultOf({ api, job, state, plan }, action, { warnings });
}

/** The invoice people look at: the one to work on, else the last that was finalized. */
const newestOf = ({ invoice, finalized }: InvoiceState): StripeInvoice | undefined => invoice ?? finalized[0];

/** Decides whether there is nothing to write, and what to call that. */
function outcomeWithoutWriting(job: BillJob, state: InvoiceState, plan: InvoicePlan, options: StripeBillOptions): { action: SendAction; warnings: string[] } | undefined {
	const newest = newestOf(state);
	if (newest === undefined) return plan.diff.add.length === 0 ? { action: 'skipped', warnings: ['The bill has nothing to invoice.'] } : undefined;
	if (Number(newest.metadata.m3ter_bill_version ?? 0) > (job.bill.version ?? 0)) {
		return { action: 'unchanged', warnings: ['Stripe already has a newer version of this bill.'] };
	}
	if (isDraft(newest)) return plan.requests.length === 0 ? { action: 'unchanged', warnings: [] } : undefined;
	if (!hasChanges(plan.diff)) return { action: 'unchanged', warnings: [] };
	if (options.whenLocked === 'adjust') return undefined;
	const what = `Invoice ${newest.number ?? newest.id} is ${newest.status} and can no longer be changed, but bill ${job.bill.id} has changed.`;
	if (options.whenLocked === 'fail') {
		throw new Failure('locked', 'The Stripe invoice is finalized and differs from the bill', {
			description: `${what} Void it in Stripe and send the bill with 'When Deleted or Void' set to 'Create Again', or set 'When Locked' to 'Send Difference'.`,
		});
	}
	return { action: 'locked', warnings: [what] };
}

interface ResultFacts {
	/** The invoice to name; null when it is still to be made. Default: the one people look at. */
	document?: StripeInvoice | null;
	/** Minor units on the invoice to work on. Default: as it was read. */
	subtotal?: number;
	/** The line edits that were made. */
	written?: InvoicePlan['diff'];
	warnings?: string[];
}

function resultOf(
	{ api, job, state, plan }: { api: StripeApi; job: BillJob; state: InvoiceState; plan: InvoicePlan },
	action: SendAction,
	{ document = newestOf(state) ?? null, subtotal = state.invoice?.subtotal ?? 0, written = plan.diff, warnings = [] }: ResultFacts,
): SendResult {
	return sendResult({
		system: 'Stripe',
		action,
		draft: job.draft,
		document: document && documentOf(api, document),
		documentTotal: fromMinorUnits(subtotal + plan.settled, stripeCurrency(job.draft.currency).exponent),
		diff: written,
		calls: api.calls,
		warnings,
	});
}

const documentOf = (api: StripeApi, { id, number, status, hosted_invoice_url: page }: StripeInvoice): SendResult['document'] => ({
	type: 'invoice',
	id,
	number,
	url: page ?? api.dashboardUrl(`invoices/${id}`),
	status: status ?? undefined,
});
