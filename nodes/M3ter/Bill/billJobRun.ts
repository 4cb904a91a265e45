import type { IExecuteFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { M3terApi } from '../api';
import { followJob } from './followJob';

/** m3ter bills or recalculates at most this many accounts or bills in one job. */
export const PER_JOB = 100;

export const billJobSchema = z
	.object({
		id: z.string(),
		status: z.string().nullish(),
		type: z.string().nullish(),
		total: z.number().nullish(),
		pending: z.number().nullish(),
		accountIds: z.array(z.string()).nullish(),
		billIds: z.array(z.string()).nullish(),
	})
	.passthrough();

export type BillJob = z.output<typeof billJobSchema>;

export interface Waiting {
	wait: boolean;
	timeoutMs: number;
}

/** The "Wait for Completion" and "Timeout (Minutes)" parameters. */
export const waitingOf = (context: IExecuteFunctions, itemIndex: number): Waiting => ({
	wait: context.getNodeParameter('wait', itemIndex, true) === true,
	timeoutMs: Number(context.getNodeParameter('timeoutMinutes', itemIndex, 30)) * 60_000,
});

/** m3ter has no status for a job that failed: what a job could not do is only seen on its bills. */
export const isOver = ({ status }: BillJob): boolean => status === 'COMPLETE' || status === 'CANCELLED';

export const jobPath = (id: string): string => `/billjobs/${encodeURIComponent(id)}`;

/** The job when it is over, or as it is when the time is up; each look at it is one line in n8n's log. */
export async function finishJob(context: IExecuteFunctions, api: M3terApi, id: string, timeoutMs: number): Promise<BillJob> {
	const read = async () => {
		const job = billJobSchema.parse(await api.get(jobPath(id)));
		const total = job.total ?? 0;
		context.logger.info(`m3ter bill job: ${total - (job.pending ?? total)} of ${total} bills`, { jobId: id, status: job.status });
		return job;
	};
	return await followJob(context, read, isOver, timeoutMs);
}
