import Stripe from 'stripe';

import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';
import { isoFromSeconds } from '../../nodes/shared/subscriptionEvent';
import type { SendResult } from '../../nodes/shared/sendResult';
import { runNode, type CredentialStore } from '../engine/harness';
import { activate } from '../engine/m3ter-trigger-setup';
import { stripeTrigger } from '../engine/stripe-trigger-setup';
import { manyLines, mappedAccount, startM3ter, usualLines } from '../engine/world';
import type { BillOverrides, LineInput, M3terSandbox } from '../sandbox/m3ter';
import { SECRET_KEY, SEEDED, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { sdkFor } from '../unit/sandbox-stripe.helpers';

let m3ter: M3terSandbox;
let stripe: StripeSandbox;
let credentials: CredentialStore;
/** The official SDK: it knows nothing of our code and reads what Stripe holds. */
let sdk: Stripe;

beforeEach(async () => {
	({ m3ter, credentials } = await startM3ter());
	stripe = await startStripeSandbox({ seeded: true });
	credentials.stripeForM3terApi = { secretKey: SECRET_KEY, baseUrl: stripe.url };
	await mappedAccount(m3ter, 'Stripe', 'Customer', SEEDED.customers.acme);
	sdk = sdkFor(stripe);
});

afterEach(async () => {
	expect([...m3ter.violations, ...stripe.violations]).toEqual([]);
	await Promise.all([m3ter.close(), stripe.close()]);
});

const PERIOD: BillOverrides = { startDate: '2026-04-01', endDate: '2026-05-01', billDate: '2026-05-01', dueDate: '2026-05-31', purchaseOrderNumber: 'PO 17' };

const newBill = (lines: LineInput[] = usualLines, fields: BillOverrides & { currency?: string } = {}) => m3ter.createBill({ accountCode: 'acme', lines, ...PERIOD, ...fields });

async function send(billId: string, parameters: object = {}): Promise<SendResult> {
	const { json, error } = await runNode({ node: new StripeForM3ter(), parameters: { resource: 'bill', operation: 'send', billId, ...parameters }, credentials });
	if (error) throw error;
	return json[0] as unknown as SendResult;
}

/** All lines of an invoice, page by page. */
const linesOf = async (invoice: string) => await sdk.invoices.listLineItems(invoice, { limit: 100 }).autoPagingToArray({ limit: 1000 });

const cents = (amount: number) => Math.round(amount * 100);
const dates = (period: { start: number; end: number }) => [isoFromSeconds(period.start), isoFromSeconds(period.end)];

describe('Stripe invoicing: the SDK reads back the invoice', () => {
	test('equal to the bill in total, currency, customer, lines, periods and metadata', async () => {
		const bill = newBill();
		const { document } = await send(bill.id, { options: { collectionMethod: 'send_invoice', memo: 'Usage in April' } });
		const invoice = await sdk.invoices.retrieve(document?.id ?? '');
		expect(invoice).toMatchObject({
			status: 'draft',
			customer: SEEDED.customers.acme,
			currency: 'usd',
			subtotal: 11_840,
			total: 11_840,
			auto_advance: false,
			collection_method: 'send_invoice',
			description: 'Usage in April',
			discounts: [],
			custom_fields: [{ name: 'Billing Period', value: '2026-04-01 to 2026-04-30' }, { name: 'Reference', value: bill.sequentialInvoiceNumber }, { name: 'Purchase Order', value: 'PO 17' }],
			metadata: { m3ter_bill_id: bill.id, m3ter_bill_version: '1', m3ter_account_code: 'acme' },
		});
		const lines = await linesOf(invoice.id ?? '');
		expect(lines.map(({ amount, currency, description }) => [amount, currency, description])).toEqual([
			[4600, 'usd', 'Base fee'],
			[8025, 'usd', 'API requests: 120.5 1k requests at 0.666 USD'],
			[1175, 'usd', 'Storage: 97.9 GB at 0.12002043 USD'],
			[-1960, 'usd', 'Service credit'],
		]);
		lines.forEach((line, index) => {
			const source = bill.lineItems[index];
			expect(line.metadata).toMatchObject({ m3ter_line_ids: source.id, m3ter_line_type: source.lineItemType });
			expect(dates(line.period)).toEqual(['2026-04-01T00:00:00.000Z', '2026-04-30T23:59:59.000Z']);
			expect(line.discountable).toBe(false);
		});
		expect(new Set(lines.map(({ metadata }) => metadata.m3ter_line_key)).size).toBe(4);
	});

	test('equal again after the bill changed', async () => {
		const { id } = newBill();
		await send(id);
		m3ter.changeBill(id, { lines: [{ ...usualLines[0], amount: 46.5 }, usualLines[2], { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
		const { document } = await send(id);
		const { data: invoices } = await sdk.invoices.list({ customer: SEEDED.customers.acme });
		expect(invoices.map((invoice) => [invoice.id, invoice.subtotal, invoice.metadata?.m3ter_bill_version])).toEqual([[document?.id, 30_825, '2']]);
		expect((await linesOf(document?.id ?? '')).map(({ amount }) => amount).sort()).toEqual([1175, 25_000, 4650]);
	});

	test('with 240 lines, each with the amount of its bill line', async () => {
		const bill = newBill(manyLines(240));
		const { document } = await send(bill.id);
		const lines = await linesOf(document?.id ?? '');
		const byId = new Map(lines.map((line) => [line.metadata.m3ter_line_ids, line.amount]));
		expect(lines).toHaveLength(240);
		for (const { id, convertedSubtotal } of bill.lineItems) expect(byId.get(id)).toBe(cents(convertedSubtotal));
		expect((await sdk.invoices.retrieve(document?.id ?? '')).total).toBe(cents(bill.billTotal ?? NaN));
	});

	test.each([
		['JPY', 118.4, 118],
		['ISK', 118.4, 11_800],
		['KWD', 118.405, 118_410],
		['EUR', 118.404, 11_840],
	])('in %s minor units as Stripe counts them', async (currency, amount, minor) => {
		const { document } = await send(newBill([{ amount }], { currency }).id);
		expect(await sdk.invoices.retrieve(document?.id ?? '')).toMatchObject({ currency: currency.toLowerCase(), total: minor });
	});

	test('mapped to products and tax rates, the bill\'s amounts before tax', async () => {
		const lineMapping = { rows: [{ match: 'base', product: SEEDED.products.setup, taxRates: SEEDED.taxRates.vat }, { match: '', product: '', taxRates: SEEDED.taxRates.vat }] };
		const { document } = await send(newBill().id, { options: { lineMapping } });
		const invoice = await sdk.invoices.retrieve(document?.id ?? '');
		expect(invoice).toMatchObject({ subtotal: 11_840, total: 14_208, total_taxes: [{ amount: 2368 }] });
		const [fee, usage] = await linesOf(invoice.id ?? '');
		expect(fee).toMatchObject({ amount: 4600, pricing: { price_details: { product: SEEDED.products.setup } } });
		expect(usage.taxes).toMatchObject([{ amount: 1605, tax_rate_details: { tax_rate: SEEDED.taxRates.vat } }]);
	});

	test('finalized, with a number and a page for the customer', async () => {
		const { document } = await send(newBill().id, { options: { finalize: true } });
		const invoice = await sdk.invoices.retrieve(document?.id ?? '');
		expect(invoice).toMatchObject({ status: 'open', amount_due: 11_840, number: document?.number, hosted_invoice_url: document?.url });
	});
});

describe('Subscription invoicing: the SDK reads back the pending items', () => {
	test('equal to the bill, and the renewal invoice takes all of them', async () => {
		const { subscriptionId } = stripe.completeCheckout({ customerId: SEEDED.customers.acme, priceId: SEEDED.prices.pro });
		const bill = newBill();
		await send(bill.id, { mode: 'subscription', subscriptionSource: 'id', subscriptionId });
		const { data: items } = await sdk.invoiceItems.list({ customer: SEEDED.customers.acme, pending: true, limit: 100 });
		const byId = new Map(items.map((item) => [item.metadata?.m3ter_line_ids, item]));
		expect(items).toHaveLength(4);
		for (const { id, convertedSubtotal, lineItemType } of bill.lineItems) {
			const item = byId.get(id);
			expect(item).toMatchObject({ amount: cents(convertedSubtotal), currency: 'usd', invoice: null, customer: SEEDED.customers.acme, discountable: false });
			expect(item?.parent?.subscription_details?.subscription).toBe(subscriptionId);
			expect(item?.metadata).toMatchObject({ m3ter_bill_id: bill.id, m3ter_line_type: lineItemType });
			expect(item && dates(item.period)).toEqual(['2026-04-01T00:00:00.000Z', '2026-04-30T23:59:59.000Z']);
		}
		const renewal = stripe.renewSubscription({ id: subscriptionId }) as { id: string };
		const billed = (await linesOf(renewal.id)).filter(({ metadata }) => metadata.m3ter_line_key !== undefined);
		expect(billed.reduce((total, { amount }) => total + amount, 0)).toBe(11_840);
		expect((await sdk.invoiceItems.list({ customer: SEEDED.customers.acme, pending: true })).data).toEqual([]);
	});
});

describe('webhooks signed by the SDK', () => {
	async function delivery(secretOf: (secret: string) => string = (secret) => secret) {
		const trigger = stripeTrigger(stripe);
		await activate(trigger);
		// The sandbox's own deliveries would go out to the network.
		stripe.holdDeliveries();
		const { subscriptionId } = stripe.completeCheckout({ customerId: SEEDED.customers.acme, priceId: SEEDED.prices.pro });
		const event = [...stripe.state.events.values()].find(({ type }) => type === 'customer.subscription.created');
		const payload = JSON.stringify(event, null, 2);
		const header = sdk.webhooks.generateTestHeaderString({ payload, secret: secretOf(String(trigger.staticData.secret)) });
		return { trigger, payload, header, subscriptionId };
	}

	test('start the workflow', async () => {
		const { trigger, payload, header, subscriptionId } = await delivery();
		const { status, items } = await trigger.receive({ body: payload, headers: { 'Stripe-Signature': header } });
		expect(status).toBe(200);
		expect(items).toMatchObject([{ json: { type: 'subscription.created', system: 'Stripe', subscription: { id: subscriptionId } } }]);
	});

	test('with a changed body do not', async () => {
		const { trigger, payload, header } = await delivery();
		const tampered = payload.replace('"livemode": false', '"livemode": true ');
		expect(tampered).not.toBe(payload);
		expect(await trigger.receive({ body: tampered, headers: { 'Stripe-Signature': header } })).toMatchObject({ status: 400, items: undefined });
	});

	test('with another endpoint\'s secret do not', async () => {
		const { trigger, payload, header } = await delivery((secret) => `${secret}0`);
		expect(await trigger.receive({ body: payload, headers: { 'Stripe-Signature': header } })).toMatchObject({ status: 400, items: undefined });
	});

	test('the endpoint the SDK reads is the one our trigger registered', async () => {
		const { trigger } = await delivery();
		const { data } = await sdk.webhookEndpoints.list();
		expect(data).toMatchObject([{ id: trigger.staticData.endpointId, url: trigger.url, api_version: sdk.getConstant('API_VERSION') as string, status: 'enabled' }]);
	});
});

test('what Get Changed gives agrees with what the SDK lists', async () => {
	const { subscriptionId } = stripe.completeCheckout({ customerId: SEEDED.customers.acme, priceId: SEEDED.prices.pro, quantity: 4 });
	const { json } = await runNode({ node: new StripeForM3ter(), parameters: { resource: 'subscription', operation: 'getChanged', since: '2026-01-01T00:00:00Z' }, credentials });
	const subscription = await sdk.subscriptions.retrieve(subscriptionId, { expand: ['customer'] });
	const [item] = subscription.items.data;
	expect(json).toMatchObject([
		{
			customer: { id: SEEDED.customers.acme, email: (subscription.customer as Stripe.Customer).email },
			subscription: {
				id: subscription.id,
				startDate: isoFromSeconds(subscription.start_date),
				currentPeriodEnd: isoFromSeconds(item.current_period_end),
				items: [{ planRef: item.price.id, quantity: item.quantity }],
			},
		},
	]);
});
