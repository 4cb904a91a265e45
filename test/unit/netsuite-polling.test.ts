import { DateTime } from 'luxon';

import { NetSuiteForM3terPollingTrigger } from '../../nodes/NetSuite/NetSuiteForM3terPollingTrigger.node';
import { sessionTime } from '../../nodes/NetSuite/changedSales';
import { externalIdOf, generationOf, memoText, memoWith, noteOf } from '../../nodes/NetSuite/origin';

describe("times by the account's clock", () => {
	test.each([
		['2026-10-05T09:00:00Z', 'UTC', '2026-10-05 09:00:00'],
		['2026-10-05T09:00:00Z', 'America/Los_Angeles', '2026-10-05 02:00:00'],
		['2026-10-05T09:00:00Z', ' Europe/Berlin ', '2026-10-05 11:00:00'],
		['2026-01-05T09:00:00+02:00', 'Europe/Berlin', '2026-01-05 08:00:00'],
		// Unknown: as early as any clock on earth shows it.
		['2026-10-05T09:00:00Z', '', '2026-10-04 21:00:00'],
		// Clocks go back at 06:00Z: what changes an hour later shows an earlier time than this.
		['2026-11-01T05:45:00Z', 'America/New_York', '2026-11-01 00:45:00'],
		['2026-11-01T06:45:00Z', 'America/New_York', '2026-11-01 01:45:00'],
		// They go forward at 07:00Z, which hides nothing.
		['2026-03-08T06:45:00Z', 'America/New_York', '2026-03-08 01:45:00'],
	])('%s in "%s"', (since, zone, expected) => {
		expect(sessionTime(since, zone)).toBe(expected);
	});
});

test('no poll loses a record when clocks go back', () => {
	const zone = 'America/New_York';
	const times = Array.from({ length: 48 }, (_, index) => DateTime.fromISO('2026-11-01T02:00:00Z').plus({ minutes: index * 10 }));
	const shown = times.map((time) => time.setZone(zone).toFormat('yyyy-MM-dd HH:mm:ss'));
	times.forEach((since, index) => {
		const from = sessionTime(since.toISO() ?? '', zone);
		expect(shown.slice(index).filter((changed) => changed < from)).toEqual([]);
	});
});

test('the polling trigger says that deletions are reported by the script only', () => {
	const [notice] = new NetSuiteForM3terPollingTrigger().description.properties;
	expect(notice.displayName).toContain('A deleted order cannot be found by asking');
});

describe('the origin of a document', () => {
	const bill = '6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01';

	test('external ids count the documents of a bill', () => {
		expect([externalIdOf(bill), externalIdOf(bill, 2)]).toEqual([`m3ter_bill-${bill}`, `m3ter_bill-${bill}-2`]);
		expect([externalIdOf(bill), externalIdOf(bill, 12), `${externalIdOf(bill)}-x`, externalIdOf('other')].map((id) => generationOf(id, bill))).toEqual([1, 12, undefined, undefined]);
		expect(externalIdOf('a b:c')).toBe('m3ter_bill-a_b_c');
	});

	test('the note in the memo is read back whatever people write around it', () => {
		const memo = memoWith('Usage', bill, { version: 3, lines: 1 });
		expect(memo).toBe(`Usage - m3ter bill ${bill} v3 (1 line)`);
		expect(noteOf(`See below. ${memo}, thanks`)).toEqual({ version: 3, lines: 1 });
		expect(memoText(memo)).toBe('Usage');
		expect(memoText(memoWith('', bill, { version: 1, lines: 40 }))).toBe('');
		expect(noteOf('somebody wrote over it')).toBeUndefined();
		expect(memoWith('x'.repeat(2000), bill, { version: 1, lines: 2 })).toHaveLength(999);
	});
});
