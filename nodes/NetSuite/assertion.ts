import { constants, createPrivateKey, sign, type KeyObject } from 'crypto';

import { Failure } from '../shared/failure';
import { accountNames } from './account';

export const SIGN_IN_PATH = '/services/rest/auth/oauth2/v1/token';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** NetSuite takes less than an hour; a few minutes are plenty for one request. */
const LIFETIME_SECONDS = 300;
const MIN_RSA_BITS = 3072;
const CURVES: Record<string, string> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

export interface CertificateSignIn {
	accountId: string;
	clientId: string;
	/** Certificate ID of the mapping in NetSuite; the `kid` of the assertion. */
	certificateId: string;
	/** PEM, PKCS#8 or PKCS#1 or SEC1. */
	privateKey: string;
}

/** Form body of the token request: client credentials proved by a signed assertion; there is no client secret. */
export function tokenRequestBody(signIn: CertificateSignIn, nowSeconds: number): string {
	return new URLSearchParams({
		grant_type: 'client_credentials',
		client_assertion_type: ASSERTION_TYPE,
		client_assertion: signedAssertion(signIn, nowSeconds),
	}).toString();
}

/**
 * The JWT NetSuite wants: PS256 for RSA keys, ES256/384/512 by the curve of EC keys. RS256 is not accepted.
 * @throws Failure `invalid-input` for a key that cannot be read or is of a kind NetSuite refuses.
 */
export function signedAssertion({ accountId, clientId, certificateId, privateKey }: CertificateSignIn, nowSeconds: number): string {
	const key = readPrivateKey(privateKey);
	const iat = Math.floor(nowSeconds);
	const header = { typ: 'JWT', alg: algorithmOf(key), kid: certificateId.trim() };
	const payload = { iss: clientId.trim(), scope: ['rest_webservices'], aud: accountNames(accountId).restUrl + SIGN_IN_PATH, iat, exp: iat + LIFETIME_SECONDS };
	const input = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
	return `${input}.${signatureOf(input, key, header.alg).toString('base64url')}`;
}

/** Salt as long as the hash (Node's default is the maximum, which fails); r and s side by side, not DER. */
function signatureOf(input: string, key: KeyObject, algorithm: string): Buffer {
	const hash = `sha${algorithm.slice(2)}`;
	const data = Buffer.from(input);
	if (algorithm.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
	return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

function algorithmOf(key: KeyObject): string {
	const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
	if (key.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS) return 'PS256';
	const curve = key.asymmetricKeyType === 'ec' ? CURVES[namedCurve] : undefined;
	if (curve !== undefined) return curve;
	throw new Failure('invalid-input', 'NetSuite does not accept this kind of private key. Use RSA with 3072 or 4096 bits, or EC on P-256, P-384 or P-521.');
}

/** A PEM as people paste it: line breaks may have become the two characters \n, spaces, or nothing. */
function readPrivateKey(text: string): KeyObject {
	const match = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([\s\S]+?)-----END \1-----/.exec(text.replace(/\\r|\\n/g, '\n'));
	if (match === null) throw unreadable('It must begin with -----BEGIN PRIVATE KEY----- and must not be encrypted with a passphrase.');
	const [, label, body] = match;
	const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
	try {
		return createPrivateKey([`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n'));
	} catch {
		throw unreadable('Paste the whole file, including the first and the last line.');
	}
}

/** Advice stands in the message: of what a credential throws, n8n shows no more. */
const unreadable = (advice: string) => new Failure('invalid-input', `The 'Private Key' of the NetSuite credential cannot be read. ${advice}`);
