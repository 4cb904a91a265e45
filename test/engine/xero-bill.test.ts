import type { LineInput } from '../sandbox/m3ter';
import { CONTACT_ID, TENANT_ID } from '../sandbox/xero';
import { organisation, runBill, sendBill, xeroWorld, type XeroWorld } from './xero-setup';
import { manyLines, mappedAccount, usualLines } from './world';

let world: XeroWorld;

beforeEach(async () => {
	world = await xeroWorld();
});

afterEach(async () => {
	expect([...world.m3ter.violations, ...world.xero.violations]).toEqual([]);
	await world.close();
});

const sales = { lineMapping: { rows: [{ match: '', account: '200', taxType: 'OUTPUT2' }] } };
const bill = (lines: LineInput[] = usualLines, fields: object = {}) => world.m3ter.createBill({ accountCode: 'acme', currency: 'EUR', lines, ...fields });
const send = async (id: string, options: object = sales, parameters: object = {}) => await sendBill(world, id, options, parameters);
const run = async (operation: string, ids: string[], parameters: object = {}, onError?: 'continueErrorOutput') => await runBill(world, operation, ids, parameters, onError);
const invoices = () => [...organisation(world.xero).invoices.values()];
const notes = () => [...organisation(world.xero).creditNotes.values()];
const ledger = () => [...world.m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill').map(({ externalId }) => externalId);
const writes = () => world.xero.requests.filter(({ method, path }) => method !== 'GET' && path.startsWith('/api.xro/'));

describe('one bill', () => {
	test('becomes a draft whose lines add up to the bill, and is left alone when sent again', async () => {
		const { id } = bill();
		const first = await send(id);
		expect(first).toMatchObject({ action: 'created', totals: { bill: '118.40', document: '118.40', difference: '0.00' }, lines: { added: 4 }, calls: 4, warnings: [] });
		expect(first.document).toMatchObject({ type: 'invoice', status: 'DRAFT', url: expect.stringContaining('shortcode=!7b9d2') });
		const [invoice] = invoices();
		expect(invoice).toMatchObject({ contactId: CONTACT_ID, currency: 'EUR', subTotal: 118.4, totalTax: 23.68, reference: expect.stringContaining(`m3ter bill ${id}`) });
		expect(invoice.lines.map(({ Quantity, UnitAmount, AccountCode, TaxType }) => [Quantity, UnitAmount, AccountCode, TaxType])).toEqual(
			[46, 80.25, 11.75, -19.6].map((amount) => [1, amount, '200', 'OUTPUT2']),
		);
		const before = writes().length;
		expect(await send(id)).toMatchObject({ action: 'unchanged', lines: { added: 0, unchanged: 4 }, calls: 3, document: { id: first.document?.id } });
		expect(writes()).toHaveLength(before);
		expect(invoices()).toHaveLength(1);
	});

	test('is corrected line by line with the line ids kept', async () => {
		const { id } = bill();
		const { document } = await send(id);
		const idsBefore = invoices()[0].lines.map(({ LineItemID }) => LineItemID);
		const [base, requests, , credit] = usualLines;
		world.m3ter.changeBill(id, { lines: [base, { ...requests, amount: 90 }, credit, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
		expect(await send(id)).toMatchObject({ action: 'updated', document: { id: document?.id }, totals: { bill: '366.40', document: '366.40', difference: '0.00' } });
		const kept = invoices()[0].lines.map(({ LineItemID }) => LineItemID);
		expect(kept.filter((line) => idsBefore.includes(line)).length).toBeGreaterThanOrEqual(3);
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
	});

	test('sees and mends an edit made by hand, and keeps what was added below', async () => {
		const { id } = bill();
		const { document } = await send(id);
		const [first, ...others] = invoices()[0].lines.map(({ LineItemID, Description, Quantity, UnitAmount, AccountCode }) => ({ LineItemID, Description, Quantity, UnitAmount, AccountCode }));
		const LineItems = [{ ...first, UnitAmount: 1 }, ...others, { Description: 'Thank you', Quantity: 1, UnitAmount: 5, DiscountRate: 10, AccountCode: '260' }];
		world.xero.editInvoice({ id: document?.id ?? '', changes: { LineItems } });
		const result = await send(id);
		expect(result).toMatchObject({ action: 'updated', lines: { changed: 1, added: 0, removed: 0 }, totals: { document: '122.90', difference: '4.50' } });
		expect(result.warnings).toEqual([expect.stringContaining('added by hand')]);
		expect(invoices()[0].lines.at(-1)).toMatchObject({ Description: 'Thank you', LineAmount: 4.5, AccountCode: '260' });
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
	});

	test('previews the request without writing, and tells the status before and after', async () => {
		const { id } = bill();
		const { json } = await run('preview', [id], { options: sales });
		expect(json[0]).toMatchObject({ action: 'created', lines: { added: 4 }, totals: { document: '118.40', difference: '0.00' } });
		expect(json[0].requests).toEqual([expect.objectContaining({ method: 'PUT', path: '/Invoices?summarizeErrors=false&unitdp=4' })]);
		expect(writes()).toEqual([]);
		expect((await run('getStatus', [id], { options: sales })).json[0]).toMatchObject({ action: 'skipped', document: null });
		await send(id);
		expect((await run('getStatus', [id], { options: sales })).json[0]).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect((await run('getStatus', [id], { options: sales })).json[0]).toMatchObject({ action: 'updated', totals: { bill: '126.25', document: '118.40', difference: '-7.85' } });
	});

	test('carries dates, purchase order, item, tracking, branding, link and quantity as chosen', async () => {
		const [category] = organisation(world.xero).trackingCategories.values();
		const [theme] = organisation(world.xero).brandingThemes.keys();
		const lines: LineInput[] = [{ lineItemType: 'USAGE', description: 'Calls', amount: 2.1, units: 1000, averageUnitPrice: 0.0021, productCode: 'api' }];
		const { id } = bill(lines, { dueDate: '2026-06-30', externalInvoiceDate: '2026-05-31' });
		const options = {
			lineMapping: { rows: [{ match: 'api', item: 'API-CALLS', account: '260', tracking: [`${category.TrackingCategoryID}/${category.Options[0].TrackingOptionID}`] }] },
			brandingThemeId: theme,
			link: 'https://console.m3ter.example/bills',
			showQuantity: true,
			numberPrefix: 'U-',
			reference: 'PO 4711',
			lineAmountTypes: 'NoTax',
		};
		const { document } = await send(id, options);
		expect(document?.number).toMatch(/^U-/);
		expect(invoices()[0]).toMatchObject({ date: '2026-05-31', dueDate: '2026-06-30', brandingThemeId: theme, url: options.link, lineAmountTypes: 'NoTax', totalTax: 0, reference: expect.stringMatching(/^PO 4711 \| m3ter bill/) });
		expect(invoices()[0].lines[0]).toMatchObject({ Quantity: 1000, UnitAmount: 0.0021, LineAmount: 2.1, ItemCode: 'API-CALLS', AccountCode: '260', Tracking: [{ Name: 'Region', Option: category.Options[0].Name }] });
		expect(await send(id, options)).toMatchObject({ action: 'unchanged' });
		expect(await send(id, { ...options, reference: 'PO 4712' })).toMatchObject({ action: 'updated', lines: { unchanged: 1 } });
	});

	test('with 40 lines takes 4 requests, unchanged 3', async () => {
		const { id } = bill(manyLines(40));
		expect(await send(id)).toMatchObject({ action: 'created', calls: 4, totals: { bill: '8.20', difference: '0.00' } });
		expect(await send(id)).toMatchObject({ action: 'unchanged', calls: 3, lines: { unchanged: 40 } });
	});

	test('with nothing to invoice is skipped', async () => {
		expect(await send(bill([{ amount: 0 }]).id)).toMatchObject({ action: 'skipped', document: null });
		expect(writes()).toEqual([]);
	});
});

describe('status', () => {
	test('is raised on a later send and never lowered', async () => {
		const { id } = bill();
		await send(id);
		expect(await send(id, sales, { status: 'SUBMITTED' })).toMatchObject({ action: 'updated', document: { status: 'SUBMITTED' } });
		expect(await send(id, sales, { status: 'AUTHORISED' })).toMatchObject({ action: 'updated', document: { status: 'AUTHORISED' } });
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { status: 'AUTHORISED' } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		expect(await send(id)).toMatchObject({ action: 'updated', document: { status: 'AUTHORISED' }, totals: { document: '138.00' } });
	});

	test('approved without a due date on the bill takes the payment terms', async () => {
		const { id } = bill(usualLines, { externalInvoiceDate: '2026-05-31' });
		const options = { ...sales, dueDate: 'none' };
		await send(id, options, { status: 'AUTHORISED' });
		expect(invoices()[0]).toMatchObject({ status: 'AUTHORISED', dueDate: '2026-06-30' });
	});

	test('a paid invoice is reported, refused, or followed by the difference', async () => {
		const { id } = bill();
		const { document } = await send(id, sales, { status: 'AUTHORISED' });
		world.xero.payInvoice({ id: document?.id ?? '', amount: 10 });
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: [...usualLines.slice(0, 3), { ...usualLines[3], amount: -9.6 }] });
		expect(await send(id)).toMatchObject({ action: 'locked', totals: { bill: '128.40', document: '118.40', difference: '-10.00' }, warnings: [expect.stringContaining('paid')] });
		await expect(send(id, { ...sales, whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The Xero document is final and differs from the bill' });
		const adjust = { ...sales, whenLocked: 'adjust' };
		expect(await send(id, adjust)).toMatchObject({ action: 'created', totals: { bill: '128.40', document: '128.40', difference: '0.00' }, lines: { added: 1 }, document: { number: `${document?.number}-2` } });
		expect(await send(id, adjust)).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(1) });
		expect(await send(id, adjust)).toMatchObject({ action: 'created', document: { type: 'creditNote' }, totals: { bill: '72.40', document: '72.40', difference: '0.00' } });
		expect(invoices().map(({ status, subTotal }) => [status, subTotal])).toEqual([['AUTHORISED', 118.4], ['DELETED', 10]]);
		expect(notes().map(({ status, subTotal }) => [status, subTotal])).toEqual([['DRAFT', 46]]);
	});

	test('what a final invoice charges is taken back from where it went', async () => {
		const [category] = organisation(world.xero).trackingCategories.values();
		const tracking = [`${category.TrackingCategoryID}/${category.Options[0].TrackingOptionID}`];
		const options = { whenLocked: 'adjust', lineMapping: { rows: [{ match: 'api', account: '200', taxType: 'OUTPUT2', item: 'API-CALLS', tracking }, { match: '', account: '260', taxType: 'NONE' }] } };
		const usage = (amount: number): LineInput => ({ lineItemType: 'USAGE', description: 'Calls', amount, units: amount, averageUnitPrice: 1, productCode: 'api' });
		const { id } = bill([usage(100)]);
		const { document } = await send(id, options, { status: 'AUTHORISED' });
		world.xero.payInvoice({ id: document?.id ?? '', amount: 10 });
		world.m3ter.changeBill(id, { lines: [usage(130)] });
		expect(await send(id, options)).toMatchObject({ action: 'created', lines: { added: 2 }, totals: { difference: '0.00' } });
		const [, difference] = invoices();
		expect(difference).toMatchObject({ subTotal: 30, totalTax: 6 });
		const where = { AccountCode: '200', TaxType: 'OUTPUT2', ItemCode: 'API-CALLS', Tracking: [{ Option: category.Options[0].Name }] };
		expect(difference.lines).toMatchObject([{ LineAmount: 130, ...where }, { LineAmount: -100, ...where }]);
		expect(await send(id, options)).toMatchObject({ action: 'unchanged' });
	});

	test('a voided invoice is made again, under a number of its own, only when told to', async () => {
		const { id } = bill();
		const { document } = await send(id, sales, { status: 'AUTHORISED' });
		world.xero.voidInvoice({ id: document?.id ?? '' });
		await expect(send(id)).rejects.toMatchObject({ message: 'The Xero document of this bill was voided or deleted', description: expect.stringContaining(id) });
		expect(await send(id, { ...sales, whenRemoved: 'recreate' })).toMatchObject({ action: 'created', document: { number: `${document?.number}-2` }, totals: { difference: '0.00' } });
	});

	test('a bill that comes to nothing takes its document with it, and gets another when it rises again', async () => {
		const { id } = bill();
		const { document } = await send(id);
		world.m3ter.changeBill(id, { lines: [{ amount: 0 }] });
		const emptied = { action: 'updated', totals: { bill: '0.00', document: '0.00' }, warnings: [`Invoice ${document?.number} is deleted: nothing of the bill is left for it.`] };
		expect((await run('getStatus', [id], { options: sales })).json[0]).toMatchObject({ action: 'updated', document: { id: document?.id }, totals: { document: '118.40' } });
		expect((await run('preview', [id], { options: sales })).json[0]).toMatchObject({ ...emptied, document: { id: document?.id } });
		expect(await send(id)).toMatchObject({ ...emptied, document: null });
		expect(ledger()).toEqual(['none']);
		expect(await send(id)).toMatchObject({ action: 'skipped', document: null });
		world.m3ter.changeBill(id, { lines: usualLines });
		const again = await send(id);
		expect(again).toMatchObject({ action: 'created', document: { number: `${document?.number}-2` }, totals: { difference: '0.00' } });
		expect(ledger()).toEqual([again.document?.id]);
		world.xero.editInvoice({ id: again.document?.id ?? '', changes: { Status: 'DELETED' } });
		await expect(send(id)).rejects.toMatchObject({ message: 'The Xero document of this bill was voided or deleted' });
	});

	test('a run that died before the ledger knew that the document was taken away does no harm', async () => {
		const { id } = bill();
		await send(id);
		world.m3ter.changeBill(id, { lines: [{ amount: 0 }] });
		world.xero.editInvoice({ id: invoices()[0].id, changes: { Status: 'DELETED' } });
		expect(await send(id)).toMatchObject({ action: 'skipped' });
		expect(ledger()).toEqual(['none']);
		world.m3ter.changeBill(id, { lines: usualLines });
		expect(await send(id)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
	});

	test('Xero that takes no change of approved invoices makes them locked', async () => {
		const { id } = bill();
		await send(id, sales, { status: 'AUTHORISED' });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		const refusal = { InvoiceID: '00000000-0000-0000-0000-000000000000', StatusAttributeString: 'ERROR', HasErrors: true, ValidationErrors: [{ Message: 'Invoice not of valid status for modification' }] };
		world.xero.addFault({ method: 'POST', path: /Invoices$/, kind: 'status', status: 200, body: { Id: '1', Status: 'OK', Invoices: [refusal] } });
		expect(await send(id)).toMatchObject({ action: 'locked', totals: { document: '118.40', difference: '-19.60' } });
	});
});

describe('a negative total', () => {
	test('becomes a credit note with positive amounts, and an invoice again when the bill does', async () => {
		const { id } = bill([{ amount: 10, description: 'Fee' }, { amount: -35.5, description: 'Service credit' }]);
		const first = await send(id);
		expect(first).toMatchObject({ action: 'created', document: { type: 'creditNote', status: 'DRAFT' }, totals: { bill: '-25.50', document: '-25.50', difference: '0.00' } });
		expect(notes()[0]).toMatchObject({ type: 'ACCRECCREDIT', subTotal: 25.5 });
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { id: first.document?.id } });
		world.m3ter.changeBill(id, { lines: [{ amount: 40, description: 'Fee' }, { amount: -35.5, description: 'Service credit' }] });
		expect(await send(id)).toMatchObject({ action: 'created', document: { type: 'invoice' }, totals: { bill: '4.50', document: '4.50', difference: '0.00' } });
		expect(notes()[0].status).toBe('DELETED');
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
	});
});

describe('documents of others', () => {
	test('an invoice with the number of ours is never overwritten', async () => {
		const { id } = bill();
		const preview = (await run('preview', [id])).json[0].requests as Array<{ body: { Invoices: Array<{ InvoiceNumber: string }> } }>;
		const [{ InvoiceNumber }] = preview[0].body.Invoices;
		const theirs = world.xero.createInvoice({ invoice: { InvoiceNumber, Contact: { Name: 'Somebody' }, LineItems: [{ Description: 'Chairs', Quantity: 2, UnitAmount: 80 }] } });
		await expect(send(id)).rejects.toMatchObject({ message: 'The invoice number is in use in Xero', description: expect.stringMatching(/Invoice Number Prefix/) });
		expect(invoices()).toHaveLength(1);
		expect(invoices()[0]).toEqual(theirs);
		expect(await send(id, { ...sales, numberPrefix: 'U-' })).toMatchObject({ action: 'created' });
	});

	test('a document the ledger names but that was not made for the bill is left alone', async () => {
		const { id } = bill();
		await send(id);
		world.xero.editInvoice({ id: invoices()[0].id, changes: { Reference: 'Chairs' } });
		await expect(send(id)).rejects.toMatchObject({ message: 'The ledger points to a document that was not made for this bill' });
	});

	test('it is found without the ledger, and after it moved to another contact', async () => {
		const { id } = bill();
		const { document } = await send(id);
		const ledger = [...world.m3ter.state.externalMappings].filter(([, mapping]) => mapping.m3terEntity === 'Bill');
		ledger.forEach(([key]) => world.m3ter.state.externalMappings.delete(key));
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { id: document?.id } });
		world.xero.editInvoice({ id: document?.id ?? '', changes: { Contact: { Name: 'Acme Holding' } } });
		expect(await send(id)).toMatchObject({ action: 'updated', document: { id: document?.id } });
		expect(invoices()[0].contactId).toBe(CONTACT_ID);
	});

	test('executions at the same time make one invoice', async () => {
		const { id } = bill();
		const results = await Promise.all([send(id), send(id), send(id)]);
		expect(results.map(({ totals }) => totals.difference)).toEqual(['0.00', '0.00', '0.00']);
		expect(invoices()).toHaveLength(1);
	});

	test("Xero's own numbering gives Xero's number, once", async () => {
		const { id } = bill();
		const options = { ...sales, numbering: 'xero' };
		expect(await send(id, options)).toMatchObject({ document: { number: 'INV-0001' } });
		expect(await send(id, options)).toMatchObject({ action: 'unchanged', document: { number: 'INV-0001' } });
	});
});

describe('many bills', () => {
	const many = (count: number) => Array.from({ length: count }, (_bill, index) => bill([{ amount: index + 1.25, description: `Usage ${index + 1}` }]).id);

	test('120 go out in 3 write calls, and again in none', async () => {
		const ids = many(120);
		const { json, error } = await run('send', ids, { options: sales });
		expect(error).toBeUndefined();
		expect(json.map(({ action, bill: sent }) => [action, (sent as { id: string }).id])).toEqual(ids.map((id) => ['created', id]));
		expect(writes().map(({ method, body }) => [method, (body as { Invoices: unknown[] }).Invoices.length])).toEqual([['PUT', 50], ['PUT', 50], ['PUT', 20]]);
		expect(invoices()).toHaveLength(120);
		const calls = world.xero.requests.length;
		expect((await run('send', ids, { options: sales })).json.every(({ action }) => action === 'unchanged')).toBe(true);
		expect(writes()).toHaveLength(3);
		expect(world.xero.requests.length - calls).toBeLessThanOrEqual(4);
	});

	test('one bad bill of 50 fails alone', async () => {
		const ids = many(49);
		const bad = bill([{ amount: 5, description: 'Bad', productCode: 'bad' }]).id;
		const all = [...ids.slice(0, 20), bad, ...ids.slice(20)];
		const options = { lineMapping: { rows: [{ match: '', account: '200' }, { match: 'bad', account: '999' }] } };
		const { json, errors } = await run('send', all, { options }, 'continueErrorOutput');
		expect(json).toHaveLength(49);
		expect(errors).toEqual([
			expect.objectContaining({ error: 'Xero refused the invoice', message: expect.stringMatching(new RegExp(`Bill ${bad} of account acme.*'999' is not a valid code.*Line Mapping`)) }),
		]);
		expect(writes()).toHaveLength(1);
		expect(invoices()).toHaveLength(49);
	});

	test('a request refused as a whole is sent in halves until the bad one stands alone', async () => {
		const refusal = { ErrorNumber: 14, Type: 'PostDataInvalidException', Message: 'The body cannot be read' };
		// All four, then the first two, then the first alone.
		world.xero.addFault({ method: 'PUT', path: /Invoices$/, kind: 'status', status: 400, body: refusal, times: 3 });
		const { json, errors } = await run('send', many(4), { options: sales }, 'continueErrorOutput');
		expect([json.length, errors.length]).toEqual([3, 1]);
		expect(errors[0]).toMatchObject({ error: 'Xero refused the request', message: expect.stringContaining('The body cannot be read') });
		expect(invoices()).toHaveLength(3);
	});
});

describe('a period that is locked after the document was made', () => {
	const may = (lines = usualLines) => bill(lines, { externalInvoiceDate: '2026-05-31', dueDate: '2026-06-14' }).id;
	const openDay = { ...sales, whenPeriodLocked: 'firstOpenDay' };
	const change = (id: string, count = 3) => world.m3ter.changeBill(id, { lines: usualLines.slice(0, count) });
	const status = async (id: string) => (await run('getStatus', [id], { options: sales })).json[0];

	test('an approved one is final: reported, refused, or followed by the difference on the first open day', async () => {
		const id = may();
		await send(id, sales, { status: 'AUTHORISED' });
		world.xero.setLockDate({ date: '2026-06-30' });
		expect(await send(id, openDay)).toMatchObject({ action: 'unchanged' });
		change(id);
		const locked = { action: 'locked', totals: { document: '118.40', difference: '-19.60' } };
		expect(await send(id)).toMatchObject({ ...locked, warnings: [expect.stringContaining('in a period that is locked up to 2026-06-30')] });
		expect(await status(id)).toMatchObject(locked);
		await expect(send(id, { ...sales, whenLocked: 'fail' })).rejects.toMatchObject({ description: expect.stringMatching(/Move the lock date.*'Send Difference'.*'First Open Day'/) });
		const adjust = { whenLocked: 'adjust' };
		await expect(send(id, { ...sales, ...adjust })).rejects.toMatchObject({ message: 'The period of this bill is locked in Xero', description: expect.stringContaining("'First Open Day'") });
		expect(await send(id, { ...openDay, ...adjust })).toMatchObject({ action: 'created', totals: { document: '138.00', difference: '0.00' } });
		expect(invoices().map(({ date, subTotal }) => [date, subTotal])).toEqual([['2026-05-31', 118.4], ['2026-07-01', 19.6]]);
		expect(await send(id, { ...openDay, ...adjust })).toMatchObject({ action: 'unchanged' });
	});

	test('a draft stays while it is right, and moves to the first open day with the next change', async () => {
		const id = may();
		await send(id);
		world.xero.setLockDate({ date: '2026-06-30' });
		expect([await send(id), await send(id, openDay)]).toMatchObject([{ action: 'unchanged' }, { action: 'unchanged' }]);
		change(id);
		await expect(send(id)).rejects.toMatchObject({ message: 'The period of this bill is locked in Xero' });
		expect(await status(id)).toMatchObject({ action: 'updated', totals: { document: '118.40' } });
		expect(await send(id, openDay)).toMatchObject({ action: 'updated', totals: { difference: '0.00' } });
		expect(invoices()[0]).toMatchObject({ date: '2026-07-01', dueDate: '2026-07-01' });
		change(id, 2);
		expect(await send(id)).toMatchObject({ action: 'updated' });
		world.xero.setLockDate({ date: '2026-07-31' });
		expect(await send(id, openDay)).toMatchObject({ action: 'unchanged' });
		change(id, 1);
		expect(await send(id, openDay)).toMatchObject({ action: 'updated' });
		expect(invoices()[0].date).toBe('2026-08-01');
	});

	test('a draft of a bill that comes to nothing is deleted all the same', async () => {
		const id = may();
		await send(id);
		world.xero.setLockDate({ date: '2026-06-30' });
		world.m3ter.changeBill(id, { lines: [{ amount: 0 }] });
		expect(await send(id)).toMatchObject({ action: 'updated', document: null });
		expect(invoices()[0].status).toBe('DELETED');
	});

	test('Xero that only says so when it is written to makes an approved one final, too', async () => {
		const { xeroForM3terOAuth2Api: credential } = world.credentials;
		credential.scope = String(credential.scope).replace('accounting.settings ', '');
		const id = may();
		await send(id, sales, { status: 'AUTHORISED' });
		world.xero.setLockDate({ date: '2026-06-30' });
		change(id);
		expect(await send(id)).toMatchObject({ action: 'locked', totals: { difference: '-19.60' } });
	});
});

describe('what cannot be sent says so, with the bill and what to do', () => {
	const refusals: Array<[string, () => string, object, object, string, RegExp]> = [
		['an unknown bill', () => '00000000-0000-4000-8000-000000000000', {}, {}, 'm3ter has no such bill', /does not exist/],
		['a custom currency', () => bill([{ amount: 5 }], { currency: 'CREDITS' }).id, {}, {}, 'Xero cannot invoice in this currency', /ISO 4217/],
		['a currency the organisation does not have', () => bill([{ amount: 5 }], { currency: 'CHF' }).id, {}, {}, 'Xero refused the invoice', /not subscribed to currency CHF.*Settings > Currencies/],
		['approval without accounts', () => bill().id, {}, { status: 'AUTHORISED' }, 'Xero refused the invoice', /Account code must be specified.*Line Mapping/],
		['a contact that does not exist', () => bill().id, {}, { customerSource: 'id', customerId: '99999999-0d7a-4a55-9a55-0a1b2c3d4e5f' }, 'Xero refused the invoice', /ContactID could not be found.*mapping/],
		['something that is no contact id', () => bill().id, {}, { customerSource: 'id', customerId: 'acme' }, 'The Xero contact ID is not valid', /"acme" is no ContactID/],
	];
	test.each(refusals)('%s', async (_name, make, options, parameters, message, description) => {
		await expect(send(make(), options, parameters)).rejects.toMatchObject({ message, description: expect.stringMatching(description) });
		expect(invoices()).toHaveLength(0);
	});

	test('a locked period, unless the first open day will do', async () => {
		const { id } = bill(usualLines, { externalInvoiceDate: '2026-05-31', dueDate: '2026-06-14' });
		world.xero.setLockDate({ date: '2026-06-30' });
		await expect(send(id)).rejects.toMatchObject({ message: 'The period of this bill is locked in Xero', description: expect.stringContaining('2026-06-30') });
		expect(writes()).toEqual([]);
		const options = { ...sales, whenPeriodLocked: 'firstOpenDay' };
		expect(await send(id, options)).toMatchObject({ action: 'created' });
		expect(invoices()[0]).toMatchObject({ date: '2026-07-01', dueDate: '2026-07-01' });
		expect(await send(id, options)).toMatchObject({ action: 'unchanged' });
	});

	test('an account without contact fails alone', async () => {
		const account = await mappedAccount(world.m3ter, 'Stripe', 'Customer', 'cus_1', { code: 'globex', name: 'Globex' });
		const bad = world.m3ter.createBill({ accountId: account.id, lines: usualLines }).id;
		const { json, errors } = await run('send', [bad, bill().id], { options: sales }, 'continueErrorOutput');
		expect(json.map(({ action }) => action)).toEqual(['created']);
		expect(errors[0]).toMatchObject({ error: 'The account has no Xero customer', message: expect.stringMatching(/globex.*External Mapping/) });
	});

	test('an organisation that is not connected', async () => {
		const { id } = bill();
		world.xero.disconnect({ tenantId: TENANT_ID });
		await expect(send(id)).rejects.toMatchObject({ message: 'Xero refused access', description: expect.stringMatching(/Organisation.*Scopes/) });
	});
});
