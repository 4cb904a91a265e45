import { fromMinorUnits } from '../shared/money';
import { sendResult, type SendAction, type SendResult } from '../shared/sendResult';
import type { XeroDocument } from './documents';
import type { Facts } from './header';
import { DECIMALS, type XeroLineDiff } from './lines';
import type { BillWork } from './send';

interface Parts {
	action: SendAction;
	document: XeroDocument | undefined;
	/** Hundredths, all documents of the bill together. */
	total: number;
	diff: XeroLineDiff;
	warnings: string[];
}

/** The outcome of one bill. */
export function resultOf({ job, calls }: BillWork, facts: Facts, { action, document, total, diff, warnings }: Parts): SendResult {
	return sendResult({
		system: 'Xero',
		action,
		draft: job.draft,
		document: document
			? { type: document.kind, id: document.id, number: document.number, url: urlOf(document, facts), status: document.status }
			: null,
		documentTotal: fromMinorUnits(total, DECIMALS),
		diff,
		calls,
		warnings,
	});
}

/** Opens the document in the right organisation, whichever one the person used last. */
function urlOf({ kind, id }: XeroDocument, { organisation }: Facts): string {
	const page = kind === 'invoice' ? `/AccountsReceivable/Edit.aspx?InvoiceID=${id}` : `/AccountsReceivable/EditCreditNote.aspx?creditNoteID=${id}`;
	if (organisation.ShortCode === undefined) return `https://go.xero.com${page}`;
	return `https://go.xero.com/organisationlogin/default.aspx?shortcode=${encodeURIComponent(organisation.ShortCode)}&redirecturl=${page}`;
}
