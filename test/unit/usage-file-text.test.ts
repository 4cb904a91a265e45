/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import fc from 'fast-check';

import { FileText, NOT_TEXT, type Encoding } from '../../nodes/shared/fileText';
import { formatOf } from '../../nodes/shared/records';
import { UidSet } from '../../nodes/shared/uidSet';

function decode(bytes: Buffer, encoding: Encoding, sizes: readonly number[] = []): string {
	const text = new FileText(encoding);
	let decoded = '';
	let at = 0;
	for (const size of sizes) {
		decoded += text.push(bytes.subarray(at, at + size));
		at += size;
	}
	return decoded + text.push(bytes.subarray(at)) + text.end();
}

const pieces = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 });
/** A byte order mark at the start is not text. */
const texts = fc.string({ unit: 'grapheme' }).filter((text) => !text.startsWith('\uFEFF'));

test('UTF-8 and UTF-16 are the same in pieces as at once, with a byte order mark and without', () => {
	fc.assert(
		fc.property(texts, pieces, (text, sizes) => {
			expect(decode(Buffer.from(text), 'auto', sizes)).toBe(text);
			expect(decode(Buffer.from(`\uFEFF${text}`), 'auto', sizes)).toBe(text);
			expect(decode(Buffer.from(`\uFEFF${text}`, 'utf16le'), 'auto', sizes)).toBe(text);
			expect(decode(Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(), 'auto', sizes)).toBe(text);
			expect(decode(Buffer.from(text, 'utf16le'), 'utf-16le', sizes)).toBe(text);
		}),
	);
});

test('Windows-1252 has signs that Latin-1 has not', () => {
	expect(decode(Buffer.from([0x80, 0x20, 0xe9, 0x93]), 'windows-1252')).toBe('€ é“');
});

test('bytes that are no text are marked', () => {
	expect(decode(Buffer.from([0x61, 0xe9, 0x62]), 'auto')).toBe(`a${NOT_TEXT}b`);
	expect(decode(Buffer.from([0x61, 0xc3]), 'utf-8')).toBe(`a${NOT_TEXT}`);
});

test.each([
	['usage.csv', 'application/octet-stream', '[x,y\n', 'csv'],
	['usage.tsv', 'text/plain', 'a\tb\n', 'csv'],
	['usage.jsonl', 'application/json', '[1]', 'ndjson'],
	['usage', 'text/csv', '{"a"', 'csv'],
	['usage', 'application/x-ndjson', '', 'ndjson'],
	['usage.json', 'application/json', '  [{}]', 'json'],
	['usage.json', 'application/json', '{"a":1}\n{"a":2}', 'ndjson'],
	[undefined, 'application/octet-stream', 'id,ts', 'csv'],
])('a file %p of type %p that starts with %p is %s', (name, type, start, format) => {
	expect(formatOf(start, { name, type })).toBe(format);
});

test('a set of uids knows each of them once, in little memory', () => {
	const uids = new UidSet();
	const before = process.memoryUsage().arrayBuffers;
	const added = Array.from({ length: 200_000 }, (_value, index) => uids.add(`uid-${index}`, `content ${index}`));
	expect(added.every((seen) => seen === 'new')).toBe(true);
	expect(uids.add('uid-77', 'content 77')).toBe('same');
	expect(uids.add('uid-199999', 'content 199999')).toBe('same');
	expect(uids.add('uid-199999', 'content 199998')).toBe('differs');
	expect(uids.size).toBe(200_000);
	expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200_000 * 50);
});
