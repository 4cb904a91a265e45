import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';
import { SECRET_KEY, SEEDED, startStripeSandbox } from '../sandbox/stripe';
import type { Bill, LineInput } from '../sandbox/m3ter';
import { runNode } from './harness';
import { addAccount, one, requests, run, stored, useM3ter, world } from './m3ter-bill-setup';
import { mappedAccount } from './world';

/** A bill with more lines than m3ter can put into one answer. */

useM3ter();

beforeEach(() => (world.m3ter.settings.billLinesPerAnswer = 100));

const band = { pricingBandId: 'b1', lowerLimit: 0, fixedPrice: 0, unitPrice: 1, unitSubtotal: 50, bandUnits: 50, bandQuantity: 50000, bandSubtotal: 50 };
const lines = (count: number): LineInput[] =>
	Array.from({ length: count }, (_line, index) => ({ amount: index + 0.1, usagePerPricingBand: [band], childAccountId: `id-${index % 2}`, childAccountCode: `child-${index % 2}`, productCode: `product-${index % 2}` }));
const addBill = (count: number, more: object = {}): Bill => world.m3ter.createBill({ accountCode: 'globex', lines: lines(count), ...more });
const linesOf = (bill: IDataObject) => bill.lineItems as IDataObject[];

describe('the m3ter Bill node', () => {
	beforeEach(async () => {
		await addAccount('globex');
	});

	test('gets it, its lines page by page and in the shape and order they have inside a bill', async () => {
		const { id } = addBill(230);
		const bill = await one('bill', 'get', { billId: id });

		expect(bill).toMatchObject({ id, billTotal: stored(id).billTotal, childAccountsOmitted: true });
		expect(linesOf(bill).map((line) => line.id)).toEqual(stored(id).lineItems.map((line) => line.id));
		expect(linesOf(bill)[0]).toMatchObject({ convertedSubtotal: 0.1, usagePerPricingBand: [band] });
		expect(linesOf(bill)[0]).not.toHaveProperty('bandUsage');
		expect(requests('GET').filter(({ path }) => path.endsWith('/lineitems'))).toHaveLength(3);
	});

	test('gets it among others, which come as a whole', async () => {
		const ids = [addBill(2), addBill(130), addBill(60), addBill(60)].map(({ id }) => id);
		const { json } = await run('bill', 'getAll', { returnAll: true });

		expect(json.map(({ id }) => id).reverse()).toEqual(ids);
		expect(json.map((bill) => linesOf(bill).length).reverse()).toEqual([2, 130, 60, 60]);
		expect(json.map((bill) => 'childAccountsOmitted' in bill).reverse()).toEqual([false, true, false, false]);
	});

	test('gets it as the latest of an account', async () => {
		const account = { __rl: true, mode: 'code', value: 'globex' };
		const { id } = addBill(130, { startDate: '2026-04-01', endDate: '2026-05-01' });
		addBill(1, { startDate: '2026-03-01', endDate: '2026-04-01' });
		expect(await one('bill', 'get', { billSource: 'latest', account })).toMatchObject({ id, childAccountsOmitted: true });
	});

	test('an answer that is too large for another reason is an error', async () => {
		const { id } = addBill(130);
		world.m3ter.addFault({ method: 'GET', path: /lineitems/, kind: 'status', status: 413, body: { message: 'Response too large' } });
		const { errors } = await run('bill', 'get', { billId: id }, { onError: 'continueErrorOutput' });
		expect(errors).toEqual([expect.objectContaining({ error: 'The answer is too large for m3ter to send' })]);
	});
});

describe('sending it', () => {
	const preview = async (options: INodeParameters) => {
		const { id } = addBill(130, { accountCode: 'acme' });
		const stripe = await startStripeSandbox({ seeded: true });
		const credentials = { ...world.credentials, stripeForM3terApi: { secretKey: SECRET_KEY, baseUrl: stripe.url } };
		const parameters = { resource: 'bill', operation: 'preview', billId: id, options };
		const result = await runNode({ node: new StripeForM3ter(), credentials, parameters, onError: 'continueErrorOutput' });
		await stripe.close();
		return result;
	};
	beforeEach(async () => {
		await mappedAccount(world.m3ter, 'Stripe', 'Customer', SEEDED.customers.acme);
	});

	test('sends all its lines', async () => {
		const { json } = await preview({});
		expect(json).toEqual([expect.objectContaining({ action: 'created', totals: { bill: '8398.00', document: '8398.00', difference: '0.00' }, lines: expect.objectContaining({ added: 130 }) })]);
	});

	test('is refused when its lines are to name child accounts, which m3ter does not tell then', async () => {
		const { json, errors } = await preview({ lineDescription: '{description}[ for {childAccount}]' });
		expect(json).toEqual([]);
		expect(errors).toEqual([expect.objectContaining({ error: 'The bill is too large to name child accounts', message: expect.stringContaining("'Line Description'") })]);
	});

	test('names no child accounts where lines are grouped', async () => {
		const { json } = await preview({ lineDescription: '{description}[ for {childAccount}]', grouping: 'product' });
		expect(json).toEqual([expect.objectContaining({ action: 'created', lines: expect.objectContaining({ added: 2 }) })]);
	});
});
