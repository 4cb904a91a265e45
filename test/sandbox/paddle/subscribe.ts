/** How a transaction becomes a subscription. */
import { emit } from './events';
import type { Core } from './state';
import type { Duration, Item, Subscription, SubscriptionItem, TimePeriod, Transaction } from './types';

/** `time` moved by whole cycles; the 31st becomes the last day of a shorter month. */
export function addCycle(time: string, { interval, frequency }: Duration): string {
	const date = new Date(time);
	if (interval === 'day' || interval === 'week') date.setUTCDate(date.getUTCDate() + frequency * (interval === 'week' ? 7 : 1));
	else {
		const day = date.getUTCDate();
		date.setUTCDate(1);
		date.setUTCMonth(date.getUTCMonth() + frequency * (interval === 'year' ? 12 : 1));
		const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
		date.setUTCDate(Math.min(day, last));
	}
	return date.toISOString();
}

/** An item of a subscription, billed at the start of `period` unless it is in trial. */
export function toItem(core: Core, item: Item, period: TimePeriod, trial: TimePeriod | null): SubscriptionItem {
	const now = core.now();
	return {
		status: trial ? 'trialing' : 'active',
		quantity: item.quantity,
		recurring: true,
		created_at: now,
		updated_at: now,
		previously_billed_at: trial ? null : period.starts_at,
		next_billed_at: period.ends_at,
		trial_dates: trial,
		price: item.price,
		product: item.product,
	};
}

/** A paid or issued transaction with recurring items makes a subscription; the answer to the event tells which transaction. */
export function subscribe(core: Core, transaction: Transaction, start = core.now()): Subscription | undefined {
	const { customer_id: customerId, address_id: addressId } = transaction;
	const items = transaction.items.flatMap(({ price, quantity }) => {
		const product = core.state.products.get(price.product_id);
		return price.billing_cycle && product ? [{ price, product, quantity }] : [];
	});
	const cycle = items[0]?.price.billing_cycle;
	if (!cycle || !customerId || !addressId || transaction.subscription_id !== null) return undefined;
	const trial = items[0].price.trial_period;
	const period = { starts_at: start, ends_at: addCycle(start, trial ?? cycle) };
	const subscription: Subscription = {
		...core.fresh('sub'),
		status: trial ? 'trialing' : 'active',
		customer_id: customerId,
		address_id: addressId,
		business_id: transaction.business_id,
		currency_code: transaction.currency_code,
		started_at: start,
		first_billed_at: trial ? null : start,
		next_billed_at: period.ends_at,
		paused_at: null,
		canceled_at: null,
		discount: null,
		collection_mode: transaction.collection_mode,
		billing_details: transaction.billing_details,
		current_billing_period: period,
		billing_cycle: cycle,
		scheduled_change: null,
		management_urls: { update_payment_method: null, cancel: 'https://buyer.sandbox.invalid/cancel' },
		items: items.map((item) => toItem(core, item, period, trial ? period : null)),
		custom_data: transaction.custom_data,
	};
	core.state.subscriptions.set(subscription.id, subscription);
	transaction.subscription_id = subscription.id;
	transaction.billing_period ??= period;
	emit(core, 'subscription.created', { ...subscription, transaction_id: transaction.id });
	emit(core, trial ? 'subscription.trialing' : 'subscription.activated', subscription);
	return subscription;
}
