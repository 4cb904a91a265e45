import type { INodeProperties } from 'n8n-workflow';

import { endDatingProperties } from './endDatingProperties';
import { accountLocator, customFields, limits, locator, simplify } from '../commonProperties';

const resource = ['account'];
const of = (...operation: string[]) => ({ resource, operation });

const address: INodeProperties = {
	displayName: 'Address',
	name: 'address',
	type: 'fixedCollection',
	placeholder: 'Add address',
	default: {},
	description: 'On update, lines that are not given are kept',
	options: [
		{
			displayName: 'Details',
			name: 'details',
			values: [
				{ displayName: 'Address Line 1', name: 'addressLine1', type: 'string', default: '', description: 'At most 50 characters' },
				{ displayName: 'Address Line 2', name: 'addressLine2', type: 'string', default: '', description: 'At most 50 characters' },
				{ displayName: 'Address Line 3', name: 'addressLine3', type: 'string', default: '' },
				{ displayName: 'Address Line 4', name: 'addressLine4', type: 'string', default: '' },
				{ displayName: 'Country', name: 'country', type: 'string', default: '', description: 'Any text of at most 100 characters: m3ter expects no country code' },
				{ displayName: 'Locality', name: 'locality', type: 'string', default: '', description: 'Town or city' },
				{ displayName: 'Post Code', name: 'postCode', type: 'string', default: '', description: 'At most 20 characters' },
				{ displayName: 'Region', name: 'region', type: 'string', default: '', description: 'State, province or county' },
			],
		},
	],
};

const parentLocator = (name: string, description: string): INodeProperties =>
	locator({ displayName: 'Parent Account', name, search: 'searchAccounts', codeExample: 'globex_group', required: false, description });

const optionalFields: INodeProperties[] = [
	address,
	{
		displayName: 'Bill Epoch',
		name: 'billEpoch',
		type: 'dateTime',
		default: '',
		description: 'First day of the billing cycle, when it differs from that of the organization',
	},
	{ displayName: 'Currency', name: 'currency', type: 'string', default: '', placeholder: 'e.g. EUR', description: 'Currency of the bills' },
	customFields,
	{
		displayName: 'Days Before Bill Due',
		name: 'daysBeforeBillDue',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 30,
		description: 'Time to pay, when it differs from that of the organization',
	},
	parentLocator('parentAccount', 'Account that this one is a child of; it can be billed for its children'),
	{ displayName: 'Purchase Order Number', name: 'purchaseOrderNumber', type: 'string', default: '', description: 'At most 100 characters' },
	{
		displayName: 'Statement Generation',
		name: 'autoGenerateStatementMode',
		type: 'options',
		default: 'NONE',
		description: 'Whether bill statements are made when a bill is approved',
		options: [
			{ name: 'JSON', value: 'JSON' },
			{ name: 'JSON and CSV', value: 'JSON_AND_CSV' },
			{ name: 'None', value: 'NONE' },
		],
	},
];

const identity: INodeProperties[] = [
	{ displayName: 'Code', name: 'code', type: 'string', default: '', description: 'Unique code. Usage already sent stays with the account, whatever its code becomes.' },
	{ displayName: 'Email', name: 'emailAddress', type: 'string', placeholder: 'e.g. billing@globex.example', default: '', description: 'Contact address of the customer' },
	{ displayName: 'Name', name: 'name', type: 'string', default: '', description: 'Name of the customer, at most 200 characters' },
];

const byName = (a: INodeProperties, b: INodeProperties) => a.displayName.localeCompare(b.displayName);

const searchFields = [
	{ name: 'Code', value: 'code' },
	{ name: 'Created At', value: 'dtCreated' },
	{ name: 'Currency', value: 'currency' },
	{ name: 'ID', value: 'id' },
	{ name: 'Name', value: 'name' },
	{ name: 'Parent Account ID', value: 'parentAccountId' },
	{ name: 'Purchase Order Number', value: 'purchaseOrderNumber' },
];

export const accountProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: 'get',
		displayOptions: { show: { resource } },
		options: [
			{ name: 'Create', value: 'create', action: 'Create an account', description: 'Create an account under a code that no other account has' },
			{
				name: 'Create or Update',
				value: 'createOrUpdate',
				action: 'Create or update an account',
				description: 'Create a new record, or update the current one if it already exists (upsert)',
			},
			{ name: 'Delete', value: 'delete', action: 'Delete an account', description: 'Remove an account that nothing refers to' },
			{
				name: 'End-Date Billing Entities',
				value: 'endDate',
				action: 'End date billing entities of an account',
				description: 'End account plans, contracts, prepayments and pricing of an account on one day',
			},
			{ name: 'Get', value: 'get', action: 'Get an account', description: 'Get one account whose ID or code is known: Search finds it by name' },
			{ name: 'Get Many', value: 'getAll', action: 'Get many accounts', description: 'List accounts: many of them, those with given codes, or the child accounts of one' },
			{ name: 'Search', value: 'search', action: 'Search accounts', description: 'Find accounts by name, code, currency and more' },
			{ name: 'Update', value: 'update', action: 'Update an account', description: 'Change some fields and keep all others' },
		],
	},
	accountLocator(of('delete', 'endDate', 'get', 'update')),
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. Globex GmbH',
		description: 'Name of the customer, at most 200 characters',
		displayOptions: { show: of('create', 'createOrUpdate') },
	},
	{
		displayName: 'Code',
		name: 'code',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. globex',
		description: 'Unique code of the account: what usage names it with',
		displayOptions: { show: of('create', 'createOrUpdate') },
	},
	{
		displayName: 'Email',
		name: 'emailAddress',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. billing@globex.example',
		description: 'Contact address of the customer: m3ter takes no account without one',
		displayOptions: { show: of('create', 'createOrUpdate') },
	},
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: { show: of('create', 'createOrUpdate') },
		options: optionalFields,
	},
	{
		displayName: 'Update Fields',
		name: 'updateFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: { show: of('update') },
		options: [...optionalFields, ...identity].sort(byName),
	},
	...endDatingProperties(of('endDate')),
	{
		displayName: 'Conditions',
		name: 'conditions',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add condition',
		default: {},
		description: 'What the accounts are to be like. m3ter cannot search by email address or custom field.',
		displayOptions: { show: of('search') },
		options: [
			{
				displayName: 'Condition',
				name: 'condition',
				values: [
					{ displayName: 'Field', name: 'field', type: 'options', default: 'name', options: searchFields, description: 'What of an account is compared with the value' },
					{
						displayName: 'Comparator',
						name: 'comparator',
						type: 'options',
						default: '~',
						description: 'How it is compared. m3ter finds text by its start, not by what it contains.',
						options: [
							{ name: 'After or Above', value: '>' },
							{ name: 'At Least', value: '>=' },
							{ name: 'At Most', value: '<=' },
							{ name: 'Before or Below', value: '<' },
							{ name: 'Equals', value: ':' },
							{ name: 'Starts With', value: '~' },
						],
					},
					{ displayName: 'Value', name: 'value', type: 'string', default: '', placeholder: 'e.g. Globex', description: "Text to compare with, without a '$'; times as 2026-05-01T00:00:00Z" },
				],
			},
		],
	},
	{
		displayName: 'Match',
		name: 'match',
		type: 'options',
		default: 'AND',
		description: 'How many of the conditions an account has to meet',
		displayOptions: { show: of('search') },
		options: [
			{ name: 'All Conditions', value: 'AND' },
			{ name: 'Any Condition', value: 'OR' },
		],
	},
	...limits(of('getAll', 'search')),
	simplify(of('create', 'createOrUpdate', 'get', 'getAll', 'search', 'update')),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add filter',
		default: {},
		displayOptions: { show: of('getAll') },
		options: [
			{ displayName: 'Codes', name: 'codes', type: 'string', default: '', placeholder: 'e.g. globex,initech', description: 'Comma-separated account codes' },
			parentLocator('parent', 'Only the child accounts of this one'),
		],
	},
	{
		displayName: 'Sorting',
		name: 'sorting',
		type: 'collection',
		placeholder: 'Add sorting',
		default: {},
		displayOptions: { show: of('search') },
		options: [
			{ displayName: 'Sort By', name: 'sortBy', type: 'options', default: 'name', options: searchFields, description: 'What of an account decides its place in the result' },
			{
				displayName: 'Sort Order',
				name: 'sortOrder',
				type: 'options',
				default: 'ASC',
				description: "Used together with 'Sort By'",
				options: [
					{ name: 'Ascending', value: 'ASC' },
					{ name: 'Descending', value: 'DESC' },
				],
			},
		],
	},
];
