import { hmacSha256 } from '../../nodes/shared/signature';
import { CHANNEL_SECRET } from '../demo/anySystem';
import { accountOf, lastMonth } from '../demo/flows/m3terSteps';
import { play, refuseErrors, workflowOf } from '../demo/flows/play';
import { usageOf } from '../demo/flows/steps';
import { USAGE_HEADER } from '../demo/systems';
import { openWorld, type World } from '../demo/world';
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

const ORDER = { id: 'evt-1', orderId: 'SO-1', customerId: 'C-1', customerName: 'Acme', email: 'ap@acme.example', currency: 'USD', plan: 'pro', startDate: `${lastMonth().first}T00:00:00Z`, status: 'active' };

/** The channel posts an order; returns what it was answered. */
async function postOrder(order: object, secret = CHANNEL_SECRET): Promise<number> {
	const body = JSON.stringify(order);
	const answer = await fetch(webhookOf(TEMPLATES.sale), { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Signature': hmacSha256(secret, body, 'hex') }, body });
	return answer.status;
}

describe('sales', () => {
	it('makes the account with its plan once, and ends it with the order', async () => {
		for (let time = 0; time < 2; time++) {
			const runs = await play(world, TEMPLATES.sale, async () => expect(await postOrder(ORDER)).toBe(202));
			refuseErrors(runs);
		}
		const sold = accountOf(world, 'Shop', 'C-1');
		expect(sold).toMatchObject({ account: { code: 'C-1', name: 'Acme' }, plans: [{ startDate: expect.stringContaining(lastMonth().first) }] });
		const end = '2026-12-01T00:00:00Z';
		refuseErrors(await play(world, TEMPLATES.sale, async () => expect(await postOrder({ ...ORDER, id: 'evt-2', status: 'ended', endDate: end })).toBe(202)));
		expect(Date.parse(accountOf(world, 'Shop', 'C-1')?.plans[0].endDate ?? '')).toBe(Date.parse(end));
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
		const rows = usageOf('C-1', 3).map(({ customer, ...row }) => ({ ...row, account: customer }));
		const send = async () =>
			await play(world, TEMPLATES.usage, async () => {
				const headers = { 'Content-Type': 'application/json', [USAGE_HEADER.name]: USAGE_HEADER.value };
				expect((await fetch(webhookOf(TEMPLATES.usage), { method: 'POST', headers, body: JSON.stringify([...rows, { ...rows[0], id: 'x', account: 'C-typo' }]) })).ok).toBe(true);
			});
		expect(JSON.stringify(await send())).toContain('C-typo');
		await send();
		const account = accountOf(world, 'Shop', 'C-1')?.account;
		expect(world.m3ter.ingested().filter(({ accountId }) => accountId === account?.id)).toHaveLength(3);
		expect([...world.m3ter.state.accounts.values()].some(({ code }) => code === 'C-typo')).toBe(false);
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

	it('says what the API did not like, with the bill', async () => {
		const account = accountOf(world, 'Shop', 'C-1')?.account;
		const { id } = world.m3ter.createBill({ accountId: account?.id, lines: [] });
		const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(id));
		expect(runs.map(({ status }) => status)).toEqual(['error']);
		expect(JSON.stringify(runs)).toMatch(new RegExp(`Bill ${id}: .*An invoice needs lines`));
	});
});

it('broke no rule of m3ter', () => {
	expect(world.m3ter.violations).toEqual([]);
});
