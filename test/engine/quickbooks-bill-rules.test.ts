import { CUSTOMER_ID, UK_REALM_ID, US_REALM_ID } from '../sandbox/quickbooks';
import type { LineInput } from '../sandbox/m3ter';
import { QuickBooksWorld } from './quickbooks-setup';
import { usualLines } from './world';

const world = new QuickBooksWorld();

beforeEach(async () => {
	await world.open();
});

afterEach(async () => expect(await world.close()).toEqual([]));

describe('what QuickBooks insists on', () => {
	test('6140: adopts the invoice that is the bill’s, and leaves another alone', async () => {
		const { id } = world.bill(usualLines, { sequentialInvoiceNumber: 'INV-5' });
		await world.send(id);
		world.forgetLedger();
		world.quickBooks.state.requestIds.clear();
		// Not found at first, as when another execution writes in between.
		world.quickBooks.addFault({ kind: 'status', status: 200, path: /\/query$/, body: { QueryResponse: {} }, times: 2 });
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', document: { number: 'INV-5' } });
		expect(world.documents('Invoice')).toHaveLength(1);

		world.quickBooks.createInvoice({ realmId: US_REALM_ID, document: { CustomerRef: { value: CUSTOMER_ID }, DocNumber: 'INV-6', Line: [{ DetailType: 'SalesItemLineDetail', Amount: 1, SalesItemLineDetail: {} }] } });
		const other = world.bill(usualLines, { sequentialInvoiceNumber: 'INV-6' }).id;
		await expect(world.send(other)).rejects.toMatchObject({ message: 'The document number is taken in QuickBooks', description: expect.stringMatching(/INV-6.*left alone.*Document Number/) });
		expect(await world.send(other, { documentNumber: 'short' })).toMatchObject({ action: 'created' });
	});

	test('5010: reads again when somebody was faster', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id);
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		const stale = { Fault: { type: 'ValidationFault', Error: [{ Message: 'Stale Object Error', Detail: 'Stale Object Error', code: '5010', element: '' }] } };
		world.quickBooks.addFault({ kind: 'status', method: 'POST', status: 400, body: stale });
		expect(await world.send(id)).toMatchObject({ action: 'updated', document: { id: document?.id }, totals: { difference: '0.00' } });
	});

	test('6000: a tax code on every line outside the United States', async () => {
		world.signIn(UK_REALM_ID);
		const { id } = world.bill(usualLines, { currency: 'GBP' });
		await expect(world.send(id)).rejects.toMatchObject({ message: 'QuickBooks needs a tax code on every line', description: expect.stringMatching(/VAT\/GST rate.*'Tax Code'/) });
		const sent = await world.send(id, { taxCode: '3' });
		expect(sent).toMatchObject({ action: 'created', totals: { document: '118.40', difference: '0.00' } });
		expect(world.documents('Invoice', UK_REALM_ID)).toMatchObject([{ TotalAmt: 142.08, GlobalTaxCalculation: 'TaxExcluded', CurrencyRef: { value: 'GBP' } }]);
		expect(await world.send(id, { taxCode: '3' })).toMatchObject({ action: 'unchanged' });
		expect(await world.send(id, { taxCode: '3', lineMapping: { rows: [{ match: 'acme_storage', taxCode: '4' }] } })).toMatchObject({ action: 'updated', lines: { changed: 1, unchanged: 3 } });
	});

	test('automated sales tax: TAX and NON, told apart from nothing afterwards', async () => {
		const { id } = world.bill();
		expect(await world.send(id, { taxCode: 'TAX' })).toMatchObject({ totals: { document: '118.40', difference: '0.00' } });
		expect(world.documents('Invoice')[0].TotalAmt).toBe(127.87);
		expect(await world.send(id, { taxCode: 'TAX' })).toMatchObject({ action: 'unchanged' });
	});

	test('6070: units and price only where they multiply to the amount', async () => {
		const lines = [
			{ lineItemType: 'USAGE', description: 'Calls', amount: 240, units: 120000, averageUnitPrice: 0.002 },
			{ lineItemType: 'USAGE', description: 'Storage', amount: 10, units: 3, averageUnitPrice: 3.3333 },
			{ lineItemType: 'USAGE', description: 'Odd', amount: 0.01, units: 7654321.123, averageUnitPrice: 0 },
		];
		const { id } = world.bill(lines as LineInput[]);
		expect(await world.send(id, { quantity: 'units' })).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		const shown = world.documents('Invoice')[0].Line.flatMap(({ SalesItemLineDetail: detail }) => (detail ? [[detail.Qty, detail.UnitPrice]] : []));
		expect(shown).toEqual([[120000, 0.002], [3, 3.3333], [1, 0.01]]);
		expect(await world.send(id, { quantity: 'units' })).toMatchObject({ action: 'unchanged' });
	});

	test('a negative bill becomes a credit memo, or is refused', async () => {
		const { id } = world.bill([{ amount: 5, description: 'Usage' }, { amount: -25, description: 'Refund' }]);
		await expect(world.send(id, { negativeTotal: 'refuse' })).rejects.toMatchObject({ message: 'The bill total is negative' });
		expect(await world.send(id)).toMatchObject({ action: 'created', document: { type: 'credit memo' }, totals: { bill: '-20.00', document: '-20.00', difference: '0.00' } });
		expect(world.documents('CreditMemo')).toMatchObject([{ TotalAmt: 20, Line: [{ Amount: -5 }, { Amount: 25 }, {}] }]);
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: [{ amount: -30, description: 'Refund' }] });
		expect(await world.send(id)).toMatchObject({ action: 'updated', totals: { document: '-30.00' }, lines: { changed: 1, removed: 1 } });
		expect(world.documents('CreditMemo')).toHaveLength(1);
	});

	test('a bill that turns negative is followed by a credit memo for the difference', async () => {
		const { id } = world.bill([{ amount: 40, description: 'Usage' }]);
		await world.send(id);
		world.m3ter.changeBill(id, { lines: [{ amount: -10, description: 'Usage' }] });
		expect(await world.send(id)).toMatchObject({ action: 'locked', warnings: [expect.stringContaining('negative now')] });
		expect(await world.send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'created', document: { type: 'credit memo' }, totals: { bill: '-10.00', document: '-10.00', difference: '0.00' } });
		expect(await world.send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'unchanged' });
		expect(world.documents('CreditMemo')).toMatchObject([{ TotalAmt: 50, PrivateNote: `m3ter bill ${id} document 2 (1 line)` }]);
	});

	test('a paid invoice is reported, refused, or followed by the difference, which is itself kept up to date', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id);
		world.quickBooks.payInvoice({ realmId: US_REALM_ID, id: document?.id ?? '' });
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', document: { status: 'paid or applied' } });
		world.m3ter.changeBill(id, { lines: [...usualLines.slice(0, 3), { ...usualLines[3], amount: -9.6 }] });
		expect(await world.send(id)).toMatchObject({ action: 'locked', totals: { bill: '128.40', document: '118.40', difference: '-10.00' } });
		await expect(world.send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The QuickBooks document can no longer be changed and differs from the bill' });
		expect(await world.send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'created', totals: { document: '128.40', difference: '0.00' }, lines: { added: 1 } });
		expect(await world.send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		expect(await world.send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'updated', totals: { bill: '138.00', document: '138.00' }, lines: { changed: 1 } });
		expect(world.documents('Invoice').map(({ TotalAmt }) => TotalAmt)).toEqual([118.4, 19.6]);
	});

	test('closed books lock a document, and refuse a new one', async () => {
		const { id } = world.bill(usualLines, { externalInvoiceDate: '2026-03-01' });
		await world.send(id);
		world.quickBooks.closeBooks({ realmId: US_REALM_ID, date: '2026-03-31' });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect(await world.send(id)).toMatchObject({ action: 'locked', warnings: [expect.stringContaining('closed until 2026-03-31')] });
		const late = world.bill(usualLines, { externalInvoiceDate: '2026-03-15' }).id;
		await expect(world.send(late)).rejects.toMatchObject({ message: 'The books are closed for this date', description: expect.stringMatching(/closing date.*Invoice Date/i) });
	});

	test('the difference to an invoice in closed books is dated after them, and stays there', async () => {
		const { id } = world.bill(usualLines, { externalInvoiceDate: '2026-05-31', dueDate: '2026-06-14' });
		await world.send(id);
		world.quickBooks.closeBooks({ realmId: US_REALM_ID, date: '2026-06-30' });
		const adjust = { whenLocked: 'adjust' };
		const [base, requests, storage, credit] = usualLines;
		world.m3ter.changeBill(id, { lines: [base, requests, storage, { ...credit, amount: -9.6 }] });
		expect(await world.send(id, adjust)).toMatchObject({ action: 'created', totals: { bill: '128.40', document: '128.40', difference: '0.00' } });
		expect(await world.send(id, adjust)).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: [base, requests, storage] });
		expect(await world.send(id, adjust)).toMatchObject({ action: 'updated', totals: { bill: '138.00', difference: '0.00' } });
		const dates = () => world.documents('Invoice').map(({ TxnDate, DueDate, TotalAmt }) => [TxnDate, DueDate, TotalAmt]);
		expect(dates()).toEqual([['2026-05-31', '2026-06-14', 118.4], ['2026-07-01', '2026-07-01', 19.6]]);
		// Open again: what is dated stays where it is.
		world.quickBooks.closeBooks({ realmId: US_REALM_ID, date: '2026-03-31' });
		world.m3ter.changeBill(id, { lines: usualLines });
		expect(await world.send(id, adjust)).toMatchObject({ totals: { difference: '0.00' } });
		expect(dates().map(([day]) => day)).toEqual(['2026-05-31', '2026-07-01']);
	});

	test('the difference to a paid invoice has the date of the bill when the books are open for it', async () => {
		const { id } = world.bill(usualLines, { externalInvoiceDate: '2026-07-15', dueDate: '2026-07-29' });
		const { document } = await world.send(id);
		world.quickBooks.closeBooks({ realmId: US_REALM_ID, date: '2026-06-30' });
		world.quickBooks.payInvoice({ realmId: US_REALM_ID, id: document?.id ?? '' });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		await world.send(id, { whenLocked: 'adjust' });
		expect(world.documents('Invoice')[1]).toMatchObject({ TxnDate: '2026-07-15', DueDate: '2026-07-29' });
	});

	test('creates a deleted or void document again only when told to', async () => {
		const { id } = world.bill(usualLines, { sequentialInvoiceNumber: 'INV-9' });
		const first = await world.send(id);
		world.quickBooks.deleteInvoice({ realmId: US_REALM_ID, id: first.document?.id ?? '' });
		await expect(world.send(id)).rejects.toMatchObject({ message: 'The QuickBooks document of this bill was deleted or voided', description: expect.stringContaining(id) });
		const second = await world.send(id, { whenRemoved: 'recreate' });
		expect(second).toMatchObject({ action: 'created', document: { number: 'INV-9' }, totals: { difference: '0.00' } });
		world.quickBooks.voidInvoice({ realmId: US_REALM_ID, id: second.document?.id ?? '' });
		await expect(world.send(id)).rejects.toMatchObject({ message: 'The QuickBooks document of this bill was deleted or voided' });
		expect(await world.send(id, { whenRemoved: 'recreate' })).toMatchObject({ action: 'created', document: { number: 'INV-9-2' } });
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', document: { number: 'INV-9-2' } });
	});

	test('a deleted document that QuickBooks answers with again is noticed, with no ledger to tell', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id);
		world.quickBooks.deleteInvoice({ realmId: US_REALM_ID, id: document?.id ?? '' });
		world.forgetLedger();
		expect(await world.send(id)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		expect(world.documents('Invoice')).toHaveLength(1);
		expect(world.documents('Invoice')[0].Id).not.toBe(document?.id);
	});

	test('a bill that has nothing left to charge empties the invoice', async () => {
		const { id } = world.bill();
		await world.send(id);
		world.m3ter.changeBill(id, { lines: [{ amount: 0, description: 'Free' }] });
		expect(await world.send(id)).toMatchObject({ action: 'updated', totals: { document: '0.00', difference: '0.00' }, lines: { removed: 4 }, warnings: [] });
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', warnings: [] });
		expect(await world.send(world.bill([{ amount: 0 }]).id)).toMatchObject({ action: 'skipped', document: null });
	});

	test('one currency: a bill in another is refused, not posted as if it were', async () => {
		await expect(world.send(world.bill(usualLines, { currency: 'EUR' }).id)).rejects.toMatchObject({ message: 'The QuickBooks company keeps one currency, and the bill has another', description: expect.stringContaining('Multicurrency') });
		await expect(world.send(world.bill(usualLines, { currency: 'CREDITS' }).id)).rejects.toMatchObject({ message: 'QuickBooks cannot invoice in this currency' });
		expect(world.documents('Invoice')).toHaveLength(0);
	});
});
