import type { Router } from '../kit/http';
import { badRequest, type Context } from './context';
import { ok, page } from './requests';
import { ORG, serveResource, type Resource } from './resource';
import { externalMapping } from './schemas';
import type { ExternalMapping } from './state';

/** By default every system of this project is there and bills can be mapped; whether a real organization allows it is not documented. */
export const DEFAULT_MAPPINGS: Context['settings']['mappings'] = {
	entities: ['Account', 'AccountPlan', 'Aggregation', 'Bill', 'CompoundAggregation', 'Contract', 'Meter', 'Plan', 'PlanGroup', 'PlanTemplate', 'Product'],
	systems: [
		{ name: 'Stripe', tables: ['Customer', 'Product', 'Price', 'Subscription', 'Invoice'] },
		{ name: 'Chargebee', tables: ['Customer', 'Subscription', 'ItemPrice', 'Invoice'] },
		{ name: 'Paddle', tables: ['Customer', 'Subscription', 'Price', 'Transaction'] },
		{ name: 'Xero', tables: ['Contact', 'Item', 'Invoice'] },
		{ name: 'QuickBooks', tables: ['Customer', 'Item', 'Invoice'] },
		{ name: 'NetSuite', tables: ['Customer', 'Item', 'SalesOrder', 'Invoice'] },
		{ name: 'n8n', tables: [] },
	],
	allowCustomExternalTables: true,
	refuseUnknownSystems: false,
};

const mappings: Resource<ExternalMapping, typeof externalMapping> = {
	path: '/externalmappings',
	map: (state) => state.externalMappings,
	schema: externalMapping,
	maxPageSize: 200,
	withoutIds: true,
	filters: {
		externalSystemId: (mapping, names) => names.includes(mapping.externalSystem),
		m3terIds: (mapping, ids) => ids.includes(mapping.m3terId),
		integrationConfigId: (mapping, ids) => ids.includes(mapping.integrationConfigId ?? ''),
	},
	/** Nothing keeps two mappings of one pair from coexisting. */
	build(body, { settings: { mappings: allowed } }) {
		if (!allowed.entities.includes(body.m3terEntity)) throw badRequest(`m3terEntity: ${body.m3terEntity} cannot be mapped`);
		const system = allowed.systems.find(({ name }) => name === body.externalSystem);
		if (!system) {
			if (allowed.refuseUnknownSystems) throw badRequest(`externalSystem: ${body.externalSystem} is not configured`);
			return {};
		}
		if (!allowed.allowCustomExternalTables && !system.tables.includes(body.externalTable)) {
			throw badRequest(`externalTable: ${system.name} has no ${body.externalTable}`);
		}
		return {};
	},
};

export function serveMappings(router: Router, context: Context): void {
	serveResource(router, context, mappings);
	const where = (test: (mapping: ExternalMapping) => boolean) => [...context.state.externalMappings.values()].filter(test);
	router
		.on('GET', `${ORG}/externalmappings/externalid/:system/:table/:id`, ({ params, query }) => {
			const { system, table, id } = params;
			return page(where((entry) => entry.externalSystem === system && entry.externalTable === table && entry.externalId === id), query, 200);
		})
		.on('GET', `${ORG}/externalmappings/external/:entity/:id`, ({ params, query }) => {
			return page(where((entry) => entry.m3terEntity === params.entity && entry.m3terId === params.id), query, 200);
		})
		.on('GET', `${ORG}/externalmappingconfiguration`, () => {
			const { entities, systems, allowCustomExternalTables } = context.settings.mappings;
			return ok({ m3terEntities: entities, externalSystems: systems.map((system) => ({ ...system, allowCustomExternalTables })) });
		});
	// The organization is connected to no system, so there are no candidate values.
	const values = `${ORG}/externalmappingconfiguration/values/:destination/:entityType`;
	router.on('GET', values, () => ok([])).on('GET', `${values}/:credentialsId`, () => ok([]));
}
