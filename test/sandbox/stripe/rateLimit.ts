import type { SandboxRequest } from '../kit/http';
import type { RateLimits } from './core';
import { ApiError } from './errors';

/** Counts the requests of the last second by name. */
export class RateLimiter {
	private readonly times = new Map<string, number[]>();

	/** Throws 429 with `Stripe-Rate-Limited-Reason` when a limit is reached; refused requests do not count. */
	check(limits: RateLimits | undefined, request: SandboxRequest): void {
		if (!limits) return;
		const search = request.path.endsWith('/search');
		const endpoint = `${request.method} ${request.path.replace(/_sbx\d+/g, '')}`;
		if (this.recent('account').length >= limits.account) throw limited('global-rate');
		if (this.recent(endpoint).length >= (search ? limits.search : limits.endpoint)) throw limited('endpoint-rate');
		const now = Date.now();
		this.recent('account').push(now);
		this.recent(endpoint).push(now);
	}

	private recent(name: string): number[] {
		const since = Date.now() - 1000;
		const kept = (this.times.get(name) ?? []).filter((at) => at > since);
		this.times.set(name, kept);
		return kept;
	}
}

/** 429 as Stripe words it. `reason` as in the header's documentation, e.g. `resource-specific`. */
export const limited = (
	reason: string,
	message = 'Request rate limit exceeded. Learn more about rate limits https://stripe.com/docs/rate-limits.',
) => new ApiError(429, message, { code: 'rate_limit', headers: { 'Stripe-Rate-Limited-Reason': reason } });
