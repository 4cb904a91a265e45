/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { setTimeout as sleep } from 'node:timers/promises';
import { accountOf, billLastMonth, billOf, lastMonth, recalculate } from '../demo/flows/m3terSteps';
import { play, workflowOf } from '../demo/flows/play';
import { quickbooksFlows } from '../demo/flows/quickbooks';
import { acceptEstimate, agreedInvoice, approveAndSend, askForUsage, invoicesOf, postOrder, registerWebhook, SYSTEM, TEMPLATES } from '../demo/flows/quickbooksSteps';
import { outcomeOf, usageOf } from '../demo/flows/steps';
import { openWorld, webhookPaths, type World } from '../demo/world';
import { API_SECRET } from '../sandbox/m3ter';
import { CLIENT_SECRET, US_REALM_ID, VERIFIER_TOKEN } from '../sandbox/quickbooks';
import { tarball } from './tarball';

let world: World;

beforeAll(async () => {
	world = await openWorld({ tarball: tarball(), systems: ['quickbooks'] });
});
afterAll(async () => await world?.close());

/** A customer of one's own for a test, already in m3ter on the plan "Pro". */
async function customer(name: string) {
	const sold = await acceptEstimate(world, { name, email: `${name}@customer.example` });
	const found = accountOf(world, SYSTEM, sold.customerId);
	if (!found) throw new Error(`No m3ter account was made for ${sold.customerId}`);
	return { ...sold, ...found };
}

/** The writes the QuickBooks sandbox got while `act` ran. */
async function writesDuring(act: () => Promise<unknown>): Promise<string[]> {
	const before = world.quickbooks.requests.length;
	await act();
	return world.quickbooks.requests.slice(before).flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path}`]));
}

const counts = () => [world.m3ter.state.accounts.size, world.m3ter.state.accountPlans.size, world.m3ter.state.externalMappings.size];

describe('the demo', () => {
	it('plays all three flows', async () => {
		for (const flow of quickbooksFlows) expect((await flow.run(world)).length).toBeGreaterThan(1);
	});
});

describe('sales to m3ter', () => {
	it('makes the account of an accepted estimate, its plan from the service date, and the mappings', async () => {
		const { account, plans, estimateId, customerId } = await customer('newcomer');
		expect(account).toMatchObject({ name: 'newcomer', currency: 'USD' });
		expect(plans).toHaveLength(1);
		expect(world.m3ter.state.plans.get(plans[0].planId ?? '')?.code).toBe('pro');
		expect(plans[0].startDate.slice(0, 10)).toBe(lastMonth().first);
		const mappings = [...world.m3ter.state.externalMappings.values()].filter((row) => row.externalSystem === SYSTEM);
		expect(mappings.filter((row) => row.externalId === customerId && row.externalTable === 'Customer')).toHaveLength(1);
		expect(mappings.filter((row) => row.externalId === estimateId && row.m3terId === plans[0].id)).toHaveLength(1);
	});

	it('changes nothing when the nightly sweep reads the same estimates', async () => {
		await customer('swept');
		const before = counts();
		const run = await world.client.run(workflowOf(world, TEMPLATES.sale).id, 'Every Night');
		expect(run.status).toBe('success');
		expect(counts()).toEqual(before);
	});

	it('takes orders of another channel: finds or creates the customer, and ends the plan, whatever arrives late', async () => {
		const order = { customerName: 'Channel Co', customerEmail: 'ap@channel.example', orderId: 'SO-7', items: ['pro'], startDate: lastMonth().first, accountCode: 'channel' };
		await postOrder(world, order);
		await postOrder(world, order);
		const company = world.quickbooks.state.companies.get(US_REALM_ID);
		const customers = [...(company?.entities.Customer.values() ?? [])].filter(({ DisplayName }) => DisplayName === 'Channel Co');
		expect(customers).toHaveLength(1);
		const sold = accountOf(world, SYSTEM, customers[0].Id);
		expect(sold?.account.code).toBe('channel');
		expect(sold?.plans).toHaveLength(1);
		await postOrder(world, { ...order, status: 'ended' });
		await postOrder(world, { ...order, changedAt: `${lastMonth().first}T00:00:00Z` });
		expect(accountOf(world, SYSTEM, customers[0].Id)?.plans).toEqual([expect.objectContaining({ endDate: expect.any(String) })]);
	});

	it('names the item that has no plan', async () => {
		const runs = await postOrder(world, { customerName: 'Odd Co', customerEmail: 'ap@odd.example', orderId: 'SO-8', items: ['nothing-such'], startDate: lastMonth().first }, { mayFail: true });
		expect(JSON.stringify(runs)).toContain('nothing-such');
	});

	it('starts nothing for a request that Intuit did not sign', async () => {
		const { id, file } = workflowOf(world, TEMPLATES.sale);
		const known = (await world.client.executions(id)).length;
		const path = webhookPaths(file, world.nodes).find((entry) => entry.endsWith('/quickbooks'));
		const response = await fetch(`${world.host.url}/webhook/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'intuit-signature': 'AAAA' }, body: '[]' });
		expect(response.status).toBe(401);
		await sleep(500);
		expect((await world.client.executions(id)).length).toBe(known);
	});
});

describe('usage to m3ter', () => {
	it('names the row whose customer m3ter does not know, and counts the others once', async () => {
		const { account, customerId } = await customer('user');
		const rows = usageOf(customerId, 3);
		await askForUsage(world, rows);
		const run = await askForUsage(world, [rows[0], { ...rows[1], id: 'x', customer: '99999' }, rows[2]], { mayFail: true });
		expect(JSON.stringify(run)).toContain('99999');
		const mine = world.m3ter.ingested().filter((entry) => entry.accountId === account.id);
		expect(mine.map(({ ts, measure }) => [new Date(ts).toISOString(), measure?.requests])).toEqual(rows.map((row) => [row.timestamp, row.requests]));
	});
});

describe('the credential', () => {
	it('tells whether it works', async () => {
		const entry = world.credentials.find(({ type }) => type === 'quickBooksForM3terOAuth2Api');
		if (!entry) throw new Error('There is no QuickBooks credential');
		expect(await world.client.testCredential(entry)).toMatchObject({ status: 'OK' });
	});
});

describe('bill to QuickBooks', () => {
	it('makes one invoice with the total of the bill, read back by the SDK, and nothing when approved again', async () => {
		const { account, customerId } = await customer('billed');
		await askForUsage(world, usageOf(customerId, 7));
		const { id } = await billLastMonth(world, account.id);
		const { outcome } = await approveAndSend(world, id);
		expect(outcome).toMatchObject({ action: 'created', document: { status: 'open' }, totals: { difference: '0.00' } });
		const { invoice, bill } = await agreedInvoice(world, id);
		expect(bill.billTotal).toBeGreaterThan(100);
		expect(invoice).toMatchObject({ CustomerRef: { value: customerId }, DocNumber: bill.sequentialInvoiceNumber });
		await recalculate(world, id);
		let action = '';
		expect(await writesDuring(async () => ({ action } = (await approveAndSend(world, id)).outcome))).toEqual([]);
		expect(action).toBe('unchanged');
	});

	it('updates the same invoice when the bill has changed', async () => {
		const { account } = await customer('changed');
		const bill = world.m3ter.createBill({ accountId: account.id, lines: [{ amount: 10.01, description: 'Base' }, { amount: 5.5, description: 'Usage' }] });
		await approveAndSend(world, bill.id);
		const { invoice } = await agreedInvoice(world, bill.id);
		world.m3ter.changeBill(bill.id, { lines: [{ ...bill.lineItems[0] }, { ...bill.lineItems[1], subtotal: 7, convertedSubtotal: 7 }, { amount: 1, description: 'Late' }] });
		const { outcome } = await approveAndSend(world, bill.id);
		expect(outcome).toMatchObject({ action: 'updated', document: { id: invoice.Id }, lines: { added: 1, changed: 1, removed: 0, unchanged: 1 } });
		expect((await agreedInvoice(world, bill.id)).invoice).toMatchObject({ Id: invoice.Id, TotalAmt: 18.01 });
	});

	it('makes a credit memo of a negative bill', async () => {
		const { account } = await customer('credited');
		const { id } = world.m3ter.createBill({ accountId: account.id, lines: [{ amount: -12.5, description: 'Refund' }] });
		const { outcome } = await approveAndSend(world, id);
		expect(outcome).toMatchObject({ action: 'created', totals: { document: '-12.50', difference: '0.00' } });
		expect(world.quickbooks.state.companies.get(US_REALM_ID)?.entities.CreditMemo.get(outcome.document?.id ?? '')).toMatchObject({ TotalAmt: 12.5 });
	});

	it.each([
		['before QuickBooks makes the invoice', { method: 'POST', path: /\/invoice$/, kind: 'hang' }],
		['after QuickBooks made the invoice, before n8n hears of it', { method: 'POST', path: /\/invoice$/, kind: 'delay', ms: 60_000 }],
	] as const)('ends as if nothing had happened when n8n is killed %s and the bill is approved again', async (when, fault) => {
		const { account } = await customer(`killed-${when.length}`);
		const bill = world.m3ter.createBill({ accountId: account.id, lines: [{ amount: 12.34, description: 'Base' }, { amount: 0.66, description: 'Usage' }] });
		const before = world.quickbooks.requests.length;
		world.quickbooks.addFault(fault);
		world.m3ter.approveBill(bill.id);
		for (let tries = 0; !world.quickbooks.requests.slice(before).some((request) => request.fault); tries++) {
			if (tries > 200) throw new Error('The request that should break was never made');
			await sleep(50);
		}
		await world.host.kill();
		world.quickbooks.clearFaults();
		await world.host.start();
		const { file } = workflowOf(world, TEMPLATES.bill);
		for (const path of webhookPaths(file, world.nodes)) await world.client.waitForWebhook(path);
		registerWebhook(world);

		world.m3ter.changeBill(bill.id);
		const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(bill.id));
		expect(outcomeOf(runs)).toMatchObject({ bill: { id: bill.id }, totals: { difference: '0.00' } });
		expect(await invoicesOf(world, billOf(world, bill.id))).toMatchObject([{ TotalAmt: 13 }]);
	});

	it('renews the sign-in of an expired token and keeps it', async () => {
		const { account } = await customer('renewed');
		world.quickbooks.advance({ seconds: 3700 });
		const { id } = world.m3ter.createBill({ accountId: account.id, lines: [{ amount: 4 }] });
		expect((await approveAndSend(world, id)).outcome.action).toBe('created');
		const before = world.quickbooks.requests.length;
		world.m3ter.changeBill(id, { lines: [{ amount: 5 }] });
		expect((await approveAndSend(world, id)).outcome.action).toBe('updated');
		expect(world.quickbooks.requests.slice(before).filter(({ status }) => status === 401)).toEqual([]);
	});
});

describe('through all of it', () => {
	it('broke no rule of either contract', () => {
		expect(world.quickbooks.violations).toEqual([]);
		expect(world.m3ter.violations).toEqual([]);
	});

	it('kept every secret out of the runs and the log', async () => {
		const runs = await Promise.all([...world.workflows.values()].map(async ({ id }) => await world.client.executions(id, 100)));
		const written = JSON.stringify(runs) + world.host.log();
		const tokens = [...world.quickbooks.state.tokens.keys(), ...world.quickbooks.state.refreshTokens.keys()];
		for (const secret of [CLIENT_SECRET, VERIFIER_TOKEN, API_SECRET, ...tokens]) expect(written.includes(secret)).toBe(false);
	});
});
