import fc from 'fast-check';

import { literal, listLiteral, requestId } from '../../nodes/QuickBooks/api';
import { faultOf, failureOf, holderOfNumber } from '../../nodes/QuickBooks/faults';
import { desiredLines, existingLines, lineBody, subtotalOf, type LineContext } from '../../nodes/QuickBooks/lines';
import { noteWith, numbersOf, originOf } from '../../nodes/QuickBooks/note';
import { lineSchema, type QboLine } from '../../nodes/QuickBooks/schemas';
import { webhookEvents } from '../../nodes/QuickBooks/webhookEvents';
import { diffLines, hasChanges, totalOf } from '../../nodes/shared/diff';
import type { InvoiceDraft } from '../../nodes/shared/invoiceDraft';

const company = { multiCurrency: false, automatedTax: false, customNumbers: true, classPerLine: true };

const context = (options: object = {}): LineContext => ({
	options: { quantity: 'one', serviceDate: 'none', lineDefaults: {}, lineTargets: [], ...options } as unknown as LineContext['options'],
	mappedItem: () => undefined,
});

const draftOf = (lines: Array<{ text: string; amount: number }>, fields: Partial<InvoiceDraft> = {}): InvoiceDraft => ({
	billId: '6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01',
	accountId: 'a',
	currency: 'USD',
	decimals: 2,
	reference: 'r',
	skippedLines: 0,
	lines: lines.map(({ text, amount }, index) => ({ key: String(index), ids: [], type: 'USAGE', description: text, amount: (amount / 100).toFixed(2) })),
	total: '0.00',
	...fields,
});

/** Lines as QuickBooks gives them back. */
const shown = (lines: object[]): QboLine[] => lines.map((line) => lineSchema.parse(JSON.parse(JSON.stringify(line))));

describe('lines', () => {
	const lineArbitrary = fc.record({ text: fc.constantFrom('Base', 'Usage: 1 k', 'Usage: 2 k', 'Storage', 'Credit: a: b'), amount: fc.integer({ min: -100_000, max: 1_000_000 }) });
	const billArbitrary = fc.array(lineArbitrary, { maxLength: 12 });
	const sign = fc.constantFrom(1 as const, -1 as const);

	test('what was written is recognised as unchanged, whatever the bill', () => {
		fc.assert(
			fc.property(billArbitrary, sign, (bill, side) => {
				const lines = desiredLines(draftOf(bill), context());
				const written = shown(lines.map((line) => lineBody(line, side, company)));
				const diff = diffLines(lines, existingLines(written, lines, lines.length, side, company));
				expect(hasChanges(diff)).toBe(false);
				expect(diff.foreign).toEqual([]);
				expect(subtotalOf(written) * side + 0).toBe(totalOf(lines));
			}),
		);
	});

	test('a changed bill becomes the new one, and a line added by hand at the end stays', () => {
		fc.assert(
			fc.property(billArbitrary, billArbitrary, (before, after) => {
				const old = desiredLines(draftOf(before), context());
				const byHand = { DetailType: 'SalesItemLineDetail', Description: 'Thank you', Amount: 5, SalesItemLineDetail: { Qty: 1, UnitPrice: 5 } };
				const written = shown([...old.map((line) => lineBody(line, 1, company)), byHand]);
				const lines = desiredLines(draftOf(after), context());
				const diff = diffLines(lines, existingLines(written, lines, old.length, 1, company));
				expect(diff.foreign.map(({ description }) => description)).toEqual(['Thank you']);
				expect(diff.add.length + diff.change.length + diff.same.length).toBe(lines.length);
				expect(diff.change.length + diff.same.length + diff.remove.length).toBe(old.length);
			}),
		);
	});

	test('the difference to settled lines brings them to the bill', () => {
		fc.assert(
			fc.property(billArbitrary, billArbitrary, (before, after) => {
				const wanted = desiredLines(draftOf(after), context());
				const written = shown(desiredLines(draftOf(before), context()).map((line) => lineBody(line, 1, company)));
				const settled = existingLines(written, wanted, before.length, 1, company);
				const sums = new Map(settled.flatMap((line) => (line.key === undefined ? [] : [[line.key, line] as const])));
				const difference = desiredLines(draftOf(after), context(), sums);
				expect(totalOf(settled) + totalOf(difference)).toBe(totalOf(wanted));
			}),
		);
	});

	test('amount = quantity × price on every line, half up to the cent', () => {
		const draft = draftOf([{ text: 'Odd', amount: 186108 }]);
		draft.lines[0] = { ...draft.lines[0], amount: '1861.08', quantity: '128.35', unitPrice: '14.5' };
		const [line] = desiredLines(draft, context({ quantity: 'units' }));
		expect(lineBody(line, 1, company)).toMatchObject({ Amount: 1861.08, SalesItemLineDetail: { Qty: 128.35, UnitPrice: 14.5 } });
		draft.lines[0].amount = '1861.07';
		expect(lineBody(desiredLines(draft, context({ quantity: 'units' }))[0], 1, company)).toMatchObject({ SalesItemLineDetail: { Qty: 128.35, UnitPrice: 14.49996 } });
		draft.lines[0].amount = '0.01';
		draft.lines[0].quantity = '7654321';
		expect(lineBody(desiredLines(draft, context({ quantity: 'units' }))[0], 1, company)).toMatchObject({ SalesItemLineDetail: { Qty: 1, UnitPrice: 0.01 } });
	});
});

describe('memo and number', () => {
	test.each([
		[{ billId: 'b-1', generation: 1, lines: 4 }, 'm3ter bill b-1 (4 lines)'],
		[{ billId: 'b-1', generation: 3, lines: 1 }, 'm3ter bill b-1 document 3 (1 line)'],
	])('%j', (origin, text) => {
		expect(noteWith(origin)).toBe(text);
		expect(originOf(`seen ${text} by Ann`)).toEqual(origin);
		expect(noteWith({ ...origin, lines: 9 }, `seen ${text} by Ann`)).toMatch(/^seen m3ter bill b-1.*\(9 lines\) by Ann$/);
	});

	test('other memos are nobody’s', () => {
		expect([originOf(undefined), originOf('m3ter'), originOf('Voided')]).toEqual([undefined, undefined, undefined]);
	});

	test('a number never has more than 21 characters', () => {
		fc.assert(
			fc.property(fc.string({ maxLength: 40 }), fc.integer({ min: 1, max: 6 }), fc.constantFrom('bill' as const, 'short' as const), (number, generation, mode) => {
				for (const entry of numbersOf(draftOf([], { number }), mode, generation)) expect(entry.length).toBeLessThanOrEqual(21);
			}),
		);
		expect(numbersOf(draftOf([], { number: 'INV-1' }), 'bill')).toEqual(['INV-1', expect.stringMatching(/^M3-/)]);
		expect(numbersOf(draftOf([], { number: 'INV-1' }), 'quickBooks')).toEqual([]);
	});
});

describe('requests', () => {
	test('a request id has at most 50 characters, is equal for the same write at one time, and another later', () => {
		const write = { entity: 'Invoice' as const, operation: 'create' as const, body: { a: 1 } };
		expect(requestId(write, 0)).toBe(requestId({ ...write, body: { a: 1 } }, 1000));
		expect(requestId(write, 0)).not.toBe(requestId({ ...write, state: '239' }, 0));
		expect(requestId(write, 0)).not.toBe(requestId(write, 3_600_000));
		expect(requestId(write, 0).length).toBeLessThanOrEqual(50);
	});

	test('literals of the query language', () => {
		expect(literal("O'Neil \\ Sons")).toBe("'O\\'Neil \\\\ Sons'");
		expect(listLiteral(['1', '2', '1'])).toBe("('1', '2')");
	});
});

describe('faults', () => {
	test('both spellings, and answers that hold none', () => {
		expect(faultOf({ Fault: { Error: [{ code: '6140', Message: 'm', Detail: 'd', element: 'DocNumber' }] } })).toEqual({ code: '6140', message: 'm', detail: 'd', element: 'DocNumber' });
		expect(faultOf({ fault: { error: [{ code: 3200, message: 'm', detail: null }] } })).toMatchObject({ code: '3200', detail: '' });
		expect([faultOf(undefined), faultOf('<html>'), faultOf({ Invoice: {} })]).toEqual([undefined, undefined, undefined]);
	});

	test('who holds a number', () => {
		const failure = failureOf({ code: '6140', message: '', detail: 'DocNumber=18696 is assigned to TxnType=Invoice with TxnId=6575', element: '' }, 400, 'POST /invoice');
		expect(holderOfNumber(failure)).toEqual({ type: 'Invoice', id: '6575' });
		expect(holderOfNumber(failureOf({ code: '6140', message: '', detail: 'The number has already been used.', element: '' }, 400, 'x'))).toBeUndefined();
	});

	test('6210 means closed books, or a duplicate number in older answers', () => {
		expect(failureOf({ code: '6210', message: '', detail: 'Account period closed', element: '' }, 400, 'x').kind).toBe('locked');
		expect(failureOf({ code: '6210', message: '', detail: 'Duplicate Document Number', element: '' }, 400, 'x').kind).toBe('conflict');
	});

	test.each([
		[400, '9999', 'refused'],
		[401, '', 'sign-in'],
		[403, '', 'permission'],
		[404, '', 'not-found'],
		[429, '', 'throttled'],
		[502, '', 'unavailable'],
	])('HTTP %i with code "%s" is %s', (status, code, kind) => {
		expect(failureOf({ code, message: '', detail: '', element: '' }, status, 'GET /query')).toMatchObject({ kind, description: expect.stringContaining('GET /query: HTTP') });
	});
});

describe('webhook bodies', () => {
	test('both formats say the same', () => {
		const legacy = { eventNotifications: [{ realmId: '1', dataChangeEvent: { entities: [{ name: 'CreditMemo', id: '61', operation: 'Merge', lastUpdated: '2026-10-05T09:15:31.000Z', deletedId: '60' }] } }] };
		const cloud = [{ id: 'x', type: 'qbo.creditmemo.merged.v1', time: '2026-10-05T09:15:31.000000000Z', intuitentityid: '61', intuitaccountid: '1', data: { deletedId: '60' } }];
		const expected = { realmId: '1', entity: 'CreditMemo', entityId: '61', operation: 'merged', occurredAt: '2026-10-05T09:15:31.000Z', deletedId: '60' };
		expect(webhookEvents(JSON.stringify(legacy))).toMatchObject([expected]);
		expect(webhookEvents(JSON.stringify(cloud))).toMatchObject([expected]);
	});

	test.each(['void', 'voided'])('%s', (word) => {
		expect(webhookEvents(JSON.stringify([{ id: 'x', type: `qbo.invoice.${word}.v1`, time: '2026-10-05T09:15:31Z', intuitentityid: 1, intuitaccountid: 2 }]))).toMatchObject([{ entity: 'Invoice', operation: 'voided' }]);
	});
});
