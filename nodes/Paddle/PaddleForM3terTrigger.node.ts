import {
	NodeConnectionTypes,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { settled, toFailure, toNodeError } from '../n8n/errors';
import { rawBodyOf, refuse } from '../n8n/webhook';
import { Failure } from '../shared/failure';
import { paddleApi } from './api';
import { DEFAULT_EVENTS, EVENT_CHOICES } from './events';
import { createSetting, removeSetting, settingIsReady, storedSetting, type Wanted } from './notificationSetting';
import { receive } from './receive';
import { eventSchema } from './schemas';
import { checkSignature } from './signature';

const TOLERANCE_SECONDS = 30;

interface TriggerOptions {
	toleranceSeconds?: number;
	simulations?: boolean;
}

const optionsOf = (context: IHookFunctions | IWebhookFunctions) => context.getNodeParameter('options', {}) as TriggerOptions;

const wantedBy = (context: IHookFunctions): Wanted => ({
	url: context.getNodeWebhookUrl('default') ?? '',
	events: context.getNodeParameter('events') as string[],
	description: `n8n workflow "${context.getWorkflow().name ?? context.getWorkflow().id}" (m3ter)`,
	simulations: optionsOf(context).simulations ?? false,
});

export class PaddleForM3terTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Paddle for m3ter Trigger',
		name: 'paddleForM3terTrigger',
		icon: { light: 'file:../../icons/paddle.svg', dark: 'file:../../icons/paddle.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		description: 'Starts when a Paddle checkout is paid or a subscription changes; gives it in the shape m3ter Account/Plan takes',
		eventTriggerDescription: 'Waiting for Paddle to report a sale',
		activationMessage: 'Paddle now reports sales to this workflow.',
		defaults: { name: 'Paddle for m3ter Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'paddleForM3terApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: 'noData', path: 'paddle' }],
		properties: [
			{
				displayName:
					'The notification destination is registered in Paddle when the workflow is activated, and removed when it is deactivated. Every event is verified, then the subscription is read afresh. Paddle Billing only.',
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
				description: 'What starts the workflow. An event that arrives twice starts it once.',
				options: EVENT_CHOICES,
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					{
						displayName: 'Include Simulations',
						name: 'simulations',
						type: 'boolean',
						default: false,
						description: "Whether events of Paddle's simulator are delivered too. They may be about entities that do not exist.",
					},
					{
						displayName: 'Signature Tolerance',
						name: 'toleranceSeconds',
						type: 'number',
						typeOptions: { minValue: 5, maxValue: 300 },
						default: TOLERANCE_SECONDS,
						description: 'How many seconds the clocks of Paddle and of this host may be apart. Older deliveries are refused.',
					},
				],
			},
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				try {
					return await settingIsReady(await paddleApi(this), storedSetting(this.getWorkflowStaticData('node')), wantedBy(this));
				} catch (error) {
					throw toNodeError(this.getNode(), error);
				}
			},
			async create(this: IHookFunctions): Promise<boolean> {
				try {
					await createSetting(await paddleApi(this), storedSetting(this.getWorkflowStaticData('node')), wantedBy(this));
					return true;
				} catch (error) {
					throw toNodeError(this.getNode(), error);
				}
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				try {
					await removeSetting(await paddleApi(this), storedSetting(this.getWorkflowStaticData('node')));
				} catch (error) {
					// Deactivation must work without Paddle; what is left over is taken over by the next activation.
					const failure = toFailure(error);
					this.logger.warn(`Paddle for m3ter Trigger: the notification destination could not be removed: ${failure.message}`, { description: failure.description });
				}
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const staticData = this.getWorkflowStaticData('node');
		const { secret } = storedSetting(staticData);
		const rawBody = await rawBodyOf(this);
		if (secret === undefined) return refuse(this, 400, 'Paddle event refused: this trigger has no secret; deactivate and activate the workflow');
		const header = this.getHeaderData()['paddle-signature'];
		const tolerance = optionsOf(this).toleranceSeconds ?? TOLERANCE_SECONDS;
		const check = checkSignature(typeof header === 'string' ? header : undefined, rawBody, secret, Date.now() / 1000, tolerance);
		if (check !== 'valid') {
			const advice = check === 'too old' || check === 'from the future' ? "; compare this host's clock with the real time, or raise 'Signature Tolerance'" : '';
			return refuse(this, 400, `Paddle event refused: signature ${check}${advice}`);
		}
		const event = await settled(async () => eventSchema.parse(JSON.parse(rawBody.toString('utf8'))));
		if (event instanceof Failure) return refuse(this, 400, 'Paddle event refused: it is not an event', event.description);
		const outcome = await settled(async () => await receive(this, event));
		if (!(outcome instanceof Failure)) return outcome;
		// Not 2xx: Paddle delivers the event again later, when its API can be read.
		if (outcome.kind === 'unavailable' || outcome.kind === 'throttled') {
			return refuse(this, 500, `Paddle event not processed: ${outcome.message}`, outcome.description);
		}
		// What will not pass by itself shows as a failed execution in n8n.
		throw toNodeError(this.getNode(), outcome);
	}
}
