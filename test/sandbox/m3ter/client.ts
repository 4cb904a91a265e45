 
import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID } from './context';

/** A bare client for tests: it adds the token and nothing else. */

export type Body = Record<string, unknown>;

export interface Answer<T = Body> {
	status: number;
	body: T;
}

/** `path` is relative to the organization; a body is sent as JSON. Throws when the answer is not JSON. */
export type Call = <T = Body>(method: string, path: string, body?: unknown) => Promise<Answer<T>>;

export async function fetchToken(url: string): Promise<string> {
	const response = await fetch(`${url}/oauth/token`, {
		method: 'POST',
		headers: {
			authorization: `Basic ${Buffer.from(`${ACCESS_KEY_ID}:${API_SECRET}`).toString('base64')}`,
			'content-type': 'application/json',
		},
		body: JSON.stringify({ grant_type: 'client_credentials' }),
	});
	return ((await response.json()) as { access_token: string }).access_token;
}

export async function createClient(url: string): Promise<Call> {
	const authorization = `Bearer ${await fetchToken(url)}`;
	return async <T>(method: string, path: string, body?: unknown) => {
		const response = await fetch(`${url}/organizations/${ORGANIZATION_ID}${path}`, {
			method,
			headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		return { status: response.status, body: (await response.json()) as T };
	};
}

export const accountBody = (code: string, more: Body = {}): Body => ({ name: `Account ${code}`, code, emailAddress: 'billing@example.com', ...more });

/** A measurement the seeded meter `api_requests` takes. */
export const usageBody = (more: Body = {}): Body => ({
	uid: 'u1',
	meter: 'api_requests',
	account: 'globex',
	ts: '2024-01-05T10:00:00Z',
	where: { region: 'eu' },
	what: { action: 'send' },
	measure: { requests: 21 },
	...more,
});
