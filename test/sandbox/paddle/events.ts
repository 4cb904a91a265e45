/** Events: made here, kept for `GET /events`, handed to delivery. */
import { notify } from './delivery';
import { EVENT_TYPES } from './eventTypes';
import { page, paging } from './lists';
import { operation } from './operations';
import { without } from './previews';
import type { Core } from './state';
import type { PaddleEvent } from './types';

/** Days an event can be read. */
const RETENTION_MS = 90 * 24 * 60 * 60 * 1000;

/** Records an event with the whole entity as it is now, and notifies the destinations that want it. */
export function emit(core: Core, type: (typeof EVENT_TYPES)[number], entity: object): void {
	// Links to manage the subscription are never in events.
	const data = without(structuredClone(entity) as Record<string, unknown>, 'management_urls');
	const event: PaddleEvent = { event_id: core.newId('evt'), event_type: type, occurred_at: core.stamp(), data };
	core.state.events.set(event.event_id, event);
	const wanting = [...core.state.notificationSettings.values()].filter(
		(setting) =>
			setting.active &&
			setting.type === 'url' &&
			setting.traffic_source !== 'simulation' &&
			setting.subscribed_events.includes(type),
	);
	for (const setting of wanting) {
		for (let copy = 0; copy < core.settings.delivery.copies; copy++) notify(core, event, setting, 'event');
	}
}

/** A subscribed event as the API shows it. */
export const describe = (name: string) => ({
	name,
	description: `Occurs on ${name}.`,
	group: group(name),
	available_versions: [1],
});

function group(name: string): string {
	const [entity] = name.split('.');
	return entity[0].toUpperCase() + entity.slice(1).replace(/_/g, ' ');
}

export const eventOperations = [
	operation(['GET', '/event-types'], {}, () => ({ data: EVENT_TYPES.map(describe) })),
	operation(['GET', '/events', 'notification.read'], { query: paging() }, (core, { query, url }) => {
		const kept = [...core.state.events.values()].filter((event) => Date.parse(event.occurred_at) > core.nowMs() - RETENTION_MS);
		return page(kept, query, url, (event) => event.event_id);
	}),
];
