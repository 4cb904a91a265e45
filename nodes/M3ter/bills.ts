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
		if (!(error instanceof Failure) || error.status !== 413 || ids.length === 1) throw toFailure(error);
		const halves = chunk(ids, Math.ceil(ids.length / 2));
		return (await Promise.all(halves.map(async (half) => await readSome(api, half)))).flat();
	}
}

/** Accounts by id. */
export async function readAccounts(api: M3terApi, ids: readonly string[]): Promise<Map<string, Account>> {
	const rows = await api.listByValues('/accounts', accountSchema, 'ids', ids);
	return new Map(rows.map((account) => [account.id, account]));
}
