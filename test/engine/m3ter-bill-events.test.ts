import { M3terBillApprovedTrigger } from '../../nodes/M3ter/BillApprovedTrigger/M3terBillApprovedTrigger.node';
import { M3terTrigger } from '../../nodes/M3ter/Trigger/M3terTrigger.node';
import { loadOptions } from './harness';
import { addAccount, failed, one, requests, run, stored, useM3ter, world } from './m3ter-bill-setup';
import { activate, connect, triggerOf } from './m3ter-trigger-setup';

useM3ter();
afterEach(() => jest.restoreAllMocks());

describe('scheduled events', () => {
	const overdue = { eventName: 'overdue', entity: 'Bill', field: 'dueDate', offset: 3 };

	test('are created, left alone, updated, listed and deleted', async () => {
		const created = await one('scheduledEvent', 'createOrUpdate', overdue);
		expect(created).toMatchObject({ action: 'created', name: 'scheduled.bill.overdue', entity: 'Bill', field: 'dueDate', offset: 3 });
		expect(await one('scheduledEvent', 'createOrUpdate', overdue)).toMatchObject({ action: 'unchanged', id: created.id, version: 1 });
		expect(await one('scheduledEvent', 'createOrUpdate', { ...overdue, offset: 5 })).toMatchObject({ action: 'updated', id: created.id, offset: 5, version: 2 });
		expect(requests('POST')).toHaveLength(1);

		expect((await run('scheduledEvent', 'getAll', { returnAll: true })).json).toEqual([expect.objectContaining({ id: created.id, offset: 5 })]);
		expect(await one('scheduledEvent', 'delete', { scheduledEventId: created.id })).toEqual({ deleted: true, id: created.id });
		expect((await run('scheduledEvent', 'getAll')).json).toEqual([]);
	});

	test('are among the events that the m3ter Trigger offers', async () => {
		const node = new M3terTrigger();
		const offered = async () => (await loadOptions({ node, credentials: world.credentials, method: 'getEventTypes' })).map(({ value }) => value);
		expect(await offered()).not.toContain('scheduled.bill.overdue');
		await one('scheduledEvent', 'createOrUpdate', overdue);
		expect(await offered()).toContain('scheduled.bill.overdue');
	});

	test('with a name or offset that m3ter does not take are refused first', async () => {
		expect(await failed('scheduledEvent', 'createOrUpdate', { ...overdue, eventName: 'over due' })).toMatchObject({ error: "'Name' is not a name m3ter takes" });
		expect(await failed('scheduledEvent', 'createOrUpdate', { ...overdue, offset: 0 })).toMatchObject({ error: "'Days After' is not a number of days" });
		expect(await failed('scheduledEvent', 'delete', { scheduledEventId: 'nothing' })).toMatchObject({ error: 'm3ter does not know this' });
		world.m3ter.addFault({ method: 'GET', path: /configurations/, kind: 'status', status: 400, body: { message: 'no' } });
		expect(await failed('scheduledEvent', 'getAll')).toMatchObject({ error: 'm3ter refused the request' });
		expect(requests('POST')).toEqual([]);
	});
});

test('bills approved since a time, with their account, are the very items of the m3ter Bill Approved Trigger', async () => {
	await addAccount('globex');
	const trigger = triggerOf(world.m3ter, new M3terBillApprovedTrigger(), {});
	await activate(trigger);
	const received = connect(trigger);
	const bill = world.m3ter.createBill({ accountCode: 'globex', lines: [{ amount: 46 }, { amount: -6.5, lineItemType: 'CREDIT_MEMO' }] });
	world.m3ter.createBill({ accountCode: 'globex', lines: [{ amount: 1 }] });
	world.m3ter.approveBill(bill.id);
	await world.m3ter.settled();
	const triggered = received.flatMap((delivery) => delivery.items ?? []).map((item) => item.json);

	const parameters = { filters: { approvedSince: stored(bill.id).dtApproved }, options: { includeAccount: true }, returnAll: true };
	const { json } = await run('bill', 'getAll', parameters);
	expect(json).toHaveLength(1);
	expect(json[0]).toMatchObject({ id: bill.id, billTotal: 39.5, account: { code: 'globex', emailAddress: 'globex@example.com' } });
	expect(json).toEqual(triggered);
});

test('a statement is generated anew by a job and comes as a file', async () => {
	await addAccount('globex');
	const bill = world.m3ter.createBill({ accountCode: 'globex', lines: [{ amount: 46, description: 'Base fee' }] });
	for (const [format, mimeType] of [['csv', 'text/csv'], ['json', 'application/json']]) {
		const { items } = await run('bill', 'getStatement', { billId: bill.id, format, generateAnew: true });
		expect(items[0][0].binary?.data).toMatchObject({ mimeType });
		expect(Buffer.from(items[0][0].binary?.data.data ?? '', 'base64').toString('utf8')).toContain('Base fee');
	}
	expect(requests('POST').filter(({ path }) => path.endsWith('/statementjobs')).map(({ body }) => body)).toEqual([{ billId: bill.id, includeCsvFormat: true }, { billId: bill.id, includeCsvFormat: false }]);

	world.m3ter.addFault({ method: 'GET', path: /\/statementjobs\//, kind: 'status', status: 200, body: { id: 'job-1', statementJobStatus: 'FAILED' } });
	expect(await failed('bill', 'getStatement', { billId: bill.id, generateAnew: true })).toMatchObject({ error: 'm3ter did not make the statement', message: expect.stringContaining('failed') });
});
