import type { World } from '../world';
import { accountOf, billLastMonth, recalculate } from './m3terSteps';
import { money, required, usageOf } from './steps';
import { agreedInvoice, approveAndSend, buyPro, postUsage, SYSTEM, TEMPLATES } from './stripeSteps';
import type { Flow, FlowRow } from './types';

const ACME = { name: 'Acme Robotics', email: 'billing@acme-robotics.example', accountCode: 'acme-robotics' };
const SYSTEM_NAME = 'Stripe';

/** The customer the first flow made, as the next ones meet it. */
function acme(world: World) {
	const customer = [...world.stripe.state.customers.values()].find(({ email }) => email === ACME.email);
	const { id } = required(customer, `Stripe customer ${ACME.email}`);
	return { customerId: id, ...required(accountOf(world, SYSTEM, id), `The m3ter account of ${id}`) };
}

async function subscription(world: World): Promise<FlowRow[]> {
	const { customerId, subscriptionId } = await buyPro(world, ACME);
	const { account, plans } = required(accountOf(world, SYSTEM, customerId), `The m3ter account of ${customerId}`);
	if (plans.length !== 1) throw new Error(`Account ${account.code} has ${plans.length} account plans instead of one`);
	const [accountPlan] = plans;
	const plan = required(world.m3ter.state.plans.get(accountPlan.planId ?? ''), 'The plan');
	return [
		{ what: 'customer', system: `${customerId} ${ACME.name}`, m3ter: `account ${account.code}, ${account.name}` },
		{ what: 'subscription', system: subscriptionId, m3ter: `plan ${plan.code} from ${accountPlan.startDate.slice(0, 10)}` },
	];
}

async function usage(world: World): Promise<FlowRow[]> {
	const { customerId, account } = acme(world);
	const rows = usageOf(customerId, 31);
	await postUsage(world, rows);
	const before = world.m3ter.state.ingested.length;
	await postUsage(world, rows);
	const measurements = world.m3ter.state.ingested.filter((entry) => entry.accountId === account.id);
	if (measurements.length !== rows.length) throw new Error(`${rows.length} rows became ${measurements.length} measurements`);
	const requests = measurements.reduce((sum, { measure }) => sum + Number(measure?.requests ?? 0), 0);
	return [
		{ what: 'usage rows', system: `${rows.length} for customer ${customerId}`, m3ter: `${measurements.length} measurements, ${requests.toLocaleString('en')} requests` },
		{ what: 'the same rows again', system: `${rows.length}`, m3ter: `${world.m3ter.state.ingested.length - before} more` },
	];
}

async function bill(world: World): Promise<FlowRow[]> {
	const { customerId, account } = acme(world);
	const { id } = await billLastMonth(world, account.id);
	const rows: FlowRow[] = [];
	const send = async (what: string) => {
		const { outcome } = await approveAndSend(world, id);
		const { invoice, bill: sent } = await agreedInvoice(world, id);
		const version = `version ${sent.version}`;
		rows.push({
			what,
			system: `${invoice.id} ${invoice.status}, ${money(invoice.total / 100, invoice.currency)}: ${outcome.action}`,
			m3ter: `bill ${sent.sequentialInvoiceNumber} ${version}, ${money(sent.billTotal, sent.currency)}`,
		});
	};
	await send('bill approved');
	await recalculate(world, id);
	await send('approved again');
	await postUsage(world, usageOf(customerId, 3, 'late'));
	await recalculate(world, id);
	await send('late usage, approved');
	return rows;
}

/** The three directions of Stripe, each building on the one before. */
export const stripeFlows: Flow[] = [
	{ system: 'stripe', systemName: SYSTEM_NAME, name: 'a subscription becomes an account with its plan', template: TEMPLATES.subscription, run: subscription },
	{ system: 'stripe', systemName: SYSTEM_NAME, name: 'usage becomes measurements', template: TEMPLATES.usage, run: usage },
	{ system: 'stripe', systemName: SYSTEM_NAME, name: 'an approved bill becomes an invoice', template: TEMPLATES.bill, run: bill },
];
