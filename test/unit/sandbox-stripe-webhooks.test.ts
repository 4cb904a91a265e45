/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

import { API_VERSION, signatureHeader, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { raw, sdkFor } from './sandbox-stripe.helpers';

let sandbox: StripeSandbox;
let stripe: Stripe;
let receiver: Server;
let url: string;
let received: Array<{ signature: string; body: string }>;
/** Statuses of the next answers; 200 when empty. */
let answers: number[];

beforeAll(async () => {
	sandbox = await startStripeSandbox({
		delivery: { copies: 1, wrongSecret: false, ageSeconds: 0, livemode: false, attempts: 3, backoffMs: 5 },
	});
	stripe = sdkFor(sandbox);
	receiver = createServer((request, response) => {
		let body = '';
		request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
		request.on('end', () => {
			received.push({ signature: String(request.headers['stripe-signature']), body });
			response.writeHead(answers.shift() ?? 200).end();
		});
	});
	await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});

beforeEach(() => {
	sandbox.reset();
	sandbox.configure({ delivery: { copies: 1, wrongSecret: false, ageSeconds: 0, livemode: false }, allowLocalUrls: true });
	received = [];
	answers = [];
});

afterEach(() => expect(sandbox.violations).toEqual([]));

afterAll(async () => {
	await sandbox.close();
	await new Promise((resolve) => receiver.close(resolve));
});

async function listen(
	types: Stripe.WebhookEndpointCreateParams.EnabledEvent[],
	version?: string,
): Promise<{ id: string; secret: string }> {
	const endpoint = await stripe.webhookEndpoints.create({
		url,
		enabled_events: types,
		...(version !== undefined && { api_version: version as Stripe.WebhookEndpointCreateParams.ApiVersion }),
	});
	return { id: endpoint.id, secret: endpoint.secret ?? '' };
}

const verify = ({ signature, body }: { signature: string; body: string }, secret: string) =>
	stripe.webhooks.constructEvent(body, signature, secret);

describe('signatures', () => {
	it('are those of the published algorithm', () => {
		const body =
			'{"id":"evt_m3t_0001","object":"event","api_version":"2026-10-28.endive","created":1767225600,"type":"customer.subscription.created","livemode":false,"data":{"object":{"id":"sub_m3t_0001","object":"subscription","customer":"cus_m3t_0001","note":"Zażółć €"}}}';
		const secret = ['whsec', 'm3terTestVector0000000000000001'].join('_');
		expect(signatureHeader([secret], 1_767_225_600, body)).toContain(
			't=1767225600,v1=c76ac80122bffc3ac98b2e58df8a962aaf2b3ae10da9c6b8b8ada7e47e9ba8c3',
		);
	});

	it('let the SDK verify the events of a checkout', async () => {
		const { secret } = await listen(['checkout.session.completed', 'customer.subscription.created'], API_VERSION);
		const { subscriptionId, sessionId } = sandbox.completeCheckout({ name: 'Zażółć €' });
		await sandbox.settled();
		const events = received.map((delivery) => verify(delivery, secret));
		expect(events.map((event) => [event.type, (event.data.object as { id: string }).id]).sort()).toEqual([
			['checkout.session.completed', sessionId],
			['customer.subscription.created', subscriptionId],
		]);
		expect(events[0]).toMatchObject({ api_version: API_VERSION, livemode: false, data: { object: expect.any(Object) } });
		expect(events[0].data).not.toHaveProperty('previous_attributes');
	});

	it('are two while a secret is rolled, for a day', async () => {
		const { id, secret: old } = await listen(['customer.created']);
		const { secret } = sandbox.rollSecret({ id });
		await stripe.customers.create({ name: 'A' });
		await sandbox.settled();
		expect(received[0].signature.match(/v1=/g)).toHaveLength(2);
		expect(verify(received[0], old).type).toBe('customer.created');
		expect(verify(received[0], secret).type).toBe('customer.created');
		sandbox.advanceTime({ seconds: 25 * 3600 });
		await stripe.customers.create({ name: 'B' });
		await sandbox.settled();
		expect(() => verify(received[1], old)).toThrow(Stripe.errors.StripeSignatureVerificationError);
	});

	it.each([
		['with a wrong secret', { wrongSecret: true }],
		['too late', { ageSeconds: 301 }],
	])('fail when made %s', async (_name, delivery) => {
		const { secret } = await listen(['*']);
		sandbox.configure({ delivery });
		await stripe.customers.create({ name: 'A' });
		await sandbox.settled();
		expect(() => verify(received[0], secret)).toThrow(Stripe.errors.StripeSignatureVerificationError);
	});
});

describe('delivery', () => {
	it('is tried again, signed anew, with the same event', async () => {
		const { secret } = await listen(['customer.created']);
		answers = [500, 302];
		await stripe.customers.create({ name: 'A' });
		await sandbox.settled();
		expect(new Set(received.map((delivery) => verify(delivery, secret).id)).size).toBe(1);
		expect(received).toHaveLength(3);
		expect((await stripe.events.list({ delivery_success: true })).data).toHaveLength(1);
	});

	it('gives up in the end, and the event shows it', async () => {
		await listen(['customer.created']);
		answers = [500, 500, 500, 500];
		await stripe.customers.create({ name: 'A' });
		await sandbox.settled();
		expect(received).toHaveLength(3);
		expect((await stripe.events.list({ delivery_success: false })).data).toMatchObject([
			{ type: 'customer.created', pending_webhooks: 1 },
		]);
	});

	it('ends with the endpoint', async () => {
		const { id } = await listen(['customer.created']);
		sandbox.holdDeliveries();
		await stripe.customers.create({ name: 'A' });
		await stripe.webhookEndpoints.del(id);
		sandbox.releaseDeliveries({});
		await sandbox.settled();
		expect(received).toEqual([]);
	});

	it('duplicates, reverses and repeats to order', async () => {
		const { secret } = await listen(['customer.created', 'customer.updated']);
		sandbox.configure({ delivery: { copies: 2 } });
		const { id } = await stripe.customers.create({ name: 'A' });
		await sandbox.settled();
		expect(received.map((delivery) => verify(delivery, secret).id)).toEqual([expect.any(String), verify(received[0], secret).id]);

		sandbox.configure({ delivery: { copies: 1 } });
		received = [];
		sandbox.holdDeliveries();
		await stripe.customers.update(id, { name: 'B' });
		await stripe.customers.update(id, { name: 'C' });
		expect(received).toEqual([]);
		expect(sandbox.releaseDeliveries({ reversed: true })).toEqual({ released: 2 });
		await sandbox.settled();
		expect(received.map((delivery) => verify(delivery, secret).data.previous_attributes)).toEqual([{ name: 'B' }, { name: 'A' }]);

		sandbox.resendEvent({ id: verify(received[0], secret).id });
		await sandbox.settled();
		expect(verify(received[2], secret).id).toBe(verify(received[0], secret).id);
	});

	it('keeps the old place of the period for endpoints on old versions', async () => {
		const { secret } = await listen(['customer.subscription.created'], '2024-06-20');
		sandbox.completeCheckout({});
		await sandbox.settled();
		const event = verify(received[0], secret);
		expect(event.api_version).toBe('2024-06-20');
		expect(event.data.object).toHaveProperty('current_period_end', expect.any(Number));
	});
});

describe('endpoints', () => {
	it('show their secret once, change in place, and keep their version', async () => {
		const { id, secret } = await listen(['invoice.paid'], API_VERSION);
		expect(secret).toMatch(/^whsec_/);
		expect(await stripe.webhookEndpoints.retrieve(id)).not.toHaveProperty('secret');
		const updated = await stripe.webhookEndpoints.update(id, {
			enabled_events: ['invoice.voided'],
			metadata: { m3ter_n8n: '1' },
			disabled: true,
		});
		expect(updated).toMatchObject({ status: 'disabled', enabled_events: ['invoice.voided'], metadata: { m3ter_n8n: '1' } });
		const version = await raw(sandbox, 'POST', `/v1/webhook_endpoints/${id}`, { api_version: API_VERSION });
		expect(version.error).toMatchObject({ code: 'parameter_unknown', param: 'api_version' });
		await stripe.webhookEndpoints.del(id);
		await expect(stripe.webhookEndpoints.retrieve(id)).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
	});

	it('are sixteen at most', async () => {
		for (let count = 0; count < 16; count++) await listen(['*']);
		await expect(listen(['*'])).rejects.toMatchObject({ statusCode: 400, message: expect.stringContaining('16') });
		expect((await stripe.webhookEndpoints.list({ limit: 100 })).data).toHaveLength(16);
	});

	it.each(['http://localhost:5678/hook', 'https://127.0.0.1/hook', 'http://n8n.example/hook', 'n8n.example/hook'])(
		'are not at %s',
		async (target) => {
			sandbox.configure({ allowLocalUrls: false });
			const answer = await raw(sandbox, 'POST', '/v1/webhook_endpoints', { url: target, 'enabled_events[0]': '*' });
			expect(answer).toMatchObject({ status: 400, error: { code: 'url_invalid', param: 'url' } });
		},
	);

	it('know their events', async () => {
		const answer = await raw(sandbox, 'POST', '/v1/webhook_endpoints', {
			url: 'https://n8n.example/hook',
			'enabled_events[0]': 'invoice.cooked',
		});
		expect(answer).toMatchObject({ status: 400, error: { param: 'enabled_events[0]' } });
	});
});

it('is driven over HTTP, too', async () => {
	const act = async (name: string, args: object) =>
		await fetch(`${sandbox.url}/_sandbox/actions/${name}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(args),
		});
	const done = (await (await act('completeCheckout', { email: 'x@x.test' })).json()) as { subscriptionId: string };
	expect((await act('cancelSubscription', { id: done.subscriptionId, atPeriodEnd: true })).status).toBe(200);
	expect((await act('completeCheckout', { mail: 'x' })).status).toBe(400);
	const state = (await (await fetch(`${sandbox.url}/_sandbox/state`)).json()) as { subscriptions: object };
	expect(Object.keys(state.subscriptions)).toEqual([done.subscriptionId]);
});
