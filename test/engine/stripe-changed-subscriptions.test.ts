import type * as N8nWorkflow from 'n8n-workflow';

import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';
import { subscriptionEventSchema } from '../../nodes/shared/subscriptionEvent';
import { SEEDED, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { runNode } from './harness';
import { buyPro, freshStripe, stripeCredentials, type CheckoutArgs } from './stripe-trigger-setup';

// Pauses between attempts would only make these tests slow.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

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

describe('Subscription: Get Changed', () => {
	const getChanged = async (since?: string, onError?: 'continueErrorOutput') =>
		await runNode({ node: new StripeForM3ter(), parameters: { resource: 'subscription', operation: 'getChanged', ...(since === undefined ? {} : { since }) }, credentials: stripeCredentials(stripe), onError });

	const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

	test('gives the current state of each changed subscription once', async () => {
		const first = buy().subscriptionId;
		const second = buy({ customerId: SEEDED.customers.globex, quantity: 2 }).subscriptionId;
		stripe.updateSubscription({ id: first, quantity: 7 });
		stripe.endSubscription({ id: second });
		const { json, error } = await getChanged(minutesAgo(5));
		expect(error).toBeUndefined();
		expect(json).toHaveLength(2);
		for (const event of json) expect(subscriptionEventSchema.parse(event)).toEqual(event);
		expect(json).toMatchObject([
			{ type: 'subscription.updated', subscription: { id: first, status: 'active', items: [{ quantity: 7 }] } },
			{ type: 'subscription.ended', subscription: { id: second, status: 'ended' } },
		]);
	});

	test('names the account as the trigger does: the checkout is looked up once for each subscription', async () => {
		buy({ customerId: SEEDED.customers.globex, metadata: { m3ter_account_code: 'globex-eu' } });
		const { subscriptionId } = buy({ customerId: SEEDED.customers.globex, metadata: { m3ter_account_code: 'globex-us' } });
		stripe.updateSubscription({ id: subscriptionId, quantity: 2 });
		const { json } = await getChanged(minutesAgo(5));
		expect(json).toMatchObject([{ customer: { accountCode: 'globex-eu' } }, { customer: { accountCode: 'globex-us' } }]);
		expect(stripe.requests.filter(({ path }) => path === '/v1/checkout/sessions')).toHaveLength(2);
	});

	test('leaves out what changed before', async () => {
		buy();
		stripe.advanceTime({ seconds: 7200 });
		const { subscriptionId } = buy();
		const { json } = await getChanged(new Date(Date.now() + 3600_000).toISOString());
		expect(json).toMatchObject([{ subscription: { id: subscriptionId } }]);
	});

	test('reads more events than a page holds', async () => {
		const ids = Array.from({ length: 3 }, () => buy().subscriptionId);
		for (let round = 1; round <= 40; round++) for (const id of ids) stripe.updateSubscription({ id, quantity: round });
		const { json } = await getChanged(minutesAgo(5));
		expect(json.map(({ subscription }) => (subscription as { id: string }).id).sort()).toEqual([...ids].sort());
		expect(stripe.requests.filter(({ path }) => path === '/v1/events')).toHaveLength(2);
	});

	test('of the last day, unless told otherwise', async () => {
		buy();
		expect((await getChanged()).json).toHaveLength(1);
		const [{ query }] = stripe.requests.filter(({ path }) => path === '/v1/events');
		const from = Number(new URLSearchParams(query).get('created[gte]'));
		expect(Math.abs(from - (Date.now() / 1000 - 86_400))).toBeLessThan(60);
	});

	test('nothing changed', async () => expect((await getChanged(minutesAgo(5))).json).toEqual([]));

	test('an unreadable time is named', async () => {
		const { errors } = await getChanged('yesterday', 'continueErrorOutput');
		expect(errors).toMatchObject([{ error: "'Changed Since' is not a date", message: expect.stringContaining('"yesterday" cannot be read'), details: { kind: 'invalid-input' } }]);
	});
});
