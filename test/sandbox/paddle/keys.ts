/** Credentials of the sandbox account; put together so that no literal looks like a real one. */
import type { SandboxRequest } from '../kit/http';
import { forbidden } from './errors';

const key = (environment: string, name: string) =>
	['pdl', environment, 'apikey', `01${name}`.padEnd(26, '0'), 'x'.repeat(22), 'sbx'].join('_');

export const API_KEY = key('sdbx', 'sandbox');
/** May do only what the settings grant it. */
export const LIMITED_KEY = key('sdbx', 'limited');
/** A key of the live environment: refused here. */
export const LIVE_KEY = key('live', 'sandbox');

/** Paddle Classic. */
export const VENDOR_ID = 1234;
export const VENDOR_AUTH_CODE = 'ab12'.repeat(12);

/** `pdl_ntfset_<26>_<32>`, a new one for each notification destination. */
export const webhookSecret = (settingId: string) =>
	[
		'pdl',
		'ntfset',
		settingId.replace(/^ntfset_/, ''),
		[...settingId].reverse().join('').replace(/_/g, '').padEnd(32, '0').slice(0, 32),
	].join('_');

/** The key of a request. Throws 403 without a known one, or for one of the other environment. */
export function readKey(request: SandboxRequest): string {
	const { authorization } = request.headers;
	if (authorization === undefined) throw forbidden('authentication_missing', 'Authentication header missing');
	const value = /^bearer (\S+)$/i.exec(authorization)?.[1];
	if (value === undefined)
		throw forbidden('authentication_malformed', 'Authentication header included, but incorrectly formatted');
	if (/^pdl_live_apikey_/.test(value))
		throw forbidden('forbidden', "You aren't permitted to perform this request: the key belongs to the live environment");
	if (value !== API_KEY && value !== LIMITED_KEY) throw forbidden('invalid_token', 'The API key is not valid');
	return value;
}

/** Throws 403 when the limited key lacks a permission. */
export function checkPermission(value: string, granted: string[], permission: string | undefined): void {
	if (permission === undefined || value === API_KEY || granted.includes(permission)) return;
	throw forbidden('forbidden', `You aren't permitted to perform this request: the key lacks the permission ${permission}`);
}
