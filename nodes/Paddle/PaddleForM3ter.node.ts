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
import { paddleApi } from './api';
import { changedSubscriptions } from './changedSubscriptions';
import { paddleProperties } from './description';
import { getProducts } from './products';
import { paddleTarget } from './target';

export class PaddleForM3ter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Paddle for m3ter',
		name: 'paddleForM3ter',
		icon: { light: 'file:../../icons/paddle.svg', dark: 'file:../../icons/paddle.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Charge m3ter bills with Paddle and read changed subscriptions',
		defaults: { name: 'Paddle for m3ter' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'paddleForM3terApi', required: true, displayOptions: { hide: { target: ['modifiers'] } } },
			{ name: 'paddleClassicForM3terApi', required: true, displayOptions: { show: { resource: ['bill'], target: ['modifiers'] } } },
			{ name: 'm3terApi', required: true, displayOptions: { show: { resource: ['bill'] } } },
		],
		properties: paddleProperties,
	};

	methods = { loadOptions: { getProducts } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		if (this.getNodeParameter('resource', 0) === 'bill') {
			const operation = this.getNodeParameter('operation', 0) as BillOperation;
			return [await runBillOperation(this, paddleTarget, operation)];
		}
		return [
			await perItem(this, async (index) => {
				const since = String(this.getNodeParameter('since', index));
				return (await changedSubscriptions(await paddleApi(this), since)) as unknown as Array<JsonObject | Failure>;
			}),
		];
	}
}
