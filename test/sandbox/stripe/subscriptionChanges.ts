/** The life of a subscription: created, changed, renewed, ended; sheet §2, §5b. */
import { DateTime } from 'luxon';

import type { Core } from './core';
import { customerParam, setCustomer } from './customerRecords';
import { noSuch, refuse } from './errors';
import { emit } from './events';
import { attachItem } from './invoiceChanges';
import { pendingItems, subscriptionOf } from './invoiceItemRecords';
import { createInvoice } from './invoiceRecords';
import { finalizeInvoice, payInvoice } from './invoiceStates';
import type { Invoice } from './invoiceTypes';
import { subscriptionInvoice } from './subscriptionInvoices';
import type { CollectionMethod, Price, Subscription, SubscriptionItem, SubscriptionStatus } from './types';
import { itemsOf, subscriptionView } from './views';

export interface NewSubscription {
	customer: string;
	items: Array<{ price: string; quantity?: number; metadata?: Record<string, string> }>;
	metadata?: Record<string, string>;
	collectionMethod?: CollectionMethod;
	daysUntilDue?: number;
	/** Epoch seconds in the past. */
	startDate?: number;
	trialEnd?: number;
	billingMode?: 'classic' | 'flexible';
	cancelAtPeriodEnd?: boolean;
	cancelAt?: number;
	description?: string;
	/** Puts the first payment off: the subscription stays `incomplete`. */
	unpaid?: boolean;
	paymentMethod?: string;
}

/** Statuses that hold the customer to their currency. */
const LIVE: SubscriptionStatus[] = ['active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete'];

/** End of the period that holds `time`, counted in whole intervals from the anchor (so 31 January → 28 February → 31 March). */
export function periodEnd(anchor: number, time: number, price: Price): number {
	const { interval, interval_count: count } = price.recurring ?? { interval: 'month' as const, interval_count: 1 };
	const start = DateTime.fromSeconds(anchor, { zone: 'utc' });
	for (let step = 1; ; step++) {
		const end = start.plus({ [`${interval}s`]: count * step }).toSeconds();
		if (end > time) return end;
	}
}

/** A recurring price by id. Throws 400 for any other. */
export function recurringPrice(core: Core, id: string, param: string): Price {
	const price = core.state.prices.get(id);
	if (!price) throw noSuch('price', id, param, 400);
	if (!price.recurring) {
		throw refuse(
			'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
			undefined,
			param,
		);
	}
	return price;
}

/** Creates a subscription with its first invoice, which is finalised (and, with a payment method, paid) at once. Returns its id. */
export function createSubscription(core: Core, params: NewSubscription): string {
	const customer = customerParam(core, params.customer);
	const prices = params.items.map(({ price }, index) => recurringPrice(core, price, `items[${index}][price]`));
	const [first] = prices;
	if (prices.some((price) => price.currency !== first.currency))
		throw refuse('All prices of a subscription must have the same currency.', undefined, 'items');
	requireCurrency(core, customer.id, first.currency);
	const id = core.newId('sub');
	const subscription = newSubscription(core, id, params, first.currency);
	core.state.subscriptions.set(id, subscription);
	params.items.forEach((item, index) => addItem(core, id, prices[index], item.quantity, item.metadata));
	if (params.cancelAtPeriodEnd) scheduleEnd(core, subscription, 'period_end');
	if (customer.currency !== first.currency) setCustomer(core, customer.id, (entry) => ({ ...entry, currency: first.currency }));
	const paid = firstInvoice(core, subscription, params);
	if (subscription.status !== 'trialing') {
		subscription.status = paid || subscription.collection_method === 'send_invoice' ? 'active' : 'incomplete';
	}
	emit(core, 'customer.subscription.created', subscriptionView(core, id));
	return id;
}

/** An active subscription fixes its customer's currency. */
function requireCurrency(core: Core, customer: string, currency: string): void {
	const other = [...core.state.subscriptions.values()].find(
		(entry) => entry.customer === customer && LIVE.includes(entry.status) && entry.currency !== currency,
	);
	if (!other) return;
	const message = `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${other.currency}`;
	throw refuse(message, undefined, 'currency');
}

function newSubscription(core: Core, id: string, params: NewSubscription, currency: string): Subscription {
	const now = core.now();
	const flexible = (params.billingMode ?? 'flexible') === 'flexible';
	return {
		id,
		object: 'subscription',
		billing_cycle_anchor: params.trialEnd ?? now,
		billing_mode: { flexible: flexible ? { proration_discounts: 'included' } : null, type: flexible ? 'flexible' : 'classic' },
		cancel_at: params.cancelAt ?? null,
		cancel_at_period_end: false,
		canceled_at: params.cancelAt === undefined ? null : now,
		cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
		collection_method: params.collectionMethod ?? 'charge_automatically',
		created: now,
		currency,
		customer: params.customer,
		customer_account: null,
		days_until_due: params.collectionMethod === 'send_invoice' ? (params.daysUntilDue ?? 30) : null,
		default_payment_method: params.paymentMethod ?? null,
		description: params.description ?? null,
		ended_at: null,
		latest_invoice: null,
		livemode: false,
		metadata: params.metadata ?? {},
		pause_collection: null,
		pending_invoice_item_interval: null,
		schedule: null,
		start_date: params.startDate ?? now,
		status: params.trialEnd === undefined ? 'incomplete' : 'trialing',
		trial_end: params.trialEnd ?? null,
		trial_start: params.trialEnd === undefined ? null : now,
	};
}

/** Adds an item; metered prices have no quantity. The period stands on the item. */
export function addItem(
	core: Core,
	subscription: string,
	price: Price,
	quantity = 1,
	metadata: Record<string, string> = {},
): SubscriptionItem {
	const owner = core.state.subscriptions.get(subscription);
	if (!owner) throw noSuch('subscription', subscription, 'subscription', 400);
	const now = core.now();
	const item: SubscriptionItem = {
		id: core.newId('si'),
		object: 'subscription_item',
		billing_thresholds: null,
		created: now,
		current_period_end:
			owner.trial_end !== null && owner.trial_end > now ? owner.trial_end : periodEnd(owner.billing_cycle_anchor, now, price),
		current_period_start: now,
		current_trial: null,
		discounts: [],
		metadata,
		...(price.recurring?.usage_type === 'licensed' && { quantity }),
		price,
		subscription,
		tax_rates: [],
	};
	core.state.subscriptionItems.set(item.id, item);
	return item;
}

function firstInvoice(core: Core, subscription: Subscription, params: NewSubscription): boolean {
	const invoice = subscriptionInvoice(core, subscription, 'subscription_create', { auto_advance: true });
	finalizeInvoice(core, invoice.id);
	const customer = customerParam(core, subscription.customer);
	const payable = customer.invoice_settings.default_payment_method ?? subscription.default_payment_method;
	if (invoice.status === 'open' && subscription.collection_method === 'charge_automatically' && payable && !params.unpaid) {
		payInvoice(core, invoice.id);
	}
	return invoice.status === 'paid';
}

export function liveSubscription(core: Core, id: string): Subscription {
	const subscription = core.state.subscriptions.get(id);
	if (!subscription) throw noSuch('subscription', id, 'subscription', 404);
	if (subscription.status === 'canceled' || subscription.status === 'incomplete_expired') {
		throw refuse('A canceled subscription can only update its cancellation_details and metadata.');
	}
	return subscription;
}

/** Applies a change and announces it (`customer.subscription.updated` with `previous_attributes`). Returns the subscription as answered. */
export function changeSubscription(core: Core, id: string, change: (subscription: Subscription) => void): object {
	const subscription = core.state.subscriptions.get(id);
	if (!subscription) throw noSuch('subscription', id, 'subscription', 404);
	const before = structuredClone(subscriptionView(core, id));
	change(subscription);
	const after = subscriptionView(core, id);
	emit(core, 'customer.subscription.updated', after, before);
	return after ?? subscription;
}

/**
 * Schedules the end: at the greatest period end of the items, at a time (epoch seconds), or not any more (null).
 * `canceled_at` is the moment of the request, not the end.
 */
export function scheduleEnd(core: Core, subscription: Subscription, end: 'period_end' | number | null): void {
	const last = Math.max(...itemsOf(core, subscription.id).map((item) => item.current_period_end));
	subscription.cancel_at_period_end = end === 'period_end';
	subscription.cancel_at = end === 'period_end' ? last : end;
	subscription.canceled_at = end === null ? null : core.now();
	subscription.cancellation_details.reason = end === null ? null : 'cancellation_requested';
}

/** Ends a subscription now. Pending items stay pending, unless `invoiceNow` bills them. */
export function endSubscription(core: Core, id: string, options: { invoiceNow?: boolean; endedAt?: number } = {}): object {
	const subscription = liveSubscription(core, id);
	if (options.invoiceNow) {
		const items = pendingItems(core, subscription.customer, subscription.currency).filter((item) => subscriptionOf(item) === id);
		const customer = customerParam(core, subscription.customer);
		if (items.length > 0) {
			const fill = (draft: Invoice) => items.forEach((item) => attachItem(core, draft, item));
			const reason = 'subscription_update';
			const invoice = createInvoice(core, {
				customer,
				currency: subscription.currency,
				reason,
				subscription,
				fields: { auto_advance: true },
				fill,
			});
			finalizeInvoice(core, invoice.id);
			subscription.latest_invoice = invoice.id;
		}
	}
	const end = options.endedAt ?? core.now();
	subscription.status = 'canceled';
	subscription.ended_at = end;
	subscription.canceled_at ??= end;
	subscription.cancellation_details.reason ??= 'cancellation_requested';
	const view = subscriptionView(core, id);
	emit(core, 'customer.subscription.deleted', view);
	return view ?? subscription;
}

/** Starts the next period: a draft renewal invoice, finalised an hour later, that draws in pending items. A scheduled end is carried out instead. */
export function renewSubscription(core: Core, id: string): Invoice | undefined {
	const subscription = liveSubscription(core, id);
	const end = Math.max(...itemsOf(core, id).map((item) => item.current_period_end));
	if (subscription.cancel_at !== null && subscription.cancel_at <= end) {
		endSubscription(core, id, { endedAt: subscription.cancel_at });
		return undefined;
	}
	let invoice: Invoice | undefined;
	changeSubscription(core, id, () => {
		if (subscription.status === 'trialing') subscription.status = 'active';
		for (const item of itemsOf(core, id)) {
			const start = item.current_period_end;
			item.current_period_start = start;
			item.current_period_end = periodEnd(subscription.billing_cycle_anchor, start, item.price);
		}
		invoice = subscriptionInvoice(core, subscription, 'subscription_cycle', {
			auto_advance: true,
			automatically_finalizes_at: core.now() + 3600,
			period_start: itemsOf(core, id)[0].current_period_start,
			period_end: end,
		});
	});
	return invoice;
}
