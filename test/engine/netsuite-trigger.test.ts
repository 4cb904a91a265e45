import type { INodeParameters } from 'n8n-workflow';
import type * as N8nWorkflow from 'n8n-workflow';

import { NetSuiteForM3ter } from '../../nodes/NetSuite/NetSuiteForM3ter.node';
import { NetSuiteForM3terPollingTrigger } from '../../nodes/NetSuite/NetSuiteForM3terPollingTrigger.node';
import { NetSuiteForM3terTrigger } from '../../nodes/NetSuite/NetSuiteForM3terTrigger.node';
import type { SubscriptionEvent } from '../../nodes/shared/subscriptionEvent';
import { CUSTOMER_ID, scriptSignature, SCRIPT_SECRET, startNetSuiteSandbox, type NetSuiteSandbox } from '../sandbox/netsuite';
import { runNode, Trigger } from './harness';
import { connect } from './m3ter-trigger-setup';
import { certificateCredential, ITEMS } from './netsuite-setup';

// Pauses between attempts are left out; the time within which a delivery is answered is not.
jest.mock('n8n-workflow', () => {
	const actual = jest.requireActual<typeof N8nWorkflow>('n8n-workflow');
	const longestPauseMs = 500;
	return { ...actual, sleep: async (ms: number) => (ms > longestPauseMs ? await actual.sleep(ms) : undefined) };
});

let netSuite: NetSuiteSandbox;

beforeAll(async () => {
	netSuite = await startNetSuiteSandbox();
});
beforeEach(() => {
	netSuite.reset();
	netSuite.clearFaults();
	netSuite.requests.length = 0;
});
afterEach(() => {
	jest.restoreAllMocks();
	expect(netSuite.violations).toEqual([]);
});
afterAll(async () => await netSuite.close());

const credentials = () => ({ netSuiteForM3terApi: certificateCredential(netSuite) });

const order = (fields: object = {}) =>
	netSuite.createSalesOrder({ record: { entity: { id: CUSTOMER_ID }, tranDate: '2026-10-01', otherRefNum: 'PO-1', item: { items: [{ item: { id: ITEMS.enterprise }, quantity: 2 }] }, ...fields } });

/** An active trigger the script in the sandbox posts to. */
function listening(parameters: INodeParameters = {}, script: object = {}) {
	const trigger = new Trigger({ node: new NetSuiteForM3terTrigger(), parameters, credentials: credentials() });
	const received = connect(trigger);
	netSuite.deployScript({ url: trigger.url, ...script });
	const log: string[] = [];
	jest.spyOn(trigger.logger, 'warn').mockImplementation((message) => void log.push(message));
	const emitted = async () => {
		await netSuite.settled();
		return received.flatMap(({ items = [] }) => items.map(({ json }) => json as unknown as SubscriptionEvent));
	};
	return { trigger, received, emitted, log };
}

describe('the script', () => {
	test('reports an order when it is entered, when it is approved, and when its terms change', async () => {
		const { emitted } = listening();
		const { id } = order();
		netSuite.approveSalesOrder({ id });
		await netSuite.settled();
		const [entered, approved] = await emitted();
		expect(entered).toMatchObject({ id: expect.stringMatching(`^salesorder-${id}-create-`), type: 'subscription.created', system: 'NetSuite' });
		expect(approved).toMatchObject({
			type: 'subscription.updated',
			customer: { id: CUSTOMER_ID, name: 'Example Ltd', email: 'billing@customer.example', currency: 'USD', purchaseOrderNumber: 'PO-1' },
			subscription: { id, status: 'active', startDate: '2026-10-01T00:00:00.000Z', items: [{ planRef: ITEMS.enterprise, planCode: 'ENTERPRISE', quantity: 2 }], metadata: { recordType: 'salesorder', number: expect.stringMatching(/^SO/) } },
		});
	});

	test('an order is pending until it is approved, unless the option says otherwise', async () => {
		const usual = listening();
		order();
		expect((await usual.emitted())[0].subscription?.status).toBe('pending');
		const eager = listening({ options: { soldWhen: 'created' } });
		order();
		expect((await eager.emitted())[0].subscription?.status).toBe('active');
	});

	test('estimates, customers, and the account code field', async () => {
		const { emitted } = listening({ events: ['estimate.create', 'customer.create'], options: { accountCodeField: 'custentity_m3ter_account' } });
		const customer = netSuite.createCustomer({ record: { companyName: 'New Ltd', subsidiary: { id: '1' }, email: 'ap@new.example', currency: { id: '4' }, custentity_m3ter_account: 'new-ltd' } });
		netSuite.createEstimate({ record: { entity: { id: customer.id }, startDate: '2026-11-01', endDate: '2027-10-31', item: { items: [{ item: { id: ITEMS.enterprise }, quantity: 1 }] } } });
		const [created, quoted] = await emitted();
		expect(created).toMatchObject({ type: 'customer.updated', customer: { id: customer.id, name: 'New Ltd', currency: 'EUR', accountCode: 'new-ltd' } });
		expect(quoted).toMatchObject({ type: 'subscription.created', subscription: { status: 'pending', startDate: '2026-11-01T00:00:00.000Z', endDate: '2027-11-01T00:00:00.000Z' } });
	});

	test.each([
		['signed with another secret', { wrongSecret: true }, 'signature mismatch'],
		['older than five minutes', { ageSeconds: 302 }, 'signature too old'],
	])('deliveries %s are refused and start nothing', async (_name, script, why) => {
		const { emitted, received, log } = listening({}, script);
		order();
		expect(await emitted()).toEqual([]);
		expect(received.map(({ status, body }) => [status, body])).toEqual([[401, '']]);
		expect(log).toEqual([`NetSuite event refused: ${why}`]);
		expect(netSuite.requests).toEqual([]);
	});

	test('a delivery in three copies starts the workflow once', async () => {
		const { emitted, received } = listening({}, { copies: 3 });
		order();
		expect(await emitted()).toHaveLength(1);
		expect(received.map(({ status }) => status)).toEqual([200, 200, 200]);
	});

	test('events that are not wanted, or of another account, start nothing', async () => {
		const { emitted, log } = listening({ events: ['customer.create'] });
		const { id } = order();
		expect(await emitted()).toEqual([]);
		const { trigger: orders, log: ordersLog } = listening();
		expect(await orders.receive(signed(id, { accountId: '7654321' }))).toMatchObject({ status: 200, items: undefined });
		expect(ordersLog).toEqual([expect.stringContaining('7654321')]);
		expect(log).toEqual([]);
	});

	test('answers 500 while NetSuite cannot be read, and takes the next delivery of the event', async () => {
		const { trigger, log } = listening();
		const { id } = order();
		await netSuite.settled();
		netSuite.addFault({ kind: 'status', status: 500, path: /salesOrder/, times: Infinity });
		const delivery = signed(id);
		expect(await trigger.receive(delivery)).toMatchObject({ status: 500, items: undefined });
		expect(log).toEqual([expect.stringContaining('NetSuite is not available')]);
		netSuite.clearFaults();
		expect((await trigger.receive(delivery)).items).toHaveLength(1);
	});

	test('does not keep the person who saves waiting: answers 503 in time, and takes the next delivery of the event', async () => {
		const { trigger, log } = listening();
		const { id } = order();
		await netSuite.settled();
		netSuite.addFault({ kind: 'delay', ms: 6000, path: /salesOrder/ });
		const delivery = signed(id);
		const start = Date.now();
		expect(await trigger.receive(delivery)).toMatchObject({ status: 503, items: undefined });
		expect(Date.now() - start).toBeLessThan(5000);
		expect(log).toEqual([expect.stringContaining('took too long')]);
		expect((await trigger.receive(delivery)).items).toHaveLength(1);
	});

	test('an order that is gone ends', async () => {
		const { trigger } = listening();
		const { id } = order();
		await netSuite.settled();
		netSuite.state.transactions.delete(id);
		const { items } = await trigger.receive(signed(id, { eventType: 'salesorder.delete' }));
		expect(items?.[0].json).toMatchObject({ type: 'subscription.ended', subscription: { id, status: 'ended', endDate: '2026-10-05T09:33:20.000Z', items: [] } });
	});

	test('a cancelled order does not end on its last day to come, nor a closed one after it', async () => {
		const { trigger } = listening();
		const ended = async (fields: object) => {
			const { id } = order(fields);
			await netSuite.settled();
			Object.assign(netSuite.state.transactions.get(id) ?? {}, { status: 'H' });
			const { items } = await trigger.receive(signed(id));
			return (items?.[0].json as unknown as SubscriptionEvent).subscription;
		};
		const [toCome, past, none] = [await ended({ startDate: '2020-01-01', endDate: '2099-12-31' }), await ended({ startDate: '2020-01-01', endDate: '2020-12-31' }), await ended({})];
		expect([toCome, past, none].map((subscription) => [subscription?.status, subscription?.endDate, subscription?.endUnknown])).toEqual([
			['ended', undefined, true],
			['ended', '2021-01-01T00:00:00.000Z', true],
			['ended', undefined, true],
		]);
	});

	test('cannot be activated without a secret', async () => {
		const trigger = new Trigger({ node: new NetSuiteForM3terTrigger(), credentials: { netSuiteForM3terApi: { ...certificateCredential(netSuite), scriptSecret: '' } } });
		await expect(trigger.checkExists()).rejects.toMatchObject({ message: 'The NetSuite credential has no script secret', description: expect.stringContaining('API Secrets') });
		expect(await listening().trigger.checkExists()).toBe(true);
	});
});

let deliveries = 0;

/** A delivery as the script makes it, of an event that was not sent before. */
function signed(recordId: string, fields: object = {}) {
	const body = JSON.stringify({ eventId: `salesorder-${recordId}-again-${++deliveries}`, eventType: 'salesorder.edit', accountId: '1234567_SB1', recordType: 'salesorder', recordId, externalId: null, entityId: CUSTOMER_ID, occurredAt: '2026-10-05T09:33:20.000Z', ...fields });
	const timestamp = String(Math.floor(Date.now() / 1000));
	return { body, headers: { 'X-M3ter-NS-Timestamp': timestamp, 'X-M3ter-NS-Signature': scriptSignature(SCRIPT_SECRET, timestamp, body) } };
}

describe('polling', () => {
	const poller = (parameters: INodeParameters = {}, options: object = {}) => new Trigger({ node: new NetSuiteForM3terPollingTrigger(), parameters, credentials: credentials(), ...options });
	const ids = (items: Awaited<ReturnType<Trigger['poll']>>) => (items ?? []).map(({ json }) => (json as unknown as SubscriptionEvent).subscription?.id);

	test('starts with what comes after the activation, and reports every state once although windows overlap', async () => {
		order();
		const trigger = poller();
		expect(await trigger.poll()).toBeNull();
		const { id } = order();
		expect(ids(await trigger.poll())).toEqual([id]);
		expect(await trigger.poll()).toBeNull();
		netSuite.advance({ seconds: 5 });
		netSuite.approveSalesOrder({ id });
		expect((await trigger.poll())?.[0].json).toMatchObject({ subscription: { id, status: 'active' } });
		expect(await trigger.poll()).toBeNull();
	});

	test('does not see that an order was deleted: only the script does', async () => {
		const trigger = poller();
		await trigger.poll();
		const { id } = order();
		expect(ids(await trigger.poll())).toEqual([id]);
		netSuite.state.transactions.delete(id);
		expect(await trigger.poll()).toBeNull();
	});

	test('reports again what could not be read', async () => {
		const trigger = poller();
		await trigger.poll();
		const { id } = order();
		netSuite.addFault({ kind: 'status', status: 500, path: /salesOrder/, times: Infinity });
		await expect(trigger.poll()).rejects.toMatchObject({ message: 'NetSuite is not available at the moment' });
		netSuite.clearFaults();
		expect(ids(await trigger.poll())).toEqual([id]);
	});

	test('costs one query when nothing changed, whatever was seen before', async () => {
		const trigger = poller();
		await trigger.poll();
		for (let made = 0; made < 3; made++) order();
		expect(ids(await trigger.poll())).toHaveLength(3);
		netSuite.requests.length = 0;
		expect(await trigger.poll()).toBeNull();
		expect(netSuite.requests).toHaveLength(1);
	});

	test('shows the newest sale as an example in the editor', async () => {
		order();
		const { id } = order();
		expect(ids(await poller({}, { mode: 'manual' }).poll())).toEqual([id]);
	});
});

describe('Sale: Get Changed and Record', () => {
	const run = async (parameters: INodeParameters) => await runNode({ node: new NetSuiteForM3ter(), parameters: { resource: 'sale', ...parameters }, credentials: credentials() });

	test('gives customers, estimates and orders changed since a time', async () => {
		const { id } = order();
		const { json } = await run({ operation: 'getChanged', since: new Date(Date.now() - 60_000).toISOString(), watch: ['customer', 'estimate', 'salesorder'], saleOptions: { timeZone: 'UTC' } });
		expect(json.map(({ type }) => type).sort()).toEqual(['customer.updated', 'customer.updated', 'subscription.updated']);
		expect(json.find(({ subscription }) => subscription)).toMatchObject({ id: expect.stringContaining(`salesorder-${id}-`) });
	});

	test.each([
		[{ since: 'yesterday' }, "'Changed Since' is not a date"],
		[{ since: '2026-01-01', saleOptions: { timeZone: 'Mars' } }, "'NetSuite Time Zone' is not a time zone"],
	])('says what is wrong: %j', async (parameters, message) => {
		expect((await run({ operation: 'getChanged', ...parameters })).error).toMatchObject({ message });
	});

	test('records the customer of an order made elsewhere once', async () => {
		const sale = { operation: 'record', channelCustomerId: 'sf/001', customerName: 'Shop Ltd', customerEmail: 'ap@shop.example', orderId: 'ord-9', items: 'pro, storage', startDate: '2026-10-01', recordOptions: { currency: 'eur', subsidiary: '1', accountCode: 'shop' } };
		const { json, error } = await run(sale);
		expect(error).toBeUndefined();
		expect(json[0]).toMatchObject({ type: 'subscription.created', system: 'NetSuite', customer: { name: 'Shop Ltd', currency: 'EUR', accountCode: 'shop' }, subscription: { id: 'ord-9', status: 'active', items: [{ planCode: 'pro' }, { planCode: 'storage' }] } });
		const writes = () => netSuite.requests.filter(({ method }) => method === 'PUT').length;
		expect(writes()).toBe(1);
		await run(sale);
		expect(writes()).toBe(1);
		await run({ ...sale, customerName: 'Shop Group Ltd' });
		expect([...netSuite.state.customers.values()].filter(({ externalId }) => externalId === 'channel-sf_001')).toMatchObject([{ values: { companyName: 'Shop Group Ltd', currency: '4' } }]);
	});

	test('says what a sale lacks', async () => {
		expect((await run({ operation: 'record', channelCustomerId: 'c', customerName: ' ', orderId: 'o', items: ' ', startDate: '2026-10-01' })).error).toMatchObject({
			message: 'The sale is not complete',
			description: "Empty: 'Customer Name', 'Item Codes'. Map these fields from the order.",
		});
	});
});

test('bills that were sent as sales orders are no sales', async () => {
	const { emitted } = listening();
	order({ externalId: 'm3ter_bill-0c1a' });
	expect(await emitted()).toEqual([]);
});
