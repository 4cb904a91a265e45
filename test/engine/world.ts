import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, startM3terSandbox, type LineInput, type M3terOptions, type M3terSandbox } from '../sandbox/m3ter';
import type { CredentialStore } from './harness';

/** m3ter with its seed, and the credential to reach it. */
export async function startM3ter(options: M3terOptions = {}): Promise<{ m3ter: M3terSandbox; credentials: CredentialStore }> {
	const m3ter = await startM3terSandbox(options);
	m3ter.seed();
	return { m3ter, credentials: m3terCredentials(m3ter) };
}

export const m3terCredentials = (m3ter: { url: string }): CredentialStore => ({
	m3terApi: {
		organizationId: ORGANIZATION_ID,
		accessKeyId: ACCESS_KEY_ID,
		apiSecret: API_SECRET,
		baseUrl: m3ter.url,
		ingestBaseUrl: '',
		sessionToken: '',
	},
});

/** A call to the m3ter sandbox as somebody else than the node under test. */
export async function m3terCall<T>(m3ter: { url: string }, method: string, path: string, body?: object): Promise<T> {
	const basic = Buffer.from(`${ACCESS_KEY_ID}:${API_SECRET}`).toString('base64');
	const signIn = await fetch(`${m3ter.url}/oauth/token`, {
		method: 'POST',
		headers: { Authorization: `Basic ${basic}`, 'Content-Type': 'application/json' },
		body: JSON.stringify({ grant_type: 'client_credentials' }),
	});
	const { access_token: token } = (await signIn.json()) as { access_token: string };
	const answer = await fetch(`${m3ter.url}/organizations/${ORGANIZATION_ID}${path}`, {
		method,
		headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	return (await answer.json()) as T;
}

export interface MappedAccount {
	id: string;
	code: string;
}

/** An account that is mapped to a customer of another system. */
export async function mappedAccount(m3ter: M3terSandbox, system: string, table: string, customerId: string, fields: object = {}): Promise<MappedAccount> {
	const account = await m3terCall<MappedAccount>(m3ter, 'POST', '/accounts', {
		name: 'Acme Ltd',
		code: 'acme',
		emailAddress: 'ap@acme.test',
		currency: 'USD',
		...fields,
	});
	const mapping = { m3terEntity: 'Account', m3terId: account.id, externalSystem: system, externalTable: table, externalId: customerId };
	await m3terCall(m3ter, 'POST', '/externalmappings', mapping);
	return account;
}

/** A usual month: a base fee, two usage lines and a credit; 118.40 in all. */
export const usualLines: LineInput[] = [
	{ lineItemType: 'STANDING_CHARGE', description: 'Base fee', amount: 46, productCode: 'acme_api', accountingProductCode: 'base' },
	{ lineItemType: 'USAGE', description: 'API requests', amount: 80.25, units: 120.5, unit: '1k requests', averageUnitPrice: 0.666, productCode: 'acme_api', aggregationId: 'a1' },
	{ lineItemType: 'USAGE', description: 'Storage', amount: 11.75, units: 97.9, unit: 'GB', productCode: 'acme_storage', aggregationId: 'a2' },
	{ lineItemType: 'CREDIT_MEMO', description: 'Service credit', amount: -19.6, productCode: 'acme_api' },
];

/** A bill with many lines of different amounts. */
export const manyLines = (count: number): LineInput[] =>
	Array.from({ length: count }, (_line, index) => ({
		lineItemType: 'USAGE',
		description: `Meter ${index + 1}`,
		amount: (index + 1) / 100,
		productCode: `product-${index % 7}`,
		aggregationId: `aggregation-${index}`,
	}));
