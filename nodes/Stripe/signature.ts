import { hmacSha256, safeEqual } from '../shared/signature';

/** Stripe's own tolerance for the age of a signature. */
const TOLERANCE_SECONDS = 300;

export type SignatureCheck = 'valid' | 'missing' | 'mismatch' | 'too old';

/**
 * Checks `Stripe-Signature` (`t=…,v1=…[,v1=…]`) over the raw bytes. While a secret is being rolled there are two `v1`
 * entries: any match counts. `v0` never does.
 * @param now epoch seconds
 */
export function checkSignature(header: string | undefined, rawBody: Buffer, secret: string, now: number): SignatureCheck {
	const parts = (header ?? '').split(',').map((part) => part.split('=', 2) as [string, string | undefined]);
	const timestamp = parts.find(([name]) => name === 't')?.[1];
	const signatures = parts.flatMap(([name, value]) => (name === 'v1' && value ? [value] : []));
	if (timestamp === undefined || !/^\d+$/.test(timestamp) || signatures.length === 0) return 'missing';
	const expected = hmacSha256(secret, Buffer.concat([Buffer.from(`${timestamp}.`), rawBody]), 'hex');
	if (!signatures.some((signature) => safeEqual(signature, expected))) return 'mismatch';
	return now - Number(timestamp) > TOLERANCE_SECONDS ? 'too old' : 'valid';
}
