import type { IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';
import { z } from 'zod';

import { errorItem, settled, toFailure, toItems, toNodeError, type ItemOutcome } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import { buildMeasurement, MAX_CODE, type Measurement, type MeasurementInput, type MeterFields } from '../../shared/measurement';
import { m3terApi, type M3terApi } from '../api';
import { ingestRows, type RowResult } from '../ingest';
import { accountsOfCustomers, customerKey, existingAccounts, readMeters } from './lookups';
import { readOptions, readRow, type Row, type SubmitOptions } from './rows';

/** Rows named in an error text; the rest is counted. */
const NAMED_ROWS = 5;

type RowOutcome = JsonObject | Failure;

/** "Submit Items": one measurement per input item, in batches; one outcome per input item. */
export async function submitItems(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const options = readOptions(context);
	const rows = context.getInputData().map((_item, index) => attempted(() => readRow(context, index)));
	const api = await settled(async () => await m3terApi(context));
	const measurements = api instanceof Failure ? rows.map(() => api) : await buildAll(api, rows, options);
	const outcomes = options.dryRun || api instanceof Failure ? measurements.map(asDryRun) : await sendAll(context, api, measurements);
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
	const checks = await settled(async () => await lookUp(api, rows.flatMap((row) => (row instanceof Failure ? [] : row)), options));
	if (checks instanceof Failure) return rows.map((row) => (row instanceof Failure ? row : checks));
	return rows.map((row) => (row instanceof Failure ? row : attempted(() => check(row, checks))));
}

interface Checks extends SubmitOptions {
	now: number;
	customers: Map<string, string | Failure>;
	meters: Map<string, MeterFields> | undefined;
	accounts: Set<string> | undefined;
}

async function lookUp(api: M3terApi, rows: readonly Row[], options: SubmitOptions): Promise<Checks> {
	const [customers, meters, accounts] = await Promise.all([
		accountsOfCustomers(api, rows.flatMap(({ customer }) => customer ?? [])),
		options.checkMeter ? readMeters(api, codes(rows.map(({ input }) => input.meter))) : undefined,
		options.verifyAccounts ? existingAccounts(api, codes(rows.map(({ input }) => input.account))) : undefined,
	]);
	return { ...options, now: Date.now(), customers, meters, accounts };
}

const codeText = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '');

/** What can be asked for; the rest fails when its measurement is built. */
const codes = (values: unknown[]): string[] => values.map(codeText).filter((code) => code !== '' && code.length <= MAX_CODE);

function check({ input, customer }: Row, { customers, meters, accounts, ...rules }: Checks): Measurement {
	const found = customer === undefined ? undefined : customers.get(customerKey(customer));
	if (found instanceof Failure) throw found;
	const meter = meters?.get(codeText(input.meter));
	const measurement = buildMeasurement(found === undefined ? input : { ...input, account: found }, { ...rules, meter });
	if (meters !== undefined && meter === undefined) {
		throw new Failure('not-found', 'm3ter has no such meter', { description: `There is no meter with the code ${measurement.meter}. Codes are case-sensitive.` });
	}
	// An account found through a mapping exists.
	if (found === undefined && accounts?.has(measurement.account) === false) {
		throw new Failure('not-found', 'm3ter has no such account', {
			description: `There is no account with the code ${measurement.account}; m3ter would create one and bill nobody. Create the account first, or correct the code (it is case-sensitive).`,
		});
	}
	return measurement;
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

async function sendAll(context: IExecuteFunctions, api: M3terApi, measurements: ReadonlyArray<Measurement | Failure>): Promise<RowOutcome[]> {
	const outcomes: RowOutcome[] = measurements.map((measurement) => (measurement instanceof Failure ? measurement : new Failure('unavailable', 'This row was not sent')));
	const rows = measurements.flatMap((measurement, index) => (measurement instanceof Failure ? [] : [{ row: index + 1, measurement }]));
	await ingestRows(rows, {
		send: async (batch) => {
			if (!acceptedSchema.safeParse(await api.ingest(batch)).success) throw notAccepted();
		},
		report: ({ row, measurement }, result) => {
			outcomes[row - 1] = result.status === 'failed' ? result.failure : { ...about(measurement), ...(result satisfies RowResult) };
		},
		isCancelled: () => context.getExecutionCancelSignal()?.aborted === true,
	});
	return outcomes;
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
