/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ACCOUNTS } from '../bench/sandbox';
import { writeCsv } from '../bench/usage';
import { fromFile } from '../bench/workflows';
import { m3terCredential } from '../demo/systems';
import { bootN8n, type N8nHost, type WorkflowFile } from '../host/boot';
import { N8nClient } from '../host/client';
import { errorOf, itemsOf } from '../host/execution';
import { startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import { accountBody, createClient } from '../sandbox/m3ter/client';
import { tarball } from './tarball';

/** Files of usage in the real n8n: sent whole, broken off in every way, and submitted again. */

const ROWS = 30_000;
/** Slow enough that a run can be broken off between its first and its last of 30 requests. */
const PACE = { requestsPerSecond: 8, concurrency: 2 };

let folder: string;
let m3ter: M3terSandbox;
let host: N8nHost;
let client: N8nClient;
let workflow: WorkflowFile;
let workflowId: string;

beforeAll(async () => {
	folder = mkdtempSync(path.join(tmpdir(), 'm3ter-usage-'));
	m3ter = await startM3terSandbox();
	host = await bootN8n({ tarball: tarball(), env: { N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem', N8N_RESTRICT_FILE_ACCESS_TO: folder } });
	client = await new N8nClient(host.url).signIn();
	const file = path.join(folder, 'usage.csv');
	await writeCsv(file, 'row', ROWS);
	workflow = fromFile(await client.createCredential(m3terCredential(m3ter)), file, PACE).file;
	workflowId = await client.importWorkflow(workflow);
});
afterAll(async () => {
	await host?.stop();
	await m3ter?.close();
	rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
	m3ter.reset();
	m3ter.seed();
	const call = await createClient(m3ter.url);
	for (const code of ACCOUNTS) await call('POST', '/accounts', accountBody(code));
	m3ter.requests.length = 0;
});
afterEach(() => expect(m3ter.violations).toEqual([]));

function withOptions(options: object, parameters: object = {}): WorkflowFile {
	return { ...workflow, nodes: workflow.nodes.map((node) => (node.name === 'Submit' ? { ...node, parameters: { ...node.parameters, ...parameters, options } } : node)) };
}

const posts = () => m3ter.requests.filter(({ method, path: at }) => method === 'POST' && at.endsWith('/measurements')).length;

async function until(what: string, isSo: () => boolean): Promise<void> {
	for (const deadline = Date.now() + 60_000; !isSo(); await sleep(5)) if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
}

/** Starts the submission and returns once some of its requests, but not all, have been taken. */
async function startAndWaitMidway(): Promise<string> {
	const executionId = await client.start(workflowId, 'Start');
	await until('the first requests', () => posts() >= 3);
	return executionId;
}

/** What m3ter counted: rows, and different ones among them. */
async function counted(): Promise<[number, number]> {
	await m3ter.settled();
	const taken = m3ter.ingested();
	return [taken.length, new Set(taken.map(({ uid }) => uid)).size];
}

async function expectHalf(): Promise<void> {
	const [rows] = await counted();
	expect(rows).toBeGreaterThan(0);
	expect(rows).toBeLessThan(ROWS);
}

/** Runs the same workflow again: afterwards every row counts exactly once. */
async function expectWholeAfterRerun(): Promise<void> {
	m3ter.requests.length = 0;
	const again = await client.run(workflowId, 'Start');
	expect(errorOf(again)).toBeUndefined();
	expect(itemsOf(again, 'Submit')).toEqual([expect.objectContaining({ rows: ROWS, accepted: ROWS, rejected: 0, undelivered: 0 })]);
	expect(await counted()).toEqual([ROWS, ROWS]);
}

/** n8n's own copy of the file, which the node reads. */
function storedFiles(): string[] {
	const size = statSync(path.join(folder, 'usage.csv')).size;
	const all = readdirSync(host.userFolder, { recursive: true, withFileTypes: true });
	return all.flatMap((entry) => {
		const file = path.join(entry.parentPath, entry.name);
		return entry.isFile() && statSync(file).size === size ? [file] : [];
	});
}

it('a file is sent in full batches, and each row counts once', async () => {
	await expectWholeAfterRerun();
	expect(posts()).toBe(ROWS / 1_000);
});

it('a file is handed to m3ter’s file uploads, and its jobs are followed to their end', async () => {
	const id = await client.importWorkflow(withOptions({ uploadPart: 1 }, { sendBy: 'upload' }));
	const execution = await client.run(id, 'Start');

	expect(errorOf(execution)).toBeUndefined();
	expect(itemsOf(execution, 'Submit')).toEqual([expect.objectContaining({ method: 'upload', rows: ROWS, accepted: ROWS, complete: true, failedRows: 0 })]);
	expect(posts()).toBe(0);
	expect(await counted()).toEqual([ROWS, ROWS]);
});

describe('a re-run counts every row exactly once after', () => {
	it('the execution was cancelled midway', async () => {
		const executionId = await startAndWaitMidway();
		await client.stop(executionId);
		expect((await client.ended(executionId)).status).toBe('canceled');
		// What was under way may still arrive; after that nothing more is sent.
		await sleep(1_000);
		const sent = posts();
		await sleep(1_000);
		expect(posts()).toBe(sent);
		await expectHalf();
		await expectWholeAfterRerun();
	});

	it('n8n was killed midway', async () => {
		await startAndWaitMidway();
		await host.kill();
		await expectHalf();
		await host.start();
		await expectWholeAfterRerun();
	});

	it('the file was cut off while it was read', async () => {
		const before = new Set(storedFiles());
		const executionId = await startAndWaitMidway();
		for (const file of storedFiles()) if (!before.has(file)) truncateSync(file, 300_000);
		const execution = await client.ended(executionId);

		expect(errorOf(execution)).toMatch(/The file could not be read to its end/);
		expect(errorOf(execution)).toMatch(/It ended after \d+ of \d+ bytes.*rows read, \d+ accepted.*Run the node again/s);
		await expectHalf();
		await expectWholeAfterRerun();
	});
});

it('a file that is removed while it is read is still read to its end', async () => {
	const before = new Set(storedFiles());
	const executionId = await startAndWaitMidway();
	for (const file of storedFiles()) if (!before.has(file)) rmSync(file);

	expect(errorOf(await client.ended(executionId))).toBeUndefined();
	expect(await counted()).toEqual([ROWS, ROWS]);
});

it('a token that expires midway is renewed', async () => {
	const executionId = await startAndWaitMidway();
	m3ter.state.tokens.clear();
	const execution = await client.ended(executionId);

	expect(errorOf(execution)).toBeUndefined();
	expect(await counted()).toEqual([ROWS, ROWS]);
	expect(m3ter.requests.some(({ path: at }) => at === '/oauth/token')).toBe(true);
});
