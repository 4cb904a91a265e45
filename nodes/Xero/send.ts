import type { BillJob } from '../M3ter/billTarget';
import { settled } from '../n8n/errors';
import { Failure } from '../shared/failure';
import type { SendResult } from '../shared/sendResult';
import { complaintsOf, type XeroApi } from './api';
import { writeBatches, type Written } from './batches';
import { ofCreditNote, ofInvoice, readByNumbers, readDocuments, signedTotal, type XeroDocument } from './documents';
import { withAdvice } from './errors';
import type { Facts } from './header';
import type { XeroBillOptions } from './options';
import { planDocument, type DocumentPlan, type XeroWrite } from './plan';
import { resultOf } from './result';
import { creditNoteSchema, invoiceSchema, type XeroElement } from './schemas';

/** Other executions and people may write at the same time: read again and settle the rest, this many times. */
const MAX_ROUNDS = 4;

/** One bill on its way, over several rounds. */
export interface BillWork {
	job: BillJob;
	options: XeroBillOptions;
	/** Requests this bill took part in. */
	calls: number;
	/** Documents Xero refused to change although they looked editable. */
	frozen: Set<string>;
	/** Documents of this bill that were found by their number. */
	found: XeroDocument[];
	/** What the first round that wrote something did. */
	done?: { action: 'created' | 'updated'; diff: DocumentPlan['diff'] };
	outcome?: SendResult | Failure;
}

export const newWork = (job: BillJob, options: XeroBillOptions): BillWork => ({ job, options, calls: 0, frozen: new Set(), found: [] });

/**
 * Creates and corrects the documents of many bills with as few requests as Xero allows: look-ups for all of them, then batches
 * of 50. Each bill is answered for itself.
 * @param attempt makes idempotency keys of this execution its own, because Xero remembers refusals for six minutes, too
 */
export async function sendDocuments(api: XeroApi, works: readonly BillWork[], facts: Facts, attempt: string): Promise<void> {
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const pending = works.filter(({ outcome }) => outcome === undefined);
		if (pending.length === 0) return;
		const plans = await planAll(api, pending, facts);
		const writing = pending.flatMap((work) => {
			const plan = plans.get(work);
			if (plan === undefined || work.outcome !== undefined) return [];
			if (plan.idle === undefined) return [{ work, plan }];
			work.outcome = idleResult(work, plan, facts);
			return [];
		});
		await carryOut(api, writing, facts, `${attempt}-${round}`);
	}
	for (const work of works.filter(({ outcome }) => outcome === undefined)) work.outcome = restless(work);
}

const restless = ({ job }: BillWork) =>
	new Failure('conflict', 'The Xero document keeps changing while it is written', {
		description: `Bill ${job.bill.id}: other executions or people are changing its document at the same moment. Send the bill again.`,
	});

/** Reads what Xero holds for all of them and decides what to do for each; sets the outcome of those that cannot go on. */
export async function planAll(api: XeroApi, works: readonly BillWork[], facts: Facts): Promise<Map<BillWork, DocumentPlan>> {
	const before = api.calls;
	const state = await settled(async () => await readDocuments(api, works.map(({ job }) => job)));
	const plans = new Map<BillWork, DocumentPlan>();
	for (const work of works) {
		work.calls += api.calls - before;
		const { job, options, frozen, found } = work;
		const refusal = state instanceof Failure ? state : state.refused.get(job.bill.id);
		if (state instanceof Failure || refusal !== undefined) {
			work.outcome = refusal;
			continue;
		}
		const known = state.byBill.get(job.bill.id.toLowerCase()) ?? [];
		const documents = [...known, ...found.filter(({ id }) => !known.some((document) => document.id === id))];
		const plan = await settled(async () => planDocument(job, { documents, frozen }, options, facts));
		if (plan instanceof Failure) work.outcome = plan;
		else plans.set(work, plan);
	}
	return plans;
}

export function idleResult(work: BillWork, plan: DocumentPlan, facts: Facts): SendResult {
	const { idle: action = 'unchanged', warnings } = plan;
	const { done } = work;
	return resultOf(work, facts, {
		action: done && (action === 'unchanged' || action === 'skipped') ? done.action : action,
		document: plan.document,
		total: plan.idle ? plan.current : plan.after,
		diff: done?.diff ?? plan.diff,
		warnings,
	});
}

interface Writing {
	work: BillWork;
	plan: DocumentPlan;
}

interface OneWrite extends Writing {
	write: XeroWrite;
}

/** New documents first: should the run end in between, a bill has two documents, which the next run mends, and never none. */
const ORDER: Array<[XeroWrite['method'], XeroWrite['resource']]> = [
	['PUT', 'Invoices'],
	['PUT', 'CreditNotes'],
	['POST', 'Invoices'],
	['POST', 'CreditNotes'],
];

async function carryOut(api: XeroApi, writing: readonly Writing[], facts: Facts, attempt: string): Promise<void> {
	const main = new Map<BillWork, XeroDocument>();
	const taken: OneWrite[] = [];
	const numberTaken: Writing[] = [];
	const again = new Set<BillWork>();
	for (const [method, resource] of ORDER) {
		const writes = writing.flatMap(({ work, plan }): OneWrite[] =>
			work.outcome !== undefined || again.has(work) ? [] : plan.writes.filter((write) => write.method === method && write.resource === resource).map((write) => ({ work, plan, write })),
		);
		const answers = await writeBatches(api, method, resource, writes, ({ write }) => write.body, attempt);
		answers.forEach((answer, index) => {
			const one = writes[index];
			one.work.calls += answer.calls;
			const verdict = judge(one, answer);
			if (verdict instanceof Failure) one.work.outcome = verdict;
			else if (verdict === 'number taken') numberTaken.push(one);
			if (verdict === 'again' || verdict === 'number taken') again.add(one.work);
			if (typeof verdict === 'string' || verdict instanceof Failure) return;
			taken.push(one);
			one.work.done ??= { action: method === 'PUT' ? 'created' : 'updated', diff: one.plan.diff };
			if (one.write.role === 'main') main.set(one.work, verdict);
		});
	}
	await adoptByNumber(api, numberTaken);
	for (const { work, plan } of writing) {
		if (work.outcome !== undefined || again.has(work)) continue;
		work.outcome = writtenResult(work, plan, main.get(work), facts);
	}
}

const FINAL = /not of valid status/i;
/** Seen here only where the lock dates cannot be read for want of a scope. */
const LOCKED_PERIOD = /lock date/i;

/** The document as it is now; or a refusal; or that the bill has to be looked at once more. */
function judge({ work, write }: OneWrite, { element }: Written): XeroDocument | Failure | 'again' | 'number taken' {
	if (element instanceof Failure) return element;
	const complaints = complaintsOf(element);
	if (complaints.length === 0) return documentOf(write, element);
	const { job } = work;
	if (write.method === 'PUT' && complaints.some((text) => /must be unique/i.test(text))) return 'number taken';
	if (write.document !== undefined && complaints.some((text) => FINAL.test(text) || (write.document?.status === 'AUTHORISED' && LOCKED_PERIOD.test(text)))) {
		work.frozen.add(write.document.id);
		return 'again';
	}
	return new Failure('refused', `Xero refused the ${write.resource === 'Invoices' ? 'invoice' : 'credit note'}`, {
		description: `Bill ${job.bill.id} of account ${job.account.code}: ${withAdvice(complaints)}`,
	});
}

const documentOf = ({ resource }: XeroWrite, element: XeroElement): XeroDocument =>
	resource === 'Invoices' ? ofInvoice(invoiceSchema.parse(element)) : ofCreditNote(creditNoteSchema.parse(element));

/** Verified against what Xero says it stored; undefined when that is not what was asked for, so that the next round mends it. */
function writtenResult(work: BillWork, plan: DocumentPlan, document: XeroDocument | undefined, facts: Facts): SendResult | undefined {
	const wanted = plan.writes.some(({ role }) => role === 'main');
	const total = plan.mainTotal * (plan.kind === 'invoice' ? 1 : -1) || 0;
	if (wanted && (document === undefined || signedTotal(document) !== total)) return undefined;
	return resultOf(work, facts, {
		action: work.done?.action ?? 'updated',
		document: document ?? plan.remains,
		total: plan.after,
		diff: work.done?.diff ?? plan.diff,
		warnings: plan.warnings,
	});
}

/** A number that is in use belongs to another execution's document of the same bill, or to somebody else's, which is left alone. */
async function adoptByNumber(api: XeroApi, writing: readonly Writing[]): Promise<void> {
	for (const kind of ['invoice', 'creditNote'] as const) {
		const mine = writing.filter(({ plan }) => plan.kind === kind);
		const before = api.calls;
		const documents = await settled(async () => await readByNumbers(api, kind, mine.flatMap(({ plan }) => plan.number ?? [])));
		for (const { work, plan } of mine) {
			work.calls += api.calls - before;
			const found = documents instanceof Failure ? documents : documents.find(({ number }) => number === plan.number);
			if (found instanceof Failure) work.outcome = found;
			else if (found?.mark?.billId === work.job.bill.id.toLowerCase()) work.found.push(found);
			else work.outcome = foreignNumber(work, plan.number, found);
		}
	}
}

function foreignNumber({ job }: BillWork, number: string | undefined, found: XeroDocument | undefined): Failure {
	const whose = found === undefined ? 'another document' : `${found.kind === 'invoice' ? 'an invoice' : 'a credit note'} (${found.id}) that was not made for this bill`;
	return new Failure('conflict', 'The invoice number is in use in Xero', {
		description: `Bill ${job.bill.id} of account ${job.account.code}: number ${number ?? ''} belongs to ${whose}. It was left alone. Set the option 'Invoice Number Prefix', or let Xero number the documents.`,
	});
}
