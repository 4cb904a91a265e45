import type { NodeApiError } from 'n8n-workflow';

import { M3terBillApprovedTrigger } from '../../nodes/M3ter/BillApprovedTrigger/M3terBillApprovedTrigger.node';
import { M3terTrigger } from '../../nodes/M3ter/Trigger/M3terTrigger.node';
import { startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import { loadOptions, type TriggerOptions } from './harness';
import { activate, counts, credentialsFor, registered, tokenOf, triggerOf, writes } from './m3ter-trigger-setup';

let sandbox: M3terSandbox;

beforeAll(async () => {
	sandbox = await startM3terSandbox();
});
beforeEach(() => sandbox.reset());
afterEach(() => expect(sandbox.violations).toEqual([]));
afterAll(async () => await sandbox.close());

const NONE = { webhooks: 0, rules: 0, configs: 0 };
const ONE = { webhooks: 1, rules: 1, configs: 1 };
const APPROVED = '(new.status == "APPROVED") AND ((old.status != "APPROVED") OR (old.status == null))';
const PRODUCTS = ['configuration.product.created', 'configuration.product.updated'];

const billTrigger = (options?: Partial<TriggerOptions>, when = 'approved') => triggerOf(sandbox, new M3terBillApprovedTrigger(), { when }, options);
const eventTrigger = (events: string[], calculation = '', options?: Partial<TriggerOptions>) =>
	triggerOf(sandbox, new M3terTrigger(), { events, calculation }, options);

describe('registering', () => {
	test('makes a webhook, a rule and the link between them', async () => {
		const trigger = billTrigger();
		await activate(trigger);

		const { webhooks, rules, configs } = registered(sandbox);
		expect(counts(sandbox)).toEqual(ONE);
		expect(new URL(webhooks[0].url)).toMatchObject({ origin: 'https://n8n.example.com', pathname: new URL(trigger.url).pathname });
		expect(tokenOf(sandbox)).toMatch(/^[\w-]{32}$/);
		expect(webhooks[0]).toMatchObject({ code: expect.stringMatching(/^n8n_[0-9a-f]{20}$/), active: true });
		expect(rules[0]).toMatchObject({ eventName: 'billing.bill.updated', calculation: APPROVED, alwaysFireEvent: false, active: true });
		expect(rules[0].code).toMatch(/^n8n_[0-9a-f]{20}$/);
		expect(configs[0]).toMatchObject({ entityType: 'Notification', entityId: rules[0].id, destination: 'Webhook', destinationId: webhooks[0].id });
	});

	test('every registration has its own secrets', async () => {
		const first = billTrigger();
		await activate(first);
		const [{ credentials: before }] = registered(sandbox).webhooks;
		const token = tokenOf(sandbox);
		await first.delete();
		await activate(billTrigger());
		const [{ credentials: after }] = registered(sandbox).webhooks;
		expect([after.secret, after.apiKey, tokenOf(sandbox)]).not.toContain(before.secret);
		expect(after.apiKey).not.toBe(before.apiKey);
		expect(tokenOf(sandbox)).not.toBe(token);
		expect(after.secret.length).toBeGreaterThanOrEqual(32);
	});

	test('one rule and link per event type, one webhook for all', async () => {
		await activate(eventTrigger(PRODUCTS));
		const { rules } = registered(sandbox);
		expect(counts(sandbox)).toEqual({ webhooks: 1, rules: 2, configs: 2 });
		expect(rules.map(({ eventName }) => eventName).sort()).toEqual(PRODUCTS);
		expect(rules.every(({ alwaysFireEvent, calculation }) => alwaysFireEvent === true && calculation === undefined)).toBe(true);
	});

	test('every generation listens to new and to changed bills', async () => {
		await activate(billTrigger({}, 'everyGeneration'));
		expect(registered(sandbox).rules.map(({ eventName }) => eventName)).toEqual(['billing.bill.created', 'billing.bill.updated']);
		expect(registered(sandbox).rules[1].calculation).toContain('lastCalculatedDate');
	});

	test('a mode whose calculation this organization does not understand gets a rule for every update', async () => {
		sandbox.addFault({ kind: 'status', status: 200, body: { success: false, errorMessage: 'Unknown field new.locked' }, path: '/notifications/evaluate', times: 2 });
		await activate(billTrigger({}, 'locked'));
		expect(registered(sandbox).rules[0]).toMatchObject({ alwaysFireEvent: true });
	});

	test('a calculation m3ter does not understand is refused before anything is made', async () => {
		const error: NodeApiError = await eventTrigger(['configuration.product.updated'], 'new.nmae == "x"').create().then(fail, (thrown) => thrown as NodeApiError);
		expect(error.message).toContain("'Calculation'");
		expect(error.description).toMatch(/new\.nmae.*new\.code.*new\.name/s);
		expect(writes(sandbox)).toEqual([]);
	});

	test('no event chosen', async () => {
		await expect(eventTrigger([]).checkExists()).rejects.toThrow('No event is chosen');
	});

	test('an address m3ter cannot reach is explained, without the token', async () => {
		const host = { message: 'The host of https://n8n.example.com/webhook?token=abcdefgh cannot be resolved' };
		sandbox.addFault({ kind: 'status', status: 400, body: host, method: 'POST', path: '/integrationdestinations/webhooks' });
		const error: NodeApiError = await billTrigger().create().then(fail, (thrown) => thrown as NodeApiError);
		expect(error.message).toBe('m3ter cannot reach this n8n');
		expect(error.description).toMatch(/WEBHOOK_URL.*N8N_WEBHOOK_URL/);
		expect(error.description).not.toContain('abcdefgh');
	});

	test('the test URL has a registration of its own', async () => {
		const live = billTrigger();
		await activate(live);
		const testing = billTrigger({ isTest: true, mode: 'manual' });
		await activate(testing);
		expect(counts(sandbox)).toEqual({ webhooks: 2, rules: 2, configs: 2 });
		expect(new Set(registered(sandbox).webhooks.map(({ code }) => code)).size).toBe(2);

		await testing.delete();
		expect(counts(sandbox)).toEqual(ONE);
		expect(await live.checkExists()).toBe(true);
	});

	test('the drop-down offers what the organization has', async () => {
		sandbox.seed();
		const events = await loadOptions({ node: new M3terTrigger(), credentials: credentialsFor(sandbox), method: 'getEventTypes' });
		expect(events).toContainEqual({ name: 'billing.bill.updated', value: 'billing.bill.updated' });
		const currencies = await loadOptions({ node: new M3terBillApprovedTrigger(), credentials: credentialsFor(sandbox), method: 'getCurrencies' });
		expect(currencies.map(({ value }) => value)).toEqual(['EUR', 'GBP', 'JPY', 'USD']);
	});
});

describe('a later activation', () => {
	test('finds its registration and writes nothing', async () => {
		const trigger = billTrigger();
		await activate(trigger);
		sandbox.requests.length = 0;
		expect(await trigger.checkExists()).toBe(true);
		expect(writes(sandbox)).toEqual([]);
		expect(sandbox.requests.filter(({ path }) => !path.endsWith('/token')).length).toBeLessThanOrEqual(4);
	});

	test.each(['renamed', 'without static data'])('%s: takes the registration and its token over', async (how) => {
		await activate(billTrigger());
		const token = tokenOf(sandbox);
		sandbox.requests.length = 0;
		const again = billTrigger(how === 'renamed' ? { name: 'Bills of this month' } : {});
		expect(await again.checkExists()).toBe(true);
		expect(writes(sandbox)).toEqual([]);
		expect(again.staticData).toMatchObject({ token, webhookId: registered(sandbox).webhooks[0].id });
	});

	test('puts a new calculation in place', async () => {
		const first = eventTrigger(PRODUCTS, 'new.name == "a"');
		await activate(first);
		const again = eventTrigger(PRODUCTS, 'new.name == "b"', { staticData: first.staticData });
		sandbox.requests.length = 0;
		expect(await again.checkExists()).toBe(true);
		expect(writes(sandbox).map((line) => line.split('/')[0])).toEqual(['PUT ', 'PUT ']);
		expect(registered(sandbox).rules.map(({ calculation, version }) => ({ calculation, version }))).toEqual(Array(2).fill({ calculation: 'new.name == "b"', version: 2 }));
		expect(await eventTrigger(PRODUCTS, '', { staticData: first.staticData }).checkExists()).toBe(true);
		expect(registered(sandbox).rules.map(({ calculation, alwaysFireEvent }) => ({ calculation, alwaysFireEvent }))).toEqual(
			Array(2).fill({ calculation: undefined, alwaysFireEvent: true }),
		);
	});

	test('moves the registration to a new address of n8n', async () => {
		const trigger = billTrigger();
		await activate(trigger);
		const [webhook] = registered(sandbox).webhooks;
		const url = webhook.url;
		Object.assign(webhook, { url: url.replace('n8n.example.com', 'old.example.com'), code: 'n8n_of_the_old_address' });
		expect(await trigger.checkExists()).toBe(true);
		expect(registered(sandbox).webhooks[0]).toMatchObject({ id: webhook.id, url, version: 2 });
		expect(registered(sandbox).webhooks[0].code).not.toBe('n8n_of_the_old_address');
	});

	test('switches on again what m3ter or a person switched off', async () => {
		const trigger = billTrigger();
		await activate(trigger);
		const { webhooks, rules, configs } = registered(sandbox);
		webhooks[0].active = false;
		rules[0].active = false;
		configs[0].enabled = false;
		expect(await trigger.checkExists()).toBe(true);
		const now = registered(sandbox);
		expect([now.webhooks[0].active, now.rules[0].active, now.configs[0].enabled]).toEqual([true, true, true]);
		expect(counts(sandbox)).toEqual(ONE);
	});

	test.each(['webhooks', 'notifications', 'integrationConfigs'] as const)('%s gone: sweeps the rest and reports false, then registers anew', async (part) => {
		for (const staticData of ['kept', 'lost']) {
			const trigger = billTrigger();
			await activate(trigger);
			sandbox.state[part].clear();
			const again = billTrigger(staticData === 'kept' ? { staticData: trigger.staticData } : {});
			expect(await again.checkExists()).toBe(false);
			expect(counts(sandbox)).toEqual(NONE);
			await again.create();
			expect(counts(sandbox)).toEqual(ONE);
			await again.delete();
		}
	});

	test('an event less: its rule and link go, the others stay', async () => {
		const first = eventTrigger(PRODUCTS);
		await activate(first);
		const [kept] = registered(sandbox).rules;
		expect(await eventTrigger([kept.eventName], '').checkExists()).toBe(true);
		expect(registered(sandbox).rules).toEqual([kept]);
		expect(counts(sandbox)).toEqual(ONE);
	});

	test('an event more: registers anew without leaving anything behind', async () => {
		await activate(eventTrigger(PRODUCTS.slice(0, 1)));
		await activate(eventTrigger(PRODUCTS));
		expect(counts(sandbox)).toEqual({ webhooks: 1, rules: 2, configs: 2 });
	});

	test("leaves a rule alone that a person linked to this trigger's webhook", async () => {
		const trigger = billTrigger();
		await activate(trigger);
		const { webhooks, rules, configs } = registered(sandbox);
		const theirs = { ...rules[0], id: '00000000-0000-4000-8000-00000000000a', code: 'finance_rule' };
		sandbox.state.notifications.set(theirs.id, theirs);
		const link = { ...configs[0], id: '00000000-0000-4000-8000-00000000000b', entityId: theirs.id, destinationId: webhooks[0].id };
		sandbox.state.integrationConfigs.set(link.id, link);
		expect(await billTrigger().checkExists()).toBe(true);
		expect(counts(sandbox)).toEqual({ webhooks: 1, rules: 2, configs: 2 });
		await trigger.delete();
		expect(registered(sandbox).rules).toEqual([theirs]);
	});

	test.each([403, 400])('an unclear answer (%i) is no absence: it surfaces and nothing is touched', async (status) => {
		const trigger = billTrigger();
		await activate(trigger);
		sandbox.requests.length = 0;
		sandbox.addFault({ kind: 'status', status, method: 'GET', path: '/integrationdestinations/webhooks/:id', times: Infinity });
		await expect(trigger.checkExists()).rejects.toThrow(/m3ter refused/);
		expect(writes(sandbox)).toEqual([]);
		expect(counts(sandbox)).toEqual(ONE);
	});
});

describe('a step of the registration fails', () => {
	const steps = [
		['the webhook', '/integrationdestinations/webhooks', 0],
		['the first rule', '/notifications/configurations', 0],
		['the first link', '/integrationconfigs', 0],
		['the second rule', '/notifications/configurations', 1],
		['the second link', '/integrationconfigs', 1],
	] as const;
	const cases = steps.flatMap(([step, path, after]) => (['lost', 'status'] as const).map((kind) => [step, kind, path, after] as const));

	test.each([...cases, ['the first rule', 'refuse', '/notifications/configurations', 0] as const, ['the first link', 'html', '/integrationconfigs', 0] as const])('%s (%s): nothing is left, the next try succeeds', async (_step, kind, path, after) => {
		const trigger = eventTrigger(PRODUCTS);
		expect(await trigger.checkExists()).toBe(false);
		sandbox.addFault({ kind, method: 'POST', path, after });
		await expect(trigger.create()).rejects.toThrow(/m3ter/);
		expect(counts(sandbox)).toEqual(NONE);
		// n8n calls delete after a failed create.
		expect(await trigger.delete()).toBe(true);

		await activate(trigger);
		expect(counts(sandbox)).toEqual({ webhooks: 1, rules: 2, configs: 2 });
	});

	test('undone in reverse order', async () => {
		sandbox.addFault({ kind: 'status', status: 500, method: 'POST', path: '/integrationconfigs', after: 1 });
		await expect(eventTrigger(PRODUCTS).create()).rejects.toThrow();
		const deleted = writes(sandbox).filter((line) => line.startsWith('DELETE')).map((line) => line.split('/')[1]);
		expect(deleted).toEqual(['integrationconfigs', 'notifications', 'notifications', 'integrationdestinations']);
	});

	test('what could not be undone is swept by the next activation', async () => {
		const trigger = billTrigger();
		sandbox.addFault({ kind: 'status', status: 400, method: 'POST', path: '/integrationconfigs' });
		sandbox.addFault({ kind: 'status', status: 400, method: 'DELETE', times: 2 });
		const error: NodeApiError = await trigger.create().then(fail, (thrown) => thrown as NodeApiError);
		expect(error.description).toMatch(/left in m3ter \(codes n8n_/);
		expect(counts(sandbox)).toEqual({ webhooks: 1, rules: 1, configs: 0 });

		await activate(trigger);
		expect(counts(sandbox)).toEqual(ONE);
	});
});

describe('deactivating', () => {
	test('removes the link, then the rule, then the webhook', async () => {
		const trigger = billTrigger();
		await activate(trigger);
		sandbox.requests.length = 0;
		expect(await trigger.delete()).toBe(true);
		expect(counts(sandbox)).toEqual(NONE);
		expect(writes(sandbox).map((line) => line.split('/')[1])).toEqual(['integrationconfigs', 'notifications', 'integrationdestinations']);
		expect(JSON.stringify(trigger.staticData)).not.toContain('token');
	});

	test('renamed or without static data: finds everything by its code', async () => {
		await activate(eventTrigger(PRODUCTS));
		expect(await eventTrigger(PRODUCTS, '', { name: 'Renamed' }).delete()).toBe(true);
		expect(counts(sandbox)).toEqual(NONE);
	});

	test('is content when everything is gone already', async () => {
		const trigger = billTrigger();
		await activate(trigger);
		sandbox.reset();
		expect(await trigger.delete()).toBe(true);
		expect(await trigger.delete()).toBe(true);
	});

	test('goes on when one part cannot be deleted', async () => {
		const trigger = billTrigger();
		await activate(trigger);
		sandbox.addFault({ kind: 'status', status: 400, method: 'DELETE', path: '/integrationconfigs/:id' });
		expect(await trigger.delete()).toBe(true);
		expect(counts(sandbox)).toEqual({ webhooks: 0, rules: 0, configs: 1 });
	});

	test('succeeds with m3ter down; the next activation takes over what is left', async () => {
		const trigger = billTrigger();
		await activate(trigger);
		sandbox.addFault({ kind: 'refuse', times: Infinity });
		expect(await trigger.delete()).toBe(true);
		sandbox.clearFaults();
		expect(counts(sandbox)).toEqual(ONE);
		expect(await trigger.checkExists()).toBe(true);
		expect(counts(sandbox)).toEqual(ONE);
	});
});

const fail = (value: unknown): never => {
	throw new Error(`Expected a rejection, got ${JSON.stringify(value)}`);
};
