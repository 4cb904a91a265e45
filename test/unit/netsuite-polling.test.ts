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
	])('%s in "%s"', (since, zone, expected) => {
		expect(sessionTime(since, zone)).toBe(expected);
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
