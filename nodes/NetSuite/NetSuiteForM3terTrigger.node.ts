import {
	NodeConnectionTypes,
	sleep,
	type IDataObject,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { toFailure, toNodeError } from '../n8n/errors';
import { forget, once } from '../n8n/recentIds';
import { rawBodyOf, refuse } from '../n8n/webhook';
import { Failure } from '../shared/failure';
import { accountNames } from './account';
import { CREDENTIAL, netSuiteApi, type NetSuiteCredential } from './api';
import { readCurrencies } from './facts';
import { saleOf, type SaleOptions } from './sale';
import { accountCodeField, soldWhen } from './saleDescription';
import { saleOptionsOf } from './saleOperations';
import { scriptEventSchema } from './schemas';
import { checkScriptSignature } from './signature';

/** The script waits for the answer, and with it the person who saves the record. */
const ANSWER_WITHIN_MS = 4_000;

const credentialOf = async (context: IHookFunctions | IWebhookFunctions) => await context.getCredentials<NetSuiteCredential & object>(CREDENTIAL);

export class NetSuiteForM3terTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'NetSuite for m3ter Trigger',
		name: 'netSuiteForM3terTrigger',
		icon: { light: 'file:../../icons/netsuite.svg', dark: 'file:../../icons/netsuite.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		description: 'Starts when a NetSuite customer, sales order or estimate is saved; gives it in the shape m3ter Account/Plan takes',
		eventTriggerDescription: 'Waiting for the script in NetSuite to report a sale',
		activationMessage: "Now put the production URL into the script parameter 'n8n Webhook URL' of the deployments in NetSuite.",
		defaults: { name: 'NetSuite for m3ter Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL, required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: 'noData', path: 'netsuite' }],
		properties: [
			{
				displayName:
					'NetSuite cannot call anybody by itself. Once: deploy the User Event script of this package (templates/netsuite/m3ter_sales_events.js, steps in its README), give it the production URL above, and store the same secret in NetSuite and in \'Script Secret\' of the credential. Without a script, use the NetSuite for m3ter Polling Trigger.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				default: ['salesorder.create', 'salesorder.approve', 'salesorder.edit', 'salesorder.delete'],
				description: 'What starts the workflow. An event that arrives twice starts it once.',
				options: [
					{ name: 'Customer Created', value: 'customer.create' },
					{ name: 'Customer Edited', value: 'customer.edit' },
					{ name: 'Estimate Created', value: 'estimate.create' },
					{ name: 'Estimate Deleted', value: 'estimate.delete' },
					{ name: 'Estimate Edited', value: 'estimate.edit', description: 'Also when its status changes' },
					{ name: 'Sales Order Approved', value: 'salesorder.approve' },
					{ name: 'Sales Order Created', value: 'salesorder.create' },
					{ name: 'Sales Order Deleted', value: 'salesorder.delete' },
					{ name: 'Sales Order Edited', value: 'salesorder.edit', description: 'Also when its status changes' },
				],
			},
			{ displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add option', default: {}, options: [accountCodeField, soldWhen] },
		],
	};

	webhookMethods = {
		default: {
			/** The script is deployed by a person in NetSuite; what can be checked here is the secret. */
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const { scriptSecret = '' } = await credentialOf(this);
				if (scriptSecret.trim() !== '') return true;
				const missing = new Failure('invalid-input', 'The NetSuite credential has no script secret', {
					description: "Make up a long random text, store it in 'Script Secret' of the credential and as an API secret in NetSuite (Setup > Company > API Secrets).",
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

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const rawBody = await rawBodyOf(this);
		try {
			const { scriptSecret = '', accountId } = await credentialOf(this);
			const headers = this.getHeaderData();
			const check = checkScriptSignature(headers['x-m3ter-ns-timestamp'], headers['x-m3ter-ns-signature'], rawBody, scriptSecret.trim(), Date.now() / 1000);
			if (check !== 'valid') return refuse(this, 401, `NetSuite event refused: signature ${check}`, "Compare the API secret in NetSuite with 'Script Secret' of the credential, and the clocks.");
			return await receive(this, rawBody, accountNames(accountId).realm);
		} catch (error) {
			// Not 2xx: the script notes the record as pending, and the next poll or edit brings it.
			const failure = toFailure(error);
			return refuse(this, 500, `NetSuite event not processed: ${failure.message}`, failure.description);
		}
	}
}

/** The record of an event as it is now. What cannot be read while somebody waits is left to the note of the script and the next poll. */
async function receive(context: IWebhookFunctions, rawBody: Buffer, accountId: string): Promise<IWebhookResponseData> {
	const event = scriptEventSchema.parse(JSON.parse(rawBody.toString('utf8')));
	if (accountNames(event.accountId).realm !== accountId) {
		context.logger.warn(`NetSuite for m3ter Trigger: event ${event.eventId} is of account ${event.accountId}, the credential of ${accountId}. Ignored.`);
		return {};
	}
	const wanted = context.getNodeParameter('events') as string[];
	if (!wanted.includes(event.eventType)) return {};
	const options = saleOptionsOf(context.getNodeParameter('options', {}) as Partial<SaleOptions>);
	const reading = once(context, event.eventId, async () => {
		const api = await netSuiteApi(context);
		const { eventId: id, recordId, occurredAt, entityId } = event;
		const head = { id, recordType: event.recordType.toLowerCase(), recordId, entityId: entityId ?? undefined, occurredAt, created: event.eventType.endsWith('.create'), raw: event };
		return await saleOf(api, head, options, await readCurrencies(api));
	});
	const sale = await Promise.race([reading, sleep(ANSWER_WITHIN_MS).then(() => 'late' as const)]);
	if (sale === 'late') {
		forget(context, [event.eventId]);
		return refuse(context, 503, `NetSuite event not processed: reading ${event.recordType} ${event.recordId} took too long`);
	}
	return sale === undefined ? {} : { workflowData: [[{ json: sale as unknown as IDataObject }]] };
}
