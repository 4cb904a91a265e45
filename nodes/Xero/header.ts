import type { BillJob } from '../M3ter/billTarget';
import { Failure } from '../shared/failure';
import { dueDateOf, xeroDay, type SalesTerm } from './dates';
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

/** Everything on the document but its lines and status. */
export function headerOf(job: BillJob, kind: XeroDocument['kind'], options: XeroBillOptions, facts: Facts, lines: number, target?: XeroDocument): Header {
	const { draft, bill } = job;
	const date = invoiceDate(job, target, options, facts);
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

/** The last day of the organisation's locked periods. */
function lockDate({ organisation }: Facts): string {
	return [organisation.PeriodLockDate, organisation.EndOfYearLockDate].map((day) => xeroDay(undefined, day) ?? '').sort().at(-1) ?? '';
}

/** The invoice date, moved out of locked periods if that is allowed. Undefined = Xero's today. A date that was moved before stays. */
function invoiceDate({ draft: { issueDate } }: BillJob, target: XeroDocument | undefined, options: XeroBillOptions, facts: Facts): string | undefined {
	const lock = lockDate(facts);
	if (issueDate === undefined || issueDate > lock || options.whenPeriodLocked === 'fail') return issueDate;
	if (target?.date !== undefined && target.date >= issueDate) return target.date;
	return new Date(Date.parse(`${lock}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** @throws Failure `locked` when the document would be written into a locked period */
export function checkPeriod({ bill }: BillJob, { Date: date }: Header, facts: Facts): void {
	const lock = lockDate(facts);
	if (date === undefined || date > lock) return;
	throw new Failure('locked', 'The period of this bill is locked in Xero', {
		description: `Bill ${bill.id} is dated ${date}; ${facts.organisation.Name ?? 'the organisation'} is locked up to ${lock}. Choose another 'Invoice Date', or set 'When Period Is Locked' to 'First Open Day'.`,
	});
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
