/** OpenAPI schemas differ from JSON Schema in a few words; this rewrites them. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
	[key: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Follows `$ref` inside the document; `{}` for nothing. Throws on a dangling one. */
export function resolve(document: JsonObject, value: Json | undefined): JsonObject {
	if (!isObject(value)) return {};
	if (typeof value.$ref !== 'string') return value;
	const segments = value.$ref.replace(/^#\//, '').split('/');
	let target: Json | undefined = document;
	for (const segment of segments) {
		target = isObject(target) ? target[decodeURIComponent(segment).replace(/~1/g, '/').replace(/~0/g, '~')] : undefined;
	}
	if (target === undefined) throw new Error(`The contract has no ${value.$ref}`);
	return resolve(document, target);
}

/** `nullable: true` (OpenAPI 3.0): null joins the types and the enum, or becomes an alternative where there is no type. */
function allowNull(schema: JsonObject): JsonObject {
	const { nullable, ...rest } = schema;
	if (nullable !== true) return rest;
	if (rest.type === undefined) return { anyOf: [{ type: 'null' }, rest] };
	const types = Array.isArray(rest.type) ? rest.type : [rest.type];
	return { ...rest, type: [...types, 'null'], ...(Array.isArray(rest.enum) && { enum: [...rest.enum, null] }) };
}

/** `exclusiveMinimum: true` beside `minimum` (OpenAPI 3.0) is a number on its own in JSON Schema. */
function exclusiveBounds(schema: JsonObject): JsonObject {
	const result = { ...schema };
	for (const [bound, exclusive] of [
		['minimum', 'exclusiveMinimum'],
		['maximum', 'exclusiveMaximum'],
	]) {
		if (typeof result[exclusive] !== 'boolean') continue;
		if (result[exclusive] && result[bound] !== undefined) {
			result[exclusive] = result[bound];
			delete result[bound];
		} else delete result[exclusive];
	}
	return result;
}

/** Patterns written for Java: nested character classes are spelt out, and what JavaScript still cannot read is left out. */
function readablePattern(source: string): { pattern?: string } {
	const pattern = source.replaceAll('[[^[\\p{Cntrl}\\s]] ]', '(?:[^\\p{Cc}\\s]| )').replaceAll('[^[\\p{Cntrl}\\s]]', '[^\\p{Cc}\\s]');
	try {
		new RegExp(pattern, 'u');
		return { pattern };
	} catch {
		return {};
	}
}

/** Names of properties are not keywords, even when they are called `default` or `enum`. */
function mapValues(object: JsonObject, change: (value: Json) => Json): JsonObject {
	return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

/** Rewrites OpenAPI schemas (nested anywhere in `value`) as JSON Schema; local references get `base` in front. */
export function toJsonSchema(value: Json, base = ''): Json {
	if (Array.isArray(value)) return value.map((entry) => toJsonSchema(entry, base));
	if (!isObject(value)) return value;
	const result: JsonObject = {};
	for (const [key, entry] of Object.entries(value)) {
		if (key === 'enum' || key === 'example' || key === 'examples' || key === 'default') result[key] = entry;
		else if (key === 'pattern' && typeof entry === 'string') Object.assign(result, readablePattern(entry));
		else if (key === 'properties' && isObject(entry)) result[key] = mapValues(entry, (schema) => toJsonSchema(schema, base));
		else if (key === '$ref' && typeof entry === 'string' && entry.startsWith('#')) result[key] = base + entry;
		else result[key] = toJsonSchema(entry, base);
	}
	const nullable = typeof result.nullable === 'boolean';
	return exclusiveBounds(nullable ? allowNull(result) : result);
}
