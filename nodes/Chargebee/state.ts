import type { BillJob } from '../M3ter/billTarget';
import { sumByKey } from '../shared/diff';
import { Failure } from '../shared/failure';
import { updatedSince, type ChargebeeApi } from './api';
import { existingLine, type BillMarks, type ChargebeeExistingLine } from './lines';
import type { ChargebeeBillOptions } from './options';
import { invoiceAnswer, invoiceSchema, promotionalCreditSchema, unbilledChargeSchema, type ChargebeeInvoice, type ChargebeeLineItem } from './schemas';

const LINES_PER_PAGE = 300;

/** An invoice with all its lines. */
export interface HeldInvoice {
	invoice: ChargebeeInvoice;
	lines: ChargebeeExistingLine[];
}

/** What Chargebee holds for a bill and its customer. */
export interface BillState {
	/** All pending invoices of the customer: any may be the one to put charges on. */
	pending: HeldInvoice[];
	/** Closed invoices with lines of this bill, newest first; void ones do not count. */
	closed: HeldInvoice[];
	/** Charges of this bill that wait for an invoice. */
	unbilled: ChargebeeExistingLine[];
	/** Minor units of promotional credit given for this bill. */
	credit: number;
	/** The invoice the ledger remembers was voided or deleted, and nothing of the bill is left. */
	removedId?: string;
}

/** Lines of this bill that can still be changed. */
export const openLines = ({ pending, unbilled }: BillState): ChargebeeExistingLine[] => [...unbilled, ...pending.flatMap(({ lines }) => lines.filter(isOurs))];

/** Sums per line over closed invoices. */
export const settledLines = ({ closed }: BillState): Map<string, ChargebeeExistingLine> => sumByKey(closed.flatMap(({ lines }) => lines));

export const isOurs = ({ key }: ChargebeeExistingLine): boolean => key !== undefined;

/** Reference of a bill's promotional credits. */
export const creditReference = (billId: string): string => `m3ter:${billId}`;

/**
 * Reads everything a bill may have in Chargebee: three lists of the customer, and its credits where those are used. A bill is
 * found wherever its charges have got to: charges that wait become lines of an invoice, a draft gets another id when it closes.
 */
export async function readState(api: ChargebeeApi, job: BillJob, options: ChargebeeBillOptions, marks: BillMarks): Promise<BillState> {
	const customer = { 'customer_id[is]': job.customerId };
	const [pendingRows, closedRows, chargeRows, credit] = await Promise.all([
		api.list('/invoices', 'invoice', invoiceSchema, { ...customer, 'status[is]': 'pending', 'sort_by[asc]': 'date' }),
		api.list('/invoices', 'invoice', invoiceSchema, { ...customer, 'status[is_not]': 'pending', 'updated_at[after]': updatedSince(job), 'sort_by[desc]': 'date' }),
		api.list('/unbilled_charges', 'unbilled_charge', unbilledChargeSchema, customer),
		options.credits === 'promotionalCredit' ? readCredit(api, job) : 0,
	]);
	const hold = async (invoice: ChargebeeInvoice) => ({ invoice, lines: await invoiceLines(api, invoice, marks) });
	const pending = await Promise.all(pendingRows.filter(({ deleted }) => !deleted).map(hold));
	const closed = await Promise.all(closedRows.filter(({ deleted, status }) => !deleted && status !== 'voided').map(hold));
	const unbilled = chargeRows.filter((charge) => !charge.deleted && !charge.is_voided).map((charge) => existingLine(charge, marks));
	const state: BillState = { pending, closed: closed.filter(({ lines }) => lines.some(isOurs)), unbilled: unbilled.filter(isOurs), credit };
	return { ...state, removedId: await removedInvoice(api, job, state, marks) };
}

/** All lines of an invoice; an answer carries 300 at most. */
async function invoiceLines(api: ChargebeeApi, { id, line_items: first, line_items_next_offset: next }: ChargebeeInvoice, marks: BillMarks): Promise<ChargebeeExistingLine[]> {
	const rows: ChargebeeLineItem[] = [...first];
	for (let offset = next; offset !== undefined; ) {
		const { invoice } = await api.get(`/invoices/${id}`, invoiceAnswer, { line_items_limit: LINES_PER_PAGE, line_items_offset: offset });
		rows.push(...invoice.line_items);
		offset = invoice.line_items_next_offset === offset ? undefined : invoice.line_items_next_offset;
	}
	return rows.map((line) => existingLine(line, marks, id));
}

/** Lines of an invoice as a write answered it; undefined when there are more than one answer carries. */
export const answeredLines = (invoice: ChargebeeInvoice, marks: BillMarks): ChargebeeExistingLine[] | undefined =>
	invoice.line_items_next_offset === undefined ? invoice.line_items.map((line) => existingLine(line, marks, invoice.id)) : undefined;

async function readCredit(api: ChargebeeApi, job: BillJob): Promise<number> {
	const credits = await api.list('/promotional_credits', 'promotional_credit', promotionalCreditSchema, { 'customer_id[is]': job.customerId });
	const own = credits.filter(({ reference }) => reference === creditReference(job.bill.id));
	return own.reduce((sum, { type, amount = 0 }) => sum + (type === 'increment' ? amount : -amount), 0);
}

/**
 * Only when nothing of the bill is left anywhere: is the invoice the ledger remembers gone, or has it just lost our lines?
 * @throws Failure `conflict` when it is another customer's and holds the bill.
 */
async function removedInvoice(api: ChargebeeApi, job: BillJob, state: BillState, marks: BillMarks): Promise<string | undefined> {
	const id = job.ledgerDocumentId;
	const known = openLines(state).length > 0 || state.closed.length > 0 || state.pending.some(({ invoice }) => invoice.id === id);
	if (id === undefined || known) return undefined;
	const answer = await api.find(`/invoices/${id}`, invoiceAnswer);
	if (answer === undefined || answer.invoice.deleted || answer.invoice.status === 'voided') return id;
	const { invoice } = answer;
	if (invoice.customer_id !== job.customerId && invoice.line_items.some((line) => isOurs(existingLine(line, marks)))) throw otherCustomer(job, invoice);
	return undefined;
}

const otherCustomer = (job: BillJob, invoice: ChargebeeInvoice) =>
	new Failure('conflict', 'The bill is on the Chargebee invoice of another customer', {
		description: `Bill ${job.bill.id} of account ${job.account.code} is for customer ${job.customerId}, but invoice ${invoice.id} of customer ${invoice.customer_id} holds it. Take it off there (delete its lines or void the invoice), then send the bill again.`,
	});
