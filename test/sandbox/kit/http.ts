/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Contract } from './contract';
import { addControlRoutes, type Control } from './control';
import { FaultList, type Fault } from './faults';
import { decodeForm } from './form';
import { Router, type BeforeHook } from './router';

export type { Control } from './control';
export type { Fault } from './faults';
export { Router, type BeforeHook } from './router';

export interface SandboxRequest {
	method: string;
	/** Without the query. */
	path: string;
	params: Record<string, string>;
	query: URLSearchParams;
	/** Names in lower case. */
	headers: Record<string, string>;
	raw: Buffer;
	/** Parsed JSON, or the bracket-decoded form as nested objects and arrays of strings; undefined for any other content type. */
	body: unknown;
}

export interface SandboxResponse {
	status: number;
	headers?: Record<string, string>;
	/** Object → JSON; string or Buffer as it is; undefined → empty. */
	body?: unknown;
}

export type Handler = (request: SandboxRequest) => SandboxResponse | Promise<SandboxResponse>;

export interface RequestRecord {
	method: string;
	path: string;
	query: string;
	headers: Record<string, string>;
	body: unknown;
	/** 0 while (or because) no answer was sent. */
	status: number;
	/** Arrival, milliseconds since 1970. */
	at: number;
	/** Kind of the fault this request met. */
	fault?: string;
}

/** Thrown by handlers and hooks to answer with an error. */
export class HttpError extends Error {
	constructor(
		readonly status: number,
		readonly body: unknown,
		readonly headers?: Record<string, string>,
	) {
		super(`HTTP ${status}`);
	}
}

export interface RateLimit {
	requests: number;
	perMs: number;
	/** What the 429 looks like. */
	body?: unknown;
	headers?: Record<string, string>;
}

export interface ServerOptions {
	name: string;
	/** Default 0 = any free one. */
	port?: number;
	router: Router;
	contract?: Contract;
	/** Runs before the route (authentication, limits); may throw `HttpError` or answer in the route's place. */
	before?: BeforeHook;
	rateLimit?: RateLimit;
	/** What `/_sandbox/...` offers; see control.ts. */
	control?: Control;
	/** Answer for a path no route knows (default 404 with a `message`). */
	notFound?: Handler;
	/** Answer for a body that is not JSON although it says so (default 400 with a `message`). */
	badJson?: Handler;
}

export interface SandboxServer {
	readonly name: string;
	/** `http://127.0.0.1:port` */
	readonly url: string;
	readonly requests: RequestRecord[];
	/** What the OpenAPI contract says against accepted requests and against our own answers; also crashes of handlers. */
	readonly violations: string[];
	addFault(fault: Fault): void;
	clearFaults(): void;
	close(): Promise<void>;
}

const message = (status: number, text: string): Handler => () => ({ status, body: { message: text } });

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of incoming) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}

/** Undefined when the text is not JSON; only called for non-empty text, which cannot parse to undefined. */
function parseJson(text: string): { value: unknown } | undefined {
	try {
		return { value: JSON.parse(text) as unknown };
	} catch {
		return undefined;
	}
}

async function readRequest(incoming: IncomingMessage): Promise<{ request: SandboxRequest; badJson: boolean }> {
	const target = incoming.url ?? '/';
	const mark = target.indexOf('?');
	const headers = Object.fromEntries(
		Object.entries(incoming.headers).map(([key, value]) => [key, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
	);
	const raw = await readBody(incoming);
	const type = (headers['content-type'] ?? '').toLowerCase();
	const request: SandboxRequest = {
		method: incoming.method ?? 'GET',
		path: mark < 0 ? target : target.slice(0, mark),
		params: {},
		query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
		headers,
		raw,
		body: undefined,
	};
	if (raw.length === 0) return { request, badJson: false };
	if (type.startsWith('application/x-www-form-urlencoded')) request.body = decodeForm(raw.toString('utf8'));
	if (!/^[a-z]+\/([a-z.-]+\+)?json/.test(type)) return { request, badJson: false };
	const parsed = parseJson(raw.toString('utf8'));
	request.body = parsed?.value;
	return { request, badJson: !parsed };
}

function send(response: ServerResponse, answer: SandboxResponse): void {
	const { body } = answer;
	const plain = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
	const headers: Record<string, string> = plain ? {} : { 'content-type': 'application/json' };
	Object.assign(headers, answer.headers);
	response.writeHead(answer.status, headers);
	response.end(plain ? (body as string | Buffer | undefined) : JSON.stringify(body));
}

/** Sliding window over arrival times. */
function rateLimiter(limit: RateLimit): () => void {
	const times: number[] = [];
	return () => {
		const now = Date.now();
		while (times.length > 0 && times[0] <= now - limit.perMs) times.shift();
		if (times.length >= limit.requests) throw new HttpError(429, limit.body ?? { message: 'Too Many Requests' }, limit.headers);
		times.push(now);
	};
}

/**
 * Starts a local HTTP server with the given routes. Requests are recorded, faults injected, and, with a contract, every request
 * answered 2xx and that answer are validated; what is wrong lands in `violations` and never changes the answer.
 */
export async function startServer(options: ServerOptions): Promise<SandboxServer> {
	const { router, contract } = options;
	const requests: RequestRecord[] = [];
	const violations: string[] = [];
	const faults = new FaultList();
	const limit = options.rateLimit && rateLimiter(options.rateLimit);
	const control = new Router();
	addControlRoutes(control, { control: options.control, requests, violations, faults });

	/** Runs hooks and route; every outcome is an answer. */
	async function answer(request: SandboxRequest, badJson: boolean): Promise<SandboxResponse> {
		try {
			limit?.();
			const route = router.find(request.method, request.path);
			request.params = route?.params ?? {};
			const early = await options.before?.(request);
			if (early) return early;
			if (badJson) return await (options.badJson ?? message(400, 'Invalid JSON in request body'))(request);
			if (!route) return await (options.notFound ?? message(404, 'Not found'))(request);
			return await route.handler(request);
		} catch (error) {
			if (error instanceof HttpError) return { status: error.status, body: error.body, headers: error.headers };
			if (error instanceof URIError) return { status: 400, body: { message: 'Malformed path' } };
			violations.push(`${request.method} ${request.path}: the sandbox crashed: ${error instanceof Error ? error.stack : String(error)}`);
			return { status: 500, body: { message: 'Sandbox error' } };
		}
	}

	async function answerChecked(request: SandboxRequest, badJson: boolean): Promise<SandboxResponse> {
		const result = await answer(request, badJson);
		if (contract && result.status >= 200 && result.status < 300) violations.push(...contract.check(request, result));
		return result;
	}

	async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
		const { request, badJson } = await readRequest(incoming);
		if (request.path.startsWith('/_sandbox/')) {
			const route = control.find(request.method, request.path);
			request.params = route?.params ?? {};
			return send(response, route ? await route.handler(request) : { status: 404, body: { message: 'Not found' } });
		}
		const record: RequestRecord = {
			method: request.method,
			path: request.path,
			query: request.query.toString(),
			headers: request.headers,
			body: request.body,
			status: 0,
			at: Date.now(),
		};
		requests.push(record);
		const fault = faults.take(request.method, request.path);
		if (fault) record.fault = fault.kind;
		if (fault?.kind === 'hang') return;
		if (fault?.kind === 'refuse') {
			incoming.socket.resetAndDestroy();
			return;
		}
		const result = faultAnswer(fault) ?? (await answerChecked(request, badJson));
		if (fault?.kind === 'lost') {
			incoming.socket.resetAndDestroy();
			return;
		}
		if (fault?.kind === 'delay') await new Promise<void>((resolve) => setTimeout(resolve, fault.ms ?? 1000));
		record.status = result.status;
		send(response, result);
	}

	const server = createServer((incoming, response) => {
		serve(incoming, response).catch((error: unknown) => {
			violations.push(`${incoming.method} ${incoming.url}: the server crashed: ${String(error)}`);
			incoming.socket.destroy();
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(options.port ?? 0, '127.0.0.1', resolve);
	});

	return {
		name: options.name,
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		violations,
		addFault: (fault) => faults.add(fault),
		clearFaults: () => faults.clear(),
		close: async () => {
			await new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			});
		},
	};
}

/** The answer a fault gives in the handler's place, if it does. */
function faultAnswer(fault: Fault | undefined): SandboxResponse | undefined {
	if (fault?.kind === 'status') return { status: fault.status ?? 500, headers: fault.headers, body: fault.body ?? { message: 'Fault' } };
	if (fault?.kind !== 'html') return undefined;
	const status = fault.status ?? 502;
	return {
		status,
		headers: { 'content-type': 'text/html', ...fault.headers },
		body: fault.body ?? `<html><head><title>${status}</title></head><body><h1>${status} Bad Gateway</h1></body></html>`,
	};
}
