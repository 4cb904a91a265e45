import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type JsonObject,
} from 'n8n-workflow';

import { runBillOperation, type BillOperation } from '../M3ter/sendBills';
import { perItem } from '../n8n/errors';
import { CREDENTIAL, netSuiteApi } from './api';
import { netSuiteProperties } from './description';
import { getClasses, getDepartments, getItems, getLocations, getSubsidiaries, getTaxCodes, getTerms } from './loadOptions';
import { runSaleOperation } from './saleOperations';
import { netSuiteTarget } from './target';

export class NetSuiteForM3ter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'NetSuite for m3ter',
		name: 'netSuiteForM3ter',
		icon: { light: 'file:../../icons/netsuite.svg', dark: 'file:../../icons/netsuite.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Turn m3ter bills into NetSuite invoices, sales orders or credit memos, and read or record sales',
		defaults: { name: 'NetSuite for m3ter' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: CREDENTIAL, required: true },
			{ name: 'm3terApi', required: true, displayOptions: { show: { resource: ['bill'] } } },
		],
		properties: netSuiteProperties,
	};

	methods = { loadOptions: { getClasses, getDepartments, getItems, getLocations, getSubsidiaries, getTaxCodes, getTerms } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const operation = this.getNodeParameter('operation', 0) as string;
		if (this.getNodeParameter('resource', 0) === 'sale') {
			// One for all items: its pace is that of the execution.
			const api = netSuiteApi(this);
			return [await perItem(this, async (index) => (await runSaleOperation(this, await api, operation, index)) as unknown as JsonObject[])];
		}
		const approve = operation === 'approve';
		return [await runBillOperation(this, async (context) => await netSuiteTarget(context, approve), approve ? 'send' : (operation as BillOperation))];
	}
}
