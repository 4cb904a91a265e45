import { about, settled } from '../n8n/errors';
import { inParallel } from '../n8n/parallel';
import { Failure } from '../shared/failure';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import type { PaddleApi } from './api';
import { listedEventSchema } from './schemas';
import { ofSubscription, type EventHead } from './subscription';

/**
 * The current state of every subscription with an event since then: one item per subscription, oldest change first.
 * Paddle keeps events for 90 days and lists them newest first, unfiltered. A subscription that cannot be translated fails
 * alone.
 * @param since ISO date-time
 */
export async function changedSubscriptions(api: PaddleApi, since: string): Promise<Array<SubscriptionEvent | Failure>> {
	const from = Date.parse(since);
	if (Number.isNaN(from)) throw new Failure('invalid-input', "'Changed Since' is not a date", { description: `"${since}" cannot be read. Use an ISO date-time such as 2026-05-01T00:00:00Z.` });
	const isWanted = ({ occurred_at: at }: { occurred_at: string }) => Date.parse(at) >= from;
	const events = await api.list('/events', listedEventSchema, {}, 200, isWanted);
	const latest = new Map<string, EventHead>();
	for (const event of events.filter(isWanted).reverse()) {
		const { id } = event.data;
		if (!event.event_type.startsWith('subscription.') || id === undefined) continue;
		// Entered anew, so that the order is that of the latest changes.
		latest.delete(id);
		latest.set(id, { event_id: event.event_id, event_type: event.event_type, occurred_at: event.occurred_at });
	}
	return await inParallel([...latest], 5, async ([id, head]) => {
		const translated = await settled(async () => await ofSubscription(api, head, id));
		return translated instanceof Failure ? about(`Subscription ${id}`, translated) : translated;
	});
}
