/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- bench code, never shipped */
import { readdirSync, readFileSync } from 'node:fs';

/** Memory of n8n as Linux counts it: the resident set of its main process. */

const EVERY_MS = 200;

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}

/** The process that this one started with `n8n start`. */
export function n8nProcess(): number {
	const found = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1] === String(process.pid) && /\/n8n\0start/.test(read(`/proc/${pid}/cmdline`)));
	return Number(found);
}

const residentMb = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

export interface Sample {
	seconds: number;
	mb: number;
}

/** Samples a process's memory until stopped. */
export function watchMemory(pid: number): () => Sample[] {
	const started = Date.now();
	const samples: Sample[] = [];
	const sample = () => samples.push({ seconds: (Date.now() - started) / 1000, mb: residentMb(pid) });
	sample();
	const timer = setInterval(sample, EVERY_MS);
	return () => {
		clearInterval(timer);
		return samples;
	};
}

export const peakOf = (samples: readonly Sample[]): number => Math.max(...samples.map(({ mb }) => mb));

/** So many points of the curve, evenly spread, each the highest of its stretch. */
export function curve(samples: readonly Sample[], points: number): Sample[] {
	const size = Math.max(1, Math.ceil(samples.length / points));
	return Array.from({ length: Math.ceil(samples.length / size) }, (_value, index) => {
		const stretch = samples.slice(index * size, (index + 1) * size);
		return { seconds: stretch[0].seconds, mb: peakOf(stretch) };
	});
}
