import fc from 'fast-check';

import { parseTimestamp } from '../../nodes/shared/timestamp';

test.each<[unknown, string]>([
	['2026-05-02T03:04:05Z', '2026-05-02T03:04:05.000Z'],
	['2026-05-02T03:04:05.123456789Z', '2026-05-02T03:04:05.123Z'],
	['2026-05-02 03:04:05.5+02:00', '2026-05-02T01:04:05.500Z'],
	['2026-05-02T03:04-0530', '2026-05-02T08:34:00.000Z'],
	['2026-05-02T03:04:05+02', '2026-05-02T01:04:05.000Z'],
	['2026-05-02', '2026-05-02T00:00:00.000Z'],
	[1_777_694_700, '2026-05-02T04:05:00.000Z'],
	[1_777_694_700_250, '2026-05-02T04:05:00.250Z'],
	[1_777_694_700.25, '2026-05-02T04:05:00.250Z'],
	['1777694700', '2026-05-02T04:05:00.000Z'],
	['1777694700250', '2026-05-02T04:05:00.250Z'],
	[new Date('2026-05-02T03:04:05Z'), '2026-05-02T03:04:05.000Z'],
	[{ toISO: () => '2026-05-02T05:04:05.000+02:00' }, '2026-05-02T03:04:05.000Z'],
])('%p is %s', (value, expected) => {
	expect(parseTimestamp(value, 'UTC')).toBe(expected);
});

test.each<[string, string, string]>([
	['2026-05-02T12:00:00', 'Europe/Berlin', '2026-05-02T10:00:00.000Z'],
	['2026-01-02T12:00:00', 'Europe/Berlin', '2026-01-02T11:00:00.000Z'],
	['2026-05-02', 'America/New_York', '2026-05-02T04:00:00.000Z'],
	['2026-05-02T00:00:00.250', 'Asia/Kathmandu', '2026-05-01T18:15:00.250Z'],
	// The hour that comes twice when the clocks go back: its first time.
	['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
	// A zone of its own wins.
	['2026-05-02T12:00:00Z', 'Europe/Berlin', '2026-05-02T12:00:00.000Z'],
])('%s in %s is %s', (text, zone, expected) => {
	expect(parseTimestamp(text, zone)).toBe(expected);
});

test.each<[unknown]>([
	['yesterday'],
	['2026-02-30'],
	['2026-13-01T00:00:00Z'],
	['2026-05-02T25:00:00Z'],
	['2026-05-02T03:60:00Z'],
	['2026-05-02T03:04:05+25:00'],
	['20260502'],
	['02/05/2026'],
	[20260502],
	[0],
	[NaN],
	[null],
	[true],
	[{}],
	[new Date(NaN)],
	[{ toISO: () => null }],
])('%p is refused', (value) => {
	expect(() => parseTimestamp(value, 'UTC')).toThrow(expect.objectContaining({ kind: 'invalid-input', message: 'A time could not be read' }));
});

test('a local time that the clocks skip does not exist', () => {
	expect(() => parseTimestamp('2026-03-29T02:30:00', 'Europe/Berlin')).toThrow('A local time does not exist');
});

test('an unknown zone is named', () => {
	expect(() => parseTimestamp('2026-03-29T02:30:00', 'Mars/Olympus')).toThrow(expect.objectContaining({ description: expect.stringContaining('Mars/Olympus') }));
});

test('text in UTC means the same however it is written', () => {
	const moments = fc.date({ min: new Date('1971-01-01T00:00:00Z'), max: new Date('2199-12-31T23:59:59Z'), noInvalidDate: true });
	fc.assert(
		fc.property(moments, (moment) => {
			const text = moment.toISOString();
			expect(parseTimestamp(text, 'UTC')).toBe(text);
			expect(parseTimestamp(text.replace('Z', '+00:00'), 'UTC')).toBe(text);
			expect(parseTimestamp(text.replace(/\.\d+/, ''), 'UTC')).toBe(text.replace(/\.\d+/, '.000'));
		}),
	);
});

test.each(['2026-02-29T00:00:00Z', '2026-04-31T00:00:00Z', '2026-00-10T00:00:00Z', '2026-05-00T00:00:00Z', '2026-05-02T24:00:00Z', '2026-05-02T03:04:60Z'])('%s does not exist', (text) => {
	expect(() => parseTimestamp(text, 'UTC')).toThrow('A time could not be read');
});
