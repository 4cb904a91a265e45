/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
/** What every Paddle Billing call goes through: limits, key, version, permission, parameters, lock. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

import type { Handler, Router, SandboxRequest, SandboxResponse } from '../kit/http';
import { ApiError, conflict, invalidField, tooMany } from './errors';
import { checkPermission, readKey } from './keys';
import { readBody, readQuery } from './params';
import type { Core } from './state';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
type Ids = Record<string, string>;

/** What `run` gets: checked query parameters and body, the ids of the path, the URL asked for. */
export interface Call<B, Q> {
	query: Q;
	body: B;
	ids: Ids;
	url: string;
}

/** `status` defaults to 200; no `data` means an empty answer. */
export interface Result {
	status?: number;
	data?: object;
	pagination?: object;
}

export interface Operation {
	method: Method;
	path: string;
	permission: string | undefined;
	prepare(request: SandboxRequest): (core: Core, ids: Ids) => Result;
}

interface Rules<B extends z.ZodTypeAny, Q extends z.ZodRawShape> {
	query?: Q;
	body?: B;
}

/** `['POST', '/customers', 'customer.write']`, its query and body, and what it does. */
export function operation<B extends z.ZodTypeAny = z.ZodUndefined, Q extends z.ZodRawShape = Record<never, never>>(
	[method, path, permission]: [Method, string, string?],
	rules: Rules<B, Q>,
	run: (core: Core, call: Call<z.output<B>, z.output<z.ZodObject<Q, 'strict'>>>) => Result,
): Operation {
	return {
		method,
		path,
		permission,
		prepare(request) {
			const query = readQuery(rules.query ?? ({} as Q), request.query);
			const body = readBody(rules.body ?? z.undefined(), jsonBody(request, rules.body !== undefined)) as z.output<B>;
			const url = `http://${request.headers.host}${request.path}?${request.query.toString()}`;
			return (core, ids) => run(core, { query, body, ids, url });
		},
	};
}

/** Throws 400 for a body that is not JSON. A body nobody asked for may be an empty object, as the SDK sends it. */
function jsonBody(request: SandboxRequest, wanted: boolean): unknown {
	if (request.raw.length === 0) return wanted ? {} : undefined;
	const type = request.headers['content-type'] ?? '';
	if (!type.toLowerCase().startsWith('application/json'))
		throw new ApiError(415, 'unsupported_media_type', `Content-Type must be application/json, not '${type}'`);
	const empty = typeof request.body === 'object' && request.body !== null && Object.keys(request.body).length === 0;
	return !wanted && empty ? undefined : request.body;
}

/** Counts calls and previews of the last minute. */
class Limiter {
	private readonly times: Record<'requests' | 'previews', number[]> = { requests: [], previews: [] };

	check({ settings }: Core, path: string): void {
		if (!settings.rateLimits) return;
		const kind = path.endsWith('/preview') ? 'previews' : 'requests';
		const times = this.times[kind];
		const now = Date.now();
		while (times.length > 0 && times[0] <= now - 60_000) times.shift();
		if (times.length >= settings.rateLimits[kind]) {
			throw tooMany(
				'too_many_requests',
				'IP address exceeded the allowed rate limit',
				Math.ceil((times[0] + 60_000 - now) / 1000),
			);
		}
		times.push(now);
	}
}

/** Puts all operations on the router. Returns the answers to paths that do not exist and to bodies that are not JSON. */
export function serveOperations(core: Core, router: Router, operations: Operation[]): { notFound: Handler; badJson: Handler } {
	const limiter = new Limiter();
	for (const entry of operations) {
		router.on(
			entry.method,
			entry.path,
			async (request) => await guarded(core, limiter, request, async (key) => await perform(core, entry, request, key)),
		);
	}
	const refuseWith = (error: (request: SandboxRequest) => ApiError) => async (request: SandboxRequest) =>
		await guarded(core, limiter, request, () => {
			throw error(request);
		});
	return {
		notFound: refuseWith(({ method, path }) => new ApiError(404, 'not_found', `There is nothing at ${method} ${path}`)),
		badJson: refuseWith(() => new ApiError(400, 'invalid_json', 'The body is not valid JSON')),
	};
}

async function guarded(
	core: Core,
	limiter: Limiter,
	request: SandboxRequest,
	work: (key: string) => Promise<Result> | Result,
): Promise<SandboxResponse> {
	const requestId = randomUUID();
	try {
		limiter.check(core, request.path);
		const key = readKey(request);
		const version = request.headers['paddle-version'];
		if (version !== undefined && version !== '1') throw invalidField('Paddle-Version', `There is no version '${version}'`);
		const { status = 200, data, pagination } = await work(key);
		if (data === undefined) return { status };
		return { status, body: structuredClone({ data, meta: { request_id: requestId, ...(pagination && { pagination }) } }) };
	} catch (error) {
		return errorAnswer(error, requestId);
	}
}

function errorAnswer(error: unknown, requestId: string): SandboxResponse {
	if (!(error instanceof ApiError)) throw error;
	return { status: error.status, headers: error.detail.headers, body: error.body(requestId) };
}

async function perform(core: Core, entry: Operation, request: SandboxRequest, key: string): Promise<Result> {
	checkPermission(key, core.settings.limitedKeyPermissions, entry.permission);
	const run = entry.prepare(request);
	if (request.method === 'GET' || request.path.endsWith('/preview')) return run(core, request.params);
	const release = lock(core, request);
	try {
		if (core.settings.processingMs > 0) await pause(core.settings.processingMs);
		return run(core, request.params);
	} finally {
		release();
	}
}

/** Only one change of a subscription at a time. Throws 409. */
function lock(core: Core, request: SandboxRequest): () => void {
	const { id } = request.params;
	if (!request.path.startsWith('/subscriptions/')) return () => undefined;
	if (core.locks.has(id))
		throw conflict('subscription_locked_processing', 'The subscription is locked: another change is being processed');
	core.locks.add(id);
	return () => core.locks.delete(id);
}
