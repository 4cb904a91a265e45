import type { World } from '../world';
import { accountOf, billLastMonth, recalculate } from './m3terSteps';
import { agreedCharge, approveAndSend, billedAmount, buyPro, renew, SYSTEM, TEMPLATES, uploadUsage } from './paddleSteps';
import { money, required, usageOf } from './steps';
import type { Flow, FlowRow } from './types';

const INITECH = { name: 'Initech Software', email: 'billing@initech-software.example', accountCode: 'initech-software' };
const SYSTEM_NAME = 'Paddle';

/** The customer the first flow made, as the next ones meet it. */
function initech(world: World) {
	const customer = required([...world.paddle.state.customers.values()].find(({ email }) => email === INITECH.email), `Paddle customer ${INITECH.email}`);
	const subscription = required([...world.paddle.state.subscriptions.values()].find(({ customer_id: id }) => id === customer.id), `The subscription of ${customer.id}`);
	return { customerId: customer.id, subscriptionId: subscription.id, ...required(accountOf(world, SYSTEM, customer.id), `The m3ter account of ${customer.id}`) };
}

async function subscription(world: World): Promise<FlowRow[]> {
	const { customerId, subscriptionId } = await buyPro(world, INITECH);
	const { account, plans } = required(accountOf(world, SYSTEM, customerId), `The m3ter account of ${customerId}`);
	if (plans.length !== 1) throw new Error(`Account ${account.code} has ${plans.length} account plans instead of one`);
	const [accountPlan] = plans;
	const plan = required(world.m3ter.state.plans.get(accountPlan.planId ?? ''), 'The plan');
	return [
		{ what: 'customer', system: `${customerId} ${INITECH.name}`, m3ter: `account ${account.code}, ${account.name}` },
		{ what: 'subscription', system: subscriptionId, m3ter: `plan ${plan.code} from ${accountPlan.startDate.slice(0, 10)}` },
	];
}

async function usage(world: World): Promise<FlowRow[]> {
	const { customerId, account } = initech(world);
	const rows = usageOf(customerId, 31);
	await uploadUsage(world, rows);
	const before = world.m3ter.state.ingested.length;
	await uploadUsage(world, rows);
	const measurements = world.m3ter.state.ingested.filter((entry) => entry.accountId === account.id);
	if (measurements.length !== rows.length) throw new Error(`${rows.length} rows became ${measurements.length} measurements`);
	const requests = measurements.reduce((sum, { measure }) => sum + Number(measure?.requests ?? 0), 0);
	return [
		{ what: 'rows of an uploaded file', system: `${rows.length} for customer ${customerId}`, m3ter: `${measurements.length} measurements, ${requests.toLocaleString('en')} requests` },
		{ what: 'the same file again', system: `${rows.length}`, m3ter: `${world.m3ter.state.ingested.length - before} more` },
	];
}

async function bill(world: World): Promise<FlowRow[]> {
	const { customerId, subscriptionId, account } = initech(world);
	const { id } = await billLastMonth(world, account.id);
	const rows: FlowRow[] = [];
	const send = async (what: string) => {
		const { outcome } = await approveAndSend(world, id);
		const { bill: sent, total } = await agreedCharge(world, id, subscriptionId);
		rows.push({
			what,
			system: `${money(total / 100, sent.currency)} wait on ${subscriptionId}: ${outcome.action}`,
			m3ter: `bill ${sent.sequentialInvoiceNumber} version ${sent.version}, ${money(sent.billTotal, sent.currency)}`,
		});
	};
	await send('bill approved');
	await recalculate(world, id);
	await send('approved again');
	await uploadUsage(world, usageOf(customerId, 3, 'late'));
	await recalculate(world, id);
	await send('late usage, approved');
	const renewal = renew(world, subscriptionId);
	rows.push({ what: 'the subscription renews', system: `${renewal.invoice_number}, of it ${money((await billedAmount(world, renewal.id, id)) / 100, renewal.currency_code)}`, m3ter: '' });
	return rows;
}

/** The three directions of Paddle, each building on the one before. */
export const paddleFlows: Flow[] = [
	{ system: 'paddle', systemName: SYSTEM_NAME, name: 'a paid checkout becomes an account with its plan', template: TEMPLATES.subscription, run: subscription },
	{ system: 'paddle', systemName: SYSTEM_NAME, name: 'an uploaded usage file becomes measurements', template: TEMPLATES.usage, run: usage },
	{ system: 'paddle', systemName: SYSTEM_NAME, name: 'an approved bill is charged on the subscription', template: TEMPLATES.bill, run: bill },
];
