/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
/** What every call goes through: key, version, limits, permission, parameters, idempotency, expansion, headers. */
import { setTimeout as pause } from 'node:timers/promises';

import type { Router, SandboxRequest, SandboxResponse } from '../kit/http';
import { decodeForm } from '../kit/form';
import { API_VERSION, type Core, type PlannedFailure } from './core';
import { ApiError } from './errors';
import { expanded } from './expand';
import { begin, fingerprint, finish, replay } from './idempotency';
import { checkPermission, readKey, type Resource } from './keys';
import { list, readFields, text, type Fields, type Read } from './params';
import { RateLimiter } from './rateLimit';

type Method = 'GET' | 'POST' | 'DELETE';
type Ids = Record<string, string>;

/** One API call: its parameters are checked before `run` sees them; what `run` returns is answered with 200. */
export interface Operation {
	method: Method;
	/** Pattern as in the router. */
	path: string;
	resource: Resource;
	/** Checks the parameters and returns the work to do. */
	prepare(params: Record<string, unknown>): { expand: string[]; run: (core: Core, ids: Ids) => object };
}

const EXPAND = { expand: list(text(), { max: 20 }) };

/** `['POST', '/v1/invoices', 'invoices']` and the fields of the call; `expand` is understood by every call. */
export function operation<F extends Fields>(
	[method, path, resource]: [Method, string, Resource],
	fields: F,
	run: (core: Core, params: Read<F>, ids: Ids) => object,
): Operation {
	return {
		method,
		path,
		resource,
		prepare(values) {
			const { expand, ...own } = values;
			const read = readFields(fields, own);
			return {
				expand: readFields(EXPAND, expand === undefined ? {} : { expand }).expand ?? [],
				run: (core, ids) => run(core, read, ids),
			};
		},
	};
}

/** Puts all operations on the router; the same checks guard paths that do not exist. */
export function serveOperations(
	core: Core,
	router: Router,
	operations: Operation[],
): (request: SandboxRequest) => Promise<SandboxResponse> {
	const limiter = new RateLimiter();
	for (const entry of operations) {
		router.on(entry.method, entry.path, async (request) => {
			return await answer(core, limiter, request, async (requestId, key) => await perform(core, entry, request, requestId, key));
		});
	}
	return async (request) =>
		await answer(core, limiter, request, () => {
			throw new ApiError(
				404,
				`Unrecognized request URL (${request.method}: ${request.path}). Please see https://stripe.com/docs.`,
			);
		});
}

/** Guards a request and turns errors into answers; every answer has a `Request-Id`. */
async function answer(
	core: Core,
	limiter: RateLimiter,
	request: SandboxRequest,
	work: (requestId: string, key: string) => Promise<SandboxResponse>,
): Promise<SandboxResponse> {
	const requestId = core.newId('req');
	const idempotencyKey = request.headers['idempotency-key'];
	const common: Record<string, string> = {
		'Request-Id': requestId,
		'Stripe-Version': request.headers['stripe-version'] ?? API_VERSION,
		...(idempotencyKey !== undefined && request.method === 'POST' && { 'Idempotency-Key': idempotencyKey }),
	};
	try {
		const key = readKey(request);
		limiter.check(core.settings.rateLimits, request);
		checkVersion(request.headers['stripe-version']);
		const result = await work(requestId, key);
		return { ...result, headers: { ...common, ...result.headers } };
	} catch (error) {
		const result = errorAnswer(error, requestId);
		return { ...result, headers: { ...common, ...result.headers } };
	}
}

function errorAnswer(error: unknown, requestId: string): SandboxResponse {
	if (!(error instanceof ApiError)) throw error;
	return { status: error.status, headers: error.detail.headers, body: error.body(requestId) };
}

function checkVersion(version: string | undefined): void {
	if (version === undefined || /^20\d\d-\d\d-\d\d(\.[a-z]+)?$/.test(version)) return;
	throw new ApiError(400, `Invalid Stripe API version: ${version}. You must pass a valid version.`);
}

async function perform(
	core: Core,
	entry: Operation,
	request: SandboxRequest,
	requestId: string,
	key: string,
): Promise<SandboxResponse> {
	checkPermission(key, core.settings.restrictedKeyPermissions, entry.resource, entry.method === 'GET' ? 'read' : 'write');
	const values = readValues(request);
	const idempotencyKey = entry.method === 'POST' ? request.headers['idempotency-key'] : undefined;
	const print = fingerprint(request.method, request.path, values);
	const kept = idempotencyKey && replay(core, idempotencyKey, print);
	if (kept) return kept;
	// Thrown from here: nothing is kept for the key, since the request never began.
	const work = entry.prepare(values);
	if (idempotencyKey) begin(core, idempotencyKey, print, requestId);
	if (entry.method === 'POST' && core.settings.processingMs > 0) await pause(core.settings.processingMs);
	const result = execute(core, request, work, { id: requestId, idempotency_key: idempotencyKey ?? null });
	if (idempotencyKey) finish(core, idempotencyKey, result);
	return result;
}

type Work = ReturnType<Operation['prepare']>;

function execute(core: Core, request: SandboxRequest, work: Work, source: NonNullable<Core['request']>): SandboxResponse {
	core.request = source;
	try {
		const failure = takeFailure(core, request);
		if (failure?.kind === 'lock_timeout') throw lockTimeout();
		if (failure && !failure.applied) throw internalError();
		const result = work.run(core, request.params);
		if (failure) throw internalError();
		return { status: 200, body: expanded(core, result, work.expand) };
	} catch (error) {
		return errorAnswer(error, source.id);
	} finally {
		core.request = null;
	}
}

const internalError = () => new ApiError(500, 'An unknown error occurred', { type: 'api_error' });

function lockTimeout(): ApiError {
	const message =
		'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.';
	return new ApiError(429, message, { code: 'lock_timeout', headers: { 'Stripe-Should-Retry': 'true' } });
}

function takeFailure(core: Core, request: SandboxRequest): PlannedFailure | undefined {
	const index = core.plannedFailures.findIndex(
		({ method = request.method, path = request.path }) => method === request.method && request.path.startsWith(path),
	);
	return index < 0 ? undefined : core.plannedFailures.splice(index, 1)[0];
}

/** Query and form parameters together; any other kind of body is refused. */
function readValues(request: SandboxRequest): Record<string, unknown> {
	const query = decodeForm(request.query.toString());
	if (request.raw.length === 0) return query;
	const type = request.headers['content-type'] ?? '';
	if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
		throw new ApiError(400, 'Invalid request (check that your POST content type is application/x-www-form-urlencoded).');
	}
	return { ...query, ...(request.body as Record<string, unknown>) };
}
