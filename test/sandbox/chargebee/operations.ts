/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
/** What every call goes through: limits, key, encoding, catalog, parameters, idempotency, lock. */
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';

import { decodeForm } from '../kit/form';
import type { Handler, Router, SandboxRequest, SandboxResponse } from '../kit/http';
import { ApiError, invalid, notEnabled, refusal, wrongValue } from './errors';
import { begin, fingerprint, finish, replay } from './idempotency';
import { authenticate } from './keys';
import { Limiter, lock, lockedCustomer } from './limits';
import { readParams } from './params';
import type { Core } from './state';

export const API = '/api/v2';

type Ids = Record<string, string>;
/** Custom fields: strings, whatever their type. */
export type Custom = Record<string, string | null>;

interface Rules {
	/** The call exists in this product catalog only. */
	catalog?: 'v1' | 'v2';
	/** Takes `cf_…` parameters. */
	custom?: boolean;
	/** Ignores the idempotency key. */
	estimate?: boolean;
}

export interface Operation {
	method: 'GET' | 'POST';
	path: string;
	rules: Rules;
	/** Checks the parameters and returns the work to do. */
	prepare(values: Record<string, unknown>): (core: Core, ids: Ids) => object;
}

/** `['POST', '/invoices/:id/add_charge']`, its parameters, and what it does; what `run` returns is answered with 200. */
export function operation<S extends z.ZodRawShape>(
	[method, path, rules = {}]: [Operation['method'], string, Rules?],
	shape: S,
	run: (core: Core, params: z.output<z.ZodObject<S, 'strict'>>, ids: Ids, custom: Custom) => object,
): Operation {
	return {
		method,
		path: API + path,
		rules,
		prepare(values) {
			const isCustom = (name: string) => rules.custom === true && /^cf_[a-z0-9_]+$/.test(name);
			const own = Object.fromEntries(Object.entries(values).filter(([name]) => !isCustom(name)));
			const custom = Object.entries(values).filter(([name]) => isCustom(name));
			const params = readParams(shape, own);
			return (core, ids) =>
				run(core, params, ids, Object.fromEntries(custom.map(([name, value]) => [name, customValue(name, value)])));
		},
	};
}

function customValue(name: string, value: unknown): string | null {
	if (typeof value !== 'string') throw wrongValue(name, 'is not in the expected form');
	return value === '' ? null : value;
}

/** Puts all operations on the router. Returns the answers to paths that do not exist and to broken JSON. */
export function serveOperations(core: Core, router: Router, operations: Operation[]): { notFound: Handler; badJson: Handler } {
	const limiter = new Limiter();
	for (const entry of operations) {
		router.on(
			entry.method,
			entry.path,
			async (request) => await guarded(core, limiter, request, async (user) => await perform(core, entry, request, user)),
		);
	}
	const refuseWith = (error: (request: SandboxRequest) => ApiError) => async (request: SandboxRequest) =>
		await guarded(core, limiter, request, () => {
			throw error(request);
		});
	return { notFound: refuseWith(nothingHere), badJson: refuseWith(wrongContentType) };
}

function nothingHere({ method, path }: SandboxRequest): ApiError {
	if (method !== 'GET' && method !== 'POST')
		return refusal(405, 'http_method_not_supported', `The HTTP method ${method} is not supported`);
	return refusal(404, 'resource_not_found', `Sorry, there is nothing at ${method} ${path}`);
}

const wrongContentType = ({ headers }: SandboxRequest) =>
	invalid(`Content-Type '${headers['content-type']}' is not supported; send application/x-www-form-urlencoded`);

async function guarded(
	core: Core,
	limiter: Limiter,
	request: SandboxRequest,
	work: (user: string) => SandboxResponse | Promise<SandboxResponse>,
): Promise<SandboxResponse> {
	try {
		const user = authenticate(request);
		limiter.enter(core);
		try {
			return await work(user);
		} finally {
			limiter.leave();
		}
	} catch (error) {
		return errorAnswer(error);
	}
}

function errorAnswer(error: unknown): SandboxResponse {
	if (!(error instanceof ApiError)) throw error;
	return { status: error.status, headers: error.detail.headers, body: error.body() };
}

async function perform(core: Core, entry: Operation, request: SandboxRequest, user: string): Promise<SandboxResponse> {
	checkCatalog(core, entry);
	const values = readValues(request);
	const run = entry.prepare(values);
	const actor = { source: 'api', user, muted: request.headers['chargebee-event-webhook'] === 'all-disabled' } as const;
	if (request.method === 'GET') return core.as(actor, () => ({ status: 200, body: structuredClone(run(core, request.params)) }));

	const key = entry.rules.estimate ? undefined : request.headers['chargebee-idempotency-key'];
	const print = fingerprint(request);
	const kept = key === undefined ? undefined : replay(core, key, print);
	if (kept) return kept;
	const release = lock(core, lockedCustomer(core, request.path, request.params, values));
	if (key !== undefined) begin(core, key, print);
	try {
		if (core.settings.processingMs > 0) await pause(core.settings.processingMs);
		const answer = core.as(actor, () => attempt(core, run, request.params));
		if (key !== undefined) finish(core, key, answer);
		return answer;
	} finally {
		release();
	}
}

function attempt(core: Core, run: (core: Core, ids: Ids) => object, ids: Ids): SandboxResponse {
	try {
		return { status: 200, body: structuredClone(run(core, ids)) };
	} catch (error) {
		return errorAnswer(error);
	}
}

function checkCatalog(core: Core, { rules, path }: Operation): void {
	const site = core.settings.catalog === 'v1' ? 'v1' : 'v2';
	if (rules.catalog === undefined || rules.catalog === site) return;
	throw notEnabled(`${path} belongs to product catalog ${rules.catalog === 'v1' ? '1.0' : '2.0'}, which this site does not have`);
}

/** Parameters of the query (GET) or the form (POST). Throws 400 for any other kind of body and for ambiguous spelling. */
function readValues(request: SandboxRequest): Record<string, unknown> {
	if (request.method === 'GET') return decodeForm(request.query.toString());
	if ([...request.query.keys()].length > 0) throw invalid('Parameters of a POST belong in the body, not in the query');
	if (request.raw.length === 0) return {};
	const type = request.headers['content-type'] ?? '';
	if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) throw wrongContentType(request);
	const names = [...new URLSearchParams(request.raw.toString('utf8')).keys()];
	const wrong = names.find((name, index) => name.includes('[]') || names.indexOf(name) !== index);
	if (wrong !== undefined) throw wrongValue(wrong, 'should be sent once, arrays with an index: name[0], name[1]');
	return request.body as Record<string, unknown>;
}
