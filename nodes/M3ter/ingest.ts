import { settled } from '../n8n/errors';
import { chunk, inBatches, jsonBytes } from '../shared/batching';
import { Failure, type FailureKind } from '../shared/failure';
import { sameMeasurement, type Measurement } from '../shared/measurement';

/** m3ter takes 1,000 measurements and less than 512,000 bytes in one request. */
const LIMITS = { maxCount: 1_000, maxBytes: 500_000, wrapperBytes: '{"measurements":[]}'.length };
const CONCURRENCY = 5;
/** So many rows refused one by one, and none taken: then something is wrong that has nothing to do with single rows. */
const GIVE_UP_AFTER = 100;
/** Failures that every further request of the run would meet too. */
const STOPPING: ReadonlySet<FailureKind> = new Set(['sign-in', 'permission']);

export interface IngestRow {
	/** Position in the source, counted from 1, for people. */
	row: number;
	measurement: Measurement;
}

/** What became of one row. `batch` counts requests' batches from 1; rows of a batch that was split keep its number. */
export type RowResult =
	| { status: 'accepted'; batch: number }
	| { status: 'duplicate-in-run'; duplicateOf: number; differs: boolean }
	| { status: 'failed'; failure: Failure };

export interface IngestOptions {
	/** One request to the Ingest API, with its retries; safe to repeat, as every measurement carries its uid. */
	send(measurements: Measurement[]): Promise<void>;
	/** Called once for every row, in no particular order. */
	report(row: IngestRow, result: RowResult): void;
	/** Asked before each request: true leaves the rest unsent. */
	isCancelled?(): boolean;
	concurrency?: number;
}

/**
 * Sends rows in batches, a bounded number at once. A batch that m3ter refuses for its content is split until the refused
 * rows stand alone, so that a bad row costs one row. A uid that occurs again in the run is not sent again.
 * @returns how many batches were made
 */
export async function ingestRows(rows: Iterable<IngestRow>, options: IngestOptions): Promise<number> {
	return await new IngestRun(options).run(rows);
}

class IngestRun {
	private readonly firstOf = new Map<string, IngestRow>();

	private readonly duplicates: IngestRow[] = [];

	private readonly failedUids = new Set<string>();

	private acceptedRows = 0;

	private refusedRows = 0;

	private batches = 0;

	private stopped: Failure | undefined;

	constructor(private readonly options: IngestOptions) {}

	async run(rows: Iterable<IngestRow>): Promise<number> {
		const concurrency = this.options.concurrency ?? CONCURRENCY;
		const underWay = new Set<Promise<void>>();
		const tooLarge = (row: IngestRow, bytes: number) => this.fail([row], oversize(bytes));
		for (const batch of inBatches(this.distinct(rows), LIMITS, tooLarge, (row) => jsonBytes(row.measurement))) {
			const number = ++this.batches;
			const sending = this.sendOrSplit(number, batch).finally(() => underWay.delete(sending));
			underWay.add(sending);
			if (underWay.size >= concurrency) await Promise.race(underWay);
		}
		await Promise.all(underWay);
		for (const row of this.duplicates) this.reportDuplicate(row);
		return this.batches;
	}

	private *distinct(rows: Iterable<IngestRow>): Generator<IngestRow> {
		for (const row of rows) {
			if (this.firstOf.has(row.measurement.uid)) {
				this.duplicates.push(row);
				continue;
			}
			this.firstOf.set(row.measurement.uid, row);
			yield row;
		}
	}

	private async sendOrSplit(batch: number, rows: IngestRow[]): Promise<void> {
		if (this.options.isCancelled?.()) this.stopped ??= new Failure('unavailable', 'The execution was cancelled before this row was sent');
		if (this.stopped !== undefined) return this.fail(rows, this.stopped);
		const outcome = await settled(async () => await this.options.send(rows.map(({ measurement }) => measurement)));
		if (!(outcome instanceof Failure)) return this.accept(rows, batch);
		if (!isAboutContent(outcome)) {
			if (STOPPING.has(outcome.kind)) this.stopped = outcome;
			return this.fail(rows, outcome);
		}
		if (rows.length === 1) return this.refuse(rows, outcome);
		for (const half of chunk(rows, Math.ceil(rows.length / 2))) await this.sendOrSplit(batch, half);
	}

	private accept(rows: IngestRow[], batch: number): void {
		this.acceptedRows += rows.length;
		for (const row of rows) this.options.report(row, { status: 'accepted', batch });
	}

	private refuse(rows: IngestRow[], failure: Failure): void {
		this.fail(rows, failure);
		this.refusedRows += rows.length;
		if (this.acceptedRows > 0 || this.refusedRows < GIVE_UP_AFTER) return;
		this.stopped ??= new Failure('refused', 'Not sent: m3ter refused every row before this one', {
			status: failure.status,
			description: `The first ${this.refusedRows} rows were refused one by one and none was accepted. The last reason: ${failure.description ?? failure.message}`,
		});
	}

	private fail(rows: IngestRow[], failure: Failure): void {
		for (const row of rows) {
			this.failedUids.add(row.measurement.uid);
			this.options.report(row, { status: 'failed', failure });
		}
	}

	private reportDuplicate(row: IngestRow): void {
		const { uid } = row.measurement;
		const first = this.firstOf.get(uid);
		if (first === undefined) return;
		if (!this.failedUids.has(uid)) {
			const differs = !sameMeasurement(first.measurement, row.measurement);
			this.options.report(row, { status: 'duplicate-in-run', duplicateOf: first.row, differs });
			return;
		}
		const failure = new Failure('conflict', 'The first row with this unique ID was not accepted', { description: `Unique ID ${uid} is that of row ${first.row}, which failed.` });
		this.options.report(row, { status: 'failed', failure });
	}
}

/** Refusals that depend on what was sent: bad data (400, 422), too much of it (413), or text the firewall takes for code (403 without JSON). */
const isAboutContent = ({ status, kind }: Failure): boolean => status === 400 || status === 413 || status === 422 || (status === 403 && kind === 'refused');

const oversize = (bytes: number) =>
	new Failure('invalid-input', 'The measurement is too large', { description: `It has ${bytes} bytes; m3ter takes at most ${LIMITS.maxBytes} in one request.` });
