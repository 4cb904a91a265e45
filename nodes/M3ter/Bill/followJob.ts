import { sleep, type IExecuteFunctions } from 'n8n-workflow';

const POLL = { firstMs: 500, maxMs: 15_000, factor: 1.5, sliceMs: 500 };

export const isCancelled = (context: IExecuteFunctions): boolean => context.getExecutionCancelSignal()?.aborted === true;

/**
 * Reads a job of m3ter's again and again until it is over. Ends earlier, with the job as it is then, when `timeoutMs` have
 * passed or the execution is cancelled: the job goes on in m3ter.
 */
export async function followJob<T>(context: IExecuteFunctions, read: () => Promise<T>, isOver: (job: T) => boolean, timeoutMs: number): Promise<T> {
	const deadline = Date.now() + timeoutMs;
	let job = await read();
	for (let waitMs = POLL.firstMs; !isOver(job) && !isCancelled(context) && Date.now() < deadline; waitMs = Math.min(POLL.maxMs, waitMs * POLL.factor)) {
		const until = Math.min(deadline, Date.now() + waitMs);
		for (let left = until - Date.now(); left > 0 && !isCancelled(context); left = until - Date.now()) await sleep(Math.min(POLL.sliceMs, left));
		job = await read();
	}
	return job;
}
