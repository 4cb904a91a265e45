import type { LineDiff, DesiredLine, ExistingLine } from './diff';
import type { InvoiceDraft } from './invoiceDraft';
import { decimal, toText, type DecimalInput } from './money';

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

/** What a system knows of one bill's document when it reports. */
export interface ResultParts {
	system: string;
	action: SendAction;
	draft: InvoiceDraft;
	document: SendResult['document'];
	/** What the bill's documents come to, in the bill's currency, tax not included. */
	documentTotal: DecimalInput;
	/** The line edits that were made, or would be. */
	diff?: Pick<LineDiff<DesiredLine, ExistingLine>, 'add' | 'change' | 'remove' | 'same' | 'foreign'>;
	calls: number;
	warnings?: string[];
}

/** Puts a result together, the same way for every system. Lines people added by hand are named in a warning. */
export function sendResult({ system, action, draft, document, documentTotal, diff, calls, warnings = [] }: ResultParts): SendResult {
	const total = decimal(documentTotal);
	const foreign = diff?.foreign.length ?? 0;
	return {
		system,
		action,
		bill: { id: draft.billId, version: draft.billVersion, accountId: draft.accountId, accountCode: draft.accountCode, currency: draft.currency },
		document,
		totals: { bill: draft.total, document: toText(total, draft.decimals), difference: toText(total.minus(draft.total), draft.decimals) },
		lines: {
			added: diff?.add.length ?? 0,
			changed: diff?.change.length ?? 0,
			removed: diff?.remove.length ?? 0,
			unchanged: diff?.same.length ?? 0,
			skipped: draft.skippedLines,
		},
		calls,
		warnings: foreign === 0 ? warnings : [...warnings, `${foreign} line(s) on the document were added by hand and are left alone.`],
	};
}
