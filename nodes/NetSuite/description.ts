import type { INodeProperties } from 'n8n-workflow';

import { billInputs, billOperations, billOptionsCollection } from '../n8n/billProperties';
import { saleProperties } from './saleDescription';

const show = { resource: ['bill'] };

export const lookup = (displayName: string, name: string, loadOptionsMethod: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'options',
	typeOptions: { loadOptionsMethod },
	default: '',
	description: `${description}. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
});

/** The shared operations, and NetSuite's own: an invoice that waited for approval all month is approved at the end. */
function operations(): INodeProperties {
	const shared = billOperations('NetSuite', 'invoice, sales order or credit memo');
	const approve = {
		name: 'Approve',
		value: 'approve',
		action: 'Approve a bill in NetSuite',
		description: 'Bring the document of a m3ter bill up to date, as Send does, and approve it',
	};
	return { ...shared, options: [approve, ...(shared.options ?? [])] };
}

const recordType: INodeProperties = {
	displayName: 'Record Type',
	name: 'recordType',
	type: 'options',
	default: 'invoice',
	displayOptions: { show },
	description: 'What a bill becomes in NetSuite. One with a negative total becomes a credit memo.',
	options: [
		{ name: 'Invoice', value: 'invoice' },
		{ name: 'Sales Order', value: 'salesOrder', description: 'Never posts; NetSuite bills it. For accounts without approval routing of invoices.' },
	],
};

const script = (displayName: string, name: string, placeholder: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: '',
	placeholder: `e.g. ${placeholder}`,
	description: `${description}. Script ID of a custom transaction column; leave empty to send none.`,
});

const lineMapping: INodeProperties = {
	displayName: 'Line Mapping',
	name: 'lineMapping',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	default: {},
	placeholder: 'Add mapping',
	description: 'Item, segments and tax code of each line. The accounting product code is looked up first, then the product code, then the line item type, then the row with an empty code.',
	options: [
		{
			name: 'rows',
			displayName: 'Rows',
			values: [
				{ displayName: 'Code or Type', name: 'match', type: 'string', default: '', placeholder: 'e.g. api-base', description: 'Product code or line item type in m3ter. Empty for all other lines.' },
				lookup('Class Name or ID', 'classId', 'getClasses', 'Class of the line'),
				lookup('Department Name or ID', 'department', 'getDepartments', 'Department of the line'),
				lookup('Item Name or ID', 'item', 'getItems', 'Item of the line'),
				lookup('Location Name or ID', 'location', 'getLocations', 'Location of the line'),
				lookup('Tax Code Name or ID', 'taxCode', 'getTaxCodes', 'Tax code of the line'),
			],
		},
	],
};

const ownOptions: INodeProperties[] = [
	{
		displayName: 'Additional Body Fields (JSON)',
		name: 'bodyFields',
		type: 'json',
		default: '{}',
		description: 'More fields of the document by their script IDs, as NetSuite takes them, e.g. {"custbody_channel": "usage"}',
	},
	{
		displayName: 'Additional Line Fields (JSON)',
		name: 'lineFields',
		type: 'json',
		default: '{}',
		description: 'More fields that every line gets, e.g. {"isTaxable": false}',
	},
	{
		displayName: 'Approval',
		name: 'approval',
		type: 'options',
		default: 'pending',
		description: 'Approval of invoices (with approval routing) and sales orders. What is pending is rewritten at every send; what is approved is final.',
		options: [
			{ name: 'Approve', value: 'approved', description: 'Approve at every send' },
			{ name: 'Approve with the Bill', value: 'withBill', description: 'Leave pending until the bill is approved in m3ter, then approve' },
			{ name: 'Leave Pending', value: 'pending', description: 'Approve by hand, or with the operation Approve' },
			{ name: 'Up to NetSuite', value: 'none', description: 'Send nothing about approval' },
		],
	},
	lookup('Class Name or ID', 'classId', 'getClasses', 'Class of the document and of lines without another one'),
	lookup('Department Name or ID', 'department', 'getDepartments', 'Department of the document and of lines without another one'),
	{
		displayName: 'Document Number',
		name: 'numbering',
		type: 'options',
		default: 'netSuite',
		description: 'Number of the document',
		options: [
			{ name: 'From NetSuite', value: 'netSuite' },
			{ name: 'Invoice Number of the Bill', value: 'bill', description: "M3ter's sequential invoice number. Needs 'Allow Override' in NetSuite's auto-generated numbers." },
		],
	},
	lookup('Item Name or ID', 'item', 'getItems', 'Item of lines that neither the line mapping nor an external mapping Product → NetSuite Item covers'),
	script('Line ID Column', 'lineIdField', 'custcol_m3ter_line_id', 'Holds the identity of each line, so that lines are known again whatever their text'),
	lineMapping,
	lookup('Location Name or ID', 'location', 'getLocations', 'Location of the document and of lines without another one'),
	{ displayName: 'Memo', name: 'memo', type: 'string', default: '', description: 'Text in the memo, before the note that names the bill' },
	{
		displayName: 'Negative Total',
		name: 'negativeTotal',
		type: 'options',
		default: 'creditMemo',
		description: 'What to do with a bill whose total is negative',
		options: [
			{ name: 'Create Credit Memo', value: 'creditMemo', description: 'A credit memo with the signs turned' },
			{ name: 'Refuse', value: 'refuse' },
		],
	},
	{
		displayName: 'Requests at Once',
		name: 'requestsAtOnce',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 4 },
		default: 1,
		description: "How many requests this node makes at the same time. NetSuite's limit (5 on the smallest tier) is shared by all integrations of the account.",
	},
	script('Service End Column', 'serviceEndField', 'custcol_service_end', 'Gets the last day of the service period. Advanced Revenue Management needs it on every line'),
	script('Service Start Column', 'serviceStartField', 'custcol_service_start', 'Gets the first day of the service period'),
	lookup('Subsidiary Name or ID', 'subsidiary', 'getSubsidiaries', "Leave empty to let NetSuite take the customer's"),
	lookup('Tax Code Name or ID', 'taxCode', 'getTaxCodes', 'Tax code of lines without another one. For the legacy tax engine; leave empty with SuiteTax'),
	lookup('Terms Name or ID', 'terms', 'getTerms', 'Payment terms. They decide the due date instead of the bill'),
	script('Units Column', 'unitsField', 'custcol_m3ter_units', 'Gets the number of units the line is for'),
	{
		displayName: 'When Deleted or Void',
		name: 'whenRemoved',
		type: 'options',
		default: 'fail',
		description: 'What to do when somebody deleted, voided, rejected or closed the document of this bill in NetSuite',
		options: [
			{ name: 'Create Again', value: 'recreate', description: 'A new document; a rejected invoice is corrected and submitted again' },
			{ name: 'Fail', value: 'fail' },
		],
	},
	{
		displayName: 'When Locked',
		name: 'whenLocked',
		type: 'options',
		default: 'report',
		description: 'What to do when the document is approved, paid or in a closed posting period, and differs from the bill',
		options: [
			{ name: 'Fail', value: 'fail' },
			{ name: 'Report', value: 'report', description: "Leave it and output the action 'locked' with the difference" },
			{ name: 'Send Difference', value: 'adjust', description: 'A further document for the difference, dated in the next open period where needed' },
		],
	},
];

export const netSuiteProperties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Bill', value: 'bill', description: 'Bills of m3ter that become invoices and sales orders in NetSuite' },
			{ name: 'Sale', value: 'sale', description: 'Sales in NetSuite, or in a sales channel, on their way into m3ter' },
		],
		default: 'bill',
	},
	operations(),
	...saleProperties,
	...billInputs('NetSuite', 'Customer', '887'),
	recordType,
	billOptionsCollection(ownOptions),
];
