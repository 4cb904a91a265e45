import { Failure } from '../shared/failure';
import { complaintsOf, quoted, type XeroApi } from './api';
import { withAdvice } from './errors';
import { contactSchema, type XeroContact } from './schemas';
import type { WireContact } from './wire';

/** What a sales channel knows of a customer. */
export interface Buyer {
	name: string;
	/** The channel's own number of the customer; Xero's "Contact Code". */
	number: string;
	email: string;
	currency: string;
}

/**
 * The contact of a customer: by contact number, then by exact name, then by an email address that only one contact without another
 * number has; created when there is none. Merged contacts are followed. Existing contacts are never changed.
 * @throws Failure `conflict` when it is not clear which contact is meant
 */
export async function findOrCreateContact(api: XeroApi, buyer: Buyer, attempt: string): Promise<XeroContact> {
	const known = await findContact(api, buyer);
	if (known !== undefined) return await followed(api, known);
	const body = {
		Name: buyer.name,
		...(buyer.number === '' ? {} : { ContactNumber: buyer.number }),
		...(buyer.email === '' ? {} : { EmailAddress: buyer.email }),
		...(buyer.currency === '' ? {} : { DefaultCurrency: buyer.currency }),
	} satisfies WireContact;
	const [element] = await api.write('PUT', 'Contacts', [body], attempt);
	const complaints = complaintsOf(element);
	if (complaints.length === 0) return contactSchema.parse(element);
	// Another execution may have been faster.
	const other = complaints.some((text) => /already assigned/i.test(text)) ? await findContact(api, buyer) : undefined;
	if (other !== undefined) return await followed(api, other);
	throw new Failure('refused', 'Xero refused the contact', { description: `${buyer.name}: ${withAdvice(complaints)}` });
}

async function findContact(api: XeroApi, { number, name, email }: Buyer): Promise<XeroContact | undefined> {
	const where = async (condition: string) => await api.list('Contacts', contactSchema, { where: condition, includeArchived: true });
	const byNumber = number === '' ? [] : await where(`ContactNumber==${quoted(number)}`);
	if (byNumber.length > 0) return byNumber[0];
	const byName = (await where(`Name==${quoted(name)}`)).filter(isActive);
	if (byName.length > 0) return withSameNumber(byName[0], number);
	// A bookkeeper's address stands on the contacts of all his customers: another number is another customer.
	const mayBe = (contact: XeroContact) => isActive(contact) && !hasOtherNumber(contact, number);
	const byEmail = email === '' ? [] : (await where(`EmailAddress==${quoted(email)}`)).filter(mayBe);
	if (byEmail.length <= 1) return byEmail[0];
	throw new Failure('conflict', 'Several Xero contacts have this email address', {
		description: `${email} belongs to ${byEmail.map((contact) => contact.Name ?? contact.ContactID).join(', ')}. Put the customer's number into 'Contact Number' of the right one.`,
	});
}

const hasOtherNumber = ({ ContactNumber }: XeroContact, number: string) => number !== '' && ContactNumber !== undefined && ContactNumber !== number;

/** The same name with another number is another customer; Xero's names are unique, so a person has to decide. */
function withSameNumber(contact: XeroContact, number: string): XeroContact {
	if (!hasOtherNumber(contact, number)) return contact;
	throw new Failure('conflict', 'The name belongs to another Xero contact', {
		description: `"${contact.Name}" has the contact number ${contact.ContactNumber}, not ${number}. Rename one of them, or correct the number in Xero.`,
	});
}

const isActive = ({ ContactStatus, MergedToContactID }: XeroContact) => (ContactStatus ?? 'ACTIVE') === 'ACTIVE' || MergedToContactID !== undefined;

async function followed(api: XeroApi, contact: XeroContact): Promise<XeroContact> {
	if (contact.MergedToContactID === undefined) return contact;
	const [into] = await api.listByValues('Contacts', contactSchema, 'IDs', [contact.MergedToContactID]);
	return into ?? contact;
}
