/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- test code, never shipped */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The folder that holds this project's package.json of the host, and its lockfile. */
export const HOST_FOLDER = __dirname;

/** The per-user cache folder: XDG_CACHE_HOME, else Library/Caches on a Mac, else ~/.cache. */
export function cacheRoot(): string {
	const base =
		process.env.XDG_CACHE_HOME ||
		(process.platform === 'darwin' ? path.join(homedir(), 'Library', 'Caches') : path.join(homedir(), '.cache'));
	return path.join(base, 'n8n-nodes-m3ter');
}

/** Where the n8n of the current lockfile lives: another lockfile, another folder, so a version is never half replaced. */
export function installFolder(): string {
	const lockfile = readFileSync(path.join(HOST_FOLDER, 'package-lock.json'));
	const hash = createHash('sha256').update(lockfile).digest('hex').slice(0, 12);
	return path.join(cacheRoot(), `n8n-${hash}-${process.platform}-${process.arch}`);
}

function ownerOf(lockFile: string): number | undefined {
	try {
		return Number(readFileSync(lockFile, 'utf8'));
	} catch {
		return undefined;
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

function tryLock(lockFile: string): boolean {
	try {
		writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		return false;
	}
}

/**
 * Runs `work` while no other process of this machine runs it for the same folder.
 * A lock left by a process that no longer exists is taken over.
 */
export async function withLock<T>(folder: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
	const lockFile = `${folder}.lock`;
	mkdirSync(path.dirname(folder), { recursive: true });
	for (let told = false; !tryLock(lockFile); ) {
		const owner = ownerOf(lockFile);
		if (owner !== undefined && !isAlive(owner)) {
			rmSync(lockFile, { force: true });
			continue;
		}
		if (!told && owner !== undefined) onWait(owner);
		told = true;
		await sleep(1000);
	}
	try {
		return await work();
	} finally {
		rmSync(lockFile, { force: true });
	}
}

/** Removes what killed installs left beside `folder`. Call only while holding its lock. */
export function removeLeftovers(folder: string): void {
	const prefix = `${path.basename(folder)}.partial-`;
	for (const name of readdirSync(path.dirname(folder))) {
		if (name.startsWith(prefix)) rmSync(path.join(path.dirname(folder), name), { recursive: true, force: true });
	}
}
