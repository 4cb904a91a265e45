import type { IExecuteFunctions, JsonObject } from 'n8n-workflow';

import { attempted, settled } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import type { Measurement } from '../../shared/measurement';
import type { M3terApi } from '../api';
import { IngestRun, type IngestRow, type RowResult } from '../ingest';
import { RowChecks } from './checks';
import { RowParameters, type Row, type SubmitOptions } from './rows';

/** Items read, looked up and handed on at once; meanwhile the requests of those before are under way. */
const AT_ONCE = 1_000;

/** What became of an item: its result, or why there is none. */
export type RowOutcome = JsonObject | Failure;

interface ItemRow extends IngestRow {
	measurement: Measurement;
}

/** Takes the input items to m3ter in their order, and remembers what became of each. */
export class ItemsRun {
	private readonly outcomes: RowOutcome[] = [];

	private readonly parameters: RowParameters;

	private readonly checks: RowChecks;

	private readonly ingest: IngestRun<ItemRow>;

	/** Why the remaining items are not looked at: m3ter could not be asked about them. */
	private stopped: Failure | undefined;

	constructor(
		private readonly context: IExecuteFunctions,
		api: M3terApi,
		private readonly options: SubmitOptions,
	) {
		this.parameters = new RowParameters(context);
		this.checks = new RowChecks(api, options);
		this.ingest = new IngestRun({
			send: async (body) => await api.ingest(body),
			report: (row, result) => this.report(row, result),
			isCancelled: () => context.getExecutionCancelSignal()?.aborted === true,
			concurrency: options.pace.concurrency,
		});
	}

	/** @returns the outcome of each item, by its index */
	async run(): Promise<RowOutcome[]> {
		const { length } = this.context.getInputData();
		for (let start = 0; start < length; start += AT_ONCE) await this.takeSome(start, Math.min(length, start + AT_ONCE));
		await this.ingest.finish();
		return this.outcomes;
	}

	private async takeSome(start: number, end: number): Promise<void> {
		const rows = Array.from({ length: end - start }, (_value, offset) => attempted(() => this.parameters.readRow(start + offset)));
		if (this.stopped === undefined) {
			const failed = await settled(async () => await this.checks.lookUp(rows.flatMap((row) => (row instanceof Failure ? [] : row))));
			if (failed instanceof Failure) this.stopped = failed;
		}
		for (const [offset, row] of rows.entries()) {
			const waiting = this.take(start + offset, row);
			if (waiting !== undefined) await waiting;
		}
	}

	/** The promise, when there is one, resolves when there is room for more. */
	private take(index: number, row: Row | Failure): Promise<void> | undefined {
		const measurement = row instanceof Failure ? row : (this.stopped ?? attempted(() => this.checks.measurement(row)));
		if (measurement instanceof Failure) {
			const { account, meter } = row instanceof Failure ? {} : row.input;
			this.outcomes[index] = nameRow(measurement, index, { account, customer: row instanceof Failure ? undefined : row.customer?.id, meter });
			return undefined;
		}
		if (!this.parameters.isDryRun(index)) return this.ingest.add({ row: index + 1, uid: measurement.uid, json: JSON.stringify(measurement), measurement });
		this.outcomes[index] = { ...about(measurement), status: 'valid', measurement: { ...measurement } };
		return undefined;
	}

	private report({ row, measurement }: ItemRow, result: RowResult): void {
		const { account, meter, uid } = measurement;
		if (result.status === 'failed') this.outcomes[row - 1] = nameRow(result.failure, row - 1, { account, meter }, uid);
		// A summary counts results only; for many thousand items it makes a difference not to describe each.
		else this.outcomes[row - 1] = this.options.output === 'summary' ? { ...result } : { ...about(measurement), ...result };
	}
}

const about = ({ uid, account, meter, ts }: Measurement) => ({ uid, account, meter, ts });

/** Says which row a failure is about: its number, account, customer, meter and uid. */
function nameRow(failure: Failure, index: number, named: Record<string, unknown>, uid?: string): Failure {
	const facts = Object.entries(named).filter(([, value]) => value !== undefined && value !== '');
	const who = facts.length === 0 ? '' : ` (${facts.map(([name, value]) => `${name} ${String(value)}`).join(', ')})`;
	return new Failure(failure.kind, failure.message, {
		...failure,
		description: `Row ${index + 1}${who}: ${failure.description ?? failure.message}`,
		details: { ...failure.details, row: index + 1, ...Object.fromEntries(facts), ...(uid === undefined ? {} : { uid }) },
	});
}
