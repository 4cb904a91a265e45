/** What people do in QuickBooks, in the developer portal, or by letting time pass. */
import { z } from 'zod';

import { action } from '../kit/actions';
import { Refusal } from './errors';
import { sum } from './money';
import { writeCustomer, writeItem } from './names';
import { createSales, deleteSales, preferences, touch, updateSales, voidSales } from './sales';
import { customer, item, sales, type SalesInput } from './schemas';
import { US_REALM_ID } from './seed';
import type { Company, Core, Entity, SalesName } from './state';
import { grantToken } from './tokens';
import { changed, sendChanges, VERIFIER_TOKEN, type Webhook } from './webhooks';

const realmId = z.string().default(US_REALM_ID);
const one = z.object({ realmId, id: z.string() });

function found<T>(value: T | undefined, what: string): T {
	if (value === undefined) throw new Error(`No such ${what}`);
	return value;
}

const companyOf = (core: Core, realm: string): Company => found(core.state.companies.get(realm), 'company');
const entityOf = (company: Company, name: SalesName | 'Customer' | 'Item', id: string): Entity => found(company.entities[name].get(id), name);
const loose = { allowDuplicates: true };

function documentActions(core: Core) {
	const create = (name: SalesName) =>
		action(z.object({ realmId, document: sales }), ({ realmId: realm, document }) => createSales(core, companyOf(core, realm), name, document, loose));
	const change = (name: SalesName, fields: (args: { by?: string }) => Partial<SalesInput>) =>
		action(one.extend({ by: z.string().optional() }), ({ realmId: realm, id, by }) => {
			const company = companyOf(core, realm);
			const { SyncToken } = entityOf(company, name, id);
			return updateSales(core, company, name, { Id: id, SyncToken, sparse: true, ...fields({ by }) }, loose);
		});
	return {
		createInvoice: create('Invoice'),
		createEstimate: create('Estimate'),
		editInvoice: action(one.extend({ changes: sales }), ({ realmId: realm, id, changes }) => {
			const company = companyOf(core, realm);
			const { SyncToken } = entityOf(company, 'Invoice', id);
			return updateSales(core, company, 'Invoice', { ...changes, Id: id, SyncToken, sparse: true }, loose);
		}),
		acceptEstimate: change('Estimate', ({ by }) => ({ TxnStatus: 'Accepted', AcceptedBy: by ?? 'J. Doe', AcceptedDate: core.today() })),
		rejectEstimate: change('Estimate', () => ({ TxnStatus: 'Rejected' })),
		/** Turns an estimate into an invoice: it gets linked and closed. */
		invoiceEstimate: action(one, ({ realmId: realm, id }) => {
			const company = companyOf(core, realm);
			const { CustomerRef, Line, CurrencyRef } = entityOf(company, 'Estimate', id) as unknown as SalesInput;
			const invoice = createSales(core, company, 'Invoice', { CustomerRef, Line, CurrencyRef, LinkedTxn: [{ TxnId: id, TxnType: 'Estimate' }] }, loose);
			const estimate = entityOf(company, 'Estimate', id);
			Object.assign(estimate, { TxnStatus: 'Closed', LinkedTxn: [{ TxnId: invoice.Id, TxnType: 'Invoice' }] });
			touch(core, company, 'Estimate', estimate, 'Update');
			return invoice;
		}),
		payInvoice: action(one.extend({ amount: z.number().positive().optional() }), ({ realmId: realm, id, amount }) => pay(core, companyOf(core, realm), id, amount)),
		voidInvoice: action(one, ({ realmId: realm, id }) => {
			const company = companyOf(core, realm);
			return voidSales(core, company, 'Invoice', entityOf(company, 'Invoice', id));
		}),
		deleteInvoice: action(one, ({ realmId: realm, id }) => {
			const company = companyOf(core, realm);
			return deleteSales(core, company, 'Invoice', entityOf(company, 'Invoice', id));
		}),
	};
}

function pay(core: Core, company: Company, id: string, amount: number | undefined): Entity {
	const invoice = entityOf(company, 'Invoice', id);
	const balance = invoice.Balance as number;
	const paid = amount ?? balance;
	if (paid > balance) throw new Refusal('6000', 'Business Validation Error: The payment is more than the balance.');
	const paymentId = String(company.nextId++);
	const now = core.time();
	const payment: Entity = {
		Id: paymentId,
		SyncToken: '0',
		TxnDate: core.today(),
		CustomerRef: invoice.CustomerRef,
		TotalAmt: paid,
		Line: [{ Amount: paid, LinkedTxn: [{ TxnId: id, TxnType: 'Invoice' }] }],
		MetaData: { CreateTime: now, LastUpdatedTime: now },
	};
	company.entities.Payment.set(paymentId, payment);
	changed(core, company, 'Payment', paymentId, 'Create');
	invoice.Balance = sum([balance, -paid]);
	invoice.LinkedTxn = [...(invoice.LinkedTxn as object[]), { TxnId: paymentId, TxnType: 'Payment' }];
	touch(core, company, 'Invoice', invoice, 'Update');
	return payment;
}

function nameActions(core: Core) {
	const setActive = (name: 'Customer' | 'Item', Active: boolean) =>
		action(one, ({ realmId: realm, id }) => {
			const company = companyOf(core, realm);
			const entity = entityOf(company, name, id);
			entity.Active = Active;
			return touch(core, company, name, entity, 'Update');
		});
	return {
		createCustomer: action(z.object({ realmId, customer }), ({ realmId: realm, customer: input }) => writeCustomer(core, companyOf(core, realm), input)),
		createItem: action(z.object({ realmId, item }), ({ realmId: realm, item: input }) => writeItem(core, companyOf(core, realm), input)),
		deactivateCustomer: setActive('Customer', false),
		deactivateItem: setActive('Item', false),
		/** `id` survives, `deletedId` disappears. */
		mergeCustomers: action(one.extend({ deletedId: z.string() }), ({ realmId: realm, id, deletedId }) => {
			const company = companyOf(core, realm);
			entityOf(company, 'Customer', id);
			company.entities.Customer.delete(deletedId);
			company.deleted.push({ name: 'Customer', Id: deletedId, at: core.now() });
			changed(core, company, 'Customer', id, 'Merge', deletedId);
		}),
	};
}

function companyActions(core: Core) {
	return {
		closeBooks: action(z.object({ realmId, date: z.string().date().optional() }), ({ realmId: realm, date }) => {
			preferences(companyOf(core, realm)).AccountingInfoPrefs.BookCloseDate = date;
		}),
		setCustomNumbers: action(z.object({ realmId, on: z.boolean() }), ({ realmId: realm, on }) => {
			preferences(companyOf(core, realm)).SalesFormsPrefs.CustomTxnNumbers = on;
		}),
		setDuplicateWarning: action(z.object({ realmId, on: z.boolean() }), ({ realmId: realm, on }) => {
			companyOf(core, realm).warnDuplicates = on;
		}),
		/** Tokens as the consent screen gives them, for calls by hand. */
		grantToken: action(z.object({ realmId }), ({ realmId: realm }) => grantToken(core, realm)),
		/** Lets time pass: tokens expire, limits refill. */
		advance: action(z.object({ seconds: z.number() }), ({ seconds }) => {
			core.ahead += seconds * 1000;
		}),
	};
}

function webhookActions(core: Core) {
	const format = z.enum(['cloudevents', 'legacy']);
	return {
		/** In the developer portal: one URL for all companies. */
		setWebhook: action(
			z.object({ url: z.string().url(), verifierToken: z.string().default(VERIFIER_TOKEN), format: format.default('cloudevents'), entities: z.array(z.string()).optional() }),
			(fields): Webhook => {
				core.state.webhook = { ...fields, deliveries: [], last: Promise.resolve() };
				return core.state.webhook;
			},
		),
		/** Sends everything held back in one POST, companies mixed; several copies when asked. */
		releaseEvents: action(z.object({ format: format.optional(), copies: z.number().int().min(1).default(1) }), ({ format: wanted, copies }) => {
			const changes = core.held.splice(0);
			for (let count = 0; count < copies; count++) sendChanges(core, changes, wanted);
		}),
	};
}

export function createActions(core: Core) {
	return { ...nameActions(core), ...documentActions(core), ...companyActions(core), ...webhookActions(core) };
}
