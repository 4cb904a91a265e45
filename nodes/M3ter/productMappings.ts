import type { Bill } from '../shared/bill';
import type { InvoiceLine } from '../shared/invoiceDraft';
import type { M3terApi } from './api';
import { mappingsOf } from './mappings';

const productIdOf = (item: Bill['lineItems'][number]): string | undefined => item.accountingProductId ?? item.productId;

/**
 * The records of another system that the products on some bills are mapped to, by m3ter product id: the mappings
 * Product → Item that m3ter's native accounting integrations use.
 */
export async function readProductMappings(api: M3terApi, bills: readonly Bill[], system: string, table: string): Promise<Map<string, string>> {
	const ids = new Set(bills.flatMap(({ lineItems }) => lineItems.flatMap((item) => productIdOf(item) ?? [])));
	if (ids.size === 0) return new Map();
	const rows = (await mappingsOf(api, [...ids], system)).filter((row) => row.externalTable === table);
	// Newest first: where a product has several, the newest is set last and stays.
	return new Map(rows.reverse().map((row) => [row.m3terId, row.externalId]));
}

/** The record a line's product is mapped to. As in m3ter's own integrations, the accounting product counts before the product. */
export function mappedProduct(line: InvoiceLine, bill: Bill, mappings: ReadonlyMap<string, string>): string | undefined {
	const item = bill.lineItems.find(({ id }) => id !== undefined && line.ids.includes(id));
	const productId = item && productIdOf(item);
	return productId === undefined ? undefined : mappings.get(productId);
}
