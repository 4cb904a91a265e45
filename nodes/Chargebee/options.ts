import type { IExecuteFunctions } from 'n8n-workflow';

import { readBillOptions, type WhenLocked } from '../n8n/billProperties';
import type { LineMappingRule } from '../shared/lineMapping';

export type ChargebeeTarget = 'pendingInvoice' | 'unbilledCharges' | 'newInvoice';
/** What becomes of negative amounts that are left after netting: Chargebee takes no negative charge. */
export type Credits = 'refuse' | 'promotionalCredit' | 'discount';

export interface LineTarget {
	/** Charge item price (catalog 2.0) or non-recurring addon (1.0); none = ad hoc charge. */
	item?: string;
	/** Only bulk calls take these two: unbilled charges and new invoices. */
	taxable?: boolean;
	taxProfile?: string;
	avalaraTaxCode?: string;
	hsnCode?: string;
	taxjarProductCode?: string;
}

/** The parameters of "Chargebee for m3ter: Bill" beyond the shared ones, read for one item. */
export interface ChargebeeBillOptions {
	target: ChargebeeTarget;
	subscription: { source: 'mapping' } | { source: 'id'; id: string } | { source: 'none' };
	mappingSystem: string;
	whenLocked: WhenLocked;
	whenRemoved: 'fail' | 'recreate';
	whichPending: 'byPeriod' | 'newest' | 'oldest' | 'fail';
	/** What to do when the subscription has no pending invoice. */
	noPending: 'fail' | 'skip' | 'newInvoice' | 'unbilledCharges';
	close: boolean;
	collect: boolean;
	credits: Credits;
	/** Whether the last second of a period is sent, or the first moment after it. */
	periodEnd: 'inclusive' | 'exclusive';
	/** Zone of the site, in which the days of m3ter begin. */
	timeZone: string;
	invoiceNote: string;
	lineTargets: Array<LineMappingRule<LineTarget>>;
}

interface RawRow {
	match?: string;
	item?: string;
	taxable?: 'default' | 'yes' | 'no';
	taxProfile?: string;
	avalaraTaxCode?: string;
	hsnCode?: string;
	taxjarProductCode?: string;
}

interface RawOptions extends Partial<Omit<ChargebeeBillOptions, 'target' | 'subscription' | 'lineTargets'>> {
	lineMapping?: { rows?: RawRow[] };
	currenciesWithoutDecimals?: string;
}

const filled = (text: string | undefined) => text?.trim() || undefined;

const lineTargetOf = (row: RawRow): LineTarget => ({
	item: filled(row.item),
	taxable: row.taxable === 'yes' ? true : row.taxable === 'no' ? false : undefined,
	taxProfile: filled(row.taxProfile),
	avalaraTaxCode: filled(row.avalaraTaxCode),
	hsnCode: filled(row.hsnCode),
	taxjarProductCode: filled(row.taxjarProductCode),
});

function subscriptionOf(context: IExecuteFunctions, itemIndex: number): ChargebeeBillOptions['subscription'] {
	const source = context.getNodeParameter('subscriptionSource', itemIndex, 'mapping') as 'mapping' | 'id' | 'none';
	return source === 'id' ? { source, id: String(context.getNodeParameter('subscriptionId', itemIndex, '')).trim() } : { source };
}

/** Reads the parameters of one item. */
export function readChargebeeBillOptions(context: IExecuteFunctions, itemIndex: number): ChargebeeBillOptions {
	const shared = readBillOptions(context, itemIndex);
	const raw = context.getNodeParameter('options', itemIndex, {}) as RawOptions;
	return {
		target: context.getNodeParameter('target', itemIndex, 'pendingInvoice') as ChargebeeTarget,
		subscription: subscriptionOf(context, itemIndex),
		mappingSystem: shared.mappingSystem,
		whenLocked: shared.whenLocked,
		whenRemoved: raw.whenRemoved ?? 'fail',
		whichPending: raw.whichPending ?? 'byPeriod',
		noPending: raw.noPending ?? 'fail',
		close: raw.close ?? false,
		collect: raw.collect ?? false,
		credits: raw.credits ?? 'refuse',
		periodEnd: raw.periodEnd ?? 'inclusive',
		timeZone: filled(raw.timeZone) ?? 'UTC',
		invoiceNote: raw.invoiceNote?.trim() ?? '',
		lineTargets: (raw.lineMapping?.rows ?? []).map((row) => ({ match: row.match ?? '', target: lineTargetOf(row) })),
	};
}

/** Codes in 'Currencies Without Decimals', upper case. One list for the whole run. */
export function readCurrenciesWithoutDecimals(context: IExecuteFunctions): string[] {
	const { currenciesWithoutDecimals = '' } = context.getNodeParameter('options', 0, {}) as RawOptions;
	return currenciesWithoutDecimals.toUpperCase().split(/[\s,]+/).filter((code) => code !== '');
}
