import type { INodeProperties } from 'n8n-workflow';

import { accountLocator, limits, simplify } from '../commonProperties';

const resource = ['billJob'];
const of = (...operation: string[]) => ({ resource, operation });

/** "Wait for Completion" and "Timeout (Minutes)". */
export const waiting = (show: Record<string, string[]>): INodeProperties[] => [
	{
		displayName: 'Wait for Completion',
		name: 'wait',
		type: 'boolean',
		default: true,
		description: 'Whether to wait until the bill job is over and tell the outcome of each bill. The log of n8n shows the progress.',
		displayOptions: { show },
	},
	{
		displayName: 'Timeout (Minutes)',
		name: 'timeoutMinutes',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 30,
		description: 'How long to wait. After that the job goes on in m3ter and the output shows how far it has come.',
		displayOptions: { show: { ...show, wait: [true] } as unknown as Record<string, string[]> },
	},
];

const date = (displayName: string, name: string, description: string): INodeProperties => ({ displayName, name, type: 'dateTime', default: '', description });

const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'create',
	displayOptions: { show: { resource } },
	options: [
		{ name: 'Cancel', value: 'cancel', action: 'Cancel a bill job', description: 'Stop a bill job. Bills it has made already stay; a job that is over stays as it is.' },
		{
			name: 'Create',
			value: 'create',
			action: 'Create a bill job',
			description: 'Calculate the bills of accounts for a billing period, and tell which accounts got a bill and which did not',
		},
		{ name: 'Get', value: 'get', action: 'Get a bill job', description: 'Get a bill job: how far it has come, or its bills when it is over' },
		{ name: 'Get Many', value: 'getAll', action: 'Get many bill jobs', description: 'List bill jobs, by status if wanted' },
		{ name: 'Preview', value: 'preview', action: 'Preview a bill', description: 'Calculate the bill of one account for a billing period without keeping it' },
	],
};

const accounts: INodeProperties[] = [
	{
		displayName: 'Accounts to Bill',
		name: 'accountScope',
		type: 'options',
		default: 'some',
		displayOptions: { show: of('create') },
		options: [
			{ name: 'All Accounts', value: 'all', description: 'Every account that has something to bill' },
			{ name: 'Some Accounts', value: 'some', description: 'The accounts named below' },
		],
		description: 'Whose bills to calculate',
	},
	{
		displayName: 'Accounts',
		name: 'accounts',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. globex, initech',
		description: 'IDs or codes of the accounts, comma-separated, or an array by expression. Each hundred become one bill job.',
		displayOptions: { show: { ...of('create'), accountScope: ['some'] } },
	},
	accountLocator(of('preview')),
];

const period: INodeProperties[] = [
	{
		displayName: 'Billing Frequency',
		name: 'billingFrequency',
		type: 'options',
		default: 'MONTHLY',
		displayOptions: { show: of('create', 'preview') },
		options: [
			{ name: 'Ad Hoc', value: 'AD_HOC' },
			{ name: 'Annually', value: 'ANNUALLY' },
			{ name: 'Daily', value: 'DAILY' },
			{ name: 'Monthly', value: 'MONTHLY' },
			{ name: 'Weekly', value: 'WEEKLY' },
		],
		description: 'Which bills to calculate: those of plans that are billed this often',
	},
	{
		displayName: 'Billing Interval',
		name: 'billFrequencyInterval',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 365 },
		default: 1,
		description: 'How many of these periods one bill covers: 3 with Monthly is a quarter',
		displayOptions: { show: of('create', 'preview') },
	},
	{
		displayName: 'Last Day of Billing Period',
		name: 'lastDateInBillingPeriod',
		type: 'dateTime',
		required: true,
		default: '',
		description: 'Last day that the bills cover, e.g. 2026-05-31 for May',
		displayOptions: { show: of('create', 'preview') },
	},
];

const currencyConversions: INodeProperties = {
	displayName: 'Currency Conversions',
	name: 'currencyConversions',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add conversion',
	default: {},
	description: 'Rates to use instead of those of the organization',
	options: [
		{
			displayName: 'Conversion',
			name: 'conversion',
			values: [
				{ displayName: 'From', name: 'from', type: 'string', default: '', placeholder: 'e.g. USD', description: 'Currency code of the prices' },
				{
					displayName: 'Multiplier',
					name: 'multiplier',
					type: 'number',
					typeOptions: { numberPrecision: 10 },
					default: 1,
					description: 'What one unit of the currency of the prices is worth in that of the bill',
				},
				{ displayName: 'To', name: 'to', type: 'string', default: '', placeholder: 'e.g. EUR', description: 'Currency code of the bill' },
			],
		},
	],
};

const additionalFields: INodeProperties = {
	displayName: 'Additional Fields',
	name: 'additionalFields',
	type: 'collection',
	placeholder: 'Add field',
	default: {},
	displayOptions: { show: of('create', 'preview') },
	options: [
		date('Bill Date', 'billDate', 'Date of the bills, when it differs from the default of the organization'),
		currencyConversions,
		date('Day Epoch', 'dayEpoch', 'First day from which daily periods are counted'),
		date('Due Date', 'dueDate', 'Day by which the bills are to be paid'),
		date('External Invoice Date', 'externalInvoiceDate', 'Date for the invoices made from the bills'),
		date('Month Epoch', 'monthEpoch', 'First day from which monthly periods are counted'),
		{
			displayName: 'Target Currency Name or ID',
			name: 'targetCurrency',
			type: 'options',
			typeOptions: { loadOptionsMethod: 'getCurrencies' },
			default: '',
			description:
				'Currency of the bills, instead of that of each account. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
		{ displayName: 'Time Zone', name: 'timezone', type: 'string', default: '', placeholder: 'e.g. Europe/Berlin', description: 'Time zone in which billing periods begin and end' },
		date('Week Epoch', 'weekEpoch', 'First day from which weekly periods are counted'),
		date('Year Epoch', 'yearEpoch', 'First day from which yearly periods are counted'),
	],
};

export const jobProperties: INodeProperties[] = [
	operation,
	{
		displayName: 'Bill Job ID',
		name: 'billJobId',
		type: 'string',
		required: true,
		default: '={{ $json.id }}',
		placeholder: 'e.g. 7c2b1d9e-2222-4333-8444-555566667777',
		description: 'ID of the bill job',
		displayOptions: { show: of('cancel', 'get') },
	},
	...accounts,
	...period,
	...waiting(of('create', 'get')),
	{
		displayName: 'Status',
		name: 'status',
		type: 'options',
		default: '',
		displayOptions: { show: of('getAll') },
		options: [
			{ name: 'Any', value: '' },
			{ name: 'Cancelled', value: 'CANCELLED' },
			{ name: 'Complete', value: 'COMPLETE' },
			{ name: 'Initializing', value: 'INITIALIZING' },
			{ name: 'Not Over Yet', value: 'active' },
			{ name: 'Pending', value: 'PENDING' },
			{ name: 'Running', value: 'RUNNING' },
		],
		description: 'Only bill jobs in this status',
	},
	...limits(of('getAll')),
	simplify(of('cancel', 'create', 'get', 'getAll', 'preview')),
	additionalFields,
];
