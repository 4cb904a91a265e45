import { startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import { csvOf, inItem, onDisk, posts, prepare, submitFile, uids, usageRow } from './m3ter-submit-file-setup';

let m3ter: M3terSandbox;

beforeAll(async () => {
	m3ter = await startM3terSandbox();
});
afterAll(async () => await m3ter.close());
beforeEach(async () => await prepare(m3ter));
afterEach(() => expect(m3ter.violations).toEqual([]));

const lookups = (path: string) => m3ter.requests.filter((request) => request.method === 'GET' && request.path.includes(path));
const thousands = (count: number, from = 0) => Array.from({ length: count }, (_value, index) => usageRow(`u${from + index}`, { account: index % 2 ? 'globex' : 'initech' }));

describe('a CSV file', () => {
	test('becomes one measurement per row, and one result item', async () => {
		const { items, error } = await submitFile(m3ter, await onDisk(csvOf([usageRow('a'), usageRow('b', { account: 'initech', requests: '12.50' })]), 'usage.csv', 'text/csv'));

		expect(error).toBeUndefined();
		expect(items[0]).toEqual([
			{
				json: { file: 'usage.csv', format: 'csv', method: 'stream', rows: 2, accepted: 2, rejected: 0, duplicatesInRun: 0, undelivered: 0, rejectedRows: [], batches: 1, requests: expect.any(Number) },
				pairedItem: { item: 0 },
			},
		]);
		expect(m3ter.ingested()).toEqual([
			expect.objectContaining({ uid: 'a', account: 'globex', ts: '2026-05-02T03:04:05.000Z', where: { region: 'eu-west-1' }, what: { action: 'send' }, measure: { requests: 21 } }),
			expect.objectContaining({ uid: 'b', account: 'initech', measure: { requests: 12.5 } }),
		]);
	});

	test('of many thousand rows leaves in full batches and looks each account up once', async () => {
		const { json } = await submitFile(m3ter, await onDisk(csvOf(thousands(12_300)), 'usage.csv'));

		expect(json[0]).toMatchObject({ rows: 12_300, accepted: 12_300, batches: 13 });
		expect(m3ter.ingested()).toHaveLength(12_300);
		expect(posts(m3ter)).toHaveLength(13);
		expect(lookups('/accounts')).toHaveLength(1);
		expect(lookups('/meters')).toHaveLength(1);
	});

	test('is read from inside the item, too', async () => {
		const { json } = await submitFile(m3ter, inItem(csvOf([usageRow('a')]), 'usage.csv'));
		expect(json[0]).toMatchObject({ accepted: 1 });
	});

	test('may have quoted newlines, doubled quotes, a byte order mark, CRLF and semicolons', async () => {
		const text = '\uFEFFid;account;ts;region;requests\r\n"a";globex;2026-05-02;"one\r\ntwo; ""three""";1\r\n\r\nb;globex;2026-05-02;plain;2\r\n';
		const { json } = await submitFile(m3ter, inItem(text, 'usage.csv'));

		expect(json[0]).toMatchObject({ rows: 2, accepted: 2 });
		expect(m3ter.ingested()[0].where).toEqual({ region: 'one\r\ntwo; "three"' });
	});

	test.each([
		['Windows-1252', 'windows-1252', (text: string) => Buffer.from(text, 'latin1')],
		['UTF-16', 'utf-16le', (text: string) => Buffer.from(text, 'utf16le')],
		['UTF-16 with a byte order mark', 'auto', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
		['UTF-8', 'auto', (text: string) => Buffer.from(text, 'utf8')],
	])('may be encoded in %s', async (_name, encoding, encode) => {
		await submitFile(m3ter, inItem(encode(csvOf([usageRow('a', { region: 'Zürich' })])), 'usage.csv'), { options: { encoding } });
		expect(m3ter.ingested()[0].where).toEqual({ region: 'Zürich' });
	});

	test('is mapped by the names of its columns', async () => {
		const schema = ['where.region', 'what.action', 'measure.requests'].map((id) => ({ id, displayName: id, required: true, defaultMatch: false, display: true }));
		const columns = { mappingMode: 'autoMapInputData', value: null, matchingColumns: [], schema };
		const text = csvOf([['a', 'globex', '2026-05-02', 'eu', 'read', '3']], ['id', 'account', 'ts', 'region', 'what.action', 'requests']);
		await submitFile(m3ter, inItem(text, 'usage.csv'), { parameters: { columns } });

		expect(m3ter.ingested()[0]).toMatchObject({ where: { region: 'eu' }, what: { action: 'read' }, measure: { requests: 3 } });
	});

	test('of one account names it in the node', async () => {
		const text = csvOf([['a', '2026-05-02', 'eu', '3']], ['id', 'ts', 'region', 'requests']);
		await submitFile(m3ter, inItem(text, 'usage.csv'), { parameters: { accountColumn: '"initech"' } });
		expect(m3ter.ingested()[0]).toMatchObject({ account: 'initech' });
	});

	test('may hold whole measurements, with columns as in the Console', async () => {
		const text = csvOf([['m1', 'storage', 'globex', '2026-05-02', '4.5']], ['uid', 'meter', 'account', 'ts', 'measure.gigabytes']);
		await submitFile(m3ter, inItem(text, 'usage.csv'), { parameters: { input: 'json', uniqueId: 'measurement' } });
		expect(m3ter.ingested()[0]).toMatchObject({ uid: 'm1', meter: 'storage', measure: { gigabytes: 4.5 } });
	});
});

describe('a JSON file', () => {
	const records = [
		{ id: 'a', account: 'globex', ts: 1_777_694_700, place: { region: 'eu' }, requests: 5 },
		{ id: 'b', account: 'initech', ts: '2026-05-02', place: { region: 'us' }, requests: '6' },
	];
	const columns = { mappingMode: 'defineBelow', value: { 'where.region': 'place.region', 'what.action': '"send"', 'measure.requests': 'requests' }, matchingColumns: [], schema: [] };

	test.each([
		['an array', JSON.stringify(records, null, 2), 'usage.json', 'json'],
		['one record per line', records.map((record) => JSON.stringify(record)).join('\n'), 'usage.ndjson', 'ndjson'],
		['one record per line, whatever its name', `${records.map((record) => JSON.stringify(record)).join('\r\n')}\r\n`, 'usage.json', 'ndjson'],
	])('is %s', async (_name, text, name, format) => {
		const { json } = await submitFile(m3ter, inItem(text, name), { parameters: { columns } });

		expect(json[0]).toMatchObject({ format, rows: 2, accepted: 2 });
		expect(m3ter.ingested()).toEqual([
			expect.objectContaining({ uid: 'a', ts: '2026-05-02T04:05:00.000Z', where: { region: 'eu' }, measure: { requests: 5 } }),
			expect.objectContaining({ uid: 'b', account: 'initech', where: { region: 'us' }, measure: { requests: 6 } }),
		]);
	});

	test('may hold whole measurements', async () => {
		const text = JSON.stringify([{ uid: 'm1', meter: 'storage', account: 'globex', ts: '2026-05-02', measure: { gigabytes: 4.5 } }]);
		await submitFile(m3ter, inItem(text, 'usage.json'), { parameters: { input: 'json' , uniqueId: 'measurement' } });
		expect(m3ter.ingested()[0]).toMatchObject({ uid: 'm1', meter: 'storage' });
	});
});

describe('a file that was submitted before', () => {
	test.each([['value'], ['fields'], ['measurement']])('counts nothing twice (unique ID from %s)', async (uniqueId) => {
		const file = inItem(csvOf(thousands(1500)), 'usage.csv');
		const same = { parameters: { uniqueId, uniqueIdFields: 'id, account' } };
		const rows = uniqueId === 'measurement' ? 2 : 1500;
		await submitFile(m3ter, file, same);
		await submitFile(m3ter, file, same);
		expect(m3ter.ingested()).toHaveLength(rows);
	});

	test('half of it, because the service went away, is counted once each in the end', async () => {
		const file = await onDisk(csvOf(thousands(15_000)), 'usage.csv');
		m3ter.addFault({ method: 'POST', path: /\/measurements$/, after: 3, kind: 'lost', times: Infinity });
		const first = await submitFile(m3ter, file, { onError: 'continueErrorOutput' });
		const half = m3ter.ingested().length;
		m3ter.clearFaults();
		const second = await submitFile(m3ter, file);

		expect(first.json).toEqual([]);
		expect(first.errors[0]).toMatchObject({ error: 'm3ter did not answer', message: expect.stringContaining('not counted twice'), details: { accepted: 3_000 } });
		expect(half).toBeGreaterThan(3_000);
		expect(half).toBeLessThan(15_000);
		expect(second.json[0]).toMatchObject({ rows: 15_000, accepted: 15_000 });
		expect(m3ter.ingested()).toHaveLength(15_000);
		expect(new Set(uids(m3ter)).size).toBe(15_000);
	});
});

test('a dry run sends nothing and counts what is valid', async () => {
	const { json } = await submitFile(m3ter, inItem(csvOf([usageRow('a'), usageRow('b', { ts: 'now' })]), 'usage.csv'), { options: { dryRun: true } });

	expect(json[0]).toMatchObject({ method: 'dry-run', rows: 2, valid: 1, rejected: 1 });
	expect(posts(m3ter)).toHaveLength(0);
});

test('customers are found by the ID of another system, each looked up once', async () => {
	const account = [...m3ter.state.accounts.values()].find(({ code }) => code === 'globex');
	const { createClient } = await import('../sandbox/m3ter/client');
	await (await createClient(m3ter.url))('POST', '/externalmappings', { m3terEntity: 'Account', m3terId: account?.id, externalSystem: 'Stripe', externalTable: 'Customer', externalId: 'cus_1' });
	const text = csvOf([usageRow('a', { account: 'cus_1' }), usageRow('b', { account: 'cus_9' }), usageRow('c', { account: 'cus_1' })]);
	const { json } = await submitFile(m3ter, inItem(text, 'usage.csv'), { parameters: { accountSource: 'customer', customerIdColumn: 'account', customerSystem: 'Stripe', customerTable: 'Customer' } });

	expect(json[0]).toMatchObject({ accepted: 2, rejected: 1, rejectedRows: [{ row: 2, reason: expect.stringContaining('cus_9') }] });
	expect(lookups('/externalmappings/externalid')).toHaveLength(2);
	expect(m3ter.ingested().map(({ account: code }) => code)).toEqual(['globex', 'globex']);
});
