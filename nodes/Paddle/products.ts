import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { toNodeError } from '../n8n/errors';
import { paddleApi } from './api';
import { productSchema } from './schemas';

const NONE: INodePropertyOptions = { name: '- None: Made for the Line -', value: '' };

/** The active products of the catalog. */
export async function getProducts(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	try {
		const products = await (await paddleApi(this)).list('/products', productSchema, { status: 'active' });
		const options = products.map(({ id, name }) => ({ name: name ?? id, value: id, description: id }));
		return [NONE, ...options.sort((a, b) => a.name.localeCompare(b.name))];
	} catch (error) {
		throw toNodeError(this.getNode(), error);
	}
}
