import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { toNodeError } from '../n8n/errors';
import { quickBooksApi } from './api';
import { namedSchema } from './schemas';

/** What people choose from: the active entries of a list in QuickBooks, by name. Each call is a live request. */
async function choices(context: ILoadOptionsFunctions, entity: string): Promise<INodePropertyOptions[]> {
	try {
		const api = await quickBooksApi(context);
		const rows = await api.query(entity, namedSchema, 'Active = true');
		return (
			rows
				// A category is a heading; QuickBooks refuses it on a line.
				.filter(({ Type }) => Type !== 'Category')
				.map(({ Id, Name, FullyQualifiedName }) => ({ name: FullyQualifiedName ?? Name ?? Id, value: Id }))
				.sort((a, b) => a.name.localeCompare(b.name))
		);
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

export async function getItems(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await choices(this, 'Item');
}

export async function getTaxCodes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await choices(this, 'TaxCode');
}

export async function getClasses(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await choices(this, 'Class');
}

export async function getDepartments(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await choices(this, 'Department');
}

export async function getTerms(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await choices(this, 'Term');
}
