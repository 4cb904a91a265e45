/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { readFileSync } from 'fs';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { resolve } from 'path';

import { M3terAccountPlan } from '../../nodes/M3ter/AccountPlan/M3terAccountPlan.node';
import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, startM3terSandbox, type M3terSandbox, type Seed } from '../sandbox/m3ter';
import { listSearch, loadOptions, runNode, type CredentialStore, type RunOptions, type RunResult } from './harness';

const node = new M3terAccountPlan();
let m3ter: M3terSandbox;
let seed: Seed;
let credentials: CredentialStore;

beforeAll(async () => {
	m3ter = await startM3terSandbox();
});
beforeEach(() => {
	m3ter.reset();
	seed = m3ter.seed();
	credentials = { m3terApi: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: m3ter.url } };
});
afterEach(() => expect(m3ter.violations).toEqual([]));
afterAll(async () => await m3ter.close());

const run = async (resource: string, operation: string, parameters: IDataObject = {}, extra: Partial<RunOptions> = {}): Promise<RunResult> =>
	await runNode({ node, credentials, parameters: { resource, operation, ...parameters } as INodeParameters, ...extra });

/** The JSON of the only output item of an operation that has to work; its fields are those of the shipped output schema. */
async function one(resource: string, operation: string, parameters: IDataObject = {}): Promise<IDataObject> {
	const { json, error } = await run(resource, operation, parameters);
	expect(error).toBeUndefined();
	expect(json).toHaveLength(1);
	const file = resolve(__dirname, `../../nodes/M3ter/AccountPlan/__schema__/v1.0.0/${resource}/${operation}.json`);
	const schema = JSON.parse(readFileSync(file, 'utf8')) as { properties: object };
	if (parameters.simplify !== false) expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(json[0])));
	return json[0];
}

const byCode = (value: string) => ({ __rl: true, mode: 'code', value });
const byId = (value: unknown) => ({ __rl: true, mode: 'id', value: String(value) });
const identity = (code = 'globex') => ({ name: 'Globex GmbH', code, emailAddress: 'billing@globex.example' });
const create = async (code = 'globex', additionalFields: IDataObject = {}) => await one('account', 'create', { ...identity(code), additionalFields });
const attach = async (plan = 'pro', more: IDataObject = {}) => await one('accountPlan', 'attach', { account: byCode('globex'), plan: byCode(plan), startDate: '2026-05-01', ...more });
/** What the sandbox adds to things that are put straight into its state. */
const AUDIT = { version: 1, dtCreated: '2026-01-01T00:00:00Z', dtLastModified: '2026-01-01T00:00:00Z', createdBy: 'someone', lastModifiedBy: 'someone' };
const requests = (method: string) => m3ter.requests.filter((request) => request.method === method && request.path !== '/oauth/token');

describe('Account', () => {
	test('creates with every field', async () => {
		const parent = await create('group');

		const account = await create('globex', {
			currency: 'EUR',
			address: { details: { addressLine1: 'Elm St 1', locality: 'Berlin' } },
			billEpoch: '2026-05-01T00:00:00',
			daysBeforeBillDue: 14,
			purchaseOrderNumber: 'PO-77',
			autoGenerateStatementMode: 'JSON_AND_CSV',
			parentAccount: byCode('group'),
			customFields: { field: [{ name: 'crmId', value: '0015x' }, { name: 'seats', value: '={{ 12 }}' }] },
		});

		expect(m3ter.state.accounts.get(String(account.id))).toMatchObject({
			code: 'globex', currency: 'EUR', address: { addressLine1: 'Elm St 1', locality: 'Berlin' }, billEpoch: '2026-05-01', daysBeforeBillDue: 14,
			purchaseOrderNumber: 'PO-77', autoGenerateStatementMode: 'JSON_AND_CSV', parentAccountId: parent.id, customFields: { crmId: '0015x', seats: 12 },
		});
	});

	test('gets by ID and by code, simplified or whole', async () => {
		const { id } = await create();

		expect(await one('account', 'get', { account: byId(id) })).toMatchObject({ code: 'globex' });
		const whole = await one('account', 'get', { account: byCode('globex'), simplify: false });
		expect(whole).toMatchObject({ id, dtCreated: expect.any(String) });
	});

	test('gets many: all pages, a limit, by codes, children of a parent', async () => {
		const { id } = await create('group');
		for (const n of [1, 2, 3]) await create(`child ${n}`, n < 3 ? { parentAccount: byId(id) } : {});

		expect((await run('account', 'getAll', { returnAll: true })).json).toHaveLength(4);
		expect((await run('account', 'getAll', { limit: 3 })).json).toHaveLength(3);
		expect((await run('account', 'getAll', { filters: { codes: 'child 1, child 3' } })).json.map(({ code }) => code).sort()).toEqual(['child 1', 'child 3']);
		expect((await run('account', 'getAll', { filters: { parent: byCode('group') } })).json).toHaveLength(2);
	});

	test('searches with several conditions, sorted', async () => {
		for (const code of ['globex-b', 'globex-a', 'initech']) await create(code, { currency: code === 'initech' ? 'USD' : 'EUR' });
		const conditions = { condition: [{ field: 'code', comparator: '~', value: 'globex' }, { field: 'currency', comparator: ':', value: 'EUR' }] };

		const { json } = await run('account', 'search', { conditions, returnAll: true, sorting: { sortBy: 'code', sortOrder: 'ASC' } });
		expect(json.map(({ code }) => code)).toEqual(['globex-a', 'globex-b']);

		const dollar = await run('account', 'search', { conditions: { condition: [{ field: 'name', comparator: '~', value: 'A$B' }] } });
		expect(dollar.error?.message).toContain("'$'");
	});

	test('creates or updates by code', async () => {
		const created = await one('account', 'createOrUpdate', { ...identity(), additionalFields: { purchaseOrderNumber: 'PO-1' } });
		const updated = await one('account', 'createOrUpdate', { ...identity(), name: 'Globex SE' });

		expect(updated).toMatchObject({ id: created.id, name: 'Globex SE', purchaseOrderNumber: 'PO-1', version: 2 });
		expect(m3ter.state.accounts.size).toBe(1);
	});

	test('updates only what is given', async () => {
		await create('globex', { currency: 'EUR', address: { details: { addressLine1: 'Elm', locality: 'Berlin' } }, customFields: { field: [{ name: 'a', value: '1' }] } });

		const updated = await one('account', 'update', {
			account: byCode('globex'),
			updateFields: { address: { details: { locality: 'Bonn' } }, customFields: { field: [{ name: 'b', value: '2' }] }, code: 'globex-se' },
		});

		expect(updated).toMatchObject({ code: 'globex-se', currency: 'EUR', address: { addressLine1: 'Elm', locality: 'Bonn' }, customFields: { a: '1', b: '2' } });
	});

	test.each([400, 409] as const)('merges again when someone else changed the account meanwhile (%i)', async (status) => {
		const { id } = await create();
		m3ter.addFault({ method: 'PUT', path: /accounts/, kind: 'status', status, body: { message: 'Version 1 is not the current version 2' } });

		expect(await one('account', 'update', { account: byId(id), updateFields: { name: 'Globex SE' } })).toMatchObject({ name: 'Globex SE' });
		expect(requests('PUT')).toHaveLength(2);
	});

	test('end-dates billing entities and reports what failed', async () => {
		const { id } = await create();
		await attach();
		const parameters = { account: byId(id), endDate: '2026-07-01', billingEntities: ['ACCOUNTPLAN'] };

		expect(await one('account', 'endDate', parameters)).toMatchObject({ accountId: id, complete: true, updatedEntities: { ACCOUNTPLAN: [expect.any(String)] } });

		const tooEarly = { ...parameters, endDate: '2026-01-01' };
		const failed = await run('account', 'endDate', tooEarly, { onError: 'continueErrorOutput' });
		expect(failed.errors[0]).toMatchObject({ error: 'm3ter could not end-date everything', details: { failedEntities: { ACCOUNTPLAN: [expect.any(String)] } } });
		expect(await one('account', 'endDate', { ...tooEarly, failWhenIncomplete: false })).toMatchObject({ complete: false });
	});

	test('deletes, unless something refers to the account', async () => {
		const { id } = await create();
		expect(await one('account', 'delete', { account: byId(id) })).toEqual({ deleted: true, id });

		await create();
		await attach();
		const { error } = await run('account', 'delete', { account: byCode('globex') });
		expect(error?.description).toContain('referenced by account plans');
	});

	test('looks for the account when the answer to its creation got lost', async () => {
		m3ter.addFault({ method: 'POST', path: /accounts$/, kind: 'lost' });

		expect(await create()).toMatchObject({ code: 'globex' });
		expect(m3ter.state.accounts.size).toBe(1);
	});

	test.each([
		[{ code: ' ' }, "'Code' is empty"],
		[{ code: 'a\tb' }, "'Code' is not a code m3ter takes"],
		[{ emailAddress: 'globex' }, "'Email' is not an email address"],
		[{ additionalFields: { billEpoch: 'soon' } }, "'Bill Epoch' is not a date"],
	])('checks %j before sending', async (wrong, message) => {
		const { error } = await run('account', 'create', { ...identity(), ...wrong });

		expect(error?.message).toBe(message);
		expect(requests('POST')).toEqual([]);
	});

	test('sends each failed item to the error branch', async () => {
		const items = [{ code: 'a' }, { code: '' }, { code: 'a' }];
		const { json, errors, items: outputs } = await run('account', 'create', { ...identity('={{ $json.code }}') }, { items, onError: 'continueErrorOutput' });

		expect(json.map(({ code }) => code)).toEqual(['a']);
		expect(errors).toMatchObject([{ error: "'Code' is empty" }, { error: 'm3ter refused the request', message: expect.stringContaining('already in use') }]);
		expect(outputs[1].map(({ pairedItem }) => pairedItem)).toMatchObject([{ item: 1 }, { item: 2 }]);
	});
});

describe('Account Plan', () => {
	beforeEach(async () => {
		await create();
	});

	test('attaches with dates in the time zone of the workflow, gets, lists and filters', async () => {
		const { id } = await attach('pro', { additionalFields: { endDate: '2026-08-01T00:00:00+02:00', code: 'deal-7', childBillingMode: 'CHILD', billEpoch: '2026-05-01' } });

		expect(await one('accountPlan', 'get', { accountPlanId: id })).toMatchObject({ startDate: '2026-05-01T00:00:00Z', endDate: '2026-07-31T22:00:00Z', code: 'deal-7' });
		const list = async (more: IDataObject) => (await run('accountPlan', 'getAll', { account: byCode('globex'), ...more })).json.length;
		expect(await list({ includeEnded: true })).toBe(1);
		expect(await list({ includeEnded: true, filters: { plan: byCode('starter') } })).toBe(0);
		expect(await list({ includeEnded: true, filters: { plan: byId(seed.plans.pro.id) } })).toBe(1);
	});

	test('explains an overlap and names the account plan in the way', async () => {
		const { id } = await attach();

		const { error } = await run('accountPlan', 'attach', { account: byCode('globex'), plan: byCode('starter'), startDate: '2026-06-01' });

		expect(error?.message).toBe('The account already has a plan of this product for these dates');
		expect(error?.description).toContain(`account plan ${String(id)}`);
		expect(error?.description).toContain('Account Plan > Replace');
	});

	test('replaces', async () => {
		const { id } = await attach();

		const replaced = await one('accountPlan', 'replace', { accountPlanId: id, plan: byCode('starter'), startDate: '2026-06-01' });

		expect(replaced).toMatchObject({ originalAccountPlan: { id, endDate: '2026-06-01T00:00:00Z' }, newAccountPlan: { planId: seed.plans.starter.id, startDate: '2026-06-01T00:00:00Z' } });
	});

	test('looks for the new account plan when the answer to attach or replace got lost', async () => {
		m3ter.addFault({ method: 'POST', path: /accountplans/, kind: 'lost', times: 1 });
		const { id } = await attach();
		m3ter.addFault({ method: 'POST', path: /replace$/, kind: 'lost', times: 1 });
		const replaced = await one('accountPlan', 'replace', { accountPlanId: id, plan: byCode('starter'), startDate: '2026-06-01' });

		expect(replaced).toMatchObject({ newAccountPlan: { planId: seed.plans.starter.id } });
		expect(m3ter.state.accountPlans.size).toBe(2);
	});

	test('ends, clears the end, updates, deletes', async () => {
		const { id } = await attach('pro', { additionalFields: { customFields: { field: [{ name: 'deal', value: 'D-7' }] } } });

		expect(await one('accountPlan', 'end', { accountPlanId: id, endDate: '2026-09-01' })).toMatchObject({ endDate: '2026-09-01T00:00:00Z' });
		expect(await one('accountPlan', 'update', { accountPlanId: id, updateFields: { clearEndDate: true, code: 'c1' } })).not.toHaveProperty('endDate');
		await one('accountPlan', 'update', { accountPlanId: id, updateFields: { customFields: { field: [{ name: 'owner', value: 'Ann' }] } } });
		expect(m3ter.state.accountPlans.get(String(id))).toMatchObject({ code: 'c1', customFields: { deal: 'D-7', owner: 'Ann' } });
		expect(await one('accountPlan', 'delete', { accountPlanId: id })).toEqual({ deleted: true, id });
	});

	test('attaches a plan group', async () => {
		const group = { name: 'Bundle', code: 'bundle', currency: 'EUR', id: 'b0000000-0000-4000-8000-000000000001', ...AUDIT };
		m3ter.state.planGroups.set(group.id, group);

		const attached = await attach('pro', { attachWhat: 'planGroup', planGroup: byId(group.id) });

		expect(attached).toMatchObject({ planGroupId: group.id });
	});

	test.each([
		['plan', { plan: byCode('nope') }, "No plan with the code 'nope'"],
		['account', { account: byCode('nope') }, "No account with the code 'nope'"],
	])('names an unknown %s', async (_what, wrong, words) => {
		const { error } = await run('accountPlan', 'attach', { account: byCode('globex'), plan: byCode('pro'), startDate: '2026-05-01', ...wrong });

		expect(error?.description).toContain(words);
	});
});

describe('Plan, Plan Template, Product, Contract', () => {
	test('gets one and many', async () => {
		const { plans, planTemplates, product } = seed;
		expect(await one('plan', 'get', { plan: byCode('pro') })).toMatchObject({ id: plans.pro.id });
		expect(await one('plan', 'get', { plan: byId(plans.pro.id) })).toMatchObject({ code: 'pro' });
		expect((await run('plan', 'getAll', { filters: { product: byCode(product.code) } })).json).toHaveLength(3);
		expect((await run('plan', 'getAll', { limit: 2 })).json).toHaveLength(2);
		expect(await one('planTemplate', 'get', { planTemplateId: planTemplates.eur.id })).toMatchObject({ currency: 'EUR' });
		expect((await run('planTemplate', 'getAll', { returnAll: true })).json).toHaveLength(2);
		expect(await one('product', 'get', { product: byCode(product.code) })).toMatchObject({ id: product.id });
		expect((await run('product', 'getAll')).json).toHaveLength(1);
	});

	test('gets contracts, also of one account', async () => {
		const { id: accountId } = await create();
		const contract = { accountId: String(accountId), name: 'Frame 2026', startDate: '2026-01-01', endDate: '2027-01-01', id: 'c0000000-0000-4000-8000-000000000001', ...AUDIT };
		m3ter.state.contracts.set(contract.id, contract);

		expect(await one('contract', 'get', { contractId: contract.id })).toMatchObject({ name: 'Frame 2026' });
		expect((await run('contract', 'getAll', { filters: { account: byCode('globex') } })).json).toHaveLength(1);
	});
});

describe('External Mapping', () => {
	const key = (m3terId: unknown) => ({ m3terEntity: 'Account', m3terId: String(m3terId), externalSystem: 'Stripe', externalTable: 'Customer' });

	test('creates, updates, finds both ways, lists, deletes', async () => {
		const { id: m3terId } = await create();
		const created = await one('externalMapping', 'createOrUpdate', { ...key(m3terId), externalId: 'cus_1' });
		const updated = await one('externalMapping', 'createOrUpdate', { ...key(m3terId), externalId: 'cus_2' });
		expect(updated).toMatchObject({ id: created.id, externalId: 'cus_2', version: 2 });

		expect(await one('externalMapping', 'findByExternalId', { externalSystem: 'Stripe', externalTable: 'Customer', externalId: 'cus_2' })).toMatchObject({ m3terId });
		expect(await one('externalMapping', 'findByM3terId', { m3terEntity: 'Account', m3terId, systemFilter: 'Stripe' })).toMatchObject({ externalId: 'cus_2' });
		expect((await run('externalMapping', 'getAll', { systemFilter: 'Xero' })).json).toEqual([]);
		expect((await run('externalMapping', 'getAll')).json).toHaveLength(1);
		expect(await one('externalMapping', 'delete', { mappingId: created.id })).toEqual({ deleted: true, id: created.id });
	});

	test('is written once although the answer got lost', async () => {
		const { id: m3terId } = await create();
		m3ter.addFault({ method: 'POST', path: /externalmappings$/, kind: 'lost' });

		await one('externalMapping', 'createOrUpdate', { ...key(m3terId), externalId: 'cus_1' });
		expect(m3ter.state.externalMappings.size).toBe(1);
	});
});

describe('drop-downs', () => {
	const context = () => ({ node, credentials });

	test('list and filter accounts, plans and products, and load as the person scrolls', async () => {
		for (let n = 0; n < 3; n++) await create(`acc-${n}`);
		const names = async (method: string, filter?: string) => (await listSearch({ ...context(), method, filter })).results.map(({ name }) => name);

		expect(await names('searchAccounts', 'acc-1')).toEqual(['Globex GmbH (acc-1)']);
		expect(await names('searchPlans')).toEqual(['Pro (pro)', 'Pro EUR (pro_eur)', 'Starter (starter)']);
		expect(await names('searchPlans', 'STAR')).toEqual(['Starter (starter)']);
		expect(await names('searchProducts')).toEqual(['Acme API (acme_api)']);
		expect(await names('searchPlanGroups')).toEqual([]);
	});

	test('go through pages that hold no match', async () => {
		const template = seed.plans.pro;
		for (let n = 0; n < 250; n++) m3ter.state.plans.set(`p${n}`, { ...template, id: `p${n}`, code: `bulk-${n}`, name: `Bulk ${n}` });

		const first = await listSearch({ ...context(), method: 'searchPlans' });
		expect(first.results).toHaveLength(100);
		const second = await listSearch({ ...context(), method: 'searchPlans', paginationToken: String(first.paginationToken) });
		expect(second.results).toHaveLength(100);
		expect((await listSearch({ ...context(), method: 'searchPlans', filter: 'starter' })).results).toHaveLength(1);
	});

	test('offer the entities, systems and tables the organization can map', async () => {
		const names = async (method: string, parameters: INodeParameters = {}) => (await loadOptions({ ...context(), method, parameters })).map(({ value }) => value);

		expect(await names('getMappingEntities')).toEqual(expect.arrayContaining(['Account', 'Plan']));
		expect(await names('getMappingSystems')).toEqual(expect.arrayContaining(['Stripe', 'n8n']));
		const stripe = { resource: 'externalMapping', operation: 'findByExternalId', externalSystem: 'Stripe' };
		expect(await names('getMappingTables', stripe)).toEqual(expect.arrayContaining(['Customer', 'Price']));
	});
});

describe('trouble', () => {
	const products = async (extra: Partial<RunOptions> = {}) => await run('product', 'getAll', {}, extra);

	test('a wrong key and a wrong organization', async () => {
		credentials.m3terApi.apiSecret = 'wrong';
		expect((await products()).error?.description).toContain('access key');

		credentials.m3terApi = { ...credentials.m3terApi, apiSecret: API_SECRET, organizationId: '00000000-0000-4000-8000-000000000000' };
		expect((await products()).error?.message).toContain(`belongs to organization ${ORGANIZATION_ID}`);
	});

	test.each([401, 403] as const)('an expired token answered with %i', async (status) => {
		m3ter.settings.unauthorizedStatus = status;
		await products();
		m3ter.advanceClock(6 * 3600 * 1000);

		const { json, error } = await products();

		m3ter.settings.unauthorizedStatus = 403;
		expect(error).toBeUndefined();
		expect(json).toHaveLength(1);
		expect(m3ter.requests.filter(({ path }) => path === '/oauth/token')).toHaveLength(2);
	});

	test('an HTML page of a gateway, and the firewall', async () => {
		m3ter.addFault({ path: /products/, kind: 'html', status: 502, times: Infinity });
		expect((await products()).error?.message).toBe('m3ter is not available at the moment');
		m3ter.clearFaults();

		const { error } = await run('account', 'create', { ...identity(), name: '<script>alert(1)</script>' });
		expect(error?.message).toBe('m3ter blocked the request before it was read');
	});

	test('throttled once, then served; a lost connection to a read is repeated', async () => {
		m3ter.addFault({ path: /products/, kind: 'status', status: 429, body: { message: 'Too Many Requests' } });
		m3ter.addFault({ path: /products/, kind: 'refuse' });

		const { json, error } = await products();

		expect(error).toBeUndefined();
		expect(json).toHaveLength(1);
		expect(requests('GET')).toHaveLength(3);
	});

	test('no answer at all sends every item to the error branch', async () => {
		credentials.m3terApi.baseUrl = 'http://127.0.0.1:9';

		const { json, errors } = await products({ items: [{}, {}], onError: 'continueErrorOutput' });

		expect(json).toEqual([]);
		expect(errors).toHaveLength(2);
		expect(errors[0]).toMatchObject({ error: 'm3ter did not answer', details: { kind: 'unavailable' } });
	});
});
