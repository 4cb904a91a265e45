/** Lists: `after` an id, `per_page`, `order_by`. */
import { z } from 'zod';

import { invalidField } from './errors';
import { timestamp } from './params';

export interface Page {
	data: object[];
	pagination: { per_page: number; next: string; has_more: boolean; estimated_total: number };
}

/** More per page than the maximum is cut to it. */
export const paging = (usual = 50, max = 200) => ({
	after: z.string().optional(),
	per_page: z
		.string()
		.regex(/^[1-9]\d{0,4}$/, 'must be a positive number')
		.default(String(usual))
		.transform((value) => Math.min(Number(value), max)),
	order_by: z
		.string()
		.regex(/^id\[(ASC|DESC)\]$/, 'must be id[ASC] or id[DESC]')
		.default('id[DESC]'),
});

interface Paging {
	after?: string;
	per_page: number;
	order_by: string;
}

/** `next` is a whole URL, and there even on the last page: `has_more` tells. */
export function page<T extends object>(
	entities: T[],
	query: Paging,
	url: string,
	idOf = (entity: T) => (entity as { id?: string }).id ?? '',
	show: (entity: T) => object = (entity) => entity,
): Page {
	const ordered = query.order_by === 'id[ASC]' ? entities : [...entities].reverse();
	const start = query.after === undefined ? 0 : ordered.findIndex((entity) => idOf(entity) === query.after) + 1;
	if (query.after !== undefined && start === 0) throw invalidField('after', 'is not the ID of an entity in this list');
	const found = ordered.slice(start, start + query.per_page);
	const next = new URL(url);
	const last = found.at(-1);
	if (last) next.searchParams.set('after', idOf(last));
	return {
		data: found.map(show),
		pagination: {
			per_page: query.per_page,
			next: next.toString(),
			has_more: start + found.length < ordered.length,
			estimated_total: ordered.length,
		},
	};
}

const OPERATORS = ['', '[LT]', '[LTE]', '[GT]', '[GTE]'] as const;

/** `created_at=…`, `created_at[GTE]=…` and so on. */
export const dateFilters = <N extends string>(...names: N[]) =>
	Object.fromEntries(
		names.flatMap((name) => OPERATORS.map((operator) => [`${name}${operator}`, timestamp.optional()])),
	) as Record<`${N}${(typeof OPERATORS)[number]}`, z.ZodOptional<typeof timestamp>>;

/** Whether a time fits the filters of that name; a missing time fits none. */
export function inDates(query: Record<string, unknown>, name: string, value: string | null): boolean {
	const at = value === null ? NaN : Date.parse(value);
	const wanted = (operator: string) => query[`${name}${operator}`];
	const tests: Array<[string, (limit: number) => boolean]> = [
		['', (limit) => at === limit],
		['[LT]', (limit) => at < limit],
		['[LTE]', (limit) => at <= limit],
		['[GT]', (limit) => at > limit],
		['[GTE]', (limit) => at >= limit],
	];
	return tests.every(([operator, test]) => wanted(operator) === undefined || test(Date.parse(String(wanted(operator)))));
}

/** A list filter that is absent lets everything pass. */
export const among = <T>(wanted: readonly T[] | undefined, value: T | null): boolean =>
	wanted === undefined || (value !== null && wanted.includes(value));
