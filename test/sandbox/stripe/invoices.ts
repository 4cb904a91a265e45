/** `POST|GET|DELETE /v1/invoices`; sheet §5a. */
import type { Core } from './core';
import { customerParam, setCustomer } from './customerRecords';
import { noSuch, ParameterError, refuse } from './errors';
import { emit } from './events';
import { changedFields, CREATE, DAY, STILL_EDITABLE, UPDATE } from './invoiceFields';
import { changeInvoice, existingInvoice, requireRoom, attachItem } from './invoiceChanges';
import { pendingItems, subscriptionOf } from './invoiceItemRecords';
import { createInvoice, inheritedDiscounts } from './invoiceRecords';
import { checkTaxes, taxedLines } from './invoiceTotals';
import type { Invoice, InvoiceItem } from './invoiceTypes';
import { newestFirst, page, PAGE } from './lists';
import { readCurrency } from './money';
import { operation } from './operations';
import { inRange, oneOf, range, text, type Fields, type Read } from './params';
import { limited } from './rateLimit';
import { search, SEARCH } from './search';
import { linesOf, invoiceView } from './views';

function create(core: Core, params: Read<typeof CREATE>): object {
	if (params.customer_account !== undefined) throw noSuch('account', params.customer_account, 'customer_account', 400);
	if (params.from_invoice) throw refuse('Revisions are not part of this sandbox.', undefined, 'from_invoice');
	const subscription = subscriptionParam(core, params.subscription);
	const customerId = params.customer ?? subscription?.customer;
	if (customerId === undefined) throw new ParameterError('Missing required param: customer.', 'customer', 'parameter_missing');
	const customer = customerParam(core, customerId);
	if (subscription && subscription.customer !== customer.id) {
		throw refuse(
			`The subscription ${subscription.id} does not belong to the customer ${customer.id}.`,
			undefined,
			'subscription',
		);
	}
	const asked = params.currency === undefined ? undefined : readCurrency(params.currency, 'currency');
	const currency = asked ?? subscription?.currency ?? customer.currency ?? core.settings.defaultCurrency;
	if (subscription && currency !== subscription.currency) {
		throw refuse(`The currency of the invoice must match the subscription's: ${subscription.currency}.`, undefined, 'currency');
	}
	const fields = changedFields(core, params, {
		collection_method: 'charge_automatically',
		created: core.now(),
		metadata: {},
		auto_advance: false,
	});
	if (fields.collection_method === 'send_invoice') requireTerms(customer.email, fields.due_date);
	const drawn = drawnItems(core, customer.id, currency, params);
	const draft = createInvoice(core, {
		customer,
		currency,
		reason: 'manual',
		subscription,
		fields: { ...fields, ...(params.discounts === undefined && { discounts: inheritedDiscounts(core, customer) }) },
		fill: (invoice) => {
			requireRoom(core, invoice, drawn.length);
			checkTaxes(
				invoice,
				drawn.map((item) => ({
					amount: item.amount,
					tax: core.state.taxes.get(item.id) ?? { rates: [], behavior: 'exclusive' },
				})),
			);
			for (const item of drawn) attachItem(core, invoice, item);
		},
	});
	if (customer.currency === null) setCustomer(core, customer.id, (entry) => ({ ...entry, currency }));
	return invoiceView(core, draft.id) ?? draft;
}

/** `send_invoice` needs an address to send to and a date to be paid by. */
function requireTerms(email: string | null, due: number | null | undefined): void {
	if (!due) {
		const message = 'Invoices with `collection_method` `send_invoice` need `days_until_due` or `due_date`.';
		throw new ParameterError(message, 'days_until_due', 'parameter_missing');
	}
	if (!email) {
		throw refuse(
			'Missing email. In order to create invoices that are sent to the customer, the customer must have a valid email.',
		);
	}
}

/** The subscription parameter; ten invoices per minute and twenty per day are allowed for one (when limits are on). */
function subscriptionParam(core: Core, id: string | undefined) {
	if (id === undefined) return undefined;
	const subscription = core.state.subscriptions.get(id);
	if (!subscription) throw noSuch('subscription', id, 'subscription', 400);
	if (core.settings.rateLimits) {
		const made = [...core.state.invoices.values()].filter((entry) => entry.parent?.subscription_details.subscription === id);
		const within = (seconds: number) => made.filter((entry) => entry.created > core.now() - seconds).length;
		if (within(60) >= 10 || within(DAY) >= 20)
			throw limited('resource-specific', 'Too many invoices were created for this subscription.');
	}
	return subscription;
}

/** The pending items the new draft swallows: those of its subscription, all with `include`, none otherwise. */
function drawnItems(core: Core, customer: string, currency: string, params: Read<typeof CREATE>): InvoiceItem[] {
	const pending = pendingItems(core, customer, currency);
	if (params.subscription !== undefined) {
		const own = pending.filter((item) => subscriptionOf(item) === params.subscription);
		if (own.length === 0)
			throw refuse('Nothing to invoice for subscription', 'invoice_no_subscription_line_items', 'subscription');
		return own;
	}
	if (params.pending_invoice_items_behavior !== 'include') return [];
	if (pending.length === 0) throw refuse('Nothing to invoice for customer', 'invoice_no_customer_line_items', 'customer');
	return pending;
}

function update(core: Core, params: Read<typeof UPDATE>, id: string): object {
	const invoice = existingInvoice(core, id);
	const given = Object.keys(params);
	if (invoice.status !== 'draft' && given.some((name) => !STILL_EDITABLE.has(name))) {
		throw refuse("Finalized invoices can't be updated in this way", 'invoice_not_editable');
	}
	const fields = changedFields(core, params, invoice);
	const next: Invoice = { ...invoice, ...fields };
	checkTaxes(next, taxedLines(core, id));
	if (next.collection_method === 'send_invoice' && invoice.status === 'draft') {
		requireTerms(core.state.customers.get(invoice.customer)?.email ?? null, next.due_date);
	}
	return changeInvoice(core, invoice, () => Object.assign(invoice, fields));
}

/** Drafts only, and none that a subscription made. Their items go with them. */
export function deleteInvoice(core: Core, id: string): object {
	const invoice = existingInvoice(core, id);
	if (invoice.status !== 'draft') throw refuse('You can only delete draft invoices.', 'invoice_not_editable');
	if (invoice.billing_reason !== 'manual')
		throw refuse("Invoices created by a subscription can't be deleted. You can void it once it is finalized.");
	const last = structuredClone(invoiceView(core, id));
	for (const line of linesOf(core, id)) {
		core.state.lines.delete(line.id);
		const item = line.parent.invoice_item_details?.invoice_item;
		if (item !== undefined) core.state.invoiceItems.delete(item);
	}
	core.state.invoices.delete(id);
	emit(core, 'invoice.deleted', last);
	return { id, object: 'invoice', deleted: true };
}

const FILTERS = {
	...PAGE,
	collection_method: oneOf('charge_automatically', 'send_invoice'),
	created: range,
	customer: text(),
	customer_account: text(),
	due_date: range,
	status: oneOf('draft', 'open', 'paid', 'uncollectible', 'void'),
	subscription: text(),
} satisfies Fields;

function matches(invoice: Invoice, params: Read<typeof FILTERS>): boolean {
	return (
		(params.customer === undefined || invoice.customer === params.customer) &&
		(params.customer_account === undefined || invoice.customer_account === params.customer_account) &&
		(params.status === undefined || invoice.status === params.status) &&
		(params.collection_method === undefined || invoice.collection_method === params.collection_method) &&
		(params.subscription === undefined || invoice.parent?.subscription_details.subscription === params.subscription) &&
		inRange(invoice.created, params.created) &&
		inRange(invoice.due_date, params.due_date)
	);
}

export const invoiceOperations = [
	operation(['POST', '/v1/invoices', 'invoices'], CREATE, create),
	operation(['GET', '/v1/invoices', 'invoices'], FILTERS, (core, params) => {
		const found = newestFirst(core.state.invoices).filter((invoice) => matches(invoice, params));
		const result = page(found, params, '/v1/invoices');
		return { ...result, data: result.data.map(({ id }) => invoiceView(core, id)) };
	}),
	operation(['GET', '/v1/invoices/search', 'invoices'], SEARCH, (core, params) =>
		search(
			core,
			'invoice',
			['created', 'currency', 'customer', 'number', 'status', 'subscription', 'total'],
			params,
			'/v1/invoices/search',
		),
	),
	operation(
		['GET', '/v1/invoices/:id', 'invoices'],
		{},
		(core, _params, { id }) => invoiceView(core, existingInvoice(core, id).id) ?? {},
	),
	operation(['POST', '/v1/invoices/:id', 'invoices'], UPDATE, (core, params, { id }) => update(core, params, id)),
	operation(['DELETE', '/v1/invoices/:id', 'invoices'], {}, (core, _params, { id }) => deleteInvoice(core, id)),
];
