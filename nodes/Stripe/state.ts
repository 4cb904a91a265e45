import type { BillJob } from '../M3ter/billTarget';
import { sumByKey } from '../shared/diff';
import { Failure } from '../shared/failure';
import { createdSince, type StripeApi } from './api';
import { existingLine, type StripeExistingLine } from './lines';
import type { StripeBillOptions } from './options';
import { invoiceSchema, lineSchema, type StripeInvoice } from './schemas';

/** What Stripe holds for a bill. */
export interface InvoiceState {
	/** The invoice to work on: the editable one, else the one that is finalized. */
	invoice?: StripeInvoice;
	lines: StripeExistingLine[];
	/** Drafts beside it, made by executions at the same moment. */
	surplus: StripeInvoice[];
	/** Finalized invoices that count together, newest first: what is missing on them goes, or went, on an adjusting one. */
	finalized: StripeInvoice[];
	/** Sums per line key over them. */
	settled: Map<string, StripeExistingLine>;
	/** The invoice the ledger remembers is gone. */
	removedId?: string;
}

export const isDraft = ({ status }: StripeInvoice): boolean => status === 'draft';

/**
 * Reads the invoices of a bill and the lines of those that count.
 * @throws Failure when the ledger's invoice is another bill's, is gone and may not be made again, or has another customer or currency.
 */
export async function readState(api: StripeApi, job: BillJob, options: StripeBillOptions): Promise<InvoiceState> {
	const all = await liveInvoices(api, job);
	const finalized = all.filter((invoice) => !isDraft(invoice));
	const { draft, surplus } = draftsOf(all, finalized);
	const invoice = draft ?? finalized[0];
	if (invoice === undefined && job.ledgerDocumentId !== undefined && options.whenRemoved === 'fail') throw removed(job);
	if (invoice !== undefined) checkSameParty(job, invoice);
	const adjusts = draft === undefined ? finalized.length > 1 || options.whenLocked === 'adjust' : draft.metadata.m3ter_adjusts !== undefined;
	if (adjusts && finalized.length > 0) {
		return { invoice: draft, lines: draft ? await readLines(api, draft) : [], surplus, finalized, settled: await settledLines(api, finalized) };
	}
	return { invoice, lines: invoice ? await readLines(api, invoice) : [], surplus, finalized: [], settled: new Map(), removedId: invoice ? undefined : job.ledgerDocumentId };
}

/** The bill's invoices that are not void, newest first. A draft in the ledger stands for itself; a finalized invoice may have been followed by others. */
async function liveInvoices(api: StripeApi, job: BillJob): Promise<StripeInvoice[]> {
	const remembered = job.ledgerDocumentId ? await api.find(`/v1/invoices/${job.ledgerDocumentId}`, invoiceSchema) : undefined;
	const known = remembered?.deleted || remembered?.status === 'void' ? undefined : remembered;
	if (known === undefined) return await invoicesOfBill(api, job);
	if (known.metadata.m3ter_bill_id !== job.bill.id) throw notOurs(job, known);
	checkSameParty(job, known);
	return isDraft(known) && known.metadata.m3ter_adjusts === undefined ? [known] : await invoicesOfBill(api, job);
}

/** The list is immediately consistent, unlike Stripe's search. */
async function invoicesOfBill(api: StripeApi, job: BillJob): Promise<StripeInvoice[]> {
	const invoices = await api.list('/v1/invoices', invoiceSchema, { customer: job.customerId, 'created[gte]': createdSince(job) });
	return invoices.filter((invoice) => invoice.metadata.m3ter_bill_id === job.bill.id && invoice.status !== 'void');
}

/** What an adjusting draft notes of the invoices it adds to. */
export const adjustsOf = (finalized: readonly StripeInvoice[]): string => finalized.map(({ id }) => id).join(',').slice(0, 500);

/** The oldest draft stays, so that executions at the same moment agree; an empty one is too late when another finalized its own. */
function draftsOf(all: readonly StripeInvoice[], finalized: readonly StripeInvoice[]): { draft?: StripeInvoice; surplus: StripeInvoice[] } {
	const drafts = all.filter(isDraft).reverse();
	const isLate = ({ metadata, lines }: StripeInvoice) => finalized.length > 0 && metadata.m3ter_adjusts !== adjustsOf(finalized) && lines?.data.length === 0;
	const draft = drafts.find((candidate) => !isLate(candidate));
	return { draft, surplus: drafts.filter((other) => other !== draft) };
}

async function readLines(api: StripeApi, invoice: StripeInvoice): Promise<StripeExistingLine[]> {
	const lines = invoice.lines && !invoice.lines.has_more ? invoice.lines.data : await api.list(`/v1/invoices/${invoice.id}/lines`, lineSchema);
	return lines.map(existingLine);
}

async function settledLines(api: StripeApi, invoices: StripeInvoice[]): Promise<Map<string, StripeExistingLine>> {
	const lines = await Promise.all(invoices.map(async (invoice) => await readLines(api, invoice)));
	return sumByKey(lines.flat());
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
