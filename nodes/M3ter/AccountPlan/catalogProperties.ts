import type { INodeProperties } from 'n8n-workflow';

import { endDatingProperties } from './endDatingProperties';
import { accountLocator, byIdOnly, limits, locator, planLocator, productLocator, simplify } from '../commonProperties';

/** What is read more than written: plans, plan groups, plan templates, products and contracts. */

interface Catalog {
	resource: string;
	one: string;
	many: string;
	/** What Get and Get Many are good for. */
	get: string;
	getAll: string;
	/** The parameter that names one. */
	pick: INodeProperties;
	filters: INodeProperties[];
	/** Responses of more than ten fields can be simplified. */
	large: boolean;
	/** Operations beside Get and Get Many. */
	more?: Array<{ name: string; value: string; action: string; description: string }>;
	/** Those of them that list something. */
	lists?: string[];
}

const productFilter = (description: string) => productLocator(undefined, { required: false, description });
const accountFilter = (description: string) => accountLocator(undefined, { required: false, description });

function catalogProperties({ resource, one, many, get, getAll, pick, filters, large, more = [], lists = [] }: Catalog): INodeProperties[] {
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
				{ name: 'Get', value: 'get', action: `Get a ${one}`, description: get },
				{ name: 'Get Many', value: 'getAll', action: `Get many ${many}`, description: getAll },
				...more,
			].sort((a, b) => a.name.localeCompare(b.name)),
		},
		pick,
		...limits(show('getAll', ...lists)),
		...(large ? [simplify(show('get', 'getAll', ...lists))] : []),
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
	get: 'Get one plan with its standing charge and minimum spend',
	getAll: 'List plans: all, those of a product, or those made for one account',
	pick: planLocator(getOnly('plan')),
	filters: [accountFilter('Custom plans of one account'), productFilter('Only plans of this product')],
	large: true,
});

export const planTemplateProperties = catalogProperties({
	resource: 'planTemplate',
	one: 'plan template',
	many: 'plan templates',
	get: 'Get one plan template with its currency, billing frequency and charges',
	getAll: 'List plan templates, all or those of one product',
	pick: locator({ displayName: 'Plan Template', name: 'planTemplateId', search: 'searchPlanTemplates', description: byIdOnly('plan template'), show: getOnly('planTemplate') }),
	filters: [productFilter('Only plan templates of this product')],
	large: true,
});

export const productProperties = catalogProperties({
	resource: 'product',
	one: 'product',
	many: 'products',
	get: 'Get one product whose ID or code is known',
	getAll: 'List the products of the organization',
	pick: productLocator(getOnly('product')),
	filters: [],
	large: false,
});

export const planGroupProperties = catalogProperties({
	resource: 'planGroup',
	one: 'plan group',
	many: 'plan groups',
	get: 'Get one plan group with its common minimum spend and standing charge',
	getAll: 'List plan groups, all or those made for one account',
	pick: locator({ displayName: 'Plan Group', name: 'planGroup', search: 'searchPlanGroups', description: byIdOnly('plan group'), show: { resource: ['planGroup'], operation: ['get', 'getPlans'] } }),
	filters: [accountFilter('Custom plan groups of one account')],
	large: true,
	more: [{ name: 'Get Plans', value: 'getPlans', action: 'Get the plans of a plan group', description: 'List the plans that a plan group is made of' }],
	lists: ['getPlans'],
});

export const contractProperties = [
	...catalogProperties({
		resource: 'contract',
		one: 'contract',
		many: 'contracts',
		get: 'Get one contract with its first day and the day after its last',
		getAll: 'List contracts, all or those of one account',
		pick: locator({ displayName: 'Contract', name: 'contractId', search: 'searchContracts', description: byIdOnly('contract'), show: { resource: ['contract'], operation: ['get', 'endDate'] } }),
		filters: [accountFilter('Only contracts of this account')],
		large: true,
		more: [
			{
				name: 'End-Date Billing Entities',
				value: 'endDate',
				action: 'End date billing entities of a contract',
				description: 'End a contract, or the account plans, prepayments and pricing under it, on one day. What could not be ended is reported.',
			},
		],
	}),
	...endDatingProperties({ resource: ['contract'], operation: ['endDate'] }).map((property) => (property.name === 'billingEntities' ? { ...property, default: ['CONTRACT'] } : property)),
];
