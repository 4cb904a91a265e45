import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type JsonObject,
} from 'n8n-workflow';

import { runBillOperation, type BillOperation } from '../M3ter/sendBills';
import { perItem, settled, toItems } from '../n8n/errors';
import { Failure } from '../shared/failure';
import { quickBooksApi } from './api';
import { quickBooksProperties } from './description';
import { getClasses, getDepartments, getItems, getTaxCodes, getTerms } from './loadOptions';
import { saleOperation } from './saleOperation';
import { quickBooksTarget } from './target';

export class QuickBooksForM3ter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'QuickBooks for m3ter',
		name: 'quickBooksForM3ter',
		icon: { light: 'file:../../icons/quickbooks.svg', dark: 'file:../../icons/quickbooks.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Turn m3ter bills into QuickBooks Online invoices and credit memos, and read sales',
		defaults: { name: 'QuickBooks for m3ter' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'quickBooksForM3terOAuth2Api', required: true },
			{ name: 'm3terApi', required: true, displayOptions: { show: { resource: ['bill'] } } },
		],
		properties: quickBooksProperties,
	};

	methods = { loadOptions: { getClasses, getDepartments, getItems, getTaxCodes, getTerms } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const operation = this.getNodeParameter('operation', 0) as string;
		if (this.getNodeParameter('resource', 0) === 'bill') return [await runBillOperation(this, quickBooksTarget, operation as BillOperation)];
		const api = await settled(async () => await quickBooksApi(this));
		if (api instanceof Failure) return [toItems(this, this.getInputData().map(() => api))];
		return [await perItem(this, async (index) => (await saleOperation(this, api, operation, index)) as unknown as JsonObject[])];
	}
}
