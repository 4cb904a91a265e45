/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- test code, never shipped */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootN8n } from '../host/boot';
import { removeLeftovers, withLock } from '../host/cache';
import { explainNpmFailure, type N8nInstall } from '../host/install';

const never = () => {
	throw new Error('nobody should have to wait');
};

describe('the lock of the n8n install', () => {
	let root: string;
	let folder: string;
	beforeEach(() => {
		root = mkdtempSync(path.join(tmpdir(), 'n8n-m3ter-lock-'));
		folder = path.join(root, 'n8n-abc');
	});
	afterEach(() => rmSync(root, { recursive: true }));

	it('is gone after the work, also when the work fails', async () => {
		expect(await withLock(folder, never, async () => existsSync(`${folder}.lock`))).toBe(true);
		await expect(withLock(folder, never, async () => await Promise.reject(new Error('no')))).rejects.toThrow('no');
		expect(existsSync(`${folder}.lock`)).toBe(false);
	});

	it('lets the second of two wait for the first', async () => {
		const order: string[] = [];
		let finish = () => {};
		const first = withLock(folder, never, async () => {
			await new Promise<void>((resolve) => (finish = resolve));
			order.push('first');
		});
		const second = withLock(
			folder,
			(pid) => {
				order.push(`waiting for ${pid === process.pid ? 'us' : pid}`);
				finish();
			},
			async () => order.push('second'),
		);
		await Promise.all([first, second]);
		expect(order).toEqual(['waiting for us', 'first', 'second']);
	});

	it('is taken over from a process that no longer exists', async () => {
		const { pid } = spawnSync(process.execPath, ['-e', '']);
		writeFileSync(`${folder}.lock`, String(pid));
		expect(await withLock(folder, never, async () => readFileSync(`${folder}.lock`, 'utf8'))).toBe(String(process.pid));
	});

	it('removes what killed installs left, and only that', () => {
		for (const name of ['n8n-abc', 'n8n-abc.partial-1', 'n8n-abc.partial-2', 'n8n-other.partial-1']) mkdirSync(path.join(root, name));
		removeLeftovers(folder);
		expect(['n8n-abc', 'n8n-abc.partial-1', 'n8n-abc.partial-2', 'n8n-other.partial-1'].map((name) => existsSync(path.join(root, name)))).toEqual([true, false, false, true]);
	});
});

describe('what a person reads when the install fails', () => {
	it.each([
		['npm error code ENOTFOUND\nnpm error network request to the registry failed', /registry could not be reached/],
		['npm error code ENOSPC', /disk ran full/],
		['gyp ERR! stack Error: not found: make', /python3 make g\+\+/],
		['gyp ERR! find Python\nprebuild-install warn install getaddrinfo ENOTFOUND', /python3 make g\+\+/],
		['npm error something new', /Its last lines:\nnpm error something new/],
	])('%s', (output, sentence) => {
		expect(explainNpmFailure('downloading n8n', output).message).toMatch(sentence);
	});
});

describe('a taken port', () => {
	it('is one clear sentence', async () => {
		const server = createServer();
		const port = await new Promise<number>((resolve) => {
			server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
		});
		const install: N8nInstall = { folder: '', version: '', node: '', script: '' };
		await expect(bootN8n({ install, port })).rejects.toThrow(`Port ${port} is taken`);
		await new Promise((resolve) => server.close(resolve));
	});
});
