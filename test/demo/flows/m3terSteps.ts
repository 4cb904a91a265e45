import { z } from 'zod';
import { ACCESS_KEY_ID, API_SECRET, type Account, type AccountPlan, type Bill, ORGANIZATION_ID } from '../../sandbox/m3ter';
import type { World } from '../world';

/** What a person at m3ter does and sees, through m3ter's own API and the sandbox's records. */

async function post(world: World, path: string, body: unknown): Promise<unknown> {
	const basic = Buffer.from(`${ACCESS_KEY_ID}:${API_SECRET}`).toString('base64');
	const token = await fetch(`${world.m3ter.url}/oauth/token`, {
		method: 'POST',
		headers: { Authorization: `Basic ${basic}`, 'Content-Type': 'application/x-www-form-urlencoded' },
		body: 'grant_type=client_credentials',
	});
	const { access_token: accessToken } = z.object({ access_token: z.string() }).parse(await token.json());
	const response = await fetch(`${world.m3ter.url}/organizations/${ORGANIZATION_ID}${path}`, {
		method: 'POST',
		headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
	});
	if (!response.ok) throw new Error(`m3ter answered ${response.status} to POST ${path}: ${await response.text()}`);
	return await response.json();
}

/** The first and the last day of last month, `YYYY-MM-DD`. */
export function lastMonth(now = new Date()): { first: string; last: string } {
	const day = (date: Date) => date.toISOString().slice(0, 10);
	const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
	return { first: day(new Date(Date.UTC(year, month - 1, 1))), last: day(new Date(Date.UTC(year, month, 0))) };
}

/** The account that stands for a customer of `system`, found by its external mapping; and what it is on. */
export function accountOf(world: World, system: string, customerId: string): { account: Account; plans: AccountPlan[] } | undefined {
	const { externalMappings, accounts, accountPlans } = world.m3ter.state;
	const mapping = [...externalMappings.values()].find(
		(row) => row.m3terEntity === 'Account' && row.externalSystem === system && row.externalId === customerId,
	);
	const account = mapping && accounts.get(mapping.m3terId);
	if (!account) return undefined;
	return { account, plans: [...accountPlans.values()].filter((plan) => plan.accountId === account.id) };
}

/** Runs the monthly bill job for one account over last month: standing charges and usage become a PENDING bill. */
export async function billLastMonth(world: World, accountId: string): Promise<Bill> {
	const body = { accountIds: [accountId], lastDateInBillingPeriod: lastMonth().last, billingFrequency: 'MONTHLY', billFrequencyInterval: 1 };
	await post(world, '/billjobs', body);
	await world.m3ter.settled();
	const bill = [...world.m3ter.state.bills.values()].find((entry) => entry.accountId === accountId);
	if (!bill) throw new Error(`The bill job made no bill for account ${accountId}: ${world.m3ter.state.alerts.join('; ')}`);
	return bill;
}

/** Calculates a bill again, for instance after late usage; it goes back to PENDING. */
export async function recalculate(world: World, billId: string): Promise<Bill> {
	await post(world, '/billjobs/recalculate', { billIds: [billId] });
	await world.m3ter.settled();
	return billOf(world, billId);
}

export function billOf(world: World, billId: string): Bill {
	const bill = world.m3ter.state.bills.get(billId);
	if (!bill) throw new Error(`There is no bill ${billId}`);
	return bill;
}
