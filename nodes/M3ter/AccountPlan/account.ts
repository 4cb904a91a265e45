import type { IDataObject } from 'n8n-workflow';

import { Failure } from '../../shared/failure';
import type { M3terApi } from '../api';
import { toFailure } from '../../n8n/errors';
import { accountSchema, type Account } from '../schemas';
import { accountByCode, accountIdOf, findAccount } from '../lookups';
import { endDateEntities } from './endDating';
import { asJson, collection, customFieldsOf, dateOf, given, limitOf, located, requiredLocated, requiredText, simplified, text, type Handlers, type Operation } from '../operation';

const FIELDS = ['id', 'code', 'name', 'emailAddress', 'currency', 'address', 'parentAccountId', 'purchaseOrderNumber', 'customFields', 'version'];
/** m3ter's own maximum and the reason to look before sending: the answer to a wrong code says little. */
const CODE = /^[^\p{Cc}\s](?:[^\p{Cc}\s]| )*$/u;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

export const account: Handlers = {
	create: async (operation) => simplified(operation, await createAccount(operation.api, await bodyOf(operation, 'additionalFields')), FIELDS),

	createOrUpdate: async (operation) => {
		const { api } = operation;
		const body = await bodyOf(operation, 'additionalFields');
		const existing = await accountByCode(api, String(body.code));
		return simplified(operation, existing ? await updateAccount(api, existing.id, body) : await createAccount(api, body), FIELDS);
	},

	delete: async (operation) => {
		const id = await accountIdOf(operation.api, requiredLocated(operation, 'account', 'Account'));
		await operation.api.delete(`/accounts/${encodeURIComponent(id)}`);
		return { deleted: true, id };
	},

	endDate: async (operation) => {
		const where = requiredLocated(operation, 'account', 'Account');
		const accountId = await accountIdOf(operation.api, where);
		return asJson({ accountId, ...(await endDateEntities(operation, `/accounts/${encodeURIComponent(accountId)}`, `Account ${where.value}`)) });
	},

	get: async (operation) => simplified(operation, await findAccount(operation.api, requiredLocated(operation, 'account', 'Account')), FIELDS),

	getAll: async (operation) => {
		const { parent, codes } = collection(operation, 'filters');
		const from = located(parent);
		const path = from ? `/accounts/${encodeURIComponent(await accountIdOf(operation.api, from))}/children` : '/accounts';
		const wanted = String(codes ?? '').split(',').map((code) => code.trim()).filter((code) => code !== '');
		const limit = limitOf(operation);
		const rows =
			wanted.length > 0 && !from
				? (await operation.api.listByValues(path, accountSchema, 'codes', wanted)).slice(0, limit)
				: await operation.api.list(path, accountSchema, { limit });
		return rows.map((row) => simplified(operation, row, FIELDS));
	},

	search: async (operation) => (await searchAccounts(operation)).map((row) => simplified(operation, row, FIELDS)),

	update: async (operation) => {
		const id = await accountIdOf(operation.api, requiredLocated(operation, 'account', 'Account'));
		return simplified(operation, await updateAccount(operation.api, id, await fieldsOf(operation, collection(operation, 'updateFields'))), FIELDS);
	},
};

async function bodyOf(operation: Operation, additional: string): Promise<Record<string, unknown>> {
	const body = {
		name: requiredText(operation, 'name', 'Name'),
		code: requiredText(operation, 'code', 'Code'),
		emailAddress: requiredText(operation, 'emailAddress', 'Email'),
		...(await fieldsOf(operation, collection(operation, additional))),
	};
	checkAccount(body);
	return body;
}

/** Optional fields in m3ter's form. Empty ones are left out: on update they keep what is stored. */
async function fieldsOf(operation: Operation, fields: IDataObject): Promise<Record<string, unknown>> {
	const { address, customFields, parentAccount, billEpoch, ...plain } = fields;
	const parent = located(parentAccount);
	const body = given({
		...plain,
		address: ((address ?? {}) as IDataObject).details && given((address as { details: IDataObject }).details),
		billEpoch: billEpoch ? dateOf(operation, billEpoch, 'Bill Epoch') : undefined,
		parentAccountId: parent && (await accountIdOf(operation.api, parent)),
		customFields: customFieldsOf(customFields),
	});
	checkAccount(body);
	return body;
}

function checkAccount({ code, emailAddress }: Record<string, unknown>): void {
	if (code !== undefined && (!CODE.test(String(code)) || String(code).length > 80)) {
		throw new Failure('invalid-input', "'Code' is not a code m3ter takes", { description: `'${String(code)}': at most 80 printable characters, with no space at either end.` });
	}
	if (emailAddress !== undefined && !EMAIL.test(String(emailAddress))) {
		throw new Failure('invalid-input', "'Email' is not an email address", { description: `'${String(emailAddress)}' is not of the form name@example.com.` });
	}
}

/** Creates an account. When no answer came, it is looked for by its code before the run fails. */
export async function createAccount(api: M3terApi, body: Record<string, unknown>): Promise<Account> {
	try {
		return accountSchema.parse(await api.post('/accounts', body));
	} catch (error) {
		const created = error instanceof Failure && error.outcomeUnknown ? await accountByCode(api, String(body.code)) : undefined;
		if (created !== undefined) return created;
		throw toFailure(error);
	}
}

/** Changes only the given fields; custom fields and address lines that are not given are kept. */
async function updateAccount(api: M3terApi, id: string, fields: Record<string, unknown>): Promise<Account> {
	const merged = (current: unknown, change: unknown) => ({ ...((current ?? {}) as object), ...(change as object) });
	return accountSchema.parse(
		await api.update(`/accounts/${encodeURIComponent(id)}`, (current) => ({
			...fields,
			...(fields.address ? { address: merged(current.address, fields.address) } : {}),
			...(fields.customFields ? { customFields: merged(current.customFields, fields.customFields) } : {}),
		})),
	);
}

interface Condition {
	field: string;
	comparator: string;
	value: unknown;
}

/** m3ter's search: conditions joined by `$`, for which it has no escape. Paged by offset. */
async function searchAccounts(operation: Operation): Promise<Account[]> {
	const { api, context, index } = operation;
	const { condition = [] } = context.getNodeParameter('conditions', index, {}) as { condition?: Condition[] };
	const searchQuery = condition.map(({ field, comparator, value }) => `${field}${comparator}${searchable(value)}`).join('$');
	const { sortBy, sortOrder } = collection(operation, 'sorting');
	const query = { searchQuery, operator: text(operation, 'match'), sortBy: sortBy as string | undefined, sortOrder: sortBy ? String(sortOrder ?? 'ASC') : undefined };
	const limit = limitOf(operation) ?? Number.MAX_SAFE_INTEGER;
	const rows: Account[] = [];
	while (rows.length < limit) {
		const { data } = await api.page('/accounts/search', { ...query, pageSize: 100, fromDocument: rows.length });
		rows.push(...data.map((row) => accountSchema.parse(row)));
		if (data.length < 100) break;
	}
	return rows.slice(0, limit);
}

function searchable(value: unknown): string {
	const wanted = String(value ?? '').trim();
	if (wanted.includes('$')) throw new Failure('invalid-input', "m3ter cannot search for text with a '$'", { description: `'${wanted}': use Get Many with the filter 'Codes', or search for the part before the '$'.` });
	return wanted;
}
