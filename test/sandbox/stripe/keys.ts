/** API keys and what they may do. The constants are put together so that no literal looks like a real key. */
import type { SandboxRequest } from '../kit/http';
import { ApiError } from './errors';

export const SECRET_KEY = ['sk', 'test', 'sandbox'].join('_');
export const RESTRICTED_KEY = ['rk', 'test', 'sandbox'].join('_');
export const PUBLISHABLE_KEY = ['pk', 'test', 'sandbox'].join('_');

export type Resource =
	| 'customers'
	| 'products'
	| 'prices'
	| 'subscriptions'
	| 'checkout_sessions'
	| 'invoices'
	| 'webhook_endpoints'
	| 'events';
export type Access = 'none' | 'read' | 'write';

const PERMISSION_NAMES: Record<Resource, string> = {
	customers: 'customer',
	products: 'product',
	prices: 'plan',
	subscriptions: 'subscription',
	checkout_sessions: 'checkout_session',
	invoices: 'invoice',
	webhook_endpoints: 'webhook',
	events: 'event',
};

const masked = (key: string) => `${key.slice(0, 8)}${'*'.repeat(Math.max(key.length - 12, 3))}${key.slice(-4)}`;

/** The key of a request: bearer token, or user name of basic authentication. Throws 401 without a known one, 403 for a publishable key. */
export function readKey(request: SandboxRequest): string {
	const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
	let key = '';
	if (/^bearer$/i.test(scheme)) key = value;
	if (/^basic$/i.test(scheme)) key = Buffer.from(value, 'base64').toString('utf8').split(':')[0];
	if (!key) {
		const message =
			"You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
		throw new ApiError(401, message, { headers: { 'WWW-Authenticate': 'Basic realm="Stripe"' } });
	}
	if (key === PUBLISHABLE_KEY) {
		const message = 'This API call cannot be made with a publishable API key. Please use a secret API key.';
		throw new ApiError(403, message, { code: 'secret_key_required' });
	}
	if (key !== SECRET_KEY && key !== RESTRICTED_KEY) throw new ApiError(401, `Invalid API Key provided: ${masked(key)}`);
	return key;
}

/** Throws 403 when the restricted key lacks a permission. */
export function checkPermission(
	key: string,
	granted: Partial<Record<Resource, Access>>,
	resource: Resource,
	access: 'read' | 'write',
): void {
	if (key === SECRET_KEY) return;
	const has = granted[resource] ?? 'none';
	if (has === 'write' || has === access) return;
	const name = `rak_${PERMISSION_NAMES[resource]}_${access}`;
	const message = `The provided key '${masked(key)}' does not have the required permissions for this endpoint on account 'acct_sandbox'. Having the '${name}' permission would allow this request to continue.`;
	throw new ApiError(403, message);
}
