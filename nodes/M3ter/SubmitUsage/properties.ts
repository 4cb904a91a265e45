import type { INodeProperties } from 'n8n-workflow';

import { customerIdColumn, fileColumns, fileOptions, fileSource, uniqueIdColumn } from './fileProperties';
import { paceOptions, sharedOptions } from './sharedOptions';

const show = { operation: ['submit'] };
const withFields = { ...show, input: ['fields'] };
const showBoth = { operation: ['submit', 'submitFile'] };
const bothWithFields = { ...showBoth, input: ['fields'] };

const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'submit',
	options: [
		{
			name: 'List Ingest Failures',
			value: 'listFailures',
			action: 'List ingest failures',
			description: 'Get the measurements m3ter accepted but could not ingest, with the reason',
		},
		{
			name: 'Submit File',
			value: 'submitFile',
			action: 'Submit a file of measurements',
			description: 'Send every record of a CSV, NDJSON or JSON file to m3ter as a measurement of usage, whatever the size of the file. Running it again with the same file counts nothing twice.',
		},
		{
			name: 'Submit Items',
			value: 'submit',
			action: 'Submit items as measurements',
			description: 'Send every input item to m3ter as a measurement of usage. Running it again with the same items counts nothing twice.',
		},
	],
};

const meterAndAccount: INodeProperties[] = [
	{
		displayName: 'Meter',
		name: 'meter',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		description: 'The meter the usage is for',
		displayOptions: { show: bothWithFields },
		modes: [
			{ displayName: 'From List', name: 'list', type: 'list', typeOptions: { searchListMethod: 'searchMeterCodes', searchable: true } },
			{ displayName: 'By Code', name: 'code', type: 'string', placeholder: 'e.g. api_requests' },
		],
	},
	{
		displayName: 'Account',
		name: 'accountSource',
		type: 'options',
		default: 'code',
		description: 'How the account that used it is found',
		displayOptions: { show: bothWithFields },
		options: [
			{ name: 'By Account Code', value: 'code', description: 'The code of the m3ter account' },
			{ name: 'By Customer ID', value: 'customer', description: "Another system's customer ID, found through m3ter's external mappings" },
		],
	},
	{
		displayName: 'Account Code',
		name: 'account',
		type: 'resourceLocator',
		default: { mode: 'code', value: '' },
		required: true,
		description: "Code of the m3ter account that used it. Unknown codes are rejected; with 'Verify Accounts' off, m3ter creates an account for each.",
		displayOptions: { show: { ...withFields, accountSource: ['code'] } },
		modes: [
			{ displayName: 'From List', name: 'list', type: 'list', typeOptions: { searchListMethod: 'searchAccountCodes', searchable: true } },
			{ displayName: 'By Code', name: 'code', type: 'string', placeholder: 'e.g. globex' },
		],
	},
	{
		displayName: 'Customer ID',
		name: 'customerId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. cus_EXAMPLE0001',
		description: "The other system's ID of the customer. Each distinct ID is looked up once.",
		displayOptions: { show: { ...withFields, accountSource: ['customer'] } },
	},
	customerIdColumn,
	{
		displayName: 'Customer System',
		name: 'customerSystem',
		type: 'string',
		default: 'Stripe',
		required: true,
		placeholder: 'e.g. Stripe',
		description: 'External system name of the mapping in m3ter',
		displayOptions: { show: { ...bothWithFields, accountSource: ['customer'] } },
	},
	{
		displayName: 'Customer Table',
		name: 'customerTable',
		type: 'string',
		default: 'Customer',
		required: true,
		placeholder: 'e.g. Customer',
		description: 'External table name of the mapping in m3ter, e.g. Customer for Stripe, Contact for Xero',
		displayOptions: { show: { ...bothWithFields, accountSource: ['customer'] } },
	},
];

const values: INodeProperties[] = [
	{
		displayName: 'Timestamp',
		name: 'timestamp',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 2026-05-02T03:04:05Z',
		description: 'When it was used: ISO 8601, or epoch seconds or milliseconds. Take it from the item: the current time would make a repeated run count twice.',
		displayOptions: { show: withFields },
	},
	{
		displayName: 'Data Fields',
		name: 'fields',
		type: 'resourceMapper',
		noDataExpression: true,
		default: { mappingMode: 'defineBelow', value: null },
		required: true,
		description: 'The values of the data fields of the meter. m3ter requires all of them.',
		displayOptions: { show: withFields },
		typeOptions: {
			loadOptionsDependsOn: ['meter.value'],
			resourceMapper: {
				resourceMapperMethod: 'getMeterFields',
				mode: 'add',
				fieldWords: { singular: 'data field', plural: 'data fields' },
				addAllFields: true,
				supportAutoMap: true,
				multiKeyMatch: false,
			},
		},
	},
	{
		displayName: 'Measurement JSON',
		name: 'json',
		type: 'json',
		default: '={{ $json }}',
		required: true,
		description: 'One measurement: meter, account (code), ts, and values under who, where, what, other, metadata, measure, cost and income. uid and ets are optional.',
		displayOptions: { show: { ...show, input: ['json'] } },
	},
];

const uniqueId: INodeProperties[] = [
	{
		displayName: 'Unique ID',
		name: 'uniqueId',
		type: 'options',
		default: 'measurement',
		description: 'Where the ID comes from by which m3ter recognizes a record it has already counted (for 35 days)',
		displayOptions: { show: showBoth },
		options: [
			{
				name: 'From Chosen Fields',
				value: 'fields',
				description: 'Made from fields of the record that identify it, such as an order and line number',
			},
			{
				name: 'From the Record',
				value: 'value',
				description: "The source record's own ID, at most 50 characters",
			},
			{
				name: 'From Whole Measurement',
				value: 'measurement',
				description: 'Made from everything that is sent. Two records that are equal in every value count once.',
			},
		],
	},
	{
		displayName: 'Unique ID Value',
		name: 'uniqueIdValue',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. evt_20260502_0001',
		description: "The record's own ID, at most 50 characters. The same record must always give the same ID.",
		displayOptions: { show: { ...show, uniqueId: ['value'] } },
	},
	uniqueIdColumn,
	{
		displayName: 'Unique ID Fields',
		name: 'uniqueIdFields',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. order_id, line',
		description: 'Names of input fields, or of columns of the file, separated by commas. Together they must identify the record.',
		displayOptions: { show: { ...showBoth, uniqueId: ['fields'] } },
	},
];

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	displayOptions: { show },
	options: [
		sharedOptions.checkMeter,
		paceOptions.concurrency,
		sharedOptions.convertNumericText,
		sharedOptions.dryRun,
		{
			displayName: 'End Timestamp',
			name: 'endTimestamp',
			type: 'string',
			default: '',
			placeholder: 'e.g. 2026-05-02T04:00:00Z',
			description: 'When the usage ended, for usage that lasted. Not used with Measurement JSON, which has its own ets.',
		},
		{
			displayName: 'Output',
			name: 'output',
			type: 'options',
			default: 'items',
			options: [
				{ name: 'One Item per Input Item', value: 'items' },
				{ name: 'One Summary Item', value: 'summary', description: 'Counts of accepted, failed and duplicate rows' },
			],
			description: 'What to output. Failed rows are reported the way On Error says in both cases.',
		},
		paceOptions.requestsPerSecond,
		sharedOptions.zone,
		sharedOptions.verifyAccounts,
	],
};

const listFailures: INodeProperties[] = [
	{
		displayName: 'Since',
		name: 'since',
		type: 'dateTime',
		default: '={{ $now.minus({ days: 1 }).toISO() }}',
		required: true,
		description: 'List what failed at or after this time. m3ter keeps it for 28 days.',
		displayOptions: { show: { operation: ['listFailures'] } },
	},
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
		displayOptions: { show: { operation: ['listFailures'] } },
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { operation: ['listFailures'], returnAll: [false] } },
	},
	{
		displayName: 'Download Measurements',
		name: 'download',
		type: 'boolean',
		default: true,
		description: 'Whether to fetch each failed measurement, so that it can be corrected and submitted again',
		displayOptions: { show: { operation: ['listFailures'] } },
	},
];

export const submitUsageProperties: INodeProperties[] = [
	operation,
	{
		displayName: 'Accepted does not mean ingested: m3ter checks measurements again after it has accepted them. See what it could not use with List Ingest Failures.',
		name: 'acceptedNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: showBoth },
	},
	{
		displayName: 'Measurement',
		name: 'input',
		type: 'options',
		default: 'fields',
		description: 'How a measurement is made from an item, or from a record of the file',
		displayOptions: { show: showBoth },
		options: [
			{ name: 'From Fields', value: 'fields', description: 'Choose a meter and fill in its data fields' },
			{ name: 'From JSON', value: 'json', description: 'The item or record holds the whole measurement' },
		],
	},
	...fileSource,
	...meterAndAccount,
	...values,
	...fileColumns,
	...uniqueId,
	options,
	fileOptions,
	...listFailures,
];
