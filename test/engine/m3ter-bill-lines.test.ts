import { loadOptions } from './harness';
import { addAccount, failed, one, requests, run, stored, useM3ter, world } from './m3ter-bill-setup';

useM3ter();

let billId: string;
let lineId: string;

const kinds = [
	{ resource: 'creditLineItem', path: 'creditlineitems', type: 'CREDIT_MEMO', reasonField: 'creditReasonId', sign: -1 },
	{ resource: 'debitLineItem', path: 'debitlineitems', type: 'DEBIT_MEMO', reasonField: 'debitReasonId', sign: 1 },
] as const;

beforeEach(async () => {
	await addAccount('globex');
	const { id: productId } = world.seed.product;
	const period = { servicePeriodStartDate: '2026-04-01T00:00:00Z', servicePeriodEndDate: '2026-05-01T00:00:00Z' };
	const bill = world.m3ter.createBill({ accountCode: 'globex', lines: [{ amount: 46, productId, accountingProductId: productId, ...period }] });
	[billId, lineId] = [bill.id, bill.lineItems[0].id];
});

const wanted = () => ({ billId, referencedLineItemId: lineId, amount: 12.34567, description: 'Outage on 3 April' });

describe.each(kinds)('$resource', ({ resource, path, type, reasonField, sign }) => {
	test('create takes product and service period from the referenced line', async () => {
		const line = await one(resource, 'create', { ...wanted(), simplify: false });

		expect(line).toMatchObject({ action: 'created', billId, amount: 12.34567, description: 'Outage on 3 April', lineItemType: type, version: 1 });
		expect(stored(billId).billTotal).toBe(sign === 1 ? 58.34567 : 33.65433);
		expect(requests('POST').at(-1)?.body).toEqual({
			productId: world.seed.product.id,
			accountingProductId: world.seed.product.id,
			servicePeriodStartDate: '2026-04-01T00:00:00Z',
			servicePeriodEndDate: '2026-05-01T00:00:00Z',
			description: 'Outage on 3 April',
			amount: 12.34567,
			referencedBillId: billId,
			referencedLineItemId: lineId,
		});
	});

	test('create takes everything else from the fields', async () => {
		const other = world.m3ter.createBill({ accountCode: 'globex', lines: [{ amount: 5 }] });
		const [reason] = await loadOptions({ node: world.node, credentials: world.credentials, method: sign === 1 ? 'getDebitReasons' : 'getCreditReasons' });
		const additionalFields = {
			product: { __rl: true, mode: 'code', value: 'acme_api' },
			reason: reason.value,
			referencedBillId: other.id,
			servicePeriodStart: '2026-04-03',
			servicePeriodEnd: '2026-04-04T00:00:00Z',
			amountToApplyOnBill: 2,
		};
		const line = await one(resource, 'create', { ...wanted(), referencedLineItemId: other.lineItems[0].id, additionalFields, simplify: false });

		expect(line).toMatchObject({ [reasonField]: reason.value, referencedBillId: other.id, productId: world.seed.product.id, servicePeriodEndDate: '2026-04-04T00:00:00Z' });
		expect(stored(billId).billTotal).toBe(46 + sign * 2);
	});

	const lines = async () => (await run(resource, 'getAll', { billId, returnAll: true })).json;

	test('an answer that was lost adds one line', async () => {
		await one(resource, 'create', wanted());
		world.m3ter.addFault({ method: 'POST', path: new RegExp(`${path}$`), kind: 'lost' });
		const again = await one(resource, 'create', { ...wanted(), options: { allowDuplicate: true } });

		expect(again).toMatchObject({ action: 'created' });
		expect(await lines()).toHaveLength(2);
		expect((await lines()).map(({ id }) => id)).toContain(again.id);
	});

	test('a run that is tried again because of another item adds no line twice', async () => {
		const parameters = { ...wanted(), billId: '={{ $json.bill }}' };
		const { error } = await run(resource, 'create', parameters, { items: [{ bill: billId }, { bill: 'nothing' }], retry: { maxTries: 3, waitMs: 0 } });

		expect(error).toBeDefined();
		expect(await lines()).toHaveLength(1);
	});

	test('the same line is made once, however often it is asked for, unless duplicates are allowed', async () => {
		const { id } = await one(resource, 'create', wanted());
		expect(await one(resource, 'create', wanted())).toMatchObject({ action: 'unchanged', id, billId });
		const others = [
			{ amount: 12 },
			{ description: 'Outage on 4 April' },
			{ additionalFields: { servicePeriodStart: '2026-04-02T00:00:00Z' } },
			{ options: { allowDuplicate: true } },
		];
		for (const other of others) expect(await one(resource, 'create', { ...wanted(), ...other })).toMatchObject({ action: 'created' });
		expect(await lines()).toHaveLength(1 + others.length);
	});

	test('a line is known again although m3ter writes its times in another way', async () => {
		const { id } = await one(resource, 'create', wanted());
		const memos = sign === 1 ? world.m3ter.state.debitLines : world.m3ter.state.creditLines;
		Object.assign(memos.get(String(id)) ?? {}, { servicePeriodStartDate: '2026-04-01T00:00:00.000Z' });
		expect(await one(resource, 'create', wanted())).toMatchObject({ action: 'unchanged', id });
	});

	test('get, get many, update and delete', async () => {
		const { id } = await one(resource, 'create', wanted());
		expect(await one(resource, 'get', { billId, lineItemId: id })).toMatchObject({ id, billId, amount: 12.34567 });
		await one(resource, 'create', { ...wanted(), amount: 1 });
		expect((await run(resource, 'getAll', { billId, limit: 1 })).json).toHaveLength(1);

		const updated = await one(resource, 'update', { billId, lineItemId: id, updateFields: { amount: 10, description: 'Two outages' } });
		expect(updated).toMatchObject({ id, amount: 10, description: 'Two outages', referencedLineItemId: lineId, version: 2 });
		expect(await one(resource, 'delete', { billId, lineItemId: id })).toEqual({ deleted: true, id, billId });
		expect((await run(resource, 'getAll', { billId, returnAll: true })).json).toHaveLength(1);
	});

	test('an update fills in the accounting product, which m3ter requires and does not give back', async () => {
		const { id } = await one(resource, 'create', wanted());
		const memos = sign === 1 ? world.m3ter.state.debitLines : world.m3ter.state.creditLines;
		const { accountingProductId, ...shown } = memos.get(String(id)) ?? {};
		world.m3ter.addFault({ method: 'GET', path: new RegExp(`${path}/`), kind: 'status', status: 200, body: shown });
		await one(resource, 'update', { billId, lineItemId: id, updateFields: { amount: 1 } });
		expect(requests('PUT').at(-1)?.body).toMatchObject({ accountingProductId, amount: 1, version: 1 });
	});

	test('a version conflict is read and merged again', async () => {
		const { id } = await one(resource, 'create', wanted());
		world.m3ter.addFault({ method: 'PUT', path: new RegExp(path), kind: 'status', status: 409, body: { message: 'version' } });
		expect(await one(resource, 'update', { billId, lineItemId: id, updateFields: { amount: 1 } })).toMatchObject({ amount: 1 });
	});

	test('says what is wrong before anything is written', async () => {
		expect(await failed(resource, 'create', { ...wanted(), amount: -1 })).toMatchObject({ error: "'Amount' is not an amount" });
		expect(await failed(resource, 'create', { ...wanted(), description: ' ' })).toMatchObject({ error: "'Description' is empty" });
		expect(await failed(resource, 'create', { ...wanted(), referencedLineItemId: 'nothing' })).toMatchObject({ error: 'The bill has no such line', message: expect.stringContaining('nothing') });
		const bare = world.m3ter.createBill({ accountCode: 'globex', lines: [{ amount: 5, productId: undefined }] });
		expect(await failed(resource, 'create', { ...wanted(), billId: bare.id, referencedLineItemId: bare.lineItems[0].id })).toMatchObject({
			error: 'The referenced line does not say everything',
			message: expect.stringContaining('Product'),
		});
		expect(requests('POST').filter((request) => request.path.endsWith(path))).toEqual([]);
	});

	test('what m3ter refuses leaves on the error branch', async () => {
		world.m3ter.approveBill(billId);
		world.m3ter.lockBill(billId);
		expect(await failed(resource, 'create', wanted())).toMatchObject({ error: 'm3ter refused the request' });
		for (const operation of ['get', 'delete', 'update']) {
			expect(await failed(resource, operation, { billId, lineItemId: 'nothing', updateFields: { amount: 1 } })).toHaveProperty('error');
		}
		expect(await failed(resource, 'getAll', { billId: 'nothing' })).toMatchObject({ error: 'm3ter does not know this' });
	});
});

test('the drop-downs offer reasons that are in use', async () => {
	const archived = [...world.m3ter.state.creditReasons.values()][0];
	const load = async (method: string) => (await loadOptions({ node: world.node, credentials: world.credentials, method })).map(({ name }) => name);
	expect(await load('getCreditReasons')).toEqual(['Goodwill']);
	expect(await load('getDebitReasons')).toEqual(['Correction']);
	world.m3ter.state.creditReasons.set(archived.id, { ...archived, archived: true });
	expect(await load('getCreditReasons')).toEqual([]);
});
