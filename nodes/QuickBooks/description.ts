import type { INodeProperties } from 'n8n-workflow';

import { billInputs, billOperations, billOptionsCollection } from '../n8n/billProperties';
import { saleProperties } from './saleDescription';

const lookup = (displayName: string, name: string, loadOptionsMethod: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'options',
	typeOptions: { loadOptionsMethod },
	default: '',
	description: `${description}. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
});

const ownOptions: INodeProperties[] = [
	lookup('Class Name or ID', 'classId', 'getClasses', 'Class of lines without another one; of the whole document where the company keeps classes per transaction'),
	{
		displayName: 'Document Number',
		name: 'documentNumber',
		type: 'options',
		default: 'bill',
		description: 'Number of the invoice or credit memo. QuickBooks takes 21 characters.',
		options: [
			{ name: 'From Bill ID', value: 'short', description: 'A short number made of the bill ID, the same at every send' },
			{ name: 'From QuickBooks', value: 'quickBooks', description: 'QuickBooks counts. Documents are then found by customer, which reads more.' },
			{ name: 'Invoice Number of the Bill', value: 'bill', description: "M3ter's sequential invoice number; from the bill ID while the bill has none" },
		],
	},
	lookup('Item Name or ID', 'item', 'getItems', 'Product or service of lines that neither the line mapping nor an external mapping Product → QuickBooks Item covers'),
	{
		displayName: 'Line Mapping',
		name: 'lineMapping',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		default: {},
		placeholder: 'Add mapping',
		description: 'Item, tax code and class of each line. The accounting product code is looked up first, then the product code, then the line item type, then the row with an empty code.',
		options: [
			{
				name: 'rows',
				displayName: 'Rows',
				values: [
					{ displayName: 'Code or Type', name: 'match', type: 'string', default: '', placeholder: 'e.g. api-base', description: 'Product code or line item type in m3ter. Empty for all other lines.' },
					lookup('Class Name or ID', 'classId', 'getClasses', 'Class of the line'),
					lookup('Item Name or ID', 'item', 'getItems', 'Product or service of the line'),
					lookup('Tax Code Name or ID', 'taxCode', 'getTaxCodes', 'Tax code of the line'),
				],
			},
		],
	},
	lookup('Location Name or ID', 'department', 'getDepartments', 'Location (department) of the document'),
	{ displayName: 'Message to Customer', name: 'message', type: 'string', default: '', description: 'Text printed on the document, at most 1,000 characters' },
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
		displayName: 'Quantity',
		name: 'quantity',
		type: 'options',
		default: 'one',
		description: 'QuickBooks wants amount = quantity × price to the cent, which rated usage rarely is',
		options: [
			{ name: 'One', value: 'one', description: 'Quantity 1 at the amount of the line; units and unit price stand in the text' },
			{ name: 'Units Where They Fit', value: 'units', description: 'Units and unit price where they multiply to the amount exactly, else quantity 1' },
		],
	},
	{
		displayName: 'Queue for Email',
		name: 'queueEmail',
		type: 'boolean',
		default: false,
		description: "Whether new documents go on QuickBooks' list of forms to send, addressed to the m3ter account's email",
	},
	{
		displayName: 'Service Date',
		name: 'serviceDate',
		type: 'options',
		default: 'end',
		description: 'QuickBooks has one date per line. Add {periodStart} and {periodEnd} to the line description to print the whole period.',
		options: [
			{ name: 'First Day of Service Period', value: 'start' },
			{ name: 'Last Day of Service Period', value: 'end' },
			{ name: 'None', value: 'none' },
		],
	},
	lookup('Tax Code Name or ID', 'taxCode', 'getTaxCodes', 'Tax code of lines without another one. Companies outside the United States need one on every line; in the United States it is TAX or NON'),
	lookup('Terms Name or ID', 'terms', 'getTerms', 'Payment terms of invoices. They decide the due date instead of the bill'),
	{
		displayName: 'When Deleted or Void',
		name: 'whenRemoved',
		type: 'options',
		default: 'fail',
		description: 'What to do when somebody deleted or voided the document of this bill in QuickBooks',
		options: [
			{ name: 'Create Again', value: 'recreate' },
			{ name: 'Fail', value: 'fail' },
		],
	},
];

export const quickBooksProperties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Bill', value: 'bill', description: 'Bills of m3ter that become invoices and credit memos in QuickBooks' },
			{ name: 'Sale', value: 'sale', description: 'Sales in QuickBooks, or in a sales channel, on their way into m3ter' },
		],
		default: 'bill',
	},
	billOperations('QuickBooks', 'invoice or credit memo'),
	...saleProperties,
	...billInputs('QuickBooks', 'Customer', '58'),
	billOptionsCollection(ownOptions),
];
