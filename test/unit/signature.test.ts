import fc from 'fast-check';

import { hmacSha256, safeEqual } from '../../nodes/shared/signature';

test('HMAC-SHA256 as in RFC 4231, in both encodings, over text and bytes', () => {
	const hex = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
	expect(hmacSha256('Jefe', 'what do ya want for nothing?', 'hex')).toBe(hex);
	expect(hmacSha256('Jefe', Buffer.from('what do ya want for nothing?'), 'base64')).toBe(Buffer.from(hex, 'hex').toString('base64'));
});

test('text is signed as UTF-8', () => {
	fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => expect(hmacSha256('key', text, 'hex')).toBe(hmacSha256('key', Buffer.from(text, 'utf8'), 'hex'))));
});

test('equal is equal, and nothing else is', () => {
	fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => expect(safeEqual(a, b)).toBe(a === b)));
	fc.assert(fc.property(fc.string(), (text) => expect(safeEqual(text, text)).toBe(true)));
	expect(safeEqual('abc', 'abcd')).toBe(false);
	expect(safeEqual('ABC', 'abc')).toBe(false);
	expect(safeEqual('é', 'e\u0301')).toBe(false);
});
