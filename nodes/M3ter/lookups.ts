import { Failure } from '../shared/failure';
import type { M3terApi } from './api';
import { accountSchema, planSchema, productSchema, type Account, type Plan, type Product } from './schemas';
import type { Located } from './operation';

/** Things a person names by id or code, as m3ter stores them. Codes are exact and case-sensitive. */

const notFound = (kind: string, { by, value }: Located) =>
	new Failure('not-found', `m3ter has no such ${kind}`, { description: `No ${kind} with the ${by === 'id' ? 'ID' : 'code'} '${value}' in this organization.` });

/** @throws Failure `not-found` */
export async function findAccount(api: M3terApi, located: Located): Promise<Account> {
	const account = located.by === 'code' ? await accountByCode(api, located.value) : await byId(api, '/accounts', located.value, accountSchema.parse);
	if (account === undefined) throw notFound('account', located);
	return account;
}

export async function accountByCode(api: M3terApi, code: string): Promise<Account | undefined> {
	const rows = await api.list('/accounts', accountSchema, { query: { codes: code } });
	return rows.find((row) => row.code === code);
}

/** By code this reads the whole list: m3ter cannot filter plans by code. @throws Failure `not-found` */
export async function findPlan(api: M3terApi, located: Located): Promise<Plan> {
	const plan =
		located.by === 'code'
			? (await api.list('/plans', planSchema)).find(({ code }) => code === located.value)
			: await byId(api, '/plans', located.value, planSchema.parse);
	if (plan === undefined) throw notFound('plan', located);
	return plan;
}

/** @throws Failure `not-found` */
export async function findProduct(api: M3terApi, located: Located): Promise<Product> {
	const product =
		located.by === 'code'
			? (await api.list('/products', productSchema, { pageSize: 200 })).find(({ code }) => code === located.value)
			: await byId(api, '/products', located.value, productSchema.parse);
	if (product === undefined) throw notFound('product', located);
	return product;
}

async function byId<T>(api: M3terApi, path: string, id: string, parse: (row: unknown) => T): Promise<T | undefined> {
	const row = await api.find(`${path}/${encodeURIComponent(id)}`);
	return row === undefined ? undefined : parse(row);
}

/** The id of an account: without a request when it was picked from the list or given by ID. */
export const accountIdOf = async (api: M3terApi, located: Located): Promise<string> => (located.by === 'id' ? located.value : (await findAccount(api, located)).id);

export const planIdOf = async (api: M3terApi, located: Located): Promise<string> => (located.by === 'id' ? located.value : (await findPlan(api, located)).id);

export const productIdOf = async (api: M3terApi, located: Located): Promise<string> => (located.by === 'id' ? located.value : (await findProduct(api, located)).id);
