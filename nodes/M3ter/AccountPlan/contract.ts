import { entitySchema } from '../schemas';
import { accountIdOf } from '../lookups';
import { endDateEntities } from './endDating';
import { asJson, collection, limitOf, located, requiredLocated, simplified, type Handlers } from '../operation';

const FIELDS = ['id', 'code', 'name', 'accountId', 'startDate', 'endDate', 'purchaseOrderNumber', 'description', 'customFields', 'version'];

export const contract: Handlers = {
	endDate: async (operation) => {
		const { value: contractId } = requiredLocated(operation, 'contractId', 'Contract');
		return asJson({ contractId, ...(await endDateEntities(operation, `/contracts/${encodeURIComponent(contractId)}`, `Contract ${contractId}`)) });
	},

	get: async (operation) => {
		const { value: id } = requiredLocated(operation, 'contractId', 'Contract');
		return simplified(operation, await operation.api.get(`/contracts/${encodeURIComponent(id)}`), FIELDS);
	},

	getAll: async (operation) => {
		const account = located(collection(operation, 'filters').account);
		const query = { accountId: account && (await accountIdOf(operation.api, account)) };
		const rows = await operation.api.list('/contracts', entitySchema, { query, limit: limitOf(operation) });
		return rows.map((row) => simplified(operation, row, FIELDS));
	},
};
