/** `/v1/invoiceitems`: lines that wait for a subscription's next invoice, or go on a draft; sheet §5b. */
import { ITEM_FIELDS, readCharge, readLineTax } from './charges';
import type { Core } from './core';
import { customerParam } from './customerRecords';
import { noSuch, ParameterError, refuse } from './errors';
import { emit } from './events';
import { changeInvoice, chargeOf, lineOfItem, requireDraft, requireRoom } from './invoiceChanges';
import { createItem } from './invoiceItemRecords';
import { checkTaxes, taxedLines } from './invoiceTotals';
import type { Invoice, InvoiceItem, LineTax } from './invoiceTypes';
import { newestFirst, page, PAGE } from './lists';
import { readCurrency } from './money';
import { operation } from './operations';
import { anything, boolean, clearable, inRange, list, range, text, type Fields, type Read } from './params';

const CREATE = {
	...ITEM_FIELDS,
	currency: text(3),
	customer: text(),
	customer_account: text(),
	invoice: text(),
	subscription: text(),
} satisfies Fields;

const UPDATE = { ...ITEM_FIELDS, invoicing_rules: clearable(list(anything)) } satisfies Fields;

function existing(core: Core, id: string): InvoiceItem {
	const item = core.state.invoiceItems.get(id);
	if (!item) throw noSuch('invoiceitem', id, 'invoiceitem', 404);
	return item;
}

function draftParam(core: Core, id: string, customer: string): Invoice {
	const invoice = core.state.invoices.get(id);
	if (!invoice) throw noSuch('invoice', id, 'invoice', 400);
	if (invoice.customer !== customer)
		throw refuse('The customer of the invoice item must be the customer of the invoice.', undefined, 'invoice');
	requireDraft(invoice);
	requireRoom(core, invoice, 1);
	return invoice;
}

function subscriptionParam(core: Core, id: string, customer: string): { id: string; currency: string } {
	const subscription = core.state.subscriptions.get(id);
	if (!subscription || subscription.customer !== customer) throw noSuch('subscription', id, 'subscription', 400);
	if (subscription.status === 'canceled' || subscription.status === 'incomplete_expired') {
		throw refuse(`You can't add an invoice item to a subscription that is ${subscription.status}.`, undefined, 'subscription');
	}
	return subscription;
}

function create(core: Core, params: Read<typeof CREATE>): object {
	if (params.customer === undefined)
		throw new ParameterError('Missing required param: customer.', 'customer', 'parameter_missing');
	const customer = customerParam(core, params.customer);
	const invoice = params.invoice === undefined ? undefined : draftParam(core, params.invoice, customer.id);
	const subscription = params.subscription === undefined ? undefined : subscriptionParam(core, params.subscription, customer.id);
	const currency = itemCurrency(core, params, invoice?.currency ?? subscription?.currency, customer.currency);
	const charge = readCharge(core, params, { currency, param: '' });
	const tax = readLineTax(core, params, charge, 'tax_rates');
	const add = () => createItem(core, { charge, tax, customer: customer.id, subscription: subscription?.id ?? null, invoice });
	if (!invoice) return add();
	checkTaxes(invoice, [...taxedLines(core, invoice.id), { amount: charge.amount, tax }]);
	let item: InvoiceItem | undefined;
	changeInvoice(core, invoice, () => {
		item = add();
	});
	return item ?? {};
}

/** The item's currency: its own, its price's, or the customer's; it has to be that of its invoice or subscription. */
function itemCurrency(core: Core, params: Read<typeof CREATE>, expected: string | undefined, fallback: string | null): string {
	const price = core.state.prices.get(params.pricing?.price ?? '');
	const named = params.currency ?? params.price_data?.currency ?? price?.currency;
	const currency =
		named === undefined ? (expected ?? fallback ?? core.settings.defaultCurrency) : readCurrency(named, 'currency');
	if (expected !== undefined && currency !== expected) {
		throw refuse(
			`The currency of the invoice item (${currency}) must match the currency it is billed in (${expected}).`,
			undefined,
			'currency',
		);
	}
	return currency;
}

/** Pending items, and items on a draft. */
function requireEditable(core: Core, item: InvoiceItem): Invoice | undefined {
	const invoice = item.invoice === null ? undefined : core.state.invoices.get(item.invoice);
	if (invoice && invoice.status !== 'draft') {
		throw refuse('This invoice item is attached to an invoice that is no longer editable.', 'invoice_not_editable');
	}
	return invoice;
}

function update(core: Core, params: Read<typeof UPDATE>, id: string): object {
	const item = existing(core, id);
	const invoice = requireEditable(core, item);
	const charge = readCharge(core, params, { currency: item.currency, param: '', current: item });
	const tax = readLineTax(core, params, charge, 'tax_rates', core.state.taxes.get(id));
	const line = lineOfItem(core, id);
	const write = () => {
		Object.assign(item, charge, { tax_rates: tax.rates });
		core.state.taxes.set(id, tax);
		if (line) writeLine(core, line.id, item, tax);
	};
	if (!invoice) write();
	else {
		checkTaxes(
			invoice,
			taxedLines(core, invoice.id).map((entry) => (entry.id === line?.id ? { amount: charge.amount, tax } : entry)),
		);
		changeInvoice(core, invoice, write);
	}
	return item;
}

function writeLine(core: Core, id: string, item: InvoiceItem, tax: LineTax): void {
	const line = core.state.lines.get(id);
	if (line) Object.assign(line, structuredClone(chargeOf(item)));
	core.state.taxes.set(id, tax);
}

function remove(core: Core, id: string): object {
	const item = existing(core, id);
	const invoice = requireEditable(core, item);
	const drop = () => {
		const line = lineOfItem(core, id);
		if (line) core.state.lines.delete(line.id);
		core.state.invoiceItems.delete(id);
	};
	if (invoice) changeInvoice(core, invoice, drop);
	else drop();
	emit(core, 'invoiceitem.deleted', item);
	return { id, object: 'invoiceitem', deleted: true };
}

const FILTERS = {
	...PAGE,
	created: range,
	customer: text(),
	customer_account: text(),
	invoice: text(),
	pending: boolean,
} satisfies Fields;

export const invoiceItemOperations = [
	operation(['POST', '/v1/invoiceitems', 'invoices'], CREATE, create),
	operation(['GET', '/v1/invoiceitems', 'invoices'], FILTERS, (core, params) => {
		const found = newestFirst(core.state.invoiceItems).filter(
			(item) =>
				inRange(item.date, params.created) &&
				(params.customer === undefined || item.customer === params.customer) &&
				(params.customer_account === undefined || item.customer_account === params.customer_account) &&
				(params.invoice === undefined || item.invoice === params.invoice) &&
				(params.pending === undefined || params.pending === (item.invoice === null)),
		);
		return page(found, params, '/v1/invoiceitems');
	}),
	operation(['GET', '/v1/invoiceitems/:id', 'invoices'], {}, (core, _params, { id }) => existing(core, id)),
	operation(['POST', '/v1/invoiceitems/:id', 'invoices'], UPDATE, (core, params, { id }) => update(core, params, id)),
	operation(['DELETE', '/v1/invoiceitems/:id', 'invoices'], {}, (core, _params, { id }) => remove(core, id)),
];
