import { toFailure } from '../n8n/errors';
import { chunk } from '../shared/batching';
import { hasChanges } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import { BATCH_SIZE, type QuickBooksApi, type Write } from './api';
import type { Company } from './company';
import { lockOf, planDocument, signedSubtotal, type BillDocument, type BillState, type DocumentPlan, type Task } from './documentPlan';
import { holderOfNumber } from './faults';
import { EXPONENT } from './lines';
import { originOf } from './note';
import { documentSchema, type QboDocument } from './schemas';
import { readStates, type Knowledge } from './state';

/** Another execution may write at the same time: read again and settle the rest, this many times. */
const MAX_ROUNDS = 5;

/** How far a bill has come in this run. */
interface Progress extends Knowledge {
	action?: 'created' | 'updated';
	diff?: DocumentPlan['diff'];
	warnings: string[];
	numberRefused: boolean;
}

interface Step {
	task: Task;
	plan: DocumentPlan;
}

/**
 * Makes one document per bill and keeps it equal to the bill; at most {@link BATCH_SIZE} bills, written in one batch.
 * Each bill ends for itself. What was created is looked up once more: it must be there, once.
 */
export async function sendDocuments(quickBooks: QuickBooksApi, company: Company, tasks: readonly Task[]): Promise<Array<SendResult | Failure>> {
	const api = quickBooks.counted();
	const outcomes = new Map<Task, SendResult | Failure>();
	const progress = new Map<Task, Progress>(tasks.map((task) => [task, { warnings: [], numberRefused: false }]));
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const open = tasks.filter((task) => !outcomes.has(task));
		if (open.length === 0) break;
		const steps = nextSteps(api, company, open, await readStates(api, company, open, progress), progress, outcomes);
		const entries = steps.flatMap((step) => step.plan.writes.map((write) => ({ step, write })));
		for (const part of chunk(entries, BATCH_SIZE)) {
			const answers = await api.write(part.map(({ write }) => write));
			part.forEach(({ step, write }, index) => take(api, company, step, write, answers[index], progressOf(progress, step.task), outcomes));
		}
	}
	return tasks.map((task) => outcomes.get(task) ?? keepsChanging(task));
}

function progressOf(progress: ReadonlyMap<Task, Progress>, task: Task): Progress {
	return progress.get(task) ?? { warnings: [], numberRefused: false };
}

/** Ends the bills that need no write and returns the plans of the others. */
function nextSteps(
	api: QuickBooksApi,
	company: Company,
	open: readonly Task[],
	states: ReadonlyMap<Task, BillState | Failure>,
	progress: ReadonlyMap<Task, Progress>,
	outcomes: Map<Task, SendResult | Failure>,
): Step[] {
	return open.flatMap((task) => {
		try {
			const state = stateOf(states, task);
			const plan = planDocument(task, state, company);
			const done = progressOf(progress, task);
			const idle = withoutWriting(task, state, plan, company, done.action !== undefined);
			if (idle === undefined) return [{ task, plan }];
			const action = idle.action === 'unchanged' ? (done.action ?? 'unchanged') : idle.action;
			const warnings = [...done.warnings, ...idle.warnings];
			outcomes.set(task, resultOf(api, company, task, plan, action, { diff: done.diff, warnings }));
		} catch (error) {
			outcomes.set(task, toFailure(error));
		}
		return [];
	});
}

function stateOf(states: ReadonlyMap<Task, BillState | Failure>, task: Task): BillState {
	const state = states.get(task) ?? new Failure('not-found', 'The state of the bill was not read', { description: `Bill ${task.job.bill.id}` });
	if (state instanceof Failure) throw state;
	return state;
}

/** What one write came to. Refusals that a fresh look can settle leave the bill to the next round. */
function take(
	api: QuickBooksApi,
	company: Company,
	{ task, plan }: Step,
	write: Write,
	answer: Record<string, unknown> | Failure,
	done: Progress,
	outcomes: Map<Task, SendResult | Failure>,
): void {
	if (answer instanceof Failure) {
		const verdict = verdictOn(answer, write, done);
		if (verdict !== undefined) outcomes.set(task, verdict);
		return;
	}
	if (write.operation === 'delete') return;
	const document = documentSchema.parse(answer);
	done.diff ??= plan.diff;
	if (write.operation === 'create') {
		done.action = 'created';
		done.created = { type: plan.type, id: document.Id, generation: originOf(document.PrivateNote)?.generation ?? 1 };
		return;
	}
	done.action ??= 'updated';
	if (plan.current?.document.EmailStatus === 'EmailSent') done.warnings.push('The document had been emailed before; send the corrected one to the customer again.');
	const current: BillDocument = { type: plan.type, document, origin: plan.current?.origin ?? { billId: task.job.bill.id, generation: 1, lines: 0 } };
	if (signedSubtotal(current) !== plan.subtotal || plan.writes.length > 1) return;
	outcomes.set(task, resultOf(api, company, task, { ...plan, current }, done.action, { diff: done.diff, warnings: done.warnings }));
}

/** 5010: somebody was faster. 6140: the named document is looked at, and adopted when it is the bill's. 610: it was deleted meanwhile. */
function verdictOn(failure: Failure, { operation }: Write, done: Progress): Failure | undefined {
	if (failure.code === '5010' || (failure.code === '610' && operation === 'delete')) return undefined;
	if (failure.code === '6140' && !done.numberRefused) {
		done.numberRefused = true;
		const holder = holderOfNumber(failure);
		if (holder?.type === 'Invoice' || holder?.type === 'CreditMemo') done.hint = holder.id;
		return undefined;
	}
	return failure;
}

const keepsChanging = ({ job }: Task) =>
	new Failure('conflict', 'The QuickBooks document keeps changing while it is written', {
		description: `Bill ${job.bill.id}: other executions or people are changing its document at the same moment. Send the bill again.`,
	});

/** Decides whether there is nothing to write, and what to call that. */
function withoutWriting({ job, context }: Task, state: BillState, plan: DocumentPlan, company: Company, written: boolean): { action: SendAction; warnings: string[] } | undefined {
	const { options } = context;
	if (state.removedId !== undefined && options.whenRemoved === 'fail' && !written) throw removed(job.bill.id, state.removedId);
	if (plan.writes.length === 0) {
		const none = plan.current === undefined && plan.settledDocuments.length === 0;
		return none ? { action: 'skipped', warnings: ['The bill has nothing to invoice.'] } : { action: 'unchanged', warnings: [] };
	}
	const locked = plan.current === undefined ? plan.settledDocuments.at(-1) : undefined;
	if (locked === undefined || options.whenLocked === 'adjust') return undefined;
	const reason = lockOf(locked, company) ?? (locked.type === 'Invoice' ? 'an invoice, and the bill is negative now' : 'a credit memo, and the bill is positive now');
	const what = `${nameOf(locked)} is ${reason}, and differs from bill ${job.bill.id}.`;
	if (options.whenLocked === 'report') return { action: 'locked', warnings: [what] };
	throw new Failure('locked', 'The QuickBooks document can no longer be changed and differs from the bill', {
		description: `${what} Correct it in QuickBooks, or set 'When Locked' to 'Send Difference'.`,
	});
}

const nameOf = ({ type, document }: BillDocument) => `${type === 'Invoice' ? 'Invoice' : 'Credit memo'} ${document.DocNumber ?? document.Id}`;

const removed = (billId: string, documentId: string) =>
	new Failure('not-found', 'The QuickBooks document of this bill was deleted or voided', {
		description: `Document ${documentId} of bill ${billId} is gone. To invoice the bill again, set the option 'When Deleted or Void' to 'Create Again'.`,
	});

/** What {@link sendDocuments} would do. */
export async function previewDocuments(quickBooks: QuickBooksApi, company: Company, tasks: readonly Task[]): Promise<Array<PreviewResult | Failure>> {
	const api = quickBooks.counted();
	const states = await readStates(api, company, tasks, new Map());
	return tasks.map((task) => {
		try {
			const state = stateOf(states, task);
			const plan = planDocument(task, state, company);
			const idle = withoutWriting(task, state, plan, company, false);
			const action = idle?.action ?? (plan.current ? 'updated' : 'created');
			const result = resultOf(api, company, task, plan, action, { warnings: idle?.warnings ?? [], planned: idle === undefined });
			const requests = idle ? [] : plan.writes.map((write) => ({ method: 'POST', path: `/v3/company/${api.realmId}/${write.entity.toLowerCase()}`, body: write.body }));
			return { ...result, requests };
		} catch (error) {
			return toFailure(error);
		}
	});
}

/** The documents as they are, compared with their bills. */
export async function documentStatuses(quickBooks: QuickBooksApi, company: Company, tasks: readonly Task[]): Promise<Array<SendResult | Failure>> {
	const api = quickBooks.counted();
	const states = await readStates(api, company, tasks, new Map());
	return tasks.map((task) => {
		try {
			const { documents } = stateOf(states, task);
			const asked = { ...task, context: { ...task.context, options: { ...task.context.options, negativeTotal: 'creditMemo' as const } } };
			const plan = planDocument(asked, { documents, taken: [] }, company);
			if (documents.length === 0) return resultOf(api, company, task, plan, 'skipped', { warnings: ['There is no document for this bill yet.'] });
			const differs = hasChanges(plan.diff);
			const action: SendAction = !differs ? 'unchanged' : plan.current === undefined ? 'locked' : 'updated';
			return resultOf(api, company, task, plan, action, { warnings: differs ? ['The document differs from the bill.'] : [] });
		} catch (error) {
			return toFailure(error);
		}
	});
}

interface ResultDetails {
	diff?: DocumentPlan['diff'];
	warnings: string[];
	/** Totals as they will be, not as they are. */
	planned?: boolean;
}

function resultOf(api: QuickBooksApi, company: Company, { job }: Task, plan: DocumentPlan, action: SendAction, { diff = plan.diff, warnings, planned = false }: ResultDetails): SendResult {
	const shown = plan.current ?? plan.settledDocuments.at(-1);
	const onDocument = planned ? plan.subtotal : plan.current === undefined ? 0 : signedSubtotal(plan.current);
	return sendResult({
		system: 'QuickBooks',
		action,
		draft: job.draft,
		document: shown
			? {
					type: shown.type === 'Invoice' ? 'invoice' : 'credit memo',
					id: shown.document.Id,
					number: shown.document.DocNumber,
					url: api.webUrl(shown.type, shown.document.Id),
					status: statusOf(shown.document, lockOf(shown, company)),
				}
			: null,
		documentTotal: fromMinorUnits(onDocument + plan.settled, EXPONENT),
		diff,
		calls: api.calls,
		warnings,
	});
}

const statusOf = ({ Balance }: QboDocument, lock: string | undefined): string => lock ?? (Balance === 0 ? 'settled' : 'open');
