import type { INodeParameters } from 'n8n-workflow';

import { PaddleForM3terTrigger } from '../../nodes/Paddle/PaddleForM3terTrigger.node';
import type { SubscriptionEvent } from '../../nodes/shared/subscriptionEvent';
import { API_KEY, signatureHeader, type PaddleSandbox } from '../sandbox/paddle';
import { Trigger, type TriggerOptions } from './harness';
import { activate, connect } from './m3ter-trigger-setup';

export const paddleTrigger = (sandbox: { url: string }, parameters: INodeParameters = {}, { apiKey = API_KEY, ...options }: Partial<TriggerOptions> & { apiKey?: string } = {}): Trigger =>
	new Trigger({
		node: new PaddleForM3terTrigger(),
		parameters,
		credentials: { paddleForM3terApi: { environment: 'custom', baseUrl: sandbox.url, apiKey } },
		...options,
	});

/** What the trigger wrote into n8n's log: the only place where a refused delivery says why. */
export function warnings(trigger: Trigger): string[] {
	const written: string[] = [];
	jest.spyOn(trigger.logger, 'warn').mockImplementation((message, meta) => void written.push(`${message} ${String(meta?.description ?? '')}`.trim()));
	return written;
}

/** An active trigger the sandbox delivers to. */
export async function listening(sandbox: PaddleSandbox, events?: string[], options: INodeParameters = {}) {
	const trigger = paddleTrigger(sandbox, { ...(events === undefined ? {} : { events }), options });
	await activate(trigger);
	const received = connect(trigger);
	const emitted = async () => {
		await sandbox.settled();
		return received.flatMap(({ items = [] }) => items.map(({ json }) => json as unknown as SubscriptionEvent));
	};
	return { trigger, received, emitted };
}

/** A delivery signed with the trigger's secret. */
export function signed(trigger: Trigger, event: object, timestamp = Math.floor(Date.now() / 1000)) {
	const body = JSON.stringify(event);
	return { body, headers: { 'Paddle-Signature': signatureHeader([String(trigger.staticData.secret)], timestamp, body) } };
}
