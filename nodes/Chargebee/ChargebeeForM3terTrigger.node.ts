import {
	NodeConnectionTypes,
	type IDataObject,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { settled, toFailure, toNodeError } from '../n8n/errors';
import { once } from '../n8n/recentIds';
import { rawBodyOf, refuse } from '../n8n/webhook';
import { Failure } from '../shared/failure';
import { chargebeeApi } from './api';
import { checkBasicAuth } from './basicAuth';
import { DEFAULT_EVENTS, EVENT_CHOICES, withTwins } from './events';
import { eventHeadSchema, eventSchema, type ChargebeeEvent, type ChargebeeEventHead } from './schemas';
import { subscriptionEventOf } from './subscription';
import { cover, isCovered } from './versions';
import { authOf, createEndpoint, endpointIsReady, removeEndpoint, storedEndpoint } from './webhookEndpoint';

const eventsOf = (context: IHookFunctions) => withTwins(context.getNodeParameter('events') as string[]);

export class ChargebeeForM3terTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Chargebee for m3ter Trigger',
		name: 'chargebeeForM3terTrigger',
		icon: { light: 'file:../../icons/chargebee.svg', dark: 'file:../../icons/chargebee.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].length + " events" }}',
		description: 'Starts when a Chargebee subscription changes; gives it in the shape m3ter Account/Plan takes',
		eventTriggerDescription: 'Waiting for Chargebee to report a subscription',
		activationMessage: 'Chargebee now reports subscriptions to this workflow.',
		defaults: { name: 'Chargebee for m3ter Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'chargebeeForM3terApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: 'noData', path: 'chargebee' }],
		properties: [
			{
				displayName:
					'The webhook endpoint is registered in Chargebee when the workflow is activated, with a password made for it, and removed when it is deactivated. A site has room for five endpoints, and calls the ports 80, 443, 8080 and 8443 only.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				default: [...DEFAULT_EVENTS],
				description: 'What starts the workflow. Events with a past date, which Chargebee sends under other names, are included. An event that arrives twice starts it once.',
				options: EVENT_CHOICES.map(({ name, value, description }) => ({ name, value, description })),
			},
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const url = this.getNodeWebhookUrl('default') ?? '';
				try {
					return await endpointIsReady(await chargebeeApi(this), storedEndpoint(this.getWorkflowStaticData('node')), url, eventsOf(this));
				} catch (error) {
					throw toNodeError(this.getNode(), error);
				}
			},
			async create(this: IHookFunctions): Promise<boolean> {
				const url = this.getNodeWebhookUrl('default') ?? '';
				const name = `n8n for m3ter: ${this.getWorkflow().name ?? this.getWorkflow().id}`;
				try {
					await createEndpoint(await chargebeeApi(this), storedEndpoint(this.getWorkflowStaticData('node')), url, eventsOf(this), name);
					return true;
				} catch (error) {
					throw toNodeError(this.getNode(), error);
				}
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				try {
					await removeEndpoint(await chargebeeApi(this), storedEndpoint(this.getWorkflowStaticData('node')));
				} catch (error) {
					// Deactivation must work without Chargebee; what is left over is taken over by the next activation.
					const failure = toFailure(error);
					this.logger.warn(`Chargebee for m3ter Trigger: the webhook endpoint could not be removed: ${failure.message}`, { description: failure.description });
				}
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const staticData = this.getWorkflowStaticData('node');
		const auth = authOf(storedEndpoint(staticData));
		const header = this.getHeaderData().authorization;
		if (auth === undefined) return refuse(this, 401, 'Chargebee event refused: this trigger has no password; deactivate and activate the workflow');
		if (!checkBasicAuth(typeof header === 'string' ? header : undefined, auth)) return refuse(this, 401, 'Chargebee event refused: wrong user name or password');
		const rawBody = await rawBodyOf(this);
		const head = await settled(async () => eventHeadSchema.parse(JSON.parse(rawBody.toString('utf8'))));
		if (head instanceof Failure) return refuse(this, 400, 'Chargebee event refused: it is not an event', head.description);
		const outcome = await settled(async () => await receive(this, head, staticData));
		if (!(outcome instanceof Failure)) return outcome;
		// Not 2xx: Chargebee delivers the event again later, when its API can be read.
		if (outcome.kind === 'unavailable' || outcome.kind === 'throttled') {
			return refuse(this, 500, `Chargebee event not processed: ${outcome.message}`, outcome.description);
		}
		// What will not pass by itself shows as a failed execution in n8n.
		throw toNodeError(this.getNode(), outcome);
	}
}

async function receive(context: IWebhookFunctions, head: ChargebeeEventHead, staticData: IDataObject): Promise<IWebhookResponseData> {
	const event = eventSchema.parse(head);
	const { resource, version } = subjectOf(event);
	if (isCovered(staticData, resource, version)) return {};
	const translated = await once(context, event.id, async () => await subscriptionEventOf(await chargebeeApi(context), event));
	if (translated === undefined) return {};
	cover(staticData, resource, Math.max(translated.version, version ?? 0));
	return { workflowData: [[{ json: translated.event as unknown as IDataObject }]] };
}

/** What an event is about, and the state of it that the event shows. */
function subjectOf({ event_type: type, content: { subscription, customer } }: ChargebeeEvent): { resource: string; version: number | undefined } {
	return type.startsWith('customer_')
		? { resource: `customer ${customer?.id}`, version: customer?.resource_version }
		: { resource: `subscription ${subscription?.id}`, version: subscription?.resource_version };
}
