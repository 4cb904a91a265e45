import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { M3terAccountPlan } from '../../nodes/M3ter/AccountPlan/M3terAccountPlan.node';
import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, startM3terSandbox, type M3terSandbox, type Seed } from '../sandbox/m3ter';
import { runNode, type CredentialStore, type RunOptions, type RunResult } from './harness';

/** The node and the m3ter sandbox that the tests of one file share. Seeded anew for each test; every request has to keep m3ter's contract. */
export const world = { node: new M3terAccountPlan() } as { node: M3terAccountPlan; m3ter: M3terSandbox; seed: Seed; credentials: CredentialStore };

export function useM3ter(): void {
	beforeAll(async () => {
		world.m3ter = await startM3terSandbox();
	});
	beforeEach(() => {
		world.m3ter.reset();
		world.seed = world.m3ter.seed();
		world.credentials = { m3terApi: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: world.m3ter.url } };
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

export const byCode = (value: string) => ({ __rl: true, mode: 'code', value });
export const byId = (value: unknown) => ({ __rl: true, mode: 'id', value: String(value) });
export const identity = (code = 'globex') => ({ name: 'Globex GmbH', code, emailAddress: 'billing@globex.example' });
export const create = async (code = 'globex', additionalFields: IDataObject = {}) => await one('account', 'create', { ...identity(code), additionalFields });

/** What was sent, the sign-in apart. */
export const requests = (method: string) => world.m3ter.requests.filter((request) => request.method === method && request.path !== '/oauth/token');
