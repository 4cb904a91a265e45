import type { World } from '../world';
import { accountOf, billLastMonth, lastMonth, recalculate } from './m3terSteps';
import { money, required, usageOf } from './steps';
import type { Flow, FlowRow } from './types';
import { agreedInvoice, approveAndSend, postOrder, readSpreadsheet, sellPro, SYSTEM, TEMPLATES } from './xeroSteps';

const INITECH = { name: 'Initech GmbH', email: 'billing@initech.example', number: 'initech' };
const SHOP = { customerName: 'Hooli Ltd', customerEmail: 'ap@hooli.example', customerNumber: 'hooli' };
const SYSTEM_NAME = 'Xero';

function contactIdOf(world: World, number: string): string {
	const contacts = [...world.xero.state.organisations.values()].flatMap(({ contacts: all }) => [...all.values()]);
	return required(contacts.find(({ ContactNumber }) => ContactNumber === number), `Xero contact ${number}`).ContactID;
}

function known(world: World, number: string) {
	const contactId = contactIdOf(world, number);
	return { contactId, ...required(accountOf(world, SYSTEM, contactId), `The m3ter account of ${number}`) };
}

function planRow(world: World, what: string, system: string, number: string): FlowRow {
	const { account, plans } = known(world, number);
	if (plans.length !== 1) throw new Error(`Account ${account.code} has ${plans.length} account plans instead of one`);
	const plan = required(world.m3ter.state.plans.get(plans[0].planId ?? ''), 'The plan');
	return { what, system, m3ter: `account ${account.code}, plan ${plan.code} from ${plans[0].startDate.slice(0, 10)}` };
}

async function sale(world: World): Promise<FlowRow[]> {
	const { quoteId } = await sellPro(world, INITECH);
	const quote = [...world.xero.state.organisations.values()].flatMap(({ quotes }) => quotes.get(quoteId) ?? [])[0];
	await postOrder(world, { ...SHOP, orderId: 'SO-1042', items: ['pro_eur'], startDate: lastMonth().first, currency: 'EUR' });
	return [
		planRow(world, 'quote accepted in Xero', `${quote.number} for ${INITECH.name}`, INITECH.number),
		planRow(world, 'order from a shop', `contact ${SHOP.customerName}, order SO-1042`, SHOP.customerNumber),
	];
}

async function usage(world: World): Promise<FlowRow[]> {
	const { contactId, account } = known(world, INITECH.number);
	const rows = usageOf(contactId, 31);
	await readSpreadsheet(world, rows);
	const before = world.m3ter.state.ingested.length;
	await readSpreadsheet(world, rows);
	const measurements = world.m3ter.state.ingested.filter((entry) => entry.accountId === account.id);
	if (measurements.length !== rows.length) throw new Error(`${rows.length} rows became ${measurements.length} measurements`);
	const requests = measurements.reduce((sum, { measure }) => sum + Number(measure?.requests ?? 0), 0);
	return [
		{ what: 'rows of a spreadsheet', system: `${rows.length} for contact ${contactId}`, m3ter: `${measurements.length} measurements, ${requests.toLocaleString('en')} requests` },
		{ what: 'read again', system: `${rows.length}`, m3ter: `${world.m3ter.state.ingested.length - before} more` },
	];
}

async function bill(world: World): Promise<FlowRow[]> {
	const { contactId, account } = known(world, INITECH.number);
	const { id } = await billLastMonth(world, account.id);
	const rows: FlowRow[] = [];
	const send = async (what: string) => {
		const { outcome } = await approveAndSend(world, id);
		const { invoice, bill: sent } = await agreedInvoice(world, id);
		rows.push({
			what,
			system: `${invoice.invoiceNumber} ${String(invoice.status)}, ${money(invoice.subTotal ?? 0, sent.currency)}: ${outcome.action}`,
			m3ter: `bill ${sent.sequentialInvoiceNumber} version ${sent.version}, ${money(sent.billTotal, sent.currency)}`,
		});
	};
	await send('bill approved');
	await recalculate(world, id);
	await send('approved again');
	await readSpreadsheet(world, usageOf(contactId, 3, 'late'));
	await recalculate(world, id);
	await send('late usage, approved');
	return rows;
}

/** The three directions of Xero, each building on the one before. */
export const xeroFlows: Flow[] = [
	{ system: 'xero', systemName: SYSTEM_NAME, name: 'a quote or order becomes an account with its plan', template: TEMPLATES.sale, run: sale },
	{ system: 'xero', systemName: SYSTEM_NAME, name: 'a spreadsheet of usage becomes measurements', template: TEMPLATES.usage, run: usage },
	{ system: 'xero', systemName: SYSTEM_NAME, name: 'an approved bill becomes an invoice', template: TEMPLATES.bill, run: bill },
];
