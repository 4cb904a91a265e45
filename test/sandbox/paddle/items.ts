/** The three ways to name what is charged: a catalog price, an inline price of a product, an inline price with an inline product. */
import { z } from 'zod';

import { buildPrice, buildProduct, findProduct, newProduct, priceFields, type PriceInput } from './catalog';
import { invalidField, refuse } from './errors';
import { id } from './params';
import type { Core } from './state';
import type { Item } from './types';

/** Lines of one transaction, and items of one call. */
export const MAX_ITEMS = 100;

const owner = { product_id: id('pro').optional(), product: newProduct.optional() };

/** Inline price of a transaction. */
const transactionPrice = z
	.object({ ...priceFields, ...owner })
	.partial()
	.required({ description: true, unit_price: true })
	.strict();

/** Inline price of a one-time charge: shorter texts, no billing cycle. */
const chargePrice = z
	.object({
		...{
			tax_mode: priceFields.tax_mode,
			unit_price: priceFields.unit_price,
			unit_price_overrides: priceFields.unit_price_overrides,
		},
		...{ quantity: priceFields.quantity, custom_data: priceFields.custom_data },
		description: z.string().min(2).max(200),
		name: z.string().min(1).max(50).nullable(),
		...owner,
	})
	.partial()
	.required({ description: true, unit_price: true })
	.strict();

const quantity = z.number().int().min(1);
const items = <T extends z.ZodTypeAny>(item: T) => z.array(item).min(1).max(MAX_ITEMS);

export const transactionItems = items(
	z
		.object({ quantity, price_id: id('pri').optional(), price: transactionPrice.optional(), proration: z.null().optional() })
		.strict(),
);
export const previewItems = items(
	z
		.object({
			quantity,
			price_id: id('pri').optional(),
			price: transactionPrice.optional(),
			proration: z.null().optional(),
			include_in_totals: z.boolean().optional(),
		})
		.strict(),
);
export const chargeItems = items(z.object({ quantity, price_id: id('pri').optional(), price: chargePrice.optional() }).strict());

export interface ItemInput {
	quantity: number;
	price_id?: string;
	price?: PriceInput & { product_id?: string; product?: z.output<typeof newProduct> };
}

function inlineItem(core: Core, input: NonNullable<ItemInput['price']>, amount: number, field: string): Item {
	const { product_id: productId, product: given, ...price } = input;
	if ((productId === undefined) === (given === undefined))
		throw invalidField(`${field}.product_id`, 'exactly one of product_id and product is required');
	if (productId !== undefined && !core.state.products.has(productId))
		throw invalidField(`${field}.product_id`, 'there is no such product');
	const product = given ? buildProduct(core, given, 'custom') : findProduct(core, String(productId));
	return { price: buildPrice(core, product.id, price, 'custom'), product, quantity: amount };
}

function catalogItem(core: Core, priceId: string, amount: number, field: string): Item {
	const price = core.state.prices.get(priceId);
	if (!price) throw invalidField(field, 'there is no such price');
	if (price.status === 'archived') throw invalidField(field, 'the price is archived');
	return { price: structuredClone(price), product: findProduct(core, price.product_id), quantity: amount };
}

function checkQuantity({ price, quantity: amount }: Item, field: string): void {
	const { minimum, maximum } = price.quantity;
	if (amount < minimum || amount > maximum)
		throw invalidField(`${field}.quantity`, `must be between ${minimum} and ${maximum}, the price's quantities`);
}

/**
 * Items with their prices and products; new ones are not in the books before `keep`. Throws 400 for unknown or archived prices, quantities
 * outside the price's window, and prices in another currency than `currency`.
 */
export function resolveItems(core: Core, inputs: ItemInput[], currency: string): Item[] {
	const found = inputs.map((input, index) => {
		const field = `items.${index}`;
		if ((input.price_id === undefined) === (input.price === undefined))
			throw invalidField(field, 'exactly one of price_id and price is required');
		const item = input.price
			? inlineItem(core, input.price, input.quantity, `${field}.price`)
			: catalogItem(core, String(input.price_id), input.quantity, `${field}.price_id`);
		checkQuantity(item, field);
		if (item.price.unit_price.currency_code !== currency) {
			throw invalidField(`${field}.price.unit_price.currency_code`, `must be ${currency}; the sandbox converts no currencies`);
		}
		return item;
	});
	const cycles = new Set(found.flatMap(({ price }) => (price.billing_cycle ? [JSON.stringify(price.billing_cycle)] : [])));
	if (cycles.size > 1)
		throw refuse('transaction_recurring_items_billing_cycle_mismatch', 'All recurring items must have the same billing cycle');
	return found;
}

/** Puts new prices and products in the books. */
export function keep(core: Core, found: Item[]): Item[] {
	for (const { price, product } of found) {
		if (!core.state.products.has(product.id)) core.state.products.set(product.id, product);
		if (!core.state.prices.has(price.id)) core.state.prices.set(price.id, structuredClone(price));
	}
	return found;
}
