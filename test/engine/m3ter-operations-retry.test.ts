import type { INodeParameters } from 'n8n-workflow';

import { M3terAccountPlan } from '../../nodes/M3ter/AccountPlan/M3terAccountPlan.node';
import { QuickBooksForM3ter } from '../../nodes/QuickBooks/QuickBooksForM3ter.node';
import { readTemplate } from '../demo/templates';
import { CUSTOMER_ID } from '../sandbox/quickbooks';
import { runNode } from './harness';
import { QuickBooksWorld } from './quickbooks-setup';
import { m3terCall } from './world';

/** What the notes of the templates promise: one that fails does not hold up the others, and Retry, which runs the node with all its items again, doubles nothing. */

const world = new QuickBooksWorld();

beforeEach(async () => await world.open());
afterEach(async () => expect(await world.close()).toEqual([]));

const nodeOf = (template: string, name: string) => {
	const found = readTemplate(`quickbooks/${template}.json`).nodes.find((node) => node.name === name);
	expect(found).not.toHaveProperty('onError');
	return { parameters: found?.parameters as INodeParameters, credentials: world.credentials };
};

test('Sync does the other sales of a run, names the one that failed, and doubles nothing when it is retried', async () => {
	const sale = (id: string, planRef = 'pro') => ({
		id,
		type: 'subscription.created',
		occurredAt: '2026-05-01T00:00:00Z',
		system: 'QuickBooks',
		customer: { id: `customer-${id}`, name: id, email: 'ap@example.com', currency: 'USD' },
		subscription: { id, status: 'active', startDate: '2026-05-01T00:00:00Z', items: [{ planRef }] },
	});
	const run = async () => await runNode({ node: new M3terAccountPlan(), ...nodeOf('1-sale-to-m3ter', 'Sync to m3ter'), items: [sale('a'), sale('b', 'gold'), sale('c')] });
	const sold = () => [...world.m3ter.state.accounts.values()].map(({ code }) => code).filter((code) => code.startsWith('customer-')).sort();
	const { data: plans } = await m3terCall<{ data: Array<{ id: string; code: string }> }>(world.m3ter, 'GET', '/plans?pageSize=100');
	const gold = { m3terEntity: 'Plan', m3terId: plans.find(({ code }) => code === 'pro')?.id, externalSystem: 'QuickBooks', externalTable: 'Item', externalId: 'gold' };

	const failed = await run();
	expect(failed.error?.description).toContain('gold');
	expect(sold()).toEqual(['customer-a', 'customer-c']);

	await m3terCall(world.m3ter, 'POST', '/externalmappings', gold);
	const retried = await run();
	expect(retried.json.map(({ action }) => action)).toEqual(['unchanged', 'created', 'unchanged']);
	expect(sold()).toEqual(['customer-a', 'customer-b', 'customer-c']);
	expect(world.m3ter.state.accountPlans.size).toBe(3);
});

test('Send sends the other bills of a run, names the one that failed, and doubles nothing when it is retried', async () => {
	const account = await m3terCall<{ id: string }>(world.m3ter, 'POST', '/accounts', { name: 'Late', code: 'late', emailAddress: 'ap@example.com', currency: 'USD' });
	const bills = [world.bill(), world.bill(undefined, { accountCode: 'late' }), world.bill()];
	const run = async () => await runNode({ node: new QuickBooksForM3ter(), ...nodeOf('3-bill-to-quickbooks', 'Send to QuickBooks'), items: bills.map(({ id }) => ({ id })) });

	const failed = await run();
	expect(failed.error?.description).toContain(bills[1].id);
	expect(world.documents('Invoice')).toHaveLength(2);

	await m3terCall(world.m3ter, 'POST', '/externalmappings', { m3terEntity: 'Account', m3terId: account.id, externalSystem: 'QuickBooks', externalTable: 'Customer', externalId: CUSTOMER_ID });
	const retried = await run();
	expect(retried.json.map(({ action }) => action)).toEqual(['unchanged', 'created', 'unchanged']);
	expect(world.documents('Invoice')).toHaveLength(3);
});
