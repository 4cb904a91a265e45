import type { INodeProperties } from 'n8n-workflow';

import { simplify } from '../commonProperties';
import { waiting } from './jobProperties';

const resource = ['bill'];
const LIST = ['getAll', 'getLineItems'];
const ONE = ['getLineItems', 'getStatement', 'approve', 'lock', 'recalculate', 'setPending'];

const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'getAll',
	displayOptions: { show: { resource } },
	options: [
		{
			name: 'Approve',
			value: 'approve',
			action: 'Approve a bill',
			description: 'Approve the bills of all input items. A bill that is approved already stays as it is.',
		},
		{ name: 'Get', value: 'get', action: 'Get a bill', description: 'Get a bill with its line items and total, by ID or the latest one of an account' },
		{ name: 'Get Line Items', value: 'getLineItems', action: 'Get line items of a bill', description: 'Get the line items of a bill, one item each' },
		{ name: 'Get Many', value: 'getAll', action: 'Get many bills', description: 'Get bills with their totals, filtered by account, status, time of approval, dates and more' },
		{ name: 'Get Statement', value: 'getStatement', action: 'Get the statement of a bill', description: 'Get the statement of a bill as a file or a link' },
		{
			name: 'Lock',
			value: 'lock',
			action: 'Lock a bill',
			description: 'Lock approved bills for good: a locked bill can never be changed, recalculated or unlocked',
		},
		{
			name: 'Recalculate',
			value: 'recalculate',
			action: 'Recalculate a bill',
			description: 'Calculate the bills of all input items again, for example after late usage, and tell for each what became of it. An approved bill goes back to pending.',
		},
		{
			name: 'Set Pending',
			value: 'setPending',
			action: 'Set a bill to pending',
			description: 'Take the approval of bills back. A bill that is pending already stays as it is.',
		},
	],
};

const lockNotice: INodeProperties = {
	displayName: 'Locking is final. A locked bill can never be changed, recalculated or unlocked.',
	name: 'lockNotice',
	type: 'notice',
	default: '',
	displayOptions: { show: { resource, operation: ['lock'] } },
};

const account = (more: Pick<INodeProperties, 'description' | 'displayOptions' | 'required'>): INodeProperties => ({
	displayName: 'Account',
	name: 'account',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	modes: [
		{ displayName: 'From List', name: 'list', type: 'list', typeOptions: { searchListMethod: 'searchAccounts', searchable: true } },
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. a0c1e2d3-1111-4222-8333-444455556666' },
		{ displayName: 'By Code', name: 'code', type: 'string', placeholder: 'e.g. globex' },
	],
	...more,
});

const billId = (show: Record<string, string[]>): INodeProperties => ({
	displayName: 'Bill ID',
	name: 'billId',
	type: 'string',
	default: '={{ $json.id }}',
	required: true,
	placeholder: 'e.g. 6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01',
	description: 'ID of the m3ter bill',
	displayOptions: { show },
});

const which: INodeProperties[] = [
	{
		displayName: 'Bill',
		name: 'billSource',
		type: 'options',
		default: 'id',
		displayOptions: { show: { resource, operation: ['get'] } },
		options: [
			{ name: 'By ID', value: 'id' },
			{ name: 'Latest of an Account', value: 'latest' },
		],
		description: 'Which bill to get',
	},
	billId({ resource, operation: ['get'], billSource: ['id'] }),
	billId({ resource, operation: ONE }),
	account({ description: 'The account whose bill to get', required: true, displayOptions: { show: { resource, operation: ['get'], billSource: ['latest'] } } }),
];

const paging: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
		displayOptions: { show: { resource, operation: LIST } },
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { resource, operation: LIST, returnAll: [false] } },
	},
];

const date = (displayName: string, name: string, description: string): INodeProperties => ({ displayName, name, type: 'dateTime', default: '', description });

const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	displayOptions: { show: { resource, operation: ['getAll'] } },
	options: [
		account({ description: 'Only bills of this account' }),
		date(
			'Approved Since',
			'approvedSince',
			"Only bills approved at or after this time, earliest approval first. Reads all approved bills that pass the other filters. Switch on 'Return All': a limit keeps only the earliest.",
		),
		date('Bill Date Before', 'billDateEnd', 'Only bills dated before this day'),
		date('Bill Date From', 'billDateStart', 'Only bills dated on or after this day'),
		{
			displayName: 'Bill Job ID',
			name: 'billJobId',
			type: 'string',
			default: '',
			description: 'Only bills made by this bill job',
		},
		{
			displayName: 'Billing Frequency',
			name: 'billingFrequency',
			type: 'options',
			default: 'MONTHLY',
			options: [
				{ name: 'Ad Hoc', value: 'AD_HOC' },
				{ name: 'Annually', value: 'ANNUALLY' },
				{ name: 'Daily', value: 'DAILY' },
				{ name: 'Mixed', value: 'MIXED' },
				{ name: 'Monthly', value: 'MONTHLY' },
				{ name: 'Weekly', value: 'WEEKLY' },
			],
			description: 'Only bills of this frequency',
		},
		date('External Invoice Date Before', 'externalInvoiceDateEnd', 'Only bills with an external invoice date before this day'),
		date('External Invoice Date From', 'externalInvoiceDateStart', 'Only bills with an external invoice date on or after this day'),
		{
			displayName: 'Locked',
			name: 'locked',
			type: 'boolean',
			default: true,
			description: 'Whether to get only locked bills, or only bills that are not locked',
		},
		{
			displayName: 'Status',
			name: 'status',
			type: 'options',
			default: 'APPROVED',
			options: [
				{ name: 'Approved', value: 'APPROVED' },
				{ name: 'Pending', value: 'PENDING' },
			],
			description: 'Only bills in this status',
		},
	],
};

const listOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	displayOptions: { show: { resource, operation: ['getAll'] } },
	options: [
		{
			displayName: 'Exclude Line Items',
			name: 'excludeLineItems',
			type: 'boolean',
			default: false,
			description: 'Whether to leave the line items out, which is much faster for many bills',
		},
		{
			displayName: 'Include Account',
			name: 'includeAccount',
			type: 'boolean',
			default: false,
			description: 'Whether to add the account of each bill. Items then look exactly like those of the m3ter Bill Approved Trigger.',
		},
	],
};

const statement: INodeProperties[] = [
	{
		displayName: 'Format',
		name: 'format',
		type: 'options',
		default: 'json',
		description: 'JSON for programs, CSV for spreadsheets',
		displayOptions: { show: { resource, operation: ['getStatement'] } },
		options: [
			{ name: 'CSV', value: 'csv', description: 'Generated when there is none yet' },
			{ name: 'JSON', value: 'json' },
		],
	},
	{
		displayName: 'Generate Anew',
		name: 'generateAnew',
		type: 'boolean',
		default: false,
		description: 'Whether to have m3ter make the statement first, by a statement job that is waited for. Needed when the bill was calculated since its last statement.',
		displayOptions: { show: { resource, operation: ['getStatement'] } },
	},
	{
		displayName: 'Download',
		name: 'download',
		type: 'boolean',
		default: true,
		description: 'Whether to output the file itself instead of only a link to it. The link lives a few minutes.',
		displayOptions: { show: { resource, operation: ['getStatement'] } },
	},
	{
		displayName: 'Put Output File in Field',
		name: 'binaryField',
		type: 'string',
		default: 'data',
		required: true,
		hint: 'The name of the output binary field to put the file in',
		displayOptions: { show: { resource, operation: ['getStatement'], download: [true] } },
	},
];

const dryRun: INodeProperties = {
	displayName: 'Dry Run',
	name: 'dryRun',
	type: 'boolean',
	default: false,
	description: 'Whether to change nothing and only show what would become of each bill. Read from the first item, for all of them.',
	displayOptions: { show: { resource, operation: ['approve', 'lock', 'recalculate', 'setPending'] } },
};

export const billProperties: INodeProperties[] = [
	operation,
	lockNotice,
	...which,
	...waiting({ resource, operation: ['recalculate'] }),
	dryRun,
	...paging,
	simplify({ resource, operation: ['approve', 'getLineItems', 'lock', 'recalculate', 'setPending'] }),
	// A whole bill is what the m3ter Bill Approved Trigger emits: a workflow that polls with Get Many goes on like one that starts with it.
	{ ...simplify({ resource, operation: ['get', 'getAll'] }), default: false },
	filters,
	listOptions,
	...statement,
];
