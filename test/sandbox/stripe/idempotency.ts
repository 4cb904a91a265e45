/** `Idempotency-Key` (sheet §7): the first answer is kept for 24 hours and given again, failures included. */
import type { SandboxResponse } from '../kit/http';
import type { Core } from './core';
import { ApiError } from './errors';

/** Seconds a key is remembered. */
const KEPT_SECONDS = 24 * 60 * 60;

export interface StoredAnswer {
	fingerprint: string;
	at: number;
	requestId: string;
	/** Missing while the first request is in progress. */
	answer?: SandboxResponse;
}

/** Text that is equal for equal parameters, whatever their order. */
export function fingerprint(method: string, path: string, params: unknown): string {
	const sorted = JSON.stringify(params, (_key, value: unknown) => {
		if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
		return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
	});
	return `${method} ${path} ${sorted}`;
}

/**
 * The kept answer to a repeated request; undefined for a new key.
 * Throws 400 `idempotency_error` when the key was used with other parameters, 409 `idempotency_key_in_use` while the first request is running.
 */
export function replay(core: Core, key: string, print: string): SandboxResponse | undefined {
	if (key.length > 255) throw new ApiError(400, 'Idempotency-Key must be at most 255 characters.', { type: 'idempotency_error' });
	const stored = core.state.idempotency.get(key);
	if (!stored) return undefined;
	if (core.now() - stored.at > KEPT_SECONDS) {
		core.state.idempotency.delete(key);
		return undefined;
	}
	if (stored.fingerprint !== print) {
		const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
		throw new ApiError(400, message, { type: 'idempotency_error' });
	}
	if (!stored.answer) {
		const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;
		throw new ApiError(409, message, { code: 'idempotency_key_in_use', type: 'idempotency_error' });
	}
	return { ...stored.answer, headers: { 'Idempotent-Replayed': 'true', 'Original-Request': stored.requestId } };
}

/** Marks a key as in progress. */
export function begin(core: Core, key: string, print: string, requestId: string): void {
	core.state.idempotency.set(key, { fingerprint: print, at: core.now(), requestId });
}

/** Keeps the answer; conflicts and rate limits (409, 429) leave the key free to be used again. */
export function finish(core: Core, key: string, answer: SandboxResponse): void {
	const stored = core.state.idempotency.get(key);
	if (!stored) return;
	if (answer.status === 409 || answer.status === 429) core.state.idempotency.delete(key);
	else stored.answer = { status: answer.status, body: answer.body };
}
