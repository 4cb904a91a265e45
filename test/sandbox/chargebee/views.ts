/** How stored objects are shown in the site's product catalog. */
import type { EventContent, ResponseSchema, Subscription, SubscriptionItem } from './types';

/** Field names of catalog 1.0 for the same facts. */
function plansAndAddons(items: SubscriptionItem[]): Record<string, unknown> {
	const plan = items.find((item) => item.item_type === 'plan');
	const addons = items
		.filter((item) => item.item_type === 'addon')
		.map(({ item_price_id: id, quantity, unit_price, amount }) => ({ id, quantity, unit_price, amount, object: 'addon' }));
	return {
		plan_id: plan?.item_price_id,
		plan_quantity: plan?.quantity,
		plan_unit_price: plan?.unit_price,
		plan_amount: plan?.amount,
		...(addons.length > 0 && { addons }),
	};
}

/** A subscription of catalog 2.0 (`subscription_items`), 1.0 (`plan_id`, `addons`) or both (`compat`). */
export function showSubscription(subscription: Subscription, schema: ResponseSchema): Record<string, unknown> {
	if (schema === 'items') return subscription;
	const { subscription_items: items, ...rest } = subscription;
	return { ...rest, ...(schema === 'compat' && { subscription_items: items }), ...plansAndAddons(items) };
}

export const showContent = (content: EventContent, schema: ResponseSchema): Record<string, unknown> =>
	content.subscription ? { ...content, subscription: showSubscription(content.subscription, schema) } : content;
