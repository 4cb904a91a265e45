import type { IExecuteFunctions } from 'n8n-workflow';

import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import type { NetSuiteApi } from './api';
import { changedRecords, readSales } from './changedSales';
import { recordSale, type NetSuiteChannelSale } from './channelSale';
import type { SaleOptions } from './sale';

/** Defaults for what the user left out. */
export const saleOptionsOf = ({ soldWhen, accountCodeField }: Partial<SaleOptions>): SaleOptions => ({
	soldWhen: soldWhen ?? 'approved',
	accountCodeField: accountCodeField?.trim() ?? '',
});

/** "Sale: Get Changed" and "Sale: Record" for one item. */
export async function runSaleOperation(context: IExecuteFunctions, api: NetSuiteApi, operation: string, index: number): Promise<SubscriptionEvent[]> {
	const text = (name: string) => String(context.getNodeParameter(name, index, '') ?? '');
	if (operation === 'record') {
		const options = context.getNodeParameter('recordOptions', index, {}) as Partial<NetSuiteChannelSale>;
		const names = ['channelCustomerId', 'customerName', 'customerEmail', 'orderId', 'items', 'startDate'] as const;
		const fields = Object.fromEntries(names.map((name) => [name, text(name)])) as Pick<NetSuiteChannelSale, (typeof names)[number]>;
		return [await recordSale(api, { ...options, ...fields })];
	}
	const options = context.getNodeParameter('saleOptions', index, {}) as Partial<SaleOptions> & { timeZone?: string };
	const watch = context.getNodeParameter('watch', index) as string[];
	const records = await changedRecords(api, { watch, since: text('since'), timeZone: options.timeZone ?? '' });
	return await readSales(api, records, saleOptionsOf(options));
}
