import { randomBytes } from 'crypto';

import { safeEqual } from '../shared/signature';

const PARAMETER = 'token';
const TOKEN_BYTES = 24;
/** base64url: four characters for three bytes. */
const TOKEN = new RegExp(`^[\\w-]{${(TOKEN_BYTES / 3) * 4}}$`);

/** 192 random bits, safe in a URL. */
export const randomToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** The URL given to m3ter: n8n's own plus the secret token. */
export function withToken(url: string, token: string): string {
	const registered = new URL(url);
	registered.searchParams.set(PARAMETER, token);
	return registered.toString();
}

/** A registered URL as n8n names it; undefined for text that is no URL. */
export function withoutToken(url: string): string | undefined {
	if (!URL.canParse(url)) return undefined;
	const plain = new URL(url);
	plain.searchParams.delete(PARAMETER);
	return plain.toString();
}

/** The token in a registered URL, if there is a well-formed one. */
export const tokenIn = (url: string): string | undefined =>
	URL.canParse(url) ? wellFormedToken(new URL(url).searchParams.get(PARAMETER)) : undefined;

/** The token of a request's query. Undefined when it cannot be one of ours, which saves looking up what it should be. */
export const tokenOf = (query: object): string | undefined =>
	wellFormedToken(PARAMETER in query ? query[PARAMETER as keyof typeof query] : undefined);

const wellFormedToken = (value: unknown): string | undefined => (typeof value === 'string' && TOKEN.test(value) ? value : undefined);

/** Compares in constant time. */
export const sameToken = (given: string, expected: string): boolean => safeEqual(given, expected);
