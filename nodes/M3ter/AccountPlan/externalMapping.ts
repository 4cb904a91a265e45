import { mappingsTo, upsertMapping } from '../mappings';
import { externalMappingSchema } from '../schemas';
import { collection, limitOf, requiredText, simplified, type Handlers, type Operation } from '../operation';

const FIELDS = ['id', 'm3terEntity', 'm3terId', 'externalSystem', 'externalTable', 'externalId', 'integrationConfigId', 'dtLastModified', 'version'];

const required = {
	entity: (operation: Operation) => requiredText(operation, 'm3terEntity', 'Entity'),
	m3terId: (operation: Operation) => requiredText(operation, 'm3terId', 'M3ter ID'),
	system: (operation: Operation) => requiredText(operation, 'externalSystem', 'External System'),
	table: (operation: Operation) => requiredText(operation, 'externalTable', 'External Table'),
	externalId: (operation: Operation) => requiredText(operation, 'externalId', 'External ID'),
};

const systemFilter = (operation: Operation): string | undefined => String(collection(operation, 'filters').externalSystem ?? '').trim() || undefined;

export const externalMapping: Handlers = {
	createOrUpdate: async (operation) => {
		const key = {
			m3terEntity: required.entity(operation),
			m3terId: required.m3terId(operation),
			externalSystem: required.system(operation),
			externalTable: required.table(operation),
		};
		return simplified(operation, await upsertMapping(operation.api, key, required.externalId(operation)), FIELDS);
	},

	delete: async (operation) => {
		const id = requiredText(operation, 'mappingId', 'Mapping ID');
		await operation.api.delete(`/externalmappings/${encodeURIComponent(id)}`);
		return { deleted: true, id };
	},

	findByExternalId: async (operation) => {
		const rows = await mappingsTo(operation.api, required.system(operation), required.table(operation), required.externalId(operation));
		return rows.map((row) => simplified(operation, row, FIELDS));
	},

	findByM3terId: async (operation) => {
		const entity = required.entity(operation);
		const path = ['/externalmappings/external', ...[entity, required.m3terId(operation)].map(encodeURIComponent)].join('/');
		const system = systemFilter(operation);
		const rows = await operation.api.list(path, externalMappingSchema, { pageSize: 200 });
		return rows.filter((row) => system === undefined || row.externalSystem === system).map((row) => simplified(operation, row, FIELDS));
	},

	getAll: async (operation) => {
		const query = { externalSystemId: systemFilter(operation) };
		const rows = await operation.api.list('/externalmappings', externalMappingSchema, { query, limit: limitOf(operation), pageSize: 200 });
		return rows.map((row) => simplified(operation, row, FIELDS));
	},
};
