import { SEEDED } from '../sandbox/chargebee';
import { closeAll, receiver, sdk, start } from './sandbox-chargebee.helpers';

afterEach(closeAll);

describe('product catalog 1.0 and compat', () => {
	it('1.0 has plans and addons, and refuses what belongs to 2.0', async () => {
		const sandbox = await start({ catalog: 'v1' });
		const client = sdk(sandbox);
		expect((await client.configuration.list()).configurations[0]).toMatchObject({
			product_catalog_version: 'v1',
			chargebee_response_schema_type: 'plans_addons',
		});
		expect((await client.plan.list({ status: { is: 'active' } })).list).toHaveLength(3);
		const { subscription } = await client.subscription.create({
			plan_id: SEEDED.prices.pro,
			customer: { id: SEEDED.customers.acme },
			addons: [{ id: SEEDED.prices.support, quantity: 2 }],
		});
		expect(subscription).toMatchObject({
			plan_id: SEEDED.prices.pro,
			plan_quantity: 1,
			addons: [{ id: SEEDED.prices.support, quantity: 2, amount: 10_000 }],
		});
		expect(subscription).not.toHaveProperty('subscription_items');

		const { id } = sandbox.createSubscription({ items: [{ item_price_id: SEEDED.prices.starter }] });
		const invoice = sandbox.renew({ id });
		expect(
			(
				await client.invoice.addAddonCharge(invoice?.id ?? '', { addon_id: SEEDED.prices.usage, addon_quantity: 4 })
			).invoice.line_items?.at(-1),
		).toMatchObject({ entity_type: 'addon', amount: 400 });
		expect(
			(
				await client.unbilledCharge.createUnbilledCharge({
					subscription_id: id,
					currency_code: 'USD',
					charges: [{ amount: 7, description: 'x' }],
				})
			).unbilled_charges,
		).toHaveLength(1);
		expect(
			(await client.invoice.create({ customer_id: SEEDED.customers.acme, charges: [{ amount: 7, description: 'x' }] })).invoice
				.total,
		).toBe(7);
		await expect(client.itemPrice.list({})).rejects.toMatchObject({ api_error_code: 'configuration_incompatible' });
		expect(sandbox.violations).toEqual([]);
	});

	it('compat shows both, and endpoints choose', async () => {
		const sandbox = await start({ catalog: 'compat' });
		const hook = await receiver();
		await sdk(sandbox).webhookEndpoint.create({ name: 'old', url: hook.url, chargebee_response_schema_type: 'plans_addons' });
		const { id } = sandbox.createSubscription({});
		expect((await sdk(sandbox).subscription.retrieve(id)).subscription).toMatchObject({
			plan_id: SEEDED.prices.pro,
			subscription_items: [{ item_price_id: SEEDED.prices.pro }],
		});
		await sandbox.settled();
		const content = hook.received.find((entry) => entry.event.event_type === 'subscription_created')?.event.content;
		expect(content).toMatchObject({ subscription: { plan_id: SEEDED.prices.pro } });
		expect(content?.subscription).not.toHaveProperty('subscription_items');
	});
});
