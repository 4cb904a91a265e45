/** Rows and fields that become invoice lines or unbilled charges: ad hoc charges, item prices, addons. */
import Big from 'big.js';
import { z } from 'zod';

import { findSellable, type Sellable } from './catalog';
import { invalid, notEnabled, wrongValue } from './errors';
import type { NewLine } from './invoices';
import { decimal, flag, integer, text, timestamp } from './params';
import type { Core } from './state';

/** Currencies without a minor unit. */
const ZERO_DECIMAL = ['CLP', 'ISK', 'JPY', 'KRW', 'PYG', 'UGX', 'VND', 'XAF', 'XOF', 'XPF'];

export const dates = { date_from: timestamp.nullish(), date_to: timestamp.nullish() };

const taxFields = {
	avalara_tax_code: text(50).nullish(),
	hsn_code: text(50).nullish(),
	taxjar_product_code: text(50).nullish(),
	avalara_sale_type: z.enum(['wholesale', 'retail', 'consumed', 'vendor_use']).nullish(),
	avalara_transaction_type: integer().nullish(),
	avalara_service_type: integer().nullish(),
};

/** `POST /invoices/{id}/add_charge`: no `taxable`, no `tax_profile_id`, no decimals. */
export const chargeFields = { ...taxFields, amount: integer(1), description: text(250) };

export const chargeRow = {
	...taxFields,
	amount: integer(1).nullish(),
	amount_in_decimal: decimal(39).nullish(),
	description: text(250),
	taxable: flag.nullish(),
	tax_profile_id: text(50).nullish(),
	...dates,
};

const quantityAndPrice = {
	quantity: integer(1).nullish(),
	quantity_in_decimal: decimal(33).nullish(),
	unit_price: integer(0).nullish(),
	unit_price_in_decimal: decimal(39).nullish(),
	...dates,
};

export const itemPriceRow = { item_price_id: text(100), ...quantityAndPrice };
export const addonRow = { id: text(100), ...quantityAndPrice };

type Dates = { date_from?: number | null; date_to?: number | null };
type ChargeRow = Dates & {
	amount?: number | null;
	amount_in_decimal?: string | null;
	description: string;
	taxable?: boolean | null;
};
type Quantities = Dates & {
	quantity?: number | null;
	quantity_in_decimal?: string | null;
	unit_price?: number | null;
	unit_price_in_decimal?: string | null;
};

/** Name of a row's field in request spelling. */
export type NameOf = (field: string) => string;
export const inRow =
	(name: string, index: number): NameOf =>
	(field) =>
		`${name}[${field}][${index}]`;

/** Both or neither; without them the service period is the moment. */
export function servicePeriod(
	core: Core,
	{ date_from: from, date_to: to }: Dates,
	name: NameOf,
): { dateFrom: number; dateTo: number } {
	const given = (value: number | null | undefined) => value !== null && value !== undefined;
	if (!given(from) && !given(to)) return { dateFrom: core.now(), dateTo: core.now() };
	if (!given(from)) throw wrongValue(name('date_from'), 'is required when date_to is given');
	if (!given(to)) throw wrongValue(name('date_to'), 'is required when date_from is given');
	if ((from as number) > (to as number)) throw wrongValue(name('date_to'), 'should not be before date_from');
	return { dateFrom: from as number, dateTo: to as number };
}

function requireMultiDecimal(core: Core, param: string): void {
	if (!core.settings.multiDecimal) throw notEnabled('Multi-decimal pricing is not enabled for this site', param);
}

/** Minor units of an amount in the major unit. */
function toMinor(amount: Big, currency: string): number {
	return amount
		.times(ZERO_DECIMAL.includes(currency) ? 1 : 100)
		.round(0, Big.roundHalfUp)
		.toNumber();
}

/** An ad hoc charge; `currency` is the document's. */
export function chargeLine(core: Core, row: ChargeRow, currency: string, name: NameOf): NewLine {
	const common = {
		description: row.description,
		entityType: 'adhoc' as const,
		taxable: row.taxable !== false,
		...servicePeriod(core, row, name),
	};
	if (row.amount_in_decimal) {
		requireMultiDecimal(core, name('amount_in_decimal'));
		if (row.amount) throw wrongValue(name('amount_in_decimal'), 'cannot be sent together with amount');
		const exact = new Big(row.amount_in_decimal);
		if (exact.lte(0)) throw wrongValue(name('amount_in_decimal'), 'should be greater than 0');
		const minor = toMinor(exact, currency);
		return { ...common, unitAmount: minor, amount: minor, amountInDecimal: row.amount_in_decimal };
	}
	if (!row.amount) throw wrongValue(name('amount'), 'is required');
	return { ...common, unitAmount: row.amount, amount: row.amount };
}

const ENTITY_TYPES = {
	v1: { plan: 'plan', addon: 'addon', charge: 'addon' },
	v2: { plan: 'plan_item_price', addon: 'addon_item_price', charge: 'charge_item_price' },
} as const;

export const entityType = (core: Core, type: Sellable['type']) =>
	ENTITY_TYPES[core.settings.catalog === 'v1' ? 'v1' : 'v2'][type];

/** A charge item price (2.0) or a non-recurring addon (1.0); its name is the text of the line. */
export function sellableLine(
	core: Core,
	row: Quantities & { id: string },
	currency: string,
	name: NameOf,
	idField = 'item_price_id',
): NewLine {
	const sellable = findSellable(core, row.id, name(idField));
	if (sellable.type !== 'charge') throw wrongValue(name(idField), `'${row.id}' is not a one-time charge`);
	if (!sellable.active) throw wrongValue(name(idField), `'${row.id}' is not active`);
	if (sellable.currency !== currency) throw wrongValue(name(idField), `is priced in ${sellable.currency}, not in ${currency}`);
	for (const field of ['quantity_in_decimal', 'unit_price_in_decimal'] as const)
		if (row[field]) requireMultiDecimal(core, name(field));
	if (sellable.pricingModel === 'flat_fee' && (row.quantity ?? 1) !== 1)
		throw wrongValue(name('quantity'), 'is not applicable for flat fee pricing');
	const quantity = new Big(row.quantity_in_decimal ?? row.quantity ?? 1);
	const major = ZERO_DECIMAL.includes(currency) ? 1 : 100;
	const unit = row.unit_price_in_decimal
		? new Big(row.unit_price_in_decimal).times(major)
		: new Big(row.unit_price ?? sellable.price);
	return {
		description: sellable.text,
		entityType: entityType(core, sellable.type),
		entityId: sellable.id,
		quantity: quantity.round(0, Big.roundDown).toNumber(),
		unitAmount: unit.round(0, Big.roundHalfUp).toNumber(),
		amount: unit.times(quantity).round(0, Big.roundHalfUp).toNumber(),
		pricingModel: sellable.pricingModel,
		taxable: sellable.taxable,
		...servicePeriod(core, row, name),
	};
}

/** Refuses a call that charges nothing. */
export function requireSome(...groups: Array<unknown[] | null | undefined>): void {
	if (groups.every((group) => !group || group.length === 0))
		throw invalid('At least one charge, item price or addon should be given');
}
