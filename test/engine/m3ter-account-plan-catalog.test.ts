import type { Contract } from '../sandbox/m3ter';
import { byCode, byId, create, one, requests, run, useM3ter, world } from './m3ter-account-plan-setup';
import { m3terCall } from './world';

useM3ter();

const post = async <T>(path: string, body: object): Promise<T> => await m3terCall<T>(world.m3ter, 'POST', path, body);
const errorsOf = async (resource: string, operation: string, parameters: object) =>
	(await run(resource, operation, { ...parameters }, { onError: 'continueErrorOutput' })).errors;

describe('plan groups', () => {
	const addGroup = async (name: string, fields: object = {}) => await post<{ id: string }>('/plangroups', { name, currency: 'USD', code: name.toLowerCase(), minimumSpend: 100, ...fields });

	test('are listed, also those of one account, and read one by one', async () => {
		const { id: accountId } = await create();
		const [all, own] = [await addGroup('Bundle'), await addGroup('Own', { accountId })];

		expect((await run('planGroup', 'getAll', { returnAll: true })).json.map(({ id }) => id).sort()).toEqual([all.id, own.id].sort());
		expect((await run('planGroup', 'getAll', { returnAll: true, filters: { account: byCode('globex') } })).json).toEqual([
			{ id: own.id, code: 'own', name: 'Own', currency: 'USD', minimumSpend: 100, accountId, version: 1 },
		]);
		expect(await one('planGroup', 'get', { planGroup: byId(all.id) })).toMatchObject({ id: all.id, name: 'Bundle' });
		expect(await one('planGroup', 'get', { planGroup: byId(all.id), simplify: false })).toHaveProperty('dtCreated');
	});

	test('give their plans', async () => {
		const [group, other] = [await addGroup('Bundle'), await addGroup('Other')];
		const { starter, pro } = world.seed.plans;
		const link = await post<{ id: string }>('/plangrouplinks', { planGroupId: group.id, planId: starter.id });
		await post('/plangrouplinks', { planGroupId: group.id, planId: pro.id });
		await post('/plangrouplinks', { planGroupId: other.id, planId: pro.id });

		const { json } = await run('planGroup', 'getPlans', { planGroup: byId(group.id), returnAll: true });
		expect(json).toHaveLength(2);
		expect(json).toContainEqual(expect.objectContaining({ planGroupId: group.id, linkId: link.id, id: starter.id, code: 'starter' }));
	});

	test('that do not exist are error items', async () => {
		expect(await errorsOf('planGroup', 'get', { planGroup: byId('nothing') })).toEqual([expect.objectContaining({ error: 'm3ter does not know this' })]);
		expect(await errorsOf('planGroup', 'getAll', { filters: { account: byCode('hooli') } })).toEqual([expect.objectContaining({ error: 'm3ter has no such account' })]);
		expect(await errorsOf('planGroup', 'getPlans', { planGroup: byId(' ') })).toEqual([expect.objectContaining({ error: "'Plan Group' is empty" })]);
	});
});

describe('contracts', () => {
	const addContract = async () => {
		const { id: accountId } = await create();
		return await post<Contract>('/contracts', { accountId, name: '2026', startDate: '2026-01-01', endDate: '2027-01-01' });
	};

	test('end with the account plans under them', async () => {
		const { id, accountId } = await addContract();
		const accountPlan = await post<{ id: string }>('/accountplans', { accountId, planId: world.seed.plans.starter.id, startDate: '2026-01-01T00:00:00Z', contractId: id });
		const parameters = { contractId: id, endDate: '2026-07-01T00:00:00Z', billingEntities: ['CONTRACT', 'ACCOUNTPLAN'] };

		expect(await one('contract', 'endDate', parameters)).toMatchObject({ contractId: id, complete: true, updatedEntities: { CONTRACT: [id], ACCOUNTPLAN: [accountPlan.id] } });
		expect(world.m3ter.state.contracts.get(id)?.endDate).toBe('2026-07-01');
		expect(world.m3ter.state.accountPlans.get(accountPlan.id)?.endDate).toBe('2026-07-01T00:00:00Z');
	});

	test('by default only the contract itself is ended', async () => {
		const { id } = await addContract();
		await one('contract', 'endDate', { contractId: id, endDate: '2026-07-01' });
		expect(requests('PUT').at(-1)?.body).toMatchObject({ billingEntities: ['CONTRACT'] });
	});

	test('what could not be ended is reported', async () => {
		const { id } = await addContract();
		const parameters = { contractId: id, endDate: '2025-01-01T00:00:00Z' };
		expect(await errorsOf('contract', 'endDate', parameters)).toEqual([expect.objectContaining({ error: 'm3ter could not end-date everything', message: expect.stringContaining(id) })]);
		expect(await one('contract', 'endDate', { ...parameters, failWhenIncomplete: false })).toMatchObject({ complete: false, failedEntities: { CONTRACT: [id] } });
	});
});

test('account plans are filtered by product, contract and the time they apply', async () => {
	const { id: accountId } = await create();
	const contract = await post<Contract>('/contracts', { accountId, name: '2026', startDate: '2026-01-01', endDate: '2027-01-01' });
	const planId = world.seed.plans.starter.id;
	const add = async (fields: object) => (await post<{ id: string }>('/accountplans', { accountId, planId, ...fields })).id;
	const past = await add({ startDate: '2026-01-01T00:00:00Z', endDate: '2026-03-01T00:00:00Z' });
	const now = await add({ startDate: '2026-03-01T00:00:00Z', contractId: contract.id });
	const ids = async (filters: object, includeEnded = true) =>
		(await run('accountPlan', 'getAll', { account: byCode('globex'), includeEnded, returnAll: true, filters: { ...filters } })).json.map(({ id }) => id);

	expect((await ids({})).sort()).toEqual([past, now].sort());
	expect(await ids({ contractId: contract.id })).toEqual([now]);
	expect(await ids({ activeOn: '2026-02-28T23:59:59Z' }, false)).toEqual([past]);
	expect(await ids({ activeOn: '2026-03-01T00:00:00Z' })).toEqual([now]);
	expect(await ids({ product: byCode('acme_api') })).toHaveLength(2);
	expect(await errorsOf('accountPlan', 'getAll', { account: byCode('globex'), filters: { product: byCode('nothing') } })).toEqual([expect.objectContaining({ error: 'm3ter has no such product' })]);
	expect(await errorsOf('accountPlan', 'getAll', { account: byCode('globex'), filters: { activeOn: 'soon' } })).toEqual([expect.objectContaining({ error: "'Active On' is not a date" })]);
});

test('the children of an account are listed', async () => {
	const { id } = await create();
	const child = await create('globex-fr', { parentAccount: byId(id) });
	const { json } = await run('account', 'getAll', { returnAll: true, filters: { parent: byCode('globex') } });
	expect(json.map((account) => account.id)).toEqual([child.id]);
});

describe('an update that meets a newer version', () => {
	const rename = async () => await run('account', 'update', { account: byCode('globex'), updateFields: { name: 'Globex AG' } }, { onError: 'continueErrorOutput' });
	const conflict = (times: number) => world.m3ter.addFault({ method: 'PUT', path: /\/accounts\//, kind: 'status', status: 409, body: { message: 'Version 1 is not the current version' }, times });

	test('is merged into it', async () => {
		await create();
		conflict(2);
		expect((await rename()).json).toEqual([expect.objectContaining({ name: 'Globex AG' })]);
		expect(requests('PUT')).toHaveLength(3);
	});

	test('says so when it happens again and again', async () => {
		await create();
		conflict(3);
		const { errors } = await rename();
		expect(errors).toEqual([
			expect.objectContaining({ error: 'It was changed in m3ter again and again meanwhile', message: expect.stringContaining('Version 1'), details: expect.objectContaining({ kind: 'conflict', status: 409 }) }),
		]);
		expect(requests('PUT')).toHaveLength(3);
	});
});
