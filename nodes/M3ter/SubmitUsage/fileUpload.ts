import { sleep, type IExecuteFunctions, type JsonObject } from 'n8n-workflow';
import { z } from 'zod';

import { settled, toFailure } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import { UidSet } from '../../shared/uidSet';
import type { M3terApi } from '../api';
import { repetition, type RowResult } from '../ingest';
import type { FileIngestRow, Sink } from './fileRun';

const PATH = '/fileuploads/measurements';
const MAX_NAME = 100;
/** The link lives one minute: after a slow or failed transfer a new one is asked for. */
const MAX_TRIES = 3;
const TRANSFER_TIMEOUT_MS = 10 * 60_000;
const POLL = { firstMs: 1_000, maxMs: 15_000, factor: 1.5, sliceMs: 500 };
/** Rows are joined into pieces of bytes of about this many characters, so that a part is not a million small texts. */
const PIECE = 256 * 1024;

const linkSchema = z.object({ jobId: z.string(), url: z.string().url(), headers: z.record(z.union([z.string(), z.array(z.string())])).nullish() });

const jobSchema = z.object({
	id: z.string(),
	status: z.enum(['notUploaded', 'running', 'failed', 'succeeded']),
	totalRows: z.number().nullish(),
	processedRows: z.number().nullish(),
	failedRows: z.number().nullish(),
});

type Job = z.output<typeof jobSchema>;

export interface UploadOptions {
	fileName?: string;
	/** Largest size of one upload; m3ter takes 1 GiB. */
	partBytes: number;
	jobTimeoutMs: number;
	report(row: FileIngestRow, result: RowResult): void;
	/** So many rows are with m3ter. */
	delivered(rows: number): void;
}

/** Hands measurements to m3ter's file uploads, in parts, and follows the jobs that take them in. */
export class FileUpload implements Sink {
	stopped: Failure | undefined;

	private readonly uids = new UidSet();

	private readonly jobs = new Map<string, Job>();

	/** Measurements of the piece that is being filled. */
	private texts: string[] = [];

	private characters = 0;

	/** Rows in the part that is being filled. */
	private rows = 0;

	private pieces: Buffer[] = [];

	private bytes = 0;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly api: M3terApi,
		private readonly options: UploadOptions,
	) {}

	add(row: FileIngestRow): Promise<void> | undefined {
		const repeated = repetition(this.uids, row);
		if (repeated !== undefined) {
			this.options.report(row, repeated);
			return undefined;
		}
		this.texts.push(row.json);
		this.characters += row.json.length;
		this.rows++;
		if (this.characters < PIECE) return undefined;
		this.closePiece();
		return this.bytes < this.options.partBytes ? undefined : this.uploadPart();
	}

	/** Uploads what is left and waits for m3ter to take everything in. */
	async finish(): Promise<void> {
		if (this.stopped === undefined) {
			this.closePiece();
			if (this.pieces.length > 0) await this.uploadPart();
		}
		await this.followJobs();
	}

	facts(): JsonObject {
		const jobs = [...this.jobs.values()];
		return {
			method: 'upload',
			complete: jobs.every(({ status }) => status === 'succeeded'),
			failedRows: jobs.reduce((sum, { failedRows }) => sum + (failedRows ?? 0), 0),
			jobs: jobs.map((job) => ({ ...job })),
		};
	}

	private closePiece(): void {
		if (this.texts.length === 0) return;
		const piece = Buffer.from(this.texts.join(','));
		this.pieces.push(piece);
		this.bytes += piece.length + 1;
		this.texts = [];
		this.characters = 0;
	}

	private async uploadPart(): Promise<void> {
		const separated = this.pieces.flatMap((piece, index) => (index === 0 ? [piece] : [COMMA, piece]));
		const part = Buffer.concat([OPENING, ...separated, CLOSING]);
		this.pieces = [];
		this.bytes = 0;
		const number = this.jobs.size + 1;
		for (let tries = 1; ; tries++) {
			const { jobId, url, headers } = linkSchema.parse(await this.api.post(`${PATH}/generateUploadUrl`, { fileName: partName(this.options.fileName, number), contentType: 'application/json', contentLength: part.length }, { repeatable: true }));
			const failure = await settled(async () => await this.transfer(url, headers ?? {}, part));
			if (!(failure instanceof Failure)) {
				this.jobs.set(jobId, { id: jobId, status: 'running' });
				this.options.delivered(this.rows);
				this.rows = 0;
				this.context.logger.info(`m3ter file upload ${number}: ${part.length} bytes sent`, { jobId });
				return;
			}
			if (tries < MAX_TRIES) continue;
			this.stopped = failure;
			throw failure;
		}
	}

	/** The link itself is the permission: no token goes with it, and exactly the headers that came with it. */
	private async transfer(url: string, headers: Record<string, string | string[]>, body: Buffer): Promise<void> {
		try {
			await this.context.helpers.httpRequest({ method: 'PUT', url, headers, body, timeout: TRANSFER_TIMEOUT_MS, abortSignal: this.context.getExecutionCancelSignal() });
		} catch (error) {
			throw notTransferred(error);
		}
	}

	private async followJobs(): Promise<void> {
		const deadline = Date.now() + this.options.jobTimeoutMs;
		for (let waitMs = POLL.firstMs; this.open().length > 0 && !this.isCancelled(); waitMs = Math.min(POLL.maxMs, waitMs * POLL.factor)) {
			await this.pause(Math.min(waitMs, Math.max(0, deadline - Date.now())));
			for (const { id } of this.open()) await this.readJob(id);
			if (Date.now() >= deadline) return;
		}
		const failed = [...this.jobs.values()].find(({ status }) => status === 'failed');
		if (failed !== undefined) throw new Failure('refused', 'm3ter could not take in an uploaded file', { description: `Upload job ${failed.id} failed after ${failed.processedRows ?? 0} of ${failed.totalRows ?? 0} rows. Run the node again: what m3ter has taken already is not counted twice.` });
	}

	private open(): Job[] {
		return [...this.jobs.values()].filter(({ status }) => status === 'running' || status === 'notUploaded');
	}

	private async readJob(id: string): Promise<void> {
		const job = jobSchema.parse(await this.api.get(`${PATH}/jobs/${encodeURIComponent(id)}`));
		this.jobs.set(id, job);
		this.context.logger.info(`m3ter upload job: ${job.processedRows ?? 0} of ${job.totalRows ?? 0} rows, ${job.failedRows ?? 0} failed`, { jobId: id, status: job.status });
	}

	private async pause(ms: number): Promise<void> {
		for (let left = ms; left > 0 && !this.isCancelled(); left -= POLL.sliceMs) await sleep(Math.min(POLL.sliceMs, left));
	}

	private isCancelled(): boolean {
		return this.context.getExecutionCancelSignal()?.aborted === true;
	}
}

const [OPENING, COMMA, CLOSING] = ['[', ',', ']'].map((text) => Buffer.from(text));

const partName = (name: string | undefined, number: number): string => {
	const end = `-${number}.json`;
	return `${(name ?? 'usage').replace(/\.[^.]*$/, '').slice(0, MAX_NAME - end.length)}${end}`;
};

const notTransferred = (error: unknown) =>
	new Failure('unavailable', 'The file could not be uploaded to m3ter', {
		description: `${toFailure(error).description ?? toFailure(error).message}. m3ter's upload links live one minute: choose a smaller Upload Part Size on a slow connection.`,
	});
