import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { ChannelSale } from '../shared/channelSale';

const displayOptions: INodeProperties['displayOptions'] = { show: { resource: ['sale'], operation: ['record'] } };

/** The parameters of an operation `record` of a resource `sale`: an order of any sales channel. */
export const channelSaleProperties = (system: string, customer: string): INodeProperties[] => [
	{
		displayName: 'Customer Name',
		name: 'customerName',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. Acme Robotics',
		displayOptions,
		description: `Name of the ${customer} in ${system}, which is unique there. One that does not exist is created.`,
	},
	{ displayName: 'Customer Email', name: 'customerEmail', type: 'string', default: '', placeholder: 'e.g. name@email.com', displayOptions },
	{
		displayName: 'Customer Number',
		name: 'customerNumber',
		type: 'string',
		default: '',
		placeholder: 'e.g. acme',
		displayOptions,
		description: `The sales channel's own number of the customer. The ${customer} is looked for by it first, and it becomes the m3ter account code.`,
	},
	{
		displayName: 'Order ID',
		name: 'orderId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. SO-1042',
		displayOptions,
		description: 'ID of the order or quote in the sales channel. The same ID is the same sale, however often it arrives.',
	},
	{
		displayName: 'Item Codes',
		name: 'items',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. pro, support-gold',
		displayOptions,
		description: `What was sold, separated by commas: codes of m3ter plans, or names that the plan table or an external mapping Plan → ${system} Item knows`,
	},
	{ displayName: 'Start Date', name: 'startDate', type: 'dateTime', required: true, default: '={{ $now }}', displayOptions, description: 'When the plans start' },
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions,
		options: [
			{ displayName: 'Account Code', name: 'accountCode', type: 'string', default: '', description: 'Code the m3ter account has or shall have, when it is not the customer number' },
			{ displayName: 'Currency', name: 'currency', type: 'string', default: '', placeholder: 'e.g. USD', description: `Currency of a ${customer} that is created` },
			{ displayName: 'End Date', name: 'endDate', type: 'dateTime', default: '', description: 'When the plans end; empty for no end' },
			{ displayName: 'Order Changed At', name: 'changedAt', type: 'dateTime', default: '', description: 'When the order took this shape, so that an older state that arrives later is left out. Without it the time of the run counts, and an old state that is delivered late can bring an ended sale back.' },
			{
				displayName: 'Order Status',
				name: 'status',
				type: 'options',
				default: 'active',
				options: [
					{ name: 'Active', value: 'active' },
					{ name: 'Ended', value: 'ended', description: 'Cancelled or over' },
					{ name: 'Pending', value: 'pending', description: 'Not yet to be billed' },
				],
			},
		],
	},
];

/** Reads the parameters of one item. */
export function readChannelSale(context: IExecuteFunctions, index: number): ChannelSale {
	const text = (name: string) => String(context.getNodeParameter(name, index, '') ?? '').trim();
	const more = context.getNodeParameter('additionalFields', index, {}) as Partial<ChannelSale>;
	const optional = (value: unknown) => (value ? String(value) : undefined);
	return {
		customerName: text('customerName'),
		customerEmail: text('customerEmail'),
		customerNumber: text('customerNumber'),
		orderId: text('orderId'),
		items: text('items'),
		startDate: text('startDate'),
		accountCode: optional(more.accountCode),
		currency: optional(more.currency)?.trim().toUpperCase(),
		endDate: optional(more.endDate),
		changedAt: optional(more.changedAt),
		status: more.status || undefined,
	};
}
