/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import type { INodeParameters } from 'n8n-workflow';

import { M3terBillApprovedTrigger } from '../../nodes/M3ter/BillApprovedTrigger/M3terBillApprovedTrigger.node';
import { M3terTrigger } from '../../nodes/M3ter/Trigger/M3terTrigger.node';
import { startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import type { Trigger, TriggerOptions } from './harness';
import { activate, addAccount, connect, counts, registered, tokenOf, triggerOf } from './m3ter-trigger-setup';
import { differences, readSchema } from './outputSchema';

let sandbox: M3terSandbox;

beforeAll(async () => {
	sandbox = await startM3terSandbox({ webhook: { attempts: 2, backoffMs: 1 } });
});
beforeEach(() => {
	sandbox.reset();
	Object.assign(sandbox.settings.webhook, { body: 'event', copies: 1 });
});
afterEach(() => {
	jest.restoreAllMocks();
	expect(sandbox.violations).toEqual([]);
});
afterAll(async () => await sandbox.close());

const LINES = [{ description: 'Base fee', amount: 20 }, { description: 'API requests', amount: 98.4 }];

const bills = (parameters: INodeParameters = {}, options?: Partial<TriggerOptions>) => triggerOf(sandbox, new M3terBillApprovedTrigger(), parameters, options);
const events = (names: string[], options?: Partial<TriggerOptions>) => triggerOf(sandbox, new M3terTrigger(), { events: names }, options);

/** An active trigger that the sandbox delivers to, and a bill to work with. */
async function listening(parameters: INodeParameters = {}) {
	const account = addAccount(sandbox, { name: 'Globex', code: 'globex', customFields: { invoicing: 'stripe' } });
	const trigger = bills(parameters);
	await activate(trigger);
	const received = connect(trigger);
	const bill = () => sandbox.createBill({ accountId: account.id, currency: 'EUR', lines: LINES });
	const items = async () => {
		await sandbox.settled();
		return received.flatMap((delivery) => delivery.items ?? []).map(({ json }) => json);
	};
	return { account, trigger, received, bill, items };
}

const deliver = async (trigger: Trigger, body: string | object) => await trigger.receive({ body, query: { token: tokenOf(sandbox) } });

/** The events of a bill in the order they happened. */
const eventsOf = (billId: string) =>
	[...sandbox.state.events.values()].filter(({ m3terEvent }) => (m3terEvent.eventData.newDto as { id?: string } | undefined)?.id === billId);

describe('the m3ter Bill Approved Trigger', () => {
	test.each(['event', 'minimal', 'entity'] as const)('emits the whole bill with its account (body: %s)', async (body) => {
		sandbox.settings.webhook.body = body;
		const { account, bill, received, items } = await listening();
		const { id } = bill();
		sandbox.approveBill(id);

		const [item] = await items();
		expect(item).toMatchObject({ id, status: 'APPROVED', version: 2, billTotal: 118.4, currency: 'EUR', account: { id: account.id, code: 'globex', name: 'Globex' } });
		expect(item.lineItems).toMatchObject([{ description: 'Base fee', convertedSubtotal: 20 }, { description: 'API requests', convertedSubtotal: 98.4 }]);
		expect(received.map(({ status }) => status)).toEqual([200]);
		const { apiKey, secret } = registered(sandbox).webhooks[0].credentials;
		for (const hidden of [apiKey, secret, tokenOf(sandbox)]) expect(JSON.stringify(item)).not.toContain(hidden);
	});

	test('emits a bill that is too large for one answer of m3ter', async () => {
		const { account, items } = await listening();
		const { id } = sandbox.createBill({ accountId: account.id, lines: Array.from({ length: 130 }, (_line, index) => ({ amount: index })) });
		sandbox.settings.billLinesPerAnswer = 100;
		sandbox.approveBill(id);
		const [item] = await items();
		sandbox.settings.billLinesPerAnswer = Infinity;
		expect(item).toMatchObject({ id, childAccountsOmitted: true });
		expect(item.lineItems).toHaveLength(130);
	});

	test('emits what m3ter has, not what was posted', async () => {
		const { bill, trigger } = await listening();
		const { id } = bill();
		sandbox.approveBill(id);
		const { items } = await deliver(trigger, { id, status: 'APPROVED', billTotal: 1, accountId: 'someone-else', lineItems: [] });
		expect(items?.[0].json).toMatchObject({ id, billTotal: 118.4, account: { code: 'globex' } });
	});

	test('a bill that was recalculated since its approval is not emitted', async () => {
		const { bill, trigger, received } = await listening();
		const { id } = bill();
		sandbox.approveBill(id);
		await sandbox.settled();
		sandbox.changeBill(id);
		await sandbox.settled();
		expect(received).toHaveLength(1);
		trigger.forgetDeliveries();
		expect(await deliver(trigger, eventsOf(id)[1])).toMatchObject({ status: 200, items: undefined });
	});

	test('a bill delivered twice is emitted once; approved again after a change it is emitted again', async () => {
		sandbox.settings.webhook.copies = 2;
		const { bill, trigger, items } = await listening();
		const { id } = bill();
		sandbox.approveBill(id);
		await sandbox.settled();
		expect(await deliver(trigger, eventsOf(id)[1])).toMatchObject({ status: 200, items: undefined });

		sandbox.changeBill(id, { lines: [{ amount: 120 }] });
		sandbox.approveBill(id);
		const emitted = await items();
		expect(new Set(emitted.map(({ billTotal, version }) => `${String(version)}: ${String(billTotal)}`))).toEqual(new Set(['2: 118.4', '4: 120']));
		expect(emitted.length).toBeLessThanOrEqual(4);
	});

	test('a repetition that comes after the first was handled is dropped, by event and by state of the bill', async () => {
		const { bill, trigger } = await listening();
		const { id } = bill();
		sandbox.approveBill(id);
		await sandbox.settled();
		trigger.forgetDeliveries();
		const [, approval] = eventsOf(id);
		expect((await deliver(trigger, approval)).items).toHaveLength(1);
		expect((await deliver(trigger, { eventId: approval.id })).items).toBeUndefined();
		expect((await deliver(trigger, { billId: id })).items).toBeUndefined();
	});

	test('approvals that arrive in the wrong order give the last state, once', async () => {
		const { bill, trigger } = await listening();
		jest.restoreAllMocks();
		jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(null));
		const { id } = bill();
		sandbox.approveBill(id);
		sandbox.changeBill(id, { lines: [{ amount: 120 }] });
		sandbox.approveBill(id);
		const [, first, , second] = eventsOf(id);
		const received = [await deliver(trigger, second), await deliver(trigger, first)];
		expect(received.map(({ items }) => items?.map(({ json }) => json.billTotal))).toEqual([[120], undefined]);
	});

	test('locked: only once it is locked', async () => {
		const { bill, items } = await listening({ when: 'locked' });
		const { id } = bill();
		sandbox.approveBill(id);
		expect(await items()).toEqual([]);
		sandbox.lockBill(id);
		expect(await items()).toMatchObject([{ id, locked: true, status: 'APPROVED' }]);
	});

	test('every generation: new, recalculated, approved', async () => {
		const { bill, items } = await listening({ when: 'everyGeneration' });
		const { id } = bill();
		await sandbox.settled();
		sandbox.changeBill(id, { lines: [{ amount: 120 }] });
		await sandbox.settled();
		sandbox.approveBill(id);
		expect((await items()).map(({ status, billTotal }) => [status, billTotal])).toEqual([['PENDING', 118.4], ['PENDING', 120], ['APPROVED', 120]]);
	});

	test('filters as a workflow stores them', async () => {
		const accounts = { account: [{ id: { __rl: true, mode: 'code', value: 'globex' } }] };
		const customFields = { field: [{ name: 'invoicing', value: 'stripe' }] };
		const filters = { currencies: ['EUR'], minimumTotal: 118.4, billingFrequencies: ['MONTHLY'], customFields };
		const { bill, items, account } = await listening({ accountRule: 'only', accounts, filters });
		const { id } = bill();
		sandbox.approveBill(id);
		sandbox.approveBill(sandbox.createBill({ accountId: account.id, currency: 'USD', lines: LINES }).id);
		sandbox.approveBill(sandbox.createBill({ accountId: addAccount(sandbox, { code: 'initech' }).id, currency: 'EUR', lines: LINES }).id);
		expect((await items()).map((item) => item.id)).toEqual([id]);
	});
});

describe('output schemas', () => {
	test('of the m3ter Bill Approved Trigger name what comes out, which is what m3ter Bill > Get Many gives', async () => {
		const { account, items } = await listening();
		const fields = { purchaseOrderNumber: 'PO-1', currencyConversions: [{ from: 'USD', to: 'EUR', multiplier: 0.92 }] };
		const line = { productId: 'p', productName: 'API', productCode: 'api', childAccountId: 'c', segment: { region: 'eu' }, usagePerPricingBand: [{ pricingBandId: 'b', lowerLimit: 0, unitPrice: 0.5 }] };
		const { id } = sandbox.createBill({ accountId: account.id, lines: [{ amount: 1.5, ...line }], ...fields });
		sandbox.approveBill(id);
		const schema = readSchema('M3ter/BillApprovedTrigger/__schema__/v1.0.0.json');
		expect(differences((await items())[0], schema)).toEqual([]);
		expect(schema).toEqual(readSchema('M3ter/Bill/__schema__/v1.0.0/bill/getAll.json'));
	});

	test('of the m3ter Trigger name what comes out', async () => {
		const trigger = events(['billing.bill.updated']);
		await activate(trigger);
		const received = connect(trigger);
		sandbox.approveBill(sandbox.createBill({ accountId: addAccount(sandbox).id, lines: LINES }).id);
		await sandbox.settled();
		const output = received[0].items?.[0].json;
		const schema = readSchema('M3ter/Trigger/__schema__/v1.0.0.json');
		expect(differences(output, schema)).toEqual([]);
		expect(Object.keys(schema.properties ?? {}).sort()).toEqual(Object.keys(output ?? {}).sort());
	});
});

describe('the guard', () => {
	test('no token, or a wrong one: 401 without a word, no execution, no request to m3ter', async () => {
		const { bill, trigger } = await listening();
		sandbox.approveBill(bill().id);
		await sandbox.settled();
		sandbox.requests.length = 0;
		const { id } = [...sandbox.state.events.values()][1];
		const right = tokenOf(sandbox);
		const queries = [{}, { token: '' }, { token: 'abc' }, { token: 'A'.repeat(32) }, { token: `${right}A` }, { token: right.slice(1) }];
		for (const query of queries as Array<Record<string, string>>) {
			expect(await trigger.receive({ body: { eventId: id }, query })).toEqual({ status: 401, body: undefined, items: undefined });
		}
		expect(sandbox.requests).toEqual([]);
	});

	test('a token given twice is refused', async () => {
		const { trigger } = await listening();
		const token = [tokenOf(sandbox), tokenOf(sandbox)] as unknown as string;
		expect(await trigger.receive({ body: {}, query: { token } })).toMatchObject({ status: 401 });
	});

	test('a node that was renamed or lost its memory reads the token from its destination, once', async () => {
		const { bill } = await listening();
		const { id } = bill();
		sandbox.approveBill(id);
		await sandbox.settled();
		const forgetful = bills({}, { name: 'Renamed' });
		sandbox.requests.length = 0;
		expect(await forgetful.receive({ body: {}, query: { token: 'A'.repeat(32) } })).toMatchObject({ status: 401 });
		expect((await deliver(forgetful, { billId: id })).items).toHaveLength(1);
		expect(sandbox.requests.filter(({ path }) => path.includes('integrationdestinations'))).toHaveLength(1);
	});

	test('no registration at all: 401', async () => {
		expect(await bills().receive({ body: { billId: 'x' }, query: { token: 'A'.repeat(32) } })).toMatchObject({ status: 401 });
	});

	test('a body without anything to go by: 200, no execution', async () => {
		const { trigger } = await listening();
		const unknown = 'e7d0b0d2-5d3a-4f4e-9a11-2d5a6f7b8c90';
		const bodies = ['', 'hello', '{"eventId": "e7', {}, [], { id: 7, eventId: { a: 1 } }, { eventId: '../accounts' }, { eventId: unknown }, { id: unknown, status: 'APPROVED' }];
		for (const body of bodies) expect(await deliver(trigger, body)).toEqual({ status: 200, body: undefined, items: undefined });
	});
});

describe('m3ter cannot be read', () => {
	test('for the moment: asks for the delivery again, and emits then', async () => {
		const { bill, received, items } = await listening();
		const { id } = bill();
		sandbox.addFault({ kind: 'status', status: 503, method: 'GET', path: '/bills', times: 4 });
		sandbox.approveBill(id);
		expect(await items()).toMatchObject([{ id }]);
		expect(received.map(({ status }) => status)).toEqual([503, 200]);
		expect(received[0]).toMatchObject({ body: undefined, items: undefined });
		expect(counts(sandbox)).toEqual({ webhooks: 1, rules: 1, configs: 1 });
	});

	test('in time: asks for the delivery again', async () => {
		const { bill, trigger } = await listening();
		const { id } = bill();
		const timeout = AbortSignal.timeout.bind(AbortSignal);
		jest.spyOn(AbortSignal, 'timeout').mockImplementationOnce(() => timeout(50));
		sandbox.addFault({ kind: 'delay', ms: 500, method: 'GET', path: '/bills' });
		expect(await deliver(trigger, { billId: id })).toEqual({ status: 503, body: undefined, items: undefined });
	});

	test('because the service user may not: shows as a failed execution', async () => {
		const { bill, trigger } = await listening();
		const { id } = bill();
		sandbox.addFault({ kind: 'status', status: 403, body: { message: 'Forbidden' }, method: 'GET', path: '/bills', times: Infinity });
		await expect(deliver(trigger, { billId: id })).rejects.toThrow('m3ter refused access');
	});
});

describe('the m3ter Trigger', () => {
	async function listeningTo(names: string[]) {
		const seed = sandbox.seed();
		const trigger = events(names);
		await activate(trigger);
		return { seed, trigger, received: connect(trigger) };
	}

	const put = async (path: string, method = 'PUT', body?: object) => {
		const authorization = `Bearer ${[...sandbox.state.tokens.keys()][0]}`;
		const [url] = sandbox.requests.map((request) => request.path.match(/^\/organizations\/[^/]+/)?.[0]).filter(Boolean);
		const headers = { authorization, 'content-type': 'application/json' };
		const response = await fetch(`${sandbox.url}${url}${path}`, { method, headers, body: body && JSON.stringify(body) });
		expect(response.status).toBe(200);
		await sandbox.settled();
	};

	test.each(['event', 'minimal', 'entity'] as const)('emits the event and the entity as it is now (body: %s)', async (body) => {
		sandbox.settings.webhook.body = body;
		const { seed, received } = await listeningTo(['configuration.product.updated', 'configuration.product.deleted']);
		await put(`/products/${seed.product.id}`, 'PUT', { name: 'Renamed API', code: 'acme_api', version: 1 });
		expect(received).toHaveLength(1);
		expect(received[0].items?.[0].json).toMatchObject({
			eventName: 'configuration.product.updated',
			entityId: seed.product.id,
			entity: { id: seed.product.id, name: 'Renamed API', version: 2 },
			before: { name: 'Acme API' },
			after: { name: 'Renamed API' },
		});
	});

	test('finds each of many events that happened at once, although the requests name only the entities', async () => {
		sandbox.settings.webhook.body = 'entity';
		sandbox.seed();
		const trigger = events(['configuration.product.deleted', 'configuration.product.created']);
		await activate(trigger);
		const sent: string[] = [];
		const network = globalThis.fetch;
		jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
			if (new URL(String(input)).hostname !== 'n8n.example.com') return await network(input, init);
			sent.push(String(init?.body));
			return new Response(null);
		});
		for (let index = 0; index < 250; index++) await put('/products', 'POST', { name: `Product ${index}`, code: `p${index}` });
		jest.restoreAllMocks();

		for (const index of [0, 100, 249]) {
			const [item] = (await deliver(trigger, sent[index])).items ?? [];
			expect(item.json).toMatchObject({ eventName: 'configuration.product.created', entity: { code: `p${index}` } });
		}
	}, 60_000);

	test('a deleted entity is emitted as it was', async () => {
		const { received } = await listeningTo(['configuration.product.deleted']);
		await put('/products', 'POST', { name: 'Short-lived', code: 'short' });
		const short = [...sandbox.state.products.values()].find(({ code }) => code === 'short');
		await put(`/products/${String(short?.id)}`, 'DELETE');
		expect(received[0].items?.[0].json).toMatchObject({ eventName: 'configuration.product.deleted', entityId: short?.id, entity: null, after: null, before: { code: 'short' } });
	});

	test('an event delivered again is emitted once', async () => {
		const { seed, trigger, received } = await listeningTo(['configuration.product.updated']);
		await put(`/products/${seed.product.id}`, 'PUT', { name: 'Renamed API', code: 'acme_api', version: 1 });
		expect(received[0].items).toHaveLength(1);
		expect(await deliver(trigger, received[0].sent)).toEqual({ status: 200, body: undefined, items: undefined });
		expect(await deliver(trigger, { id: seed.product.id, code: 'acme_api' })).toEqual({ status: 200, body: undefined, items: undefined });
	});

	test('a bill event carries the bill with its lines', async () => {
		const account = addAccount(sandbox);
		const { received } = await listeningTo(['billing.bill.created']);
		const bill = sandbox.createBill({ accountId: account.id, lines: LINES });
		await sandbox.settled();
		expect(received[0].items?.[0].json).toMatchObject({ entityId: bill.id, entity: { billTotal: 118.4, lineItems: [{}, {}] } });
	});

	test('test mode: one event through the test URL', async () => {
		sandbox.seed();
		const trigger = events(['billing.bill.created'], { isTest: true, mode: 'manual' });
		await activate(trigger);
		const received = connect(trigger);
		sandbox.createBill({ accountId: addAccount(sandbox).id, lines: LINES });
		await sandbox.settled();
		expect(new URL(registered(sandbox).webhooks[0].url).pathname).toMatch(/^\/webhook-test\//);
		expect(received[0].items).toHaveLength(1);
		expect(await trigger.delete()).toBe(true);
		expect(counts(sandbox)).toEqual({ webhooks: 0, rules: 0, configs: 0 });
	});
});
