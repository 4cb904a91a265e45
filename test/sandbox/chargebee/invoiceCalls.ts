/** The invoice calls. */
import { z } from 'zod';

import { addonRow, chargeFields, chargeLine, dates, itemPriceRow, requireSome, sellableLine, type NameOf } from './charges';
import { findCustomer } from './customers';
import { notFound, refusal, wrongState, wrongValue } from './errors';
import { emit } from './events';
import { finalize, newLine, total, type NewLine } from './invoices';
import {
	DELETED,
	enumFilter,
	flagFilter,
	listOf,
	numberFilter,
	optionalTextFilter,
	PAGE,
	slice,
	sortBy,
	textFilter,
	timeFilter,
} from './lists';
import { operation } from './operations';
import { address, assign, flag, integer, list, text, timestamp } from './params';
import type { Core } from './state';
import { customerOf, findSubscription } from './subscriptions';
import type { Invoice } from './types';

const STATUS = enumFilter(['paid', 'posted', 'payment_due', 'not_paid', 'voided', 'pending']);

export function findInvoice(core: Core, id: string, param?: string): Invoice {
	const invoice = core.state.invoices.get(id);
	if (!invoice || invoice.deleted) throw notFound('invoice', id, param);
	return invoice;
}

function pendingInvoice(core: Core, id: string): Invoice {
	const invoice = findInvoice(core, id);
	if (invoice.status !== 'pending')
		throw wrongState(`The invoice '${id}' is ${invoice.status}; only a pending invoice can be changed`);
	return invoice;
}

/** The subscription a new line belongs to: it must be named on a consolidated invoice, and be the invoice's own on any other. */
function lineSubscription(core: Core, invoice: Invoice, given: string | null | undefined): string | undefined {
	if (given) {
		const subscription = findSubscription(core, given, 'subscription_id');
		const fits =
			invoice.subscription_id === undefined
				? subscription.customer_id === invoice.customer_id
				: invoice.subscription_id === given;
		if (!fits) throw wrongValue('subscription_id', `The invoice is not one of the subscription '${given}'`);
		return given;
	}
	const several = new Set(invoice.line_items.map((line) => line.subscription_id)).size > 1;
	if (invoice.subscription_id === undefined && several)
		throw wrongValue('subscription_id', 'is required, the invoice is consolidated');
	return invoice.subscription_id ?? invoice.line_items[0]?.subscription_id;
}

function addLine(
	core: Core,
	invoice: Invoice,
	line: NewLine,
	subscriptionId: string | null | undefined,
	comment: string | null | undefined,
): object {
	const owner = lineSubscription(core, invoice, subscriptionId);
	invoice.line_items.push(newLine(core, invoice.customer_id, { ...line, subscriptionId: owner }));
	if (comment) invoice.notes.push({ note: comment });
	emit(core, 'pending_invoice_updated', { invoice: total(core, invoice) });
	return { invoice: firstLines(invoice) };
}

/** Lines come 300 at a time; the rest by `line_items_offset`. */
function firstLines(invoice: Invoice, limit = 300, offset?: string): object {
	const { page, next } = slice(invoice.line_items, limit, offset, 'line_items_offset');
	return { ...invoice, line_items: page, ...(next !== undefined && { line_items_next_offset: next }) };
}

/** Closes a pending invoice: it gets its number, uses credits, and collects at once under automatic collection. Throws 400, 409. */
export function closeInvoice(core: Core, invoice: Invoice, options: { date?: number; note?: string } = {}): Invoice {
	if (invoice.line_items.length === 0)
		throw refusal(400, 'invalid_request', 'An invoice without line items cannot be closed; delete it');
	const customer = customerOf(core, invoice);
	if (options.note !== undefined) invoice.notes.push({ note: options.note });
	if (options.date !== undefined) invoice.date = options.date;
	core.state.invoices.delete(invoice.id);
	invoice.id = core.newInvoiceNumber();
	core.state.invoices.set(invoice.id, invoice);
	const subscription = core.state.subscriptions.get(invoice.subscription_id ?? '');
	return finalize(core, invoice, (subscription?.auto_collection ?? customer.auto_collection) === 'on');
}

const lineName: NameOf = (field) => (field.startsWith('date_') ? `line_item[${field}]` : field);
const lineDates = { line_item: z.object(dates).strict().nullish() };
const belonging = { comment: text(300).nullish(), subscription_id: text(50).nullish() };

const changes = [
	operation(
		['POST', '/invoices/:id/add_charge'],
		{ ...chargeFields, ...lineDates, ...belonging },
		(core, { subscription_id: subscription, comment, line_item: period, ...charge }, { id }) => {
			const invoice = pendingInvoice(core, id);
			return addLine(
				core,
				invoice,
				chargeLine(core, { ...charge, ...period }, invoice.currency_code, lineName),
				subscription,
				comment,
			);
		},
	),
	operation(
		['POST', '/invoices/:id/add_charge_item', { catalog: 'v2' }],
		{ item_price: z.object(itemPriceRow).strict(), ...belonging },
		(core, { item_price: { item_price_id: priceId, ...row }, subscription_id: subscription, comment }, { id }) => {
			const invoice = pendingInvoice(core, id);
			const line = sellableLine(core, { id: priceId, ...row }, invoice.currency_code, (field) => `item_price[${field}]`);
			return addLine(core, invoice, line, subscription, comment);
		},
	),
	operation(
		['POST', '/invoices/:id/add_addon_charge', { catalog: 'v1' }],
		{
			addon_id: addonRow.id,
			addon_quantity: addonRow.quantity,
			addon_unit_price: addonRow.unit_price,
			addon_quantity_in_decimal: addonRow.quantity_in_decimal,
			addon_unit_price_in_decimal: addonRow.unit_price_in_decimal,
			...lineDates,
			...belonging,
		},
		(core, params, { id }) => {
			const invoice = pendingInvoice(core, id);
			const row = {
				id: params.addon_id,
				quantity: params.addon_quantity,
				unit_price: params.addon_unit_price,
				quantity_in_decimal: params.addon_quantity_in_decimal,
				unit_price_in_decimal: params.addon_unit_price_in_decimal,
				...params.line_item,
			};
			const name: NameOf = (field) => (field.startsWith('date_') ? lineName(field) : `addon_${field}`);
			return addLine(
				core,
				invoice,
				sellableLine(core, row, invoice.currency_code, name, 'id'),
				params.subscription_id,
				params.comment,
			);
		},
	),
	operation(
		['POST', '/invoices/:id/delete_line_items'],
		{
			line_items: z
				.object({ id: list(text(40)) })
				.strict()
				.nullish(),
		},
		(core, { line_items: lines }, { id }) => {
			const invoice = pendingInvoice(core, id);
			const ids = lines?.id ?? [];
			requireSome(ids);
			const unknown = ids.findIndex((lineId) => !invoice.line_items.some((line) => line.id === lineId));
			if (unknown >= 0) throw wrongValue(`line_items[id][${unknown}]`, `The invoice has no line item '${ids[unknown]}'`);
			invoice.line_items = invoice.line_items.filter((line) => !ids.includes(line.id));
			emit(core, 'pending_invoice_updated', { invoice: total(core, invoice) });
			return { invoice: firstLines(invoice) };
		},
	),
	operation(
		['POST', '/invoices/:id/close', { custom: true }],
		{
			comment: text(300).nullish(),
			invoice_note: text(2000).nullish(),
			remove_general_note: flag.nullish(),
			invoice_date: timestamp.nullish(),
		},
		(core, params, { id }, custom) => {
			const invoice = pendingInvoice(core, id);
			const { invoice_date: date } = params;
			const now = core.now();
			if (date && (date > now || date < Math.min(invoice.date, now)))
				throw wrongValue('invoice_date', 'should be between the generation of the invoice and today');
			assign(invoice, custom);
			return {
				invoice: firstLines(closeInvoice(core, invoice, { date: date ?? undefined, note: params.invoice_note ?? undefined })),
			};
		},
	),
	operation(
		['POST', '/invoices/:id/update_details', { custom: true }],
		{
			po_number: text(100).nullish(),
			vat_number: text(20).nullish(),
			vat_number_prefix: text(10).nullish(),
			comment: text(300).nullish(),
			billing_address: address.nullish(),
			shipping_address: address.nullish(),
		},
		(core, { comment, ...params }, { id }, custom) => {
			const invoice = findInvoice(core, id);
			if (invoice.status === 'voided') throw wrongState(`The invoice '${id}' is voided`);
			if (comment) invoice.notes.push({ note: comment });
			assign(invoice, { ...params, ...custom });
			emit(core, invoice.status === 'pending' ? 'pending_invoice_updated' : 'invoice_updated', { invoice: core.touch(invoice) });
			return { invoice: firstLines(invoice) };
		},
	),
	operation(
		['POST', '/invoices/:id/void'],
		{ comment: text(300).nullish(), void_reason_code: text(100).nullish() },
		(core, params, { id }) => {
			const invoice = findInvoice(core, id);
			if (!['posted', 'payment_due', 'not_paid'].includes(invoice.status))
				throw wrongState(`The invoice '${id}' is ${invoice.status} and cannot be voided`);
			Object.assign(invoice, { status: 'voided', voided_at: core.now(), amount_due: 0 });
			assign(invoice, { void_reason_code: params.void_reason_code ?? undefined });
			emit(core, 'invoice_updated', { invoice: core.touch(invoice) });
			return { invoice: firstLines(invoice) };
		},
	),
	operation(['POST', '/invoices/:id/delete'], { comment: text(300).nullish() }, (core, _params, { id }) => {
		const invoice = findInvoice(core, id);
		if (invoice.status === 'paid') throw wrongState(`The invoice '${id}' is paid and cannot be deleted`);
		invoice.deleted = true;
		emit(core, 'invoice_deleted', { invoice: core.touch(invoice) });
		return { invoice: firstLines(invoice) };
	}),
	operation(
		['POST', '/invoices/:id/pdf'],
		{ disposition_type: z.enum(['attachment', 'inline']).nullish() },
		(core, _params, { id }) => {
			const invoice = findInvoice(core, id);
			return {
				download: {
					download_url: `https://sandbox-test.invalid/${invoice.id}.pdf`,
					valid_till: core.now() + 3600,
					object: 'download',
				},
			};
		},
	),
];

const filters = {
	id: textFilter,
	subscription_id: optionalTextFilter,
	customer_id: textFilter,
	recurring: flagFilter,
	status: STATUS,
	date: timeFilter,
	paid_at: timeFilter,
	total: numberFilter,
	amount_due: numberFilter,
	updated_at: timeFilter,
	voided_at: timeFilter,
	sort_by: sortBy('date', 'updated_at'),
};

const shortened = (invoice: Invoice) => firstLines(invoice);

const reads = [
	operation(['GET', '/invoices'], { ...PAGE, ...DELETED, ...filters }, (core, params) =>
		listOf('invoice', core.state.invoices.values(), params, 'date', shortened),
	),
	operation(['GET', '/customers/:id/invoices'], PAGE, (core, params, { id }) => {
		const { id: customerId } = findCustomer(core, id);
		const own = [...core.state.invoices.values()].filter((invoice) => invoice.customer_id === customerId);
		return listOf('invoice', own, params, 'date', shortened);
	}),
	operation(['GET', '/subscriptions/:id/invoices'], PAGE, (core, params, { id }) => {
		const { id: subscriptionId } = findSubscription(core, id);
		const own = [...core.state.invoices.values()].filter((invoice) => invoice.subscription_id === subscriptionId);
		return listOf('invoice', own, params, 'date', shortened);
	}),
	operation(
		['GET', '/invoices/:id'],
		{ line_items_limit: integer(1, 300).optional(), line_items_offset: text(1000).optional() },
		(core, params, { id }) => ({ invoice: firstLines(findInvoice(core, id), params.line_items_limit, params.line_items_offset) }),
	),
];

export const invoiceOperations = [...changes, ...reads];
