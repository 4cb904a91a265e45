import type { INodeProperties } from 'n8n-workflow';

import { paceOptions, sharedOptions } from './sharedOptions';

const show = { operation: ['submitFile'] };
const withFields = { ...show, input: ['fields'] };

export const fileSource: INodeProperties[] = [
	{
		displayName: 'Input Binary Field',
		name: 'binaryProperty',
		type: 'string',
		default: 'data',
		required: true,
		placeholder: 'e.g. data',
		hint: 'The name of the input field with the file: CSV, NDJSON (one JSON record per line) or a JSON array of records',
		displayOptions: { show },
	},
	{
		displayName: 'Send By',
		name: 'sendBy',
		type: 'options',
		default: 'automatic',
		description: 'How the measurements get to m3ter',
		displayOptions: { show },
		options: [
			{ name: 'Automatic', value: 'automatic', description: 'Requests for files below the size in the option Upload From Size, an upload for larger ones' },
			{ name: 'File Upload', value: 'upload', description: "With m3ter's file uploads: m3ter takes the file in by itself, about 2,000 rows a second, and counts the rows it cannot use" },
			{ name: 'Requests', value: 'stream', description: 'In batches of up to 1,000 measurements while the file is read: the fastest way, and every rejected row is named' },
		],
	},
];

export const fileColumns: INodeProperties[] = [
	{
		displayName: 'Account Column',
		name: 'accountColumn',
		type: 'string',
		default: 'account',
		required: true,
		placeholder: 'e.g. account',
		description: 'The column with the code of the m3ter account. For a file of one account, write its code in double quotes: "globex".',
		displayOptions: { show: { ...withFields, accountSource: ['code'] } },
	},
	{
		displayName: 'Timestamp Column',
		name: 'timestampColumn',
		type: 'string',
		default: 'timestamp',
		required: true,
		placeholder: 'e.g. timestamp',
		description: 'The column that says when it was used: ISO 8601, or epoch seconds or milliseconds',
		displayOptions: { show: withFields },
	},
	{
		displayName: 'Data Field Columns',
		name: 'columns',
		type: 'resourceMapper',
		noDataExpression: true,
		default: { mappingMode: 'defineBelow', value: null },
		required: true,
		description: 'The column of the file for each data field. A text in double quotes is the value itself, for all rows: "send".',
		displayOptions: { show: withFields },
		typeOptions: {
			loadOptionsDependsOn: ['meter.value'],
			resourceMapper: {
				resourceMapperMethod: 'getMeterColumns',
				mode: 'add',
				fieldWords: { singular: 'column', plural: 'columns' },
				addAllFields: true,
				supportAutoMap: true,
				multiKeyMatch: false,
			},
		},
	},
];

export const customerIdColumn: INodeProperties = {
	displayName: 'Customer ID Column',
	name: 'customerIdColumn',
	type: 'string',
	default: 'customer',
	required: true,
	placeholder: 'e.g. customer',
	description: "The column with the other system's ID of the customer. Each distinct ID is looked up once.",
	displayOptions: { show: { ...withFields, accountSource: ['customer'] } },
};

export const uniqueIdColumn: INodeProperties = {
	displayName: 'Unique ID Column',
	name: 'uniqueIdColumn',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. event_id',
	description: "The column with the record's own ID, at most 50 characters",
	displayOptions: { show: { ...show, uniqueId: ['value'] } },
};

export const fileOptions: INodeProperties = {
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
		{
			displayName: 'Delimiter',
			name: 'delimiter',
			type: 'string',
			default: ',',
			placeholder: 'e.g. ;',
			description: 'What separates the columns of a CSV file; \\t for a tab. Without this option it is recognized from the header line.',
		},
		sharedOptions.dryRun,
		{
			displayName: 'Encoding',
			name: 'encoding',
			type: 'options',
			default: 'auto',
			description: 'How the text of the file is encoded. A row that is no text in this encoding is rejected, never sent with wrong letters.',
			options: [
				{ name: 'Automatic', value: 'auto', description: 'By the byte order mark, else UTF-8' },
				{ name: 'Latin-1 or Windows-1252', value: 'windows-1252' },
				{ name: 'UTF-16 Big Endian', value: 'utf-16be' },
				{ name: 'UTF-16 Little Endian', value: 'utf-16le' },
				{ name: 'UTF-8', value: 'utf-8' },
			],
		},
		{
			displayName: 'End Timestamp Column',
			name: 'endTimestampColumn',
			type: 'string',
			default: '',
			placeholder: 'e.g. ended_at',
			description: 'The column that says when the usage ended, for usage that lasted',
		},
		{
			displayName: 'Format',
			name: 'format',
			type: 'options',
			default: 'auto',
			description: 'How the records stand in the file',
			options: [
				{ name: 'Automatic', value: 'auto', description: "By the file's name and type, else by how it starts" },
				{ name: 'CSV', value: 'csv', description: 'A header line with the names of the columns, then one record per line' },
				{ name: 'JSON Array', value: 'json', description: 'One list of records: [{…}, {…}]' },
				{ name: 'NDJSON', value: 'ndjson', description: 'One JSON record per line' },
			],
		},
		{
			displayName: 'Max Rejected Rows',
			name: 'maxRejected',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 0 },
			default: 10000,
			description: 'Stop when more rows than this are rejected, as with a wrong column; 0 for no limit',
		},
		{
			displayName: 'Output Rejected Rows as File',
			name: 'rejectedFile',
			type: 'boolean',
			default: false,
			description: 'Whether to output all rejected rows, each with its number and reason, as a CSV file in the binary field "rejected". The result itself names the first 100.',
		},
		paceOptions.requestsPerSecond,
		sharedOptions.zone,
		{
			displayName: 'Upload From Size (MB)',
			name: 'uploadFrom',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 256,
			description: 'Size of the file from which Send By: Automatic uploads it',
		},
		{
			displayName: 'Upload Part Size (MB)',
			name: 'uploadPart',
			type: 'number',
			typeOptions: { minValue: 0.001, maxValue: 1000 },
			default: 32,
			description: 'Larger files are uploaded in parts of about this size. A part is held in memory, and must be sent within the minute that m3ter\'s link lives.',
		},
		{
			displayName: 'Upload Time Limit (Minutes)',
			name: 'jobTimeout',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 60,
			description: 'How long to wait for m3ter to take in what was uploaded. After that the result says how far it is; m3ter goes on.',
		},
		sharedOptions.verifyAccounts,
	],
};
