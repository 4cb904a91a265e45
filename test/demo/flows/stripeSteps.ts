import Stripe from 'stripe';
import { z } from 'zod';
import type { Execution } from '../../host/execution';
import type { Bill } from '../../sandbox/m3ter';
import { SECRET_KEY, SEEDED } from '../../sandbox/stripe';
import { USAGE_HEADER } from '../systems';
import type { World } from '../world';
import { billOf, lastMonth } from './m3terSteps';
import { itemsWith, play, refuseErrors, workflowOf } from './play';

/** What a shopper and a finance person do around Stripe, step by step; the demo and the end-to-end tests share them. */

export const TEMPLATES = {
	subscription: 'stripe/1-subscription-to-m3ter.json',
	usage: 'stripe/2-usage-to-m3ter.json',
	bill: 'stripe/3-bill-to-stripe.json',
} as const;

/** The name under which m3ter's external mappings know Stripe. */
export const SYSTEM = 'Stripe';

const outcomeSchema = z.object({
	action: z.string(),
	bill: z.object({ id: z.string() }),
	document: z.object({ id: z.string(), status: z.string().optional() }).nullable(),
	totals: z.object({ bill: z.string(), document: z.string(), difference: z.string() }),
	lines: z.object({ added: z.number(), changed: z.number(), removed: z.number(), unchanged: z.number(), skipped: z.number() }),
	calls: z.number(),
});

/** What "Stripe for m3ter: Bill: Send" reported in a run. */
export type Outcome = z.infer<typeof outcomeSchema>;

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

/** One row of usage as the seller's own service reports it. */
export interface UsageRow {
	id: string;
	customer: string;
	timestamp: string;
	requests: number;
}

/** Usage of API requests, one row for each of the first `days` days of last month. Rows of the same `batch` are the same rows. */
export function usageOf(customer: string, days: number, batch = 'daily'): UsageRow[] {
	const start = Date.parse(`${lastMonth().first}T12:00:00Z`);
	return Array.from({ length: days }, (_, day) => ({
		id: `${batch}-${customer}-${day}`,
		customer,
		timestamp: new Date(start + day * 24 * 3600 * 1000).toISOString(),
		requests: 10_000 + 137 * day,
	}));
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

/** What the last run that sent a bill reported. */
export function outcomeOf(runs: Execution[]): Outcome {
	const items = runs.flatMap((run) => itemsWith(run, 'action', 'document', 'totals'));
	if (items.length === 0) throw new Error('No run reported what it sent');
	return outcomeSchema.parse(items[items.length - 1]);
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

/** Amount in a two-decimal currency as people read it. */
export const money = (amount: number, currency: string): string => `${currency.toUpperCase()} ${amount.toFixed(2)}`;
