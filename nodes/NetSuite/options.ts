import type { IExecuteFunctions } from 'n8n-workflow';

import { readBillOptions, type WhenLocked } from '../n8n/billProperties';
import { Failure } from '../shared/failure';
import type { LineMappingRule } from '../shared/lineMapping';

/** Internal ids. */
export interface LineTarget {
	item?: string;
	taxCode?: string;
	department?: string;
	classId?: string;
	location?: string;
}

/** `none` leaves approval to NetSuite; `withBill` approves once the bill is APPROVED in m3ter. */
export type Approval = 'none' | 'pending' | 'withBill' | 'approved';
export type Fields = Record<string, unknown>;

/** The parameters of "NetSuite for m3ter: Bill" beyond the shared ones, read for one item. */
export interface NetSuiteBillOptions {
	/** What a bill becomes; one with a negative total becomes a credit memo. */
	recordType: 'invoice' | 'salesOrder';
	mappingSystem: string;
	whenLocked: WhenLocked;
	whenRemoved: 'fail' | 'recreate';
	negativeTotal: 'creditMemo' | 'refuse';
	approval: Approval;
	numbering: 'netSuite' | 'bill';
	memo: string;
	subsidiary?: string;
	terms?: string;
	/** For lines without another one; segments also go on the document. */
	lineDefaults: LineTarget;
	lineTargets: Array<LineMappingRule<LineTarget>>;
	/** Custom columns by script id; empty = not sent. */
	lineIdField: string;
	serviceStartField: string;
	serviceEndField: string;
	unitsField: string;
	bodyFields: Fields;
	lineFields: Fields;
}

interface RawTarget {
	item?: string;
	taxCode?: string;
	department?: string;
	classId?: string;
	location?: string;
}

interface RawOptions extends RawTarget, Partial<Pick<NetSuiteBillOptions, 'whenRemoved' | 'negativeTotal' | 'approval' | 'numbering' | 'memo' | 'subsidiary' | 'terms'>> {
	lineMapping?: { rows?: Array<RawTarget & { match?: string }> };
	lineIdField?: string;
	serviceStartField?: string;
	serviceEndField?: string;
	unitsField?: string;
	bodyFields?: string | Fields;
	lineFields?: string | Fields;
}

const filled = (text: string | number | undefined) => String(text ?? '').trim() || undefined;

const lineTarget = ({ item, taxCode, department, classId, location }: RawTarget): LineTarget => ({
	item: filled(item),
	taxCode: filled(taxCode),
	department: filled(department),
	classId: filled(classId),
	location: filled(location),
});

/** Reads the parameters of one item. */
export function readNetSuiteBillOptions(context: IExecuteFunctions, itemIndex: number): NetSuiteBillOptions {
	const { mappingSystem, whenLocked } = readBillOptions(context, itemIndex);
	const raw = context.getNodeParameter('options', itemIndex, {}) as RawOptions;
	return {
		recordType: context.getNodeParameter('recordType', itemIndex, 'invoice') as NetSuiteBillOptions['recordType'],
		mappingSystem,
		whenLocked,
		whenRemoved: raw.whenRemoved ?? 'fail',
		negativeTotal: raw.negativeTotal ?? 'creditMemo',
		approval: raw.approval ?? 'pending',
		numbering: raw.numbering ?? 'netSuite',
		memo: filled(raw.memo) ?? '',
		subsidiary: filled(raw.subsidiary),
		terms: filled(raw.terms),
		lineDefaults: lineTarget(raw),
		lineTargets: (raw.lineMapping?.rows ?? []).map((row) => ({ match: row.match ?? '', target: lineTarget(row) })),
		lineIdField: filled(raw.lineIdField) ?? '',
		serviceStartField: filled(raw.serviceStartField) ?? '',
		serviceEndField: filled(raw.serviceEndField) ?? '',
		unitsField: filled(raw.unitsField) ?? '',
		bodyFields: fieldsOf(raw.bodyFields, "'Additional Body Fields'"),
		lineFields: fieldsOf(raw.lineFields, "'Additional Line Fields'"),
	};
}

/** How many requests may be under way at once; a property of the run, not of an item. */
export function readConcurrency(context: IExecuteFunctions): number {
	const { requestsAtOnce } = context.getNodeParameter('options', 0, {}) as { requestsAtOnce?: number };
	return Math.min(4, Math.max(1, Math.floor(requestsAtOnce ?? 1)));
}

function fieldsOf(value: string | Fields | undefined, field: string): Fields {
	if (value === undefined || value === '') return {};
	const parsed = typeof value === 'string' ? parsedOrUndefined(value) : value;
	if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)) return parsed as Fields;
	throw new Failure('invalid-input', `${field} is not a JSON object`, { description: 'Write field IDs and values, e.g. {"custbody_channel": "usage", "location": {"id": "1"}}.' });
}

function parsedOrUndefined(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
