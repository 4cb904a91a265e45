import type { INodeProperties } from 'n8n-workflow';

import { ESTIMATE_STATUSES } from './sale';

const show = (...operations: string[]) => ({ show: { resource: ['sale'], operation: operations } });

export const systemProperty = (displayOptions?: INodeProperties['displayOptions']): INodeProperties => ({
	displayName: 'System Name',
	name: 'system',
	type: 'string',
	default: 'QuickBooks',
	required: true,
	displayOptions,
	description: "Name of this company in m3ter's external mappings. IDs repeat from company to company, so give each further company a name of its own.",
});

export const estimateStatuses = (displayOptions?: INodeProperties['displayOptions']): INodeProperties => ({
	displayName: 'Estimate Statuses',
	name: 'statuses',
	type: 'multiOptions',
	default: ['Accepted'],
	displayOptions,
	description: 'Which estimates to output. One that was invoiced is closed by QuickBooks and counts as accepted, too; one that was closed without an invoice ended.',
	options: ESTIMATE_STATUSES.map((status) => ({ name: status, value: status })),
});

const fromChannel: INodeProperties[] = [
	{
		displayName: 'Customer Name',
		name: 'customerName',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. Acme Robotics',
		displayOptions: show('record'),
		description: 'Display name in QuickBooks, which is unique there. A customer that does not exist is created.',
	},
	{
		displayName: 'Customer Email',
		name: 'customerEmail',
		type: 'string',
		default: '',
		placeholder: 'e.g. name@email.com',
		displayOptions: show('record'),
	},
	{
		displayName: 'Order ID',
		name: 'orderId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. SO-1042',
		displayOptions: show('record'),
		description: 'ID of the order or quote in the sales channel. The same ID is the same sale, however often it arrives.',
	},
	{
		displayName: 'Item Codes',
		name: 'items',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. pro, support-gold',
		displayOptions: show('record'),
		description: 'What was sold, separated by commas: codes of m3ter plans, or names that the plan table or an external mapping Plan → QuickBooks Item knows',
	},
	{
		displayName: 'Start Date',
		name: 'startDate',
		type: 'dateTime',
		required: true,
		default: '={{ $now }}',
		displayOptions: show('record'),
		description: 'When the plans start',
	},
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: show('record'),
		options: [
			{ displayName: 'Account Code', name: 'accountCode', type: 'string', default: '', description: 'Code the m3ter account has or shall have' },
			{ displayName: 'Currency', name: 'currency', type: 'string', default: '', placeholder: 'e.g. USD', description: 'Currency of a customer that is created. It cannot be changed later.' },
			{ displayName: 'End Date', name: 'endDate', type: 'dateTime', default: '', description: 'When the plans end; empty for no end' },
			{ displayName: 'Order Changed At', name: 'changedAt', type: 'dateTime', default: '', description: 'When the order took this shape: an older state that arrives later is left out. Default: now.' },
			{
				displayName: 'Order Status',
				name: 'status',
				type: 'options',
				default: 'active',
				options: [
					{ name: 'Active', value: 'active' },
					{ name: 'Ended', value: 'ended', description: 'Cancelled or over' },
					{ name: 'Pending', value: 'pending', description: 'Not yet to be billed' },
				],
			},
		],
	},
];

export const saleProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['sale'] } },
		options: [
			{
				name: 'Get',
				value: 'get',
				action: 'Get a sale',
				description: 'The current state of one customer or estimate, in the shape m3ter Account/Plan takes',
			},
			{
				name: 'Get Changed',
				value: 'getChanged',
				action: 'Get changed sales',
				description: 'Every estimate and customer that changed since a time, for catching up and reconciliation',
			},
			{
				name: 'Record From Sales Channel',
				value: 'record',
				action: 'Record a sale from a sales channel',
				description: 'Find or create the customer of an order made elsewhere (a shop, HubSpot, Salesforce) and give the sale in the shape m3ter Account/Plan takes',
			},
		],
		default: 'getChanged',
	},
	{
		displayName: 'Entity',
		name: 'entity',
		type: 'options',
		default: 'Estimate',
		displayOptions: show('get'),
		options: [
			{ name: 'Customer', value: 'Customer' },
			{ name: 'Estimate', value: 'Estimate' },
		],
		description: 'What to read',
	},
	{
		displayName: 'ID',
		name: 'entityId',
		type: 'string',
		required: true,
		default: '={{ $json.entityId }}',
		placeholder: 'e.g. 187',
		displayOptions: show('get'),
	},
	{
		displayName: 'Changed Since',
		name: 'since',
		type: 'dateTime',
		required: true,
		default: '={{ $now.minus({ days: 1 }) }}',
		displayOptions: show('getChanged'),
	},
	{
		displayName: 'Entities',
		name: 'entities',
		type: 'multiOptions',
		default: ['Estimate'],
		displayOptions: show('getChanged'),
		options: [
			{ name: 'Customer', value: 'Customer', description: 'A new customer becomes an account without a plan' },
			{ name: 'Estimate', value: 'Estimate' },
		],
		description: 'What to read',
	},
	estimateStatuses(show('getChanged')),
	...fromChannel,
	systemProperty({ show: { resource: ['sale'] } }),
];
