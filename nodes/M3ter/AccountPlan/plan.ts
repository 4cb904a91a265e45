import { entitySchema } from '../schemas';
import { accountIdOf, findPlan, productIdOf } from '../lookups';
import { collection, limitOf, located, requiredLocated, simplified, type Handlers, type Operation } from '../operation';

export const PLAN_FIELDS = ['id', 'code', 'name', 'productId', 'planTemplateId', 'accountId', 'standingCharge', 'minimumSpend', 'bespoke', 'version'];
const TEMPLATE_FIELDS = ['id', 'code', 'name', 'productId', 'currency', 'standingCharge', 'billFrequency', 'billFrequencyInterval', 'minimumSpend', 'version'];

async function productFilter(operation: Operation): Promise<{ productId?: string }> {
	const product = located(collection(operation, 'filters').product);
	return { productId: product && (await productIdOf(operation.api, product)) };
}

export const plan: Handlers = {
	get: async (operation) => simplified(operation, await findPlan(operation.api, requiredLocated(operation, 'plan', 'Plan')), PLAN_FIELDS),

	getAll: async (operation) => {
		const account = located(collection(operation, 'filters').account);
		const query = { ...(await productFilter(operation)), accountId: account && (await accountIdOf(operation.api, account)) };
		const rows = await operation.api.list('/plans', entitySchema, { query, limit: limitOf(operation) });
		return rows.map((row) => simplified(operation, row, PLAN_FIELDS));
	},
};

export const planTemplate: Handlers = {
	get: async (operation) => {
		const { value: id } = requiredLocated(operation, 'planTemplateId', 'Plan Template');
		return simplified(operation, await operation.api.get(`/plantemplates/${encodeURIComponent(id)}`), TEMPLATE_FIELDS);
	},

	getAll: async (operation) => {
		const rows = await operation.api.list('/plantemplates', entitySchema, { query: await productFilter(operation), limit: limitOf(operation) });
		return rows.map((row) => simplified(operation, row, TEMPLATE_FIELDS));
	},
};
