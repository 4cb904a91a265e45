import {
	NodeConnectionTypes,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { register, registrationExists, unregister } from '../webhookHooks';
import type { WantedRule } from '../webhookParts';
import { receive } from '../webhookReceive';
import { loadEventTypes, readEventItem } from './events';

const eventNamesOf = (context: IHookFunctions | IWebhookFunctions): string[] => {
	const chosen: unknown = context.getNodeParameter('events', []);
	return Array.isArray(chosen) ? [...new Set(chosen.map(String))] : [];
};

function rulesOf(context: IHookFunctions): WantedRule[] {
	const calculation = String(context.getNodeParameter('calculation', '') ?? '').trim();
	return eventNamesOf(context).map((eventName) => ({ eventName, calculation }));
}

export class M3terTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'm3ter Trigger',
		name: 'm3terTrigger',
		icon: { light: 'file:../../../icons/m3ter.svg', dark: 'file:../../../icons/m3ter.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ ($parameter.events || []).join(", ") }}',
		description: 'Starts a workflow when something happens in m3ter',
		eventTriggerDescription: 'Waiting for m3ter to report an event',
		activationMessage: 'm3ter now reports the chosen events to this workflow.',
		defaults: { name: 'm3ter Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'm3terApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', path: 'm3ter', responseMode: 'onReceived', responseData: 'noData' }],
		triggerPanel: {
			header: 'Make something happen in m3ter',
			executionsHelp: {
				inactive:
					'<b>While you build</b>, click "listen", then cause one of the chosen events in m3ter. n8n registers a webhook for the test and removes it afterwards.<br /><br /><b>Once you are happy</b>, publish the workflow: n8n registers a webhook that stays, and every event runs the workflow. Those runs are in the executions list.',
				active:
					'<b>While you build</b>, click "listen", then cause one of the chosen events in m3ter. The test has a webhook of its own.<br /><br /><b>The published workflow</b> runs by itself on every event. Those runs are in the executions list.',
			},
			activationHint: 'Publish the workflow: n8n then registers its webhook, notification rules and integration in m3ter by itself.',
		},
		properties: [
			{
				displayName: 'Event Names or IDs',
				name: 'events',
				type: 'multiOptions',
				typeOptions: { loadOptionsMethod: 'getEventTypes' },
				required: true,
				default: [],
				description:
					'Event types of your organization that start the workflow. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
			},
			{
				displayName: 'Calculation',
				name: 'calculation',
				type: 'string',
				typeOptions: { rows: 3 },
				noDataExpression: true,
				default: '',
				placeholder: 'e.g. (new.status == "COMPLETE") AND (old.status != "COMPLETE")',
				description:
					'When an event counts, in the <a href="https://www.m3ter.com/docs/guides/utilizing-events-and-notifications">calculation language</a> of m3ter. m3ter checks it before it is saved. Leave empty to start on every event. With several events, it applies to each of them.',
			},
			{
				displayName:
					"Without a calculation, every event of these types starts an execution. Bills, balances and account plans change in bulk: add a calculation for them. For bills, the 'm3ter Bill Approved Trigger' is the easier choice.",
				name: 'busyNotice',
				type: 'notice',
				default: '',
				displayOptions: { show: { calculation: [''] } },
			},
			{
				displayName:
					'The output is read from m3ter when the event arrives: the event as recorded (<code>before</code>, <code>after</code>) and the <code>entity</code> as it is now.',
				name: 'outputNotice',
				type: 'notice',
				default: '',
			},
		],
	};

	methods = { loadOptions: { getEventTypes: loadEventTypes } };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await registrationExists(this, () => rulesOf(this));
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await register(this, () => rulesOf(this));
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await unregister(this, eventNamesOf(this));
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const url = this.getNodeWebhookUrl('default') ?? '';
		return await receive(this, async (notice) => await readEventItem(notice, url, eventNamesOf(this)));
	}
}
