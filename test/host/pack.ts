/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { npmCommand } from './npm';

/** The folder of this package. */
export const PROJECT = path.resolve(__dirname, '..', '..');
const SOURCES = ['nodes', 'credentials', 'icons', 'index.ts', 'package.json', 'gulpfile.js'];
const packSchema = z.array(z.object({ filename: z.string(), size: z.number(), unpackedSize: z.number(), files: z.array(z.object({ path: z.string() })) }));

/** What `npm pack` made: where it lies (absent on a dry run) and what is in it. */
export interface Packed {
	tarball: string;
	files: string[];
	size: number;
	unpackedSize: number;
}

function newest(place: string): number {
	const stat = statSync(place);
	if (!stat.isDirectory()) return stat.mtimeMs;
	return Math.max(stat.mtimeMs, ...readdirSync(place).map((name) => newest(path.join(place, name))));
}

/** True when dist is missing or any source is younger than the built library. */
export function isBuildStale(): boolean {
	const built = path.join(PROJECT, 'dist', 'index.js');
	if (!existsSync(built)) return true;
	return Math.max(...SOURCES.map((name) => newest(path.join(PROJECT, name)))) > statSync(built).mtimeMs;
}

async function run(command: string, args: string[]): Promise<string> {
	const done = promisify(execFile)(command, args, { cwd: PROJECT, maxBuffer: 64e6 });
	return await done.then(
		({ stdout }) => stdout,
		(error: Error & { stdout?: string; stderr?: string }) => {
			throw new Error(`"${path.basename(command)} ${args.join(' ')}" did not succeed:\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
		},
	);
}

/** Builds the package when its sources changed since the last build. */
export async function ensureBuilt(onProgress: (line: string) => void = () => {}): Promise<void> {
	if (!isBuildStale()) return;
	onProgress('Building the package.');
	await run(process.execPath, [path.join(PROJECT, 'node_modules', 'gulp', 'bin', 'gulp.js'), '--silent']);
}

/** Builds when needed and packs as `npm publish` would, into the ignored folder `.cache`. */
export async function packPackage(onProgress: (line: string) => void = () => {}): Promise<Packed> {
	await ensureBuilt(onProgress);
	const folder = path.join(PROJECT, '.cache');
	mkdirSync(folder, { recursive: true });
	const { command, prefix } = npmCommand();
	const output = await run(command, [...prefix, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
	const [packed] = packSchema.parse(JSON.parse(output));
	return { ...packed, tarball: path.join(folder, packed.filename), files: packed.files.map((file) => file.path) };
}
