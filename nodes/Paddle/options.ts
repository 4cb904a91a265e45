import type { IExecuteFunctions } from 'n8n-workflow';

import { readBillOptions, type WhenLocked } from '../n8n/billProperties';
import type { LineMappingRule } from '../shared/lineMapping';

export type PaddleTarget = 'charge' | 'transaction' | 'modifiers';
export type TaxMode = 'account_setting' | 'external' | 'internal';
export type TaxCategory =
	| 'digital-goods'
	| 'ebooks'
	| 'implementation-services'
	| 'professional-services'
	| 'saas'
	| 'software-programming-services'
	| 'standard'
	| 'training-services'
	| 'website-hosting';

/** The parameters of "Paddle for m3ter: Bill" beyond the shared ones, read for one item. */
export interface PaddleBillOptions {
	target: PaddleTarget;
	/** Where the subscription of a charge or a modifier comes from; an empty id means the m3ter external mapping. */
	subscription: { source: 'mapping' } | { source: 'id'; id: string };
	effectiveFrom: 'next_billing_period' | 'immediately';
	onPaymentFailure: 'prevent_change' | 'apply_change';
	mappingSystem: string;
	whenLocked: WhenLocked;
	whenRemoved: 'fail' | 'recreate';
	taxMode: TaxMode;
	/** For lines without a catalog product. */
	taxCategory: TaxCategory;
	collectionMode: 'manual' | 'automatic';
	issue: boolean;
	enableCheckout: boolean;
	addressId: string;
	businessId: string;
	additionalInformation: string;
	/** Catalog product of a line. */
	lineProducts: Array<LineMappingRule<string | undefined>>;
}

interface RawOptions extends Partial<Omit<PaddleBillOptions, 'target' | 'subscription' | 'effectiveFrom' | 'lineProducts'>> {
	lineMapping?: { rows?: Array<{ match?: string; product?: string }> };
}

/** Reads the parameters of one item. */
export function readPaddleBillOptions(context: IExecuteFunctions, itemIndex: number): PaddleBillOptions {
	const shared = readBillOptions(context, itemIndex);
	const raw = context.getNodeParameter('options', itemIndex, {}) as RawOptions;
	const text = (name: string) => String(context.getNodeParameter(name, itemIndex, '')).trim();
	return {
		target: context.getNodeParameter('target', itemIndex, 'charge') as PaddleTarget,
		subscription: text('subscriptionSource') === 'id' ? { source: 'id', id: text('subscriptionId') } : { source: 'mapping' },
		effectiveFrom: context.getNodeParameter('effectiveFrom', itemIndex, 'next_billing_period') as PaddleBillOptions['effectiveFrom'],
		onPaymentFailure: raw.onPaymentFailure ?? 'prevent_change',
		mappingSystem: shared.mappingSystem,
		whenLocked: shared.whenLocked,
		whenRemoved: raw.whenRemoved ?? 'fail',
		taxMode: raw.taxMode ?? 'external',
		taxCategory: raw.taxCategory ?? 'standard',
		collectionMode: raw.collectionMode ?? 'manual',
		issue: raw.issue ?? false,
		enableCheckout: raw.enableCheckout ?? false,
		addressId: raw.addressId?.trim() ?? '',
		businessId: raw.businessId?.trim() ?? '',
		additionalInformation: raw.additionalInformation?.trim() ?? '',
		lineProducts: (raw.lineMapping?.rows ?? []).map(({ match, product }) => ({ match: match ?? '', target: product?.trim() || undefined })),
	};
}
