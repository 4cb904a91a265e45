import type { IDataObject } from 'n8n-workflow';

import type { RunOptions, RunResult } from './harness';
import { byId, create, one, run as runOperation, useM3ter, world } from './m3ter-account-plan-setup';

useM3ter();

const run = async (items: IDataObject[], operation = 'sync', parameters: IDataObject = {}, extra: Partial<RunOptions> = {}): Promise<RunResult> =>
	await runOperation('subscription', operation, parameters, { items, ...extra });

const mapToStripe = async (m3terEntity: string, m3terId: string, externalTable: string, externalId: string) =>
	await one('externalMapping', 'createOrUpdate', { m3terEntity, m3terId, externalSystem: 'Stripe', externalTable, externalId });

interface EventOptions {
	type?: string;
	at?: string;
	status?: string;
	endDate?: string | null;
	items?: Array<{ planRef: string; planCode?: string; name?: string }>;
	customer?: IDataObject;
	subscription?: IDataObject;
}

/** An event of Stripe subscription sub_1, as the Stripe trigger emits it. */
const event = ({ type = 'subscription.created', at = '2026-05-01T10:00:00Z', status = 'active', endDate = null, items = [{ planRef: 'price_pro', planCode: 'pro' }], customer, subscription }: EventOptions = {}): IDataObject => ({
	id: `evt_${type}_${at}`,
	type,
	occurredAt: at,
	system: 'Stripe',
	customer: { id: 'cus_1', name: 'Globex GmbH', email: 'billing@globex.example', currency: 'EUR', address: { addressLine1: 'Elm St 1', locality: 'Berlin', country: 'DE' }, ...customer },
	...(type === 'customer.updated' ? {} : { subscription: { id: 'sub_1', status, startDate: '2026-05-01T00:00:00Z', endDate, items, ...subscription } }),
});

const writes = () => world.m3ter.requests.filter(({ method, path }) => method !== 'GET' && path !== '/oauth/token').map(({ method, path }) => `${method} ${path.split('/').slice(3).join('/')}`);
const accounts = () => [...world.m3ter.state.accounts.values()];
const accountPlans = () => [...world.m3ter.state.accountPlans.values()].sort((a, b) => a.startDate.localeCompare(b.startDate));
const mappings = () => [...world.m3ter.state.externalMappings.values()].map(({ m3terEntity, externalTable, externalId }) => `${m3terEntity} ${externalTable} ${externalId}`).sort();
const planCodes = () => accountPlans().map(({ planId }) => world.m3ter.state.plans.get(planId ?? '')?.code);

describe('Subscription: Sync', () => {
	test('creates the account with its mapping and attaches the plan, and changes nothing the second time', async () => {
		const first = await run([event()]);

		expect(first.error).toBeUndefined();
		const [account] = accounts();
		const [accountPlan] = accountPlans();
		expect(first.json).toEqual([
			{
				action: 'created',
				customerId: 'cus_1',
				subscriptionId: 'sub_1',
				account: { id: account.id, code: 'cus_1', created: true },
				accountPlans: [{ id: accountPlan.id, planCode: 'pro', action: 'attached', startDate: '2026-05-01T00:00:00Z', endDate: null }],
				warnings: [],
			},
		]);
		expect(account).toMatchObject({ name: 'Globex GmbH', emailAddress: 'billing@globex.example', currency: 'EUR', address: { locality: 'Berlin' } });
		expect(mappings()).toEqual(['Account Customer cus_1', 'AccountPlan Subscription sub_1']);

		world.m3ter.requests.length = 0;
		const second = await run([event()]);

		expect(second.json[0]).toMatchObject({ action: 'unchanged', account: { created: false }, accountPlans: [{ id: accountPlan.id, action: 'unchanged' }] });
		expect(writes()).toEqual([]);
	});

	test('finds the account by its mapping, whatever its code', async () => {
		const account = String((await create('globex')).id);
		await mapToStripe('Account', account, 'Customer', 'cus_1');

		const { json } = await run([event()]);

		expect(json[0]).toMatchObject({ action: 'created', account: { id: account, code: 'globex', created: false } });
		expect(accounts()).toHaveLength(1);
	});

	test('finds the account by the code in the event or by the option, and maps it', async () => {
		await create('globex');

		const byEvent = await run([event({ customer: { accountCode: 'globex' } })]);
		const byOption = await run([event({ at: '2026-05-02T00:00:00Z' })], 'sync', { options: { accountCode: '={{ "glo" + "bex" }}' } });

		expect(byEvent.json[0]).toMatchObject({ account: { code: 'globex', created: false } });
		expect(byOption.json[0]).toMatchObject({ action: 'unchanged' });
		expect(mappings()).toContain('Account Customer cus_1');
	});

	test('leaves the mapping of an account to another customer alone and says so', async () => {
		const { id } = await create('cus_1');
		await mapToStripe('Account', String(id), 'Customer', 'cus_other');

		const { json } = await run([event()]);

		expect(json[0].warnings).toEqual([expect.stringContaining('cus_other')]);
		expect(mappings()).toEqual(['Account Customer cus_other', 'AccountPlan Subscription sub_1']);
	});

	test.each([
		['by external mapping', async () => await mapToStripe('Plan', world.seed.plans.starter.id, 'Price', 'price_x'), 'price_x', {}],
		['by equal code', async () => undefined, 'starter', {}],
		['by the plan table', async () => undefined, 'price_x', { planTable: { row: [{ planRef: 'price_x', plan: { __rl: true, mode: 'code', value: 'starter' } }] } }],
	])('finds the plan %s', async (_how, prepare, planRef, parameters) => {
		await prepare();

		const { json, error } = await run([event({ items: [{ planRef }] })], 'sync', parameters);

		expect(error).toBeUndefined();
		expect(json[0]).toMatchObject({ accountPlans: [{ planCode: 'starter', action: 'attached' }] });
	});

	test('names every sold item without a plan and writes nothing', async () => {
		const { error } = await run([event({ items: [{ planRef: 'price_a', name: 'Gold' }, { planRef: 'price_b', planCode: 'gone' }] })]);

		expect(error?.message).toBe('2 sold items have no m3ter plan');
		expect(error?.description).toMatch(/sub_1.*Globex GmbH.*price_a \(Gold\).*price_b \(its plan code 'gone' does not exist/);
		expect(writes()).toEqual([]);
	});

	test('skips items without a plan when told so', async () => {
		const { json } = await run([event({ items: [{ planRef: 'price_a' }, { planRef: 'pro' }] })], 'sync', { options: { unmapped: 'skip' } });

		expect(json[0]).toMatchObject({ accountPlans: [{ planCode: 'pro', action: 'attached' }], warnings: [expect.stringContaining('price_a')] });
	});

	test('names the customer whose email address is missing; a fallback helps', async () => {
		const without = event({ customer: { email: null } });

		const failed = await run([without]);
		const helped = await run([without], 'sync', { options: { fallbackEmail: 'billing@example.com' } });

		expect(failed.error?.message).toBe('The customer has no e-mail address');
		expect(failed.error?.description).toContain('Globex GmbH (cus_1)');
		expect(helped.json[0]).toMatchObject({ action: 'created' });
		expect(accounts()[0].emailAddress).toBe('billing@example.com');
	});

	test('sets the end date of a scheduled cancellation, clears it when it is withdrawn, and ends', async () => {
		await run([event()]);
		const end = '2026-06-01T00:00:00Z';

		const scheduled = await run([event({ type: 'subscription.updated', at: '2026-05-10T00:00:00Z', endDate: end })]);
		expect(scheduled.json[0]).toMatchObject({ action: 'updated', accountPlans: [{ action: 'endDateSet' }] });
		expect(accountPlans()[0].endDate).toBe('2026-06-01T00:00:00.000Z');

		const withdrawn = await run([event({ type: 'subscription.updated', at: '2026-05-11T00:00:00Z' })]);
		expect(withdrawn.json[0]).toMatchObject({ action: 'updated', accountPlans: [{ action: 'endDateCleared', endDate: null }] });
		expect(accountPlans()[0].endDate).toBeUndefined();

		const ended = await run([event({ type: 'subscription.ended', at: '2026-06-01T00:00:00Z', status: 'ended', endDate: end })]);
		expect(ended.json[0]).toMatchObject({ action: 'ended', accountPlans: [{ action: 'ended' }] });
		expect(Date.parse(accountPlans()[0].endDate ?? '')).toBe(Date.parse(end));
	});

	test('replaces the account plan when the plan changes', async () => {
		await run([event()]);

		const { json } = await run([event({ type: 'subscription.updated', at: '2026-05-15T00:00:00Z', items: [{ planRef: 'starter' }] })]);

		expect(json[0]).toMatchObject({ action: 'updated', accountPlans: [{ planCode: 'starter', action: 'replaced', startDate: '2026-05-15T00:00:00.000Z' }] });
		expect(planCodes()).toEqual(['pro', 'starter']);
		expect(accountPlans()[0].endDate).toBe(accountPlans()[1].startDate);
		expect(accountPlans()[1].customFields).toMatchObject({ n8nSubscription: 'Stripe:sub_1' });
	});

	test('adopts an equal account plan that was made by hand', async () => {
		const { id } = await create('cus_1');
		await one('accountPlan', 'attach', { account: byId(id), plan: byId(world.seed.plans.pro.id), startDate: '2026-04-01T00:00:00Z', additionalFields: { customFields: { field: [{ name: 'deal', value: 'D-7' }] } } });

		const { json } = await run([event()]);

		expect(json[0]).toMatchObject({ action: 'unchanged', accountPlans: [{ planCode: 'pro', action: 'unchanged', startDate: '2026-04-01T00:00:00Z' }] });
		expect(accountPlans()).toHaveLength(1);
		expect(accountPlans()[0].customFields).toMatchObject({ deal: 'D-7', n8nSubscription: 'Stripe:sub_1' });
		expect(mappings()).toContain('AccountPlan Subscription sub_1');
	});

	test('does nothing for a pending subscription and says so', async () => {
		const { json } = await run([event({ status: 'pending' })]);

		expect(json[0]).toMatchObject({ action: 'skipped', reason: expect.stringContaining('pending'), account: null, accountPlans: [] });
		expect(writes()).toEqual([]);
	});

	test('has nothing to end for a subscription m3ter does not know, unless it is to be billed afterwards', async () => {
		const over = event({ type: 'subscription.ended', status: 'ended', at: '2026-06-01T00:00:00Z', endDate: '2026-06-01T00:00:00Z' });

		const skipped = await run([over]);
		const attached = await run([over], 'sync', { options: { attachEnded: true } });

		expect(skipped.json[0]).toMatchObject({ action: 'skipped', reason: expect.stringContaining('nothing to end') });
		expect(attached.json[0]).toMatchObject({ action: 'created', accountPlans: [{ action: 'attached', endDate: '2026-06-01T00:00:00.000Z' }] });
	});

	test('skips an event older than the one applied last', async () => {
		await run([event({ type: 'subscription.ended', status: 'active' }), event({ type: 'subscription.ended', at: '2026-06-01T00:00:00Z', status: 'ended' })]);

		const { json } = await run([event({ type: 'subscription.updated', at: '2026-05-20T00:00:00Z' })]);

		expect(json[0]).toMatchObject({ action: 'skipped', reason: expect.stringContaining('later event') });
		expect(accountPlans()[0].endDate).toBeDefined();
	});

	test('updates the account of a changed customer, only where it differs', async () => {
		await run([event()]);
		world.m3ter.requests.length = 0;

		const same = await run([event({ type: 'customer.updated', at: '2026-05-02T00:00:00Z' })]);
		expect(same.json[0]).toMatchObject({ action: 'unchanged' });
		expect(writes()).toEqual([]);

		const changed = await run([event({ type: 'customer.updated', customer: { name: 'Globex SE', address: { addressLine1: 'Oak St 2', country: 'DE' }, customFields: { tier: 'gold' } } })]);
		expect(changed.json[0]).toMatchObject({ action: 'updated', account: { code: 'cus_1' } });
		expect(accounts()[0]).toMatchObject({ name: 'Globex SE', address: { addressLine1: 'Oak St 2', country: 'DE' }, customFields: { tier: 'gold' }, currency: 'EUR', emailAddress: 'billing@globex.example' });
		expect(accounts()[0].address).not.toHaveProperty('locality');

		const unknown = await run([event({ type: 'customer.updated', customer: { id: 'cus_2' } })]);
		expect(unknown.json[0]).toMatchObject({ action: 'skipped', reason: expect.stringContaining('no m3ter account') });
	});

	test('handles several events of one customer in order and many customers at once', async () => {
		const many = Array.from({ length: 12 }, (_, n) => event({ customer: { id: `cus_${n % 4}` }, subscription: { id: `sub_${n % 4}` }, at: `2026-05-0${1 + Math.floor(n / 4)}T00:00:00Z` }));

		const { json, error } = await run(many);

		expect(error).toBeUndefined();
		expect(json.map(({ action }) => action)).toEqual([...Array(4).fill('created'), ...Array(8).fill('unchanged')]);
		expect(accounts()).toHaveLength(4);
		expect(accountPlans()).toHaveLength(4);
	});

	test('shows the steps of a dry run and writes nothing', async () => {
		const { json } = await run([event()], 'sync', { options: { dryRun: true } });

		expect(json[0]).toMatchObject({ action: 'created', dryRun: true, account: { id: null, created: true }, accountPlans: [{ id: null, action: 'attached' }] });
		expect(json[0].steps).toEqual(['Create account cus_1 for Globex GmbH', 'Map account cus_1 to Stripe Customer cus_1', 'Attach plan pro from 2026-05-01T00:00:00Z']);
		expect(writes()).toEqual([]);
	});

	test('works without mappings where the organization does not allow them, and warns', async () => {
		world.m3ter.settings.mappings.entities = ['Bill'];
		const first = await run([event()]);
		const second = await run([event({ at: '2026-05-02T00:00:00Z', endDate: '2026-07-01T00:00:00Z' })]);
		world.m3ter.settings.mappings.entities = ['Account', 'AccountPlan', 'Plan', 'Bill'];

		expect(first.json[0].warnings).toHaveLength(2);
		expect(second.json[0]).toMatchObject({ action: 'updated', accountPlans: [{ action: 'endDateSet' }] });
		expect(accounts()).toHaveLength(1);
		expect(accountPlans()).toHaveLength(1);
	});

	test('is not led astray by answers that get lost: every write fails once after it was done', async () => {
		world.m3ter.addFault({ method: 'POST', path: /accounts$|accountplans|externalmappings/, kind: 'lost', times: 4 });

		const { json, error } = await run([event()]);

		expect(error).toBeUndefined();
		expect(json[0]).toMatchObject({ action: 'created', account: { created: true }, accountPlans: [{ action: 'attached' }] });
		expect([accounts().length, accountPlans().length, world.m3ter.state.externalMappings.size]).toEqual([1, 1, 2]);
	});

	test('stops in the middle and goes on where it stopped', async () => {
		world.m3ter.addFault({ method: 'POST', path: /accountplans$/, kind: 'status', status: 400, body: { message: 'Not today' }, times: 2 });

		const stopped = await run([event()]);
		const resumed = await run([event()]);

		expect(stopped.error?.description).toContain('Not today');
		expect(resumed.json[0]).toMatchObject({ account: { created: false }, accountPlans: [{ action: 'attached' }] });
		expect(accounts()).toHaveLength(1);
	});

	test.each([
		['accounts$', 'refuse'], ['accounts$', 'lost'], ['accounts$', 'status'], ['accounts$', 'html'],
		['accountplans$', 'refuse'], ['accountplans$', 'lost'], ['accountplans$', 'status'], ['accountplans$', 'html'],
		['externalmappings$', 'refuse'], ['externalmappings$', 'lost'], ['externalmappings$', 'status'], ['externalmappings$', 'html'],
	] as const)('comes to the same end when every POST to %s meets the fault %s and the node is run again', async (path, kind) => {
		world.m3ter.addFault({ method: 'POST', path: new RegExp(path), kind, status: 502, times: Infinity });
		await run([event()], 'sync', {}, { onError: 'continueErrorOutput' });
		world.m3ter.clearFaults();

		const { json, error } = await run([event()]);

		expect(error).toBeUndefined();
		expect(json[0].warnings).toEqual([]);
		expect(accounts().map(({ code }) => code)).toEqual(['cus_1']);
		expect(planCodes()).toEqual(['pro']);
		expect(mappings()).toEqual(['Account Customer cus_1', 'AccountPlan Subscription sub_1']);
	});

	test('two executions at the same time end in one account and one account plan', async () => {
		const both = await Promise.all([run([event()]), run([event()])]);

		expect(both.map(({ error }) => error)).toEqual([undefined, undefined]);
		expect([accounts().length, accountPlans().length]).toEqual([1, 1]);
	});

	describe('one value that m3ter cannot look up', () => {
		const three = () => ['cus_1', 'cus_bad', 'cus_3'].map((id) => event({ customer: { id }, subscription: { id: `sub_${id}` } }));
		const refused = /externalid\/Stripe\/Customer\/cus_bad/;

		test.each([
			['the firewall', { kind: 'html', status: 403 } as const, 'm3ter blocked the request before it was read'],
			['m3ter', { kind: 'status', status: 400, body: { message: 'no' } } as const, 'm3ter refused the request'],
		])('fails alone when %s refuses it', async (_who, fault, message) => {
			world.m3ter.addFault({ method: 'GET', path: refused, times: Infinity, ...fault });
			const { json, errors } = await run(three(), 'sync', {}, { onError: 'continueErrorOutput' });

			expect(json.map(({ customerId, action }) => [customerId, action])).toEqual([['cus_1', 'created'], ['cus_3', 'created']]);
			expect(errors).toEqual([expect.objectContaining({ error: message })]);
		});

		test('fails alone when what m3ter holds cannot be understood', async () => {
			await run(three());
			const plan = accountPlans().find(({ customFields }) => customFields?.n8nSubscription === 'Stripe:sub_cus_bad');
			Object.assign(plan?.customFields ?? {}, { n8nEventTime: 'yesterday' });
			const { json, errors } = await run(three(), 'sync', {}, { onError: 'continueErrorOutput' });

			expect(json.map(({ customerId, action }) => [customerId, action])).toEqual([['cus_1', 'unchanged'], ['cus_3', 'unchanged']]);
			expect(errors).toEqual([expect.objectContaining({ error: "'n8nEventTime' is not as expected" })]);
		});

		test('is not suspected when m3ter refuses access altogether', async () => {
			world.m3ter.addFault({ method: 'GET', path: /externalid/, kind: 'status', status: 403, body: { message: 'Forbidden' }, times: Infinity });
			const { errors } = await run(three(), 'sync', {}, { onError: 'continueErrorOutput' });

			expect(errors.map(({ error }) => error)).toEqual(Array(3).fill('m3ter refused access'));
			expect(world.m3ter.requests.filter(({ path }) => path.includes('/externalid/')).length).toBeLessThanOrEqual(9);
		});
	});

	test('sends failed items to the error branch and the others on', async () => {
		const { json, errors } = await run([event(), { nonsense: true }, event({ customer: { id: 'cus_3' }, items: [{ planRef: 'nope' }] })], 'sync', {}, { onError: 'continueErrorOutput' });

		expect(json).toHaveLength(1);
		expect(errors).toMatchObject([{ error: "'id' is not as expected" }, { error: 'A sold item has no m3ter plan', details: { kind: 'mapping-missing', unmapped: ['nope'] } }]);
	});
});

describe('Subscription: Provision and End', () => {
	test('Provision attaches but ends nothing', async () => {
		await run([event()]);

		const { json } = await run([event({ at: '2026-05-03T00:00:00Z', items: [] })], 'provision');
		const over = await run([event({ at: '2026-05-04T00:00:00Z', status: 'ended' })], 'provision');

		expect(json[0]).toMatchObject({ action: 'unchanged', accountPlans: [{ action: 'unchanged', endDate: null }] });
		expect(over.json[0]).toMatchObject({ action: 'skipped' });
		expect(accountPlans()[0].endDate).toBeUndefined();
	});

	test('End ends the account plans whatever the status', async () => {
		await run([event()]);

		const { json } = await run([event({ at: '2026-05-20T00:00:00Z' })], 'end');
		const again = await run([event({ at: '2026-05-21T00:00:00Z' })], 'end');

		expect(json[0]).toMatchObject({ action: 'ended', accountPlans: [{ endDate: '2026-05-20T00:00:00.000Z' }] });
		expect(again.json[0]).toMatchObject({ action: 'unchanged', accountPlans: [{ action: 'unchanged', endDate: '2026-05-20T00:00:00.000Z' }] });
	});
});
