import type { INodeProperties } from 'n8n-workflow';

import { limits, simplify } from '../commonProperties';

const resource = ['externalMapping'];
const of = (...operation: string[]) => ({ resource, operation });

export const externalMappingProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: 'findByExternalId',
		displayOptions: { show: { resource } },
		options: [
			{
				name: 'Create or Update',
				value: 'createOrUpdate',
				action: 'Create or update an external mapping',
				description: 'Create a new record, or update the current one if it already exists (upsert)',
			},
			{ name: 'Delete', value: 'delete', action: 'Delete an external mapping', description: 'Forget that a record stands for a m3ter entity; both of them stay' },
			{
				name: 'Find by External ID',
				value: 'findByExternalId',
				action: 'Find external mappings by external ID',
				description: 'Which m3ter entities stand for a record of the other system, newest first',
			},
			{
				name: 'Find by M3ter ID',
				value: 'findByM3terId',
				action: 'Find external mappings by m3ter ID',
				description: 'Which records of other systems stand for a m3ter entity',
			},
			{ name: 'Get Many', value: 'getAll', action: 'Get many external mappings', description: 'List the mappings to one external system, or to any' },
		],
	},
	{
		displayName: 'Entity Name or ID',
		name: 'm3terEntity',
		type: 'options',
		required: true,
		default: 'Account',
		typeOptions: { loadOptionsMethod: 'getMappingEntities' },
		description: 'Kind of m3ter entity. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		displayOptions: { show: of('createOrUpdate', 'findByM3terId') },
	},
	{
		displayName: 'M3ter ID',
		name: 'm3terId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. a0c1e2d3-1111-4222-8333-444455556666',
		description: 'ID of the m3ter entity, not its code',
		displayOptions: { show: of('createOrUpdate', 'findByM3terId') },
	},
	{
		displayName: 'External System Name or ID',
		name: 'externalSystem',
		type: 'options',
		required: true,
		default: '',
		typeOptions: { loadOptionsMethod: 'getMappingSystems' },
		description: 'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		displayOptions: { show: of('createOrUpdate', 'findByExternalId') },
	},
	{
		displayName: 'External Table Name or ID',
		name: 'externalTable',
		type: 'options',
		required: true,
		default: '',
		typeOptions: { loadOptionsMethod: 'getMappingTables', loadOptionsDependsOn: ['externalSystem'] },
		description:
			'Kind of record in the other system. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		displayOptions: { show: of('createOrUpdate', 'findByExternalId') },
	},
	{
		displayName: 'External ID',
		name: 'externalId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. cus_EXAMPLE0001',
		description: 'ID of the record in the other system',
		displayOptions: { show: of('createOrUpdate', 'findByExternalId') },
	},
	{
		displayName: 'Mapping ID',
		name: 'mappingId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 7c2b1d9e-2222-4333-8444-555566667777',
		description: 'ID of the mapping itself, for example from Find by External ID',
		displayOptions: { show: of('delete') },
	},
	...limits(of('getAll')),
	simplify(of('createOrUpdate', 'findByExternalId', 'findByM3terId', 'getAll')),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add filter',
		default: {},
		displayOptions: { show: of('findByM3terId', 'getAll') },
		options: [
			{
				displayName: 'External System',
				name: 'externalSystem',
				type: 'string',
				default: '',
				placeholder: 'e.g. Stripe',
				description: 'Only mappings to the external system of this name',
			},
		],
	},
];
