import { subscriptionEventSchema } from '../../nodes/shared/subscriptionEvent';
import { API_KEY, LIMITED_KEY, startPaddleSandbox, type PaddleSandbox } from '../sandbox/paddle';
import { activate } from './m3ter-trigger-setup';
import { listening, paddleTrigger, signed, warnings } from './paddle-trigger-setup';

let paddle: PaddleSandbox;
let seed: ReturnType<PaddleSandbox['seed']>;

beforeEach(async () => {
	paddle = await startPaddleSandbox({ seeded: true, processingMs: 0, delivery: { copies: 1, wrongSecret: false, unsigned: false, rotating: 'off', ageSeconds: 0, attempts: 1, backoffMs: 1 } });
	seed = paddle.seed();
});
afterEach(async () => {
	jest.restoreAllMocks();
	await paddle.close();
	expect(paddle.violations).toEqual([]);
});

const settings = () => [...paddle.state.notificationSettings.values()];
const buy = (args: object = {}) =>
	paddle.completeCheckout({ customerId: seed.customers.acme.id, businessId: seed.businesses.acme.id, items: [{ price_id: seed.prices.pro.id, quantity: 3 }], ...args });
const bought = (args: object = {}) => {
	const { subscription } = buy(args);
	if (!subscription) throw new Error('The checkout made no subscription');
	return subscription;
};

describe('registration', () => {
	test('makes one destination and keeps its secret; deactivating removes it', async () => {
		const trigger = paddleTrigger(paddle);
		await activate(trigger);
		expect(settings()).toMatchObject([
			{
				destination: trigger.url,
				active: true,
				traffic_source: 'platform',
				subscribed_events: ['transaction.completed', 'subscription.created', 'subscription.imported', 'subscription.activated', 'subscription.updated', 'subscription.paused', 'subscription.resumed', 'subscription.canceled'],
			},
		]);
		expect(trigger.staticData).toMatchObject({ settingId: settings()[0].id, secret: settings()[0].endpoint_secret_key });
		expect(await trigger.delete()).toBe(true);
		expect(settings()).toEqual([]);
		expect(trigger.staticData).toEqual({});
	});

	test('again changes nothing; other events, a deactivated destination and lost static data are mended in place', async () => {
		const first = paddleTrigger(paddle);
		await activate(first);
		const [{ id, endpoint_secret_key: secret }] = settings();
		expect(await paddleTrigger(paddle, {}, { staticData: first.staticData }).checkExists()).toBe(true);
		settings()[0].active = false;
		const other = paddleTrigger(paddle, { events: ['subscription.canceled'], options: { simulations: true } });
		expect(await other.checkExists()).toBe(true);
		expect(settings()).toMatchObject([{ id, active: true, traffic_source: 'all', subscribed_events: ['subscription.canceled'] }]);
		expect(other.staticData).toMatchObject({ settingId: id, secret });
		await other.create();
		expect(settings()).toHaveLength(1);
	});

	test('under another address of n8n moves the destination: the old one takes none of the ten places', async () => {
		const first = paddleTrigger(paddle, {}, { baseUrl: 'https://old.example.com' });
		await activate(first);
		await activate(paddleTrigger(paddle, {}, { baseUrl: 'https://other.example.com' }));
		const moved = paddleTrigger(paddle, {}, { staticData: first.staticData });
		await activate(moved);
		expect(settings().map(({ destination }) => destination)).toEqual([expect.stringContaining('other.example.com'), moved.url]);
		expect(moved.staticData.settingId).toBe(settings()[1].id);
	});

	test('a destination somebody deleted is made again, and one that cannot be removed does not stop deactivation', async () => {
		const trigger = paddleTrigger(paddle);
		await activate(trigger);
		paddle.state.notificationSettings.clear();
		await activate(trigger);
		expect(settings()).toHaveLength(1);
		const log = warnings(trigger);
		paddle.addFault({ method: 'DELETE', kind: 'status', status: 403, body: { error: { code: 'forbidden', detail: 'no' } } });
		expect(await trigger.delete()).toBe(true);
		expect(log).toEqual([expect.stringContaining('could not be removed')]);
	});

	test('says what to do when the address is not public, the room is full, or the key lacks the permission', async () => {
		paddle.configure({ allowLocalUrls: false });
		await expect(paddleTrigger(paddle, {}, { baseUrl: 'http://localhost:5678' }).create()).rejects.toMatchObject({
			message: 'Paddle did not register the notification destination',
			description: expect.stringContaining('WEBHOOK_URL'),
		});
		for (let index = 0; index < 10; index++) await paddleTrigger(paddle, {}, { baseUrl: `https://n8n-${index}.example.com` }).create();
		await expect(paddleTrigger(paddle).create()).rejects.toMatchObject({ description: expect.stringContaining('ten active destinations') });
		await expect(paddleTrigger(paddle, {}, { apiKey: LIMITED_KEY }).create()).rejects.toMatchObject({ message: 'The Paddle key lacks a permission', description: expect.stringContaining('notification_setting.read') });
	});
});

describe('a sale', () => {
	test('is emitted in the shape m3ter Account/Plan takes', async () => {
		const { emitted, received } = await listening(paddle, ['subscription.created']);
		const { id, started_at: startedAt, current_billing_period: period } = bought({ customData: { m3ter_account_code: 'acme', region: 'eu' } });
		const [event, ...others] = await emitted();
		expect(others).toEqual([]);
		expect(received.map(({ status }) => status)).toEqual([200]);
		expect(subscriptionEventSchema.parse(event)).toEqual(event);
		expect(event).toMatchObject({
			id: expect.stringMatching(/^evt_/),
			type: 'subscription.created',
			system: 'Paddle',
			customer: { id: seed.customers.acme.id, name: 'Acme Ltd', email: 'ap@acme.test', currency: 'USD', accountCode: 'acme', address: { addressLine1: '1 Sandbox Street', locality: 'Springfield', postCode: '12345', country: 'US' } },
			subscription: {
				id,
				status: 'active',
				startDate: startedAt,
				currentPeriodEnd: period?.ends_at,
				items: [{ planRef: seed.prices.pro.id, planCode: 'pro', productRef: seed.products.platform.id, name: 'Pro', quantity: 3 }],
				metadata: { region: 'eu' },
			},
			raw: { event_type: 'subscription.created' },
		});
		expect(event.subscription).not.toHaveProperty('endDate', expect.anything());
	});

	test('of a customer without name and business is named by the e-mail address', async () => {
		const { emitted } = await listening(paddle, ['subscription.created']);
		paddle.completeCheckout({ customerId: seed.customers.initech.id, items: [{ price_id: seed.prices.proTrial.id }] });
		expect(await emitted()).toMatchObject([{ customer: { name: 'peter@initech.test' }, subscription: { status: 'trialing' } }]);
	});

	test('that was paid comes with its subscription; a one-time one as an order of its own', async () => {
		const { emitted } = await listening(paddle, ['transaction.completed']);
		const { id } = bought();
		expect(await emitted()).toMatchObject([{ type: 'subscription.created', subscription: { id } }]);
		const { transaction } = paddle.completeCheckout({ customerId: seed.customers.acme.id, items: [{ price_id: seed.prices.setup.id }] });
		expect((await emitted())[1]).toMatchObject({ type: 'subscription.created', subscription: { id: transaction.id, status: 'active', items: [{ planRef: seed.prices.setup.id }] } });
	});

	test('renewals and transactions of m3ter bills are no sales', async () => {
		const { emitted, received } = await listening(paddle, ['transaction.completed']);
		const { id } = bought();
		await emitted();
		paddle.renew({ id });
		const { transaction } = paddle.completeCheckout({ customerId: seed.customers.acme.id, items: [{ price_id: seed.prices.setup.id }], customData: { m3ter_bill_id: 'b-1' } });
		expect(transaction.status).toBe('completed');
		expect(await emitted()).toHaveLength(1);
		expect(received.map(({ status }) => status)).toEqual([200, 200, 200]);
	});

	test('a scheduled cancellation sets the end, its removal clears it, the cancellation ends', async () => {
		const { emitted } = await listening(paddle, ['subscription.updated', 'subscription.canceled']);
		const { id, current_billing_period: period } = bought();
		paddle.cancelSubscription({ id });
		expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.updated', subscription: { status: 'active', endDate: period?.ends_at } });
		paddle.removeScheduledCancellation({ id });
		expect((await emitted()).at(-1)?.subscription).not.toHaveProperty('endDate', expect.anything());
		paddle.cancelSubscription({ id, endOfTerm: false });
		expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.ended', subscription: { status: 'ended', endDate: paddle.state.subscriptions.get(id)?.canceled_at } });
	});

	test('a pause is no end', async () => {
		const { emitted } = await listening(paddle);
		const { id } = bought();
		await emitted();
		paddle.pauseSubscription({ id });
		expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.updated', subscription: { status: 'paused' } });
		expect((await emitted()).at(-1)?.subscription?.endDate).toBeUndefined();
		paddle.resumeSubscription({ id });
		expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.updated', subscription: { status: 'active' } });
	});
});

describe('deliveries', () => {
	test.each([
		['signed with another secret', { wrongSecret: true }, 'signature mismatch'],
		['without a signature', { unsigned: true }, 'signature missing'],
		['older than the tolerance', { ageSeconds: 32 }, 'signature too old; compare this host'],
		['from the future', { ageSeconds: -40 }, 'signature from the future; compare this host'],
	])('%s are refused and start nothing', async (_name, delivery, why) => {
		const { emitted, received, trigger } = await listening(paddle, ['subscription.created']);
		const log = warnings(trigger);
		paddle.configure({ delivery });
		buy();
		expect(await emitted()).toEqual([]);
		expect(received.map(({ status }) => status)).toEqual([400]);
		expect(log[0]).toContain(why);
	});

	test.each(['first', 'last'] as const)('while the secret rotates are taken: the right signature %s', async (rotating) => {
		const { emitted } = await listening(paddle, ['subscription.created']);
		paddle.configure({ delivery: { rotating } });
		buy();
		expect(await emitted()).toHaveLength(1);
	});

	test('the tolerance is an option', async () => {
		const { emitted } = await listening(paddle, ['subscription.created'], { toleranceSeconds: 120 });
		paddle.configure({ delivery: { ageSeconds: 100 } });
		buy();
		expect(await emitted()).toHaveLength(1);
	});

	test('in copies and again later start the workflow once', async () => {
		const { emitted, received } = await listening(paddle, ['subscription.created']);
		paddle.configure({ delivery: { copies: 3 } });
		buy();
		expect(await emitted()).toHaveLength(1);
		const [event] = [...paddle.state.events.values()].filter(({ event_type: type }) => type === 'subscription.created');
		paddle.resendEvent({ id: event.event_id });
		expect(await emitted()).toHaveLength(1);
		expect(received.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
	});

	test('in the wrong order all tell how it stands now', async () => {
		const { emitted } = await listening(paddle, ['subscription.created', 'subscription.canceled']);
		paddle.holdDeliveries();
		const { id } = bought();
		paddle.cancelSubscription({ id, endOfTerm: false });
		paddle.releaseDeliveries({ reversed: true });
		expect((await emitted()).map(({ type }) => type)).toEqual(['subscription.ended', 'subscription.ended']);
	});

	test('with a changed body, or without a secret, are refused; what is no event too', async () => {
		const { trigger } = await listening(paddle, ['subscription.created']);
		const event = { event_id: 'evt_1', event_type: 'subscription.created', occurred_at: new Date().toISOString(), data: { id: bought().id } };
		const { body, headers } = signed(trigger, event);
		expect(await trigger.receive({ body: JSON.stringify(JSON.parse(body), null, 1), headers })).toMatchObject({ status: 400, items: undefined });
		expect(await trigger.receive({ body, headers })).toMatchObject({ status: 200, items: [{}] });
		expect(await trigger.receive(signed(trigger, { hello: 'world' }))).toMatchObject({ status: 400, items: undefined });
		expect(await paddleTrigger(paddle).receive({ body, headers })).toMatchObject({ status: 400 });
	});

	test('that cannot be read now are asked for again, and not taken for repetitions', async () => {
		const { trigger } = await listening(paddle, ['subscription.created']);
		const delivery = signed(trigger, { event_id: 'evt_2', event_type: 'subscription.created', occurred_at: new Date().toISOString(), data: { id: bought().id } });
		await paddle.settled();
		paddle.addFault({ method: 'GET', path: /^\/subscriptions/, kind: 'hang' });
		const started = Date.now();
		expect(await trigger.receive(delivery)).toMatchObject({ status: 500, items: undefined });
		expect(Date.now() - started).toBeLessThan(5_000);
		paddle.clearFaults();
		expect(await trigger.receive(delivery)).toMatchObject({ status: 200, items: [{}] });
	});
});

test('changed customers and businesses come without a subscription', async () => {
	const { emitted } = await listening(paddle, ['customer.updated', 'business.updated']);
	const change = async (path: string, name: string) =>
		await fetch(paddle.url + path, { method: 'PATCH', headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ name }) });
	const { id } = seed.customers.acme;
	await change(`/customers/${id}`, 'Ada Lovelace');
	expect(await emitted()).toMatchObject([{ type: 'customer.updated', customer: { id, name: 'Ada Lovelace' } }]);
	await change(`/customers/${id}/businesses/${seed.businesses.acme.id}`, 'Acme SE');
	expect((await emitted())[1]).toMatchObject({ type: 'customer.updated', customer: { id, name: 'Acme SE' } });
});
