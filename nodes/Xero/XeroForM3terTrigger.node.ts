import {
	NodeConnectionTypes,
	type IDataObject,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { toFailure, toNodeError } from '../n8n/errors';
import { rawBodyOf, refuse } from '../n8n/webhook';
import { Failure } from '../shared/failure';
import { CREDENTIAL, xeroCredentials } from './api';
import { searchOrganisations } from './lookups';
import { organisationProperty } from './organisation';
import { receiveEvents } from './receive';
import { webhookSchema } from './schemas';
import { isSigned } from './signature';

export class XeroForM3terTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Xero for m3ter Trigger',
		name: 'xeroForM3terTrigger',
		icon: { light: 'file:../../icons/xero.svg', dark: 'file:../../icons/xero.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		description: 'Starts when a Xero contact is created or changed; gives it in the shape m3ter Account/Plan takes',
		eventTriggerDescription: 'Waiting for Xero to report a contact',
		activationMessage: "Now paste the production URL into your app's webhooks in the Xero developer portal and press Send 'Intent to receive'.",
		defaults: { name: 'Xero for m3ter Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL, required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: 'noData', path: 'xero' }],
		properties: [
			{
				displayName:
					"Xero has no way to register webhooks by itself. Once: publish this workflow, copy the production URL above into the Xero developer portal (your app > Webhooks > Contacts), put the webhook key shown there into the credential, and press Send 'Intent to receive'. Xero does not report quotes: use the Xero for m3ter Polling Trigger for them.",
				name: 'notice',
				type: 'notice',
				default: '',
			},
			organisationProperty,
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				default: ['CREATE', 'UPDATE'],
				description: 'What starts the workflow. An event that arrives twice starts it once.',
				options: [
					{ name: 'Contact Created', value: 'CREATE', description: 'A customer without a sale yet: Sync creates the account' },
					{ name: 'Contact Updated', value: 'UPDATE', description: 'Sync brings the account up to date, if there is one' },
				],
			},
		],
	};

	methods = { listSearch: { searchOrganisations } };

	webhookMethods = {
		default: {
			/** The webhook itself is registered by a person in Xero's portal; what can be checked here is the key. */
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const { webhookSecret = '' } = await xeroCredentials(this);
				if (webhookSecret.trim() !== '') return true;
				const missing = new Failure('invalid-input', 'The Xero credential has no webhook key', {
					description: "Copy it from the Xero developer portal (your app > Webhooks) into 'Webhook Key' of the credential.",
				});
				throw toNodeError(this.getNode(), missing);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return true;
			},
		},
	};

	/** Xero wants an empty body within five seconds, 401 for a wrong signature, and tests both with empty deliveries. */
	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const rawBody = await rawBodyOf(this);
		try {
			const { webhookSecret = '' } = await xeroCredentials(this);
			if (!isSigned(this.getHeaderData()['x-xero-signature'], rawBody, webhookSecret.trim())) {
				return refuse(this, 401, 'Xero delivery refused: the signature does not match the webhook key of the credential');
			}
			const events = await receiveEvents(this, webhookSchema.parse(JSON.parse(rawBody.toString('utf8'))));
			this.getResponseObject().status(200).send('');
			return events.length === 0 ? { noWebhookResponse: true } : { noWebhookResponse: true, workflowData: [events.map((json) => ({ json: json as unknown as IDataObject }))] };
		} catch (error) {
			// Not 200: Xero delivers the events again later, when its API can be read.
			const failure = toFailure(error);
			return refuse(this, 500, `Xero delivery not processed: ${failure.message}`, failure.description);
		}
	}
}
