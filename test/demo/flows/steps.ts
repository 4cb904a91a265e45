import { z } from 'zod';
import type { Execution } from '../../host/execution';
import { lastMonth } from './m3terSteps';
import { itemsWith } from './play';

/** What the flows of all systems have in common. */

const outcomeSchema = z.object({
	action: z.string(),
	bill: z.object({ id: z.string() }),
	document: z.object({ id: z.string(), status: z.string().optional() }).nullable(),
	totals: z.object({ bill: z.string(), document: z.string(), difference: z.string() }),
	lines: z.object({ added: z.number(), changed: z.number(), removed: z.number(), unchanged: z.number(), skipped: z.number() }),
	calls: z.number(),
});

/** What "<System> for m3ter: Bill: Send" reported in a run. */
export type Outcome = z.infer<typeof outcomeSchema>;

/** What the last run that sent a bill reported. */
export function outcomeOf(runs: Execution[]): Outcome {
	const items = runs.flatMap((run) => itemsWith(run, 'action', 'document', 'totals'));
	if (items.length === 0) throw new Error('No run reported what it sent');
	return outcomeSchema.parse(items[items.length - 1]);
}

/** One row of usage as the seller's own service reports it. */
export interface UsageRow {
	id: string;
	customer: string;
	timestamp: string;
	requests: number;
}

/** Usage of API requests, one row for each of the first `days` days of last month. Rows of the same `batch` are the same rows. */
export function usageOf(customer: string, days: number, batch = 'daily'): UsageRow[] {
	const start = Date.parse(`${lastMonth().first}T12:00:00Z`);
	return Array.from({ length: days }, (_, day) => ({
		id: `${batch}-${customer}-${day}`,
		customer,
		timestamp: new Date(start + day * 24 * 3600 * 1000).toISOString(),
		requests: 10_000 + 137 * day,
	}));
}

/** Amount in a two-decimal currency as people read it. */
export const money = (amount: number, currency: string): string => `${currency.toUpperCase()} ${amount.toFixed(2)}`;

/** @throws Error when there is no such thing */
export function required<T>(value: T | undefined, what: string): T {
	if (value === undefined) throw new Error(`${what} is missing`);
	return value;
}
