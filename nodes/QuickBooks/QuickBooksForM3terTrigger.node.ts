import {
	NodeConnectionTypes,
	NodeOperationError,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { rawBodyOf, refuse } from '../n8n/webhook';
import type { QuickBooksCredential } from './api';
import { isSigned, receive } from './receive';
import { estimateStatuses, systemProperty } from './saleDescription';

const CREDENTIAL = 'quickBooksForM3terOAuth2Api';

const verifierTokenOf = async (context: IHookFunctions | IWebhookFunctions): Promise<string> =>
	(await context.getCredentials<QuickBooksCredential>(CREDENTIAL)).verifierToken?.trim() ?? '';

export class QuickBooksForM3terTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'QuickBooks for m3ter Trigger',
		name: 'quickBooksForM3terTrigger',
		icon: { light: 'file:../../icons/quickbooks.svg', dark: 'file:../../icons/quickbooks.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["entities"].join(", ") }}',
		description: 'Starts when a QuickBooks estimate is accepted or a customer is created; gives it in the shape m3ter Account/Plan takes',
		eventTriggerDescription: 'Waiting for QuickBooks to report a sale',
		activationMessage: "Paste this node's production URL into your Intuit app, if it is not there yet. QuickBooks then reports sales to this workflow.",
		defaults: { name: 'QuickBooks for m3ter Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['This Company', 'Other Companies'],
		credentials: [{ name: 'quickBooksForM3terOAuth2Api', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: 'noData', path: 'quickbooks' }],
		properties: [
			{
				displayName:
					"QuickBooks has no way to register a webhook by itself. Copy this node's production URL into the Intuit developer portal (your app > Webhooks), choose the events Customer and Estimate there, and copy the verifier token into the credential.",
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Entities',
				name: 'entities',
				type: 'multiOptions',
				required: true,
				default: ['Estimate'],
				description: 'What starts the workflow. Each record is read afresh; a change that arrives twice starts it once.',
				options: [
					{ name: 'Customer', value: 'Customer', description: 'A new customer becomes an account without a plan; a changed one updates it' },
					{ name: 'Estimate', value: 'Estimate', description: 'A sold estimate becomes an account with its plans' },
				],
			},
			estimateStatuses(),
			systemProperty(),
			{
				displayName: 'Other Companies',
				name: 'otherCompanies',
				type: 'options',
				default: 'ignore',
				description: 'An Intuit app has one webhook URL for all companies connected to it. This credential can read one of them.',
				options: [
					{ name: 'Ignore', value: 'ignore' },
					{
						name: 'Pass On',
						value: 'passOn',
						description: "Give their bare events to the second output: route them by 'realmId' to 'QuickBooks for m3ter: Sale > Get' with each company's credential",
					},
				],
			},
		],
	};

	webhookMethods = {
		default: {
			/** Intuit's API cannot tell; the check of the credential happens in `create`. */
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return false;
			},
			async create(this: IHookFunctions): Promise<boolean> {
				if ((await verifierTokenOf(this)) !== '') return true;
				throw new NodeOperationError(this.getNode(), 'The credential has no webhook verifier token', {
					description: "Copy it from the Intuit developer portal (your app > Webhooks) into 'Webhook Verifier Token' of the QuickBooks credential. Without it no delivery can be verified.",
				});
			},
			/** What a person pasted into the portal, a person removes there. */
			async delete(this: IHookFunctions): Promise<boolean> {
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const rawBody = await rawBodyOf(this);
		if (!isSigned(rawBody, this.getHeaderData()['intuit-signature'], await verifierTokenOf(this))) {
			return refuse(this, 401, 'QuickBooks delivery refused: its signature does not fit the verifier token in the credential');
		}
		return await receive(this, rawBody);
	}
}
