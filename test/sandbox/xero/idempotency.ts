/* eslint-disable @n8n/community-nodes/require-node-api-error -- test code, never shipped */
/** `Idempotency-Key` (sheet §3): kept for six minutes, errors included. */
import { createHash } from 'node:crypto';

import { HttpError, type SandboxRequest, type SandboxResponse } from '../kit/http';
import { problem } from './errors';
import type { Core } from './state';

const KEPT_MS = 6 * 60_000;
const MAX_LENGTH = 128;

export interface StoredAnswer {
	fingerprint: string;
	at: number;
	answer: SandboxResponse;
}

function fingerprint({ method, path, query, headers, raw }: SandboxRequest): string {
	const hash = createHash('sha256').update(raw).digest('hex');
	return [method, path, query.toString(), headers['xero-tenant-id'], hash].join(' ');
}

async function outcome(run: () => SandboxResponse | Promise<SandboxResponse>): Promise<SandboxResponse> {
	try {
		return await run();
	} catch (error) {
		if (error instanceof HttpError) return { status: error.status, body: error.body, headers: error.headers };
		throw error;
	}
}

/** Runs a call once per key; throws 400 for a key that is too long or belongs to another request. Reads take no key. */
export async function once(core: Core, request: SandboxRequest, run: () => SandboxResponse | Promise<SandboxResponse>): Promise<SandboxResponse> {
	const key = request.headers['idempotency-key'];
	if (key === undefined || request.method === 'GET') return await outcome(run);
	if (key === '' || key.length > MAX_LENGTH) throw problem(400, 'Bad Request', `The Idempotency-Key must have 1 to ${MAX_LENGTH} characters`);
	const print = fingerprint(request);
	const stored = core.state.idempotency.get(key);
	if (stored && core.now() - stored.at <= KEPT_MS) {
		if (stored.fingerprint !== print) throw problem(400, 'Bad Request', `The Idempotency-Key '${key}' is used with a different request`);
		return structuredClone(stored.answer);
	}
	const answer = await outcome(run);
	core.state.idempotency.set(key, { fingerprint: print, at: core.now(), answer: structuredClone(answer) });
	return answer;
}
