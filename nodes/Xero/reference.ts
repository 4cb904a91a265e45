import type { Bill } from '../shared/bill';

/**
 * Xero keeps no metadata, so the reference of a document says which bill it stands for, which version of it, and how many
 * of its lines are ours (they come first; lines added by hand follow).
 */
export interface Mark {
	billId: string;
	version?: number;
	lines?: number;
}

/** 255 characters are safe. */
const MAX_LENGTH = 255;
const MARK = /m3ter bill ([0-9a-f]{8}-[0-9a-f-]{27})(?: v(\d+))?(?:, (\d+) lines?)?/i;

/** `PO 4711 | m3ter bill 6a1d2f0e-… v3, 4 lines` */
export function markedReference(prefix: string, { id, version }: Pick<Bill, 'id' | 'version'>, lines: number): string {
	const mark = `m3ter bill ${id}${version === undefined ? '' : ` v${version}`}, ${lines} ${lines === 1 ? 'line' : 'lines'}`;
	const room = MAX_LENGTH - mark.length - 3;
	return prefix === '' ? mark : `${prefix.slice(0, room)} | ${mark}`;
}

/** What the reference of a document says; undefined when it is not ours. */
export function markOf(reference: string | undefined): Mark | undefined {
	const match = MARK.exec(reference ?? '');
	if (match === null) return undefined;
	return { billId: match[1].toLowerCase(), version: match[2] ? Number(match[2]) : undefined, lines: match[3] ? Number(match[3]) : undefined };
}

/** The part of a reference that people read: everything before our mark. */
export const prefixOf = (reference: string | undefined): string => (reference ?? '').replace(MARK, '').replace(/\s*\|\s*$/, '').trim();
