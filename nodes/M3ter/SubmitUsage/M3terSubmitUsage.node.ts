import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { perItem } from '../../n8n/errors';
import { m3terApi } from '../api';
import { searchAccountCodes, searchMeterCodes } from '../listSearch';
import { listIngestFailures } from './failures';
import { getMeterColumns, getMeterFields } from './meterFields';
import { submitUsageProperties } from './properties';
import { submitItems } from './submit';
import { submitFiles } from './submitFile';

export class M3terSubmitUsage implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'm3ter Submit Usage',
		name: 'm3terSubmitUsage',
		icon: { light: 'file:../../../icons/m3ter.svg', dark: 'file:../../../icons/m3ter.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ ({ submit: "Submit items", submitFile: "Submit file", listFailures: "List ingest failures" })[$parameter.operation] }}',
		description: 'Send usage to m3ter as measurements, and list what m3ter could not ingest',
		defaults: { name: 'm3ter Submit Usage' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'm3terApi', required: true }],
		properties: submitUsageProperties,
	};

	methods = {
		listSearch: { searchAccountCodes, searchMeterCodes },
		resourceMapping: { getMeterColumns, getMeterFields },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const operation = this.getNodeParameter('operation', 0);
		if (operation === 'submit') return [await submitItems(this)];
		if (operation === 'submitFile') return [await submitFiles(this)];
		const api = m3terApi(this);
		return [await perItem(this, async (index) => await listIngestFailures(this, await api, index))];
	}
}
