/** Lists: filters `field[op]=value`, sorting and opaque offsets. */
import { z } from 'zod';

import { wrongValue } from './errors';
import { flag, integer, text, timestamp } from './params';

export type Test = (value: unknown) => boolean;

/** `["a","b"]` as one JSON text; Chargebee refuses an empty list. */
const jsonList = <T extends z.ZodTypeAny>(entry: T) =>
	z
		.string()
		.transform((value, context): unknown => {
			try {
				return JSON.parse(value) as unknown;
			} catch {
				context.addIssue({ code: 'custom', message: 'should be a JSON array' });
				return z.NEVER;
			}
		})
		.pipe(z.array(entry).min(1));

type Operators = Record<string, z.ZodTypeAny>;
type Comparison = (value: unknown, wanted: never) => boolean;

const COMPARISONS: Record<string, Comparison> = {
	is: (value, wanted: unknown) => value === wanted,
	is_not: (value, wanted: unknown) => value !== wanted,
	starts_with: (value, wanted: string) => typeof value === 'string' && value.startsWith(wanted),
	in: (value, wanted: unknown[]) => wanted.includes(value),
	not_in: (value, wanted: unknown[]) => !wanted.includes(value),
	is_present: (value, wanted: boolean) => (value !== undefined) === wanted,
	after: (value, wanted: number) => Number(value) > wanted,
	before: (value, wanted: number) => Number(value) < wanted,
	on: (value, wanted: number) => Math.floor(Number(value) / 86_400) === Math.floor(wanted / 86_400),
	gt: (value, wanted: number) => Number(value) > wanted,
	gte: (value, wanted: number) => Number(value) >= wanted,
	lt: (value, wanted: number) => Number(value) < wanted,
	lte: (value, wanted: number) => Number(value) <= wanted,
	between: (value, [from, to]: number[]) => Number(value) >= from && Number(value) <= to,
};

/** Reads to a test of one field's value. */
function filter(operators: Operators) {
	const optional = Object.fromEntries(Object.entries(operators).map(([name, rule]) => [name, rule.optional()]));
	return z
		.object(optional)
		.strict()
		.transform(
			(wanted): Test =>
				(value) =>
					Object.entries(wanted).every(([name, entry]) => COMPARISONS[name](value, entry as never)),
		)
		.optional();
}

const plain = z.string();
export const textFilter = filter({ is: plain, is_not: plain, starts_with: plain, in: jsonList(plain), not_in: jsonList(plain) });
export const optionalTextFilter = filter({
	...{ is: plain, is_not: plain, starts_with: plain, in: jsonList(plain), not_in: jsonList(plain) },
	is_present: flag,
});
export const contactFilter = filter({ is: plain, is_not: plain, starts_with: plain, is_present: flag });
export const timeFilter = filter({
	after: timestamp,
	before: timestamp,
	on: timestamp,
	between: jsonList(z.number().int()).pipe(z.array(z.number()).length(2)),
});
export const numberFilter = filter({
	...{ is: integer(), is_not: integer(), lt: integer(), lte: integer(), gt: integer(), gte: integer() },
	between: jsonList(z.number()).pipe(z.array(z.number()).length(2)),
});
export const flagFilter = filter({ is: flag });
export const enumFilter = (values: readonly [string, ...string[]]) => {
	const rule = z.enum(values as [string, ...string[]]);
	return filter({ is: rule, is_not: rule, in: jsonList(rule), not_in: jsonList(rule) });
};

/** Sorting by one of the fields, one way. */
export const sortBy = (...fields: [string, ...string[]]) =>
	z.union([z.object({ asc: z.enum(fields) }).strict(), z.object({ desc: z.enum(fields) }).strict()]).optional();

export const PAGE = { limit: integer(1, 100).optional(), offset: text(1000).optional() };
export const DELETED = { include_deleted: flag.optional() };

interface ListParams {
	limit?: number;
	offset?: string;
	include_deleted?: boolean;
	sort_by?: { asc: string } | { desc: string };
	[field: string]: unknown;
}

type Listed = Record<string, unknown> & { deleted?: boolean };

const encodeOffset = (position: number) => Buffer.from(`sandbox:${position}`).toString('base64url');

/** Position an offset stands for; throws 400 for one we did not give. */
function decodeOffset(offset: string | undefined, param: string): number {
	if (offset === undefined) return 0;
	const found = /^sandbox:(\d+)$/.exec(Buffer.from(offset, 'base64url').toString('utf8'));
	if (!found) throw wrongValue(param, 'is not an offset of this list');
	return Number(found[1]);
}

/** One page out of many entries; `next` is absent on the last page. */
export function slice<T>(
	entries: T[],
	limit: number,
	offset: string | undefined,
	param = 'offset',
): { page: T[]; next?: string } {
	const start = decodeOffset(offset, param);
	const end = start + limit;
	return { page: entries.slice(start, end), ...(end < entries.length && { next: encodeOffset(end) }) };
}

function sorted(entries: Listed[], order: ListParams['sort_by'], usual: string): Listed[] {
	const [direction, field] = order && 'asc' in order ? ([1, order.asc] as const) : ([-1, order?.desc ?? usual] as const);
	const rank = new Map(entries.map((entry, index) => [entry, index]));
	return [...entries].sort((a, b) => {
		const [left, right] = [a[field] ?? 0, b[field] ?? 0] as [string | number, string | number];
		if (left !== right) return (left < right ? -1 : 1) * direction;
		return ((rank.get(a) ?? 0) - (rank.get(b) ?? 0)) * direction;
	});
}

/** Answers `{list: [{<name>: …}], next_offset}`; every parameter that reads to a test filters the field it is named after. */
export function listOf(
	name: string,
	entries: Iterable<object>,
	params: ListParams,
	usual = 'created_at',
	show: (entry: never) => object = (entry) => entry,
): object {
	const tests = Object.entries(params).filter((entry): entry is [string, Test] => typeof entry[1] === 'function');
	const kept = ([...entries] as Listed[]).filter(
		(entry) => (params.include_deleted === true || entry.deleted !== true) && tests.every(([field, test]) => test(entry[field])),
	);
	const { page, next } = slice(sorted(kept, params.sort_by, usual), params.limit ?? 10, params.offset);
	return { list: page.map((entry) => ({ [name]: show(entry as never) })), ...(next && { next_offset: next }) };
}
