import type { ILoadOptionsFunctions, INodeListSearchResult, INodePropertyOptions } from 'n8n-workflow';
import { z } from 'zod';

import { m3terApi } from './api';
import { planGroupSchema, planSchema, productSchema } from './schemas';

const MAX_PAGES = 10;

type Listed = { id: string; name: string; code?: string };

/**
 * One portion of a list for a drop-down. These lists have no filter by name in m3ter, so a filter reads on until it has found
 * something, a bounded number of pages at a time; n8n asks for the next portion as the person scrolls.
 */
async function portion(
	context: ILoadOptionsFunctions,
	path: string,
	schema: z.ZodType<Listed, z.ZodTypeDef, unknown>,
	pageSize: number,
	filter = '',
	token?: string,
): Promise<INodeListSearchResult> {
	const api = await m3terApi(context);
	const wanted = filter.trim().toLowerCase();
	const rows: Listed[] = [];
	let nextToken = token;
	for (let page = 0; page < MAX_PAGES; page++) {
		const answer = await api.page(path, { pageSize, nextToken });
		rows.push(...answer.data.map((row) => schema.parse(row)).filter(({ name, code = '' }) => `${name} ${code}`.toLowerCase().includes(wanted)));
		nextToken = answer.nextToken;
		if (nextToken === undefined || rows.length > 0) break;
	}
	const results = rows.map(({ id, name, code }) => ({ name: code ? `${name} (${code})` : name, value: id }));
	return { results: results.sort((a, b) => a.name.localeCompare(b.name)), paginationToken: nextToken };
}

export async function searchPlans(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string): Promise<INodeListSearchResult> {
	return await portion(this, '/plans', planSchema, 100, filter, paginationToken);
}

export async function searchPlanGroups(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string): Promise<INodeListSearchResult> {
	return await portion(this, '/plangroups', planGroupSchema, 200, filter, paginationToken);
}

export async function searchProducts(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string): Promise<INodeListSearchResult> {
	return await portion(this, '/products', productSchema, 200, filter, paginationToken);
}

const namedSchema = z.object({ id: z.string(), name: z.string(), code: z.string().nullish().transform((code) => code ?? undefined) });

export async function searchPlanTemplates(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string): Promise<INodeListSearchResult> {
	return await portion(this, '/plantemplates', namedSchema, 100, filter, paginationToken);
}

export async function searchContracts(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string): Promise<INodeListSearchResult> {
	return await portion(this, '/contracts', namedSchema, 100, filter, paginationToken);
}

const mappingConfigurationSchema = z.object({
	m3terEntities: z.array(z.string()).nullish(),
	externalSystems: z.array(z.object({ name: z.string(), tables: z.array(z.string()).nullish() })).nullish(),
});

async function mappingConfiguration(context: ILoadOptionsFunctions) {
	const api = await m3terApi(context);
	return mappingConfigurationSchema.parse(await api.get('/externalmappingconfiguration'));
}

const asOptions = (names: readonly string[]): INodePropertyOptions[] => [...names].sort((a, b) => a.localeCompare(b)).map((name) => ({ name, value: name }));

/** m3ter entities that this organization can map. */
export async function getMappingEntities(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return asOptions((await mappingConfiguration(this)).m3terEntities ?? []);
}

/** External systems that this organization can map to. */
export async function getMappingSystems(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return asOptions(((await mappingConfiguration(this)).externalSystems ?? []).map(({ name }) => name));
}

/** Tables of the external system chosen beside it. */
export async function getMappingTables(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const chosen = this.getCurrentNodeParameter('externalSystem');
	const system = ((await mappingConfiguration(this)).externalSystems ?? []).find(({ name }) => name === chosen);
	return asOptions(system?.tables ?? []);
}
