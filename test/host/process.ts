/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- test code, never shipped */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostError, type N8nInstall } from './install';

/** Where one n8n keeps its data and listens; every command of one host runs with the same. */
export interface HostPlace {
	install: N8nInstall;
	userFolder: string;
	port: number;
	brokerPort: number;
	env: Record<string, string>;
}

/** Inherited variables that would change what n8n does: jest's NODE_ENV makes it silent, npm's and n8n's own would leak in. */
const NOT_INHERITED = /^(NODE_ENV|NODE_OPTIONS|JEST_WORKER_ID|npm_.*|N8N_.*|DB_.*|EXECUTIONS_.*|WEBHOOK_URL)$/;

/** The environment of a quiet n8n that talks to nobody but us and keeps all it knows under `userFolder`. */
export function hostEnv({ install, userFolder, port, brokerPort, env }: HostPlace): NodeJS.ProcessEnv {
	const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name)));
	return {
		...inherited,
		PATH: `${path.dirname(install.node)}${path.delimiter}${process.env.PATH ?? ''}`,
		NO_PROXY: '127.0.0.1,localhost',
		no_proxy: '127.0.0.1,localhost',
		N8N_USER_FOLDER: userFolder,
		N8N_ENCRYPTION_KEY: 'local-sandbox-only',
		N8N_HOST: '127.0.0.1',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_PORT: String(port),
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		N8N_SECURE_COOKIE: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_DISABLED_MODULES: 'mcp-registry',
		GENERIC_TIMEZONE: 'UTC',
		...env,
	};
}

/** True when nothing listens on `port` of this machine. */
export function isPortFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const probe = createServer();
		probe.once('error', () => resolve(false));
		probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
	});
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const probe = createServer();
		probe.once('error', reject);
		probe.listen(0, '127.0.0.1', () => {
			const address = probe.address();
			probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
		});
	});
}

/** Ends a child and everything it started, and waits until it is gone. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals, graceMs = 15_000): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	signalGroup(child, signal);
	const late = await Promise.race([gone.then(() => false), sleep(graceMs, true, { ref: false })]);
	if (late) signalGroup(child, 'SIGKILL');
	await gone;
	// What it started (n8n's task runner) may outlive it for a moment and would keep its pipes open.
	signalGroup(child, 'SIGKILL');
	for (const stream of child.stdio) stream?.destroy();
}

/** Sends `signal` to the process group that `child` leads. A group that is gone already is fine. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, signal);
	} catch {
		child.kill(signal);
	}
}

/** Starts n8n with `args`, leading a process group of its own that ends with this process at the latest. */
export function startN8n(place: HostPlace, args: string[], onOutput: (text: string) => void): ChildProcess {
	const child = spawn(place.install.node, ['--require', path.join(__dirname, 'end-with-parent.js'), place.install.script, ...args], {
		cwd: place.userFolder,
		env: { ...hostEnv(place), END_WITH_PARENT: '1' },
		stdio: ['pipe', 'pipe', 'pipe'],
		detached: true,
	});
	child.stdout.on('data', (chunk: Buffer) => onOutput(chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => onOutput(chunk.toString()));
	return child;
}

/**
 * Runs one n8n command to its end, e.g. `['import:workflow', '--input=file.json']`, and returns what it printed.
 * @throws HostError with the command's last lines when it fails
 */
export async function runN8n(place: HostPlace, args: string[]): Promise<string> {
	let output = '';
	const child = startN8n({ ...place, brokerPort: await freePort() }, args, (text) => (output += text));
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	if (code !== 0) throw new HostError(`"n8n ${args.join(' ')}" did not succeed. Its last lines:\n${lastLines(output)}`);
	return output;
}

/** The last lines of an output, without the noise of stack frames. */
export function lastLines(output: string, count = 12): string {
	const lines = output.split('\n').filter((line) => line.trim() && !/^\s+at /.test(line));
	return lines.slice(-count).join('\n');
}
