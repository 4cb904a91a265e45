/** OAuth 2.0 (sheet §5): consent at `/connect/oauth2`, tokens at `/oauth2/v1/tokens/bearer`, revocation at `/v2/oauth2/tokens/revoke`. */
import { randomUUID } from 'node:crypto';

import { HttpError, type Router, type SandboxRequest, type SandboxResponse } from '../kit/http';
import { companyFault, tokenFault } from './errors';
import type { Company, Core } from './state';

/** Put together so that no literal looks like a live secret. */
export const CLIENT_ID = ['quickbooks', 'sandbox', 'app'].join('-');
export const CLIENT_SECRET = ['quickbooks', 'sandbox', 'app', 'secret'].join('-');
export const SCOPE = 'com.intuit.quickbooks.accounting';

const ACCESS_SECONDS = 3600;
const DAY = 24 * 3600;
const REFRESH_SECONDS = 100 * DAY;
const HARD_SECONDS = 5 * 365 * DAY;

export interface Grant {
	realmId: string;
	scopes: string[];
	expiresAt: number;
	/** Refresh tokens: when this value came into being; it changes about daily. */
	createdAt: number;
}

const oauthError = (error: string, status = 400) => new HttpError(status, { error });

/** The consent screen, answered with yes for one company: back with `code`, `state` and `realmId`. */
function authorize(core: Core, { query }: SandboxRequest): SandboxResponse {
	const redirectUri = query.get('redirect_uri') ?? '';
	const scopes = (query.get('scope') ?? '').split(' ').filter(Boolean);
	if (query.get('client_id') !== CLIENT_ID || !URL.canParse(redirectUri) || query.get('response_type') !== 'code') throw oauthError('invalid_request');
	const target = new URL(redirectUri);
	target.searchParams.set('state', query.get('state') ?? '');
	if (!scopes.includes(SCOPE)) target.searchParams.set('error', 'invalid_scope');
	else {
		const realmId = core.settings.consentRealmId ?? [...core.state.companies.keys()][0];
		const code = randomUUID();
		core.state.codes.set(code, { realmId, scopes, redirectUri, createdAt: core.now(), expiresAt: core.now() + 600_000 });
		target.searchParams.set('code', code);
		target.searchParams.set('realmId', realmId);
	}
	return { status: 302, headers: { location: target.href } };
}

/** An access token, and the refresh token given or a new one. */
function issue(core: Core, realmId: string, scopes: string[], refreshToken?: string) {
	const now = core.now();
	const access = `access-${randomUUID()}`;
	const refresh = refreshToken ?? `refresh-${randomUUID()}`;
	core.state.tokens.set(access, { realmId, scopes, createdAt: now, expiresAt: now + ACCESS_SECONDS * 1000 });
	const known = core.state.refreshTokens.get(refresh);
	core.state.refreshTokens.set(refresh, { realmId, scopes, createdAt: known?.createdAt ?? now, expiresAt: now + REFRESH_SECONDS * 1000 });
	return { access_token: access, refresh_token: refresh, token_type: 'bearer', expires_in: ACCESS_SECONDS, x_refresh_token_expires_in: REFRESH_SECONDS };
}

function checkClient({ headers }: SandboxRequest): void {
	const expected = `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}`;
	if (headers.authorization !== expected) throw oauthError('invalid_client', 401);
}

/** Another value comes a day after the last one; from then on the old value is void. */
function refreshGrant(core: Core, text: string) {
	const grant = core.state.refreshTokens.get(text);
	if (!grant || grant.expiresAt < core.now()) throw oauthError('invalid_grant');
	if (core.now() - grant.createdAt < DAY * 1000) return issue(core, grant.realmId, grant.scopes, text);
	core.state.refreshTokens.delete(text);
	return issue(core, grant.realmId, grant.scopes);
}

function exchangeCode(core: Core, body: Record<string, string>) {
	const grant = core.state.codes.get(body.code);
	core.state.codes.delete(body.code);
	if (!grant || grant.expiresAt < core.now() || grant.redirectUri !== body.redirect_uri) throw oauthError('invalid_grant');
	return issue(core, grant.realmId, grant.scopes);
}

function token(core: Core, request: SandboxRequest): SandboxResponse {
	checkClient(request);
	const body = Object.fromEntries(new URLSearchParams(request.raw.toString('utf8')));
	const form = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
	if (!form || !['authorization_code', 'refresh_token'].includes(body.grant_type)) throw oauthError('invalid_request');
	const answer = body.grant_type === 'authorization_code' ? exchangeCode(core, body) : refreshGrant(core, body.refresh_token);
	const hard = request.headers['x-include-refresh-token-hard-expires-in'] === 'true';
	return { status: 200, body: { ...answer, ...(hard && { x_refresh_token_hard_expires_in: HARD_SECONDS }) } };
}

/** The company of a call; throws 401 without a valid token and 403 when it is for another company. */
export function openCompany(core: Core, request: SandboxRequest, realmId: string): Company {
	const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
	const grant = /^bearer$/i.test(scheme) ? core.state.tokens.get(value) : undefined;
	if (!grant) throw tokenFault('Token invalid');
	if (grant.expiresAt <= core.now()) throw tokenFault('Token expired');
	const company = core.state.companies.get(realmId);
	if (!company || grant.realmId !== realmId) throw companyFault();
	return company;
}

/** Tokens as they come out of the consent screen. */
export const grantToken = (core: Core, realmId: string) => issue(core, realmId, [SCOPE]);

export function addTokenRoutes(router: Router, core: Core): void {
	router.on('GET', '/connect/oauth2', (request) => authorize(core, request));
	router.on('POST', '/oauth2/v1/tokens/bearer', (request) => token(core, request));
	router.on('POST', '/v2/oauth2/tokens/revoke', (request) => {
		checkClient(request);
		const { token: text = '' } = (request.body ?? {}) as { token?: string };
		core.state.refreshTokens.delete(text);
		core.state.tokens.delete(text);
		return { status: 200 };
	});
}
