import { hmacSha256, safeEqual } from '../shared/signature';

/** The script sends once and at once: older deliveries are replays. */
const MAX_AGE_SECONDS = 300;

export type SignatureCheck = 'valid' | 'missing' | 'mismatch' | 'too old';

/**
 * Checks what `templates/netsuite/m3ter_sales_events.js` signs: lower-case hex of HMAC-SHA256 over `<timestamp>.<raw body>`.
 * @param timestamp header `X-M3ter-NS-Timestamp`, epoch seconds
 * @param signature header `X-M3ter-NS-Signature`
 */
export function checkScriptSignature(timestamp: unknown, signature: unknown, rawBody: Buffer, secret: string, nowSeconds: number): SignatureCheck {
	if (typeof timestamp !== 'string' || typeof signature !== 'string' || !/^\d+$/.test(timestamp) || signature === '' || secret === '') return 'missing';
	const expected = hmacSha256(secret, Buffer.concat([Buffer.from(`${timestamp}.`), rawBody]), 'hex');
	if (!safeEqual(signature, expected)) return 'mismatch';
	return Math.abs(nowSeconds - Number(timestamp)) > MAX_AGE_SECONDS ? 'too old' : 'valid';
}
