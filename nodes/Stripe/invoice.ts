import type { BillJob } from '../M3ter/billTarget';
import { toFailure } from '../n8n/errors';
import { hasChanges, sumByKey } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import { createdSince, wasOvertaken, type StripeApi } from './api';
import { stripeCurrency } from './currency';
import { NEW_INVOICE, planInvoice, type InvoicePlan, type InvoiceState, type StripeRequest } from './invoicePlan';
import { existingLine, type StripeExistingLine } from './lines';
import type { StripeBillOptions } from './options';
import { invoiceSchema, lineSchema, type StripeInvoice } from './schemas';

/** Another execution may write at the same time: read again and settle the rest, this many times. */
const MAX_ROUNDS = 4;

/** "Stripe invoicing": one invoice per bill, created as a draft and kept equal to the bill until it is finalized. */
export async function sendInvoice(stripe: StripeApi, job: BillJob, options: StripeBillOptions): Promise<SendResult> {
	const api = stripe.counted();
	const done: { action?: 'created' | 'updated'; diff?: InvoicePlan['diff'] } = {};
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const state = await readState(api, job, options);
		const plan = planInvoice(job, state, options);
		const idle = outcomeWithoutWriting(job, state, plan, options);
		if (idle !== undefined) {
			return resultOf(job, state.invoice, plan, idle.action === 'unchanged' ? (done.action ?? 'unchanged') : idle.action, api, idle.warnings, { written: done.diff });
		}
		const { invoice, sent, complete } = await carryOut(api, plan);
		if (sent > 0) {
			done.action ??= state.invoice === undefined ? 'created' : 'updated';
			done.diff ??= plan.diff;
		}
		if (complete && invoice?.subtotal === plan.subtotal) return resultOf(job, invoice, plan, done.action ?? 'updated', api, [], { written: done.diff });
	}
	throw new Failure('conflict', 'The Stripe invoice keeps changing while it is written', {
		description: `Bill ${job.bill.id}: other executions or people are changing its invoice at the same moment. Send the bill again.`,
	});
}

/** What {@link sendInvoice} would do. */
export async function previewInvoice(stripe: StripeApi, job: BillJob, options: StripeBillOptions): Promise<PreviewResult> {
	const api = stripe.counted();
	const state = await readState(api, job, options);
	const plan = planInvoice(job, state, options);
	const idle = outcomeWithoutWriting(job, state, plan, options);
	const action = idle?.action ?? (state.invoice ? 'updated' : 'created');
	const result = resultOf(job, state.invoice, plan, action, api, idle?.warnings ?? [], idle ? {} : { onInvoice: plan.subtotal });
	return { ...result, requests: idle ? [] : plan.requests.map(({ path, body }) => ({ method: 'POST', path, body })) };
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

const isDraft = (invoice: StripeInvoice) => invoice.status === 'draft';

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
			description: `${what} Void it in Stripe, or set 'When Locked' to 'Send Difference'.`,
		});
	}
	return { action: 'locked', warnings: [what] };
}

async function readState(api: StripeApi, job: BillJob, options: StripeBillOptions): Promise<InvoiceState> {
	const remembered = job.ledgerDocumentId ? await api.find(`/v1/invoices/${job.ledgerDocumentId}`, invoiceSchema) : undefined;
	const known = remembered?.deleted || remembered?.status === 'void' ? undefined : remembered;
	if (known !== undefined && known.metadata.m3ter_bill_id !== job.bill.id) throw notOurs(job, known);
	const needAll = known === undefined || known.metadata.m3ter_adjusts !== undefined || (!isDraft(known) && options.whenLocked === 'adjust');
	const all = needAll ? await invoicesOfBill(api, job) : [known];
	const draft = all.find(isDraft);
	const finalized = all.filter((invoice) => !isDraft(invoice));
	const adjusting = draft?.metadata.m3ter_adjusts !== undefined || (draft === undefined && options.whenLocked === 'adjust');
	if (adjusting && finalized.length > 0) {
		return { invoice: draft, lines: draft ? await readLines(api, draft) : [], settled: await settledLines(api, finalized), adjusts: finalized.map(({ id }) => id) };
	}
	const invoice = draft ?? finalized[0];
	if (invoice === undefined && job.ledgerDocumentId !== undefined && options.whenRemoved === 'fail') throw removed(job);
	if (invoice !== undefined) checkSameParty(job, invoice);
	return { invoice, lines: invoice ? await readLines(api, invoice) : [], settled: new Map(), adjusts: [], removedId: invoice ? undefined : job.ledgerDocumentId };
}

/** The bill's invoices that are not void, newest first. The list is immediately consistent, unlike Stripe's search. */
async function invoicesOfBill(api: StripeApi, job: BillJob): Promise<StripeInvoice[]> {
	const invoices = await api.list('/v1/invoices', invoiceSchema, { customer: job.customerId, 'created[gte]': createdSince(job) });
	return invoices.filter((invoice) => invoice.metadata.m3ter_bill_id === job.bill.id && invoice.status !== 'void');
}

async function readLines(api: StripeApi, invoice: StripeInvoice): Promise<StripeExistingLine[]> {
	const lines = invoice.lines && !invoice.lines.has_more ? invoice.lines.data : await api.list(`/v1/invoices/${invoice.id}/lines`, lineSchema);
	return lines.map(existingLine);
}

async function settledLines(api: StripeApi, invoices: StripeInvoice[]): Promise<Map<string, StripeExistingLine>> {
	const lines = await Promise.all(invoices.map(async (invoice) => await readLines(api, invoice)));
	return sumByKey(lines.flat());
}

/** Carries a plan out, as far as it goes: not `complete` when another execution interfered and the state must be read again. */
async function carryOut(api: StripeApi, plan: InvoicePlan): Promise<{ invoice?: StripeInvoice; sent: number; complete: boolean }> {
	let invoice: StripeInvoice | undefined;
	let sent = 0;
	try {
		for (const request of plan.requests) {
			const path = request.path.replace(NEW_INVOICE, invoice?.id ?? NEW_INVOICE);
			invoice = request.operation === 'create' ? await createOnce(api, request) : await write(api, path, request, request.key);
			sent++;
		}
		return { invoice, sent, complete: true };
	} catch (error) {
		const failure = toFailure(error);
		if (wasOvertaken(failure)) return { invoice, sent, complete: false };
		throw toFailure(failure);
	}
}

async function write(api: StripeApi, path: string, request: StripeRequest, key: string): Promise<StripeInvoice> {
	return invoiceSchema.parse((await api.post(path, request.body, key)).body);
}

/** Stripe replays the first answer for 24 hours, even when that invoice was deleted since: then the create is meant anew. */
async function createOnce(api: StripeApi, request: StripeRequest): Promise<StripeInvoice> {
	for (let generation = 1; ; generation++) {
		const answer = await api.post(request.path, request.body, generation === 1 ? request.key : `${request.key}:${generation}`);
		const invoice = invoiceSchema.parse(answer.body);
		if (!answer.replayed) return invoice;
		const current = await api.find(`/v1/invoices/${invoice.id}`, invoiceSchema);
		if (current !== undefined && !current.deleted) return current;
	}
}

function checkSameParty(job: BillJob, invoice: StripeInvoice): void {
	const sameCustomer = invoice.customer === job.customerId;
	if (sameCustomer && invoice.currency?.toUpperCase() === job.draft.currency.toUpperCase()) return;
	throw new Failure('conflict', `The Stripe invoice of this bill has another ${sameCustomer ? 'currency' : 'customer'}`, {
		description: `Bill ${job.bill.id} is for ${job.customerId} in ${job.draft.currency}; invoice ${invoice.number ?? invoice.id} is for ${invoice.customer} in ${invoice.currency}. Stripe cannot change either: delete or void the invoice, set 'When Deleted or Void' to 'Create Again', and send the bill again.`,
	});
}

const notOurs = (job: BillJob, invoice: StripeInvoice) =>
	new Failure('conflict', 'The ledger points to an invoice of another bill', {
		description: `m3ter's external mapping of bill ${job.bill.id} names invoice ${invoice.id}, which was not made for it. Correct or delete the mapping.`,
	});

const removed = (job: BillJob) =>
	new Failure('not-found', 'The Stripe invoice of this bill was deleted or voided', {
		description: `Invoice ${job.ledgerDocumentId} of bill ${job.bill.id} is gone. To invoice the bill again, set the option 'When Deleted or Void' to 'Create Again'.`,
	});

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
