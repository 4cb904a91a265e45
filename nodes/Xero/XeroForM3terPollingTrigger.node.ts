import {
	NodeConnectionTypes,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
} from 'n8n-workflow';

import { toNodeError } from '../n8n/errors';
import { CREDENTIAL } from './api';
import { searchOrganisations } from './lookups';
import { organisationProperty } from './organisation';
import { pollSales } from './poll';
import { watchProperty } from './saleDescription';

export class XeroForM3terPollingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Xero for m3ter Polling Trigger',
		name: 'xeroForM3terPollingTrigger',
		icon: { light: 'file:../../icons/xero.svg', dark: 'file:../../icons/xero.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["watch"].join(", ") }}',
		description: 'Starts when a Xero quote is accepted or a contact changes; gives it in the shape m3ter Account/Plan takes',
		eventTriggerDescription: 'Asking Xero for accepted quotes',
		activationMessage: 'Xero is now asked for accepted quotes on this schedule.',
		polling: true,
		defaults: { name: 'Xero for m3ter Polling Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL, required: true }],
		properties: [
			{
				displayName: 'Xero tells nobody about quotes, so they are asked for. Every poll is one call (two for quotes with customers to read): every 5 minutes makes about 300 of the 1,000 calls a day of a Starter app.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			organisationProperty,
			watchProperty(),
		],
	};

	methods = { listSearch: { searchOrganisations } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		try {
			const items = await pollSales(this);
			return items.length === 0 ? null : [items];
		} catch (error) {
			throw toNodeError(this.getNode(), error);
		}
	}
}
