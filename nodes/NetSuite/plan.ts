import type { BillJob } from '../M3ter/billTarget';
import { diffLines, hasChanges, totalOf, type LineDiff } from '../shared/diff';
import { Failure } from '../shared/failure';
import type { SendAction } from '../shared/sendResult';
import type { DocumentType } from './api';
import { headerOf, headerDiffers } from './header';
import { isClosed, nextOpenDay, type Facts } from './facts';
import { desiredLines, existingLines, lineBody, markEqual, settledBy, type NetSuiteDesiredLine, type NetSuiteExistingLine } from './lines';
import type { Fields, LineTarget, NetSuiteBillOptions } from './options';
import { externalIdOf, memoWith, noteOf } from './origin';
import { deadReason, isPending, lockReason, signedTotal, signOf, versionOf, type FoundDocument } from './state';

export type NetSuiteLineDiff = LineDiff<NetSuiteDesiredLine, NetSuiteExistingLine>;

export type NetSuiteWrite =
	| { kind: 'create'; type: DocumentType; externalId: string; body: Fields }
	| { kind: 'update' | 'approve'; type: DocumentType; id: string; body: Fields }
	| { kind: 'delete'; type: DocumentType; id: string };

export interface DocumentPlan {
	/** The document to speak of: the one written, else the newest that is final. */
	main?: FoundDocument;
	writes: NetSuiteWrite[];
	diff: NetSuiteLineDiff;
	/** Hundredths that the bill's documents come to now, and when the plan is carried out. */
	current: number;
	after: number;
	/** Set when there is nothing to write. */
	idle?: SendAction;
	warnings: string[];
}

const NO_DIFF: NetSuiteLineDiff = { add: [], change: [], remove: [], same: [], foreign: [] };
const ROUTED: Partial<Record<DocumentType, Fields>> = { invoice: { approvalStatus: { id: '1' } }, salesOrder: { orderStatus: { id: 'A' } } };
const APPROVED: Partial<Record<DocumentType, Fields>> = { invoice: { approvalStatus: { id: '2' } }, salesOrder: { orderStatus: { id: 'B' } } };

interface Situation {
	documents: readonly FoundDocument[];
	/** Still editable. */
	open: readonly FoundDocument[];
	/** Valid but final. */
	closed: readonly FoundDocument[];
	lines: NetSuiteDesiredLine[];
	/** A rejected invoice that may be taken up again. */
	rejected?: FoundDocument;
}

/**
 * The requests that make the bill's documents equal to the bill; none when they are.
 * @param targets item and segments of each draft line, by line key
 * @throws Failure `locked`, `not-found`, `conflict` or `invalid-input` as the options' policies say
 */
export function planDocuments(job: BillJob, documents: readonly FoundDocument[], targets: ReadonlyMap<string, LineTarget>, options: NetSuiteBillOptions, facts: Facts): DocumentPlan {
	const live = documents.filter((found) => deadReason(found) === undefined);
	const closed = live.filter((found) => lockReason(found, facts, options) !== undefined);
	const open = live.filter((found) => !closed.includes(found));
	const current = live.reduce((total, found) => total + signedTotal(found), 0);
	const base: DocumentPlan = { main: open[0] ?? closed.at(-1), writes: [], diff: NO_DIFF, current, after: current, warnings: [] };
	const idle = (action: SendAction, warnings: string[] = [], diff = NO_DIFF): DocumentPlan => ({ ...base, diff, idle: action, warnings });
	if (live.some((found) => versionOf(found) > (job.bill.version ?? 0))) return idle('unchanged', ['NetSuite already has a newer version of this bill.']);

	const settledLines = closed.flatMap((found) => linesOf(found, job, options));
	const lines = desiredLines(job.draft, targets, settledBy(settledLines));
	if (open.length === 0 && lines.length === 0) {
		return closed.length > 0 ? idle('unchanged', [], { ...NO_DIFF, same: settledLines }) : idle('skipped', ['The bill has nothing to invoice.']);
	}
	if (open.length === 0 && closed.length > 0 && options.whenLocked !== 'adjust') {
		const what = `${nameOf(closed[0])} is ${lockReason(closed[0], facts, options)} and is not changed any more, but bill ${job.bill.id} has changed.`;
		if (options.whenLocked === 'report') return idle('locked', [what], { ...NO_DIFF, add: lines });
		throw new Failure('locked', 'The NetSuite document is final and differs from the bill', { description: `${what} Correct it in NetSuite, or set 'When Locked' to 'Send Difference'.` });
	}
	const dead = documents.find((found) => !live.includes(found));
	if (live.length === 0 && dead !== undefined && !job.emptied && options.whenRemoved === 'fail') throw removed(job, dead);
	const rejected = dead !== undefined && deadReason(dead) === 'rejected' ? dead : undefined;
	return planWrites(job, { documents, open, closed, lines, rejected }, options, facts, base);
}

function planWrites(job: BillJob, { documents, open, closed, lines, rejected }: Situation, options: NetSuiteBillOptions, facts: Facts, base: DocumentPlan): DocumentPlan {
	const type = typeFor(job, totalOf(lines), options);
	const candidates = [...open, ...(rejected === undefined ? [] : [rejected])];
	const target = lines.length === 0 ? undefined : candidates.find((found) => found.type === type);
	const retired = open.filter((found) => found !== target);
	const sign = signOf(type);
	const existing = target === undefined ? [] : linesOf(target, job, options, lines);
	markEqual(existing, lines, sign, options);
	const diff = diffLines(lines, existing);
	const isPosting = type !== 'salesOrder';
	const day = target !== undefined ? keptDay(job, target, facts) : isPosting ? postingDay(job, closed, options, facts) : job.draft.issueDate;
	if (day === 'closed') return { ...base, diff, idle: 'locked', warnings: [`The posting period of ${job.draft.issueDate} is closed; nothing was sent.`] };
	const writes = lines.length === 0 ? [] : mainWrites(job, { type, target, lines, diff, day, documents }, options, facts);
	const foreign = diff.foreign.reduce((total, { amount }) => total + amount, 0);
	const settled = closed.reduce((total, found) => total + signedTotal(found), 0);
	const plan: DocumentPlan = {
		main: target ?? base.main,
		writes: [...writes, ...retired.map((found): NetSuiteWrite => ({ kind: 'delete', type: found.type, id: found.document.id }))],
		diff,
		current: base.current,
		after: settled + totalOf(lines) + foreign,
		warnings: lines.length === 0 ? retired.map((found) => emptied(nameOf(found))) : [],
	};
	return plan.writes.length === 0 ? { ...plan, idle: 'unchanged', warnings: approvalWarnings(target, options) } : plan;
}

function typeFor(job: BillJob, total: number, options: NetSuiteBillOptions): DocumentType {
	if (total >= 0) return options.recordType;
	if (options.negativeTotal === 'creditMemo') return 'creditMemo';
	throw new Failure('invalid-input', 'The bill total is negative', {
		description: `Bill ${job.bill.id} comes to ${job.draft.total} ${job.draft.currency}, and NetSuite takes no negative ${options.recordType}. Set the option 'Negative Total' to 'Create Credit Memo'.`,
	});
}

/** Date of a new document: that of the bill, or the next open period's for differences. `closed` when the policy says to leave it. */
function postingDay(job: BillJob, closed: readonly FoundDocument[], options: NetSuiteBillOptions, facts: Facts): string | undefined {
	const day = job.draft.issueDate ?? new Date().toISOString().slice(0, 10);
	if (!isClosed(facts, { day })) return job.draft.issueDate;
	const moved = nextOpenDay(facts, day);
	if (options.whenLocked === 'adjust' && moved !== undefined) return moved;
	if (options.whenLocked === 'report' && closed.length === 0) return 'closed';
	throw new Failure('locked', 'The posting period of the bill is closed', {
		description: `Bill ${job.bill.id} is dated ${day}. ${moved === undefined ? 'No later period is open: open one in NetSuite.' : `Open the period in NetSuite, choose another 'Invoice Date', or set 'When Locked' to 'Send Difference' to date the document ${moved}.`}`,
	});
}

/** A document follows the date of its bill, except where the date was moved to an open period. */
function keptDay({ draft }: BillJob, { generation, type }: FoundDocument, facts: Facts): string | undefined {
	const moved = generation > 1 || (type !== 'salesOrder' && isClosed(facts, { day: draft.issueDate }));
	return moved ? undefined : draft.issueDate;
}

interface Main {
	type: DocumentType;
	target?: FoundDocument;
	lines: NetSuiteDesiredLine[];
	diff: NetSuiteLineDiff;
	day: string | undefined;
	documents: readonly FoundDocument[];
}

/** Creates the document, or corrects it when it differs, or approves it when it is equal and the time has come. */
function mainWrites(job: BillJob, { type, target, lines, diff, day, documents }: Main, options: NetSuiteBillOptions, facts: Facts): NetSuiteWrite[] {
	const header = headerOf(job, type, day, options, facts);
	const routing = options.approval === 'none' ? {} : (ROUTED[type] ?? {});
	const memo = memoWith(options.memo, job.bill.id, { version: job.bill.version ?? 0, lines: lines.length });
	const sign = signOf(type);
	if (target === undefined) {
		const generation = Math.max(0, ...documents.map((found) => found.generation)) + 1;
		const externalId = externalIdOf(job.bill.id, generation);
		const items = lines.map((line) => lineBody(line, sign, options));
		return [{ kind: 'create', type, externalId, body: { ...header.onCreate, ...header.always, ...routing, memo, item: { items } } }];
	}
	checkSameParty(job, target, header.onCreate);
	const { id } = target.document;
	const rejected = deadReason(target) !== undefined;
	if (rejected || hasChanges(diff) || headerDiffers(target.document, header.always, options)) {
		const items = [...lines.map((line) => ({ ...keyOf(line, diff), ...lineBody(line, sign, options) })), ...diff.foreign.map(({ raw }) => ({ line: raw.line }))];
		return [{ kind: 'update', type, id, body: { ...header.always, ...(rejected ? routing : {}), memo, item: { items } } }];
	}
	const approve = isPending(target) && wantsApproval(job, options) ? APPROVED[type] : undefined;
	return approve === undefined ? [] : [{ kind: 'approve', type, id, body: approve }];
}

/** The key of the sublist: with it NetSuite changes the line, without it adds one. */
function keyOf({ key }: NetSuiteDesiredLine, { same, change }: NetSuiteLineDiff): { line?: number } {
	const kept = same.find((line) => line.key === key) ?? change.find(({ desired }) => desired.key === key)?.existing;
	return kept === undefined ? {} : { line: kept.raw.line };
}

const wantsApproval = ({ bill }: BillJob, { approval }: NetSuiteBillOptions): boolean =>
	approval === 'approved' || (approval === 'withBill' && bill.status === 'APPROVED');

function approvalWarnings(target: FoundDocument | undefined, { approval }: NetSuiteBillOptions): string[] {
	const routed = approval === 'none' || target === undefined || target.type !== 'invoice' || target.document.approvalStatus !== undefined;
	return routed ? [] : ['NetSuite has no approval routing for invoices: this one counts already.'];
}

/** Lines of a document, recognised against the bill's (or what is left of them). */
function linesOf({ type, document }: FoundDocument, { draft }: BillJob, options: NetSuiteBillOptions, wanted?: readonly NetSuiteDesiredLine[]): NetSuiteExistingLine[] {
	return existingLines(document.item?.items ?? [], wanted ?? draft.lines, signOf(type), noteOf(document.memo)?.lines, options.lineIdField);
}

function checkSameParty(job: BillJob, target: FoundDocument, onCreate: Fields): void {
	const { entity, currency } = target.document;
	const wanted = (onCreate.currency as { id: string } | undefined)?.id;
	const sameCustomer = entity?.id === job.customerId;
	if (sameCustomer && (wanted === undefined || currency?.id === wanted)) return;
	throw new Failure('conflict', `The NetSuite document of this bill has another ${sameCustomer ? 'currency' : 'customer'}`, {
		description: `Bill ${job.bill.id} is for customer ${job.customerId} in ${job.draft.currency}; ${nameOf(target)} is for ${entity?.refName ?? entity?.id} in ${currency?.refName ?? currency?.id}. Delete or void it in NetSuite, set 'When Deleted or Void' to 'Create Again', and send the bill again.`,
	});
}

const NAMES: Record<DocumentType, string> = { invoice: 'Invoice', salesOrder: 'Sales order', creditMemo: 'Credit memo' };

export const nameOf = ({ type, document }: FoundDocument): string => `${NAMES[type]} ${document.tranId ?? document.id}`;

/** What is said of a document that goes because the bill came to nothing. */
export const emptied = (name: string): string => `${name} is deleted: nothing of the bill is left for it.`;

const removed = (job: BillJob, dead: FoundDocument) =>
	new Failure('not-found', 'The NetSuite document of this bill counts no more', {
		description: `${nameOf(dead)} of bill ${job.bill.id} is ${deadReason(dead)}. To send the bill again, set the option 'When Deleted or Void' to 'Create Again'.`,
	});
