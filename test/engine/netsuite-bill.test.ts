import { CUSTOMER_ID, SECOND_CUSTOMER_ID } from '../sandbox/netsuite';
import { m3terCall, manyLines, usualLines } from './world';
import { ITEMS, NetSuiteWorld } from './netsuite-setup';

let world: NetSuiteWorld;

beforeEach(async () => {
	world = await NetSuiteWorld.open();
});

afterEach(async () => {
	expect([...world.m3ter.violations, ...world.netSuite.violations]).toEqual([]);
	await world.close();
});

const linesOf = (index = 0) => world.documents()[index].lines.map(({ amount, description, quantity, rate }) => ({ amount, description, quantity, rate }));

describe('bill to invoice', () => {
	test('makes a pending invoice whose total equals the bill, and leaves it alone when sent again', async () => {
		const { id } = world.bill();
		const first = await world.send(id);
		expect(first).toMatchObject({ action: 'created', totals: { bill: '118.40', document: '118.40', difference: '0.00' }, lines: { added: 4 }, warnings: [] });
		expect(first.document).toMatchObject({ type: 'invoice', status: 'Pending Approval', number: expect.stringMatching(/^INV/), url: expect.stringContaining('https://1234567-sb1.app.netsuite.com/') });
		expect(world.documents()).toMatchObject([{ type: 'invoice', externalId: `m3ter_bill-${id}`, customerId: CUSTOMER_ID, approvalStatus: '1', total: 118.4 }]);
		expect(linesOf()[0]).toEqual({ amount: 46, description: 'Base fee', quantity: 1, rate: 46 });
		const writes = world.writes();
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', lines: { added: 0, unchanged: 4 }, calls: 1, document: { id: first.document?.id } });
		expect(world.writes()).toEqual(writes);
	});

	test('rewrites the same invoice all month: lines are replaced, never appended', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id);
		const [base, requests, , credit] = usualLines;
		world.m3ter.changeBill(id, { lines: [base, { ...requests, amount: 90 }, credit, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
		expect(await world.send(id)).toMatchObject({
			action: 'updated',
			document: { id: document?.id },
			lines: { added: 1, changed: 1, removed: 1, unchanged: 2 },
			totals: { bill: '366.40', document: '366.40', difference: '0.00' },
		});
		expect(world.documents()).toHaveLength(1);
		expect(world.documents()[0].lines).toHaveLength(4);
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
	});

	test('a bill of 40 lines takes 2 requests beside the 3 look-ups of the whole run, an unchanged one 1, a rewrite 3, an approval 2 more', async () => {
		const { id } = world.bill(manyLines(40));
		expect(await world.send(id)).toMatchObject({ action: 'created', calls: 2, totals: { bill: '8.20', difference: '0.00' } });
		expect(world.netSuite.requests.filter(({ path }) => path.endsWith('/suiteql'))).toHaveLength(3);
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', calls: 1 });
		world.m3ter.changeBill(id, { lines: manyLines(41) });
		expect(await world.send(id)).toMatchObject({ action: 'updated', calls: 3, lines: { added: 1, unchanged: 40 } });
		expect(await world.send(id, {}, {}, 'approve')).toMatchObject({ action: 'updated', calls: 3 });
	});

	test('mends an edit made by hand, and keeps lines added by hand, with and without the line id column', async () => {
		for (const options of [{}, { lineIdField: 'custcol_m3ter_line_id' }]) {
			const { id } = world.bill();
			const { document } = await world.send(id, options);
			const invoice = { id: document?.id ?? '' };
			const found = world.netSuite.state.transactions.get(invoice.id);
			const lines = (found?.lines ?? []).map(({ line }) => ({ line }));
			world.netSuite.editInvoice({ ...invoice, changes: { item: { items: [{ ...lines[0], amount: 1, rate: 1, quantity: 1, price: { id: '-1' } }, ...lines.slice(1), { item: { id: ITEMS.drawdown }, amount: 5, description: 'Thank you' }] } } });
			const result = await world.send(id, options);
			expect(result).toMatchObject({ action: 'updated', lines: { changed: 1, added: 0, removed: 0 }, totals: { document: '123.40', difference: '5.00' } });
			expect(result.warnings).toEqual([expect.stringContaining('added by hand')]);
			expect(await world.send(id, options)).toMatchObject({ action: 'unchanged' });
		}
	});

	test('knows its lines again when the line id column is switched on later', async () => {
		const { id } = world.bill();
		await world.send(id);
		expect(await world.send(id, { lineIdField: 'custcol_m3ter_line_id' })).toMatchObject({ action: 'updated', lines: { added: 0, changed: 4, removed: 0 }, totals: { difference: '0.00' } });
	});

	test('previews without writing, and tells the status before and after', async () => {
		const { id } = world.bill();
		const { json } = await world.run('preview', [id]);
		expect(json[0]).toMatchObject({ action: 'created', lines: { added: 4 }, totals: { document: '118.40' } });
		expect(json[0].requests).toEqual([expect.objectContaining({ method: 'PUT', path: `/services/rest/record/v1/invoice/eid:m3ter_bill-${id}?replace=item` })]);
		expect(world.writes()).toEqual([]);
		expect((await world.run('getStatus', [id])).json[0]).toMatchObject({ action: 'skipped', document: null });
		await world.send(id);
		expect((await world.run('getStatus', [id])).json[0]).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect((await world.run('getStatus', [id])).json[0]).toMatchObject({ action: 'updated', totals: { bill: '126.25', document: '118.40', difference: '-7.85' } });
		expect((await world.run('preview', [id])).json[0]).toMatchObject({ action: 'updated', totals: { document: '126.25' }, requests: [{ method: 'PATCH' }] });
	});

	test('finds its invoice without the ledger, and reads the ledger no more than it has to', async () => {
		const { id } = world.bill();
		await world.send(id);
		world.forgetLedger();
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
		expect(world.documents()).toHaveLength(1);
	});

	test('three executions at once make one invoice', async () => {
		const { id } = world.bill();
		const results = await Promise.all([world.send(id), world.send(id), world.send(id)]);
		expect(results.map(({ totals }) => totals.difference)).toEqual(['0.00', '0.00', '0.00']);
		expect(world.documents()).toHaveLength(1);
		expect(world.documents()[0].lines).toHaveLength(4);
	});

	test('an older run does not undo what a newer one wrote', async () => {
		const { id, version } = world.bill();
		world.m3ter.changeBill(id);
		await world.send(id);
		const stored = world.m3ter.state.bills.get(id);
		if (stored) world.m3ter.state.bills.set(id, { ...stored, version, lineItems: stored.lineItems.slice(0, 1), billTotal: 46 });
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', warnings: [expect.stringContaining('newer version')] });
	});

	test('writes what the options say, and corrects the header when they change', async () => {
		const { id } = world.bill(usualLines, { purchaseOrderNumber: 'PO-7' });
		const options = {
			department: '3',
			memo: 'Usage',
			numbering: 'bill',
			serviceStartField: 'custcol_service_start',
			serviceEndField: 'custcol_service_end',
			lineMapping: { rows: [{ match: 'base', item: ITEMS.enterprise, classId: '5' }, { match: 'CREDIT_MEMO', item: ITEMS.drawdown }] },
			bodyFields: `{"custbody_m3ter_bill_id": "${id}"}`,
			lineFields: { isTaxable: false },
		};
		expect(await world.send(id, options)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		const [document] = world.documents();
		expect(document.values).toMatchObject({ department: '3', otherRefNum: 'PO-7', memo: `Usage - m3ter bill ${id} v1 (4 lines)`, custbody_m3ter_bill_id: id });
		expect(document.lines.map(({ itemId, amount }) => [itemId, amount])).toEqual([[ITEMS.enterprise, 46], [ITEMS.api, 80.25], [ITEMS.api, 11.75], [ITEMS.drawdown, -19.6]]);
		expect(document.lines[0].values).toMatchObject({ class: '5', department: '3' });
		expect(await world.send(id, options)).toMatchObject({ action: 'unchanged' });
		expect(await world.send(id, { ...options, memo: 'Metered' })).toMatchObject({ action: 'updated', lines: { changed: 0, unchanged: 4 } });
	});

	test('takes items from the external mappings of products', async () => {
		const { product } = { product: [...world.m3ter.state.products.values()][0] };
		await m3terCall(world.m3ter, 'POST', '/externalmappings', { m3terEntity: 'Product', m3terId: product.id, externalSystem: 'NetSuite', externalTable: 'Item', externalId: ITEMS.drawdown });
		const { id } = world.bill([{ amount: 5, description: 'Mapped', productId: product.id, productCode: product.code }, { amount: 7, description: 'Other' }]);
		await world.send(id);
		expect(world.documents()[0].lines.map(({ itemId }) => itemId)).toEqual([ITEMS.drawdown, ITEMS.api]);
	});

	test('a sales order instead: pending, rewritten, approved at the end', async () => {
		const { id } = world.bill();
		const kind = { recordType: 'salesOrder' };
		expect(await world.send(id, {}, kind)).toMatchObject({ action: 'created', document: { type: 'salesOrder', status: 'Pending Approval' } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect(await world.send(id, {}, kind)).toMatchObject({ action: 'updated', totals: { document: '126.25' } });
		expect(await world.send(id, {}, kind, 'approve')).toMatchObject({ action: 'updated', lines: { unchanged: 2 } });
		expect(world.documents()).toMatchObject([{ type: 'salesOrder', approvalStatus: '2' }]);
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 1) });
		expect(await world.send(id, {}, kind)).toMatchObject({ action: 'locked', warnings: [expect.stringContaining('approved')] });
	});

	test('a negative bill becomes a credit memo, and an invoice again when it turns', async () => {
		const { id } = world.bill([{ amount: -20, description: 'Goodwill' }, { amount: 5, description: 'Usage' }]);
		expect(await world.send(id)).toMatchObject({ action: 'created', document: { type: 'creditMemo' }, totals: { bill: '-15.00', document: '-15.00', difference: '0.00' } });
		expect(world.documents()).toMatchObject([{ type: 'creditMemo', total: 15 }]);
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: [{ amount: 30, description: 'Usage' }] });
		expect(await world.send(id)).toMatchObject({ action: 'updated', document: { type: 'invoice' }, totals: { document: '30.00', difference: '0.00' } });
		expect(world.documents()).toMatchObject([{ type: 'invoice', total: 30 }]);
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
	});

	test('a bill that comes to nothing takes its invoice with it, and gets another when it rises again', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id);
		world.m3ter.changeBill(id, { lines: [{ amount: 0 }] });
		const emptied = { action: 'updated', totals: { bill: '0.00', document: '0.00', difference: '0.00' }, warnings: [`Invoice ${document?.number} is deleted: nothing of the bill is left for it.`] };
		expect((await world.run('getStatus', [id])).json[0]).toMatchObject({ action: 'updated', document: { id: document?.id }, totals: { document: '118.40' } });
		expect((await world.run('preview', [id])).json[0]).toMatchObject({ ...emptied, requests: [{ method: 'DELETE' }] });
		expect(await world.send(id)).toMatchObject({ ...emptied, document: null });
		expect(world.ledger()).toEqual(['none']);
		expect(await world.send(id)).toMatchObject({ action: 'skipped', document: null, warnings: ['The bill has nothing to invoice.'] });
		world.m3ter.changeBill(id, { lines: usualLines });
		const again = await world.send(id);
		expect(again).toMatchObject({ action: 'created', totals: { document: '118.40', difference: '0.00' } });
		expect(world.ledger()).toEqual([again.document?.id]);
		world.netSuite.state.transactions.clear();
		await expect(world.send(id)).rejects.toMatchObject({ message: 'The NetSuite document of this bill was deleted' });
	});

	test('an invoice that somebody deleted is not missed while the bill comes to nothing, but one whose external ID was changed is', async () => {
		const [gone, changed] = [world.bill().id, world.bill().id];
		await world.send(gone);
		world.netSuite.state.transactions.clear();
		await world.send(changed);
		for (const id of [gone, changed]) world.m3ter.changeBill(id, { lines: [{ amount: 0 }] });
		expect(await world.send(gone)).toMatchObject({ action: 'updated', document: null, warnings: [expect.stringContaining('nothing of the bill is left for it')] });
		world.documents()[0].externalId = 'something-else';
		await expect(world.send(changed)).rejects.toMatchObject({ message: 'The ledger points to a NetSuite record of another origin' });
	});

	test('an old void invoice does not keep a bill that came to nothing from rising again', async () => {
		const { id } = world.bill();
		const first = await world.send(id);
		world.netSuite.voidInvoice({ id: first.document?.id ?? '' });
		await world.send(id, { whenRemoved: 'recreate' });
		world.m3ter.changeBill(id, { lines: [{ amount: 0 }] });
		await world.send(id);
		world.m3ter.changeBill(id, { lines: usualLines });
		expect(await world.send(id)).toMatchObject({ totals: { document: '118.40', difference: '0.00' } });
	});

	test('sends bills one by one under the concurrency limit, and a bad bill fails alone', async () => {
		await world.close();
		world = await NetSuiteWorld.open({ concurrencyLimit: 2, processingMs: 5 });
		const good = Array.from({ length: 8 }, () => world.bill().id);
		const bad = world.bill([{ amount: 5 }], { currency: 'GBP' }).id;
		const { json, errors } = await world.run('send', [...good.slice(0, 4), bad, ...good.slice(4)], { requestsAtOnce: 2 }, {}, 'continueErrorOutput');
		expect(json.map(({ action }) => action)).toEqual(good.map(() => 'created'));
		expect(errors).toEqual([expect.objectContaining({ error: 'NetSuite does not have the currency of the bill', message: expect.stringMatching(/GBP.*USD, EUR/) })]);
		expect(world.netSuite.requests.filter(({ status }) => status === 429)).toEqual([]);
		expect(world.documents()).toHaveLength(8);
	});

	test.each([
		['hidden', () => world.netSuite.denyRecordType({ type: 'currency' })],
		['refused', () => world.netSuite.addFault({ kind: 'status', status: 403, path: /suiteql/, after: 1 })],
	])('a list of currencies that is %s is not taken for an account with one currency', async (_name, hide) => {
		for (const currency of ['EUR', 'USD']) {
			hide();
			const { id } = world.bill(usualLines, { currency });
			await expect(world.send(id)).rejects.toMatchObject({ message: 'The NetSuite role may not see currencies', description: expect.stringMatching(new RegExp(`${id} is in ${currency}.*US Dollar.*Lists > Currency`)) });
			world.netSuite.clearFaults();
		}
		expect(world.writes()).toEqual([]);
	});

	test('an invoice is not changed either while the list of currencies cannot be seen, unless the options name the currency', async () => {
		const { id } = world.bill();
		await world.send(id);
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		world.netSuite.denyRecordType({ type: 'currency' });
		expect((await world.run('preview', [id])).error).toMatchObject({ message: 'The NetSuite role may not see currencies' });
		await expect(world.send(id)).rejects.toMatchObject({ message: 'The NetSuite role may not see currencies' });
		expect(await world.send(id, { bodyFields: '{"currency": {"id": "1"}}' })).toMatchObject({ action: 'updated', totals: { difference: '0.00' } });
	});

	test('an account with one currency needs no list of them', async () => {
		world.netSuite.setMultipleCurrencies({ on: false });
		const { id } = world.bill();
		expect(await world.send(id)).toMatchObject({ action: 'created', calls: 3, totals: { difference: '0.00' } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect(await world.send(id)).toMatchObject({ action: 'updated', totals: { difference: '0.00' } });
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', calls: 1 });
	});

	test('finds the customer of another source, and refuses to move the invoice to it', async () => {
		const { id } = world.bill();
		await world.send(id);
		const other = { customerSource: 'id', customerId: SECOND_CUSTOMER_ID };
		await expect(world.send(id, {}, other)).rejects.toMatchObject({ message: 'The NetSuite document of this bill has another customer', description: expect.stringContaining(id) });
	});
});
