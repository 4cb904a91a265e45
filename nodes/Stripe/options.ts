import type { IExecuteFunctions } from 'n8n-workflow';

import { readBillOptions, type WhenLocked } from '../n8n/billProperties';
import type { LineMappingRule } from '../shared/lineMapping';

export type StripeMode = 'invoice' | 'subscription';
export type CollectionMethod = 'charge_automatically' | 'send_invoice';

export interface LineTarget {
	product?: string;
	taxRates: string[];
}

/** The parameters of "Stripe for m3ter: Bill" beyond the shared ones, read for one item. */
export interface StripeBillOptions {
	mode: StripeMode;
	/** Subscription mode: where the subscription comes from; an empty id means the m3ter external mapping. */
	subscriptionId: string;
	mappingSystem: string;
	whenLocked: WhenLocked;
	whenRemoved: 'fail' | 'recreate';
	negativeTotal: 'refuse' | 'send';
	finalize: boolean;
	autoAdvance: boolean;
	collectionMethod: CollectionMethod;
	automaticTax: boolean;
	memo: string;
	footer: string;
	lineTargets: Array<LineMappingRule<LineTarget>>;
}

interface RawOptions extends Partial<Omit<StripeBillOptions, 'mode' | 'subscriptionId' | 'lineTargets'>> {
	lineMapping?: { rows?: Array<{ match?: string; product?: string; taxRates?: string }> };
}

const ids = (text: string | undefined) => (text ?? '').split(/[\s,]+/).filter((id) => id !== '');

/** Reads the parameters of one item. */
export function readStripeBillOptions(context: IExecuteFunctions, itemIndex: number): StripeBillOptions {
	const shared = readBillOptions(context, itemIndex);
	const raw = context.getNodeParameter('options', itemIndex, {}) as RawOptions;
	const mode = context.getNodeParameter('mode', itemIndex, 'invoice') as StripeMode;
	const byId = mode === 'subscription' && context.getNodeParameter('subscriptionSource', itemIndex, 'mapping') === 'id';
	return {
		mode,
		subscriptionId: byId ? String(context.getNodeParameter('subscriptionId', itemIndex, '')).trim() : '',
		mappingSystem: shared.mappingSystem,
		whenLocked: shared.whenLocked,
		whenRemoved: raw.whenRemoved ?? 'fail',
		negativeTotal: raw.negativeTotal ?? 'refuse',
		finalize: raw.finalize ?? false,
		autoAdvance: raw.autoAdvance ?? false,
		collectionMethod: raw.collectionMethod ?? 'charge_automatically',
		automaticTax: raw.automaticTax ?? false,
		memo: raw.memo?.trim() ?? '',
		footer: raw.footer?.trim() ?? '',
		lineTargets: (raw.lineMapping?.rows ?? []).map((row) => ({
			match: row.match ?? '',
			target: { product: row.product?.trim() || undefined, taxRates: ids(row.taxRates) },
		})),
	};
}
