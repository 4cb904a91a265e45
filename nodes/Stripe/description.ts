import type { INodeProperties } from 'n8n-workflow';

import { billInputs, billOperations, billOptionsCollection, sharedBillOptions } from '../n8n/billProperties';

const show = { resource: ['bill'] };
const onInvoice = { show: { '/mode': ['invoice'] } };

const modeProperties: INodeProperties[] = [
	{
		displayName: 'Invoicing Mode',
		name: 'mode',
		type: 'options',
		default: 'invoice',
		displayOptions: { show },
		description: 'Where the lines of the bill go',
		options: [
			{ name: 'Stripe Invoicing', value: 'invoice', description: 'One draft invoice per bill, kept equal to the bill until it is finalized' },
			{
				name: 'Subscription Invoicing',
				value: 'subscription',
				description: "Pending invoice items that the subscription's next invoice takes. A bill approved after the renewal waits for the next one.",
			},
		],
	},
	{
		displayName: 'Subscription',
		name: 'subscriptionSource',
		type: 'options',
		default: 'mapping',
		displayOptions: { show: { ...show, mode: ['subscription'] } },
		options: [
			{ name: 'By External Mapping', value: 'mapping', description: 'The m3ter external mapping Account Plan → Stripe Subscription' },
			{ name: 'By ID', value: 'id', description: 'An ID or expression' },
		],
		description: 'How the Stripe subscription of the bill is found',
	},
	{
		displayName: 'Subscription ID',
		name: 'subscriptionId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. sub_1Pgc6rB7WZ01zgkWNy0Cn5nw',
		displayOptions: { show: { ...show, mode: ['subscription'], subscriptionSource: ['id'] } },
	},
];

/** What a shared option means in Stripe. */
const CHANGES: Record<string, Partial<INodeProperties>> = {
	dueDate: {
		displayOptions: onInvoice,
		description: "Date of the bill on which the payment is due. An invoice that Stripe sends has payment terms instead: the days between 'Invoice Date' and this date.",
	},
	issueDate: {
		displayOptions: onInvoice,
		description: 'Date of the bill from which the payment terms count. The invoice itself is dated by Stripe, when it is finalized.',
	},
};

const changedOptions = sharedBillOptions.filter(({ name }) => name in CHANGES).map((shared): INodeProperties => ({ ...shared, ...CHANGES[shared.name] }));

const ownOptions: INodeProperties[] = [
	...changedOptions,
	{
		displayName: 'Advance Automatically',
		name: 'autoAdvance',
		type: 'boolean',
		default: false,
		displayOptions: onInvoice,
		description: 'Whether Stripe finalizes and collects the invoice by itself about an hour after its creation',
	},
	{
		displayName: 'Automatic Tax',
		name: 'automaticTax',
		type: 'boolean',
		default: false,
		displayOptions: onInvoice,
		description: 'Whether Stripe Tax calculates tax on the invoice. It refuses negative lines: choose a netting policy in \'Negative Lines\'.',
	},
	{
		displayName: 'Collection Method',
		name: 'collectionMethod',
		type: 'options',
		default: 'charge_automatically',
		displayOptions: onInvoice,
		description: 'How Stripe collects the invoice. To send it by email the customer needs an email address.',
		options: [
			{ name: 'Charge Automatically', value: 'charge_automatically' },
			{ name: 'Send Invoice', value: 'send_invoice', description: 'Payment terms follow from the dates of the bill' },
		],
	},
	{
		displayName: 'Finalize',
		name: 'finalize',
		type: 'boolean',
		default: false,
		displayOptions: onInvoice,
		description: 'Whether to finalize the invoice. It cannot be changed afterwards.',
	},
	{ displayName: 'Footer', name: 'footer', type: 'string', default: '', displayOptions: onInvoice, description: 'Footer of the invoice, at most 5,000 characters' },
	{
		displayName: 'Line Mapping',
		name: 'lineMapping',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		default: {},
		placeholder: 'Add mapping',
		description: 'Stripe product and tax rates of each line. The accounting product code is looked up first, then the product code, then the line item type, then the row with an empty code.',
		options: [
			{
				name: 'rows',
				displayName: 'Rows',
				values: [
					{ displayName: 'Code or Type', name: 'match', type: 'string', default: '', placeholder: 'e.g. api-base', description: 'Product code or line item type in m3ter. Empty for all other lines.' },
					{
						displayName: 'Stripe Product ID',
						name: 'product',
						type: 'string',
						default: '',
						placeholder: 'e.g. prod_QXg1hqf4jFNsqG',
						displayOptions: onInvoice,
						description: 'Not used for negative lines, which Stripe takes without a product only',
					},
					{ displayName: 'Tax Rate IDs', name: 'taxRates', type: 'string', default: '', placeholder: 'e.g. txr_1Pgc6r, txr_1Pgc7s' },
				],
			},
		],
	},
	{ displayName: 'Memo', name: 'memo', type: 'string', default: '', displayOptions: onInvoice, description: 'Text on the invoice, at most 1,500 characters' },
	{
		displayName: 'Negative Total',
		name: 'negativeTotal',
		type: 'options',
		default: 'refuse',
		description: 'What to do with a bill whose total is negative',
		options: [
			{ name: 'Refuse', value: 'refuse' },
			{ name: 'Send as Customer Credit', value: 'send', description: "Stripe adds it to the customer's credit balance when the invoice is finalized" },
		],
	},
	{
		displayName: 'When Deleted or Void',
		name: 'whenRemoved',
		type: 'options',
		default: 'fail',
		displayOptions: onInvoice,
		description: 'What to do when somebody deleted or voided the invoice of this bill in Stripe',
		options: [
			{ name: 'Create Again', value: 'recreate' },
			{ name: 'Fail', value: 'fail' },
		],
	},
];

const subscriptionProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['subscription'] } },
		options: [
			{
				name: 'Get Changed',
				value: 'getChanged',
				action: 'Get changed subscriptions',
				description: 'The current state of every subscription that changed since a time, for catching up and reconciliation. Stripe remembers 30 days.',
			},
		],
		default: 'getChanged',
	},
	{
		displayName: 'Changed Since',
		name: 'since',
		type: 'dateTime',
		required: true,
		default: '={{ $now.minus({ days: 1 }) }}',
		displayOptions: { show: { resource: ['subscription'], operation: ['getChanged'] } },
	},
];

export const stripeProperties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Bill', value: 'bill', description: 'Bills of m3ter that become invoices in Stripe' },
			{ name: 'Subscription', value: 'subscription', description: 'Subscriptions in Stripe on their way into m3ter' },
		],
		default: 'bill',
	},
	billOperations('Stripe', 'invoice'),
	...subscriptionProperties,
	...billInputs('Stripe', 'Customer', 'cus_QXg1o8vcGmoR32'),
	...modeProperties,
	billOptionsCollection(ownOptions),
];
