import type * as N8nWorkflow from 'n8n-workflow';

import { FULL_ACCESS_KEY, READ_ONLY_KEY, startChargebeeSandbox, type ChargebeeSandbox } from '../sandbox/chargebee';
import { chargebeeCredentials, chargebeeTrigger, warnings } from './chargebee-trigger-setup';
import { activate } from './m3ter-trigger-setup';

// Pauses between attempts would only make these tests slow.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

let chargebee: ChargebeeSandbox;

beforeAll(async () => {
	chargebee = await startChargebeeSandbox({ processingMs: 0 });
});
beforeEach(() => {
	chargebee.reset();
	chargebee.clearFaults();
	chargebee.configure({ allowLocalUrls: false });
	chargebee.requests.length = 0;
});
afterEach(() => {
	jest.restoreAllMocks();
	expect(chargebee.violations).toEqual([]);
});
afterAll(async () => await chargebee.close());

const endpoints = () => [...chargebee.state.webhookEndpoints.values()];
const writes = () => chargebee.requests.filter(({ method }) => method !== 'GET').map(({ path }) => path.replace('/api/v2', ''));

/** Somebody else's endpoint. */
async function foreign(url: string): Promise<void> {
	await fetch(`${chargebee.url}/api/v2/webhook_endpoints`, {
		method: 'POST',
		headers: { Authorization: `Basic ${Buffer.from(`${FULL_ACCESS_KEY}:`).toString('base64')}`, 'Content-Type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams({ name: 'other', url }),
	});
}

describe('activating', () => {
	test('registers one endpoint with a password of its own; deactivating removes it', async () => {
		const trigger = chargebeeTrigger(chargebee);
		await activate(trigger);
		expect(endpoints()).toMatchObject([{ url: trigger.url, api_version: 'v2', disabled: false, name: expect.stringMatching(/^n8n for m3ter: /) }]);
		expect(endpoints()[0].enabled_events).toHaveLength(16);
		const [{ id }] = endpoints();
		const { username, password } = trigger.staticData;
		expect(chargebee.state.basicAuth.get(id)).toEqual({ username, password });
		expect(await trigger.delete()).toBe(true);
		expect(endpoints()).toEqual([]);
		expect(trigger.staticData).toEqual({});
	});

	test('again changes nothing; with other events, or when it was disabled, the endpoint is mended in place', async () => {
		const first = chargebeeTrigger(chargebee);
		await activate(first);
		const [{ id }] = endpoints();
		await activate(chargebeeTrigger(chargebee, {}, { staticData: first.staticData }));
		expect(writes()).toEqual(['/webhook_endpoints']);
		endpoints()[0].disabled = true;
		await activate(chargebeeTrigger(chargebee, { events: ['subscription_cancelled'] }, { staticData: first.staticData }));
		expect(writes()).toEqual(['/webhook_endpoints', `/webhook_endpoints/${id}`]);
		expect(endpoints()).toMatchObject([{ id, disabled: false, enabled_events: ['subscription_cancelled', 'subscription_canceled_with_backdating'] }]);
		expect(chargebee.state.basicAuth.get(id)?.password).toBe(first.staticData.password);
	});

	test('takes over an endpoint for the same URL when its password was forgotten, and leaves others alone', async () => {
		const first = chargebeeTrigger(chargebee);
		await activate(first);
		await foreign('https://other.example.com/hook');
		const [{ id }] = endpoints();
		const second = chargebeeTrigger(chargebee);
		await activate(second);
		expect(endpoints()).toHaveLength(2);
		expect(second.staticData).toMatchObject({ endpointId: id });
		expect(chargebee.state.basicAuth.get(id)?.password).toBe(second.staticData.password);
		expect(second.staticData.password).not.toBe(first.staticData.password);
	});

	test('under another address of n8n moves the endpoint: the old one takes none of the five places', async () => {
		const first = chargebeeTrigger(chargebee, {}, { baseUrl: 'https://old.example.com' });
		await activate(first);
		await foreign('https://other.example.com/hook');
		const moved = chargebeeTrigger(chargebee, {}, { staticData: first.staticData });
		await activate(moved);
		expect(endpoints().map(({ url }) => url)).toEqual(['https://other.example.com/hook', moved.url]);
		expect(moved.staticData.endpointId).toBe(endpoints()[1].id);
	});

	test('registers anew when somebody deleted the endpoint', async () => {
		const first = chargebeeTrigger(chargebee);
		await activate(first);
		chargebee.state.webhookEndpoints.clear();
		await activate(chargebeeTrigger(chargebee, {}, { staticData: first.staticData }));
		expect(endpoints()).toHaveLength(1);
	});
});

describe('what stands in the way is said in words', () => {
	test('five endpoints', async () => {
		for (let count = 0; count < 5; count++) await foreign(`https://other.example.com/${count}`);
		await expect(activate(chargebeeTrigger(chargebee))).rejects.toMatchObject({ message: 'Chargebee did not register the webhook endpoint', description: expect.stringMatching(/room for five.*Settings > Configure Chargebee > Webhooks/) });
	});

	test('an address Chargebee does not call', async () => {
		const refusal = { status: 400, body: { message: 'url : may only use the ports 80, 443, 8080 and 8443', api_error_code: 'param_wrong_value', param: 'url' } };
		chargebee.addFault({ method: 'POST', kind: 'status', ...refusal });
		await expect(activate(chargebeeTrigger(chargebee))).rejects.toMatchObject({ description: expect.stringMatching(/80, 443, 8080 and 8443 only.*WEBHOOK_URL/) });
	});

	test('a key that may not write', async () => {
		await expect(activate(chargebeeTrigger(chargebee, {}, { credentials: chargebeeCredentials(chargebee, READ_ONLY_KEY) }))).rejects.toMatchObject({ message: 'Chargebee did not register the webhook endpoint', httpCode: '403' });
	});
});

test('deactivating works without Chargebee, and says what is left over', async () => {
	const trigger = chargebeeTrigger(chargebee);
	await activate(trigger);
	const log = warnings(trigger);
	chargebee.addFault({ kind: 'refuse', times: Infinity });
	expect(await trigger.delete()).toBe(true);
	expect(log).toEqual([expect.stringContaining('could not be removed')]);
});

test('a trigger without a password takes nothing', async () => {
	const trigger = chargebeeTrigger(chargebee);
	warnings(trigger);
	expect(await trigger.receive({ body: {}, headers: { Authorization: `Basic ${Buffer.from(':').toString('base64')}` } })).toMatchObject({ status: 401, items: undefined });
});
