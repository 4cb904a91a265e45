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
import { stripeApi } from './api';
import { eventSchema, type StripeEvent } from './schemas';
import { checkSignature } from './signature';
import { subscriptionEventOf } from './subscription';
import { createEndpoint, endpointIsReady, removeEndpoint, storedEndpoint } from './webhookEndpoint';

const eventsOf = (context: IHookFunctions) => context.getNodeParameter('events') as string[];

export class StripeForM3terTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Stripe for m3ter Trigger',
		name: 'stripeForM3terTrigger',
		icon: { light: 'file:../../icons/stripe.svg', dark: 'file:../../icons/stripe.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		description: 'Starts when a Stripe checkout or subscription changes; gives it in the shape m3ter Account/Plan takes',
		eventTriggerDescription: 'Waiting for Stripe to report a sale',
		activationMessage: 'Stripe now reports sales to this workflow.',
		defaults: { name: 'Stripe for m3ter Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'stripeForM3terApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: 'noData', path: 'stripe' }],
		properties: [
			{
				displayName: 'The webhook endpoint is registered in Stripe when the workflow is activated, and removed when it is deactivated. Every event is verified, then the subscription is read afresh.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				default: ['checkout.session.async_payment_succeeded', 'checkout.session.completed', 'customer.subscription.created', 'customer.subscription.updated', 'customer.subscription.deleted'],
				description: 'What starts the workflow. An event that arrives twice starts it once.',
				options: [
					{ name: 'Checkout Completed', value: 'checkout.session.completed' },
					{ name: 'Checkout Paid Later', value: 'checkout.session.async_payment_succeeded', description: 'A delayed payment method came through' },
					{ name: 'Customer Updated', value: 'customer.updated' },
					{ name: 'Subscription Created', value: 'customer.subscription.created' },
					{ name: 'Subscription Ended', value: 'customer.subscription.deleted' },
					{ name: 'Subscription Paused', value: 'customer.subscription.paused' },
					{ name: 'Subscription Resumed', value: 'customer.subscription.resumed' },
					{ name: 'Subscription Updated', value: 'customer.subscription.updated', description: 'Items, quantity, status, scheduled cancellation, renewal' },
				],
			},
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const url = this.getNodeWebhookUrl('default') ?? '';
				try {
					return await endpointIsReady(await stripeApi(this), storedEndpoint(this.getWorkflowStaticData('node')), url, eventsOf(this));
				} catch (error) {
					throw toNodeError(this.getNode(), error);
				}
			},
			async create(this: IHookFunctions): Promise<boolean> {
				const url = this.getNodeWebhookUrl('default') ?? '';
				const description = `n8n workflow "${this.getWorkflow().name ?? this.getWorkflow().id}" (m3ter)`;
				try {
					await createEndpoint(await stripeApi(this), storedEndpoint(this.getWorkflowStaticData('node')), url, eventsOf(this), description);
					return true;
				} catch (error) {
					throw toNodeError(this.getNode(), error);
				}
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				try {
					await removeEndpoint(await stripeApi(this), storedEndpoint(this.getWorkflowStaticData('node')));
				} catch (error) {
					// Deactivation must work without Stripe; what is left over is removed by the next activation.
					const failure = toFailure(error);
					this.logger.warn(`Stripe for m3ter Trigger: the webhook endpoint could not be removed: ${failure.message}`, { description: failure.description });
				}
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { secret } = storedEndpoint(this.getWorkflowStaticData('node'));
		const rawBody = await rawBodyOf(this);
		const signature = this.getHeaderData()['stripe-signature'];
		const check = secret === undefined ? 'missing' : checkSignature(typeof signature === 'string' ? signature : undefined, rawBody, secret, Date.now() / 1000);
		if (check !== 'valid') {
			const why = secret === undefined ? 'this trigger has no signing secret; deactivate and activate the workflow' : `signature ${check}`;
			return refuse(this, 400, `Stripe event refused: ${why}`);
		}
		const event = await settled(async () => eventSchema.parse(JSON.parse(rawBody.toString('utf8'))));
		if (event instanceof Failure) return refuse(this, 400, 'Stripe event refused: it is not an event', event.description);
		const outcome = await settled(async () => await receive(this, event));
		if (!(outcome instanceof Failure)) return outcome;
		// Not 2xx: Stripe delivers the event again later, when its API can be read.
		if (outcome.kind === 'unavailable' || outcome.kind === 'throttled') {
			return refuse(this, 500, `Stripe event not processed: ${outcome.message}`, outcome.description);
		}
		// What will not pass by itself shows as a failed execution in n8n.
		throw toNodeError(this.getNode(), outcome);
	}
}

async function receive(context: IWebhookFunctions, event: StripeEvent): Promise<IWebhookResponseData> {
	const api = await stripeApi(context);
	if (event.livemode !== api.livemode) {
		context.logger.warn(`Stripe for m3ter Trigger: event ${event.id} is ${event.livemode ? 'live' : 'test'} data, the credential is not. Ignored.`);
		return {};
	}
	const translated = await once(context, event.id, async () => await subscriptionEventOf(api, event));
	return translated === undefined ? {} : { workflowData: [[{ json: translated as unknown as IDataObject }]] };
}
