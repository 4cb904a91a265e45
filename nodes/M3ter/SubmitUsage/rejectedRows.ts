import { csvLine } from '../../shared/csv';
import type { Failure } from '../../shared/failure';
import type { FileRecord } from '../../shared/records';

/** Rejected rows named in the result; all of them are in the file of rejected rows. */
const NAMED_ROWS = 100;

/** The rows of a file that m3ter did not get, and why. */
export class RejectedRows {
	count = 0;

	readonly named: Array<{ row: number; reason: string }> = [];

	private readonly lines: Buffer[] = [];

	/** @param keepAll whether {@link asCsv} will be asked for */
	constructor(private readonly keepAll: boolean) {}

	add(record: FileRecord, failure: Failure): void {
		const reason = failure.description ?? failure.message;
		this.count++;
		if (this.named.length < NAMED_ROWS) this.named.push({ row: record.row, reason });
		if (this.keepAll) this.lines.push(Buffer.from(csvLine([String(record.row), reason, ...record.cells()])));
	}

	/** All rejected rows as they were in the file, each with its number and reason. */
	asCsv(header: readonly string[] = ['record']): Buffer {
		return Buffer.concat([Buffer.from(csvLine(['rejected_row', 'rejected_reason', ...header])), ...this.lines]);
	}
}
