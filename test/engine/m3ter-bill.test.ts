import { M3terBill } from '../../nodes/M3ter/Bill/M3terBill.node';
import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, startM3terSandbox, type Account, type Bill, type M3terSandbox } from '../sandbox/m3ter';
import { listSearch, runNode, type CredentialStore, type RunOptions } from './harness';

const node = new M3terBill();

let m3ter: M3terSandbox;
let credentials: CredentialStore;

beforeAll(async () => {
	m3ter = await startM3terSandbox();
});
afterAll(async () => await m3ter.close());

beforeEach(() => {
	m3ter.reset();
	m3ter.seed();
	credentials = { m3terApi: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: m3ter.url } };
	for (const code of ['globex', 'initech']) addAccount(code);
});
afterEach(() => expect(m3ter.violations).toEqual([]));

function addAccount(code: string): void {
	const now = new Date().toISOString();
	const id = `a0c1e2d3-1111-4222-8333-${code.padEnd(12, '0').replace(/[^0-9a-f]/g, '0')}`;
	const account: Account = { id, code, name: `${code} Inc`, emailAddress: `${code}@example.com`, currency: 'USD', version: 1, dtCreated: now, dtLastModified: now, createdBy: 'test', lastModifiedBy: 'test' };
	m3ter.state.accounts.set(id, account);
}

const addBill = (more: Partial<Parameters<M3terSandbox['createBill']>[0]> = {}): Bill =>
	m3ter.createBill({ accountCode: 'globex', lines: [{ amount: 46 }, { amount: 92.00001 }, { amount: -19.6, lineItemType: 'CREDIT_MEMO' }], ...more });

async function run(operation: string, parameters: RunOptions['parameters'] = {}, more: Partial<RunOptions> = {}) {
	return await runNode({ node, credentials, ...more, parameters: { operation, ...parameters } });
}

const stored = (id: string): Bill => m3ter.state.bills.get(id) as Bill;
const writes = () => m3ter.requests.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/oauth/token'));
const asInput = (...bills: Array<{ id: string }>) => ({ items: bills.map(({ id }) => ({ id })) });

describe('get', () => {
	test('gives a bill with lines and total, its numbers as m3ter wrote them', async () => {
		const bill = addBill();
		const { json } = await run('get', {}, asInput(bill));

		expect(json).toHaveLength(1);
		expect(json[0]).toMatchObject({ id: bill.id, billTotal: 118.40001, status: 'PENDING', accountCode: 'globex' });
		expect(json[0].lineItems).toEqual([
			expect.objectContaining({ convertedSubtotal: 46 }),
			expect.objectContaining({ convertedSubtotal: 92.00001 }),
			expect.objectContaining({ convertedSubtotal: -19.6, lineItemType: 'CREDIT_MEMO' }),
		]);
	});

	test.each(['id', 'code'])('gives the latest bill of an account by %s', async (mode) => {
		addBill({ startDate: '2026-03-01', endDate: '2026-04-01' });
		const latest = addBill({ startDate: '2026-04-01', endDate: '2026-05-01' });
		addBill({ accountCode: 'initech', startDate: '2026-05-01', endDate: '2026-06-01' });
		const value = mode === 'id' ? latest.accountId : 'globex';
		const { json } = await run('get', { billSource: 'latest', account: { __rl: true, mode, value } });

		expect(json[0]).toMatchObject({ id: latest.id, billTotal: 118.40001 });
	});

	test('names what does not exist', async () => {
		const missing = await run('get', { billId: 'nothing' }, { onError: 'continueErrorOutput' });
		expect(missing.errors).toEqual([expect.objectContaining({ error: 'm3ter has no such bill', message: expect.stringContaining('nothing') })]);

		const noBill = await run('get', { billSource: 'latest', account: { __rl: true, mode: 'code', value: 'initech' } });
		expect(noBill.error?.message).toBe('The account has no bill');

		const noAccount = await run('get', { billSource: 'latest', account: { __rl: true, mode: 'code', value: 'hooli' } });
		expect(noAccount.error?.description).toContain('hooli');

		const empty = await run('get', { billId: ' ' });
		expect(empty.error?.message).toBe("'Bill ID' is empty");
	});
});

describe('get many', () => {
	const ids = async (filters: object, more: object = {}) => {
		const { json, error } = await run('getAll', { returnAll: true, filters: { ...filters }, ...more });
		expect(error).toBeUndefined();
		return json.map(({ id }) => id);
	};

	test('gives totals and lines, or no lines at all', async () => {
		const bills = Array.from({ length: 23 }, () => addBill());
		const { json } = await run('getAll', { returnAll: true });
		expect(json.map(({ id }) => id)).toEqual(bills.map(({ id }) => id).reverse());
		expect(json.every(({ billTotal, lineItems }) => billTotal === 118.40001 && (lineItems as unknown[]).length === 3)).toBe(true);

		const { json: headers } = await run('getAll', { returnAll: true, options: { excludeLineItems: true } });
		expect(headers).toHaveLength(23);
		expect(headers[0].billTotal).toBe(118.40001);
		expect(headers[0]).not.toHaveProperty('lineItems');
	});

	test('stops at the limit', async () => {
		for (let count = 0; count < 5; count++) addBill();
		expect((await run('getAll', { limit: 2 })).json).toHaveLength(2);
	});

	test('reads large bills in smaller portions when m3ter cannot send them together', async () => {
		for (let count = 0; count < 4; count++) addBill();
		m3ter.addFault({ method: 'GET', path: /\/bills$/, after: 1, times: 1, kind: 'status', status: 413, body: { message: 'Response too large' } });
		expect((await run('getAll', { returnAll: true })).json).toHaveLength(4);
	});

	test('filters by account, status, lock and dates', async () => {
		const april = addBill({ billDate: '2026-04-01', externalInvoiceDate: '2026-04-02' });
		const may = addBill({ billDate: '2026-05-01', externalInvoiceDate: '2026-05-02', accountCode: 'initech', billingFrequency: 'DAILY', billJobId: 'job-1' });
		m3ter.approveBill(may.id);
		m3ter.lockBill(may.id);

		expect(await ids({ account: { __rl: true, mode: 'id', value: april.accountId } })).toEqual([april.id]);
		expect(await ids({ account: { __rl: true, mode: 'code', value: 'initech' } })).toEqual([may.id]);
		expect(await ids({ status: 'PENDING' })).toEqual([april.id]);
		expect(await ids({ locked: true })).toEqual([may.id]);
		expect(await ids({ locked: false })).toEqual([april.id]);
		expect(await ids({ billDateStart: '2026-04-15T00:00:00.000+02:00' })).toEqual([may.id]);
		expect(await ids({ billDateEnd: '2026-05-01' })).toEqual([april.id]);
		expect(await ids({ externalInvoiceDateStart: '2026-05-02', externalInvoiceDateEnd: '2026-05-03' })).toEqual([may.id]);
		expect(await ids({ billingFrequency: 'DAILY' })).toEqual([may.id]);
		expect(await ids({ billJobId: 'job-1' })).toEqual([may.id]);
	});

	test('gives what was approved since a time, earliest first', async () => {
		const bills = [addBill(), addBill(), addBill(), addBill()];
		m3ter.approveBill(bills[0].id);
		m3ter.advanceClock(60_000);
		m3ter.approveBill(bills[2].id);
		m3ter.advanceClock(60_000);
		m3ter.approveBill(bills[1].id);
		const since = stored(bills[2].id).dtApproved;

		expect(await ids({ approvedSince: since })).toEqual([bills[2].id, bills[1].id]);
		expect(await ids({ approvedSince: since }, { returnAll: false, limit: 1 })).toEqual([bills[2].id]);
	});

	test('refuses filters that cannot be met or read', async () => {
		expect((await run('getAll', { filters: { approvedSince: '2026-01-01', status: 'PENDING' } })).error?.message).toBe("'Approved Since' finds no pending bills");
		expect((await run('getAll', { filters: { billDateStart: 'soon' } })).error?.description).toContain('"soon"');
	});
});

describe('get line items', () => {
	test('have the shape they have inside the bill, page by page', async () => {
		const band = { pricingBandId: 'b1', lowerLimit: 0, fixedPrice: 0, unitPrice: 1, unitSubtotal: 50, bandUnits: 50, bandQuantity: 50000, bandSubtotal: 50 };
		const bill = addBill({ lines: Array.from({ length: 130 }, (_value, index) => ({ amount: index + 0.1, usagePerPricingBand: [band] })) });
		const { json } = await run('getLineItems', { returnAll: true, simplify: false }, asInput(bill));

		expect(json).toHaveLength(130);
		expect(json.map(({ convertedSubtotal }) => convertedSubtotal)).toEqual(bill.lineItems.map(({ convertedSubtotal }) => convertedSubtotal));
		expect(json[0]).toMatchObject({ billId: bill.id, usagePerPricingBand: [band] });
		expect(json[0]).not.toHaveProperty('bandUsage');
		expect(json[0]).not.toHaveProperty('jsonUsageGenerated');
	});

	test('of an unknown bill are an error item', async () => {
		const { errors } = await run('getLineItems', { billId: 'nothing' }, { onError: 'continueErrorOutput' });
		expect(errors).toHaveLength(1);
	});
});

describe('approve', () => {
	test('approves the bills of all items in one request and tells each outcome', async () => {
		const [first, second, done] = [addBill(), addBill(), addBill()];
		m3ter.approveBill(done.id);
		const { items } = await run('approve', {}, asInput(first, second, done, first));

		expect(items[0].map(({ json, pairedItem }) => [json.id, json.action, json.status, pairedItem])).toEqual([
			[first.id, 'approved', 'APPROVED', { item: 0 }],
			[second.id, 'approved', 'APPROVED', { item: 1 }],
			[done.id, 'unchanged', 'APPROVED', { item: 2 }],
			[first.id, 'approved', 'APPROVED', { item: 3 }],
		]);
		expect(writes()).toHaveLength(1);
		expect(writes()[0].body).toEqual({ billIds: expect.arrayContaining([first.id, second.id]) });
	});

	test('a second run changes nothing and writes nothing', async () => {
		const bill = addBill();
		await run('approve', {}, asInput(bill));
		const { version } = stored(bill.id);
		const { json } = await run('approve', {}, asInput(bill));

		expect(json[0].action).toBe('unchanged');
		expect(stored(bill.id).version).toBe(version);
		expect(writes()).toHaveLength(1);
	});

	test('an unknown bill fails alone', async () => {
		const bill = addBill();
		const { json, errors } = await run('approve', {}, { ...asInput({ id: 'nothing' }, bill, { id: '' }), onError: 'continueErrorOutput' });

		expect(json).toEqual([expect.objectContaining({ id: bill.id, action: 'approved' })]);
		expect(errors.map(({ error }) => error)).toEqual(['m3ter has no such bill', "'Bill ID' is empty"]);
	});

	test('a lost answer does no harm', async () => {
		const bill = addBill();
		m3ter.addFault({ method: 'POST', path: /approve$/, kind: 'lost' });
		expect((await run('approve', {}, asInput(bill))).json[0]).toMatchObject({ action: 'approved', status: 'APPROVED' });
	});

	test('a refused request is repeated bill by bill', async () => {
		const bills = [addBill(), addBill()];
		m3ter.addFault({ method: 'POST', path: /approve$/, kind: 'status', status: 400, body: { message: 'One bill is being calculated' } });
		const { json } = await run('approve', {}, asInput(...bills));

		expect(json.map(({ action }) => action)).toEqual(['approved', 'approved']);
		expect(writes()).toHaveLength(3);
	});

	test('a refusal is reported with the bill', async () => {
		const bill = addBill();
		m3ter.addFault({ method: 'POST', path: /approve$/, kind: 'status', status: 400, body: { message: 'The bill is being calculated' }, times: Infinity });
		const { error } = await run('approve', {}, asInput(bill));

		expect(error?.message).toBe('m3ter refused the request');
		expect(error?.description).toMatch(new RegExp(`Bill ${bill.id}.*being calculated`));
	});
});

describe('set pending', () => {
	test('takes an approval back, once', async () => {
		const bill = addBill();
		m3ter.approveBill(bill.id);

		expect((await run('setPending', {}, asInput(bill))).json[0]).toMatchObject({ action: 'pending', status: 'PENDING' });
		expect((await run('setPending', {}, asInput(bill))).json[0]).toMatchObject({ action: 'unchanged' });
		expect(stored(bill.id).status).toBe('PENDING');
		expect(writes()).toHaveLength(1);
	});

	test('refuses a locked bill without asking', async () => {
		const bill = addBill();
		m3ter.approveBill(bill.id);
		m3ter.lockBill(bill.id);
		const { error } = await run('setPending', {}, asInput(bill));

		expect(error?.message).toBe('The bill is locked');
		expect(error?.description).toContain(bill.id);
		expect(writes()).toHaveLength(0);
	});
});

describe('lock', () => {
	test('locks an approved bill, once', async () => {
		const bill = addBill();
		m3ter.approveBill(bill.id);

		expect((await run('lock', {}, asInput(bill))).json[0]).toMatchObject({ action: 'locked', locked: true });
		expect((await run('lock', {}, asInput(bill))).json[0]).toMatchObject({ action: 'unchanged', locked: true });
		expect(writes()).toHaveLength(1);
	});

	test('leaves a pending bill and says why', async () => {
		const [pending, approved] = [addBill(), addBill()];
		m3ter.approveBill(approved.id);
		const { json, errors } = await run('lock', {}, { ...asInput(pending, approved), onError: 'continueErrorOutput' });

		expect(json).toEqual([expect.objectContaining({ id: approved.id, action: 'locked' })]);
		expect(errors).toEqual([expect.objectContaining({ error: 'The bill is not approved', message: expect.stringContaining(pending.id) })]);
		expect(stored(pending.id).locked).toBe(false);
	});

	test('a lost answer does no harm, although m3ter refuses a second lock', async () => {
		const bill = addBill();
		m3ter.approveBill(bill.id);
		m3ter.addFault({ method: 'PUT', path: /lock$/, kind: 'lost' });
		expect((await run('lock', {}, asInput(bill))).json[0]).toMatchObject({ action: 'locked', locked: true });
	});
});

describe('statement', () => {
	test.each([
		['json', 'application/json'],
		['csv', 'text/csv'],
	])('comes as a %s file', async (format, mimeType) => {
		const bill = addBill();
		const { items } = await run('getStatement', { format }, asInput(bill));
		const [{ json, binary, pairedItem }] = items[0];

		expect(json).toEqual({ billId: bill.id, format, fileName: `statement-${bill.id}.${format}` });
		expect(binary?.data).toMatchObject({ mimeType, fileExtension: format });
		expect(Buffer.from(binary?.data.data ?? '', 'base64').toString('utf8')).toContain(bill.id);
		expect(pairedItem).toEqual({ item: 0 });
	});

	test('or as a link', async () => {
		const bill = addBill();
		const { json } = await run('getStatement', { format: 'json', download: false }, asInput(bill));
		expect(json[0]).toEqual({ billId: bill.id, format: 'json', downloadUrl: expect.stringContaining('/presigned/') });
	});

	test('of an unknown bill is an error item', async () => {
		const { json, errors } = await run('getStatement', {}, { ...asInput({ id: 'nothing' }, addBill()), onError: 'continueErrorOutput' });
		expect(json).toHaveLength(1);
		expect(errors).toEqual([expect.objectContaining({ error: 'm3ter does not know this' })]);
	});
});

test('a wrong access key becomes error items', async () => {
	credentials.m3terApi.apiSecret = 'wrong';
	for (const operation of ['get', 'getAll', 'getLineItems', 'approve', 'lock', 'getStatement']) {
		const { json, errors } = await run(operation, {}, { ...asInput({ id: 'x' }), onError: 'continueErrorOutput' });
		expect(json).toEqual([]);
		expect(errors).toEqual([expect.objectContaining({ error: 'm3ter refused access' })]);
	}
});

test('the editor lists accounts by id', async () => {
	const { results } = await listSearch({ node, credentials, method: 'searchAccounts', filter: 'glob' });
	expect(results).toEqual([{ name: 'globex Inc (globex)', value: [...m3ter.state.accounts.values()].find(({ code }) => code === 'globex')?.id }]);
});
