/** `where`, `order`, paging and `If-Modified-Since` (sheet §1, §4.3). */
import type { Call } from './api';
import { readInstant } from './dates';
import { badQuery } from './errors';

export type Wire = Record<string, unknown>;
type Value = string | number | boolean | null;

const CONDITION =
	/^\s*([A-Za-z.]+)\s*(==|!=|>=|<=|>|<)\s*("(?:[^"\\]|\\.)*"|DateTime\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)|Guid\("[^"]*"\)|-?[\d.]+|true|false|null)\s*$/i;
const METHOD = /^\s*([A-Za-z.]+?)(\.ToLower\(\))?\.(Contains|StartsWith|EndsWith)\("((?:[^"\\]|\\.)*)"\)\s*$/;

/** Splits at a separator outside of double quotes. */
function split(text: string, separator: RegExp): string[] {
	const parts: string[] = [];
	let rest = text;
	let from = 0;
	for (;;) {
		const found = separator.exec(rest.slice(from));
		if (!found) return [...parts, rest];
		const at = from + found.index;
		const quotes = rest.slice(0, at).replaceAll('\\"', '').split('"').length - 1;
		if (quotes % 2 === 1) from = at + found[0].length;
		else {
			parts.push(rest.slice(0, at));
			rest = rest.slice(at + found[0].length);
			from = 0;
		}
	}
}

function readLiteral(text: string): Value {
	if (text.startsWith('"')) return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
	const date = /^DateTime\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)/i.exec(text);
	if (date) return Date.UTC(Number(date[1]), Number(date[2]) - 1, Number(date[3]));
	const guid = /^Guid\("([^"]*)"\)$/i.exec(text);
	if (guid) return guid[1].toLowerCase();
	if (/^(true|false|null)$/i.test(text)) return JSON.parse(text.toLowerCase()) as boolean | null;
	return Number(text);
}

/** A field of the element as it is shown; dates become milliseconds. Throws 400 for a field the type does not have. */
function fieldOf(element: Wire, path: string, fields: string[]): Value {
	if (!fields.includes(path)) throw badQuery(`No property or field '${path}' exists`);
	const value = path.split('.').reduce<unknown>((entry, key) => (entry as Wire | undefined)?.[key], element);
	const date = /^\/Date\((-?\d+)/.exec(String(value));
	return date ? Number(date[1]) : ((value as Value | undefined) ?? null);
}

function compare(left: Value, operator: string, right: Value): boolean {
	if (operator === '==') return left === right;
	if (operator === '!=') return left !== right;
	if (left === null || right === null) return false;
	if (operator === '>') return left > right;
	if (operator === '>=') return left >= right;
	return operator === '<' ? left < right : left <= right;
}

function condition(text: string, fields: string[]): (element: Wire) => boolean {
	const simple = CONDITION.exec(text);
	if (simple) {
		const [, path, operator, literal] = simple;
		const right = readLiteral(literal);
		return (element) => compare(fieldOf(element, path, fields), operator, right);
	}
	const method = METHOD.exec(text);
	if (!method) throw badQuery(`Operator or expression expected in '${text.trim()}'`);
	const [, path, lower, name, raw] = method;
	const wanted = raw.replaceAll(/\\(.)/g, '$1');
	return (element) => {
		const value = String(fieldOf(element, path, fields) ?? '');
		const subject = lower ? value.toLowerCase() : value;
		if (name === 'Contains') return subject.includes(wanted);
		return name === 'StartsWith' ? subject.startsWith(wanted) : subject.endsWith(wanted);
	};
}

/** Reads `Status=="ACTIVE" AND Total>10`; OR binds weaker, there are no brackets. Throws 400. */
export function readWhere(text: string | null, fields: string[]): (element: Wire) => boolean {
	if (!text) return () => true;
	const groups = split(text, /\s+OR\s+|\s*\|\|\s*/i).map((group) => split(group, /\s+AND\s+|\s*&&\s*/i).map((part) => condition(part, fields)));
	// Evaluated once on nothing, so that an unknown field is refused even when there is nothing to look at.
	for (const test of groups.flat()) test({});
	return (element) => groups.some((group) => group.every((test) => test(element)));
}

/** Sorts by `order=UpdatedDateUTC DESC`. Throws 400. */
export function sortBy<T extends Wire>(elements: T[], order: string | null, fields: string[]): T[] {
	if (!order) return elements;
	const [path, direction = 'ASC'] = order.trim().split(/\s+/);
	if (!/^(ASC|DESC)$/i.test(direction)) throw badQuery(`'${order}' is not an order`);
	const sign = /^desc$/i.test(direction) ? -1 : 1;
	fieldOf({}, path, fields);
	return [...elements].sort((a, b) => sign * (compare(fieldOf(a, path, fields), '<', fieldOf(b, path, fields)) ? -1 : 1));
}

/** Only what changed after `If-Modified-Since`, to the second. */
export function modifiedSince<T extends { updated: number }>({ request }: Call, records: Iterable<T>): T[] {
	const header = request.headers['if-modified-since'];
	const all = [...records];
	if (!header) return all;
	const since = readInstant(header);
	if (Number.isNaN(since)) throw badQuery(`If-Modified-Since '${header}' is not a date`);
	return all.filter(({ updated }) => Math.floor(updated / 1000) * 1000 > since);
}

export interface Page {
	page: number;
	pageSize: number;
	pageCount: number;
	itemCount: number;
}

/** Undefined `page` = no paging. `pageSize` outside 1..1000 is clamped (default 100). */
export function paged<T>({ request }: Call, all: T[], pageSizes = true): { slice: T[]; pagination?: Page } {
	const text = request.query.get('page');
	if (text === null) return { slice: all };
	const page = Number(text);
	if (!Number.isInteger(page) || page < 1) throw badQuery(`page '${text}' is not a page`);
	const wanted = pageSizes ? Number(request.query.get('pageSize') ?? 100) : 100;
	const pageSize = Math.min(Math.max(Math.trunc(wanted) || 100, 1), 1000);
	const slice = all.slice((page - 1) * pageSize, page * pageSize);
	return { slice, pagination: { page, pageSize, pageCount: Math.ceil(all.length / pageSize), itemCount: all.length } };
}

/** The values of a comma list; undefined when it is not given. */
export function commaList({ request }: Call, name: string): string[] | undefined {
	const text = request.query.get(name);
	return text === null || text === '' ? undefined : text.split(',').map((entry) => entry.trim());
}
