import type { CredentialEntry, WorkflowFile, WorkflowNode } from '../host/boot';
import { ORGANIZATION_ID } from '../sandbox/m3ter';
import { usageCode } from './usage';

/** The workflows that are compared. Each starts by hand; the nodes that are measured are named. */

export interface Bench {
	file: WorkflowFile;
	/** Nodes whose time counts. */
	measured: string[];
}

const PATH = `/organizations/${ORGANIZATION_ID}/measurements`;

type Step = Pick<WorkflowNode, 'name' | 'type' | 'typeVersion' | 'parameters' | 'credentials'>;

function workflow(name: string, steps: Step[]): WorkflowFile {
	const all: Step[] = [{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} }, ...steps];
	const connections = Object.fromEntries(all.slice(0, -1).map((step, index) => [step.name, { main: [[{ node: all[index + 1].name, type: 'main', index: 0 }]] }]));
	return { name, nodes: all.map((step, index) => ({ ...step, id: `node-${index}`, position: [index * 220, 0] })), connections, settings: { executionOrder: 'v1', saveManualExecutions: true } };
}

const code = (name: string, jsCode: string): Step => ({ name, type: 'n8n-nodes-base.code', typeVersion: 2, parameters: { jsCode } });

const submit = (m3ter: CredentialEntry, parameters: Record<string, unknown>): Step => ({
	name: 'Submit',
	type: 'n8n-nodes-m3ter.m3terSubmitUsage',
	typeVersion: 1,
	credentials: { m3terApi: { id: m3ter.id, name: m3ter.name } },
	parameters: { input: 'fields', meter: { __rl: true, mode: 'code', value: 'api_requests' }, accountSource: 'code', uniqueId: 'value', ...parameters },
});

const http = (url: string, token: string, jsonBody: string): Step => ({
	name: 'HTTP Request',
	type: 'n8n-nodes-base.httpRequest',
	typeVersion: 4.2,
	parameters: {
		method: 'POST',
		url: `${url}${PATH}`,
		sendHeaders: true,
		headerParameters: { parameters: [{ name: 'Authorization', value: `Bearer ${token}` }, { name: 'User-Agent', value: 'n8n' }] },
		sendBody: true,
		specifyBody: 'json',
		jsonBody,
		options: {},
	},
});

/** How hard our node may press. */
export const paceOf = (requestsPerSecond: number) => ({ requestsPerSecond, concurrency: 5 });

export const fromFile = (m3ter: CredentialEntry, file: string, pace: ReturnType<typeof paceOf>): Bench => ({
	measured: ['Submit'],
	file: workflow('Submit File', [
		{ name: 'Read File', type: 'n8n-nodes-base.readWriteFile', typeVersion: 1, parameters: { operation: 'read', fileSelector: file, options: {} } },
		submit(m3ter, {
			operation: 'submitFile',
			sendBy: 'stream',
			accountColumn: 'account',
			timestampColumn: 'ts',
			uniqueIdColumn: 'id',
			columns: { mappingMode: 'defineBelow', value: { 'where.region': 'region', 'what.action': '"send"', 'measure.requests': 'requests' }, matchingColumns: [], schema: [] },
			options: pace,
		}),
	]),
});

export const fromItems = (m3ter: CredentialEntry, run: string, count: number, pace: ReturnType<typeof paceOf>): Bench => ({
	measured: ['Submit'],
	file: workflow('Submit Items', [
		code('Rows', usageCode(run, count)),
		submit(m3ter, {
			operation: 'submit',
			account: { __rl: true, mode: 'code', value: '={{ $json.account }}' },
			timestamp: '={{ $json.ts }}',
			uniqueIdValue: '={{ $json.id }}',
			fields: { mappingMode: 'defineBelow', value: { 'where.region': '={{ $json.region }}', 'what.action': 'send', 'measure.requests': '={{ $json.requests }}' }, matchingColumns: [], schema: [] },
			options: { ...pace, output: 'summary' },
		}),
	]),
});

/** What a user builds without the package: one request for each item. */
export const httpPerItem = (url: string, token: string, run: string, count: number): Bench => ({
	measured: ['HTTP Request'],
	file: workflow('HTTP Request per item', [
		code('Rows', usageCode(run, count)),
		http(url, token, "={{ JSON.stringify({ measurements: [{ uid: $json.id, meter: 'api_requests', account: $json.account, ts: $json.ts, where: { region: $json.region }, what: { action: 'send' }, measure: { requests: $json.requests } }] }) }}"),
	]),
});

/** What a user builds who knows how to program: a Code node that makes batches. */
export const codeBatches = (url: string, token: string, run: string, count: number): Bench => ({
	measured: ['Batches', 'HTTP Request'],
	file: workflow('Code node batches', [
		code('Rows', usageCode(run, count)),
		code(
			'Batches',
			`const batches = [];
for (const { json } of $input.all()) {
	if (batches.length === 0 || batches.at(-1).json.measurements.length === 1000) batches.push({ json: { measurements: [] } });
	batches.at(-1).json.measurements.push({ uid: json.id, meter: 'api_requests', account: json.account, ts: json.ts, where: { region: json.region }, what: { action: 'send' }, measure: { requests: json.requests } });
}
return batches;`,
		),
		http(url, token, '={{ JSON.stringify($json) }}'),
	]),
});
