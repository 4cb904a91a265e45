/** `/Contacts` (sheet §6.10). */
import { randomUUID } from 'node:crypto';

import type { Router, SandboxResponse } from '../kit/http';
import { ok, readElements, route, writeElements, type Call } from './api';
import { Invalid, notFound } from './errors';
import { commaList, modifiedSince, paged, readWhere, sortBy, type Wire } from './filters';
import { contact as schema, type ContactInput } from './schemas';
import type { Core } from './state';
import type { Contact } from './types';
import { contactSummary, contactView, isCustomer } from './views';

const FIELDS = [
	'ContactID', 'ContactNumber', 'AccountNumber', 'ContactStatus', 'Name', 'FirstName', 'LastName', 'EmailAddress', 'CompanyNumber', 'TaxNumber',
	'UpdatedDateUTC', 'IsCustomer', 'IsSupplier', 'DefaultCurrency',
];

/** Creates or changes a contact: `create` refuses a name or number in use, `upsert` looks for id, then number, then name. Throws Invalid. */
export function writeContact(call: Call, input: ContactInput, mode: 'create' | 'upsert'): Contact {
	const { organisation, core } = call;
	const all = [...organisation.contacts.values()];
	const byId = input.ContactID ? organisation.contacts.get(input.ContactID) : undefined;
	if (input.ContactID && !byId) throw new Invalid(['The contact could not be found']);
	const byNumber = input.ContactNumber ? all.find((entry) => entry.ContactNumber === input.ContactNumber) : undefined;
	const byName = all.find((entry) => entry.Name === input.Name && entry.ContactStatus === 'ACTIVE');
	const known = byId ?? byNumber ?? byName;
	if (mode === 'create' && known) {
		const what = byNumber ? `contact number ${input.ContactNumber}` : `contact name ${input.Name}`;
		throw new Invalid([`The ${what} is already assigned to another contact. The ${byNumber ? 'contact number' : 'contact name'} must be unique across all active contacts.`]);
	}
	if (byName && known && byName.ContactID !== known.ContactID) {
		throw new Invalid([`The contact name ${input.Name} is already assigned to another contact. The contact name must be unique across all active contacts.`]);
	}
	if (input.DefaultCurrency && !organisation.currencies.has(input.DefaultCurrency)) {
		throw new Invalid([`Organisation is not subscribed to currency ${input.DefaultCurrency}`]);
	}
	const fields = writableFields(input);
	if (known) {
		Object.assign(known, fields, { updated: core.now() });
		call.changes.push({ category: 'CONTACT', id: known.ContactID, type: 'UPDATE' });
		return known;
	}
	if (input.Name === undefined) throw new Invalid(['The contact name cannot be empty']);
	const base = { ContactID: randomUUID(), ContactStatus: 'ACTIVE' as const, Addresses: [], Phones: [], ContactPersons: [] };
	const contact: Contact = { ...base, ...fields, Name: input.Name, updated: core.now() };
	organisation.contacts.set(contact.ContactID, contact);
	call.changes.push({ category: 'CONTACT', id: contact.ContactID, type: 'CREATE' });
	return contact;
}

const READ_ONLY = ['ContactID', 'IsSupplier', 'IsCustomer', 'UpdatedDateUTC', 'HasAttachments', 'HasValidationErrors', 'ContactGroups', 'Balances'];

const writableFields = (input: ContactInput): Partial<Contact> =>
	Object.fromEntries(Object.entries(input).filter(([key, value]) => value !== undefined && !READ_ONLY.includes(key)));

function searched(contact: Contact, term: string | null): boolean {
	if (!term) return true;
	const { Name, FirstName, LastName, ContactNumber, EmailAddress } = contact;
	return [Name, FirstName, LastName, ContactNumber, EmailAddress].some((text) => text?.toLowerCase().includes(term.toLowerCase()));
}

function list(call: Call): SandboxResponse {
	const { query } = call.request;
	const matches = readWhere(query.get('where'), FIELDS);
	const ids = commaList(call, 'IDs');
	const summary = query.get('summaryOnly') === 'true';
	if (summary && query.has('where')) {
		// Only a few fields can be filtered on in summaries; the published ones are all in the summary.
		readWhere(query.get('where'), Object.keys(contactSummary({} as Contact, false)));
	}
	const found = modifiedSince(call, call.organisation.contacts.values()).filter(
		(contact) =>
			(ids?.includes(contact.ContactID) ?? true) &&
			(contact.ContactStatus === 'ACTIVE' || query.get('includeArchived') === 'true') &&
			searched(contact, query.get('searchTerm')),
	);
	const view = summary ? contactSummary : contactView;
	const views = found.map((contact) => view(contact, isCustomer(call, contact)) as Wire).filter(matches);
	const { slice, pagination } = paged(call, sortBy(views, query.get('order'), FIELDS));
	return ok(call.core, { ...(pagination && { pagination }), Contacts: slice });
}

/** By id or by contact number; throws 404. */
function contactOf({ organisation, request }: Call): Contact {
	const { id } = request.params;
	const contact = organisation.contacts.get(id) ?? [...organisation.contacts.values()].find((entry) => entry.ContactNumber === id);
	if (!contact) throw notFound();
	return contact;
}

const NAMES = { list: 'Contacts', id: 'ContactID' };
const show = (call: Call, contact: Contact) => contactView(contact, isCustomer(call, contact));

export function addContactRoutes(router: Router, core: Core): void {
	route(router, core, 'GET', '/Contacts', ['contacts'], list);
	route(router, core, 'GET', '/Contacts/:id', ['contacts'], (call) => ok(core, { Contacts: [show(call, contactOf(call))] }));
	for (const [method, mode] of [['PUT', 'create'], ['POST', 'upsert']] as const) {
		route(router, core, method, '/Contacts', ['contacts'], (call) =>
			writeElements(call, NAMES, readElements(call, 'Contacts', schema), (input) => show(call, writeContact(call, input, mode))),
		);
	}
	route(router, core, 'POST', '/Contacts/:id', ['contacts'], (call) => {
		const { ContactID } = contactOf(call);
		const elements = readElements(call, 'Contacts', schema);
		return writeElements(call, NAMES, elements, (input) => show(call, writeContact(call, { ...input, ContactID }, 'upsert')));
	});
	route(router, core, 'GET', '/ContactGroups', ['contacts'], () => ok(core, { ContactGroups: [] }));
}
