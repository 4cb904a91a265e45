import { randomUUID } from 'crypto';
import { HookContext, PollContext, WebhookContext } from 'n8n-core';
import type { IDataObject, INodeExecutionData, IWebhookData, IWebhookResponseData, IWorkflowExecuteAdditionalData, WorkflowExecuteMode } from 'n8n-workflow';

import { additionalData, BASE_URL, buildWorkflow, required, type NodeUnderTest } from './harnessHost';

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
	/** The same for a trigger with several outputs. */
	outputs?: INodeExecutionData[][];
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
		this.forgetDeliveries();
		const { baseUrl = BASE_URL } = options;
		this.data = additionalData(options.credentials ?? {}, { webhookBaseUrl: `${baseUrl}/webhook`, webhookTestBaseUrl: `${baseUrl}/webhook-test` });
	}

	/** The node's own static data, as n8n would save it. */
	get staticData(): IDataObject {
		return this.built.workflow.getStaticData('node', this.built.subject);
	}

	/** As if the deliveries seen so far were long ago, for the node's static data and for the process: a new node to both. */
	forgetDeliveries(): void {
		this.built.subject.id = randomUUID();
		delete this.staticData.recentIds;
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
		return { ...sent, items: result.workflowData?.[0], outputs: result.workflowData };
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
