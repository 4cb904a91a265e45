import { basicAuthValidator } from 'chargebee';

import { SEEDED, type ChargebeeSandbox } from '../sandbox/chargebee';
import { call, closeAll, receiver, sdk, start, type Received } from './sandbox-chargebee.helpers';

afterEach(closeAll);

const now = () => Math.floor(Date.now() / 1000);
const DAY = 86_400;

const types = (received: Received[]) => received.map(({ event }) => event.event_type);

/** An endpoint for subscription events. */
async function subscribed(sandbox: ChargebeeSandbox, answer?: (count: number) => number) {
	const hook = await receiver(answer);
	const { webhook_endpoint: endpoint } = await sdk(sandbox).webhookEndpoint.create({
		name: 'm3ter',
		url: hook.url,
		basic_auth_username: 'cbhook',
		basic_auth_password: 's3cr:et',
	});
	return { ...hook, endpoint };
}

describe('the life of a subscription in events', () => {
	it('tells a scheduled cancellation, its removal, the end and the return, each with a larger version', async () => {
		const sandbox = await start();
		const hook = await subscribed(sandbox);
		const { id } = sandbox.createSubscription({});
		const planned = sandbox.cancelSubscription({ id, endOfTerm: true });
		expect(planned).toMatchObject({ status: 'non_renewing', cancelled_at: planned.current_term_end });
		const back = sandbox.removeScheduledCancellation({ id });
		expect(back.status).toBe('active');
		expect(back).not.toHaveProperty('cancelled_at');
		sandbox.cancelSubscription({ id, endOfTerm: true });
		expect(sandbox.renew({ id })).toBeUndefined();
		sandbox.reactivateSubscription({ id });
		await sandbox.settled();

		const own = hook.received.filter(({ event }) => event.event_type.startsWith('subscription_'));
		const byId = new Map(own.map((entry) => [entry.event.id, entry.event]));
		const inOrder = [...byId.values()].sort(
			(a, b) => Number(a.content.subscription.resource_version) - Number(b.content.subscription.resource_version),
		);
		expect(inOrder.map(({ event_type: type }) => type)).toEqual([
			'subscription_created',
			'subscription_cancellation_scheduled',
			'subscription_scheduled_cancellation_removed',
			'subscription_cancellation_scheduled',
			'subscription_cancelled',
			'subscription_reactivated',
		]);
		expect(new Set(inOrder.map(({ content }) => content.subscription.resource_version)).size).toBe(6);
		expect(sandbox.violations).toEqual([]);
	});

	it('has a backdated twin of each step', async () => {
		const sandbox = await start();
		const at = now() - 5 * DAY;
		const { id } = sandbox.createSubscription({ id: 'past', startDate: at });
		sandbox.changeSubscription({ id, items: [{ item_price_id: SEEDED.prices.starter }], from: at });
		sandbox.cancelSubscription({ id, at });
		sandbox.reactivateSubscription({ id, at });
		sandbox.createSubscription({ id: 'trial', trialEnd: now() + DAY });
		sandbox.activateSubscription({ id: 'trial', at });
		const found = [...sandbox.state.events.values()]
			.map((event) => event.event_type)
			.filter((type) => type.includes('backdating'));
		expect(found).toEqual([
			'subscription_created_with_backdating',
			'subscription_changed_with_backdating',
			'subscription_canceled_with_backdating',
			'subscription_reactivated_with_backdating',
			'subscription_activated_with_backdating',
		]);
	});

	it('starts, activates and changes later', async () => {
		const sandbox = await start();
		sandbox.createSubscription({ id: 'later', startDate: now() + DAY });
		expect(sandbox.state.subscriptions.get('later')).toMatchObject({ status: 'future' });
		sandbox.activateSubscription({ id: 'later' });
		sandbox.changeSubscription({ id: 'later', items: [{ item_price_id: SEEDED.prices.starter }], endOfTerm: true });
		const client = sdk(sandbox);
		const scheduled = await client.subscription.retrieveWithScheduledChanges('later');
		expect(scheduled.subscription.subscription_items?.[0].item_price_id).toBe(SEEDED.prices.starter);
		sandbox.renew({ id: 'later' });
		expect((await client.subscription.retrieve('later')).subscription).toMatchObject({
			has_scheduled_changes: false,
			subscription_items: [{ item_price_id: SEEDED.prices.starter }],
		});
		const seen = [...sandbox.state.events.values()]
			.map((event) => event.event_type)
			.filter((type) => type.startsWith('subscription_'));
		expect(seen).toEqual([
			'subscription_created',
			'subscription_started',
			'subscription_activated',
			'subscription_changes_scheduled',
			'subscription_changed',
			'subscription_renewed',
		]);
		expect(sandbox.violations).toEqual([]);
	});

	it('a dearer plan brings a pending invoice', async () => {
		const sandbox = await start();
		const { id } = sandbox.createSubscription({ items: [{ item_price_id: SEEDED.prices.starter }] });
		await sdk(sandbox).subscription.updateForItems(id, {
			replace_items_list: true,
			subscription_items: [{ item_price_id: SEEDED.prices.pro }],
		});
		const { list } = await sdk(sandbox).invoice.list({ status: { is: 'pending' } });
		expect(list).toMatchObject([{ invoice: { total: 7000 } }]);
		expect(sandbox.violations).toEqual([]);
	});
});

describe('webhooks', () => {
	it("carry the endpoint's credentials, which the SDK verifies, and only wanted events", async () => {
		const sandbox = await start();
		const hook = await subscribed(sandbox);
		await sdk(sandbox).webhookEndpoint.update(hook.endpoint.id, { enabled_events: ['subscription_created'] });
		sandbox.createSubscription({});
		await sandbox.settled();
		expect(types(hook.received)).toEqual(['subscription_created']);
		const validate = basicAuthValidator((user, password) => user === 'cbhook' && password === 's3cr:et');
		const [{ authorization, event }] = hook.received;
		await expect(validate({ authorization })).resolves.toBeUndefined();
		expect(event).toMatchObject({
			object: 'event',
			api_version: 'v2',
			source: 'admin_console',
			content: { customer: { id: SEEDED.customers.acme } },
		});
		expect(hook.endpoint).not.toHaveProperty('basic_auth_password');

		sandbox.configure({ delivery: { wrongPassword: true } });
		sandbox.createSubscription({});
		await sandbox.settled();
		await expect(validate({ authorization: hook.received[1].authorization })).rejects.toThrow();
	});

	it('are tried again until taken, and the event tells', async () => {
		const sandbox = await start({
			delivery: { copies: 1, wrongPassword: false, noCredentials: false, attempts: 3, backoffMs: 1 },
		});
		const hook = await subscribed(sandbox, (count) => (count === 1 ? 500 : 200));
		await call(sandbox, 'POST', '/customers', 'id=c1');
		await sandbox.settled();
		expect(types(hook.received)).toEqual(['customer_created', 'customer_created']);
		expect(hook.received[0].event.id).toBe(hook.received[1].event.id);
		const { list } = await sdk(sandbox).event.list({
			event_type: { in: ['customer_created'] },
			occurred_at: { after: now() - DAY },
		});
		expect(list).toMatchObject([{ event: { webhook_status: 'succeeded', source: 'api', user: 'full_access_key_v1' } }]);
		expect(sandbox.violations).toEqual([]);
	});

	it('give up, which GET /events finds', async () => {
		const sandbox = await start({
			delivery: { copies: 1, wrongPassword: false, noCredentials: false, attempts: 2, backoffMs: 1 },
		});
		await subscribed(sandbox, () => 503);
		sandbox.createSubscription({ fields: { auto_collection: 'off' } });
		await sandbox.settled();
		const { list } = await sdk(sandbox).event.list({ webhook_status: { is: 'failed' }, 'sort_by[asc]': 'occurred_at' });
		expect(list.map((row) => row.event.event_type)).toContain('subscription_created');
	});

	it('come twice or in the wrong order when told to, and not at all when muted', async () => {
		const sandbox = await start({
			delivery: { copies: 2, wrongPassword: false, noCredentials: false, attempts: 1, backoffMs: 1 },
		});
		const hook = await subscribed(sandbox);
		sandbox.createCustomer({ id: 'twice' });
		await sandbox.settled();
		expect(types(hook.received)).toEqual(['customer_created', 'customer_created']);

		sandbox.configure({ delivery: { copies: 1 } });
		hook.received.length = 0;
		sandbox.holdDeliveries();
		sandbox.updateCustomer({ id: 'twice', company: 'A' });
		sandbox.createCustomer({ id: 'other' });
		expect(sandbox.releaseDeliveries({ reversed: true })).toEqual({ released: 2 });
		await sandbox.settled();
		expect(hook.received).toHaveLength(2);

		await call(sandbox, 'POST', '/customers', 'id=muted', { 'chargebee-event-webhook': 'all-disabled' });
		await sandbox.settled();
		expect(hook.received).toHaveLength(2);
		expect([...sandbox.state.events.values()].at(-1)).toMatchObject({
			event_type: 'customer_created',
			webhook_status: 'disabled',
		});
	});

	it('at most five endpoints, on four ports, found again by their URL', async () => {
		const sandbox = await start({ allowLocalUrls: false });
		const create = async (url: string, name = 'n') =>
			await call(sandbox, 'POST', '/webhook_endpoints', new URLSearchParams({ name, url }).toString());
		expect(await create('http://127.0.0.1:5678/x')).toMatchObject({ status: 400, body: { param: 'url' } });
		expect(await create('https://n8n.example.com:5678/x')).toMatchObject({ status: 400, body: { param: 'url' } });
		for (const port of ['', ':80', ':443', ':8080', ':8443'])
			expect(await create(`https://n8n.example.com${port}/x`)).toMatchObject({ status: 200 });
		expect(await create('https://n8n.example.com/six')).toMatchObject({
			status: 400,
			body: { api_error_code: 'resource_limit_exhausted' },
		});
		const { list } = await sdk(sandbox).webhookEndpoint.list({ limit: 100 });
		expect(list).toHaveLength(5);
		await sdk(sandbox).webhookEndpoint.delete(list[0].webhook_endpoint.id);
		expect(await create('https://n8n.example.com/six')).toMatchObject({ status: 200 });
		const refused = await call(
			sandbox,
			'POST',
			`/webhook_endpoints/${list[1].webhook_endpoint.id}`,
			'enabled_events[0]=invoice_created',
		);
		expect(refused.body).toMatchObject({ param: 'enabled_events[0]' });
		expect(sandbox.violations).toEqual([]);
	});
});
