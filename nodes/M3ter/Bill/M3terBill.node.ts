import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { perItem } from '../../n8n/errors';
import { m3terApi } from '../api';
import { searchAccounts } from '../listSearch';
import { changeBills } from './change';
import { getLineItems } from './lineItems';
import { billProperties } from './properties';
import { getBill, getBills } from './read';
import { getStatements } from './statement';

/** Operations that read one thing per input item. */
const READS = { get: getBill, getAll: getBills, getLineItems } as const;

type Read = keyof typeof READS;
type Operation = Read | 'approve' | 'setPending' | 'lock' | 'getStatement';

const isRead = (operation: Operation): operation is Read => operation in READS;

export class M3terBill implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'm3ter Bill',
		name: 'm3terBill',
		icon: { light: 'file:../../../icons/m3ter.svg', dark: 'file:../../../icons/m3ter.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter.operation }}',
		description: 'Read, approve and lock the bills of m3ter',
		defaults: { name: 'm3ter Bill' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'm3terApi', required: true }],
		properties: billProperties,
	};

	methods = { listSearch: { searchAccounts } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const operation = this.getNodeParameter('operation', 0) as Operation;
		if (operation === 'getStatement') return [await getStatements(this)];
		if (!isRead(operation)) return [await changeBills(this, operation)];
		// Awaited per item, so that a credential that cannot be read becomes error items, too.
		const api = m3terApi(this);
		return [await perItem(this, async (index) => await READS[operation](this, await api, index))];
	}
}
