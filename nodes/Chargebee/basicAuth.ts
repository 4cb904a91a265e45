import { safeEqual } from '../shared/signature';

export interface BasicAuth {
	username: string;
	password: string;
}

/**
 * Checks an `Authorization: Basic` header. Chargebee signs nothing: this is all that tells its deliveries from anybody's.
 * Both parts are compared in constant time; a password may hold colons, a user name may not.
 */
export function checkBasicAuth(header: string | undefined, expected: BasicAuth): boolean {
	const [, encoded = ''] = /^basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
	const decoded = Buffer.from(encoded, 'base64').toString('utf8');
	const colon = decoded.indexOf(':');
	const [username, password] = colon < 0 ? ['', ''] : [decoded.slice(0, colon), decoded.slice(colon + 1)];
	const sameUser = safeEqual(username, expected.username);
	const samePassword = safeEqual(password, expected.password);
	return sameUser && samePassword && expected.password !== '';
}
