/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
/** Checks JSON bodies against the element names and types of Intuit's published XML schemas; JSON uses the same names. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Contract } from '../kit/contract';

const FILES = ['IntuitBaseTypes.xsd', 'IntuitNamesTypes.xsd', 'Finance.xsd', 'IntuitRestServiceDef.xsd'];
/** Attributes of every object in XML are properties in JSON. */
const ATTRIBUTES = ['domain', 'status', 'sparse'];

interface Type {
	base?: string;
	elements: Map<string, string>;
}

export interface Schemas {
	types: Map<string, Type>;
	enums: Map<string, string[]>;
}

function read(folder: string): Schemas {
	const types: Schemas['types'] = new Map();
	const enums: Schemas['enums'] = new Map();
	for (const file of FILES) {
		const source = readFileSync(join(folder, file), 'utf8').replaceAll(/<xs:annotation>.*?<\/xs:annotation>/gs, '');
		for (const [, name, body] of source.matchAll(/<xs:complexType\s+name="(\w+)"[^>]*>(.*?)<\/xs:complexType>/gs)) {
			const elements = new Map<string, string>();
			for (const [tag] of body.matchAll(/<xs:element\s[^>]*>/gs)) {
				const [, element] = /name="(\w+)"/.exec(tag) ?? [];
				if (element) elements.set(element, (/type="([\w:]+)"/.exec(tag) ?? [])[1] ?? 'any');
			}
			types.set(name, { base: (/<xs:extension\s+base="(\w+)"/.exec(body) ?? [])[1], elements });
		}
		for (const [, name, body] of source.matchAll(/<xs:simpleType\s+name="(\w+)"[^>]*>(.*?)<\/xs:simpleType>/gs)) {
			const values = [...body.matchAll(/<xs:enumeration\s+value="([^"]*)"/g)].map(([, value]) => value);
			if (values.length > 0) enums.set(name, values);
		}
	}
	return { types, enums };
}

/** The schemas, from `M3TER_SPECS_DIR` or `<repository>/../shared/specs`; undefined when absent, an error then with `CI` set. */
export function loadSchemas(): Schemas | undefined {
	const folder = join(process.env.M3TER_SPECS_DIR ?? join(__dirname, '../../../../shared/specs'), 'quickbooks-xsd');
	if (existsSync(folder)) return read(folder);
	if (process.env.CI) throw new Error(`The QuickBooks schemas are missing in ${folder}; set M3TER_SPECS_DIR`);
	return undefined;
}

function elementType({ types }: Schemas, typeName: string, element: string): string | undefined {
	const type = types.get(typeName);
	if (!type) return undefined;
	return type.elements.get(element) ?? (type.base ? elementType({ types, enums: new Map() }, type.base, element) : undefined);
}

const SIMPLE: Record<string, (value: unknown) => boolean> = {
	'xs:decimal': (value) => typeof value === 'number',
	'xs:int': Number.isInteger,
	'xs:positiveInteger': (value) => Number.isInteger(value) && Number(value) > 0,
	'xs:boolean': (value) => typeof value === 'boolean',
	'xs:string': (value) => typeof value === 'string',
	'xs:date': (value) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value),
	'xs:dateTime': (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
	id: (value) => typeof value === 'string',
};

/** What is wrong with a value of the named type. */
export function check(schemas: Schemas, type: string, value: unknown, path: string): string[] {
	if (Array.isArray(value)) return value.flatMap((entry, index) => check(schemas, type, entry, `${path}[${index}]`));
	if (type === 'ReferenceType' || type === 'MemoRef') {
		const { value: id } = (value ?? {}) as { value?: unknown };
		return typeof id === 'string' ? [] : [`${path} is not a {value, name}`];
	}
	const simple = SIMPLE[type];
	if (simple) return simple(value) ? [] : [`${path} is not ${type}`];
	const values = schemas.enums.get(type);
	if (values) return values.includes(String(value)) ? [] : [`${path} is '${String(value)}', not one of ${values.join(', ')}`];
	if (!schemas.types.has(type) || typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, entry]) => {
		if (ATTRIBUTES.includes(key) || entry === undefined) return [];
		const inner = elementType(schemas, type, key);
		return inner ? check(schemas, inner, entry, `${path}.${key}`) : [`${path}.${key} is not in the schema of ${type}`];
	});
}

/** Every entity found in a body, by its name. */
function checkEntities(schemas: Schemas, body: unknown, path: string): string[] {
	if (typeof body !== 'object' || body === null) return [];
	return Object.entries(body).flatMap(([key, value]) => {
		const where = `${path}.${key}`;
		if (schemas.types.has(key) && elementType(schemas, key, 'SyncToken')) return check(schemas, key, value, where);
		return typeof value === 'object' ? checkEntities(schemas, value, where) : [];
	});
}

/** A contract for `startServer`: request bodies of single writes and batches, and all answers. */
export function xsdContract(): Contract | undefined {
	const schemas = loadSchemas();
	if (!schemas) return undefined;
	const names = new Map([...schemas.types.keys()].map((name) => [name.toLowerCase(), name]));
	return {
		operations: [],
		check({ method, path, body }, { body: answer }) {
			const entity = names.get(/^\/v3\/company\/[^/]+\/(\w+)$/.exec(path)?.[1] ?? '');
			const wrapped = entity && method === 'POST' && body !== undefined ? { [entity]: body } : body;
			// Through JSON, as the client sees it: undefined fields vanish.
			const seen: unknown = typeof answer === 'object' ? JSON.parse(JSON.stringify(answer)) : undefined;
			const problems = [...checkEntities(schemas, wrapped, 'body'), ...checkEntities(schemas, seen, 'answer')];
			return problems.map((problem) => `${method} ${path}: ${problem}`);
		},
	};
}
