import type { IDataObject } from 'n8n-workflow';

import { byCode, byId, create, one, run, useM3ter, world } from './m3ter-account-plan-setup';

useM3ter();

/** What the sandbox adds to things that are put straight into its state. */
const AUDIT = { version: 1, dtCreated: '2026-01-01T00:00:00Z', dtLastModified: '2026-01-01T00:00:00Z', createdBy: 'someone', lastModifiedBy: 'someone' };
const attach = async (plan = 'pro', more: IDataObject = {}) => await one('accountPlan', 'attach', { account: byCode('globex'), plan: byCode(plan), startDate: '2026-05-01', ...more });

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
		expect(await list({ includeEnded: true, filters: { plan: byId(world.seed.plans.pro.id) } })).toBe(1);
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

		expect(replaced).toMatchObject({ originalAccountPlan: { id, endDate: '2026-06-01T00:00:00Z' }, newAccountPlan: { planId: world.seed.plans.starter.id, startDate: '2026-06-01T00:00:00Z' } });
	});

	test('looks for the new account plan when the answer to attach or replace got lost', async () => {
		world.m3ter.addFault({ method: 'POST', path: /accountplans/, kind: 'lost', times: 1 });
		const { id } = await attach();
		world.m3ter.addFault({ method: 'POST', path: /replace$/, kind: 'lost', times: 1 });
		const replaced = await one('accountPlan', 'replace', { accountPlanId: id, plan: byCode('starter'), startDate: '2026-06-01' });

		expect(replaced).toMatchObject({ newAccountPlan: { planId: world.seed.plans.starter.id } });
		expect(world.m3ter.state.accountPlans.size).toBe(2);
	});

	test('ends, clears the end, updates, deletes', async () => {
		const { id } = await attach('pro', { additionalFields: { customFields: { field: [{ name: 'deal', value: 'D-7' }] } } });

		expect(await one('accountPlan', 'end', { accountPlanId: id, endDate: '2026-09-01' })).toMatchObject({ endDate: '2026-09-01T00:00:00Z' });
		expect(await one('accountPlan', 'update', { accountPlanId: id, updateFields: { clearEndDate: true, code: 'c1' } })).not.toHaveProperty('endDate');
		await one('accountPlan', 'update', { accountPlanId: id, updateFields: { customFields: { field: [{ name: 'owner', value: 'Ann' }] } } });
		expect(world.m3ter.state.accountPlans.get(String(id))).toMatchObject({ code: 'c1', customFields: { deal: 'D-7', owner: 'Ann' } });
		expect(await one('accountPlan', 'delete', { accountPlanId: id })).toEqual({ deleted: true, id });
	});

	test('attaches a plan group', async () => {
		const group = { name: 'Bundle', code: 'bundle', currency: 'EUR', id: 'b0000000-0000-4000-8000-000000000001', ...AUDIT };
		world.m3ter.state.planGroups.set(group.id, group);

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
		const { plans, planTemplates, product } = world.seed;
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
		world.m3ter.state.contracts.set(contract.id, contract);

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
		expect(await one('externalMapping', 'findByM3terId', { m3terEntity: 'Account', m3terId, filters: { externalSystem: 'Stripe' } })).toMatchObject({ externalId: 'cus_2' });
		expect((await run('externalMapping', 'getAll', { filters: { externalSystem: 'Xero' } })).json).toEqual([]);
		expect((await run('externalMapping', 'getAll')).json).toHaveLength(1);
		expect(await one('externalMapping', 'delete', { mappingId: created.id })).toEqual({ deleted: true, id: created.id });
	});

	test('is written once although the answer got lost', async () => {
		const { id: m3terId } = await create();
		world.m3ter.addFault({ method: 'POST', path: /externalmappings$/, kind: 'lost' });

		await one('externalMapping', 'createOrUpdate', { ...key(m3terId), externalId: 'cus_1' });
		expect(world.m3ter.state.externalMappings.size).toBe(1);
	});
});
