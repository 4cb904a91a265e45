import type { IExecuteFunctions, JsonObject } from 'n8n-workflow';
import { z } from 'zod';

import type { M3terApi } from '../api';
import { billIdOf } from './read';

const lineItemSchema = z.object({ id: z.string() }).passthrough();

/**
 * Brings a line item to the shape it has inside a bill. Asked for on its own, m3ter names the price bands `bandUsage`
 * instead of `usagePerPricingBand` and adds bookkeeping of its own.
 */
export function normalizeLineItem({ bandUsage, jsonUsageGenerated, ...line }: Record<string, unknown>): Record<string, unknown> {
	void jsonUsageGenerated;
	return { ...line, usagePerPricingBand: line.usagePerPricingBand ?? bandUsage ?? [] };
}

/** "Get Line Items": page by page, so that a bill of any size can be read. */
export async function getLineItems(context: IExecuteFunctions, api: M3terApi, itemIndex: number): Promise<JsonObject[]> {
	const billId = billIdOf(context, itemIndex);
	const limit = context.getNodeParameter('returnAll', itemIndex) === true ? undefined : Number(context.getNodeParameter('limit', itemIndex));
	const rows = await api.list(`/bills/${encodeURIComponent(billId)}/lineitems`, lineItemSchema, { limit });
	return rows.map((row) => ({ billId, ...normalizeLineItem(row) }) as JsonObject);
}
