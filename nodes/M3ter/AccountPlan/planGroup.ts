import { z } from 'zod';

import { accountIdOf } from '../lookups';
import { collection, limitOf, located, requiredLocated, simplified, type Handlers } from '../operation';
import { entitySchema, planSchema } from '../schemas';
import { PLAN_FIELDS } from './plan';

const FIELDS = ['id', 'code', 'name', 'currency', 'standingCharge', 'minimumSpend', 'accountId', 'customFields', 'version'];

const linkSchema = z.object({ id: z.string(), planId: z.string(), planGroupId: z.string() });

/** Plan groups: plans that share a minimum spend or standing charge. */
export const planGroup: Handlers = {
	get: async (operation) => {
		const { value: id } = requiredLocated(operation, 'planGroup', 'Plan Group');
		return simplified(operation, await operation.api.get(`/plangroups/${encodeURIComponent(id)}`), FIELDS);
	},

	getAll: async (operation) => {
		const account = located(collection(operation, 'filters').account);
		const query = { accountId: account && (await accountIdOf(operation.api, account)) };
		const rows = await operation.api.list('/plangroups', entitySchema, { query, limit: limitOf(operation), pageSize: 200 });
		return rows.map((row) => simplified(operation, row, FIELDS));
	},

	getPlans: async (operation) => {
		const { value: planGroupId } = requiredLocated(operation, 'planGroup', 'Plan Group');
		const links = await operation.api.list('/plangrouplinks', linkSchema, { query: { planGroup: planGroupId }, limit: limitOf(operation) });
		const plans = await operation.api.listByValues('/plans', planSchema, 'ids', links.map(({ planId }) => planId));
		return links.flatMap(({ id: linkId, planId }) => {
			const plan = plans.find(({ id }) => id === planId);
			return plan === undefined ? [] : { planGroupId, linkId, ...simplified(operation, plan, PLAN_FIELDS) };
		});
	},
};
