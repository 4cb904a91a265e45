import { createHmac, timingSafeEqual } from 'crypto';

export type DigestEncoding = 'hex' | 'base64';

/** HMAC-SHA256 over the raw bytes a provider signed. */
export const hmacSha256 = (secret: string, data: string | Buffer, encoding: DigestEncoding): string =>
	createHmac('sha256', secret).update(data).digest(encoding);

/** Compares two texts in time that depends on neither's content. Different lengths are unequal. */
export function safeEqual(left: string, right: string): boolean {
	const a = Buffer.from(left, 'utf8');
	const b = Buffer.from(right, 'utf8');
	return a.length === b.length && timingSafeEqual(a, b);
}
