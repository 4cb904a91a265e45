/** Xero's dates (sheet §1): ISO days in, .NET JSON dates out. */

const MS_DATE = /^\/Date\((-?\d+)([+-]\d{4})?\)\/$/;

/** `/Date(1552262400000+0000)/` */
export const msDate = (ms: number): string => `/Date(${ms}+0000)/`;

/** A calendar day `2026-09-30` at 00:00 UTC. */
export const msDay = (day: string): string => msDate(Date.parse(`${day}T00:00:00Z`));

/** The twin string of a day: `2026-09-30T00:00:00`. */
export const dayString = (day: string): string => `${day}T00:00:00`;

export const today = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** Reads `2026-09-30`, `2026-09-30T…` and `/Date(…)/` as a calendar day; undefined when it is none of them. */
export function readDay(text: string): string | undefined {
	const ms = MS_DATE.exec(text);
	if (ms) return new Date(Number(ms[1])).toISOString().slice(0, 10);
	if (!/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return undefined;
	const day = text.slice(0, 10);
	const time = Date.parse(`${day}T00:00:00Z`);
	return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day ? undefined : day;
}

/** `If-Modified-Since`: ISO without a zone is UTC; the HTTP date form is read, too. NaN when unreadable. */
export const readInstant = (text: string): number => Date.parse(/^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(text) ? `${text}Z` : text);
