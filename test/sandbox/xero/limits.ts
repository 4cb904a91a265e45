/** Limits per organisation and per app (sheet §3). */
import { problem } from './errors';
import type { Core } from './state';

const MINUTE = 60_000;
const DAY = 24 * 3600_000;
const APP = 'app';

/** Names in `X-Rate-Limit-Problem` vary in the wild; these are the common ones. */
function exceeded(kind: 'minute' | 'day' | 'concurrent' | 'appminute', retryAfterMs?: number): Error {
	const headers: Record<string, string> = { 'X-Rate-Limit-Problem': kind };
	if (retryAfterMs !== undefined) headers['Retry-After'] = String(Math.max(Math.ceil(retryAfterMs / 1000), 1));
	return problem(429, 'Too Many Requests', `Rate limit exceeded: ${kind}`, headers);
}

/** Calls of the last day, oldest first. */
function callsOf(core: Core, key: string): number[] {
	const times = core.calls.get(key) ?? [];
	core.calls.set(key, times);
	while (times.length > 0 && times[0] <= core.now() - DAY) times.shift();
	return times;
}

/**
 * Takes a place for one call. Replays of idempotent calls and refused calls count, too.
 * Throws 429 with `X-Rate-Limit-Problem`, and `Retry-After` except for too many at the same time.
 */
export function takePlace(core: Core, tenantId: string): { headers: Record<string, string>; leave: () => void } {
	const now = core.now();
	const calls = callsOf(core, tenantId);
	const appCalls = callsOf(core, APP);
	const lastMinute = calls.filter((time) => time > now - MINUTE);
	const appMinute = appCalls.filter((time) => time > now - MINUTE);
	const running = core.inProgress.get(tenantId) ?? 0;
	const limits = core.settings.rateLimits;
	if (limits) {
		if (running >= limits.concurrent) throw exceeded('concurrent');
		if (calls.length >= limits.day) throw exceeded('day', calls[0] + DAY - now);
		if (lastMinute.length >= limits.minute) throw exceeded('minute', lastMinute[0] + MINUTE - now);
		if (appMinute.length >= limits.appMinute) throw exceeded('appminute', appMinute[0] + MINUTE - now);
	}
	calls.push(now);
	appCalls.push(now);
	core.inProgress.set(tenantId, running + 1);
	const left = (limit: number | undefined, used: number) => String(Math.max((limit ?? 5000) - used, 0));
	return {
		headers: {
			'X-DayLimit-Remaining': left(limits?.day, calls.length),
			'X-MinLimit-Remaining': left(limits?.minute ?? 60, lastMinute.length + 1),
			'X-AppMinLimit-Remaining': left(limits?.appMinute ?? 10_000, appMinute.length + 1),
		},
		leave: () => core.inProgress.set(tenantId, (core.inProgress.get(tenantId) ?? 1) - 1),
	};
}
