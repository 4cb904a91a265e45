import type { INodeProperties } from 'n8n-workflow';

/** Parameters that the action and both triggers share. */
export const watchOptions = [
	{ name: 'Customers', value: 'customer', description: 'Brings accounts up to date' },
	{ name: 'Estimates', value: 'estimate' },
	{ name: 'Sales Orders', value: 'salesorder' },
];

export const soldWhen: INodeProperties = {
	displayName: 'Sold When',
	name: 'soldWhen',
	type: 'options',
	default: 'approved',
	description: 'From when on a sales order or estimate is an active subscription for m3ter; before that it is pending',
	options: [
		{ name: 'Approved', value: 'approved', description: 'The order is approved, or the estimate was turned into an order' },
		{ name: 'Entered', value: 'created', description: 'At once, also while it waits for approval' },
	],
};

export const accountCodeField: INodeProperties = {
	displayName: 'Account Code Field',
	name: 'accountCodeField',
	type: 'string',
	default: '',
	placeholder: 'e.g. custentity_m3ter_account',
	description: 'Field of the customer that holds the code of the m3ter account. Empty: the account is found by its external mapping, or created under the customer ID.',
};

export const timeZone: INodeProperties = {
	displayName: 'NetSuite Time Zone',
	name: 'timeZone',
	type: 'string',
	default: '',
	placeholder: 'e.g. America/Los_Angeles',
	description: "Time zone of the integration's user in NetSuite, whose clock SuiteQL goes by. Empty: up to a day more is read, so that nothing is missed in any zone.",
};

const show = { resource: ['sale'] };
const record = { show: { ...show, operation: ['record'] } };
const changed = { show: { ...show, operation: ['getChanged'] } };

export const saleProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show },
		options: [
			{
				name: 'Get Changed',
				value: 'getChanged',
				action: 'Get changed sales',
				description: 'The current state of every customer, order and estimate changed since a time, in the shape m3ter Account/Plan takes',
			},
			{
				name: 'Record',
				value: 'record',
				action: 'Record a sale from another channel',
				description: 'Create or update the NetSuite customer of an order made elsewhere, and output the sale in the shape m3ter Account/Plan takes',
			},
		],
		default: 'getChanged',
	},
	{
		displayName: 'Changed Since',
		name: 'since',
		type: 'dateTime',
		required: true,
		default: '={{ $now.minus({ hours: 2 }) }}',
		displayOptions: changed,
		description: 'Let windows overlap: look back longer than the workflow waits between two runs. What was seen before changes nothing.',
	},
	{ displayName: 'Watch', name: 'watch', type: 'multiOptions', required: true, default: ['salesorder'], options: watchOptions, displayOptions: changed },
	{ displayName: 'Customer ID', name: 'channelCustomerId', type: 'string', required: true, default: '', displayOptions: record, description: 'ID of the customer in the sales channel. It becomes part of the external ID in NetSuite, so the same customer is never created twice.' },
	{ displayName: 'Customer Name', name: 'customerName', type: 'string', required: true, default: '', displayOptions: record },
	{ displayName: 'Customer Email', name: 'customerEmail', type: 'string', default: '', placeholder: 'e.g. billing@example.com', displayOptions: record },
	{ displayName: 'Order ID', name: 'orderId', type: 'string', required: true, default: '', displayOptions: record, description: 'ID of the order or subscription in the sales channel' },
	{ displayName: 'Item Codes', name: 'items', type: 'string', required: true, default: '', placeholder: 'e.g. pro, storage', displayOptions: record, description: 'What was sold, separated by commas: codes of m3ter plans, or codes that an external mapping or the plan table names' },
	{ displayName: 'Start Date', name: 'startDate', type: 'dateTime', required: true, default: '', displayOptions: record },
	{
		displayName: 'Options',
		name: 'saleOptions',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: changed,
		options: [accountCodeField, timeZone, soldWhen],
	},
	{
		displayName: 'Options',
		name: 'recordOptions',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: record,
		options: [
			{ displayName: 'Account Code', name: 'accountCode', type: 'string', default: '', description: 'Code of the m3ter account' },
			{ displayName: 'Currency', name: 'currency', type: 'string', default: '', placeholder: 'e.g. USD' },
			{ displayName: 'End Date', name: 'endDate', type: 'dateTime', default: '', description: 'When the subscription ends, if that is known' },
			{ displayName: 'External ID Prefix', name: 'prefix', type: 'string', default: 'channel-', description: 'Stands before the customer ID in the external ID of the NetSuite customer' },
			{ displayName: 'Order Changed At', name: 'changedAt', type: 'dateTime', default: '', description: 'When the order reached this state; now when empty' },
			{
				displayName: 'Status',
				name: 'status',
				type: 'options',
				default: 'active',
				options: [
					{ name: 'Active', value: 'active' },
					{ name: 'Ended', value: 'ended' },
					{ name: 'Pending', value: 'pending' },
				],
			},
			{
				displayName: 'Subsidiary Name or ID',
				name: 'subsidiary',
				type: 'options',
				typeOptions: { loadOptionsMethod: 'getSubsidiaries' },
				default: '',
				description: 'Of a new customer; accounts with several subsidiaries (OneWorld) need it. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
			},
		],
	},
];
