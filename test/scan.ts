/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const resultSchema = z.object({ passed: z.boolean(), message: z.string().optional(), details: z.string().optional() });

interface Scanner {
	SOURCE_FILE_PATTERNS: string[];
	analyzePackage(folder: string, patterns: string[]): Promise<unknown>;
}

export interface ScanResult {
	part: 'sources' | 'tarball';
	/** What the scanner found; undefined when it found nothing. */
	details?: string;
}

/** The scanner is an ES module without exports for code, so it is loaded by its file. */
async function loadScanner(project: string): Promise<Scanner> {
	const file = path.join(project, 'node_modules', '@n8n', 'scan-community-package', 'scanner', 'scanner.mjs');
	return (await import(pathToFileURL(file).href)) as Scanner;
}

/**
 * n8n's community package scan as its verification runs it, without the download: the sources as in the repository,
 * then every script of the unpacked tarball. Inline disables do not count in either.
 */
export async function scanPackage(project: string, tarball: string): Promise<ScanResult[]> {
	const scanner = await loadScanner(project);
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-m3ter-scan-'));
	const check = async (part: ScanResult['part'], place: string, patterns: string[]): Promise<ScanResult> => {
		const result = resultSchema.parse(await scanner.analyzePackage(place, patterns));
		if (result.passed && !result.message) return { part };
		return { part, details: result.details ?? result.message ?? 'refused without a reason' };
	};
	try {
		await promisify(execFile)('tar', ['-xzf', tarball, '-C', folder]);
		return [
			await check('sources', project, scanner.SOURCE_FILE_PATTERNS),
			await check('tarball', path.join(folder, 'package'), ['**/*.js', 'package.json']),
		];
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
