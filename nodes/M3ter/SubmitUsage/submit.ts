import type { IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';
import { z } from 'zod';

import { errorItem, settled, toFailure, toItems, toNodeError, type ItemOutcome } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import type { Measurement, MeasurementInput } from '../../shared/measurement';
import { m3terApi, type M3terApi } from '../api';
import { ingestRows, type RowResult } from '../ingest';
import { RowChecks } from './checks';
import { readOptions, RowParameters, type Row, type SubmitOptions } from './rows';

/** Rows named in an error text; the rest is counted. */
const NAMED_ROWS = 5;

type RowOutcome = JsonObject | Failure;

/** "Submit Items": one measurement per input item, in batches; one outcome per input item. */
export async function submitItems(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const options = readOptions(context);
	const parameters = new RowParameters(context);
	const rows = context.getInputData().map((_item, index) => attempted(() => parameters.readRow(index)));
	const api = await settled(async () => await m3terApi(context, options.pace));
	const measurements = api instanceof Failure ? rows.map(() => api) : await buildAll(api, rows, options);
	const outcomes = options.dryRun || api instanceof Failure ? measurements.map(asDryRun) : await sendAll(context, api, measurements, options);
	const named = outcomes.map((outcome, index) => (outcome instanceof Failure ? nameRow(outcome, index, rows[index], measurements[index]) : outcome));
	return output(context, named, options, api instanceof Failure ? 0 : api.calls);
}

/** The result of synchronous `work`, or the {@link Failure} it ended in. */
function attempted<T>(work: () => T): T | Failure {
	try {
		return work();
	} catch (error) {
		return toFailure(error);
	}
}

/** Looks up what the rows name, all at once, and builds each row's measurement. A look-up that fails fails every row. */
async function buildAll(api: M3terApi, rows: ReadonlyArray<Row | Failure>, options: SubmitOptions): Promise<Array<Measurement | Failure>> {
	const checks = new RowChecks(api, options);
	const failed = await settled(async () => await checks.lookUp(rows.flatMap((row) => (row instanceof Failure ? [] : row))));
	if (failed instanceof Failure) return rows.map((row) => (row instanceof Failure ? row : failed));
	return rows.map((row) => (row instanceof Failure ? row : attempted(() => checks.measurement(row))));
}

const asDryRun = (measurement: Measurement | Failure): RowOutcome =>
	measurement instanceof Failure ? measurement : { ...about(measurement), status: 'valid', measurement: { ...measurement } };

const about = ({ uid, account, meter, ts }: Measurement) => ({ uid, account, meter, ts });

const acceptedSchema = z.object({ result: z.literal('accepted') });

const notAccepted = () =>
	new Failure('refused', 'm3ter answered without accepting the measurements', {
		description: 'Check the ingest base URL of the credential. Run the node again: what m3ter has taken already is not counted twice.',
		outcomeUnknown: true,
	});

async function sendAll(context: IExecuteFunctions, api: M3terApi, measurements: ReadonlyArray<Measurement | Failure>, { pace }: SubmitOptions): Promise<RowOutcome[]> {
	const outcomes: RowOutcome[] = measurements.map((measurement) => (measurement instanceof Failure ? measurement : new Failure('unavailable', 'This row was not sent')));
	await ingestRows(ingestable(measurements), {
		send: async (body) => await sendBatch(api, body),
		report: ({ row, measurement }, result) => {
			outcomes[row - 1] = result.status === 'failed' ? result.failure : { ...about(measurement), ...(result satisfies RowResult) };
		},
		isCancelled: () => context.getExecutionCancelSignal()?.aborted === true,
		concurrency: pace.concurrency,
	});
	return outcomes;
}

function* ingestable(measurements: ReadonlyArray<Measurement | Failure>) {
	for (const [index, measurement] of measurements.entries()) {
		if (!(measurement instanceof Failure)) yield { row: index + 1, uid: measurement.uid, json: JSON.stringify(measurement), measurement };
	}
}

/** @throws Failure unless m3ter says that it took the measurements */
export async function sendBatch(api: M3terApi, body: Buffer): Promise<void> {
	if (!acceptedSchema.safeParse(await api.ingest(body)).success) throw notAccepted();
}

/** Says which row a failure is about: its number, account, meter and uid. */
function nameRow(failure: Failure, index: number, row: Row | Failure, measurement: Measurement | Failure): Failure {
	const input: Partial<MeasurementInput> = row instanceof Failure ? {} : row.input;
	const customer = row instanceof Failure ? undefined : row.customer;
	const { account, meter, uid } = measurement instanceof Failure ? { account: input.account, meter: input.meter, uid: undefined } : measurement;
	const facts = Object.entries({ account, customer: customer?.id, meter }).filter(([, value]) => value !== undefined && value !== '');
	const who = facts.length === 0 ? '' : ` (${facts.map(([name, value]) => `${name} ${String(value)}`).join(', ')})`;
	return new Failure(failure.kind, failure.message, {
		description: `Row ${index + 1}${who}: ${failure.description ?? failure.message}`,
		status: failure.status,
		code: failure.code,
		retryAfterMs: failure.retryAfterMs,
		outcomeUnknown: failure.outcomeUnknown,
		details: { ...failure.details, row: index + 1, ...Object.fromEntries(facts), ...(uid === undefined ? {} : { uid }) },
	});
}

function output(context: IExecuteFunctions, outcomes: RowOutcome[], options: SubmitOptions, requests: number): INodeExecutionData[] {
	const failures = outcomes.flatMap((failure, index) => (failure instanceof Failure ? [{ failure, index }] : []));
	if (failures.length > 0 && !context.continueOnFail()) {
		throw toNodeError(context.getNode(), wholeFailure(failures, outcomes.length, options.dryRun), failures[0].index);
	}
	if (options.output === 'items') return toItems(context, outcomes satisfies ItemOutcome[]);
	return [summary(outcomes, requests), ...failures.map(({ failure, index }) => errorItem(failure, index))];
}

/** The error of a run that stops: what became of all rows, not only of the first that failed. */
function wholeFailure(failures: Array<{ failure: Failure; index: number }>, total: number, dryRun: boolean): Failure {
	const [{ failure: first }] = failures;
	if (total === 1) return first;
	const reasons = failures.slice(0, NAMED_ROWS).map(({ failure }) => failure.description ?? failure.message);
	const more = failures.length > NAMED_ROWS ? [`… and ${failures.length - NAMED_ROWS} more.`] : [];
	const others = dryRun || failures.length === total ? [] : ['The other rows were accepted; when you run this again they are not counted twice.'];
	return new Failure(first.kind, `${failures.length} of ${total} measurements were not ${dryRun ? 'valid' : 'accepted'}`, {
		description: [...reasons, ...more, ...others].join('\n'),
		status: first.status,
		retryAfterMs: first.retryAfterMs,
	});
}

function summary(outcomes: RowOutcome[], requests: number): INodeExecutionData {
	const count = (status: string) => outcomes.filter((outcome) => !(outcome instanceof Failure) && outcome.status === status).length;
	const batches = outcomes.map((outcome) => (!(outcome instanceof Failure) && typeof outcome.batch === 'number' ? outcome.batch : 0));
	return {
		json: {
			rows: outcomes.length,
			accepted: count('accepted'),
			valid: count('valid'),
			duplicatesInRun: count('duplicate-in-run'),
			failed: outcomes.filter((outcome) => outcome instanceof Failure).length,
			batches: new Set(batches.filter((batch) => batch > 0)).size,
			requests,
		},
		pairedItem: outcomes.map((_outcome, item) => ({ item })),
	};
}
