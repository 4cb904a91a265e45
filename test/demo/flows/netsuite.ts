import type { World } from '../world';
import { accountOf, billLastMonth, lastMonth, recalculate } from './m3terSteps';
import { agreedInvoice, postOrder, readUsageFile, sellPro, sendAfter, SYSTEM, TEMPLATES } from './netsuiteSteps';
import { money, required, usageOf } from './steps';
import type { Flow, FlowRow } from './types';

const BUYER = { name: 'Northwind Grid Operators', email: 'payables@northwind-grid.example' };
const SHOP_ORDER = { customerId: 'C-2001', customerName: 'Harbour Analytics', customerEmail: 'owner@harbour-analytics.example', orderId: 'WEB-2001', items: ['pro'], accountCode: 'harbour-analytics' };
const SYSTEM_NAME = 'NetSuite';

function customerId(world: World, name: string): string {
	return required([...world.netsuite.state.customers.values()].find(({ values }) => values.companyName === name), `NetSuite customer ${name}`).id;
}

/** The account of a customer with its one plan. */
function soldTo(world: World, id: string) {
	const { account, plans } = required(accountOf(world, SYSTEM, id), `The m3ter account of customer ${id}`);
	if (plans.length !== 1) throw new Error(`Account ${account.code} has ${plans.length} account plans instead of one`);
	const plan = required(world.m3ter.state.plans.get(plans[0].planId ?? ''), 'The plan');
	return { account, text: `account ${account.code}, plan ${plan.code} from ${plans[0].startDate.slice(0, 10)}` };
}

async function sale(world: World): Promise<FlowRow[]> {
	const { customerId: buyer, orderId } = await sellPro(world, BUYER);
	await postOrder(world, { ...SHOP_ORDER, startDate: lastMonth().first });
	const shopper = customerId(world, SHOP_ORDER.customerName);
	return [
		{ what: 'sales order approved', system: `order ${orderId} of ${BUYER.name} (${buyer})`, m3ter: soldTo(world, buyer).text },
		{ what: 'order in the shop', system: `${SHOP_ORDER.orderId} of ${SHOP_ORDER.customerName} (${shopper})`, m3ter: soldTo(world, shopper).text },
	];
}

async function usage(world: World): Promise<FlowRow[]> {
	const buyer = customerId(world, BUYER.name);
	const { account } = soldTo(world, buyer);
	const rows = usageOf(buyer, 31);
	await readUsageFile(world, rows);
	const before = world.m3ter.state.ingested.length;
	await readUsageFile(world, rows);
	const measurements = world.m3ter.state.ingested.filter((entry) => entry.accountId === account.id);
	if (measurements.length !== rows.length) throw new Error(`${rows.length} rows became ${measurements.length} measurements`);
	const requests = measurements.reduce((sum, { measure }) => sum + Number(measure?.requests ?? 0), 0);
	return [
		{ what: 'usage file', system: `${rows.length} rows for customer ${buyer}`, m3ter: `${measurements.length} measurements, ${requests.toLocaleString('en')} requests` },
		{ what: 'the same file again', system: `${rows.length} rows`, m3ter: `${world.m3ter.state.ingested.length - before} more` },
	];
}

async function bill(world: World): Promise<FlowRow[]> {
	const buyer = customerId(world, BUYER.name);
	const { account } = soldTo(world, buyer);
	const rows: FlowRow[] = [];
	let id = '';
	const send = async (what: string, act: () => unknown) => {
		const { outcome } = await sendAfter(world, act);
		const { invoice, bill: sent } = await agreedInvoice(world, id);
		rows.push({
			what,
			system: `invoice ${invoice.tranId} ${invoice.approvalStatus.refName}, ${money(invoice.total, sent.currency)}: ${outcome.action}`,
			m3ter: `bill ${sent.sequentialInvoiceNumber ?? sent.id.slice(0, 8)} ${sent.status}, ${money(sent.billTotal, sent.currency)}`,
		});
	};
	await send('bill generated', async () => ({ id } = await billLastMonth(world, account.id)));
	await send('recalculated', async () => await recalculate(world, id));
	await readUsageFile(world, usageOf(buyer, 3, 'late'));
	await send('late usage', async () => await recalculate(world, id));
	await send('bill approved', () => world.m3ter.approveBill(id));
	return rows;
}

/** The three directions of NetSuite, each building on the one before. */
export const netsuiteFlows: Flow[] = [
	{ system: 'netsuite', systemName: SYSTEM_NAME, name: 'a sales order becomes an account with its plan', template: TEMPLATES.sale, run: sale },
	{ system: 'netsuite', systemName: SYSTEM_NAME, name: 'usage becomes measurements', template: TEMPLATES.usage, run: usage },
	{ system: 'netsuite', systemName: SYSTEM_NAME, name: 'a bill becomes an invoice and is approved with it', template: TEMPLATES.bill, run: bill },
];
