 
import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, startM3terSandbox, type Account, type M3terOptions, type M3terSandbox, type Seed } from '../sandbox/m3ter';
import { accountBody, createClient, fetchToken, usageBody, type Body, type Call } from '../sandbox/m3ter/client';

let sandbox: M3terSandbox;
let seed: Seed;
let call: Call;

async function start(options: M3terOptions = {}): Promise<void> {
	sandbox = await startM3terSandbox({ jobMs: 1, ...options });
	seed = sandbox.seed();
	call = await createClient(sandbox.url);
}

async function newAccount(code: string, more: Body = {}): Promise<Account> {
	const answer = await call<Account>('POST', '/accounts', accountBody(code, more));
	expect(answer.status).toBe(200);
	return answer.body;
}

const post = async (...measurements: Body[]) => await call('POST', '/measurements', { measurements });

afterEach(async () => {
	await sandbox.settled();
	await sandbox.close();
});

describe('m3ter sandbox: sign-in', () => {
	const basic = (secret: string) => `Basic ${Buffer.from(`${ACCESS_KEY_ID}:${secret}`).toString('base64')}`;

	it('gives tokens for both body forms and refuses the rest', async () => {
		await start();
		const ask = async (secret: string, type: string, body: string) =>
			await fetch(`${sandbox.url}/oauth/token`, { method: 'POST', headers: { authorization: basic(secret), 'content-type': type }, body });
		const form = await ask(API_SECRET, 'application/x-www-form-urlencoded', 'grant_type=client_credentials');
		expect(await form.json()).toMatchObject({ token_type: 'Bearer', expires_in: 18_000, scope: null });
		expect((await ask(API_SECRET, 'application/json', '{"grant_type":"client_credentials"}')).status).toBe(200);
		expect((await ask('wrong', 'application/json', '{"grant_type":"client_credentials"}')).status).toBe(403);
		expect((await ask(API_SECRET, 'application/json', '{"grant_type":"password"}')).status).toBe(400);
		expect((await ask(API_SECRET, 'application/json', '{}')).status).toBe(400);
		expect(sandbox.violations).toEqual([]);
	});

	it.each([403, 401] as const)('answers an expired token with %s', async (unauthorizedStatus) => {
		await start({ unauthorizedStatus, tokenLifetime: 60 });
		expect((await call('GET', '/users/me')).status).toBe(200);
		sandbox.advanceClock(61_000);
		expect(await call('GET', '/users/me')).toEqual({ status: unauthorizedStatus, body: { message: 'Forbidden' } });
	});

	it('answers another organization with 403', async () => {
		await start();
		const response = await fetch(`${sandbox.url}/organizations/other/users/me`, { headers: { authorization: `Bearer ${await fetchToken(sandbox.url)}` } });
		expect([response.status, await response.json()]).toEqual([403, { message: 'Forbidden' }]);
	});

	it('has limits when they are asked for', async () => {
		await start({ limits: { config: [{ requests: 2, perMs: 60_000 }], ingest: [{ requests: 1, perMs: 60_000 }] } });
		const statuses = [];
		for (let count = 0; count < 3; count++) statuses.push((await call('GET', '/products')).status);
		for (let count = 0; count < 2; count++) statuses.push((await post(usageBody({ uid: `u${count}` }))).status);
		expect(statuses).toEqual([200, 200, 429, 200, 429]);
	});

	it('blocks large bodies and suspicious text with an HTML page', async () => {
		await start();
		const send = async (body: string) =>
			await fetch(`${sandbox.url}/organizations/${ORGANIZATION_ID}/measurements`, {
				method: 'POST',
				headers: { authorization: 'Bearer none', 'content-type': 'application/json' },
				body,
			});
		const large = await send('x'.repeat(512_000));
		expect([large.status, large.headers.get('content-type')]).toEqual([403, 'text/html']);
		expect((await send('{"a":"<script>"}')).headers.get('content-type')).toBe('text/html');
		expect((await send('x'.repeat(511_999))).headers.get('content-type')).not.toBe('text/html');
	});
});

describe('m3ter sandbox: accounts and plans', () => {
	beforeEach(async () => await start());

	it.each<[string, Body]>([
		['no e-mail', { name: 'A', code: 'a' }],
		['bad e-mail', accountBody('a', { emailAddress: 'nobody' })],
		['long name', accountBody('a', { name: 'x'.repeat(201) })],
		['long code', accountBody('x'.repeat(81))],
		['code with a space in front', accountBody('a', { code: ' a' })],
		['code with a tab', accountBody('a', { code: 'a\tb' })],
		['unknown field', accountBody('a', { colour: 'red' })],
		['long address line', accountBody('a', { address: { addressLine1: 'x'.repeat(51) } })],
		['custom field of a wrong type', accountBody('a', { customFields: { x: true } })],
		['101 custom fields', accountBody('a', { customFields: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`f${n}`, n])) })],
		['version on create', accountBody('a', { version: 1 })],
		['unknown parent', accountBody('a', { parentAccountId: 'nobody' })],
		['unlisted currency', accountBody('a', { currency: 'XXX' })],
		['negative due days', accountBody('a', { daysBeforeBillDue: -1 })],
	])('refuses an account with %s', async (_what, body) => {
		expect(await call('POST', '/accounts', body)).toMatchObject({ status: 400, body: { message: expect.any(String) as string } });
		expect(sandbox.state.accounts.size).toBe(0);
	});

	it('replaces on update, checks the version, and keeps codes unique', async () => {
		const first = await newAccount('globex', { customFields: { crm: '1' }, purchaseOrderNumber: 'PO' });
		await newAccount('initech');
		expect((await call('POST', '/accounts', accountBody('globex'))).status).toBe(400);
		expect((await call('PUT', `/accounts/${first.id}`, accountBody('globex'))).status).toBe(400);
		expect((await call('PUT', `/accounts/${first.id}`, accountBody('globex', { version: 9 }))).status).toBe(409);
		expect((await call('PUT', `/accounts/${first.id}`, accountBody('initech', { version: 1 }))).status).toBe(400);
		const { body } = await call('PUT', `/accounts/${first.id}`, accountBody('globex', { version: 1 }));
		expect(body).toMatchObject({ id: first.id, version: 2 });
		expect(body).not.toHaveProperty('customFields');
		expect(body).not.toHaveProperty('purchaseOrderNumber');
		sandbox.settings.versionConflictStatus = 400;
		expect((await call('PUT', `/accounts/${first.id}`, accountBody('globex', { version: 1 }))).status).toBe(400);
		expect((await call('GET', '/accounts/nobody')).status).toBe(404);
	});

	it('pages, filters and searches', async () => {
		for (const code of ['a', 'b, c', 'd']) await newAccount(code);
		const first = await call<{ data: Account[]; nextToken?: string }>('GET', '/accounts?pageSize=2');
		expect(first.body.data.map(({ code }) => code)).toEqual(['d', 'b, c']);
		const second = await call<{ data: Account[]; nextToken?: string }>('GET', `/accounts?pageSize=2&nextToken=${first.body.nextToken}`);
		expect(second.body.data.map(({ code }) => code)).toEqual(['a']);
		expect(second.body.nextToken).toBeUndefined();
		for (const query of ['pageSize=0', 'pageSize=101', 'pageSize=x', 'nextToken=abc']) {
			expect((await call('GET', `/accounts?${query}`)).status).toBe(400);
		}
		const codes = async (query: string) => (await call<{ data: Account[] }>('GET', `/accounts${query}`)).body.data.map(({ code }) => code);
		expect(await codes('?codes=b%2C%20c')).toEqual(['b, c']);
		expect(await codes('?codes=a&codes=d')).toEqual(['d', 'a']);
		expect(await codes('?codes=a,d')).toEqual(['d', 'a']);
		expect(await codes(`/search?searchQuery=${encodeURIComponent('name~account$code:a')}`)).toEqual(['a']);
		expect(await codes(`/search?searchQuery=${encodeURIComponent('code:a$code:d')}&operator=OR&sortBy=code&sortOrder=ASC`)).toEqual(['a', 'd']);
		expect(await codes('/search?pageSize=1&fromDocument=1')).toEqual(['b, c']);
		expect((await call('GET', '/accounts/search?searchQuery=emailAddress:x')).status).toBe(400);
		expect(sandbox.violations).toEqual([]);
	});

	it('attaches one plan per product at a time, replaces and ends it', async () => {
		const account = await newAccount('globex');
		const attach = (planId: string, startDate: string, more: Body = {}) => ({ accountId: account.id, planId, startDate, ...more });
		const { starter, pro } = seed.plans;
		const created = await call('POST', '/accountplans', attach(starter.id, '2024-01-01T00:00:00Z'));
		expect(created.body).toMatchObject({ productId: seed.product.id, childBillingMode: 'PARENT_BREAKDOWN' });
		const id = String(created.body.id);
		for (const body of [
			attach(pro.id, '2024-02-01T00:00:00Z'),
			attach(pro.id, '2024-02-01'),
			{ accountId: account.id, startDate: '2024-02-01T00:00:00Z' },
			attach(pro.id, '2024-02-01T00:00:00Z', { endDate: '2024-01-01T00:00:00Z' }),
			attach('short', '2024-02-01T00:00:00Z'),
		]) {
			expect((await call('POST', '/accountplans', body)).status).toBe(400);
		}
		expect((await call('DELETE', `/accounts/${account.id}`)).status).toBe(400);
		expect((await call('POST', `/accountplans/${id}/replace`, attach(pro.id, '2023-12-01T00:00:00Z'))).status).toBe(400);
		const replaced = await call<Record<string, Body>>('POST', `/accountplans/${id}/replace`, attach(pro.id, '2024-02-01T00:00:00Z'));
		expect(replaced.body.originalAccountPlan).toMatchObject({ id, endDate: '2024-02-01T00:00:00Z', version: 2 });
		expect(replaced.body.newAccountPlan).toMatchObject({ planId: pro.id });

		const list = async (query: string) => (await call<{ data: Body[] }>('GET', `/accountplans?${query}`)).body.data.map(({ planId }) => planId);
		expect(await list(`account=${account.id}`)).toEqual([pro.id]);
		expect(await list(`account=${account.id}&includeall=true`)).toEqual([pro.id, starter.id]);
		expect(await list(`account=${account.id}&date=2024-01-15`)).toEqual([starter.id]);
		expect((await call('GET', `/accountplans?product=${seed.product.id}`)).status).toBe(400);

		const end = { endDate: '2024-01-20T00:00:00Z', billingEntities: ['ACCOUNTPLAN', 'CONTRACT'] };
		const ended = await call<Record<string, Body>>('PUT', `/accounts/${account.id}/enddatebillingentities`, end);
		expect(ended.body.updatedEntities).toEqual({ ACCOUNTPLAN: [id] });
		expect(ended.body.failedEntities).toEqual({ ACCOUNTPLAN: [replaced.body.newAccountPlan.id] });
		expect(sandbox.violations).toEqual([]);
	});

	it('allows overlapping plans when the organization does, and keeps groups apart', async () => {
		const account = await newAccount('globex');
		const plan = (body: Body) => ({ accountId: account.id, startDate: '2024-01-01T00:00:00Z', ...body });
		const groups = [];
		for (const name of ['one', 'two']) {
			const { body } = await call('POST', '/plangroups', { name, currency: 'USD' });
			await call('POST', '/plangrouplinks', { planGroupId: body.id, planId: seed.plans.pro.id });
			groups.push(body.id);
		}
		const statuses = [];
		for (const body of [{ planGroupId: groups[0] }, { planGroupId: groups[1] }, { planId: seed.plans.pro.id }, { planId: seed.plans.starter.id }]) {
			statuses.push((await call('POST', '/accountplans', plan(body))).status);
		}
		expect(statuses).toEqual([200, 400, 200, 400]);
		sandbox.state.organizationConfig.allowOverlappingPlans = true;
		expect((await call('POST', '/accountplans', plan({ planId: seed.plans.starter.id }))).status).toBe(200);
	});

	it('refuses to delete what is in use', async () => {
		for (const path of [`/products/${seed.product.id}`, `/plantemplates/${seed.planTemplates.usd.id}`]) {
			expect((await call('DELETE', path)).status).toBe(400);
		}
		const meter = { name: 'M', code: 'm', derivedFields: [], dataFields: [{ category: 'MEASURE', code: 'n', name: 'N' }] };
		expect((await call('POST', '/meters', meter)).status).toBe(400);
		expect((await call('POST', '/meters', { ...meter, dataFields: [{ category: 'WHO', code: '1n', name: 'N' }] })).status).toBe(400);
	});
});

describe('m3ter sandbox: external mappings', () => {
	const mapping = (more: Body = {}) => ({ m3terEntity: 'Account', m3terId: 'a1', externalSystem: 'Stripe', externalTable: 'Customer', externalId: 'cus_1', ...more });
	const ids = async (path: string) => (await call<{ data: Body[] }>('GET', path)).body.data.map(({ externalId }) => externalId);

	it('finds in both directions, duplicates included', async () => {
		await start();
		const created = await call('POST', '/externalmappings', mapping());
		await call('POST', '/externalmappings', mapping({ externalId: 'a/b c' }));
		expect(await ids('/externalmappings/external/Account/a1')).toEqual(['a/b c', 'cus_1']);
		expect(await ids('/externalmappings/externalid/Stripe/Customer/a%2Fb%20c')).toEqual(['a/b c']);
		expect(await ids('/externalmappings/externalid/Xero/Customer/cus_1')).toEqual([]);
		expect(await ids('/externalmappings?externalSystemId=Stripe&m3terIds=a1')).toEqual(['a/b c', 'cus_1']);
		const path = `/externalmappings/${String(created.body.id)}`;
		expect((await call('PUT', path, mapping({ externalId: 'cus_2', version: 2 }))).status).toBe(409);
		expect((await call('PUT', path, mapping({ externalId: 'cus_2', version: 1 }))).body).toMatchObject({ externalId: 'cus_2', version: 2 });
		expect((await call('DELETE', path)).status).toBe(200);
		expect((await call('POST', '/externalmappings', mapping({ externalId: ' x' }))).status).toBe(400);
		expect(sandbox.violations).toEqual([]);
	});

	it('allows what it is configured to allow', async () => {
		await start({ mappings: { entities: ['Account'], refuseUnknownSystems: true, allowCustomExternalTables: false } });
		expect((await call('POST', '/externalmappings', mapping())).status).toBe(200);
		expect((await call('POST', '/externalmappings', mapping({ m3terEntity: 'Bill' }))).status).toBe(400);
		expect((await call('POST', '/externalmappings', mapping({ externalSystem: 'Other' }))).status).toBe(400);
		expect((await call('POST', '/externalmappings', mapping({ externalTable: 'Other' }))).status).toBe(400);
		expect((await call('GET', '/externalmappingconfiguration')).body).toMatchObject({ m3terEntities: ['Account'] });
	});
});
