import { Failure } from '../shared/failure';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import { about, settled } from '../n8n/errors';
import { inParallel } from '../n8n/parallel';
import type { ChargebeeApi } from './api';
import { SUBSCRIPTION_EVENTS } from './events';
import { eventHeadSchema, subscriptionAnswer, type ChargebeeEventHead } from './schemas';
import { ofSubscription } from './subscription';

/**
 * The current state of every subscription with an event since then: one item per subscription, oldest change first.
 * Fills the gaps that lost webhooks leave; how long Chargebee keeps events is not published (90 days are commonly named).
 * A subscription that cannot be translated fails alone.
 * @param since ISO date-time
 */
export async function changedSubscriptions(api: ChargebeeApi, since: string): Promise<Array<SubscriptionEvent | Failure>> {
	const from = Date.parse(since);
	if (Number.isNaN(from)) throw new Failure('invalid-input', "'Changed Since' is not a date", { description: `"${since}" cannot be read. Use an ISO date-time such as 2026-05-01T00:00:00Z.` });
	const events = await api.list('/events', 'event', eventHeadSchema, {
		'event_type[in]': JSON.stringify(SUBSCRIPTION_EVENTS),
		// Chargebee's "after" leaves out the second itself.
		'occurred_at[after]': Math.floor(from / 1000) - 1,
		'sort_by[asc]': 'occurred_at',
	});
	const latest = new Map<string, ChargebeeEventHead>();
	for (const event of events) {
		const id = event.content.subscription?.id;
		if (id === undefined) continue;
		// Entered anew, so that the order is that of the latest changes.
		latest.delete(id);
		latest.set(id, event);
	}
	return await inParallel([...latest], 5, async ([id, event]) => {
		const translated = await settled(async () => await translatedEvent(api, event));
		return translated instanceof Failure ? about(`Subscription ${id}`, translated) : translated;
	});
}

async function translatedEvent(api: ChargebeeApi, { id, event_type: type, occurred_at: at, content }: ChargebeeEventHead): Promise<SubscriptionEvent> {
	const { subscription, customer } = subscriptionAnswer.parse(content);
	return (await ofSubscription(api, { id, event_type: type, occurred_at: at }, subscription, customer ?? undefined)).event;
}
