import { z } from 'zod';

import { Failure } from '../shared/failure';
import { billSchema, type Bill } from '../shared/bill';
import { chunk } from '../shared/batching';
import { toFailure } from '../n8n/errors';
import type { M3terApi } from './api';
import { accountSchema, type Account } from './schemas';

/** Bills carry all their line items; more than this in one answer can be too large for m3ter to send (413). */
const BILLS_PER_CALL = 10;

/** Bills with line items and total, by id. Always read afresh: what arrived in an event may be outdated by now. */
export async function readBills(api: M3terApi, ids: readonly string[]): Promise<Map<string, Bill>> {
	const found = await Promise.all(chunk([...new Set(ids)], BILLS_PER_CALL).map(async (part) => await readSome(api, part)));
	return new Map(found.flat().map((bill) => [bill.id, bill]));
}

async function readSome(api: M3terApi, ids: string[]): Promise<Bill[]> {
	try {
		return await api.list('/bills', billSchema, { query: { ids, includeBillTotal: true } });
	} catch (error) {
		if (!(error instanceof Failure) || error.status !== 413) throw toFailure(error);
		if (ids.length === 1) return await readInPages(api, ids[0]);
		const halves = chunk(ids, Math.ceil(ids.length / 2));
		return (await Promise.all(halves.map(async (half) => await readSome(api, half)))).flat();
	}
}

/**
 * A bill that is too large for one answer: first without its lines, then these. When it is calculated again meanwhile it has the
 * older version, which tells whoever sent it to look again. Lines read this way do not say which child account they are for.
 */
async function readInPages(api: M3terApi, id: string): Promise<Bill[]> {
	const headers = await api.list('/bills', billSchema, { query: { ids: id, excludeLineItems: true, includeBillTotal: true } });
	return await Promise.all(
		headers.map(async (header) => {
			const lineItems = (await readLineItems(api, id)).sort((a, b) => Number(a.sequenceNumber ?? 0) - Number(b.sequenceNumber ?? 0));
			return billSchema.parse({ ...header, lineItems, childAccountsOmitted: true });
		}),
	);
}

const lineItemSchema = z.object({ id: z.string() }).passthrough();

/** The line items of a bill, page by page, in the shape they have inside a bill, child accounts apart. */
export async function readLineItems(api: M3terApi, billId: string, limit?: number): Promise<Array<Record<string, unknown>>> {
	return (await api.list(`/bills/${encodeURIComponent(billId)}/lineitems`, lineItemSchema, { limit })).map(normalizeLineItem);
}

/** Asked for on its own, a line item has its price bands under `bandUsage` instead of `usagePerPricingBand`, and bookkeeping. */
function normalizeLineItem({ bandUsage, jsonUsageGenerated, ...line }: Record<string, unknown>): Record<string, unknown> {
	void jsonUsageGenerated;
	return { ...line, usagePerPricingBand: line.usagePerPricingBand ?? bandUsage ?? [] };
}

/** Accounts by id. */
export async function readAccounts(api: M3terApi, ids: readonly string[]): Promise<Map<string, Account>> {
	const rows = await api.listByValues('/accounts', accountSchema, 'ids', ids);
	return new Map(rows.map((account) => [account.id, account]));
}
