import type { IExecuteFunctions } from 'n8n-workflow';

import { attempted, settled } from '../../n8n/errors';
import { Failure, type FailureKind } from '../../shared/failure';
import { FileText } from '../../shared/fileText';
import { formatOf, RecordReader, type FileFormat, type FileRecord } from '../../shared/records';
import type { M3terApi } from '../api';
import { isAboutContent, type IngestRow, type RowResult } from '../ingest';
import { RowChecks } from './checks';
import type { FileMapping, FileOptions } from './fileParameters';
import type { UsageFile } from './fileSource';
import { RejectedRows } from './rejectedRows';
import type { Row } from './rows';

/** Reasons of one row that every other row would have, too: the run stops at once. */
const FATAL: ReadonlySet<FailureKind> = new Set(['sign-in', 'permission', 'throttled', 'unavailable']);
/** Records checked at once: so many look-ups go together. */
const AT_ONCE = 1_000;

export interface FileIngestRow extends IngestRow {
	record: FileRecord;
}

/** Where the measurements of a file go. */
export interface Sink {
	readonly stopped: Failure | undefined;
	/** The promise, when there is one, resolves when there is room for more. */
	add(row: FileIngestRow): Promise<void> | undefined;
	finish(): Promise<unknown>;
}

/** Reads a file from start to end, never holding more than a piece of it, and hands its measurements to a sink. */
export class FileRun {
	readonly rejected: RejectedRows;

	accepted = 0;

	duplicates = 0;

	/** Rows of batches that got no answer, or that were not sent any more. */
	undelivered = 0;

	format: FileFormat | undefined;

	private reader: RecordReader | undefined;

	private readonly checks: RowChecks;

	constructor(
		private readonly context: IExecuteFunctions,
		api: M3terApi,
		private readonly file: UsageFile,
		private readonly mapping: FileMapping,
		private readonly options: FileOptions,
	) {
		this.checks = new RowChecks(api, options);
		this.rejected = new RejectedRows(options.rejectedFile);
	}

	get rows(): number {
		return this.reader?.rows ?? 0;
	}

	get header(): string[] | undefined {
		return this.reader?.header;
	}

	/** @returns why the file was not read to its end, or undefined */
	async run(sink: Sink): Promise<Failure | undefined> {
		const failure = await settled(async () => await this.readAll(sink));
		const failedEnd = await settled(async () => await sink.finish());
		if (failure instanceof Failure) return failure;
		return failedEnd instanceof Failure ? failedEnd : sink.stopped;
	}

	/** What the sink tells about each row it was given. */
	report({ record }: FileIngestRow, result: RowResult): void {
		if (result.status === 'accepted') this.accepted++;
		else if (result.status === 'duplicate-in-run') this.duplicates++;
		else if (result.failure.kind === 'invalid-input' || isAboutContent(result.failure)) this.rejected.add(record, result.failure);
		else this.undelivered++;
	}

	/** Rows that left together. */
	delivered(rows: number): void {
		this.accepted += rows;
	}

	private async readAll(sink: Sink): Promise<void> {
		const text = new FileText(this.options.encoding);
		for await (const piece of this.file.pieces()) {
			if (this.context.getExecutionCancelSignal()?.aborted) throw new Failure('unavailable', 'The execution was cancelled');
			await this.take(text.push(piece), sink);
			if (sink.stopped !== undefined) return;
		}
		await this.take(text.end(), sink);
		if (this.reader === undefined) throw new Failure('invalid-input', 'The file is empty', { description: 'It has no content.' });
		await this.takeAll(this.reader.end(), sink);
		if (this.reader.truncation !== undefined) throw this.reader.truncation;
	}

	private async take(text: string, sink: Sink): Promise<void> {
		if (text.trim() === '' && this.reader === undefined) return;
		this.reader ??= this.open(text);
		await this.takeAll(this.reader.push(text), sink);
	}

	private open(text: string): RecordReader {
		const { format, delimiter } = this.options;
		this.format = format === 'auto' ? formatOf(text, this.file) : format;
		return new RecordReader({ format: this.format, delimiter, columns: this.mapping.columns });
	}

	private async takeAll(records: FileRecord[], sink: Sink): Promise<void> {
		for (let start = 0; start < records.length && sink.stopped === undefined; start += AT_ONCE) await this.takeSome(records.slice(start, start + AT_ONCE), sink);
	}

	private async takeSome(records: FileRecord[], sink: Sink): Promise<void> {
		const rows = records.map((record) => this.readRow(record));
		await this.checks.lookUp(rows.flatMap((row) => (row instanceof Failure ? [] : row)));
		for (const [index, row] of rows.entries()) {
			const record = records[index];
			const measurement = row instanceof Failure ? row : attempted(() => this.checks.measurement(row));
			if (measurement instanceof Failure) {
				this.reject(record, measurement);
				continue;
			}
			const waiting = sink.add({ row: record.row, uid: measurement.uid, json: JSON.stringify(measurement), record });
			if (waiting !== undefined) await waiting;
		}
		this.checkRejected();
	}

	private readRow(record: FileRecord): Row | Failure {
		if (record.problem !== undefined) return new Failure('invalid-input', 'The row cannot be read', { description: record.problem });
		return attempted(() => this.mapping.row(record));
	}

	private reject(record: FileRecord, failure: Failure): void {
		if (FATAL.has(failure.kind)) throw failure;
		this.rejected.add(record, failure);
	}

	private checkRejected(): void {
		const { maxRejected } = this.options;
		if (maxRejected === 0 || this.rejected.count <= maxRejected) return;
		throw new Failure('invalid-input', 'Too many rows of the file were rejected', { description: `More than ${maxRejected} (option Max Rejected Rows).` });
	}
}
