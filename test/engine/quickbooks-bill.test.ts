import type * as N8nWorkflow from 'n8n-workflow';

import { QuickBooksForM3ter } from '../../nodes/QuickBooks/QuickBooksForM3ter.node';
import type { SendResult } from '../../nodes/shared/sendResult';
import type { LineInput, M3terSandbox } from '../sandbox/m3ter';
import { CUSTOMER_ID, QUICKBOOKS_RATE_LIMITS, startQuickBooksSandbox, UK_REALM_ID, US_REALM_ID, type QuickBooksSandbox } from '../sandbox/quickbooks';
import { loadOptions, runNode, type CredentialStore, type RunResult } from './harness';
import { quickBooksCredential } from './quickbooks-setup';
import { m3terCall, manyLines, mappedAccount, startM3ter, usualLines } from './world';

// The pauses are Intuit's wishes of a minute; that they are made is asserted, not sat through.
const sleeps: number[] = [];
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'),
	sleep: async (ms: number) => void sleeps.push(ms),
}));

let m3ter: M3terSandbox;
let quickBooks: QuickBooksSandbox;
let credentials: CredentialStore;

beforeEach(async () => {
	sleeps.length = 0;
	({ m3ter, credentials } = await startM3ter());
	quickBooks = await startQuickBooksSandbox();
	credentials.quickBooksForM3terOAuth2Api = quickBooksCredential(quickBooks);
	await mappedAccount(m3ter, 'QuickBooks', 'Customer', CUSTOMER_ID);
});

afterEach(async () => {
	expect([...m3ter.violations, ...quickBooks.violations]).toEqual([]);
	await Promise.all([m3ter.close(), quickBooks.close()]);
});

const bill = (lines: LineInput[] = usualLines, fields: object = {}) => m3ter.createBill({ accountCode: 'acme', lines, ...fields });

async function run(operation: string, ids: string[], parameters: object = {}, onError?: 'continueErrorOutput'): Promise<RunResult> {
	return await runNode({
		node: new QuickBooksForM3ter(),
		parameters: { resource: 'bill', operation, billId: '={{ $json.id }}', ...parameters },
		credentials,
		items: ids.map((id) => ({ id })),
		onError,
	});
}

async function send(id: string, options: object = {}): Promise<SendResult> {
	const { json, error } = await run('send', [id], { options });
	if (error) throw error;
	return json[0] as unknown as SendResult;
}

interface Shown {
	Id: string;
	DocNumber: string;
	SyncToken: string;
	TotalAmt: number;
	PrivateNote: string;
	Line: Array<{ Amount: number; Description?: string; SalesItemLineDetail?: { ItemRef: { value: string }; Qty: number; UnitPrice: number } }>;
	[field: string]: unknown;
}

const entities = (name: 'Invoice' | 'CreditMemo', realm = US_REALM_ID) => [...(quickBooks.state.companies.get(realm)?.entities[name].values() ?? [])] as unknown as Shown[];
const invoices = () => entities('Invoice');
const posts = () => quickBooks.requests.filter(({ method }) => method !== 'GET').length;
const forgetLedger = () => m3ter.state.externalMappings.forEach((mapping, key) => mapping.m3terEntity === 'Bill' && m3ter.state.externalMappings.delete(key));

describe('one document per bill', () => {
	test('creates an invoice whose total equals the bill, and leaves it alone when sent again', async () => {
		const { id } = bill();
		const first = await send(id);
		expect(first).toMatchObject({ system: 'QuickBooks', action: 'created', totals: { bill: '118.40', document: '118.40', difference: '0.00' }, lines: { added: 4 }, warnings: [] });
		const [invoice] = invoices();
		expect(first.document).toEqual({ type: 'invoice', id: invoice.Id, number: invoice.DocNumber, url: expect.stringContaining(`invoice?txnId=${invoice.Id}`), status: 'open' });
		expect(invoice).toMatchObject({ TotalAmt: 118.4, PrivateNote: `m3ter bill ${id} (4 lines)`, CustomerRef: { value: CUSTOMER_ID } });
		expect(invoice.DocNumber.length).toBeLessThanOrEqual(21);
		const writes = posts();
		expect(await send(id)).toMatchObject({ action: 'unchanged', lines: { added: 0, unchanged: 4 }, document: { id: invoice.Id } });
		expect(posts()).toBe(writes);
		expect(invoices()).toHaveLength(1);
	});

	test('corrects the same invoice when the bill changes, with a fresh sync token', async () => {
		const { id } = bill();
		const { document } = await send(id);
		const [base, requests, , credit] = usualLines;
		m3ter.changeBill(id, { lines: [base, { ...requests, amount: 90, units: 130 }, credit, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
		expect(await send(id)).toMatchObject({
			action: 'updated',
			document: { id: document?.id },
			lines: { added: 1, changed: 1, removed: 1, unchanged: 2 },
			totals: { bill: '366.40', document: '366.40', difference: '0.00' },
		});
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
		expect(invoices()).toHaveLength(1);
	});

	test('sees and mends an edit made by hand, and keeps lines added by hand', async () => {
		const { id } = bill();
		const { document } = await send(id);
		const [invoice] = invoices();
		const lines = invoice.Line.filter((line) => line.SalesItemLineDetail).map((line) => ({ ...line })) as object[];
		const changes = {
			Line: [
				{ ...lines[0], Amount: 1, SalesItemLineDetail: { ItemRef: { value: '1' }, Qty: 1, UnitPrice: 1 } },
				{ DetailType: 'SalesItemLineDetail', Amount: 5, Description: 'Thank you', SalesItemLineDetail: { ItemRef: { value: '22' }, Qty: 1, UnitPrice: 5 } },
				...lines.slice(1),
				{ DetailType: 'DescriptionOnly', Description: 'See contract' },
			],
		};
		quickBooks.editInvoice({ id: document?.id ?? '', changes: changes as never });
		const result = await send(id);
		expect(result).toMatchObject({ action: 'updated', lines: { changed: 1, added: 0, removed: 0, unchanged: 3 }, totals: { document: '123.40', difference: '5.00' } });
		expect(result.warnings).toEqual([expect.stringContaining('2 line(s) on the document were added by hand')]);
		expect(invoices()[0].Line.map(({ Description }) => Description)).toEqual(expect.arrayContaining(['Thank you', 'See contract']));
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
	});

	test('keeps what people wrote into the memo', async () => {
		const { id } = bill();
		const { document } = await send(id);
		quickBooks.editInvoice({ id: document?.id ?? '', changes: { PrivateNote: `Checked. m3ter bill ${id} (4 lines) OK, Ann` } });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		await send(id);
		expect(invoices()[0].PrivateNote).toBe(`Checked. m3ter bill ${id} (2 lines) OK, Ann`);
	});

	test('previews without writing and tells the status', async () => {
		const { id } = bill();
		const preview = (await run('preview', [id])).json[0];
		expect(preview).toMatchObject({ action: 'created', lines: { added: 4 }, totals: { document: '118.40' } });
		expect(preview.requests).toEqual([{ method: 'POST', path: `/v3/company/${US_REALM_ID}/invoice`, body: expect.objectContaining({ CustomerRef: { value: CUSTOMER_ID } }) }]);
		expect((await run('getStatus', [id])).json[0]).toMatchObject({ action: 'skipped', document: null });
		expect(posts()).toBe(0);
		await send(id);
		expect((await run('getStatus', [id])).json[0]).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect((await run('getStatus', [id])).json[0]).toMatchObject({ action: 'updated', totals: { bill: '126.25', document: '118.40', difference: '-7.85' } });
		expect((await run('preview', [id])).json[0]).toMatchObject({ action: 'updated', totals: { document: '126.25' }, lines: { removed: 2 } });
	});

	test('finds its invoice without the ledger', async () => {
		const { id } = bill();
		await send(id);
		forgetLedger();
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
		await send(bill([{ amount: 3 }]).id, { documentNumber: 'quickBooks' });
		forgetLedger();
		expect(invoices()).toHaveLength(2);
		const last = [...m3ter.state.bills.values()].at(-1)?.id ?? '';
		expect(await send(last, { documentNumber: 'quickBooks' })).toMatchObject({ action: 'unchanged', document: { number: '1001' } });
	});

	test.each([true, false])('executions at once make one invoice (duplicate numbers refused: %s)', async (on) => {
		quickBooks.setDuplicateWarning({ realmId: US_REALM_ID, on });
		const [one, two] = [bill().id, bill([{ amount: 7 }]).id];
		const runs = await Promise.all([run('send', [one]), run('send', [one]), run('send', [one, two]), run('send', [two, one])]);
		expect(runs.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined]);
		const after = await run('send', [one, two]);
		expect(after.json.map(({ totals }) => (totals as { difference: string }).difference)).toEqual(['0.00', '0.00']);
		expect(invoices()).toHaveLength(2);
	});

	test('the number becomes the one of the bill once it has one', async () => {
		const { id } = bill(usualLines, { sequentialInvoiceNumber: undefined });
		expect((await send(id)).document?.number).toMatch(/^M3-[0-9a-f]{14}$/);
		const stored = m3ter.state.bills.get(id);
		if (stored) m3ter.state.bills.set(id, { ...stored, sequentialInvoiceNumber: 'INV-77' });
		expect(await send(id)).toMatchObject({ action: 'updated', document: { number: 'INV-77' }, lines: { unchanged: 4 } });
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
	});
});

describe('batches', () => {
	test('120 bills take 4 write requests, and one bad bill fails alone', async () => {
		const good = Array.from({ length: 119 }, (_, index) => bill([{ amount: index + 1, description: 'Usage' }]).id);
		const bad = bill([{ amount: 5, productCode: 'old' }]).id;
		const options = { lineMapping: { rows: [{ match: 'old', item: '25' }] } };
		const { json, errors } = await run('send', [...good.slice(0, 50), bad, ...good.slice(50)], { options }, 'continueErrorOutput');
		expect(json).toHaveLength(119);
		expect(json.every(({ action, totals }) => action === 'created' && (totals as { difference: string }).difference === '0.00')).toBe(true);
		expect(errors).toEqual([
			{
				id: bad,
				error: 'QuickBooks does not have something the document names',
				message: expect.stringMatching(new RegExp(`Bill ${bad} of account acme.*inactive.*ItemRef 25.*line mapping`)),
				details: expect.objectContaining({ kind: 'not-found', code: '610', billId: bad }),
			},
		]);
		expect(quickBooks.requests.filter(({ method }) => method === 'POST').map(({ path }) => path.split('/').at(-1))).toEqual(['batch', 'batch', 'batch', 'batch']);
		expect(quickBooks.requests.length).toBeLessThanOrEqual(20);
		expect(invoices()).toHaveLength(119);

		quickBooks.requests.length = 0;
		const again = await run('send', good);
		expect(again.json.every(({ action }) => action === 'unchanged')).toBe(true);
		expect(quickBooks.requests.every(({ method }) => method === 'GET')).toBe(true);
	});

	test('a refusal that was mended is not remembered', async () => {
		const ids = [bill([{ amount: 5, productCode: 'old' }]).id, bill([{ amount: 6, productCode: 'old' }]).id];
		const options = { lineMapping: { rows: [{ match: 'old', item: '25' }] } };
		expect((await run('send', ids, { options }, 'continueErrorOutput')).errors).toHaveLength(2);
		const item = quickBooks.state.companies.get(US_REALM_ID)?.entities.Item.get('25');
		if (item) item.Active = true;
		expect((await run('send', ids, { options })).json.map(({ action }) => action)).toEqual(['created', 'created']);
	});

	test('a bill of 40 lines takes 5 requests, an unchanged one 2', async () => {
		const { id } = bill(manyLines(40));
		expect(await send(id)).toMatchObject({ action: 'created', calls: 4, lines: { added: 40 }, totals: { bill: '8.20', difference: '0.00' } });
		expect(quickBooks.requests).toHaveLength(5);
		quickBooks.requests.length = 0;
		expect(await send(id)).toMatchObject({ action: 'unchanged', calls: 1 });
		expect(quickBooks.requests).toHaveLength(2);
	});

	test('keeps within the published limits, and waits a minute when it is throttled all the same', async () => {
		await quickBooks.close();
		quickBooks = await startQuickBooksSandbox({ rateLimits: { ...QUICKBOOKS_RATE_LIMITS, second: 1000 } });
		credentials.quickBooksForM3terOAuth2Api = quickBooksCredential(quickBooks);
		quickBooks.addFault({ kind: 'status', status: 429, path: /\/invoice$/ });
		expect(await send(bill().id)).toMatchObject({ action: 'created' });
		expect(sleeps.filter((ms) => ms === 500).reduce((total, ms) => total + ms, 0)).toBe(60_000);
	});
});

describe('what QuickBooks insists on', () => {
	test('6140: adopts the invoice that is the bill’s, and leaves another alone', async () => {
		const { id } = bill(usualLines, { sequentialInvoiceNumber: 'INV-5' });
		await send(id);
		forgetLedger();
		quickBooks.state.requestIds.clear();
		// Not found at first, as when another execution writes in between.
		quickBooks.addFault({ kind: 'status', status: 200, path: /\/query$/, body: { QueryResponse: {} }, times: 2 });
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { number: 'INV-5' } });
		expect(invoices()).toHaveLength(1);

		quickBooks.createInvoice({ realmId: US_REALM_ID, document: { CustomerRef: { value: CUSTOMER_ID }, DocNumber: 'INV-6', Line: [{ DetailType: 'SalesItemLineDetail', Amount: 1, SalesItemLineDetail: {} }] } });
		const other = bill(usualLines, { sequentialInvoiceNumber: 'INV-6' }).id;
		await expect(send(other)).rejects.toMatchObject({ message: 'The document number is taken in QuickBooks', description: expect.stringMatching(/INV-6.*left alone.*Document Number/) });
		expect(await send(other, { documentNumber: 'short' })).toMatchObject({ action: 'created' });
	});

	test('5010: reads again when somebody was faster', async () => {
		const { id } = bill();
		const { document } = await send(id);
		m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		const stale = { Fault: { type: 'ValidationFault', Error: [{ Message: 'Stale Object Error', Detail: 'Stale Object Error', code: '5010', element: '' }] } };
		quickBooks.addFault({ kind: 'status', method: 'POST', status: 400, body: stale });
		expect(await send(id)).toMatchObject({ action: 'updated', document: { id: document?.id }, totals: { difference: '0.00' } });
	});

	test('6000: a tax code on every line outside the United States', async () => {
		credentials.quickBooksForM3terOAuth2Api = quickBooksCredential(quickBooks, UK_REALM_ID);
		const { id } = bill(usualLines, { currency: 'GBP' });
		await expect(send(id)).rejects.toMatchObject({ message: 'QuickBooks needs a tax code on every line', description: expect.stringMatching(/VAT\/GST rate.*'Tax Code'/) });
		const sent = await send(id, { taxCode: '3' });
		expect(sent).toMatchObject({ action: 'created', totals: { document: '118.40', difference: '0.00' } });
		expect(entities('Invoice', UK_REALM_ID)).toMatchObject([{ TotalAmt: 142.08, GlobalTaxCalculation: 'TaxExcluded', CurrencyRef: { value: 'GBP' } }]);
		expect(await send(id, { taxCode: '3' })).toMatchObject({ action: 'unchanged' });
		expect(await send(id, { taxCode: '3', lineMapping: { rows: [{ match: 'acme_storage', taxCode: '4' }] } })).toMatchObject({ action: 'updated', lines: { changed: 1, unchanged: 3 } });
	});

	test('automated sales tax: TAX and NON, told apart from nothing afterwards', async () => {
		const { id } = bill();
		expect(await send(id, { taxCode: 'TAX' })).toMatchObject({ totals: { document: '118.40', difference: '0.00' } });
		expect(invoices()[0].TotalAmt).toBe(127.87);
		expect(await send(id, { taxCode: 'TAX' })).toMatchObject({ action: 'unchanged' });
	});

	test('6070: units and price only where they multiply to the amount', async () => {
		const lines = [
			{ lineItemType: 'USAGE', description: 'Calls', amount: 240, units: 120000, averageUnitPrice: 0.002 },
			{ lineItemType: 'USAGE', description: 'Storage', amount: 10, units: 3, averageUnitPrice: 3.3333 },
			{ lineItemType: 'USAGE', description: 'Odd', amount: 0.01, units: 7654321.123, averageUnitPrice: 0 },
		];
		const { id } = bill(lines as LineInput[]);
		expect(await send(id, { quantity: 'units' })).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		const shown = invoices()[0].Line.flatMap(({ SalesItemLineDetail: detail }) => (detail ? [[detail.Qty, detail.UnitPrice]] : []));
		expect(shown).toEqual([[120000, 0.002], [3, 3.3333], [1, 0.01]]);
		expect(await send(id, { quantity: 'units' })).toMatchObject({ action: 'unchanged' });
	});

	test('a negative bill becomes a credit memo, or is refused', async () => {
		const { id } = bill([{ amount: 5, description: 'Usage' }, { amount: -25, description: 'Refund' }]);
		await expect(send(id, { negativeTotal: 'refuse' })).rejects.toMatchObject({ message: 'The bill total is negative' });
		expect(await send(id)).toMatchObject({ action: 'created', document: { type: 'credit memo' }, totals: { bill: '-20.00', document: '-20.00', difference: '0.00' } });
		expect(entities('CreditMemo')).toMatchObject([{ TotalAmt: 20, Line: [{ Amount: -5 }, { Amount: 25 }, {}] }]);
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
		m3ter.changeBill(id, { lines: [{ amount: -30, description: 'Refund' }] });
		expect(await send(id)).toMatchObject({ action: 'updated', totals: { document: '-30.00' }, lines: { changed: 1, removed: 1 } });
		expect(entities('CreditMemo')).toHaveLength(1);
	});

	test('a bill that turns negative is followed by a credit memo for the difference', async () => {
		const { id } = bill([{ amount: 40, description: 'Usage' }]);
		await send(id);
		m3ter.changeBill(id, { lines: [{ amount: -10, description: 'Usage' }] });
		expect(await send(id)).toMatchObject({ action: 'locked', warnings: [expect.stringContaining('negative now')] });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'created', document: { type: 'credit memo' }, totals: { bill: '-10.00', document: '-10.00', difference: '0.00' } });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'unchanged' });
		expect(entities('CreditMemo')).toMatchObject([{ TotalAmt: 50, PrivateNote: `m3ter bill ${id} document 2 (1 line)` }]);
	});

	test('a paid invoice is reported, refused, or followed by the difference, which is itself kept up to date', async () => {
		const { id } = bill();
		const { document } = await send(id);
		quickBooks.payInvoice({ realmId: US_REALM_ID, id: document?.id ?? '' });
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { status: 'paid or applied' } });
		m3ter.changeBill(id, { lines: [...usualLines.slice(0, 3), { ...usualLines[3], amount: -9.6 }] });
		expect(await send(id)).toMatchObject({ action: 'locked', totals: { bill: '128.40', document: '118.40', difference: '-10.00' } });
		await expect(send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The QuickBooks document can no longer be changed and differs from the bill' });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'created', totals: { document: '128.40', difference: '0.00' }, lines: { added: 1 } });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'unchanged' });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'updated', totals: { bill: '138.00', document: '138.00' }, lines: { changed: 1 } });
		expect(invoices().map(({ TotalAmt }) => TotalAmt)).toEqual([118.4, 19.6]);
	});

	test('closed books lock a document, and refuse a new one', async () => {
		const { id } = bill(usualLines, { externalInvoiceDate: '2026-03-01' });
		await send(id);
		quickBooks.closeBooks({ realmId: US_REALM_ID, date: '2026-03-31' });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect(await send(id)).toMatchObject({ action: 'locked', warnings: [expect.stringContaining('closed until 2026-03-31')] });
		const late = bill(usualLines, { externalInvoiceDate: '2026-03-15' }).id;
		await expect(send(late)).rejects.toMatchObject({ message: 'The books are closed for this date', description: expect.stringMatching(/closing date.*Invoice Date/i) });
	});

	test('creates a deleted or void document again only when told to', async () => {
		const { id } = bill(usualLines, { sequentialInvoiceNumber: 'INV-9' });
		const first = await send(id);
		quickBooks.deleteInvoice({ realmId: US_REALM_ID, id: first.document?.id ?? '' });
		await expect(send(id)).rejects.toMatchObject({ message: 'The QuickBooks document of this bill was deleted or voided', description: expect.stringContaining(id) });
		const second = await send(id, { whenRemoved: 'recreate' });
		expect(second).toMatchObject({ action: 'created', document: { number: 'INV-9' }, totals: { difference: '0.00' } });
		quickBooks.voidInvoice({ realmId: US_REALM_ID, id: second.document?.id ?? '' });
		await expect(send(id)).rejects.toMatchObject({ message: 'The QuickBooks document of this bill was deleted or voided' });
		expect(await send(id, { whenRemoved: 'recreate' })).toMatchObject({ action: 'created', document: { number: 'INV-9-2' } });
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { number: 'INV-9-2' } });
	});

	test('a deleted document that QuickBooks answers with again is noticed, with no ledger to tell', async () => {
		const { id } = bill();
		const { document } = await send(id);
		quickBooks.deleteInvoice({ realmId: US_REALM_ID, id: document?.id ?? '' });
		forgetLedger();
		expect(await send(id)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		expect(invoices()).toHaveLength(1);
		expect(invoices()[0].Id).not.toBe(document?.id);
	});

	test('a bill that has nothing left to charge empties the invoice', async () => {
		const { id } = bill();
		await send(id);
		m3ter.changeBill(id, { lines: [{ amount: 0, description: 'Free' }] });
		expect(await send(id)).toMatchObject({ action: 'updated', totals: { document: '0.00', difference: '0.00' }, lines: { removed: 4 }, warnings: [] });
		expect(await send(id)).toMatchObject({ action: 'unchanged', warnings: [] });
		expect(await send(bill([{ amount: 0 }]).id)).toMatchObject({ action: 'skipped', document: null });
	});

	test('one currency: a bill in another is refused, not posted as if it were', async () => {
		await expect(send(bill(usualLines, { currency: 'EUR' }).id)).rejects.toMatchObject({ message: 'The QuickBooks company keeps one currency, and the bill has another', description: expect.stringContaining('Multicurrency') });
		await expect(send(bill(usualLines, { currency: 'CREDITS' }).id)).rejects.toMatchObject({ message: 'QuickBooks cannot invoice in this currency' });
		expect(invoices()).toHaveLength(0);
	});
});

describe('options', () => {
	test('items come from the line mapping, then m3ter’s product mapping, then the default', async () => {
		const product = [...m3ter.state.products.values()][0];
		await m3terCall(m3ter, 'POST', '/externalmappings', { m3terEntity: 'Product', m3terId: product.id, externalSystem: 'QuickBooks', externalTable: 'Item', externalId: '22' });
		const lines = [
			{ amount: 1, description: 'A', productId: product.id, productCode: 'x' },
			{ amount: 2, description: 'B', productId: product.id, productCode: 'special' },
			{ amount: 3, description: 'C' },
		];
		await send(bill(lines).id, { item: '30', lineMapping: { rows: [{ match: 'special', item: '21' }] } });
		expect(invoices()[0].Line.flatMap(({ SalesItemLineDetail: detail }) => (detail ? [detail.ItemRef.value] : []))).toEqual(['22', '21', '30']);
	});

	test('class, location, terms, message, email queue and dates', async () => {
		const options = { classId: '200000000000012345', department: '1', terms: '3', message: 'Thanks', queueEmail: true, serviceDate: 'start', item: '21' };
		const { id } = bill([{ amount: 9, description: 'Usage', servicePeriodStartDate: '2026-04-01T00:00:00Z', servicePeriodEndDate: '2026-05-01T00:00:00Z' }], { externalInvoiceDate: '2026-05-01', dueDate: '2026-05-10' });
		await send(id, options);
		expect(invoices()[0]).toMatchObject({
			TxnDate: '2026-05-01',
			DueDate: '2026-05-31',
			SalesTermRef: { value: '3' },
			DepartmentRef: { value: '1' },
			CustomerMemo: { value: 'Thanks' },
			EmailStatus: 'NeedToSend',
			BillEmail: { Address: 'ap@acme.test' },
			Line: [{ SalesItemLineDetail: { ClassRef: { value: '200000000000012345' }, ServiceDate: '2026-04-01' } }, {}],
		});
		expect(await send(id, options)).toMatchObject({ action: 'unchanged' });
		expect(await send(id, { ...options, terms: '', serviceDate: 'end' })).toMatchObject({ action: 'updated' });
		expect(invoices()[0]).toMatchObject({ DueDate: '2026-05-10', Line: [{ SalesItemLineDetail: { ServiceDate: '2026-04-30' } }, {}] });
	});

	test('drop-downs show what is active, without headings', async () => {
		const list = async (method: string) => await loadOptions({ node: new QuickBooksForM3ter(), credentials, method });
		expect((await list('getItems')).map(({ name }) => name)).toEqual(['API calls', 'Commitment drawdown', 'Enterprise plan', 'Router', 'Services']);
		expect(await list('getTerms')).toEqual([{ name: 'Due on receipt', value: '4' }, { name: 'Net 30', value: '3' }]);
		expect((await list('getTaxCodes')).map(({ value }) => value)).toEqual(['NON', 'TAX']);
		expect((await list('getClasses')).map(({ name }) => name)).toEqual(['Data', 'Platform']);
		expect(await list('getDepartments')).toEqual([{ name: 'Head office', value: '1' }]);
	});
});

describe('sign-in', () => {
	test('an expired token is renewed once and kept', async () => {
		quickBooks.advance({ seconds: 3700 });
		expect(await send(bill().id)).toMatchObject({ action: 'created' });
		const [first, , third] = quickBooks.requests;
		expect([first.status, third.status]).toEqual([401, 200]);
		quickBooks.requests.length = 0;
		await send(bill([{ amount: 1 }]).id);
		expect(quickBooks.requests.some(({ status }) => status === 401)).toBe(false);
	});

	test('a revoked connection, another company and none at all say what to do', async () => {
		const { id } = bill();
		const stored = credentials.quickBooksForM3terOAuth2Api;
		quickBooks.state.tokens.clear();
		quickBooks.state.refreshTokens.clear();
		await expect(send(id)).rejects.toMatchObject({ message: expect.stringMatching(/needs to be reconnected/) });
		credentials.quickBooksForM3terOAuth2Api = { ...quickBooksCredential(quickBooks), companyId: UK_REALM_ID };
		await expect(send(id)).rejects.toMatchObject({ message: 'The sign-in is for another QuickBooks company', description: expect.stringContaining("'Company ID'") });
		credentials.quickBooksForM3terOAuth2Api = { ...stored, oauthTokenData: { access_token: 'x' } };
		await expect(send(id)).rejects.toMatchObject({ message: 'The credential names no QuickBooks company' });
	});
});
