import {
	NodeConnectionTypes,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { searchAccounts } from '../listSearch';
import { register, registrationExists, unregister } from '../webhookHooks';
import { receive } from '../webhookReceive';
import { billRules, eventNamesOf, readBillItem, type When } from './bill';
import { loadCurrencies, readFilters } from './filters';
import { properties } from './properties';

const whenOf = (context: IHookFunctions | IWebhookFunctions): When => {
	const when: unknown = context.getNodeParameter('when', 'approved');
	return when === 'everyGeneration' || when === 'locked' ? when : 'approved';
};

export class M3terBillApprovedTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'm3ter Bill Approved Trigger',
		name: 'm3terBillApprovedTrigger',
		icon: { light: 'file:../../../icons/m3ter.svg', dark: 'file:../../../icons/m3ter.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ { approved: "When approved", everyGeneration: "Every generation", locked: "When locked" }[$parameter.when] }}',
		description: 'Starts a workflow with the whole bill when a bill is approved, generated or locked in m3ter',
		eventTriggerDescription: 'Waiting for a bill in m3ter',
		activationMessage: 'm3ter now reports bills to this workflow.',
		defaults: { name: 'm3ter Bill Approved Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'm3terApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', path: 'm3ter', responseMode: 'onReceived', responseData: 'noData' }],
		triggerPanel: {
			header: 'Approve a bill in m3ter',
			executionsHelp: {
				inactive:
					'<b>While you build</b>, click "listen", then approve a bill in m3ter (or generate or lock one, as chosen under When). n8n registers a webhook for the test and removes it afterwards.<br /><br /><b>Once you are happy</b>, publish the workflow: n8n registers a webhook that stays, and every such bill runs the workflow. Those runs are in the executions list.',
				active:
					'<b>While you build</b>, click "listen", then approve a bill in m3ter (or generate or lock one, as chosen under When). The test has a webhook of its own.<br /><br /><b>The published workflow</b> runs by itself on every such bill. Those runs are in the executions list.',
			},
			activationHint: 'Publish the workflow: n8n then registers its webhook, notification rule and integration in m3ter by itself.',
		},
		properties,
	};

	methods = { loadOptions: { getCurrencies: loadCurrencies }, listSearch: { searchAccounts } };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await registrationExists(this, async (api) => await billRules(api, whenOf(this)));
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await register(this, async (api) => await billRules(api, whenOf(this)));
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await unregister(this, eventNamesOf(whenOf(this)));
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this, async (notice) => await readBillItem(notice, whenOf(this), readFilters(this)));
	}
}
