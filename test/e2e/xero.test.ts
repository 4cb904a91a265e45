/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { setTimeout as sleep } from 'node:timers/promises';
import { accountOf, billLastMonth, billOf, lastMonth, recalculate } from '../demo/flows/m3terSteps';
import { play, workflowOf } from '../demo/flows/play';
import { outcomeOf, usageOf } from '../demo/flows/steps';
import { xeroFlows } from '../demo/flows/xero';
import { agreedInvoice, approveAndSend, invoicesOf, pollNow, postOrder, readSpreadsheet, sellPro, SYSTEM, TEMPLATES } from '../demo/flows/xeroSteps';
import { openWorld, webhookPaths, type World } from '../demo/world';
import { API_SECRET } from '../sandbox/m3ter';
import { CUSTOM_CLIENT_SECRET, TENANT_ID, WEBHOOK_KEY } from '../sandbox/xero';
import { tarball } from './tarball';

let world: World;

beforeAll(async () => {
	world = await openWorld({ tarball: tarball(), systems: ['xero'] });
});
afterAll(async () => await world?.close());

/** A customer of one's own for a test, already in m3ter on the plan "Pro EUR". */
async function customer(number: string) {
	const sold = await sellPro(world, { name: `Customer ${number}`, email: `${number}@customer.example`, number });
	const found = accountOf(world, SYSTEM, sold.contactId);
	if (!found) throw new Error(`No m3ter account was made for ${sold.contactId}`);
	return { ...sold, ...found };
}

/** The writes the Xero sandbox got while `act` ran. */
async function writesDuring(act: () => Promise<unknown>): Promise<string[]> {
	const before = world.xero.requests.length;
	await act();
	return world.xero.requests.slice(before).flatMap(({ method, path }) => (method === 'GET' || path === '/connect/token' ? [] : [`${method} ${path}`]));
}

const counts = () => [world.m3ter.state.accounts.size, world.m3ter.state.accountPlans.size, world.m3ter.state.externalMappings.size];

describe('the credential', () => {
	it('tests itself with the sign-in of a custom connection', async () => {
		const entry = world.credentials.find(({ type }) => type === 'xeroForM3terOAuth2Api');
		if (!entry) throw new Error('There is no Xero credential');
		expect(await world.client.testCredential(entry)).toMatchObject({ status: 'OK' });
	});

	it('fills the drop-downs of the node', async () => {
		const entry = world.credentials.find(({ type }) => type === 'xeroForM3terOAuth2Api');
		const node = { nodeType: 'n8n-nodes-m3ter.xeroForM3ter', credentials: { xeroForM3terOAuth2Api: { id: entry?.id ?? '', name: entry?.name ?? '' } } };
		expect(await world.client.options({ ...node, method: 'getAccounts' })).toEqual(expect.arrayContaining([expect.objectContaining({ name: '200 Sales', value: '200' })]));
		const { results } = await world.client.search({ ...node, method: 'searchOrganisations' });
		expect(results).toEqual([expect.objectContaining({ name: 'Sandbox Trading', value: TENANT_ID })]);
	});
});

describe('the demo', () => {
	it('plays all three flows', async () => {
		for (const flow of xeroFlows) expect((await flow.run(world)).length).toBeGreaterThan(1);
	});
});

describe('sale to m3ter', () => {
	it('makes the account with the contact, and its plan from the first day with the quote', async () => {
		const { account, plans, quoteId, contactId } = await customer('newcomer');
		expect(account).toMatchObject({ code: 'newcomer', name: 'Customer newcomer', currency: 'EUR' });
		expect(plans).toHaveLength(1);
		expect(world.m3ter.state.plans.get(plans[0].planId ?? '')?.code).toBe('pro_eur');
		expect(plans[0].startDate.slice(0, 10)).toBe(lastMonth().first);
		const mappings = [...world.m3ter.state.externalMappings.values()].filter((row) => row.externalSystem === SYSTEM);
		expect(mappings.filter((row) => row.externalId === contactId)).toHaveLength(1);
		expect(mappings.filter((row) => row.externalId === quoteId && row.m3terId === plans[0].id)).toHaveLength(1);
	});

	it('changes nothing when an order comes again, and ends the plan when it is over, whatever arrives late', async () => {
		const order = { customerName: 'Shopper', customerEmail: 'ap@shopper.example', customerNumber: 'shopper', orderId: 'SO-7', items: ['pro_eur'], startDate: lastMonth().first, currency: 'EUR' };
		await postOrder(world, order);
		const before = counts();
		await postOrder(world, order);
		expect(counts()).toEqual(before);
		await postOrder(world, { ...order, status: 'ended' });
		await postOrder(world, { ...order, changedAt: `${lastMonth().first}T00:00:00Z` });
		const account = [...world.m3ter.state.accounts.values()].find(({ code }) => code === 'shopper');
		const plans = [...world.m3ter.state.accountPlans.values()].filter(({ accountId }) => accountId === account?.id);
		expect(plans).toHaveLength(1);
		expect(Date.parse(plans[0].endDate ?? '')).toBeLessThanOrEqual(Date.now());
	});

	it('starts nothing for a delivery that Xero did not sign', async () => {
		const { id, file } = workflowOf(world, TEMPLATES.sale);
		const known = (await world.client.executions(id, 100)).length;
		const path = webhookPaths(file, world.nodes).find((entry) => entry.endsWith('/xero'));
		const response = await fetch(`${world.host.url}/webhook/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'x-xero-signature': 'AAAA' }, body: '{"events":[]}' });
		expect([response.status, await response.text()]).toEqual([401, '']);
		expect((await world.client.executions(id, 100)).length).toBe(known);
	});

	it('names the item that has no plan', async () => {
		const { contactId } = await customer('unmapped');
		const { id } = world.xero.createQuote({ quote: { Contact: { ContactID: contactId }, LineItems: [{ ItemCode: 'ENTERPRISE', Description: 'Enterprise', Quantity: 1, UnitAmount: 1200 }] } });
		const runs = await play(world, TEMPLATES.sale, async () => {
			world.xero.acceptQuote({ id });
			await pollNow(world);
		});
		expect(JSON.stringify(runs)).toContain('ENTERPRISE');
	});
});

describe('usage to m3ter', () => {
	it('names the row whose contact m3ter does not know, and counts the others', async () => {
		const { account, contactId } = await customer('mixed');
		const rows = usageOf(contactId, 3, 'mixed');
		const run = await readSpreadsheet(world, [rows[0], { ...rows[1], customer: 'nobody' }, rows[2]], { mayFail: true });
		expect(JSON.stringify(run)).toContain('nobody');
		const mine = world.m3ter.ingested().filter((entry) => entry.accountId === account.id);
		expect(mine.map(({ measure }) => measure?.requests)).toEqual([rows[0].requests, rows[2].requests]);
	});
});

describe('bill to Xero', () => {
	it('makes one draft, writes nothing when approved again, and corrects it when the bill has changed', async () => {
		const { account, contactId } = await customer('billed');
		await readSpreadsheet(world, usageOf(contactId, 7));
		const { id } = await billLastMonth(world, account.id);
		expect((await approveAndSend(world, id)).outcome).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		const { invoice } = await agreedInvoice(world, id);
		expect(invoice.contact?.contactID).toBe(contactId);
		await recalculate(world, id);
		expect(await writesDuring(async () => expect((await approveAndSend(world, id)).outcome.action).toBe('unchanged'))).toEqual([]);
		world.m3ter.changeBill(id, { lines: [{ amount: 17.5, description: 'Late' }] });
		expect((await approveAndSend(world, id)).outcome).toMatchObject({ action: 'updated', document: { id: invoice.invoiceID } });
		expect((await agreedInvoice(world, id)).invoice.subTotal).toBe(17.5);
	});

	it('ends as if nothing had happened when n8n is killed after Xero made the invoice', async () => {
		const { account } = await customer('killed');
		const broken = world.m3ter.createBill({ accountId: account.id, lines: [{ amount: 12.34, description: 'Base' }, { amount: 0.66, description: 'Usage' }] });
		const before = world.xero.requests.length;
		world.xero.addFault({ method: 'PUT', path: /Invoices$/, kind: 'delay', ms: 60_000 });
		world.m3ter.approveBill(broken.id);
		for (let tries = 0; !world.xero.requests.slice(before).some(({ fault }) => fault !== undefined); tries++) {
			if (tries > 200) throw new Error('The request that should break was never made');
			await sleep(50);
		}
		await world.host.kill();
		world.xero.clearFaults();
		await world.host.start();
		for (const path of webhookPaths(workflowOf(world, TEMPLATES.bill).file, world.nodes)) await world.client.waitForWebhook(path);
		world.m3ter.changeBill(broken.id);
		const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(broken.id));
		expect(outcomeOf(runs).bill.id).toBe(broken.id);
		expect(await invoicesOf(world, billOf(world, broken.id))).toHaveLength(1);
		await agreedInvoice(world, broken.id);
	});
});

describe('through all of it', () => {
	it('broke no rule of either contract', () => {
		expect(world.xero.violations).toEqual([]);
		expect(world.m3ter.violations).toEqual([]);
	});

	it('kept every secret out of the runs and the log', async () => {
		const runs = await Promise.all([...world.workflows.values()].map(async ({ id }) => await world.client.executions(id, 100)));
		const written = JSON.stringify(runs) + world.host.log();
		for (const secret of [CUSTOM_CLIENT_SECRET, WEBHOOK_KEY, API_SECRET, ...world.xero.state.tokens.keys()]) expect(written.includes(secret)).toBe(false);
	});
});
