import type { INodeProperties } from 'n8n-workflow';

import { accountLocator, limits, planLocator, productLocator, simplify } from '../commonProperties';

/** What is only read: plans, plan templates, products and contracts. */

interface Catalog {
	resource: string;
	one: string;
	many: string;
	/** The parameter that names one. */
	pick: INodeProperties;
	filters: INodeProperties[];
	/** Responses of more than ten fields can be simplified. */
	large: boolean;
}

const pickById = (resource: string, label: string, name: string): INodeProperties => ({
	displayName: `${label} ID`,
	name,
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. 7c2b1d9e-2222-4333-8444-555566667777',
	displayOptions: { show: { resource: [resource], operation: ['get'] } },
});

const productFilter = productLocator(undefined, { required: false });
const accountFilter = accountLocator(undefined, { required: false });

function catalogProperties({ resource, one, many, pick, filters, large }: Catalog): INodeProperties[] {
	const show = (...operation: string[]) => ({ resource: [resource], operation });
	return [
		{
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			default: 'get',
			displayOptions: { show: { resource: [resource] } },
			options: [
				{ name: 'Get', value: 'get', action: `Get a ${one}` },
				{ name: 'Get Many', value: 'getAll', action: `Get many ${many}` },
			],
		},
		pick,
		...limits(show('getAll')),
		...(large ? [simplify(show('get', 'getAll'))] : []),
		...(filters.length > 0
			? [
					{
						displayName: 'Filters',
						name: 'filters',
						type: 'collection' as const,
						placeholder: 'Add filter',
						default: {},
						displayOptions: { show: show('getAll') },
						options: filters,
					},
				]
			: []),
	];
}

const getOnly = (resource: string) => ({ resource: [resource], operation: ['get'] });

export const planProperties = catalogProperties({
	resource: 'plan',
	one: 'plan',
	many: 'plans',
	pick: planLocator(getOnly('plan')),
	filters: [{ ...accountFilter, description: 'Custom plans of one account' }, productFilter],
	large: true,
});

export const planTemplateProperties = catalogProperties({
	resource: 'planTemplate',
	one: 'plan template',
	many: 'plan templates',
	pick: pickById('planTemplate', 'Plan Template', 'planTemplateId'),
	filters: [productFilter],
	large: true,
});

export const productProperties = catalogProperties({
	resource: 'product',
	one: 'product',
	many: 'products',
	pick: productLocator(getOnly('product')),
	filters: [],
	large: false,
});

export const contractProperties = catalogProperties({
	resource: 'contract',
	one: 'contract',
	many: 'contracts',
	pick: pickById('contract', 'Contract', 'contractId'),
	filters: [accountFilter],
	large: true,
});
