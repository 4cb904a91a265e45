/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import type { Container } from '@n8n/di';
import { BinaryDataService, ExecutionLifecycleHooks, LoadOptionsContext, WorkflowExecute } from 'n8n-core';
import type {
	IBinaryData,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeListSearchResult,
	INodePropertyOptions,
	NodeApiError,
	NodeOperationError,
	OnError,
	ResourceMapperFields,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { additionalData, buildWorkflow, required, type NodeUnderTest } from './harnessHost';

export type { CredentialStore, NodeUnderTest } from './harnessHost';
export { Trigger, type Delivery, type Received, type TriggerOptions } from './harnessTrigger';

export interface RunOptions extends NodeUnderTest {
	/** Input items, as JSON or as whole n8n items. Default: one empty item. */
	items?: Array<INodeExecutionData | IDataObject>;
	/** The node's "On Error" setting. */
	onError?: OnError;
	/** "Retry On Fail": how often in all, and the pause between. */
	retry?: { maxTries: number; waitMs: number };
	mode?: WorkflowExecuteMode;
}

export interface RunResult {
	/** Items per output: 0 is the success branch, 1 the error branch under `continueErrorOutput`. */
	items: INodeExecutionData[][];
	/** JSON of the success branch. */
	json: IDataObject[];
	/** JSON of the error branch. */
	errors: IDataObject[];
	/** The error the node stopped the workflow with. */
	error?: NodeApiError | NodeOperationError;
}

const asItem = (item: INodeExecutionData | IDataObject, index: number): INodeExecutionData => {
	const whole = 'json' in item && item.json !== null && typeof item.json === 'object';
	return whole ? (item as INodeExecutionData) : { json: item as IDataObject, pairedItem: { item: index } };
};

/** Runs one node in n8n's real workflow engine: expressions, item pairing, On Error routing, retries and token refresh included. */
export async function runNode(options: RunOptions): Promise<RunResult> {
	const { onError, retry, mode = 'manual', name = 'Node' } = options;
	const settings: Partial<INode> = {
		...(onError ? { onError } : {}),
		...(retry ? { retryOnFail: true, maxTries: retry.maxTries, waitBetweenTries: retry.waitMs } : {}),
	};
	const { workflow, start } = buildWorkflow(options, settings, (options.items ?? [{}]).map(asItem));
	const hooks = new ExecutionLifecycleHooks(mode, '1', {
		id: 'workflow1',
		name: 'Workflow',
		active: false,
		activeVersionId: null,
		isArchived: false,
		nodes: [],
		connections: {},
		createdAt: new Date(0),
		updatedAt: new Date(0),
	});
	const run = await new WorkflowExecute(additionalData(options.credentials ?? {}, { hooks }), mode).run({ workflow, startNode: start });
	const outputs = run.data.resultData.runData[name]?.at(-1)?.data?.main ?? [];
	const items = outputs.map((output) => output ?? []);
	const json = (output: INodeExecutionData[] = []) => output.map((item) => item.json);
	return { items, json: json(items[0]), errors: json(items[1]), error: run.data.resultData.error as RunResult['error'] };
}

function loadOptionsContext(options: NodeUnderTest): LoadOptionsContext {
	const { workflow, subject } = buildWorkflow(options);
	return new LoadOptionsContext(workflow, subject, additionalData(options.credentials ?? {}, { currentNodeParameters: subject.parameters }), 'parameters');
}

/** Loads a drop-down as the editor does. */
export async function loadOptions(options: NodeUnderTest & { method: string }): Promise<INodePropertyOptions[]> {
	return await required(options.node.methods?.loadOptions?.[options.method], options.method).call(loadOptionsContext(options));
}

/** Searches a resource locator's list as the editor does. */
export async function listSearch(options: NodeUnderTest & { method: string; filter?: string; paginationToken?: string }): Promise<INodeListSearchResult> {
	const method = required(options.node.methods?.listSearch?.[options.method], options.method);
	return await method.call(loadOptionsContext(options), options.filter, options.paginationToken);
}

/** Loads a resource mapper's fields as the editor does. */
export async function resourceMapping(options: NodeUnderTest & { method: string }): Promise<ResourceMapperFields> {
	return await required(options.node.methods?.resourceMapping?.[options.method], options.method).call(loadOptionsContext(options));
}

/** Puts bytes into n8n's binary store on disk, as a file from an earlier node is: readable as buffer and as stream. */
export async function storeBinary(bytes: Buffer, fileName: string, mimeType: string): Promise<IBinaryData> {
	// n8n-core's own copy: npm may install another version of it beside.
	const di = jest.requireActual<{ Container: typeof Container }>(require.resolve('@n8n/di', { paths: [require.resolve('n8n-core')] }));
	const service = di.Container.get(BinaryDataService);
	await service.init();
	return await service.store({ type: 'execution', workflowId: 'workflow1', executionId: '1' }, bytes, { data: '', fileName, mimeType });
}
