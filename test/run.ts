/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions, no-console -- test code, never shipped */
/**
 * `npm test`: every gate in order, a count for each, and one last line `N passed, N failed`.
 * `npm test -- unit e2e` runs only the named ones.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { PROJECT, packPackage } from './host/pack';
import { scanPackage } from './scan';

interface Count {
	passed: number;
	failed: number;
	/** Why a gate failed although no single test did. */
	reason?: string;
}

const jestSchema = z.object({
	numPassedTests: z.number(),
	numFailedTests: z.number(),
	numPendingTests: z.number(),
	numTodoTests: z.number(),
	numRuntimeErrorTestSuites: z.number(),
});

const bin = (...place: string[]) => path.join(PROJECT, 'node_modules', ...place);

/** Runs one of our tools with its output shown as it comes; resolves with the exit code and that output. */
async function run(args: string[]): Promise<{ code: number | null; output: string }> {
	const child = spawn(process.execPath, args, { cwd: PROJECT, stdio: ['inherit', 'pipe', 'pipe'] });
	let output = '';
	const show = (to: NodeJS.WriteStream) => (chunk: Buffer) => {
		output += chunk.toString();
		to.write(chunk);
	};
	child.stdout.on('data', show(process.stdout));
	child.stderr.on('data', show(process.stderr));
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	return { code, output };
}

const single = (ok: boolean, reason?: string): Count => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, reason: ok ? undefined : reason });

/** n8n's official strict lint. Its exit code forgives warnings; we do not. */
async function lint(): Promise<Count> {
	const { code, output } = await run([bin('@n8n', 'node-cli', 'bin', 'n8n-node.mjs'), 'lint']);
	const warnings = /\((\d+) errors?, (\d+) warnings?\)/.exec(output);
	return single(code === 0 && !warnings, warnings ? `${warnings[1]} errors, ${warnings[2]} warnings` : `exit code ${code}`);
}

async function typeCheck(): Promise<Count> {
	const { code } = await run([bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
	return single(code === 0, `exit code ${code}`);
}

async function build(): Promise<Count> {
	const { code } = await run([bin('gulp', 'bin', 'gulp.js'), 'build']);
	return single(code === 0, `exit code ${code}`);
}

/** n8n's check of community packages, once on the sources and once on the packed tarball. */
async function scan(): Promise<Count> {
	const { tarball } = await packPackage();
	const findings = await scanPackage(PROJECT, tarball);
	for (const finding of findings.filter(({ details }) => details)) console.log(`${finding.part}:\n${finding.details}`);
	const failed = findings.filter(({ details }) => details).length;
	return { passed: findings.length - failed, failed };
}

/**
 * One folder of jest tests. A skipped test, a file that does not load and an empty suite count as failures.
 * Every end-to-end file has an n8n of its own, which mostly waits: two at a time, on any machine.
 */
async function jest(suite: string): Promise<Count> {
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-m3ter-test-'));
	const outputFile = path.join(folder, 'result.json');
	const workers = suite === 'e2e' ? ['--maxWorkers=2'] : [];
	try {
		const { code } = await run([bin('jest', 'bin', 'jest.js'), '--selectProjects', suite, '--json', `--outputFile=${outputFile}`, '--passWithNoTests', ...workers]);
		const result = jestSchema.parse(JSON.parse(readFileSync(outputFile, 'utf8')));
		const notRun = result.numPendingTests + result.numTodoTests;
		const failed = result.numFailedTests + result.numRuntimeErrorTestSuites + notRun;
		if (result.numPassedTests + failed === 0) return { passed: 0, failed: 1, reason: 'the suite has no tests' };
		if (code !== 0 && failed === 0) return { passed: result.numPassedTests, failed: 1, reason: `exit code ${code}` };
		return { passed: result.numPassedTests, failed, reason: notRun > 0 ? `${notRun} skipped` : undefined };
	} catch (error) {
		return { passed: 0, failed: 1, reason: error instanceof Error ? error.message : String(error) };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const GATES: Record<string, () => Promise<Count>> = {
	lint,
	'type-check': typeCheck,
	build,
	scan,
	unit: () => jest('unit'),
	engine: () => jest('engine'),
	contract: () => jest('contract'),
	e2e: () => jest('e2e'),
};

function printSummary(results: Array<[string, Count, number]>): boolean {
	console.log(`\n${'suite'.padEnd(12)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'seconds'.padStart(9)}`);
	for (const [name, { passed, failed, reason }, ms] of results) {
		const seconds = (ms / 1000).toFixed(1);
		const line = `${name.padEnd(12)}${String(passed).padStart(8)}${String(failed).padStart(8)}${seconds.padStart(9)}`;
		console.log(reason ? `${line}  ${reason}` : line);
	}
	const sum = (pick: (count: Count) => number) => results.reduce((total, [, count]) => total + pick(count), 0);
	const failed = sum((count) => count.failed);
	console.log(`\n${sum((count) => count.passed)} passed, ${failed} failed`);
	return failed === 0;
}

async function main(): Promise<void> {
	const wanted = process.argv.slice(2);
	const unknown = wanted.filter((name) => !(name in GATES));
	if (unknown.length > 0) {
		console.error(`There is no suite "${unknown.join('", "')}". The suites are: ${Object.keys(GATES).join(', ')}.`);
		process.exitCode = 2;
		return;
	}
	const results: Array<[string, Count, number]> = [];
	for (const [name, gate] of Object.entries(GATES)) {
		if (wanted.length > 0 && !wanted.includes(name)) continue;
		console.log(`\n=== ${name}`);
		const started = Date.now();
		const count = await gate().catch((error: unknown): Count => single(false, error instanceof Error ? error.message : String(error)));
		results.push([name, count, Date.now() - started]);
	}
	process.exitCode = printSummary(results) ? 0 : 1;
}

void main();
