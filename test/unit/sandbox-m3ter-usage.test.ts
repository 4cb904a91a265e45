 
import { ORGANIZATION_ID, startM3terSandbox, type Account, type M3terOptions, type M3terSandbox } from '../sandbox/m3ter';
import { accountBody, createClient, usageBody, type Body, type Call } from '../sandbox/m3ter/client';

let sandbox: M3terSandbox;
let call: Call;

async function start(options: M3terOptions = {}): Promise<void> {
	sandbox = await startM3terSandbox({ jobMs: 1, ...options });
	sandbox.seed();
	call = await createClient(sandbox.url);
}

async function newAccount(code: string, more: Body = {}): Promise<Account> {
	const answer = await call<Account>('POST', '/accounts', accountBody(code, more));
	expect(answer.status).toBe(200);
	return answer.body;
}

const post = async (...measurements: Body[]) => await call('POST', '/measurements', { measurements });

afterEach(async () => {
	await sandbox.settled();
	await sandbox.close();
});

describe('m3ter sandbox: usage', () => {
	beforeEach(async () => {
		await start();
		await newAccount('globex');
	});

	it.each<[string, Body[]]>([
		['none', []],
		['1001', Array.from({ length: 1001 }, (_, n) => usageBody({ uid: `u${n}` }))],
		['a long uid', [usageBody({ uid: 'x'.repeat(51) })]],
		['a date that is not ISO 8601', [usageBody({ ts: '05/01/2026' })]],
		['a time in the future', [usageBody({ ts: new Date(Date.now() + 60_000).toISOString() })]],
		['a number as text', [usageBody({ measure: { requests: '21' } })]],
		['null', [usageBody({ measure: { requests: null } })]],
		['text as a number', [usageBody({ where: { region: 1 } })]],
		['an unknown property', [usageBody({ quantity: 1 })]],
		['no account', [usageBody({ account: undefined })]],
		['long metadata', [usageBody({ metadata: { note: 'x'.repeat(257) } })]],
	])('refuses %s at once', async (_what, measurements) => {
		expect((await post(...measurements)).status).toBe(400);
		await sandbox.settled();
		expect(sandbox.ingested()).toEqual([]);
	});

	it('checks the rest afterwards and tells with events', async () => {
		const answer = await post(
			usageBody(),
			usageBody({ measure: { requests: 99 } }),
			usageBody({ uid: 'u2', meter: 'nothing' }),
			usageBody({ uid: 'u3', what: undefined }),
			usageBody({ uid: 'u4', other: { region: 'x' } }),
			usageBody({ uid: 'u5', account: 'Globex' }),
			usageBody({ uid: 'u6', account: 'typo' }),
		);
		expect(answer.body).toEqual({ result: 'accepted' });
		await sandbox.settled();
		expect(sandbox.ingested().map(({ uid, account, measure }) => [uid, account, measure?.requests])).toEqual([
			['u1', 'globex', 21],
			['u6', 'typo', 21],
		]);
		const ghost = await call<{ data: Account[] }>('GET', '/accounts?codes=typo');
		expect(ghost.body.data[0]).toMatchObject({ name: 'typo-autocreated' });

		interface Failure {
			m3terEvent: { eventData: { error: string; getDownloadUrl: string } };
		}
		const { body } = await call<{ data: Failure[] }>('GET', '/events?eventType=IngestValidationFailure');
		const failures = body.data.map(({ m3terEvent }) => m3terEvent.eventData).reverse();
		expect(failures.map(({ error }) => error)).toEqual(['DuplicateUid', 'UndefinedMeter', 'MissingField', 'DuplicateField', 'InvalidAccountCode']);
		const path = failures[1].getDownloadUrl.split(ORGANIZATION_ID)[1];
		const { body: link } = await call<{ url: string }>('GET', path);
		expect(await (await fetch(link.url)).json()).toMatchObject({ error: 'UndefinedMeter', measurement: { uid: 'u2' } });
		sandbox.advanceClock(5 * 60_000 + 1);
		expect((await fetch(link.url)).status).toBe(403);
		expect(sandbox.violations).toEqual([]);
	});

	it('takes the same uid again after 35 days', async () => {
		await post(usageBody());
		await sandbox.settled();
		sandbox.advanceClock(35 * 24 * 3600 * 1000 + 1);
		sandbox.state.tokens.forEach((_expiry, key) => sandbox.state.tokens.set(key, Infinity));
		await post(usageBody());
		await sandbox.settled();
		expect(sandbox.ingested()).toHaveLength(2);
	});

	it('takes files, strictly as announced', async () => {
		const content = JSON.stringify([usageBody(), usageBody({ uid: 'u2' }), usageBody({ uid: 'u3', measure: { requests: 'x' } }), usageBody({ uid: 'u4', meter: 'no' })]);
		const announce = async (contentLength: number) =>
			(await call<{ jobId: string; url: string; headers: Record<string, string> }>('POST', '/fileuploads/measurements/generateUploadUrl', {
				fileName: 'usage.json',
				contentType: 'application/json',
				contentLength,
			})).body;
		const put = async (target: { url: string; headers: Record<string, string> }, body: string, more: Record<string, string> = {}) =>
			(await fetch(target.url, { method: 'PUT', headers: { ...target.headers, ...more }, body })).status;

		const wrong = await announce(content.length + 1);
		expect(await put(wrong, content)).toBe(403);
		const target = await announce(content.length);
		expect(await put(target, content, { authorization: 'Bearer x' })).toBe(400);
		expect(await put(target, content, { 'Content-Type': 'text/csv' })).toBe(403);
		expect(await put(target, content)).toBe(200);
		await sandbox.settled();
		expect((await call('GET', `/fileuploads/measurements/jobs/${target.jobId}`)).body).toMatchObject({
			status: 'succeeded',
			totalRows: 4,
			processedRows: 4,
			failedRows: 2,
		});
		const original = await call<{ url: string }>('GET', `/fileuploads/measurements/jobs/${target.jobId}/original`);
		expect(await (await fetch(original.body.url)).text()).toBe(content);

		const wrapped = JSON.stringify({ measurements: [] });
		const job = await announce(wrapped.length);
		expect(await put(job, wrapped)).toBe(200);
		await sandbox.settled();
		expect((await call('GET', `/fileuploads/measurements/jobs/${job.jobId}`)).body.status).toBe('failed');

		const late = await announce(content.length);
		sandbox.advanceClock(60_001);
		expect(await put(late, content)).toBe(403);
		expect((await call<{ data: Body[] }>('GET', '/fileuploads/measurements/jobs')).body.data).toHaveLength(4);
		expect(sandbox.violations).toEqual([]);
	});
});
