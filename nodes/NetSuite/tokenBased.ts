import { createHmac } from 'crypto';

import { accountNames, urlAtNetSuite } from './account';

export interface TokenBasedKeys {
	accountId: string;
	consumerKey: string;
	consumerSecret: string;
	tokenId: string;
	tokenSecret: string;
}

export interface SignedRequest {
	method: string;
	/** Whole URL, query included: the query is signed, a JSON body is not. */
	url: string;
	nonce: string;
	/** Epoch seconds; NetSuite takes five minutes either way. */
	timestamp: string;
}

/** RFC 3986, strictly: encodeURIComponent leaves ! ' ( ) * alone. */
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** The `Authorization` header of NetSuite's token-based authentication: OAuth 1.0a with HMAC-SHA256. `realm` is not signed. */
export function authorizationHeader(keys: TokenBasedKeys, { method, url, nonce, timestamp }: SignedRequest): string {
	const oauth: Record<string, string> = {
		oauth_consumer_key: keys.consumerKey,
		oauth_token: keys.tokenId,
		oauth_signature_method: 'HMAC-SHA256',
		oauth_timestamp: timestamp,
		oauth_nonce: nonce,
		oauth_version: '1.0',
	};
	const signature = createHmac('sha256', `${encode(keys.consumerSecret)}&${encode(keys.tokenSecret)}`)
		.update(baseString(method, urlAtNetSuite(keys.accountId, url), oauth))
		.digest('base64');
	const fields = Object.entries({ ...oauth, oauth_signature: signature }).map(([name, value]) => `${name}="${encode(value)}"`);
	return `OAuth realm="${accountNames(keys.accountId).realm}",${fields.join(',')}`;
}

/** Method, URL without query, and all parameters of query and header, sorted after encoding (RFC 5849 §3.4.1). */
export function baseString(method: string, url: URL, oauth: Record<string, string>): string {
	const pairs = [...url.searchParams, ...Object.entries(oauth)].map(([name, value]) => [encode(name), encode(value)]);
	const inOrder = pairs.sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)));
	return [method.toUpperCase(), encode(url.origin + url.pathname), encode(inOrder.map((pair) => pair.join('=')).join('&'))].join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
