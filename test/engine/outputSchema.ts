/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What the editor shows as the output of an operation before it ever ran: the part of JSON Schema that these files use. */
export interface OutputSchema {
	/** Several where a field may be null. */
	type: string | string[];
	properties?: Record<string, OutputSchema>;
	items?: OutputSchema;
}

/** A shipped schema; `file` is below `nodes/`. */
export const readSchema = (file: string): OutputSchema => JSON.parse(readFileSync(path.join(__dirname, '../../nodes', file), 'utf8')) as OutputSchema;

const typeOf = (value: unknown): string => {
	if (Array.isArray(value)) return 'array';
	return Number.isInteger(value) ? 'integer' : typeof value;
};

/** Where an output differs from its schema: fields that the schema does not name, or of another type. One that names no fields takes any. */
export function differences(value: unknown, schema: OutputSchema | undefined, at = 'output'): string[] {
	if (schema === undefined) return [`${at} is not named`];
	if (value === null || value === undefined) return [];
	const type = typeOf(value);
	const wanted = [schema.type].flat();
	if (!wanted.includes(type) && !(type === 'integer' && wanted.includes('number'))) return [`${at} is ${type}, not ${wanted.join(' or ')}`];
	if (Array.isArray(value)) return schema.items === undefined ? [] : value.flatMap((entry, index) => differences(entry, schema.items, `${at}[${index}]`));
	if (type !== 'object' || schema.properties === undefined) return [];
	return Object.entries(value).flatMap(([name, inner]) => differences(inner, schema.properties?.[name], `${at}.${name}`));
}
