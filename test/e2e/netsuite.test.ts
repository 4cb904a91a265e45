/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { setTimeout as sleep } from 'node:timers/promises';
import { accountOf, billLastMonth, lastMonth, recalculate } from '../demo/flows/m3terSteps';
import { netsuiteFlows } from '../demo/flows/netsuite';
import { agreedInvoice, invoicesOf, postOrder, readNetSuite, readUsageFile, sellPro, sendAfter, SYSTEM, TEMPLATES } from '../demo/flows/netsuiteSteps';
import { play, refuseErrors, workflowOf } from '../demo/flows/play';
import { usageOf } from '../demo/flows/steps';
import { openWorld, webhookPaths, type World } from '../demo/world';
import { API_SECRET } from '../sandbox/m3ter';
import { SCRIPT_SECRET } from '../sandbox/netsuite';
import { tarball } from './tarball';

let world: World;

beforeAll(async () => {
	world = await openWorld({ tarball: tarball(), systems: ['netsuite'] });
});
afterAll(async () => await world?.close());

/** A customer of one's own for a test, already in m3ter on the plan "Pro". */
async function customer(name: string) {
	const sold = await sellPro(world, { name, email: `${name}@customer.example` });
	const found = accountOf(world, SYSTEM, sold.customerId);
	if (!found) throw new Error(`No m3ter account was made for ${sold.customerId}`);
	return { ...sold, ...found };
}

/** The record writes the NetSuite sandbox got while `act` ran. */
async function writesDuring(act: () => Promise<unknown>): Promise<string[]> {
	const before = world.netsuite.requests.length;
	await act();
	return world.netsuite.requests.slice(before).flatMap(({ method, path }) => (method !== 'GET' && path.includes('/record/') ? [`${method} ${path}`] : []));
}

describe('the demo', () => {
	it('plays all three flows', async () => {
		for (const flow of netsuiteFlows) expect((await flow.run(world)).length).toBeGreaterThan(1);
	});
});

describe('sales to m3ter', () => {
	it('makes the account with its plan when the order is approved, read back over an OAuth library', async () => {
		const { account, plans, customerId, orderId } = await customer('newcomer');
		expect(account).toMatchObject({ name: 'newcomer', currency: 'USD' });
		expect(plans).toMatchObject([{ startDate: expect.stringContaining(lastMonth().first) }]);
		expect(await readNetSuite(world.netsuite, `/services/rest/record/v1/salesOrder/${orderId}`)).toMatchObject({ entity: { id: customerId }, orderStatus: { id: 'B' } });
		const mappings = [...world.m3ter.state.externalMappings.values()].filter((row) => row.externalSystem === SYSTEM);
		expect(mappings.filter((row) => row.externalId === customerId)).toHaveLength(1);
		expect(mappings.filter((row) => row.externalId === orderId && row.m3terId === plans[0].id)).toHaveLength(1);
	});

	it('changes nothing when the order is saved again without a change that matters', async () => {
		const { account, plans, orderId } = await customer('touched');
		const before = [world.m3ter.state.accounts.size, world.m3ter.state.accountPlans.size, world.m3ter.state.externalMappings.size];
		await play(world, TEMPLATES.sale, () => world.netsuite.approveSalesOrder({ id: orderId })).then(refuseErrors);
		expect([world.m3ter.state.accounts.size, world.m3ter.state.accountPlans.size, world.m3ter.state.externalMappings.size]).toEqual(before);
		expect(world.m3ter.state.accounts.get(account.id)?.version).toBe(account.version);
		expect(world.m3ter.state.accountPlans.get(plans[0].id)).toMatchObject({ startDate: plans[0].startDate });
	});

	it('takes an order of a shop: the customer is made once, the plan ends with the order, whatever arrives late', async () => {
		const order = { customerId: 'C-9', customerName: 'Shop customer', customerEmail: 'c9@shop.example', orderId: 'WEB-9', items: ['pro'], startDate: lastMonth().first, accountCode: 'c-9' };
		await postOrder(world, order);
		await postOrder(world, order);
		const customers = [...world.netsuite.state.customers.values()].filter(({ externalId }) => externalId === 'channel-C-9');
		expect(customers).toHaveLength(1);
		const sold = accountOf(world, SYSTEM, customers[0].id);
		expect(sold).toMatchObject({ account: { code: 'c-9' }, plans: [{}] });
		await postOrder(world, { ...order, status: 'ended' });
		await postOrder(world, { ...order, changedAt: `${lastMonth().first}T00:00:00Z` });
		expect(accountOf(world, SYSTEM, customers[0].id)?.plans).toEqual([expect.objectContaining({ endDate: expect.any(String) })]);
	});

	it('starts nothing for a request the script did not sign', async () => {
		const { id, file } = workflowOf(world, TEMPLATES.sale);
		const known = (await world.client.executions(id)).length;
		const path = webhookPaths(file, world.nodes).find((entry) => entry.endsWith('/netsuite'));
		const headers = { 'Content-Type': 'application/json', 'X-M3ter-NS-Timestamp': String(Math.floor(Date.now() / 1000)), 'X-M3ter-NS-Signature': '0'.repeat(64) };
		const response = await fetch(`${world.host.url}/webhook/${path}`, { method: 'POST', headers, body: '{"eventId":"x"}' });
		expect(response.status).toBe(401);
		await sleep(500);
		expect((await world.client.executions(id)).length).toBe(known);
	});
});

describe('usage to m3ter', () => {
	it('names the row whose customer m3ter does not know, and counts the others once', async () => {
		const { account, customerId } = await customer('user');
		const rows = usageOf(customerId, 3, 'mixed');
		const run = await readUsageFile(world, [rows[0], { ...rows[1], customer: '424242' }, rows[2]], { mayFail: true });
		expect(JSON.stringify(run)).toContain('424242');
		await readUsageFile(world, [rows[0], rows[2]]);
		const mine = world.m3ter.ingested().filter((entry) => entry.accountId === account.id);
		expect(mine.map(({ measure }) => measure?.requests)).toEqual([rows[0].requests, rows[2].requests]);
	});
});

describe('bill to NetSuite', () => {
	it('keeps one pending invoice equal to the bill, writes nothing for an unchanged one, and approves at the end', async () => {
		const { account, customerId } = await customer('billed');
		await readUsageFile(world, usageOf(customerId, 7));
		let id = '';
		const first = await sendAfter(world, async () => ({ id } = await billLastMonth(world, account.id)));
		expect(first.outcome).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		const { invoice, bill } = await agreedInvoice(world, id);
		expect(invoice).toMatchObject({ externalId: `m3ter_bill-${id}`, entity: { id: customerId }, approvalStatus: { id: '1' } });
		expect(bill.billTotal).toBeGreaterThan(100);

		let action = '';
		const writes = await writesDuring(async () => ({ action } = (await sendAfter(world, async () => await recalculate(world, id))).outcome));
		expect([action, writes]).toEqual(['unchanged', []]);

		await readUsageFile(world, usageOf(customerId, 2, 'late'));
		expect((await sendAfter(world, async () => await recalculate(world, id))).outcome).toMatchObject({ action: 'updated', document: { id: invoice.id } });
		expect((await sendAfter(world, () => world.m3ter.approveBill(id))).outcome).toMatchObject({ document: { id: invoice.id } });
		expect((await agreedInvoice(world, id)).invoice).toMatchObject({ id: invoice.id, approvalStatus: { id: '2' } });
	});

	it.each([
		['before NetSuite makes the invoice', { method: 'PUT', path: /eid:/, kind: 'hang' }],
		['after NetSuite made the invoice, before n8n hears of it', { method: 'PUT', path: /eid:/, kind: 'delay', ms: 60_000 }],
	] as const)('ends as if nothing had happened when n8n is killed %s', async (when, fault) => {
		const { account } = await customer(`killed-${when.length}`);
		const broken = world.m3ter.createBill({ accountId: account.id, lines: [{ amount: 12.34, description: 'Base' }, { amount: 0.66, description: 'Usage' }] });
		await world.m3ter.settled();
		await sleep(1500);
		world.netsuite.state.transactions.forEach((document, key) => document.externalId?.includes(broken.id) && world.netsuite.state.transactions.delete(key));
		const forgotten = [...world.m3ter.state.externalMappings].filter(([, row]) => row.m3terId === broken.id).map(([key]) => key);
		forgotten.forEach((key) => world.m3ter.state.externalMappings.delete(key));
		const before = world.netsuite.requests.length;
		world.netsuite.addFault(fault);
		world.m3ter.approveBill(broken.id);
		for (let tries = 0; !world.netsuite.requests.slice(before).some((request) => request.fault); tries++) {
			if (tries > 200) throw new Error('The request that should break was never made');
			await sleep(50);
		}
		await world.host.kill();
		world.netsuite.clearFaults();
		await world.host.start();
		for (const path of webhookPaths(workflowOf(world, TEMPLATES.bill).file, world.nodes)) await world.client.waitForWebhook(path);

		world.m3ter.changeBill(broken.id);
		await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(broken.id));
		expect(await invoicesOf(world, broken)).toHaveLength(1);
		const { invoice } = await agreedInvoice(world, broken.id);
		expect(invoice.item.items.map(({ amount, description }) => [amount, description])).toEqual([[12.34, expect.stringMatching(/^Base/)], [0.66, expect.stringMatching(/^Usage/)]]);
	});
});

describe('through all of it', () => {
	it('broke no rule of either side', () => {
		expect(world.netsuite.violations).toEqual([]);
		expect(world.m3ter.violations).toEqual([]);
	});

	it('kept every secret out of the runs and the log', async () => {
		const runs = await Promise.all([...world.workflows.values()].map(async ({ id }) => await world.client.executions(id, 100)));
		const written = JSON.stringify(runs) + world.host.log();
		const key = world.netsuite.keys.PS256.privateKey.split('\n')[1];
		for (const secret of [key, SCRIPT_SECRET, API_SECRET, ...world.netsuite.state.tokens.keys()]) expect(written.includes(secret)).toBe(false);
	});
});
