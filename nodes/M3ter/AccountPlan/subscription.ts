import type { IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';

import { settled, toFailure, toItems, type ItemOutcome } from '../../n8n/errors';
import { chunk } from '../../shared/batching';
import { Failure, type FailureKind } from '../../shared/failure';
import { planSync, type SyncKnown, type SyncMode } from '../../shared/subscriptionSync';
import type { M3terApi } from '../api';
import { readJob, type SyncJob } from './subscriptionOptions';
import { SyncReader } from './syncReader';
import { dryRunResult, syncResult } from './syncResult';
import { carryOut, type Done } from './syncWriter';

/** What is read again after a step whose outcome is not known, or that someone else may have done at the same time. */
const MAX_ATTEMPTS = 4;
/** Failures that another job's look-ups need not have. */
const ABOUT_CONTENT: ReadonlySet<FailureKind> = new Set(['refused', 'not-found', 'invalid-input']);

/**
 * Sync, Provision and End for all items. Customers are handled at the same time, the events of one customer in the order of the
 * items, each on what m3ter knows after the one before.
 */
export async function runSubscription(context: IExecuteFunctions, api: M3terApi, mode: SyncMode): Promise<INodeExecutionData[]> {
	const jobs = await Promise.all(context.getInputData().map(async (_item, index) => await settled(async () => readJob({ context, index }, mode))));
	const outcomes: ItemOutcome[] = jobs.map((job) => (job instanceof Failure ? job : {}));
	const reader = new SyncReader(api);
	for (const round of roundsOf(jobs.filter((job): job is SyncJob => !(job instanceof Failure)))) {
		const known = await readRound(reader, round);
		await Promise.all(
			known.map(async (entry, position) => {
				const job = round[position];
				outcomes[job.index] = entry instanceof Failure ? entry : await settled(async () => await syncOne(api, reader, job, entry));
			}),
		);
	}
	return toItems(context, outcomes);
}

/** The first event of every customer, then the second of every customer, and so on. */
function roundsOf(jobs: readonly SyncJob[]): SyncJob[][] {
	const seen = new Map<string, number>();
	const rounds: SyncJob[][] = [];
	for (const job of jobs) {
		const customer = `${job.system} ${job.event.customer.id}`;
		const round = seen.get(customer) ?? 0;
		seen.set(customer, round + 1);
		(rounds[round] ??= []).push(job);
	}
	return rounds;
}

/**
 * What m3ter knows for each job, read together. Where that fails for what was asked or found, such as a customer ID that the
 * firewall takes for an attack, the halves are read: only the job that it came from fails.
 */
async function readRound(reader: SyncReader, jobs: SyncJob[]): Promise<Array<SyncKnown | Failure>> {
	const known = await settled(async () => await reader.read(jobs));
	if (!(known instanceof Failure)) return known;
	if (jobs.length === 1 || !ABOUT_CONTENT.has(known.kind)) return jobs.map(() => known);
	const halves = await Promise.all(chunk(jobs, Math.ceil(jobs.length / 2)).map(async (half) => await readRound(reader, half)));
	return halves.flat();
}

/** Plans and carries out; after a write that may or may not have happened, reads what m3ter knows and plans again. */
async function syncOne(api: M3terApi, reader: SyncReader, job: SyncJob, first: SyncKnown): Promise<JsonObject> {
	const done: Done = { accountPlans: [], warnings: [] };
	const refusals = new Set<string>();
	let known = first;
	for (let attempt = 1; ; attempt++) {
		const plan = planSync(job.event, job.options, known);
		if (job.dryRun) return await dryRunResult(reader, job, plan);
		const failure = await settled(async () => await carryOut(api, job, plan, done));
		if (!(failure instanceof Failure)) return await syncResult(reader, job, plan, done);
		const words = `${failure.message} ${failure.description ?? ''}`;
		if (attempt === MAX_ATTEMPTS || !mayHaveChanged(failure) || (!failure.outcomeUnknown && refusals.has(words))) throw toFailure(failure);
		refusals.add(words);
		[known] = await reader.read([job]);
	}
}

/** The answer was lost, or m3ter refused something that another run may have done at the same time: each refusal is worth one second look. */
const mayHaveChanged = ({ outcomeUnknown, status = 0 }: Failure): boolean => outcomeUnknown || [400, 404, 409].includes(status);
