import { settled } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import type { MeterFields } from '../../shared/measurement';
import type { M3terApi } from '../api';
import { readAccounts } from '../bills';
import { mappingsTo } from '../mappings';
import { accountSchema, meterSchema, type Account, type ExternalMapping } from '../schemas';
import { fieldsOf } from './meterFields';
import type { Customer } from './rows';

/** Every look-up of a run is made once per distinct value, whatever the number of rows. */

export const customerKey = ({ system, table, id }: Customer): string => JSON.stringify([system, table, id]);

/** The account code of each customer, by {@link customerKey}, or why there is none. */
export async function accountsOfCustomers(api: M3terApi, customers: readonly Customer[]): Promise<Map<string, string | Failure>> {
	const distinct = new Map(customers.map((customer) => [customerKey(customer), customer]));
	const found = await Promise.all(
		[...distinct].map(async ([key, customer]) => ({
			key,
			customer,
			mappings: await settled(async () => await mappingsTo(api, customer.system, customer.table, customer.id)),
		})),
	);
	const ids = found.flatMap(({ mappings }) => (mappings instanceof Failure ? [] : accountIds(mappings)));
	const accounts = await readAccounts(api, ids);
	return new Map(found.map(({ key, customer, mappings }) => [key, mappings instanceof Failure ? mappings : accountOf(customer, accountIds(mappings), accounts)]));
}

const accountIds = (mappings: ExternalMapping[]): string[] => [...new Set(mappings.filter(({ m3terEntity }) => m3terEntity === 'Account').map(({ m3terId }) => m3terId))];

/** Usage of a customer with several accounts could be billed to the wrong one: that is for a person to decide. */
function accountOf({ system, table, id }: Customer, ids: string[], accounts: Map<string, Account>): string | Failure {
	const existing = ids.flatMap((accountId) => accounts.get(accountId) ?? []);
	const who = `${system} ${table} ${id}`;
	if (existing.length === 1) return existing[0].code;
	if (existing.length === 0) {
		return new Failure('mapping-missing', 'The customer has no m3ter account', {
			description: `m3ter has no external mapping Account → ${who}. Create it with m3ter Account/Plan (External Mapping > Create or Update), or let the subscription flow create account and mapping.`,
		});
	}
	return new Failure('conflict', 'The customer has several m3ter accounts', {
		description: `${who} is mapped to the accounts ${existing.map(({ code }) => code).join(', ')}. Remove the mappings that are wrong, or give the account code instead.`,
	});
}

/** Which of these account codes exist, exactly as written. */
export async function existingAccounts(api: M3terApi, codes: readonly string[]): Promise<Set<string>> {
	const rows = await api.listByValues('/accounts', accountSchema, 'codes', codes);
	return new Set(rows.map(({ code }) => code));
}

/** The meters with these codes, by code. */
export async function readMeters(api: M3terApi, codes: readonly string[]): Promise<Map<string, MeterFields>> {
	const rows = await api.listByValues('/meters', meterSchema, 'codes', codes);
	return new Map(rows.map((meter) => [meter.code, fieldsOf(meter)]));
}
