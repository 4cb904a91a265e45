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
import { stripeApi } from './api';
import { changedSubscriptions } from './changedSubscriptions';
import { stripeProperties } from './description';
import { stripeTarget } from './target';

export class StripeForM3ter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Stripe for m3ter',
		name: 'stripeForM3ter',
		icon: { light: 'file:../../icons/stripe.svg', dark: 'file:../../icons/stripe.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Turn m3ter bills into Stripe invoices and read changed subscriptions',
		defaults: { name: 'Stripe for m3ter' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'stripeForM3terApi', required: true },
			{ name: 'm3terApi', required: true, displayOptions: { show: { resource: ['bill'] } } },
		],
		properties: stripeProperties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		if (this.getNodeParameter('resource', 0) === 'bill') {
			const operation = this.getNodeParameter('operation', 0) as BillOperation;
			return [await runBillOperation(this, stripeTarget, operation)];
		}
		const api = await stripeApi(this);
		return [
			await perItem(this, async (index) => (await changedSubscriptions(api, String(this.getNodeParameter('since', index)))) as unknown as Array<JsonObject | Failure>),
		];
	}
}
