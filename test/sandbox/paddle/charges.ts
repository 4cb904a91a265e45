/** One-time charges on a subscription, now or with the next billing. No call edits or removes one. */
import { z } from 'zod';

import { conflict, invalidField, refuse, tooMany } from './errors';
import { chargeItems, keep, MAX_ITEMS, resolveItems } from './items';
import { operation } from './operations';
import { previewDetails, without } from './previews';
import type { Core } from './state';
import { billSubscription, findSubscription, nextItems, requireRunning } from './subscriptionLife';
import { details, isTooSmall } from './totals';
import type { Item, Subscription } from './types';

/** Nothing can be charged when the next billing is this near. */
const BEFORE_BILLING_MS = 30 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
const PER_HOUR = 20;
const PER_DAY = 100;

const body = z
	.object({
		effective_from: z.enum(['next_billing_period', 'immediately']),
		items: chargeItems,
		on_payment_failure: z.enum(['prevent_change', 'apply_change']).default('prevent_change'),
	})
	.strict();

type Body = z.output<typeof body>;

/** Throws 400 for a subscription that cannot be charged, 409 for one that cannot be charged now. */
function checkSubscription(core: Core, subscription: Subscription): void {
	requireRunning(subscription);
	if (subscription.status === 'past_due') throw refuse('subscription_is_past_due_action_invalid', 'The subscription is past due');
	const next = subscription.next_billed_at;
	if (next !== null && Math.abs(Date.parse(next) - core.nowMs()) < BEFORE_BILLING_MS) {
		throw conflict('subscription_locked_renewal', 'The subscription is locked: its next billing is within 30 minutes');
	}
}

/** Reads and checks a charge; nothing is in the books yet. */
function prepare(core: Core, subscription: Subscription, { items: inputs, effective_from: from }: Body): Item[] {
	checkSubscription(core, subscription);
	const items = resolveItems(core, inputs, subscription.currency_code);
	const recurring = items.findIndex(({ price }) => price.billing_cycle !== null);
	if (recurring >= 0) throw invalidField(`items.${recurring}.price_id`, 'must be a one-time price, without a billing cycle');
	if (from === 'immediately') {
		const { grand_total: total } = details(core, items, subscription.currency_code).totals;
		if (isTooSmall(total, subscription.currency_code)) {
			throw refuse(
				'subscription_update_transaction_balance_less_than_charge_limit',
				`The total ${total} ${subscription.currency_code} is below what can be charged`,
			);
		}
	} else if (nextItems(core, subscription).length + items.length > MAX_ITEMS) {
		throw refuse(
			'transaction_maximum_number_of_line_items_reached',
			`The next transaction would have more than ${MAX_ITEMS} line items`,
		);
	}
	return items;
}

/** 20 an hour and 100 in 24 hours per subscription. Throws 429. */
function countImmediate(core: Core, { id }: Subscription): void {
	const now = core.nowMs();
	const times = (core.state.immediateCharges.get(id) ?? []).filter((time) => time > now - 24 * HOUR_MS);
	const lastHour = times.filter((time) => time > now - HOUR_MS);
	const wait = (first: number, span: number) => Math.ceil((first + span - now) / 1000);
	if (lastHour.length >= PER_HOUR) {
		throw tooMany(
			'subscription_immediate_charge_hour_limit_exceeded',
			`More than ${PER_HOUR} immediate charges in an hour`,
			wait(lastHour[0], HOUR_MS),
		);
	}
	if (times.length >= PER_DAY) {
		throw tooMany(
			'subscription_immediate_charge_24_hour_limit_exceeded',
			`More than ${PER_DAY} immediate charges in 24 hours`,
			wait(times[0], 24 * HOUR_MS),
		);
	}
	core.state.immediateCharges.set(id, [...times, now]);
}

function charge(core: Core, subscription: Subscription, given: Body): void {
	const items = prepare(core, subscription, given);
	if (given.effective_from === 'next_billing_period') {
		const waiting = core.state.waitingCharges.get(subscription.id) ?? [];
		core.state.waitingCharges.set(subscription.id, [...waiting, ...keep(core, items)]);
		core.touch(subscription);
		return;
	}
	countImmediate(core, subscription);
	billSubscription(core, subscription, items, 'subscription_charge');
	core.touch(subscription);
}

/** The next billing; null when a cancellation or pause is scheduled, or there is none. */
export function nextTransaction(core: Core, subscription: Subscription, extra: Item[] = []): object | null {
	const start = subscription.next_billed_at;
	if (start === null || subscription.scheduled_change) return null;
	const { current_billing_period: period } = subscription;
	const length = period ? Date.parse(period.ends_at) - Date.parse(period.starts_at) : 0;
	return {
		billing_period: { starts_at: start, ends_at: new Date(Date.parse(start) + length).toISOString() },
		details: previewDetails(core, [...nextItems(core, subscription), ...extra], subscription.currency_code),
		adjustments: [],
	};
}

export const recurringDetails = (core: Core, { items, currency_code: currency }: Subscription) =>
	previewDetails(
		core,
		items.map(({ price, product, quantity }) => ({ price, product, quantity })),
		currency,
	);

function preview(core: Core, subscription: Subscription, given: Body): object {
	const items = prepare(core, subscription, given);
	const now = core.now();
	const immediate = given.effective_from === 'immediately';
	return {
		...without(subscription, 'id'),
		immediate_transaction: immediate
			? {
					billing_period: { starts_at: now, ends_at: now },
					details: previewDetails(core, items, subscription.currency_code),
					adjustments: [],
				}
			: null,
		next_transaction: nextTransaction(core, subscription, immediate ? [] : items),
		recurring_transaction_details: recurringDetails(core, subscription),
		update_summary: null,
	};
}

export const chargeOperations = [
	// Paddle answers with the subscription, not with what was charged.
	operation(['POST', '/subscriptions/:id/charge', 'subscription.write'], { body }, (core, { body: given, ids }) => {
		const subscription = findSubscription(core, ids.id);
		charge(core, subscription, given);
		return { status: 201, data: subscription };
	}),
	operation(['POST', '/subscriptions/:id/charge/preview', 'subscription.read'], { body }, (core, { body: given, ids }) => ({
		data: preview(core, findSubscription(core, ids.id), given),
	})),
];
