/** Products and prices. */
import Big from 'big.js';

import type { Core } from './core';
import { noSuch, ParameterError } from './errors';
import { emit } from './events';
import { newestFirst, page, PAGE } from './lists';
import { plainDecimal, readCurrency } from './money';
import { operation } from './operations';
import {
	boolean,
	decimal,
	inRange,
	integer,
	list,
	looseText,
	mergeMetadata,
	metadata,
	needed,
	object,
	oneOf,
	range,
	text,
	type Fields,
	type Read,
} from './params';
import type { Price, Product } from './types';

const INTERVAL = oneOf('day', 'week', 'month', 'year');
const TAX_BEHAVIOR = oneOf('exclusive', 'inclusive', 'unspecified');

/** Fields of a product made on the way (`product_data`) or by its own call. */
export const PRODUCT_DATA = {
	name: needed(text()),
	description: text(),
	images: list(text(), { max: 8 }),
	metadata,
	tax_code: text(),
	tax_details: object({ performance_location: text(), tax_code: looseText() }),
	unit_label: text(12),
} satisfies Fields;

const PRODUCT = {
	...PRODUCT_DATA,
	active: boolean,
	id: text(),
	shippable: boolean,
	statement_descriptor: text(22),
	type: oneOf('good', 'service'),
	url: text(),
} satisfies Fields;

const PRICE = {
	currency: needed(text(3)),
	active: boolean,
	lookup_key: text(200),
	metadata,
	nickname: text(),
	product: text(),
	product_data: object({ name: needed(text()), metadata, unit_label: text(12) }),
	recurring: object({
		interval: needed(INTERVAL),
		interval_count: integer({ min: 1 }),
		usage_type: oneOf('licensed', 'metered'),
		meter: text(),
	}),
	tax_behavior: TAX_BEHAVIOR,
	unit_amount: integer({ min: 0 }),
	unit_amount_decimal: decimal(),
} satisfies Fields;

/** Makes a product as `POST /v1/products` does. */
export function createProduct(core: Core, params: Read<typeof PRODUCT>): Product {
	const id = params.id ?? core.newId('prod');
	if (core.state.products.has(id)) throw new ParameterError(`Product already exists.`, 'id', 'resource_already_exists');
	const product: Product = {
		id,
		object: 'product',
		active: params.active ?? true,
		created: core.now(),
		default_price: null,
		description: params.description ?? null,
		images: params.images ?? [],
		livemode: false,
		marketing_features: [],
		metadata: mergeMetadata({}, params.metadata),
		name: params.name,
		package_dimensions: null,
		shippable: params.shippable ?? null,
		statement_descriptor: params.statement_descriptor ?? null,
		tax_code: params.tax_code ?? null,
		tax_details: null,
		type: params.type ?? 'service',
		unit_label: params.unit_label ?? null,
		updated: core.now(),
		url: params.url ?? null,
	};
	core.state.products.set(id, product);
	emit(core, 'product.created', product);
	return product;
}

/** One of `unit_amount` and `unit_amount_decimal` is required; the answer is the decimal one. */
export function unitAmount(params: { unit_amount?: number; unit_amount_decimal?: string }, parent: string): string {
	const name = (field: string) => (parent ? `${parent}[${field}]` : field);
	const { unit_amount: whole, unit_amount_decimal: exact } = params;
	if (whole !== undefined && exact !== undefined) {
		const message = `You may only specify one of these parameters: ${name('unit_amount')}, ${name('unit_amount_decimal')}.`;
		throw new ParameterError(message, name('unit_amount'), 'parameters_exclusive');
	}
	const given = exact ?? whole;
	if (given === undefined)
		throw new ParameterError(`Missing required param: ${name('unit_amount')}.`, name('unit_amount'), 'parameter_missing');
	return plainDecimal(given);
}

/** Makes a price as `POST /v1/prices` does. */
export function createPrice(core: Core, params: Read<typeof PRICE>, id = core.newId('price')): Price {
	const currency = readCurrency(params.currency, 'currency');
	const amount = unitAmount(params, '');
	if ((params.product === undefined) === (params.product_data === undefined)) {
		throw new ParameterError('You must specify one of these parameters: product, product_data.', 'product', 'parameter_missing');
	}
	const product = params.product_data ? createProduct(core, params.product_data).id : (params.product ?? '');
	if (!core.state.products.has(product)) throw noSuch('product', product, 'product', 400);
	const { recurring } = params;
	const price: Price = {
		id,
		object: 'price',
		active: params.active ?? true,
		billing_scheme: 'per_unit',
		created: core.now(),
		currency,
		custom_unit_amount: null,
		livemode: false,
		lookup_key: params.lookup_key ?? null,
		metadata: mergeMetadata({}, params.metadata),
		nickname: params.nickname ?? null,
		product,
		recurring: recurring
			? {
					interval: recurring.interval,
					interval_count: recurring.interval_count ?? 1,
					meter: recurring.meter ?? null,
					trial_period_days: null,
					usage_type: recurring.usage_type ?? 'licensed',
				}
			: null,
		tax_behavior: params.tax_behavior ?? 'unspecified',
		tiers_mode: null,
		transform_quantity: null,
		type: recurring ? 'recurring' : 'one_time',
		unit_amount: new Big(amount).mod(1).eq(0) ? Number(amount) : null,
		unit_amount_decimal: amount,
	};
	core.state.prices.set(price.id, price);
	emit(core, 'price.created', price);
	return price;
}

const productOperations = [
	operation(['POST', '/v1/products', 'products'], PRODUCT, (core, params) => createProduct(core, params)),
	operation(
		['GET', '/v1/products', 'products'],
		{
			...PAGE,
			active: boolean,
			created: range,
			ids: list(text()),
			shippable: boolean,
			type: oneOf('good', 'service'),
			url: text(),
		},
		(core, params) => {
			const found = newestFirst(core.state.products).filter(
				(entry) =>
					inRange(entry.created, params.created) &&
					(params.active === undefined || entry.active === params.active) &&
					(params.ids === undefined || params.ids.includes(entry.id)) &&
					(params.shippable === undefined || entry.shippable === params.shippable) &&
					(params.type === undefined || entry.type === params.type) &&
					(params.url === undefined || entry.url === params.url),
			);
			return page(found, params, '/v1/products');
		},
	),
	operation(['GET', '/v1/products/:id', 'products'], {}, (core, _params, { id }) => {
		const product = core.state.products.get(id);
		if (!product) throw noSuch('product', id, 'id', 404);
		return product;
	}),
];

const PRICE_FILTERS = {
	...PAGE,
	active: boolean,
	created: range,
	currency: text(3),
	lookup_keys: list(text(), { max: 10 }),
	product: text(),
	recurring: object({ interval: INTERVAL, meter: text(), usage_type: oneOf('licensed', 'metered') }),
	type: oneOf('one_time', 'recurring'),
} satisfies Fields;

function priceMatches(price: Price, params: Read<typeof PRICE_FILTERS>): boolean {
	const { recurring = {} } = params;
	return (
		inRange(price.created, params.created) &&
		(params.active === undefined || price.active === params.active) &&
		(params.currency === undefined || price.currency === params.currency) &&
		(params.lookup_keys === undefined || params.lookup_keys.includes(price.lookup_key ?? '')) &&
		(params.product === undefined || price.product === params.product) &&
		(params.type === undefined || price.type === params.type) &&
		(recurring.interval === undefined || price.recurring?.interval === recurring.interval) &&
		(recurring.usage_type === undefined || price.recurring?.usage_type === recurring.usage_type) &&
		(recurring.meter === undefined || price.recurring?.meter === recurring.meter)
	);
}

const priceOperations = [
	operation(['POST', '/v1/prices', 'prices'], PRICE, (core, params) => createPrice(core, params)),
	operation(['GET', '/v1/prices', 'prices'], PRICE_FILTERS, (core, params) =>
		page(
			newestFirst(core.state.prices).filter((price) => priceMatches(price, params)),
			params,
			'/v1/prices',
		),
	),
	operation(['GET', '/v1/prices/:id', 'prices'], {}, (core, _params, { id }) => {
		const price = core.state.prices.get(id);
		if (!price) throw noSuch('price', id, 'price', 404);
		return price;
	}),
];

export const catalogOperations = [...productOperations, ...priceOperations];
