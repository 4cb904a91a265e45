import { Paddle, type Environment, type Transaction } from '@paddle/paddle-node-sdk';
import type { Execution } from '../../host/execution';
import type { Bill } from '../../sandbox/m3ter';
import { API_KEY } from '../../sandbox/paddle';
import type { World } from '../world';
import { billOf, lastMonth } from './m3terSteps';
import { play, refuseErrors, workflowOf } from './play';
import { outcomeOf, required, type Outcome, type UsageRow } from './steps';

/** What shoppers, sellers and finance people do around Paddle, step by step; the demo and the end-to-end tests share them. */

export const TEMPLATES = {
	subscription: 'paddle/1-subscription-to-m3ter.json',
	usage: 'paddle/2-usage-to-m3ter.json',
	bill: 'paddle/3-bill-to-paddle.json',
} as const;

/** The name under which m3ter's external mappings know Paddle. */
export const SYSTEM = 'Paddle';

/** Paddle's own SDK, pointed at the sandbox: an independent reader of what our nodes wrote. */
export const paddleSdk = (world: World): Paddle => new Paddle(API_KEY, { environment: world.paddle.url as Environment });

export interface Buyer {
	name: string;
	email: string;
	/** Code that the m3ter account shall get. */
	accountCode: string;
}

/** A shopper pays for "Pro" in the checkout; the subscription is dated back to the first of last month, so that last month can be billed. */
export async function buyPro(world: World, { name, email, accountCode }: Buyer): Promise<{ customerId: string; subscriptionId: string; runs: Execution[] }> {
	let sold = { customerId: '', subscriptionId: '' };
	const runs = await play(world, TEMPLATES.subscription, () => {
		world.paddle.holdDeliveries();
		const { prices } = world.paddle.seed();
		const { subscription } = world.paddle.completeCheckout({ name, email, businessName: name, items: [{ price_id: prices.pro.id }], customData: { m3ter_account_code: accountCode } });
		const { id, customer_id: customerId } = required(subscription, 'The subscription of the checkout');
		Object.assign(required(world.paddle.state.subscriptions.get(id), id), { started_at: `${lastMonth().first}T00:00:00.000Z` });
		world.paddle.releaseDeliveries({});
		sold = { customerId, subscriptionId: id };
	});
	refuseErrors(runs);
	return { ...sold, runs };
}

/** The next renewal: Paddle bills what waits for it. */
export const renew = (world: World, subscriptionId: string) => required(world.paddle.renew({ id: subscriptionId }), `The renewal of ${subscriptionId}`);

/** Somebody uploads a CSV file in the form of the second template. */
export async function uploadUsage(world: World, rows: UsageRow[], { mayFail = false } = {}): Promise<Execution[]> {
	const { file } = workflowOf(world, TEMPLATES.usage);
	const form = required(file.nodes.find((node) => node.type === 'n8n-nodes-base.formTrigger')?.webhookId, 'The form of the usage template');
	const csv = ['id,customer,timestamp,requests', ...rows.map(({ id, customer, timestamp, requests }) => [id, customer, timestamp, requests].join(','))].join('\n');
	const runs = await play(world, TEMPLATES.usage, async () => {
		const body = new FormData();
		body.append('field-0', new Blob([csv], { type: 'text/csv' }), 'usage.csv');
		const response = await fetch(`${world.host.url}/form/${form}`, { method: 'POST', body });
		if (!response.ok) throw new Error(`The usage form answered ${response.status}: ${await response.text()}`);
	});
	if (!mayFail) refuseErrors(runs);
	return runs;
}

/** Approves a bill in m3ter; the runs this causes send it to Paddle. Returns what the last of them reported. */
export async function approveAndSend(world: World, billId: string): Promise<{ outcome: Outcome; runs: Execution[] }> {
	const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(billId));
	refuseErrors(runs);
	return { outcome: outcomeOf(runs), runs };
}

/** Minor units that wait on a subscription beside what recurs, read with the SDK. */
export async function waitingAmount(world: World, subscriptionId: string): Promise<number> {
	const { nextTransaction, recurringTransactionDetails } = await paddleSdk(world).subscriptions.get(subscriptionId, { include: ['next_transaction', 'recurring_transaction_details'] });
	return Number(nextTransaction?.details.totals.subtotal) - Number(recurringTransactionDetails?.totals.subtotal);
}

/** @throws Error unless what waits on the subscription comes to the bill's total */
export async function agreedCharge(world: World, billId: string, subscriptionId: string): Promise<{ bill: Bill; total: number }> {
	const bill = billOf(world, billId);
	const total = await waitingAmount(world, subscriptionId);
	const expected = Math.round(bill.billTotal * 100);
	if (total !== expected) throw new Error(`Bill ${billId} comes to ${expected} cents, ${total} wait on subscription ${subscriptionId}`);
	return { bill, total };
}

/** What a transaction holds of a bill, in minor units, read with the SDK. */
export async function billedAmount(world: World, transactionId: string, billId: string): Promise<number> {
	const { items }: Transaction = await paddleSdk(world).transactions.get(transactionId);
	const ours = items.filter(({ price }) => (price?.customData as { m3ter_bill_id?: string } | null)?.m3ter_bill_id === billId);
	return ours.reduce((sum, { price, quantity }) => sum + Number(price?.unitPrice.amount) * quantity, 0);
}
