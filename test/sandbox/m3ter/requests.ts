 
import type { z } from 'zod';

import type { SandboxRequest, SandboxResponse } from '../kit/http';
import { badRequest } from './context';

/** Reading requests and shaping lists the way every m3ter endpoint does. */

/** A copy without some of the fields. */
export function omit<T extends object, K extends keyof T>(object: T, ...names: K[]): Omit<T, K> {
	const copy = { ...object };
	for (const name of names) delete copy[name];
	return copy;
}

export const ok = (body: unknown): SandboxResponse => ({ status: 200, body });

/** The JSON body, or 400 with the first thing wrong with it. */
export function parseBody<T extends z.ZodTypeAny>(schema: T, request: SandboxRequest): z.infer<T> {
	if (request.body === undefined) throw badRequest('Required request body is missing');
	const parsed = schema.safeParse(request.body);
	if (parsed.success) return parsed.data as z.infer<T>;
	const [issue] = parsed.error.issues;
	throw badRequest(`${issue.path.join('.') || 'body'}: ${issue.message}`);
}

/** Repeated (`ids=a&ids=b`) as the contract says, or comma-joined in one value as the SDK sends it. */
export function listParam(query: URLSearchParams, name: string): string[] {
	const values = query.getAll(name).filter((value) => value !== '');
	return values.length === 1 && values[0].includes(',') ? [values[0], ...values[0].split(',')] : values;
}

export function intParam(query: URLSearchParams, name: string, limits: { min: number; max: number; fallback: number }): number {
	const text = query.get(name);
	if (text === null) return limits.fallback;
	const value = Number(text);
	if (!/^-?\d+$/.test(text) || value < limits.min || value > limits.max) {
		throw badRequest(`${name} must be an integer between ${limits.min} and ${limits.max}`);
	}
	return value;
}

export function boolParam(query: URLSearchParams, name: string): boolean | undefined {
	const text = query.get(name);
	if (text === null || text === '') return undefined;
	if (text !== 'true' && text !== 'false') throw badRequest(`${name} must be true or false`);
	return text === 'true';
}

/** Applied when the caller sends no pageSize. */
const DEFAULT_PAGE_SIZE = 20;

interface Identified {
	id: string;
}

/** One page, newest first. `items` are in order of creation. The token names the last item of the page before. */
export function page<T extends Identified>(items: Iterable<T>, query: URLSearchParams, max: number, show: (item: T) => unknown = (x) => x) {
	const list = [...items].reverse();
	const size = intParam(query, 'pageSize', { min: 1, max, fallback: DEFAULT_PAGE_SIZE });
	const start = afterToken(list, query.get('nextToken'));
	const part = list.slice(start, start + size);
	const more = start + size < list.length;
	const last = part.at(-1)?.id ?? '';
	return ok({ data: part.map(show), ...(more && { nextToken: Buffer.from(`after:${last}`).toString('base64url') }) });
}

function afterToken(list: Identified[], token: string | null): number {
	if (!token) return 0;
	const id = /^after:(.+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
	const index = list.findIndex((item) => item.id === id);
	if (index < 0) throw badRequest('Invalid nextToken');
	return index + 1;
}

type Searchable = Record<string, unknown>;

/** `name~Acme$currency:USD`: conditions joined by `$`, comparators `:` `>` `>=` `<` `<=` `~` (starts with). No escaping exists. */
export function search<T extends Identified>(items: Iterable<T>, query: URLSearchParams, fields: Record<string, keyof T & string>, show: (item: T) => unknown = (x) => x) {
	const conditions = (query.get('searchQuery') ?? '').split('$').filter((text) => text !== '').map((text) => condition(text, fields));
	const operator = query.get('operator') ?? 'AND';
	if (operator !== 'AND' && operator !== 'OR') throw badRequest('operator must be AND or OR');
	const matches = (item: Searchable) =>
		conditions.length === 0 ||
		(operator === 'AND' ? conditions.every((test) => test(item)) : conditions.some((test) => test(item)));
	const found = [...items].reverse().filter((item) => matches(item as unknown as Searchable));
	sortBy(found as unknown as Searchable[], query, fields);
	const size = intParam(query, 'pageSize', { min: 1, max: 100, fallback: 10 });
	const from = intParam(query, 'fromDocument', { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 });
	return ok({ data: found.slice(from, from + size).map(show) });
}

function condition(text: string, fields: Record<string, string>): (item: Searchable) => boolean {
	const parts = /^(\w+)(>=|<=|:|>|<|~)(.*)$/s.exec(text);
	if (!parts) throw badRequest(`searchQuery: cannot read '${text}'`);
	const [, name, comparator, value] = parts;
	if (!Object.hasOwn(fields, name)) throw badRequest(`searchQuery: field '${name}' cannot be searched`);
	const many = name === 'ids' || name === 'codes';
	return (item) => {
		const actual = String(item[fields[name]] ?? '');
		if (comparator === ':') return many ? value.split(',').includes(actual) : actual === value;
		if (comparator === '~') return actual.toLowerCase().startsWith(value.toLowerCase());
		if (comparator === '>') return actual > value;
		if (comparator === '>=') return actual >= value;
		return comparator === '<' ? actual < value : actual <= value;
	};
}

function sortBy(items: Searchable[], query: URLSearchParams, fields: Record<string, string>): void {
	const order = query.get('sortOrder') ?? 'DESC';
	if (order !== 'ASC' && order !== 'DESC') throw badRequest('sortOrder must be ASC or DESC');
	const name = query.get('sortBy');
	if (name === null) return;
	if (!Object.hasOwn(fields, name)) throw badRequest(`sortBy: field '${name}' cannot be sorted by`);
	const direction = order === 'ASC' ? 1 : -1;
	const key = (item: Searchable) => String(item[fields[name]] ?? '');
	items.sort((a, b) => direction * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
