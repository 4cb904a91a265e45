import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { BillDate, DraftOptions, ZeroLines } from '../shared/billToDraft';
import type { Grouping, NegativeLines, RoundingPolicy } from '../shared/linePolicies';
import { DEFAULT_LINE_DESCRIPTION, LINE_PLACEHOLDERS } from '../shared/lineText';

export type WhenLocked = 'report' | 'adjust' | 'fail';

/** The parameters every "<System> for m3ter: Bill" operation shares, read for one item. */
export interface BillOptions {
	billId: string;
	customer: { source: 'mapping' } | { source: 'customField'; field: string } | { source: 'id'; id: string };
	/** External system name of customer mappings; empty = the target's own name. */
	mappingSystem: string;
	ledgerSystem: string;
	whenLocked: WhenLocked;
	draft: Omit<DraftOptions, 'decimals'>;
}

const show = { resource: ['bill'] };

/** The resource and operation selectors of a "<System> for m3ter" node. */
export const billOperations = (system: string, document: string): INodeProperties => ({
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show },
	options: [
		{
			name: 'Get Status',
			value: 'getStatus',
			action: `Get the status of a bill in ${system}`,
			description: `Find the ${document} of a m3ter bill and compare it with the bill. Writes nothing.`,
		},
		{
			name: 'Preview',
			value: 'preview',
			action: `Preview a bill in ${system}`,
			description: 'Show the requests and the line changes that Send would make. Writes nothing.',
		},
		{
			name: 'Send',
			value: 'send',
			action: `Send a bill to ${system}`,
			description: `Create the ${document} of a m3ter bill, or correct it when it exists. Sending the same bill again changes nothing.`,
		},
	],
	default: 'send',
});

/** Which bill, for which customer. */
export const billInputs = (system: string, customerTable: string, customerPlaceholder: string): INodeProperties[] => [
	{
		displayName: 'Bill ID',
		name: 'billId',
		type: 'string',
		required: true,
		default: '={{ $json.id }}',
		placeholder: 'e.g. 6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01',
		description: 'ID of the m3ter bill. Its current state is read from m3ter, so an outdated item does no harm.',
		displayOptions: { show },
	},
	{
		displayName: 'Customer',
		name: 'customerSource',
		type: 'options',
		default: 'mapping',
		description: `How the ${system} ${customerTable.toLowerCase()} of the bill's account is found`,
		displayOptions: { show },
		options: [
			{ name: 'By Account Custom Field', value: 'customField', description: 'A custom field of the m3ter account holds the ID' },
			{ name: 'By External Mapping', value: 'mapping', description: `The m3ter external mapping Account → ${system} ${customerTable}` },
			{ name: 'By ID', value: 'id', description: 'An ID or expression' },
		],
	},
	{
		displayName: 'Custom Field',
		name: 'customerField',
		type: 'string',
		required: true,
		default: '',
		placeholder: `e.g. ${system.toLowerCase()}CustomerId`,
		description: 'Name of the custom field of the m3ter account',
		displayOptions: { show: { ...show, customerSource: ['customField'] } },
	},
	{
		displayName: 'Customer ID',
		name: 'customerId',
		type: 'string',
		required: true,
		default: '',
		placeholder: `e.g. ${customerPlaceholder}`,
		displayOptions: { show: { ...show, customerSource: ['id'] } },
	},
];

const billDates = [
	{ name: 'Bill Date', value: 'billDate' },
	{ name: 'Due Date', value: 'dueDate' },
	{ name: 'End Date', value: 'endDate', description: 'The first day after the billing period' },
	{ name: 'External Invoice Date', value: 'externalInvoiceDate' },
	{ name: 'None', value: 'none' },
	{ name: 'Start Date', value: 'startDate' },
];

/** Entries of the "Options" collection that mean the same for every system; a system adds its own beside them. */
export const sharedBillOptions: INodeProperties[] = [
	{
		displayName: 'Due Date',
		name: 'dueDate',
		type: 'options',
		options: billDates,
		default: 'dueDate',
		description: 'Date of the bill that becomes the due date',
	},
	{
		displayName: 'Group Lines',
		name: 'grouping',
		type: 'options',
		default: 'none',
		description: 'Whether several bill lines become one line',
		options: [
			{ name: 'By Accounting Product', value: 'accountingProduct' },
			{ name: 'By Line Item Type', value: 'type' },
			{ name: 'By Product', value: 'product' },
			{ name: 'No Grouping', value: 'none' },
		],
	},
	{
		displayName: 'Invoice Date',
		name: 'issueDate',
		type: 'options',
		options: billDates,
		default: 'externalInvoiceDate',
		description: 'Date of the bill that becomes the date of the document',
	},
	{
		displayName: 'Ledger System Name',
		name: 'ledgerSystem',
		type: 'string',
		default: 'n8n',
		description: "External system name under which m3ter remembers each bill's document. Keep it apart from m3ter's native integrations.",
	},
	{
		displayName: 'Line Description',
		name: 'lineDescription',
		type: 'string',
		default: DEFAULT_LINE_DESCRIPTION,
		description: `Text of each line. Placeholders: ${LINE_PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}. A part in [square brackets] disappears when one of its placeholders is empty.`,
	},
	{
		displayName: 'Mapping System Name',
		name: 'mappingSystem',
		type: 'string',
		default: '',
		description: 'External system name of the customer mappings. Leave empty for the name m3ter itself uses.',
	},
	{
		displayName: 'Negative Lines',
		name: 'negativeLines',
		type: 'options',
		default: 'keep',
		description: 'What to do with credits',
		options: [
			{ name: 'Keep', value: 'keep', description: 'Send them as negative lines' },
			{ name: 'Net Into Bill', value: 'netIntoBill', description: 'Take them off the largest charges of the bill' },
			{ name: 'Net Into Product', value: 'netIntoProduct', description: 'Take them off charges of the same product first, then off the rest of the bill' },
			{ name: 'Refuse', value: 'refuse', description: 'Fail when the bill has a negative line' },
		],
	},
	{
		displayName: 'Rounding Difference',
		name: 'rounding',
		type: 'options',
		default: 'largestLine',
		description: 'What to do when the rounded lines do not add up to the bill total',
		options: [
			{ name: 'Add to Largest Line', value: 'largestLine' },
			{ name: 'Add Rounding Line', value: 'roundingLine' },
			{ name: 'Refuse', value: 'refuse' },
		],
	},
	{
		displayName: 'When Locked',
		name: 'whenLocked',
		type: 'options',
		default: 'report',
		description: 'What to do when the document can no longer be changed (finalized, paid, closed) and differs from the bill',
		options: [
			{ name: 'Fail', value: 'fail' },
			{ name: 'Report', value: 'report', description: "Leave it and output the action 'locked' with the difference" },
			{ name: 'Send Difference', value: 'adjust', description: 'Create an adjusting document for the difference' },
		],
	},
	{
		displayName: 'Zero Lines',
		name: 'zeroLines',
		type: 'options',
		default: 'skip',
		options: [
			{ name: 'Keep', value: 'keep' },
			{ name: 'Skip', value: 'skip' },
		],
		description: 'What to do with lines that cost nothing',
	},
];

/**
 * The "Options" collection of a node: the shared entries and its own, in the alphabetical order n8n wants.
 * @param without names of shared entries that make no sense for the system
 */
export const billOptionsCollection = (own: INodeProperties[], without: readonly string[] = []): INodeProperties => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	displayOptions: { show },
	options: [...sharedBillOptions.filter(({ name }) => !without.includes(name) && !own.some((entry) => entry.name === name)), ...own].sort((a, b) =>
		a.displayName.localeCompare(b.displayName),
	),
});

interface RawOptions {
	grouping?: Grouping;
	zeroLines?: ZeroLines;
	negativeLines?: NegativeLines;
	rounding?: RoundingPolicy;
	lineDescription?: string;
	issueDate?: BillDate;
	dueDate?: BillDate;
	whenLocked?: WhenLocked;
	mappingSystem?: string;
	ledgerSystem?: string;
}

/** Reads the shared parameters of one item. */
export function readBillOptions(context: IExecuteFunctions, itemIndex: number): BillOptions {
	const text = (name: string) => String(context.getNodeParameter(name, itemIndex, '') ?? '').trim();
	const { whenLocked, mappingSystem, ledgerSystem, ...draft } = context.getNodeParameter('options', itemIndex, {}) as RawOptions;
	const source = text('customerSource');
	return {
		billId: text('billId'),
		customer:
			source === 'id'
				? { source, id: text('customerId') }
				: source === 'customField'
					? { source, field: text('customerField') }
					: { source: 'mapping' },
		mappingSystem: mappingSystem?.trim() ?? '',
		ledgerSystem: ledgerSystem?.trim() || 'n8n',
		whenLocked: whenLocked ?? 'report',
		draft: {
			grouping: draft.grouping,
			zeroLines: draft.zeroLines,
			negativeLines: draft.negativeLines,
			rounding: draft.rounding,
			lineDescription: draft.lineDescription,
			issueDate: draft.issueDate,
			dueDate: draft.dueDate,
		},
	};
}
