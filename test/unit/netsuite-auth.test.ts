/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { constants, createPublicKey, generateKeyPairSync, verify } from 'crypto';
import { existsSync, readFileSync } from 'fs';
import { resolve } from 'path';

import { accountNames, urlAtNetSuite } from '../../nodes/NetSuite/account';
import { signedAssertion, tokenRequestBody } from '../../nodes/NetSuite/assertion';
import { checkScriptSignature } from '../../nodes/NetSuite/signature';
import { authorizationHeader, baseString } from '../../nodes/NetSuite/tokenBased';
import { hmacSha256 } from '../../nodes/shared/signature';

interface Vectors {
	oauth1: Record<'accountId' | 'consumerKey' | 'consumerSecret' | 'tokenId' | 'tokenSecret' | 'nonce' | 'timestamp', string> & {
		vectors: Array<{ name: string; method: string; url: string; baseString?: string; signature: string; authorization?: string }>;
	};
	userEventWebhook: { secret: string; timestamp: string; body: string; hmacHex: string };
	oauth2ClientCredentials: { header: object; payload: { iss: string; scope: string[]; aud: string } };
}

const folder = process.env.M3TER_SPECS_DIR ?? resolve(__dirname, '../../../shared/specs');
const file = resolve(folder, 'netsuite-auth-vectors.json');
if (process.env.CI && !existsSync(file)) throw new Error(`${file} is missing`);
const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Vectors) : undefined;
/** Outside people have no vectors; CI fails without them. */
if (vectors !== undefined) describe('published vectors', () => testVectors(vectors));

function testVectors({ oauth1, userEventWebhook, oauth2ClientCredentials }: Vectors): void {

	test.each(oauth1.vectors)('OAuth 1.0a: $name', ({ method, url, baseString: base, signature, authorization }) => {
		const header = authorizationHeader(oauth1, { method, url, nonce: oauth1.nonce, timestamp: oauth1.timestamp }).replace(/realm="[^"]+"/, `realm="${oauth1.accountId}"`);
		// The account of each vector's host decides the URL that is signed.
		const account = new URL(url).hostname.split('.')[0];
		const signed = authorizationHeader({ ...oauth1, accountId: account }, { method, url, nonce: oauth1.nonce, timestamp: oauth1.timestamp });
		expect(decodeURIComponent(/oauth_signature="([^"]+)"/.exec(signed)?.[1] ?? '')).toBe(signature);
		if (authorization) expect(header).toBe(authorization);
		if (base) {
			const oauth = { oauth_consumer_key: oauth1.consumerKey, oauth_token: oauth1.tokenId, oauth_signature_method: 'HMAC-SHA256', oauth_timestamp: oauth1.timestamp, oauth_nonce: oauth1.nonce, oauth_version: '1.0' };
			expect(baseString(method, new URL(url), oauth)).toBe(base);
		}
	});

	test('the User Event script', () => {
		const { secret, timestamp, body, hmacHex } = userEventWebhook;
		expect(checkScriptSignature(timestamp, hmacHex, Buffer.from(body), secret, Number(timestamp) + 10)).toBe('valid');
	});

	test('the assertion has the claims NetSuite wants', () => {
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
		const jwt = signedAssertion({ accountId: '1234567_SB1', clientId: 'CLIENT_ID', certificateId: 'CERT_ID', privateKey: pem }, 1791200000);
		const { iss, scope, aud } = oauth2ClientCredentials.payload;
		expect(part(jwt, 0)).toEqual({ ...oauth2ClientCredentials.header, alg: 'ES256' });
		expect(part(jwt, 1)).toEqual({ iss, scope, aud, iat: 1791200000, exp: 1791200300 });
	});
}

const part = (jwt: string, index: number): unknown => JSON.parse(Buffer.from(jwt.split('.')[index], 'base64url').toString('utf8'));
const signIn = (privateKey: string) => ({ accountId: '1234567', clientId: 'client', certificateId: 'certificate', privateKey });

describe('assertions', () => {
	test.each([['prime256v1', 'ES256', 64], ['secp384r1', 'ES384', 96], ['secp521r1', 'ES512', 132]])('EC %s gives %s, r and s side by side', (namedCurve, alg, length) => {
		const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
		for (const type of ['pkcs8', 'sec1'] as const) {
			const jwt = signedAssertion(signIn(privateKey.export({ type, format: 'pem' }).toString()), 1_800_000_000);
			const [header, payload, signature] = jwt.split('.');
			expect(part(jwt, 0)).toMatchObject({ alg, kid: 'certificate' });
			const bytes = Buffer.from(signature, 'base64url');
			expect(bytes).toHaveLength(length);
			expect(verify(`sha${alg.slice(2)}`, Buffer.from(`${header}.${payload}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes)).toBe(true);
		}
	});

	test('RSA gives PS256 with a salt of 32 bytes, from a key pasted in any way', () => {
		const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
		const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
		const pasted = [pem, pem.replaceAll('\n', '\\n'), pem.replaceAll('\n', ' '), `\n  ${pem.replaceAll('\n', '\r\n')}`, pem.replaceAll('\n', ''), privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()];
		for (const text of pasted) {
			const [header, payload, signature] = signedAssertion(signIn(text), 1_800_000_000).split('.');
			const options = { key: createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
			expect(verify('sha256', Buffer.from(`${header}.${payload}`), options, Buffer.from(signature, 'base64url'))).toBe(true);
		}
	});

	test('a key NetSuite refuses is refused before it is tried', () => {
		const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
		expect(() => signedAssertion(signIn(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), 0)).toThrow('3072');
		expect(() => signedAssertion(signIn(['-----BEGIN PRIVATE KEY-----', 'AAAA', '-----END PRIVATE KEY-----'].join('\n')), 0)).toThrow('Paste the whole file');
	});

	test('travel as a form without client secret', () => {
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const form = Object.fromEntries(new URLSearchParams(tokenRequestBody(signIn(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), 0)));
		expect(Object.keys(form)).toEqual(['grant_type', 'client_assertion_type', 'client_assertion']);
	});
});

describe('accounts', () => {
	test.each([['1234567', '1234567', '1234567'], ['1234567_SB1', '1234567_SB1', '1234567-sb1'], [' 1234567-sb2 ', '1234567_SB2', '1234567-sb2'], ['tstdrv99', 'TSTDRV99', 'tstdrv99']])('%s', (given, realm, host) => {
		expect(accountNames(given)).toEqual({ realm, restUrl: `https://${host}.suitetalk.api.netsuite.com`, appUrl: `https://${host}.app.netsuite.com` });
	});

	test('a proxy does not change what is signed', () => {
		expect(urlAtNetSuite('1_SB1', 'http://127.0.0.1:8080/proxy/services/rest/x?limit=1').toString()).toBe('https://1-sb1.suitetalk.api.netsuite.com/services/rest/x?limit=1');
	});
});

describe('deliveries of the script', () => {
	const secret = ['script', 'secret'].join(' ');
	const body = Buffer.from('{"eventId":"ü"}');
	const sign = (timestamp: string) => hmacSha256(secret, Buffer.concat([Buffer.from(`${timestamp}.`), body]), 'hex');

	test.each([
		['in time', '1000', sign('1000'), 1000, 'valid'],
		['five minutes old', '1000', sign('1000'), 1300, 'valid'],
		['older', '1000', sign('1000'), 1301, 'too old'],
		['from the future', '1000', sign('1000'), 699, 'too old'],
		['with another timestamp than signed', '1001', sign('1000'), 1000, 'mismatch'],
		['with an upper-case signature', '1000', sign('1000').toUpperCase(), 1000, 'mismatch'],
		['without signature', '1000', undefined, 1000, 'missing'],
		['without timestamp', undefined, sign('1000'), 1000, 'missing'],
		['with a timestamp that is none', '1e3', sign('1e3'), 1000, 'missing'],
	])('%s', (_name, timestamp, signature, now, expected) => {
		expect(checkScriptSignature(timestamp, signature, body, secret, now)).toBe(expected);
	});

	test('nothing is valid without a secret', () => {
		expect(checkScriptSignature('1000', hmacSha256('', Buffer.concat([Buffer.from('1000.'), body]), 'hex'), body, '', 1000)).toBe('missing');
	});
});
