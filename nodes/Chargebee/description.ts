import type { INodeProperties } from 'n8n-workflow';

import { billInputs, billOperations, billOptionsCollection } from '../n8n/billProperties';
import { lineMappingOption } from './lineMappingOption';

const show = { resource: ['bill'] };
const onPendingInvoice = { show: { '/target': ['pendingInvoice'] } };

const target: INodeProperties = {
	displayName: 'Target',
	name: 'target',
	type: 'options',
	default: 'pendingInvoice',
	displayOptions: { show },
	description: 'Where the lines of the bill go',
	options: [
		{ name: 'New Invoice', value: 'newInvoice', description: 'An invoice of its own: a pending one that is kept equal to the bill, or a final one with \'Close Invoice\'' },
		{
			name: 'Pending Invoice',
			value: 'pendingInvoice',
			description: "The subscription's invoice that waits for usage. Needs metered billing; one request per line.",
		},
		{
			name: 'Unbilled Charges',
			value: 'unbilledCharges',
			description: "Charges that the subscription's next invoice takes. Many lines per request; works without metered billing.",
		},
	],
};

const bySource = [
	{ name: 'By External Mapping', value: 'mapping', description: 'The m3ter external mapping Account Plan (or Account) → Chargebee Subscription' },
	{ name: 'By ID', value: 'id', description: 'An ID or expression' },
	{ name: 'None', value: 'none', description: 'Only the customer is known: any of its pending invoices, or an invoice of the customer' },
];

const subscription: INodeProperties[] = [
	{
		displayName: 'Subscription',
		name: 'subscriptionSource',
		type: 'options',
		default: 'mapping',
		displayOptions: { show: { ...show, target: ['pendingInvoice', 'unbilledCharges'] } },
		options: bySource,
		description: 'How the Chargebee subscription of the bill is found',
	},
	{
		displayName: 'Subscription',
		name: 'subscriptionSource',
		type: 'options',
		default: 'none',
		displayOptions: { show: { ...show, target: ['newInvoice'] } },
		options: bySource,
		description: 'How the Chargebee subscription of the bill is found',
	},
	{
		displayName: 'Subscription ID',
		name: 'subscriptionId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. AzZlGUTqYQeVh1234',
		displayOptions: { show: { ...show, subscriptionSource: ['id'] } },
	},
];

const ownOptions: INodeProperties[] = [
	{
		displayName: 'Close Invoice',
		name: 'close',
		type: 'boolean',
		default: false,
		description:
			'Whether to close the invoice after writing, which uses credits, collects payment from customers with auto-collection, and makes it final. With Unbilled Charges, everything unbilled on the subscription is invoiced at once.',
	},
	{
		displayName: 'Collect Payment',
		name: 'collect',
		type: 'boolean',
		default: false,
		description: 'Whether Chargebee charges the customer for a new invoice at once',
	},
	{
		displayName: 'Credits',
		name: 'credits',
		type: 'options',
		default: 'refuse',
		description: "What to do with negative amounts that are left after 'Negative Lines': Chargebee takes no negative charge",
		options: [
			{ name: 'Discount', value: 'discount', description: 'A discount on the new invoice. For the target New Invoice only.' },
			{ name: 'Promotional Credit', value: 'promotionalCredit', description: 'Credit of the customer that the next closed invoice uses' },
			{ name: 'Refuse', value: 'refuse', description: 'Fail and send nothing' },
		],
	},
	{
		displayName: 'Currencies Without Decimals',
		name: 'currenciesWithoutDecimals',
		type: 'string',
		default: '',
		placeholder: 'e.g. JPY, KRW, XAF, XOF',
		description: 'Set it only if your site writes other currencies in whole units than ISO 4217 does',
	},
	{ displayName: 'Invoice Note', name: 'invoiceNote', type: 'string', default: '', description: 'Text on the invoice, at most 2,000 characters. Written when an invoice is created or closed.' },
	lineMappingOption,
	{
		displayName: 'Negative Lines',
		name: 'negativeLines',
		type: 'options',
		default: 'netIntoBill',
		description: 'What to do with credits',
		options: [
			{ name: 'Keep', value: 'keep', description: 'Take them from no charge; see \'Credits\'' },
			{ name: 'Net Into Bill', value: 'netIntoBill', description: 'Take them off the largest charges of the bill' },
			{ name: 'Net Into Product', value: 'netIntoProduct', description: 'Take them off charges of the same product first, then off the rest of the bill' },
			{ name: 'Refuse', value: 'refuse', description: 'Fail when the bill has a negative line' },
		],
	},
	{
		displayName: 'No Pending Invoice',
		name: 'noPending',
		type: 'options',
		default: 'fail',
		displayOptions: onPendingInvoice,
		description: 'What to do when the subscription has no pending invoice',
		options: [
			{ name: 'Add Unbilled Charges', value: 'unbilledCharges', description: 'The next invoice takes them' },
			{ name: 'Create Invoice', value: 'newInvoice' },
			{ name: 'Fail', value: 'fail' },
			{ name: 'Skip', value: 'skip', description: "Output the action 'skipped'; a later run sends the bill" },
		],
	},
	{
		displayName: 'Period End',
		name: 'periodEnd',
		type: 'options',
		default: 'inclusive',
		description: "How the end of a service period is written; m3ter's is the first moment after it",
		options: [
			{ name: 'First Moment After', value: 'exclusive' },
			{ name: 'Last Second', value: 'inclusive' },
		],
	},
	{
		displayName: 'Time Zone',
		name: 'timeZone',
		type: 'string',
		default: 'UTC',
		placeholder: 'e.g. Europe/Berlin',
		description: 'Zone of your Chargebee site. The date of a new invoice and service periods that m3ter begins at midnight UTC are sent as days in this zone, so that invoices show the same days as m3ter.',
	},
	{
		displayName: 'When Deleted or Void',
		name: 'whenRemoved',
		type: 'options',
		default: 'fail',
		description: 'What to do when somebody deleted or voided the invoice of this bill in Chargebee',
		options: [
			{ name: 'Create Again', value: 'recreate' },
			{ name: 'Fail', value: 'fail' },
		],
	},
	{
		displayName: 'Which Pending Invoice',
		name: 'whichPending',
		type: 'options',
		default: 'byPeriod',
		displayOptions: onPendingInvoice,
		description: 'Which one to take when several are pending',
		options: [
			{ name: 'By Period', value: 'byPeriod', description: 'The first one dated after the billing period, else the newest' },
			{ name: 'Fail', value: 'fail' },
			{ name: 'Newest', value: 'newest' },
			{ name: 'Oldest', value: 'oldest' },
		],
	},
];

const subscriptionOperations: INodeProperties[] = [
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
				description: 'The current state of every subscription with an event since a time, for catching up and reconciliation',
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

export const chargebeeProperties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Bill', value: 'bill', description: 'Bills of m3ter that become charges and invoices in Chargebee' },
			{ name: 'Subscription', value: 'subscription', description: 'Subscriptions in Chargebee on their way into m3ter' },
		],
		default: 'bill',
	},
	billOperations('Chargebee', 'charges'),
	...subscriptionOperations,
	...billInputs('Chargebee', 'Customer', 'AzZlGUTqYQeVh1234'),
	target,
	...subscription,
	billOptionsCollection(ownOptions, ['zeroLines']),
];
