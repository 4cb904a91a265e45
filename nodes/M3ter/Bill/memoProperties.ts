import type { INodeProperties } from 'n8n-workflow';

import { limits, productLocator, simplify } from '../commonProperties';

/** Credit and debit line items: the same fields, with reasons of their own. */

interface Kind {
	resource: string;
	name: string;
	effect: string;
	loadReasons: string;
}

const amountDescription = 'In the currency of the bill, zero or more';

function memoProperties({ resource, name, effect, loadReasons }: Kind): INodeProperties[] {
	const show = (...operation: string[]) => ({ resource: [resource], operation });
	const label = `${name} line item`;
	const optional: INodeProperties[] = [
		productLocator(undefined, { displayName: 'Accounting Product', name: 'accountingProduct', required: false, description: 'Product the line is booked on. Default: that of the referenced line.' }),
		{
			displayName: 'Amount to Apply on Bill',
			name: 'amountToApplyOnBill',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 5 },
			default: 0,
			description: 'Part of the amount that counts on this bill, when it is not all of it',
		},
		productLocator(undefined, { required: false, description: 'Product of the line. Default: that of the referenced line.' }),
		{
			displayName: 'Reason Name or ID',
			name: 'reason',
			type: 'options',
			typeOptions: { loadOptionsMethod: loadReasons },
			default: '',
			description:
				'Why it is given, from the reasons of the organization. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
		{ displayName: 'Referenced Bill ID', name: 'referencedBillId', type: 'string', default: '', description: 'Bill of the referenced line. Default: the bill itself.' },
		{
			displayName: 'Service Period End',
			name: 'servicePeriodEnd',
			type: 'dateTime',
			default: '',
			description: 'First moment after the period it is about. Default: that of the referenced line.',
		},
		{
			displayName: 'Service Period Start',
			name: 'servicePeriodStart',
			type: 'dateTime',
			default: '',
			description: 'First moment of the period it is about. Default: that of the referenced line.',
		},
	];
	const amount: INodeProperties = { displayName: 'Amount', name: 'amount', type: 'number', typeOptions: { minValue: 0, numberPrecision: 5 }, default: 0, description: amountDescription };
	const description: INodeProperties = { displayName: 'Description', name: 'description', type: 'string', default: '', placeholder: 'e.g. Outage on 3 May', description: 'Text of the line on the bill' };
	return [
		{
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			default: 'create',
			displayOptions: { show: { resource: [resource] } },
			options: [
				{
					name: 'Create',
					value: 'create',
					action: `Create a ${label}`,
					description: `Add a line to a bill that ${effect}, referring to a line of that or another bill. Locked bills cannot be changed.`,
				},
				{ name: 'Delete', value: 'delete', action: `Delete a ${label}`, description: 'Take the line off the bill' },
				{ name: 'Get', value: 'get', action: `Get a ${label}`, description: 'Get one line that was added by hand, with its amount and the line it refers to' },
				{ name: 'Get Many', value: 'getAll', action: `Get many ${label}s`, description: `List the ${label}s of a bill` },
				{
					name: 'Update',
					value: 'update',
					action: `Update a ${label}`,
					description: "Change some fields and keep the others. m3ter does not give back 'Amount to Apply on Bill' or a reason from the common list: set them again when they were used.",
				},
			],
		},
		{
			displayName: 'Bill ID',
			name: 'billId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01',
			description: 'ID of the m3ter bill that has the line, or is to get it',
			displayOptions: { show: show('create', 'delete', 'get', 'getAll', 'update') },
		},
		{
			displayName: 'Line Item ID',
			name: 'lineItemId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 7c2b1d9e-2222-4333-8444-555566667777',
			description: `ID of the ${label}, for example from Get Many`,
			displayOptions: { show: show('delete', 'get', 'update') },
		},
		{
			displayName: 'Referenced Line Item ID',
			name: 'referencedLineItemId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 7c2b1d9e-2222-4333-8444-555566667777',
			description: 'ID of the bill line it is about, from Bill > Get Line Items. Product and service period are taken from it.',
			displayOptions: { show: show('create') },
		},
		{ ...amount, required: true, displayOptions: { show: show('create') } },
		{ ...description, required: true, displayOptions: { show: show('create') } },
		...limits(show('getAll')),
		simplify(show('create', 'get', 'getAll', 'update')),
		{
			displayName: 'Additional Fields',
			name: 'additionalFields',
			type: 'collection',
			placeholder: 'Add field',
			default: {},
			displayOptions: { show: show('create') },
			options: optional,
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			displayOptions: { show: show('create') },
			options: [
				{
					displayName: 'Allow Duplicate',
					name: 'allowDuplicate',
					type: 'boolean',
					default: false,
					description: `Whether to add the line although the bill has the same one already. When off, a ${label} about the same line and service period, with the same amount and description, is returned as it is.`,
				},
			],
		},
		{
			displayName: 'Update Fields',
			name: 'updateFields',
			type: 'collection',
			placeholder: 'Add field',
			default: {},
			displayOptions: { show: show('update') },
			options: [...optional, amount, description].sort((a, b) => a.displayName.localeCompare(b.displayName)),
		},
	];
}

export const creditLineItemProperties = memoProperties({ resource: 'creditLineItem', name: 'credit', effect: 'lowers its total', loadReasons: 'getCreditReasons' });
export const debitLineItemProperties = memoProperties({ resource: 'debitLineItem', name: 'debit', effect: 'raises its total', loadReasons: 'getDebitReasons' });
