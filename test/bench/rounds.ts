import { curve, peakOf, type Sample } from './memory';

/** Runs ways in rounds, the bare loop between any two, and puts what came out into tables. */

export interface Timing {
	seconds: number;
	/** Memory of n8n meanwhile. */
	samples?: Sample[];
}

export interface Way {
	name: string;
	rows: number;
	/** @param run a name of its own for each run: its uids begin with it */
	run(run: string): Promise<Timing & { rate: number }>;
}

/** All runs of one way. Rates are rows per second; `shares` are of the bare loops right before and after. */
export interface Measured {
	name: string;
	rows: number;
	rates: number[];
	bare: number[];
	shares: number[];
	samples: Sample[][];
}

/** So many rounds; each runs every way once, with a bare loop before the first and after each. */
export async function inRounds(ways: readonly Way[], rounds: number, bare: (run: string) => Promise<number>): Promise<Measured[]> {
	const measured = ways.map(({ name, rows }): Measured => ({ name, rows, rates: [], bare: [], shares: [], samples: [] }));
	let before = await bare('bare');
	for (let round = 0; round < rounds; round++) {
		for (const [index, way] of ways.entries()) {
			const id = `${round}-${index}`;
			const { rate, samples } = await way.run(id);
			const after = await bare(`bare-${id}`);
			const mine = measured[index];
			mine.rates.push(rate);
			mine.bare.push(after);
			mine.shares.push(rate / ((before + after) / 2));
			if (samples !== undefined) mine.samples.push(samples);
			before = after;
		}
	}
	return measured;
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const whole = (number: number): string => Math.round(number).toLocaleString('en');
const spread = (numbers: readonly number[], show: (number: number) => string): string => (numbers.length === 1 ? show(numbers[0]) : `${show(median(numbers))} (${show(Math.min(...numbers))} to ${show(Math.max(...numbers))})`);
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** @param perItem the way that others are multiples of */
export function table(results: readonly Measured[], perItem: string): string {
	const base = median(results.find(({ name }) => name === perItem)?.rates ?? [NaN]);
	const bare = results.flatMap((result) => result.bare);
	const lines = results.map(({ name, rows, rates, shares, samples }) =>
		row([name, rows.toLocaleString('en'), spread(rates, whole), spread(shares, (share) => share.toFixed(2)), `${(median(rates) / base).toFixed(0)} x`, `${whole(Math.max(...samples.map(peakOf)))} MB`]),
	);
	const head = ['way', 'rows', 'rows/s: median (least to most)', 'of the bare loop', 'of HTTP Request per item', 'peak memory of n8n'];
	return [row(head), '| --- | ---: | ---: | ---: | ---: | ---: |', row(['Bare loop, prepared bodies', '', spread(bare, whole), '1', `${(median(bare) / base).toFixed(0)} x`, '']), ...lines].join('\n');
}

/** Peaks of every run, and the curve of the last run of the largest file. */
export function memoryTable(files: readonly Measured[]): string {
	const peaks = files.map(({ rows, samples }) => row([rows.toLocaleString('en'), ...samples.map((run) => `${whole(run[0].mb)} → ${whole(peakOf(run))} MB`)]));
	const points = curve(files.at(-1)?.samples.at(-1) ?? [], 12);
	return [
		row(['rows', ...files[0].samples.map((_run, index) => `run ${index + 1}: start → peak`)]),
		`| ---: |${' ---: |'.repeat(files[0].samples.length)}`,
		...peaks,
		'',
		row(['seconds', ...points.map(({ seconds }) => whole(seconds))]),
		`| --- |${' ---: |'.repeat(points.length)}`,
		row(['MB', ...points.map(({ mb }) => whole(mb))]),
	].join('\n');
}
