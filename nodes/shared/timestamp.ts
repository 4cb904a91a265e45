import { Failure } from './failure';

/** ISO 8601 as people and systems write it: a date, optionally a time (`T` or a blank between), optionally a zone. */
const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
/** Whole or fractional epoch numbers. */
const EPOCH = /^\d{10,13}(?:\.\d+)?$/;
const DAY_MS = 24 * 3600 * 1000;

/** Epoch seconds have 10 digits from 2001 to 2286, epoch milliseconds 13: anything else is no time of a usage record. */
const isSeconds = (value: number) => value >= 1e9 && value < 1e10;
const isMilliseconds = (value: number) => value >= 1e12 && value < 1e13;

/**
 * Reads a moment: ISO 8601 text, epoch seconds or milliseconds (number or text), a Date, or anything with `toISO()`.
 * @param zone IANA name of the time zone of date-times that carry none, e.g. `Europe/Berlin`
 * @returns ISO 8601 in UTC with milliseconds, finer fractions cut off
 * @throws Failure `invalid-input` for anything else, dates that do not exist, and local times a clock change skips
 */
export function parseTimestamp(value: unknown, zone: string): string {
	if (value instanceof Date) return iso(value.getTime(), value);
	if (typeof value === 'number') return iso(epochMs(value), value);
	if (typeof value === 'string') return utcText(value) ?? iso(textMs(value.trim(), zone), value);
	if (hasToIso(value)) return parseTimestamp(value.toISO(), zone);
	throw unreadable(value);
}

const hasToIso = (value: unknown): value is { toISO(): unknown } =>
	value !== null && typeof value === 'object' && 'toISO' in value && typeof value.toISO === 'function';

function unreadable(value: unknown): Failure {
	return new Failure('invalid-input', 'A time could not be read', {
		description: `${shown(value)} is not a time. Use ISO 8601 (2026-05-02T03:04:05Z) or epoch seconds or milliseconds.`,
	});
}

function shown(value: unknown): string {
	const text = typeof value === 'string' ? `"${value}"` : value instanceof Date ? 'An invalid Date' : String(JSON.stringify(value));
	return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function iso(ms: number, original: unknown): string {
	if (!Number.isFinite(ms)) throw unreadable(original);
	return new Date(ms).toISOString();
}

/** The way most systems write a time: in UTC. Days up to the 28th exist in every month; the others take the long way. */
const UTC = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;
const UTC_SECONDS_LENGTH = '2026-05-02T03:04:05Z'.length;

/** A time that is written nearly as it goes out, quickly; undefined for anything else. */
function utcText(text: string): string | undefined {
	if (!UTC.test(text)) return undefined;
	return text.length === UTC_SECONDS_LENGTH ? `${text.slice(0, -1)}.000Z` : text;
}

function epochMs(value: number): number {
	if (isSeconds(value)) return Math.floor(value * 1000);
	return isMilliseconds(value) ? Math.floor(value) : NaN;
}

function textMs(text: string, zone: string): number {
	if (EPOCH.test(text)) return epochMs(Number(text));
	const match = ISO.exec(text);
	if (match === null) return NaN;
	const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
	const wall = Date.UTC(year, month - 1, day, hour, minute, second, Number((match[7] ?? '').padEnd(3, '0').slice(0, 3)));
	const date = new Date(wall);
	const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour && minute < 60 && second < 60;
	if (!exists) return NaN;
	return match[8] === undefined ? zonedToUtc(wall, zone, text) : wall - offsetOf(match[8]);
}

/** `Z`, `+02`, `+0200` and `+02:00` in milliseconds. */
function offsetOf(text: string): number {
	if (text.toUpperCase() === 'Z') return 0;
	const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(3).replace(':', '') || 0)];
	if (hours > 14 || minutes > 59) return NaN;
	return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * A wall-clock time of a zone as UTC. A time that a change of clocks repeats is taken the first time it occurs; one that
 * it skips does not exist.
 */
function zonedToUtc(wall: number, zone: string, text: string): number {
	if (zone === 'UTC') return wall;
	const candidates = [wall - DAY_MS, wall + DAY_MS].map((near) => wall - zoneOffset(near, zone)).filter((utc) => utc + zoneOffset(utc, zone) === wall);
	if (candidates.length === 0) {
		throw new Failure('invalid-input', 'A local time does not exist', { description: `"${text}" is skipped by a change of clocks in ${zone}. Send the time with its offset.` });
	}
	return Math.min(...candidates);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's clocks are ahead of UTC at that moment, in milliseconds. */
function zoneOffset(utc: number, zone: string): number {
	const parts: Record<string, number> = {};
	for (const { type, value } of clockOf(zone).formatToParts(utc)) parts[type] = Number(value);
	const wall = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
	return wall - Math.floor(utc / 1000) * 1000;
}

function clockOf(zone: string): Intl.DateTimeFormat {
	const known = clocks.get(zone);
	if (known !== undefined) return known;
	try {
		const clock = new Intl.DateTimeFormat('en-US', {
			timeZone: zone,
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			hour: 'numeric',
			minute: 'numeric',
			second: 'numeric',
		});
		clocks.set(zone, clock);
		return clock;
	} catch {
		throw unknownZone(zone);
	}
}

const unknownZone = (zone: string) =>
	new Failure('invalid-input', 'The time zone is not known', { description: `"${zone}" is not an IANA time zone such as UTC or Europe/Berlin.` });
