import { call, closeAll, sdk, start } from './sandbox-paddle.helpers';

afterEach(closeAll);

describe('the catalog and customers', () => {
	it('are created, changed, listed and paged', async () => {
		const sandbox = await start();
		const client = sdk(sandbox);
		const product = await client.products.create({ name: 'Calls', taxCategory: 'saas', customData: { code: 'calls' } });
		const price = await client.prices.create({
			productId: product.id,
			description: 'per call',
			unitPrice: { amount: '5', currencyCode: 'USD' },
		});
		await client.prices.update(price.id, { customData: { m3ter: 'x' } });
		expect((await client.prices.list({ productId: [product.id], include: ['product'] }).next())[0]).toMatchObject({
			customData: { m3ter: 'x' },
			product: { name: 'Calls' },
		});

		const customer = await client.customers.create({ email: 'a@b.test', name: 'A' });
		await client.customers.update(customer.id, { customData: { one: 1, two: 2 } });
		expect((await client.customers.update(customer.id, { customData: { two: 2 } })).customData).toEqual({ two: 2 });
		const address = await client.addresses.create(customer.id, { countryCode: 'DE', postalCode: '10115' });
		expect(await client.addresses.list(customer.id).next()).toMatchObject([{ id: address.id }]);
		await client.businesses.create(customer.id, { name: 'B GmbH' });

		for (let count = 0; count < 5; count++) await client.customers.create({ email: `c${count}@b.test` });
		const all = client.customers.list({ perPage: 2, orderBy: 'id[ASC]' });
		const seen: string[] = [];
		for await (const entry of all) seen.push(entry.email);
		expect(seen).toEqual(['a@b.test', 'c0@b.test', 'c1@b.test', 'c2@b.test', 'c3@b.test', 'c4@b.test']);
		const last = await call(sandbox, 'GET', '/customers?per_page=500');
		expect(last.body.meta?.pagination).toMatchObject({
			per_page: 200,
			has_more: false,
			next: expect.stringContaining('after=ctm_'),
		});
		expect((await client.customers.list({ email: ['C3@b.test', 'c3@b.test'] }).next()).map(({ email }) => email)).toEqual([
			'c3@b.test',
		]);
		expect(sandbox.violations).toEqual([]);
	});
});
