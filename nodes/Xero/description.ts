import type { INodeProperties } from 'n8n-workflow';

import { billInputs, billOperations, billOptionsCollection } from '../n8n/billProperties';
import { organisationProperty } from './organisation';
import { saleProperties } from './saleDescription';

const showBill = { resource: ['bill'] };

const statusProperty: INodeProperties = {
	displayName: 'Status',
	name: 'status',
	type: 'options',
	default: 'DRAFT',
	displayOptions: { show: showBill },
	description: 'Status of the document. One that is further already keeps its status.',
	options: [
		{ name: 'Approved', value: 'AUTHORISED', description: 'Every line needs an account' },
		{ name: 'Draft', value: 'DRAFT' },
		{ name: 'Submitted for Approval', value: 'SUBMITTED', description: 'Every line needs an account' },
	],
};

const lineMapping: INodeProperties = {
	displayName: 'Line Mapping',
	name: 'lineMapping',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	default: {},
	placeholder: 'Add mapping',
	description: 'Where the money of each line goes. The accounting product code is looked up first, then the product code, then the line item type, then the row with an empty code. What is empty is left to Xero.',
	options: [
		{
			name: 'rows',
			displayName: 'Rows',
			values: [
				{
					displayName: 'Account Name or ID',
					name: 'account',
					type: 'options',
					typeOptions: { loadOptionsMethod: 'getAccounts' },
					default: '',
					description: 'Revenue account. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
				},
				{ displayName: 'Code or Type', name: 'match', type: 'string', default: '', placeholder: 'e.g. api-base', description: 'Product code or line item type in m3ter. Empty for all other lines.' },
				{
					displayName: 'Item Name or ID',
					name: 'item',
					type: 'options',
					typeOptions: { loadOptionsMethod: 'getItems' },
					default: '',
					description: 'Product or service. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
				},
				{
					displayName: 'Tax Rate Name or ID',
					name: 'taxType',
					type: 'options',
					typeOptions: { loadOptionsMethod: 'getTaxTypes' },
					default: '',
					description: 'Empty for the rate of the account or item. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
				},
				{
					displayName: 'Tracking Names or IDs',
					name: 'tracking',
					type: 'multiOptions',
					typeOptions: { loadOptionsMethod: 'getTrackingOptions' },
					default: [],
					description: 'One option of at most two categories. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
				},
			],
		},
	],
};

const ownOptions: INodeProperties[] = [
	{
		displayName: 'Branding Theme Name or ID',
		name: 'brandingThemeId',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getBrandingThemes' },
		default: '',
		description: 'Look of the document. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName: 'Invoice Number',
		name: 'numbering',
		type: 'options',
		default: 'bill',
		description: 'Who numbers the documents',
		options: [
			{ name: 'From Bill', value: 'bill', description: "The bill's sequential invoice number, else M3- and the start of the bill ID. Xero refuses a number twice, which also keeps two executions at the same time from making two invoices." },
			{ name: 'From Xero', value: 'xero', description: "Xero's own sequence. Do not run two executions for the same bill at the same moment." },
		],
	},
	{ displayName: 'Invoice Number Prefix', name: 'numberPrefix', type: 'string', default: '', placeholder: 'e.g. USAGE-', description: 'Put before the number from the bill' },
	lineMapping,
	{ displayName: 'Link', name: 'link', type: 'string', default: '', placeholder: 'e.g. https://console.m3ter.com', description: 'Address behind "Go to …" on the invoice in Xero. It must not contain the word xero.' },
	{
		displayName: 'Reference',
		name: 'reference',
		type: 'string',
		default: '',
		description: 'Text before "m3ter bill …" in the reference. Empty for the purchase order number of the bill.',
	},
	{
		displayName: 'Show Quantity and Unit Price',
		name: 'showQuantity',
		type: 'boolean',
		default: false,
		description: 'Whether to send units and unit price where they multiply up to exactly the amount of the line. Other lines have the quantity 1 and the amount as price.',
	},
	{
		displayName: 'Tax in Amounts',
		name: 'lineAmountTypes',
		type: 'options',
		default: 'Exclusive',
		description: 'How the amounts of the bill relate to tax',
		options: [
			{ name: 'No Tax', value: 'NoTax' },
			{ name: 'Tax Exclusive', value: 'Exclusive', description: 'Xero adds tax to them' },
			{ name: 'Tax Inclusive', value: 'Inclusive', description: 'Tax is contained in them' },
		],
	},
	{
		displayName: 'When Deleted or Void',
		name: 'whenRemoved',
		type: 'options',
		default: 'fail',
		description: 'What to do when somebody deleted or voided the document of this bill in Xero',
		options: [
			{ name: 'Create Again', value: 'recreate' },
			{ name: 'Fail', value: 'fail' },
		],
	},
	{
		displayName: 'When Period Is Locked',
		name: 'whenPeriodLocked',
		type: 'options',
		default: 'fail',
		description: "What to do when the invoice date lies in a period that is locked in Xero",
		options: [
			{ name: 'Fail', value: 'fail' },
			{ name: 'First Open Day', value: 'firstOpenDay', description: 'Date the document on the day after the lock date' },
		],
	},
];

export const xeroProperties: INodeProperties[] = [
	organisationProperty,
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Bill', value: 'bill', description: 'Bills of m3ter that become invoices and credit notes in Xero' },
			{ name: 'Sale', value: 'sale', description: 'Sales in Xero, or in a sales channel, on their way into m3ter' },
		],
		default: 'bill',
	},
	billOperations('Xero', 'invoice or credit note'),
	...saleProperties,
	...billInputs('Xero', 'Contact', '3f1b6c1e-0d7a-4a55-9a55-0a1b2c3d4e5f'),
	statusProperty,
	billOptionsCollection(ownOptions),
];
