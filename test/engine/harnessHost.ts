/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import 'reflect-metadata';

import { mkdtempSync, readdirSync } from 'fs';
import type { ExternalSecretsProxy } from 'n8n-core';
import {
	ICredentialsHelper,
	NodeHelpers,
	Workflow,
	type ICredentialDataDecryptedObject,
	type ICredentials,
	type ICredentialType,
	type IDataObject,
	type IHttpRequestHelper,
	type IHttpRequestOptions,
	type INode,
	type INodeCredentialsDetails,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type INodeTypes,
	type IWorkflowExecuteAdditionalData,
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

export const BASE_URL = 'https://n8n.example.com';

/** The parts of n8n's server that executions, hooks and drop-downs reach through. */
export function additionalData(credentials: CredentialStore, extra: Partial<IWorkflowExecuteAdditionalData> = {}): IWorkflowExecuteAdditionalData {
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

export function buildWorkflow({ node, parameters = {}, credentials = {}, name = 'Node' }: NodeUnderTest, settings: Partial<INode> = {}, items: INodeExecutionData[] = [], staticData: IDataObject = {}) {
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

/** A part of a node that the test relies on. */
export function required<T>(method: T | undefined, name: string): T {
	if (method === undefined) throw new Error(`The node has no method ${name}`);
	return method;
}
