import { noSuch, ParameterError } from './errors';
import { integer, text } from './params';

/** Parameters of every list. */
export const PAGE = { limit: integer({ min: 1, max: 100 }), starting_after: text(), ending_before: text() };

export interface PageParams {
	limit?: number;
	starting_after?: string;
	ending_before?: string;
}

export interface List<T> {
	object: 'list';
	data: T[];
	has_more: boolean;
	url: string;
}

/** One page of `all`, which is in the order to be shown. `starting_after`/`ending_before` name an object of the list; default limit 10. */
export function page<T extends { id: string }>(all: T[], params: PageParams, url: string): List<T> {
	const { limit = 10, starting_after: after, ending_before: before } = params;
	if (after !== undefined && before !== undefined) {
		throw new ParameterError(
			'You may only specify one of these parameters: starting_after, ending_before.',
			'starting_after',
			'parameters_exclusive',
		);
	}
	if (before !== undefined) {
		const end = find(all, before, 'ending_before');
		const start = Math.max(end - limit, 0);
		return { object: 'list', data: all.slice(start, end), has_more: start > 0, url };
	}
	const start = after === undefined ? 0 : find(all, after, 'starting_after') + 1;
	return { object: 'list', data: all.slice(start, start + limit), has_more: start + limit < all.length, url };
}

function find(all: Array<{ id: string }>, id: string, param: string): number {
	const index = all.findIndex((entry) => entry.id === id);
	if (index < 0) throw noSuch('object', id, param, 400);
	return index;
}

/** Most recent first, as Stripe lists nearly everything. */
export const newestFirst = <T>(map: Map<string, T>): T[] => [...map.values()].reverse();

/** A list embedded in its parent object. */
export const embedded = <T>(all: T[], limit: number, url: string): List<T> => ({
	object: 'list',
	data: all.slice(0, limit),
	has_more: all.length > limit,
	url,
});
