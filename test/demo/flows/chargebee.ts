import type { World } from '../world';
import { agreedInvoice, approveAndSend, renew, sellPro, sendUsageFile, SYSTEM, TEMPLATES } from './chargebeeSteps';
import { accountOf, billLastMonth, recalculate } from './m3terSteps';
import { money, required, usageOf } from './steps';
import type { Flow, FlowRow } from './types';

const GLOBEX = { name: 'Globex Energy', email: 'billing@globex-energy.example', accountCode: 'globex-energy' };
const SYSTEM_NAME = 'Chargebee';

/** The customer the first flow made, as the next ones meet it. */
function globex(world: World) {
	const customer = required([...world.chargebee.state.customers.values()].find(({ email }) => email === GLOBEX.email), `Chargebee customer ${GLOBEX.email}`);
	const subscription = required([...world.chargebee.state.subscriptions.values()].find(({ customer_id: id }) => id === customer.id), `The subscription of ${customer.id}`);
	return { customerId: customer.id, subscriptionId: subscription.id, ...required(accountOf(world, SYSTEM, customer.id), `The m3ter account of ${customer.id}`) };
}

async function subscription(world: World): Promise<FlowRow[]> {
	const { customerId, subscriptionId } = await sellPro(world, GLOBEX);
	const { account, plans } = required(accountOf(world, SYSTEM, customerId), `The m3ter account of ${customerId}`);
	if (plans.length !== 1) throw new Error(`Account ${account.code} has ${plans.length} account plans instead of one`);
	const [accountPlan] = plans;
	const plan = required(world.m3ter.state.plans.get(accountPlan.planId ?? ''), 'The plan');
	return [
		{ what: 'customer', system: `${customerId} ${GLOBEX.name}`, m3ter: `account ${account.code}, ${account.name}` },
		{ what: 'subscription', system: subscriptionId, m3ter: `plan ${plan.code} from ${accountPlan.startDate.slice(0, 10)}` },
	];
}

async function usage(world: World): Promise<FlowRow[]> {
	const { customerId, account } = globex(world);
	const rows = usageOf(customerId, 31);
	await sendUsageFile(world, rows);
	const before = world.m3ter.state.ingested.length;
	await sendUsageFile(world, rows);
	const measurements = world.m3ter.state.ingested.filter((entry) => entry.accountId === account.id);
	if (measurements.length !== rows.length) throw new Error(`${rows.length} rows became ${measurements.length} measurements`);
	const requests = measurements.reduce((sum, { measure }) => sum + Number(measure?.requests ?? 0), 0);
	return [
		{ what: 'rows of a CSV file', system: `${rows.length} for customer ${customerId}`, m3ter: `${measurements.length} measurements, ${requests.toLocaleString('en')} requests` },
		{ what: 'the same file again', system: `${rows.length}`, m3ter: `${world.m3ter.state.ingested.length - before} more` },
	];
}

async function bill(world: World): Promise<FlowRow[]> {
	const { customerId, subscriptionId, account } = globex(world);
	const pending = required(renew(world, subscriptionId), 'The pending invoice');
	const { id } = await billLastMonth(world, account.id);
	const rows: FlowRow[] = [{ what: 'the term renews', system: `${pending.id} ${pending.status}, ${money((pending.total ?? 0) / 100, pending.currency_code)}`, m3ter: '' }];
	const send = async (what: string) => {
		const { outcome } = await approveAndSend(world, id);
		const { invoice, bill: sent, total } = await agreedInvoice(world, id);
		rows.push({
			what,
			system: `${invoice.id} ${invoice.status}, of it ${money(total / 100, invoice.currency_code)}: ${outcome.action}`,
			m3ter: `bill ${sent.sequentialInvoiceNumber} version ${sent.version}, ${money(sent.billTotal, sent.currency)}`,
		});
	};
	await send('bill approved');
	await recalculate(world, id);
	await send('approved again');
	await sendUsageFile(world, usageOf(customerId, 3, 'late'));
	await recalculate(world, id);
	await send('late usage, approved');
	return rows;
}

/** The three directions of Chargebee, each building on the one before. */
export const chargebeeFlows: Flow[] = [
	{ system: 'chargebee', systemName: SYSTEM_NAME, name: 'a subscription becomes an account with its plan', template: TEMPLATES.subscription, run: subscription },
	{ system: 'chargebee', systemName: SYSTEM_NAME, name: 'a usage file becomes measurements', template: TEMPLATES.usage, run: usage },
	{ system: 'chargebee', systemName: SYSTEM_NAME, name: 'an approved bill goes on the pending invoice', template: TEMPLATES.bill, run: bill },
];
