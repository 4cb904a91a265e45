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
					{ name: 'Account', value: 'account', description: 'A customer in m3ter: whose usage is measured and who is billed' },
					{ name: 'Account Plan', value: 'accountPlan', description: 'That an account has a plan or plan group, from one date to another' },
					{ name: 'Contract', value: 'contract', description: 'An agreement with an account that account plans can be part of' },
					{ name: 'External Mapping', value: 'externalMapping', description: 'Which record of another system stands for which m3ter entity' },
					{ name: 'Plan', value: 'plan', description: 'Prices of a product that accounts can be given' },
					{ name: 'Plan Group', value: 'planGroup', description: 'Several plans that accounts are given together' },
					{ name: 'Plan Template', value: 'planTemplate', description: 'Currency, billing frequency and charges that the plans made from it share' },
					{ name: 'Product', value: 'product', description: 'Something that is sold, with plans and meters of its own' },
					{ name: 'Subscription', value: 'subscription', description: 'A sale in another system, brought into m3ter as account and account plans' },
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
