import type { BillJob } from '../M3ter/billTarget';
import { hasChanges } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import type { StripeApi } from './api';
import { carryOut, WriteKeys, type StripeRequest } from './carryOut';
import { stripeCurrency } from './currency';
import { planInvoice, type InvoicePlan } from './invoicePlan';
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
			return resultOf(job, state.invoice, plan, idle.action === 'unchanged' ? (done.action ?? 'unchanged') : idle.action, api, idle.warnings, { written: done.diff });
		}
		const { sent, answer, interference } = await carryOut(api, nextRequests(state, plan), keys, plan.subtotal);
		if (sent > 0) {
			done.action ??= state.invoice === undefined ? 'created' : 'updated';
			done.diff ??= plan.diff;
		}
		const invoice = state.invoice === undefined || answer === undefined ? undefined : invoiceSchema.parse(answer);
		if (invoice?.subtotal === plan.subtotal) return resultOf(job, invoice, plan, done.action ?? 'updated', api, [], { written: done.diff });
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
	const action = idle?.action ?? (state.invoice ? 'updated' : 'created');
	const result = resultOf(job, state.invoice, plan, action, api, idle?.warnings ?? [], idle ? {} : { onInvoice: plan.subtotal });
	return { ...result, requests: idle ? [] : plan.requests.map(({ method, path, body }) => ({ method, path, body })) };
}

/** The invoice as it is, compared with the bill. */
export async function invoiceStatus(stripe: StripeApi, job: BillJob, options: StripeBillOptions): Promise<SendResult> {
	const api = stripe.counted();
	const state = await readState(api, job, { ...options, whenLocked: 'report', whenRemoved: 'recreate' });
	const plan = planInvoice(job, state, { ...options, negativeTotal: 'send', finalize: false });
	const differs = hasChanges(plan.diff);
	const action: SendAction = state.invoice === undefined ? 'skipped' : !differs ? 'unchanged' : isDraft(state.invoice) ? 'updated' : 'locked';
	const warnings = state.invoice === undefined ? ['There is no invoice for this bill yet.'] : differs ? ['The invoice differs from the bill.'] : [];
	return resultOf(job, state.invoice, plan, action, api, warnings);
}

/** Decides whether there is nothing to write, and what to call that. */
function outcomeWithoutWriting(job: BillJob, state: InvoiceState, plan: InvoicePlan, options: StripeBillOptions): { action: SendAction; warnings: string[] } | undefined {
	const { invoice } = state;
	if (invoice === undefined) {
		const nothing = plan.diff.add.length === 0;
		return nothing ? { action: state.adjusts.length > 0 ? 'unchanged' : 'skipped', warnings: state.adjusts.length > 0 ? [] : ['The bill has nothing to invoice.'] } : undefined;
	}
	if (Number(invoice.metadata.m3ter_bill_version ?? 0) > (job.bill.version ?? 0)) {
		return { action: 'unchanged', warnings: ['Stripe already has a newer version of this bill.'] };
	}
	if (isDraft(invoice)) return plan.requests.length === 0 ? { action: 'unchanged', warnings: [] } : undefined;
	if (!hasChanges(plan.diff)) return { action: 'unchanged', warnings: [] };
	const what = `Invoice ${invoice.number ?? invoice.id} is ${invoice.status} and can no longer be changed, but bill ${job.bill.id} has changed.`;
	if (options.whenLocked === 'fail') {
		throw new Failure('locked', 'The Stripe invoice is finalized and differs from the bill', {
			description: `${what} Void it in Stripe and send the bill with 'When Deleted or Void' set to 'Create Again', or set 'When Locked' to 'Send Difference'.`,
		});
	}
	return { action: 'locked', warnings: [what] };
}

function resultOf(
	job: BillJob,
	invoice: StripeInvoice | undefined,
	{ diff, settled }: InvoicePlan,
	action: SendAction,
	api: StripeApi,
	warnings: string[],
	{ written = diff, onInvoice = invoice?.subtotal ?? 0 }: { written?: InvoicePlan['diff']; onInvoice?: number } = {},
): SendResult {
	return sendResult({
		system: 'Stripe',
		action,
		draft: job.draft,
		document: invoice
			? {
					type: 'invoice',
					id: invoice.id,
					number: invoice.number,
					url: invoice.hosted_invoice_url ?? api.dashboardUrl(`invoices/${invoice.id}`),
					status: invoice.status ?? undefined,
				}
			: null,
		documentTotal: fromMinorUnits(onInvoice + settled, stripeCurrency(job.draft.currency).exponent),
		diff: written,
		calls: api.calls,
		warnings,
	});
}
