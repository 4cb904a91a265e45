import type { INodeProperties } from 'n8n-workflow';

import { planLocator } from '../commonProperties';

const resource = ['subscription'];
const show = { resource };

const options: INodeProperties[] = [
	{
		displayName: 'Account Code',
		name: 'accountCode',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.customer.metadata.code }}',
		description: 'Code under which the account is looked for and created. Leave empty for the code in the event, else the customer ID.',
	},
	{
		displayName: 'Attach Ended Subscriptions',
		name: 'attachEnded',
		type: 'boolean',
		default: false,
		description: 'Whether a subscription that had ended before m3ter knew it gets its plans for the time it ran, so that usage of that time is billed',
	},
	{
		displayName: 'Bill Epoch',
		name: 'billEpoch',
		type: 'options',
		default: 'none',
		description: 'First day of the billing cycle of attached plans',
		options: [
			{ name: 'As the Account', value: 'none' },
			{ name: 'Current Period Start', value: 'currentPeriodStart', description: 'Bills then cover the same days as in the selling system' },
			{ name: 'Start Date', value: 'startDate' },
		],
	},
	{
		displayName: 'Change Takes Effect',
		name: 'changeDate',
		type: 'options',
		default: 'eventTime',
		description: 'When another plan replaces the present one, or a removed item ends',
		options: [
			{ name: 'Current Period End', value: 'currentPeriodEnd' },
			{ name: 'Current Period Start', value: 'currentPeriodStart' },
			{ name: 'Event Time', value: 'eventTime' },
		],
	},
	{
		displayName: 'Customer Table',
		name: 'customerTable',
		type: 'string',
		default: '',
		placeholder: 'e.g. Customer',
		description: 'External table of the account mappings. Leave empty for the usual one of the system.',
	},
	{
		displayName: 'Dry Run',
		name: 'dryRun',
		type: 'boolean',
		default: false,
		description: 'Whether to show the steps without carrying them out',
	},
	{
		displayName: 'Fallback Email',
		name: 'fallbackEmail',
		type: 'string',
		default: '',
		placeholder: 'e.g. billing@example.com',
		description: 'Used for a new account when the customer has no email address: m3ter needs one',
	},
	{
		displayName: 'Mapping System Name',
		name: 'mappingSystem',
		type: 'string',
		default: '',
		placeholder: 'e.g. Stripe',
		description: 'External system name of all mappings. Leave empty for the system that the event comes from.',
	},
	{
		displayName: 'Plan Mapping Table',
		name: 'planTableName',
		type: 'string',
		default: '',
		placeholder: 'e.g. Price',
		description: 'External table of the plan mappings. Leave empty for the usual one of the system.',
	},
	{
		displayName: 'Start Date',
		name: 'startDate',
		type: 'options',
		default: 'subscriptionStart',
		description: 'From when on an attached plan applies',
		options: [
			{ name: 'Current Period Start', value: 'currentPeriodStart' },
			{ name: 'Event Time', value: 'eventTime' },
			{ name: 'Subscription Start', value: 'subscriptionStart' },
		],
	},
	{
		displayName: 'Subscription Table',
		name: 'subscriptionTable',
		type: 'string',
		default: '',
		placeholder: 'e.g. Subscription',
		description: 'External table of the account plan mappings. Leave empty for the usual one of the system.',
	},
	{
		displayName: 'Unmapped Items',
		name: 'unmapped',
		type: 'options',
		default: 'fail',
		description: 'What to do with sold items that have no m3ter plan',
		options: [
			{ name: 'Fail', value: 'fail', description: 'Nothing is written; the message lists all of them' },
			{ name: 'Skip', value: 'skip', description: 'For example for flat fees that the selling system invoices itself' },
		],
	},
	{
		displayName: 'When Paused',
		name: 'whenPaused',
		type: 'options',
		default: 'keep',
		description: 'What a paused subscription does to its account plans. m3ter itself knows no pause.',
		options: [
			{ name: 'End', value: 'end', description: 'End them; when the subscription is resumed, the plans are attached again' },
			{ name: 'Keep', value: 'keep' },
		],
	},
];

export const subscriptionProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: 'sync',
		displayOptions: { show },
		options: [
			{ name: 'End', value: 'end', action: 'End a subscription', description: 'End the account plans of a subscription' },
			{
				name: 'Provision',
				value: 'provision',
				action: 'Provision a subscription',
				description: 'Create the account where needed and attach or replace its plans. Ends nothing.',
			},
			{
				name: 'Sync',
				value: 'sync',
				action: 'Sync a subscription',
				description: 'Bring account and account plans into the state of the subscription. Doing it again changes nothing.',
			},
		],
	},
	{
		displayName: 'Subscription Event',
		name: 'event',
		type: 'json',
		required: true,
		default: '={{ $json }}',
		description: "What happened, as a '… for m3ter Trigger' node outputs it",
		displayOptions: { show },
	},
	{
		displayName: 'Plan Table',
		name: 'planTable',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add plan',
		default: {},
		description: 'Plans of sold items that are not found by external mapping, by plan code in metadata, or by an equal code',
		displayOptions: { show: { resource, operation: ['provision', 'sync'] } },
		options: [
			{
				displayName: 'Plan',
				name: 'row',
				values: [
					{
						displayName: 'Sold Item',
						name: 'planRef',
						type: 'string',
						default: '',
						placeholder: 'e.g. price_1Example',
						description: 'ID of what is sold in the other system: price, item price, item',
					},
					planLocator(undefined, { description: 'm3ter plan that the account gets for it' }),
				],
			},
		],
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: { show },
		options,
	},
];
