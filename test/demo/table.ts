import type { FlowRow } from './flows/types';

/** Rows under three headings, each column as wide as its longest entry. */
export function formatRows(headings: [string, string, string], rows: FlowRow[]): string {
	const cells = [headings, ...rows.map((row): [string, string, string] => [row.what, row.system, row.m3ter])];
	const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column].length)));
	const lines = cells.map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd());
	const rule = `  ${widths.map((width) => '-'.repeat(width)).join('  ')}`;
	return [lines[0], rule, ...lines.slice(1)].join('\n');
}
