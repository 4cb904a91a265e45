/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { readdirSync } from 'fs';
import type { INodeParameters, INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';
import { resolve } from 'path';

import { ChargebeeForM3ter } from '../../nodes/Chargebee/ChargebeeForM3ter.node';
import { M3terBill } from '../../nodes/M3ter/Bill/M3terBill.node';
import { M3terSubmitUsage } from '../../nodes/M3ter/SubmitUsage/M3terSubmitUsage.node';
import { NetSuiteForM3ter } from '../../nodes/NetSuite/NetSuiteForM3ter.node';
import { PaddleForM3ter } from '../../nodes/Paddle/PaddleForM3ter.node';
import { QuickBooksForM3ter } from '../../nodes/QuickBooks/QuickBooksForM3ter.node';
import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';
import { XeroForM3ter } from '../../nodes/Xero/XeroForM3ter.node';
import { API_SECRET, ORGANIZATION_ID } from '../sandbox/m3ter';
import { listSearch, loadOptions, type RunOptions } from './harness';
import { byCode, byId, create, identity, one, requests, run, useM3ter, world } from './m3ter-account-plan-setup';
import { differences, readSchema } from './outputSchema';
import { m3terCall } from './world';

useM3ter();

describe('drop-downs', () => {
	const context = () => ({ node: world.node, credentials: world.credentials });

	test('list and filter accounts, plans and products, and load as the person scrolls', async () => {
		for (let n = 0; n < 3; n++) await create(`acc-${n}`);
		const names = async (method: string, filter?: string) => (await listSearch({ ...context(), method, filter })).results.map(({ name }) => name);

		expect(await names('searchAccounts', 'acc-1')).toEqual(['Globex GmbH (acc-1)']);
		expect(await names('searchPlans')).toEqual(['Pro (pro)', 'Pro EUR (pro_eur)', 'Starter (starter)']);
		expect(await names('searchPlans', 'STAR')).toEqual(['Starter (starter)']);
		expect(await names('searchProducts')).toEqual(['Acme API (acme_api)']);
		expect(await names('searchPlanGroups')).toEqual([]);
	});

	test('list and filter plan templates and contracts, and load as the person scrolls', async () => {
		const { id: accountId } = await create('globex');
		for (let n = 0; n < 130; n++) {
			const named = { name: `Frame ${n}`, code: n % 2 ? `c${n}` : undefined };
			await m3terCall(world.m3ter, 'POST', '/contracts', { ...named, accountId, startDate: '2026-01-01', endDate: '2027-01-01' });
		}
		const first = await listSearch({ ...context(), method: 'searchContracts' });
		expect(first.results).toHaveLength(100);
		expect((await listSearch({ ...context(), method: 'searchContracts', paginationToken: String(first.paginationToken) })).results).toHaveLength(30);
		const names = async (method: string, filter?: string) => (await listSearch({ ...context(), method, filter })).results.map(({ name }) => name);
		expect(await names('searchContracts', 'FRAME 101')).toEqual(['Frame 101 (c101)']);
		expect(await names('searchContracts', 'frame 29')).toEqual(['Frame 29 (c29)']);

		const { planTemplates } = world.seed;
		expect((await listSearch({ ...context(), method: 'searchPlanTemplates' })).results.map(({ value }) => value).sort()).toEqual(Object.values(planTemplates).map(({ id }) => id).sort());
	});

	test('go through pages that hold no match', async () => {
		const template = world.seed.plans.pro;
		for (let n = 0; n < 250; n++) world.m3ter.state.plans.set(`p${n}`, { ...template, id: `p${n}`, code: `bulk-${n}`, name: `Bulk ${n}` });

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

describe('a contract and a plan template', () => {
	const forms: Array<[string, (id: string) => unknown]> = [
		['picked from the list', (id) => ({ __rl: true, mode: 'list', value: id })],
		['given by ID', byId],
		['given by an expression in the locator', (id) => ({ __rl: true, mode: 'id', value: `={{ '${id}' }}` })],
		['given as plain text', (id) => id],
		['given by an expression alone', (id) => `={{ '${id}' }}`],
	];

	test.each(forms)('%s', async (_how, form) => {
		const { id: accountId } = await create('globex');
		const contract = await m3terCall<{ id: string }>(world.m3ter, 'POST', '/contracts', { accountId, name: 'Frame', startDate: '2026-01-01', endDate: '2027-01-01' });
		const contractId = form(contract.id) as string;
		const account = { account: byCode('globex') };
		const { id } = await one('accountPlan', 'attach', { ...account, plan: byCode('pro'), startDate: '2026-05-01', additionalFields: { contractId } });
		expect(world.m3ter.state.accountPlans.get(String(id))).toMatchObject({ contractId: contract.id });
		expect((await run('accountPlan', 'getAll', { ...account, filters: { contractId } })).json.map((plan) => plan.id)).toEqual([id]);
		expect(await one('accountPlan', 'update', { accountPlanId: id, updateFields: { contractId, code: 'frame' } })).toMatchObject({ code: 'frame', contractId: contract.id });
		expect(await one('contract', 'get', { contractId })).toMatchObject({ id: contract.id });
		expect(await one('contract', 'endDate', { contractId, endDate: '2026-07-01' })).toMatchObject({ contractId: contract.id });

		const { id: planTemplateId } = world.seed.planTemplates.eur;
		expect(await one('planTemplate', 'get', { planTemplateId: form(planTemplateId) as string })).toMatchObject({ id: planTemplateId });
	});

	test('that is not chosen is asked for', async () => {
		expect((await run('contract', 'get', { contractId: byId(' ') })).error?.message).toBe("'Contract' is empty");
		expect((await run('planTemplate', 'get', { planTemplateId: byId(' ') })).error?.message).toBe("'Plan Template' is empty");
	});
});

describe('a model that uses the nodes as tools', () => {
	const nodes = (): INodeType[] => [
		world.node, new M3terBill(), new M3terSubmitUsage(),
		new ChargebeeForM3ter(), new NetSuiteForM3ter(), new PaddleForM3ter(), new QuickBooksForM3ter(), new StripeForM3ter(), new XeroForM3ter(),
	];
	const parts = ({ options = [] }: INodeProperties): INodeProperties[] =>
		options.flatMap((option) => ('values' in option ? option.values : 'type' in option ? [option] : []));
	const withParts = (property: INodeProperties): INodeProperties[] => [property, ...parts(property).flatMap(withParts)];
	const propertiesOf = ({ description }: INodeType) => description.properties.flatMap(withParts);
	const choicesOf = (node: INodeType, name: string) =>
		propertiesOf(node).filter((property) => property.name === name).flatMap(({ options = [] }) => options as INodePropertyOptions[]);
	const silent = (entries: Array<{ description?: string; hint?: string }>) => entries.filter(({ description, hint }) => !description && !hint);

	test('reads what every operation does', () => {
		for (const node of nodes()) expect({ node: node.description.name, silent: silent(choicesOf(node, 'operation')) }).toEqual({ node: node.description.name, silent: [] });
	});

	test.each([['m3ter Account/Plan', () => world.node], ['m3ter Bill', () => new M3terBill()]])('reads what every resource and parameter of %s means', (_name, node) => {
		const containers = ['notice', 'collection'];
		const named = ['resource', 'operation', 'addressLine3', 'addressLine4'];
		const parameters = propertiesOf(node()).filter(({ name, type }) => !containers.includes(type) && !named.includes(name));
		expect(silent(choicesOf(node(), 'resource'))).toEqual([]);
		expect(silent(parameters).map(({ displayName, displayOptions }: Partial<INodeProperties>) => [displayName, displayOptions?.show])).toEqual([]);
	});
});

describe('output schemas', () => {
	const folder = resolve(__dirname, '../../nodes/M3ter/AccountPlan/__schema__/v1.0.0');

	test('exist for every operation of the node', () => {
		const { properties } = world.node.description;
		const operations = properties
			.filter(({ name }) => name === 'operation')
			.flatMap(({ displayOptions, options = [] }) => options.map((option) => `${String(displayOptions?.show?.resource)}/${'value' in option ? String(option.value) : ''}.json`));
		const shipped = readdirSync(folder).flatMap((resource) => readdirSync(resolve(folder, resource)).map((file) => `${resource}/${file}`));

		expect(shipped.sort()).toEqual(operations.sort());
	});

	test('name the fields that come out', async () => {
		const { id: accountId } = await create('globex', {
			currency: 'EUR',
			parentAccount: byId((await create('group')).id),
			purchaseOrderNumber: 'PO-1',
			address: { details: { addressLine1: 'Elm St 1', addressLine2: 'b', addressLine3: 'c', addressLine4: 'd', locality: 'Bonn', region: 'NRW', postCode: '53111', country: 'Germany' } },
			customFields: { field: [{ name: 'crmId', value: '1' }] },
		});
		const post = async (path: string, body: object) => (await m3terCall<{ id: string }>(world.m3ter, 'POST', path, body)).id;
		const contractId = await post('/contracts', { accountId, name: 'Frame', code: 'frame', startDate: '2026-01-01', endDate: '2027-01-01', purchaseOrderNumber: 'PO-1', description: 'x', customFields: { a: 'b' } });
		const planGroup = byId(await post('/plangroups', { name: 'Bundle', currency: 'USD', code: 'bundle', minimumSpend: 100, standingCharge: 1, accountId }));
		await post('/plangrouplinks', { planGroupId: planGroup.value, planId: world.seed.plans.starter.id });
		const account = { account: byCode('globex') };
		const attached = { ...account, plan: byCode('pro'), additionalFields: { contractId, code: 'globex-pro', endDate: '2026-12-01' } };
		const { id: accountPlanId } = await one('accountPlan', 'attach', { ...attached, startDate: '2026-03-01' });
		const mapping = { m3terEntity: 'Account', m3terId: accountId, externalSystem: 'Stripe', externalTable: 'Customer', externalId: 'cus_1' };
		const { id: mappingId } = await one('externalMapping', 'createOrUpdate', mapping);
		const event = {
			id: 'evt_1', type: 'subscription.created', occurredAt: '2026-05-01T00:00:00Z', system: 'Stripe', customer: { id: 'cus_9', name: 'Hooli', email: 'ap@hooli.example' },
			subscription: { id: 'sub_1', status: 'active', startDate: '2026-05-01T00:00:00Z', items: [{ planRef: 'pro' }] },
		};
		const subscription = (more: object = {}) => ({ event: JSON.stringify({ ...event, ...more }) });
		const endDate = '2026-11-01';
		const cases: Array<[string, string, object]> = [
			['account', 'create', { ...identity('initech'), additionalFields: { currency: 'EUR' } }],
			['account', 'createOrUpdate', identity('initech')],
			['account', 'get', account],
			['account', 'getAll', { filters: { codes: 'globex' } }],
			['account', 'search', { conditions: { condition: [{ field: 'code', comparator: ':', value: 'globex' }] } }],
			['account', 'update', { ...account, updateFields: { purchaseOrderNumber: 'PO-2' } }],
			['account', 'delete', { account: byCode('initech') }],
			['accountPlan', 'get', { accountPlanId }],
			['accountPlan', 'getAll', { ...account, includeEnded: true }],
			['accountPlan', 'update', { accountPlanId, updateFields: { code: 'pro' } }],
			['accountPlan', 'replace', { accountPlanId, plan: byCode('starter'), startDate: '2026-06-01' }],
			['accountPlan', 'end', { accountPlanId, endDate: '2026-05-01' }],
			['accountPlan', 'delete', { accountPlanId }],
			['accountPlan', 'attach', { ...account, plan: byCode('pro'), startDate: '2025-01-01', additionalFields: { endDate: '2025-06-01' } }],
			['account', 'endDate', { ...account, endDate, billingEntities: ['ACCOUNTPLAN'] }],
			['account', 'endDate', { ...account, endDate: '2024-01-01', billingEntities: ['ACCOUNTPLAN'], failWhenIncomplete: false }],
			['contract', 'get', { contractId }],
			['contract', 'getAll', {}],
			['contract', 'endDate', { contractId, endDate }],
			['plan', 'get', { plan: byCode('pro') }],
			['plan', 'getAll', { limit: 1 }],
			['planTemplate', 'get', { planTemplateId: world.seed.planTemplates.eur.id }],
			['planTemplate', 'getAll', { limit: 1 }],
			['planGroup', 'get', { planGroup }],
			['planGroup', 'getAll', {}],
			['planGroup', 'getPlans', { planGroup }],
			['product', 'get', { product: byCode('acme_api') }],
			['product', 'getAll', {}],
			['externalMapping', 'createOrUpdate', mapping],
			['externalMapping', 'findByExternalId', mapping],
			['externalMapping', 'findByM3terId', mapping],
			['externalMapping', 'getAll', {}],
			['externalMapping', 'delete', { mappingId }],
			['subscription', 'provision', { ...subscription(), options: { dryRun: true } }],
			['subscription', 'sync', subscription()],
			['subscription', 'sync', subscription({ occurredAt: '2026-04-01T00:00:00Z' })],
			['subscription', 'end', subscription({ occurredAt: '2026-05-09T00:00:00Z' })],
		];
		const seen = new Set<string>();
		const wrong: string[] = [];
		for (const [resource, operation, parameters] of cases) {
			const file = `${resource}/${operation}.json`;
			seen.add(file);
			const output = await one(resource, operation, { ...parameters });
			wrong.push(...differences(output, readSchema(`M3ter/AccountPlan/__schema__/v1.0.0/${file}`), file));
		}
		expect(wrong).toEqual([]);
		expect([...seen].sort()).toEqual(readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json')).sort());
	});
});

describe('trouble', () => {
	const products = async (extra: Partial<RunOptions> = {}) => await run('product', 'getAll', {}, extra);

	test('a wrong key and a wrong organization', async () => {
		world.credentials.m3terApi.apiSecret = 'wrong';
		expect((await products()).error?.description).toContain('access key');

		world.credentials.m3terApi = { ...world.credentials.m3terApi, apiSecret: API_SECRET, organizationId: '00000000-0000-4000-8000-000000000000' };
		expect((await products()).error?.message).toContain(`belongs to organization ${ORGANIZATION_ID}`);
	});

	test.each([401, 403] as const)('an expired token answered with %i', async (status) => {
		world.m3ter.settings.unauthorizedStatus = status;
		await products();
		world.m3ter.advanceClock(6 * 3600 * 1000);

		const { json, error } = await products();

		world.m3ter.settings.unauthorizedStatus = 403;
		expect(error).toBeUndefined();
		expect(json).toHaveLength(1);
		expect(world.m3ter.requests.filter(({ path }) => path === '/oauth/token')).toHaveLength(2);
	});

	test('an HTML page of a gateway, and the firewall', async () => {
		world.m3ter.addFault({ path: /products/, kind: 'html', status: 502, times: Infinity });
		expect((await products()).error?.message).toBe('m3ter is not available at the moment');
		world.m3ter.clearFaults();

		const { error } = await run('account', 'create', { ...identity(), name: '<script>alert(1)</script>' });
		expect(error?.message).toBe('m3ter blocked the request before it was read');
	});

	test('throttled once, then served; a lost connection to a read is repeated', async () => {
		world.m3ter.addFault({ path: /products/, kind: 'status', status: 429, body: { message: 'Too Many Requests' } });
		world.m3ter.addFault({ path: /products/, kind: 'refuse' });

		const { json, error } = await products();

		expect(error).toBeUndefined();
		expect(json).toHaveLength(1);
		expect(requests('GET')).toHaveLength(3);
	});

	test('no answer at all sends every item to the error branch', async () => {
		world.credentials.m3terApi.baseUrl = 'http://127.0.0.1:9';

		const { json, errors } = await products({ items: [{}, {}], onError: 'continueErrorOutput' });

		expect(json).toEqual([]);
		expect(errors).toHaveLength(2);
		expect(errors[0]).toMatchObject({ error: 'm3ter did not answer', details: { kind: 'unavailable' } });
	});
});
