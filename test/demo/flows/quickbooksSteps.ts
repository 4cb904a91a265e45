import { quickBooksSdk, type SdkDocument } from '../../contract/quickbooksSdk';
import type { Execution } from '../../host/execution';
import type { Bill } from '../../sandbox/m3ter';
import { US_REALM_ID } from '../../sandbox/quickbooks';
import { USAGE_HEADER } from '../systems';
import { webhookPaths, type World } from '../world';
import { billOf, lastMonth } from './m3terSteps';
import { play, refuseErrors, workflowOf } from './play';
import { outcomeOf, type Outcome, type UsageRow } from './steps';

/** What a sales person, a shop and a finance person do around QuickBooks, step by step; the demo and the end-to-end tests share them. */

export const TEMPLATES = {
	sale: 'quickbooks/1-sale-to-m3ter.json',
	usage: 'quickbooks/2-usage-to-m3ter.json',
	bill: 'quickbooks/3-bill-to-quickbooks.json',
} as const;

/** The name under which m3ter's external mappings know QuickBooks. */
export const SYSTEM = 'QuickBooks';

/** Pastes the trigger's URL into the Intuit developer portal. */
export function registerWebhook(world: World): void {
	const { file } = workflowOf(world, TEMPLATES.sale);
	const path = webhookPaths(file, world.nodes).find((entry) => entry.endsWith('/quickbooks'));
	world.quickbooks.setWebhook({ url: `${world.host.url}/webhook/${path}`, entities: ['Customer', 'Estimate'] });
}

/** The item "Pro" in QuickBooks, whose SKU is the code of the m3ter plan; made once. */
function proItem(world: World): string {
	const items = world.quickbooks.state.companies.get(US_REALM_ID)?.entities.Item;
	const known = [...(items?.values() ?? [])].find(({ Sku }) => Sku === 'pro');
	return (known ?? world.quickbooks.createItem({ item: { Name: 'Pro', Sku: 'pro', Type: 'Service', IncomeAccountRef: { value: '79' } } })).Id;
}

export interface Buyer {
	name: string;
	email: string;
}

/** A sales person writes an estimate for the plan "Pro", dated to the first of last month; the customer accepts it. */
export async function acceptEstimate(world: World, { name, email }: Buyer): Promise<{ customerId: string; estimateId: string; runs: Execution[] }> {
	registerWebhook(world);
	const customer = world.quickbooks.createCustomer({ customer: { DisplayName: name, PrimaryEmailAddr: { Address: email } } });
	const line = { DetailType: 'SalesItemLineDetail' as const, Amount: 100, SalesItemLineDetail: { ItemRef: { value: proItem(world) }, Qty: 1, UnitPrice: 100, ServiceDate: lastMonth().first } };
	const estimate = world.quickbooks.createEstimate({ document: { CustomerRef: { value: customer.Id }, Line: [line] } });
	const runs = await play(world, TEMPLATES.sale, () => world.quickbooks.acceptEstimate({ id: estimate.Id, by: name }));
	refuseErrors(runs);
	return { customerId: customer.Id, estimateId: estimate.Id, runs };
}

export interface Order {
	customerName: string;
	customerEmail: string;
	orderId: string;
	items: string[];
	startDate: string;
	/** Since when the order has been as it is; now unless given. */
	changedAt?: string;
	status?: string;
	accountCode?: string;
}

/** The shop posts an order to the webhook of the first template. */
export async function postOrder(world: World, order: Order, { mayFail = false } = {}): Promise<Execution[]> {
	const { file } = workflowOf(world, TEMPLATES.sale);
	const webhook = file.nodes.find((node) => node.type === 'n8n-nodes-base.webhook');
	const runs = await play(world, TEMPLATES.sale, async () => {
		const response = await fetch(`${world.host.url}/webhook/${String(webhook?.parameters.path)}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', [USAGE_HEADER.name]: USAGE_HEADER.value },
			body: JSON.stringify({ changedAt: new Date().toISOString(), ...order }),
		});
		if (!response.ok) throw new Error(`The order webhook answered ${response.status}: ${await response.text()}`);
	});
	if (!mayFail) refuseErrors(runs);
	return runs;
}

/** It is morning: the second template asks the seller's service, which has these rows. */
export async function askForUsage(world: World, rows: UsageRow[], { mayFail = false } = {}): Promise<Execution> {
	world.quickbooks.usage.rows.splice(0, Infinity, ...rows);
	const run = await world.client.run(workflowOf(world, TEMPLATES.usage).id, 'Every Morning');
	if (!mayFail) refuseErrors([run]);
	return run;
}

/** Approves a bill in m3ter; the runs this causes send it to QuickBooks. Returns what the last of them reported. */
export async function approveAndSend(world: World, billId: string): Promise<{ outcome: Outcome; runs: Execution[] }> {
	const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(billId));
	refuseErrors(runs);
	return { outcome: outcomeOf(runs), runs };
}

/** The invoices that carry a bill's id, read with the SDK: one, if all is well. */
export async function invoicesOf(world: World, bill: Bill): Promise<SdkDocument[]> {
	return (await quickBooksSdk(world.quickbooks).invoices()).filter(({ PrivateNote }) => PrivateNote?.includes(bill.id));
}

/** The one invoice of a bill. @throws Error when there is none, or more than one, or its total is not the bill's */
export async function agreedInvoice(world: World, billId: string): Promise<{ invoice: SdkDocument; bill: Bill }> {
	const bill = billOf(world, billId);
	const invoices = await invoicesOf(world, bill);
	if (invoices.length !== 1) throw new Error(`Bill ${billId} has ${invoices.length} invoices in QuickBooks`);
	const [invoice] = invoices;
	if (Math.round(invoice.TotalAmt * 100) !== Math.round(bill.billTotal * 100)) throw new Error(`Bill ${billId} comes to ${bill.billTotal}, invoice ${invoice.Id} to ${invoice.TotalAmt}`);
	return { invoice, bill };
}
