import { QuickBooksForM3ter } from '../../nodes/QuickBooks/QuickBooksForM3ter.node';
import { runNode } from '../engine/harness';
import { QuickBooksWorld } from '../engine/quickbooks-setup';
import { manyLines, usualLines } from '../engine/world';
import { CUSTOMER_ID } from '../sandbox/quickbooks';
import { quickBooksSdk } from './quickbooksSdk';

const world = new QuickBooksWorld();

beforeEach(async () => await world.open());
afterEach(async () => expect(await world.close()).toEqual([]));

describe('node-quickbooks and the node', () => {
	test('the SDK reads the invoice the node wrote: lines, quantities, total', async () => {
		const bill = world.bill();
		const { document } = await world.send(bill.id, { item: '21' });
		const invoice = await quickBooksSdk(world.quickBooks).invoice(document?.id ?? '');
		expect(invoice).toMatchObject({ DocNumber: document?.number, TotalAmt: 118.4, Balance: 118.4, CustomerRef: { value: CUSTOMER_ID }, PrivateNote: `m3ter bill ${bill.id} (4 lines)` });
		const lines = invoice.Line.filter(({ DetailType }) => DetailType === 'SalesItemLineDetail');
		expect(lines.map(({ Amount }) => Amount)).toEqual([46, 80.25, 11.75, -19.6]);
		expect(lines.every(({ Amount, SalesItemLineDetail: detail }) => detail?.ItemRef?.value === '21' && detail.Qty === 1 && detail.UnitPrice === Amount)).toBe(true);
	});

	test('the SDK reads a credit memo and the invoices of a batch', async () => {
		const credit = await world.send(world.bill([{ amount: -40, description: 'Refund' }]).id);
		const sdk = quickBooksSdk(world.quickBooks);
		expect(await sdk.creditMemo(credit.document?.id ?? '')).toMatchObject({ TotalAmt: 40, Line: [{ Amount: 40, Description: expect.stringContaining('Refund') }, {}] });
		const bills = Array.from({ length: 31 }, (_, index) => world.bill(manyLines(index + 1)));
		await world.run('send', bills.map(({ id }) => id));
		const invoices = await sdk.invoices();
		expect(invoices.map(({ TotalAmt }) => TotalAmt).sort((a, b) => a - b)).toEqual(bills.map(({ billTotal }) => Number(billTotal.toFixed(2))));
		expect(invoices.every(({ DocNumber }) => DocNumber.length <= 21)).toBe(true);
	});

	test('the node notices what the SDK changed, and leaves alone what the SDK made', async () => {
		const sdk = quickBooksSdk(world.quickBooks);
		const bill = world.bill(usualLines);
		const { document } = await world.send(bill.id);
		const invoice = await sdk.invoice(document?.id ?? '');
		const [first, ...others] = invoice.Line.filter(({ DetailType }) => DetailType === 'SalesItemLineDetail');
		const cheaper = { ...first, Amount: 1, SalesItemLineDetail: { ...first.SalesItemLineDetail, Qty: 1, UnitPrice: 1 } };
		await sdk.updateInvoice({ Id: invoice.Id, SyncToken: invoice.SyncToken, sparse: true, CustomerRef: invoice.CustomerRef, Line: [cheaper, ...others] });
		expect((await sdk.invoice(invoice.Id)).TotalAmt).toBe(73.4);
		expect(await world.send(bill.id)).toMatchObject({ action: 'updated', lines: { changed: 1, unchanged: 3 } });
		expect((await sdk.invoice(invoice.Id)).TotalAmt).toBe(118.4);

		const made = await sdk.createInvoice({ CustomerRef: { value: CUSTOMER_ID }, DocNumber: 'INV-1', Line: [{ DetailType: 'SalesItemLineDetail', Amount: 5, SalesItemLineDetail: { ItemRef: { value: '1' }, Qty: 1, UnitPrice: 5 } }] });
		const { error } = await runNode({
			node: new QuickBooksForM3ter(),
			parameters: { resource: 'bill', operation: 'send', billId: world.bill([{ amount: 2 }], { sequentialInvoiceNumber: 'INV-1' }).id },
			credentials: world.credentials,
		});
		expect(error?.message).toBe('The document number is taken in QuickBooks');
		expect(await sdk.invoice(made.Id)).toMatchObject({ TotalAmt: 5, SyncToken: made.SyncToken });
	});
});
