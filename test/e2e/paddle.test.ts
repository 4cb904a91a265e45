/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { setTimeout as sleep } from 'node:timers/promises';
import { type World, openWorld, webhookPaths } from '../demo/world';
import { accountOf, billLastMonth, recalculate } from '../demo/flows/m3terSteps';
import { paddleFlows } from '../demo/flows/paddle';
import { agreedCharge, approveAndSend, billedAmount, buyPro, renew, SYSTEM, TEMPLATES, uploadUsage, waitingAmount } from '../demo/flows/paddleSteps';
import { play, refuseErrors, workflowOf } from '../demo/flows/play';
import { outcomeOf, usageOf } from '../demo/flows/steps';
import { API_SECRET } from '../sandbox/m3ter';
import { API_KEY, LIVE_KEY } from '../sandbox/paddle';
import { tarball } from './tarball';

let world: World;

beforeAll(async () => {
	world = await openWorld({ tarball: tarball(), systems: ['paddle'] });
});
afterAll(async () => await world?.close());

/** A customer of one's own for a test, already in m3ter on the plan "Pro". */
async function customer(code: string) {
	const sold = await buyPro(world, { name: `Customer ${code}`, email: `${code}@shop.example`, accountCode: code });
	const found = accountOf(world, SYSTEM, sold.customerId);
	if (!found) throw new Error(`No m3ter account was made for ${sold.customerId}`);
	return { ...sold, ...found };
}

/** The writes the Paddle sandbox got while `act` ran. */
async function writesDuring(act: () => Promise<unknown>): Promise<string[]> {
	const before = world.paddle.requests.length;
	await act();
	return world.paddle.requests.slice(before).flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path}`]));
}

const endOf = (accountPlanId: string) => world.m3ter.state.accountPlans.get(accountPlanId)?.endDate ?? undefined;

describe('the demo', () => {
	it('plays all three flows', async () => {
		for (const flow of paddleFlows) expect((await flow.run(world)).length).toBeGreaterThan(1);
	});
});

describe('the credentials', () => {
	const test = async (wanted: string, data: object) => {
		const entry = world.credentials.find(({ type }) => type === wanted);
		if (entry === undefined) throw new Error(`There is no ${wanted} credential`);
		return await world.client.testCredential({ ...entry, data: { ...entry.data, ...data } });
	};

	it('are accepted, and wrong ones are refused in words', async () => {
		expect(await test('paddleForM3terApi', {})).toMatchObject({ status: 'OK' });
		expect(await test('paddleForM3terApi', { apiKey: LIVE_KEY })).toMatchObject({ status: 'Error', message: expect.stringContaining('other environment') });
		expect(await test('paddleClassicForM3terApi', {})).toMatchObject({ status: 'OK' });
		expect(await test('paddleClassicForM3terApi', { vendorAuthToken: 'nobody' })).toMatchObject({ status: 'Error', message: expect.stringContaining('vendor ID') });
	});
});

describe('subscription to m3ter', () => {
	it('makes the account, its plan from the first day, and the mappings', async () => {
		const { account, plans, subscriptionId, customerId } = await customer('newcomer');
		expect(account).toMatchObject({ code: 'newcomer', name: 'Customer newcomer', currency: 'USD' });
		expect(plans).toHaveLength(1);
		expect(world.m3ter.state.plans.get(plans[0].planId ?? '')?.code).toBe('pro');
		expect(Date.parse(plans[0].startDate)).toBe(Date.parse(world.paddle.state.subscriptions.get(subscriptionId)?.started_at ?? ''));
		const mappings = [...world.m3ter.state.externalMappings.values()].filter((row) => row.externalSystem === SYSTEM);
		expect(mappings.filter((row) => row.externalId === customerId)).toHaveLength(1);
		expect(mappings.filter((row) => row.externalId === subscriptionId && row.m3terId === plans[0].id)).toHaveLength(1);
	});

	it('sets the end date of a scheduled cancellation, clears it when that is removed, and ends at the cancellation', async () => {
		const { plans, subscriptionId: id } = await customer('leaver');
		const follow = async (act: () => unknown) => refuseErrors(await play(world, TEMPLATES.subscription, act));
		await follow(() => world.paddle.cancelSubscription({ id }));
		expect(Date.parse(endOf(plans[0].id) ?? '')).toBe(Date.parse(world.paddle.state.subscriptions.get(id)?.scheduled_change?.effective_at ?? ''));
		await follow(() => world.paddle.removeScheduledCancellation({ id }));
		expect(endOf(plans[0].id)).toBeUndefined();
		await follow(() => world.paddle.cancelSubscription({ id, endOfTerm: false }));
		expect(Date.parse(endOf(plans[0].id) ?? '')).toBe(Date.parse(world.paddle.state.subscriptions.get(id)?.canceled_at ?? ''));
	});

	it('starts nothing for a delivery with a wrong signature', async () => {
		const { id, file } = workflowOf(world, TEMPLATES.subscription);
		const known = (await world.client.executions(id)).length;
		const [path] = webhookPaths(file, world.nodes);
		const genuine = JSON.stringify([...world.paddle.state.events.values()].find(({ event_type: type }) => type === 'subscription.created'));
		const headers = { 'Content-Type': 'application/json', 'Paddle-Signature': `ts=${Math.floor(Date.now() / 1000)};h1=${'0'.repeat(64)}` };
		const response = await fetch(`${world.host.url}/webhook/${path}`, { method: 'POST', headers, body: genuine });
		expect(response.status).toBe(400);
		await sleep(500);
		expect((await world.client.executions(id)).length).toBe(known);
	});
});

describe('usage to m3ter', () => {
	it('counts every row of an uploaded file once for the right account, and names the rows it cannot use', async () => {
		const { account, customerId } = await customer('user');
		const rows = usageOf(customerId, 5);
		await uploadUsage(world, rows);
		const runs = await uploadUsage(world, [...rows, { ...rows[0], id: 'stray', customer: 'ctm_nobody' }], { mayFail: true });
		expect(JSON.stringify(runs)).toContain('ctm_nobody');
		const mine = world.m3ter.ingested().filter((entry) => entry.accountId === account.id);
		expect(mine.map(({ ts, measure }) => [new Date(ts).toISOString(), measure?.requests])).toEqual(rows.map((row) => [row.timestamp, row.requests]));
	});
});

describe('bill to Paddle', () => {
	it('charges the bill on the subscription, to the cent, read back by the SDK; again changes nothing, more is charged as a difference', async () => {
		const { account, customerId, subscriptionId } = await customer('billed');
		await uploadUsage(world, usageOf(customerId, 7));
		const { id } = await billLastMonth(world, account.id);
		const { outcome } = await approveAndSend(world, id);
		expect(outcome).toMatchObject({ action: 'created', document: { id: subscriptionId, status: 'waiting' }, totals: { difference: '0.00' } });
		const { total } = await agreedCharge(world, id, subscriptionId);
		expect(total).toBeGreaterThan(10_000);

		await recalculate(world, id);
		let action = '';
		const writes = await writesDuring(async () => ({ action } = (await approveAndSend(world, id)).outcome));
		expect([action, writes]).toEqual(['unchanged', []]);

		await uploadUsage(world, usageOf(customerId, 2, 'late'));
		await recalculate(world, id);
		expect((await approveAndSend(world, id)).outcome).toMatchObject({ action: 'updated', lines: { added: 1, changed: 0, removed: 0 }, totals: { difference: '0.00' } });
		const more = await agreedCharge(world, id, subscriptionId);
		expect(more.total).toBeGreaterThan(total);
		expect(await billedAmount(world, renew(world, subscriptionId).id, id)).toBe(more.total);
	});

	it.each([
		['before Paddle charges', { method: 'POST', path: /\/charge$/, kind: 'hang' }],
		['after Paddle charged, before n8n hears of it', { method: 'POST', path: /\/charge$/, kind: 'delay', ms: 60_000 }],
	] as const)('charges once when n8n is killed %s and the bill is approved again', async (when, fault) => {
		const { account, subscriptionId } = await customer(`killed-${when.length}`);
		const bill = world.m3ter.createBill({ accountId: account.id, lines: [{ amount: 12.34, description: 'Base' }, { amount: 0.66, description: 'Usage' }] });
		const before = world.paddle.requests.length;
		world.paddle.addFault(fault);
		world.m3ter.approveBill(bill.id);
		for (let tries = 0; !world.paddle.requests.slice(before).some((request) => request.fault); tries++) {
			if (tries > 200) throw new Error('The request that should break was never made');
			await sleep(50);
		}
		await world.host.kill();
		world.paddle.clearFaults();
		await world.host.start();
		const { file } = workflowOf(world, TEMPLATES.bill);
		for (const path of webhookPaths(file, world.nodes)) await world.client.waitForWebhook(path);

		world.m3ter.changeBill(bill.id);
		const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(bill.id));
		expect(outcomeOf(runs).bill.id).toBe(bill.id);
		expect(await waitingAmount(world, subscriptionId)).toBe(1_300);
	});
});

describe('through all of it', () => {
	it('broke no rule of either contract', () => {
		expect(world.paddle.violations).toEqual([]);
		expect(world.m3ter.violations).toEqual([]);
	});

	it('kept every secret out of the runs and the log', async () => {
		const runs = await Promise.all([...world.workflows.values()].map(async ({ id }) => await world.client.executions(id, 100)));
		const secrets = [...world.paddle.state.notificationSettings.values()].map(({ endpoint_secret_key: secret }) => secret);
		const written = JSON.stringify(runs) + world.host.log();
		expect(secrets).toHaveLength(1);
		for (const secret of [API_KEY, API_SECRET, ...secrets]) expect(written.includes(secret)).toBe(false);
	});

	it('removes from both systems what it registered when the workflows are switched off', async () => {
		expect([world.paddle.state.notificationSettings.size, world.m3ter.state.webhooks.size]).toEqual([1, 1]);
		for (const { id } of world.workflows.values()) await world.client.deactivate(id);
		expect([world.paddle.state.notificationSettings.size, world.m3ter.state.webhooks.size]).toEqual([0, 0]);
	});
});
