/** `chargebee-idempotency-key`: for 30 minutes the first answer is given again. */
import type { SandboxRequest, SandboxResponse } from '../kit/http';
import { lockTimeout, refusal, wrongValue } from './errors';
import type { Core } from './state';

const KEPT_SECONDS = 30 * 60;

export interface StoredAnswer {
	/** Path and parameters of the first request. */
	fingerprint: string;
	at: number;
	/** Missing while the first request is in progress. */
	answer?: SandboxResponse;
}

export const fingerprint = (request: SandboxRequest): string =>
	`${request.path} ${[...new URLSearchParams(request.raw.toString('utf8'))].map(String).sort().join('&')}`;

/**
 * The kept answer to a repeated request; undefined for a new key.
 * Throws 422 when the key came with another payload before, 429 while the first request is running.
 */
export function replay(core: Core, key: string, print: string): SandboxResponse | undefined {
	if (key.length > 100) throw wrongValue('chargebee-idempotency-key', 'should not be more than 100 characters');
	const stored = core.state.idempotency.get(key);
	if (!stored || core.now() - stored.at >= KEPT_SECONDS) return undefined;
	if (stored.fingerprint !== print) {
		throw refusal(422, 'unable_to_process_request', 'The idempotency key was used before with different parameters');
	}
	if (!stored.answer) throw lockTimeout();
	return { ...stored.answer, headers: { ...stored.answer.headers, 'chargebee-idempotency-replayed': 'true' } };
}

export function begin(core: Core, key: string, print: string): void {
	core.state.idempotency.set(key, { fingerprint: print, at: core.now() });
}

/** Keeps a successful answer; a refused request leaves the key free. */
export function finish(core: Core, key: string, answer: SandboxResponse): void {
	const stored = core.state.idempotency.get(key);
	if (!stored) return;
	if (answer.status >= 400) core.state.idempotency.delete(key);
	else stored.answer = structuredClone(answer);
}
