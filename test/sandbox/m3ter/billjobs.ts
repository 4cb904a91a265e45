/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { HttpError, type Router } from '../kit/http';
import { refuseLocked } from './bills';
import { showBill } from './billroutes';
import { billJob, recalculate } from './billschemas';
import { audit, badRequest, find, nextVersion, nowIso, type Context } from './context';
import { emit } from './events';
import { boolParam, ok, page, parseBody } from './requests';
import { ORG } from './resource';
import { billAccount, rateAgain, type BillJobBody } from './rating';
import type { BillJob } from './state';

/** Bill jobs: they run in the background, one account or bill after the other. */

/** More running jobs than this are refused with 429. */
const MAX_RUNNING = 10;

const running = ({ status }: BillJob) => status !== 'COMPLETE' && status !== 'CANCELLED';

function change(context: Context, id: string, changes: Partial<BillJob>): BillJob {
	const previous = find(context.state.billJobs, id);
	const job = { ...previous, ...changes, ...nextVersion(context, previous) };
	context.state.billJobs.set(id, job);
	if (job.status !== previous.status) emit(context, 'billing.billjob.updated', { newDto: job, oldDto: previous });
	return job;
}

/** `steps` each make one bill; its id is noted on the job. */
function start(context: Context, body: BillJobBody, type: BillJob['type'], steps: Array<(jobId: string) => string | undefined>): BillJob {
	if ([...context.state.billJobs.values()].filter(running).length >= MAX_RUNNING) throw new HttpError(429, { message: 'Too many bill jobs are running' });
	const job: BillJob = { ...body, ...audit(nowIso(context)), type, status: 'PENDING', total: steps.length, pending: steps.length, billIds: [] };
	context.state.billJobs.set(job.id, job);
	emit(context, 'billing.billjob.created', { newDto: job });
	context.work.add(run(context, job.id, steps));
	return job;
}

async function run(context: Context, id: string, steps: Array<(jobId: string) => string | undefined>): Promise<void> {
	const { state } = context;
	const pause = async () => await new Promise((resolve) => setTimeout(resolve, context.settings.jobMs));
	await pause();
	const alive = () => context.state === state && state.billJobs.get(id)?.status !== 'CANCELLED';
	if (!alive()) return;
	change(context, id, { status: 'RUNNING' });
	for (const step of steps) {
		if (!alive()) return;
		const billId = step(id);
		const { pending, billIds } = find(state.billJobs, id);
		change(context, id, { pending: pending - 1, billIds: billId === undefined ? billIds : [...billIds, billId] });
	}
	await pause();
	if (alive()) change(context, id, { status: 'COMPLETE' });
}

function createJob(context: Context, body: BillJobBody): BillJob {
	const { accounts, accountPlans } = context.state;
	if (body.version !== undefined) throw badRequest('version must not be set on create');
	const withPlans = () => [...new Set([...accountPlans.values()].map(({ accountId }) => accountId))];
	const ids = body.accountIds ?? withPlans();
	const list = ids.map((id) => find(accounts, id, `Account ${id} not found`));
	return start(context, body, 'CREATE', list.map((account) => (jobId) => billAccount(context, account, body, jobId)?.id));
}

function recalculateJob(context: Context, billIds: string[]): BillJob {
	const bills = billIds.map((id) => find(context.state.bills, id, `Bill ${id} not found`));
	for (const bill of bills) refuseLocked(context, bill);
	const steps = bills.map(({ id }) => (jobId: string) => {
		const bill = context.state.bills.get(id);
		return bill && rateAgain(context, bill, jobId).id;
	});
	return start(context, {}, 'RECALCULATE', steps);
}

/** What a bill job would make, without keeping it. */
function preview(context: Context, body: BillJobBody) {
	const [accountId, ...more] = body.accountIds ?? [];
	if (!accountId || more.length > 0) throw badRequest('accountIds must hold exactly one account');
	if (!body.billingFrequency || body.billFrequencyInterval === undefined) throw badRequest('billingFrequency and billFrequencyInterval are required');
	const account = find(context.state.accounts, accountId, 'Account not found');
	const trial: Context = { ...context, state: structuredClone({ ...context.state, notifications: new Map(), bills: new Map() }) };
	const bill = billAccount(trial, account, body, audit('').id);
	if (!bill) throw badRequest('No bill can be calculated');
	return showBill(trial, bill);
}

export function serveBillJobs(router: Router, context: Context): void {
	router
		.on('POST', `${ORG}/billjobs`, (request) => ok(createJob(context, parseBody(billJob, request))))
		.on('POST', `${ORG}/billjobs/recalculate`, (request) => ok(recalculateJob(context, parseBody(recalculate, request).billIds)))
		.on('POST', `${ORG}/bills/preview`, (request) => ok(preview(context, parseBody(billJob, request))))
		.on('GET', `${ORG}/billjobs`, ({ query }) => {
			const [active, status] = [boolParam(query, 'active'), query.get('status')];
			const jobs = [...context.state.billJobs.values()].filter((job) => (active === undefined || running(job) === active) && (!status || job.status === status));
			return page(jobs, query, 100);
		})
		.on('GET', `${ORG}/billjobs/:id`, ({ params }) => ok(find(context.state.billJobs, params.id)))
		.on('POST', `${ORG}/billjobs/:id/cancel`, ({ params }) => {
			if (!running(find(context.state.billJobs, params.id))) throw badRequest('The bill job has ended');
			return ok(change(context, params.id, { status: 'CANCELLED' }));
		});
}
