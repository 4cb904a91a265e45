/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { EventName, Webhooks, type Paddle } from '@paddle/paddle-node-sdk';

import { PaddleBills } from '../engine/paddleBills';
import { activate } from '../engine/m3ter-trigger-setup';
import { paddleTrigger } from '../engine/paddle-trigger-setup';
import { manyLines, usualLines } from '../engine/world';
import { sdk as sdkFor } from '../unit/sandbox-paddle.helpers';
import { checkSignature } from '../../nodes/Paddle/signature';

let world: PaddleBills;
/** The official SDK: it knows nothing of our code and reads what Paddle holds. */
let sdk: Paddle;

beforeEach(async () => {
	world = await PaddleBills.start();
	sdk = sdkFor(world.paddle);
});
afterEach(async () => await world.stop());

const transactionsOf = async (subscriptionId: string) => {
	const all = [];
	for await (const transaction of sdk.transactions.list({ subscriptionId: [subscriptionId] })) all.push(transaction);
	return all;
};

describe('the SDK reads back what was charged', () => {
	test('what waits, then what the renewal billed, equals the bill in total, currency and marks', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const bill = world.bill(manyLines(40));
		await world.send(bill.id, {}, parameters);
		const waiting = await sdk.subscriptions.get(subscriptionId, { include: ['next_transaction'] });
		expect(waiting.nextTransaction?.details.totals.subtotal).toBe(String(9900 + 820));
		world.paddle.renew({ id: subscriptionId });
		const [renewal] = await transactionsOf(subscriptionId);
		expect(renewal).toMatchObject({ origin: 'subscription_recurring', currencyCode: 'USD' });
		const ours = renewal.items.filter(({ price }) => (price?.customData as { m3ter_bill_id?: string } | null)?.m3ter_bill_id === bill.id);
		expect(ours).toHaveLength(40);
		expect(ours.reduce((sum, { price }) => sum + Number(price?.unitPrice.amount), 0)).toBe(820);
		expect(ours[0].price).toMatchObject({ taxMode: 'external', billingCycle: null, quantity: { minimum: 1, maximum: 1 }, customData: { m3ter_bill_version: '1' } });
	});

	test('an immediate charge is a transaction of the bill\'s total', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { document } = await world.send(world.bill().id, {}, { ...parameters, effectiveFrom: 'immediately' });
		const charged = await sdk.transactions.get(document?.id ?? '');
		expect(charged).toMatchObject({ subscriptionId, origin: 'subscription_charge', status: 'completed', invoiceNumber: document?.number });
		expect(charged.details?.totals?.subtotal).toBe('11840');
	});

	test('a draft transaction, issued, equals the bill in total, terms, period and purchase order', async () => {
		const fields = { startDate: '2026-04-01', endDate: '2026-05-01', billDate: '2026-05-01', dueDate: '2026-05-31', purchaseOrderNumber: 'PO 17' };
		const bill = world.bill(usualLines, fields);
		const { document } = await world.send(bill.id, { issue: true, enableCheckout: true }, { target: 'transaction' });
		const transaction = await sdk.transactions.get(document?.id ?? '');
		expect(transaction).toMatchObject({
			status: 'billed',
			invoiceNumber: document?.number,
			customerId: world.seed.customers.acme.id,
			billingDetails: { paymentTerms: { interval: 'day', frequency: 30 }, enableCheckout: true, purchaseOrderNumber: 'PO 17' },
			billingPeriod: { startsAt: '2026-04-01T00:00:00Z', endsAt: '2026-05-01T00:00:00Z' },
			customData: { m3ter_bill_id: bill.id, m3ter_account_code: 'acme' },
		});
		expect(transaction.details?.totals?.subtotal).toBe('11840');
	});
});

describe('signatures', () => {
	const key = ['pdl', 'ntfset', '01m3ter0000000000000000001', 'abcdefghijklmnopqrstuvwxyz012345'].join('_');
	const body =
		'{"event_id":"evt_01m3ter0000000000000000001","event_type":"subscription.created","occurred_at":"2026-01-01T00:00:00.000000Z","notification_id":"ntf_01m3ter0000000000000000001","data":{"id":"sub_01m3ter0000000000000000001","status":"active","customer_id":"ctm_01m3ter0000000000000000001","currency_code":"USD"}}';
	const ours = (header: string, text: string, now: number) => checkSignature(header, Buffer.from(text), key, now, 5) === 'valid';

	test('the published vector, and the SDK, agree with ours', async () => {
		const header = 'ts=1767225600;h1=173f60190bb327812a841c6500f95895573e5cdbc2afd844be0e8b191327db1b';
		jest.useFakeTimers({ now: 1_767_225_600_000, doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] });
		try {
			const webhooks = new Webhooks();
			for (const [text, valid] of [[body, true], [`${body} `, false]] as const) {
				expect(await webhooks.isSignatureValid(text, key, header)).toBe(valid);
				expect(ours(header, text, 1_767_225_600)).toBe(valid);
			}
			expect(ours(header, body, 1_767_225_606)).toBe(false);
		} finally {
			jest.useRealTimers();
		}
	});

	test('the SDK accepts with the secret we stored what our trigger accepts', async () => {
		const trigger = paddleTrigger(world.paddle, { events: ['subscription.created'] });
		await activate(trigger);
		const deliveries: Array<{ body: string; signature: string }> = [];
		const network = fetch;
		const spy = jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
			if (!String(input).startsWith('https://n8n.example.com')) return await network(input, init);
			deliveries.push({ body: String(init?.body), signature: String((init?.headers as Record<string, string>)['paddle-signature']) });
			return new Response(null, { status: 200 });
		});
		const { id } = world.subscribed();
		await world.paddle.settled();
		spy.mockRestore();
		const [{ body: sent, signature }] = deliveries;
		const event = await new Webhooks().unmarshal(sent, String(trigger.staticData.secret), signature);
		expect(event).toMatchObject({ eventType: EventName.SubscriptionCreated, data: { id } });
		expect(await trigger.receive({ body: sent, headers: { 'Paddle-Signature': signature } })).toMatchObject({ status: 200, items: [{ json: { subscription: { id } } }] });
	});
});
