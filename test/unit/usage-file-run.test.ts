 
import type { IExecuteFunctions } from 'n8n-workflow';

import type { M3terApi } from '../../nodes/M3ter/api';
import type { FileMapping, FileOptions } from '../../nodes/M3ter/SubmitUsage/fileParameters';
import { FileRun, type FileIngestRow, type Sink } from '../../nodes/M3ter/SubmitUsage/fileRun';
import { Failure } from '../../nodes/shared/failure';
import type { FileRecord } from '../../nodes/shared/records';

const options: FileOptions = {
	binaryProperty: 'data', sendBy: 'stream', format: 'auto', encoding: 'auto', maxRejected: 0, rejectedFile: false, uploadFrom: 0, partBytes: 0, jobTimeoutMs: 0,
	checkMeter: false, verifyAccounts: false, convertNumericText: true, dryRun: false, output: 'items', zone: 'UTC', pace: {},
};

const mapping = {
	columns: [['id']],
	row: (record: FileRecord) => ({ input: { meter: 'storage', account: 'globex', ts: '2026-05-02', values: { measure: { gigabytes: 1 } }, uid: { from: 'value', value: record.value('id') } } }),
} as unknown as FileMapping;

/** A run over pieces of CSV text; what was taken is reported as accepted. */
function fileRun(pieces: () => AsyncIterable<Buffer>, cancelled = new AbortController()) {
	const context = { getExecutionCancelSignal: () => cancelled.signal } as unknown as IExecuteFunctions;
	const run = new FileRun(context, {} as M3terApi, { name: 'usage.csv', type: 'text/csv', pieces }, mapping, options);
	const taken: string[] = [];
	const sink: Sink = {
		stopped: undefined,
		add: (row: FileIngestRow) => {
			taken.push(row.uid);
			run.report(row, { status: 'accepted', batch: 1 });
			return undefined;
		},
		finish: async () => undefined,
	};
	return { run, sink, taken, cancelled };
}

const lines = (from: number, to: number) => Buffer.from(Array.from({ length: to - from }, (_value, index) => `u${from + index}\n`).join(''));

test('a file that vanishes midway: what was read is sent, and the reason is given', async () => {
	const { run, sink, taken } = fileRun(async function* () {
		yield Buffer.from('id\n');
		yield lines(0, 3);
		throw new Failure('unavailable', 'The file could not be read to its end');
	});
	const failure = await run.run(sink);

	expect(failure?.message).toBe('The file could not be read to its end');
	expect(taken).toEqual(['u0', 'u1', 'u2']);
	expect(run.accepted).toBe(3);
});

test('an execution that is cancelled midway reads no further', async () => {
	const cancelled = new AbortController();
	let pieces = 0;
	const { run, sink, taken } = fileRun(async function* () {
		yield Buffer.from('id\n');
		for (; ; pieces++) {
			if (pieces === 2) cancelled.abort();
			yield lines(pieces * 10, pieces * 10 + 10);
		}
	}, cancelled);
	const failure = await run.run(sink);

	expect(failure?.message).toBe('The execution was cancelled');
	expect(taken).toHaveLength(20);
	expect(pieces).toBe(2);
});

test('a sink that stops ends the reading, and its reason is the result', async () => {
	const stopped = new Failure('permission', 'm3ter refused access');
	let read = 0;
	const { run, sink } = fileRun(async function* () {
		yield Buffer.from('id\n');
		for (; ; read++) yield lines(read * 10, read * 10 + 10);
	});
	const stopping: Sink = { ...sink, get stopped() { return read >= 3 ? stopped : undefined; } };

	expect(await run.run(stopping)).toBe(stopped);
	expect(read).toBeLessThan(5);
});
