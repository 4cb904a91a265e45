/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- test code, never shipped */
/** What every call to `/api.xro/2.0` goes through: token, organisation, limits, idempotency, format. */
import { setTimeout as pause } from 'node:timers/promises';

import type { z } from 'zod';

import { HttpError, type Router, type SandboxRequest, type SandboxResponse } from '../kit/http';
import { msDate } from './dates';
import { badBody, Invalid, problem, validationException } from './errors';
import { once } from './idempotency';
import { takePlace } from './limits';
import type { Core, Organisation } from './state';
import { authenticate, openOrganisation, type Area } from './tokens';
import { announce, type Change } from './webhooks';
import { toXml } from './xml';

export const BASE = '/api.xro/2.0';
const NO_ID = '00000000-0000-0000-0000-000000000000';
/** The documents say 3.5 MB in one place and 10 MB in another; the smaller one holds here. */
const MAX_BYTES = 3.5 * 1024 * 1024;
const ADVISED_ELEMENTS = 50;

/** One call that got in. */
export interface Call {
	core: Core;
	organisation: Organisation;
	request: SandboxRequest;
	/** Decimal places of unit amounts: 4 with `unitdp=4`, else 2. */
	unitDecimals: 2 | 4;
	/** Announced by webhook when the call has succeeded. */
	changes: Change[];
}

/** A call as a person in the screens makes it. */
export function screenCall(core: Core, organisation: Organisation): Call {
	const request = { method: 'POST', path: '', params: {}, query: new URLSearchParams(), headers: {}, raw: Buffer.alloc(0), body: undefined };
	return { core, organisation, request, unitDecimals: 4, changes: [] };
}

export const ok = (core: Core, content: object): SandboxResponse => ({
	status: 200,
	body: {
		Id: crypto.randomUUID(),
		Status: 'OK',
		ProviderName: 'm3ter sandbox app',
		DateTimeUTC: `/Date(${core.now()})/`,
		...content,
	},
});

/** The default answer of the API is XML: without `Accept: application/json` that is what comes. */
function inFormat(request: SandboxRequest, answer: SandboxResponse): SandboxResponse {
	const { body } = answer;
	const plain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
	if (plain || (request.headers.accept ?? '').includes('json')) return answer;
	return { ...answer, headers: { ...answer.headers, 'content-type': 'application/xml; charset=utf-8' }, body: toXml('Response', body) };
}

async function serve(core: Core, request: SandboxRequest, areas: Area[], run: (call: Call) => SandboxResponse): Promise<SandboxResponse> {
	const token = authenticate(core, request);
	const organisation = openOrganisation(core, request, token, areas);
	const { headers, leave } = takePlace(core, organisation.tenantId);
	try {
		if (core.settings.processingMs > 0) await pause(core.settings.processingMs);
		if (request.raw.length > MAX_BYTES) throw problem(413, 'Request Entity Too Large', 'The request is larger than 3.5 MB');
		const unitDecimals = request.query.get('unitdp') === '4' ? 4 : 2;
		const call: Call = { core, organisation, request, unitDecimals, changes: [] };
		const answer = await once(core, request, () => run(call));
		if (answer.status < 300) announce(core, organisation, call.changes);
		return { ...answer, headers: { ...headers, ...answer.headers } };
	} finally {
		leave();
	}
}

/** Registers one endpoint; `areas` = any of these scopes opens it. */
export function route(router: Router, core: Core, method: string, path: string, areas: Area[], run: (call: Call) => SandboxResponse): void {
	router.on(method, BASE + path, async (request) => {
		try {
			return inFormat(request, await serve(core, request, areas, run));
		} catch (error) {
			if (!(error instanceof HttpError)) throw error;
			return inFormat(request, { status: error.status, body: error.body, headers: error.headers });
		}
	});
}

/** Null means "not given" on the way in. */
function withoutNulls(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutNulls);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, entry]) => entry !== null)
			.map(([key, entry]) => [key, withoutNulls(entry)]),
	);
}

export interface Element<Input> {
	/** As it was sent; a refused element is echoed. */
	sent: Record<string, unknown>;
	input?: Input;
	/** Values out of bounds; wrong types refuse the whole request. */
	messages: string[];
}

/** Reads `{"Invoices": […]}` or a single object. Throws 400 for anything else, unknown fields and wrong types. */
export function readElements<Schema extends z.ZodTypeAny>({ request, core }: Call, name: string, schema: Schema): Array<Element<z.output<Schema>>> {
	const body = withoutNulls(request.body);
	if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badBody(`The body has to be an object with ${name}`);
	const list = name in body ? (body as Record<string, unknown>)[name] : [body];
	if (!Array.isArray(list)) throw badBody(`${name} has to be an array`);
	if (list.length === 0) throw badBody(`${name} is empty`);
	if (list.length > ADVISED_ELEMENTS) core.breaches.push(`${request.method} ${request.path}: ${list.length} elements, advised are at most ${ADVISED_ELEMENTS}`);
	return list.map((sent: unknown) => {
		const parsed = schema.safeParse(sent);
		if (parsed.success) return { sent: sent as Record<string, unknown>, input: parsed.data as z.output<Schema>, messages: [] };
		const structural = parsed.error.issues.find(({ code }) => code === 'invalid_type' || code === 'unrecognized_keys' || code === 'invalid_union');
		if (structural) throw badBody(`${structural.path.join('.')} ${structural.message}`);
		const messages = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
		return { sent: sent as Record<string, unknown>, messages };
	});
}

/**
 * Writes elements one by one. With `summarizeErrors=false` each stands for itself and the answer is always 200;
 * without it one bad element refuses all of them with 400.
 */
export function writeElements<Input>(
	call: Call,
	names: { list: string; id: string },
	elements: Array<Element<Input>>,
	write: (input: Input) => object,
): SandboxResponse {
	const { organisation } = call;
	const summarize = call.request.query.get('summarizeErrors') !== 'false';
	const backup = summarize ? structuredClone(organisation) : undefined;
	let failed = false;
	const results = elements.map(({ sent, input, messages }) => {
		try {
			if (input === undefined) throw new Invalid(messages);
			return { ...write(input), StatusAttributeString: 'OK' };
		} catch (error) {
			if (!(error instanceof Invalid)) throw error;
			failed = true;
			const errors = error.messages.map((text) => ({ Message: text }));
			return { [names.id]: NO_ID, ...sent, StatusAttributeString: 'ERROR', HasErrors: true, ValidationErrors: errors };
		}
	});
	if (failed && backup) {
		Object.assign(organisation, backup);
		const refused = results.filter((entry) => entry.StatusAttributeString === 'ERROR');
		throw validationException(refused);
	}
	return ok(call.core, { [names.list]: results });
}

/** `UpdatedDateUTC` and its twin string. */
export const updatedFields = (ms: number) => ({ UpdatedDateUTC: msDate(ms), UpdatedDateUTCString: new Date(ms).toISOString().slice(0, 19) });
