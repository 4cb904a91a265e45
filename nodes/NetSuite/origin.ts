/** What ties a document to its bill: the external id for machines, a note in the memo for people and for the next run. */

/** Begins the external id of every document this package makes. */
export const BILL_PREFIX = 'm3ter_bill-';
const NOTE = /m3ter bill (\S+) v(\d+) \((\d+) lines?\)/;
const MAX_MEMO = 999;

/** Letters, digits, `_` and `-` are all NetSuite takes. */
const cleaned = (billId: string) => billId.replace(/[^A-Za-z0-9-]/g, '_');

/**
 * The external id of a bill's document. Unique over all types of transactions, so the documents of a bill are counted
 * through: 1 is its first, those that follow (adjustments, a new one for a void one) have a suffix.
 */
export const externalIdOf = (billId: string, generation = 1): string => BILL_PREFIX + cleaned(billId) + (generation > 1 ? `-${generation}` : '');

/** Which of the bill's documents an external id names; undefined when it is no document of this bill. */
export function generationOf(externalId: string, billId: string): number | undefined {
	const first = externalIdOf(billId);
	if (externalId === first) return 1;
	const suffix = externalId.startsWith(`${first}-`) ? externalId.slice(first.length + 1) : '';
	return /^\d+$/.test(suffix) ? Number(suffix) : undefined;
}

export interface Note {
	/** Version of the bill that was written last. */
	version: number;
	/** How many of the document's lines are ours. */
	lines: number;
}

export function noteOf(memo: string | undefined): Note | undefined {
	const match = NOTE.exec(memo ?? '');
	return match === null ? undefined : { version: Number(match[2]), lines: Number(match[3]) };
}

/** The memo of a document: the user's text, then the note. */
export function memoWith(text: string, billId: string, { version, lines }: Note): string {
	const note = `m3ter bill ${billId} v${version} (${lines} ${lines === 1 ? 'line' : 'lines'})`;
	return [text.slice(0, MAX_MEMO - note.length - 3), note].filter((part) => part !== '').join(' - ');
}

/** A memo without what changes from write to write, to see whether somebody edited it. */
export const memoText = (memo: string | undefined): string => (memo ?? '').replace(NOTE, '').replace(/ - $/, '').trim();
