import { dueDateOf, isoInstant, modifiedSince, xeroDay } from '../../nodes/Xero/dates';
import { markedReference, markOf, prefixOf } from '../../nodes/Xero/reference';
import { explainXero, withAdvice } from '../../nodes/Xero/errors';

const call = { method: 'PUT', path: '/api.xro/2.0/Invoices' } as const;

describe('dates', () => {
	test('are read from both of Xero’s forms, and days never move', () => {
		expect(isoInstant('/Date(1552262400000+1300)/')).toBe('2019-03-11T00:00:00.000Z');
		expect(isoInstant('2026-05-02T10:15:30.123')).toBe('2026-05-02T10:15:30.123Z');
		expect(xeroDay('2026-09-30T00:00:00', undefined)).toBe('2026-09-30');
		expect(xeroDay(undefined, '/Date(1552262400000+0000)/')).toBe('2019-03-11');
		expect(xeroDay(undefined, undefined)).toBeUndefined();
		expect(modifiedSince(Date.UTC(2026, 8, 1, 10, 0, 0, 999))).toBe('2026-09-01T10:00:00');
	});

	test.each([
		['2026-05-31', 30, 'DAYSAFTERBILLDATE', '2026-06-30'],
		['2026-05-10', 20, 'DAYSAFTERBILLMONTH', '2026-06-20'],
		['2026-01-15', 31, 'OFFOLLOWINGMONTH', '2026-02-28'],
		['2026-12-15', 5, 'OFFOLLOWINGMONTH', '2027-01-05'],
		['2026-02-10', 31, 'OFCURRENTMONTH', '2026-02-28'],
		['2026-05-31', undefined, undefined, '2026-05-31'],
	])('an invoice of %s with %s %s is due on %s', (date, Day, Type, due) => {
		expect(dueDateOf(date, { Day, Type })).toBe(due);
	});
});

describe('the reference', () => {
	const id = '6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01';

	test('says which bill it is, after what people read', () => {
		const reference = markedReference('PO 4711', { id, version: 3 }, 4);
		expect(reference).toBe(`PO 4711 | m3ter bill ${id} v3, 4 lines`);
		expect(markOf(reference)).toEqual({ billId: id, version: 3, lines: 4 });
		expect(prefixOf(reference)).toBe('PO 4711');
		expect(markOf(markedReference('', { id, version: undefined }, 1))).toEqual({ billId: id, version: undefined, lines: 1 });
	});

	test('never grows beyond 255 characters and keeps the mark', () => {
		const reference = markedReference('x'.repeat(400), { id, version: 12 }, 250);
		expect(reference.length).toBeLessThanOrEqual(255);
		expect(markOf(reference)?.billId).toBe(id);
	});

	test.each([undefined, '', 'PO 4711', 'm3ter bill 9f2c'])('%s is not ours', (text) => expect(markOf(text)).toBeUndefined());
});

describe('what Xero says', () => {
	test.each([
		[{ ErrorNumber: 10, Message: 'A validation exception occurred', Elements: [{ ValidationErrors: [{ Message: 'A' }], LineItems: [{ ValidationErrors: [{ Description: 'B' }] }] }] }, 400, 'refused', /A B/],
		[{ Type: null, Title: 'Unauthorized', Status: 401, Detail: 'TokenExpired' }, 401, 'sign-in', /TokenExpired/],
		[{ Title: 'Forbidden', Status: 403, Detail: 'AuthenticationUnsuccessful' }, 403, 'permission', /Scopes/],
		[{ error: 'invalid_scope' }, 400, 'sign-in', /invalid_scope.*Scopes/],
		['<html>', 503, 'unavailable', /HTTP 503/],
	] as const)('%o', (body, status, kind, description) => {
		const failure = explainXero({ status, headers: { 'xero-correlation-id': 'c-1' }, body }, call);
		expect(failure).toMatchObject({ kind, status, description: expect.stringMatching(description) });
		expect(failure.description).toMatch(/PUT \/Invoices.*\[c-1\]/);
	});

	test.each([
		['minute', 12_000, /per minute/, /60 calls/],
		['DayLimit', 3_600_000, /daily limit/, /Calls work again at \d{4}-\d\d-\d\d \d\d:\d\d UTC/],
		['daily', undefined, /daily limit/, /within 24 hours/],
		['concurrent', undefined, /same time/, /5 at once/],
	])('429 "%s"', (problem, wait, message, description) => {
		const failure = explainXero({ status: 429, headers: { 'x-rate-limit-problem': problem }, body: '' }, call, wait);
		expect(failure).toMatchObject({ kind: 'throttled', message: expect.stringMatching(message), description: expect.stringMatching(description), retryAfterMs: wait });
	});

	test('advice is given once for complaints of one kind', () => {
		expect(withAdvice(["Account code '1' is not a valid code for this document.", "Account code '2' is not a valid code for this document."]).match(/Line Mapping/g)).toHaveLength(1);
	});
});
