import { Failure } from '../shared/failure';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import { settled } from '../n8n/errors';
import { inParallel } from '../n8n/parallel';
import type { StripeApi } from './api';
import { eventSchema, type StripeEvent } from './schemas';
import { ofSubscription } from './subscription';

const TYPES = ['created', 'updated', 'deleted', 'paused', 'resumed'].map((change) => `customer.subscription.${change}`);

/**
 * The current state of every subscription with an event since then: one item per subscription, oldest change first.
 * Stripe keeps events for 30 days. A subscription that cannot be translated fails alone.
 * @param since ISO date-time
 */
export async function changedSubscriptions(api: StripeApi, since: string): Promise<Array<SubscriptionEvent | Failure>> {
	const from = Date.parse(since);
	if (Number.isNaN(from)) throw new Failure('invalid-input', "'Changed Since' is not a date", { description: `"${since}" cannot be read. Use an ISO date-time such as 2026-05-01T00:00:00Z.` });
	const types = Object.fromEntries(TYPES.map((type, index) => [`types[${index}]`, type]));
	const events = await api.list('/v1/events', eventSchema, { ...types, 'created[gte]': Math.floor(from / 1000) });
	const latest = new Map<string, StripeEvent>();
	// Events come newest first: the first of each subscription counts.
	for (const event of events) if (!latest.has(String(event.data.object.id))) latest.set(String(event.data.object.id), event);
	return await inParallel([...latest].reverse(), 5, async ([id, { id: eventId, type, created }]) =>
		await settled(async () => await ofSubscription(api, { id: eventId, type, created }, id)),
	);
}
