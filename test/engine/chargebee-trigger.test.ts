import type * as N8nWorkflow from 'n8n-workflow';

import { ChargebeeForM3ter } from '../../nodes/Chargebee/ChargebeeForM3ter.node';
import { SEEDED, startChargebeeSandbox, type ChargebeeSandbox } from '../sandbox/chargebee';
import { chargebeeCredentials, listening, warnings } from './chargebee-trigger-setup';
import { runNode } from './harness';

// Pauses between attempts would only make these tests slow.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

const DAY = 86_400;
const ONE_TRY = { attempts: 1, backoffMs: 1 };

let chargebee: ChargebeeSandbox;

beforeEach(async () => {
	chargebee = await startChargebeeSandbox({ seeded: true, processingMs: 0 });
	chargebee.configure({ delivery: ONE_TRY });
});
afterEach(async () => {
	jest.restoreAllMocks();
	const { violations } = chargebee;
	await chargebee.close();
	expect(violations).toEqual([]);
});

const now = () => Math.floor(Date.now() / 1000);
const iso = (seconds: number | undefined) => (seconds === undefined ? undefined : new Date(seconds * 1000).toISOString());
const subscriptionOf = (id: string) => chargebee.state.subscriptions.get(id);

describe('what is sold becomes a subscription event', () => {
	test('with the customer, the plan and its m3ter code, and addons, but no one-time charges', async () => {
		const { emitted } = await listening(chargebee);
		chargebee.holdDeliveries();
		const { id, started_at: startedAt } = chargebee.createSubscription({
			items: [{ item_price_id: SEEDED.prices.pro }, { item_price_id: SEEDED.prices.support, quantity: 3 }],
			fields: { po_number: 'PO-9', cf_region: 'EMEA' },
		});
		Object.assign(subscriptionOf(id) ?? {}, { meta_data: { channel: 'partner' } });
		chargebee.releaseDeliveries({});
		const [event, ...others] = await emitted();
		expect(others).toEqual([]);
		expect(event).toMatchObject({
			type: 'subscription.created',
			system: 'Chargebee',
			customer: {
				id: SEEDED.customers.acme,
				name: 'Acme Ltd',
				email: 'ap@acme.test',
				currency: 'USD',
				purchaseOrderNumber: 'PO-9',
				accountCode: 'acme',
				address: { addressLine1: '1 Sandbox Street', locality: 'Springfield', postCode: '12345', country: 'US' },
			},
			subscription: {
				id,
				status: 'active',
				startDate: iso(startedAt),
				items: [
					{ planRef: SEEDED.prices.pro, planCode: 'pro', productRef: SEEDED.items.pro, name: 'Pro' },
					{ planRef: SEEDED.prices.support, productRef: SEEDED.items.support, quantity: 3 },
				],
				metadata: { cf_region: 'EMEA', channel: 'partner' },
			},
		});
		expect(event.subscription?.endDate).toBeUndefined();
		expect(event.raw).toMatchObject({ event_type: 'subscription_created', content: { subscription: { id } } });
	});

	test.each(['v1', 'compat'] as const)('in product catalog %s too', async (catalog) => {
		await chargebee.close();
		chargebee = await startChargebeeSandbox({ seeded: true, processingMs: 0, catalog, delivery: { copies: 1, wrongPassword: false, noCredentials: false, ...ONE_TRY } });
		const { emitted } = await listening(chargebee);
		chargebee.createSubscription({ items: [{ item_price_id: SEEDED.prices.starter, quantity: 1 }, { item_price_id: SEEDED.prices.support, quantity: 2 }] });
		const [event] = await emitted();
		expect(event.subscription?.items).toMatchObject([{ planRef: SEEDED.prices.starter, planCode: 'starter' }, { planRef: SEEDED.prices.support, quantity: 2 }]);
	});

	test('backdated events are heard as well, both spellings', async () => {
		const { emitted, trigger } = await listening(chargebee);
		const { id } = chargebee.createSubscription({ startDate: now() - 40 * DAY });
		chargebee.changeSubscription({ id, items: [{ item_price_id: SEEDED.prices.starter }], from: now() - 10 * DAY });
		chargebee.cancelSubscription({ id, at: now() - 2 * DAY });
		chargebee.reactivateSubscription({ id, at: now() - DAY });
		await emitted();
		const types = [...chargebee.state.events.values()].map(({ event_type: type }) => type).filter((type) => type.endsWith('_backdating'));
		expect(types).toEqual(['subscription_created_with_backdating', 'subscription_changed_with_backdating', 'subscription_canceled_with_backdating', 'subscription_reactivated_with_backdating']);
		const [endpoint] = [...chargebee.state.webhookEndpoints.values()];
		expect(endpoint.enabled_events).toEqual(expect.arrayContaining([...types, 'subscription_cancelled', 'subscription_activated_with_backdating']));
		expect(trigger.staticData.password).toEqual(expect.stringMatching(/^[0-9a-f]{48}$/));
	});
});

describe('the end date', () => {
	test('lies ahead for a scheduled cancellation, goes when that is removed, and stays when it has come', async () => {
		const { id } = chargebee.createSubscription({});
		const { emitted } = await listening(chargebee);
		chargebee.cancelSubscription({ id, endOfTerm: true });
		const end = iso(subscriptionOf(id)?.cancelled_at);
		expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.updated', subscription: { status: 'active', endDate: end } });
		expect(end).toBe(iso(subscriptionOf(id)?.current_term_end));
		chargebee.removeScheduledCancellation({ id });
		expect((await emitted()).at(-1)?.subscription?.endDate).toBeUndefined();
		chargebee.cancelSubscription({ id, endOfTerm: true });
		await chargebee.settled();
		chargebee.renew({ id });
		expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.ended', subscription: { status: 'ended', endDate: end } });
	});

	test('is what Chargebee says for a backdated cancellation, and none after a reactivation', async () => {
		const { id } = chargebee.createSubscription({ startDate: now() - 20 * DAY });
		const { emitted } = await listening(chargebee);
		const at = now() - 3 * DAY;
		chargebee.cancelSubscription({ id, at });
		expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.ended', subscription: { endDate: iso(at) } });
		chargebee.reactivateSubscription({ id });
		const last = (await emitted()).at(-1);
		expect(last).toMatchObject({ type: 'subscription.updated', subscription: { id, status: 'active' } });
		expect(last?.subscription?.endDate).toBeUndefined();
	});

	test('of a deleted subscription is when it was deleted', async () => {
		const { id } = chargebee.createSubscription({});
		const { emitted } = await listening(chargebee, ['subscription_deleted']);
		chargebee.deleteSubscription({ id });
		const [event] = await emitted();
		expect(event).toMatchObject({ type: 'subscription.ended', subscription: { id, endDate: event.occurredAt, items: [{ planRef: SEEDED.prices.pro }] } });
	});
});

test.each([
	['future', () => chargebee.createSubscription({ startDate: now() + 5 * DAY }), 'pending'],
	['in trial', () => chargebee.createSubscription({ trialEnd: now() + 5 * DAY }), 'trialing'],
	['active', () => chargebee.createSubscription({}), 'active'],
])('a subscription that is %s', async (_name, create, status) => {
	const { emitted } = await listening(chargebee);
	create();
	expect((await emitted()).at(-1)?.subscription?.status).toBe(status);
});

test('a pause, its end, and a deletion start the workflow without being asked for', async () => {
	const { emitted } = await listening(chargebee);
	const { id } = chargebee.createSubscription({});
	await emitted();
	chargebee.pauseSubscription({ id });
	expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.updated', subscription: { id, status: 'paused' } });
	chargebee.resumeSubscription({ id });
	expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.updated', subscription: { status: 'active' } });
	chargebee.deleteSubscription({ id });
	expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.ended', subscription: { id, status: 'ended' } });
});

test('a paused subscription and its customer\'s changes, on request', async () => {
	const { id } = chargebee.createSubscription({});
	const { emitted } = await listening(chargebee, ['subscription_paused', 'customer_changed']);
	chargebee.pauseSubscription({ id });
	expect((await emitted()).at(-1)).toMatchObject({ type: 'subscription.updated', subscription: { status: 'paused' } });
	chargebee.updateCustomer({ id: SEEDED.customers.acme, company: 'Acme plc' });
	const last = (await emitted()).at(-1);
	expect(last).toMatchObject({ type: 'customer.updated', customer: { name: 'Acme plc' } });
	expect(last?.subscription).toBeUndefined();
});

describe('deliveries', () => {
	test.each([
		['with a wrong password', { wrongPassword: true }],
		['without credentials', { noCredentials: true }],
	])('%s are refused, start nothing, and read nothing', async (_name, delivery) => {
		const { emitted, received, trigger } = await listening(chargebee);
		const log = warnings(trigger);
		chargebee.configure({ delivery });
		chargebee.createSubscription({});
		expect(await emitted()).toEqual([]);
		expect(received.map(({ status, body }) => [status, body])).toEqual([[401, '']]);
		expect(log).toEqual(['Chargebee event refused: wrong user name or password']);
		expect(chargebee.requests.filter(({ path }) => path.includes('/subscriptions/'))).toEqual([]);
	});

	test('in copies, and sent again by hand, start the workflow once', async () => {
		const { emitted, received } = await listening(chargebee);
		chargebee.configure({ delivery: { copies: 3 } });
		chargebee.createSubscription({});
		expect(await emitted()).toHaveLength(1);
		expect(received.map(({ status }) => status)).toEqual([200, 200, 200]);
		chargebee.resendEvent({ id: [...chargebee.state.events.values()].find(({ event_type: type }) => type === 'subscription_created')?.id ?? '' });
		expect(await emitted()).toHaveLength(1);
	});

	test('in the wrong order tell how it stands now, and what is older than that starts nothing', async () => {
		const { emitted, received } = await listening(chargebee);
		chargebee.holdDeliveries();
		const { id } = chargebee.createSubscription({});
		chargebee.changeSubscription({ id, items: [{ item_price_id: SEEDED.prices.starter }] });
		chargebee.cancelSubscription({ id });
		chargebee.releaseDeliveries({ reversed: true });
		const events = await emitted();
		expect(events.at(-1)).toMatchObject({ type: 'subscription.ended', subscription: { items: [{ planRef: SEEDED.prices.starter }] } });
		expect(events.every(({ subscription }) => subscription?.status === 'ended')).toBe(true);
		expect(received.map(({ status }) => status)).toEqual([200, 200, 200]);
	});

	test('that cannot be processed now are asked for again', async () => {
		const { emitted, received, trigger } = await listening(chargebee);
		const log = warnings(trigger);
		chargebee.configure({ delivery: { attempts: 3, backoffMs: 1 } });
		chargebee.addFault({ method: 'GET', path: /\/subscriptions\//, kind: 'html', status: 503, times: 4 });
		chargebee.createSubscription({});
		expect(await emitted()).toHaveLength(1);
		expect(received.map(({ status }) => status)).toEqual([500, 200]);
		expect(log).toEqual([expect.stringMatching(/not processed: Chargebee is not available/)]);
	});
});

describe('deliveries that no repetition can mend', () => {
	const delivery = (staticData: Record<string, unknown>, body: unknown) => ({
		body: JSON.stringify(body),
		headers: { Authorization: `Basic ${Buffer.from(`${String(staticData.username)}:${String(staticData.password)}`).toString('base64')}` },
	});

	test('show as a failed execution: the key may not read, the content cannot be understood', async () => {
		const { trigger } = await listening(chargebee);
		chargebee.holdDeliveries();
		const { id } = chargebee.createSubscription({});
		const event = [...chargebee.state.events.values()].find(({ event_type: type }) => type === 'subscription_created');
		chargebee.addFault({ method: 'GET', path: /\/subscriptions\//, kind: 'status', status: 403, body: { message: 'not for you', api_error_code: 'api_authorization_failed' } });
		await expect(trigger.receive(delivery(trigger.staticData, event))).rejects.toMatchObject({ message: 'The Chargebee key lacks a permission', httpCode: '403', description: expect.stringContaining(id) });
		await expect(trigger.receive(delivery(trigger.staticData, { ...event, content: { subscription: { id } } }))).rejects.toMatchObject({ description: expect.stringContaining('content.subscription.status') });
		expect(await trigger.receive(delivery(trigger.staticData, event))).toMatchObject({ status: 200, items: [{}] });
	});

	test('are refused when they are no events', async () => {
		const { trigger } = await listening(chargebee);
		const log = warnings(trigger);
		expect(await trigger.receive(delivery(trigger.staticData, { hello: 'world' }))).toMatchObject({ status: 400, items: undefined });
		expect(log).toEqual([expect.stringContaining('it is not an event')]);
	});
});

describe('Get Changed', () => {
	const getChanged = async (since: string, onError?: 'continueErrorOutput') =>
		await runNode({ node: new ChargebeeForM3ter(), parameters: { resource: 'subscription', operation: 'getChanged', since }, credentials: chargebeeCredentials(chargebee), onError });

	test('gives each changed subscription once, as it is now, the latest change last', async () => {
		const first = chargebee.createSubscription({}).id;
		const second = chargebee.createSubscription({}).id;
		chargebee.changeSubscription({ id: first, items: [{ item_price_id: SEEDED.prices.starter }] });
		const gone = chargebee.createSubscription({}).id;
		chargebee.deleteSubscription({ id: gone });
		const { json } = await getChanged(new Date(Date.now() - 60_000).toISOString());
		expect(json).toMatchObject([
			{ subscription: { id: second, status: 'active' } },
			{ subscription: { id: first, items: [{ planRef: SEEDED.prices.starter }] } },
			{ type: 'subscription.ended', subscription: { id: gone } },
		]);
		expect((await getChanged(new Date(Date.now() + 60_000).toISOString())).json).toEqual([]);
	});

	test('a subscription that cannot be read fails alone, by its name', async () => {
		const [first, bad, last] = [1, 2, 3].map(() => chargebee.createSubscription({}).id);
		const refused = { kind: 'status', status: 403, body: { message: 'not for you', api_error_code: 'api_authorization_failed' }, times: Infinity } as const;
		chargebee.addFault({ method: 'GET', path: new RegExp(`/subscriptions/${bad}$`), ...refused });
		const { json, errors } = await getChanged(new Date(Date.now() - 60_000).toISOString(), 'continueErrorOutput');
		expect(json).toMatchObject([{ subscription: { id: first } }, { subscription: { id: last } }]);
		expect(errors).toMatchObject([{ error: 'The Chargebee key lacks a permission', message: expect.stringContaining(bad), details: { kind: 'permission' } }]);
	});

	test('says so when the date cannot be read', async () => {
		expect((await getChanged('yesterday-ish')).error).toMatchObject({ message: "'Changed Since' is not a date" });
	});
});
