import fc from 'fast-check';

import { Failure } from '../../nodes/shared/failure';
import {
	buildMeasurement,
	latestNow,
	measurementSchema,
	wholeMeasurement,
	type MeasurementInput,
	type MeasurementRules,
	type MeterFields,
} from '../../nodes/shared/measurement';

const NOW = Date.parse('2026-05-10T12:00:00Z');

const meter: MeterFields = {
	code: 'api_requests',
	fields: [
		{ category: 'where', code: 'region' },
		{ category: 'measure', code: 'requests' },
	],
};

const rules: MeasurementRules = { zone: 'UTC', convertNumericText: true, latest: latestNow(NOW) };

const row = (changes: Partial<MeasurementInput> = {}): MeasurementInput => ({
	meter: 'api_requests',
	account: 'globex',
	ts: '2026-05-02T03:04:05Z',
	values: { where: { region: 'eu-west-1' }, measure: { requests: 21 } },
	uid: { from: 'measurement' },
	...changes,
});

function failure(work: () => unknown): Failure {
	let thrown: unknown;
	try {
		work();
	} catch (error) {
		thrown = error;
	}
	expect(thrown).toBeInstanceOf(Failure);
	return thrown as Failure;
}

const problems = (changes: Partial<MeasurementInput>, more: Partial<MeasurementRules> = {}) =>
	failure(() => buildMeasurement(row(changes), { ...rules, ...more })).description;

test('builds what the Ingest API takes', () => {
	const built = buildMeasurement(row({ ets: 1_777_694_700 }), { ...rules, meter });
	expect(built).toEqual({
		uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
		meter: 'api_requests',
		account: 'globex',
		ts: '2026-05-02T03:04:05.000Z',
		ets: '2026-05-02T04:05:00.000Z',
		where: { region: 'eu-west-1' },
		measure: { requests: 21 },
	});
	expect(measurementSchema.parse(built)).toEqual(built);
});

describe('values', () => {
	test('null and empty ones are left out, with the map they would have been in', () => {
		const built = buildMeasurement(row({ values: { who: { user: null }, other: { note: ' ' }, what: { action: undefined, kind: 'send' }, measure: { requests: '' } } }), rules);
		expect(built).not.toHaveProperty('who');
		expect(built).not.toHaveProperty('other');
		expect(built).not.toHaveProperty('measure');
		expect(built.what).toEqual({ kind: 'send' });
	});

	test('text fields take numbers and booleans as text', () => {
		expect(buildMeasurement(row({ values: { what: { tier: 3, paid: false } } }), rules).what).toEqual({ tier: '3', paid: 'false' });
	});

	test.each([
		['21', 21],
		[' 12.50 ', 12.5],
		['-0.1', -0.1],
		['1e3', 1000],
		['.5', 0.5],
		['0.30000000000000004', 0.30000000000000004],
	])('the text %j becomes the number %d', (text, number) => {
		expect(buildMeasurement(row({ values: { measure: { requests: text } } }), rules).measure).toEqual({ requests: number });
	});

	test.each([
		['abc', 'is "abc", not a number'],
		['1,5', 'write a point, not a comma'],
		['0x10', 'not a number'],
		['NaN', 'not a number'],
		['Infinity', 'not a number'],
		['1e999', 'cannot hold exactly'],
		['12345678901234567890', 'cannot hold exactly'],
		[NaN, 'is NaN, not a number m3ter can take'],
		[Infinity, 'is Infinity'],
		[true, 'must be a number'],
		[[1], 'must be a number'],
	])('%p is refused as a number', (value, reason) => {
		const description = problems({ values: { measure: { requests: value } } });
		expect(description).toContain('measure.requests');
		expect(description).toContain(reason);
	});

	test('numeric text stays refused when conversion is off', () => {
		expect(problems({ values: { cost: { usd: '21' } } }, { convertNumericText: false })).toContain("cost.usd is the text \"21\" and 'Convert Numeric Text' is off");
	});

	test('a converted number is exactly the text it came from', () => {
		fc.assert(
			fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
				const built = buildMeasurement(row({ values: { measure: { requests: String(number) } } }), rules);
				expect(Object.is(built.measure?.requests, number) || built.measure?.requests === number).toBe(true);
			}),
		);
	});

	test('lists, objects and over-long metadata are refused', () => {
		expect(problems({ values: { what: { tags: ['a'] } } })).toContain('what.tags must be text, not a list');
		expect(problems({ values: { metadata: { note: 'x'.repeat(257) } } })).toContain('metadata.note is longer than 256');
	});
});

describe('against the meter', () => {
	test('missing, unknown and misplaced fields are all named at once', () => {
		const description = problems({ values: { what: { region: 'eu' }, measure: { calls: 1 } } }, { meter });
		expect(description).toContain('missing where.region, measure.requests');
		expect(description).toContain('what.region belongs under where');
		expect(description).toContain('meter api_requests has no data field measure.calls');
	});

	test('one code in two categories is refused, with or without the meter', () => {
		expect(problems({ values: { who: { region: 'a' }, where: { region: 'b' } } })).toContain('region is given under who and under where');
	});
});

test.each<[string, Partial<MeasurementInput>, string]>([
	['no meter', { meter: '' }, 'meter is empty'],
	['an account that is no code', { account: 'a\tb' }, 'account is not a code'],
	['an object as account', { account: { id: 1 } }, 'account is not a code'],
	['a long account', { account: 'a'.repeat(81) }, 'account is longer than 80'],
	['no ts', { ts: null }, 'ts is empty'],
	['a bad ts', { ts: 'yesterday' }, 'ts: "yesterday" is not a time'],
	['a future ts', { ts: '2026-05-10T12:02:00Z' }, 'is in the future'],
	['a ts in the year 12026', { ts: new Date(Date.UTC(12_026, 4, 2)) }, 'is in the future'],
	['ets before ts', { ets: '2026-05-01T00:00:00Z' }, 'is before ts'],
	['a bad ets', { ets: '2026-13-01' }, 'ets: '],
])('%s is refused', (_case, changes, reason) => {
	expect(problems(changes)).toContain(reason);
});

describe('uid', () => {
	const uid = (changes: Partial<MeasurementInput>) => buildMeasurement(row(changes), rules).uid;

	test('of the whole measurement is the same for equal content, whatever its spelling', () => {
		const same = uid({ ts: '2026-05-02T05:04:05+02:00', values: { measure: { requests: '21.0' }, where: { region: 'eu-west-1' } } });
		expect(same).toBe(uid({}));
		expect(uid({ account: 'initech' })).not.toBe(uid({}));
		expect(uid({ values: { measure: { requests: 22 } } })).not.toBe(uid({}));
	});

	test('of chosen fields depends on them and on the meter, not on the values sent', () => {
		const from = (values: Record<string, unknown>) => ({ uid: { from: 'fields' as const, values } });
		expect(uid({ ...from({ order: 7, line: 1 }), account: 'initech' })).toBe(uid(from({ line: 1, order: 7 })));
		expect(uid(from({ order: 7, line: 2 }))).not.toBe(uid(from({ order: 7, line: 1 })));
		expect(uid({ ...from({ order: 7 }), meter: 'storage' })).not.toBe(uid(from({ order: 7 })));
		expect(problems(from({ order: 7, line: null }))).toContain('line is empty');
		expect(problems(from({}))).toContain('no field is chosen');
	});

	test('that is given is used as it is, up to 50 characters', () => {
		expect(uid({ uid: { from: 'value', value: ' a'.padEnd(51, 'a') } })).toHaveLength(50);
		expect(uid({ uid: { from: 'value', value: 42 } })).toBe('42');
		expect(problems({ uid: { from: 'value', value: 'a'.repeat(51) } })).toContain('has 51 characters, m3ter takes 50');
		expect(problems({ uid: { from: 'value', value: null } })).toContain('the unique ID is empty');
	});

	test('never needs more than 50 characters', () => {
		fc.assert(fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }).filter((text) => text.trim() !== ''), { minKeys: 1 }), (values) => uid({ uid: { from: 'fields', values } }).length <= 50));
	});
});

describe('a whole measurement', () => {
	const json = { uid: 'u1', meter: 'api_requests', account: 'globex', ts: 1_777_694_700, measure: { requests: 1 }, who: null };

	test('is read from an object and from text, and its uid wins', () => {
		const built = buildMeasurement(wholeMeasurement(json, { from: 'measurement' }), rules);
		expect(built).toEqual({ uid: 'u1', meter: 'api_requests', account: 'globex', ts: '2026-05-02T04:05:00.000Z', measure: { requests: 1 } });
		expect(buildMeasurement(wholeMeasurement(JSON.stringify(json), { from: 'measurement' }), rules)).toEqual(built);
	});

	test('without a uid gets the one that was chosen', () => {
		expect(wholeMeasurement({ ...json, uid: null }, { from: 'value', value: 'mine' }).uid).toEqual({ from: 'value', value: 'mine' });
	});

	test('that is no JSON, or has a key a measurement does not have, is refused', () => {
		expect(failure(() => wholeMeasurement('{', { from: 'measurement' })).message).toBe("'Measurement JSON' is not JSON");
		expect(() => wholeMeasurement({ ...json, requests: 1 }, { from: 'measurement' })).toThrow(/requests/);
	});
});
