import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { perItem, settled, toItems } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import { m3terApi } from '../api';
import { loadCurrencies } from '../BillApprovedTrigger/filters';
import { searchProducts } from '../catalogSearch';
import { searchAccounts } from '../listSearch';
import type { Handlers } from '../operation';
import { billJob } from './billJob';
import { changeBills } from './change';
import { jobProperties } from './jobProperties';
import { getLineItems } from './lineItems';
import { getCreditReasons, getDebitReasons } from './loadReasons';
import { creditLineItem, debitLineItem } from './memo';
import { creditLineItemProperties, debitLineItemProperties } from './memoProperties';
import { billProperties } from './properties';
import { getBill, getBills } from './read';
import { recalculateBills } from './recalculate';
import { scheduledEvent } from './scheduledEvent';
import { scheduledEventProperties } from './scheduledEventProperties';
import { getStatements } from './statement';

/** Operations that do one thing per input item. */
const perItemHandlers: Readonly<Record<string, Handlers>> = {
	bill: {
		get: async ({ context, api, index }) => await getBill(context, api, index),
		getAll: async ({ context, api, index }) => await getBills(context, api, index),
		getLineItems: async ({ context, api, index }) => await getLineItems(context, api, index),
	},
	billJob,
	creditLineItem,
	debitLineItem,
	scheduledEvent,
};

/** Operations on bills that take all input items together. */
const togetherHandlers: Readonly<Record<string, (context: IExecuteFunctions) => Promise<INodeExecutionData[]>>> = {
	approve: async (context) => await changeBills(context, 'approve'),
	getStatement: getStatements,
	lock: async (context) => await changeBills(context, 'lock'),
	recalculate: recalculateBills,
	setPending: async (context) => await changeBills(context, 'setPending'),
};

export class M3terBill implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'm3ter Bill',
		name: 'm3terBill',
		icon: { light: 'file:../../../icons/m3ter.svg', dark: 'file:../../../icons/m3ter.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Read, calculate, correct, approve and lock the bills of m3ter',
		defaults: { name: 'm3ter Bill' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'm3terApi', required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				default: 'bill',
				options: [
					{ name: 'Bill', value: 'bill', description: 'What an account is to pay for a period, line by line' },
					{ name: 'Bill Job', value: 'billJob', description: 'Calculates the bills of many accounts' },
					{ name: 'Credit Line Item', value: 'creditLineItem', description: 'Lowers a bill by hand' },
					{ name: 'Debit Line Item', value: 'debitLineItem', description: 'Raises a bill by hand' },
					{ name: 'Scheduled Event', value: 'scheduledEvent', description: 'An event some days after a date, such as a bill being overdue' },
				],
			},
			...billProperties,
			...jobProperties,
			...creditLineItemProperties,
			...debitLineItemProperties,
			...scheduledEventProperties,
		],
	};

	methods = {
		listSearch: { searchAccounts, searchProducts },
		loadOptions: { getCreditReasons, getCurrencies: loadCurrencies, getDebitReasons },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0, 'bill') as string;
		const operation = this.getNodeParameter('operation', 0) as string;
		if (resource === 'bill' && operation in togetherHandlers) return [await togetherHandlers[operation](this)];
		const api = await settled(async () => await m3terApi(this));
		if (api instanceof Failure) return [toItems(this, this.getInputData().map(() => api))];
		return [await perItem(this, async (index) => await perItemHandlers[resource][operation]({ context: this, api, index }))];
	}
}
