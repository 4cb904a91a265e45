 
import { randomUUID } from 'node:crypto';

import type { Router, SandboxRequest } from '../kit/http';
import { calculate, mentionedFields } from './calculation';
import { badRequest, find, notFound, nowIso, nowMs, type Context } from './context';
import { eventFields, EVENT_NAMES } from './eventtypes';
import { boolParam, listParam, ok, omit, page, parseBody } from './requests';
import { ORG, serveResource, uniqueCode, type Resource } from './resource';
import { evaluateCalculation, notification, scheduledEvent } from './schemas';
import type { EventRecord, Notification, ScheduledEvent } from './state';
import { deliverNotification } from './webhooks';

/** Events are deleted 28 days after they happened. */
const RETENTION_MS = 28 * 24 * 3600 * 1000;

/** What rules see as `new` and `old`. */
function scopeOf(event: EventRecord) {
	const { newDto, oldDto, ...rest } = event.m3terEvent.eventData;
	return { new: newDto ?? (oldDto ? undefined : rest), old: oldDto };
}

function fires(rule: Notification, event: EventRecord): boolean {
	if (!rule.active || rule.eventName !== event.eventName) return false;
	if (rule.alwaysFireEvent) return true;
	return calculate(rule.calculation ?? 'false', scopeOf(event)).value === true;
}

/** Records an event and notifies every webhook linked to a rule that fires on it. `data` is copied as it is now. */
export function emit(context: Context, eventName: string, data: { newDto?: unknown; oldDto?: unknown } | Record<string, unknown>): void {
	const event: EventRecord = {
		id: randomUUID(),
		eventName,
		eventTime: nowIso(context),
		dtActioned: null,
		m3terEvent: { eventData: structuredClone(data) },
		notificationIds: [],
	};
	context.state.events.set(event.id, event);
	for (const rule of context.state.notifications.values()) {
		if (!fires(rule, event)) continue;
		event.notificationIds.push(rule.id);
		deliverNotification(context, rule, event);
	}
}

/** The record as the API and the webhook body show it. */
export const showEvent = (event: EventRecord) => omit(event, 'notificationIds');

const alive = (context: Context, event: EventRecord) => Date.parse(event.eventTime) > nowMs(context) - RETENTION_MS;

function eventType(event: EventRecord): string[] {
	const types = event.notificationIds.length > 0 ? ['Notification'] : [];
	if (event.eventName.startsWith('integration.')) types.push('IntegrationEvent');
	if (event.eventName === 'ingest.validation.failure') types.push('IngestValidationFailure');
	if (event.eventName === 'dataexport.job.failure') types.push('DataExportJobFailure');
	return types;
}

const EVENT_TYPES = ['Notification', 'IntegrationEvent', 'IngestValidationFailure', 'DataExportJobFailure'];

/** The entity the event is about. */
function subject(event: EventRecord): Record<string, unknown> {
	const { newDto, oldDto, ...rest } = event.m3terEvent.eventData;
	return (newDto ?? oldDto ?? rest) as Record<string, unknown>;
}

function selectEvents(context: Context, { query }: SandboxRequest): EventRecord[] {
	const ids = listParam(query, 'ids');
	const single = ['eventName', 'eventType', 'notificationId', 'notificationCode', 'accountId', 'resourceId'];
	if (ids.length > 0 && single.some((name) => query.has(name))) throw badRequest('ids cannot be combined with other filters');
	const type = query.get('eventType');
	if (type && !EVENT_TYPES.includes(type)) throw badRequest(`eventType must be one of ${EVENT_TYPES.join(', ')}`);
	const actioned = boolParam(query, 'includeActioned') ?? false;
	const codes = new Map([...context.state.notifications.values()].map((rule) => [rule.id, rule.code]));
	const tests: Record<string, (event: EventRecord, value: string) => boolean> = {
		eventName: (event, value) => event.eventName === value,
		eventType: (event, value) => eventType(event).includes(value),
		notificationId: (event, value) => event.notificationIds.includes(value),
		notificationCode: (event, value) => event.notificationIds.some((id) => codes.get(id) === value),
		accountId: (event, value) => (event.eventName.startsWith('configuration.account.') ? subject(event).id : subject(event).accountId) === value,
		resourceId: (event, value) => subject(event).id === value,
	};
	return [...context.state.events.values()].filter((event) => {
		if (!alive(context, event) || (event.dtActioned && !actioned)) return false;
		if (ids.length > 0) return ids.includes(event.id);
		return single.every((name) => !query.get(name) || tests[name](event, query.get(name) ?? ''));
	});
}

const eventNames = (context: Context) => [...EVENT_NAMES, ...[...context.state.scheduledEvents.values()].map(({ name }) => name)];

/** Undefined when the calculation is sound for the event name; else what is wrong with it. */
function calculationProblem(calculation: string, eventName: string): string | undefined {
	const { fields, error } = mentionedFields(calculation);
	if (error !== undefined) return error;
	const known = eventFields(eventName);
	const isKnown = (field: string) => {
		const parts = field.split('.');
		return Object.hasOwn(known, field) || (parts.length > 2 && known[parts.slice(0, 2).join('.')] === 'map');
	};
	const unknown = fields.find((field) => !isKnown(field));
	return unknown && `Unknown field ${unknown} for ${eventName}`;
}

export const notifications: Resource<Notification, typeof notification> = {
	path: '/notifications/configurations',
	map: (state) => state.notifications,
	schema: notification,
	maxPageSize: 100,
	filters: {
		active: (rule, [value]) => String(rule.active) === value,
		eventName: (rule, [value]) => rule.eventName === value,
	},
	build(body, context, previous) {
		uniqueCode(context.state.notifications, body.code, previous);
		if (!eventNames(context).includes(body.eventName)) throw badRequest(`Unknown event ${body.eventName}`);
		const problem = !body.alwaysFireEvent && body.calculation !== undefined && calculationProblem(body.calculation, body.eventName);
		if (problem) throw badRequest(`calculation: ${problem}`);
		return { active: body.active ?? false, alwaysFireEvent: body.alwaysFireEvent ?? false };
	},
};

const scheduledEvents: Resource<ScheduledEvent, typeof scheduledEvent> = {
	path: '/scheduledevents/configurations',
	map: (state) => state.scheduledEvents,
	schema: scheduledEvent,
	maxPageSize: 100,
	build(body) {
		if (!/^scheduled\.[a-z]+\.\w+$/.test(body.name)) throw badRequest('name must look like scheduled.<entity>.<customName>');
		return {};
	},
};

/** With a name: is the calculation valid for it? With an event only: does it hold for that event? */
function evaluate(context: Context, request: SandboxRequest) {
	const { eventId, eventName, calculation } = parseBody(evaluateCalculation, request);
	if (!eventId && !eventName) throw badRequest('eventName or eventId is required');
	if (!calculation) return { success: false, errorMessage: 'calculation is empty' };
	if (eventName) {
		if (!eventNames(context).includes(eventName)) throw badRequest(`Unknown event ${eventName}`);
		const problem = calculationProblem(calculation, eventName);
		return problem ? { success: false, errorMessage: problem } : { success: true };
	}
	const event = find(context.state.events, eventId ?? '', 'Event not found');
	const { value, error } = calculate(calculation, scopeOf(event));
	return error === undefined ? { success: value === true } : { success: false, errorMessage: error };
}

export function serveEvents(router: Router, context: Context): void {
	serveResource(router, context, notifications);
	serveResource(router, context, scheduledEvents);
	router
		.on('POST', `${ORG}/notifications/evaluate`, (request) => ok(evaluate(context, request)))
		.on('GET', `${ORG}/events`, (request) => page(selectEvents(context, request), request.query, 100, showEvent))
		.on('GET', `${ORG}/events/types`, () => ok({ events: eventNames(context) }))
		.on('GET', `${ORG}/events/fields`, ({ query }) => {
			const name = query.get('eventName');
			const known = eventNames(context);
			if (name && !known.includes(name)) throw badRequest(`Unknown event ${name}`);
			return ok({ events: Object.fromEntries((name ? [name] : known).map((entry) => [entry, eventFields(entry)])) });
		})
		.on('GET', `${ORG}/events/:id`, ({ params }) => {
			const event = find(context.state.events, params.id);
			if (!alive(context, event)) throw notFound();
			return ok(showEvent(event));
		});
}
