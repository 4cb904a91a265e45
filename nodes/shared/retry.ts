/** Statuses after which the same request may succeed: time-out, throttled, or the server's own trouble. */
const RETRYABLE = new Set([408, 429, 500, 502, 503, 504]);

export const isRetryableStatus = (status: number): boolean => RETRYABLE.has(status);

/** `Retry-After` in milliseconds: seconds or an HTTP date. Undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
	if (header === undefined || header.trim() === '') return undefined;
	const seconds = Number(header);
	if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
	const date = Date.parse(header);
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export interface BackoffOptions {
	baseMs: number;
	maxMs: number;
	/** 0..1, injected so that tests are exact. */
	random: () => number;
}

/**
 * How long to wait before attempt number `attempt` (1 = first retry): exponential, at least half of it kept,
 * the rest random so that parallel executions do not return in step. The server's own wish wins.
 */
export function backoffMs(attempt: number, wishMs: number | undefined, options: BackoffOptions): number {
	const ceiling = Math.min(options.maxMs, options.baseMs * 2 ** (attempt - 1));
	const jittered = ceiling / 2 + (ceiling / 2) * options.random();
	return Math.round(wishMs === undefined ? jittered : Math.max(wishMs, jittered));
}
