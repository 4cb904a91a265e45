/** The API keys of the sandbox site; put together so that no literal looks like a real one. */
import type { SandboxRequest } from '../kit/http';
import { refusal } from './errors';

export const SITE = 'sandbox-test';
export const FULL_ACCESS_KEY = ['test', 'full', 'sandbox'].join('_');
export const READ_ONLY_KEY = ['test', 'readonly', 'sandbox'].join('_');
export const PUBLISHABLE_KEY = ['test', 'publishable', 'sandbox'].join('_');

const NAMES: Record<string, string> = {
	[FULL_ACCESS_KEY]: 'full_access_key_v1',
	[READ_ONLY_KEY]: 'read_only_key_v1',
	[PUBLISHABLE_KEY]: 'publishable_key_v1',
};

/**
 * HTTP Basic with the key as user name and no password. Returns the key's name as events show it.
 * Throws 401 for a missing or unknown key, 403 for one that may not do this.
 */
export function authenticate(request: SandboxRequest): string {
	const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ');
	const decoded = Buffer.from(credentials, 'base64').toString('utf8');
	const colon = decoded.indexOf(':');
	const key = decoded.slice(0, colon);
	if (!/^basic$/i.test(scheme) || colon < 0) {
		throw refusal(
			401,
			'basic_authentication_failed',
			'Sorry, authentication failed. No API key was sent as the user name of HTTP Basic',
		);
	}
	if (!Object.hasOwn(NAMES, key) || decoded.length > colon + 1) {
		throw refusal(401, 'api_authentication_failed', 'Sorry, authentication failed. Invalid API key');
	}
	if (key === PUBLISHABLE_KEY || (key === READ_ONLY_KEY && request.method !== 'GET')) {
		throw refusal(
			403,
			'api_authorization_failed',
			'Sorry, operation not permitted. The API key used does not have the required permission',
		);
	}
	return NAMES[key];
}
