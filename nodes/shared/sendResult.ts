/** What happened to the document of a bill. `locked` = it exists but can no longer be changed. */
export type SendAction = 'created' | 'updated' | 'unchanged' | 'skipped' | 'locked';

/** The outcome of "Bill: Send", the same for every system. Amounts are decimal text in the bill's currency. */
export interface SendResult {
	system: string;
	action: SendAction;
	bill: { id: string; version?: number; accountId: string; accountCode?: string; currency: string };
	document: { type: string; id: string; number?: string; url?: string; status?: string } | null;
	totals: { bill: string; document: string; difference: string };
	lines: { added: number; changed: number; removed: number; unchanged: number; skipped: number };
	/** Requests made to the provider for this bill. */
	calls: number;
	warnings: string[];
}

/** "Bill: Preview": the same, with the requests that a Send would make and none of them made. */
export interface PreviewResult extends SendResult {
	requests: Array<{ method: string; path: string; body?: unknown }>;
}
