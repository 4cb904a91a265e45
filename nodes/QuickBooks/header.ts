import type { Invoice } from 'node-quickbooks';

import type { InvoiceDraft } from '../shared/invoiceDraft';
import type { DocumentType } from './api';
import type { Company } from './company';
import type { Task } from './documentPlan';
import type { QboDocument } from './schemas';

interface Ref {
	value: string;
}

/** The fields of a document beside its lines that the pack decides. Absent = left to QuickBooks or to people. */
export interface DocumentHeader {
	CustomerRef: Ref;
	DocNumber?: string;
	TxnDate?: string;
	DueDate?: string;
	SalesTermRef?: Ref;
	DepartmentRef?: Ref;
	ClassRef?: Ref;
	CustomerMemo?: Ref;
	PrivateNote?: string;
}

const MAX_MESSAGE = 1000;
const DAY_MS = 86_400_000;
const ref = (value: string | undefined): Ref | undefined => (value ? { value } : undefined);

/** The day itself, or the first one after the closed books. */
export function openDay(day: string | undefined, { booksClosedUntil }: Company): string | undefined {
	if (day === undefined || booksClosedUntil === undefined || day > booksClosedUntil) return day;
	return new Date(Date.parse(`${booksClosedUntil}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/** Due date of the bill; a document with a later date than the bill is not due before it was made. */
function dueDateOf({ issueDate, dueDate }: InvoiceDraft, day: string | undefined): string | undefined {
	const isLater = issueDate !== undefined && day !== undefined && day > issueDate;
	return isLater && dueDate !== undefined && dueDate < day ? day : dueDate;
}

/**
 * Header fields of a bill's document. Terms decide the due date; credit memos have neither.
 * @param day date of the document where it may not be the bill's
 */
export function documentHeader({ job: { draft, customerId }, context: { options } }: Task, type: DocumentType, company: Company, day = draft.issueDate): DocumentHeader {
	const payable = type === 'Invoice';
	return {
		CustomerRef: { value: customerId },
		TxnDate: day,
		...(payable ? { SalesTermRef: ref(options.terms), DueDate: options.terms === '' ? dueDateOf(draft, day) : undefined } : {}),
		DepartmentRef: ref(options.department),
		ClassRef: company.classPerLine ? undefined : ref(options.lineDefaults.classId),
		CustomerMemo: ref(options.message.slice(0, MAX_MESSAGE)),
	} satisfies Invoice;
}

/** Whether a document differs from the header in a field the header names. */
export function headerChanged(header: DocumentHeader, document: QboDocument): boolean {
	const sameRef = (wanted: Ref | undefined, is: { value?: string } | null | undefined) => wanted === undefined || wanted.value === is?.value;
	const sameText = (wanted: string | undefined, is: string | undefined) => wanted === undefined || wanted === is;
	return !(
		sameText(header.DocNumber, document.DocNumber) &&
		sameText(header.TxnDate, document.TxnDate) &&
		sameText(header.DueDate, document.DueDate) &&
		sameText(header.PrivateNote, document.PrivateNote) &&
		sameRef(header.SalesTermRef, document.SalesTermRef) &&
		sameRef(header.DepartmentRef, document.DepartmentRef) &&
		sameRef(header.ClassRef, document.ClassRef) &&
		sameRef(header.CustomerMemo, document.CustomerMemo)
	);
}
