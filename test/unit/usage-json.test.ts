import fc from 'fast-check';

import { JsonArraySplitter, NdjsonSplitter, type JsonRow } from '../../nodes/shared/jsonRecords';

function split(splitter: JsonArraySplitter | NdjsonSplitter, text: string, sizes: readonly number[]): JsonRow[] {
	const rows: JsonRow[] = [];
	let at = 0;
	for (const size of sizes) {
		rows.push(...splitter.push(text.slice(at, at + size)));
		at += size;
	}
	rows.push(...splitter.push(text.slice(at)), ...splitter.end());
	return rows;
}

const values = fc.array(fc.jsonValue(), { maxLength: 10 });
const pieces = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 80 });
const texts = (rows: JsonRow[]) => rows.map(({ value, problem }) => problem ?? JSON.stringify(value));

test('an array is the same in pieces as at once, whatever its elements and its layout', () => {
	fc.assert(
		fc.property(values, pieces, fc.constantFrom(undefined, 1, '\t'), (elements, sizes, space) => {
			const text = ` ${JSON.stringify(elements, null, space)}\n`;
			expect(texts(split(new JsonArraySplitter(), text, sizes))).toEqual(elements.map((element) => JSON.stringify(element)));
		}),
	);
});

test('lines are the same in pieces as at once', () => {
	fc.assert(
		fc.property(values, pieces, fc.constantFrom('\n', '\r\n', '\n\n'), (elements, sizes, newline) => {
			const text = elements.map((element) => JSON.stringify(element)).join(newline);
			expect(texts(split(new NdjsonSplitter(), text, sizes))).toEqual(elements.map((element) => JSON.stringify(element)));
		}),
	);
});

test.each([
	['[1,{"a":tru},3]', ['1', expect.stringContaining('not JSON'), '3']],
	['[1,,2]', ['1', 'an element is missing between two commas', '2']],
	['[1,2,]', ['1', '2', 'an element is missing between two commas']],
	['[1] [2]', ['1', 'text after the end of the array']],
	['[{"a":"]}"},[[","]]]', ['{"a":"]}"}', '[[","]]']],
	['[{"a":1},{"b"', ['{"a":1}', 'breaks off']],
])('%s', (text, expected) => {
	expect(texts(split(new JsonArraySplitter(), text, []))).toEqual(expected);
	expect(texts(split(new JsonArraySplitter(), text, [...text].map(() => 1)))).toEqual(expected);
});

test('an element too long to keep costs only itself', () => {
	const text = `["${'x'.repeat(3_000_000)}",2]`;
	const sizes = Array.from({ length: 40 }, () => 100_000);
	expect(texts(split(new JsonArraySplitter(), text, sizes))).toEqual([expect.stringContaining('longer than'), '2']);
});

test('a file that does not start with an array is refused', () => {
	expect(() => new JsonArraySplitter().push('  {"a":1}')).toThrow('The file is not a JSON array');
});

test('a line that is broken or too long costs only itself', () => {
	const text = `{"a":1}\n{"a":\n"${'x'.repeat(3_000_000)}"\n{"a":2}`;
	expect(texts(split(new NdjsonSplitter(), text, Array.from({ length: 40 }, () => 100_000)))).toEqual(['{"a":1}', expect.stringContaining('not JSON'), expect.stringContaining('longer than'), '{"a":2}']);
});
