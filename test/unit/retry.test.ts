import fc from 'fast-check';

import { backoffMs, isRetryableStatus, retryAfterMs } from '../../nodes/shared/retry';

test('time-outs, throttling and the server\'s own trouble may be repeated, refusals not', () => {
	expect([408, 429, 500, 502, 503, 504].every(isRetryableStatus)).toBe(true);
	expect([200, 201, 301, 400, 401, 403, 404, 409, 413, 422, 501].some(isRetryableStatus)).toBe(false);
});

describe('Retry-After', () => {
	const now = Date.parse('2026-05-01T00:00:00Z');

	test.each([
		['2', 2000],
		['0', 0],
		['0.5', 500],
		['-3', 0],
		[' 7 ', 7000],
		['Fri, 01 May 2026 00:00:30 GMT', 30_000],
		['Thu, 30 Apr 2026 23:59:00 GMT', 0],
		['soon', undefined],
		['', undefined],
		['  ', undefined],
		[undefined, undefined],
	])('%p is %p ms', (header, expected) => expect(retryAfterMs(header, now)).toBe(expected));
});

describe('backing off', () => {
	const options = { baseMs: 500, maxMs: 8000 };

	test('doubles to the ceiling, at least half of it kept', () => {
		const least = [1, 2, 3, 4, 5, 6, 30].map((attempt) => backoffMs(attempt, undefined, { ...options, random: () => 0 }));
		expect(least).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
		expect(backoffMs(1, undefined, { ...options, random: () => 0.5 })).toBe(375);
	});

	test('is never shorter than the service wishes, and never longer than both', () => {
		const wishes = fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined });
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 40 }), wishes, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, wish, random) => {
				const wait = backoffMs(attempt, wish, { ...options, random: () => random });
				expect(wait).toBeGreaterThanOrEqual(wish ?? 250);
				expect(wait).toBeLessThanOrEqual(Math.max(wish ?? 0, 8000));
			}),
		);
	});
});
