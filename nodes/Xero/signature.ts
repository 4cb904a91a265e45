import { hmacSha256, safeEqual } from '../shared/signature';

/** Checks `x-xero-signature` over the raw bytes. The key is used as Xero shows it, not decoded. */
export const isSigned = (header: unknown, rawBody: Buffer, key: string): boolean =>
	typeof header === 'string' && key !== '' && safeEqual(header, hmacSha256(key, rawBody, 'base64'));
