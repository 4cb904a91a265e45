import { hmacSha256, safeEqual } from '../shared/signature';

export type SignatureCheck = 'valid' | 'missing' | 'mismatch' | 'too old' | 'from the future';

/**
 * Checks `Paddle-Signature` (`ts=…;h1=…[;h1=…]`) over the raw bytes. While a secret rotates there are several `h1`: any match
 * counts.
 * @param now epoch seconds
 * @param toleranceSeconds how far the time of the signature may be off, either way
 */
export function checkSignature(header: string | undefined, rawBody: Buffer, secret: string, now: number, toleranceSeconds: number): SignatureCheck {
	const parts = (header ?? '').split(';').map((part) => part.trim().split('=', 2) as [string, string | undefined]);
	const timestamp = parts.find(([name]) => name === 'ts')?.[1];
	const signatures = parts.flatMap(([name, value]) => (name === 'h1' && value ? [value] : []));
	if (timestamp === undefined || !/^\d+$/.test(timestamp) || signatures.length === 0) return 'missing';
	const expected = hmacSha256(secret, Buffer.concat([Buffer.from(`${timestamp}:`), rawBody]), 'hex');
	if (!signatures.some((signature) => safeEqual(signature, expected))) return 'mismatch';
	const age = now - Number(timestamp);
	if (age > toleranceSeconds) return 'too old';
	return age < -toleranceSeconds ? 'from the future' : 'valid';
}
