import type { JsonObject } from 'n8n-workflow';

import { settled, toFailure } from '../../n8n/errors';
import { chunk } from '../../shared/batching';
import { Failure } from '../../shared/failure';
import { billSchema } from '../../shared/bill';
import type { M3terApi } from '../api';
import { accountIdOf } from '../lookups';
import { asJson, collection, dateOf, given, limitOf, requiredLocated, requiredText, simplified, text, type Handlers, type Operation } from '../operation';
import { accountSchema } from '../schemas';
import { billJobSchema, finishJob, isOver, jobPath, PER_JOB, waitingOf, type BillJob } from './billJobRun';
import { isCancelled } from './followJob';
import { billHeaderSchema } from './read';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATES = { billDate: 'Bill Date', dueDate: 'Due Date', externalInvoiceDate: 'External Invoice Date', dayEpoch: 'Day Epoch', weekEpoch: 'Week Epoch', monthEpoch: 'Month Epoch', yearEpoch: 'Year Epoch' };

const FIELDS = ['action', 'id', 'status', 'type', 'total', 'pending', 'lastDateInBillingPeriod', 'complete', 'bills', 'accountsWithoutBill'];
const PREVIEW_FIELDS = ['accountId', 'accountCode', 'startDate', 'endDate', 'billDate', 'dueDate', 'billingFrequency', 'currency', 'billTotal', 'lineItems'];

const idOf = (operation: Operation) => requiredText(operation, 'billJobId', 'Bill Job ID');

export const billJob: Handlers = {
	cancel: async (operation) => {
		const path = jobPath(idOf(operation));
		const before = billJobSchema.parse(await operation.api.get(path));
		if (isOver(before)) return simplified(operation, { action: 'unchanged', ...before }, FIELDS);
		// A repetition cancels nothing twice. m3ter refuses to cancel a job that has ended meanwhile.
		const outcome = await settled(async () => await operation.api.post(`${path}/cancel`, undefined, { repeatable: true }));
		const after = billJobSchema.parse(await operation.api.get(path));
		if (outcome instanceof Failure && !isOver(after)) throw toFailure(outcome);
		return simplified(operation, { action: after.status === 'COMPLETE' ? 'unchanged' : 'cancelled', ...after }, FIELDS);
	},

	create: createJobs,

	get: async (operation) => {
		const { wait, timeoutMs } = waitingOf(operation.context, operation.index);
		const id = idOf(operation);
		const job = wait ? await finishJob(operation.context, operation.api, id, timeoutMs) : billJobSchema.parse(await operation.api.get(jobPath(id)));
		return simplified(operation, await withBills(operation.api, job), FIELDS);
	},

	getAll: async (operation) => {
		const status = text(operation, 'status');
		const query = status === 'active' ? { active: 'true' } : { status: status || undefined };
		return (await operation.api.list('/billjobs', billJobSchema, { query, limit: limitOf(operation) })).map((job) => simplified(operation, job, FIELDS));
	},

	preview: async (operation) => {
		const accountId = await accountIdOf(operation.api, requiredLocated(operation, 'account', 'Account'));
		const body = { ...bodyOf(operation), accountIds: [accountId] };
		// Nothing is kept, so that asking twice does no harm. What is not kept has no id that could be looked up.
		const answer = await operation.api.post('/bills/preview', body, { repeatable: true });
		return simplified(operation, billSchema.partial({ id: true }).parse(answer), PREVIEW_FIELDS);
	},
};

/**
 * One job per hundred accounts; with "Wait for Completion" one after the other. What stops the run comes last, after the jobs
 * that were made: they run in m3ter, whatever becomes of the rest.
 */
async function createJobs(operation: Operation): Promise<Array<JsonObject | Failure>> {
	const { wait, timeoutMs } = waitingOf(operation.context, operation.index);
	const body = bodyOf(operation);
	const accountIds = text(operation, 'accountScope') === 'all' ? undefined : await accountIdsOf(operation);
	const parts = accountIds === undefined ? [undefined] : chunk(accountIds, PER_JOB);
	const deadline = Date.now() + timeoutMs;
	const made: JsonObject[] = [];
	const startedIds: string[] = [];
	for (const part of parts) {
		const outcome = await settled(async () => {
			const started = await startJob(operation, given({ ...body, accountIds: part }), deadline);
			startedIds.push(started.id);
			return await withOutcome(operation, started, part, wait, timeoutMs);
		});
		if (outcome instanceof Failure) return [...made, incomplete(outcome, startedIds, parts.slice(startedIds.length).flatMap((left) => left ?? []))];
		made.push(outcome);
	}
	return made;
}

/**
 * Starts a job. m3ter runs ten at a time: when it takes no more, the oldest one is waited for until `deadline`.
 * @throws Failure when m3ter does not take it
 */
async function startJob({ api, context }: Operation, body: Record<string, unknown>, deadline: number): Promise<BillJob> {
	for (;;) {
		// A job that was made twice calculates the same bills twice: the result is the same.
		const outcome = await settled(async () => billJobSchema.parse(await api.post('/billjobs', body, { repeatable: true })));
		if (!(outcome instanceof Failure)) return outcome;
		const mayWait = outcome.status === 429 && Date.now() < deadline && !isCancelled(context);
		const oldest = mayWait ? (await api.list('/billjobs', billJobSchema, { query: { active: 'true' } })).at(-1) : undefined;
		if (oldest === undefined) throw toFailure(outcome);
		await finishJob(context, api, oldest.id, deadline - Date.now());
	}
}

async function withOutcome(operation: Operation, started: BillJob, accountIds: string[] | undefined, wait: boolean, timeoutMs: number): Promise<JsonObject> {
	const { api, context } = operation;
	const job = wait ? await finishJob(context, api, started.id, timeoutMs) : started;
	if (wait && job.status === 'CANCELLED') throw cancelled(job);
	return simplified(operation, await withBills(api, job, accountIds), FIELDS);
}

/** The failure, naming the jobs that were started all the same and the accounts for which none was. */
function incomplete(failure: Failure, jobIds: string[], accountIds: string[]): Failure {
	if (jobIds.length === 0) return failure;
	const left = accountIds.length === 0 ? '' : ` No bill job was started for the accounts ${accountIds.join(', ')}.`;
	return new Failure(failure.kind, failure.message, {
		...failure,
		description: `${failure.description ?? failure.message} Bill jobs started: ${jobIds.join(', ')}.${left}`,
		details: { ...failure.details, billJobIds: jobIds, accountIds },
	});
}

const cancelled = ({ id, total, pending }: BillJob) =>
	new Failure('conflict', 'The bill job was cancelled', { description: `Bill job ${id} was cancelled in m3ter with ${pending ?? 'some'} of ${total ?? 'its'} bills left to do. Bills it had made already stay.`, details: { billJobId: id } });

/**
 * The job with the outcome for each account. m3ter reports a bill that could not be made only as an alert in its Console,
 * so that accounts for which the job holds no bill are named.
 */
async function withBills(api: M3terApi, job: BillJob, accountIds: readonly string[] = job.accountIds ?? []): Promise<JsonObject> {
	const complete = job.status === 'COMPLETE';
	if (!isOver(job)) return asJson({ ...job, complete });
	const rows = await api.list('/bills', billHeaderSchema, { query: { billJobId: job.id, excludeLineItems: true, includeBillTotal: true } });
	const bills = rows.map(({ id, accountId, accountCode, status, currency, billTotal, lastCalculatedDate }) => ({ id, accountId, accountCode, status, currency, billTotal, lastCalculatedDate }));
	const billed = new Set(bills.map(({ accountId }) => accountId));
	return asJson({ ...job, complete, bills, accountsWithoutBill: accountIds.filter((id) => !billed.has(id)) });
}

/** @throws Failure when a date cannot be read */
function bodyOf(operation: Operation): Record<string, unknown> {
	const { currencyConversions, ...fields } = collection(operation, 'additionalFields');
	const dates = Object.entries(DATES).map(([name, label]) => [name, fields[name] ? dateOf(operation, fields[name], label) : undefined]);
	const conversions = (currencyConversions as { conversion?: object[] } | undefined)?.conversion;
	return given({
		billingFrequency: text(operation, 'billingFrequency'),
		billFrequencyInterval: Number(operation.context.getNodeParameter('billFrequencyInterval', operation.index, 1)),
		lastDateInBillingPeriod: dateOf(operation, requiredText(operation, 'lastDateInBillingPeriod', 'Last Day of Billing Period'), 'Last Day of Billing Period'),
		...fields,
		...Object.fromEntries(dates),
		currencyConversions: conversions?.length ? conversions : undefined,
	});
}

/** Accounts as a person lists them: IDs and codes, separated by commas, or an array by expression. */
async function accountIdsOf(operation: Operation): Promise<string[]> {
	const value = operation.context.getNodeParameter('accounts', operation.index, '');
	const named = (Array.isArray(value) ? value : String(value ?? '').split(',')).map((entry) => String(entry).trim()).filter((entry) => entry !== '');
	if (named.length === 0) throw new Failure('invalid-input', "'Accounts' is empty", { description: "Name the accounts to bill, or choose 'All Accounts'." });
	const codes = named.filter((entry) => !ID.test(entry));
	const accounts = await operation.api.listByValues('/accounts', accountSchema, 'codes', codes);
	const ids = new Map(accounts.map(({ code, id }) => [code, id]));
	const unknown = codes.filter((code) => !ids.has(code));
	if (unknown.length > 0) throw new Failure('not-found', 'm3ter has no such account', { description: `There is no account with the code ${unknown.join(', ')}. Codes are case-sensitive. Nothing was billed.` });
	return [...new Set(named.map((entry) => ids.get(entry) ?? entry))];
}
