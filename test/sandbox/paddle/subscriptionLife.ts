/** The life of a subscription, with the events of each step; the calls are in subscriptions.ts and charges.ts. */
import { notFound, refuse } from './errors';
import { emit } from './events';
import type { Core } from './state';
import { addCycle, toItem } from './subscribe';
import { createTransaction, pay } from './transactionLife';
import type { CustomData, Item, Subscription, Transaction } from './types';

export function findSubscription(core: Core, id: string): Subscription {
	const subscription = core.state.subscriptions.get(id);
	if (!subscription) throw notFound('subscription', id);
	return subscription;
}

/** Throws 400 with the codes Paddle has for subscriptions that are over or resting. */
export function requireRunning(subscription: Subscription): void {
	if (subscription.status === 'canceled') throw refuse('subscription_is_canceled_action_invalid', 'The subscription is canceled');
	if (subscription.status === 'paused') throw refuse('subscription_is_inactive_action_invalid', 'The subscription is paused');
}

/** What the next billing will hold: the recurring items and the one-time charges that wait for it. */
export const nextItems = (core: Core, subscription: Subscription): Item[] => [
	...subscription.items.map(({ price, product, quantity }) => ({ price, product, quantity })),
	...(core.state.waitingCharges.get(subscription.id) ?? []),
];

/** A transaction of the subscription, paid at once under automatic collection, issued as an invoice under manual. */
export function billSubscription(
	core: Core,
	subscription: Subscription,
	items: Item[],
	origin: 'subscription_recurring' | 'subscription_charge',
): Transaction {
	const transaction = createTransaction(core, {
		items,
		origin,
		currency: subscription.currency_code,
		customerId: subscription.customer_id,
		addressId: subscription.address_id,
		businessId: subscription.business_id,
		subscriptionId: subscription.id,
		collectionMode: subscription.collection_mode,
		billingDetails: subscription.billing_details,
		billingPeriod: subscription.current_billing_period,
	});
	Object.assign(core.touch(transaction), {
		status: 'billed',
		billed_at: core.now(),
		invoice_id: core.newId('inv'),
		invoice_number: core.newInvoiceNumber(),
	});
	emit(core, 'transaction.billed', transaction);
	if (subscription.collection_mode === 'automatic') pay(core, transaction);
	return transaction;
}

/** The end of the period: what was scheduled happens, else the next period is billed. `at` moves the billing to another time. */
export function renew(
	core: Core,
	subscription: Subscription,
	at = subscription.next_billed_at ?? core.now(),
): Transaction | undefined {
	requireRunning(subscription);
	const change = subscription.scheduled_change;
	if (change?.action === 'cancel') {
		cancelNow(core, subscription, change.effective_at);
		return undefined;
	}
	if (change?.action === 'pause') {
		pauseNow(core, subscription);
		return undefined;
	}
	const items = nextItems(core, subscription);
	core.state.waitingCharges.delete(subscription.id);
	const wasTrial = subscription.status === 'trialing';
	const period = { starts_at: at, ends_at: addCycle(at, subscription.billing_cycle) };
	Object.assign(subscription, {
		status: 'active',
		current_billing_period: period,
		next_billed_at: period.ends_at,
		first_billed_at: subscription.first_billed_at ?? at,
	});
	for (const item of subscription.items)
		Object.assign(item, { status: 'active', previously_billed_at: at, next_billed_at: period.ends_at });
	const transaction = billSubscription(core, subscription, items, 'subscription_recurring');
	emit(core, wasTrial ? 'subscription.activated' : 'subscription.updated', core.touch(subscription));
	return transaction;
}

/** At the period's end: a scheduled change, told by `subscription.updated`. */
export function schedule(
	core: Core,
	subscription: Subscription,
	action: 'cancel' | 'pause',
	resumeAt: string | null = null,
): void {
	requireRunning(subscription);
	if (subscription.scheduled_change)
		throw refuse('subscription_locked_pending_changes', 'The subscription has a scheduled change already');
	const effective = subscription.current_billing_period?.ends_at ?? core.now();
	subscription.scheduled_change = { action, effective_at: effective, resume_at: resumeAt };
	subscription.next_billed_at = null;
	emit(core, 'subscription.updated', core.touch(subscription));
}

/** Takes a scheduled change back; nothing is said about it but null. Throws 400 when there is none. */
export function removeScheduledChange(core: Core, subscription: Subscription): void {
	if (!subscription.scheduled_change)
		throw refuse('subscription_no_scheduled_changes', 'The subscription has no scheduled change');
	subscription.scheduled_change = null;
	subscription.next_billed_at = subscription.current_billing_period?.ends_at ?? null;
	emit(core, 'subscription.updated', core.touch(subscription));
}

/** The end. Charges that were waiting are never billed. */
export function cancelNow(core: Core, subscription: Subscription, at = core.now()): void {
	if (subscription.status === 'canceled')
		throw refuse('subscription_is_canceled_action_invalid', 'The subscription is canceled already');
	core.state.waitingCharges.delete(subscription.id);
	Object.assign(subscription, {
		status: 'canceled',
		canceled_at: at,
		scheduled_change: null,
		current_billing_period: null,
		next_billed_at: null,
	});
	for (const item of subscription.items) Object.assign(item, { status: 'inactive', next_billed_at: null });
	emit(core, 'subscription.canceled', core.touch(subscription));
}

export function pauseNow(core: Core, subscription: Subscription): void {
	requireRunning(subscription);
	Object.assign(subscription, {
		status: 'paused',
		paused_at: core.now(),
		scheduled_change: null,
		current_billing_period: null,
		next_billed_at: null,
	});
	emit(core, 'subscription.paused', core.touch(subscription));
}

/** A new period starts now. Throws 400 unless paused. */
export function resumeNow(core: Core, subscription: Subscription): void {
	if (subscription.status !== 'paused') throw refuse('subscription_not_paused', `The subscription is ${subscription.status}`);
	const start = core.now();
	const period = { starts_at: start, ends_at: addCycle(start, subscription.billing_cycle) };
	Object.assign(subscription, {
		status: 'active',
		paused_at: null,
		current_billing_period: period,
		next_billed_at: period.ends_at,
	});
	emit(core, 'subscription.resumed', core.touch(subscription));
}

/** A payment that failed at renewal. */
export function fallPastDue(core: Core, subscription: Subscription): void {
	requireRunning(subscription);
	subscription.status = 'past_due';
	emit(core, 'subscription.past_due', core.touch(subscription));
}

/** Other recurring items or custom data. */
export function changeSubscription(
	core: Core,
	subscription: Subscription,
	change: { items?: Item[]; customData?: CustomData },
): void {
	requireRunning(subscription);
	const period = subscription.current_billing_period ?? { starts_at: core.now(), ends_at: core.now() };
	if (change.items) subscription.items = change.items.map((item) => toItem(core, item, period, null));
	if (change.customData !== undefined) subscription.custom_data = change.customData;
	emit(core, 'subscription.updated', core.touch(subscription));
}
