import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import { m3terApi } from './api';
import { accountSchema, meterSchema, type Account, type Meter } from './schemas';

/** Lists behind resource locators: what a person picks from. Each call is one live request; n8n asks for more as they scroll. */

const PAGE_SIZE = 100;
/** Lists without a server-side filter are read up to here when a person types one. */
const MAX_FILTERED = 2_000;

const containing = (filter: string) => (row: { name: string; code: string }) =>
	row.name.toLowerCase().includes(filter.toLowerCase()) || row.code.toLowerCase().includes(filter.toLowerCase());

const byName = (a: INodeListSearchItems, b: INodeListSearchItems) => a.name.localeCompare(b.name);

const item = (row: { name: string; code: string }, value: string): INodeListSearchItems => ({ name: `${row.name} (${row.code})`, value });

/** Accounts, a page at a time; a filter is looked for at the start of names and codes, as m3ter's search can. */
async function accounts(context: ILoadOptionsFunctions, filter: string | undefined, token: string | undefined): Promise<{ rows: Account[]; next?: string }> {
	const api = await m3terApi(context);
	if (!filter) {
		const { data, nextToken } = await api.page('/accounts', { pageSize: PAGE_SIZE, nextToken: token });
		return { rows: data.map((row) => accountSchema.parse(row)), next: nextToken };
	}
	// m3ter's search has no way to write a '$' inside a value.
	if (filter.includes('$')) return { rows: await api.list('/accounts', accountSchema, { query: { codes: filter } }) };
	const fromDocument = Number(token ?? 0);
	const searchQuery = `name~${filter}$code~${filter}`;
	const { data } = await api.page('/accounts/search', { searchQuery, operator: 'OR', pageSize: PAGE_SIZE, fromDocument });
	return { rows: data.map((row) => accountSchema.parse(row)), next: data.length === PAGE_SIZE ? String(fromDocument + PAGE_SIZE) : undefined };
}

/** Accounts by id. */
export async function searchAccounts(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string): Promise<INodeListSearchResult> {
	const { rows, next } = await accounts(this, filter, paginationToken);
	return { results: rows.map((row) => item(row, row.id)).sort(byName), paginationToken: next };
}

/** Accounts by code: what measurements name them with. */
export async function searchAccountCodes(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string): Promise<INodeListSearchResult> {
	const { rows, next } = await accounts(this, filter, paginationToken);
	return { results: rows.map((row) => item(row, row.code)).sort(byName), paginationToken: next };
}

/** Meters by code. */
export async function searchMeterCodes(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string): Promise<INodeListSearchResult> {
	const api = await m3terApi(this);
	const results = (rows: Meter[]) => rows.map((row) => item(row, row.code)).sort(byName);
	if (filter) return { results: results((await api.list('/meters', meterSchema, { limit: MAX_FILTERED, pageSize: PAGE_SIZE })).filter(containing(filter))) };
	const { data, nextToken } = await api.page('/meters', { pageSize: PAGE_SIZE, nextToken: paginationToken });
	return { results: results(data.map((row) => meterSchema.parse(row))), paginationToken: nextToken };
}
