import { closeAll, sdk, start } from './sandbox-paddle.helpers';

afterEach(closeAll);

/** A seeded account with a running subscription of Acme to the Pro plan. */
async function subscribed() {
	const sandbox = await start();
	const seeded = sandbox.seed();
	const { subscription } = sandbox.completeCheckout({
		customerId: seeded.customers.acme.id,
		businessId: seeded.businesses.acme.id,
		items: [{ price_id: seeded.prices.pro.id, quantity: 2 }],
		customData: { m3ter_account_code: 'acme' },
	});
	if (!subscription) throw new Error('No subscription');
	return { sandbox, seeded, subscription, client: sdk(sandbox) };
}

const inline = (productId: string, amount: string, line: string) => ({
	quantity: 1,
	price: {
		productId,
		description: `m3ter bill b-1 line ${line}`,
		name: 'API calls',
		taxMode: 'external' as const,
		unitPrice: { amount, currencyCode: 'USD' as const },
		quantity: { minimum: 1, maximum: 1 },
		customData: { m3ter_bill_id: 'b-1', m3ter_line_item_id: line },
	},
});

describe('a checkout', () => {
	it('makes customer, transaction and subscription, as the SDK reads them', async () => {
		const { sandbox, seeded, subscription, client } = await subscribed();
		const read = await client.subscriptions.get(subscription.id, {
			include: ['next_transaction', 'recurring_transaction_details'],
		});
		expect(read).toMatchObject({
			status: 'active',
			customerId: seeded.customers.acme.id,
			currencyCode: 'USD',
			collectionMode: 'automatic',
			scheduledChange: null,
			customData: { m3ter_account_code: 'acme' },
			nextTransaction: { details: { totals: { total: '19800' } } },
			recurringTransactionDetails: { totals: { total: '19800' } },
		});
		expect(read.items[0]).toMatchObject({
			quantity: 2,
			price: { id: seeded.prices.pro.id, unitPrice: { amount: '9900' } },
			product: { name: 'Platform' },
		});

		const transactions = await client.transactions
			.list({ subscriptionId: [subscription.id], status: ['completed'], include: ['customer', 'address', 'business'] })
			.next();
		expect(transactions).toMatchObject([
			{
				origin: 'web',
				subscriptionId: subscription.id,
				customer: { name: 'Ada Acme' },
				address: { countryCode: 'US' },
				business: { name: 'Acme Ltd' },
				details: { totals: { grandTotal: '19800' } },
			},
		]);
		expect((await client.customers.get(seeded.customers.acme.id)).email).toBe('ap@acme.test');
		expect((await client.addresses.get(seeded.customers.acme.id, subscription.address_id)).city).toBe('Springfield');
		expect((await client.businesses.get(seeded.customers.acme.id, seeded.businesses.acme.id)).name).toBe('Acme Ltd');
		expect(sandbox.violations).toEqual([]);
	});

	it('starts a trial where the price has one, and activates it at the end', async () => {
		const sandbox = await start();
		const { prices } = sandbox.seed();
		const { transaction, subscription } = sandbox.completeCheckout({
			email: 'new@trial.test',
			items: [{ price_id: prices.proTrial.id }],
		});
		expect([transaction.details.totals.total, subscription?.status]).toEqual(['0', 'trialing']);
		expect(sandbox.renew({ id: subscription?.id ?? '' })?.details.totals.total).toBe('9900');
		const types = [...sandbox.state.events.values()].map((event) => event.event_type);
		expect(types).toEqual([
			...[
				'customer.created',
				'address.created',
				'transaction.created',
				'transaction.ready',
				'transaction.paid',
				'subscription.created',
			],
			...[
				'subscription.trialing',
				'transaction.completed',
				'transaction.created',
				'transaction.ready',
				'transaction.billed',
				'transaction.paid',
			],
			...['transaction.completed', 'subscription.activated'],
		]);
	});
});

describe('one-time charges', () => {
	it('wait for the next billing, show in its preview, and are billed with it', async () => {
		const { sandbox, seeded, subscription, client } = await subscribed();
		const productId = seeded.products.usage.id;
		const items = [inline(productId, '12550', 'l-1'), inline(productId, '990', 'l-2')];
		const preview = await client.subscriptions.previewOneTimeCharge(subscription.id, {
			effectiveFrom: 'next_billing_period',
			items,
		});
		expect(preview.nextTransaction?.details.totals.total).toBe('33340');
		expect(preview.immediateTransaction).toBeNull();
		expect(sandbox.state.waitingCharges.size).toBe(0);

		const answer = await client.subscriptions.createOneTimeCharge(subscription.id, {
			effectiveFrom: 'next_billing_period',
			items,
		});
		expect(answer.id).toBe(subscription.id);
		const waiting =
			(await client.subscriptions.get(subscription.id, { include: ['next_transaction'] })).nextTransaction?.details.lineItems ??
			[];
		expect(waiting.map((line) => line.totals.total)).toEqual(['19800', '12550', '990']);
		const price = await client.prices.get(String(waiting[1].priceId));
		expect(price).toMatchObject({ type: 'custom', customData: { m3ter_bill_id: 'b-1', m3ter_line_item_id: 'l-1' } });
		expect((await client.prices.list({ perPage: 200 }).next()).map(({ type }) => type)).not.toContain('custom');

		sandbox.renew({ id: subscription.id });
		const [billed] = await client.transactions
			.list({ subscriptionId: [subscription.id], origin: ['subscription_recurring'] })
			.next();
		expect(billed).toMatchObject({ status: 'completed', details: { totals: { total: '33340' } } });
		expect(billed.items.map((item) => item.price?.customData)).toContainEqual({
			m3ter_bill_id: 'b-1',
			m3ter_line_item_id: 'l-2',
		});
		expect(
			(await client.subscriptions.get(subscription.id, { include: ['next_transaction'] })).nextTransaction?.details.lineItems,
		).toHaveLength(1);
		expect(sandbox.violations).toEqual([]);
	});

	it('are taken at once when asked for, also with catalog prices and new products', async () => {
		const { sandbox, seeded, subscription, client } = await subscribed();
		await client.subscriptions.createOneTimeCharge(subscription.id, {
			effectiveFrom: 'immediately',
			onPaymentFailure: 'prevent_change',
			items: [
				{ quantity: 5, priceId: seeded.prices.usageUnit.id },
				{
					quantity: 1,
					price: {
						description: 'one more',
						unitPrice: { amount: '300', currencyCode: 'USD' },
						product: { name: 'Storage', taxCategory: 'saas' },
					},
				},
			],
		});
		const since = new Date(Date.now() - 60_000).toISOString();
		const [charge] = await client.transactions
			.list({ subscriptionId: [subscription.id], origin: ['subscription_charge'], 'createdAt[GTE]': since })
			.next();
		expect(charge).toMatchObject({ status: 'completed', details: { totals: { total: '800' } } });
		expect(sandbox.violations).toEqual([]);
	});

	it('are lost when the subscription ends', async () => {
		const { sandbox, seeded, subscription, client } = await subscribed();
		await client.subscriptions.createOneTimeCharge(subscription.id, {
			effectiveFrom: 'next_billing_period',
			items: [inline(seeded.products.usage.id, '500', 'l')],
		});
		sandbox.cancelSubscription({ id: subscription.id });
		expect((await client.subscriptions.get(subscription.id, { include: ['next_transaction'] })).nextTransaction).toBeNull();
		expect(sandbox.renew({ id: subscription.id })).toBeUndefined();
		expect(await client.subscriptions.get(subscription.id)).toMatchObject({ status: 'canceled', currentBillingPeriod: null });
		expect(sandbox.violations).toEqual([]);
	});
});

describe('transactions', () => {
	it('can be rewritten while draft or ready, then issued, then credited', async () => {
		const sandbox = await start();
		const seeded = sandbox.seed();
		const client = sdk(sandbox);
		const productId = seeded.products.usage.id;
		const owner = { customerId: seeded.customers.acme.id, addressId: seeded.addresses.acme.id };
		const draft = await client.transactions.create({
			...owner,
			collectionMode: 'manual',
			currencyCode: 'USD',
			billingDetails: { paymentTerms: { interval: 'day', frequency: 30 }, purchaseOrderNumber: 'PO-7', enableCheckout: false },
			billingPeriod: { startsAt: '2026-07-01T00:00:00Z', endsAt: '2026-08-01T00:00:00Z' },
			customData: { m3ter_bill_id: 'b-1' },
			items: [inline(productId, '12550', 'l-1')],
		});
		expect(draft).toMatchObject({ status: 'ready', origin: 'api', customData: { m3ter_bill_id: 'b-1' }, invoiceNumber: null });

		const rewritten = await client.transactions.update(draft.id, {
			items: [inline(productId, '12600', 'l-1'), inline(productId, '400', 'l-2')],
		});
		expect(rewritten).toMatchObject({ status: 'ready', details: { totals: { total: '13000' } } });
		expect(rewritten.items).toHaveLength(2);
		const found = await client.transactions.list({ customerId: [owner.customerId], status: ['draft', 'ready', 'billed'] }).next();
		expect(found.map(({ id }) => id)).toEqual([draft.id]);

		const billed = await client.transactions.update(draft.id, { status: 'billed' });
		expect(billed).toMatchObject({
			status: 'billed',
			invoiceNumber: expect.stringMatching(/^325-/),
			billedAt: expect.any(String),
		});
		expect((await client.transactions.getInvoicePDF(draft.id)).url).toMatch(/^https:/);
		await expect(client.transactions.update(draft.id, { items: [inline(productId, '1', 'l')] })).rejects.toMatchObject({
			code: 'transaction_immutable',
		});

		const [line] = billed.details?.lineItems ?? [];
		const credit = await client.adjustments.create({
			action: 'credit',
			transactionId: draft.id,
			reason: 'bill b-1 went down',
			items: [{ itemId: line.id, type: 'partial', amount: '600' }],
		});
		expect(credit).toMatchObject({ status: 'approved', totals: { total: '600' } });
		expect((await client.transactions.get(draft.id)).details?.adjustedTotals?.total).toBe('12400');
		expect(await client.adjustments.list({ transactionId: [draft.id] }).next()).toHaveLength(1);

		sandbox.completeTransaction({ id: draft.id });
		const refund = await client.adjustments.create({
			action: 'refund',
			type: 'full',
			transactionId: draft.id,
			reason: 'all of it',
		});
		expect(refund.status).toBe('pending_approval');
		expect(sandbox.decideRefunds({ approve: true })).toMatchObject([{ id: refund.id, status: 'approved' }]);
		expect(sandbox.violations).toEqual([]);
	});

	it('are drafts without a customer, complete themselves, and preview their totals with tax', async () => {
		const sandbox = await start({ taxRate: 20 });
		const seeded = sandbox.seed();
		const client = sdk(sandbox);
		const items = [{ quantity: 3, priceId: seeded.prices.usageUnit.id }];
		const draft = await client.transactions.create({ items });
		expect(draft).toMatchObject({ status: 'draft', details: { totals: { subtotal: '300', tax: '60', total: '360' } } });
		const ready = await client.transactions.update(draft.id, {
			customerId: seeded.customers.acme.id,
			addressId: seeded.addresses.acme.id,
		});
		expect(ready).toMatchObject({ status: 'ready', checkout: { url: expect.stringContaining(draft.id) } });
		const preview = await client.transactions.preview({ items: [...items, inline(seeded.products.usage.id, '40', 'l-1')] });
		expect(preview.details.totals).toMatchObject({ subtotal: '340', tax: '68', total: '408' });
		expect(preview.items[1].price?.id).toBeNull();
		await client.transactions.update(draft.id, { status: 'canceled' });
		expect((await client.transactions.get(draft.id)).status).toBe('canceled');
		expect(sandbox.violations).toEqual([]);
	});

	it('with a recurring price make a subscription when issued', async () => {
		const sandbox = await start();
		const seeded = sandbox.seed();
		const { id } = await sdk(sandbox).transactions.create({
			customerId: seeded.customers.acme.id,
			addressId: seeded.addresses.acme.id,
			collectionMode: 'manual',
			billingDetails: { paymentTerms: { interval: 'day', frequency: 14 }, enableCheckout: true, purchaseOrderNumber: '' },
			items: [{ quantity: 1, priceId: seeded.prices.pro.id }],
		});
		expect(sandbox.billTransaction({ id })).toMatchObject({ status: 'billed', subscription_id: expect.stringMatching(/^sub_/) });
		const [subscription] = await sdk(sandbox)
			.subscriptions.list({ status: ['active', 'past_due'] })
			.next();
		expect(subscription).toMatchObject({ collectionMode: 'manual' });
	});
});
