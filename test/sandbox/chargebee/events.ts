/** Events: made here, kept for `GET /events`, handed to delivery. */
import { send } from './delivery';
import { notFound } from './errors';
import { EVENT_TYPES } from './eventTypes';
import { enumFilter, listOf, PAGE, sortBy, textFilter, timeFilter } from './lists';
import { operation } from './operations';
import { timestamp } from './params';
import type { Core } from './state';
import type { ChargebeeEvent, EventContent, EventType } from './types';
import { showContent } from './views';

/** Days an event can be read. */
const RETENTION_SECONDS = 90 * 24 * 60 * 60;

const STATUSES = [
	...[
		'not_configured',
		'scheduled',
		'succeeded',
		're_scheduled',
		'failed',
		'skipped',
		'not_applicable',
		'disabled',
		'rate_limited',
	],
] as [string, ...string[]];
const SOURCES = [
	...[
		'admin_console',
		'api',
		'scheduled_job',
		'hosted_page',
		'portal',
		'system',
		'none',
		'js_api',
		'migration',
		'bulk_operation',
		'external_service',
	],
] as [string, ...string[]];

/** Records an event with its resources as they are now, and delivers it to the endpoints that want it. */
export function emit(core: Core, type: EventType, content: EventContent): ChargebeeEvent {
	const { muted, user, source } = core.actor;
	const endpoints = [...core.state.webhookEndpoints.values()].filter(
		({ disabled, enabled_events: wanted }) => !disabled && (wanted.length === 0 || wanted.includes(type)),
	);
	const event: ChargebeeEvent = {
		id: core.newId('ev'),
		occurred_at: core.now(),
		source,
		...(user !== undefined && { user }),
		object: 'event',
		api_version: 'v2',
		event_type: type,
		content: structuredClone(content),
		webhook_status: muted ? 'disabled' : endpoints.length > 0 ? 'scheduled' : 'not_configured',
		webhooks: muted ? [] : endpoints.map(({ id }) => ({ id, webhook_status: 'scheduled', object: 'webhook' })),
	};
	core.state.events.set(event.id, event);
	if (event.webhooks.length > 0) send(core, event);
	return event;
}

const shown = (core: Core) => (event: ChargebeeEvent) => ({ ...event, content: showContent(event.content, core.schema) });

const kept = (core: Core) =>
	[...core.state.events.values()].filter((event) => event.occurred_at > core.now() - RETENTION_SECONDS);

export const eventOperations = [
	operation(
		['GET', '/events'],
		{
			...PAGE,
			start_time: timestamp.optional(),
			end_time: timestamp.optional(),
			id: textFilter,
			webhook_status: enumFilter(STATUSES),
			event_type: enumFilter(EVENT_TYPES as unknown as [string, ...string[]]),
			source: enumFilter(SOURCES),
			occurred_at: timeFilter,
			sort_by: sortBy('occurred_at'),
		},
		(core, { start_time: from = 0, end_time: to = Infinity, ...params }) => {
			const inRange = kept(core).filter((event) => event.occurred_at >= from && event.occurred_at <= to);
			return listOf('event', inRange, params, 'occurred_at', shown(core));
		},
	),
	operation(['GET', '/events/:id'], {}, (core, _params, { id }) => {
		const event = kept(core).find((entry) => entry.id === id);
		if (!event) throw notFound('event', id);
		return { event: shown(core)(event) };
	}),
];
