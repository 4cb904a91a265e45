import { startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import { csvOf, inItem, posts, prepare, submitFile, uids, usageRow, type SubmitMore } from './m3ter-submit-file-setup';

let m3ter: M3terSandbox;

beforeAll(async () => {
	m3ter = await startM3terSandbox();
});
afterAll(async () => await m3ter.close());
beforeEach(async () => await prepare(m3ter));
afterEach(() => expect(m3ter.violations).toEqual([]));

const many = (count: number) => csvOf(Array.from({ length: count }, (_value, index) => usageRow(`u${index}`)));
const upload = async (text: string, more: SubmitMore = {}) => await submitFile(m3ter, inItem(text, 'usage.csv'), { ...more, parameters: { sendBy: 'upload', ...more.parameters } });
const links = () => m3ter.requests.filter(({ path }) => path.endsWith('/generateUploadUrl'));
const transfers = () => m3ter.requests.filter(({ method, path }) => method === 'PUT' && path.startsWith('/presigned/'));

test('a file is uploaded as one JSON array, and its job is followed to the end', async () => {
	const { json, error } = await upload(many(2_500));

	expect(error).toBeUndefined();
	expect(json[0]).toMatchObject({
		method: 'upload',
		rows: 2_500,
		accepted: 2_500,
		complete: true,
		failedRows: 0,
		jobs: [{ status: 'succeeded', totalRows: 2_500, processedRows: 2_500, failedRows: 0 }],
	});
	expect(posts(m3ter)).toHaveLength(0);
	expect(transfers()).toHaveLength(1);
	expect(transfers()[0].headers.authorization).toBeUndefined();
	expect(m3ter.ingested()).toHaveLength(2_500);
});

test('a large file is uploaded in parts', async () => {
	const { json } = await upload(many(6_000), { options: { uploadPart: 0.3 } });

	expect(json[0]).toMatchObject({ accepted: 6_000, complete: true });
	expect(json[0].jobs).toHaveLength(transfers().length);
	expect(transfers().length).toBeGreaterThan(1);
	expect(new Set(uids(m3ter)).size).toBe(6_000);
	expect(new Set(links().map(({ body }) => (body as { fileName: string }).fileName)).size).toBe(links().length);
});

test.each([
	[{ uploadFrom: 0 }, 'upload'],
	[{}, 'stream'],
])('the way is chosen by the size of the file (%p)', async (options, method) => {
	const { json } = await upload(many(3), { parameters: { sendBy: 'automatic' }, options });
	expect(json[0]).toMatchObject({ method, accepted: 3 });
});

test('rows that are wrong stay behind with their reason, rows that m3ter cannot use are counted', async () => {
	const text = csvOf([usageRow('a'), usageRow('b', { ts: 'now' }), usageRow('a'), usageRow('soon', { ts: new Date(Date.now() + 50_000).toISOString() })]);
	const { json } = await upload(text);

	expect(json[0]).toMatchObject({ rows: 4, accepted: 2, rejected: 1, duplicatesInRun: 1, rejectedRows: [{ row: 2 }], failedRows: 1, complete: true });
	expect(uids(m3ter)).toEqual(['a']);
});

test('a link that has died is asked for again', async () => {
	m3ter.addFault({ method: 'PUT', path: /^\/presigned\//, kind: 'status', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' });
	const { json } = await upload(many(10));

	expect(json[0]).toMatchObject({ accepted: 10, complete: true });
	expect(links()).toHaveLength(2);
	expect(m3ter.ingested()).toHaveLength(10);
});

test('a transfer that never succeeds is an error, and a re-run counts each row once', async () => {
	m3ter.addFault({ method: 'PUT', path: /^\/presigned\//, kind: 'lost', times: Infinity });
	const { error } = await upload(many(10));
	m3ter.clearFaults();
	await upload(many(10));

	expect(error?.message).toBe('The file could not be uploaded to m3ter');
	expect(uids(m3ter)).toHaveLength(10);
});

test('the wait for m3ter ends at the time limit and says how far it is', async () => {
	m3ter.settings.jobMs = 3_000;
	const { json } = await upload(many(10), { options: { jobTimeout: 0 } });
	m3ter.settings.jobMs = 10;

	expect(json[0]).toMatchObject({ accepted: 10, complete: false, jobs: [{ status: 'running' }] });
});
