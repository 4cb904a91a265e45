import type { BillJob } from '../M3ter/billTarget';
import { toFailure } from '../n8n/errors';
import { Failure } from '../shared/failure';
import { hasChanges } from '../shared/diff';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import { recordPath, type NetSuiteApi } from './api';
import { checkCurrencySeen, type Facts } from './facts';
import { EXPONENT } from './lines';
import type { LineTarget, NetSuiteBillOptions } from './options';
import { emptied, planDocuments, type DocumentPlan, type NetSuiteWrite } from './plan';
import { checkLedger, isPending, lockReason, readDocuments, readRows, type FoundDocument, type KnownRow } from './state';

/** Another execution may write at the same time: read again and settle the rest, this many times. */
const MAX_ROUNDS = 6;

/** One bill with all that is known before its documents are read. */
export interface NetSuiteJob {
	job: BillJob;
	options: NetSuiteBillOptions;
	/** Item and segments of each line, by line key. */
	targets: ReadonlyMap<string, LineTarget>;
	/** The bill's records, of one query for all bills. */
	rows: readonly KnownRow[];
	facts: Facts;
}

/**
 * Makes NetSuite's documents of a bill equal to it: plans, writes, reads again, until nothing is left to do. What is read
 * last is what counts, so the result is proven, and a run that died half-way is completed by the next.
 */
export async function sendBill(netSuite: NetSuiteApi, { job, options, targets, rows: known, facts }: NetSuiteJob): Promise<SendResult> {
	const api = netSuite.counted();
	let rows = known;
	let action: 'created' | 'updated' | undefined;
	let diff: DocumentPlan['diff'] | undefined;
	const warnings: string[] = [];
	let written = '';
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const documents = await readState(api, job, rows, options);
		const plan = planDocuments(job, documents, targets, options, facts);
		if (plan.idle === 'skipped') return action === undefined ? await nothingLeft(api, job, documents, plan) : resultOf(api, job, plan, action, warnings, diff);
		if (plan.idle) return resultOf(api, job, plan, plan.idle === 'unchanged' ? (action ?? 'unchanged') : plan.idle, [...warnings, ...plan.warnings], diff);
		if (round === 1 && hasContent(plan)) await checkCurrencySeen(api, job, options, facts);
		// NetSuite took these very requests and shows something else than was written, but not in what the bill comes to.
		if (written === JSON.stringify(plan.writes) && plan.current === plan.after) {
			return resultOf(api, job, plan, action ?? 'updated', ['NetSuite shows a field of this document differently than it was written; a form or script of the account changes it.'], diff);
		}
		written = JSON.stringify(plan.writes);
		const outcome = await carryOut(api, plan.writes, rows);
		if (outcome instanceof Failure) {
			rows = await rowsAfterRefusal(api, job, documents, rows, outcome);
			continue;
		}
		rows = outcome;
		action ??= plan.writes.some(({ kind }) => kind === 'create') && documents.length === 0 ? 'created' : 'updated';
		diff ??= plan.diff;
		warnings.push(...plan.warnings);
	}
	throw new Failure('conflict', 'The NetSuite document keeps changing while it is written', {
		description: `Bill ${job.bill.id}: other executions, people or scripts are changing its document at the same moment, or a script of the account undoes what is written. Send the bill again.`,
	});
}

/** What {@link sendBill} would do first. */
export async function previewBill(netSuite: NetSuiteApi, { job, options, targets, rows, facts }: NetSuiteJob): Promise<PreviewResult> {
	const api = netSuite.counted();
	const documents = await readState(api, job, rows, options);
	const plan = planDocuments(job, documents, targets, options, facts);
	if (hasContent(plan)) await checkCurrencySeen(api, job, options, facts);
	const action = plan.idle ?? (documents.length === 0 ? 'created' : 'updated');
	const result = resultOf(api, job, plan, action, plan.warnings, plan.diff, plan.idle ? plan.current : plan.after);
	return { ...result, requests: plan.idle ? [] : plan.writes.map(requestOf) };
}

/** The documents as they are, compared with the bill. */
export async function billStatus(netSuite: NetSuiteApi, { job, options, targets, rows, facts }: NetSuiteJob): Promise<SendResult> {
	const api = netSuite.counted();
	const documents = await readDocuments(api, job, rows);
	const plan = planDocuments(job, documents, targets, { ...options, whenLocked: 'report', whenRemoved: 'recreate', negativeTotal: 'creditMemo', approval: 'pending' }, facts);
	if (plan.main === undefined) return resultOf(api, job, plan, 'skipped', ['There is no NetSuite document for this bill yet.']);
	const differs = hasChanges(plan.diff) || plan.writes.length > 0;
	const locked = lockReason(plan.main, facts, options) !== undefined;
	const action: SendAction = !differs ? 'unchanged' : locked ? 'locked' : 'updated';
	return resultOf(api, job, plan, action, differs ? ['The NetSuite document differs from the bill.'] : []);
}

const hasContent = ({ writes }: DocumentPlan): boolean => writes.some(({ kind }) => kind !== 'delete');

/** Nothing to invoice, and no document. When the ledger still remembers one, it was deleted: for this very reason, by a run that died, or by a person. */
async function nothingLeft(api: NetSuiteApi, job: BillJob, documents: readonly FoundDocument[], plan: DocumentPlan): Promise<SendResult> {
	const { ledgerDocumentId } = job;
	if (ledgerDocumentId === undefined || documents.some(({ document }) => document.id === ledgerDocumentId)) return resultOf(api, job, plan, 'skipped', plan.warnings);
	await checkLedger(api, job, 'recreate');
	return resultOf(api, job, plan, 'updated', [emptied(`Record ${ledgerDocumentId}`)]);
}

async function readState(api: NetSuiteApi, job: BillJob, rows: readonly KnownRow[], options: NetSuiteBillOptions): Promise<FoundDocument[]> {
	const documents = await readDocuments(api, job, rows);
	if (documents.length === 0 && job.draft.lines.length > 0) await checkLedger(api, job, options.whenRemoved);
	return documents;
}

/** Carries a plan out and gives the rows to read afterwards, or NetSuite's refusal, which another execution may have caused. */
async function carryOut(api: NetSuiteApi, writes: readonly NetSuiteWrite[], rows: readonly KnownRow[]): Promise<readonly KnownRow[] | Failure> {
	let after = rows;
	for (const write of writes) {
		try {
			after = await carryOutOne(api, write, after);
		} catch (error) {
			const failure = toFailure(error);
			if (write.kind === 'approve' && (failure.kind === 'refused' || failure.kind === 'permission')) throw notApproved(write.id, failure);
			if (failure.kind === 'refused' || failure.kind === 'not-found') return failure;
			throw toFailure(failure);
		}
	}
	return after;
}

async function carryOutOne(api: NetSuiteApi, write: NetSuiteWrite, rows: readonly KnownRow[]): Promise<readonly KnownRow[]> {
	if (write.kind === 'create') {
		const id = await api.upsert(write.type, write.externalId, write.body);
		return [...rows.filter((row) => row.id !== id), { id, recordtype: write.type, externalid: write.externalId }];
	}
	if (write.kind === 'delete') {
		await api.remove(write.type, write.id);
		return rows.filter(({ id }) => id !== write.id);
	}
	await api.update(write.type, write.id, write.body);
	// The status was that of before the write.
	return rows.map((row) => (row.id === write.id ? { ...row, status: undefined } : row));
}

/** The records as they are now, when they changed since they were read; else the refusal stands. */
async function rowsAfterRefusal(api: NetSuiteApi, job: BillJob, before: readonly FoundDocument[], known: readonly KnownRow[], refusal: Failure): Promise<readonly KnownRow[]> {
	const rows = (await readRows(api, [job.bill.id])).get(job.bill.id) ?? [];
	const now = await readDocuments(api, job, rows);
	const stateOf = (documents: readonly FoundDocument[]) => JSON.stringify(documents.map(({ document }) => document));
	if (rows.length !== known.length || stateOf(now) !== stateOf(before)) return rows;
	throw refusal;
}

const notApproved = (id: string, failure: Failure) =>
	new Failure('permission', 'NetSuite did not let the document be approved', {
		description: `Document ${id} is up to date and pending approval. ${failure.description ?? ''} A workflow or the role may reserve approval for people: approve it in NetSuite, or set the option 'Approval' to 'Leave Pending'.`,
		status: failure.status,
		code: failure.code,
	});

function requestOf(write: NetSuiteWrite): PreviewResult['requests'][number] {
	if (write.kind === 'create') return { method: 'PUT', path: `${recordPath(write.type, write)}?replace=item`, body: write.body };
	const path = recordPath(write.type, write);
	if (write.kind === 'delete') return { method: 'DELETE', path };
	return { method: 'PATCH', path: write.kind === 'update' ? `${path}?replace=item` : path, body: write.body };
}

function resultOf(api: NetSuiteApi, job: BillJob, plan: DocumentPlan, action: SendAction, warnings: string[], diff = plan.diff, total = plan.current): SendResult {
	const { main } = plan;
	return sendResult({
		system: 'NetSuite',
		action,
		draft: job.draft,
		document: main
			? {
					type: main.type,
					id: main.document.id,
					number: main.document.tranId,
					url: api.screenUrl(main.type, main.document.id),
					status: isPending(main) ? 'Pending Approval' : (main.document.status?.refName ?? main.document.status?.id),
				}
			: null,
		documentTotal: fromMinorUnits(total, EXPONENT),
		diff,
		calls: api.calls,
		warnings,
	});
}
