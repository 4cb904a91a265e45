import type { IDataObject } from 'n8n-workflow';

import { accountPlanSchema, type AccountPlan } from '../schemas';
import { attach, replace, updateAccountPlan } from './accountPlanWrites';
import { accountIdOf, planIdOf, productIdOf } from '../lookups';
import { collection, customFieldsOf, dateOf, dateTimeOf, flag, given, limitOf, located, requiredLocated, requiredText, simplified, text, type Handlers, type Operation } from '../operation';

const FIELDS = ['id', 'accountId', 'planId', 'planGroupId', 'productId', 'code', 'startDate', 'endDate', 'contractId', 'version'];

const idOf = (operation: Operation) => requiredText(operation, 'accountPlanId', 'Account Plan ID');
const pathOf = (id: string) => `/accountplans/${encodeURIComponent(id)}`;

export const accountPlan: Handlers = {
	attach: async (operation) => {
		const { api } = operation;
		const accountId = await accountIdOf(api, requiredLocated(operation, 'account', 'Account'));
		return simplified(operation, await attach(api, { accountId, ...(await what(operation)), ...when(operation), ...optional(operation) }), FIELDS);
	},

	delete: async (operation) => {
		const id = idOf(operation);
		await operation.api.delete(pathOf(id));
		return { deleted: true, id };
	},

	end: async (operation) => {
		const endDate = dateTimeOf(operation, requiredText(operation, 'endDate', 'End Date'), 'End Date');
		return simplified(operation, await updateAccountPlan(operation.api, idOf(operation), () => ({ endDate })), FIELDS);
	},

	get: async (operation) => simplified(operation, await operation.api.get(pathOf(idOf(operation))), FIELDS),

	getAll: async (operation) => {
		const { api } = operation;
		const account = await accountIdOf(api, requiredLocated(operation, 'account', 'Account'));
		const { plan, product, contractId, activeOn } = collection(operation, 'filters');
		const planFilter = located(plan);
		const planId = planFilter && (await planIdOf(api, planFilter));
		const productFilter = located(product);
		const productId = productFilter && (await productIdOf(api, productFilter));
		const contract = located(contractId)?.value;
		const date = activeOn ? dateTimeOf(operation, activeOn, 'Active On') : undefined;
		const query = { account, includeall: flag(operation, 'includeEnded') || date !== undefined };
		const limit = limitOf(operation);
		// m3ter's other filters are not promised to combine with `account`, and some leave out plan groups: they are applied here.
		const isFiltered = planId !== undefined || productId !== undefined || contract !== undefined || date !== undefined;
		const rows = await api.list('/accountplans', accountPlanSchema, { query, limit: isFiltered ? undefined : limit });
		return rows
			.filter((row) => planId === undefined || row.planId === planId)
			.filter((row) => productId === undefined || row.productId === productId)
			.filter((row) => contract === undefined || row.contractId === contract)
			.filter((row) => date === undefined || isActiveOn(row, date))
			.slice(0, limit)
			.map((row) => simplified(operation, row, FIELDS));
	},

	replace: async (operation) => {
		const { api } = operation;
		const id = idOf(operation);
		const original = accountPlanSchema.parse(await api.get(pathOf(id)));
		const body = { accountId: original.accountId, ...(await what(operation)), ...when(operation), ...optional(operation) };
		const { originalAccountPlan, newAccountPlan } = await replace(api, original, body);
		return { originalAccountPlan: simplified(operation, originalAccountPlan, FIELDS), newAccountPlan: simplified(operation, newAccountPlan, FIELDS) };
	},

	update: async (operation) => {
		const { clearEndDate, endDate, startDate, customFields, ...fields } = collection(operation, 'updateFields');
		const custom = customFieldsOf(customFields);
		const change = {
			...optionalOf(operation, fields),
			...given({ startDate: startDate && dateTimeOf(operation, startDate, 'Start Date'), endDate: endDate && dateTimeOf(operation, endDate, 'End Date') }),
			...(clearEndDate ? { endDate: undefined } : {}),
		};
		const updated = await updateAccountPlan(operation.api, idOf(operation), (current) => ({
			...change,
			...(custom ? { customFields: { ...(current.customFields as object | undefined), ...custom } } : {}),
		}));
		return simplified(operation, updated, FIELDS);
	},
};

const isActiveOn = ({ startDate, endDate }: AccountPlan, date: string): boolean =>
	Date.parse(startDate) <= Date.parse(date) && (endDate === undefined || Date.parse(date) < Date.parse(endDate));

/** A plan or a plan group. */
async function what(operation: Operation): Promise<{ planId?: string; planGroupId?: string }> {
	if (text(operation, 'attachWhat') === 'planGroup') return { planGroupId: requiredLocated(operation, 'planGroup', 'Plan Group').value };
	return { planId: await planIdOf(operation.api, requiredLocated(operation, 'plan', 'Plan')) };
}

const when = (operation: Operation) => ({ startDate: dateTimeOf(operation, requiredText(operation, 'startDate', 'Start Date'), 'Start Date') });

function optional(operation: Operation): Record<string, unknown> {
	const { endDate, customFields, ...fields } = collection(operation, 'additionalFields');
	return given({
		...optionalOf(operation, fields),
		endDate: endDate && dateTimeOf(operation, endDate, 'End Date'),
		customFields: customFieldsOf(customFields),
	});
}

const optionalOf = (operation: Operation, { billEpoch, contractId, ...fields }: IDataObject): Record<string, unknown> =>
	given({ ...fields, contractId: located(contractId)?.value, billEpoch: billEpoch && dateOf(operation, billEpoch, 'Bill Epoch') });
