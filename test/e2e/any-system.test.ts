import { hmacSha256 } from '../../nodes/shared/signature';
import { CHANNEL_SECRET } from '../demo/anySystem';
import { accountOf, lastMonth } from '../demo/flows/m3terSteps';
import { play, refuseErrors, workflowOf } from '../demo/flows/play';
import { usageOf } from '../demo/flows/steps';
import { USAGE_HEADER } from '../demo/systems';
import { openWorld, type World } from '../demo/world';
import { errorOf, type Execution } from '../host/execution';
import { accountBody, createClient } from '../sandbox/m3ter/client';
import { tarball } from './tarball';

const TEMPLATES = { sale: 'any-system/1-sale-to-m3ter.json', usage: 'any-system/2-usage-to-m3ter.json', bill: 'any-system/3-bill-to-any-api.json' };

let world: World;

beforeAll(async () => {
	world = await openWorld({ tarball: tarball(), systems: ['any-system'] });
});
afterAll(async () => await world?.close());

const webhookOf = (template: string) => {
	const webhook = workflowOf(world, template).file.nodes.find((node) => node.type === 'n8n-nodes-base.webhook');
	return `${world.host.url}/webhook/${String(webhook?.parameters.path)}`;
};

/** What a person at m3ter adds: an account, a mapping. */
async function addToM3ter(path: string, body: object): Promise<void> {
	const { status } = await (await createClient(world.m3ter.url))('POST', path, body);
	expect(status).toBe(200);
}

/** The one run in the list failed; returns what it said, and what it says when it is retried (undefined: it went through). */
async function retry(runs: Execution[], mend: () => unknown): Promise<{ before?: string; after?: string }> {
	expect(runs.map(({ status }) => status)).toEqual(['error']);
	await mend();
	return { before: errorOf(runs[0]), after: errorOf(await world.client.retry(runs[0].id)) };
}

const START = `${lastMonth().first}T00:00:00Z`;
const ORDER = { id: 'evt-1', orderId: 'SO-1', customerId: 'C-1', customerName: 'Acme', email: 'ap@acme.example', currency: 'USD', plan: 'pro', startDate: START, status: 'active', changedAt: START };

/** The channel posts an order; returns what it was answered. */
async function postOrder(order: object, secret = CHANNEL_SECRET): Promise<number> {
	const body = JSON.stringify(order);
	const answer = await fetch(webhookOf(TEMPLATES.sale), { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Signature': hmacSha256(secret, body, 'hex') }, body });
	return answer.status;
}

/** Posts an order and returns the runs it causes. */
const sell = async (order: object) => await play(world, TEMPLATES.sale, async () => expect(await postOrder(order)).toBe(202));

/** Somebody posts rows of usage; returns the runs they cause. */
const report = async (rows: object[]) =>
	await play(world, TEMPLATES.usage, async () => {
		const headers = { 'Content-Type': 'application/json', [USAGE_HEADER.name]: USAGE_HEADER.value };
		expect((await fetch(webhookOf(TEMPLATES.usage), { method: 'POST', headers, body: JSON.stringify(rows) })).ok).toBe(true);
	});

/** What m3ter counted for the account with that code. */
const countedFor = (code: string) => world.m3ter.ingested().filter(({ account }) => account === code);

const rowsFor = (account: string, days: number, batch: string) => usageOf(account, days, batch).map(({ customer, ...row }) => ({ ...row, account: customer }));

describe('sales', () => {
	it('makes the account with its plan once, and ends it with the order', async () => {
		for (let time = 0; time < 2; time++) refuseErrors(await sell(ORDER));
		const sold = accountOf(world, 'Shop', 'C-1');
		expect(sold).toMatchObject({ account: { code: 'C-1', name: 'Acme' }, plans: [{ startDate: expect.stringContaining(lastMonth().first) }] });
		const end = '2026-12-01T00:00:00Z';
		refuseErrors(await sell({ ...ORDER, id: 'evt-2', status: 'ended', endDate: end, changedAt: new Date().toISOString() }));
		expect(Date.parse(accountOf(world, 'Shop', 'C-1')?.plans[0].endDate ?? '')).toBe(Date.parse(end));
	});

	it('leaves an ended order ended when an earlier state of it arrives once more', async () => {
		const at = (hour: number) => `${lastMonth().first}T${String(hour).padStart(2, '0')}:00:00Z`;
		const order = { ...ORDER, customerId: 'C-2', orderId: 'SO-2' };
		refuseErrors(await sell({ ...order, changedAt: at(1) }));
		refuseErrors(await sell({ ...order, status: 'ended', endDate: at(12), changedAt: at(12) }));
		refuseErrors(await sell({ ...order, changedAt: at(2) }));
		expect(accountOf(world, 'Shop', 'C-2')?.plans).toMatchObject([{ endDate: expect.stringContaining(at(12).slice(0, 13)) }]);
	});

	it('refuses an order that does not say when it came into its state, and names the field', async () => {
		const runs = await sell({ ...ORDER, customerId: 'C-3', orderId: 'SO-3', changedAt: undefined });
		expect(runs.map(errorOf)).toEqual([expect.stringMatching(/'occurredAt' is not as expected .*occurredAt: Required/)]);
		expect(accountOf(world, 'Shop', 'C-3')).toBeUndefined();
	});

	it('syncs a sale whose plan was unknown when its run is retried, once', async () => {
		const runs = await sell({ ...ORDER, customerId: 'C-4', orderId: 'SO-4', plan: 'gold' });
		const plan = [...world.m3ter.state.plans.values()].find(({ code }) => code === 'pro');
		const gold = { m3terEntity: 'Plan', m3terId: plan?.id, externalSystem: 'Shop', externalTable: 'Plan', externalId: 'gold' };
		const { before, after } = await retry(runs, async () => await addToM3ter('/externalmappings', gold));
		expect(before).toMatch(/no m3ter plan.*gold/);
		expect(after).toBeUndefined();
		expect(accountOf(world, 'Shop', 'C-4')?.plans).toMatchObject([{ planId: plan?.id }]);
		expect([...world.m3ter.state.accounts.values()].filter(({ code }) => code === 'C-4')).toHaveLength(1);
	});

	it('refuses what is signed with another secret, or not at all', async () => {
		const before = world.m3ter.state.accounts.size;
		expect(await postOrder({ ...ORDER, customerId: 'C-666' }, 'another secret')).toBe(401);
		expect((await fetch(webhookOf(TEMPLATES.sale), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...ORDER, customerId: 'C-667' }) })).status).toBe(401);
		expect(world.m3ter.state.accounts.size).toBe(before);
	});
});

describe('usage', () => {
	it('counts rows of known accounts once, names the others, and makes no ghost account', async () => {
		const rows = rowsFor('C-1', 3, 'daily');
		for (let time = 0; time < 2; time++) {
			const runs = await report([...rows, { ...rows[0], id: 'x', account: 'C-typo' }]);
			expect(runs.map(errorOf)).toEqual([expect.stringMatching(/1 of 4 .*no account with the code C-typo/s)]);
		}
		expect(countedFor('C-1')).toHaveLength(3);
		expect([...world.m3ter.state.accounts.values()].some(({ code }) => code === 'C-typo')).toBe(false);
	});

	it('counts rows of an account that was missing when their run is retried, and no row twice', async () => {
		const [good, late] = [...rowsFor('C-1', 1, 'retried'), ...rowsFor('C-late', 1, 'retried')];
		const before = countedFor('C-1').length;
		const { after } = await retry(await report([good, late]), async () => await addToM3ter('/accounts', accountBody('C-late')));
		expect(after).toBeUndefined();
		expect([countedFor('C-1').length - before, countedFor('C-late').length]).toEqual([1, 1]);
	});

	it('takes region, action and numbers as they are, and counts a blank one only once it is filled in', async () => {
		const [text, empty, none] = rowsFor('C-1', 3, 'sheet');
		const blank = [{ ...empty, requests: '' }, { ...none, requests: null }];
		const before = countedFor('C-1').length;
		const runs = await report([{ ...text, requests: '12.5', region: 'eu', action: 'send' }, ...blank]);
		expect(runs.map(errorOf)).toEqual([expect.stringMatching(/2 of 3 .*Row 2.*missing measure\.requests.*Row 3.*missing measure\.requests/s)]);
		refuseErrors(await report([empty, none]));
		expect(countedFor('C-1').slice(before)).toMatchObject([
			{ where: { region: 'eu' }, what: { action: 'send' }, measure: { requests: 12.5 } },
			{ where: { region: 'all' }, what: { action: 'request' }, measure: { requests: empty.requests } },
			{ where: { region: 'all' }, what: { action: 'request' }, measure: { requests: none.requests } },
		]);
	});
});

describe('bills', () => {
	it('puts the invoice under the id of the bill and corrects it, and m3ter remembers it', async () => {
		const account = accountOf(world, 'Shop', 'C-1')?.account;
		const { id } = world.m3ter.createBill({ accountId: account?.id, lines: [{ amount: 10.01, description: 'Base' }, { amount: 5.5, description: 'Usage' }] });
		refuseErrors(await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(id)));
		const { invoices } = world['any-system'];
		expect(invoices.get(id)).toMatchObject({ customer: 'C-1', currency: 'USD', total: 15.51, lines: [{ amount: 10.01 }, { amount: 5.5 }] });
		world.m3ter.changeBill(id, { lines: [{ amount: 20, description: 'Base' }] });
		refuseErrors(await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(id)));
		expect(invoices.size).toBe(1);
		expect(invoices.get(id)).toMatchObject({ total: 20 });
		const mapping = [...world.m3ter.state.externalMappings.values()].filter(({ m3terId }) => m3terId === id);
		expect(mapping).toMatchObject([{ externalSystem: 'ERP', externalTable: 'Invoice', externalId: `inv-${id.slice(0, 8)}` }]);
	});

	it('says what the API did not like, and puts the invoice once when the run is retried', async () => {
		const { id } = world.m3ter.createBill({ accountId: accountOf(world, 'Shop', 'C-1')?.account.id, lines: [{ amount: 7, description: 'Base' }] });
		const api = world['any-system'];
		api.addFault({ method: 'PUT', kind: 'status', status: 422, body: { message: 'Unknown customer C-1' }, times: Infinity });
		const { before, after } = await retry(await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(id)), () => api.clearFaults());
		expect(before).toMatch(/^Put the Invoice: .*Unknown customer C-1/);
		expect(after).toBeUndefined();
		expect(api.invoices.get(id)).toMatchObject({ total: 7 });
		expect([...world.m3ter.state.externalMappings.values()].filter(({ m3terId }) => m3terId === id)).toHaveLength(1);
	});
});

it('broke no rule of m3ter', () => {
	expect(world.m3ter.violations).toEqual([]);
});
