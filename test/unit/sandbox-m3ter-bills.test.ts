 
import { startM3terSandbox, type Account, type M3terOptions, type M3terSandbox, type Seed } from '../sandbox/m3ter';
import { accountBody, createClient, usageBody, type Body, type Call } from '../sandbox/m3ter/client';

let sandbox: M3terSandbox;
let seed: Seed;
let call: Call;

async function start(options: M3terOptions = {}): Promise<void> {
	sandbox = await startM3terSandbox({ jobMs: 1, ...options });
	seed = sandbox.seed();
	call = await createClient(sandbox.url);
}

async function newAccount(code: string, more: Body = {}): Promise<Account> {
	const answer = await call<Account>('POST', '/accounts', accountBody(code, more));
	expect(answer.status).toBe(200);
	return answer.body;
}

const post = async (...measurements: Body[]) => await call('POST', '/measurements', { measurements });

afterEach(async () => {
	await sandbox.settled();
	await sandbox.close();
});

describe('m3ter sandbox: bills', () => {
	beforeEach(async () => {
		await start();
		await newAccount('globex', { currency: 'EUR', daysBeforeBillDue: 10 });
	});

	const newBill = (...amounts: number[]) => sandbox.createBill({ accountCode: 'globex', lines: amounts.map((amount) => ({ amount })), billDate: '2024-05-01' });

	it('adds up exactly and fills in the rest', () => {
		const bill = newBill(0.1, 0.2, -0.3, 1.00001);
		expect(bill).toMatchObject({ billTotal: 1.00001, status: 'PENDING', version: 1, currency: 'EUR', sequentialInvoiceNumber: 'INV-1001', dueDate: '2024-05-11' });
		expect(bill.lineItems[0]).toMatchObject({ convertedSubtotal: 0.1, lineItemType: 'USAGE', sequenceNumber: 1 });
	});

	it('goes from pending over approved to locked, and back by recalculation only before that', async () => {
		const { id } = newBill(10);
		const status = async (value: string) => await call('PUT', `/bills/${id}/status`, { status: value });
		expect((await status('Approved')).status).toBe(400);
		expect((await call('PUT', `/bills/${id}/lock`)).status).toBe(400);
		expect((await status('APPROVED')).body).toMatchObject({ status: 'APPROVED', version: 2, dtApproved: expect.any(String) as string });
		expect((await status('APPROVED')).body.version).toBe(2);
		const changed = sandbox.changeBill(id, { lines: [{ amount: 11 }, { amount: 2 }] });
		expect(changed).toMatchObject({ status: 'PENDING', version: 3, billTotal: 13, dtApproved: undefined });
		expect((await call('POST', '/bills/approve', { billIds: [id] })).body).toEqual({ message: '1 bills approved' });
		expect((await call('PUT', `/bills/${id}/lock`)).body).toMatchObject({ locked: true, version: 5, dtLocked: expect.any(String) as string });
		expect((await status('PENDING')).status).toBe(400);
		expect((await call('PUT', `/bills/${id}/lock`)).status).toBe(400);
		expect((await call('DELETE', `/bills/${id}`)).status).toBe(400);
		expect((await call('POST', '/billjobs/recalculate', { billIds: [id] })).status).toBe(400);
		expect(() => sandbox.changeBill(id)).toThrow('HTTP 400');
		for (const body of [{ billIds: [] }, {}, { billIds: [id], all: true }]) expect((await call('POST', '/bills/approve', body)).status).toBe(400);
		expect(sandbox.violations).toEqual([]);
	});

	it('is locked by the lock date, which can move back', async () => {
		const bill = sandbox.createBill({ accountCode: 'globex', lines: [], startDate: '2024-04-01', endDate: '2024-05-01' });
		await call('PUT', '/billconfig', { version: 1, billLockDate: '2024-05-01' });
		expect((await call('GET', `/bills/${bill.id}`)).body.locked).toBe(true);
		expect((await call('PUT', `/bills/${bill.id}/status`, { status: 'APPROVED' })).status).toBe(400);
		await call('PUT', '/billconfig', { version: 2, billLockDate: '2024-04-30' });
		expect((await call('PUT', `/bills/${bill.id}/status`, { status: 'APPROVED' })).status).toBe(200);
	});

	it('lists with filters, and with lines and total as asked', async () => {
		const first = newBill(1);
		const second = sandbox.createBill({ accountCode: 'globex', lines: [{ amount: 2, usagePerPricingBand: [{ lowerLimit: 0 }], childAccountId: 'c' }], billDate: '2024-06-01' });
		sandbox.approveBill(second.id);
		const ids = async (query: string) => (await call<{ data: Body[] }>('GET', `/bills${query}`)).body.data.map(({ id }) => id);
		expect(await ids('')).toEqual([second.id, first.id]);
		expect(await ids('?status=APPROVED')).toEqual([second.id]);
		expect(await ids('?billDateStart=2024-05-01&billDateEnd=2024-06-01')).toEqual([first.id]);
		expect(await ids('?locked=true')).toEqual([]);
		expect(await ids(`/accountid/${first.accountId}`)).toEqual([second.id, first.id]);
		expect(await ids('/search?searchQuery=billDate%3E2024-05-15')).toEqual([second.id]);
		for (const query of ['?status=Approved', '?billDate=May', '?locked=maybe', '/search?searchQuery=status:APPROVED']) {
			expect((await call('GET', `/bills${query}`)).status).toBe(400);
		}
		const [plain] = (await call<{ data: Body[] }>('GET', '/bills')).body.data;
		expect(plain).toHaveProperty('lineItems');
		expect(plain).not.toHaveProperty('billTotal');
		const [lean] = (await call<{ data: Body[] }>('GET', '/bills?excludeLineItems=true&includeBillTotal=true')).body.data;
		expect(lean).not.toHaveProperty('lineItems');
		expect(lean.billTotal).toBe(2);
		const [line] = (await call<{ data: Body[] }>('GET', `/bills/${second.id}/lineitems`)).body.data;
		expect(line).toMatchObject({ billId: second.id, bandUsage: [{ lowerLimit: 0 }] });
		expect(line).not.toHaveProperty('usagePerPricingBand');
		expect(line).not.toHaveProperty('childAccountId');
		expect(sandbox.violations).toEqual([]);
	});

	it('rates usage and standing charges in a bill job, and again', async () => {
		const account = [...sandbox.state.accounts.values()][0];
		await call('POST', '/accountplans', { accountId: account.id, planId: seed.plans.starter.id, startDate: '2024-01-01T00:00:00Z' });
		await post(usageBody({ measure: { requests: 2500 } }), usageBody({ uid: 'u2', ts: '2024-02-01T00:00:00Z' }));
		await sandbox.settled();
		const body = { accountIds: [account.id], billingFrequency: 'MONTHLY', lastDateInBillingPeriod: '2024-01-31' };
		const job = await call('POST', '/billjobs', body);
		expect(job.body).toMatchObject({ status: 'PENDING', type: 'CREATE', total: 1, pending: 1 });
		await sandbox.settled();
		expect((await call('GET', `/billjobs/${String(job.body.id)}`)).body).toMatchObject({ status: 'COMPLETE', pending: 0 });
		const bill = (await call('GET', `/bills/latest/${account.id}`)).body;
		// 20 USD base fee and 2.5 × 0.80 USD of requests, each at 0.92.
		expect(bill).toMatchObject({ billTotal: 20.24, currency: 'EUR', startDate: '2024-01-01', endDate: '2024-02-01', status: 'PENDING' });
		expect(bill.lineItems).toMatchObject([
			{ lineItemType: 'STANDING_CHARGE', subtotal: 20, currency: 'USD', conversionRate: 0.92, convertedSubtotal: 18.4 },
			{ lineItemType: 'USAGE', quantity: 2500, units: 2.5, subtotal: 2, convertedSubtotal: 1.84, productCode: 'acme_api' },
			{ lineItemType: 'USAGE', quantity: 0, subtotal: 0 },
		]);
		sandbox.approveBill(String(bill.id));
		await post(usageBody({ uid: 'u3', measure: { requests: 1000 } }));
		await sandbox.settled();
		await call('POST', '/billjobs/recalculate', { billIds: [bill.id] });
		await sandbox.settled();
		expect((await call('GET', `/bills/${String(bill.id)}`)).body).toMatchObject({ billTotal: 20.976, status: 'PENDING', version: 3 });
		expect((await call('POST', '/bills/preview', { ...body, billFrequencyInterval: 1 })).body.billTotal).toBe(20.976);
		expect(sandbox.state.bills.size).toBe(1);

		await call('POST', '/billjobs', { ...body, targetCurrency: 'JPY' });
		await sandbox.settled();
		expect(sandbox.state.alerts).toHaveLength(1);
		expect((await call('POST', '/billjobs', { ...body, targetCurrency: 'EURO' })).status).toBe(400);
		expect(sandbox.violations).toEqual([]);
	});

	it('runs at most ten bill jobs at once', async () => {
		sandbox.settings.jobMs = 200;
		const { id } = newBill(1);
		const statuses = [];
		for (let count = 0; count < 11; count++) statuses.push((await call('POST', '/billjobs/recalculate', { billIds: [id] })).status);
		expect(statuses.filter((status) => status === 200)).toHaveLength(10);
		expect(statuses[10]).toBe(429);
	});

	it('takes credit and debit lines', async () => {
		const bill = newBill(100);
		const [reason] = [...sandbox.state.creditReasons.values()];
		const memo = {
			productId: seed.product.id,
			accountingProductId: seed.product.id,
			description: 'Service credit',
			amount: 19.6,
			referencedBillId: bill.id,
			referencedLineItemId: bill.lineItems[0].id,
			servicePeriodStartDate: '2024-04-01T00:00:00Z',
			servicePeriodEndDate: '2024-05-01T00:00:00Z',
			creditReasonId: reason.id,
		};
		const path = `/bills/${bill.id}/creditlineitems`;
		expect((await call('POST', path, { ...memo, amount: -1 })).status).toBe(400);
		expect((await call('POST', path, { ...memo, creditReasonId: 'none' })).status).toBe(400);
		const created = await call('POST', path, memo);
		expect(created.status).toBe(200);
		const get = async () => (await call('GET', `/bills/${bill.id}`)).body;
		expect(await get()).toMatchObject({ billTotal: 80.4, lineItems: [{}, { lineItemType: 'CREDIT_MEMO', convertedSubtotal: -19.6 }] });
		await call('POST', `/bills/${bill.id}/debitlineitems`, { ...memo, creditReasonId: undefined, amount: 5 });
		expect((await get()).billTotal).toBe(85.4);
		await call('DELETE', `${path}/${String(created.body.id)}`);
		expect((await get()).billTotal).toBe(105);
		expect(sandbox.violations).toEqual([]);
	});
});
