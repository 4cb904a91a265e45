/** What invoices, credit notes and quotes check alike. */
import { writeContact } from './contacts';
import { readDay, today } from './dates';
import { Invalid } from './errors';
import type { Call } from './api';
import { buildLines, cutUnitAmounts, setTotals } from './lines';
import type { ContactInput, LineInput } from './schemas';
import type { Contact, Document, LineAmountTypes } from './types';

export interface HeaderInput {
	Contact?: ContactInput;
	LineItems?: LineInput[];
	Date?: string;
	Reference?: string;
	BrandingThemeID?: string;
	CurrencyCode?: string;
	CurrencyRate?: number;
}

/** Reads a day or throws Invalid. */
export function readDate(text: string, field: string): string {
	const day = readDay(text);
	if (!day) throw new Invalid([`${field} '${text}' is not a date`]);
	return day;
}

/** Nothing on or before a lock date can be written. */
export function checkLockDate({ organisation }: Call, day: string): void {
	const { PeriodLockDate = '', EndOfYearLockDate = '' } = organisation.details;
	const lock = PeriodLockDate > EndOfYearLockDate ? PeriodLockDate : EndOfYearLockDate;
	if (lock && day <= lock) throw new Invalid([`The document date cannot be on or before the period lock date ${lock}`]);
}

/** An approved document whose date is locked cannot be changed at all; a draft may be moved out of the period (sheet §6.5). */
export function checkNotLocked(call: Call, { status, date }: { status: string; date: string }): void {
	if (status === 'AUTHORISED') checkLockDate(call, date);
}

/**
 * The contact a document names: by id, by number or by name; an unknown name makes a new contact.
 * Further fields change the contact and drop its contact persons.
 */
export function resolveContact(call: Call, input: ContactInput | undefined): Contact {
	const { contacts } = call.organisation;
	if (!input || Object.keys(input).length === 0) throw new Invalid(['A Contact must be specified for this type of transaction']);
	const { ContactID: id, ...rest } = input;
	const byId = id === undefined ? undefined : contacts.get(id);
	if (id !== undefined && !byId) throw new Invalid(['The Contact with the specified ContactID could not be found']);
	if (byId?.MergedToContactID) throw new Invalid(['The contact has been merged into another contact']);
	const known = byId ?? [...contacts.values()].find((entry) => sameContact(entry, rest));
	if (known && known.ContactStatus !== 'ACTIVE') {
		const message = 'The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes.';
		throw new Invalid([message]);
	}
	const given = Object.entries(rest).filter(([key, value]) => value !== undefined && known?.[key as keyof Contact] !== value);
	if (known && given.length === 0) return known;
	return writeContact(call, { ...input, ContactID: known?.ContactID ?? id, ContactPersons: [] }, 'upsert');
}

const sameContact = (contact: Contact, input: ContactInput): boolean =>
	input.ContactNumber !== undefined ? contact.ContactNumber === input.ContactNumber : contact.Name === input.Name;

/** Header fields of a new document, with Xero's defaults. */
export function newHeader(call: Call, input: HeaderInput, lineAmountTypes: LineAmountTypes): Omit<Document, 'id' | 'number'> {
	const { core, organisation } = call;
	const contact = resolveContact(call, input.Contact);
	return {
		contactId: contact.ContactID,
		reference: input.Reference,
		date: input.Date === undefined ? today(core.now()) : readDate(input.Date, 'Date'),
		lineAmountTypes,
		currency: input.CurrencyCode ?? contact.DefaultCurrency ?? organisation.details.BaseCurrency,
		currencyRate: input.CurrencyRate ?? 1,
		brandingThemeId: input.BrandingThemeID,
		lines: [],
		subTotal: 0,
		totalTax: 0,
		total: 0,
		updated: core.now(),
		byApp: call.request.path !== '',
	};
}

/** Fields that came with an update; the rest stays. */
export function updateHeader(call: Call, document: Document, input: HeaderInput): void {
	if (input.Contact) document.contactId = resolveContact(call, input.Contact).ContactID;
	if (input.Date !== undefined) document.date = readDate(input.Date, 'Date');
	document.reference = input.Reference ?? document.reference;
	document.brandingThemeId = input.BrandingThemeID ?? document.brandingThemeId;
	document.currency = input.CurrencyCode ?? document.currency;
	document.currencyRate = input.CurrencyRate ?? document.currencyRate;
}

/** Checks the header and works out lines and totals. Without lines in the input the old ones stay, cut to the request's decimals. */
export function finishDocument(call: Call, document: Document, input: HeaderInput, rules: { discounts: boolean; accounts: boolean }): void {
	const { organisation, unitDecimals } = call;
	checkLockDate(call, document.date);
	const { currency, brandingThemeId } = document;
	if (!organisation.currencies.has(currency)) throw new Invalid([`Organisation is not subscribed to currency ${currency}`]);
	if (brandingThemeId !== undefined && !organisation.brandingThemes.has(brandingThemeId)) throw new Invalid(['The branding theme does not exist']);
	const { lineAmountTypes } = document;
	if (input.LineItems) {
		document.lines = buildLines(organisation, input.LineItems, document.lines, { ...rules, lineAmountTypes, unitDecimals });
	} else if (unitDecimals === 2) cutUnitAmounts(organisation, document);
	if (document.lines.length === 0) throw new Invalid(['One or more line items must be specified']);
	const withoutAccount = document.lines.some(({ Quantity, AccountID }) => Quantity !== undefined && !AccountID);
	if (rules.accounts && withoutAccount) throw new Invalid(['Account code must be specified']);
	setTotals(document);
	if (document.total < 0) throw new Invalid(['The total of the document must not be negative']);
	document.updated = call.core.now();
}
