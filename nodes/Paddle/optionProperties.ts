import type { INodeProperties } from 'n8n-workflow';

import { sharedBillOptions } from '../n8n/billProperties';

const onTransaction = { show: { '/target': ['transaction'] } };
const onBilling = { hide: { '/target': ['modifiers'] } };

/** What a shared option means in Paddle. */
const CHANGES: Record<string, Partial<INodeProperties>> = {
	dueDate: {
		displayOptions: onTransaction,
		description: "Date of the bill on which the payment is due. An invoice in Paddle has payment terms instead: the days between 'Invoice Date' and this date.",
	},
	issueDate: {
		displayOptions: onTransaction,
		description: 'Date of the bill from which the payment terms count. The invoice itself is dated by Paddle, when it is issued.',
	},
	negativeLines: {
		default: 'netIntoBill',
		description: 'What to do with credits. Paddle Billing takes no negative amounts: what cannot be netted is refused. Modifiers of Paddle Classic may be negative and keep them unless this option is set.',
	},
};

const changedOptions = sharedBillOptions.filter(({ name }) => name in CHANGES).map((shared): INodeProperties => ({ ...shared, ...CHANGES[shared.name] }));

/** Entries of the "Options" collection that are Paddle's own. */
export const paddleOptions: INodeProperties[] = [
	...changedOptions,
	{
		displayName: 'Additional Information',
		name: 'additionalInformation',
		type: 'string',
		default: '',
		displayOptions: onTransaction,
		description: 'Text on the invoice, at most 1,500 characters',
	},
	{
		displayName: 'Address ID',
		name: 'addressId',
		type: 'string',
		default: '',
		placeholder: 'e.g. add_01hv8gq3318ktkfengj2r75gfx',
		displayOptions: onTransaction,
		description: "Address of a new transaction. Default: the customer's newest active one.",
	},
	{
		displayName: 'Business ID',
		name: 'businessId',
		type: 'string',
		default: '',
		placeholder: 'e.g. biz_01hv8j0z17hv4ew8teebwjmfcb',
		displayOptions: onTransaction,
		description: "Business of a new transaction. Default: the customer's newest active one.",
	},
	{
		displayName: 'Collection Mode',
		name: 'collectionMode',
		type: 'options',
		default: 'manual',
		displayOptions: onTransaction,
		description: 'How the transaction is collected',
		options: [
			{ name: 'Automatic', value: 'automatic', description: 'The customer pays in a checkout; its link is on the transaction' },
			{ name: 'Manual', value: 'manual', description: 'An invoice with the payment terms of the bill, in USD, EUR or GBP' },
		],
	},
	{
		displayName: 'Enable Checkout',
		name: 'enableCheckout',
		type: 'boolean',
		default: false,
		displayOptions: onTransaction,
		description: 'Whether the invoice has a link to pay it online',
	},
	{
		displayName: 'Issue Invoice',
		name: 'issue',
		type: 'boolean',
		default: false,
		displayOptions: onTransaction,
		description: 'Whether to issue the invoice: it gets its number, is sent to the customer, and cannot be changed afterwards',
	},
	{
		displayName: 'Line Mapping',
		name: 'lineMapping',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		default: {},
		placeholder: 'Add mapping',
		displayOptions: onBilling,
		description:
			'Paddle product of each line, which decides its tax. The accounting product code is looked up first, then the product code, then the line item type, then the row with an empty code. Without a row, the m3ter external mapping Product → Paddle Product counts; without that, Paddle makes a product for the line.',
		options: [
			{
				name: 'rows',
				displayName: 'Rows',
				values: [
					{ displayName: 'Code or Type', name: 'match', type: 'string', default: '', placeholder: 'e.g. api-base', description: 'Product code or line item type in m3ter. Empty for all other lines.' },
					{
						displayName: 'Product Name or ID',
						name: 'product',
						type: 'options',
						typeOptions: { loadOptionsMethod: 'getProducts' },
						default: '',
						description: 'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
					},
				],
			},
		],
	},
	{
		displayName: 'On Payment Failure',
		name: 'onPaymentFailure',
		type: 'options',
		default: 'prevent_change',
		displayOptions: { show: { '/target': ['charge'] } },
		description: 'What happens to an immediate charge that cannot be collected',
		options: [
			{ name: 'Charge Anyway', value: 'apply_change', description: 'The subscription becomes past due' },
			{ name: 'Do Not Charge', value: 'prevent_change' },
		],
	},
	{
		displayName: 'Tax Category',
		name: 'taxCategory',
		type: 'options',
		default: 'standard',
		displayOptions: onBilling,
		description: 'For lines without a product of the catalog. Paddle must have enabled it for the account.',
		options: [
			{ name: 'Digital Goods', value: 'digital-goods' },
			{ name: 'Ebooks', value: 'ebooks' },
			{ name: 'Implementation Services', value: 'implementation-services' },
			{ name: 'Professional Services', value: 'professional-services' },
			{ name: 'SaaS', value: 'saas' },
			{ name: 'Software Programming Services', value: 'software-programming-services' },
			{ name: 'Standard Digital Goods', value: 'standard' },
			{ name: 'Training Services', value: 'training-services' },
			{ name: 'Website Hosting', value: 'website-hosting' },
		],
	},
	{
		displayName: 'Tax Mode',
		name: 'taxMode',
		type: 'options',
		default: 'external',
		displayOptions: onBilling,
		description: 'Whether the amounts of the bill include the tax that Paddle calculates',
		options: [
			{ name: 'As the Account Says', value: 'account_setting' },
			{ name: 'Excluded', value: 'external', description: 'Paddle adds the tax' },
			{ name: 'Included', value: 'internal' },
		],
	},
	{
		displayName: 'When Canceled',
		name: 'whenRemoved',
		type: 'options',
		default: 'fail',
		displayOptions: onTransaction,
		description: 'What to do when the transaction of this bill was canceled in Paddle',
		options: [
			{ name: 'Create Again', value: 'recreate' },
			{ name: 'Fail', value: 'fail' },
		],
	},
];
