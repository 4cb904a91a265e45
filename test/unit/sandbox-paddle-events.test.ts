import { Webhooks } from '@paddle/paddle-node-sdk';

import { signatureHeader, type PaddleSandbox } from '../sandbox/paddle';
import { call, closeAll, receiver, sdk, start, type Received } from './sandbox-paddle.helpers';

afterEach(closeAll);

const EVENTS = [
	'subscription.created',
	'subscription.activated',
	'subscription.updated',
	'subscription.canceled',
	'transaction.completed',
] as const;
const fast = {
	copies: 1,
	wrongSecret: false,
	unsigned: false,
	rotating: 'off',
	ageSeconds: 0,
	attempts: 3,
	backoffMs: 1,
} as const;

const types = (received: Received[]) => received.map(({ event }) => event.event_type);

async function listening(sandbox: PaddleSandbox, answer?: (count: number) => number) {
	const hook = await receiver(answer);
	const setting = await sdk(sandbox).notificationSettings.create({
		description: 'm3ter',
		type: 'url',
		destination: hook.url,
		subscribedEvents: [...EVENTS],
		apiVersion: 1,
	});
	return { ...hook, setting, secret: setting.endpointSecretKey };
}

const checkout = (sandbox: PaddleSandbox) => {
	const { prices, customers } = sandbox.seed();
	return sandbox.completeCheckout({ customerId: customers.acme.id, items: [{ price_id: prices.pro.id }] });
};

it('signs as the test vector says', () => {
	const secret = ['pdl', 'ntfset', '01m3ter0000000000000000001', 'abcdefghijklmnopqrstuvwxyz012345'].join('_');
	const body =
		'{"event_id":"evt_01m3ter0000000000000000001","event_type":"subscription.created","occurred_at":"2026-01-01T00:00:00.000000Z","notification_id":"ntf_01m3ter0000000000000000001","data":{"id":"sub_01m3ter0000000000000000001","status":"active","customer_id":"ctm_01m3ter0000000000000000001","currency_code":"USD"}}';
	expect(signatureHeader([secret], 1_767_225_600, body)).toBe(
		'ts=1767225600;h1=173f60190bb327812a841c6500f95895573e5cdbc2afd844be0e8b191327db1b',
	);
});

describe('notifications', () => {
	it('are signed so that the SDK unmarshals them, one per subscribed event', async () => {
		const sandbox = await start();
		const hook = await listening(sandbox);
		const { subscription, transaction } = checkout(sandbox);
		await sandbox.settled();
		expect(types(hook.received).sort()).toEqual(['subscription.activated', 'subscription.created', 'transaction.completed']);
		for (const { body, signature } of hook.received) {
			const event = await new Webhooks().unmarshal(body, hook.secret, signature);
			expect(event.eventId).toMatch(/^evt_/);
		}
		const created = hook.received.find(({ event }) => event.event_type === 'subscription.created');
		expect(created?.event.data).toMatchObject({ id: subscription?.id, transaction_id: transaction.id });
		expect(created?.event.data).not.toHaveProperty('management_urls');
		expect(hook.received.find(({ event }) => event.event_type === 'transaction.completed')?.event.data.subscription_id).toBe(
			subscription?.id,
		);
		expect(sandbox.violations).toEqual([]);
	});

	it.each([
		['the wrong secret', { wrongSecret: true }, false],
		['an old time stamp', { ageSeconds: 60 }, false],
		['a rotating secret, the right one last', { rotating: 'last' as const }, true],
		['a rotating secret, the right one first (the SDK reads only the last)', { rotating: 'first' as const }, false],
	])('%s', async (_what, delivery, valid) => {
		const sandbox = await start({ delivery: { ...fast, ...delivery } });
		const hook = await listening(sandbox);
		checkout(sandbox);
		await sandbox.settled();
		const [{ body, signature }] = hook.received;
		expect(await new Webhooks().isSignatureValid(body, hook.secret, signature)).toBe(valid);
	});

	it('can go out unsigned, doubled and out of order', async () => {
		const sandbox = await start({ delivery: { ...fast, unsigned: true, copies: 2 } });
		const hook = await listening(sandbox);
		sandbox.holdDeliveries();
		checkout(sandbox);
		expect(sandbox.releaseDeliveries({ reversed: true })).toEqual({ released: 6 });
		await sandbox.settled();
		expect(hook.received).toHaveLength(6);
		expect(new Set(hook.received.map(({ event }) => event.event_id)).size).toBe(3);
		expect(new Set(hook.received.map(({ event }) => event.notification_id)).size).toBe(6);
		expect(hook.received[0].signature).toBe('');
	});

	it('are tried again until answered 200, logged, and replayed under a new id', async () => {
		const sandbox = await start({ delivery: fast });
		const hook = await listening(sandbox, (count) => (count <= 2 ? 204 : 200));
		const client = sdk(sandbox);
		const { subscription } = checkout(sandbox);
		await sandbox.settled();
		hook.received.length = 0;
		sandbox.cancelSubscription({ id: subscription?.id ?? '' });
		await sandbox.settled();
		const [notification] = await client.notifications
			.list({ notificationSettingId: [hook.setting.id], status: ['delivered'], filter: subscription?.id })
			.next();
		expect(notification).toMatchObject({ type: 'subscription.updated', status: 'delivered', origin: 'event' });
		const { notificationId: again } = await client.notifications.replay(notification.id);
		await sandbox.settled();
		const ids = hook.received.map(({ event }) => event.notification_id);
		expect([...new Set(ids)]).toEqual([notification.id, again]);
		expect(new Set(hook.received.map(({ event }) => event.event_id)).size).toBe(1);
		expect((await client.notifications.getLogs(notification.id).next()).length).toBeGreaterThan(0);
		expect(sandbox.violations).toEqual([]);
	});

	it('fail for good, which lists tell', async () => {
		const sandbox = await start({ delivery: fast });
		const hook = await listening(sandbox, () => 500);
		checkout(sandbox);
		await sandbox.settled();
		expect(hook.received).toHaveLength(9);
		const from = new Date(Date.now() - 60_000).toISOString();
		expect(
			await sdk(sandbox)
				.notifications.list({ status: ['failed'], from })
				.next(),
		).toHaveLength(3);
	});
});

describe('a subscription in events', () => {
	it('tells a scheduled cancellation and its removal only in scheduled_change', async () => {
		const sandbox = await start();
		const hook = await listening(sandbox);
		const { subscription } = checkout(sandbox);
		const id = subscription?.id ?? '';
		sandbox.cancelSubscription({ id });
		sandbox.removeScheduledCancellation({ id });
		sandbox.cancelSubscription({ id, endOfTerm: false });
		await sandbox.settled();
		const own = hook.received
			.filter(({ event }) => event.event_type.startsWith('subscription.'))
			.sort((a, b) => (a.event.occurred_at < b.event.occurred_at ? -1 : 1));
		expect(
			own.map(({ event }) => [event.event_type, event.data.scheduled_change === null, event.data.canceled_at === null]),
		).toEqual([
			['subscription.created', true, true],
			['subscription.activated', true, true],
			['subscription.updated', false, true],
			['subscription.updated', true, true],
			['subscription.canceled', true, false],
		]);

		const client = sdk(sandbox);
		const all: string[] = [];
		for await (const event of client.events.list({ perPage: 3, orderBy: 'id[ASC]' })) all.push(event.eventType);
		expect(all).toEqual([...sandbox.state.events.values()].map(({ event_type: type }) => type));
		const [middle] = [...sandbox.state.events.values()].slice(-2);
		expect(
			(await client.events.list({ after: middle.event_id, orderBy: 'id[ASC]' }).next()).map(({ eventType }) => eventType),
		).toEqual(['subscription.canceled']);
		expect(sandbox.violations).toEqual([]);
	});

	it('pauses, resumes and changes', async () => {
		const sandbox = await start();
		const { prices, customers } = sandbox.seed();
		const { subscription } = sandbox.completeCheckout({ customerId: customers.acme.id, items: [{ price_id: prices.pro.id }] });
		const id = subscription?.id ?? '';
		const client = sdk(sandbox);
		expect(sandbox.pauseSubscription({ id })).toMatchObject({ status: 'paused', current_billing_period: null });
		expect((await client.subscriptions.resume(id, { effectiveFrom: 'immediately' })).status).toBe('active');
		const changed = await client.subscriptions.update(id, {
			items: [{ priceId: prices.starter.id, quantity: 3 }],
			prorationBillingMode: 'do_not_bill',
		});
		expect(changed.items).toMatchObject([{ quantity: 3, price: { id: prices.starter.id } }]);
		expect((await client.subscriptions.cancel(id, { effectiveFrom: 'next_billing_period' })).scheduledChange?.action).toBe(
			'cancel',
		);
		expect((await client.subscriptions.update(id, { scheduledChange: null })).scheduledChange).toBeNull();
		expect(sandbox.failPayment({ id }).status).toBe('past_due');
		expect(sandbox.violations).toEqual([]);
	});
});

describe('notification settings', () => {
	it('give their secret back, change, and go away with their logs', async () => {
		const sandbox = await start();
		const hook = await listening(sandbox);
		const client = sdk(sandbox);
		expect(hook.secret).toMatch(/^pdl_ntfset_[a-zA-Z0-9]{26}_[a-zA-Z0-9]{32}$/);
		const listed = await client.notificationSettings.list();
		expect(listed).toMatchObject([{ id: hook.setting.id, endpointSecretKey: hook.secret, destination: hook.url }]);
		const changed = await client.notificationSettings.update(hook.setting.id, { subscribedEvents: ['transaction.completed'] });
		expect(changed.subscribedEvents.map(({ name }) => name)).toEqual(['transaction.completed']);
		checkout(sandbox);
		await sandbox.settled();
		expect(types(hook.received)).toEqual(['transaction.completed']);
		await client.notificationSettings.delete(hook.setting.id);
		expect(sandbox.state.notifications.size).toBe(0);
		expect((await call(sandbox, 'GET', `/notification-settings/${hook.setting.id}`)).status).toBe(404);
		expect((await client.eventTypes.list()).map(({ name }) => name)).toEqual(expect.arrayContaining([...EVENTS]));
		expect(sandbox.violations).toEqual([]);
	});

	it('are ten at most, reachable from outside, and name real events', async () => {
		const sandbox = await start({ allowLocalUrls: false });
		const create = async (destination: string, more: object = {}) =>
			await call(sandbox, 'POST', '/notification-settings', {
				description: 'd',
				type: 'url',
				destination,
				subscribed_events: ['subscription.created'],
				...more,
			});
		expect((await create('http://127.0.0.1:5678/x')).body.error?.errors?.[0].field).toBe('destination');
		expect((await create('http://n8n.example.com/x')).body.error?.errors?.[0].field).toBe('destination');
		expect(
			(await create('https://n8n.example.com/x', { subscribed_events: ['subscription.cancelled'] })).body.error?.errors?.[0]
				.field,
		).toBe('subscribed_events.0');
		expect((await create('https://n8n.example.com/x', { api_version: 2 })).status).toBe(400);
		for (let count = 0; count < 10; count++) expect((await create(`https://n8n.example.com/${count}`)).status).toBe(201);
		expect((await create('https://n8n.example.com/eleven')).body.error?.code).toBe(
			'notification_maximum_active_settings_reached',
		);
		expect((await create('https://n8n.example.com/idle', { active: false })).status).toBe(201);
	});
});
