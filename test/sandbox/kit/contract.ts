/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

import { decodeForm } from './form';
import type { SandboxRequest, SandboxResponse } from './http';
import { isObject, resolve, toJsonSchema, type Json, type JsonObject } from './openapi';
import { compilePath, type PathPattern } from './paths';

export interface ContractOptions {
	/** What the server's paths have before the contract's own; default: the path of the contract's first server URL. */
	basePath?: string;
	/** Paths the sandbox serves although the contract does not name them (presigned upload URLs and the like); patterns as in the router. */
	uncovered?: string[];
	/** Query parameters every operation takes although the contract does not say so. */
	extraQuery?: string[];
	/** Known errors of the published document, put right in place before it is used. */
	correct?: (document: JsonObject) => void;
}

export interface Contract {
	/** What is wrong with an accepted request and with its answer; empty when all is well. */
	check(request: SandboxRequest, response: SandboxResponse): string[];
	/** `GET /path/{id}` of every operation in the contract. */
	readonly operations: string[];
}

interface Parameter {
	name: string;
	in: string;
	required: boolean;
	comma: boolean;
	validate?: ValidateFunction;
}

interface Operation {
	method: string;
	template: string;
	pattern: PathPattern;
	parameters: Parameter[];
	bodyRequired: boolean;
	/** By media type; undefined value = any body. */
	bodies: Map<string, { text: boolean; validate?: ValidateFunction }>;
	responses: Map<string, ValidateFunction | undefined>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];

/**
 * Loads an OpenAPI 3.0 or 3.1 document, e.g. `stripe-openapi.json`, from `M3TER_SPECS_DIR` or `<repository>/../shared/specs`.
 * Undefined when it is not there (people outside do not have it); with `CI` set a missing one throws.
 */
export function loadContract(file: string, options: ContractOptions = {}): Contract | undefined {
	const folder = process.env.M3TER_SPECS_DIR ?? join(__dirname, '../../../../shared/specs');
	const path = join(folder, file);
	if (existsSync(path)) return createContract(JSON.parse(readFileSync(path, 'utf8')) as JsonObject, options);
	if (process.env.CI) throw new Error(`The contract ${file} is missing in ${folder}; set M3TER_SPECS_DIR`);
	return undefined;
}

/** Builds the checker of one OpenAPI document. */
export function createContract(document: JsonObject, options: ContractOptions = {}): Contract {
	options.correct?.(document);
	const compile = compilers(document);
	const base = options.basePath ?? serverPath(document);
	const operations = readOperations(document, base, compile);
	const uncovered = (options.uncovered ?? []).map(compilePath);

	function check(request: SandboxRequest, response: SandboxResponse): string[] {
		const matching = operations
			.filter((entry) => entry.method === request.method && entry.pattern.match(request.path))
			.sort((a, b) => (a.pattern.rank < b.pattern.rank ? -1 : 1));
		const prefix = `${request.method} ${request.path}`;
		if (matching.length === 0) {
			return uncovered.some((pattern) => pattern.match(request.path)) ? [] : [`${prefix}: not in the contract`];
		}
		const [operation] = matching;
		return [
			...checkParameters(operation, request, options.extraQuery ?? []),
			...checkBody(operation, request),
			...checkResponse(operation, response),
		].map((problem) => `${prefix}: ${problem}`);
	}

	return { check, operations: operations.map(({ method, template }) => `${method} ${template}`) };
}

function serverPath(document: JsonObject): string {
	const servers = document.servers as Array<{ url: string }> | undefined;
	const path = servers?.[0]?.url.replace(/^https?:\/\/[^/]*/, '') ?? '';
	return path.replace(/\/$/, '');
}

type Compile = (schema: Json, coerce?: boolean | 'array') => ValidateFunction;

/** Compiles schemas so that `#/components/...` inside them resolves; `coerce` turns the strings of forms and queries into their types. */
function compilers(document: JsonObject): Compile {
	const root = { components: toJsonSchema(document.components ?? {}) };
	const instances = new Map<string, Ajv>();
	return (schema, coerce = false) => {
		const key = String(coerce);
		let ajv = instances.get(key);
		if (!ajv) {
			ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false, coerceTypes: coerce });
			addFormats(ajv);
			// The stock format refuses loopback addresses, which every sandbox lives on.
			ajv.addFormat('url', (text: string) => URL.canParse(text));
			ajv.addSchema(root, 'contract.json');
			instances.set(key, ajv);
		}
		return ajv.compile(toJsonSchema(schema, 'contract.json') as JsonObject);
	};
}

/** Compiling is the slow part, so it waits until a schema is first used. */
function lazily(create: () => ValidateFunction): ValidateFunction {
	let made: ValidateFunction | undefined;
	const lazy = (data: unknown) => {
		made ??= create();
		const valid = made(data);
		lazy.errors = made.errors;
		return valid;
	};
	lazy.errors = undefined as ValidateFunction['errors'];
	return lazy as ValidateFunction;
}

function readOperations(document: JsonObject, base: string, compile: Compile): Operation[] {
	const operations: Operation[] = [];
	for (const [template, item] of Object.entries((document.paths ?? {}) as JsonObject)) {
		if (!isObject(item)) continue;
		for (const method of METHODS) {
			const operation = item[method];
			if (!isObject(operation)) continue;
			const parameters = [...((item.parameters as Json[]) ?? []), ...((operation.parameters as Json[]) ?? [])];
			const requestBody = resolve(document, operation.requestBody);
			operations.push({
				method: method.toUpperCase(),
				template: base + template,
				pattern: compilePath(base + template),
				parameters: parameters.map((entry) => readParameter(resolve(document, entry), compile)),
				bodyRequired: requestBody.required === true,
				bodies: readBodies(document, requestBody.content, compile),
				responses: readResponses(document, operation.responses, compile),
			});
		}
	}
	return operations;
}

function readParameter(parameter: JsonObject, compile: Compile): Parameter {
	const { schema } = parameter;
	return {
		name: String(parameter.name).replace(/\[\]$/, ''),
		in: String(parameter.in),
		required: parameter.required === true,
		comma: parameter.explode === false,
		validate: isObject(schema) ? lazily(() => compile(schema, 'array')) : undefined,
	};
}

function readBodies(document: JsonObject, content: Json | undefined, compile: Compile): Operation['bodies'] {
	const bodies: Operation['bodies'] = new Map();
	for (const [type, media] of Object.entries(isObject(content) ? content : {})) {
		const schema = isObject(media) ? media.schema : undefined;
		const form = type === 'application/x-www-form-urlencoded';
		bodies.set(type, {
			text: resolve(document, schema).type === 'string',
			validate: isObject(schema) ? lazily(() => compile(schema, form)) : undefined,
		});
	}
	return bodies;
}

function readResponses(document: JsonObject, responses: Json | undefined, compile: Compile): Operation['responses'] {
	const result: Operation['responses'] = new Map();
	for (const [status, entry] of Object.entries(isObject(responses) ? responses : {})) {
		const content = resolve(document, entry).content;
		const media = isObject(content) ? Object.entries(content).find(([type]) => type.includes('json'))?.[1] : undefined;
		const schema = isObject(media) ? media.schema : undefined;
		result.set(status, isObject(schema) ? lazily(() => compile(schema)) : undefined);
	}
	return result;
}

/** The complaints of one validation; a copy is validated, because coercion writes into the data. */
function complaints(validate: ValidateFunction | undefined, data: unknown, what: string): string[] {
	if (!validate) return [];
	if (validate(withoutHoles(data))) return [];
	return (validate.errors ?? []).map((error) => {
		const detail = error.keyword === 'additionalProperties' ? ` '${String(error.params.additionalProperty)}'` : '';
		const allowed = error.keyword === 'enum' ? ` ${JSON.stringify(error.params.allowedValues)}` : '';
		return `${what}${error.instancePath} ${error.message ?? error.keyword}${detail}${allowed}`;
	});
}

function withoutHoles(value: unknown): unknown {
	if (Array.isArray(value)) return value.filter((entry) => entry !== undefined).map(withoutHoles);
	if (!isObject(value as Json)) return value;
	return Object.fromEntries(Object.entries(value as JsonObject).map(([key, entry]) => [key, withoutHoles(entry)]));
}

function checkParameters(operation: Operation, request: SandboxRequest, extraQuery: string[]): string[] {
	const problems: string[] = [];
	const query = decodeForm(request.query.toString());
	const path = operation.pattern.match(request.path) ?? {};
	const known = new Set(extraQuery);
	for (const parameter of operation.parameters) {
		if (parameter.in !== 'query' && parameter.in !== 'path') continue;
		if (parameter.in === 'query') known.add(parameter.name);
		let value: unknown = parameter.in === 'query' ? query[parameter.name] : path[parameter.name];
		if (value === undefined) {
			if (parameter.required) problems.push(`${parameter.in} parameter '${parameter.name}' is missing`);
			continue;
		}
		if (parameter.comma && typeof value === 'string') value = value.split(',');
		problems.push(...complaints(parameter.validate, value, `${parameter.in} parameter '${parameter.name}'`));
	}
	for (const name of Object.keys(query)) {
		if (!known.has(name)) problems.push(`unknown query parameter '${name}'`);
	}
	return problems;
}

function checkBody(operation: Operation, request: SandboxRequest): string[] {
	if (request.raw.length === 0) return operation.bodyRequired ? ['the body is missing'] : [];
	if (operation.bodies.size === 0) return ['the operation takes no body'];
	const type = (request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
	const body = operation.bodies.get(type);
	if (!body) return [`content type '${type}' is not one of ${[...operation.bodies.keys()].join(', ')}`];
	return complaints(body.validate, body.text ? request.raw.toString('utf8') : request.body, 'body');
}

function checkResponse(operation: Operation, response: SandboxResponse): string[] {
	const status = String(response.status);
	const key = [status, `${status[0]}XX`, 'default'].find((entry) => operation.responses.has(entry));
	if (!key) return [`status ${status} is not in the contract`];
	if (typeof response.body === 'string' || Buffer.isBuffer(response.body)) return [];
	const validate = operation.responses.get(key);
	if (validate && response.body === undefined) return ['the answer has no body'];
	// Through JSON, as the client will see it: undefined fields vanish, dates become text.
	const seen: unknown = response.body === undefined ? undefined : JSON.parse(JSON.stringify(response.body));
	return complaints(validate, seen, 'answer');
}
