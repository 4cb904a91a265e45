/** What people do in Xero's screens, in the developer portal, or by letting time pass. */
import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { action } from '../kit/actions';
import { screenCall, type Call } from './api';
import { writeContact } from './contacts';
import { createInvoice, updateInvoice } from './invoices';
import { payInvoice } from './payments';
import { createQuote, updateQuote } from './quotes';
import { contact, invoice, quote } from './schemas';
import { TENANT_ID } from './seed';
import type { Core } from './state';
import { grantToken } from './tokens';
import type { Contact, Invoice, Item, Quote, QuoteStatus } from './types';
import { announce, deliverEvents, intentToReceive, WEBHOOK_KEY, type Webhook } from './webhooks';

const tenantId = z.string().default(TENANT_ID);
const document = z.object({ tenantId, id: z.string() });
const found = <T>(value: T | undefined, what: string): T => {
	if (!value) throw new Error(`No such ${what}`);
	return value;
};

/** Runs a change as a person; webhooks follow. Throws with Xero's own words when it is refused. */
function act<T>(core: Core, tenant: string, run: (call: Call) => T): T {
	const call = screenCall(core, found(core.state.organisations.get(tenant), 'organisation'));
	const result = run(call);
	announce(core, call.organisation, call.changes);
	return result;
}

function documentActions(core: Core) {
	const invoiceOf = (call: Call, id: string): Invoice =>
		found([...call.organisation.invoices.values()].find((entry) => entry.id === id || entry.number === id), 'invoice');
	const quoteOf = (call: Call, id: string): Quote =>
		found([...call.organisation.quotes.values()].find((entry) => entry.id === id || entry.number === id), 'quote');
	const setInvoice = (Status: 'AUTHORISED' | 'SUBMITTED' | 'VOIDED' | 'DELETED' | 'DRAFT') =>
		action(document.extend({ dueDate: z.string().optional() }), ({ tenantId: tenant, id, dueDate }) =>
			act(core, tenant, (call) => updateInvoice(call, invoiceOf(call, id), { Status, ...(dueDate && { DueDate: dueDate }) })),
		);
	const setQuote = (Status: QuoteStatus) =>
		action(document, ({ tenantId: tenant, id }) =>
			act(core, tenant, (call) => {
				const entry = quoteOf(call, id);
				// In the screens a draft is sent before anybody can accept it.
				if (Status === 'ACCEPTED' && entry.status === 'DRAFT') updateQuote(call, entry, { Status: 'SENT' });
				return updateQuote(call, entry, { Status });
			}),
		);
	return {
		createInvoice: action(z.object({ tenantId, invoice }), ({ tenantId: tenant, invoice: input }): Invoice =>
			act(core, tenant, (call) => createInvoice(call, { Type: 'ACCREC', ...input })),
		),
		editInvoice: action(document.extend({ changes: invoice }), ({ tenantId: tenant, id, changes }) =>
			act(core, tenant, (call) => updateInvoice(call, invoiceOf(call, id), changes)),
		),
		submitInvoice: setInvoice('SUBMITTED'),
		authoriseInvoice: setInvoice('AUTHORISED'),
		voidInvoice: setInvoice('VOIDED'),
		deleteInvoice: setInvoice('DELETED'),
		payInvoice: action(document.extend({ amount: z.number().positive().optional(), date: z.string().optional() }), (args) =>
			act(core, args.tenantId, (call) => payInvoice(call, invoiceOf(call, args.id), args.amount, args.date)),
		),
		createQuote: action(z.object({ tenantId, quote }), ({ tenantId: tenant, quote: input }): Quote =>
			act(core, tenant, (call) => createQuote(call, input)),
		),
		sendQuote: setQuote('SENT'),
		acceptQuote: setQuote('ACCEPTED'),
		declineQuote: setQuote('DECLINED'),
		/** Converting a quote leaves INVOICED behind. */
		invoiceQuote: setQuote('INVOICED'),
	};
}

function contactActions(core: Core) {
	return {
		createContact: action(z.object({ tenantId, contact }), ({ tenantId: tenant, contact: input }): Contact =>
			act(core, tenant, (call) => writeContact(call, input, 'create')),
		),
		editContact: action(document.extend({ changes: contact }), ({ tenantId: tenant, id, changes }): Contact =>
			act(core, tenant, (call) => writeContact(call, { ...changes, ContactID: id }, 'upsert')),
		),
		archiveContact: action(document, ({ tenantId: tenant, id }): Contact =>
			act(core, tenant, (call) => writeContact(call, { ContactID: id, ContactStatus: 'ARCHIVED' }, 'upsert')),
		),
		/** The contact `id` ends up inside `into`. */
		mergeContact: action(document.extend({ into: z.string() }), ({ tenantId: tenant, id, into }): Contact =>
			act(core, tenant, (call) => {
				const contact = found(call.organisation.contacts.get(id), 'contact');
				Object.assign(contact, { MergedToContactID: into, ContactStatus: 'ARCHIVED', updated: core.now() });
				call.changes.push({ category: 'CONTACT', id, type: 'UPDATE' });
				return contact;
			}),
		),
	};
}

function organisationActions(core: Core) {
	const organisationOf = (tenant: string) => found(core.state.organisations.get(tenant), 'organisation');
	return {
		setLockDate: action(z.object({ tenantId, date: z.string().date().optional() }), ({ tenantId: tenant, date }) => {
			organisationOf(tenant).details.PeriodLockDate = date;
		}),
		addCurrency: action(z.object({ tenantId, code: z.string().length(3), name: z.string() }), ({ tenantId: tenant, code, name }) => {
			organisationOf(tenant).currencies.set(code, name);
		}),
		setApprovalCap: action(z.object({ tenantId, cap: z.number().int().optional() }), ({ tenantId: tenant, cap }) => {
			organisationOf(tenant).approvalCap = cap;
		}),
		/** A product or service that is sold. */
		createItem: action(z.object({ tenantId, code: z.string().min(1).max(30), name: z.string().max(50), price: z.number().optional() }), ({ tenantId: tenant, code, name, price }): Item => {
			const { items } = organisationOf(tenant);
			if ([...items.values()].some(({ Code }) => Code === code)) throw new Error(`The item code ${code} is in use`);
			const details = { UnitPrice: price, AccountCode: '200', TaxType: 'OUTPUT2' };
			const item: Item = { ItemID: randomUUID(), Code: code, Name: name, IsSold: true, IsTrackedAsInventory: false, SalesDetails: details, updated: core.now() };
			items.set(item.ItemID, item);
			return item;
		}),
		archiveAccount: action(z.object({ tenantId, code: z.string() }), ({ tenantId: tenant, code }) => {
			found([...organisationOf(tenant).accounts.values()].find((entry) => entry.Code === code), 'account').Status = 'ARCHIVED';
		}),
		disconnect: action(z.object({ tenantId }), ({ tenantId: tenant }) => {
			for (const [id, entry] of core.state.connections) if (entry.tenantId === tenant) core.state.connections.delete(id);
		}),
		/** A token as the consent screen gives it, for calls by hand. */
		grantToken: action(z.object({ scopes: z.string() }), ({ scopes }) => grantToken(core, scopes)),
		/** Lets time pass: tokens expire, limits refill, idempotency keys are forgotten. */
		advance: action(z.object({ seconds: z.number() }), ({ seconds }) => {
			core.ahead += seconds * 1000;
		}),
	};
}

function webhookActions(core: Core) {
	const webhook = (): Webhook => found(core.state.webhook, 'webhook');
	return {
		/** In the developer portal: one URL for all organisations. Resolves when the intent to receive is through; `status` says whether it was. */
		setWebhook: action(z.object({ url: z.string().url(), key: z.string().default(WEBHOOK_KEY) }), async ({ url, key }): Promise<Webhook> => {
			const entry: Webhook = { url, key, status: 'pending', deliveries: [], held: [] };
			core.state.webhook = entry;
			await intentToReceive(core, entry);
			return entry;
		}),
		/** Enables a webhook that was switched off. */
		enableWebhook: action(z.object({}), async (): Promise<Webhook> => {
			webhook().status = 'pending';
			await intentToReceive(core, webhook());
			return webhook();
		}),
		/** Sends everything held back in one POST, organisations mixed. */
		releaseEvents: action(z.object({ copies: z.number().int().min(1).default(1) }), ({ copies }) => {
			const events = webhook().held.splice(0);
			for (let count = 0; count < copies; count++) deliverEvents(core, events);
		}),
	};
}

export function createActions(core: Core) {
	return { ...contactActions(core), ...documentActions(core), ...organisationActions(core), ...webhookActions(core) };
}
