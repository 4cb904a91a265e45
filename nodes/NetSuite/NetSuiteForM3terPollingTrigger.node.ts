import { NodeConnectionTypes, type INodeExecutionData, type INodeType, type INodeTypeDescription, type IPollFunctions } from 'n8n-workflow';

import { toNodeError } from '../n8n/errors';
import { CREDENTIAL } from './api';
import { pollSales } from './poll';
import { accountCodeField, soldWhen, timeZone, watchOptions } from './saleDescription';

export class NetSuiteForM3terPollingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'NetSuite for m3ter Polling Trigger',
		name: 'netSuiteForM3terPollingTrigger',
		icon: { light: 'file:../../icons/netsuite.svg', dark: 'file:../../icons/netsuite.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["watch"].join(", ") }}',
		description: 'Starts when a NetSuite customer, sales order or estimate changed; gives it in the shape m3ter Account/Plan takes',
		eventTriggerDescription: 'Asking NetSuite for sales',
		activationMessage: 'NetSuite is now asked for sales on this schedule.',
		polling: true,
		defaults: { name: 'NetSuite for m3ter Polling Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL, required: true }],
		properties: [
			{
				displayName: 'Needs no script in NetSuite. Every poll is one SuiteQL query, and three requests for each sale found. Windows overlap by 15 minutes; what was reported before is left out. A deleted order cannot be found by asking: use the NetSuite for m3ter Trigger with its script, or close or cancel orders instead of deleting them.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{ displayName: 'Watch', name: 'watch', type: 'multiOptions', required: true, default: ['salesorder'], options: watchOptions },
			{ displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add option', default: {}, options: [accountCodeField, timeZone, soldWhen] },
		],
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		try {
			const items = await pollSales(this);
			return items.length === 0 ? null : [items];
		} catch (error) {
			throw toNodeError(this.getNode(), error);
		}
	}
}
