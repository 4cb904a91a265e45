import type Stripe from 'stripe';

import { SEEDED, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { sdkFor } from './sandbox-stripe.helpers';

let sandbox: StripeSandbox;
let stripe: Stripe;

beforeAll(async () => {
	sandbox = await startStripeSandbox({ seeded: true });
	stripe = sdkFor(sandbox);
});

afterEach(async () => {
	await sandbox.settled();
	expect(sandbox.violations).toEqual([]);
	sandbox.reset();
});

afterAll(async () => await sandbox.close());

const { prices, customers } = SEEDED;

describe('customers, catalogue and search', () => {
	it('creates, updates and deletes a customer', async () => {
		const customer = await stripe.customers.create({
			name: 'X',
			email: 'x@x.test',
			metadata: { a: '1', b: '2' },
			address: { country: 'DE' },
		});
		const updated = await stripe.customers.update(customer.id, { metadata: { a: '', c: '3' }, name: 'Y' });
		expect(updated).toMatchObject({ name: 'Y', metadata: { b: '2', c: '3' }, address: { country: 'DE', city: null } });
		expect((await stripe.customers.list({ email: 'x@x.test' })).data).toHaveLength(1);
		await stripe.customers.del(customer.id);
		expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ id: customer.id, deleted: true });
	});

	it('lists prices and products by their filters', async () => {
		const pro = await stripe.prices.list({ product: SEEDED.products.pro, currency: 'usd', recurring: { interval: 'month' } });
		expect(pro.data.map((price) => price.id)).toEqual([prices.usage, prices.pro]);
		expect((await stripe.prices.list({ lookup_keys: ['pro_monthly'] })).data.map((price) => price.id)).toEqual([prices.pro]);
		expect((await stripe.prices.retrieve(prices.usage)).unit_amount).toBeNull();
		const product = await stripe.products.create({ name: 'Usage' });
		expect((await stripe.products.list({ ids: [product.id] })).data).toHaveLength(1);
	});

	it('finds by metadata only once the index has caught up', async () => {
		const draft = await stripe.invoices.create({ customer: customers.acme, metadata: { m3ter_bill_id: 'b-1' } });
		const query = "metadata['m3ter_bill_id']:'b-1' AND status:'draft'";
		expect((await stripe.invoices.search({ query })).data).toEqual([]);
		sandbox.advanceTime({ seconds: 61 });
		expect((await stripe.invoices.search({ query })).data.map((invoice) => invoice.id)).toEqual([draft.id]);
		expect((await stripe.customers.search({ query: 'email~"acme"' })).data.map((customer) => customer.id)).toEqual([
			customers.acme,
		]);
	});
});
