 
import OAuth from 'oauth-1.0a';
import { z } from 'zod';
import type { Execution } from '../../host/execution';
import type { Bill } from '../../sandbox/m3ter';
import { ACCOUNT_ID, CONSUMER_KEY, CONSUMER_SECRET, TOKEN_ID, TOKEN_SECRET } from '../../sandbox/netsuite';
import { hmacSha256 } from '../../../nodes/shared/signature';
import { PRO_ITEM } from '../netsuiteWorld';
import { USAGE_HEADER } from '../systems';
import { webhookPaths, type World } from '../world';
import { billOf, lastMonth } from './m3terSteps';
import { play, refuseErrors, workflowOf } from './play';
import { outcomeOf, type Outcome, type UsageRow } from './steps';

/** What sellers and finance people do around NetSuite, step by step; the demo and the end-to-end tests share them. */

export const TEMPLATES = {
	sale: 'netsuite/1-sale-to-m3ter.json',
	usage: 'netsuite/2-usage-to-m3ter.json',
	bill: 'netsuite/3-bill-to-netsuite.json',
} as const;

/** The name under which m3ter's external mappings know NetSuite. */
export const SYSTEM = 'NetSuite';

const invoiceSchema = z.object({
	id: z.string(),
	tranId: z.string(),
	externalId: z.string(),
	total: z.number(),
	entity: z.object({ id: z.string() }).passthrough(),
	approvalStatus: z.object({ id: z.string(), refName: z.string() }).passthrough(),
	item: z.object({ items: z.array(z.object({ amount: z.number(), description: z.string(), item: z.object({ id: z.string() }).passthrough() }).passthrough()) }).passthrough(),
});

export type ReadInvoice = z.infer<typeof invoiceSchema>;

/** Reads NetSuite with a library's OAuth and the tokens of another integration: independent of what our nodes use. */
export async function readNetSuite(netSuite: { url: string }, path: string): Promise<unknown> {
	const oauth = new OAuth({
		consumer: { key: CONSUMER_KEY, secret: CONSUMER_SECRET },
		signature_method: 'HMAC-SHA256',
		realm: ACCOUNT_ID,
		hash_function: (base, key) => hmacSha256(key, base, 'base64'),
	});
	const url = netSuite.url + path;
	const { Authorization } = oauth.toHeader(oauth.authorize({ url, method: 'GET' }, { key: TOKEN_ID, secret: TOKEN_SECRET }));
	const answer = await fetch(url, { headers: { Authorization } });
	if (!answer.ok) throw new Error(`NetSuite answered ${answer.status} to ${path}: ${await answer.text()}`);
	return await answer.json();
}

/** An administrator deploys the script for the first template's trigger; once per world. */
export function deployScript(world: World): void {
	const { file } = workflowOf(world, TEMPLATES.sale);
	const path = webhookPaths(file, world.nodes).find((entry) => entry.endsWith('/netsuite'));
	world.netsuite.deployScript({ url: `${world.host.url}/webhook/${path}` });
}

/** A seller enters a customer and a sales order for "Pro" from the first of last month on, and a manager approves it. */
export async function sellPro(world: World, { name, email }: { name: string; email: string }): Promise<{ customerId: string; orderId: string; runs: Execution[] }> {
	deployScript(world);
	let sold = { customerId: '', orderId: '' };
	const runs = await play(world, TEMPLATES.sale, () => {
		const customer = world.netsuite.createCustomer({ record: { companyName: name, email, subsidiary: { id: '1' }, currency: { id: '1' } } });
		const order = world.netsuite.createSalesOrder({
			record: { entity: { id: customer.id }, tranDate: lastMonth().first, item: { items: [{ item: { id: PRO_ITEM.id }, quantity: 1, rate: 100, price: { id: '-1' } }] } },
		});
		world.netsuite.approveSalesOrder({ id: order.id });
		sold = { customerId: customer.id, orderId: order.id };
	});
	refuseErrors(runs);
	return { ...sold, runs };
}

export interface ShopOrder {
	customerId: string;
	customerName: string;
	customerEmail: string;
	orderId: string;
	items: string[];
	startDate: string;
	/** Since when the order has been as it is; now unless given. */
	changedAt?: string;
	accountCode?: string;
	currency?: string;
	status?: string;
}

/** A shop posts an order to the first template's webhook. */
export async function postOrder(world: World, order: ShopOrder, { mayFail = false } = {}): Promise<Execution[]> {
	const { file } = workflowOf(world, TEMPLATES.sale);
	const webhook = file.nodes.find((node) => node.type === 'n8n-nodes-base.webhook');
	const runs = await play(world, TEMPLATES.sale, async () => {
		const answer = await fetch(`${world.host.url}/webhook/${String(webhook?.parameters.path)}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', [USAGE_HEADER.name]: USAGE_HEADER.value },
			body: JSON.stringify({ changedAt: new Date().toISOString(), ...order }),
		});
		if (!answer.ok) throw new Error(`The order webhook answered ${answer.status}: ${await answer.text()}`);
	});
	if (!mayFail) refuseErrors(runs);
	return runs;
}

/** The platform writes yesterday's file, and it is morning. */
export async function readUsageFile(world: World, rows: UsageRow[], { mayFail = false } = {}): Promise<Execution> {
	const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
	world.netsuite.storage.files.set(`usage/usage/${yesterday}.json`, JSON.stringify(rows));
	const run = await world.client.run(workflowOf(world, TEMPLATES.usage).id, 'Every Morning');
	if (!mayFail) refuseErrors([run]);
	return run;
}

/** Does something at m3ter that changes a bill; the runs this causes bring its invoice up to date. Returns what the last of them reported. */
export async function sendAfter(world: World, act: () => unknown): Promise<{ outcome: Outcome; runs: Execution[] }> {
	const runs = await play(world, TEMPLATES.bill, act);
	refuseErrors(runs);
	return { outcome: outcomeOf(runs), runs };
}

/** The invoices that carry a bill's external id. */
export async function invoicesOf(world: World, bill: Bill): Promise<ReadInvoice[]> {
	const ids = [...world.netsuite.state.transactions.values()].filter(({ externalId }) => externalId?.includes(bill.id)).map(({ id }) => id);
	return await Promise.all(ids.map(async (id) => invoiceSchema.parse(await readNetSuite(world.netsuite, `/services/rest/record/v1/invoice/${id}?expandSubResources=true`))));
}

/** The one invoice of a bill. @throws Error when there is none, or more than one, or its total is not the bill's */
export async function agreedInvoice(world: World, billId: string): Promise<{ invoice: ReadInvoice; bill: Bill }> {
	const bill = billOf(world, billId);
	const invoices = await invoicesOf(world, bill);
	if (invoices.length !== 1) throw new Error(`Bill ${billId} has ${invoices.length} invoices in NetSuite`);
	const [invoice] = invoices;
	const cents = (amount: number) => Math.round(amount * 100);
	const lines = invoice.item.items.reduce((sum, { amount }) => sum + cents(amount), 0);
	if (cents(invoice.total) !== cents(bill.billTotal) || lines !== cents(bill.billTotal)) {
		throw new Error(`Bill ${billId} comes to ${bill.billTotal}, invoice ${invoice.tranId} to ${invoice.total}, its lines to ${lines} cents`);
	}
	return { invoice, bill };
}
