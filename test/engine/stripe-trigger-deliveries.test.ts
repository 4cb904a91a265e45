import type * as N8nWorkflow from 'n8n-workflow';

import { startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { buyPro, freshStripe, listening, signed, stripeEvent, stripeTrigger, warnings, type CheckoutArgs } from './stripe-trigger-setup';

// Pauses between attempts would only make these tests slow.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

const CREATED = 'customer.subscription.created';
const UPDATED = 'customer.subscription.updated';
const DELETED = 'customer.subscription.deleted';

let stripe: StripeSandbox;

beforeAll(async () => {
	stripe = await startStripeSandbox({ seeded: true });
});
beforeEach(() => freshStripe(stripe));
afterEach(() => {
	jest.restoreAllMocks();
	expect(stripe.violations).toEqual([]);
});
afterAll(async () => await stripe.close());

const buy = (args: CheckoutArgs = {}) => buyPro(stripe, args);

describe('deliveries', () => {
	test.each([
		['signed with another secret', { wrongSecret: true }, 'signature mismatch'],
		['older than 300 seconds', { ageSeconds: 302 }, 'signature too old'],
	])('%s are refused and start nothing', async (_name, delivery, why) => {
		const { emitted, received, trigger } = await listening(stripe, [CREATED]);
		const log = warnings(trigger);
		stripe.configure({ delivery });
		buy();
		expect(await emitted()).toEqual([]);
		expect(received.map(({ status, body }) => [status, body])).toEqual([[400, '']]);
		expect(log).toEqual([`Stripe event refused: ${why}`]);
		expect(stripe.requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/subscriptions'))).toEqual([]);
	});

	test('299 seconds old are taken', async () => {
		const { emitted } = await listening(stripe, [CREATED]);
		stripe.configure({ delivery: { ageSeconds: 299 } });
		buy();
		expect(await emitted()).toHaveLength(1);
	});

	test('without or with a meaningless signature are refused', async () => {
		const { trigger } = await listening(stripe, [CREATED]);
		const event = stripeEvent(CREATED, { id: buy().subscriptionId });
		for (const headers of [{}, { 'Stripe-Signature': '' }, { 'Stripe-Signature': 't=1,v1=' }, { Authorization: 'Bearer x' }] as Array<Record<string, string>>) {
			expect(await trigger.receive({ body: event, headers })).toMatchObject({ status: 400, items: undefined });
		}
	});

	test('with a changed body are refused, also when it means the same', async () => {
		const { trigger } = await listening(stripe, [CREATED]);
		const { body, headers } = signed(trigger, stripeEvent(CREATED, { id: buy().subscriptionId }));
		expect(await trigger.receive({ body: JSON.stringify(JSON.parse(body), null, 1), headers })).toMatchObject({ status: 400 });
		expect(await trigger.receive({ body, headers })).toMatchObject({ status: 200, items: [{}] });
	});

	test('before the trigger has a secret are refused', async () => {
		const { trigger } = await listening(stripe, [CREATED]);
		const delivery = signed(trigger, stripeEvent(CREATED, { id: buy().subscriptionId }));
		const fresh = stripeTrigger(stripe);
		const log = warnings(fresh);
		expect(await fresh.receive(delivery)).toMatchObject({ status: 400 });
		expect(log).toEqual([expect.stringContaining('deactivate and activate the workflow')]);
	});

	test('in two copies start the workflow once', async () => {
		const { emitted, received } = await listening(stripe, [CREATED]);
		stripe.configure({ delivery: { copies: 3 } });
		buy();
		expect(await emitted()).toHaveLength(1);
		expect(received.map(({ status }) => status)).toEqual([200, 200, 200]);
		stripe.resendEvent({ id: [...stripe.state.events.values()].find(({ type }) => type === CREATED)?.id ?? '' });
		expect(await emitted()).toHaveLength(1);
	});

	test('in the wrong order all tell how it stands now: a late "created" after the end is an end', async () => {
		const { emitted } = await listening(stripe, [CREATED, UPDATED, DELETED]);
		stripe.holdDeliveries();
		const { subscriptionId } = buy();
		stripe.updateSubscription({ id: subscriptionId, quantity: 9 });
		stripe.endSubscription({ id: subscriptionId });
		stripe.releaseDeliveries({ reversed: true });
		const events = await emitted();
		expect(events.map(({ raw }) => (raw as { type: string }).type)).toEqual(expect.arrayContaining([DELETED, CREATED]));
		expect((events[0].raw as { type: string }).type).toBe(DELETED);
		expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['subscription.ended']));
		expect(events.every(({ subscription }) => subscription?.status === 'ended' && subscription.items[0].quantity === 9)).toBe(true);
	});

	test('while the secret is rolled carry two signatures and are taken', async () => {
		const { emitted, trigger } = await listening(stripe, [CREATED]);
		stripe.rollSecret({ id: String(trigger.staticData.endpointId) });
		buy();
		expect(await emitted()).toHaveLength(1);
		stripe.advanceTime({ seconds: 25 * 60 * 60 });
		buy();
		expect(await emitted()).toHaveLength(1);
	});

	test('of live data are not mixed with a test key', async () => {
		const { emitted, received, trigger } = await listening(stripe, [CREATED]);
		const log = warnings(trigger);
		stripe.configure({ delivery: { livemode: true } });
		buy();
		expect(await emitted()).toEqual([]);
		expect(received.map(({ status }) => status)).toEqual([200]);
		expect(log).toEqual([expect.stringContaining('is live data, the credential is not. Ignored.')]);
	});

	test('while Stripe\'s API is down are asked for again, and the next one works', async () => {
		const { emitted, received, trigger } = await listening(stripe, [CREATED]);
		const log = warnings(trigger);
		stripe.configure({ delivery: { attempts: 2 } });
		stripe.addFault({ kind: 'status', status: 500, path: '/v1/subscriptions/:id', times: 4 });
		buy();
		expect(await emitted()).toHaveLength(1);
		expect(received.map(({ status }) => status)).toEqual([500, 200]);
		expect(log).toEqual([expect.stringContaining('Stripe event not processed: Stripe is not available at the moment')]);
	});

	test.each([
		['no JSON', 'not json'],
		['no event', '{"object":"balance"}'],
	])('of %s are refused although they are signed', async (_name, body) => {
		const { trigger } = await listening(stripe, [CREATED]);
		expect(await trigger.receive(signed(trigger, body))).toMatchObject({ status: 400, items: undefined });
	});

	test('of events that concern no sale start nothing', async () => {
		const { trigger } = await listening(stripe, [CREATED]);
		expect(await trigger.receive(signed(trigger, stripeEvent('invoice.paid', { id: 'in_1' })))).toMatchObject({ status: 200, items: undefined });
	});
});
