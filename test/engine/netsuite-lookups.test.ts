import { NetSuiteForM3ter } from '../../nodes/NetSuite/NetSuiteForM3ter.node';
import { loadOptions } from './harness';
import { NetSuiteWorld } from './netsuite-setup';

let world: NetSuiteWorld;

beforeAll(async () => {
	world = await NetSuiteWorld.open();
});
afterAll(async () => {
	expect(world.netSuite.violations).toEqual([]);
	await world.close();
});

const load = async (method: string) => await loadOptions({ node: new NetSuiteForM3ter(), credentials: world.credentials, method });

test.each([
	['getItems', ['API-CALLS', 'DRAWDOWN', 'ENTERPRISE']],
	['getSubsidiaries', ['Europe', 'Parent']],
	['getDepartments', ['Sales']],
	['getClasses', ['Platform']],
	['getLocations', ['Head office']],
	['getTerms', ['Net 30']],
	['getTaxCodes', ['-Not Taxable-', 'VAT 20%']],
])('%s lists what is active, by name', async (method, names) => {
	const options = await load(method);
	expect(options.map(({ name }) => name)).toEqual(names);
	expect(options.every(({ value, description }) => description === `ID ${value}`)).toBe(true);
});

test('a drop-down says why it cannot be loaded', async () => {
	world.netSuite.addFault({ kind: 'status', status: 403, path: /suiteql/, body: { 'o:errorDetails': [{ detail: 'You need the SuiteAnalytics Workbook permission.', 'o:errorCode': 'INSUFFICIENT_PERMISSION' }] } });
	await expect(load('getItems')).rejects.toMatchObject({ message: 'The NetSuite role lacks a permission', description: expect.stringContaining('SuiteAnalytics Workbook') });
});

test('a field that a script of the account changes back is named, not fought', async () => {
	const { id } = world.bill();
	await world.send(id);
	world.netSuite.state.lists.department.set('4', { id: '4', name: 'Support' });
	const { transactions } = world.netSuite.state;
	const store = transactions.set.bind(transactions);
	jest.spyOn(transactions, 'set').mockImplementation((key, document) => store(key, { ...document, values: { ...document.values, department: '3' } }));
	const before = world.writes().length;
	expect(await world.send(id, { department: '4' })).toMatchObject({ action: 'updated', totals: { difference: '0.00' }, warnings: [expect.stringContaining('a form or script of the account changes it')] });
	expect(world.writes()).toHaveLength(before + 1);
});

test('two calls at the limit of the account wait for each other', async () => {
	await world.close();
	world = await NetSuiteWorld.open({ concurrencyLimit: 1, processingMs: 10 });
	const results = await Promise.all([world.send(world.bill().id), world.send(world.bill().id)]);
	expect(results.map(({ action }) => action)).toEqual(['created', 'created']);
});
