import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { perItem, settled, toItems } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import type { SyncMode } from '../../shared/subscriptionSync';
import { m3terApi } from '../api';
import { searchAccounts } from '../listSearch';
import { account } from './account';
import { accountPlan } from './accountPlan';
import { accountPlanProperties } from './accountPlanProperties';
import { accountProperties } from './accountProperties';
import { contractProperties, planGroupProperties, planProperties, planTemplateProperties, productProperties } from './catalogProperties';
import { contract } from './contract';
import { externalMapping } from './externalMapping';
import { externalMappingProperties } from './externalMappingProperties';
import { getMappingEntities, getMappingSystems, getMappingTables, searchContracts, searchPlanGroups, searchPlans, searchPlanTemplates, searchProducts } from '../catalogSearch';
import type { Handlers } from '../operation';
import { plan, planTemplate } from './plan';
import { planGroup } from './planGroup';
import { product } from './product';
import { runSubscription } from './subscription';
import { subscriptionProperties } from './subscriptionProperties';

const resources: Readonly<Record<string, Handlers>> = { account, accountPlan, contract, externalMapping, plan, planGroup, planTemplate, product };

export class M3terAccountPlan implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'm3ter Account/Plan',
		name: 'm3terAccountPlan',
		icon: { light: 'file:../../../icons/m3ter.svg', dark: 'file:../../../icons/m3ter.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Turn sales into m3ter accounts and account plans, and manage accounts, plans and external mappings',
		defaults: { name: 'm3ter Account/Plan' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		credentials: [{ name: 'm3terApi', required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				default: 'subscription',
				options: [
					{ name: 'Account', value: 'account' },
					{ name: 'Account Plan', value: 'accountPlan' },
					{ name: 'Contract', value: 'contract' },
					{ name: 'External Mapping', value: 'externalMapping' },
					{ name: 'Plan', value: 'plan' },
					{ name: 'Plan Group', value: 'planGroup' },
					{ name: 'Plan Template', value: 'planTemplate' },
					{ name: 'Product', value: 'product' },
					{ name: 'Subscription', value: 'subscription' },
				],
			},
			...accountProperties,
			...accountPlanProperties,
			...contractProperties,
			...externalMappingProperties,
			...planProperties,
			...planGroupProperties,
			...planTemplateProperties,
			...productProperties,
			...subscriptionProperties,
		],
	};

	methods = {
		listSearch: { searchAccounts, searchContracts, searchPlanGroups, searchPlans, searchPlanTemplates, searchProducts },
		loadOptions: { getMappingEntities, getMappingSystems, getMappingTables },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		const operation = this.getNodeParameter('operation', 0) as string;
		const api = await settled(async () => await m3terApi(this));
		if (api instanceof Failure) return [toItems(this, this.getInputData().map(() => api))];
		if (resource === 'subscription') return [await runSubscription(this, api, operation as SyncMode)];
		return [await perItem(this, async (index) => await resources[resource][operation]({ context: this, api, index }))];
	}
}
