import { subscriptionEventSchema, type SubscriptionEvent } from '../shared/subscriptionEvent';
import type { XeroApi } from './api';
import { isoInstant, xeroDay, xeroInstant } from './dates';
import { contactSchema, quoteSchema, type XeroContact, type XeroQuote } from './schemas';

/** A quote that was converted right after its acceptance is INVOICED when it is read. */
const SOLD: ReadonlySet<string> = new Set(['ACCEPTED', 'INVOICED']);

/**
 * Accepted quotes that changed since then, oldest change first, as sales: one item per line with an item code. The item code
 * is also the m3ter plan code unless a mapping says otherwise; lines without one (texts, set-up work) are no subscription.
 * @param since epoch milliseconds
 */
export async function acceptedQuotes(api: XeroApi, since: number): Promise<SubscriptionEvent[]> {
	const all = await api.list('Quotes', quoteSchema, { order: 'UpdatedDateUTC ASC' }, since);
	const quotes = all.filter(({ Status }) => SOLD.has(Status));
	const contacts = await contactsById(api, quotes.map(({ Contact }) => Contact.ContactID));
	return quotes.flatMap((quote) => {
		const contact = contacts.get(quote.Contact.ContactID);
		return contact === undefined ? [] : [ofQuote(quote, contact)];
	});
}

function ofQuote(quote: XeroQuote, contact: XeroContact): SubscriptionEvent {
	const day = xeroDay(quote.DateString, quote.Date) ?? isoInstant(quote.UpdatedDateUTC).slice(0, 10);
	return subscriptionEventSchema.parse({
		id: `xero-quote-${quote.QuoteID}-${xeroInstant(quote.UpdatedDateUTC)}`,
		type: 'subscription.created',
		occurredAt: isoInstant(quote.UpdatedDateUTC),
		system: 'Xero',
		customer: customerOf(contact, quote.CurrencyCode),
		subscription: {
			id: quote.QuoteID,
			status: 'active',
			startDate: `${day}T00:00:00Z`,
			endUnknown: true,
			items: quote.LineItems.flatMap(({ ItemCode, Description, Quantity }) =>
				ItemCode === undefined ? [] : [{ planRef: ItemCode, planCode: ItemCode, productRef: ItemCode, name: Description, quantity: Quantity }],
			),
			metadata: Object.fromEntries(
				Object.entries({ quoteNumber: quote.QuoteNumber, reference: quote.Reference, title: quote.Title }).filter((entry): entry is [string, string] => entry[1] !== undefined),
			),
		},
		raw: quote,
	});
}

/**
 * Contacts that changed since then, oldest change first; pure suppliers are left out. Xero does not say when a contact was made:
 * one without an invoice counts as new.
 * @param since epoch milliseconds
 * @param changes as what they are given; a new contact as both, so that its account is made or else brought up to date
 */
export async function changedContacts(api: XeroApi, since: number, changes: ReadonlyArray<'CREATE' | 'UPDATE'>): Promise<SubscriptionEvent[]> {
	const contacts = await api.list('Contacts', contactSchema, { order: 'UpdatedDateUTC ASC' }, since);
	return contacts.filter(isBuyer).flatMap((contact) => {
		const at = updatedAt(contact);
		const fitting = changes.filter((change) => change === 'UPDATE' || isNew(contact));
		return fitting.map((change) => ofContact(contact, change, `xero-contact-${contact.ContactID}-${at}${change === 'CREATE' ? '-new' : ''}`, at));
	});
}

/** Contacts by id, as they are now. */
export async function contactsById(api: XeroApi, ids: readonly string[]): Promise<Map<string, XeroContact>> {
	const contacts = await api.listByValues('Contacts', contactSchema, 'IDs', ids, { includeArchived: true });
	return new Map(contacts.map((contact) => [contact.ContactID, contact]));
}

const updatedAt = ({ UpdatedDateUTC }: XeroContact): number => (UpdatedDateUTC === undefined ? Date.now() : xeroInstant(UpdatedDateUTC));

/** New contacts are neither customers nor suppliers until the first document. */
const isNew = ({ IsSupplier, IsCustomer }: XeroContact): boolean => IsSupplier !== true && IsCustomer !== true;

/** Active, and not only a supplier. */
export const isBuyer = ({ IsSupplier, IsCustomer, ContactStatus }: XeroContact): boolean => (ContactStatus ?? 'ACTIVE') === 'ACTIVE' && !(IsSupplier === true && IsCustomer !== true);

/**
 * A contact as an event: a new one is a customer who has bought nothing yet, so that Sync makes the account; a changed one only
 * brings an account that is there up to date.
 * @param occurredAt epoch milliseconds
 */
export function ofContact(contact: XeroContact, change: 'CREATE' | 'UPDATE', id: string, occurredAt: number): SubscriptionEvent {
	const at = new Date(occurredAt).toISOString();
	return subscriptionEventSchema.parse({
		id,
		type: change === 'CREATE' ? 'subscription.created' : 'customer.updated',
		occurredAt: at,
		system: 'Xero',
		customer: customerOf(contact),
		...(change === 'CREATE' ? { subscription: { id: contact.ContactID, status: 'active', startDate: at, items: [] } } : {}),
		raw: contact,
	});
}

/** A contact in m3ter's words. */
export function customerOf(contact: XeroContact, currency?: string) {
	const address = contact.Addresses.find(({ AddressType, AddressLine1, City }) => AddressType === 'POBOX' && (AddressLine1 ?? City) !== undefined) ?? contact.Addresses[0];
	return {
		id: contact.ContactID,
		name: contact.Name,
		email: contact.EmailAddress,
		currency: contact.DefaultCurrency ?? currency,
		address: address && {
			addressLine1: address.AddressLine1,
			addressLine2: address.AddressLine2,
			locality: address.City,
			region: address.Region,
			postCode: address.PostalCode,
			country: address.Country,
		},
		accountCode: contact.ContactNumber ?? contact.AccountNumber,
	};
}
