import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { continuesOnFail, errorItem, settled, toItems, toNodeError, type ItemOutcome } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import { m3terApi } from '../api';
import { ItemsRun, type RowOutcome } from './itemsRun';
import { readOptions, type SubmitOptions } from './rows';

/** Rows named in an error text; the rest is counted. */
const NAMED_ROWS = 5;

/** "Submit Items": one measurement per input item, in batches; one outcome per input item. */
export async function submitItems(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const options = readOptions(context, 0);
	const api = await settled(async () => await m3terApi(context, options.pace));
	if (api instanceof Failure) return output(context, context.getInputData().map(() => api), options, 0);
	const outcomes = await new ItemsRun(context, api, options).run();
	return output(context, outcomes, options, api.calls);
}

function output(context: IExecuteFunctions, outcomes: RowOutcome[], options: SubmitOptions, requests: number): INodeExecutionData[] {
	const failures = outcomes.flatMap((failure, index) => (failure instanceof Failure ? [{ failure, index }] : []));
	if (failures.length > 0 && !continuesOnFail(context)) {
		throw toNodeError(context.getNode(), wholeFailure(failures, outcomes.length, options.dryRun), failures[0].index);
	}
	const duplicates = countOf(outcomes, 'duplicate-in-run');
	if (duplicates > 0) context.addExecutionHints({ message: `${duplicates} of ${outcomes.length} items repeat an earlier item, unique ID and values, and count once.`, type: 'warning', location: 'outputPane' });
	if (options.output === 'items') return toItems(context, outcomes satisfies ItemOutcome[]);
	return [summary(outcomes, requests), ...failures.map(({ failure, index }) => errorItem(failure, index))];
}

const countOf = (outcomes: readonly RowOutcome[], status: string): number => outcomes.filter((outcome) => !(outcome instanceof Failure) && outcome.status === status).length;

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
	const batches = outcomes.map((outcome) => (!(outcome instanceof Failure) && typeof outcome.batch === 'number' ? outcome.batch : 0));
	return {
		json: {
			rows: outcomes.length,
			accepted: countOf(outcomes, 'accepted'),
			valid: countOf(outcomes, 'valid'),
			duplicatesInRun: countOf(outcomes, 'duplicate-in-run'),
			failed: outcomes.filter((outcome) => outcome instanceof Failure).length,
			batches: new Set(batches.filter((batch) => batch > 0)).size,
			requests,
		},
		pairedItem: outcomes.map((_outcome, item) => ({ item })),
	};
}
