import { chunk } from '../shared/batching';
import { Failure } from '../shared/failure';
import type { BillJob } from '../M3ter/billTarget';
import { literal, type DocumentType, type NetSuiteApi } from './api';
import { isClosed, type Facts } from './facts';
import { hundredths } from './lines';
import type { NetSuiteBillOptions } from './options';
import { externalIdOf, generationOf, noteOf } from './origin';
import { documentRow, documentSchema, idRow, type DocumentRow, type NetSuiteDocument } from './schemas';

const BILLS_PER_QUERY = 20;
const TYPES: Record<string, DocumentType> = { invoice: 'invoice', salesorder: 'salesOrder', creditmemo: 'creditMemo' };

/** A record of the bill as SuiteQL lists it; one just written has no status yet. */
export type KnownRow = Omit<DocumentRow, 'status'> & { status?: string };

/** A document of a bill. */
export interface FoundDocument {
	type: DocumentType;
	generation: number;
	/** Letter of its status, language-free. */
	letter?: string;
	document: NetSuiteDocument;
}

/** The records of some bills, by bill id. One query for many bills. */
export async function readRows(api: NetSuiteApi, billIds: readonly string[]): Promise<Map<string, KnownRow[]>> {
	const found = new Map<string, KnownRow[]>(billIds.map((id) => [id, []]));
	for (const part of chunk(billIds, BILLS_PER_QUERY)) {
		const conditions = part.map((id) => `t.externalid LIKE ${literal(`${externalIdOf(id)}%`)}`).join(' OR ');
		const rows = await api.query(`SELECT t.id, t.recordtype, t.externalid, t.status FROM transaction t WHERE ${conditions} ORDER BY t.id`, documentRow);
		for (const row of rows) {
			const owner = part.find((id) => generationOf(row.externalid, id) !== undefined);
			if (owner !== undefined) found.get(owner)?.push(row);
		}
	}
	return found;
}

/** Reads the bill's documents with their lines; those deleted in between are left out. */
export async function readDocuments(api: NetSuiteApi, { bill }: BillJob, rows: readonly KnownRow[]): Promise<FoundDocument[]> {
	const found = await Promise.all(
		rows.map(async ({ id, recordtype, externalid, status }): Promise<FoundDocument | undefined> => {
			const type = TYPES[recordtype.toLowerCase()];
			if (type === undefined) throw foreignType(bill.id, recordtype, id);
			const document = await api.find(type, { id }, documentSchema);
			return document && { type, generation: generationOf(externalid, bill.id) ?? 1, letter: status, document };
		}),
	);
	return found.filter((document) => document !== undefined).sort((a, b) => a.generation - b.generation);
}

/** Nothing carries the bill's external id. If the ledger remembers a record, it was deleted, or never was ours. */
export async function checkLedger(api: NetSuiteApi, { bill, ledgerDocumentId }: BillJob, whenRemoved: NetSuiteBillOptions['whenRemoved']): Promise<void> {
	if (ledgerDocumentId === undefined) return;
	const [other] = await api.query(`SELECT t.id FROM transaction t WHERE t.id = ${literal(ledgerDocumentId)} ORDER BY t.id`, idRow);
	if (other !== undefined) {
		throw new Failure('conflict', 'The ledger points to a NetSuite record of another origin', {
			description: `m3ter's external mapping of bill ${bill.id} names record ${other.id}, which does not carry the external ID ${externalIdOf(bill.id)}. Correct or delete the mapping, or restore the external ID.`,
		});
	}
	if (whenRemoved === 'recreate') return;
	throw new Failure('not-found', 'The NetSuite document of this bill was deleted', {
		description: `Record ${ledgerDocumentId} of bill ${bill.id} is gone. To send the bill again, set the option 'When Deleted or Void' to 'Create Again'.`,
	});
}

/** A document that will never be charged: void, rejected, closed or cancelled. */
export function deadReason({ type, letter, document }: FoundDocument): string | undefined {
	if (letter === 'V') return 'void';
	if (type === 'invoice' && (letter === 'E' || document.approvalStatus?.id === '3')) return 'rejected';
	if (type === 'salesOrder' && letter === 'H') return 'closed';
	return type === 'salesOrder' && letter === 'C' ? 'cancelled' : undefined;
}

/** Why a document can no longer be changed; undefined when it can. */
export function lockReason({ type, letter, document }: FoundDocument, facts: Facts, options: NetSuiteBillOptions): string | undefined {
	if (type === 'salesOrder') {
		const stage = document.orderStatus?.id ?? letter ?? 'A';
		if (stage === 'A' || (stage === 'B' && options.approval === 'none')) return undefined;
		return stage === 'B' ? 'approved' : 'being fulfilled or billed';
	}
	if (letter === 'B' || (document.amountPaid ?? 0) > 0) return type === 'invoice' ? 'paid or partly paid' : 'applied';
	if (document.approvalStatus?.id === '2') return 'approved';
	return isClosed(facts, { id: document.postingPeriod?.id, day: document.tranDate }) ? 'in a closed period' : undefined;
}

export const isPending = ({ type, document }: FoundDocument): boolean =>
	(type === 'invoice' && document.approvalStatus?.id === '1') || (type === 'salesOrder' && document.orderStatus?.id === 'A');

export const signOf = (type: DocumentType): 1 | -1 => (type === 'creditMemo' ? -1 : 1);

/** What a document adds to what the customer owes, in hundredths, tax not included. */
export const signedTotal = ({ type, document }: FoundDocument): number =>
	(document.item?.items ?? []).reduce((total, { amount }) => total + hundredths(amount), 0) * signOf(type) || 0;

export const versionOf = ({ document }: FoundDocument): number => noteOf(document.memo)?.version ?? 0;

const foreignType = (billId: string, recordType: string, id: string) =>
	new Failure('conflict', 'A NetSuite record of another type has the external ID of the bill', {
		description: `${recordType} ${id} carries ${externalIdOf(billId)}, but bills become invoices, sales orders or credit memos. Change its external ID.`,
	});
