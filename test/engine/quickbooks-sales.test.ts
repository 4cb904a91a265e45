import { QuickBooksForM3ter } from '../../nodes/QuickBooks/QuickBooksForM3ter.node';
import { subscriptionEventSchema, type SubscriptionEvent } from '../../nodes/shared/subscriptionEvent';
import { CUSTOMER_ID, startQuickBooksSandbox, US_REALM_ID, type QuickBooksSandbox } from '../sandbox/quickbooks';
import { runNode, type RunResult } from './harness';
import { quickBooksCredential } from './quickbooks-setup';

let quickBooks: QuickBooksSandbox;

beforeEach(async () => {
	quickBooks = await startQuickBooksSandbox();
});

afterEach(async () => {
	expect(quickBooks.violations).toEqual([]);
	await quickBooks.close();
});

const run = async (operation: string, parameters: object, items: object[] = [{}], onError?: 'continueErrorOutput'): Promise<RunResult> =>
	await runNode({
		node: new QuickBooksForM3ter(),
		parameters: { resource: 'sale', operation, ...parameters },
		credentials: { quickBooksForM3terOAuth2Api: quickBooksCredential(quickBooks) },
		items: items as never,
		onError,
	});

async function sales(operation: string, parameters: object): Promise<SubscriptionEvent[]> {
	const { json, error } = await run(operation, parameters);
	if (error) throw error;
	return json.map((item) => subscriptionEventSchema.parse(item));
}

const estimate = (fields: object = {}) =>
	quickBooks.createEstimate({
		realmId: US_REALM_ID,
		document: { CustomerRef: { value: CUSTOMER_ID }, Line: [{ DetailType: 'SalesItemLineDetail', Amount: 1, SalesItemLineDetail: { ItemRef: { value: '30' }, Qty: 1, UnitPrice: 1 } }], ...fields } as never,
	});

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

describe('Get Changed', () => {
	test('change data capture: one request for the changes, one each for what they name', async () => {
		const pending = estimate();
		const accepted = estimate({ TxnStatus: 'Accepted' });
		const before = quickBooks.requests.length;
		const found = await sales('getChanged', { since: daysAgo(1) });
		expect(found.map(({ subscription }) => subscription?.id)).toEqual([accepted.Id]);
		expect(quickBooks.requests.slice(before).map(({ path }) => path.split('/').at(-1))).toEqual(['cdc', 'query', 'query', 'query']);
		const all = await sales('getChanged', { since: daysAgo(1), statuses: ['Accepted', 'Pending'], entities: ['Estimate', 'Customer'] });
		expect(all.map(({ customer, subscription }) => subscription?.id ?? customer.id).sort()).toEqual([pending.Id, accepted.Id, `customer-${CUSTOMER_ID}`].sort());
		expect(await sales('getChanged', { since: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
	});

	test('an estimate that was invoiced meanwhile is still found among the accepted ones', async () => {
		const { Id } = estimate({ TxnStatus: 'Accepted' });
		quickBooks.invoiceEstimate({ realmId: US_REALM_ID, id: Id });
		estimate({ TxnStatus: 'Closed' });
		for (const since of [daysAgo(1), daysAgo(45)]) expect(await sales('getChanged', { since })).toMatchObject([{ subscription: { id: Id, status: 'active' } }]);
	});

	test('queries page by page when change data capture does not reach', async () => {
		const { Id } = estimate({ TxnStatus: 'Accepted' });
		const before = quickBooks.requests.length;
		expect((await sales('getChanged', { since: daysAgo(45) })).map(({ subscription }) => subscription?.id)).toEqual([Id]);
		expect(quickBooks.requests.slice(before).some(({ path }) => path.endsWith('/cdc'))).toBe(false);
	});

	test('more than change data capture holds', async () => {
		for (let count = 0; count < 1005; count++) estimate({ TxnStatus: 'Accepted' });
		expect(await sales('getChanged', { since: daysAgo(1) })).toHaveLength(1005);
	});

	test('a date that is none', async () => {
		await expect(sales('getChanged', { since: 'yesterday' })).rejects.toMatchObject({ message: "'Changed Since' is not a date" });
	});
});

describe('Get', () => {
	test('one estimate, one customer, and what does not exist fails alone', async () => {
		const { Id } = estimate();
		expect(await sales('get', { entity: 'Estimate', entityId: Id, system: 'QuickBooks UK' })).toMatchObject([{ system: 'QuickBooks UK', subscription: { id: Id, status: 'pending' } }]);
		expect(await sales('get', { entity: 'Customer', entityId: CUSTOMER_ID })).toMatchObject([{ customer: { id: CUSTOMER_ID } }]);
		const { json, errors } = await run('get', { entity: 'Estimate', entityId: '={{ $json.entityId }}' }, [{ entityId: '404' }, { entityId: Id }], 'continueErrorOutput');
		expect(json).toHaveLength(1);
		expect(errors).toMatchObject([{ error: 'QuickBooks has no such estimate', message: expect.stringContaining('"404"') }]);
	});
});

test('an estimate knows no end: that of a rejected one is when it was rejected', async () => {
	const found = await sales('get', { entity: 'Estimate', entityId: estimate({ TxnStatus: 'Rejected' }).Id });
	found.push(...(await sales('get', { entity: 'Estimate', entityId: estimate({ TxnStatus: 'Accepted' }).Id })));
	expect(found.map(({ subscription }) => [subscription?.status, subscription?.endDate, subscription?.endUnknown])).toEqual([['ended', undefined, true], ['active', undefined, true]]);
});

describe('Record From Sales Channel', () => {
	const order = { customerName: "O'Neil & Sons: Ltd", customerEmail: 'ap@oneil.example', orderId: 'SO-1', items: 'pro, support', startDate: '2026-10-01' };

	test('creates the customer once, and gives the sale', async () => {
		const [first] = await sales('record', { ...order, additionalFields: { accountCode: 'oneil', currency: 'usd' } });
		expect(first).toMatchObject({
			type: 'subscription.created',
			customer: { name: "O'Neil & Sons Ltd", email: 'ap@oneil.example', currency: 'USD', accountCode: 'oneil' },
			subscription: { id: 'SO-1', status: 'active', startDate: '2026-10-01T00:00:00.000Z', items: [{ planRef: 'pro', planCode: 'pro' }, { planRef: 'support' }] },
		});
		const ended = { status: 'ended', changedAt: '2026-12-31T00:00:00Z' };
		const [second] = await sales('record', { ...order, additionalFields: ended });
		expect(second).toMatchObject({ type: 'subscription.ended', occurredAt: '2026-12-31T00:00:00.000Z', customer: { id: first.customer.id }, subscription: { status: 'ended' } });
		expect(second.subscription?.endDate).toBeUndefined();
		const [dated] = await sales('record', { ...order, additionalFields: { ...ended, endDate: '2026-12-01' } });
		expect(dated.subscription?.endDate).toBe('2026-12-01T00:00:00.000Z');
		const names = [...(quickBooks.state.companies.get(US_REALM_ID)?.entities.Customer.values() ?? [])].map(({ DisplayName }) => DisplayName);
		expect(names).toEqual(['Example Ltd', "O'Neil & Sons Ltd"]);
	});

	test('two executions at once make one customer', async () => {
		const [a, b] = await Promise.all([sales('record', order), sales('record', { ...order, orderId: 'SO-2', customerEmail: '' })]);
		expect(a[0].customer.id).toBe(b[0].customer.id);
	});

	test('says what is missing', async () => {
		await expect(sales('record', { ...order, items: ' , ', orderId: ' ' })).rejects.toMatchObject({ message: 'The sale is not complete', description: expect.stringContaining("'Order ID', 'Item Codes'") });
		await expect(sales('record', { ...order, startDate: 'soon' })).rejects.toMatchObject({ message: "'Start Date' is not a date" });
	});
});
