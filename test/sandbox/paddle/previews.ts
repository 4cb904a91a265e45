/** What prices and totals look like before anything is in the books. */
import type { Core } from './state';
import { details } from './totals';
import type { Item, Price } from './types';

/** A copy without some of its fields. */
export function without<T extends object, K extends keyof T>(object: T, ...names: K[]): Omit<T, K> {
	const copy = { ...object };
	for (const name of names) delete copy[name];
	return copy;
}

/** A price has no id before it is kept. */
export const previewPrice = (core: Core, price: Price) => (core.state.prices.has(price.id) ? price : { ...price, id: null });

/** Totals whose lines have no ids of their own, and no ids of prices that do not exist yet. */
export function previewDetails(core: Core, items: Item[], currency: string): object {
	const all = details(core, items, currency);
	const known = (priceId: string) => (core.state.prices.has(priceId) ? priceId : null);
	return { ...all, line_items: all.line_items.map((line) => ({ ...without(line, 'id'), price_id: known(line.price_id) })) };
}
