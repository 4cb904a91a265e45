import type { IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';

import { settled } from '../../n8n/errors';
import { chunk } from '../../shared/batching';
import { Failure } from '../../shared/failure';
import type { M3terApi } from '../api';
import { asJson } from '../operation';
import { billJobSchema, finishJob, PER_JOB, waitingOf, type BillJob } from './billJobRun';
import { forBills, lockedFailure, readHeaders, withBill } from './change';
import { noSuchBill, type BillHeader } from './read';

const FIELDS = ['action', 'dryRun', 'id', 'accountCode', 'status', 'currency', 'billTotal', 'previousTotal', 'previouslyApproved', 'recalculationJobId'];

/** What became of the job a bill was put into. */
type JobOf = Map<string, BillJob | Failure>;

/**
 * "Recalculate" for the bills of all items at once. A job does not say which bills it could not calculate, so each bill is
 * read before and after: one whose `lastCalculatedDate` stayed was not calculated.
 */
export async function recalculateBills(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await forBills(context, FIELDS, async (api, ids) => {
		const before = await readHeaders(api, ids);
		const unlocked = [...before.values()].filter(({ locked }) => locked !== true).map(({ id }) => id);
		if (context.getNodeParameter('dryRun', 0, false) === true) return dryRun(ids, before);
		const jobs: JobOf = new Map();
		for (const part of chunk(unlocked, PER_JOB)) await recalculate(context, api, part, jobs);
		const after = await readHeaders(api, unlocked);
		return new Map(ids.map((id) => [id, outcomeOf(id, before.get(id), after.get(id), jobs.get(id))]));
	});
}

/** Starts a job and, when asked to, waits for it. m3ter refuses a job because of one bill: the halves are tried then. */
async function recalculate(context: IExecuteFunctions, api: M3terApi, ids: string[], jobs: JobOf): Promise<void> {
	const { wait, timeoutMs } = waitingOf(context, 0);
	const outcome = await settled(async () => {
		// Calculating a bill twice gives the same bill.
		const started = billJobSchema.parse(await api.post('/billjobs/recalculate', { billIds: ids }, { repeatable: true }));
		return wait ? await finishJob(context, api, started.id, timeoutMs) : started;
	});
	const oneIsRefused = outcome instanceof Failure && (outcome.kind === 'refused' || outcome.kind === 'not-found');
	if (!oneIsRefused || ids.length === 1) {
		for (const id of ids) jobs.set(id, outcome);
		return;
	}
	for (const half of chunk(ids, Math.ceil(ids.length / 2))) await recalculate(context, api, half, jobs);
}

function outcomeOf(id: string, before: BillHeader | undefined, after: BillHeader | undefined, job: BillJob | Failure | undefined): JsonObject | Failure {
	if (before?.locked === true) return lockedFailure(before);
	if (before === undefined || after === undefined) return noSuchBill(id);
	if (job instanceof Failure) return withBill(id, job);
	const about = { recalculationJobId: job?.id ?? null, previousTotal: before.billTotal ?? null, previouslyApproved: before.status === 'APPROVED' };
	if (after.lastCalculatedDate !== before.lastCalculatedDate) return asJson({ action: 'recalculated', ...about, ...after });
	if (job?.status !== 'COMPLETE' && job?.status !== 'CANCELLED') return asJson({ action: 'started', ...about, ...after });
	return new Failure('conflict', job.status === 'CANCELLED' ? 'The bill job was cancelled' : 'm3ter did not recalculate the bill', {
		description:
			`Bill ${id} was last calculated at ${String(after.lastCalculatedDate)}, before bill job ${job.id}. m3ter reports the reason only as an alert in its Console ` +
			'(for example a missing currency conversion).',
		details: { billId: id, billJobId: job.id },
	});
}

const dryRun = (ids: string[], before: Map<string, BillHeader>): Map<string, JsonObject | Failure> =>
	new Map(
		ids.map((id) => {
			const bill = before.get(id);
			if (bill === undefined) return [id, noSuchBill(id)];
			return [id, bill.locked === true ? lockedFailure(bill) : asJson({ action: 'recalculated', dryRun: true, ...bill })];
		}),
	);
