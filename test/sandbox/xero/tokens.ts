/* eslint-disable @n8n/community-nodes/require-node-api-error -- test code, never shipped */
/** OAuth 2.0 at `/identity/connect/authorize` and `/connect/token` (sheet §2), and what an access token may do. */
import { createHash, randomUUID } from 'node:crypto';

import { HttpError, type Router, type SandboxRequest, type SandboxResponse } from '../kit/http';
import { forbidden, unauthorized } from './errors';
import type { Core, Organisation } from './state';

/** Put together so that no literal looks like a live secret. */
export const CLIENT_ID = ['xero', 'sandbox', 'app'].join('-');
export const CLIENT_SECRET = ['xero', 'sandbox', 'app', 'secret'].join('-');
/** A custom connection: machine to machine, one organisation. */
export const CUSTOM_CLIENT_ID = ['xero', 'sandbox', 'custom', 'connection'].join('-');
export const CUSTOM_CLIENT_SECRET = ['xero', 'sandbox', 'custom', 'connection', 'secret'].join('-');

const ACCESS_SECONDS = 1800;
const REFRESH_SECONDS = 60 * 24 * 3600;
const CODE_SECONDS = 300;

export interface Grant {
	scopes: string[];
	/** Tenant ids the grant reaches. */
	tenants: string[];
	expiresAt: number;
	/** Set when the refresh token was used: from then on only the grace period is left. */
	usedAt?: number;
}

export interface Token extends Grant {
	custom: boolean;
}

export interface Connection {
	id: string;
	authEventId: string;
	tenantId: string;
	tenantType: 'ORGANISATION';
	tenantName: string;
	createdDateUtc: string;
	updatedDateUtc: string;
}

export type Area = 'invoices' | 'payments' | 'contacts' | 'settings' | 'attachments';

/** Scopes that open an area, without the `accounting.` in front. */
const OPENED_BY: Record<Area, string[]> = {
	invoices: ['invoices', 'transactions'],
	payments: ['payments', 'transactions'],
	contacts: ['contacts'],
	settings: ['settings'],
	attachments: ['attachments'],
};

const COMMON = ['offline_access', 'openid', 'profile', 'email'];
const named = (names: string[]) => names.flatMap((name) => [`accounting.${name}`, `accounting.${name}.read`]);
const GRANULAR = named(['invoices', 'payments', 'banktransactions', 'manualjournals', 'contacts', 'settings', 'attachments']);
const BROAD = named(['transactions', 'contacts', 'settings', 'attachments']);

const oauthError = (error: string, status = 400) => new HttpError(status, { error });

/** Throws `invalid_scope` when the app does not own one of them. */
function readScopes(core: Core, text: string | undefined): string[] {
	const scopes = (text ?? '').split(' ').filter(Boolean);
	const owned = [...COMMON, ...GRANULAR, ...(core.settings.appScopes === 'broad' ? BROAD : [])];
	if (scopes.length === 0 || scopes.some((scope) => !owned.includes(scope))) throw oauthError('invalid_scope');
	return scopes;
}

/** The consent screen, answered with yes for every organisation: back to the app with a code, or with the reason why not. */
function authorize(core: Core, { query }: SandboxRequest): SandboxResponse {
	const redirectUri = query.get('redirect_uri') ?? '';
	if (query.get('client_id') !== CLIENT_ID) throw oauthError('unauthorized_client');
	if (!URL.canParse(redirectUri)) throw oauthError('invalid_request');
	const target = new URL(redirectUri);
	const back = (values: Record<string, string>): SandboxResponse => {
		for (const [key, value] of Object.entries({ ...values, state: query.get('state') ?? '' })) target.searchParams.set(key, value);
		return { status: 302, headers: { location: target.href } };
	};
	if (query.get('response_type') !== 'code') return back({ error: 'unsupported_response_type' });
	try {
		const scopes = readScopes(core, query.get('scope') ?? '');
		const code = randomUUID();
		const challenge = query.get('code_challenge_method') === 'S256' ? (query.get('code_challenge') ?? undefined) : undefined;
		const tenants = [...core.state.organisations.keys()];
		core.state.codes.set(code, { scopes, tenants, redirectUri, challenge, expiresAt: core.now() + CODE_SECONDS * 1000 });
		return back({ code, scope: scopes.join(' ') });
	} catch (error) {
		if (error instanceof HttpError) return back(error.body as Record<string, string>);
		throw error;
	}
}

/** Access token and, when `offline_access` was granted, a new refresh token. */
function issue(core: Core, grant: { scopes: string[]; tenants: string[] }, custom = false): SandboxResponse {
	const { scopes, tenants } = grant;
	const accessToken = `access-${randomUUID()}`;
	core.state.tokens.set(accessToken, { scopes, tenants, custom, expiresAt: core.now() + ACCESS_SECONDS * 1000 });
	const body: Record<string, unknown> = { access_token: accessToken, expires_in: ACCESS_SECONDS, token_type: 'Bearer', scope: scopes.join(' ') };
	if (!custom && scopes.includes('offline_access')) {
		const refreshToken = `refresh-${randomUUID()}`;
		core.state.refreshTokens.set(refreshToken, { scopes, tenants, expiresAt: core.now() + REFRESH_SECONDS * 1000 });
		body.refresh_token = refreshToken;
	}
	return { status: 200, body };
}

/** Basic header with a secret; public clients (PKCE) name only their id in the body. */
function readClient(request: SandboxRequest, body: Record<string, string>): { id: string; withSecret: boolean } {
	const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
	if (!/^basic$/i.test(scheme)) return { id: body.client_id ?? '', withSecret: false };
	const [id, secret] = Buffer.from(value, 'base64').toString('utf8').split(':');
	const secrets: Record<string, string> = { [CLIENT_ID]: CLIENT_SECRET, [CUSTOM_CLIENT_ID]: CUSTOM_CLIENT_SECRET };
	if (!secret || secrets[id] !== secret) throw oauthError('invalid_client', 401);
	return { id, withSecret: true };
}

function token(core: Core, request: SandboxRequest): SandboxResponse {
	if (!(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) throw oauthError('invalid_request');
	const body = Object.fromEntries(new URLSearchParams(request.raw.toString('utf8')));
	const client = readClient(request, body);
	if (body.grant_type === 'client_credentials') {
		if (client.id !== CUSTOM_CLIENT_ID || !client.withSecret) throw oauthError('unauthorized_client');
		return issue(core, { scopes: readScopes(core, body.scope), tenants: [...core.state.organisations.keys()].slice(0, 1) }, true);
	}
	if (client.id !== CLIENT_ID) throw oauthError('invalid_client', 401);
	if (body.grant_type === 'authorization_code') return exchangeCode(core, body, client.withSecret);
	if (body.grant_type === 'refresh_token') return refresh(core, body.refresh_token);
	throw oauthError('unsupported_grant_type');
}

function exchangeCode(core: Core, body: Record<string, string>, withSecret: boolean): SandboxResponse {
	const grant = core.state.codes.get(body.code);
	core.state.codes.delete(body.code);
	if (!grant || grant.expiresAt < core.now() || grant.redirectUri !== body.redirect_uri) throw oauthError('invalid_grant');
	const verified = grant.challenge === createHash('sha256').update(body.code_verifier ?? '').digest('base64url');
	if (grant.challenge ? !verified : !withSecret) throw oauthError('invalid_grant');
	return issue(core, grant);
}

/** Every use gives a new refresh token; the old one works on for the grace period only. */
function refresh(core: Core, text: string): SandboxResponse {
	const grant = core.state.refreshTokens.get(text);
	const graceOver = grant?.usedAt !== undefined && core.now() - grant.usedAt > core.settings.refreshGraceSeconds * 1000;
	if (!grant || grant.expiresAt < core.now() || graceOver) throw oauthError('invalid_grant');
	grant.usedAt ??= core.now();
	return issue(core, grant);
}

/** Throws 401 without a valid token. */
export function authenticate(core: Core, request: SandboxRequest): Token {
	const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
	const found = /^bearer$/i.test(scheme) ? core.state.tokens.get(value) : undefined;
	if (!found) throw unauthorized('AuthenticationUnsuccessful');
	if (found.expiresAt <= core.now()) throw unauthorized(`TokenExpired: token expired at ${new Date(found.expiresAt).toISOString()}`);
	return found;
}

/** The organisation a call is for; throws 403 without a connected one or without the scope. A custom connection has only one and need not name it. */
export function openOrganisation(core: Core, request: SandboxRequest, { scopes, tenants, custom }: Token, areas: Area[]): Organisation {
	const tenantId = request.headers['xero-tenant-id'] ?? (custom ? tenants[0] : '');
	const connected = [...core.state.connections.values()].some((connection) => connection.tenantId === tenantId);
	const organisation = core.state.organisations.get(tenantId);
	if (!organisation || !connected || !tenants.includes(tenantId)) throw forbidden();
	const names = areas.flatMap((area) => OPENED_BY[area]);
	const wanted = names.flatMap((name) => (request.method === 'GET' ? [`accounting.${name}`, `accounting.${name}.read`] : [`accounting.${name}`]));
	if (!wanted.some((scope) => scopes.includes(scope))) throw forbidden();
	return organisation;
}

/** A token as it comes out of the consent screen, without walking through it. */
export function grantToken(core: Core, scopes: string): { access_token: string; refresh_token?: string } {
	const granted = { scopes: readScopes(core, scopes), tenants: [...core.state.organisations.keys()] };
	return issue(core, granted).body as { access_token: string; refresh_token?: string };
}

export function addTokenRoutes(router: Router, core: Core): void {
	router.on('GET', '/identity/connect/authorize', (request) => authorize(core, request));
	router.on('POST', '/connect/token', (request) => token(core, request));
	for (const path of ['/connections', '/Connections']) {
		router.on('GET', path, (request) => {
			const { tenants } = authenticate(core, request);
			const authEventId = request.query.get('authEventId');
			const all = [...core.state.connections.values()].filter((entry) => tenants.includes(entry.tenantId));
			return { status: 200, body: all.filter((entry) => !authEventId || entry.authEventId === authEventId) };
		});
		router.on('DELETE', `${path}/:id`, (request) => {
			authenticate(core, request);
			return { status: core.state.connections.delete(request.params.id) ? 204 : 404 };
		});
	}
}
