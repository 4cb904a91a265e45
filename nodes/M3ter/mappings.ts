import { toFailure } from '../n8n/errors';
import { Failure } from '../shared/failure';
import type { M3terApi } from './api';
import { externalMappingSchema, type ExternalMapping } from './schemas';

const PAGE_SIZE = 200;

export interface MappingKey {
	m3terEntity: 'Account' | 'AccountPlan' | 'Plan' | 'Bill' | 'Product' | (string & {});
	m3terId: string;
	externalSystem: string;
	externalTable: string;
}

const newestFirst = (a: ExternalMapping, b: ExternalMapping) => (b.dtLastModified ?? '').localeCompare(a.dtLastModified ?? '');

/** All mappings of some m3ter entities to one external system, newest first. m3ter does not promise that they are unique. */
export async function mappingsOf(api: M3terApi, m3terIds: readonly string[], externalSystem: string): Promise<ExternalMapping[]> {
	const rows = await api.listByValues('/externalmappings', externalMappingSchema, 'm3terIds', m3terIds, { externalSystemId: externalSystem });
	return rows.filter((row) => row.externalSystem === externalSystem).sort(newestFirst);
}

/** All mappings of one external record, newest first: which m3ter entities stand for it. */
export async function mappingsTo(api: M3terApi, externalSystem: string, externalTable: string, externalId: string): Promise<ExternalMapping[]> {
	const path = ['/externalmappings/externalid', ...[externalSystem, externalTable, externalId].map(encodeURIComponent)].join('/');
	return (await api.list(path, externalMappingSchema, { pageSize: PAGE_SIZE })).sort(newestFirst);
}

/**
 * Makes one mapping say `externalId`: changes the existing one of that entity, system and table, or creates it.
 * @param known mappings of that entity when the caller has read them already
 */
export async function upsertMapping(api: M3terApi, key: MappingKey, externalId: string, known?: readonly ExternalMapping[]): Promise<ExternalMapping> {
	const mappings = known ?? (await mappingsOf(api, [key.m3terId], key.externalSystem));
	const existing = mappings.find(
		(row) => row.m3terId === key.m3terId && row.m3terEntity === key.m3terEntity && row.externalTable === key.externalTable,
	);
	if (existing?.externalId === externalId) return existing;
	if (existing === undefined) return await createMapping(api, key, externalId);
	return externalMappingSchema.parse(await api.update(`/externalmappings/${existing.id}`, () => ({ externalId })));
}

/** When no answer came, the mapping is looked for before it is written again. */
async function createMapping(api: M3terApi, key: MappingKey, externalId: string): Promise<ExternalMapping> {
	try {
		return externalMappingSchema.parse(await api.post('/externalmappings', { ...key, externalId }));
	} catch (error) {
		if (!(error instanceof Failure && error.outcomeUnknown)) throw toFailure(error);
		const rows = await mappingsTo(api, key.externalSystem, key.externalTable, externalId);
		const created = rows.find((row) => row.m3terId === key.m3terId && row.m3terEntity === key.m3terEntity);
		return created ?? externalMappingSchema.parse(await api.post('/externalmappings', { ...key, externalId }));
	}
}

/**
 * Writes a mapping that makes look-ups quicker but that nothing depends on. m3ter may not allow the entity or the
 * system name in this organization: then a warning says so.
 * @param without what happens without the mapping, for the warning
 */
export async function tryUpsertMapping(
	api: M3terApi,
	key: MappingKey,
	externalId: string,
	known?: readonly ExternalMapping[],
	without = 'The document itself carries the bill id, so it is found again without it.',
): Promise<string | undefined> {
	try {
		await upsertMapping(api, key, externalId, known);
		return undefined;
	} catch (error) {
		if (error instanceof Failure && (error.kind === 'refused' || error.kind === 'permission')) {
			return `m3ter did not take the external mapping ${key.m3terEntity} → ${key.externalSystem} ${key.externalTable} (${error.description ?? error.message}). ${without}`;
		}
		return `The external mapping ${key.m3terEntity} → ${key.externalSystem} ${key.externalTable} could not be written: ${error instanceof Error ? error.message : String(error)}. Run the node again to write it.`;
	}
}
