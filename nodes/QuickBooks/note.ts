import { fingerprint } from '../shared/idempotency';
import type { InvoiceDraft } from '../shared/invoiceDraft';
import type { DocumentNumber } from './options';

/** What the memo of a document says about its origin. */
export interface Origin {
	billId: string;
	/** 1 = the bill's first document, 2 and up = those that follow it: adjustments, or a new one for a void one. */
	generation: number;
	/** How many of the document's lines are ours; they come first. */
	lines: number;
}

const PATTERN = /m3ter bill (\S+)(?: document (\d+))? \((\d+) lines?\)/;
const MAX_NOTE = 4000;
/** QuickBooks takes 21 characters. */
const MAX_NUMBER = 21;

/** Reads the origin out of a memo; undefined for documents that are not ours. */
export function originOf(note: string | undefined): Origin | undefined {
	const match = PATTERN.exec(note ?? '');
	return match === null ? undefined : { billId: match[1], generation: Number(match[2] ?? 1), lines: Number(match[3]) };
}

const textOf = ({ billId, generation, lines }: Origin) =>
	`m3ter bill ${billId}${generation > 1 ? ` document ${generation}` : ''} (${lines} ${lines === 1 ? 'line' : 'lines'})`;

/** The memo with this origin; what people wrote around it stays. */
export function noteWith(origin: Origin, before = ''): string {
	const text = textOf(origin);
	return (PATTERN.test(before) ? before.replace(PATTERN, text) : text).slice(0, MAX_NOTE);
}

/**
 * The numbers a bill's document may have, the preferred one first: m3ter's invoice number, and a short one made of the
 * bill id for bills that have none yet. None when QuickBooks counts itself. Documents that follow the first get a suffix.
 */
export function numbersOf(draft: InvoiceDraft, mode: DocumentNumber, generation = 1): string[] {
	if (mode === 'quickBooks') return [];
	const suffix = generation > 1 ? `-${generation}` : '';
	const short = `M3-${fingerprint(draft.billId).slice(0, 14)}${suffix}`;
	const own = mode === 'bill' && draft.number !== undefined ? draft.number + suffix : undefined;
	return own !== undefined && own.length <= MAX_NUMBER ? [own, short] : [short];
}
