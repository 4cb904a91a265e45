import fc from 'fast-check';

import { chunk, inBatches, jsonBytes } from '../../nodes/shared/batching';

const WRAPPER = '{"measurements":[]}'.length;

test('every request body respects both limits, nothing is lost, and the order stays', () => {
	const items = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 80 });
	fc.assert(
		fc.property(items, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 40, max: 300 }), (texts, maxCount, maxBytes) => {
			const tooLarge: string[] = [];
			const batches = [...inBatches(texts, { maxCount, maxBytes, wrapperBytes: WRAPPER }, (item) => tooLarge.push(item))];
			for (const batch of batches) {
				expect(batch.length).toBeGreaterThan(0);
				expect(batch.length).toBeLessThanOrEqual(maxCount);
				expect(jsonBytes({ measurements: batch })).toBeLessThanOrEqual(maxBytes);
			}
			const fits = (text: string) => jsonBytes({ measurements: [text] }) <= maxBytes;
			expect(batches.flat()).toEqual(texts.filter(fits));
			expect(tooLarge).toEqual(texts.filter((text) => !fits(text)));
		}),
	);
});

test('a batch is closed only when the next item does not fit', () => {
	const sizes = [...inBatches(Array.from({ length: 2500 }, (_, index) => index), { maxCount: 1000, maxBytes: 500_000 }, () => undefined)].map(({ length }) => length);
	expect(sizes).toEqual([1000, 1000, 500]);
	const six = ['a', 'b', 'c', 'd', 'e', 'f'];
	expect([...inBatches(six, { maxCount: 10, maxBytes: WRAPPER + 11, wrapperBytes: WRAPPER }, () => undefined)]).toEqual([six.slice(0, 3), six.slice(3)]);
});

test('bytes count, not characters', () => {
	const told: number[] = [];
	expect([...inBatches(['€€', 'ab'], { maxCount: 10, maxBytes: 7 }, (_item, bytes) => told.push(bytes))]).toEqual([['ab']]);
	expect(told).toEqual([8]);
});

test('items are taken one by one, so that a file need not be in memory', () => {
	let read = 0;
	function* source() {
		for (; ; read++) yield read;
	}
	const batches = inBatches(source(), { maxCount: 3, maxBytes: 100 }, () => undefined);
	expect(batches.next().value).toEqual([0, 1, 2]);
	expect(read).toBe(3);
});

test('a list in runs', () => {
	expect(chunk([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
	expect(chunk([], 2)).toEqual([]);
	fc.assert(fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 9 }), (items, size) => expect(chunk(items, size).flat()).toEqual(items)));
});
