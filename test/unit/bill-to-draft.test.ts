import fc from 'fast-check';

import { billToDraft, type DraftOptions } from '../../nodes/shared/billToDraft';
import { invoiceDraftSchema } from '../../nodes/shared/invoiceDraft';
import { decimal, sum } from '../../nodes/shared/money';
import { bill, lineItems } from './bills';

const draftOf = (lines: Array<Record<string, unknown>>, options: Partial<DraftOptions> = {}, fields: Record<string, unknown> = {}) =>
	billToDraft(bill(lines, fields), { decimals: 2, ...options });

const settings = fc.record({
	decimals: fc.constantFrom(0, 2, 3, 4),
	grouping: fc.constantFrom('none', 'product', 'accountingProduct', 'type'),
	zeroLines: fc.constantFrom('keep', 'skip'),
	negativeLines: fc.constantFrom('keep', 'netIntoProduct', 'netIntoBill'),
	rounding: fc.constantFrom('largestLine', 'roundingLine'),
	roundingMode: fc.constantFrom('halfUp', 'halfEven', 'down', 'up'),
}) as fc.Arbitrary<DraftOptions>;

describe('for any bill and any options', () => {
	test('the lines add up to the total, which is the bill total at the target\'s precision', () => {
		fc.assert(
			fc.property(lineItems, settings, (lines, options) => {
				const source = bill(lines);
				const draft = billToDraft(source, options);
				expect(invoiceDraftSchema.parse(draft)).toEqual(draft);
				expect(sum(draft.lines.map(({ amount }) => amount)).toFixed(options.decimals)).toBe(draft.total);
				expect(decimal(draft.total).minus(source.billTotal ?? 0).abs().lt(decimal(1).div(10 ** options.decimals))).toBe(true);
			}),
			{ numRuns: 200 },
		);
	});

	test('a line keeps its sign, whatever its type', () => {
		fc.assert(
			fc.property(lineItems, settings, (lines, options) => {
				const source = bill(lines);
				const exact = new Map(source.lineItems.map((line) => [line.id, line.convertedSubtotal]));
				const { lines: drafted } = billToDraft(source, { ...options, grouping: 'none', negativeLines: 'keep' });
				for (const { ids, type, amount } of drafted.filter(({ ids: [id] }) => id !== undefined)) {
					expect(type).toBe(source.lineItems.find(({ id }) => id === ids[0])?.lineItemType);
					expect(decimal(amount).times(exact.get(ids[0]) ?? 0).gte(0)).toBe(true);
					if (exact.get(ids[0]) === 0) expect(decimal(amount).eq(0)).toBe(true);
				}
			}),
			{ numRuns: 200 },
		);
	});

	test('a line is the exact amount rounded once, but for the one that takes the difference', () => {
		fc.assert(
			fc.property(lineItems, (lines) => {
				const source = bill(lines);
				const draft = billToDraft(source, { decimals: 2, zeroLines: 'keep' });
				const moved = draft.lines.filter(({ ids, amount }) => decimal(source.lineItems.find(({ id }) => id === ids[0])?.convertedSubtotal ?? 0).round(2, 1).toFixed(2) !== amount);
				expect(moved.filter(({ type }) => type !== 'ROUNDING').length).toBeLessThanOrEqual(1);
			}),
		);
	});

	test('keys are unique, and the same when m3ter makes new line ids or usage changes', () => {
		const usage = fc.integer({ min: 1, max: 99_999_999 });
		fc.assert(
			fc.property(lineItems, settings, usage, (lines, options, units) => {
				const keep = { ...options, zeroLines: 'keep' as const, rounding: 'roundingLine' as const, negativeLines: 'keep' as const };
				const keys = (source: typeof lines, prefix: string) =>
					billToDraft(bill(source.map((line, index) => ({ ...line, id: `${prefix}${index}` }))), keep)
						.lines.map(({ key }) => key)
						.filter((key) => key !== 'rounding');
				const before = keys(lines, 'old-');
				expect(new Set(before).size).toBe(before.length);
				const recalculated = lines.map((line) => ({ ...line, convertedSubtotal: units / 100_000, units, description: `${units} units` }));
				expect(keys(recalculated, 'new-')).toEqual(before);
			}),
		);
	});

	test('grouping puts every line item into exactly one line', () => {
		fc.assert(
			fc.property(lineItems, settings, (lines, options) => {
				const draft = billToDraft(bill(lines), { ...options, zeroLines: 'keep', negativeLines: 'keep' });
				expect(draft.lines.flatMap(({ ids }) => ids).sort()).toEqual(lines.map((_line, index) => `l-${index + 1}`).sort());
			}),
		);
	});

	test('netting leaves no negative line as long as charges cover the credits', () => {
		fc.assert(
			fc.property(lineItems, fc.constantFrom('netIntoProduct', 'netIntoBill'), (lines, negativeLines) => {
				const { lines: netted, total } = draftOf(lines, { decimals: 5, negativeLines });
				const negative = netted.filter(({ amount }) => amount.startsWith('-'));
				if (decimal(total).gte(0)) expect(negative).toEqual([]);
				else expect(netted.filter(({ amount }) => decimal(amount).gt(0))).toEqual([]);
			}),
		);
	});
});

describe('the total', () => {
	const lines = [{ convertedSubtotal: 10.004 }, { convertedSubtotal: 5 }];

	test.each([15.004, 15, 15.009, 14.999])('may be apart from the lines by half a unit: %p', (billTotal) => {
		expect(draftOf(lines, {}, { billTotal }).lines).toHaveLength(2);
	});

	test.each([15.0091, 14.9989, 15.01, 16, 0, -15.004])('is refused beyond that: %p', (billTotal) => {
		expect(() => draftOf(lines, {}, { billTotal })).toThrow('The bill lines do not add up to the bill total');
	});

	test('says both sums and what to do', () => {
		expect(() => draftOf(lines, {}, { billTotal: 16 })).toThrow(
			expect.objectContaining({ kind: 'totals-differ', description: 'Bill b-1: lines add up to 15.004 USD, m3ter says 16 USD. Nothing was sent. Recalculate the bill in m3ter and send it again.' }),
		);
	});

	test('is the sum of the lines where m3ter gives none', () => expect(draftOf(lines, {}, { billTotal: null }).total).toBe('15.00'));

	test('of a bill without lines is zero', () => expect(draftOf([])).toMatchObject({ lines: [], skippedLines: 0, total: '0.00' }));

	test('can be negative', () => {
		expect(draftOf([{ convertedSubtotal: 5 }, { convertedSubtotal: -17.5, lineItemType: 'CREDIT_MEMO' }])).toMatchObject({ total: '-12.50', lines: [{ amount: '5.00' }, { amount: '-17.50' }] });
	});
});

describe('rounding differences', () => {
	const thirds = [{ convertedSubtotal: 33.33333 }, { convertedSubtotal: 33.33333 }, { convertedSubtotal: 33.33334, description: 'Third' }];
	const amountsOf = (lines: Array<Record<string, unknown>>, options: Partial<DraftOptions> = {}) => draftOf(lines, options).lines.map(({ amount, type }) => `${amount} ${type}`);

	test('go to the largest line', () => expect(amountsOf(thirds)).toEqual(['33.33 USAGE', '33.33 USAGE', '33.34 USAGE']));

	test('become a line of their own', () => {
		const { lines } = draftOf(thirds, { rounding: 'roundingLine' });
		expect(lines[3]).toMatchObject({ key: 'rounding', ids: [], type: 'ROUNDING', description: 'Rounding', amount: '0.01' });
	});

	test('are refused', () => {
		expect(() => draftOf(thirds, { rounding: 'refuse' })).toThrow(expect.objectContaining({ kind: 'totals-differ', description: expect.stringContaining('differ by 0.01') }));
		expect(amountsOf([{ convertedSubtotal: 1.25 }], { rounding: 'refuse' })).toEqual(['1.25 USAGE']);
	});

	test('never charge a free line', () => {
		const cents = [{ convertedSubtotal: 0, description: 'Free' }, { convertedSubtotal: 0.004, description: 'A' }, { convertedSubtotal: 0.0045, description: 'B' }];
		expect(draftOf(cents).lines).toMatchObject([{ description: 'B', amount: '0.01' }]);
	});

	test('become a line of their own where they would turn a charge into a credit', () => {
		const credits = Array.from({ length: 10 }, () => ({ convertedSubtotal: -0.004, lineItemType: 'CREDIT_MEMO' }));
		expect(amountsOf([{ convertedSubtotal: 0.01 }, ...credits])).toEqual(['0.01 USAGE', '-0.04 ROUNDING']);
	});

	test('five decimals and whole currency units', () => {
		expect(amountsOf([{ convertedSubtotal: 0.12345 }, { convertedSubtotal: 99.87655 }], { decimals: 4 })).toEqual(['0.1235 USAGE', '99.8765 USAGE']);
		expect(amountsOf([{ convertedSubtotal: 100.4 }, { convertedSubtotal: 200.4 }], { decimals: 0 })).toEqual(['100 USAGE', '201 USAGE']);
	});
});

describe('lines', () => {
	test('carry the bill currency\'s amount, and quantity and price of another pricing currency only as text', () => {
		const line = { lineItemType: 'USAGE', description: 'Calls', currency: 'EUR', subtotal: 100, conversionRate: 1.1, convertedSubtotal: 110, units: 1000, unit: 'call', averageUnitPrice: 0.1 };
		const dollars = { ...line, description: 'Storage', currency: 'USD', conversionRate: 1, subtotal: 7, convertedSubtotal: 7, aggregationId: 'other' };
		expect(draftOf([line, dollars])).toMatchObject({
			currency: 'USD',
			total: '117.00',
			lines: [
				{ amount: '110.00', quantity: '1000', unit: 'call', unitPrice: '0.1', description: 'Calls: 1000 call at 0.1 EUR' },
				{ amount: '7.00', description: 'Storage: 1000 call at 0.1 USD' },
			],
		});
	});

	test('of child accounts stay apart, also when everything else is equal', () => {
		const { lines } = draftOf([{ childAccountId: 'c1', childAccountCode: 'paris' }, { childAccountId: 'c2', childAccountCode: 'rome' }, { childAccountId: 'c1', childAccountCode: 'paris' }]);
		expect(lines.map(({ childAccount }) => childAccount)).toEqual(['paris', 'rome', 'paris']);
		expect(lines[2].key).toBe(`${lines[0].key}-2`);
		expect(lines[1].key).not.toBe(lines[0].key);
	});

	test('follow m3ter\'s sequence, whatever the order of the answer', () => {
		const mixed = [{ sequenceNumber: 2, description: 'Second' }, { sequenceNumber: 1, description: 'First' }];
		expect(draftOf(mixed).lines.map(({ description }) => description)).toEqual(['First', 'Second']);
	});

	test('that cost nothing are skipped and counted, or kept', () => {
		const lines = [{ convertedSubtotal: 0 }, { convertedSubtotal: 0.004 }, { convertedSubtotal: 3 }];
		expect(draftOf(lines, {}, { billTotal: 3 })).toMatchObject({ skippedLines: 2, lines: [{ amount: '3.00' }] });
		expect(draftOf(lines, { zeroLines: 'keep' }, { billTotal: 3 }).lines).toHaveLength(3);
		expect(draftOf([{ convertedSubtotal: 0 }])).toMatchObject({ lines: [], skippedLines: 1, total: '0.00' });
	});

	test('keep their service period, and the draft the bill\'s', () => {
		const period = { servicePeriodStartDate: '2026-04-10T00:00:00Z', servicePeriodEndDate: '2026-04-20T00:00:00Z' };
		expect(draftOf([period])).toMatchObject({ servicePeriod: { start: '2026-04-01', end: '2026-05-01' }, lines: [{ period: { start: period.servicePeriodStartDate, end: period.servicePeriodEndDate } }] });
		expect(draftOf([{}]).lines[0].period).toBeUndefined();
	});
});

describe('grouping', () => {
	const lines = [
		{ productCode: 'api', productName: 'API', accountingProductCode: 'base', lineItemType: 'STANDING_CHARGE', convertedSubtotal: 10, servicePeriodStartDate: '2026-04-01', servicePeriodEndDate: '2026-04-15' },
		{ productCode: 'api', productName: 'API', lineItemType: 'USAGE', convertedSubtotal: 5.5, servicePeriodStartDate: '2026-04-10', servicePeriodEndDate: '2026-05-01' },
		{ lineItemType: 'CREDIT_MEMO', convertedSubtotal: -3 },
	];

	test('by product', () => {
		expect(draftOf(lines, { grouping: 'product' }).lines).toMatchObject([
			{ ids: ['l-1', 'l-2'], type: 'GROUP', description: 'API', amount: '15.50', productCode: 'api', period: { start: '2026-04-01', end: '2026-05-01' } },
			{ ids: ['l-3'], type: 'CREDIT_MEMO', description: 'CREDIT_MEMO', amount: '-3.00' },
		]);
	});

	test('by accounting product, falling back to the product', () => {
		expect(draftOf(lines, { grouping: 'accountingProduct' }).lines.map(({ ids, amount }) => [ids.join(), amount])).toEqual([['l-1', '10.00'], ['l-2', '5.50'], ['l-3', '-3.00']]);
	});

	test('by type, in words', () => {
		expect(draftOf(lines, { grouping: 'type' }).lines.map(({ description }) => description)).toEqual(['Standing charge', 'Usage', 'Credit memo']);
	});

	test('rounds the sum, not the parts', () => {
		const parts = Array.from({ length: 3 }, () => ({ convertedSubtotal: 0.005, productCode: 'api' }));
		expect(draftOf(parts, { grouping: 'product', rounding: 'refuse' }).lines).toMatchObject([{ amount: '0.02' }]);
	});
});

describe('negative lines', () => {
	const lines = [
		{ productCode: 'api', description: 'Small', convertedSubtotal: 4 },
		{ productCode: 'storage', description: 'Large', convertedSubtotal: 90, aggregationId: 'a1' },
		{ productCode: 'api', description: 'Credit', lineItemType: 'CREDIT_MEMO', convertedSubtotal: -10 },
	];
	const texts = (negativeLines: DraftOptions['negativeLines']) => draftOf(lines, { negativeLines }).lines.map(({ amount, description }) => `${amount} ${description}`);

	test('come off the same product first, then off the largest charge', () => {
		expect(texts('netIntoProduct')).toEqual(['84.00 Large (less 6 Credit)']);
	});

	test('come off the largest charge of the bill', () => expect(texts('netIntoBill')).toEqual(['4.00 Small', '80.00 Large (less 10 Credit)']));

	test('are kept unless asked otherwise', () => expect(texts(undefined)).toEqual(['4.00 Small', '90.00 Large', '-10.00 Credit']));

	test('are refused by name', () => {
		expect(() => texts('refuse')).toThrow(expect.objectContaining({ kind: 'invalid-input', description: 'Bill b-1: "Credit" is -10 USD. Choose another policy in \'Negative Lines\'.' }));
	});

	test('stay what is left when there is more credit than charges', () => {
		const { lines: left, total } = draftOf([{ convertedSubtotal: 4 }, { convertedSubtotal: -10, lineItemType: 'CREDIT_MEMO', description: 'Credit' }], { negativeLines: 'netIntoBill' });
		expect(left).toMatchObject([{ amount: '-6.00', description: 'Credit' }]);
		expect(total).toBe('-6.00');
	});
});

describe('dates and references', () => {
	const fields = { externalInvoiceDate: '2026-05-02', billDate: '2026-05-01', dueDate: '2026-06-01T00:00:00Z' };

	test.each([
		['externalInvoiceDate', '2026-05-02'],
		['billDate', '2026-05-01'],
		['startDate', '2026-04-01'],
		['endDate', '2026-05-01'],
		['dueDate', '2026-06-01'],
		['none', undefined],
	] as const)('%s', (issueDate, expected) => expect(draftOf([], { issueDate, dueDate: issueDate }, fields)).toMatchObject({ issueDate: expected, dueDate: expected }));

	test('without an external invoice date the bill date counts', () => {
		expect(draftOf([], {}, { ...fields, externalInvoiceDate: undefined }).issueDate).toBe('2026-05-01');
		expect(draftOf([], { dueDate: 'dueDate' }, { dueDate: undefined }).dueDate).toBeUndefined();
	});

	test.each([
		[{ sequentialInvoiceNumber: 'INV-7', externalInvoiceReference: 'R-1' }, { reference: 'INV-7', number: 'INV-7' }],
		[{ externalInvoiceReference: 'R-1' }, { reference: 'R-1', number: undefined }],
		[{}, { reference: 'b-1', number: undefined }],
	])('%p is known as %p', (names, expected) => expect(draftOf([], {}, { ...names, purchaseOrderNumber: 'PO 1' })).toMatchObject({ ...expected, purchaseOrder: 'PO 1' }));
});
