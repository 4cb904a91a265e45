import type { IExecuteFunctions } from 'n8n-workflow';

import { readBillOptions, type WhenLocked } from '../n8n/billProperties';
import type { LineMappingRule } from '../shared/lineMapping';

export type DocumentStatus = 'DRAFT' | 'SUBMITTED' | 'AUTHORISED';
export type AmountTypes = 'Exclusive' | 'Inclusive' | 'NoTax';

/** Where the money of a line goes in Xero. */
export interface LineTarget {
	accountCode?: string;
	/** For accounts without a code. */
	accountId?: string;
	itemCode?: string;
	taxType?: string;
	tracking: Array<{ categoryId: string; optionId: string }>;
}

/** The parameters of "Xero for m3ter: Bill" beyond the shared ones, read for one item. */
export interface XeroBillOptions {
	status: DocumentStatus;
	whenLocked: WhenLocked;
	whenRemoved: 'fail' | 'recreate';
	whenPeriodLocked: 'fail' | 'firstOpenDay';
	lineAmountTypes: AmountTypes;
	/** Who numbers the documents. */
	numbering: 'bill' | 'xero';
	numberPrefix: string;
	/** Text before our mark in the reference; undefined = the bill's purchase order number. */
	reference: string | undefined;
	brandingThemeId: string;
	link: string;
	showQuantity: boolean;
	lineTargets: Array<LineMappingRule<LineTarget>>;
}

interface RawRow {
	match?: string;
	account?: string;
	item?: string;
	taxType?: string;
	tracking?: string[];
}

interface RawOptions extends Partial<Omit<XeroBillOptions, 'status' | 'whenLocked' | 'lineTargets'>> {
	lineMapping?: { rows?: RawRow[] };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** Reads the parameters of one item. */
export function readXeroBillOptions(context: IExecuteFunctions, itemIndex: number): XeroBillOptions {
	const raw = context.getNodeParameter('options', itemIndex, {}) as RawOptions;
	return {
		status: context.getNodeParameter('status', itemIndex, 'DRAFT') as DocumentStatus,
		whenLocked: readBillOptions(context, itemIndex).whenLocked,
		whenRemoved: raw.whenRemoved ?? 'fail',
		whenPeriodLocked: raw.whenPeriodLocked ?? 'fail',
		lineAmountTypes: raw.lineAmountTypes ?? 'Exclusive',
		numbering: raw.numbering ?? 'bill',
		numberPrefix: raw.numberPrefix?.trim() ?? '',
		reference: raw.reference?.trim() || undefined,
		brandingThemeId: raw.brandingThemeId?.trim() ?? '',
		link: raw.link?.trim() ?? '',
		showQuantity: raw.showQuantity ?? false,
		lineTargets: (raw.lineMapping?.rows ?? []).map((row) => ({ match: row.match ?? '', target: lineTarget(row) })),
	};
}

function lineTarget({ account, item, taxType, tracking }: RawRow): LineTarget {
	const wanted = account?.trim() ?? '';
	return {
		...(isUuid(wanted) ? { accountId: wanted } : { accountCode: wanted || undefined }),
		itemCode: item?.trim() || undefined,
		taxType: taxType?.trim() || undefined,
		tracking: (tracking ?? []).slice(0, 2).map((pair) => {
			const [categoryId, optionId = ''] = pair.split('/');
			return { categoryId, optionId };
		}),
	};
}
