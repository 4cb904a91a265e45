import type { INodeProperties } from 'n8n-workflow';

/** What ends when, for an account or a contract. */
export const endDatingProperties = (show: Record<string, string[]>): INodeProperties[] => [
	{
		displayName: 'End Date',
		name: 'endDate',
		type: 'dateTime',
		required: true,
		default: '',
		description: 'From when on they no longer apply',
		displayOptions: { show },
	},
	{
		displayName: 'Billing Entities',
		name: 'billingEntities',
		type: 'multiOptions',
		required: true,
		default: ['ACCOUNTPLAN'],
		description: 'What is ended; everything else goes on',
		displayOptions: { show },
		options: [
			{ name: 'Account Plans', value: 'ACCOUNTPLAN' },
			{ name: 'Contracts', value: 'CONTRACT' },
			{ name: 'Counter Pricing', value: 'COUNTER_PRICINGS' },
			{ name: 'Prepayments', value: 'PREPAYMENT' },
			{ name: 'Pricing', value: 'PRICINGS' },
		],
	},
	{
		displayName: 'Apply to Children',
		name: 'applyToChildren',
		type: 'boolean',
		default: false,
		description: 'Whether to end the billing entities of child accounts as well',
		displayOptions: { show },
	},
	{
		displayName: 'Fail When Incomplete',
		name: 'failWhenIncomplete',
		type: 'boolean',
		default: true,
		description: 'Whether the item fails when m3ter could not end-date everything. When off, see the output field failedEntities.',
		displayOptions: { show },
	},
];
