import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

import { settled, toNodeError } from '../n8n/errors';
import { Failure } from '../shared/failure';
import { m3terApi, type M3terApi } from './api';
import { codeOf, type Registration, type Wanted, type WantedRule } from './webhookParts';
import { isPrivateUrl, REACH_ADVICE } from './webhookReach';
import { checkRegistration, createRegistration, removeRegistration } from './webhookRule';

/**
 * What a trigger remembers between calls. n8n files it under the node's name, so renaming the node loses it: everything
 * in it can be found again in m3ter, except which deliveries were seen.
 */
export type TriggerState = Partial<Registration>;

export const stateOf = (context: IHookFunctions | IWebhookFunctions): TriggerState => context.getWorkflowStaticData('node') as TriggerState;

/** Which rules a trigger's parameters ask for. May ask m3ter, e.g. whether it understands a calculation. */
export type RulesOf = (api: M3terApi) => Promise<readonly WantedRule[]> | readonly WantedRule[];

async function wantedBy(context: IHookFunctions, api: M3terApi, rulesOf: RulesOf): Promise<Wanted> {
	const rules = await rulesOf(api);
	if (rules.length === 0) throw new Failure('invalid-input', 'No event is chosen', { description: "Choose at least one event type under 'Events'." });
	return { url: webhookUrl(context), name: nameOf(context), rules };
}

function webhookUrl(context: IHookFunctions): string {
	const url = context.getNodeWebhookUrl('default');
	if (url === undefined) throw new Failure('invalid-input', 'n8n has no webhook address for this node', { description: REACH_ADVICE });
	return url;
}

/** Plain characters only: the firewall in front of m3ter refuses names that look like code, which a workflow's name may. */
const nameOf = (context: IHookFunctions): string => `n8n workflow ${String(context.getWorkflow().id ?? '').replace(/[^\w-]/g, '')}`;

/** n8n's `checkExists`: true when everything is registered (and repaired where it had to be). */
export async function registrationExists(context: IHookFunctions, rulesOf: RulesOf): Promise<boolean> {
	const state = stateOf(context);
	const outcome = await settled(async () => {
		const api = await m3terApi(context);
		return await checkRegistration(api, await wantedBy(context, api, rulesOf), state);
	});
	if (outcome instanceof Failure) throw toNodeError(context.getNode(), outcome);
	if (outcome !== undefined) Object.assign(state, outcome);
	return outcome !== undefined;
}

/** n8n's `create`. */
export async function register(context: IHookFunctions, rulesOf: RulesOf): Promise<boolean> {
	const state = stateOf(context);
	const outcome = await settled(async () => {
		const api = await m3terApi(context);
		const wanted = await wantedBy(context, api, rulesOf);
		if (isPrivateUrl(wanted.url)) {
			context.logger.warn(`The webhook address ${new URL(wanted.url).origin} is private: m3ter can deliver to it only from the same network. ${REACH_ADVICE}`);
		}
		return await createRegistration(api, wanted, state);
	});
	if (outcome instanceof Failure) throw toNodeError(context.getNode(), outcome);
	Object.assign(state, outcome);
	return true;
}

/**
 * n8n's `delete`. Always succeeds: a workflow must stop even when m3ter is down or the credential is gone. What is left
 * then is found by its code and removed at the next activation.
 */
export async function unregister(context: IHookFunctions, eventNames: readonly string[]): Promise<boolean> {
	const state = stateOf(context);
	const outcome = await settled(async () => {
		const api = await m3terApi(context);
		const rules = eventNames.map((eventName) => ({ eventName, calculation: '' }));
		return await removeRegistration(api, { url: webhookUrl(context), name: nameOf(context), rules }, state);
	});
	const failures = outcome instanceof Failure ? [outcome] : outcome;
	for (const failure of failures) {
		const code = codeOf(context.getNodeWebhookUrl('default') ?? '', 'webhook');
		context.logger.warn(`The m3ter trigger "${context.getNode().name}" could not remove its webhook (code ${code}) from m3ter: ${failure.message}`, { description: failure.description });
	}
	// Ids stay when something was left, so that the next activation finds it; deliveries seen stay in any case.
	if (failures.length === 0) for (const key of ['token', 'apiKey', 'secret', 'webhookId', 'rules'] as const) delete state[key];
	return true;
}
