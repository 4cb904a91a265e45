/** Products and prices; those made on the fly (type `custom`) are readable by id, never listed. */
import { z } from 'zod';

import { invalidField, notFound, refuse } from './errors';
import { emit } from './events';
import { among, page, paging } from './lists';
import { operation } from './operations';
import { csv, customData, duration, flag, id, money, quantityWindow, status, taxCategory } from './params';
import type { Core } from './state';
import type { Price, Product } from './types';

export const productFields = {
	name: z.string().min(1).max(200),
	description: z.string().max(2048).nullable(),
	tax_category: taxCategory,
	image_url: z.string().nullable(),
	custom_data: customData,
};

export const newProduct = z.object(productFields).partial().required({ name: true, tax_category: true }).strict();

const type = z.enum(['custom', 'standard']);
export const priceFields = {
	description: z.string().min(2).max(500),
	name: z.string().min(1).max(150).nullable(),
	billing_cycle: duration.nullable(),
	trial_period: duration.nullable(),
	tax_mode: z.enum(['account_setting', 'external', 'internal', 'location']),
	unit_price: money,
	unit_price_overrides: z
		.array(z.object({ country_codes: z.array(z.string().length(2)).min(1), unit_price: money }).strict())
		.max(250),
	quantity: quantityWindow,
	custom_data: customData,
};

const newPrice = z
	.object({ ...priceFields, product_id: id('pro') })
	.partial()
	.required({ description: true, product_id: true, unit_price: true })
	.strict();

export function findProduct(core: Core, productId: string): Product {
	const product = core.state.products.get(productId);
	if (!product) throw notFound('product', productId);
	return product;
}

export function findPrice(core: Core, priceId: string): Price {
	const price = core.state.prices.get(priceId);
	if (!price) throw notFound('price', priceId);
	return price;
}

/** A product that is not in the books yet. Throws 400 for a tax category that is not enabled for the account. */
export function buildProduct(core: Core, given: z.output<typeof newProduct>, kind: Product['type']): Product {
	if (!core.settings.taxCategories.includes(given.tax_category)) {
		throw refuse('product_tax_category_not_approved', `The tax category '${given.tax_category}' is not enabled for this account`);
	}
	return { ...core.fresh('pro'), description: null, image_url: null, type: kind, status: 'active', ...given };
}

export type PriceInput = Omit<z.output<typeof newPrice>, 'product_id'>;

/** A price that is not in the books yet; the quantity window is 1 to 100 unless given. */
export function buildPrice(core: Core, productId: string, given: PriceInput, kind: Price['type']): Price {
	return {
		...core.fresh('pri'),
		product_id: productId,
		type: kind,
		name: null,
		billing_cycle: null,
		trial_period: null,
		tax_mode: 'account_setting',
		unit_price_overrides: [],
		quantity: { minimum: 1, maximum: 100 },
		status: 'active',
		...given,
	};
}

export function createProduct(core: Core, given: z.output<typeof newProduct>): Product {
	const product = buildProduct(core, given, 'standard');
	core.state.products.set(product.id, product);
	emit(core, 'product.created', product);
	return product;
}

export function createPrice(core: Core, given: z.output<typeof newPrice>): Price {
	const { product_id: productId, ...rest } = given;
	if (!core.state.products.has(productId)) throw invalidField('product_id', 'there is no such product');
	if (given.trial_period && !given.billing_cycle) throw invalidField('trial_period', 'requires a billing cycle');
	const price = buildPrice(core, productId, rest, 'standard');
	core.state.prices.set(price.id, price);
	emit(core, 'price.created', price);
	return price;
}

const withPrices = (core: Core, include: string[] | undefined) => (product: Product) =>
	include
		? {
				...product,
				prices: [...core.state.prices.values()].filter((price) => price.product_id === product.id && price.type === 'standard'),
			}
		: product;

const withProduct = (core: Core, include: string[] | undefined) => (price: Price) =>
	include ? { ...price, product: findProduct(core, price.product_id) } : price;

const productInclude = { include: csv(z.literal('prices')).optional() };
const priceInclude = { include: csv(z.literal('product')).optional() };
const LIST = { ...paging(), id: csv(z.string()).optional(), status: csv(status).optional(), type: type.optional() };

/** Only the standard catalog, active unless asked otherwise. */
const listed = (
	query: { id?: string[]; status?: string[]; type?: string },
	entity: { id: string; status: string; type: string },
) => entity.type === 'standard' && query.type !== 'custom' && among(query.id, entity.id) && among(query.status, entity.status);

const productCalls = [
	operation(['POST', '/products', 'product.write'], { body: newProduct.extend({ type: type.optional() }) }, (core, { body }) => ({
		status: 201,
		data: createProduct(core, body),
	})),
	operation(
		['GET', '/products', 'product.read'],
		{ query: { ...LIST, ...productInclude, tax_category: csv(taxCategory).optional() } },
		(core, { query, url }) => {
			const found = [...core.state.products.values()].filter(
				(product) => listed(query, product) && among(query.tax_category as string[] | undefined, product.tax_category),
			);
			return page(found, query, url, undefined, withPrices(core, query.include));
		},
	),
	operation(['GET', '/products/:id', 'product.read'], { query: productInclude }, (core, { query, ids }) => ({
		data: withPrices(core, query.include)(findProduct(core, ids.id)),
	})),
	operation(
		['PATCH', '/products/:id', 'product.write'],
		{
			body: z
				.object({ ...productFields, status })
				.partial()
				.strict(),
		},
		(core, { body, ids }) => {
			const product = core.touch(Object.assign(findProduct(core, ids.id), body));
			emit(core, 'product.updated', product);
			return { data: product };
		},
	),
];

const priceCalls = [
	operation(['POST', '/prices', 'price.write'], { body: newPrice }, (core, { body }) => ({
		status: 201,
		data: createPrice(core, body),
	})),
	operation(
		['GET', '/prices', 'price.read'],
		{ query: { ...LIST, ...priceInclude, product_id: csv(z.string()).optional(), recurring: flag.optional() } },
		(core, { query, url }) => {
			const found = [...core.state.prices.values()].filter(
				(price) =>
					listed(query, price) &&
					among(query.product_id, price.product_id) &&
					(query.recurring === undefined || query.recurring === (price.billing_cycle !== null)),
			);
			return page(found, query, url, undefined, withProduct(core, query.include));
		},
	),
	operation(['GET', '/prices/:id', 'price.read'], { query: priceInclude }, (core, { query, ids }) => ({
		data: withProduct(core, query.include)(findPrice(core, ids.id)),
	})),
	operation(
		['PATCH', '/prices/:id', 'price.write'],
		{
			body: z
				.object({ ...priceFields, status })
				.partial()
				.strict(),
		},
		(core, { body, ids }) => {
			const price = core.touch(Object.assign(findPrice(core, ids.id), body));
			emit(core, 'price.updated', price);
			return { data: price };
		},
	),
];

export const catalogOperations = [...productCalls, ...priceCalls];
