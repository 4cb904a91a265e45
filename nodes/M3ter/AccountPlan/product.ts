import { entitySchema } from '../schemas';
import { findProduct } from '../lookups';
import { asJson, limitOf, requiredLocated, type Handlers } from '../operation';

export const product: Handlers = {
	get: async (operation) => asJson(await findProduct(operation.api, requiredLocated(operation, 'product', 'Product'))),

	getAll: async (operation) => (await operation.api.list('/products', entitySchema, { limit: limitOf(operation), pageSize: 200 })).map(asJson),
};
