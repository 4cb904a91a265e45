 
import type { IExecuteFunctions, INodeType } from 'n8n-workflow';
import nock from 'nock';

import { m3terApi } from '../../nodes/M3ter/api';
import { perItem } from '../../nodes/n8n/errors';
import { runNode, type CredentialStore } from './harness';

const ORGANIZATION = '0ca01b15-0000-4000-8000-00000000abcd';
const HOST = 'https://api.m3ter.example';
const PRODUCTS = `/organizations/${ORGANIZATION}/products`;

/** Reads the products once per item through the pack's transport: as small as a node of ours can be. */
const reader: INodeType = {
	description: {
		displayName: 'Reader',
		name: 'reader',
		group: ['input'],
		version: 1,
		description: '',
		defaults: { name: 'Reader' },
		inputs: ['main'],
		outputs: ['main'],
		credentials: [{ name: 'm3terApi', required: true }],
		properties: [{ displayName: 'Suffix', name: 'suffix', type: 'string', default: '' }],
	},
	async execute(this: IExecuteFunctions) {
		const api = await m3terApi(this);
		return [await perItem(this, async (index) => ({ page: (await api.get('/products')) as string, suffix: this.getNodeParameter('suffix', index) as string }))];
	},
};

const token = (name: string, orgId = ORGANIZATION) => `head.${Buffer.from(JSON.stringify({ orgId, name })).toString('base64url')}.sign`;

const store = (sessionToken = ''): CredentialStore => ({
	m3terApi: { organizationId: ORGANIZATION, accessKeyId: 'key', apiSecret: 'not a secret', baseUrl: HOST, sessionToken },
});

const tokenRequest = (answer = token('fresh')) =>
	nock(HOST)
		.post('/oauth/token', 'grant_type=client_credentials')
		.basicAuth({ user: 'key', pass: 'not a secret' })
		.reply(200, { access_token: answer, token_type: 'Bearer', expires_in: 18000, scope: null });

const products = (bearer: string) => nock(HOST, { reqheaders: { authorization: `Bearer ${bearer}` } }).get(PRODUCTS);

beforeAll(() => nock.disableNetConnect());
afterEach(() => {
	const pending = nock.pendingMocks();
	nock.cleanAll();
	expect(pending).toEqual([]);
});
afterAll(() => nock.enableNetConnect());

describe('m3ter credential in the real engine', () => {
	test('fetches a token once and keeps it for later runs', async () => {
		const credentials = store();
		tokenRequest();
		products(token('fresh')).times(3).reply(200, { data: [] });

		const first = await runNode({ node: reader, credentials, items: [{ n: 1 }, { n: 2 }], parameters: { suffix: '={{ $json.n * 10 }}' } });
		const second = await runNode({ node: reader, credentials });

		expect(first.error).toBeUndefined();
		expect(first.json.map(({ suffix }) => suffix)).toEqual([10, 20]);
		expect(first.items[0].map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(second.json).toHaveLength(1);
		expect(credentials.m3terApi.sessionToken).toBe(token('fresh'));
	});

	test.each([401, 403])('replaces an expired token once when m3ter answers %i', async (status) => {
		const credentials = store(token('expired'));
		// 401 is asked again by n8n itself; 403 by the transport, which sends the request once more before n8n refreshes.
		products(token('expired'))
			.times(status === 401 ? 1 : 2)
			.reply(status, { message: 'Unauthorized' });
		tokenRequest();
		products(token('fresh')).reply(200, { data: [] });

		const { json, error } = await runNode({ node: reader, credentials });

		expect(error).toBeUndefined();
		expect(json).toHaveLength(1);
		expect(credentials.m3terApi.sessionToken).toBe(token('fresh'));
	});

	test('reports a refusal that a fresh token does not cure, and asks for one token only', async () => {
		products(token('old')).times(2).reply(403, { message: 'Forbidden' });
		tokenRequest();
		products(token('fresh')).times(2).reply(403, { message: 'Forbidden' });

		const { json, errors } = await runNode({ node: reader, credentials: store(token('old')), items: [{}, {}], onError: 'continueErrorOutput' });

		expect(json).toEqual([]);
		expect(errors.map(({ error }) => error)).toEqual(['m3ter refused access', 'm3ter refused access']);
		expect(String(errors[0].message)).toContain('organization ID');
	});

	test('names the organization a key belongs to when it is another one', async () => {
		tokenRequest(token('fresh', 'another-organization'));

		const { error } = await runNode({ node: reader, credentials: store() });

		expect(error?.message).toContain('belongs to organization another-organization');
	});

	test('stops the workflow with the item and the words of m3ter', async () => {
		products(token('ok')).reply(404, { message: 'No such list' });

		const { error } = await runNode({ node: reader, credentials: store(token('ok')) });

		expect(error).toMatchObject({ message: 'm3ter does not know this', httpCode: '404', context: { itemIndex: 0 } });
		expect(error?.description).toContain('No such list');
	});

	test('runs the node again under Retry On Fail', async () => {
		products(token('ok')).reply(400, { message: 'Not now' });
		products(token('ok')).reply(200, { data: [] });

		const { json, error } = await runNode({ node: reader, credentials: store(token('ok')), retry: { maxTries: 2, waitMs: 1 } });

		expect(error).toBeUndefined();
		expect(json).toHaveLength(1);
	});
});
