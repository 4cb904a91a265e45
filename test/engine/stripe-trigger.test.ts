import type * as N8nWorkflow from 'n8n-workflow';
import type Stripe from 'stripe';

import { M3terAccountPlan } from '../../nodes/M3ter/AccountPlan/M3terAccountPlan.node';
import { subscriptionEventSchema } from '../../nodes/shared/subscriptionEvent';
import { RESTRICTED_KEY, SEEDED, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { sdkFor } from '../unit/sandbox-stripe.helpers';
import { runNode } from './harness';
import { activate } from './m3ter-trigger-setup';
import { buyPro, freshStripe, listening, signed, stripeCredentials, stripeEvent, stripeTrigger, warnings, type CheckoutArgs } from './stripe-trigger-setup';
import { startM3ter } from './world';

// Pauses between attempts would only make these tests slow.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

const CREATED = 'customer.subscription.created';
const UPDATED = 'customer.subscription.updated';
const DELETED = 'customer.subscription.deleted';
/** What the guide asks for. */
const PERMISSIONS = { customers: 'read', products: 'read', prices: 'read', subscriptions: 'read', checkout_sessions: 'read', webhook_endpoints: 'write' } as const;
let stripe: StripeSandbox;
let sdk: Stripe;

beforeAll(async () => {
	stripe = await startStripeSandbox({ seeded: true });
	sdk = sdkFor(stripe);
});
beforeEach(() => freshStripe(stripe));
afterEach(() => {
	jest.restoreAllMocks();
	expect(stripe.violations).toEqual([]);
});
afterAll(async () => await stripe.close());

const buy = (args: CheckoutArgs = {}) => buyPro(stripe, args);
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const periodEnd = (subscriptionId: string) => [...stripe.state.subscriptionItems.values()].find(({ subscription }) => subscription === subscriptionId)?.current_period_end ?? 0;

describe('a sale', () => {
	test('is emitted in the shape m3ter Account/Plan takes', async () => {
		const { emitted, received } = await listening(stripe, [CREATED]);
		const { customerId, subscriptionId } = buy({ quantity: 3, startDate: 1_764_547_200, subscriptionMetadata: { region: 'eu' } });
		const [event] = await emitted();
		expect(received.map(({ status }) => status)).toEqual([200]);
		expect(subscriptionEventSchema.parse(event)).toEqual(event);
		expect(event).toMatchObject({
			id: expect.stringMatching(/^evt_/),
			type: 'subscription.created',
			system: 'Stripe',
			customer: {
				id: customerId,
				name: 'Acme Ltd',
				email: 'ap@acme.test',
				currency: 'USD',
				accountCode: 'acme',
				address: { addressLine1: '1 Sandbox Street', locality: 'Springfield', region: 'OR', postCode: '12345', country: 'US' },
			},
			subscription: {
				id: subscriptionId,
				status: 'active',
				startDate: '2025-12-01T00:00:00.000Z',
				currentPeriodEnd: iso(periodEnd(subscriptionId)),
				items: [{ planRef: SEEDED.prices.pro, planCode: 'pro', productRef: SEEDED.products.pro, name: 'Pro', quantity: 3 }],
				metadata: { region: 'eu' },
			},
			raw: { type: CREATED, data: { object: { id: subscriptionId } } },
		});
		expect(event.subscription).not.toHaveProperty('endDate', expect.anything());
	});

	test('of a checkout carries the metadata of the session, which Stripe does not copy', async () => {
		const { emitted } = await listening(stripe, ['checkout.session.completed']);
		const { subscriptionId } = buy({ metadata: { m3ter_account_code: 'from-session', both: 'session' }, subscriptionMetadata: { both: 'subscription' }, clientReferenceId: 'order-7' });
		expect(await emitted()).toMatchObject([
			{ type: 'subscription.created', subscription: { id: subscriptionId, metadata: { m3ter_account_code: 'from-session', both: 'subscription', client_reference_id: 'order-7' } } },
		]);
	});

	test('carries that metadata in every event, so that all name the same account', async () => {
		const { emitted } = await listening(stripe);
		const { subscriptionId } = buy({ customerId: SEEDED.customers.globex, metadata: { m3ter_account_code: 'globex-eu' }, clientReferenceId: 'order-7' });
		stripe.updateSubscription({ id: subscriptionId, quantity: 2 });
		stripe.endSubscription({ id: subscriptionId });
		const events = await emitted();
		expect(new Set(events.map(({ raw }) => (raw as { type: string }).type))).toEqual(new Set([CREATED, 'checkout.session.completed', UPDATED, DELETED]));
		for (const { customer, subscription } of events) {
			expect(customer.accountCode).toBe('globex-eu');
			expect(subscription?.metadata).toEqual({ m3ter_account_code: 'globex-eu', client_reference_id: 'order-7' });
		}
	});

	test('becomes one account with one plan in m3ter, although two of its events are handled at once', async () => {
		const { m3ter, credentials } = await startM3ter();
		try {
			const { emitted } = await listening(stripe);
			buy({ customerId: SEEDED.customers.globex, metadata: { m3ter_account_code: 'globex-eu' } });
			const sync = { node: new M3terAccountPlan(), credentials, parameters: { resource: 'subscription', operation: 'sync' } };
			const runs = await Promise.all((await emitted()).map(async (event) => await runNode({ ...sync, items: [{ json: { ...event } }] })));
			expect(runs.map(({ error }) => error)).toEqual([undefined, undefined]);
			expect([...m3ter.state.accounts.values()].map(({ code }) => code)).toEqual(['globex-eu']);
			expect(m3ter.state.accountPlans.size).toBe(1);
			expect(m3ter.violations).toEqual([]);
		} finally {
			await m3ter.close();
		}
	});

	test('that the key may not look up the checkout of is refused, rather than named by another code', async () => {
		stripe.configure({ restrictedKeyPermissions: { ...PERMISSIONS, checkout_sessions: 'none' } });
		const trigger = stripeTrigger(stripe, { events: [CREATED] }, { credentials: stripeCredentials(stripe, RESTRICTED_KEY) });
		await activate(trigger);
		const { subscriptionId } = buy({ customerId: SEEDED.customers.globex, metadata: { m3ter_account_code: 'globex-eu' } });
		await expect(trigger.receive(signed(trigger, stripeEvent(CREATED, { id: subscriptionId })))).rejects.toMatchObject({
			message: 'The Stripe key may not read checkout sessions',
			description: expect.stringMatching(/rak_checkout_session_read.*m3ter account/),
		});
	});

	test('names the account by the customer first, then by the sale', async () => {
		const { emitted } = await listening(stripe, ['checkout.session.completed']);
		buy({ metadata: { m3ter_account_code: 'of-session' } });
		buy({ customerId: SEEDED.customers.globex, metadata: { m3ter_account_code: 'of-session' } });
		expect((await emitted()).map(({ customer }) => customer.accountCode)).toEqual(['acme', 'of-session']);
	});

	test.each([
		['the price', { metadata: { m3ter_plan_code: 'of-price' }, lookup_key: 'of-key' }, { m3ter_plan_code: 'of-product' }, 'of-price'],
		['the product', { lookup_key: 'of-key' }, { m3ter_plan_code: 'of-product' }, 'of-product'],
		['the lookup key', { lookup_key: 'of-key' }, {}, 'of-key'],
		['nothing', {}, {}, undefined],
	])('takes the plan code from %s', async (_name, price, metadata, planCode) => {
		const product = await sdk.products.create({ name: 'Gold', metadata });
		const { id } = await sdk.prices.create({ product: product.id, currency: 'usd', unit_amount: 100, recurring: { interval: 'month' }, ...price });
		const { emitted } = await listening(stripe, [CREATED]);
		buy({ priceId: id });
		const [event] = await emitted();
		expect(event.subscription?.items).toMatchObject([{ planRef: id, productRef: product.id, name: 'Gold' }]);
		expect(event.subscription?.items[0].planCode).toBe(planCode);
	});

	test('with more items than an event holds is read to the end', async () => {
		const ids: string[] = [];
		for (let index = 0; index < 12; index++) {
			const price = await sdk.prices.create({ product: SEEDED.products.pro, currency: 'usd', unit_amount: index, recurring: { interval: 'month' } });
			ids.push(price.id);
		}
		const { emitted } = await listening(stripe, [CREATED]);
		buy({ priceId: ids[0], items: ids.slice(1).map((priceId) => ({ priceId })) });
		const [event] = await emitted();
		expect(event.subscription?.items.map(({ planRef }) => planRef).sort()).toEqual([...ids].sort());
	});

	test.each([
		['trialing', { trialDays: 14 }, 'trialing'],
		['not paid yet', { paid: false }, 'pending'],
	])('%s', async (_name, args, status) => {
		const { emitted } = await listening(stripe, [CREATED]);
		buy(args);
		expect(await emitted()).toMatchObject([{ type: 'subscription.created', subscription: { status } }]);
	});

	test.each([true, false])('whose payment comes later: %p', async (succeeded) => {
		const { emitted } = await listening(stripe, ['checkout.session.async_payment_succeeded', UPDATED]);
		stripe.settleCheckout({ sessionId: buy({ paid: false }).sessionId, succeeded });
		expect((await emitted()).at(-1)).toMatchObject({ subscription: { status: succeeded ? 'active' : 'ended' }, type: succeeded ? 'subscription.created' : 'subscription.ended' });
	});

	test('a changed customer comes without a subscription, a deleted one not at all', async () => {
		const { emitted } = await listening(stripe, ['customer.updated']);
		await sdk.customers.update(SEEDED.customers.globex, { name: 'Globex SE' });
		expect(await emitted()).toMatchObject([{ type: 'customer.updated', customer: { id: SEEDED.customers.globex, name: 'Globex SE' } }]);
		stripe.holdDeliveries();
		await sdk.customers.update(SEEDED.customers.globex, { name: 'Gone' });
		await sdk.customers.del(SEEDED.customers.globex);
		stripe.releaseDeliveries({});
		expect(await emitted()).toHaveLength(1);
	});
});

describe('the end of a subscription', () => {
	test.each([
		['with the date Stripe worked out', { atPeriodEnd: true }],
		['with the flag alone', { atPeriodEnd: true, flagOnly: true }],
	])('scheduled for the end of the period, %s', async (_name, args) => {
		const { emitted } = await listening(stripe, [UPDATED]);
		const { subscriptionId } = buy();
		stripe.cancelSubscription({ id: subscriptionId, ...args });
		expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.updated', subscription: { status: 'active', endDate: iso(periodEnd(subscriptionId)) } });
	});

	test('scheduled for a date, then withdrawn', async () => {
		const { emitted } = await listening(stripe, [UPDATED]);
		const { subscriptionId } = buy();
		stripe.cancelSubscription({ id: subscriptionId, at: 1_830_297_600 });
		expect((await emitted()).at(-1)?.subscription?.endDate).toBe('2028-01-01T00:00:00.000Z');
		stripe.resumeSubscription({ id: subscriptionId });
		const last = (await emitted()).at(-1);
		expect(last).toMatchObject({ type: 'subscription.updated', subscription: { status: 'active' } });
		expect(last?.subscription?.endDate).toBeUndefined();
	});

	test('at once is dated by the end, not by the request', async () => {
		const { emitted } = await listening(stripe, [DELETED]);
		const { subscriptionId } = buy();
		stripe.cancelSubscription({ id: subscriptionId, at: 1_830_297_600 });
		stripe.advanceTime({ seconds: 3600 });
		stripe.endSubscription({ id: subscriptionId });
		const { ended_at: endedAt, canceled_at: canceledAt } = stripe.state.subscriptions.get(subscriptionId) ?? {};
		expect(endedAt).not.toBe(canceledAt);
		expect(await emitted()).toMatchObject([{ type: 'subscription.ended', subscription: { status: 'ended', endDate: iso(Number(endedAt)) } }]);
	});

	test('is told although the customer was deleted, too', async () => {
		const { emitted } = await listening(stripe, [DELETED]);
		const { subscriptionId, customerId } = buy({ customerId: undefined });
		stripe.holdDeliveries();
		stripe.endSubscription({ id: subscriptionId });
		await sdk.customers.del(customerId);
		stripe.releaseDeliveries({});
		expect(await emitted()).toMatchObject([{ type: 'subscription.ended', customer: { id: customerId } }]);
	});
});

describe('a checkout without subscription', () => {
	/** A one-time sale, made from a finished session of the sandbox. */
	function soldOnce(changes: object = {}) {
		const session = stripe.state.sessions.get(buy({ priceId: SEEDED.prices.pro, quantity: 2, metadata: { order: '7' } }).sessionId);
		if (session === undefined) throw new Error('The sandbox has no session');
		return Object.assign(session, { mode: 'payment', subscription: null, invoice: null }, changes);
	}

	const receive = async (session: object) => {
		const trigger = stripeTrigger(stripe);
		await activate(trigger);
		const log = warnings(trigger);
		return { ...(await trigger.receive(signed(trigger, stripeEvent('checkout.session.completed', session)))), log };
	};

	test('is a sale of its items, without end', async () => {
		const session = soldOnce();
		const { status, items } = await receive(session);
		expect(status).toBe(200);
		expect(items?.[0].json).toMatchObject({
			type: 'subscription.created',
			customer: { id: SEEDED.customers.acme, currency: 'USD' },
			subscription: { id: session.id, status: 'active', startDate: '2026-01-01T00:00:00.000Z', items: [{ planRef: SEEDED.prices.pro, planCode: 'pro', quantity: 2 }], metadata: { order: '7' } },
		});
	});

	test('waits for a delayed payment as pending, and comes again when it is paid, with the usual events', async () => {
		const session = soldOnce({ payment_status: 'unpaid' });
		expect((await receive(session)).items?.[0].json).toMatchObject({ subscription: { status: 'pending' } });
		const { emitted } = await listening(stripe);
		stripe.settleCheckout({ sessionId: session.id });
		expect(await emitted()).toMatchObject([{ type: 'subscription.created', subscription: { id: session.id, status: 'active', items: [{ planCode: 'pro' }] }, raw: { type: 'checkout.session.async_payment_succeeded' } }]);
	});

	test('by a guest says which setting of Stripe Checkout to change', async () => {
		const session = soldOnce({ customer: null });
		await expect(receive(session)).rejects.toMatchObject({
			message: 'The Stripe sale has no customer',
			description: `checkout ${session.id} was made as a guest. Set customer_creation to "always" in Stripe Checkout.`,
		});
	});

	test('that only set up a payment method starts nothing', async () => {
		expect(await receive(soldOnce({ mode: 'setup' }))).toMatchObject({ status: 200, items: undefined });
	});
});
