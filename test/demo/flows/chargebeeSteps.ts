import Chargebee, { type Invoice } from 'chargebee';
import type { Execution } from '../../host/execution';
import { FULL_ACCESS_KEY, SEEDED } from '../../sandbox/chargebee';
import type { Bill } from '../../sandbox/m3ter';
import { USAGE_HEADER } from '../systems';
import type { World } from '../world';
import { billOf, lastMonth } from './m3terSteps';
import { play, refuseErrors, workflowOf } from './play';
import { outcomeOf, type Outcome, type UsageRow } from './steps';

/** What sellers and finance people do around Chargebee, step by step; the demo and the end-to-end tests share them. */

export const TEMPLATES = {
	subscription: 'chargebee/1-subscription-to-m3ter.json',
	usage: 'chargebee/2-usage-to-m3ter.json',
	bill: 'chargebee/3-bill-to-chargebee.json',
} as const;

/** The name under which m3ter's external mappings know Chargebee. */
export const SYSTEM = 'Chargebee';

/** Chargebee's own SDK, pointed at the sandbox: an independent reader of what our nodes wrote. */
export function chargebeeSdk(world: World): Chargebee {
	const { hostname, port } = new URL(world.chargebee.url);
	return new Chargebee({ apiKey: FULL_ACCESS_KEY, site: hostname, hostSuffix: '', protocol: 'http', port: Number(port), sdkTelemetryEnabled: false });
}

export interface Buyer {
	name: string;
	email: string;
	/** Code that the m3ter account shall get. */
	accountCode: string;
}

const seconds = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000;

/** The first day of this month, in epoch seconds: when last month's term renews. */
const renewalTime = () => seconds(lastMonth().last) + 86_400;

/** A seller enters a customer and a subscription to "Pro", dated back to the first of last month, so that last month can be billed. */
export async function sellPro(world: World, { name, email, accountCode }: Buyer): Promise<{ customerId: string; subscriptionId: string; runs: Execution[] }> {
	let sold = { customerId: '', subscriptionId: '' };
	const runs = await play(world, TEMPLATES.subscription, () => {
		const customer = world.chargebee.createCustomer({ company: name, email, preferred_currency_code: 'USD', net_term_days: 30, auto_collection: 'off' });
		const subscription = world.chargebee.createSubscription({
			customerId: customer.id,
			items: [{ item_price_id: SEEDED.prices.pro }],
			startDate: seconds(lastMonth().first),
			fields: { cf_m3ter_account_code: accountCode },
		});
		sold = { customerId: customer.id, subscriptionId: subscription.id };
	});
	refuseErrors(runs);
	return { ...sold, runs };
}

/** Last month's term renews: Chargebee makes the invoice that waits for its usage. */
export const renew = (world: World, subscriptionId: string): Invoice | undefined => world.chargebee.renew({ id: subscriptionId, at: renewalTime() }) as Invoice | undefined;

/** The data warehouse sends its usage as a CSV file to the webhook of the second template. */
export async function sendUsageFile(world: World, rows: UsageRow[], { mayFail = false } = {}): Promise<Execution[]> {
	const { file } = workflowOf(world, TEMPLATES.usage);
	const webhook = file.nodes.find((node) => node.type === 'n8n-nodes-base.webhook');
	const csv = ['id,customer,timestamp,requests', ...rows.map(({ id, customer, timestamp, requests }) => [id, customer, timestamp, requests].join(','))].join('\n');
	const runs = await play(world, TEMPLATES.usage, async () => {
		const response = await fetch(`${world.host.url}/webhook/${String(webhook?.parameters.path)}`, {
			method: 'POST',
			headers: { 'Content-Type': 'text/csv', [USAGE_HEADER.name]: USAGE_HEADER.value },
			body: csv,
		});
		if (!response.ok) throw new Error(`The usage webhook answered ${response.status}: ${await response.text()}`);
	});
	if (!mayFail) refuseErrors(runs);
	return runs;
}

/** Approves a bill in m3ter; the runs this causes send it to Chargebee. Returns what the last of them reported. */
export async function approveAndSend(world: World, billId: string): Promise<{ outcome: Outcome; runs: Execution[] }> {
	const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(billId));
	refuseErrors(runs);
	return { outcome: outcomeOf(runs), runs };
}

/** Lines of a bill on an invoice: their text ends with the first characters of the bill's id. */
export const linesOfBill = (invoice: Invoice, billId: string) => (invoice.line_items ?? []).filter(({ description }) => description?.includes(`[m3ter:${billId.slice(0, 8)}-`));

/** The one invoice of a bill, read with the SDK. @throws Error when there is none, or more than one, or its lines do not come to the bill's total */
export async function agreedInvoice(world: World, billId: string): Promise<{ invoice: Invoice; bill: Bill; total: number }> {
	const bill = billOf(world, billId);
	const { list } = await chargebeeSdk(world).invoice.list({ limit: 100 });
	const invoices = list.map(({ invoice }) => invoice).filter((invoice) => linesOfBill(invoice, billId).length > 0);
	if (invoices.length !== 1) throw new Error(`Bill ${billId} is on ${invoices.length} invoices in Chargebee`);
	const [invoice] = invoices;
	const total = linesOfBill(invoice, billId).reduce((sum, { amount = 0 }) => sum + amount, 0);
	const expected = Math.round(bill.billTotal * 100);
	if (total !== expected) throw new Error(`Bill ${billId} comes to ${expected} cents, its lines on invoice ${invoice.id} to ${total}`);
	return { invoice, bill, total };
}
