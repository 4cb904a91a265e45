import { settled } from '../n8n/errors';
import { Batcher, chunk } from '../shared/batching';
import { Failure, type FailureKind } from '../shared/failure';
import { canonicalJson } from '../shared/idempotency';
import type { UidSet } from '../shared/uidSet';

const [OPENING, CLOSING] = ['{"measurements":[', ']}'];
/** m3ter takes 1,000 measurements and less than 512,000 bytes in one request. */
const LIMITS = { maxCount: 1_000, maxBytes: 500_000, wrapperBytes: OPENING.length + CLOSING.length };
const CONCURRENCY = 5;
/** So many rows refused one by one, and none taken: then something is wrong that has nothing to do with single rows. */
const GIVE_UP_AFTER = 100;
/** Failures that every further request of the run would meet too. */
const STOPPING: ReadonlySet<FailureKind> = new Set(['sign-in', 'permission']);

export interface IngestRow {
	/** Position in the source, counted from 1, for people. */
	row: number;
	uid: string;
	/** The measurement, its uid included, as it is sent. */
	json: string;
}

/**
 * What became of one row. `batch` counts requests' batches from 1; rows of a batch that was split keep its number.
 * Which row a duplicate repeats is known only where every row is remembered.
 */
export type RowResult =
	| { status: 'accepted'; batch: number }
	| { status: 'duplicate-in-run'; duplicateOf?: number }
	| { status: 'failed'; failure: Failure };

export interface IngestOptions<R extends IngestRow> {
	/** One request to the Ingest API, with its retries; safe to repeat, as every measurement carries its uid. */
	send(body: Buffer): Promise<void>;
	/** Called once for every row, in no particular order. */
	report(row: R, result: RowResult): void;
	/** Asked before each request: true leaves the rest unsent. */
	isCancelled?(): boolean;
	concurrency?: number;
	/** Remembers only uids, not rows: for sources of any length. */
	uids?: UidSet;
	/** Ends the run when so many batches in a row got no answer, however often each was tried. Default: never. */
	maxUnavailable?: number;
}

/**
 * Sends rows in batches, a bounded number at once. A batch that m3ter refuses for its content is split until the refused
 * rows stand alone, so that a bad row costs one row. A uid that occurs again in the run is not sent again.
 */
export class IngestRun<R extends IngestRow> {
	batches = 0;

	/** Why no more rows are sent; rows added now fail with it. */
	stopped: Failure | undefined;

	private readonly batcher = new Batcher<R>(LIMITS);

	private readonly underWay = new Set<Promise<void>>();

	private readonly firstOf = new Map<string, R>();

	private readonly duplicates: R[] = [];

	private readonly failedUids = new Set<string>();

	private acceptedRows = 0;

	private refusedRows = 0;

	private unavailableBatches = 0;

	constructor(private readonly options: IngestOptions<R>) {}

	/** Takes a row; the promise, when there is one, resolves when there is room for more. */
	add(row: R): Promise<void> | undefined {
		if (!this.isNew(row)) return undefined;
		const bytes = Buffer.byteLength(row.json);
		if (bytes > this.batcher.room) {
			this.fail([row], oversize(bytes));
			return undefined;
		}
		const batch = this.batcher.add(row, bytes);
		return batch === undefined ? undefined : this.start(batch);
	}

	/** Sends what is left and waits for every answer. @returns how many batches were made */
	async finish(): Promise<number> {
		const rest = this.batcher.take();
		if (rest.length > 0) await this.start(rest);
		await Promise.all(this.underWay);
		for (const row of this.duplicates) this.reportDuplicate(row);
		return this.batches;
	}

	private isNew(row: R): boolean {
		const { uids, report } = this.options;
		if (uids !== undefined) {
			const repeated = repetition(uids, row);
			if (repeated !== undefined) report(row, repeated);
			return repeated === undefined;
		}
		const isNew = !this.firstOf.has(row.uid);
		if (isNew) this.firstOf.set(row.uid, row);
		else this.duplicates.push(row);
		return isNew;
	}

	private async start(batch: R[]): Promise<void> {
		const sending = this.sendOrSplit(++this.batches, batch).finally(() => this.underWay.delete(sending));
		this.underWay.add(sending);
		if (this.underWay.size >= (this.options.concurrency ?? CONCURRENCY)) await Promise.race(this.underWay);
	}

	private async sendOrSplit(batch: number, rows: R[]): Promise<void> {
		if (this.options.isCancelled?.()) this.stopped ??= new Failure('unavailable', 'The execution was cancelled before this row was sent');
		if (this.stopped !== undefined) return this.fail(rows, this.stopped);
		const outcome = await settled(async () => await this.options.send(bodyOf(rows)));
		if (!(outcome instanceof Failure)) return this.accept(rows, batch);
		if (!isAboutContent(outcome)) {
			if (STOPPING.has(outcome.kind) || ++this.unavailableBatches >= (this.options.maxUnavailable ?? Infinity)) this.stopped ??= outcome;
			return this.fail(rows, outcome);
		}
		if (rows.length === 1) return this.refuse(rows, outcome);
		for (const half of chunk(rows, Math.ceil(rows.length / 2))) await this.sendOrSplit(batch, half);
	}

	private accept(rows: R[], batch: number): void {
		this.unavailableBatches = 0;
		this.acceptedRows += rows.length;
		for (const row of rows) this.options.report(row, { status: 'accepted', batch });
	}

	private refuse(rows: R[], failure: Failure): void {
		this.fail(rows, failure);
		this.refusedRows += rows.length;
		if (this.acceptedRows > 0 || this.refusedRows < GIVE_UP_AFTER) return;
		this.stopped ??= new Failure('refused', 'Not sent: m3ter refused every row before this one', {
			status: failure.status,
			description: `The first ${this.refusedRows} rows were refused one by one and none was accepted. The last reason: ${failure.description ?? failure.message}`,
		});
	}

	private fail(rows: R[], failure: Failure): void {
		for (const row of rows) {
			if (this.options.uids === undefined) this.failedUids.add(row.uid);
			this.options.report(row, { status: 'failed', failure });
		}
	}

	private reportDuplicate(row: R): void {
		const { uid } = row;
		const first = this.firstOf.get(uid);
		if (first === undefined) return;
		if (!saysTheSame(first, row)) return this.options.report(row, { status: 'failed', failure: usedBefore(uid, first.row) });
		if (!this.failedUids.has(uid)) return this.options.report(row, { status: 'duplicate-in-run', duplicateOf: first.row });
		const failure = new Failure('conflict', 'The first row with this unique ID was not accepted', { description: `Unique ID ${uid} is that of row ${first.row}, which failed.` });
		this.options.report(row, { status: 'failed', failure });
	}
}

/** Whatever the order of their fields. */
const saysTheSame = (a: IngestRow, b: IngestRow): boolean => a.json === b.json || canonicalJson(JSON.parse(a.json)) === canonicalJson(JSON.parse(b.json));

/** What becomes of a row whose uid occurred before in the run; undefined for a new one, which is remembered. */
export function repetition(uids: UidSet, { uid, json }: IngestRow): RowResult | undefined {
	const seen = uids.add(uid, json);
	if (seen === 'new') return undefined;
	return seen === 'same' ? { status: 'duplicate-in-run' } : { status: 'failed', failure: usedBefore(uid) };
}

/** m3ter would ignore it, and usage would be lost without a word. */
const usedBefore = (uid: string, row?: number) =>
	new Failure('invalid-input', 'The unique ID was used before, with other values', {
		description: `Unique ID ${uid} was used by ${row === undefined ? 'an earlier row' : `row ${row}`} with other values; m3ter would count only the first. Every record needs an ID of its own.`,
	});

/** Bytes, because n8n's HTTP client would parse a JSON text once more before it sends it. */
const bodyOf = (rows: readonly IngestRow[]): Buffer => Buffer.from(`${OPENING}${rows.map(({ json }) => json).join(',')}${CLOSING}`);

/** Refusals that depend on what was sent: bad data (400, 422), too much of it (413), or text the firewall takes for code (403 without JSON). */
export const isAboutContent = ({ status, kind }: Failure): boolean => status === 400 || status === 413 || status === 422 || (status === 403 && kind === 'refused');

const oversize = (bytes: number) =>
	new Failure('invalid-input', 'The measurement is too large', { description: `It has ${bytes} bytes; m3ter takes at most ${LIMITS.maxBytes} in one request.` });
