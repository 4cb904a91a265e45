import fc from 'fast-check';

import { diffWith, desiredLine, wireLines, type XeroDesiredLine } from '../../nodes/Xero/lines';
import type { XeroLine } from '../../nodes/Xero/schemas';
import type { InvoiceLine } from '../../nodes/shared/invoiceDraft';
import { decimal, round } from '../../nodes/shared/money';

const options = { lineTargets: [], showQuantity: false };
const line = (description: string, amount: string, fields: Partial<InvoiceLine> = {}): InvoiceLine => ({ key: description, ids: [], type: 'USAGE', description, amount, ...fields });
const desired = (description: string, amount: string) => desiredLine(line(description, amount), 1, options);

let count = 0;
/** A line as Xero holds what we wrote. */
const stored = ({ description, quantity, unitAmount, amount }: XeroDesiredLine): XeroLine => ({
	LineItemID: `line-${count++}`,
	Description: description,
	Quantity: Number(quantity),
	UnitAmount: Number(unitAmount),
	LineAmount: amount / 100,
	ItemCode: undefined,
	AccountCode: '200',
	AccountID: undefined,
	TaxType: 'OUTPUT2',
	DiscountRate: undefined,
	Tracking: [],
});

const sizes = ({ add, change, remove, same, foreign }: ReturnType<typeof diffWith>) => ({ add: add.length, change: change.length, remove: remove.length, same: same.length, foreign: foreign.length });

describe('comparing the lines of a bill with those of a document', () => {
	const [base, calls, disks] = [desired('Base', '46.00'), desired('Calls', '80.25'), desired('Disks', '11.75')];

	test('what Xero filled in by itself is no difference', () => {
		expect(sizes(diffWith([base, calls], [base, calls].map(stored), 2))).toEqual({ add: 0, change: 0, remove: 0, same: 2, foreign: 0 });
	});

	test('a mapped account, tax rate, item or tracking option is', () => {
		for (const target of [{ accountCode: '260' }, { accountId: 'a' }, { itemCode: 'API' }, { taxType: 'NONE' }, { tracking: [{ categoryId: 'c', optionId: 'o' }] }]) {
			const mapped = desiredLine(line('Base', '46.00'), 1, { ...options, lineTargets: [{ match: '', target: { tracking: [], ...target } }] });
			expect(sizes(diffWith([mapped], [stored(base)], 1))).toMatchObject({ change: 1, same: 0 });
		}
	});

	test('ours keep their ids wherever they moved; what was added below stays', () => {
		const existing = [disks, base, calls].map(stored);
		const thanks = { ...stored(desired('Thank you', '5.00')), DiscountRate: 10 };
		const changed = desired('Calls', '90.00');
		const diff = diffWith([base, changed], [...existing, thanks], 3);
		expect(sizes(diff)).toEqual({ add: 0, change: 1, remove: 1, same: 1, foreign: 1 });
		expect(wireLines([base, changed], diff).map(({ LineItemID, Description }) => [LineItemID, Description])).toEqual([
			[existing[1].LineItemID, 'Base'],
			[existing[2].LineItemID, 'Calls'],
			[thanks.LineItemID, 'Thank you'],
		]);
		expect(wireLines([base, changed], diff)[2]).not.toHaveProperty('LineAmount');
	});

	test('a renamed line takes the place of the one that is left over', () => {
		const diff = diffWith([base, desired('Storage', '11.75')], [base, disks].map(stored), 2);
		expect(sizes(diff)).toMatchObject({ change: 1, same: 1, add: 0, remove: 0 });
	});

	test('any bill over any earlier one ends as the bill, with the foreign lines behind', () => {
		const lines = fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C', 'D'), fc.integer({ min: -9999, max: 9999 })), { maxLength: 6 });
		const ofBill = (rows: Array<[string, number]>) => rows.map(([text, cents], index) => ({ ...desired(text, (cents / 100).toFixed(2)), key: `${text}-${index}` }));
		fc.assert(
			fc.property(lines, lines, fc.integer({ min: 0, max: 2 }), (before, after, foreign) => {
				const theirs = Array.from({ length: foreign }, (_line, index) => stored(desired(`Theirs ${index}`, '1.00')));
				const existing = ofBill(before).map(stored);
				const wanted = ofBill(after);
				const diff = diffWith(wanted, [...existing, ...theirs], existing.length);
				const result = wireLines(wanted, diff);
				expect(result.map(({ Description, UnitAmount }) => [Description, UnitAmount])).toEqual([...wanted.map(({ description, unitAmount }) => [description, Number(unitAmount)]), ...theirs.map(({ Description }) => [Description, 1])]);
				const ids = result.flatMap(({ LineItemID }) => LineItemID ?? []);
				expect(new Set(ids).size).toBe(ids.length);
				expect(diff.same.length + diff.change.length + diff.remove.length).toBe(existing.length);
			}),
		);
	});
});

describe('quantity and unit price', () => {
	test.each([
		['1000', '0.0021', '2.10', ['1000', '0.0021']],
		['3', '0.3333', '1.00', ['3', '0.3333']],
		['1204331', '0.000013', '15.66', ['1', '15.66']],
		['2', '1.00', '-2.00', ['2', '-1']],
		[undefined, '1', '1.00', ['1', '1.00']],
	])('%s × %s for %s', (quantity, unitPrice, amount, expected) => {
		const { quantity: units, unitAmount } = desiredLine(line('Calls', amount, { quantity, unitPrice }), 1, { ...options, showQuantity: true });
		expect([units, unitAmount]).toEqual(expected);
	});

	test('always multiply up to the amount', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: -1_000_000, max: 1_000_000 }), (units, price, cents) => {
				const fields = { quantity: decimal(units).div(1000).toFixed(), unitPrice: decimal(price).div(100_000).toFixed() };
				const { amount, quantity, unitAmount } = desiredLine(line('x', decimal(cents).div(100).toFixed(2), fields), 1, { ...options, showQuantity: true });
				expect(round(decimal(quantity).times(unitAmount), 2).times(100).toNumber()).toBe(amount);
			}),
		);
	});
});
