import type { INodeProperties } from 'n8n-workflow';

const account: INodeProperties = {
	displayName: 'Account',
	name: 'id',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	modes: [
		{ displayName: 'From List', name: 'list', type: 'list', typeOptions: { searchListMethod: 'searchAccounts', searchable: true } },
		{ displayName: 'By Code', name: 'code', type: 'string', placeholder: 'e.g. globex' },
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. a0c1e2d3-1111-4222-8333-444455556666' },
	],
};

const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	description: 'A bill must pass all of them. They are checked against the bill and the account as they are when the notification arrives.',
	options: [
		{
			displayName: 'Account Custom Fields',
			name: 'customFields',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Custom Field' },
			placeholder: 'Add Custom Field',
			default: {},
			description: 'Custom fields of the account that must have these values',
			options: [
				{
					displayName: 'Custom Field',
					name: 'field',
					values: [
						{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. invoicingSystem' },
						{ displayName: 'Value', name: 'value', type: 'string', default: '', placeholder: 'e.g. stripe' },
					],
				},
			],
		},
		{
			displayName: 'Billing Frequencies',
			name: 'billingFrequencies',
			type: 'multiOptions',
			default: [],
			options: [
				{ name: 'Ad Hoc', value: 'AD_HOC' },
				{ name: 'Annually', value: 'ANNUALLY' },
				{ name: 'Daily', value: 'DAILY' },
				{ name: 'Mixed', value: 'MIXED' },
				{ name: 'Monthly', value: 'MONTHLY' },
				{ name: 'Weekly', value: 'WEEKLY' },
			],
		},
		{
			displayName: 'Currency Names or IDs',
			name: 'currencies',
			type: 'multiOptions',
			typeOptions: { loadOptionsMethod: 'getCurrencies' },
			default: [],
			description:
				'Currencies of the bill. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
		{
			displayName: 'Minimum Total',
			name: 'minimumTotal',
			type: 'number',
			typeOptions: { numberPrecision: 5 },
			default: 0,
			description: 'Lowest bill total, in the currency of the bill. 0 leaves out credits; 0.01 leaves out empty bills as well.',
		},
	],
};

export const properties: INodeProperties[] = [
	{
		displayName: 'When',
		name: 'when',
		type: 'options',
		default: 'approved',
		description: 'Which moment of a bill starts the workflow',
		options: [
			{
				name: 'Approved',
				value: 'approved',
				description: 'When a bill is approved, and again when it was recalculated and is approved again',
			},
			{
				name: 'Every Generation',
				value: 'everyGeneration',
				description: 'When a bill is created or recalculated or its status changes, pending bills included',
			},
			{ name: 'Locked', value: 'locked', description: 'When a bill is locked: it cannot change any more' },
		],
	},
	{
		displayName: 'm3ter recalculates pending bills up to every 15 minutes, each account by itself. Expect many executions, and use a step after it that updates what it made before.',
		name: 'generationNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { when: ['everyGeneration'] } },
	},
	{
		displayName: "A native m3ter integration that sends the same bills would make every invoice twice. Switch it off, or exclude the accounts here or there.",
		name: 'nativeNotice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Accounts',
		name: 'accountRule',
		type: 'options',
		default: 'all',
		description: 'Whose bills start the workflow',
		options: [
			{ name: 'All Accounts', value: 'all' },
			{ name: 'All Except', value: 'except' },
			{ name: 'Only', value: 'only' },
		],
	},
	{
		displayName: 'Account List',
		name: 'accounts',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Account' },
		placeholder: 'Add Account',
		default: {},
		displayOptions: { show: { accountRule: ['except', 'only'] } },
		options: [{ displayName: 'Account', name: 'account', values: [account] }],
	},
	filters,
];
