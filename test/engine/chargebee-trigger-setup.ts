import type { INodeParameters } from 'n8n-workflow';

import { ChargebeeForM3terTrigger } from '../../nodes/Chargebee/ChargebeeForM3terTrigger.node';
import type { SubscriptionEvent } from '../../nodes/shared/subscriptionEvent';
import { FULL_ACCESS_KEY, SITE, type ChargebeeSandbox } from '../sandbox/chargebee';
import { Trigger, type TriggerOptions } from './harness';
import { activate, connect } from './m3ter-trigger-setup';

export const chargebeeCredentials = (sandbox: { url: string }, apiKey = FULL_ACCESS_KEY) => ({
	chargebeeForM3terApi: { site: SITE, apiKey, requestsPerMinute: 100_000, baseUrl: sandbox.url },
});

export const chargebeeTrigger = (sandbox: ChargebeeSandbox, parameters: INodeParameters = {}, options: Partial<TriggerOptions> = {}): Trigger =>
	new Trigger({ node: new ChargebeeForM3terTrigger(), parameters, credentials: chargebeeCredentials(sandbox), ...options });

/** An active trigger the sandbox delivers to. */
export async function listening(sandbox: ChargebeeSandbox, events?: string[]) {
	const trigger = chargebeeTrigger(sandbox, events === undefined ? {} : { events });
	await activate(trigger);
	const received = connect(trigger);
	const emitted = async () => {
		await sandbox.settled();
		return received.flatMap(({ items = [] }) => items.map(({ json }) => json as unknown as SubscriptionEvent));
	};
	return { trigger, received, emitted };
}

/** What the trigger wrote into n8n's log: the only place where a refused delivery says why. */
export function warnings(trigger: Trigger): string[] {
	const written: string[] = [];
	jest.spyOn(trigger.logger, 'warn').mockImplementation((message, meta) => void written.push(`${message} ${String(meta?.description ?? '')}`.trim()));
	return written;
}
