import type * as N8nWorkflow from 'n8n-workflow';

import { QuickBooksForM3ter } from '../../nodes/QuickBooks/QuickBooksForM3ter.node';
import { CUSTOMER_ID, QUICKBOOKS_RATE_LIMITS, UK_REALM_ID, US_REALM_ID } from '../sandbox/quickbooks';
import { loadOptions } from './harness';
import { quickBooksCredential, QuickBooksWorld } from './quickbooks-setup';
import { m3terCall, manyLines, usualLines } from './world';

// The pauses are Intuit's wishes of a minute; that they are made is asserted, not sat through.
const sleeps: number[] = [];
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'),
	sleep: async (ms: number) => void sleeps.push(ms),
}));

const world = new QuickBooksWorld();

beforeEach(async () => {
	sleeps.length = 0;
	await world.open();
});

afterEach(async () => expect(await world.close()).toEqual([]));

describe('one document per bill', () => {
	test('creates an invoice whose total equals the bill, and leaves it alone when sent again', async () => {
		const { id } = world.bill();
		const first = await world.send(id);
		expect(first).toMatchObject({ system: 'QuickBooks', action: 'created', totals: { bill: '118.40', document: '118.40', difference: '0.00' }, lines: { added: 4 }, warnings: [] });
		const [invoice] = world.documents('Invoice');
		expect(first.document).toEqual({ type: 'invoice', id: invoice.Id, number: invoice.DocNumber, url: expect.stringContaining(`invoice?txnId=${invoice.Id}`), status: 'open' });
		expect(invoice).toMatchObject({ TotalAmt: 118.4, PrivateNote: `m3ter bill ${id} (4 lines)`, CustomerRef: { value: CUSTOMER_ID } });
		expect(invoice.DocNumber.length).toBeLessThanOrEqual(21);
		const writes = world.writes();
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', lines: { added: 0, unchanged: 4 }, document: { id: invoice.Id } });
		expect(world.writes()).toBe(writes);
		expect(world.documents('Invoice')).toHaveLength(1);
	});

	test('corrects the same invoice when the bill changes, with a fresh sync token', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id);
		const [base, requests, , credit] = usualLines;
		world.m3ter.changeBill(id, { lines: [base, { ...requests, amount: 90, units: 130 }, credit, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
		expect(await world.send(id)).toMatchObject({
			action: 'updated',
			document: { id: document?.id },
			lines: { added: 1, changed: 1, removed: 1, unchanged: 2 },
			totals: { bill: '366.40', document: '366.40', difference: '0.00' },
		});
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
		expect(world.documents('Invoice')).toHaveLength(1);
	});

	test('sees and mends an edit made by hand, and keeps lines added by hand', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id);
		const [invoice] = world.documents('Invoice');
		const lines = invoice.Line.filter((line) => line.SalesItemLineDetail).map((line) => ({ ...line })) as object[];
		const changes = {
			Line: [
				{ ...lines[0], Amount: 1, SalesItemLineDetail: { ItemRef: { value: '1' }, Qty: 1, UnitPrice: 1 } },
				{ DetailType: 'SalesItemLineDetail', Amount: 5, Description: 'Thank you', SalesItemLineDetail: { ItemRef: { value: '22' }, Qty: 1, UnitPrice: 5 } },
				...lines.slice(1),
				{ DetailType: 'DescriptionOnly', Description: 'See contract' },
			],
		};
		world.quickBooks.editInvoice({ id: document?.id ?? '', changes: changes as never });
		const result = await world.send(id);
		expect(result).toMatchObject({ action: 'updated', lines: { changed: 1, added: 0, removed: 0, unchanged: 3 }, totals: { document: '123.40', difference: '5.00' } });
		expect(result.warnings).toEqual([expect.stringContaining('2 line(s) on the document were added by hand')]);
		expect(world.documents('Invoice')[0].Line.map(({ Description }) => Description)).toEqual(expect.arrayContaining(['Thank you', 'See contract']));
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
	});

	test('keeps what people wrote into the memo', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id);
		world.quickBooks.editInvoice({ id: document?.id ?? '', changes: { PrivateNote: `Checked. m3ter bill ${id} (4 lines) OK, Ann` } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		await world.send(id);
		expect(world.documents('Invoice')[0].PrivateNote).toBe(`Checked. m3ter bill ${id} (2 lines) OK, Ann`);
	});

	test('previews without writing and tells the status', async () => {
		const { id } = world.bill();
		const preview = (await world.run('preview', [id])).json[0];
		expect(preview).toMatchObject({ action: 'created', lines: { added: 4 }, totals: { document: '118.40' } });
		expect(preview.requests).toEqual([{ method: 'POST', path: `/v3/company/${US_REALM_ID}/invoice`, body: expect.objectContaining({ CustomerRef: { value: CUSTOMER_ID } }) }]);
		expect((await world.run('getStatus', [id])).json[0]).toMatchObject({ action: 'skipped', document: null });
		expect(world.writes()).toBe(0);
		await world.send(id);
		expect((await world.run('getStatus', [id])).json[0]).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect((await world.run('getStatus', [id])).json[0]).toMatchObject({ action: 'updated', totals: { bill: '126.25', document: '118.40', difference: '-7.85' } });
		expect((await world.run('preview', [id])).json[0]).toMatchObject({ action: 'updated', totals: { document: '126.25' }, lines: { removed: 2 } });
	});

	test('finds its invoice without the ledger', async () => {
		const { id } = world.bill();
		await world.send(id);
		world.forgetLedger();
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
		await world.send(world.bill([{ amount: 3 }]).id, { documentNumber: 'quickBooks' });
		world.forgetLedger();
		expect(world.documents('Invoice')).toHaveLength(2);
		const last = [...world.m3ter.state.bills.values()].at(-1)?.id ?? '';
		expect(await world.send(last, { documentNumber: 'quickBooks' })).toMatchObject({ action: 'unchanged', document: { number: '1001' } });
	});

	test.each([true, false])('executions at once make one invoice (duplicate numbers refused: %s)', async (on) => {
		world.quickBooks.setDuplicateWarning({ realmId: US_REALM_ID, on });
		const [one, two] = [world.bill().id, world.bill([{ amount: 7 }]).id];
		const runs = await Promise.all([world.run('send', [one]), world.run('send', [one]), world.run('send', [one, two]), world.run('send', [two, one])]);
		expect(runs.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined]);
		const after = await world.run('send', [one, two]);
		expect(after.json.map(({ totals }) => (totals as { difference: string }).difference)).toEqual(['0.00', '0.00']);
		expect(world.documents('Invoice')).toHaveLength(2);
	});

	test('the number becomes the one of the bill once it has one', async () => {
		const { id } = world.bill(usualLines, { sequentialInvoiceNumber: undefined });
		expect((await world.send(id)).document?.number).toMatch(/^M3-[0-9a-f]{14}$/);
		const stored = world.m3ter.state.bills.get(id);
		if (stored) world.m3ter.state.bills.set(id, { ...stored, sequentialInvoiceNumber: 'INV-77' });
		expect(await world.send(id)).toMatchObject({ action: 'updated', document: { number: 'INV-77' }, lines: { unchanged: 4 } });
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
	});
});

describe('batches', () => {
	test('120 bills take 4 write requests, and one bad bill fails alone', async () => {
		const good = Array.from({ length: 119 }, (_, index) => world.bill([{ amount: index + 1, description: 'Usage' }]).id);
		const bad = world.bill([{ amount: 5, productCode: 'old' }]).id;
		const options = { lineMapping: { rows: [{ match: 'old', item: '25' }] } };
		const { json, errors } = await world.run('send', [...good.slice(0, 50), bad, ...good.slice(50)], { options }, 'continueErrorOutput');
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
		expect(world.quickBooks.requests.filter(({ method }) => method === 'POST').map(({ path }) => path.split('/').at(-1))).toEqual(['batch', 'batch', 'batch', 'batch']);
		expect(world.quickBooks.requests.length).toBeLessThanOrEqual(20);
		expect(world.documents('Invoice')).toHaveLength(119);

		world.quickBooks.requests.length = 0;
		const again = await world.run('send', good);
		expect(again.json.every(({ action }) => action === 'unchanged')).toBe(true);
		expect(world.quickBooks.requests.every(({ method }) => method === 'GET')).toBe(true);
	});

	test('a refusal that was mended is not remembered', async () => {
		const ids = [world.bill([{ amount: 5, productCode: 'old' }]).id, world.bill([{ amount: 6, productCode: 'old' }]).id];
		const options = { lineMapping: { rows: [{ match: 'old', item: '25' }] } };
		expect((await world.run('send', ids, { options }, 'continueErrorOutput')).errors).toHaveLength(2);
		const item = world.quickBooks.state.companies.get(US_REALM_ID)?.entities.Item.get('25');
		if (item) item.Active = true;
		expect((await world.run('send', ids, { options })).json.map(({ action }) => action)).toEqual(['created', 'created']);
	});

	test('a bill of 40 lines takes 5 requests, an unchanged one 2', async () => {
		const { id } = world.bill(manyLines(40));
		expect(await world.send(id)).toMatchObject({ action: 'created', calls: 4, lines: { added: 40 }, totals: { bill: '8.20', difference: '0.00' } });
		expect(world.quickBooks.requests).toHaveLength(5);
		world.quickBooks.requests.length = 0;
		expect(await world.send(id)).toMatchObject({ action: 'unchanged', calls: 1 });
		expect(world.quickBooks.requests).toHaveLength(2);
	});

	test('keeps within the published limits, and waits a minute when it is throttled all the same', async () => {
		await world.close();
		await world.open({ rateLimits: { ...QUICKBOOKS_RATE_LIMITS, second: 1000 } });
		world.quickBooks.addFault({ kind: 'status', status: 429, path: /\/invoice$/ });
		expect(await world.send(world.bill().id)).toMatchObject({ action: 'created' });
		expect(sleeps.filter((ms) => ms === 500).reduce((total, ms) => total + ms, 0)).toBe(60_000);
	});
});

describe('options', () => {
	test('items come from the line mapping, then m3ter’s product mapping, then the default', async () => {
		const product = [...world.m3ter.state.products.values()][0];
		await m3terCall(world.m3ter, 'POST', '/externalmappings', { m3terEntity: 'Product', m3terId: product.id, externalSystem: 'QuickBooks', externalTable: 'Item', externalId: '22' });
		const lines = [
			{ amount: 1, description: 'A', productId: product.id, productCode: 'x' },
			{ amount: 2, description: 'B', productId: product.id, productCode: 'special' },
			{ amount: 3, description: 'C' },
		];
		await world.send(world.bill(lines).id, { item: '30', lineMapping: { rows: [{ match: 'special', item: '21' }] } });
		expect(world.documents('Invoice')[0].Line.flatMap(({ SalesItemLineDetail: detail }) => (detail ? [detail.ItemRef.value] : []))).toEqual(['22', '21', '30']);
	});

	test('class, location, terms, message, email queue and dates', async () => {
		const options = { classId: '200000000000012345', department: '1', terms: '3', message: 'Thanks', queueEmail: true, serviceDate: 'start', item: '21' };
		const { id } = world.bill([{ amount: 9, description: 'Usage', servicePeriodStartDate: '2026-04-01T00:00:00Z', servicePeriodEndDate: '2026-05-01T00:00:00Z' }], { externalInvoiceDate: '2026-05-01', dueDate: '2026-05-10' });
		await world.send(id, options);
		expect(world.documents('Invoice')[0]).toMatchObject({
			TxnDate: '2026-05-01',
			DueDate: '2026-05-31',
			SalesTermRef: { value: '3' },
			DepartmentRef: { value: '1' },
			CustomerMemo: { value: 'Thanks' },
			EmailStatus: 'NeedToSend',
			BillEmail: { Address: 'ap@acme.test' },
			Line: [{ SalesItemLineDetail: { ClassRef: { value: '200000000000012345' }, ServiceDate: '2026-04-01' } }, {}],
		});
		expect(await world.send(id, options)).toMatchObject({ action: 'unchanged' });
		expect(await world.send(id, { ...options, terms: '', serviceDate: 'end' })).toMatchObject({ action: 'updated' });
		expect(world.documents('Invoice')[0]).toMatchObject({ DueDate: '2026-05-10', Line: [{ SalesItemLineDetail: { ServiceDate: '2026-04-30' } }, {}] });
	});

	test('drop-downs show what is active, without headings', async () => {
		const list = async (method: string) => await loadOptions({ node: new QuickBooksForM3ter(), credentials: world.credentials, method });
		expect((await list('getItems')).map(({ name }) => name)).toEqual(['API calls', 'Commitment drawdown', 'Enterprise plan', 'Router', 'Services']);
		expect(await list('getTerms')).toEqual([{ name: 'Due on receipt', value: '4' }, { name: 'Net 30', value: '3' }]);
		expect((await list('getTaxCodes')).map(({ value }) => value)).toEqual(['NON', 'TAX']);
		expect((await list('getClasses')).map(({ name }) => name)).toEqual(['Data', 'Platform']);
		expect(await list('getDepartments')).toEqual([{ name: 'Head office', value: '1' }]);
	});
});

describe('sign-in', () => {
	test('an expired token is renewed once and kept', async () => {
		world.quickBooks.advance({ seconds: 3700 });
		expect(await world.send(world.bill().id)).toMatchObject({ action: 'created' });
		const [first, , third] = world.quickBooks.requests;
		expect([first.status, third.status]).toEqual([401, 200]);
		world.quickBooks.requests.length = 0;
		await world.send(world.bill([{ amount: 1 }]).id);
		expect(world.quickBooks.requests.some(({ status }) => status === 401)).toBe(false);
	});

	test('a revoked connection, another company and none at all say what to do', async () => {
		const { id } = world.bill();
		const stored = world.credentials.quickBooksForM3terOAuth2Api;
		world.quickBooks.state.tokens.clear();
		world.quickBooks.state.refreshTokens.clear();
		await expect(world.send(id)).rejects.toMatchObject({ message: expect.stringMatching(/needs to be reconnected/) });
		world.credentials.quickBooksForM3terOAuth2Api = { ...quickBooksCredential(world.quickBooks), companyId: UK_REALM_ID };
		await expect(world.send(id)).rejects.toMatchObject({ message: 'The sign-in is for another QuickBooks company', description: expect.stringContaining("'Company ID'") });
		world.credentials.quickBooksForM3terOAuth2Api = { ...stored, oauthTokenData: { access_token: 'x' } };
		await expect(world.send(id)).rejects.toMatchObject({ message: 'The credential names no QuickBooks company' });
	});
});
