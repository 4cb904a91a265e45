/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import { credentialsFor, csvOf, inItem, onDisk, posts, prepare, submitFile, uids, usageRow, type SubmitMore } from './m3ter-submit-file-setup';

let m3ter: M3terSandbox;

beforeAll(async () => {
	m3ter = await startM3terSandbox();
});
afterAll(async () => await m3ter.close());
beforeEach(async () => await prepare(m3ter));
afterEach(() => expect(m3ter.violations).toEqual([]));

const submit = async (text: string | Buffer, more: SubmitMore = {}, name = 'usage.csv') => await submitFile(m3ter, inItem(text, name), more);

describe('a row that is wrong costs that row', () => {
	const utc = '2026-05-02T03:04:05Z';
	test.each<[string, string[], string]>([
		['a missing value', usageRow('bad', { region: '' }), 'missing where.region'],
		['a truncated line', ['bad', 'globex'], '2 columns where the header has 5'],
		['a decimal comma', usageRow('bad', { requests: '"12,5"' }), 'write a point, not a comma'],
		['NaN', usageRow('bad', { requests: 'NaN' }), 'is "NaN", not a number'],
		['Infinity', usageRow('bad', { requests: 'Infinity' }), 'is "Infinity", not a number'],
		['a number beyond double precision', usageRow('bad', { requests: '12345678901234567890123' }), 'cannot hold exactly'],
		['a future time', usageRow('bad', { ts: '2999-01-01' }), 'is in the future'],
		['an ambiguous date', usageRow('bad', { ts: '02/05/2026' }), 'is not a time'],
		['a date that does not exist', usageRow('bad', { ts: '2026-02-30' }), 'is not a time'],
		['an unknown account', usageRow('bad', { account: 'globexx' }), 'no account with the code globexx'],
		['a unique ID that is too long', usageRow('x'.repeat(51)), 'has 51 characters'],
		['an empty unique ID', usageRow(''), 'unique ID is empty'],
		['text behind a quote', ['bad', '"glob"ex', utc, 'eu', '1'], 'text follows a closing quote'],
		['a field of 600 kB', usageRow('bad', { region: 'x'.repeat(600_000) }), 'It has 600'],
		['a line of 10 MB', usageRow('bad', { region: 'x'.repeat(10_000_000) }), 'longer than 1000000 characters'],
		['a quoted field of 10 MB', usageRow('bad', { region: `"${'x\n""'.repeat(2_500_000)}"` }), 'longer than 1000000 characters'],
	])('%s', async (_case, row, reason) => {
		const { json, error } = await submit(csvOf([usageRow('a'), row, usageRow('c')]));

		expect(error).toBeUndefined();
		expect(json[0]).toMatchObject({ rows: 3, accepted: 2, rejected: 1, rejectedRows: [{ row: 2, reason: expect.stringContaining(reason) }] });
		expect(uids(m3ter)).toEqual(['a', 'c']);
	});

	test('that only m3ter refuses', async () => {
		const soon = new Date(Date.now() + 50_000).toISOString();
		const { json } = await submit(csvOf([...Array.from({ length: 50 }, (_value, index) => usageRow(`u${index}`)), usageRow('soon', { ts: soon }), usageRow('last')]));

		expect(json[0]).toMatchObject({ rows: 52, accepted: 51, rejected: 1, rejectedRows: [{ row: 51, reason: expect.stringContaining('ts must not be in the future') }] });
		expect(uids(m3ter)).not.toContain('soon');
	});

	test('in another encoding, and no wrong letter is sent', async () => {
		const text = Buffer.concat([Buffer.from(csvOf([usageRow('a', { region: 'Zürich' })])), Buffer.from(`${usageRow('b', { region: 'Genève' }).join(',')}\n`, 'latin1'), Buffer.from(`${usageRow('c').join(',')}\n`)]);
		const { json } = await submit(text);

		expect(json[0]).toMatchObject({ accepted: 2, rejected: 1, rejectedRows: [{ row: 2, reason: expect.stringContaining('Windows-1252') }] });
		expect(m3ter.ingested()[0].where).toEqual({ region: 'Zürich' });
	});

	test('of JSON', async () => {
		const lines = ['{"id":"a","account":"globex","ts":"2026-05-02","region":"eu","requests":1}', '{"id":"b",', '[1]', `{"id":"${'x'.repeat(2_000_000)}"}`, '{"id":"e","account":"globex","ts":"2026-05-02","region":"eu","requests":null}', '{"id":"f","account":"globex","ts":"2026-05-02","region":"eu","requests":2}'];
		const { json } = await submit(lines.join('\n'), {}, 'usage.ndjson');

		expect(json[0]).toMatchObject({ rows: 6, accepted: 2, rejected: 4 });
		expect(json[0].rejectedRows).toEqual([
			{ row: 2, reason: expect.stringContaining('not JSON') },
			{ row: 3, reason: 'not an object' },
			{ row: 4, reason: 'longer than 1000000 characters' },
			{ row: 5, reason: expect.stringContaining('missing measure.requests') },
		]);
	});
});

test('times in five formats, with and without a zone, mean what they say', async () => {
	const times = ['2026-05-02T12:00:00Z', '2026-05-02 12:00:00', '2026-05-02T12:00:00.5+02:00', '1777719600', '1777719600000', '2026-05-02'];
	await submit(csvOf(times.map((ts, index) => usageRow(`u${index}`, { ts }))), { options: { zone: 'Europe/Berlin' } });

	expect(m3ter.ingested().map(({ ts }) => ts)).toEqual(['2026-05-02T12:00:00.000Z', '2026-05-02T10:00:00.000Z', '2026-05-02T10:00:00.500Z', '2026-05-02T11:00:00.000Z', '2026-05-02T11:00:00.000Z', '2026-05-01T22:00:00.000Z']);
});

test('a unique ID that occurs again is sent once; with other values it is rejected, not lost', async () => {
	const { json } = await submit(csvOf([usageRow('a'), usageRow('a'), usageRow('a', { requests: '5' }), usageRow('b')]));

	expect(json[0]).toMatchObject({ rows: 4, accepted: 2, duplicatesInRun: 1, rejected: 1, rejectedRows: [{ row: 3, reason: expect.stringContaining('Unique ID a was used by an earlier row with other values') }] });
	expect(uids(m3ter)).toEqual(['a', 'b']);
});

test('a column that is no unique ID stops the file before most of its usage is dropped', async () => {
	const rows = Array.from({ length: 30_000 }, (_value, index) => usageRow('globex', { requests: String(index) }));
	const { error } = await submit(csvOf(rows));

	expect(error?.message).toBe('Too many rows of the file were rejected');
	expect(error?.description).toContain('Every record needs an ID of its own');
});

test('a code that the firewall takes for an attack costs its row, not the file', async () => {
	const rows = Array.from({ length: 100 }, (_value, index) => usageRow(`u${index}`, { account: index % 2 ? 'globex' : 'initech' }));
	const { json } = await submit(csvOf([...rows, usageRow('odd', { account: "x' OR 1=1; SELECT" }), usageRow('tag', { account: '<script>' })]));

	expect(json[0]).toMatchObject({ rows: 102, accepted: 100, rejected: 2 });
	expect(json[0].rejectedRows).toEqual([
		{ row: 101, reason: expect.stringMatching(/"x' OR 1=1; SELECT" cannot be looked up.*firewall/) },
		{ row: 102, reason: expect.stringMatching(/"<script>" cannot be looked up.*firewall/) },
	]);
	expect(uids(m3ter)).toHaveLength(100);
});

test('rejected rows come back as a file, each with its reason', async () => {
	const { items } = await submit(csvOf([usageRow('a'), usageRow('b', { requests: '"1,5"' }), ['c', 'globex']]), { options: { rejectedFile: true } });
	const rejected = items[0][0].binary?.rejected;

	expect(rejected).toMatchObject({ fileName: 'usage-rejected.csv', mimeType: 'text/csv' });
	const lines = Buffer.from(rejected?.data ?? '', 'base64').toString().trim().split('\r\n');
	expect(lines[0]).toBe('rejected_row,rejected_reason,id,account,ts,region,requests');
	expect(lines[1]).toMatch(/^2,"measure\.requests is .*",b,globex,2026-05-02T03:04:05Z,eu-west-1,"1,5"$/);
	expect(lines[2]).toMatch(/^3,2 columns where the header has 5,c,globex$/);
});

test.each([
	['all of them', {}],
	['too many', { maxRejected: 1 }],
])('rejected rows come back as a file, too, when the run fails because they are %s', async (_case, options) => {
	const { items } = await submit(csvOf([usageRow('b', { ts: 'x' }), usageRow('c', { ts: 'y' })]), { options: { rejectedFile: true, ...options }, onError: 'continueErrorOutput' });

	expect(items[0]).toEqual([]);
	const lines = Buffer.from(items[1][0].binary?.rejected?.data ?? '', 'base64').toString().trim().split('\r\n');
	expect(lines.map((line) => line.split(',')[0])).toEqual(['rejected_row', '1', '2']);
});

describe('a file that cannot be used is refused as a whole', () => {
	test.each<[string, string | Buffer, SubmitMore, string, string]>([
		['empty', '', {}, 'The file is empty', 'no content'],
		['only blank', '\n\n  \n', {}, 'The file is empty', ''],
		['without a column', csvOf([['a', 'globex']], ['id', 'account']), {}, 'The file lacks columns', 'Missing: ts, region, requests. The file has: id, account.'],
		['with a column twice', 'id,id,account,ts,region,requests\n', {}, 'The file has columns with the same name', 'id'],
		['in UTF-16 without a mark', Buffer.from(csvOf([usageRow('a')]), 'utf16le'), {}, 'The header line of the file cannot be read', 'Encoding'],
		['of another delimiter than chosen', csvOf([usageRow('a')]), { options: { delimiter: ';' } }, 'The file lacks columns', 'Delimiter'],
		['no array', '{"id":"a"}', { options: { format: 'json' } }, 'The file is not a JSON array', 'NDJSON'],
		['of an unknown meter', csvOf([usageRow('a')]), { parameters: { meter: { __rl: true, mode: 'code', value: 'api_request' } } }, 'No row of the file is accepted', 'no meter with the code api_request'],
		['of wrong rows only', csvOf([usageRow('a', { ts: 'x' }), usageRow('b', { ts: 'y' })]), {}, 'No row of the file is accepted', 'Row 1: ts: "x" is not a time'],
	])('%s', async (_case, content, more, message, description) => {
		const { error } = await submit(content, more);

		expect(error?.message).toBe(message);
		expect(error?.description ?? '').toContain(description);
		expect(posts(m3ter)).toHaveLength(0);
	});

	test('when too many rows are rejected', async () => {
		const { error } = await submit(csvOf(Array.from({ length: 5_000 }, (_value, index) => usageRow(`u${index}`, { ts: 'x' }))), { options: { maxRejected: 10 } });
		expect(error?.message).toBe('Too many rows of the file were rejected');
	});

	test('as an error item under "Continue"', async () => {
		const { errors } = await submit('', { onError: 'continueErrorOutput' });
		expect(errors).toEqual([expect.objectContaining({ error: 'The file is empty' })]);
	});
});

describe('a file that ends too soon', () => {
	const hidden = Array.from({ length: 5_000 }, (_value, index) => usageRow(`hidden${index}`));

	test.each([
		['a quoted field that is not closed', `${csvOf([usageRow('a')])}b,globex,"2026-05-02,eu,1\n`, 'usage.csv', 'The file ends inside a quoted field', 'row 2 and never closed'],
		['a quote that swallows the rows behind it', csvOf([usageRow('a'), usageRow('b', { region: '"eu' }), ...hidden]), 'usage.csv', 'The file ends inside a quoted field', 'row 2 and never closed'],
		['the same over more than a record may hold', csvOf([usageRow('a'), usageRow('b', { region: '"eu' }), ...hidden, ...hidden, ...hidden, ...hidden, ...hidden, ...hidden]), 'usage.csv', 'The file ends inside a quoted field', 'row 2 and never closed'],
		['an array that is not closed', '[{"id":"a","account":"globex","ts":"2026-05-02","region":"eu","requests":1},{"id":"b","acc', 'usage.json', 'The file ends before its array is closed', 'truncated'],
		['an array that ends after an element', '[{"id":"a","account":"globex","ts":"2026-05-02","region":"eu","requests":1},', 'usage.json', 'The file ends before its array is closed', 'after 1 records'],
	])('%s fails the item; what is whole is sent', async (_case, text, name, message, description) => {
		const { error } = await submit(text, {}, name);

		expect(error?.message).toBe(message);
		expect(error?.description).toContain(description);
		expect(error?.description).toContain('1 accepted');
		expect(uids(m3ter)).toEqual(['a']);
	});
});

describe('midway', () => {
	const many = (count: number) => csvOf(Array.from({ length: count }, (_value, index) => usageRow(`u${index}`)));

	test('a file that is gone is said to be, and a re-run with it counts each row once', async () => {
		const file = await onDisk(many(20_000), 'usage.csv');
		const gone = { ...file, id: file.id?.replace(/.{4}$/, 'gone') };
		const { errors } = await submitFile(m3ter, gone, { onError: 'continueErrorOutput' });
		expect(errors).toEqual([expect.objectContaining({ error: expect.stringMatching(/could not be read|not found|no such file/i) })]);
		await submitFile(m3ter, file);
		expect(m3ter.ingested()).toHaveLength(20_000);
	});

	test('a token that expires is renewed', async () => {
		let requests = 0;
		const credentials = credentialsFor(m3ter);
		m3ter.addFault({ method: 'POST', path: /\/measurements$/, kind: 'delay', ms: 1, times: Infinity });
		const watch = setInterval(() => {
			const now = posts(m3ter).length;
			if (requests < 3 && now >= 3) m3ter.state.tokens.clear();
			requests = now;
		}, 1);
		const { json, error } = await submitFile(m3ter, await onDisk(many(12_000), 'usage.csv'), { credentials, options: { concurrency: 2 } });
		clearInterval(watch);

		expect(error).toBeUndefined();
		expect(json[0]).toMatchObject({ accepted: 12_000, rejected: 0, undelivered: 0 });
		expect(m3ter.ingested()).toHaveLength(12_000);
		expect(m3ter.requests.filter(({ path }) => path === '/oauth/token').length).toBeGreaterThanOrEqual(2);
	});

	test('a missing permission stops at once', async () => {
		m3ter.addFault({ method: 'POST', path: /\/measurements$/, kind: 'status', status: 403, body: { message: 'Forbidden' }, times: Infinity });
		const { error } = await submitFile(m3ter, inItem(many(9_000), 'usage.csv'));

		expect(error?.message).toBe('m3ter refused access');
		expect(posts(m3ter).length).toBeLessThan(20);
	});

	test('a wrong key stops before the first row', async () => {
		const credentials = credentialsFor(m3ter);
		(credentials.m3terApi as ICredentialDataDecryptedObject).apiSecret = 'wrong';
		const { error } = await submitFile(m3ter, inItem(many(10), 'usage.csv'), { credentials });
		expect(error?.message).toBe('m3ter refused access');
	});

	test.each([
		['throttled', { kind: 'status' as const, status: 429, headers: { 'retry-after': '0' } }],
		['unavailable', { kind: 'status' as const, status: 503 }],
		['answered into the void', { kind: 'lost' as const }],
	])('a request that is %s is sent again and counts once', async (_case, fault) => {
		m3ter.addFault({ method: 'POST', path: /\/measurements$/, after: 1, ...fault });
		const { json } = await submitFile(m3ter, inItem(many(3_000), 'usage.csv'));

		expect(json[0]).toMatchObject({ accepted: 3_000 });
		expect(m3ter.ingested()).toHaveLength(3_000);
	});
});
