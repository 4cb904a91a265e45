import { z } from 'zod';

/**
 * What a notification seems to be about. Only ids are taken from the body m3ter posts, as a hint what to read again:
 * the exact form of that body is not documented, and nothing in it is trusted.
 */
export interface Hints {
	/** Ids named as those of an event, the most likely first. */
	eventIds: string[];
	/** Ids of the entity the event is about, or ids that could be either. */
	entityIds: string[];
}

/** More ids than this in one body are noise, and each may cost a request to m3ter. */
const MAX_IDS = 4;
const MAX_DEPTH = 6;
const ID = /^[\w-]{1,64}$/;
const ENTITY_ID_KEYS = ['billId', 'entityId', 'resourceId'];
const EVENT_MARKS = ['eventName', 'eventTime', 'm3terEvent'];

export const eventSchema = z.object({
	id: z.string(),
	eventName: z.string(),
	eventTime: z.string().nullish(),
	m3terEvent: z.unknown(),
});
export type M3terEvent = z.output<typeof eventSchema>;

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => value !== null && typeof value === 'object' && !Array.isArray(value);
const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

/**
 * Finds event and entity ids in any plausible form: `{eventId}`, `{id, eventName}`, an event record with
 * `m3terEvent.eventData.newDto` (or `new`, or the bare entity), the entity alone, `{billId}`, JSON in a text, or any of
 * these wrapped in other objects or arrays.
 */
export function readHints(body: unknown): Hints {
	const found = { eventIds: new Set<string>(), entityIds: new Set<string>() };
	collect(body, found, 0);
	return { eventIds: [...found.eventIds].slice(0, MAX_IDS), entityIds: [...found.entityIds].slice(0, MAX_IDS) };
}

function collect(value: unknown, found: { eventIds: Set<string>; entityIds: Set<string> }, depth: number): void {
	if (depth > MAX_DEPTH) return;
	if (typeof value === 'string') return collectText(value, found, depth);
	if (Array.isArray(value)) return value.slice(0, MAX_IDS).forEach((entry) => collect(entry, found, depth + 1));
	if (!isFields(value)) return;
	if (isId(value.eventId)) found.eventIds.add(value.eventId);
	if (isId(value.id)) (EVENT_MARKS.some((mark) => mark in value) ? found.eventIds : found.entityIds).add(value.id);
	for (const key of ENTITY_ID_KEYS) {
		const id = value[key];
		if (isId(id)) found.entityIds.add(id);
	}
	// The entity as it is now before the entity as it was.
	const nested = Object.entries(value).sort(([a], [b]) => Number(a.startsWith('old')) - Number(b.startsWith('old')));
	for (const [, inner] of nested) if (typeof inner === 'object' || isJsonText(inner)) collect(inner, found, depth + 1);
}

const isJsonText = (value: unknown): value is string => typeof value === 'string' && /^\s*[{[]/.test(value);

function collectText(text: string, found: { eventIds: Set<string>; entityIds: Set<string> }, depth: number): void {
	if (!isJsonText(text)) return;
	collect(parseJson(text), found, depth + 1);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** The entity an event record is about: as the change left it, and as it was before. */
export interface EventSubject {
	id: string | undefined;
	after: Fields | undefined;
	before: Fields | undefined;
}

/** Reads `m3terEvent` of an event record: `eventData` may be absent, `newDto`/`oldDto` may be `new`/`old`, or the entity stands alone. */
export function subjectOf(event: M3terEvent): EventSubject {
	const wrapped = isFields(event.m3terEvent) ? event.m3terEvent : {};
	const data = isFields(wrapped.eventData) ? wrapped.eventData : wrapped;
	const before = [data.oldDto, data.old].find(isFields);
	const named = [data.newDto, data.new].find(isFields);
	const after = named ?? (before === undefined && Object.keys(data).length > 0 ? data : undefined);
	const id = [after?.id, before?.id].find(isId);
	return { id, after, before };
}
