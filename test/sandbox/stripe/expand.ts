/** `expand[]`: puts objects in the place of their ids; sheet §1. */
import type { Core } from './core';
import { customerView, invoiceView, sessionLineList, subscriptionView } from './views';
import { refuse } from './errors';

/** Fields that hold an id, and how the object behind it looks. */
const EXPANDABLE: Record<string, (core: Core, id: string) => object | undefined> = {
	customer: customerView,
	product: (core, id) => core.state.products.get(id),
	default_price: (core, id) => core.state.prices.get(id),
	price: (core, id) => core.state.prices.get(id),
	subscription: subscriptionView,
	invoice: invoiceView,
	latest_invoice: invoiceView,
};

/** Expanded answers → what they were before; the contract describes ids only. */
const plainAnswers = new WeakMap<object, object>();

/** An answer as it was before expansion. */
export const unexpanded = (answer: object): object => plainAnswers.get(answer) ?? answer;

/** A copy of the answer with each path (`data.customer`, `items.data.price.product`) expanded. Throws 400 for what cannot be expanded. */
export function expanded(core: Core, answer: object, paths: string[]): object {
	const copy = structuredClone(answer);
	for (const path of paths) {
		if (path.split('.').length > 4)
			throw refuse(`You cannot expand more than 4 levels of a property (${path})`, undefined, 'expand');
		expandPath(core, copy as Record<string, unknown>, path.split('.'), path);
	}
	plainAnswers.set(copy, structuredClone(answer));
	return copy;
}

function expandPath(core: Core, target: Record<string, unknown>, segments: string[], path: string): void {
	const [segment, ...rest] = segments;
	if (segment === 'line_items' && target.object === 'checkout.session') {
		target.line_items = sessionLineList(core, String(target.id));
	}
	if (!(segment in target)) throw refuse(`This property cannot be expanded (${path}).`, undefined, 'expand');
	const value = target[segment];
	if (typeof value === 'string') {
		const view = EXPANDABLE[segment]?.(core, value);
		if (!view) throw refuse(`This property cannot be expanded (${path}).`, undefined, 'expand');
		target[segment] = structuredClone(view);
	}
	const next = target[segment];
	if (rest.length === 0 || next === null) return;
	for (const entry of Array.isArray(next) ? next : [next]) expandPath(core, entry as Record<string, unknown>, rest, path);
}
