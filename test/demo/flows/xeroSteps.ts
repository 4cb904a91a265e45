import type { Invoice } from 'xero-node';
import { xeroSdk } from '../../contract/xeroSdk';
import type { Execution } from '../../host/execution';
import type { Bill } from '../../sandbox/m3ter';
import { TENANT_ID } from '../../sandbox/xero';
import { USAGE_HEADER } from '../systems';
import { webhookPaths, type World } from '../world';
import { billOf, lastMonth } from './m3terSteps';
import { play, refuseErrors, workflowOf } from './play';
import { outcomeOf, type Outcome, type UsageRow } from './steps';

/** What a sales person, a shop and a finance person do around Xero, step by step; the demo and the end-to-end tests share them. */

export const TEMPLATES = {
	sale: 'xero/1-sale-to-m3ter.json',
	usage: 'xero/2-usage-to-m3ter.json',
	bill: 'xero/3-bill-to-xero.json',
} as const;

/** The name under which m3ter's external mappings know Xero. */
export const SYSTEM = 'Xero';
/** Item code in Xero and plan code in m3ter. */
const ITEM = 'pro_eur';

/** Pastes the trigger's URL into the developer portal; Xero tests it with its intent to receive. @throws Error when n8n did not pass */
export async function registerWebhook(world: World): Promise<void> {
	if (world.xero.state.webhook?.status === 'ok') return;
	const { file } = workflowOf(world, TEMPLATES.sale);
	const path = webhookPaths(file, world.nodes).find((entry) => entry.endsWith('/xero'));
	const { status, deliveries } = await world.xero.setWebhook({ url: `${world.host.url}/webhook/${path}` });
	if (status !== 'ok') throw new Error(`The intent to receive was not answered as Xero wants: ${JSON.stringify(deliveries)}`);
}

export interface Buyer {
	name: string;
	email: string;
	/** Contact number in Xero; becomes the account code. */
	number: string;
}

/** A person enters a contact in Xero, which reports it. */
export async function addContact(world: World, { name, email, number }: Buyer): Promise<{ contactId: string; runs: Execution[] }> {
	await registerWebhook(world);
	let contactId = '';
	const runs = await play(world, TEMPLATES.sale, () => {
		contactId = world.xero.createContact({ contact: { Name: name, EmailAddress: email, ContactNumber: number, DefaultCurrency: 'EUR' } }).ContactID;
	});
	refuseErrors(runs);
	return { contactId, runs };
}

function sellItem(world: World): void {
	const items = [...(world.xero.state.organisations.get(TENANT_ID)?.items.values() ?? [])];
	if (!items.some(({ Code }) => Code === ITEM)) world.xero.createItem({ code: ITEM, name: 'Pro', price: 90 });
}

/** The polling trigger's next round, now: n8n polls when a workflow is switched on. */
export async function pollNow(world: World): Promise<void> {
	const { id } = workflowOf(world, TEMPLATES.sale);
	await world.client.deactivate(id);
	await world.client.activate(id);
}

/** A sales person writes a quote for the plan "Pro", dated to the first of last month; the customer accepts it. */
export async function acceptQuote(world: World, contactId: string): Promise<{ quoteId: string; runs: Execution[] }> {
	sellItem(world);
	const LineItems = [{ ItemCode: ITEM, Description: 'Pro plan', Quantity: 1, UnitAmount: 90 }, { Description: 'Set-up', Quantity: 1, UnitAmount: 250 }];
	const { id } = world.xero.createQuote({ quote: { Contact: { ContactID: contactId }, Date: lastMonth().first, CurrencyCode: 'EUR', LineItems } });
	const runs = await play(world, TEMPLATES.sale, async () => {
		world.xero.acceptQuote({ id });
		await pollNow(world);
	});
	refuseErrors(runs);
	return { quoteId: id, runs };
}

/** A contact and its accepted quote. */
export async function sellPro(world: World, buyer: Buyer): Promise<{ contactId: string; quoteId: string }> {
	const { contactId } = await addContact(world, buyer);
	return { contactId, ...(await acceptQuote(world, contactId)) };
}

export interface Order {
	customerName: string;
	customerEmail: string;
	customerNumber: string;
	orderId: string;
	items: string[];
	startDate: string;
	/** Since when the order has been as it is; now unless given. */
	changedAt?: string;
	currency?: string;
	status?: string;
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

/** It is morning: the second template reads the spreadsheet, which has these rows. */
export async function readSpreadsheet(world: World, rows: UsageRow[], { mayFail = false } = {}): Promise<Execution> {
	world.xero.spreadsheet.rows.splice(0, Infinity, ...rows);
	const run = await world.client.run(workflowOf(world, TEMPLATES.usage).id, 'Every Morning');
	if (!mayFail) refuseErrors([run]);
	return run;
}

/** Approves a bill in m3ter; the runs this causes send it to Xero. Returns what the last of them reported. */
export async function approveAndSend(world: World, billId: string): Promise<{ outcome: Outcome; runs: Execution[] }> {
	const runs = await play(world, TEMPLATES.bill, () => world.m3ter.approveBill(billId));
	refuseErrors(runs);
	return { outcome: outcomeOf(runs), runs };
}

/** The invoices that carry a bill's id, read with the SDK: one, if all is well. */
export async function invoicesOf(world: World, bill: Bill): Promise<Invoice[]> {
	const { body } = await xeroSdk(world.xero).getInvoices(TENANT_ID, undefined, undefined, undefined, undefined, undefined, undefined, undefined, 1, undefined, undefined, 4, undefined, 1000);
	return (body.invoices ?? []).filter(({ reference }) => reference?.includes(bill.id));
}

/** The one invoice of a bill. @throws Error when there is none, or more than one, or it is not the bill's total before tax */
export async function agreedInvoice(world: World, billId: string): Promise<{ invoice: Invoice; bill: Bill }> {
	const bill = billOf(world, billId);
	const invoices = await invoicesOf(world, bill);
	if (invoices.length !== 1) throw new Error(`Bill ${billId} has ${invoices.length} invoices in Xero`);
	const [invoice] = invoices;
	if (Math.round((invoice.subTotal ?? 0) * 100) !== Math.round(bill.billTotal * 100)) throw new Error(`Bill ${billId} comes to ${bill.billTotal}, invoice ${invoice.invoiceNumber} to ${invoice.subTotal}`);
	return { invoice, bill };
}
