import { documentsSince, type BillJob } from '../M3ter/billTarget';
import { settled } from '../n8n/errors';
import { chunk } from '../shared/batching';
import { Failure } from '../shared/failure';
import { quoted, type XeroApi } from './api';
import { xeroDay } from './dates';
import { amountOf } from './lines';
import { isUuid } from './options';
import { markOf, type Mark } from './reference';
import { creditNoteSchema, invoiceSchema, type XeroCreditNote, type XeroInvoice, type XeroLine, type XeroStatus } from './schemas';

/** Conditions per `where`, so that URLs stay short. */
const CONDITIONS_PER_CALL = 15;

/** An invoice or a credit note, as far as both are alike. */
export interface XeroDocument {
	kind: 'invoice' | 'creditNote';
	id: string;
	number?: string;
	status: XeroStatus;
	reference?: string;
	mark?: Mark;
	contactId?: string;
	/** `YYYY-MM-DD` */
	date?: string;
	dueDate?: string;
	currency?: string;
	brandingThemeId?: string;
	lineAmountTypes?: string;
	url?: string;
	lines: XeroLine[];
	/** Money was received or credited against it. */
	settled: boolean;
	/** Marked as sent to the customer. */
	sent: boolean;
}

type Common = Pick<XeroInvoice, 'Status' | 'Reference' | 'Contact' | 'Date' | 'DateString' | 'CurrencyCode' | 'BrandingThemeID' | 'LineAmountTypes' | 'LineItems'>;

const common = (document: Common) => ({
	status: document.Status,
	reference: document.Reference,
	mark: markOf(document.Reference),
	contactId: document.Contact?.ContactID,
	date: xeroDay(document.DateString, document.Date),
	currency: document.CurrencyCode,
	brandingThemeId: document.BrandingThemeID,
	lineAmountTypes: document.LineAmountTypes,
	lines: document.LineItems,
});

export const ofInvoice = (invoice: XeroInvoice): XeroDocument => ({
	kind: 'invoice',
	id: invoice.InvoiceID,
	number: invoice.InvoiceNumber,
	...common(invoice),
	dueDate: xeroDay(invoice.DueDateString, invoice.DueDate),
	url: invoice.Url,
	settled: (invoice.AmountPaid ?? 0) > 0 || (invoice.AmountCredited ?? 0) > 0,
	sent: invoice.SentToContact === true,
});

export const ofCreditNote = (note: XeroCreditNote): XeroDocument => ({
	kind: 'creditNote',
	id: note.CreditNoteID,
	number: note.CreditNoteNumber,
	...common(note),
	settled: note.RemainingCredit !== undefined && note.Total !== undefined && note.RemainingCredit < note.Total,
	sent: false,
});

export const isLive = ({ status }: XeroDocument): boolean => status !== 'VOIDED' && status !== 'DELETED';

/** Paid, credited or sent documents are left alone; an approved one that nobody has seen yet can be corrected. */
export const isEditable = ({ status, settled, sent }: XeroDocument): boolean =>
	status === 'DRAFT' || status === 'SUBMITTED' || (status === 'AUTHORISED' && !settled && !sent);

/** What a document adds to what the customer owes, in hundredths, tax as in the lines. */
export const signedTotal = ({ kind, lines }: XeroDocument): number => lines.reduce((total, line) => total + amountOf(line), 0) * (kind === 'invoice' ? 1 : -1) || 0;

/**
 * The documents of some bills, voided and deleted ones included, by bill id. Found by contact and our mark in the reference:
 * no document can have changed last before its bill came into being. Those the ledger remembers but that moved to another
 * contact are read by id.
 * @throws Failure `conflict` (per job, in `refused`) when the ledger names a document that was not made for the bill.
 */
export async function readDocuments(api: XeroApi, jobs: readonly BillJob[]): Promise<{ byBill: Map<string, XeroDocument[]>; refused: Map<string, Failure> }> {
	const contacts = [...new Set(jobs.map(({ customerId }) => customerId))].filter(isUuid);
	const starts = jobs.map(documentsSince);
	const since = starts.some((start) => start === undefined) ? undefined : Math.min(...(starts as number[]));
	// Both are waited for, so that nothing is under way any more when one of them fails.
	const [invoices, notes] = await Promise.all([
		settled(async () => await api.listByValues('Invoices', invoiceSchema, 'ContactIDs', contacts, { where: 'Type=="ACCREC"', unitdp: 4 }, since)),
		settled(async () => await creditNotesOf(api, contacts, since)),
	]);
	if (invoices instanceof Failure) throw invoices;
	if (notes instanceof Failure) throw notes;
	const documents = [...invoices.map(ofInvoice), ...notes];
	const missing = jobs.filter(({ ledgerDocumentId: id }) => id !== undefined && isUuid(id) && !documents.some((document) => document.id === id));
	const remembered = await readByIds(api, missing.map(({ ledgerDocumentId }) => ledgerDocumentId ?? ''));
	const refused = new Map<string, Failure>();
	for (const { bill, ledgerDocumentId } of jobs) {
		const named = [...documents, ...remembered].find(({ id }) => id === ledgerDocumentId);
		if (named !== undefined && named.mark?.billId !== bill.id.toLowerCase()) refused.set(bill.id, notOurs(bill.id, named));
	}
	const byBill = new Map<string, XeroDocument[]>();
	for (const document of [...documents, ...remembered]) {
		const bill = document.mark?.billId;
		if (bill !== undefined) byBill.set(bill, [...(byBill.get(bill) ?? []), document]);
	}
	return { byBill, refused };
}

async function creditNotesOf(api: XeroApi, contacts: readonly string[], since: number | undefined): Promise<XeroDocument[]> {
	return await creditNotesWhere(api, contacts.map((id) => `Contact.ContactID==Guid("${id}")`), since);
}

async function creditNotesWhere(api: XeroApi, conditions: readonly string[], since?: number): Promise<XeroDocument[]> {
	const parts = chunk(conditions, CONDITIONS_PER_CALL);
	// With many contacts, all credit notes of the time cost fewer calls than asking for each.
	const wheres = parts.length > 1 && since !== undefined ? [undefined] : parts.map((part) => part.join(' OR '));
	const lists = await Promise.all(wheres.map(async (where) => await api.list('CreditNotes', creditNoteSchema, { where, unitdp: 4 }, since)));
	return lists.flat().map(ofCreditNote);
}

async function readByIds(api: XeroApi, ids: readonly string[]): Promise<XeroDocument[]> {
	if (ids.length === 0) return [];
	const invoices = (await api.listByValues('Invoices', invoiceSchema, 'IDs', ids, { unitdp: 4 })).map(ofInvoice);
	const others = ids.filter((id) => !invoices.some((invoice) => invoice.id === id));
	return [...invoices, ...(await creditNotesWhere(api, others.map((id) => `CreditNoteID==Guid("${id}")`)))];
}

/** The documents that have these numbers, whoever made them. */
export async function readByNumbers(api: XeroApi, kind: XeroDocument['kind'], numbers: readonly string[]): Promise<XeroDocument[]> {
	if (numbers.length === 0) return [];
	if (kind === 'creditNote') return await creditNotesWhere(api, numbers.map((number) => `CreditNoteNumber==${quoted(number)}`));
	return (await api.listByValues('Invoices', invoiceSchema, 'InvoiceNumbers', numbers, { unitdp: 4 })).map(ofInvoice);
}

const notOurs = (billId: string, { kind, number, id }: XeroDocument) =>
	new Failure('conflict', 'The ledger points to a document that was not made for this bill', {
		description: `m3ter's external mapping of bill ${billId} names ${kind === 'invoice' ? 'invoice' : 'credit note'} ${number ?? id}, whose reference does not name the bill. It was left alone. Correct or delete the mapping, or put "m3ter bill ${billId}" back into the reference.`,
	});
