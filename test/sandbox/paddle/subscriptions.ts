/** The subscription calls. */
import { z } from 'zod';

import { nextTransaction, recurringDetails } from './charges';
import { invalidField } from './errors';
import { resolveItems } from './items';
import { among, page, paging } from './lists';
import { operation } from './operations';
import { csv, customData, id, timestamp } from './params';
import type { Core } from './state';
import {
	cancelNow,
	changeSubscription,
	findSubscription,
	pauseNow,
	removeScheduledChange,
	renew,
	requireRunning,
	resumeNow,
	schedule,
} from './subscriptionLife';
import type { Subscription } from './types';

const statuses = z.enum(['active', 'canceled', 'past_due', 'paused', 'trialing']);
const include = { include: csv(z.enum(['next_transaction', 'recurring_transaction_details'])).optional() };
const effectiveFrom = z.enum(['next_billing_period', 'immediately']).nullable();

function withIncluded(core: Core, subscription: Subscription, wanted: readonly string[] = []): object {
	return {
		...subscription,
		...(wanted.includes('next_transaction') && { next_transaction: nextTransaction(core, subscription) }),
		...(wanted.includes('recurring_transaction_details') && {
			recurring_transaction_details: recurringDetails(core, subscription),
		}),
	};
}

const update = z
	.object({
		items: z
			.array(z.object({ price_id: id('pri'), quantity: z.number().int().min(1).optional() }).strict())
			.min(1)
			.max(100),
		custom_data: customData,
		scheduled_change: z.null(),
		proration_billing_mode: z.enum([
			'prorated_immediately',
			'prorated_next_billing_period',
			'full_immediately',
			'full_next_billing_period',
			'do_not_bill',
		]),
		on_payment_failure: z.enum(['prevent_change', 'apply_change']),
	})
	.partial()
	.strict();

function change(core: Core, subscription: Subscription, body: z.output<typeof update>): void {
	if (body.items && !body.proration_billing_mode) throw invalidField('proration_billing_mode', 'is required when items change');
	if (body.items && body.proration_billing_mode !== 'do_not_bill')
		throw invalidField('proration_billing_mode', 'the sandbox prorates nothing: do_not_bill');
	if (body.scheduled_change === null) removeScheduledChange(core, subscription);
	if (body.items === undefined && body.custom_data === undefined) return;
	const quantityOf = (priceId: string) => subscription.items.find(({ price }) => price.id === priceId)?.quantity ?? 1;
	const inputs = body.items?.map(({ price_id, quantity }) => ({ price_id, quantity: quantity ?? quantityOf(price_id) }));
	const items = inputs && resolveItems(core, inputs, subscription.currency_code);
	if (items?.some(({ price }) => price.billing_cycle === null)) throw invalidField('items', 'must be recurring prices');
	changeSubscription(core, subscription, { items, customData: body.custom_data });
}

export const subscriptionOperations = [
	operation(
		['GET', '/subscriptions', 'subscription.read'],
		{
			query: {
				...paging(),
				id: csv(z.string()).optional(),
				address_id: csv(z.string()).optional(),
				customer_id: csv(z.string()).optional(),
				price_id: csv(z.string()).optional(),
				collection_mode: z.enum(['automatic', 'manual']).optional(),
				scheduled_change_action: csv(z.enum(['cancel', 'pause', 'resume'])).optional(),
				status: csv(statuses).optional(),
			},
		},
		(core, { query, url }) => {
			const found = [...core.state.subscriptions.values()].filter(
				(subscription) =>
					among(query.id, subscription.id) &&
					among(query.address_id, subscription.address_id) &&
					among(query.customer_id, subscription.customer_id) &&
					among(query.status, subscription.status) &&
					(query.collection_mode === undefined || query.collection_mode === subscription.collection_mode) &&
					among(query.scheduled_change_action, subscription.scheduled_change?.action ?? null) &&
					(query.price_id === undefined || subscription.items.some(({ price }) => query.price_id?.includes(price.id))),
			);
			return page(found, query, url);
		},
	),
	operation(['GET', '/subscriptions/:id', 'subscription.read'], { query: include }, (core, { query, ids }) => ({
		data: withIncluded(core, findSubscription(core, ids.id), query.include),
	})),
	operation(['PATCH', '/subscriptions/:id', 'subscription.write'], { body: update }, (core, { body, ids }) => {
		const subscription = findSubscription(core, ids.id);
		change(core, subscription, body);
		return { data: subscription };
	}),
	operation(
		['POST', '/subscriptions/:id/cancel', 'subscription.write'],
		{ body: z.object({ effective_from: effectiveFrom.optional() }).strict() },
		(core, { body, ids }) => {
			const subscription = findSubscription(core, ids.id);
			if (body.effective_from === 'immediately') cancelNow(core, subscription);
			else schedule(core, subscription, 'cancel');
			return { data: subscription };
		},
	),
	operation(
		['POST', '/subscriptions/:id/pause', 'subscription.write'],
		{
			body: z
				.object({
					effective_from: effectiveFrom,
					resume_at: timestamp.nullable(),
					on_resume: z.enum(['continue_existing_billing_period', 'start_new_billing_period']),
				})
				.partial()
				.strict(),
		},
		(core, { body, ids }) => {
			const subscription = findSubscription(core, ids.id);
			if (body.effective_from === 'immediately') pauseNow(core, subscription);
			else schedule(core, subscription, 'pause', body.resume_at ?? null);
			return { data: subscription };
		},
	),
	operation(
		['POST', '/subscriptions/:id/resume', 'subscription.write'],
		{
			body: z
				.object({ effective_from: z.union([z.literal('immediately'), timestamp]), on_resume: z.string() })
				.partial()
				.strict(),
		},
		(core, { ids }) => {
			const subscription = findSubscription(core, ids.id);
			resumeNow(core, subscription);
			return { data: subscription };
		},
	),
	operation(['POST', '/subscriptions/:id/activate', 'subscription.write'], {}, (core, { ids }) => {
		const subscription = findSubscription(core, ids.id);
		requireRunning(subscription);
		if (subscription.status !== 'trialing') throw invalidField('id', 'the subscription is not in trial');
		renew(core, subscription, core.now());
		return { data: subscription };
	}),
];
