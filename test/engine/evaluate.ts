import { NodeConnectionTypes, type IDataObject, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

/** Stands in for n8n's own nodes, which are no part of this package: gives back what its parameters come to for each item. */
export class Evaluate implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Evaluate',
		name: 'evaluate',
		group: ['transform'],
		usableAsTool: true,
		version: 1,
		description: 'Evaluates expressions',
		defaults: { name: 'Evaluate' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [
			{ displayName: 'Conditions', name: 'conditions', type: 'json', default: {} },
			{ displayName: 'JSON Output', name: 'jsonOutput', type: 'json', default: {} },
			{ displayName: 'Error Message', name: 'errorMessage', type: 'string', default: '' },
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const evaluated = (_item: INodeExecutionData, index: number) => ({
			keep: (this.getNodeParameter('conditions.conditions', index, []) as Array<{ leftValue: unknown }>).some(({ leftValue }) => leftValue === true),
			output: this.getNodeParameter('jsonOutput', index, {}) as IDataObject,
			message: this.getNodeParameter('errorMessage', index, '') as string,
		});
		return [this.getInputData().map((item, index) => ({ json: evaluated(item, index), pairedItem: { item: index } }))];
	}
}
