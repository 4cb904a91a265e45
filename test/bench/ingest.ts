/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions, no-console -- bench code, never shipped */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { bootN8n } from '../host/boot';
import { N8nClient } from '../host/client';
import { errorOf, type Execution } from '../host/execution';
import { packPackage } from '../host/pack';
import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID } from '../sandbox/m3ter';
import { fetchToken } from '../sandbox/m3ter/client';
import { n8nProcess, peakOf, watchMemory } from './memory';
import { inRounds, memoryTable, table, type Timing, type Way } from './rounds';
import type { Counts } from './sandbox';
import { preparedBodies, writeCsv } from './usage';
import { type Bench, codeBatches, fromFile, fromItems, httpPerItem, paceOf } from './workflows';

/**
 * `npm run bench:ingest [-- --files 1000000,5000000 --items 100000 --http 2000 --bare 200000 --repeat 3 --pace 1000]`
 * Compares the ways of getting usage into m3ter, side by side in one run: rows per second, and the memory of n8n.
 * The bare loop runs before and after each; shares are of the mean of those two, as the speed of a machine changes.
 */

const { values } = parseArgs({
	options: {
		files: { type: 'string', default: '1000000,5000000' },
		items: { type: 'string', default: '100000' },
		http: { type: 'string', default: '2000' },
		bare: { type: 'string', default: '200000' },
		repeat: { type: 'string', default: '3' },
		// Beyond m3ter's limit of 50, so that the node is measured and not its brake; `--pace 50` shows the node with it.
		pace: { type: 'string', default: '1000' },
	},
});
const TIMEOUT_MS = 3_600_000;
const POLL_MS = 500;
const CONCURRENCY = 5;
const BARE = 'Bare loop, prepared bodies';
const FILE = 'm3ter Submit Usage: Submit File';
const ITEMS = 'm3ter Submit Usage: Submit Items';
const PER_ITEM = 'HTTP Request per item';

async function ask<T>(sandbox: ChildProcess, message: string): Promise<T> {
	sandbox.send(message);
	const [answer] = (await once(sandbox, 'message')) as [T];
	return answer;
}

async function refuseLoss(sandbox: ChildProcess, rows: number): Promise<void> {
	const { ingested, distinct } = await ask<Counts>(sandbox, 'count');
	if (ingested !== rows || distinct !== rows) throw new Error(`${rows} rows were submitted; m3ter counted ${ingested} with ${distinct} uids`);
}

/** The limit: bodies that are ready, posted as fast as the sandbox takes them. */
async function bareLoop(url: string, bodies: Buffer[]): Promise<number> {
	const token = await fetchToken(url);
	const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'user-agent': 'bare loop' };
	const started = Date.now();
	let next = 0;
	const post = async () => {
		while (next < bodies.length) {
			const answer = await fetch(`${url}/organizations/${ORGANIZATION_ID}/measurements`, { method: 'POST', headers, body: new Uint8Array(bodies[next++]) });
			if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}: ${await answer.text()}`);
			await answer.arrayBuffer();
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, post));
	return (Date.now() - started) / 1000;
}

/** Waits without asking for data while the run goes on; n8n may be too busy to answer at once. */
async function runToEnd(client: N8nClient, workflowId: string): Promise<Execution> {
	const executionId = await client.start(workflowId, 'Start');
	for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
		const unfinished = await client.unfinished(workflowId).catch(() => 1);
		if (unfinished === 0) return await client.execution(executionId);
	}
	throw new Error(`Workflow ${workflowId} did not end within ${TIMEOUT_MS / 60_000} minutes`);
}

async function runOnce(client: N8nClient, pid: number, { file, measured }: Bench): Promise<Timing> {
	const id = await client.importWorkflow(file);
	const stop = watchMemory(pid);
	const execution = await runToEnd(client, id);
	const samples = stop();
	const error = errorOf(execution);
	if (error !== undefined || execution.status !== 'success') throw new Error(`${file.name}: ${error ?? execution.status}`);
	const runs = execution.data?.resultData.runData ?? {};
	return { seconds: measured.reduce((sum, node) => sum + (runs[node]?.[0]?.executionTime ?? NaN), 0) / 1000, samples };
}

async function main(): Promise<void> {
	const { tarball } = await packPackage(console.log);
	const folder = mkdtempSync(path.join(tmpdir(), 'm3ter-bench-'));
	const sandbox = fork(path.join(__dirname, 'sandbox.ts'), { execArgv: ['--import', 'tsx'], env: { ...process.env, CI: '', M3TER_SPECS_DIR: path.join(folder, 'none') } });
	const [{ url }] = (await once(sandbox, 'message')) as [{ url: string }];
	const host = await bootN8n({ tarball, onProgress: console.log, env: { N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem', N8N_RESTRICT_FILE_ACCESS_TO: folder, EXECUTIONS_TIMEOUT: '-1' } });
	try {
		const client = await new N8nClient(host.url).signIn();
		const credential = await client.createCredential({ name: 'm3ter', type: 'm3terApi', data: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: url } });
		const token = await fetchToken(url);
		const pid = n8nProcess();
		const repeat = Number(values.repeat);
		const pace = paceOf(Number(values.pace));
		const items = Number(values.items);
		const perItem = Number(values.http);
		const bareRows = Number(values.bare);

		/** Runs one way after a fresh start of m3ter, and checks that every row was counted once. */
		const measure = async (name: string, rows: number, work: () => Promise<Timing>): Promise<Timing & { rate: number }> => {
			await ask(sandbox, 'reset');
			const timing = await work();
			await refuseLoss(sandbox, rows);
			const rate = rows / timing.seconds;
			console.log(`${name}, ${rows} rows: ${Math.round(rate)} rows/s${timing.samples ? `, peak ${Math.round(peakOf(timing.samples))} MB` : ''}`);
			return { ...timing, rate };
		};
		const bare = async (run: string) => (await measure(BARE, bareRows, async () => ({ seconds: await bareLoop(url, preparedBodies(run, bareRows)) }))).rate;
		const way = (name: string, rows: number, benchOf: (run: string) => Promise<Bench> | Bench): Way => ({ name, rows, run: async (run) => await measure(name, rows, async () => await runOnce(client, pid, await benchOf(run))) });
		const file = (rows: number) =>
			way(FILE, rows, async (run) => {
				const csv = path.join(folder, 'usage.csv');
				await writeCsv(csv, run, rows);
				return fromFile(credential, csv, pace);
			});

		// Files first and by themselves: what other ways leave in n8n's memory would be taken for theirs.
		const files = await inRounds(values.files.split(',').map((rows) => file(Number(rows))), repeat, bare);
		const others = await inRounds(
			[
				way(ITEMS, items, (run) => fromItems(credential, run, items, pace)),
				way('Code node and HTTP Request, batches', items, (run) => codeBatches(url, token, run, items)),
				way(PER_ITEM, perItem, (run) => httpPerItem(url, token, run, perItem)),
			],
			repeat,
			bare,
		);
		console.log(`\nn8n ${host.install.version}, ${cpus().length} x ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}\n\n${table([...files, ...others], PER_ITEM)}\n\n${memoryTable(files)}`);
	} finally {
		await host.stop();
		sandbox.disconnect();
		rmSync(folder, { recursive: true, force: true });
	}
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
