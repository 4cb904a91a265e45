/** Invoices made on demand: many charges in one call. */
import Big from 'big.js';
import { z } from 'zod';

import { addonRow, chargeLine, chargeRow, inRow, itemPriceRow, requireSome, sellableLine } from './charges';
import { checkCurrency, findCustomer } from './customers';
import { invalid, notEnabled, wrongValue } from './errors';
import { emit } from './events';
import { createInvoice, finalize, newLine, type NewLine } from './invoices';
import { operation, type Custom } from './operations';
import { flag, integer, present, rows, text, timestamp } from './params';
import type { Core } from './state';
import { customerOf, findSubscription } from './subscriptions';
import type { Customer, Discount, LineItem, Subscription } from './types';

const common = {
	customer_id: text(50).nullish(),
	subscription_id: text(50).nullish(),
	currency_code: text(3).nullish(),
	invoice_date: timestamp.nullish(),
	invoice_note: text(2000).nullish(),
	remove_general_note: flag.nullish(),
	po_number: text(100).nullish(),
	auto_collection: z.enum(['on', 'off']).nullish(),
	charges: rows({ ...chargeRow, entity_description: text(500).nullish() }).nullish(),
};

const discountRow = {
	apply_on: z.enum(['invoice_amount', 'specific_item_price']),
	percentage: z
		.string()
		.regex(/^\d+(\.\d+)?$/, 'should be a number')
		.nullish(),
	amount: integer(0).nullish(),
	quantity: integer(1).nullish(),
	item_price_id: text(100).nullish(),
};

type DiscountRow = z.output<z.ZodObject<typeof discountRow>> & { index: number };
type Common = z.output<z.ZodObject<typeof common>>;

export interface Owner {
	customer: Customer;
	subscription?: Subscription;
	currency: string;
}

/** Exactly one of customer and subscription. Throws 400, 404. */
export function findOwner(
	core: Core,
	params: { customer_id?: string | null; subscription_id?: string | null; currency_code?: string | null },
): Owner {
	const { customer_id: customerId, subscription_id: subscriptionId, currency_code: currency } = params;
	if (Boolean(customerId) === Boolean(subscriptionId))
		throw invalid('Exactly one of customer_id and subscription_id should be given');
	const subscription = subscriptionId ? findSubscription(core, subscriptionId, 'subscription_id') : undefined;
	const customer = subscription ? customerOf(core, subscription) : findCustomer(core, String(customerId), 'customer_id');
	const own = subscription?.currency_code ?? customer.preferred_currency_code;
	if (currency && subscription && currency !== own) throw wrongValue('currency_code', `The subscription's currency is ${own}`);
	return { customer, subscription, currency: checkCurrency(core, currency ?? own, 'currency_code') };
}

/** The rows as discounts on these lines; each may take at most what the ones before it have left. Throws 400. */
function discountsOn(lines: LineItem[], discountRows: DiscountRow[]): Discount[] {
	const discounts: Discount[] = [];
	discountRows.forEach((row) => {
		const name = inRow('discounts', row.index);
		if (Boolean(row.percentage) === (row.amount !== null && row.amount !== undefined))
			throw wrongValue(name('amount'), 'or percentage should be given, not both');
		const itemLevel = row.apply_on === 'specific_item_price';
		if (itemLevel && !row.item_price_id) throw wrongValue(name('item_price_id'), 'is required');
		const base = sumOf(itemLevel ? lines.filter((line) => line.entity_id === row.item_price_id) : lines);
		const left = itemLevel ? base : base - sumOf(discounts);
		const amount = row.percentage
			? new Big(base).times(row.percentage).div(100).round(0, Big.roundHalfUp).toNumber()
			: (row.amount ?? 0);
		if (amount > left) throw wrongValue(name('amount'), 'should not be more than the amount it applies to');
		discounts.push({
			amount,
			description: row.percentage ? `${row.percentage}% discount` : 'Discount',
			entity_type: itemLevel ? 'item_level_discount' : 'document_level_discount',
			discount_type: row.percentage ? 'percentage' : 'fixed_amount',
			...(itemLevel && row.item_price_id && { entity_id: row.item_price_id }),
		});
	});
	return discounts;
}

const sumOf = (entries: Array<{ amount: number }>) => entries.reduce((sum, { amount }) => sum + amount, 0);

function checkDate(core: Core, date: number | null | undefined): void {
	if (date && date > core.now()) throw wrongValue('invoice_date', 'should not be in the future');
}

interface Extras {
	custom: Custom;
	netTermDays?: number;
	discounts?: DiscountRow[];
	pending?: boolean;
}

/** Payment is collected at once unless `auto_collection` is off. */
function create(core: Core, params: Common, owner: Owner, newLines: NewLine[], extras: Extras): object {
	const { customer, subscription, currency } = owner;
	const lines = newLines.map((line) => newLine(core, customer.id, { ...line, subscriptionId: subscription?.id }));
	const invoice = createInvoice(core, {
		customer,
		subscriptionId: subscription?.id,
		currency,
		date: params.invoice_date ?? core.now(),
		recurring: false,
		pending: extras.pending ?? false,
		lines,
		discounts: discountsOn(lines, extras.discounts ?? []),
		poNumber: params.po_number ?? undefined,
		note: params.invoice_note ?? undefined,
		netTermDays: extras.netTermDays,
		custom: present(extras.custom),
	});
	if (extras.pending) {
		emit(core, 'pending_invoice_created', { invoice });
		return { invoice };
	}
	const collection = params.auto_collection ?? subscription?.auto_collection ?? customer.auto_collection;
	return { invoice: finalize(core, invoice, collection === 'on') };
}

type Charges = Common['charges'];

/** Ad hoc charges as lines of the document. */
function adHoc(core: Core, charges: Charges, currency: string): NewLine[] {
	return (charges ?? []).map((row) => ({
		...chargeLine(core, row, currency, inRow('charges', row.index)),
		...(row.entity_description && { entityDescription: row.entity_description }),
	}));
}

export const newInvoiceOperations = [
	operation(
		['POST', '/invoices/create_for_charge_items_and_charges', { catalog: 'v2', custom: true }],
		{
			...common,
			net_term_days: integer(0, 365).nullish(),
			create_pending_invoice: flag.nullish(),
			item_prices: rows({ ...itemPriceRow, description: text(250).nullish(), entity_description: text(500).nullish() }).nullish(),
			discounts: rows(discountRow).nullish(),
		},
		(core, params, _ids, custom) => {
			requireSome(params.charges, params.item_prices);
			checkDate(core, params.invoice_date);
			if (params.create_pending_invoice && !core.settings.meteredBilling)
				throw notEnabled('Metered billing is not enabled for this site', 'create_pending_invoice');
			const owner = findOwner(core, params);
			const priced = (params.item_prices ?? []).map(
				({ item_price_id: id, description, entity_description: entityDescription, ...row }): NewLine => ({
					...sellableLine(core, { id, ...row }, owner.currency, inRow('item_prices', row.index)),
					...(description && { description }),
					...(entityDescription && { entityDescription }),
				}),
			);
			return create(core, params, owner, [...priced, ...adHoc(core, params.charges, owner.currency)], {
				custom,
				netTermDays: params.net_term_days ?? undefined,
				discounts: params.discounts ?? undefined,
				pending: params.create_pending_invoice ?? false,
			});
		},
	),
	operation(
		['POST', '/invoices', { catalog: 'v1', custom: true }],
		{ ...common, addons: rows(addonRow).nullish() },
		(core, params, _ids, custom) => {
			requireSome(params.charges, params.addons);
			checkDate(core, params.invoice_date);
			const owner = findOwner(core, params);
			const addons = (params.addons ?? []).map((row) =>
				sellableLine(core, row, owner.currency, inRow('addons', row.index), 'id'),
			);
			return create(core, params, owner, [...addons, ...adHoc(core, params.charges, owner.currency)], { custom });
		},
	),
];
