/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import 'reflect-metadata';

import { Container } from '@n8n/di';
import { mkdtempSync, readdirSync } from 'fs';
import {
	BinaryDataService,
	ExecutionLifecycleHooks,
	HookContext,
	LoadOptionsContext,
	PollContext,
	WebhookContext,
	WorkflowExecute,
	type ExternalSecretsProxy,
} from 'n8n-core';
import {
	ICredentialsHelper,
	NodeHelpers,
	Workflow,
	type IBinaryData,
	type ICredentialDataDecryptedObject,
	type ICredentials,
	type ICredentialType,
	type IDataObject,
	type IHttpRequestHelper,
	type IHttpRequestOptions,
	type INode,
	type INodeCredentialsDetails,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodeParameters,
	type INodePropertyOptions,
	type INodeType,
	type INodeTypes,
	type IWebhookData,
	type IWebhookResponseData,
	type IWorkflowExecuteAdditionalData,
	type NodeApiError,
	type NodeOperationError,
	type OnError,
	type ResourceMapperFields,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { tmpdir } from 'os';
import { join, resolve } from 'path';

// n8n-core writes an instance file on first use: not into the home folder of whoever runs the tests.
process.env.N8N_USER_FOLDER = mkdtempSync(join(tmpdir(), 'n8n-engine-'));
process.env.N8N_ENCRYPTION_KEY = 'only for tests';
// Many tests make nodes fail on purpose; what the engine logs about it would bury the report.
process.env.N8N_LOG_LEVEL = 'silent';

/** Credential data by type name. It is the credential store: tokens a credential fetches are written back into it. */
export type CredentialStore = Record<string, ICredentialDataDecryptedObject>;

export interface NodeUnderTest {
	node: INodeType;
	/** Parameters as a saved workflow has them; n8n fills in the defaults of the others. */
	parameters?: INodeParameters;
	credentials?: CredentialStore;
	/** n8n's node name, e.g. for static data and webhook paths. */
	name?: string;
}

const credentialTypes: ReadonlyMap<string, ICredentialType> = new Map(
	readdirSync(resolve(__dirname, '../../credentials')).map((file): [string, ICredentialType] => {
		// eslint-disable-next-line @typescript-eslint/no-require-imports -- every credential of the package, whatever its name
		const exported = require(resolve(__dirname, '../../credentials', file)) as Record<string, new () => ICredentialType>;
		const type = new exported[file.split('.')[0]]();
		return [type.name, type];
	}),
);

/** What n8n's server does with credentials: defaults filled in, tokens fetched and kept, requests signed. */
class StoredCredentials extends ICredentialsHelper {
	constructor(private readonly store: CredentialStore) {
		super();
	}

	getParentTypes(name: string): string[] {
		return this.typeOf(name).extends ?? [];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	async getDecrypted(_data: IWorkflowExecuteAdditionalData, _details: INodeCredentialsDetails, name: string) {
		const defaults = Object.fromEntries(this.getCredentialsProperties(name).map((property) => [property.name, property.default]));
		return { ...defaults, ...this.store[name] } as ICredentialDataDecryptedObject;
	}

	async preAuthentication(helpers: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject, name: string, _node: INode, expired: boolean) {
		const property = this.getCredentialsProperties(name).find(({ type, typeOptions }) => type === 'hidden' && typeOptions?.expirable === true);
		if (property === undefined || (credentials[property.name] !== '' && !expired)) return undefined;
		const output = await this.runPreAuthentication(helpers, credentials, name);
		if (output?.[property.name] === undefined) return undefined;
		Object.assign(this.store[name], output);
		return { ...credentials, ...output };
	}

	async runPreAuthentication(helpers: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject, name: string) {
		return (await this.typeOf(name).preAuthentication?.call(helpers, credentials)) as ICredentialDataDecryptedObject | undefined;
	}

	async authenticate(credentials: ICredentialDataDecryptedObject, name: string, options: IHttpRequestOptions): Promise<IHttpRequestOptions> {
		const { authenticate } = this.typeOf(name);
		if (typeof authenticate !== 'function') throw new Error(`Credential ${name} has no authenticate function`);
		return await authenticate(credentials, options);
	}

	getCredentialsProperties(name: string) {
		return this.typeOf(name).properties;
	}

	async getCredentials(): Promise<ICredentials> {
		throw new Error('Stored credentials are only read decrypted');
	}

	async updateCredentials(_details: INodeCredentialsDetails, name: string, data: ICredentialDataDecryptedObject): Promise<void> {
		Object.assign(this.store[name], data);
	}

	async updateCredentialsOauthTokenData(details: INodeCredentialsDetails, name: string, data: ICredentialDataDecryptedObject): Promise<void> {
		await this.updateCredentials(details, name, data);
	}

	private typeOf(name: string): ICredentialType {
		const type = credentialTypes.get(name);
		if (type === undefined) throw new Error(`The package has no credential type ${name}`);
		return type;
	}
}

/** Emits the given items: the node before the one under test. */
const startNode = (items: INodeExecutionData[]): INodeType => ({
	description: {
		displayName: 'Start',
		name: 'start',
		group: ['input'],
		version: 1,
		description: '',
		defaults: {},
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
	},
	execute: async () => [items],
});

const BASE_URL = 'https://n8n.example.com';

/** The parts of n8n's server that executions, hooks and drop-downs reach through. */
function additionalData(credentials: CredentialStore, extra: Partial<IWorkflowExecuteAdditionalData> = {}): IWorkflowExecuteAdditionalData {
	return {
		credentialsHelper: new StoredCredentials(credentials),
		externalSecretsProxy: {} as ExternalSecretsProxy,
		currentNodeExecutionIndex: 0,
		restApiUrl: `${BASE_URL}/rest`,
		instanceBaseUrl: BASE_URL,
		formBaseUrl: `${BASE_URL}/form`,
		formWaitingBaseUrl: `${BASE_URL}/form-waiting`,
		formTestBaseUrl: `${BASE_URL}/form-test`,
		webhookBaseUrl: `${BASE_URL}/webhook`,
		webhookWaitingBaseUrl: `${BASE_URL}/webhook-waiting`,
		webhookTestBaseUrl: `${BASE_URL}/webhook-test`,
		mcpBaseUrl: `${BASE_URL}/mcp`,
		mcpTestBaseUrl: `${BASE_URL}/mcp-test`,
		variables: {},
		logAiEvent: () => undefined,
		executionId: '1',
		...extra,
	} as IWorkflowExecuteAdditionalData;
}

function buildWorkflow({ node, parameters = {}, credentials = {}, name = 'Node' }: NodeUnderTest, settings: Partial<INode> = {}, items: INodeExecutionData[] = [], staticData: IDataObject = {}) {
	const types: Record<string, INodeType> = { start: startNode(items), subject: node };
	const nodeTypes: INodeTypes = {
		getByName: (type) => types[type],
		getByNameAndVersion: (type, version) => NodeHelpers.getVersionedNodeType(types[type], version),
		getKnownTypes: () => ({}),
	};
	const version = node.description.version;
	const subject: INode = {
		id: '7f0a4c52-0000-4000-8000-000000000001',
		name,
		type: 'subject',
		typeVersion: node.description.defaultVersion ?? (Array.isArray(version) ? version[version.length - 1] : version),
		position: [0, 0],
		parameters,
		credentials: Object.fromEntries(Object.keys(credentials).map((type) => [type, { id: type, name: type }])),
		webhookId: '7f0a4c52-0000-4000-8000-000000000002',
		...settings,
	};
	const start: INode = { id: 'start', name: 'Start', type: 'start', typeVersion: 1, position: [0, 0], parameters: {} };
	const workflow = new Workflow({
		id: 'workflow1',
		name: 'Workflow',
		nodes: [start, subject],
		connections: { Start: { main: [[{ node: name, type: 'main', index: 0 }]] } },
		active: false,
		nodeTypes,
		staticData,
		settings: { executionOrder: 'v1', timezone: 'UTC' },
	});
	return { workflow, start, subject: workflow.nodes[name] };
}

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

function required<T>(method: T | undefined, name: string): T {
	if (method === undefined) throw new Error(`The node has no method ${name}`);
	return method;
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

export interface Delivery {
	/** Text or bytes as they arrive, or an object sent as JSON. */
	body?: string | Buffer | object;
	headers?: Record<string, string>;
	query?: Record<string, string>;
	method?: string;
}

export interface Received {
	/** What the sender saw. */
	status: number;
	body: unknown;
	/** Items that start the workflow; undefined when no execution starts. */
	items?: INodeExecutionData[];
}

export interface TriggerOptions extends NodeUnderTest {
	/** Carried over from an earlier trigger of the same node. */
	staticData?: IDataObject;
	mode?: WorkflowExecuteMode;
	isTest?: boolean;
	/** Public address of n8n (WEBHOOK_URL). */
	baseUrl?: string;
}

/** A trigger node as n8n's server drives it: registration hooks, deliveries and polls, with static data in between. */
export class Trigger {
	private readonly built: ReturnType<typeof buildWorkflow>;

	private readonly data: IWorkflowExecuteAdditionalData;

	constructor(private readonly options: TriggerOptions) {
		const name = options.name ?? 'Node';
		this.built = buildWorkflow(options, {}, [], { [`node:${name}`]: options.staticData ?? {} });
		const { baseUrl = BASE_URL } = options;
		this.data = additionalData(options.credentials ?? {}, { webhookBaseUrl: `${baseUrl}/webhook`, webhookTestBaseUrl: `${baseUrl}/webhook-test` });
	}

	/** The node's own static data, as n8n would save it. */
	get staticData(): IDataObject {
		return this.built.workflow.getStaticData('node', this.built.subject);
	}

	/** Where the provider delivers to. */
	get url(): string {
		return this.hookContext().getNodeWebhookUrl('default') ?? '';
	}

	/** The engine's one logger; silent, but it can be spied on. */
	get logger(): HookContext['logger'] {
		return this.hookContext().logger;
	}

	async checkExists(): Promise<boolean> {
		return await this.hook('checkExists');
	}

	async create(): Promise<boolean> {
		return await this.hook('create');
	}

	async delete(): Promise<boolean> {
		return await this.hook('delete');
	}

	/** One delivery to the trigger's URL. Rejects where the node throws (n8n would answer 500). */
	async receive(delivery: Delivery): Promise<Received> {
		const sent = { status: 200, body: undefined as unknown };
		const data = { ...this.data, httpRequest: requestOf(delivery), httpResponse: responseInto(sent) } as IWorkflowExecuteAdditionalData;
		const { workflow, subject } = this.built;
		const context = new WebhookContext(workflow, subject, data, this.options.mode ?? 'webhook', this.webhookData(), [], null);
		const result: IWebhookResponseData = await required(this.options.node.webhook, 'webhook').call(context);
		if (!result.noWebhookResponse && result.workflowData === undefined) sent.body = result.webhookResponse;
		return { ...sent, items: result.workflowData?.[0] };
	}

	/** One poll; null when there is nothing new. */
	async poll(): Promise<INodeExecutionData[] | null> {
		const { workflow, subject } = this.built;
		const context = new PollContext(workflow, subject, this.data, this.options.mode ?? 'trigger', 'activate');
		return (await required(this.options.node.poll, 'poll').call(context))?.[0] ?? null;
	}

	private async hook(name: 'checkExists' | 'create' | 'delete'): Promise<boolean> {
		return await required(this.options.node.webhookMethods?.default?.[name], name).call(this.hookContext());
	}

	private hookContext(): HookContext {
		const { workflow, subject } = this.built;
		return new HookContext(workflow, subject, this.data, this.options.mode ?? 'trigger', 'activate', this.webhookData());
	}

	private webhookData(): IWebhookData {
		const [webhookDescription] = this.options.node.description.webhooks ?? [];
		return {
			httpMethod: 'POST',
			node: this.built.subject.name,
			path: '',
			webhookDescription,
			workflowId: this.built.workflow.id,
			workflowExecuteAdditionalData: this.data,
			isTest: this.options.isTest,
		};
	}
}

function requestOf({ body = '', headers = {}, query = {}, method = 'POST' }: Delivery): IWorkflowExecuteAdditionalData['httpRequest'] {
	const isText = typeof body === 'string' || Buffer.isBuffer(body);
	const rawBody = Buffer.from(isText ? body : JSON.stringify(body));
	const lowerCased = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
	return {
		method,
		headers: { ...(isText ? {} : { 'content-type': 'application/json' }), ...lowerCased },
		query,
		params: {},
		rawBody,
		readRawBody: async () => undefined,
		body: parsedOrEmpty(rawBody.toString('utf8')),
	} as unknown as IWorkflowExecuteAdditionalData['httpRequest'];
}

function parsedOrEmpty(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return {};
	}
}

function responseInto(sent: { status: number; body: unknown }): IWorkflowExecuteAdditionalData['httpResponse'] {
	const response = {
		headersSent: false,
		status: (code: number) => Object.assign(response, { statusCode: (sent.status = code) }),
		writeHead: (code: number) => response.status(code),
		setHeader: () => response,
		send: (body?: unknown) => response.end(body),
		json: (body?: unknown) => response.end(body),
		end: (body?: unknown) => {
			if (response.headersSent) throw new Error('The response was sent twice');
			response.headersSent = true;
			sent.body = body;
			return response;
		},
	};
	return response as unknown as IWorkflowExecuteAdditionalData['httpResponse'];
}

/** Puts bytes into n8n's binary store on disk, as a file from an earlier node is: readable as buffer and as stream. */
export async function storeBinary(bytes: Buffer, fileName: string, mimeType: string): Promise<IBinaryData> {
	const service = Container.get(BinaryDataService);
	await service.init();
	return await service.store({ type: 'execution', workflowId: 'workflow1', executionId: '1' }, bytes, { data: '', fileName, mimeType });
}
