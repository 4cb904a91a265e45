import type { BillJob } from '../M3ter/billTarget';
import { hasChanges } from '../shared/diff';
import { Failure } from '../shared/failure';
import type { InvoiceLine } from '../shared/invoiceDraft';
import { fromMinorUnits, toMinorUnits } from '../shared/money';
import type { SendAction } from '../shared/sendResult';
import { isEditable, isLive, signedTotal, type XeroDocument } from './documents';
import { headerDiffers, headerOf, nextNumber, type Facts } from './header';
import { amountOf, DECIMALS, desiredLine, diffWith, targetOf, wireLines, type BillLine, type XeroDesiredLine, type XeroLineDiff } from './lines';
import type { XeroBillOptions } from './options';
import { checkPeriod, dateToKeep, dateToWrite, lockedUntil, openDay } from './period';
import type { XeroLine, XeroStatus } from './schemas';
import type { WireCreditNote, WireInvoice } from './wire';

const ADJUSTMENT = 'Adjustment: ';

export interface XeroWrite {
	method: 'PUT' | 'POST';
	resource: 'Invoices' | 'CreditNotes';
	body: WireInvoice | WireCreditNote;
	/** What is changed; absent for a new one. */
	document?: XeroDocument;
	/** The document of the bill, or one that has to go. */
	role: 'main' | 'retire';
}

export interface DocumentPlan {
	/** Set when there is nothing to write. */
	idle?: SendAction;
	warnings: string[];
	/** The document the result is about, when it exists already. */
	document?: XeroDocument;
	/** The document that stays when the others are taken away. */
	remains?: XeroDocument;
	kind: XeroDocument['kind'];
	writes: XeroWrite[];
	diff: XeroLineDiff;
	/** Hundredths that the lines of the main document add up to when it is written. */
	mainTotal: number;
	/** What all documents of the bill come to, signed: as they are, and when the plan is carried out. */
	current: number;
	after: number;
	/** Number of the document to be created. */
	number?: string;
}

/** What Xero holds for a bill, and what it refused to change. */
export interface XeroState {
	documents: readonly XeroDocument[];
	frozen: ReadonlySet<string>;
}

const NO_DIFF: XeroLineDiff = { add: [], change: [], remove: [], same: [], foreign: [] };
const RANK: Record<XeroStatus, number> = { DELETED: 0, VOIDED: 0, DRAFT: 1, SUBMITTED: 2, AUTHORISED: 3, PAID: 4 };

/**
 * The requests that make Xero's documents say what the bill says: an invoice, or a credit note for a negative total. Documents
 * that can no longer be changed are followed by one for the difference, reported, or refused, as the option 'When Locked' says.
 * @throws Failure `locked`, `not-found` (it was voided or deleted) or `invalid-input`.
 */
export function planDocument(job: BillJob, { documents, frozen }: XeroState, options: XeroBillOptions, facts: Facts): DocumentPlan {
	const live = documents.filter(isLive);
	const open = live.filter((document) => isEditable(document) && lockedUntil(document, facts) === undefined && !frozen.has(document.id));
	const closed = live.filter((document) => !open.includes(document));
	const current = sumOf(live);
	const base = { kind: 'invoice' as const, document: open[0] ?? closed[0], writes: [], mainTotal: 0, current, after: current };
	const idle = (action: SendAction, warnings: string[], diff = NO_DIFF): DocumentPlan => ({ ...base, idle: action, warnings, diff });
	if (live.some(({ mark }) => (mark?.version ?? 0) > (job.bill.version ?? 0))) return idle('unchanged', ['Xero already has a newer version of this bill.']);

	const lines: readonly BillLine[] = closed.length === 0 ? job.draft.lines : differenceLines(job.draft.lines, closed);
	if (closed.length > 0 && open.length === 0 && lines.length > 0 && options.whenLocked !== 'adjust') {
		return lockedPlan(job, closed[0], options, facts, idle, lines);
	}
	if (lines.length === 0 && open.length === 0) {
		return closed.length > 0 ? idle('unchanged', [], sameLines(closed)) : idle('skipped', ['The bill has nothing to invoice.']);
	}
	const existed = !job.emptied && (documents.length > 0 || job.ledgerDocumentId !== undefined);
	if (live.length === 0 && existed && options.whenRemoved === 'fail') throw removed(job, documents);
	return planWrites(job, { documents, open, closed, lines }, options, facts);
}

const sumOf = (documents: readonly XeroDocument[]): number => documents.reduce((total, document) => total + signedTotal(document), 0);

interface Situation {
	documents: readonly XeroDocument[];
	open: readonly XeroDocument[];
	closed: readonly XeroDocument[];
	lines: readonly BillLine[];
}

function planWrites(job: BillJob, { documents, open, closed, lines }: Situation, options: XeroBillOptions, facts: Facts): DocumentPlan {
	const total = lines.reduce((sum, { amount }) => sum + toMinorUnits(amount, DECIMALS), 0);
	const kind = total < 0 ? 'creditNote' : 'invoice';
	const sign = kind === 'invoice' ? 1 : -1;
	const target = lines.length === 0 ? undefined : (open.find(({ id, kind: its }) => its === kind && id === job.ledgerDocumentId) ?? open.find((document) => document.kind === kind));
	const surplus = open.filter((document) => document !== target);
	const desired = lines.map((line) => desiredLine(line, sign, options));
	const diff = diffWith(desired, target?.lines ?? [], target?.mark?.lines ?? target?.lines.length ?? 0);
	const mainTotal = [...desired, ...diff.foreign].reduce((sum, { amount }) => sum + amount, 0);
	const unnumbered = target !== undefined || lines.length === 0 || options.numbering === 'xero';
	const number = unnumbered ? undefined : nextNumber(job, kind, documents, options);
	const main = lines.length === 0 ? [] : mainWrite(job, { kind, target, desired, diff, number }, options, facts);
	const plan: DocumentPlan = {
		kind,
		document: target ?? (lines.length === 0 ? open[0] : undefined),
		remains: closed[0],
		writes: [...main, ...surplus.map((document) => retireWrite(document, facts))],
		warnings: lines.length === 0 ? surplus.map((document) => `${nameOf(document)} is ${goneStatus(document).toLowerCase()}: nothing of the bill is left for it.`) : [],
		diff,
		mainTotal,
		current: sumOf(documents.filter(isLive)),
		after: sumOf(closed) + mainTotal * sign || 0,
		number,
	};
	return plan.writes.length === 0 ? { ...plan, idle: 'unchanged' } : plan;
}

interface Main {
	kind: XeroDocument['kind'];
	target?: XeroDocument;
	desired: XeroDesiredLine[];
	diff: XeroLineDiff;
	number?: string;
}

/** Creates the document, or changes it when it differs; nothing when it is as it should be. */
function mainWrite(job: BillJob, { kind, target, desired, diff, number }: Main, options: XeroBillOptions, facts: Facts): XeroWrite[] {
	const headerOn = (date: string | undefined) => headerOf(job, kind, date, options, facts, desired.length);
	const asItIs = target !== undefined && !hasChanges(diff) && !headerDiffers(target, headerOn(dateToKeep(job, target, facts)));
	if (asItIs && RANK[target.status] >= RANK[options.status]) return [];
	const header = headerOn(dateToWrite(job, target, options, facts));
	checkPeriod(job, header.Date, facts);
	const Status = target !== undefined && RANK[target.status] > RANK[options.status] ? (target.status as XeroBillOptions['status']) : options.status;
	const LineItems = wireLines(desired, diff);
	const method = target === undefined ? 'PUT' : 'POST';
	const id = target?.id;
	if (kind === 'invoice') {
		const body = { ...(id ? { InvoiceID: id } : {}), ...(number ? { InvoiceNumber: number } : {}), Type: 'ACCREC', ...header, Status, LineItems } satisfies WireInvoice;
		return [{ method, resource: 'Invoices', body, document: target, role: 'main' }];
	}
	const body = { ...(id ? { CreditNoteID: id } : {}), ...(number ? { CreditNoteNumber: number } : {}), Type: 'ACCRECCREDIT', ...header, Status, LineItems } satisfies WireCreditNote;
	return [{ method, resource: 'CreditNotes', body, document: target, role: 'main' }];
}

/** Drafts are deleted, approved documents voided. */
const goneStatus = ({ status }: XeroDocument) => (status === 'AUTHORISED' ? 'VOIDED' : 'DELETED');

function retireWrite(document: XeroDocument, facts: Facts): XeroWrite {
	const { kind, id, date } = document;
	// Xero may look at the date of a draft before it looks at what is done to it.
	const day = date && openDay(date, facts);
	const change = { Status: goneStatus(document), ...(day === date ? {} : { Date: day }) } as const;
	if (kind === 'invoice') return { method: 'POST', resource: 'Invoices', body: { InvoiceID: id, ...change } satisfies WireInvoice, document, role: 'retire' };
	return { method: 'POST', resource: 'CreditNotes', body: { CreditNoteID: id, ...change } satisfies WireCreditNote, document, role: 'retire' };
}

const nameOf = ({ kind, number, id }: XeroDocument) => `${kind === 'invoice' ? 'Invoice' : 'Credit note'} ${number ?? id}`;

const baseText = (text: string | undefined) => (text ?? '').trim().replace(new RegExp(`^(${ADJUSTMENT})+`), '');

/** Our lines on documents that cannot change, with what they add to the customer's debt. */
const ownLines = (documents: readonly XeroDocument[]) =>
	documents.flatMap(({ kind, lines, mark }) => lines.slice(0, mark?.lines ?? lines.length).map((line) => ({ line, amount: amountOf(line) * (kind === 'invoice' ? 1 : -1) })));

/**
 * What the bill's lines are apart from what closed documents carry, text by text; nothing when they agree. What the bill does not
 * know any more is taken back from where it went: the mapping speaks of the bill's lines only.
 */
function differenceLines(lines: readonly InvoiceLine[], closed: readonly XeroDocument[]): BillLine[] {
	const settled = new Map<string, { line: XeroLine; amount: number }>();
	for (const { line, amount } of ownLines(closed)) {
		const text = baseText(line.Description);
		const before = settled.get(text);
		settled.set(text, { line: before?.line ?? line, amount: (before?.amount ?? 0) + amount });
	}
	const wanted = new Map<string, { line: BillLine; amount: number }>();
	for (const line of lines) {
		const text = baseText(line.description);
		wanted.set(text, { line: wanted.get(text)?.line ?? line, amount: (wanted.get(text)?.amount ?? 0) + toMinorUnits(line.amount, DECIMALS) });
	}
	const changed = [...wanted].map(([text, { line, amount }]) => ({ line, amount: amount - (settled.get(text)?.amount ?? 0) }));
	const withdrawn = [...settled].filter(([text]) => !wanted.has(text)).map(([text, { line, amount }]) => ({ line: withdrawal(text, line), amount: -amount }));
	return [...changed, ...withdrawn]
		.filter(({ amount }) => amount !== 0)
		.map(({ line, amount }) => ({ ...line, description: ADJUSTMENT + line.description, quantity: undefined, amount: fromMinorUnits(amount, DECIMALS).toFixed(DECIMALS) }));
}

const withdrawal = (text: string, line: XeroLine): BillLine => ({ key: `withdrawn-${text}`, ids: [], type: 'ADJUSTMENT', description: text, amount: '0', target: targetOf(line) });

const sameLines = (documents: readonly XeroDocument[]): XeroLineDiff => ({
	...NO_DIFF,
	same: ownLines(documents).map(({ line, amount }) => ({ id: line.LineItemID, key: line.LineItemID, fingerprint: '', amount, line })),
});

function lockedPlan(
	job: BillJob,
	document: XeroDocument,
	options: XeroBillOptions,
	facts: Facts,
	idle: (action: SendAction, warnings: string[], diff?: XeroLineDiff) => DocumentPlan,
	lines: readonly BillLine[],
): DocumentPlan {
	const lock = lockedUntil(document, facts);
	const period = lock && `in a period that is locked up to ${lock}`;
	const why = document.settled || document.status === 'PAID' ? 'paid or credited' : document.sent ? 'sent to the customer' : (period ?? document.status.toLowerCase());
	const what = `${nameOf(document)} is ${why} and is not changed any more, but bill ${job.bill.id} has changed.`;
	if (options.whenLocked === 'fail') {
		throw new Failure('locked', 'The Xero document is final and differs from the bill', {
			description:
				why === period
					? `${what} Move the lock date in Xero, or set 'When Locked' to 'Send Difference' and 'When Period Is Locked' to 'First Open Day'.`
					: `${what} Void it in Xero, or set 'When Locked' to 'Send Difference'.`,
		});
	}
	return idle('locked', [what], { ...NO_DIFF, add: lines.map((line) => desiredLine(line, 1, options)) });
}

const removed = (job: BillJob, documents: readonly XeroDocument[]) =>
	new Failure('not-found', 'The Xero document of this bill was voided or deleted', {
		description: `${documents.map(({ number, id, status }) => `${number ?? id} is ${status}`).join(', ') || `${job.ledgerDocumentId} is gone`}, bill ${job.bill.id}. To invoice the bill again, set the option 'When Deleted or Void' to 'Create Again'.`,
	});
