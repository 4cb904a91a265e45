/** What a subscription consists of, in both product catalogs. */
import { findSellable } from './catalog';
import { entityType, inRow, type NameOf } from './charges';
import { wrongValue } from './errors';
import { newLine } from './invoices';
import type { Core } from './state';
import type { LineItem, Subscription, SubscriptionItem } from './types';

export interface ItemRow {
	item_price_id: string;
	quantity?: number | null;
	unit_price?: number | null;
}

/** Catalog 1.0 as rows of 2.0: the plan, then its addons. */
export function planRows(
	plan: { plan_id: string; plan_quantity?: number | null; plan_unit_price?: number | null },
	addons: Array<{ id: string } & Omit<ItemRow, 'item_price_id'>>,
): ItemRow[] {
	const planRow = { item_price_id: plan.plan_id, quantity: plan.plan_quantity, unit_price: plan.plan_unit_price };
	return [planRow, ...addons.map(({ id, ...rest }) => ({ item_price_id: id, ...rest }))];
}

function toItem(core: Core, row: ItemRow, currency: string, name: NameOf): SubscriptionItem {
	const sellable = findSellable(core, row.item_price_id, name('item_price_id'));
	if (!sellable.active) throw wrongValue(name('item_price_id'), `'${row.item_price_id}' is not active`);
	if (sellable.currency !== currency)
		throw wrongValue(name('item_price_id'), `is priced in ${sellable.currency}, not in ${currency}`);
	const common = { item_price_id: row.item_price_id, item_type: sellable.type, free_quantity: 0, object: 'subscription_item' };
	if (sellable.metered) return { ...common, metered_quantity: '0', last_calculated_at: core.now() };
	const quantity = sellable.pricingModel === 'flat_fee' ? 1 : (row.quantity ?? 1);
	const unitPrice = row.unit_price ?? sellable.price;
	return { ...common, quantity, unit_price: unitPrice, amount: quantity * unitPrice };
}

export interface Composition {
	items: SubscriptionItem[];
	currency: string;
	period: number;
	periodUnit: 'day' | 'week' | 'month' | 'year';
}

/** Reads rows; exactly one of them is a plan, and its currency and period are the subscription's. Throws 400 or 404. */
export function compose(core: Core, rows: ItemRow[]): Composition {
	const plans = rows
		.map((row, index) => findSellable(core, row.item_price_id, inRow('subscription_items', index)('item_price_id')))
		.filter(({ type }) => type === 'plan');
	const [plan] = plans;
	if (!plan || plans.length > 1)
		throw wrongValue('subscription_items[item_price_id][0]', `should hold exactly one plan, not ${plans.length}`);
	return {
		items: rows.map((row, index) => toItem(core, row, plan.currency, inRow('subscription_items', index))),
		currency: plan.currency,
		period: plan.period ?? 1,
		periodUnit: plan.periodUnit ?? 'month',
	};
}

/** The fixed fees of one term as invoice lines; metered items have no line before usage is known. */
export function recurringLines(core: Core, subscription: Subscription, from: number, to: number): LineItem[] {
	return subscription.subscription_items.flatMap((item) => {
		if (item.amount === undefined || item.item_type === 'charge') return [];
		const sellable = findSellable(core, item.item_price_id, 'item_price_id');
		const line = newLine(core, subscription.customer_id, {
			description: sellable.text,
			entityType: entityType(core, sellable.type),
			entityId: item.item_price_id,
			quantity: item.quantity,
			unitAmount: item.unit_price ?? 0,
			amount: item.amount,
			dateFrom: from,
			dateTo: to,
			taxable: sellable.taxable,
			pricingModel: sellable.pricingModel,
			metered: false,
			subscriptionId: subscription.id,
		});
		return [line];
	});
}
