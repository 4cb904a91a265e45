import fc from 'fast-check';

import { canonicalJson, deterministicUuid, fingerprint, idempotencyKey } from '../../nodes/shared/idempotency';

const reversedKeys = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(reversedKeys);
	if (value === null || typeof value !== 'object') return value;
	return Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, reversedKeys(inner)]));
};

describe('fingerprints', () => {
	test('do not depend on the order of keys, and differ with the content', () => {
		fc.assert(fc.property(fc.jsonValue(), (value) => expect(fingerprint(reversedKeys(value))).toBe(fingerprint(value))));
		fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => expect(fingerprint(a) === fingerprint(b)).toBe(canonicalJson(a) === canonicalJson(b))));
	});

	test('are the first 20 hex digits of the SHA-256 of the canonical JSON', () => {
		expect(canonicalJson({ b: 1, a: [{ d: null, c: undefined }] })).toBe('{"a":[{"d":null}],"b":1}');
		expect(fingerprint({})).toBe('44136fa355b3678a1146');
		expect(fingerprint(undefined)).toBe('e3b0c44298fc1c149afb');
	});

	test('know the order of a list', () => expect(fingerprint([1, 2])).not.toBe(fingerprint([2, 1])));

	test('do not change when an optional field is named but not given', () => expect(fingerprint({ a: 1, b: undefined })).toBe(fingerprint({ a: 1 })));
});

describe('idempotency keys', () => {
	test('are equal for equal writes only, readable, and short enough for Stripe (255)', () => {
		const id = '6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01';
		const key = idempotencyKey(id, 'in_1-0', 'add', { lines: [] });
		expect(key).toMatch(new RegExp(`^m3ter:${id}:in_1-0:add:[0-9a-f]{20}$`));
		const others = [idempotencyKey('x', 'in_1-0', 'add', { lines: [] }), idempotencyKey(id, 'in_1-1', 'add', { lines: [] }), idempotencyKey(id, 'in_1-0', 'remove', { lines: [] }), idempotencyKey(id, 'in_1-0', 'add', { lines: [1] })];
		expect(new Set([key, ...others]).size).toBe(5);
		expect(idempotencyKey(id, `in_${'x'.repeat(60)}-99`, 'update', {}).length).toBeLessThan(255);
	});
});

describe('deterministic UUIDs', () => {
	test('have the form of RFC 9562 version 8 and follow from their parts', () => {
		fc.assert(
			fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (parts) => {
				const uuid = deterministicUuid(...parts);
				expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
				expect(deterministicUuid(...parts)).toBe(uuid);
			}),
		);
	});

	test('tell parts apart by their borders', () => expect(deterministicUuid('ab', 'c')).not.toBe(deterministicUuid('a', 'bc')));
});
