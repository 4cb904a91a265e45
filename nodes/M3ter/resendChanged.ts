import { settled } from '../n8n/errors';
import type { Bill } from '../shared/bill';
import { Failure } from '../shared/failure';
import type { SendResult } from '../shared/sendResult';
import type { M3terApi } from './api';
import type { BillJob } from './billTarget';
import { readBills } from './bills';

/** A bill that changes more often than that during one run is left to the next one. */
const MAX_ROUNDS = 3;

type Outcome = SendResult | Failure;

interface Sent {
	job: BillJob;
	result: SendResult;
	/** Place among the run's outcomes. */
	position: number;
}

/** The job for a newer version of its bill; may throw a Failure. */
type Renew = (job: BillJob, bill: Bill) => BillJob;
type Send = (jobs: BillJob[]) => Promise<Outcome[]>;

/**
 * Makes sure that the newest version of a bill is what stands in the other system. A bill may be recalculated while it is
 * sent, and a run that read the older version may write after one that read the newer. So every run compares what it
 * wrote with m3ter once more, and sends again what has changed: whoever writes last has seen the newest version.
 */
export async function resendChanged(api: M3terApi, jobs: readonly BillJob[], results: readonly Outcome[], renew: Renew, send: Send): Promise<Outcome[]> {
	const latest = [...results];
	let written = jobs.flatMap((job, position) => sentOf(job, results[position], position));
	for (let round = 1; written.length > 0; round++) {
		const changed = await settled(async () => await changedBills(api, written));
		if (changed instanceof Failure) {
			for (const { position, result } of written) latest[position] = withWarning(result, `Whether the bill changed meanwhile could not be checked: ${changed.message}.`);
			break;
		}
		if (round > MAX_ROUNDS) {
			for (const { position, result } of changed) latest[position] = withWarning(result, 'The bill keeps changing while it is sent. Send it again.');
			break;
		}
		written = await sendAgain(changed, renew, send, latest);
	}
	return latest;
}

async function changedBills(api: M3terApi, written: readonly Sent[]): Promise<Array<Sent & { bill: Bill }>> {
	const bills = await readBills(api, written.map(({ job }) => job.bill.id));
	return written.flatMap((sent) => {
		const bill = bills.get(sent.job.bill.id);
		return bill === undefined || bill.version === sent.job.bill.version ? [] : [{ ...sent, bill }];
	});
}

/** Puts the new outcomes into `latest`; gives back what was written. */
async function sendAgain(changed: ReadonlyArray<Sent & { bill: Bill }>, renew: Renew, send: Send, latest: Outcome[]): Promise<Sent[]> {
	const again: Sent[] = [];
	for (const { job, result, position, bill } of changed) {
		// The document is known now, whatever the ledger said before; or that there is none any more.
		const renewed = await settled(async () => ({ ...renew(job, bill), ledgerDocumentId: result.document?.id, emptied: result.document === null }));
		if (renewed instanceof Failure) latest[position] = renewed;
		else again.push({ job: renewed, result, position });
	}
	const outcomes = again.length === 0 ? [] : await send(again.map(({ job }) => job));
	again.forEach(({ position, result }, index) => (latest[position] = merged(result, outcomes[index])));
	return again.flatMap(({ job, position }, index) => (wrote(outcomes[index]) ? sentOf(job, latest[position], position) : []));
}

const wrote = (outcome: Outcome): outcome is SendResult => !(outcome instanceof Failure) && (outcome.action === 'created' || outcome.action === 'updated');

const sentOf = (job: BillJob, result: Outcome, position: number): Sent[] => (wrote(result) ? [{ job, result, position }] : []);

const withWarning = (result: SendResult, warning: string): SendResult => ({ ...result, warnings: [...result.warnings, warning] });

/** Both sends as one: what the document came to in the end, and all that was done on the way. */
function merged(before: SendResult, after: Outcome): Outcome {
	if (after instanceof Failure) return after;
	const calls = before.calls + after.calls;
	if (after.action === 'unchanged' || after.action === 'skipped') return { ...after, action: before.action, lines: before.lines, calls };
	return {
		...after,
		action: after.action === 'updated' ? before.action : after.action,
		lines: {
			...after.lines,
			added: before.lines.added + after.lines.added,
			changed: before.lines.changed + after.lines.changed,
			removed: before.lines.removed + after.lines.removed,
		},
		calls,
	};
}
