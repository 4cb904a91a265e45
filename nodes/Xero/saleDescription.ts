import type { INodeProperties } from 'n8n-workflow';

import { channelSaleProperties } from '../n8n/channelSaleProperties';

/** Which changes count. */
export const watchProperty = (displayOptions?: INodeProperties['displayOptions']): INodeProperties => ({
	displayName: 'Watch',
	name: 'watch',
	type: 'multiOptions',
	required: true,
	default: ['quotes'],
	displayOptions,
	options: [
		{ name: 'Accepted Quotes', value: 'quotes', description: 'Also those that were invoiced right after their acceptance' },
		{ name: 'Changed Contacts', value: 'contacts', description: 'Brings accounts up to date' },
		{ name: 'New Contacts', value: 'newContacts', description: 'Contacts without an invoice yet: Sync creates accounts that are missing' },
	],
});

const changed: INodeProperties['displayOptions'] = { show: { resource: ['sale'], operation: ['getChanged'] } };

export const saleProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['sale'] } },
		options: [
			{
				name: 'Get Changed',
				value: 'getChanged',
				action: 'Get changed sales',
				description: 'Accepted quotes and contacts that changed since a time, in the shape m3ter Account/Plan takes: for catching up and reconciliation',
			},
			{
				name: 'Record From Sales Channel',
				value: 'record',
				action: 'Record a sale from a sales channel',
				description: 'Find or create the contact of an order made elsewhere (a shop, HubSpot, Salesforce) and give the sale in the shape m3ter Account/Plan takes',
			},
		],
		default: 'getChanged',
	},
	{ displayName: 'Changed Since', name: 'since', type: 'dateTime', required: true, default: '={{ $now.minus({ days: 1 }) }}', displayOptions: changed },
	watchProperty(changed),
	...channelSaleProperties('Xero', 'contact'),
];
