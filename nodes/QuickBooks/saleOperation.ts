import type { IExecuteFunctions } from 'n8n-workflow';

import type { ChannelSale } from '../shared/channelSale';
import { Failure } from '../shared/failure';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import type { QuickBooksApi } from './api';
import { changedSales } from './changedSales';
import { recordSale } from './channelSale';
import { readSales, type SaleEntity } from './sale';

/** The operations of the resource Sale, for one item. @throws Failure `not-found` when there is no such record. */
export async function saleOperation(context: IExecuteFunctions, api: QuickBooksApi, operation: string, index: number): Promise<SubscriptionEvent[]> {
	const text = (name: string) => String(context.getNodeParameter(name, index, '') ?? '').trim();
	const system = text('system') || 'QuickBooks';
	if (operation === 'getChanged') {
		const entities = context.getNodeParameter('entities', index) as SaleEntity[];
		return await changedSales(api, text('since'), entities, context.getNodeParameter('statuses', index) as string[], system);
	}
	if (operation === 'record') {
		const { accountCode, currency, endDate, changedAt, status } = context.getNodeParameter('additionalFields', index, {}) as Partial<ChannelSale>;
		const optional = { accountCode, currency, endDate: endDate && String(endDate), changedAt: changedAt && String(changedAt), status };
		const named = { customerName: text('customerName'), customerEmail: text('customerEmail'), orderId: text('orderId'), items: text('items'), startDate: text('startDate') };
		return [await recordSale(api, { ...named, ...optional }, system)];
	}
	const entity = text('entity') as SaleEntity;
	const [sale] = await readSales(api, [{ entity, id: text('entityId') }], system);
	if (sale instanceof Failure) throw sale;
	if (sale !== undefined) return [sale];
	throw new Failure('not-found', `QuickBooks has no such ${entity.toLowerCase()}`, { description: `${entity} "${text('entityId')}" does not exist in company ${api.realmId}, or it was deleted.` });
}
