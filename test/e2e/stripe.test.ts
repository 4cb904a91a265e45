/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { setTimeout as sleep } from 'node:timers/promises';
import { type World, openWorld, webhookPaths } from '../demo/world';
import { accountOf, billLastMonth, billOf, recalculate } from '../demo/flows/m3terSteps';
import { itemsWith, play, refuseErrors, workflowOf } from '../demo/flows/play';
import { stripeFlows } from '../demo/flows/stripe';
import { outcomeOf, usageOf } from '../demo/flows/steps';
import { agreedInvoice, approveAndSend, buyPro, invoicesOf, postUsage, stripeSdk, SYSTEM, TEMPLATES } from '../demo/flows/stripeSteps';
import { errorOf } from '../host/execution';
import { API_SECRET, type Bill } from '../sandbox/m3ter';
import { SECRET_KEY } from '../sandbox/stripe';
import { tarball } from './tarball';

let world: World;

beforeAll(async () => {
	world = await openWorld({ tarball: tarball(), systems: ['stripe'] });
});
afterAll(async () => await world?.close());

/** A customer of one's own for a test, already in m3ter on the plan "Pro". */
async function customer(code: string) {
	const sold = await buyPro(world, { name: `Customer ${code}`, email: `${code}@shop.example`, accountCode: code });
	const found = accountOf(world, SYSTEM, sold.customerId);
	if (!found) throw new Error(`No m3ter account was made for ${sold.customerId}`);
	return { ...sold, ...found };
}

/** The writes the Stripe sandbox got while `act` ran. */
async function writesDuring(act: () => Promise<unknown>): Promise<string[]> {
	const before = world.stripe.requests.length;
	await act();
	return world.stripe.requests.slice(before).flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path}`]));
}

/** What of an invoice must not depend on how it came to be. */
async function shapeOf(bill: Bill) {
	const { invoice } = await agreedInvoice(world, bill.id);
	const { data } = await stripeSdk(world).invoices.listLineItems(invoice.id, { limit: 100 });
	const lines = data.map(({ amount, description, period }) => ({ amount, description, period }));
	return { status: invoice.status, currency: invoice.currency, total: invoice.total, lines };
}

describe('the demo', () => {
	it('plays all three flows', async () => {
		for (const flow of stripeFlows) expect((await flow.run(world)).length).toBeGreaterThan(1);
	});
});

describe('subscription to m3ter', () => {
	it('makes the account, its plan from the first day, and the mappings', async () => {
		const { account, plans, subscriptionId, customerId } = await customer('newcomer');
		expect(account).toMatchObject({ code: 'newcomer', name: 'Customer newcomer', currency: 'USD' });
		expect(plans).toHaveLength(1);
		expect(world.m3ter.state.plans.get(plans[0].planId ?? '')?.code).toBe('pro');
		const subscription = await stripeSdk(world).subscriptions.retrieve(subscriptionId);
		expect(Date.parse(plans[0].startDate)).toBe(subscription.start_date * 1000);
		expect(plans[0].endDate ?? null).toBeNull();
		const mappings = [...world.m3ter.state.externalMappings.values()].filter((row) => row.externalSystem === SYSTEM);
		expect(mappings.filter((row) => row.externalId === customerId)).toHaveLength(1);
		expect(mappings.filter((row) => row.externalId === subscriptionId && row.m3terId === plans[0].id)).toHaveLength(1);
	});

	it('writes nothing when Stripe delivers its events once more, out of order', async () => {
		const { account } = await customer('repeated');
		const before = world.m3ter.requests.length;
		const events = [...world.stripe.state.events.values()].filter(({ type }) => /^(checkout\.session|customer\.subscription)\./.test(type));
		for (const event of events.slice(-2).reverse()) world.stripe.resendEvent({ id: event.id });
		await world.stripe.settled();
		await sleep(1000);
		expect(await world.client.unfinished(workflowOf(world, TEMPLATES.subscription).id)).toBe(0);
		const writes = world.m3ter.requests.slice(before).filter(({ method, path }) => method !== 'GET' && !path.endsWith('/oauth/token'));
		expect(writes).toEqual([]);
		expect(world.m3ter.state.accounts.get(account.id)?.version).toBe(account.version);
	});

	it('leaves account, plan and mappings alone when nothing that matters has changed', async () => {
		const { account, plans, subscriptionId } = await customer('touched');
		const count = () => [world.m3ter.state.accounts.size, world.m3ter.state.accountPlans.size, world.m3ter.state.externalMappings.size];
		const before = count();
		const runs = await play(world, TEMPLATES.subscription, () => world.stripe.updateSubscription({ id: subscriptionId, metadata: { note: 'touched' } }));
		refuseErrors(runs);
		expect(runs.flatMap((run) => itemsWith(run, 'action', 'accountPlans')).map(({ action }) => action)).toEqual(['unchanged']);
		expect(count()).toEqual(before);
		expect(world.m3ter.state.accounts.get(account.id)?.version).toBe(account.version);
		const { planId, startDate, endDate } = plans[0];
		expect(world.m3ter.state.accountPlans.get(plans[0].id)).toMatchObject({ planId, startDate, ...(endDate && { endDate }) });
	});

	it('ends the account plan when the subscription is cancelled', async () => {
		const { plans, subscriptionId } = await customer('leaver');
		await play(world, TEMPLATES.subscription, () => world.stripe.cancelSubscription({ id: subscriptionId })).then(refuseErrors);
		const { ended_at: endedAt } = await stripeSdk(world).subscriptions.retrieve(subscriptionId);
		const ended = world.m3ter.state.accountPlans.get(plans[0].id);
		expect(Date.parse(ended?.endDate ?? '')).toBe((endedAt ?? 0) * 1000);
	});

	it('starts nothing for a request that Stripe did not sign', async () => {
		const { id, file } = workflowOf(world, TEMPLATES.subscription);
		const known = (await world.client.executions(id)).length;
		const [path] = webhookPaths(file, world.nodes);
		const headers = { 'Content-Type': 'application/json', 'Stripe-Signature': `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}` };
		const genuine = JSON.stringify([...world.stripe.state.events.values()].find(({ type }) => type === 'customer.subscription.created'));
		const response = await fetch(`${world.host.url}/webhook/${path}`, { method: 'POST', headers, body: genuine });
		expect(response.status).toBe(400);
		await sleep(500);
		expect((await world.client.executions(id)).length).toBe(known);
	});
});

describe('usage to m3ter', () => {
	it('counts every row once for the right account, however often it is sent', async () => {
		const { account, customerId } = await customer('user');
		const rows = usageOf(customerId, 5);
		await postUsage(world, rows);
		await postUsage(world, rows);
		const mine = world.m3ter.ingested().filter((entry) => entry.accountId === account.id);
		expect(mine.map(({ ts, measure }) => [new Date(ts).toISOString(), measure?.requests])).toEqual(rows.map((row) => [row.timestamp, row.requests]));
	});

	it('names the row whose customer m3ter does not know, and counts the others', async () => {
		const { account, customerId } = await customer('mixed');
		const rows = usageOf(customerId, 3, 'mixed');
		const runs = await postUsage(world, [rows[0], { ...rows[1], customer: 'cus_nobody' }, rows[2]], { mayFail: true });
		expect(JSON.stringify(runs)).toContain('cus_nobody');
		const mine = world.m3ter.ingested().filter((entry) => entry.accountId === account.id);
		expect(mine.map(({ measure }) => measure?.requests)).toEqual([rows[0].requests, rows[2].requests]);
		expect([...world.m3ter.state.accounts.values()].some(({ code }) => code === 'cus_nobody')).toBe(false);
	});
});

describe('bill to Stripe', () => {
	it('makes one draft invoice with the total of the bill, to the cent, read back by the SDK', async () => {
		const { account, customerId } = await customer('billed');
		await postUsage(world, usageOf(customerId, 7));
		const { id } = await billLastMonth(world, account.id);
		const { outcome } = await approveAndSend(world, id);
		expect(outcome).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		const { invoice, bill } = await agreedInvoice(world, id);
		expect(invoice).toMatchObject({ status: 'draft', customer: customerId, currency: 'usd', auto_advance: false });
		expect(bill.billTotal).toBeGreaterThan(100);
		const { lines } = await shapeOf(bill);
		expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBe(Math.round(bill.billTotal * 100));
	});

	it('writes nothing when the same bill is approved again', async () => {
		const { account } = await customer('again');
		const { id } = await billLastMonth(world, account.id);
		const first = await approveAndSend(world, id);
		const shape = await shapeOf(billOf(world, id));
		await recalculate(world, id);
		let action = '';
		const writes = await writesDuring(async () => ({ action } = (await approveAndSend(world, id)).outcome));
		expect([first.outcome.action, action]).toEqual(['created', 'unchanged']);
		expect(writes).toEqual([]);
		expect(await shapeOf(billOf(world, id))).toEqual(shape);
	});

	it('updates the same invoice when the bill has changed', async () => {
		const { account } = await customer('changed');
		const bill = world.m3ter.createBill({ accountId: account.id, lines: [{ amount: 10.01, description: 'Base' }, { amount: 5.5, description: 'Usage' }] });
		await approveAndSend(world, bill.id);
		const { invoice } = await agreedInvoice(world, bill.id);
		world.m3ter.changeBill(bill.id, { lines: [{ ...bill.lineItems[0] }, { ...bill.lineItems[1], subtotal: 7, convertedSubtotal: 7 }, { amount: 1, description: 'Late' }] });
		const { outcome } = await approveAndSend(world, bill.id);
		expect(outcome).toMatchObject({ action: 'updated', document: { id: invoice.id }, lines: { added: 1, changed: 1, removed: 0, unchanged: 1 } });
		expect((await agreedInvoice(world, bill.id)).invoice).toMatchObject({ id: invoice.id, total: 1801 });
	});

	it('sends a bill whose account had no customer when its run is retried, once', async () => {
		const { account, customerId } = await customer('retried');
		const { externalMappings } = world.m3ter.state;
		const [key, mapping] = [...externalMappings].find(([, row]) => row.m3terId === account.id && row.externalId === customerId) ?? [];
		if (!key || !mapping) throw new Error(`Account ${account.code} is mapped to no customer`);
		externalMappings.delete(key);
		const { id } = world.m3ter.createBill({ accountId: account.id, lines: [{ amount: 12.34, description: 'Base' }] });
		const [failed] = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(id));
		expect(errorOf(failed)).toMatch(/^Send to Stripe: The account has no Stripe customer/);
		externalMappings.set(key, mapping);
		const retried = await world.client.retry(failed.id);
		refuseErrors([retried]);
		expect(outcomeOf([retried])).toMatchObject({ action: 'created', bill: { id } });
		await agreedInvoice(world, id);
	});

	it.each([
		['before Stripe makes the invoice', { method: 'POST', path: '/v1/invoices', kind: 'hang' }],
		['after Stripe made the invoice, before n8n hears of it', { method: 'POST', path: '/v1/invoices', kind: 'delay', ms: 60_000 }],
		['after Stripe took the lines, before n8n hears of it', { method: 'POST', path: /add_lines$/, kind: 'delay', ms: 60_000 }],
	] as const)('ends as if nothing had happened when n8n is killed %s and the bill is approved again', async (when, fault) => {
		const lines = [{ amount: 12.34, description: 'Base' }, { amount: 0.66, description: 'Usage' }];
		const { account } = await customer(`killed-${when.length}`);
		const clean = world.m3ter.createBill({ accountId: account.id, lines });
		await approveAndSend(world, clean.id);

		const broken = world.m3ter.createBill({ accountId: account.id, lines });
		const before = world.stripe.requests.length;
		world.stripe.addFault(fault);
		world.m3ter.approveBill(broken.id);
		for (let tries = 0; !world.stripe.requests.slice(before).some((request) => request.fault); tries++) {
			if (tries > 200) throw new Error('The request that should break was never made');
			await sleep(50);
		}
		await world.host.kill();
		world.stripe.clearFaults();
		await world.host.start();
		const { file } = workflowOf(world, TEMPLATES.bill);
		for (const path of webhookPaths(file, world.nodes)) await world.client.waitForWebhook(path);

		world.m3ter.changeBill(broken.id);
		const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(broken.id));
		expect(outcomeOf(runs).bill.id).toBe(broken.id);
		expect(await invoicesOf(world, broken)).toHaveLength(1);
		expect(await shapeOf(billOf(world, broken.id))).toEqual(await shapeOf(billOf(world, clean.id)));
	});
});

describe('through all of it', () => {
	it('broke no rule of either contract', () => {
		expect(world.stripe.violations).toEqual([]);
		expect(world.m3ter.violations).toEqual([]);
	});

	it('kept every secret out of the runs and the log', async () => {
		const runs = await Promise.all([...world.workflows.values()].map(async ({ id }) => await world.client.executions(id, 100)));
		const webhookSecrets = [...world.stripe.state.secrets.values()].map(({ current }) => current);
		const written = JSON.stringify(runs) + world.host.log();
		for (const secret of [SECRET_KEY, API_SECRET, ...webhookSecrets]) expect(written.includes(secret)).toBe(false);
	});

	it('removes from both systems what it registered when the workflows are switched off', async () => {
		expect([world.stripe.state.webhookEndpoints.size, world.m3ter.state.webhooks.size]).toEqual([1, 1]);
		for (const { id } of world.workflows.values()) await world.client.deactivate(id);
		expect([world.stripe.state.webhookEndpoints.size, world.m3ter.state.webhooks.size]).toEqual([0, 0]);
	});
});
