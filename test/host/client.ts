/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { CredentialEntry, WorkflowFile } from './boot';
import { type Execution, executionSchema } from './execution';

/** Who owns the local n8n. It listens on this machine only, so the login may be printed. */
export const OWNER = { email: 'owner@sandbox.example', firstName: 'Sandbox', lastName: 'Owner', password: 'Sandbox-2024' };

/** A parameter whose choices come from the node's own code, as the editor asks for them. */
export interface DynamicParameter {
	nodeType: string;
	version?: number;
	/** Name of the node's loadOptions, listSearch or resourceMapping method. */
	method: string;
	/** Values of the other parameters the method reads. */
	parameters?: Record<string, unknown>;
	credentials?: Record<string, { id: string; name: string }>;
	filter?: string;
	paginationToken?: string;
}

const choiceSchema = z.object({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) }).passthrough();
const choicesSchema = z.object({ data: z.array(choiceSchema) });
const searchSchema = z.object({ data: z.object({ results: z.array(choiceSchema), paginationToken: z.unknown().optional() }) });
const mapperSchema = z.object({
	data: z.object({ fields: z.array(z.object({ id: z.string(), displayName: z.string() }).passthrough()) }).passthrough(),
});
const nodeTypeSchema = z.object({
	name: z.string(),
	displayName: z.string(),
	version: z.union([z.number(), z.array(z.number())]),
	credentials: z.array(z.object({ name: z.string() }).passthrough()).optional(),
	properties: z.array(z.object({ name: z.string() }).passthrough()),
	/** Below the address of n8n. */
	iconUrl: z.union([z.string(), z.object({ light: z.string(), dark: z.string() })]).optional(),
});
const publicationSchema = z.object({
	data: z.object({ status: z.string(), triggers: z.array(z.object({ errorMessage: z.string().nullish() })) }),
});
const credentialTestSchema = z.object({ data: z.object({ status: z.string(), message: z.string().optional() }) });

export type Choice = z.infer<typeof choiceSchema>;
export type NodeTypeEntry = z.infer<typeof nodeTypeSchema>;

/** An answer of n8n that is not a success; the message carries the call, the status and what n8n said. */
export class N8nApiError extends Error {
	override readonly name = 'N8nApiError';
	constructor(
		call: string,
		readonly status: number,
		body: string,
	) {
		super(`n8n answered ${status} to ${call}: ${body.slice(0, 500)}`);
	}
}

async function poll<T>(what: string, timeoutMs: number, attempt: () => Promise<T | undefined>): Promise<T> {
	for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
		const result = await attempt();
		if (result !== undefined) return result;
		if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}`);
	}
}

/** Talks to a running n8n as its owner: the public API where it exists, the editor's own calls where it does not. */
export class N8nClient {
	private cookie = '';
	private apiKey = '';

	constructor(readonly url: string) {}

	/** Creates the owner on a fresh n8n, or logs in on one that has it, and gets an API key. */
	async signIn(): Promise<this> {
		const settings = z
			.object({ data: z.object({ userManagement: z.object({ showSetupOnFirstLoad: z.boolean() }) }) })
			.parse(await this.call('GET', '/rest/settings'));
		if (settings.data.userManagement.showSetupOnFirstLoad) await this.call('POST', '/rest/owner/setup', OWNER);
		else await this.call('POST', '/rest/login', { emailOrLdapLoginId: OWNER.email, password: OWNER.password });
		const scopes = z.object({ data: z.array(z.string()) }).parse(await this.call('GET', '/rest/api-keys/scopes'));
		const key = await this.call('POST', '/rest/api-keys', { label: `session ${Date.now()}`, expiresAt: null, scopes: scopes.data });
		this.apiKey = z.object({ data: z.object({ rawApiKey: z.string() }) }).parse(key).data.rawApiKey;
		return this;
	}

	/** The session cookie as a browser would hold it. */
	get session(): { name: string; value: string } {
		const [name, ...value] = this.cookie.split('=');
		return { name, value: value.join('=') };
	}

	/** Creates a workflow from a file's content, whatever id it carries, and returns the new id. */
	async importWorkflow(file: WorkflowFile): Promise<string> {
		const answer = await this.call('POST', '/rest/workflows', { settings: {}, ...file, id: undefined, active: false });
		return z.object({ data: z.object({ id: z.string() }) }).parse(answer).data.id;
	}

	/** The workflow as n8n stored it. */
	async workflow(id: string): Promise<WorkflowFile> {
		return (await this.call('GET', `/api/v1/workflows/${id}`)) as WorkflowFile;
	}

	/**
	 * Switches a workflow on and waits until every trigger has registered itself where it listens.
	 * @throws Error in the trigger's words when one could not
	 */
	async activate(workflowId: string, timeoutMs = 30_000): Promise<void> {
		await this.call('POST', `/api/v1/workflows/${workflowId}/activate`);
		const failed = await this.waitForPublication(workflowId, 'published', timeoutMs);
		if (failed.length > 0) throw new Error(`Workflow ${workflowId} did not go live: ${failed.join('; ')}`);
	}

	/** Switches a workflow off and waits until its triggers have removed what they registered. */
	async deactivate(workflowId: string, timeoutMs = 30_000): Promise<void> {
		await this.call('POST', `/api/v1/workflows/${workflowId}/deactivate`);
		await this.waitForPublication(workflowId, 'not_published', timeoutMs);
	}

	/** n8n answers before triggers are registered; this waits until they are, and returns what failed triggers said. */
	private async waitForPublication(workflowId: string, wanted: 'published' | 'not_published', timeoutMs: number): Promise<string[]> {
		return await poll(`workflow ${workflowId} to be ${wanted}`, timeoutMs, async () => {
			const { status, triggers } = publicationSchema.parse(await this.call('GET', `/rest/workflows/${workflowId}/publication-status`)).data;
			if (status === wanted) return [];
			return status === 'failed' || status === 'partial' ? triggers.map(({ errorMessage }) => errorMessage ?? 'no reason given') : undefined;
		});
	}

	/** Waits until the production webhook `path` (below `/webhook/`) answers POST, without calling it. */
	async waitForWebhook(path: string, timeoutMs = 15_000): Promise<void> {
		await poll(`the webhook ${path}`, timeoutMs, async () => {
			const answer = await fetch(`${this.url}/webhook/${path}`, { method: 'PUT' });
			return (await answer.text()).includes('Did you mean to make a') ? true : undefined;
		});
	}

	/** Runs of a workflow with their data, newest first. */
	async executions(workflowId: string, limit = 50): Promise<Execution[]> {
		const answer = await this.call('GET', `/api/v1/executions?includeData=true&workflowId=${workflowId}&limit=${limit}`);
		return z.object({ data: z.array(executionSchema) }).parse(answer).data;
	}

	/** How many runs of a workflow have not ended. */
	async unfinished(workflowId: string): Promise<number> {
		const answers = await Promise.all(
			['running', 'waiting'].map(async (status) => await this.call('GET', `/api/v1/executions?status=${status}&workflowId=${workflowId}`)),
		);
		return answers.reduce((sum: number, answer) => sum + z.object({ data: z.array(z.unknown()) }).parse(answer).data.length, 0);
	}

	/**
	 * Waits until at least one run that is not among `known` (ids) has ended, and none is under way or has come for half a
	 * second: n8n answers a webhook a moment before its run shows up. Returns the new ones, oldest first.
	 */
	async waitForExecutions(workflowId: string, known: Set<string>, timeoutMs = 60_000): Promise<Execution[]> {
		let seen = 0;
		let quietSince = Date.now();
		return await poll(`new runs of workflow ${workflowId}`, timeoutMs, async () => {
			const ended = (await this.executions(workflowId)).filter((run) => run.stoppedAt && !known.has(run.id)).reverse();
			if (ended.length !== seen || ended.length === 0 || (await this.unfinished(workflowId)) > 0) {
				seen = ended.length;
				quietSince = Date.now();
			}
			return Date.now() - quietSince >= 500 ? ended : undefined;
		});
	}

	async execution(id: string): Promise<Execution> {
		return executionSchema.parse(await this.call('GET', `/api/v1/executions/${id}?includeData=true`));
	}

	/** Starts a workflow by hand from one of its triggers, as the button in the editor does; returns the execution id. */
	async start(workflowId: string, trigger: string): Promise<string> {
		const answer = await this.call('POST', `/rest/workflows/${workflowId}/run`, { triggerToStartFrom: { name: trigger } });
		return z.object({ data: z.object({ executionId: z.string() }) }).parse(answer).data.executionId;
	}

	/**
	 * Retries a failed run as the button in the list of executions does: from the node that failed, with the workflow as it is
	 * saved now. Returns the new run when it has ended.
	 */
	async retry(executionId: string): Promise<Execution> {
		const answer = await this.call('POST', `/rest/executions/${executionId}/retry`, { loadWorkflow: true });
		return await this.ended(z.object({ data: z.object({ id: z.string() }) }).parse(answer).data.id);
	}

	/** Cancels a run, as the stop button in the editor does. */
	async stop(executionId: string): Promise<void> {
		await this.call('POST', `/rest/executions/${executionId}/stop`);
	}

	/** Starts a workflow by hand and waits for its end. */
	async run(workflowId: string, trigger: string, timeoutMs = 60_000): Promise<Execution> {
		return await this.ended(await this.start(workflowId, trigger), timeoutMs);
	}

	/** Waits for the end of a run. */
	async ended(id: string, timeoutMs = 60_000): Promise<Execution> {
		return await poll(`run ${id}`, timeoutMs, async () => {
			const execution = await this.execution(id).catch((error: unknown) => {
				if (error instanceof N8nApiError && error.status === 404) return undefined;
				throw error;
			});
			return execution?.stoppedAt ? execution : undefined;
		});
	}

	/** Saves a credential as the editor does and returns it with the id n8n gave it. */
	async createCredential({ name, type, data }: Omit<CredentialEntry, 'id'>): Promise<CredentialEntry> {
		const answer = await this.call('POST', '/rest/credentials', { name, type, data });
		return { id: z.object({ data: z.object({ id: z.string() }) }).parse(answer).data.id, name, type, data };
	}

	/** Runs the credential's own test, as the editor does on save. */
	async testCredential(entry: CredentialEntry): Promise<{ status: string; message?: string }> {
		return credentialTestSchema.parse(await this.call('POST', '/rest/credentials/test', { credentials: entry })).data;
	}

	async nodeTypes(): Promise<NodeTypeEntry[]> {
		return z.array(nodeTypeSchema).parse(await this.call('GET', '/types/nodes.json'));
	}

	async credentialTypes(): Promise<string[]> {
		const types = z.array(z.object({ name: z.string() })).parse(await this.call('GET', '/types/credentials.json'));
		return types.map((type) => type.name);
	}

	/** The entries of a drop-down (loadOptions). */
	async options(parameter: DynamicParameter): Promise<Choice[]> {
		return choicesSchema.parse(await this.dynamic('options', parameter)).data;
	}

	/** The entries of a searchable list (listSearch). */
	async search(parameter: DynamicParameter): Promise<{ results: Choice[]; paginationToken?: unknown }> {
		return searchSchema.parse(await this.dynamic('resource-locator-results', parameter)).data;
	}

	/** The fields of a resource mapper (resourceMapping). */
	async mapperFields(parameter: DynamicParameter): Promise<Array<{ id: string; displayName: string }>> {
		return mapperSchema.parse(await this.dynamic('resource-mapper-fields', parameter)).data.fields;
	}

	private async dynamic(kind: string, parameter: DynamicParameter): Promise<unknown> {
		return await this.call('POST', `/rest/dynamic-node-parameters/${kind}`, {
			path: '',
			nodeTypeAndVersion: { name: parameter.nodeType, version: parameter.version ?? 1 },
			currentNodeParameters: parameter.parameters ?? {},
			methodName: parameter.method,
			credentials: parameter.credentials,
			filter: parameter.filter,
			paginationToken: parameter.paginationToken,
		});
	}

	private async call(method: string, path: string, body?: unknown): Promise<unknown> {
		const headers: Record<string, string> = path.startsWith('/api/') ? { 'X-N8N-API-KEY': this.apiKey } : { Cookie: this.cookie };
		if (body !== undefined) headers['Content-Type'] = 'application/json';
		const response = await fetch(`${this.url}${path}`, { method, headers, body: JSON.stringify(body) });
		const text = await response.text();
		if (!response.ok) throw new N8nApiError(`${method} ${path}`, response.status, text);
		const cookie = response.headers.getSetCookie().find((entry) => entry.startsWith('n8n-auth='));
		if (cookie) this.cookie = cookie.split(';')[0];
		return text === '' ? undefined : JSON.parse(text);
	}
}
