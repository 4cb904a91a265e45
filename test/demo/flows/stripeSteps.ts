import Stripe from 'stripe';
import type { Execution } from '../../host/execution';
import type { Bill } from '../../sandbox/m3ter';
import { SECRET_KEY, SEEDED } from '../../sandbox/stripe';
import { USAGE_HEADER } from '../systems';
import type { World } from '../world';
import { billOf, lastMonth } from './m3terSteps';
import { play, refuseErrors, workflowOf } from './play';
import { outcomeOf, type Outcome, type UsageRow } from './steps';

/** What a shopper and a finance person do around Stripe, step by step; the demo and the end-to-end tests share them. */

export const TEMPLATES = {
	subscription: 'stripe/1-subscription-to-m3ter.json',
	usage: 'stripe/2-usage-to-m3ter.json',
	bill: 'stripe/3-bill-to-stripe.json',
} as const;

/** The name under which m3ter's external mappings know Stripe. */
export const SYSTEM = 'Stripe';

/** Stripe's own SDK, pointed at the sandbox: an independent reader of what our nodes wrote. */
export function stripeSdk(world: World): Stripe {
	const { hostname, port } = new URL(world.stripe.url);
	return new Stripe(SECRET_KEY, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
}

export interface Shopper {
	name: string;
	email: string;
	/** Code that the m3ter account shall get. */
	accountCode: string;
}

/** A shopper buys the plan "Pro" at Stripe's checkout, dated to the first of last month, so that last month can be billed. */
export async function buyPro(world: World, { name, email, accountCode }: Shopper): Promise<{ customerId: string; subscriptionId: string; runs: Execution[] }> {
	let sold = { customerId: '', subscriptionId: '' };
	const runs = await play(world, TEMPLATES.subscription, () => {
		sold = world.stripe.completeCheckout({
			name,
			email,
			priceId: SEEDED.prices.pro,
			startDate: Date.parse(`${lastMonth().first}T00:00:00Z`) / 1000,
			customerMetadata: { m3ter_account_code: accountCode },
			country: 'US',
		});
	});
	refuseErrors(runs);
	return { ...sold, runs };
}

/** The seller's service posts its usage to the webhook of the second template. */
export async function postUsage(world: World, rows: UsageRow[], { mayFail = false } = {}): Promise<Execution[]> {
	const { file } = workflowOf(world, TEMPLATES.usage);
	const webhook = file.nodes.find((node) => node.type === 'n8n-nodes-base.webhook');
	const runs = await play(world, TEMPLATES.usage, async () => {
		const response = await fetch(`${world.host.url}/webhook/${String(webhook?.parameters.path)}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', [USAGE_HEADER.name]: USAGE_HEADER.value },
			body: JSON.stringify(rows),
		});
		if (!response.ok) throw new Error(`The usage webhook answered ${response.status}: ${await response.text()}`);
	});
	if (!mayFail) refuseErrors(runs);
	return runs;
}

/** Approves a bill in m3ter; the runs this causes send it to Stripe. Returns what the last of them reported. */
export async function approveAndSend(world: World, billId: string): Promise<{ outcome: Outcome; runs: Execution[] }> {
	const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(billId));
	refuseErrors(runs);
	return { outcome: outcomeOf(runs), runs };
}

/** The invoices that carry a bill's id, read with the SDK: one, if all is well. */
export async function invoicesOf(world: World, bill: Bill): Promise<Stripe.Invoice[]> {
	const { data } = await stripeSdk(world).invoices.list({ limit: 100 });
	return data.filter((invoice) => Object.values(invoice.metadata ?? {}).includes(bill.id));
}

/** The one invoice of a bill. @throws Error when there is none, or more than one, or its total is not the bill's */
export async function agreedInvoice(world: World, billId: string): Promise<{ invoice: Stripe.Invoice; bill: Bill }> {
	const bill = billOf(world, billId);
	const invoices = await invoicesOf(world, bill);
	if (invoices.length !== 1) throw new Error(`Bill ${billId} has ${invoices.length} invoices in Stripe`);
	const [invoice] = invoices;
	const expected = Math.round(bill.billTotal * 100);
	if (invoice.total !== expected) throw new Error(`Bill ${billId} comes to ${expected} cents, invoice ${invoice.id} to ${invoice.total}`);
	return { invoice, bill };
}
