/** What a line or an invoice item costs: the parameters they share and their rules; sheet §5a, §5b, §6. */
import { createPrice, createProduct, PRODUCT_DATA, unitAmount } from './catalog';
import type { Core } from './core';
import { noSuch, ParameterError, refuse } from './errors';
import type { Charge, LineTax } from './invoiceTypes';
import { checkAmount, multiply, plainDecimal, readCurrency, truncated } from './money';
import {
	boolean,
	clearable,
	decimal,
	integer,
	list,
	mergeMetadata,
	metadata,
	needed,
	object,
	oneOf,
	text,
	timestamp,
	type Fields,
	type Read,
	type Rule,
} from './params';
import type { Price, TaxRate } from './types';

const TAX_BEHAVIOR = oneOf('exclusive', 'inclusive', 'unspecified');

export const DISCOUNTS = clearable(list(object({ coupon: text(), discount: text(), promotion_code: text() })));

const PRICE_DATA = {
	currency: needed(text(3)),
	tax_behavior: TAX_BEHAVIOR,
	unit_amount: integer({ min: 0 }),
	unit_amount_decimal: decimal(),
} satisfies Fields;

const TAX_AMOUNT = object({
	amount: needed(integer()),
	tax_rate_data: needed(
		object({
			country: text(2),
			description: text(),
			display_name: needed(text()),
			inclusive: needed(boolean),
			jurisdiction: text(),
			jurisdiction_level: oneOf('city', 'country', 'county', 'district', 'multiple', 'state'),
			percentage: needed(decimal()),
			state: text(),
			tax_type: text(),
		}),
	),
	taxability_reason: text(),
	taxable_amount: needed(integer()),
});

const SHARED = {
	amount: integer(),
	/** Longer ones are refused: the limit is 500 since 2018-10-31. */
	description: text(500),
	discountable: boolean,
	discounts: DISCOUNTS,
	metadata,
	period: object({ end: needed(timestamp), start: needed(timestamp) }),
	pricing: object({ price: text() }),
	quantity: integer({ min: 0 }),
	quantity_decimal: decimal(),
} satisfies Fields;

/** Of a line in `add_lines`, `update_lines` and the single update: no currency, no bare unit amount, no tax code. */
export const LINE_FIELDS = {
	...SHARED,
	price_data: object({ ...PRICE_DATA, product: text(), product_data: object(PRODUCT_DATA) }),
	tax_amounts: clearable(list(TAX_AMOUNT, { max: 20 })),
	tax_rates: clearable(list(text())),
} satisfies Fields;

/** Of an invoice item: its `price_data` needs an existing product. */
export const ITEM_FIELDS = {
	...SHARED,
	price_data: object({ ...PRICE_DATA, product: needed(text()) }),
	tax_behavior: TAX_BEHAVIOR,
	tax_code: clearable(text()),
	tax_rates: clearable(list(text())) as Rule<string[] | null>,
	unit_amount_decimal: decimal({ signed: true }),
} satisfies Fields;

/** Parameters of a line or of an item. */
export type ChargeParams = Read<typeof LINE_FIELDS> &
	Pick<Read<typeof ITEM_FIELDS>, 'unit_amount_decimal' | 'tax_behavior' | 'tax_code'>;

interface Place {
	currency: string;
	/** Name of the parameter the charge stands in, e.g. `lines[3]`; empty for invoice items. */
	param: string;
	/** The charge as it is, when this is an update. */
	current?: Charge;
}

const named = (place: Place, field: string) => (place.param ? `${place.param}[${field}]` : field);

function exclusive(params: ChargeParams, place: Place, fields: Array<keyof ChargeParams>): Array<keyof ChargeParams> {
	const given = fields.filter((field) => params[field] !== undefined);
	if (given.length < 2) return given;
	const names = given.map((field) => named(place, field));
	throw new ParameterError(
		`You may only specify one of these parameters: ${names.join(', ')}.`,
		names[0],
		'parameters_exclusive',
	);
}

/** The charge described by the parameters (on an update: over the present one). Throws 400 for every rule broken. */
export function readCharge(core: Core, params: ChargeParams, place: Place): Charge {
	const [source] = exclusive(params, place, ['amount', 'price_data', 'pricing', 'unit_amount_decimal']);
	exclusive(params, place, ['quantity', 'quantity_decimal']);
	const { current } = place;
	if (!source && !current) {
		const message = 'You must provide one of `amount`, `pricing` or `price_data`.';
		throw new ParameterError(message, named(place, 'amount'), 'parameter_missing');
	}
	const given = params.quantity_decimal ?? params.quantity;
	if (source === 'amount' && given !== undefined && plainDecimal(given) !== '1') {
		throw refuse('When `amount` is given, the quantity can only be 1.', 'parameters_exclusive', named(place, 'quantity'));
	}
	const pricing = source ? newPricing(core, params, place) : (current?.pricing ?? null);
	const quantity = source === 'amount' ? '1' : plainDecimal(given ?? current?.quantity_decimal ?? '1');
	const priced = source !== undefined || given !== undefined;
	const amount = priced ? (params.amount ?? multiply(pricing?.unit_amount_decimal ?? '0', quantity)) : (current?.amount ?? 0);
	checkAmount(place.currency, amount, named(place, source ?? 'amount'));
	checkDiscounts(params, place);
	return {
		amount,
		currency: place.currency,
		description: params.description ?? current?.description ?? productName(core, pricing),
		// Negative charges are not discountable unless asked for.
		discountable: params.discountable ?? current?.discountable ?? amount >= 0,
		discounts: [],
		livemode: false,
		metadata: mergeMetadata(current?.metadata ?? {}, params.metadata),
		period: readPeriod(params, place) ?? current?.period ?? { start: core.now(), end: core.now() },
		pricing,
		quantity: truncated(quantity),
		quantity_decimal: quantity,
	};
}

function readPeriod(params: ChargeParams, place: Place): Charge['period'] | undefined {
	const { period } = params;
	if (period && period.end < period.start) {
		throw refuse('The period end must be greater than or equal to the period start.', undefined, named(place, 'period'));
	}
	return period && { start: period.start, end: period.end };
}

/** There are no coupons to name in this sandbox except the ones customers bring along. */
function checkDiscounts(params: ChargeParams, place: Place): void {
	for (const discount of params.discounts ?? []) {
		throw noSuch('coupon', discount.coupon ?? discount.discount ?? discount.promotion_code ?? '', named(place, 'discounts'), 400);
	}
}

function productName(core: Core, pricing: Charge['pricing']): string | null {
	const product = pricing?.price_details && core.state.products.get(pricing.price_details.product);
	return product ? product.name : null;
}

function newPricing(core: Core, params: ChargeParams, place: Place): Charge['pricing'] {
	const bare = params.amount === undefined ? params.unit_amount_decimal : String(params.amount);
	if (bare !== undefined) return { type: 'price_details', unit_amount_decimal: plainDecimal(bare) };
	const price = params.price_data ? inlinePrice(core, params.price_data, place) : namedPrice(core, params.pricing?.price, place);
	return {
		type: 'price_details',
		price_details: { price: price.id, product: price.product },
		unit_amount_decimal: price.unit_amount_decimal,
	};
}

function namedPrice(core: Core, id: string | undefined, place: Place): Price {
	const param = `${named(place, 'pricing')}[price]`;
	if (id === undefined) throw new ParameterError(`Missing required param: ${param}.`, param, 'parameter_missing');
	const price = core.state.prices.get(id);
	if (!price) throw noSuch('price', id, param, 400);
	if (!price.active) throw refuse('The price specified is inactive. This field only accepts active prices.', undefined, param);
	if (price.type === 'recurring') {
		throw refuse(
			'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
			undefined,
			param,
		);
	}
	if (price.currency !== place.currency) {
		const message = `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${place.currency}\`.`;
		throw refuse(message, undefined, param);
	}
	return price;
}

function inlinePrice(core: Core, data: NonNullable<ChargeParams['price_data']>, place: Place): Price {
	const param = named(place, 'price_data');
	const currency = readCurrency(data.currency, `${param}[currency]`);
	if (currency !== place.currency) {
		throw refuse(
			`The currency of \`price_data\` (${currency}) must match the expected currency: \`${place.currency}\`.`,
			undefined,
			`${param}[currency]`,
		);
	}
	if ((data.product === undefined) === (data.product_data === undefined)) {
		const code = data.product === undefined ? 'parameter_missing' : 'parameters_exclusive';
		throw new ParameterError(
			`You must provide exactly one of ${param}[product] and ${param}[product_data].`,
			`${param}[product]`,
			code,
		);
	}
	const amount = unitAmount(data, param);
	if (data.product !== undefined && !core.state.products.has(data.product))
		throw noSuch('product', data.product, `${param}[product]`, 400);
	const product = data.product ?? createProduct(core, data.product_data ?? { name: '' }).id;
	return createPrice(core, { currency, product, unit_amount_decimal: amount, tax_behavior: data.tax_behavior, active: false });
}

/** The tax rates behind their ids. Throws 400 for an unknown one. */
export function taxRates(core: Core, ids: string[], param: string): TaxRate[] {
	return ids.map((id) => {
		const rate = core.state.taxRates.get(id);
		if (!rate) throw noSuch('tax rate', id, param, 400);
		return rate;
	});
}

/** How the charge is taxed (on an update: what the parameters leave alone stays). */
export function readLineTax(core: Core, params: ChargeParams, charge: Charge, param: string, current?: LineTax): LineTax {
	const price = charge.pricing?.price_details && core.state.prices.get(charge.pricing.price_details.price);
	const amounts = params.tax_amounts?.map((entry) => ({
		amount: entry.amount,
		inclusive: entry.tax_rate_data.inclusive,
		taxableAmount: entry.taxable_amount,
		reason: entry.taxability_reason ?? 'standard_rated',
		rate: core.newId('txr'),
	}));
	return {
		rates: params.tax_rates === undefined ? (current?.rates ?? []) : taxRates(core, params.tax_rates ?? [], param),
		amounts: params.tax_amounts === undefined ? current?.amounts : amounts,
		// A bare amount follows the seller's default, which is `exclusive` here.
		behavior: params.tax_behavior ?? price?.tax_behavior ?? current?.behavior ?? 'exclusive',
	};
}
