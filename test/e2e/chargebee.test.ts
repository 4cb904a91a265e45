/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { setTimeout as sleep } from 'node:timers/promises';
import { type World, openWorld, webhookPaths } from '../demo/world';
import { chargebeeFlows } from '../demo/flows/chargebee';
import { agreedInvoice, approveAndSend, linesOfBill, renew, sellPro, sendUsageFile, SYSTEM, TEMPLATES } from '../demo/flows/chargebeeSteps';
import { accountOf, billLastMonth, billOf, recalculate } from '../demo/flows/m3terSteps';
import { play, refuseErrors, workflowOf } from '../demo/flows/play';
import { outcomeOf, usageOf } from '../demo/flows/steps';
import { FULL_ACCESS_KEY } from '../sandbox/chargebee';
import { API_SECRET } from '../sandbox/m3ter';
import { tarball } from './tarball';

let world: World;

beforeAll(async () => {
	world = await openWorld({ tarball: tarball(), systems: ['chargebee'] });
});
afterAll(async () => await world?.close());

/** A customer of one's own for a test, already in m3ter on the plan "Pro". */
async function customer(code: string) {
	const sold = await sellPro(world, { name: `Customer ${code}`, email: `${code}@shop.example`, accountCode: code });
	const found = accountOf(world, SYSTEM, sold.customerId);
	if (!found) throw new Error(`No m3ter account was made for ${sold.customerId}`);
	return { ...sold, ...found };
}

/** The writes the Chargebee sandbox got while `act` ran. */
async function writesDuring(act: () => Promise<unknown>): Promise<string[]> {
	const before = world.chargebee.requests.length;
	await act();
	return world.chargebee.requests.slice(before).flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path}`]));
}

const endOf = (accountPlanId: string) => world.m3ter.state.accountPlans.get(accountPlanId)?.endDate ?? undefined;

/** What of a bill's charges must not depend on how they came to be. */
async function shapeOf(billId: string) {
	const { invoice } = await agreedInvoice(world, billId);
	const lines = linesOfBill(invoice, billId).map(({ amount, description, date_from: from, date_to: to }) => ({ amount, from, to, text: description?.replace(/ \[m3ter:.*/, '') }));
	return { status: invoice.status, lines };
}

describe('the demo', () => {
	it('plays all three flows', async () => {
		for (const flow of chargebeeFlows) expect((await flow.run(world)).length).toBeGreaterThan(1);
	});
});

describe('the credential', () => {
	const test = async (data: object) => {
		const entry = world.credentials.find(({ type }) => type === 'chargebeeForM3terApi');
		if (entry === undefined) throw new Error('There is no Chargebee credential');
		return await world.client.testCredential({ ...entry, data: { ...entry.data, ...data } });
	};

	it('is accepted, and a wrong key is refused in words', async () => {
		expect(await test({})).toMatchObject({ status: 'OK' });
		expect(await test({ apiKey: 'test_nobody' })).toMatchObject({ status: 'Error', message: expect.stringContaining('does not know this key') });
	});
});

describe('subscription to m3ter', () => {
	it('makes the account, its plan from the backdated first day, and the mappings', async () => {
		const { account, plans, subscriptionId, customerId } = await customer('newcomer');
		expect(account).toMatchObject({ code: 'newcomer', name: 'Customer newcomer', currency: 'USD' });
		expect(plans).toHaveLength(1);
		expect(world.m3ter.state.plans.get(plans[0].planId ?? '')?.code).toBe('pro');
		expect(Date.parse(plans[0].startDate) / 1000).toBe(world.chargebee.state.subscriptions.get(subscriptionId)?.started_at);
		const mappings = [...world.m3ter.state.externalMappings.values()].filter((row) => row.externalSystem === SYSTEM);
		expect(mappings.filter((row) => row.externalId === customerId)).toHaveLength(1);
		expect(mappings.filter((row) => row.externalId === subscriptionId && row.m3terId === plans[0].id)).toHaveLength(1);
	});

	it('sets the end date a scheduled cancellation supplies, clears it when that is removed, and keeps the one of the cancellation', async () => {
		const { plans, subscriptionId: id } = await customer('leaver');
		const follow = async (act: () => unknown) => refuseErrors(await play(world, TEMPLATES.subscription, act));
		const supplied = () => world.chargebee.state.subscriptions.get(id)?.cancelled_at ?? 0;
		await follow(() => world.chargebee.cancelSubscription({ id, endOfTerm: true }));
		expect(Date.parse(endOf(plans[0].id) ?? '') / 1000).toBe(supplied());
		expect(supplied()).toBeGreaterThan(Date.now() / 1000);
		await follow(() => world.chargebee.removeScheduledCancellation({ id }));
		expect(endOf(plans[0].id)).toBeUndefined();
		await follow(() => world.chargebee.cancelSubscription({ id }));
		expect(Date.parse(endOf(plans[0].id) ?? '') / 1000).toBe(supplied());
	});

	it('starts nothing for a delivery with a wrong password', async () => {
		const { id, file } = workflowOf(world, TEMPLATES.subscription);
		const known = (await world.client.executions(id)).length;
		const [path] = webhookPaths(file, world.nodes);
		const genuine = JSON.stringify([...world.chargebee.state.events.values()].find(({ event_type: type }) => type.startsWith('subscription_created')));
		const headers = { 'Content-Type': 'application/json', Authorization: `Basic ${Buffer.from('m3ter-n8n:guessed').toString('base64')}` };
		const response = await fetch(`${world.host.url}/webhook/${path}`, { method: 'POST', headers, body: genuine });
		expect(response.status).toBe(401);
		await sleep(500);
		expect((await world.client.executions(id)).length).toBe(known);
	});
});

describe('usage to m3ter', () => {
	it('counts every row of a CSV file once for the right account, and names the rows it cannot use', async () => {
		const { account, customerId } = await customer('user');
		const rows = usageOf(customerId, 5);
		await sendUsageFile(world, rows);
		const runs = await sendUsageFile(world, [...rows, { ...rows[0], id: 'stray', customer: 'cust_nobody' }], { mayFail: true });
		expect(JSON.stringify(runs)).toContain('cust_nobody');
		const mine = world.m3ter.ingested().filter((entry) => entry.accountId === account.id);
		expect(mine.map(({ ts, measure }) => [new Date(ts).toISOString(), measure?.requests])).toEqual(rows.map((row) => [row.timestamp, row.requests]));
	});
});

describe('bill to Chargebee', () => {
	it('puts the bill on the pending invoice, to the cent, read back by the SDK; again changes nothing, a changed bill only its lines', async () => {
		const { account, customerId, subscriptionId } = await customer('billed');
		const pending = renew(world, subscriptionId);
		await sendUsageFile(world, usageOf(customerId, 7));
		const { id } = await billLastMonth(world, account.id);
		const { outcome } = await approveAndSend(world, id);
		expect(outcome).toMatchObject({ action: 'created', document: { id: pending?.id, status: 'pending' }, totals: { difference: '0.00' } });
		const { invoice, total } = await agreedInvoice(world, id);
		expect(invoice).toMatchObject({ id: pending?.id, customer_id: customerId });
		expect(total).toBeGreaterThan(10_000);

		await recalculate(world, id);
		let action = '';
		const writes = await writesDuring(async () => ({ action } = (await approveAndSend(world, id)).outcome));
		expect([action, writes]).toEqual(['unchanged', []]);

		await sendUsageFile(world, usageOf(customerId, 2, 'late'));
		await recalculate(world, id);
		expect((await approveAndSend(world, id)).outcome).toMatchObject({ action: 'updated', lines: { changed: 1, added: 0, removed: 0 }, totals: { difference: '0.00' } });
		expect((await agreedInvoice(world, id)).total).toBeGreaterThan(total);
	});

	it('lets the lines wait until there is an invoice, which takes them', async () => {
		const { account, subscriptionId } = await customer('early');
		const { id } = await billLastMonth(world, account.id);
		expect((await approveAndSend(world, id)).outcome).toMatchObject({ action: 'created', document: { id: subscriptionId, status: 'unbilled' } });
		renew(world, subscriptionId);
		const { bill } = await agreedInvoice(world, id);
		expect(bill.id).toBe(id);
	});

	it.each([
		['before Chargebee takes the first line', { method: 'POST', path: /add_charge$/, kind: 'hang' }],
		['after Chargebee took a line, before n8n hears of it', { method: 'POST', path: /add_charge$/, kind: 'delay', ms: 60_000 }],
	] as const)('ends as if nothing had happened when n8n is killed %s and the bill is approved again', async (when, fault) => {
		const lines = [{ amount: 12.34, description: 'Base' }, { amount: 0.66, description: 'Usage' }];
		const { account, subscriptionId } = await customer(`killed-${when.length}`);
		renew(world, subscriptionId);
		const clean = world.m3ter.createBill({ accountId: account.id, lines });
		await approveAndSend(world, clean.id);

		const broken = world.m3ter.createBill({ accountId: account.id, lines });
		const before = world.chargebee.requests.length;
		world.chargebee.addFault(fault);
		world.m3ter.approveBill(broken.id);
		for (let tries = 0; !world.chargebee.requests.slice(before).some((request) => request.fault); tries++) {
			if (tries > 200) throw new Error('The request that should break was never made');
			await sleep(50);
		}
		await world.host.kill();
		world.chargebee.clearFaults();
		await world.host.start();
		const { file } = workflowOf(world, TEMPLATES.bill);
		for (const path of webhookPaths(file, world.nodes)) await world.client.waitForWebhook(path);

		world.m3ter.changeBill(broken.id);
		const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(broken.id));
		expect(outcomeOf(runs).bill.id).toBe(broken.id);
		expect(await shapeOf(broken.id)).toEqual(await shapeOf(clean.id));
		expect(billOf(world, broken.id).billTotal).toBe(13);
	});
});

describe('through all of it', () => {
	it('broke no rule of either contract', () => {
		expect(world.chargebee.violations).toEqual([]);
		expect(world.m3ter.violations).toEqual([]);
	});

	it('kept every secret out of the runs and the log', async () => {
		const runs = await Promise.all([...world.workflows.values()].map(async ({ id }) => await world.client.executions(id, 100)));
		const passwords = [...world.chargebee.state.basicAuth.values()].flatMap(({ password }) => password ?? []);
		const written = JSON.stringify(runs) + world.host.log();
		expect(passwords).toHaveLength(1);
		for (const secret of [FULL_ACCESS_KEY, API_SECRET, ...passwords]) expect(written.includes(secret)).toBe(false);
	});

	it('removes from both systems what it registered when the workflows are switched off', async () => {
		expect([world.chargebee.state.webhookEndpoints.size, world.m3ter.state.webhooks.size]).toEqual([1, 1]);
		for (const { id } of world.workflows.values()) await world.client.deactivate(id);
		expect([world.chargebee.state.webhookEndpoints.size, world.m3ter.state.webhooks.size]).toEqual([0, 0]);
	});
});
