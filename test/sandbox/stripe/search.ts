/** The search endpoints: a small query language over an index that lags behind; sheet §1. */
import type { Core } from './core';
import { refuse } from './errors';
import { integer, needed, text } from './params';
import type { Wire } from './types';

export const SEARCH = { query: needed(text()), limit: integer({ min: 1, max: 100 }), page: text() };

interface SearchParams {
	query: string;
	limit?: number;
	page?: string;
}

const CLAUSE =
	/^(-)?([a-z_.]+|metadata\[(?:'([^']+)'|"([^"]+)")\])\s*(:|~|>=|<=|>|<|=)\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\S+))/;

interface Clause {
	negated: boolean;
	field: string;
	metadataKey?: string;
	operator: string;
	value: string;
}

/** `status:'open' AND metadata['m3ter_bill_id']:'b-1'`; AND and OR cannot be mixed. */
function readQuery(query: string, fields: readonly string[]): { clauses: Clause[]; any: boolean } {
	const clauses: Clause[] = [];
	const joints = new Set<string>();
	let rest = query.trim();
	while (rest !== '') {
		const found = CLAUSE.exec(rest);
		if (!found)
			throw refuse(
				`We were unable to parse your search query. Try using the format \`metadata["key"]:"value"\` to query for metadata or key:"value" to query for other fields.`,
				undefined,
				'query',
			);
		const [whole, minus, name, single, double] = found;
		const metadataKey = single ?? double;
		if (metadataKey === undefined && !fields.includes(name))
			throw refuse(`Field \`${name}\` is an unsupported search field for this resource.`, undefined, 'query');
		const value = (found[6] ?? found[7] ?? found[8]).replace(/\\(.)/g, '$1');
		clauses.push({ negated: minus === '-', field: name, metadataKey, operator: found[5], value });
		rest = rest.slice(whole.length).trim();
		const joint = /^(AND|OR)\s+/i.exec(rest);
		if (rest === '') break;
		if (joint) rest = rest.slice(joint[0].length);
		joints.add(joint?.[1].toUpperCase() ?? 'AND');
	}
	if (joints.size > 1) throw refuse('You may not combine AND and OR in one search query.', undefined, 'query');
	return { clauses, any: joints.has('OR') };
}

function matches(object: Wire, clause: Clause): boolean {
	const bag = clause.metadataKey === undefined ? object : (object.metadata as Wire);
	const actual = bag[clause.metadataKey ?? clause.field];
	return holds(actual, clause) !== clause.negated;
}

function holds(actual: unknown, { operator, value }: Clause): boolean {
	if (value === 'null') return actual === null || actual === undefined;
	if (actual === null || actual === undefined) return false;
	if (operator === ':' || operator === '=') return String(actual).toLowerCase() === value.toLowerCase();
	if (operator === '~') return String(actual).toLowerCase().includes(value.toLowerCase());
	const [left, right] = [Number(actual), Number(value)];
	if (operator === '>') return left > right;
	if (operator === '<') return left < right;
	return operator === '>=' ? left >= right : left <= right;
}

/** Searches the objects of one kind as the index knows them: changes younger than the lag are not seen. */
export function search(core: Core, kind: string, fields: readonly string[], params: SearchParams, url: string): object {
	const { clauses, any } = readQuery(params.query, fields);
	const seen = core.nowMs() - core.settings.searchLagMs;
	const found: Wire[] = [];
	for (const versions of core.state.searchIndex.values()) {
		const object = versions.filter((version) => version.at <= seen).at(-1)?.object as Wire | undefined;
		if (object?.object !== kind) continue;
		const test = (clause: Clause) => matches(object, clause);
		if (any ? clauses.some(test) : clauses.every(test)) found.unshift(object);
	}
	const start = params.page === undefined ? 0 : Number(params.page.replace('page_', ''));
	if (!Number.isInteger(start)) throw refuse(`Invalid page: ${params.page}`, undefined, 'page');
	const end = start + (params.limit ?? 10);
	const more = end < found.length;
	return { object: 'search_result', data: found.slice(start, end), has_more: more, next_page: more ? `page_${end}` : null, url };
}
