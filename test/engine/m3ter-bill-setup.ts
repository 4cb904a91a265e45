import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { M3terBill } from '../../nodes/M3ter/Bill/M3terBill.node';
import { startM3terSandbox, type Account, type AccountPlan, type Bill, type M3terSandbox, type Seed } from '../sandbox/m3ter';
import { runNode, type CredentialStore, type RunOptions, type RunResult } from './harness';
import { m3terCall, m3terCredentials } from './world';

/** The m3ter Bill node and the sandbox that the tests of one file share. Seeded anew for each test; every request has to keep m3ter's contract. */
export const world = { node: new M3terBill() } as { node: M3terBill; m3ter: M3terSandbox; seed: Seed; credentials: CredentialStore };

export function useM3ter(): void {
	beforeAll(async () => {
		world.m3ter = await startM3terSandbox({ jobMs: 150 });
	});
	beforeEach(() => {
		world.m3ter.reset();
		world.seed = world.m3ter.seed();
		world.credentials = m3terCredentials(world.m3ter);
	});
	afterEach(() => expect(world.m3ter.violations).toEqual([]));
	afterAll(async () => await world.m3ter.close());
}

export const run = async (resource: string, operation: string, parameters: IDataObject = {}, extra: Partial<RunOptions> = {}): Promise<RunResult> =>
	await runNode({ node: world.node, credentials: world.credentials, parameters: { resource, operation, ...parameters } as INodeParameters, ...extra });

/** The JSON of the only output item of an operation that has to work. */
export async function one(resource: string, operation: string, parameters: IDataObject = {}): Promise<IDataObject> {
	const { json, error } = await run(resource, operation, parameters);
	expect(error).toBeUndefined();
	expect(json).toHaveLength(1);
	return json[0];
}

/** The error item of an operation that has to fail under "Continue (using error output)". */
export async function failed(resource: string, operation: string, parameters: IDataObject = {}, items?: IDataObject[]): Promise<IDataObject> {
	const { json, errors } = await run(resource, operation, parameters, { onError: 'continueErrorOutput', items });
	expect(json).toEqual([]);
	expect(errors).toHaveLength(1);
	return errors[0];
}

export const addAccount = async (code: string, currency = 'USD'): Promise<Account> =>
	await m3terCall(world.m3ter, 'POST', '/accounts', { name: `${code} Inc`, code, emailAddress: `${code}@example.com`, currency });

/** An account with the plan "Starter" since January. */
export async function addCustomer(code: string, currency = 'USD'): Promise<Account> {
	const account = await addAccount(code, currency);
	const accountPlan: Partial<AccountPlan> = { accountId: account.id, planId: world.seed.plans.starter.id, startDate: '2026-01-01T00:00:00Z', billEpoch: '2026-01-01' };
	await m3terCall(world.m3ter, 'POST', '/accountplans', accountPlan);
	return account;
}

export const stored = (id: unknown): Bill => world.m3ter.state.bills.get(String(id)) as Bill;

/** What was sent, the sign-in apart. */
export const requests = (method: string) => world.m3ter.requests.filter((request) => request.method === method && request.path !== '/oauth/token');
