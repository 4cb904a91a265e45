import type { BillJob } from '../M3ter/billTarget';
import { dueDateOf, type SalesTerm } from './dates';
import type { XeroDocument } from './documents';
import type { XeroBillOptions } from './options';
import { markedReference, prefixOf } from './reference';
import type { XeroOrganisation } from './schemas';

/** What is true for the whole organisation while bills are sent. */
export interface Facts {
	organisation: XeroOrganisation;
	/** Payment terms of contacts, as far as they were needed; the organisation's are used for others. */
	terms: ReadonlyMap<string, SalesTerm>;
	today: string;
}

export interface Header {
	Contact: { ContactID: string };
	Date?: string;
	DueDate?: string;
	CurrencyCode: string;
	Reference: string;
	LineAmountTypes: XeroBillOptions['lineAmountTypes'];
	BrandingThemeID?: string;
	Url?: string;
}

/**
 * Everything on the document but its lines and status.
 * @param date undefined = Xero's today
 */
export function headerOf(job: BillJob, kind: XeroDocument['kind'], date: string | undefined, options: XeroBillOptions, facts: Facts, lines: number): Header {
	const { draft, bill } = job;
	return {
		// The id alone: other fields would change the contact and drop its contact persons.
		Contact: { ContactID: job.customerId },
		Date: date,
		...(kind === 'invoice' ? { DueDate: dueDate(job, date, options, facts), ...(options.link === '' ? {} : { Url: options.link }) } : {}),
		CurrencyCode: draft.currency.toUpperCase(),
		Reference: markedReference(options.reference ?? draft.purchaseOrder ?? '', bill, lines),
		LineAmountTypes: options.lineAmountTypes,
		...(options.brandingThemeId === '' ? {} : { BrandingThemeID: options.brandingThemeId }),
	};
}

/** Whether the document's header has to be written. The mark in the reference is ours and changes only with something else. */
export function headerDiffers(document: XeroDocument, header: Header): boolean {
	const pairs: Array<[string | undefined, string | undefined]> = [
		[header.Contact.ContactID.toLowerCase(), document.contactId?.toLowerCase()],
		[header.Date, document.date],
		[header.DueDate, document.dueDate],
		[header.CurrencyCode, document.currency],
		[header.LineAmountTypes, document.lineAmountTypes],
		[header.BrandingThemeID, document.brandingThemeId],
		[header.Url, document.url],
	];
	return prefixOf(header.Reference) !== prefixOf(document.reference) || pairs.some(([wanted, actual]) => wanted !== undefined && wanted !== actual);
}

/** Approved invoices need one: from the payment terms when the bill has none. Never before the invoice date. */
function dueDate({ draft, customerId }: BillJob, date: string | undefined, options: XeroBillOptions, facts: Facts): string | undefined {
	const issued = date ?? facts.today;
	if (draft.dueDate !== undefined) return draft.dueDate < issued ? issued : draft.dueDate;
	if (options.status === 'DRAFT') return undefined;
	return dueDateOf(issued, facts.terms.get(customerId) ?? facts.organisation.PaymentTerms?.Sales);
}

/** m3ter's invoice number, else one made of the bill id; later documents of the same bill get a suffix, because numbers are never free again. */
export function nextNumber({ bill, draft }: BillJob, kind: XeroDocument['kind'], documents: readonly XeroDocument[], options: XeroBillOptions): string {
	// Commas separate numbers in Xero's look-ups.
	const base = `${options.numberPrefix}${draft.number ?? `M3-${bill.id.slice(0, 13).toUpperCase()}`}`.replace(/,/g, '-').slice(0, 240);
	const used = new Set(documents.filter((document) => document.kind === kind).map(({ number }) => number));
	for (let count = 1; ; count++) {
		const number = count === 1 ? base : `${base}-${count}`;
		if (!used.has(number)) return number;
	}
}
