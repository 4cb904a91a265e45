import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { runBillOperation, type BillOperation } from '../M3ter/sendBills';
import { perItem, settled, toItems } from '../n8n/errors';
import { Failure } from '../shared/failure';
import { CREDENTIAL, xeroApi } from './api';
import { xeroProperties } from './description';
import { getAccounts, getBrandingThemes, getItems, getTaxTypes, getTrackingOptions, searchOrganisations } from './lookups';
import { organisationChoice } from './organisation';
import { runSaleOperation } from './sales';
import { xeroTarget } from './target';

export class XeroForM3ter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Xero for m3ter',
		name: 'xeroForM3ter',
		icon: { light: 'file:../../icons/xero.svg', dark: 'file:../../icons/xero.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Turn m3ter bills into Xero invoices and credit notes, and read accepted quotes and contacts',
		defaults: { name: 'Xero for m3ter' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: CREDENTIAL, required: true },
			{ name: 'm3terApi', required: true, displayOptions: { show: { resource: ['bill'] } } },
		],
		properties: xeroProperties,
	};

	methods = {
		loadOptions: { getAccounts, getBrandingThemes, getItems, getTaxTypes, getTrackingOptions },
		listSearch: { searchOrganisations },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const operation = this.getNodeParameter('operation', 0) as string;
		if (this.getNodeParameter('resource', 0) === 'bill') return [await runBillOperation(this, xeroTarget, operation as BillOperation)];
		const api = await settled(async () => await xeroApi(this, organisationChoice(this)));
		if (api instanceof Failure) return [toItems(this, this.getInputData().map(() => api))];
		return [await perItem(this, async (index) => await runSaleOperation(this, api, operation, index))];
	}
}
