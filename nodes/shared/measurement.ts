import { z } from 'zod';

import { Failure } from './failure';
import { deterministicUuid } from './idempotency';
import { decimal } from './money';
import { parseTimestamp } from './timestamp';

export const TEXT_CATEGORIES = ['who', 'where', 'what', 'other', 'metadata'] as const;
export const NUMBER_CATEGORIES = ['measure', 'cost', 'income'] as const;
export const CATEGORIES = [...TEXT_CATEGORIES, ...NUMBER_CATEGORIES] as const;
export type Category = (typeof CATEGORIES)[number];

/** m3ter takes usage from the past and refuses the future; clocks that differ a little are left to m3ter to judge. */
const CLOCK_TOLERANCE_MS = 60_000;
const MAX_UID = 50;
const MAX_CODE = 80;
const MAX_METADATA = 256;

/** m3ter's rule for codes: printable characters, plain blanks only inside. */
const CODE = /^(?:[^\p{Cc}\s]|[^\p{Cc}\s](?:[^\p{Cc}\s]| )*[^\p{Cc}\s])$/u;
/** Most codes by far; a quick check before the whole rule. */
const PLAIN_CODE = /^[\x21-\x7e]+$/;
/** Decimal numbers as JSON, CSV files and databases write them; no thousands separators, no decimal comma. */
const NUMERIC = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const code = z.string().max(MAX_CODE).regex(CODE);
const texts = z.record(z.string()).optional();
const numbers = z.record(z.number().finite()).optional();

/** One measurement as m3ter's Ingest API takes it. `ts` and `ets` are ISO 8601 in UTC; `meter` and `account` are codes, never ids. */
export const measurementSchema = z
	.object({
		uid: z.string().min(1).max(MAX_UID),
		meter: code,
		account: code,
		ts: z.string().datetime(),
		ets: z.string().datetime().optional(),
		who: texts,
		where: texts,
		what: texts,
		other: texts,
		metadata: z.record(z.string().max(MAX_METADATA)).optional(),
		measure: numbers,
		cost: numbers,
		income: numbers,
	})
	.strict();

export type Measurement = z.output<typeof measurementSchema>;

/** A meter as far as a measurement depends on it. Categories in lower case, as they are keys of a measurement. */
export interface MeterFields {
	code: string;
	fields: ReadonlyArray<{ category: Category; code: string }>;
}

/** Where the uid comes from: given, from chosen fields of the source record, or from everything the measurement says. */
export type UidRule = { from: 'value'; value: unknown } | { from: 'fields'; values: Record<string, unknown> } | { from: 'measurement' };

/** One row on its way to becoming a measurement; nothing about its values is certain yet. */
export interface MeasurementInput {
	meter: unknown;
	account: unknown;
	ts: unknown;
	ets?: unknown;
	values: Partial<Record<Category, Record<string, unknown>>>;
	uid: UidRule;
}

export interface MeasurementRules {
	/** IANA zone of date-times without one. */
	zone: string;
	/** Whether "12.5" becomes 12.5. */
	convertNumericText: boolean;
	/** The last moment that is not in the future, as {@link latestNow} gives it. */
	latest: string;
	/** Checked against when given: required, unknown and misplaced data fields. */
	meter?: MeterFields;
}

/**
 * Builds a measurement from a row. Null and empty values count as missing.
 * @throws Failure `invalid-input` that names everything wrong with the row at once
 */
export function buildMeasurement(input: MeasurementInput, rules: MeasurementRules): Measurement {
	const problems: string[] = [];
	const meter = codeOf('meter', input.meter, problems);
	const account = codeOf('account', input.account, problems);
	const ts = timeOf('ts', input.ts, rules.zone, problems);
	const ets = isMissing(input.ets) ? undefined : timeOf('ets', input.ets, rules.zone, problems);
	if (isAfter(ts, rules.latest)) problems.push(`ts ${ts} is in the future, which m3ter refuses`);
	if (ets !== undefined && ets < ts) problems.push(`ets ${ets} is before ts ${ts}`);
	const values = valuesOf(input.values, rules, problems);
	if (rules.meter !== undefined) checkFields(values, rules.meter, problems);
	if (problems.length > 0) throw invalid(problems);
	const content = { meter, account, ts, ...(ets === undefined ? {} : { ets }), ...values };
	return { uid: uidOf(input.uid, content), ...content };
}

/** @param now milliseconds since 1970 */
export const latestNow = (now: number): string => new Date(now + CLOCK_TOLERANCE_MS).toISOString();

/** Both ISO 8601 in UTC with milliseconds, so that text compares as time does; years of more than four digits start with a plus. */
const isAfter = (ts: string, latest: string): boolean => ts > latest || ts.startsWith('+');

const invalid = (problems: string[]) => new Failure('invalid-input', 'The measurement is not valid', { description: `${problems.join('; ')}.` });

const isMissing = (value: unknown): value is undefined | null | '' =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

function codeOf(name: string, value: unknown, problems: string[]): string {
	if (isMissing(value)) {
		problems.push(`${name} is empty`);
		return '';
	}
	const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	if (text.length > MAX_CODE) problems.push(`${name} is longer than ${MAX_CODE} characters`);
	else if (!isCode(text)) problems.push(`${name} is not a code`);
	return text;
}

/** Whether a text may be the code of a meter or an account. */
export const isCode = (text: string): boolean => text.length <= MAX_CODE && (PLAIN_CODE.test(text) || CODE.test(text));

function timeOf(name: string, value: unknown, zone: string, problems: string[]): string {
	if (isMissing(value)) {
		problems.push(`${name} is empty`);
		return '';
	}
	try {
		return parseTimestamp(value, zone);
	} catch (error) {
		problems.push(`${name}: ${error instanceof Failure ? (error.description ?? error.message).replace(/\.$/, '') : String(error)}`);
		return '';
	}
}

type Values = Pick<Measurement, Category>;

function valuesOf(given: MeasurementInput['values'], rules: MeasurementRules, problems: string[]): Values {
	const values: Values = {};
	for (const category of TEXT_CATEGORIES) {
		const group = groupOf(given[category], (field, value) => textOf(category, field, value, problems));
		if (group !== undefined) values[category] = group;
	}
	for (const category of NUMBER_CATEGORIES) {
		const group = groupOf(given[category], (field, value) => numberOf(category, field, value, rules, problems));
		if (group !== undefined) values[category] = group;
	}
	refuseTwice(values, problems);
	return values;
}

/** The values of one category that are there; undefined when there are none. */
function groupOf<T>(given: Record<string, unknown> | undefined, read: (field: string, value: unknown) => T): Record<string, T> | undefined {
	if (given === undefined) return undefined;
	let group: Record<string, T> | undefined;
	for (const field of Object.keys(given)) {
		const value = given[field];
		if (!isMissing(value)) (group ??= {})[field] = read(field, value);
	}
	return group;
}

/** A data field belongs to one category. */
function refuseTwice(values: Values, problems: string[]): void {
	for (let later = 1; later < CATEGORIES.length; later++) {
		const group = values[CATEGORIES[later]];
		if (group === undefined) continue;
		for (let earlier = 0; earlier < later; earlier++) {
			const before = values[CATEGORIES[earlier]];
			if (before === undefined) continue;
			for (const field of Object.keys(group)) if (Object.hasOwn(before, field)) problems.push(`${field} is given under ${CATEGORIES[earlier]} and under ${CATEGORIES[later]}`);
		}
	}
}

function textOf(category: Category, field: string, value: unknown, problems: string[]): string {
	if (value !== null && typeof value === 'object') {
		problems.push(`${category}.${field} must be text, not ${Array.isArray(value) ? 'a list' : 'an object'}`);
		return '';
	}
	const text = String(value);
	if (category === 'metadata' && text.length > MAX_METADATA) problems.push(`${category}.${field} is longer than ${MAX_METADATA} characters`);
	return text;
}

function numberOf(category: Category, field: string, value: unknown, { convertNumericText }: MeasurementRules, problems: string[]): number {
	const problem = (text: string) => {
		problems.push(`${category}.${field} ${text}`);
		return 0;
	};
	if (typeof value === 'number') return Number.isFinite(value) ? value : problem(`is ${value}, not a number m3ter can take`);
	if (typeof value !== 'string') return problem('must be a number');
	const text = value.trim();
	if (!NUMERIC.test(text)) return problem(`is "${text.slice(0, 40)}", not a number${/^-?\d+,\d+$/.test(text) ? ' (write a point, not a comma)' : ''}`);
	if (!convertNumericText) return problem(`is the text "${text.slice(0, 40)}" and 'Convert Numeric Text' is off`);
	const number = Number(text);
	if (String(number) === text) return number;
	if (!Number.isFinite(number) || !decimal(text).eq(number)) return problem(`is "${text.slice(0, 40)}", which a JSON number cannot hold exactly: round it first`);
	return number;
}

/** Every data field of the meter must be there, under its own category, and nothing else. */
function checkFields(values: Values, meter: MeterFields, problems: string[]): void {
	let found = 0;
	for (const { category, code: field } of meter.fields) if (isGiven(values, category, field)) found++;
	if (found < meter.fields.length) {
		const missing = meter.fields.filter(({ category, code: field }) => !isGiven(values, category, field)).map((field) => `${field.category}.${field.code}`);
		problems.push(`missing ${missing.join(', ')} (meter ${meter.code} requires all its data fields)`);
	}
	let given = 0;
	for (const category of CATEGORIES) if (values[category] !== undefined) given += Object.keys(values[category]).length;
	if (given > found) refuseUnknown(values, meter, problems);
}

const isGiven = (values: Values, category: Category, field: string): boolean => {
	const group = values[category];
	return group !== undefined && Object.hasOwn(group, field);
};

function refuseUnknown(values: Values, meter: MeterFields, problems: string[]): void {
	for (const category of CATEGORIES) {
		for (const field of Object.keys(values[category] ?? {})) {
			if (meter.fields.some((known) => known.category === category && known.code === field)) continue;
			const home = meter.fields.find((known) => known.code === field);
			problems.push(home === undefined ? `meter ${meter.code} has no data field ${category}.${field}` : `${category}.${field} belongs under ${home.category}`);
		}
	}
}

/**
 * The uid of a measurement: m3ter's only protection against counting a record twice. From the same source it is always
 * the same, so a repeated run doubles nothing.
 */
function uidOf(rule: UidRule, content: Omit<Measurement, 'uid'>): string {
	if (rule.from === 'measurement') return deterministicUuid('measurement', content);
	if (rule.from === 'fields') {
		const empty = Object.entries(rule.values).filter(([, value]) => isMissing(value)).map(([field]) => field);
		if (empty.length > 0 || Object.keys(rule.values).length === 0) throw invalid([`the unique ID cannot be made: ${empty.join(', ') || 'no field is chosen'}${empty.length > 0 ? ' is empty' : ''}`]);
		return deterministicUuid('fields', content.meter, rule.values);
	}
	const uid = isMissing(rule.value) || typeof rule.value === 'object' ? '' : String(rule.value).trim();
	if (uid === '') throw invalid(['the unique ID is empty']);
	if (uid.length > MAX_UID) throw invalid([`the unique ID "${uid.slice(0, MAX_UID)}…" has ${uid.length} characters, m3ter takes ${MAX_UID}: use 'From Chosen Fields' to shorten it`]);
	return uid;
}

const group = z.record(z.unknown()).nullish().transform((value) => value ?? undefined);

const wholeSchema = z
	.object({
		uid: z.union([z.string(), z.number()]).nullish(),
		meter: z.unknown(),
		account: z.unknown(),
		ts: z.unknown(),
		ets: z.unknown(),
		who: group,
		where: group,
		what: group,
		other: group,
		metadata: group,
		measure: group,
		cost: group,
		income: group,
	})
	.strict();

/**
 * Reads a whole measurement given as an object or as JSON text. Its own uid wins over `uid`.
 * @throws Failure `invalid-input` for text that is no JSON; ZodError for keys a measurement does not have
 */
export function wholeMeasurement(json: unknown, uid: UidRule): MeasurementInput {
	const { uid: own, meter, account, ts, ets, ...values } = wholeSchema.parse(typeof json === 'string' ? parsed(json) : json);
	return { meter, account, ts, ets, values, uid: isMissing(own) ? uid : { from: 'value', value: own } };
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw notJson(error);
	}
}

const notJson = (error: unknown) =>
	new Failure('invalid-input', "'Measurement JSON' is not JSON", { description: error instanceof Error ? error.message : String(error) });
