import { createHash } from 'crypto';

/** JSON with sorted keys and without undefined values: equal content gives equal text. */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(value, (_key, inner: unknown) =>
		inner !== null && typeof inner === 'object' && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);
}

/** A short, stable fingerprint of any JSON value: 20 hex digits of its SHA-256. */
export const fingerprint = (value: unknown): string => createHash('sha256').update(canonicalJson(value) ?? '').digest('hex').slice(0, 20);

/** An idempotency key readable in a provider's request log: `m3ter:<bill>:<state>:<operation>:<hash of the body>`. */
export const idempotencyKey = (billId: string, state: string, operation: string, body: unknown): string =>
	['m3ter', billId, state, operation, fingerprint(body)].join(':');

/**
 * A deterministic RFC 9562 version-8 UUID of any parts: the same record always gets the same id.
 * Used for measurement uids, which m3ter limits to 50 characters.
 */
export function deterministicUuid(...parts: unknown[]): string {
	const bytes = createHash('sha256').update(canonicalJson(parts)).digest().subarray(0, 16);
	bytes[6] = (bytes[6] & 0x0f) | 0x80;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	const hex = bytes.toString('hex');
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
