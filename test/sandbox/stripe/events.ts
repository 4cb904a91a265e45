/** Snapshot events: made here, kept for `GET /v1/events`, handed to delivery. */
import { API_VERSION, type Core } from './core';
import { send } from './delivery';
import { noSuch, ParameterError } from './errors';
import { newestFirst, page, PAGE } from './lists';
import { operation } from './operations';
import { boolean, inRange, list, range, text } from './params';
import type { StripeEvent, Wire } from './types';

/** Days an event can be read. */
const RETENTION_SECONDS = 30 * 24 * 60 * 60;

const isHash = (value: unknown): value is Wire => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the changed fields were before: hashes only with the keys that changed, arrays whole, new keys as null. */
export function previousAttributes(before: Wire, after: Wire): Wire {
	const previous: Wire = {};
	for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
		const [was, is] = [before[key], after[key]];
		if (JSON.stringify(was) === JSON.stringify(is)) continue;
		previous[key] = isHash(was) && isHash(is) ? previousAttributes(was, is) : (was ?? null);
	}
	return previous;
}

/** Records an event and delivers it. With `before`, `previous_attributes` are worked out, and nothing happens when nothing changed. */
export function emit(core: Core, type: string, object: object | undefined, before?: object): void {
	if (!object) throw new Error(`${type} has no object`);
	const snapshot = structuredClone(object) as Wire;
	const previous = before && previousAttributes(before as Wire, snapshot);
	if (previous && Object.keys(previous).length === 0) return;
	const endpoints = [...core.state.webhookEndpoints.values()].filter(
		({ status, enabled_events: types }) => status === 'enabled' && (types.includes('*') || types.includes(type)),
	);
	const event: StripeEvent = {
		id: core.newId('evt'),
		object: 'event',
		api_version: API_VERSION,
		created: core.now(),
		data: { object: snapshot, ...(previous && { previous_attributes: previous }) },
		livemode: false,
		pending_webhooks: endpoints.length,
		request: core.request && { ...core.request },
		type,
	};
	core.state.events.set(event.id, event);
	core.state.deliveries.set(event.id, []);
	index(core, snapshot, type.endsWith('.deleted') && snapshot.object !== 'subscription');
	for (const endpoint of endpoints) send(core, event, endpoint);
}

/** Every change of an object reaches the search index, with its time. */
function index(core: Core, object: Wire, deleted: boolean): void {
	const id = String(object.id);
	const versions = core.state.searchIndex.get(id) ?? [];
	versions.push({ at: core.nowMs(), object: deleted ? {} : object });
	core.state.searchIndex.set(id, versions);
}

const kept = (core: Core) => newestFirst(core.state.events).filter((event) => event.created > core.now() - RETENTION_SECONDS);

/** `delivery_success=false` = some endpoint never took it. */
const delivered = (core: Core, event: StripeEvent) =>
	(core.state.deliveries.get(event.id) ?? []).every((entry) => entry.delivered);

export const eventOperations = [
	operation(
		['GET', '/v1/events', 'events'],
		{ ...PAGE, created: range, type: text(), types: list(text(), { max: 20 }), delivery_success: boolean },
		(core, params) => {
			if (params.type !== undefined && params.types !== undefined) {
				throw new ParameterError('You may only specify one of these parameters: type, types.', 'type', 'parameters_exclusive');
			}
			const patterns = (params.types ?? (params.type === undefined ? ['*'] : [params.type])).map(
				(type) => new RegExp(`^${type.replace(/\./g, '\\.').replace(/\*/g, '.*')}$`),
			);
			const found = kept(core).filter(
				(event) =>
					inRange(event.created, params.created) &&
					patterns.some((pattern) => pattern.test(event.type)) &&
					(params.delivery_success === undefined || params.delivery_success === delivered(core, event)),
			);
			return page(found, params, '/v1/events');
		},
	),
	operation(['GET', '/v1/events/:id', 'events'], {}, (core, _params, { id }) => {
		const event = kept(core).find((entry) => entry.id === id);
		if (!event) throw noSuch('event', id, 'id', 404);
		return event;
	}),
];
