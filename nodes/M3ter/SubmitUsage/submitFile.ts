import type { IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';

import { continuesOnFail, errorItem, settled, toNodeError } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import { UidSet } from '../../shared/uidSet';
import { m3terApi, type M3terApi } from '../api';
import { IngestRun, repetition } from '../ingest';
import { FileMapping, readFileOptions, type FileOptions } from './fileParameters';
import { FileRun, type Sink } from './fileRun';
import { openFile, type UsageFile } from './fileSource';
import { FileUpload } from './fileUpload';
import { readOptions } from './rows';

/** Batches in a row without an answer, each tried several times: m3ter is away, and the rest of the file is left for the next run. */
const MAX_UNAVAILABLE = 5;
const NAMED_ROWS = 5;

/** "Submit File": every record of a binary file is a measurement; one result item per file. */
export async function submitFiles(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items: INodeExecutionData[] = [];
	const api = await settled(async () => await m3terApi(context, readOptions(context, 0).pace));
	for (let index = 0; index < context.getInputData().length; index++) {
		const outcome = api instanceof Failure ? api : await settled(async () => await submitFile(context, api, index));
		if (!(outcome instanceof Failure)) items.push(outcome);
		else if (continuesOnFail(context)) items.push(errorItem(outcome, index));
		else throw toNodeError(context.getNode(), outcome, index);
	}
	return items;
}

async function submitFile(context: IExecuteFunctions, api: M3terApi, index: number): Promise<INodeExecutionData> {
	const options = readFileOptions(context, index);
	const mapping = new FileMapping(context, index);
	const file = await openFile(context, index, options.binaryProperty);
	const callsBefore = api.calls;
	const run = new FileRun(context, api, file, mapping, options);
	const sink = sinkOf(context, api, run, file, options);
	const failure = await run.run(sink);
	const result = { ...resultOf(run, file, options), ...sink.facts(), requests: api.calls - callsBefore };
	const rejected = await rejectedFile(context, run, file, options);
	const problem = failure ?? problemOf(run, options);
	if (problem === undefined) {
		addHints(context, run);
		return { json: result, ...rejected, pairedItem: { item: index } };
	}
	const whole = withProgress(problem, result, run);
	if (!continuesOnFail(context)) throw whole;
	return { ...errorItem(whole, index), ...rejected };
}

function addHints(context: IExecuteFunctions, { rows, rejected, duplicates }: FileRun): void {
	const hint = (message: string) => context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
	if (rejected.count > 0) hint(`${rejected.count} of ${rows} rows were rejected: see rejectedRows in the output.`);
	if (duplicates > 0) hint(`${duplicates} of ${rows} rows repeat an earlier row, unique ID and values, and count once.`);
}

type FactualSink = Sink & { facts(): JsonObject };

function sinkOf(context: IExecuteFunctions, api: M3terApi, run: FileRun, file: UsageFile, options: FileOptions): FactualSink {
	const report: FileRun['report'] = (row, result) => run.report(row, result);
	if (options.dryRun) return dryRun(report);
	const isUpload = options.sendBy === 'upload' || (options.sendBy === 'automatic' && (file.size ?? 0) >= options.uploadFrom);
	if (isUpload) return new FileUpload(context, api, { ...options, report, delivered: (rows) => run.delivered(rows), fileName: file.name });
	const ingest = new IngestRun({
		send: async (body) => await api.ingest(body),
		report,
		isCancelled: () => context.getExecutionCancelSignal()?.aborted === true,
		concurrency: options.pace.concurrency,
		uids: new UidSet(),
		maxUnavailable: MAX_UNAVAILABLE,
	});
	return {
		get stopped() {
			return ingest.stopped;
		},
		add: (row) => ingest.add(row),
		finish: async () => await ingest.finish(),
		facts: () => ({ method: 'stream', batches: ingest.batches }),
	};
}

/** Checks everything and sends nothing. */
function dryRun(report: FileRun['report']): FactualSink {
	const uids = new UidSet();
	return {
		stopped: undefined,
		add: (row) => {
			report(row, repetition(uids, row) ?? { status: 'accepted', batch: 0 });
			return undefined;
		},
		finish: async () => undefined,
		facts: () => ({ method: 'dry-run' }),
	};
}

function resultOf(run: FileRun, { name }: UsageFile, { dryRun: isDryRun }: FileOptions): JsonObject {
	return {
		file: name ?? null,
		format: run.format ?? null,
		rows: run.rows,
		[isDryRun ? 'valid' : 'accepted']: run.accepted,
		rejected: run.rejected.count,
		duplicatesInRun: run.duplicates,
		undelivered: run.undelivered,
		rejectedRows: run.rejected.named,
	};
}

function problemOf(run: FileRun, { dryRun: isDryRun }: FileOptions): Failure | undefined {
	if (run.undelivered > 0) return new Failure('unavailable', 'Some rows of the file were not delivered', { description: 'm3ter did not answer for a while.' });
	if (run.accepted > 0 || run.rejected.count === 0) return undefined;
	return new Failure('invalid-input', `No row of the file is ${isDryRun ? 'valid' : 'accepted'}`);
}

/** A run that did not get through says how far it came, and that starting it again is safe. */
function withProgress(failure: Failure, result: JsonObject, run: FileRun): Failure {
	const reasons = run.rejected.named.slice(0, NAMED_ROWS).map(({ row, reason }) => `Row ${row}: ${reason}`);
	const progress = run.rows === 0 ? [] : [`${run.rows} rows read, ${run.accepted} accepted, ${run.rejected.count} rejected.`];
	const again = run.accepted > 0 ? ['Run the node again: what m3ter has taken already is not counted twice.'] : [];
	return new Failure(failure.kind, failure.message, {
		...failure,
		description: [failure.description ?? '', ...progress, ...reasons, ...again].filter((line) => line !== '').join('\n'),
		details: { ...failure.details, ...result },
	});
}

async function rejectedFile(context: IExecuteFunctions, run: FileRun, { name }: UsageFile, options: FileOptions): Promise<Pick<INodeExecutionData, 'binary'>> {
	if (!options.rejectedFile || run.rejected.count === 0) return {};
	const fileName = `${(name ?? 'usage').replace(/\.[^.]*$/, '')}-rejected.csv`;
	return { binary: { rejected: await context.helpers.prepareBinaryData(run.rejected.asCsv(run.header), fileName, 'text/csv') } };
}
