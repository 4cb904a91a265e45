import type { IExecuteFunctions } from 'n8n-workflow';

import { readBillOptions, type WhenLocked } from '../n8n/billProperties';
import type { LineMappingRule } from '../shared/lineMapping';

export interface LineTarget {
	item?: string;
	taxCode?: string;
	classId?: string;
}

/** Where a document's number comes from. */
export type DocumentNumber = 'bill' | 'short' | 'quickBooks';
export type QuantityMode = 'one' | 'units';
export type ServiceDate = 'start' | 'end' | 'none';

/** The parameters of "QuickBooks for m3ter: Bill" beyond the shared ones, read for one item. */
export interface QuickBooksBillOptions {
	mappingSystem: string;
	whenLocked: WhenLocked;
	whenRemoved: 'fail' | 'recreate';
	negativeTotal: 'creditMemo' | 'refuse';
	documentNumber: DocumentNumber;
	quantity: QuantityMode;
	serviceDate: ServiceDate;
	/** For lines without another one. */
	lineDefaults: LineTarget;
	lineTargets: Array<LineMappingRule<LineTarget>>;
	department: string;
	terms: string;
	message: string;
	queueEmail: boolean;
}

interface RawOptions extends Partial<Omit<QuickBooksBillOptions, 'lineDefaults' | 'lineTargets'>> {
	item?: string;
	taxCode?: string;
	classId?: string;
	lineMapping?: { rows?: Array<{ match?: string; item?: string; taxCode?: string; classId?: string }> };
}

const filled = (text: string | undefined) => text?.trim() || undefined;

const lineTarget = ({ item, taxCode, classId }: Pick<RawOptions, 'item' | 'taxCode' | 'classId'>): LineTarget => ({
	item: filled(item),
	taxCode: filled(taxCode),
	classId: filled(classId),
});

/** Reads the parameters of one item. */
export function readQuickBooksBillOptions(context: IExecuteFunctions, itemIndex: number): QuickBooksBillOptions {
	const shared = readBillOptions(context, itemIndex);
	const raw = context.getNodeParameter('options', itemIndex, {}) as RawOptions;
	return {
		mappingSystem: shared.mappingSystem,
		whenLocked: shared.whenLocked,
		whenRemoved: raw.whenRemoved ?? 'fail',
		negativeTotal: raw.negativeTotal ?? 'creditMemo',
		documentNumber: raw.documentNumber ?? 'bill',
		quantity: raw.quantity ?? 'one',
		serviceDate: raw.serviceDate ?? 'end',
		lineDefaults: lineTarget(raw),
		lineTargets: (raw.lineMapping?.rows ?? []).map((row) => ({ match: row.match ?? '', target: lineTarget(row) })),
		department: raw.department?.trim() ?? '',
		terms: raw.terms?.trim() ?? '',
		message: raw.message?.trim() ?? '',
		queueEmail: raw.queueEmail ?? false,
	};
}
