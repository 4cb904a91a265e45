import type { INodeProperties } from 'n8n-workflow';

import { accountLocator, byIdOnly, customFields, limits, locator, planLocator, productLocator, simplify } from '../commonProperties';

const resource = ['accountPlan'];
const of = (...operation: string[]) => ({ resource, operation });

const billEpoch: INodeProperties = {
	displayName: 'Bill Epoch',
	name: 'billEpoch',
	type: 'dateTime',
	default: '',
	description: 'First day of the billing cycle of this plan, when it differs from that of the account',
};
const childBillingMode: INodeProperties = {
	displayName: 'Child Billing Mode',
	name: 'childBillingMode',
	type: 'options',
	default: 'PARENT_BREAKDOWN',
	description: 'How usage of child accounts is billed',
	options: [
		{ name: 'Child', value: 'CHILD', description: 'The child account is billed' },
		{ name: 'Parent Breakdown', value: 'PARENT_BREAKDOWN', description: 'The parent is billed, with a line for each child' },
		{ name: 'Parent Summary', value: 'PARENT_SUMMARY', description: 'The parent is billed for the sum' },
	],
};
const code: INodeProperties = { displayName: 'Code', name: 'code', type: 'string', default: '', placeholder: 'e.g. globex-pro-2026', description: 'Code of the account plan itself, not of the account or the plan' };
const contract = (description: string): INodeProperties => locator({ displayName: 'Contract', name: 'contractId', search: 'searchContracts', required: false, description });
const ownContract = contract('Contract of the account that the plan belongs to');
const endDate: INodeProperties = {
	displayName: 'End Date',
	name: 'endDate',
	type: 'dateTime',
	default: '',
	description: 'From when on the plan no longer applies',
};

export const accountPlanProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: 'attach',
		displayOptions: { show: { resource } },
		options: [
			{ name: 'Attach', value: 'attach', action: 'Attach a plan to an account', description: 'Give an account a plan or plan group from a date on' },
			{ name: 'Delete', value: 'delete', action: 'Delete an account plan', description: 'Remove an account plan as if it had never been. To stop it, use End.' },
			{ name: 'End', value: 'end', action: 'End an account plan', description: 'Set the date from which the plan no longer applies' },
			{ name: 'Get', value: 'get', action: 'Get an account plan', description: 'Get one account plan: which plan an account has, and from when to when' },
			{ name: 'Get Many', value: 'getAll', action: 'Get many account plans', description: 'List the plans of an account' },
			{
				name: 'Replace',
				value: 'replace',
				action: 'Replace an account plan',
				description: 'Change the plan: the old account plan ends where the new one starts',
			},
			{ name: 'Update', value: 'update', action: 'Update an account plan', description: 'Change some fields and keep all others' },
		],
	},
	accountLocator(of('attach', 'getAll')),
	{
		displayName: 'Account Plan ID',
		name: 'accountPlanId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 7c2b1d9e-2222-4333-8444-555566667777',
		description: 'ID of the account plan, for example from Account Plan > Get Many',
		displayOptions: { show: of('delete', 'end', 'get', 'replace', 'update') },
	},
	{
		displayName: 'Plan or Plan Group',
		name: 'attachWhat',
		type: 'options',
		default: 'plan',
		description: 'Whether the account gets one plan or a group of plans',
		displayOptions: { show: of('attach', 'replace') },
		options: [
			{ name: 'Plan', value: 'plan' },
			{ name: 'Plan Group', value: 'planGroup', description: 'Several plans with a common minimum spend or standing charge' },
		],
	},
	planLocator({ ...of('attach', 'replace'), attachWhat: ['plan'] }),
	locator({ displayName: 'Plan Group', name: 'planGroup', search: 'searchPlanGroups', description: byIdOnly('plan group'), show: { ...of('attach', 'replace'), attachWhat: ['planGroup'] } }),
	{
		displayName: 'Start Date',
		name: 'startDate',
		type: 'dateTime',
		required: true,
		default: '',
		description: 'From when on the plan applies. Without a time zone it is read in that of the workflow.',
		displayOptions: { show: of('attach', 'replace') },
	},
	{ ...endDate, required: true, displayOptions: { show: of('end') } },
	{
		displayName: 'Include Ended',
		name: 'includeEnded',
		type: 'boolean',
		default: false,
		description: 'Whether to return account plans that have ended or not started yet',
		displayOptions: { show: of('getAll') },
	},
	...limits(of('getAll')),
	simplify(of('attach', 'end', 'get', 'getAll', 'replace', 'update')),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add filter',
		default: {},
		displayOptions: { show: of('getAll') },
		options: [
			{ displayName: 'Active On', name: 'activeOn', type: 'dateTime', default: '', description: 'Only account plans that apply at this time, ended ones included' },
			contract('Only account plans of this contract'),
			planLocator(undefined, { required: false, description: 'Only account plans of this plan' }),
			productLocator(undefined, { required: false, description: 'Only account plans of this product' }),
		],
	},
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: { show: of('attach', 'replace') },
		options: [billEpoch, childBillingMode, code, ownContract, customFields, endDate],
	},
	{
		displayName: 'Update Fields',
		name: 'updateFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: { show: of('update') },
		options: [
			billEpoch,
			childBillingMode,
			{
				displayName: 'Clear End Date',
				name: 'clearEndDate',
				type: 'boolean',
				default: false,
				description: 'Whether to remove the end date, so that the plan goes on',
			},
			code,
			ownContract,
			customFields,
			endDate,
			{ displayName: 'Start Date', name: 'startDate', type: 'dateTime', default: '', description: 'From when on the plan applies' },
		],
	},
];
