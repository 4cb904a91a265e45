import Stripe from 'stripe';

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

const { prices, customers, taxRates } = SEEDED;

/** A draft for Acme, to be paid in 30 days. */
const draftFor = async (customer: string, params: Stripe.InvoiceCreateParams = {}) =>
	await stripe.invoices.create({
		customer,
		collection_method: 'send_invoice',
		days_until_due: 30,
		currency: 'usd',
		pending_invoice_items_behavior: 'exclude',
		discounts: '',
		metadata: { m3ter_bill_id: 'b-1', m3ter_bill_version: '3' },
		...params,
	});

describe('checkout and subscriptions', () => {
	it('turns a completed checkout into customer, session and subscription', async () => {
		const done = sandbox.completeCheckout({
			email: 'ap@new.test',
			name: 'New Ltd',
			priceId: prices.pro,
			quantity: 5,
			items: [{ priceId: prices.usage }],
			metadata: { order: '7' },
		});
		const session = await stripe.checkout.sessions.retrieve(done.sessionId, { expand: ['line_items', 'subscription'] });
		expect(session).toMatchObject({ status: 'complete', payment_status: 'paid', mode: 'subscription', metadata: { order: '7' } });
		expect(session.customer_details).toMatchObject({ email: 'ap@new.test', name: 'New Ltd' });
		expect(session.line_items?.data.map((line) => line.quantity)).toEqual([5, null]);

		const subscription = await stripe.subscriptions.retrieve(done.subscriptionId, {
			expand: ['customer', 'items.data.price.product'],
		});
		expect(subscription).toMatchObject({ status: 'active', currency: 'usd', metadata: {}, billing_mode: { type: 'flexible' } });
		expect(subscription.customer).toMatchObject({ email: 'ap@new.test', currency: 'usd' });
		const [item, metered] = subscription.items.data;
		expect(item.price.metadata).toEqual({ m3ter_plan_code: 'pro' });
		expect(item.price.product).toMatchObject({ name: 'Pro' });
		expect(item.current_period_end - item.current_period_start).toBeGreaterThanOrEqual(28 * 86_400);
		expect(subscription).not.toHaveProperty('current_period_end');
		expect(metered).not.toHaveProperty('quantity');

		const first = await stripe.invoices.retrieve(subscription.latest_invoice as string);
		expect(first).toMatchObject({ status: 'paid', billing_reason: 'subscription_create', total: 5 * 9900 });
		expect(first.parent?.subscription_details?.subscription).toBe(subscription.id);
	});

	it('pages through subscription items', async () => {
		const done = sandbox.completeCheckout({ items: [{ priceId: prices.pro }, { priceId: prices.usage }] });
		const seen: string[] = [];
		for await (const item of stripe.subscriptionItems.list({ subscription: done.subscriptionId, limit: 1 })) seen.push(item.id);
		expect(seen).toEqual(done.itemIds);
	});

	it('schedules, takes back and carries out a cancellation', async () => {
		const { subscriptionId: id, itemIds } = sandbox.completeCheckout({});
		const end = sandbox.state.subscriptionItems.get(itemIds[0])?.current_period_end;
		sandbox.cancelSubscription({ id, atPeriodEnd: true });
		expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
			status: 'active',
			cancel_at: end,
			cancel_at_period_end: true,
		});
		sandbox.resumeSubscription({ id });
		expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ cancel_at: null, canceled_at: null });
		await stripe.subscriptions.cancel(id);
		const ended = await stripe.subscriptions.retrieve(id);
		expect(ended.status).toBe('canceled');
		expect(ended.ended_at).toEqual(expect.any(Number));
		expect((await stripe.subscriptions.list()).data).toEqual([]);
		expect((await stripe.subscriptions.list({ status: 'canceled' })).data.map((entry) => entry.id)).toEqual([id]);
	});

	it('a scheduled end is carried out at the renewal', () => {
		const { subscriptionId: id } = sandbox.completeCheckout({});
		sandbox.cancelSubscription({ id, atPeriodEnd: true });
		expect(sandbox.renewSubscription({ id })).toMatchObject({ object: 'subscription', status: 'canceled' });
	});

	it('reports what changed in previous_attributes', async () => {
		const { subscriptionId: id } = sandbox.completeCheckout({ subscriptionMetadata: { a: '1' } });
		sandbox.updateSubscription({ id, quantity: 7, metadata: { b: '2' } });
		const [event] = (await stripe.events.list({ type: 'customer.subscription.updated' })).data;
		expect(event.data.previous_attributes).toMatchObject({ metadata: { b: null }, items: { data: [{ quantity: 1 }] } });
		expect(event.data.object).toMatchObject({ id, metadata: { a: '1', b: '2' } });
	});

	it('a payment that fails later expires the subscription', async () => {
		const { subscriptionId, sessionId } = sandbox.completeCheckout({ paid: false });
		expect(await stripe.subscriptions.retrieve(subscriptionId)).toMatchObject({ status: 'incomplete' });
		sandbox.settleCheckout({ sessionId, succeeded: false });
		expect(await stripe.subscriptions.retrieve(subscriptionId)).toMatchObject({ status: 'incomplete_expired' });
		expect((await stripe.events.list({ types: ['checkout.session.async_payment_*'] })).data).toHaveLength(1);
	});
});

describe('invoices', () => {
	it('keeps one draft per bill through several runs and finalises it', async () => {
		const draft = await draftFor(customers.acme, { custom_fields: [{ name: 'Billing period', value: 'July' }] });
		const period = { start: 1_782_864_000, end: 1_785_542_399 };
		const filled = await stripe.invoices.addLines(draft.id, {
			lines: [
				{ amount: 12_550, description: 'API calls', period, metadata: { m3ter_line_item_id: 'l-1' } },
				{ amount: -550, description: 'Credit', metadata: { m3ter_line_item_id: 'l-2' } },
				{
					quantity_decimal: Stripe.Decimal.from('12.5'),
					price_data: { currency: 'usd', product_data: { name: 'Storage' }, unit_amount_decimal: Stripe.Decimal.from('0.5') },
				},
			],
			invoice_metadata: { m3ter_bill_version: '4', extra: 'x' },
		});
		expect(filled).toMatchObject({
			status: 'draft',
			total: 12_006,
			metadata: { m3ter_bill_id: 'b-1', m3ter_bill_version: '4', extra: 'x' },
		});
		const [usage, credit, storage] = filled.lines.data;
		expect(usage).toMatchObject({ period, discountable: true, quantity: 1 });
		expect(credit.discountable).toBe(false);
		expect(storage).toMatchObject({ amount: 6, quantity: 12, description: 'Storage' });
		expect(String(storage.quantity_decimal)).toBe('12.5');

		await stripe.invoices.updateLines(draft.id, { lines: [{ id: usage.id, amount: 13_000, metadata: { note: 'rerun' } }] });
		await stripe.invoices.removeLines(draft.id, { lines: [{ id: storage.id, behavior: 'delete' }] });
		await stripe.invoices.updateLineItem(draft.id, credit.id, { description: 'Goodwill' });
		const lines = await stripe.invoices.listLineItems(draft.id, { limit: 100 });
		expect(lines.data.map((line) => [line.amount, line.description])).toEqual([
			[13_000, 'API calls'],
			[-550, 'Goodwill'],
		]);
		expect(lines.data[0].metadata).toEqual({ m3ter_line_item_id: 'l-1', note: 'rerun' });

		const found = await stripe.invoices.list({
			customer: customers.acme,
			status: 'draft',
			created: { gte: draft.created },
			limit: 100,
		});
		expect(found.data.map((invoice) => invoice.metadata?.m3ter_bill_id)).toEqual(['b-1']);

		const final = await stripe.invoices.finalizeInvoice(draft.id);
		expect(final).toMatchObject({ status: 'open', total: 12_450, amount_due: 12_450, number: expect.stringMatching(/-0001$/) });
		expect(await stripe.invoices.pay(draft.id, { paid_out_of_band: true })).toMatchObject({
			status: 'paid',
			amount_remaining: 0,
		});
	});

	it('works out tax from rates, from amounts, and inside the price', async () => {
		const { id } = await draftFor(customers.acme, { default_tax_rates: [taxRates.vat] });
		const taxed = await stripe.invoices.addLines(id, {
			lines: [
				{ amount: 1005, description: 'A' },
				{ amount: 1100, description: 'B', tax_rates: [taxRates.included] },
			],
		});
		expect(taxed).toMatchObject({ subtotal: 2105, total: 2306, total_excluding_tax: 2005 });
		expect(taxed.total_taxes?.map((tax) => tax.amount)).toEqual([201, 100]);
	});

	it('a coupon of the customer shrinks discountable lines unless discounts are emptied', async () => {
		sandbox.giveCoupon({ customerId: customers.acme });
		const lines = {
			lines: [
				{ amount: 1000, description: 'A' },
				{ amount: 500, description: 'B', discountable: false },
			],
		};
		const trapped = await draftFor(customers.acme, { discounts: undefined });
		expect(await stripe.invoices.addLines(trapped.id, lines)).toMatchObject({ subtotal: 1500, total: 1400 });
		const exact = await draftFor(customers.acme);
		expect(await stripe.invoices.addLines(exact.id, lines)).toMatchObject({ subtotal: 1500, total: 1500 });
	});

	it('zero totals are paid at once, negative ones become credit that the next invoice uses', async () => {
		const zero = await draftFor(customers.acme);
		expect(await stripe.invoices.finalizeInvoice(zero.id)).toMatchObject({ status: 'paid', total: 0 });
		const credit = await draftFor(customers.acme);
		await stripe.invoices.addLines(credit.id, { lines: [{ amount: -700, description: 'Credit' }] });
		expect(await stripe.invoices.finalizeInvoice(credit.id)).toMatchObject({
			status: 'paid',
			total: -700,
			amount_due: 0,
			ending_balance: -700,
		});
		const next = await draftFor(customers.acme);
		await stripe.invoices.addLines(next.id, { lines: [{ amount: 1000, description: 'Usage' }] });
		expect(await stripe.invoices.finalizeInvoice(next.id)).toMatchObject({
			status: 'open',
			total: 1000,
			amount_due: 300,
			ending_balance: 0,
		});
		expect(await stripe.customers.retrieve(customers.acme)).toMatchObject({ balance: 0 });
	});

	it('an amount below the minimum charge goes on the balance instead', async () => {
		const small = await stripe.invoices.create({ customer: customers.acme, currency: 'usd', discounts: '' });
		await stripe.invoices.addLines(small.id, { lines: [{ amount: 30, description: 'Little' }] });
		expect(await stripe.invoices.finalizeInvoice(small.id)).toMatchObject({ status: 'paid', amount_due: 0, ending_balance: 30 });
		expect(await stripe.customers.retrieve(customers.acme)).toMatchObject({ balance: 30 });
	});

	it('an invoice set to advance is finalised an hour later', async () => {
		const draft = await draftFor(customers.acme, { auto_advance: true });
		sandbox.advanceTime({ seconds: 3000 });
		expect((await stripe.invoices.retrieve(draft.id)).status).toBe('draft');
		sandbox.advanceTime({ seconds: 700 });
		expect((await stripe.invoices.retrieve(draft.id)).status).toBe('paid');
	});

	it('sends, voids, writes off and deletes', async () => {
		const open = async () => {
			const draft = await draftFor(customers.acme);
			await stripe.invoices.addLines(draft.id, { lines: [{ amount: 900, description: 'Usage' }] });
			return await stripe.invoices.sendInvoice(draft.id);
		};
		expect(await stripe.invoices.voidInvoice((await open()).id)).toMatchObject({ status: 'void' });
		expect(await stripe.invoices.markUncollectible((await open()).id)).toMatchObject({ status: 'uncollectible' });
		const draft = await draftFor(customers.acme);
		expect(await stripe.invoices.del(draft.id)).toEqual(expect.objectContaining({ id: draft.id, deleted: true }));
	});
});

describe('subscription invoicing', () => {
	it('draws pending items into the renewal of their subscription, in its currency', async () => {
		const { customerId: customer, subscriptionId: subscription } = sandbox.completeCheckout({});
		const other = sandbox.completeCheckout({ customerId: customer, priceId: prices.pro });
		const own = await stripe.invoiceItems.create({
			customer,
			subscription,
			amount: 4200,
			currency: 'usd',
			description: 'July usage',
		});
		await stripe.invoiceItems.create({ customer, subscription: other.subscriptionId, amount: 1, currency: 'usd' });
		await stripe.invoiceItems.create({ customer, amount: 5, currency: 'eur' });
		const free = await stripe.invoiceItems.create({ customer, amount: 70, currency: 'usd' });
		expect(own).toMatchObject({ invoice: null, parent: { subscription_details: { subscription } } });
		expect((await stripe.invoiceItems.list({ customer, pending: true, limit: 100 })).data).toHaveLength(4);

		sandbox.renewSubscription({ id: subscription });
		const [renewal] = (await stripe.invoices.list({ subscription, status: 'draft' })).data;
		expect(renewal).toMatchObject({ billing_reason: 'subscription_cycle', auto_advance: true, total: 2900 + 4200 + 70 });
		expect(await stripe.invoiceItems.retrieve(free.id)).toMatchObject({ invoice: renewal.id });
		await stripe.invoiceItems.update(own.id, { amount: 4300 });
		expect(await stripe.invoices.retrieve(renewal.id)).toMatchObject({ total: 7270 });
		await stripe.invoiceItems.del(free.id);
		await stripe.invoiceItems.create({
			customer,
			invoice: renewal.id,
			unit_amount_decimal: Stripe.Decimal.from('-2.5'),
			quantity: 3,
			currency: 'usd',
		});
		expect(await stripe.invoices.retrieve(renewal.id)).toMatchObject({ total: 2900 + 4300 - 8 });
		expect((await stripe.invoiceItems.list({ customer, pending: true })).data).toHaveLength(2);
	});

	it('bills a subscription now when asked, and only its own items', async () => {
		const { customerId: customer, subscriptionId: subscription } = sandbox.completeCheckout({});
		await stripe.invoiceItems.create({ customer, subscription, amount: 4200, currency: 'usd' });
		await stripe.invoiceItems.create({ customer, amount: 70, currency: 'usd' });
		expect(await stripe.invoices.create({ customer, subscription })).toMatchObject({ total: 4200 });
		expect(await stripe.invoices.create({ customer, pending_invoice_items_behavior: 'include' })).toMatchObject({ total: 70 });
	});
});
