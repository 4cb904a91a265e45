import type Stripe from 'stripe';

import { chunk } from '../shared/batching';
import { diffLines, totalOf, type LineDiff } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fingerprint, idempotencyKey } from '../shared/idempotency';
import type { InvoiceDraft } from '../shared/invoiceDraft';
import { periodText } from '../shared/lineText';
import { fromMinorUnits } from '../shared/money';
import type { BillJob } from '../M3ter/billTarget';
import type { FormBody, FormValue } from '../shared/form';
import type { StripeRequest } from './carryOut';
import { stripeCurrency } from './currency';
import { desiredLines, lineBody, type StripeDesiredLine, type StripeExistingLine } from './lines';
import type { StripeBillOptions } from './options';
import { adjustsOf, type InvoiceState } from './state';

/** Stripe takes at most 250 invoice items per invoice and publishes no limit per call; 100 keeps requests small. */
const MAX_LINES = 250;
const LINES_PER_CALL = 100;
/** Stands for the id of an invoice that does not exist yet. */
const NEW_INVOICE = '{invoice}';

export interface InvoicePlan {
	/** The lines of the invoice to work on, as they shall be. */
	lines: StripeDesiredLine[];
	diff: LineDiff<StripeDesiredLine, StripeExistingLine>;
	requests: StripeRequest[];
	/** Minor units the invoice's lines add up to when the plan is carried out, lines added by hand included. */
	subtotal: number;
	/** Minor units that finalized invoices of this bill carry already. */
	settled: number;
}

/**
 * The requests that make the invoice equal to the bill; none when it is.
 * Keys hold the bill, the invoice and its revision (counted up by our own writes), so that a repeated request is
 * recognised, and the same change made again later is not taken for a repetition. The key of a new invoice does not depend on
 * its fields: executions that make it at the same moment, even from different versions of the bill, make one.
 */
export function planInvoice(job: BillJob, state: InvoiceState, options: StripeBillOptions): InvoicePlan {
	const lines = desiredLines(job.draft, options, state.settled);
	const diff = diffLines(lines, state.lines);
	const requests = buildRequests(job, state, options, diff);
	return { lines, diff, requests, subtotal: totalOf(lines) + totalOf(diff.foreign), settled: totalOf(state.settled.values()) };
}

/**
 * Checks a plan before any of it is carried out.
 * @throws Failure `invalid-input` for more lines than Stripe takes or a negative total that is refused.
 */
export function checkLimits({ draft }: BillJob, { lines, settled }: InvoicePlan, state: InvoiceState, options: StripeBillOptions): void {
	const bill = `Bill ${draft.billId} of account ${draft.accountCode ?? draft.accountId}`;
	const total = totalOf(lines);
	if (lines.length > MAX_LINES) {
		throw new Failure('invalid-input', `The bill has more lines than a Stripe invoice takes`, {
			description: `${bill} has ${lines.length} lines, Stripe takes ${MAX_LINES}. Choose 'By Product' in the option 'Group Lines'.`,
		});
	}
	if (total >= 0 || options.negativeTotal === 'send') return;
	const credit = "Set the option 'Negative Total' to 'Send as Customer Credit'";
	if (state.finalized.length === 0) {
		throw new Failure('invalid-input', 'The bill total is negative', {
			description: `${bill} comes to ${draft.total} ${draft.currency}. Stripe would turn it into customer credit when the invoice is finalized. ${credit} to allow that.`,
		});
	}
	const text = (amount: number) => `${fromMinorUnits(amount, stripeCurrency(draft.currency).exponent).toFixed(draft.decimals)} ${draft.currency}`;
	throw new Failure('invalid-input', 'The difference to the finalized Stripe invoice is negative', {
		description: `${bill} comes to ${draft.total} ${draft.currency}, ${text(-total)} less than the ${text(settled)} that are finalized in Stripe. ${credit} to send the difference, which Stripe turns into customer credit when that invoice is finalized. Or void what is finalized and send the bill with 'When Deleted or Void' set to 'Create Again'.`,
	});
}

function buildRequests(job: BillJob, state: InvoiceState, options: StripeBillOptions, diff: InvoicePlan['diff']): StripeRequest[] {
	const { invoice } = state;
	const revision = Number(invoice?.metadata.m3ter_revision ?? 0);
	const keyState = `${invoice?.id ?? state.removedId ?? state.finalized[0]?.id ?? 'new'}-${revision}`;
	const request: RequestBuilder = (operation, path, body) => ({
		method: 'POST',
		operation,
		path,
		body,
		key: idempotencyKey(job.bill.id, keyState, operation, { path, body }),
	});
	const id = invoice?.id ?? NEW_INVOICE;
	const header = invoiceHeader(job, options);
	const requests: StripeRequest[] = [];
	if (invoice === undefined) requests.push({ ...request('create', '/v1/invoices', createBody(job, state, header)), key: `m3ter:${job.bill.id}:${keyState}:create` });
	else if (invoice.metadata.m3ter_header !== fingerprint(header)) {
		requests.push(request('header', `/v1/invoices/${id}`, { ...header, metadata: { m3ter_header: fingerprint(header), m3ter_revision: String(revision + 1) } }));
	}
	requests.push(...lineRequests(job, diff, id, String(revision + 1), request));
	if (options.finalize) requests.push(request('finalize', `/v1/invoices/${id}/finalize`, { auto_advance: options.autoAdvance }));
	return requests;
}

type RequestBuilder = (operation: StripeRequest['operation'], path: string, body: FormBody) => StripeRequest;

function lineRequests(job: BillJob, diff: InvoicePlan['diff'], id: string, revision: string, request: RequestBuilder): StripeRequest[] {
	const { currency } = job.draft;
	const operations = [
		...chunk(diff.remove, LINES_PER_CALL).map((part) => ({
			operation: 'remove' as const,
			lines: part.map((line) => ({ id: line.id, behavior: 'delete' as const })),
		})),
		...chunk(diff.change, LINES_PER_CALL).map((part) => ({
			operation: 'update' as const,
			lines: part.map(({ existing, desired }) => ({ id: existing.id, ...withClearedTaxes(lineBody(desired, currency)) })),
		})),
		...chunk(diff.add, LINES_PER_CALL).map((part) => ({ operation: 'add' as const, lines: part.map((line) => lineBody(line, currency)) })),
	];
	return operations.map(({ operation, lines }, index) =>
		request(operation, `/v1/invoices/${id}/${operation}_lines`, {
			lines: lines as unknown as FormValue,
			// The last write of a run stamps what it brought the invoice to.
			...(index === operations.length - 1 ? { invoice_metadata: { m3ter_bill_version: String(job.bill.version ?? ''), m3ter_revision: revision } } : {}),
		}),
	);
}

/** An update leaves out what it does not name: rates that are no longer mapped must be cleared by name. */
const withClearedTaxes = <T extends object>(body: T) => ('tax_rates' in body ? body : { ...body, tax_rates: '' as const });

/** Everything on the invoice but its lines. Limits of lengths are Stripe's. */
function invoiceHeader({ bill, draft }: BillJob, options: StripeBillOptions): FormBody {
	const fields = [
		{ name: 'Billing Period', value: periodText(bill) },
		{ name: 'Reference', value: draft.reference === bill.id ? '' : draft.reference },
		{ name: 'Purchase Order', value: draft.purchaseOrder ?? '' },
	].filter(({ value }) => value !== '');
	return {
		auto_advance: options.autoAdvance,
		collection_method: options.collectionMethod,
		...(options.collectionMethod === 'send_invoice' ? { days_until_due: daysUntilDue(draft) } : {}),
		description: options.memo.slice(0, 1500),
		footer: options.footer.slice(0, 5000),
		custom_fields: fields.map(({ name, value }) => ({ name, value: value.slice(0, 140) })),
		automatic_tax: { enabled: options.automaticTax },
	} satisfies Stripe.InvoiceCreateParams;
}

/** Payment terms of the bill in days. Stripe refuses due dates in the past, so the term counts, not the date. */
function daysUntilDue({ issueDate, dueDate }: InvoiceDraft): number {
	if (issueDate === undefined || dueDate === undefined) return 0;
	return Math.max(0, Math.round((Date.parse(dueDate) - Date.parse(issueDate)) / 86_400_000));
}

function createBody(job: BillJob, state: InvoiceState, header: FormBody): FormBody {
	const fixed = {
		customer: job.customerId,
		currency: job.draft.currency.toLowerCase(),
		// Other pending items of the customer and inherited coupons would change the total.
		pending_invoice_items_behavior: 'exclude',
		discounts: '',
		metadata: {
			m3ter_bill_id: job.bill.id,
			m3ter_account_code: (job.account.code ?? '').slice(0, 500),
			m3ter_header: fingerprint(header),
			m3ter_revision: '0',
			...(state.finalized.length > 0 ? { m3ter_adjusts: adjustsOf(state.finalized) } : {}),
		},
	} satisfies Stripe.InvoiceCreateParams;
	return { ...fixed, ...header };
}
