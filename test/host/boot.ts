/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- test code, never shipped */
import { type ChildProcess, execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HostError, type N8nInstall, ensureN8n, explainNpmFailure } from './install';
import { npmCommand } from './npm';
import { type HostPlace, endProcess, freePort, isPortFree, lastLines, runN8n, startN8n } from './process';

/** A credential with its secrets in plain; n8n encrypts it on import. */
export interface CredentialEntry {
	id: string;
	name: string;
	type: string;
	data: Record<string, unknown>;
}

export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: number[];
	parameters: Record<string, unknown>;
	webhookId?: string;
	credentials?: Record<string, { id: string | null; name: string }>;
}

/** A workflow file as the editor exports it. `id` is needed only to publish it or to find it again. */
export interface WorkflowFile {
	id?: string;
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
	[field: string]: unknown;
}

export interface BootOptions {
	/** Default: the pinned n8n, installed when missing. */
	install?: N8nInstall;
	/** The packed package, as `npm pack` wrote it; none: n8n alone. */
	tarball?: string;
	/** Default: a fresh temporary folder that stop() removes. */
	userFolder?: string;
	/** Default: any free port. */
	port?: number;
	env?: Record<string, string>;
	credentials?: CredentialEntry[];
	workflows?: WorkflowFile[];
	/** Ids of imported workflows that are live once n8n has started. */
	publish?: string[];
	onProgress?: (line: string) => void;
}

export interface N8nHost {
	readonly url: string;
	readonly userFolder: string;
	readonly install: N8nInstall;
	/** All that n8n printed since it was started. */
	log(): string;
	/** Ends n8n as a service manager would (SIGTERM), and removes a temporary user folder. */
	stop(): Promise<void>;
	/** Ends n8n at once, as a crash would; start() brings it back on the same data. */
	kill(): Promise<void>;
	start(): Promise<void>;
	/** Runs an n8n command on the same data, e.g. `['export:nodes', '--output=nodes.json']`. */
	command(args: string[]): Promise<string>;
}

const READY_WITHIN_MS = 120_000;

/** Installs the tarball as n8n's own installer does: into `.n8n/nodes`, no peers, no scripts. */
async function installTarball(userFolder: string, tarball: string): Promise<void> {
	const folder = path.join(userFolder, '.n8n', 'nodes');
	mkdirSync(folder, { recursive: true });
	writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'installed-nodes', private: true }));
	const { command, prefix } = npmCommand();
	const args = [...prefix, 'install', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', path.resolve(tarball)];
	await promisify(execFile)(command, args, { cwd: folder }).catch((error: Error & { stderr?: string }) => {
		throw explainNpmFailure('installing the packed package', error.stderr ?? error.message);
	});
}

async function importEntries(place: HostPlace, command: string, entries: unknown[]): Promise<void> {
	if (entries.length === 0) return;
	const file = path.join(place.userFolder, `${command.replace(':', '-')}.json`);
	writeFileSync(file, JSON.stringify(entries), { mode: 0o600 });
	try {
		await runN8n(place, [command, `--input=${file}`]);
	} finally {
		rmSync(file);
	}
}

/** Why n8n did not come up, in one sentence where the cause is a known one. */
function explainStart(output: string, port: number): HostError {
	if (/EADDRINUSE|already in use/.test(output)) return new HostError(`Port ${port} is taken: end the program that uses it and start again.`);
	if (/[Mm]ismatching encryption keys/.test(output)) {
		return new HostError('The user folder was made with another encryption key: choose an empty folder.');
	}
	return new HostError(`n8n did not start. Its last lines:\n${lastLines(output)}`);
}

async function waitUntilReady(url: string, child: ChildProcess, output: () => string, port: number): Promise<void> {
	for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(150)) {
		if (child.exitCode !== null || child.signalCode !== null) throw explainStart(output(), port);
		const ready = await fetch(`${url}/healthz/readiness`).then(
			(response) => response.ok,
			() => false,
		);
		if (ready) return;
	}
	throw explainStart(output(), port);
}

class Host implements N8nHost {
	readonly url: string;
	private child: ChildProcess | undefined;
	private output = '';

	constructor(
		private readonly place: HostPlace,
		private readonly temporary: boolean,
	) {
		this.url = `http://127.0.0.1:${place.port}`;
	}

	get userFolder(): string {
		return this.place.userFolder;
	}

	get install(): N8nInstall {
		return this.place.install;
	}

	log(): string {
		return this.output;
	}

	async start(): Promise<void> {
		if (!(await isPortFree(this.place.port))) {
			throw new HostError(`Port ${this.place.port} is taken: end the program that uses it, or choose another port.`);
		}
		this.output = '';
		this.child = startN8n(this.place, ['start'], (text) => {
			this.output += text;
			appendFileSync(path.join(this.userFolder, 'n8n.log'), text);
		});
		await waitUntilReady(this.url, this.child, () => this.output, this.place.port);
	}

	async kill(): Promise<void> {
		if (this.child) await endProcess(this.child, 'SIGKILL');
	}

	async stop(): Promise<void> {
		if (this.child) await endProcess(this.child, 'SIGTERM');
		if (this.temporary) rmSync(this.userFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
	}

	async command(args: string[]): Promise<string> {
		return await runN8n(this.place, args);
	}
}

/**
 * A real n8n with the packed package installed as a user would install it, and the given credentials and workflows in it.
 * @throws HostError when the port is taken, the install is impossible, or n8n does not come up
 */
export async function bootN8n(options: BootOptions): Promise<N8nHost> {
	const onProgress = options.onProgress ?? (() => {});
	const install = options.install ?? (await ensureN8n({ onProgress }));
	const port = options.port ?? (await freePort());
	if (!(await isPortFree(port))) throw new HostError(`Port ${port} is taken: end the program that uses it, or choose another port.`);
	const userFolder = options.userFolder ?? mkdtempSync(path.join(tmpdir(), 'n8n-m3ter-'));
	mkdirSync(userFolder, { recursive: true });
	const place: HostPlace = { install, userFolder, port, brokerPort: await freePort(), env: options.env ?? {} };
	const host = new Host(place, options.userFolder === undefined);
	if (options.userFolder === undefined) process.once('exit', () => rmSync(userFolder, { recursive: true, force: true }));
	try {
		if (options.tarball) await installTarball(userFolder, options.tarball);
		await importEntries(place, 'import:credentials', options.credentials ?? []);
		await importEntries(place, 'import:workflow', options.workflows ?? []);
		for (const id of options.publish ?? []) await runN8n(place, ['publish:workflow', `--id=${id}`]);
		onProgress(`Starting n8n ${install.version} on ${host.url}.`);
		await host.start();
	} catch (error) {
		await host.stop();
		throw error;
	}
	return host;
}
