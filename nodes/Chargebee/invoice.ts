import type { BillJob } from '../M3ter/billTarget';
import { diffLines, hasChanges, totalOf } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import type { ChargebeeApi } from './api';
import { carryOut, type Carried } from './carryOut';
import { marksOf, type BillMarks, type ChargebeeExistingLine } from './lines';
import type { ChargebeeBillOptions } from './options';
import { planBill, type BillPlan, type ChargebeeDiff } from './plan';
import type { RequestContext } from './requests';
import type { ChargebeeInvoice } from './schemas';
import { isOurs, openLines, readState, type BillState } from './state';

/** Another execution may write at the same time, or Chargebee answer from memory: read again and settle the rest, this many times. */
const MAX_ROUNDS = 4;

/** One bill on its way: what it needs in every round. */
interface Errand {
	api: ChargebeeApi;
	job: BillJob;
	options: ChargebeeBillOptions;
	subscriptionId: string | undefined;
	marks: BillMarks;
}

const errandOf = (chargebee: ChargebeeApi, job: BillJob, subscriptionId: string | undefined, options: ChargebeeBillOptions): Errand => ({
	api: chargebee.counted(),
	job,
	options,
	subscriptionId,
	marks: marksOf(job, options, subscriptionId),
});

async function look(errand: Errand, round: number): Promise<{ state: BillState; plan: BillPlan }> {
	const { api, job, options, marks, subscriptionId } = errand;
	const state = await readState(api, job, options, marks);
	if (state.removedId !== undefined && options.whenRemoved === 'fail' && options.target !== 'unbilledCharges' && state.removedId !== subscriptionId) throw removed(job, state.removedId);
	const context: RequestContext = { job, options, marks, catalog: await api.catalog(), round, now: Math.floor(Date.now() / 1000) };
	return { state, plan: planBill(context, state, subscriptionId) };
}

/** Brings the bill's charges to Chargebee, to the target the options name, and keeps them equal to the bill until their invoice is closed. */
export async function sendToChargebee(chargebee: ChargebeeApi, job: BillJob, subscriptionId: string | undefined, options: ChargebeeBillOptions): Promise<SendResult> {
	const errand = errandOf(chargebee, job, subscriptionId, options);
	const done: { action?: 'created' | 'updated'; diff?: ChargebeeDiff } = {};
	let interference: Failure | undefined;
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const { state, plan } = await look(errand, round);
		const before = openLines(state);
		const idle = outcomeWithoutWriting(errand, state, plan);
		if (idle !== undefined) {
			const action = idle.action === 'unchanged' ? (done.action ?? 'unchanged') : idle.action;
			return resultOf(errand, plan, action, { diff: done.diff, lines: before, document: documentOf(errand, plan, state), warnings: idle.warnings, credit: plan.credit.before });
		}
		const carried = await carryOut(errand.api, plan, before, errand.marks);
		if (carried.sent > 0) {
			done.action ??= before.length === 0 && state.closed.length === 0 ? 'created' : 'updated';
			done.diff ??= plan.diff;
		}
		if (carried.lines !== undefined && !hasChanges(diffLines(plan.wanted, carried.lines))) {
			return resultOf(errand, plan, done.action ?? 'updated', { diff: done.diff, lines: carried.lines, document: documentOf(errand, plan, state, carried), warnings: [], credit: plan.credit.after });
		}
		interference = carried.interference;
	}
	throw interference ?? new Failure('conflict', 'The charges in Chargebee keep changing while they are written', {
		description: `Bill ${job.bill.id}: other executions or people are changing them at the same moment. Send the bill again.`,
	});
}

/** What {@link sendToChargebee} would do. */
export async function previewInChargebee(chargebee: ChargebeeApi, job: BillJob, subscriptionId: string | undefined, options: ChargebeeBillOptions): Promise<PreviewResult> {
	const errand = errandOf(chargebee, job, subscriptionId, options);
	const { state, plan } = await look(errand, 1);
	const idle = outcomeWithoutWriting(errand, state, plan);
	const action = idle?.action ?? (openLines(state).length === 0 && state.closed.length === 0 ? 'created' : 'updated');
	const after = idle ? { lines: openLines(state), credit: plan.credit.before } : { lines: plan.wanted, credit: plan.credit.after };
	const result = resultOf(errand, plan, action, { diff: plan.diff, document: documentOf(errand, plan, state), warnings: idle?.warnings ?? [], ...after });
	return { ...result, requests: idle ? [] : plan.requests.map(({ path, body }) => ({ method: 'POST', path: `/api/v2${path}`, body })) };
}

/** The bill's charges as they are, compared with the bill. */
export async function statusInChargebee(chargebee: ChargebeeApi, job: BillJob, subscriptionId: string | undefined, options: ChargebeeBillOptions): Promise<SendResult> {
	const reading: ChargebeeBillOptions = { ...options, whenLocked: 'report', whenRemoved: 'recreate', noPending: 'skip', whichPending: 'byPeriod', close: false, credits: options.credits === 'discount' ? 'discount' : 'promotionalCredit' };
	const errand = errandOf(chargebee, job, subscriptionId, reading);
	const { state, plan } = await look(errand, 1);
	const lines = openLines(state);
	const none = lines.length === 0 && state.closed.length === 0 && plan.credit.before === 0;
	const action: SendAction = none ? 'skipped' : !plan.differs ? 'unchanged' : state.closed.length > 0 ? 'locked' : 'updated';
	const warnings = none ? ['Chargebee has no charges of this bill yet.'] : plan.differs ? ['The charges in Chargebee differ from the bill.'] : [];
	return resultOf(errand, plan, action, { diff: plan.diff, lines, document: none ? null : documentOf(errand, plan, state), warnings, credit: plan.credit.before });
}

/** Decides whether there is nothing to write, and what to call that. */
function outcomeWithoutWriting({ job, options }: Errand, state: BillState, plan: BillPlan): { action: SendAction; warnings: string[] } | undefined {
	const [closed] = state.closed;
	if (plan.isLocked) {
		const what = `Invoice ${closed.invoice.id} is ${closed.invoice.status} and can no longer be changed, but bill ${job.bill.id} has changed.`;
		if (options.whenLocked === 'report') return { action: 'locked', warnings: [what] };
		throw new Failure('locked', 'The Chargebee invoice is closed and differs from the bill', {
			description: `${what} Void it in Chargebee, or set 'When Locked' to 'Send Difference'.`,
		});
	}
	if (plan.home.kind === 'none' && plan.diff.add.length + plan.diff.change.length > 0) {
		if (options.noPending === 'skip' && plan.home.failure.kind === 'not-found') return { action: 'skipped', warnings: [plan.home.failure.description ?? plan.home.failure.message] };
		throw plan.home.failure;
	}
	if (plan.requests.length > 0) return undefined;
	const nothing = plan.wanted.length === 0 && state.closed.length === 0 && plan.credit.after === 0;
	return nothing ? { action: 'skipped', warnings: ['The bill has nothing to invoice.'] } : { action: 'unchanged', warnings: [] };
}

/** The document a bill's charges are on: the invoice just written, else the draft that holds them, else the waiting charges, else the closed invoice. */
function documentOf({ api, subscriptionId }: Errand, { home }: BillPlan, state: BillState, carried?: Carried): SendResult['document'] {
	const holding = carried?.invoice ?? state.pending.find(({ lines }) => lines.some(isOurs))?.invoice;
	if (holding !== undefined) return invoiceDocument(api, holding);
	const waiting = (carried?.lines ?? state.unbilled).some(({ invoiceId }) => invoiceId === undefined);
	if (waiting || (home.kind === 'unbilled' && state.closed.length === 0)) {
		const id = home.kind === 'unbilled' ? home.subscriptionId : (subscriptionId ?? '');
		return { type: 'unbilledCharges', id, url: api.pageUrl(`subscriptions/${id}/details`), status: 'unbilled' };
	}
	const invoice = state.closed[0]?.invoice ?? (home.kind === 'invoice' ? home.held.invoice : undefined);
	return invoice ? invoiceDocument(api, invoice) : null;
}

const invoiceDocument = (api: ChargebeeApi, { id, status }: ChargebeeInvoice): SendResult['document'] => ({
	type: 'invoice',
	id,
	// A draft's id is provisional; the number is taken when it closes.
	...(status === 'pending' ? {} : { number: id }),
	url: api.pageUrl(`invoices/${id}/details`),
	status,
});

const removed = (job: BillJob, id: string) =>
	new Failure('not-found', 'The Chargebee invoice of this bill was deleted or voided', {
		description: `Invoice ${id} of bill ${job.bill.id} is gone. To invoice the bill again, set the option 'When Deleted or Void' to 'Create Again'.`,
	});

interface ResultFacts {
	/** The line edits that were made, or would be. */
	diff?: ChargebeeDiff;
	/** Lines of the bill outside closed invoices. */
	lines: Iterable<Pick<ChargebeeExistingLine, 'amount'>>;
	credit: number;
	document: SendResult['document'];
	warnings: string[];
}

function resultOf({ api, job }: Errand, plan: BillPlan, action: SendAction, { diff = plan.diff, lines, credit, document, warnings }: ResultFacts): SendResult {
	const onInvoice = totalOf(lines) + totalOf(diff.foreign) + plan.settled - credit;
	return sendResult({
		system: 'Chargebee',
		action,
		draft: job.draft,
		document,
		documentTotal: fromMinorUnits(onInvoice, job.draft.decimals),
		diff,
		calls: api.calls,
		warnings,
	});
}
