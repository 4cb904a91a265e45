import { parse } from 'csv-parse/sync';
import fc from 'fast-check';

import { CsvSplitter, csvLine, MAX_RECORD } from '../../nodes/shared/csv';

/** Splits a text that comes in pieces of the given sizes. */
function split(text: string, sizes: readonly number[] = [], delimiter?: string) {
	const splitter = new CsvSplitter(delimiter);
	const rows = [];
	let at = 0;
	for (const size of sizes) {
		rows.push(...splitter.push(text.slice(at, at + size)));
		at += size;
	}
	rows.push(...splitter.push(text.slice(at)), ...splitter.end());
	return rows;
}

const field = fc.oneof(fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '"', ',', ';', '\n', '\r\n', '1') }), fc.string());
const table = fc.integer({ min: 2, max: 4 }).chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }));
const pieces = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 60 });

test('what was written is read, wherever the text is cut into pieces', () => {
	fc.assert(
		fc.property(table, pieces, (rows, sizes) => {
			const whole = [['first', 'line'], ...rows];
			expect(split(whole.map(csvLine).join(''), sizes, ',').map(({ fields }) => fields)).toEqual(whole);
		}),
	);
});

test('another reader agrees on every text with matching quotes', () => {
	fc.assert(
		fc.property(table, fc.constantFrom(',', ';', '\t', '|'), fc.constantFrom('\n', '\r\n'), fc.boolean(), pieces, (rows, delimiter, newline, always, sizes) => {
			const written = rows.map((row) => row.map((text) => (always || /["\r\n,;\t|]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(delimiter));
			const text = `x${delimiter}y${newline}${written.join(newline)}`;
			const other: string[][] = parse(text, { delimiter, relax_column_count: true, skip_empty_lines: true, record_delimiter: newline });
			expect(split(text, sizes, delimiter).map(({ fields }) => fields)).toEqual(other);
		}),
	);
});

test.each([
	['a;b;c\n1,5;2;3', [['a', 'b', 'c'], ['1,5', '2', '3']]],
	['a\tb\n1\t2\n', [['a', 'b'], ['1', '2']]],
	['"a,x"|b\n1|2\n', [['a,x', 'b'], ['1', '2']]],
	['one\n1\n2', [['one'], ['1'], ['2']]],
	['a,b\r1,2\r3,4\r', [['a', 'b'], ['1', '2'], ['3', '4']]],
	['a,b\n\n5" pipe,2\n', [['a', 'b'], ['5" pipe', '2']]],
	['', []],
])('recognizes delimiter and line ends of %j', (text, rows) => {
	expect(split(text).map(({ fields }) => fields)).toEqual(rows);
	expect(split(text, [...text].map(() => 1)).map(({ fields }) => fields)).toEqual(rows);
});

test('a record too long to keep costs only itself', () => {
	const long = 'x'.repeat(2 * MAX_RECORD);
	const sizes = Array.from({ length: 50 }, () => 100_000);
	for (const record of [`1,${long}`, `"1","${long}\n""${long}"`]) {
		expect(split(`a,b\n${record}\n2,3\n`, sizes)).toEqual([{ fields: ['a', 'b'] }, { fields: [], problem: expect.stringContaining('longer than') }, { fields: ['2', '3'] }]);
	}
});

test('quotes that do not match are problems of their record', () => {
	expect(split('a,b\n"1"x,2\n3,4\n')).toEqual([{ fields: ['a', 'b'] }, { fields: ['1x', '2'], problem: 'text follows a closing quote' }, { fields: ['3', '4'] }]);
	expect(split('a,b\n1,"2\n3,4\n').at(-1)?.problem).toContain('not closed');
});

test.each([
	['a quote that is never closed', 'a,b\n1,"2\n3,4\n', true],
	['the same, in a record too long to keep', `a,b\n1,"2\n${'3,4\n'.repeat(MAX_RECORD)}`, true],
	['a long record with its quotes closed', `a,b\n1,"${'x'.repeat(2 * MAX_RECORD)}"\n3,4\n`, false],
	['a line that breaks off', 'a,b\n1,2\n3', false],
])('%s: known at the end', (_case, text, isUnclosed) => {
	const splitter = new CsvSplitter();
	for (let at = 0; at < text.length; at += 300_000) splitter.push(text.slice(at, at + 300_000));
	splitter.end();
	expect(splitter.isUnclosed).toBe(isUnclosed);
});
