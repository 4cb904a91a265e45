import { ORGANIZATION_ID } from '../sandbox/m3ter';
import { loadOptions, type RunOptions } from './harness';
import { addAccount, addCustomer, failed, one, requests, run, stored, useM3ter, world } from './m3ter-bill-setup';

useM3ter();

const MAY = { lastDateInBillingPeriod: '2026-05-31' };
const some = (accounts: unknown) => ({ ...MAY, accounts }) as never;
const paths = (method: string) => requests(method).map(({ path }) => path.replace(`/organizations/${ORGANIZATION_ID}`, ''));

describe('create', () => {
	test('waits for the job and tells which accounts got a bill', async () => {
		const [globex, initech] = [await addCustomer('globex'), await addCustomer('initech')];
		world.m3ter.requests.length = 0;
		const job = await one('billJob', 'create', some(`globex, ${initech.id}`));

		expect(job).toMatchObject({ status: 'COMPLETE', type: 'CREATE', total: 2, pending: 0, complete: true, accountsWithoutBill: [] });
		expect(job.bills).toEqual(expect.arrayContaining([globex, initech].map(({ id, code }) => expect.objectContaining({ accountId: id, accountCode: code, billTotal: 20, currency: 'USD', status: 'PENDING' }))));
		const sent = requests('POST').map(({ body }) => body);
		expect(sent).toEqual([{ billingFrequency: 'MONTHLY', billFrequencyInterval: 1, lastDateInBillingPeriod: '2026-05-31', accountIds: [globex.id, initech.id] }]);
	});

	test('names the accounts for which no bill could be made', async () => {
		await addCustomer('globex');
		const yen = await addCustomer('yen', 'JPY');
		const job = await one('billJob', 'create', some(['globex', 'yen']));

		expect(job).toMatchObject({ complete: true, accountsWithoutBill: [yen.id] });
		expect(job.bills).toHaveLength(1);
	});

	test('takes dates, target currency and conversions', async () => {
		await addCustomer('globex');
		const additionalFields = {
			billDate: '2026-06-02T00:00:00',
			dueDate: '2026-06-20',
			targetCurrency: 'JPY',
			timezone: 'UTC',
			currencyConversions: { conversion: [{ from: 'USD', to: 'JPY', multiplier: 150 }] },
		};
		const { bills } = await one('billJob', 'create', { ...MAY, accounts: 'globex', additionalFields });
		const [bill] = bills as Array<{ id: string }>;

		expect(bill).toMatchObject({ currency: 'JPY', billTotal: 3000 });
		expect(stored(bill.id)).toMatchObject({ billDate: '2026-06-02', dueDate: '2026-06-20' });
	});

	test('bills every account when asked to', async () => {
		await addCustomer('globex');
		await addCustomer('initech');
		const job = await one('billJob', 'create', { ...MAY, accountScope: 'all' });

		expect(job.bills).toHaveLength(2);
		expect(requests('POST').at(-1)?.body).not.toHaveProperty('accountIds');
	});

	test('makes one job per hundred accounts, one after the other', async () => {
		const codes = Array.from({ length: 101 }, (_value, index) => `c${index}`);
		for (const code of codes) await addAccount(code);
		const { json } = await run('billJob', 'create', some(codes.join(',')));
		expect(json.map(({ total }) => total)).toEqual([100, 1]);
	}, 60_000);

	describe('with more accounts than one job takes', () => {
		let ids: string[];
		beforeEach(async () => {
			ids = [];
			for (let index = 0; index < 150; index++) ids.push((await addAccount(`c${index}`)).id);
		}, 60_000);
		const create = async (wait: boolean, extra: Partial<RunOptions> = {}) => await run('billJob', 'create', { ...MAY, accounts: ids, wait }, extra);
		const refuse = (status: number, times = Infinity) =>
			world.m3ter.addFault({ method: 'POST', path: /billjobs$/, kind: 'status', status, headers: { 'retry-after': '120' }, body: { message: 'no more' }, after: 1, times });

		test.each([[429, false], [400, false], [429, true]])('the job that was started comes out, and the accounts that are left are named (%i, wait: %s)', async (status, wait) => {
			refuse(status);
			const { json, errors } = await create(wait, { onError: 'continueErrorOutput' });

			expect(json).toEqual([expect.objectContaining({ total: 100, complete: wait })]);
			expect(errors).toHaveLength(1);
			expect(errors[0]).toMatchObject({ details: { status, billJobIds: [json[0].id], accountIds: ids.slice(100) } });
			for (const named of [String(json[0].id), ...ids.slice(100)]) expect(errors[0].message).toContain(named);
		}, 60_000);

		test('an error that stops the workflow names the job that was started', async () => {
			refuse(400);
			const { error } = await create(false);
			const [job] = world.m3ter.state.billJobs.keys();
			expect(error?.description).toContain(job);
			expect(error?.description).toContain(ids[149]);
		}, 60_000);

		test('waits for an earlier job when m3ter runs no more of them, although told not to wait', async () => {
			refuse(429, 1);
			const { json, error } = await create(false);

			expect(error).toBeUndefined();
			expect(json.map(({ total }) => total)).toEqual([100, 50]);
			expect(world.m3ter.state.billJobs.get(String(json[0].id))).toMatchObject({ status: 'COMPLETE' });
		}, 60_000);

		test('more than m3ter runs at a time are all started', async () => {
			const account = await addAccount('globex');
			const accounts = Array.from({ length: 1_001 }, (_value, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`);
			for (const id of accounts) world.m3ter.state.accounts.set(id, { ...account, id, code: id });
			world.m3ter.settings.jobMs = 2_500;
			const { json, error } = await run('billJob', 'create', { ...MAY, accounts, wait: false });
			world.m3ter.settings.jobMs = 150;

			expect(error).toBeUndefined();
			expect(json.map(({ total }) => total)).toEqual([...Array<number>(10).fill(100), 1]);
		}, 60_000);

		test('a job that was cancelled meanwhile ends the run: the accounts of the others are named', async () => {
			world.m3ter.addFault({ method: 'GET', path: /\/billjobs\//, kind: 'status', status: 200, body: { id: 'job-1', status: 'CANCELLED', total: 100, pending: 2 } });
			const { json, errors } = await create(true, { onError: 'continueErrorOutput' });
			expect(json).toEqual([]);
			expect(errors).toEqual([expect.objectContaining({ error: 'The bill job was cancelled', message: expect.stringContaining(ids[149]), details: expect.objectContaining({ accountIds: ids.slice(100) }) })]);
		}, 60_000);
	});

	test('does not wait when told not to, and Get follows the job', async () => {
		await addCustomer('globex');
		const job = await one('billJob', 'create', { ...MAY, accounts: 'globex', wait: false });
		expect(job).toMatchObject({ status: 'PENDING', complete: false });
		expect(job).not.toHaveProperty('bills');

		const finished = await one('billJob', 'get', { billJobId: job.id, wait: true });
		expect(finished).toMatchObject({ status: 'COMPLETE', complete: true, accountsWithoutBill: [] });
		expect(finished.bills).toHaveLength(1);
	});

	test('bills nobody when the accounts are missing or unknown', async () => {
		expect(await failed('billJob', 'create', some(' , '))).toMatchObject({ error: "'Accounts' is empty" });
		expect(await failed('billJob', 'create', some('hooli'))).toMatchObject({ error: 'm3ter has no such account', message: expect.stringContaining('hooli') });
		expect(await failed('billJob', 'create', { accounts: 'hooli', lastDateInBillingPeriod: 'soon' })).toMatchObject({ error: "'Last Day of Billing Period' is not a date" });
		expect(paths('POST')).toEqual([]);
	});

	test('says when the job was cancelled meanwhile', async () => {
		await addCustomer('globex');
		world.m3ter.addFault({ method: 'GET', path: /\/billjobs\//, kind: 'status', status: 200, body: { id: 'job-1', status: 'CANCELLED', total: 3, pending: 2 } });
		expect(await failed('billJob', 'create', some('globex'))).toMatchObject({ error: 'The bill job was cancelled', message: expect.stringContaining('2 of 3') });
	});
});

describe('cancel, get many and preview', () => {
	test('cancel stops a job once', async () => {
		await addCustomer('globex');
		const job = await one('billJob', 'create', { ...MAY, accounts: 'globex', wait: false });
		expect(await one('billJob', 'cancel', { billJobId: job.id })).toMatchObject({ action: 'cancelled', status: 'CANCELLED' });
		expect(await one('billJob', 'cancel', { billJobId: job.id })).toMatchObject({ action: 'unchanged', status: 'CANCELLED' });
		expect(await failed('billJob', 'cancel', { billJobId: 'nothing' })).toMatchObject({ error: 'm3ter does not know this' });
	});

	test('get many filters by status', async () => {
		await addCustomer('globex');
		const done = await one('billJob', 'create', some('globex'));
		const cancelled = await one('billJob', 'create', { ...MAY, accounts: 'globex', wait: false });
		await one('billJob', 'cancel', { billJobId: cancelled.id });
		const ids = async (status: string) => (await run('billJob', 'getAll', { status, returnAll: true })).json.map(({ id }) => id);

		expect((await ids('')).sort()).toEqual([done.id, cancelled.id].sort());
		expect(await ids('COMPLETE')).toEqual([done.id]);
		expect(await ids('CANCELLED')).toEqual([cancelled.id]);
		expect(await ids('active')).toEqual([]);
	});

	test('get many and get become error items when m3ter refuses', async () => {
		world.m3ter.addFault({ method: 'GET', path: /billjobs/, kind: 'status', status: 400, body: { message: 'no' }, times: 2 });
		expect(await failed('billJob', 'getAll')).toMatchObject({ error: 'm3ter refused the request' });
		expect(await failed('billJob', 'get', { billJobId: 'x' })).toMatchObject({ error: 'm3ter refused the request' });
	});

	test('preview calculates a bill and keeps nothing', async () => {
		await addCustomer('globex');
		const account = { __rl: true, mode: 'code', value: 'globex' };
		const bill = await one('billJob', 'preview', { ...MAY, account });

		expect(bill).toMatchObject({ accountCode: 'globex', billTotal: 20, currency: 'USD' });
		expect(world.m3ter.state.bills.size).toBe(0);
		expect(await failed('billJob', 'preview', { ...MAY, account: { ...account, value: 'hooli' } })).toMatchObject({ error: 'm3ter has no such account' });
	});

	test('the editor lists the currencies', async () => {
		const options = await loadOptions({ node: world.node, credentials: world.credentials, method: 'getCurrencies' });
		expect(options.map(({ value }) => value)).toEqual(['EUR', 'GBP', 'JPY', 'USD']);
	});
});
