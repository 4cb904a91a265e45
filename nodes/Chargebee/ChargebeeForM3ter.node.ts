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
import type { Failure } from '../shared/failure';
import { chargebeeApi } from './api';
import { changedSubscriptions } from './changedSubscriptions';
import { getChargeItems } from './chargeItems';
import { chargebeeProperties } from './description';
import { chargebeeTarget } from './target';

export class ChargebeeForM3ter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Chargebee for m3ter',
		name: 'chargebeeForM3ter',
		icon: { light: 'file:../../icons/chargebee.svg', dark: 'file:../../icons/chargebee.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Put m3ter bills on Chargebee invoices and read changed subscriptions',
		defaults: { name: 'Chargebee for m3ter' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'chargebeeForM3terApi', required: true },
			{ name: 'm3terApi', required: true, displayOptions: { show: { resource: ['bill'] } } },
		],
		properties: chargebeeProperties,
	};

	methods = { loadOptions: { getChargeItems } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		if (this.getNodeParameter('resource', 0) === 'bill') {
			const operation = this.getNodeParameter('operation', 0) as BillOperation;
			return [await runBillOperation(this, chargebeeTarget, operation)];
		}
		return [
			await perItem(this, async (index) => {
				const since = String(this.getNodeParameter('since', index));
				return (await changedSubscriptions(await chargebeeApi(this), since)) as unknown as Array<JsonObject | Failure>;
			}),
		];
	}
}
