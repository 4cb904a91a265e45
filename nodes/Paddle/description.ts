import type { INodeProperties } from 'n8n-workflow';

import { billInputs, billOperations, billOptionsCollection } from '../n8n/billProperties';
import { paddleOptions } from './optionProperties';

const show = { resource: ['bill'] };

const targetProperties: INodeProperties[] = [
	{
		displayName: 'Target',
		name: 'target',
		type: 'options',
		default: 'charge',
		displayOptions: { show },
		description: 'Where the lines of the bill go',
		options: [
			{
				name: 'Draft Transaction',
				value: 'transaction',
				description: 'One transaction per bill, kept equal to the bill until it is issued or paid. Needs no subscription.',
			},
			{
				name: 'One-Time Charge',
				value: 'charge',
				description: 'Charges on the subscription. Paddle can neither change nor remove them, so send bills only when they are approved.',
			},
			{ name: 'Paddle Classic Modifiers', value: 'modifiers', description: "Modifiers of the subscription's next payment, one per line, corrected until that payment" },
		],
	},
	{
		displayName: 'When',
		name: 'effectiveFrom',
		type: 'options',
		default: 'next_billing_period',
		displayOptions: { show: { ...show, target: ['charge'] } },
		description: 'When the customer is charged',
		options: [
			{ name: 'Immediately', value: 'immediately', description: 'In a transaction of its own, paid at once' },
			{ name: 'Next Billing Period', value: 'next_billing_period', description: 'With the next renewal. A bill for the period that ends with a renewal is charged one renewal later.' },
		],
	},
	{
		displayName: 'Subscription',
		name: 'subscriptionSource',
		type: 'options',
		default: 'mapping',
		displayOptions: { show: { ...show, target: ['charge', 'modifiers'] } },
		options: [
			{ name: 'By External Mapping', value: 'mapping', description: 'The m3ter external mapping Account Plan → Paddle Subscription, or Account → Paddle Subscription' },
			{ name: 'By ID', value: 'id', description: 'An ID or expression' },
		],
		description: 'How the Paddle subscription of the bill is found',
	},
	{
		displayName: 'Subscription ID',
		name: 'subscriptionId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. sub_01hv8x29kz0t586xy6zn1a62ny',
		description: 'In Paddle Classic, a number',
		displayOptions: { show: { ...show, target: ['charge', 'modifiers'], subscriptionSource: ['id'] } },
	},
];

/** Modifiers stand on the subscription: they need no customer. */
const customerInputs = billInputs('Paddle', 'Customer', 'ctm_01hv6y1jedq4p1n0yqn5ba3ky4').map((property): INodeProperties =>
	property.name === 'billId' ? property : { ...property, displayOptions: { ...property.displayOptions, hide: { target: ['modifiers'] } } },
);

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
				description: 'The current state of every subscription that changed since a time, for catching up and reconciliation. Paddle remembers 90 days.',
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

export const paddleProperties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Bill', value: 'bill', description: 'Bills of m3ter that become charges and transactions in Paddle' },
			{ name: 'Subscription', value: 'subscription', description: 'Subscriptions in Paddle on their way into m3ter' },
		],
		default: 'bill',
	},
	billOperations('Paddle', 'charge, transaction or modifiers'),
	...subscriptionProperties,
	...targetProperties,
	...customerInputs,
	billOptionsCollection(paddleOptions, ['zeroLines']),
];
