import type * as N8nWorkflow from 'n8n-workflow';

import { RESTRICTED_KEY, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { activate } from './m3ter-trigger-setup';
import { stripeCredentials, stripeTrigger, warnings } from './stripe-trigger-setup';

// Pauses between attempts would only make these tests slow.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

const PERMISSIONS = { webhook_endpoints: 'write' } as const;
const EVENTS = ['checkout.session.async_payment_succeeded', 'checkout.session.completed', 'customer.subscription.created', 'customer.subscription.updated', 'customer.subscription.deleted'];

let stripe: StripeSandbox;

beforeAll(async () => {
	stripe = await startStripeSandbox({ allowLocalUrls: false });
});
beforeEach(() => {
	stripe.reset();
	stripe.clearFaults();
	stripe.configure({ allowLocalUrls: false, restrictedKeyPermissions: PERMISSIONS });
	stripe.requests.length = 0;
});
afterEach(() => {
	jest.restoreAllMocks();
	expect(stripe.violations).toEqual([]);
});
afterAll(async () => await stripe.close());

const endpoints = () => [...stripe.state.webhookEndpoints.values()];
const writes = () => stripe.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

/** Somebody else's endpoint. */
async function foreign(url: string, metadata: Record<string, string> = {}) {
	const tags = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`metadata[${key}]`, value]));
	const answer = await fetch(`${stripe.url}/v1/webhook_endpoints`, {
		method: 'POST',
		headers: { Authorization: `Bearer ${stripeCredentials(stripe).stripeForM3terApi.secretKey}`, 'Content-Type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams({ url, 'enabled_events[0]': '*', ...tags }),
	});
	return ((await answer.json()) as { id: string }).id;
}

describe('activating', () => {
	test('registers one endpoint with the pinned version and keeps its secret; deactivating removes it', async () => {
		const trigger = stripeTrigger(stripe);
		await activate(trigger);
		expect(endpoints()).toMatchObject([
			{ url: trigger.url, enabled_events: EVENTS, api_version: '2026-10-28.endive', status: 'enabled', metadata: { m3ter_n8n: 'trigger' }, description: expect.stringContaining('Workflow') },
		]);
		const [{ id }] = endpoints();
		expect(trigger.staticData).toMatchObject({ endpointId: id, secret: stripe.state.secrets.get(id)?.current });
		expect(await trigger.delete()).toBe(true);
		expect(endpoints()).toEqual([]);
		expect(trigger.staticData).toEqual({});
	});

	test('again changes nothing', async () => {
		const first = stripeTrigger(stripe);
		await activate(first);
		const before = writes().length;
		await activate(stripeTrigger(stripe, {}, { staticData: first.staticData }));
		expect(writes()).toHaveLength(before);
	});

	test('with other events changes the endpoint in place, so no event is lost in between', async () => {
		const first = stripeTrigger(stripe);
		await activate(first);
		const [{ id }] = endpoints();
		const second = stripeTrigger(stripe, { events: ['customer.updated'] }, { staticData: first.staticData });
		await activate(second);
		expect(endpoints()).toMatchObject([{ id, enabled_events: ['customer.updated'] }]);
		expect(writes()).toEqual(['POST /v1/webhook_endpoints', `POST /v1/webhook_endpoints/${id}`]);
		expect(second.staticData.secret).toBe(stripe.state.secrets.get(id)?.current);
	});

	test('enables an endpoint that Stripe or somebody disabled', async () => {
		const first = stripeTrigger(stripe);
		await activate(first);
		const [endpoint] = endpoints();
		endpoint.status = 'disabled';
		await activate(stripeTrigger(stripe, {}, { staticData: first.staticData }));
		expect(endpoints()).toMatchObject([{ id: endpoint.id, status: 'enabled' }]);
	});

	test.each<[string, (endpoint: { api_version: string | null; url: string }) => void]>([
		['another API version', (endpoint) => (endpoint.api_version = '2020-03-02')],
		['another address', (endpoint) => (endpoint.url = 'https://old.example.com/webhook/stripe')],
	])('replaces its endpoint with %s', async (_name, change) => {
		const first = stripeTrigger(stripe);
		await activate(first);
		const [endpoint] = endpoints();
		change(endpoint);
		const second = stripeTrigger(stripe, {}, { staticData: first.staticData });
		await activate(second);
		expect(endpoints()).toMatchObject([{ url: second.url, api_version: '2026-10-28.endive' }]);
		expect(endpoints()[0].id).not.toBe(endpoint.id);
		expect(second.staticData).toMatchObject({ endpointId: endpoints()[0].id, secret: stripe.state.secrets.get(endpoints()[0].id)?.current });
	});

	test('after somebody deleted the endpoint makes a new one', async () => {
		const first = stripeTrigger(stripe);
		await activate(first);
		stripe.state.webhookEndpoints.clear();
		const second = stripeTrigger(stripe, {}, { staticData: first.staticData });
		await activate(second);
		expect(endpoints()).toMatchObject([{ url: second.url }]);
		expect(second.staticData.endpointId).toBe(endpoints()[0].id);
	});

	test('after the node was renamed, or its static data lost in another way, endpoints do not pile up', async () => {
		for (let time = 0; time < 20; time++) await activate(stripeTrigger(stripe, {}, { name: `Node ${time}` }));
		expect(endpoints()).toHaveLength(1);
	});

	test('after the secret was lost makes a new endpoint, since Stripe shows a secret only once', async () => {
		const first = stripeTrigger(stripe);
		await activate(first);
		const { endpointId } = first.staticData;
		const second = stripeTrigger(stripe, {}, { staticData: { endpointId } });
		await activate(second);
		expect(endpoints()).toHaveLength(1);
		expect(second.staticData.secret).toBe(stripe.state.secrets.get(endpoints()[0].id)?.current);
	});

	test('leaves other people\'s endpoints and those of other addresses alone', async () => {
		const trigger = stripeTrigger(stripe);
		const others = [await foreign(trigger.url), await foreign(trigger.url, { m3ter_n8n: 'else' }), await foreign('https://other.example.com/webhook/stripe', { m3ter_n8n: 'trigger' })];
		await activate(trigger);
		await trigger.delete();
		expect(endpoints().map(({ id }) => id)).toEqual(others);
	});

	test('for a test does not touch the endpoint of the active workflow', async () => {
		const live = stripeTrigger(stripe);
		await activate(live);
		const listeningForTest = stripeTrigger(stripe, {}, { isTest: true });
		await activate(listeningForTest);
		expect(endpoints().map(({ url }) => url)).toEqual([live.url, listeningForTest.url]);
		await listeningForTest.delete();
		expect(endpoints()).toMatchObject([{ id: live.staticData.endpointId }]);
	});
});

describe('what goes wrong is said in words', () => {
	const refusal = async (trigger = stripeTrigger(stripe)) => await activate(trigger).then(() => undefined, (error: unknown) => error);

	test('16 endpoints are the most', async () => {
		for (let index = 0; index < 16; index++) await foreign(`https://other.example.com/${index}`);
		expect(await refusal()).toMatchObject({ message: 'Stripe did not register the webhook endpoint', description: expect.stringMatching(/maximum of 16 .*delete unused ones under Developers > Webhooks/) });
		expect(endpoints()).toHaveLength(16);
	});

	test.each(['http://localhost:5678', 'https://192.168.1.5', 'http://n8n.example.com'])('Stripe does not call %s', async (baseUrl) => {
		expect(await refusal(stripeTrigger(stripe, {}, { baseUrl }))).toMatchObject({ message: 'Stripe did not register the webhook endpoint', description: expect.stringMatching(/Invalid URL.*WEBHOOK_URL/) });
	});

	test('a key that may not write webhook endpoints', async () => {
		stripe.configure({ restrictedKeyPermissions: { webhook_endpoints: 'read' } });
		const error = await refusal(stripeTrigger(stripe, {}, { credentials: stripeCredentials(stripe, RESTRICTED_KEY) }));
		expect(error).toMatchObject({ message: 'The Stripe key lacks a permission', httpCode: '403', description: expect.stringContaining('rak_webhook_write') });
	});

	test('a wrong key', async () => {
		const error = await refusal(stripeTrigger(stripe, {}, { credentials: stripeCredentials(stripe, 'nobody') }));
		expect(error).toMatchObject({ message: 'Stripe did not accept the key' });
	});

	test('an outage is not taken for a missing endpoint', async () => {
		const first = stripeTrigger(stripe);
		await activate(first);
		stripe.addFault({ kind: 'html', status: 503, times: Infinity });
		expect(await refusal(stripeTrigger(stripe, {}, { staticData: first.staticData }))).toMatchObject({ message: 'Stripe is not available at the moment' });
		expect(endpoints()).toHaveLength(1);
	});
});

describe('deactivating', () => {
	test('works while Stripe is down, says so, and the next activation takes the left-over endpoint up again', async () => {
		const trigger = stripeTrigger(stripe);
		const log = warnings(trigger);
		await activate(trigger);
		stripe.addFault({ kind: 'refuse', times: Infinity });
		expect(await trigger.delete()).toBe(true);
		expect(log).toEqual([expect.stringContaining('could not be removed')]);
		stripe.clearFaults();
		await activate(stripeTrigger(stripe, {}, { staticData: trigger.staticData }));
		await activate(stripeTrigger(stripe));
		expect(endpoints()).toHaveLength(1);
	});

	test('is done when the endpoint is gone already, or never was', async () => {
		const trigger = stripeTrigger(stripe);
		await activate(trigger);
		stripe.state.webhookEndpoints.clear();
		expect(await trigger.delete()).toBe(true);
		expect(await stripeTrigger(stripe).delete()).toBe(true);
		expect(trigger.staticData).toEqual({});
	});
});
