 
import { randomBytes } from 'node:crypto';

import { HttpError, type Router, type SandboxRequest } from '../kit/http';
import { ACCESS_KEY_ID, API_SECRET, badRequest, nowMs, ORGANIZATION_ID, SERVICE_USER_ID, type Context, type Limit } from './context';
import { ok } from './requests';

/** Tokens, the firewall in front of the API, and rate limits. */

/** Bodies from this size on never reach the API. */
const WAF_BODY_LIMIT = 512_000;
/** The kind of text managed firewall rules block; far from all of it. */
const SUSPICIOUS = /<script\b|\.\.\/\.\.\/|\bunion\s+select\b|\bor\s+1\s*=\s*1\b|;\s*drop\s+table\b/i;

const blocked = () =>
	new HttpError(403, '<html>\n<head><title>403 Forbidden</title></head>\n<body>\n<center><h1>403 Forbidden</h1></center>\n</body>\n</html>\n', {
		'content-type': 'text/html',
	});

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that reads like the real one; its signature is random, the sandbox knows its tokens by heart. */
function newToken(context: Context): string {
	const issued = Math.floor(nowMs(context) / 1000);
	const claims = { sub: SERVICE_USER_ID, orgId: ORGANIZATION_ID, iss: 'm3ter-sandbox', iat: issued, exp: issued + context.settings.tokenLifetime };
	const token = [base64url({ alg: 'RS256', typ: 'JWT' }), base64url(claims), randomBytes(32).toString('base64url')].join('.');
	context.state.tokens.set(token, nowMs(context) + context.settings.tokenLifetime * 1000);
	return token;
}

export function serveToken(router: Router, context: Context): void {
	router.on('POST', '/oauth/token', ({ headers, body }) => {
		const expected = `Basic ${Buffer.from(`${ACCESS_KEY_ID}:${API_SECRET}`).toString('base64')}`;
		if (headers.authorization !== expected) throw new HttpError(context.settings.unauthorizedStatus, { message: 'Forbidden' });
		if (typeof body !== 'object' || body === null || !('grant_type' in body)) throw badRequest('grant_type is required');
		if (body.grant_type !== 'client_credentials') throw badRequest('grant_type must be client_credentials');
		return ok({ access_token: newToken(context), token_type: 'Bearer', expires_in: context.settings.tokenLifetime, scope: null });
	});
}

function limiter(limits: Limit[]): () => void {
	const windows = limits.map((limit) => ({ ...limit, times: [] as number[] }));
	return () => {
		const now = Date.now();
		for (const { times, requests, perMs } of windows) {
			while (times.length > 0 && times[0] <= now - perMs) times.shift();
			if (times.length >= requests) throw new HttpError(429, { message: 'Too Many Requests' });
		}
		for (const { times } of windows) times.push(now);
	};
}

/** The hook before every route. */
export function guard(context: Context): (request: SandboxRequest) => void {
	const config = limiter(context.settings.limits.config ?? []);
	const ingest = limiter(context.settings.limits.ingest ?? []);
	return ({ method, path, query, headers, raw }) => {
		if (path.startsWith('/presigned/')) return;
		if (raw.length >= WAF_BODY_LIMIT || !headers['user-agent']) throw blocked();
		if ([raw.toString('utf8'), path, ...query.values()].some((text) => SUSPICIOUS.test(text))) throw blocked();
		if (path === '/oauth/token') return;
		const [, organization, rest] = /^\/organizations\/([^/]+)(\/.*)$/.exec(path) ?? [];
		const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
		const expiry = context.state.tokens.get(token);
		if (expiry === undefined || expiry <= nowMs(context)) throw new HttpError(context.settings.unauthorizedStatus, { message: 'Forbidden' });
		if (organization !== undefined && organization !== ORGANIZATION_ID) throw new HttpError(403, { message: 'Forbidden' });
		if (method === 'POST' && rest === '/measurements') ingest();
		else config();
	};
}
