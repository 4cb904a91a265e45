/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { setImmediate as yieldOnce } from 'node:timers/promises';

import fc from 'fast-check';

import { IngestRun, type IngestOptions, type IngestRow, type RowResult } from '../../nodes/M3ter/ingest';
import { Failure } from '../../nodes/shared/failure';
import type { Measurement } from '../../nodes/shared/measurement';
import { UidSet } from '../../nodes/shared/uidSet';

const measurement = (uid: string, padding = ''): Measurement => ({
	uid,
	meter: 'api_requests',
	account: 'globex',
	ts: '2026-05-02T03:04:05.000Z',
	measure: { requests: 1 },
	...(padding === '' ? {} : { other: { padding } }),
});

const numbered = (measurements: Measurement[]): IngestRow[] => measurements.map((entry, index) => ({ row: index + 1, uid: entry.uid, json: JSON.stringify(entry) }));

/** Sends all rows; the number of batches that were made. */
async function ingestRows(rows: IngestRow[], options: IngestOptions<IngestRow>): Promise<number> {
	const run = new IngestRun(options);
	for (const row of rows) await run.add(row);
	return await run.finish();
}

const refusal = () => new Failure('refused', 'm3ter refused the request', { status: 400, description: 'bad row' });

/** An Ingest API that refuses a request as a whole when one of its rows is bad, and remembers what it took. */
function ingestApi(isBad: (measurement: Measurement) => boolean) {
	const taken: string[] = [];
	const bodies: Array<{ count: number; bytes: number }> = [];
	const send = async (body: Buffer) => {
		const { measurements } = JSON.parse(body.toString()) as { measurements: Measurement[] };
		bodies.push({ count: measurements.length, bytes: body.length });
		await yieldOnce();
		if (measurements.some(isBad)) throw refusal();
		taken.push(...measurements.map(({ uid }) => uid));
	};
	return { send, taken, bodies };
}

async function run(rows: IngestRow[], send: (body: Buffer) => Promise<void>, more: { isCancelled?(): boolean; uids?: UidSet } = {}) {
	const results = new Map<number, RowResult>();
	const reported: number[] = [];
	const batches = await ingestRows(rows, {
		send,
		report: ({ row }, result) => {
			reported.push(row);
			results.set(row, result);
		},
		...more,
	});
	return { results, reported, batches };
}

const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);

test('every good row is accepted exactly once, every bad row costs only itself, and no request is too large', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.record({ bad: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }), padding: fc.integer({ min: 0, max: 60_000 }) }), { maxLength: 80 }),
			async (given) => {
				const rows = numbered(given.map(({ padding }, index) => measurement(`u${index}`, 'ä'.repeat(padding))));
				const bad = new Set(given.flatMap((entry, index) => (entry.bad ? [`u${index}`] : [])));
				const api = ingestApi(({ uid }) => bad.has(uid));
				const { results, reported } = await run(rows, api.send);

				expect(sorted(reported)).toEqual(rows.map(({ row }) => row));
				expect(api.taken.sort()).toEqual(rows.map(({ uid }) => uid).filter((uid) => !bad.has(uid)).sort());
				for (const { row, uid } of rows) expect(results.get(row)?.status).toBe(bad.has(uid) ? 'failed' : 'accepted');
				for (const { count, bytes } of api.bodies) {
					expect(count).toBeLessThanOrEqual(1000);
					expect(bytes).toBeLessThanOrEqual(500_000);
				}
			},
		),
		{ numRuns: 40 },
	);
});

test('batches hold up to 1,000 rows', async () => {
	const api = ingestApi(() => false);
	const { batches } = await run(numbered(Array.from({ length: 2500 }, (_value, index) => measurement(`u${index}`))), api.send);
	expect(api.bodies.map(({ count }) => count)).toEqual([1000, 1000, 500]);
	expect(batches).toBe(3);
});

test('one bad row in a full batch is found in a few requests', async () => {
	const api = ingestApi(({ uid }) => uid === 'u700');
	await run(numbered(Array.from({ length: 1000 }, (_value, index) => measurement(`u${index}`))), api.send);
	expect(api.taken).toHaveLength(999);
	expect(api.bodies.length).toBeLessThanOrEqual(21);
});

test('a row that alone is too large is not sent', async () => {
	const api = ingestApi(() => false);
	const { results } = await run(numbered([measurement('small'), measurement('huge', 'x'.repeat(600_000))]), api.send);
	expect(api.taken).toEqual(['small']);
	expect(results.get(2)).toMatchObject({ status: 'failed', failure: { message: 'The measurement is too large' } });
});

test('no more than the given number of requests is under way', async () => {
	let underWay = 0;
	let most = 0;
	const send = async () => {
		most = Math.max(most, ++underWay);
		await yieldOnce();
		underWay--;
	};
	await ingestRows(numbered(Array.from({ length: 9000 }, (_value, index) => measurement(`u${index}`))), { send, report: () => undefined, concurrency: 3 });
	expect(most).toBe(3);
});

describe('a uid that occurs again', () => {
	const twice = () => numbered([measurement('a'), measurement('b'), measurement('a'), { ...measurement('b'), account: 'initech' }]);

	test('is sent once; one with other values fails, because m3ter would ignore it', async () => {
		const api = ingestApi(() => false);
		const { results } = await run(twice(), api.send);
		expect(api.taken).toEqual(['a', 'b']);
		expect(results.get(3)).toEqual({ status: 'duplicate-in-run', duplicateOf: 1 });
		expect(results.get(4)).toMatchObject({ status: 'failed', failure: { kind: 'invalid-input', description: expect.stringContaining('b was used by row 2 with other values') } });
	});

	test('says the same in any order of its fields', async () => {
		const row = { uid: 'a', row: 1, json: '{"uid":"a","measure":{"x":1,"y":2}}' };
		const { results } = await run([row, { ...row, row: 2, json: '{"uid":"a","measure":{"y":2,"x":1}}' }], async () => undefined);
		expect(results.get(2)).toEqual({ status: 'duplicate-in-run', duplicateOf: 1 });
	});

	test('fails when the first row with it failed', async () => {
		const { results } = await run(twice(), ingestApi(({ uid }) => uid === 'a').send);
		expect(results.get(3)).toMatchObject({ status: 'failed', failure: { kind: 'conflict' } });
	});

	test('is told apart without remembering the rows', async () => {
		const { results } = await run(twice(), async () => undefined, { uids: new UidSet() });
		expect(results.get(3)).toEqual({ status: 'duplicate-in-run' });
		expect(results.get(4)).toMatchObject({ status: 'failed', failure: { description: expect.stringContaining('b was used by an earlier row with other values') } });
	});
});

describe('failures that are not about a row', () => {
	test('fail their batch without splitting it', async () => {
		const unavailable = new Failure('unavailable', 'm3ter is not available at the moment', { status: 503 });
		let calls = 0;
		const { results } = await run(numbered(Array.from({ length: 1500 }, (_value, index) => measurement(`u${index}`))), async () => {
			if (++calls === 1) throw unavailable;
		});
		expect(calls).toBe(2);
		expect(results.get(1000)).toEqual({ status: 'failed', failure: unavailable });
		expect(results.get(1001)).toEqual({ status: 'accepted', batch: 2 });
	});

	test('end the run when every other request would meet them too', async () => {
		let calls = 0;
		const send = async () => {
			calls++;
			throw new Failure('permission', 'm3ter refused access', { status: 403 });
		};
		const { results } = await run(numbered(Array.from({ length: 20_000 }, (_value, index) => measurement(`u${index}`))), send);
		expect(calls).toBeLessThanOrEqual(5);
		expect([...results.values()].every(({ status }) => status === 'failed')).toBe(true);
		expect(results.size).toBe(20_000);
	});

	test('are suspected when a hundred rows are refused one by one and none is taken', async () => {
		const api = ingestApi(() => true);
		const { results } = await run(numbered(Array.from({ length: 3000 }, (_value, index) => measurement(`u${index}`))), api.send);
		expect(api.bodies.length).toBeLessThan(700);
		expect(results.size).toBe(3000);
		expect(results.get(1)).toMatchObject({ failure: { message: 'm3ter refused the request' } });
		expect(results.get(3000)).toMatchObject({ failure: { message: 'Not sent: m3ter refused every row before this one' } });
	});
});

test('text that the firewall blocks is found like any other bad row', async () => {
	const api = ingestApi(() => false);
	const send = async (body: Buffer) => {
		if (body.includes('"uid":"b"')) throw new Failure('refused', 'm3ter blocked the request before it was read', { status: 403 });
		await api.send(body);
	};
	const { results } = await run(numbered(['a', 'b', 'c'].map((uid) => measurement(uid))), send);
	expect(api.taken.sort()).toEqual(['a', 'c']);
	expect(results.get(2)?.status).toBe('failed');
});

test('a cancelled execution sends nothing more', async () => {
	const api = ingestApi(() => false);
	const { results } = await run(numbered(Array.from({ length: 8000 }, (_value, index) => measurement(`u${index}`))), api.send, { isCancelled: () => api.bodies.length >= 2 });
	expect(api.taken).toHaveLength(2000);
	expect(results.get(8000)).toMatchObject({ failure: { message: 'The execution was cancelled before this row was sent' } });
});
