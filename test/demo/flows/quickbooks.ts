import type { World } from '../world';
import { accountOf, billLastMonth, lastMonth, recalculate } from './m3terSteps';
import { acceptEstimate, agreedInvoice, approveAndSend, askForUsage, postOrder, SYSTEM, TEMPLATES } from './quickbooksSteps';
import { money, required, usageOf } from './steps';
import type { Flow, FlowRow } from './types';

const BUYER = { name: 'Blue Harbour Logistics', email: 'ap@blue-harbour.example' };
const SHOP_ORDER = { customerName: 'Corner Shop Ltd', customerEmail: 'owner@corner-shop.example', orderId: 'SHOP-1001', items: ['pro'], accountCode: 'corner-shop' };
const SYSTEM_NAME = 'QuickBooks';

function customerId(world: World, name: string): string {
	const customers = [...world.quickbooks.state.companies.values()].flatMap(({ entities }) => [...entities.Customer.values()]);
	return required(customers.find(({ DisplayName }) => DisplayName === name), `QuickBooks customer ${name}`).Id;
}

/** The account of a customer with its one plan. */
function soldTo(world: World, id: string) {
	const { account, plans } = required(accountOf(world, SYSTEM, id), `The m3ter account of customer ${id}`);
	if (plans.length !== 1) throw new Error(`Account ${account.code} has ${plans.length} account plans instead of one`);
	const plan = required(world.m3ter.state.plans.get(plans[0].planId ?? ''), 'The plan');
	return { account, text: `account ${account.code}, plan ${plan.code} from ${plans[0].startDate.slice(0, 10)}` };
}

async function sale(world: World): Promise<FlowRow[]> {
	const { customerId: buyer, estimateId } = await acceptEstimate(world, BUYER);
	await postOrder(world, { ...SHOP_ORDER, startDate: lastMonth().first });
	const shopper = customerId(world, SHOP_ORDER.customerName);
	return [
		{ what: 'estimate accepted', system: `estimate ${estimateId} of ${BUYER.name} (${buyer})`, m3ter: soldTo(world, buyer).text },
		{ what: 'order in the shop', system: `${SHOP_ORDER.orderId} of ${SHOP_ORDER.customerName} (${shopper})`, m3ter: soldTo(world, shopper).text },
	];
}

async function usage(world: World): Promise<FlowRow[]> {
	const buyer = customerId(world, BUYER.name);
	const { account } = soldTo(world, buyer);
	const rows = usageOf(buyer, 31);
	await askForUsage(world, rows);
	const before = world.m3ter.state.ingested.length;
	await askForUsage(world, rows);
	const measurements = world.m3ter.state.ingested.filter((entry) => entry.accountId === account.id);
	if (measurements.length !== rows.length) throw new Error(`${rows.length} rows became ${measurements.length} measurements`);
	const requests = measurements.reduce((sum, { measure }) => sum + Number(measure?.requests ?? 0), 0);
	return [
		{ what: 'usage rows', system: `${rows.length} for customer ${buyer}`, m3ter: `${measurements.length} measurements, ${requests.toLocaleString('en')} requests` },
		{ what: 'the same rows again', system: `${rows.length}`, m3ter: `${world.m3ter.state.ingested.length - before} more` },
	];
}

async function bill(world: World): Promise<FlowRow[]> {
	const buyer = customerId(world, BUYER.name);
	const { id } = await billLastMonth(world, soldTo(world, buyer).account.id);
	const rows: FlowRow[] = [];
	const send = async (what: string) => {
		const { outcome } = await approveAndSend(world, id);
		const { invoice, bill: sent } = await agreedInvoice(world, id);
		rows.push({
			what,
			system: `invoice ${invoice.DocNumber}, ${money(invoice.TotalAmt, sent.currency)}: ${outcome.action}`,
			m3ter: `bill ${sent.sequentialInvoiceNumber} version ${sent.version}, ${money(sent.billTotal, sent.currency)}`,
		});
	};
	await send('bill approved');
	await recalculate(world, id);
	await send('approved again');
	await askForUsage(world, usageOf(buyer, 3, 'late'));
	await recalculate(world, id);
	await send('late usage, approved');
	return rows;
}

/** The three directions of QuickBooks, each building on the one before. */
export const quickbooksFlows: Flow[] = [
	{ system: 'quickbooks', systemName: SYSTEM_NAME, name: 'an estimate or an order becomes an account with its plan', template: TEMPLATES.sale, run: sale },
	{ system: 'quickbooks', systemName: SYSTEM_NAME, name: 'usage becomes measurements', template: TEMPLATES.usage, run: usage },
	{ system: 'quickbooks', systemName: SYSTEM_NAME, name: 'an approved bill becomes an invoice', template: TEMPLATES.bill, run: bill },
];
