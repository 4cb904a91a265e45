import Stripe from 'stripe';

import { SECRET_KEY, type StripeSandbox } from '../sandbox/stripe';

/** The official SDK, talking to the sandbox. */
export function sdkFor(sandbox: StripeSandbox, config: Stripe.StripeConfig = {}): Stripe {
	const { hostname, port } = new URL(sandbox.url);
	return new Stripe(SECRET_KEY, { host: hostname, port: Number(port), protocol: 'http', maxNetworkRetries: 0, ...config });
}

export interface RawAnswer {
	status: number;
	headers: Headers;
	/** Of an error answer; empty otherwise. */
	error: { type?: string; code?: string; param?: string; message?: string };
	body: { id: string; [field: string]: unknown };
}

export interface RawCall {
	headers?: Record<string, string>;
	key?: string;
	/** Sent instead of a form. */
	json?: unknown;
}

/** A call without any client's help; `form` pairs are sent as they are. */
export async function raw(
	sandbox: StripeSandbox,
	method: string,
	path: string,
	form: Array<[string, string]> | Record<string, string> = {},
	{ headers = {}, key = SECRET_KEY, json }: RawCall = {},
): Promise<RawAnswer> {
	const body = json === undefined ? new URLSearchParams(form).toString() : JSON.stringify(json);
	const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
	const response = await fetch(sandbox.url + path, {
		method,
		headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': type }), ...headers },
		...(body && { body }),
	});
	const answer = (await response.json()) as RawAnswer['body'] & { error?: RawAnswer['error'] };
	return { status: response.status, headers: response.headers, error: answer.error ?? {}, body: answer };
}
