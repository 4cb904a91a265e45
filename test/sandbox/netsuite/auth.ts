/** OAuth 2.0 client credentials with a signed assertion, and token-based authentication (sheet §3). */
import { constants, createHmac, createPublicKey, generateKeyPairSync, randomUUID, timingSafeEqual, verify } from 'node:crypto';

import { z } from 'zod';

import { HttpError, type SandboxRequest, type SandboxResponse } from '../kit/http';
import { invalidLogin } from './errors';
import type { Core } from './state';

/** A sandbox account: the host says `1234567-sb1`, the realm `1234567_SB1`. */
export const ACCOUNT_ID = '1234567_SB1';
export const HOST = `${ACCOUNT_ID.toLowerCase().replace('_', '-')}.suitetalk.api.netsuite.com`;
export const ASSERTION_ENDPOINT = '/services/rest/auth/oauth2/v1/token';

/** Put together so that no literal looks like a live secret. */
const credential = (...parts: string[]): string => ['netsuite', 'sandbox', ...parts].join('-');
export const CLIENT_ID = credential('client');
export const CONSUMER_KEY = credential('consumer', 'key');
export const CONSUMER_SECRET = credential('consumer', 'secret');
export const TOKEN_ID = credential('token', 'id');
export const TOKEN_SECRET = credential('token', 'secret');

const TOKEN_SECONDS = 3600;
const CLOCK_SECONDS = 300;
const RSA_BITS = 3072;
const CURVES: Record<string, string> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' };

export interface KeyPair {
	certificateId: string;
	/** PKCS#8 PEM, made when the sandbox starts and thrown away with it. */
	privateKey: string;
	publicKey: string;
}

export function generateKeys(algorithm: 'PS256' | 'ES256'): KeyPair {
	const { privateKey, publicKey } =
		algorithm === 'PS256' ? generateKeyPairSync('rsa', { modulusLength: RSA_BITS }) : generateKeyPairSync('ec', { namedCurve: CURVES.ES256 });
	return {
		certificateId: `certificate-${algorithm.toLowerCase()}`,
		privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
		publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
	};
}

const header = z.object({ typ: z.literal('JWT'), alg: z.enum(['PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']), kid: z.string() }).passthrough();
const payload = z
	.object({ iss: z.string(), scope: z.union([z.string(), z.array(z.string())]), aud: z.string(), iat: z.number(), exp: z.number() })
	.passthrough();

const oauthError = (error: string, description: string) => new HttpError(400, { error, error_description: description });

const decode = (part: string): unknown => {
	try {
		return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
	} catch {
		return undefined;
	}
};

/** Salt as long as the hash; r and s side by side, not DER. */
function isSigned(alg: string, publicKey: string, input: string, signature: Buffer): boolean {
	const key = createPublicKey(publicKey);
	const details = key.asymmetricKeyDetails ?? {};
	const hash = `sha${alg.slice(2)}`;
	if (alg.startsWith('PS')) {
		if (key.asymmetricKeyType !== 'rsa' || (details.modulusLength ?? 0) < RSA_BITS) return false;
		const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
		return verify(hash, Buffer.from(input), options, signature);
	}
	return details.namedCurve === CURVES[alg] && verify(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** URLs a request may claim to have been sent to: as it came, and as it would be called at NetSuite. */
export function urlsOf({ path, headers }: SandboxRequest): string[] {
	const at = path.indexOf('/services/');
	return [`http://${headers.host}${path}`, `https://${headers.host}${path}`, `https://${HOST}${path.slice(Math.max(at, 0))}`];
}

/** The token endpoint: `grant_type`, `client_assertion_type` and the assertion; no client secret. */
export function issueToken(core: Core, request: SandboxRequest): SandboxResponse {
	const form = Object.fromEntries(new URLSearchParams(request.raw.toString('utf8')));
	if (form.grant_type !== 'client_credentials') throw oauthError('unsupported_grant_type', 'grant_type has to be client_credentials');
	if (form.client_assertion_type !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') throw oauthError('invalid_request', 'client_assertion_type');
	const [first = '', second = '', third = ''] = (form.client_assertion ?? '').split('.');
	const head = header.safeParse(decode(first));
	const claims = payload.safeParse(decode(second));
	if (!head.success || !claims.success) throw oauthError('invalid_request', 'The assertion is not a JWT NetSuite takes');
	const { alg, kid } = head.data;
	const { iss, scope, aud, iat, exp } = claims.data;
	const publicKey = core.state.certificates.get(kid);
	const now = core.now() / 1000;
	if (iss !== CLIENT_ID || !publicKey) throw oauthError('invalid_client', 'Unknown client or certificate');
	if (!isSigned(alg, publicKey, `${first}.${second}`, Buffer.from(third, 'base64url'))) throw oauthError('invalid_client', 'The signature is wrong');
	if (!urlsOf(request).includes(aud)) throw oauthError('invalid_request', 'aud is not the token endpoint');
	if (exp <= now || exp - iat > 3600 || iat > now + CLOCK_SECONDS) throw oauthError('invalid_request', 'The assertion is not valid now or too long');
	const scopes = Array.isArray(scope) ? scope : scope.split(',').map((entry) => entry.trim());
	if (!scopes.includes('rest_webservices')) throw oauthError('invalid_scope', 'rest_webservices is missing');
	const accessToken = `access-${randomUUID()}`;
	core.state.tokens.set(accessToken, core.now() + TOKEN_SECONDS * 1000);
	return { status: 200, body: { access_token: accessToken, expires_in: String(TOKEN_SECONDS), token_type: 'Bearer' } };
}

/** RFC 3986, strictly: ! ' ( ) * are encoded, too. */
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** The signature base string: method, URL without query, and everything in query and header but the signature and the realm, sorted. */
export function baseString(method: string, url: string, query: Array<[string, string]>, oauth: Record<string, string>): string {
	const pairs = [...query, ...Object.entries(oauth)].map(([key, value]) => [encode(key), encode(value)]);
	pairs.sort(([aKey, aValue], [bKey, bValue]) => (aKey === bKey ? (aValue < bValue ? -1 : 1) : aKey < bKey ? -1 : 1));
	return [method, encode(url), encode(pairs.map((pair) => pair.join('=')).join('&'))].join('&');
}

/** Base64 of HMAC-SHA256 under both secrets. */
export const signature = (base: string, consumerSecret: string, tokenSecret: string): string =>
	createHmac('sha256', `${encode(consumerSecret)}&${encode(tokenSecret)}`).update(base).digest('base64');

function checkTokenBased(core: Core, request: SandboxRequest, text: string): void {
	const fields = Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, decodeURIComponent(value)]));
	const { realm, oauth_signature: given = '', ...oauth } = fields;
	const known = realm === ACCOUNT_ID && oauth.oauth_consumer_key === CONSUMER_KEY && oauth.oauth_token === TOKEN_ID;
	const plain = oauth.oauth_signature_method === 'HMAC-SHA256' && (oauth.oauth_version ?? '1.0') === '1.0';
	const fresh = Math.abs(core.now() / 1000 - Number(oauth.oauth_timestamp)) <= CLOCK_SECONDS;
	const nonce = `${oauth.oauth_timestamp} ${oauth.oauth_nonce}`;
	const signed = urlsOf(request).some((url) => {
		const expected = Buffer.from(signature(baseString(request.method, url, [...request.query], oauth), CONSUMER_SECRET, TOKEN_SECRET));
		const actual = Buffer.from(given);
		return expected.length === actual.length && timingSafeEqual(expected, actual);
	});
	if (!known || !plain || !fresh || !oauth.oauth_nonce || core.state.nonces.has(nonce) || !signed) throw invalidLogin();
	core.state.nonces.add(nonce);
}

/** Throws 401 without a valid token or signature. */
export function authenticate(core: Core, request: SandboxRequest): void {
	const [scheme, ...rest] = (request.headers.authorization ?? '').split(' ');
	if (/^oauth$/i.test(scheme)) return checkTokenBased(core, request, rest.join(' '));
	const expiresAt = /^bearer$/i.test(scheme) ? core.state.tokens.get(rest.join(' ')) : undefined;
	if (expiresAt === undefined || expiresAt <= core.now()) throw invalidLogin();
}
