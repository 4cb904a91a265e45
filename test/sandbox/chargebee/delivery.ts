/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
/** Webhook delivery with HTTP Basic; Chargebee signs nothing. */
import { setTimeout as pause } from 'node:timers/promises';

import { deliver } from '../kit/webhooks';
import type { Core } from './state';
import type { ChargebeeEvent, WebhookEndpoint } from './types';
import { showContent } from './views';

/** Delivers an event in the background, as often as the settings say; waits while deliveries are held. */
export function send(core: Core, event: ChargebeeEvent): void {
	for (let copy = 0; copy < core.settings.delivery.copies; copy++) {
		const start = () => core.background.add(toAll(core, event));
		if (core.held) core.held.push(start);
		else start();
	}
}

/** Endpoints are called one after another: a slow one delays those behind it. Failed ones are tried again, each after its own pauses. */
async function toAll(core: Core, event: ChargebeeEvent): Promise<void> {
	for (const webhook of event.webhooks) {
		if (await attempt(core, event, webhook)) continue;
		core.background.add(retry(core, event, webhook));
	}
}

async function retry(core: Core, event: ChargebeeEvent, webhook: ChargebeeEvent['webhooks'][number]): Promise<void> {
	const { attempts, backoffMs } = core.settings.delivery;
	for (let count = 1; count < attempts; count++) {
		webhook.webhook_status = event.webhook_status = 're_scheduled';
		await pause(backoffMs * 2 ** (count - 1));
		if (await attempt(core, event, webhook)) return;
	}
	webhook.webhook_status = event.webhook_status = 'failed';
}

/** True when there is nothing more to do: the endpoint took the event, or is gone. */
async function attempt(core: Core, event: ChargebeeEvent, webhook: ChargebeeEvent['webhooks'][number]): Promise<boolean> {
	const endpoint = core.state.webhookEndpoints.get(webhook.id);
	if (!endpoint || endpoint.disabled) return true;
	const result = await deliver({
		url: endpoint.url,
		body: payload(core, event, endpoint),
		headers: headers(core, endpoint),
		attempts: 1,
	});
	if (result.error) {
		event.webhook_failure_reason = result.error;
		return false;
	}
	webhook.webhook_status = 'succeeded';
	if (event.webhooks.every(({ webhook_status: status }) => status === 'succeeded')) {
		event.webhook_status = 'succeeded';
		delete event.webhook_failure_reason;
	}
	return true;
}

/** The event at top level, in the endpoint's API version and field names. */
function payload(core: Core, event: ChargebeeEvent, endpoint: WebhookEndpoint): string {
	const schema = endpoint.chargebee_response_schema_type ?? core.schema;
	return JSON.stringify({ ...event, api_version: endpoint.api_version, content: showContent(event.content, schema) });
}

function headers(core: Core, endpoint: WebhookEndpoint): Record<string, string> {
	const { wrongPassword, noCredentials } = core.settings.delivery;
	const { username = '', password = '' } = core.state.basicAuth.get(endpoint.id) ?? {};
	const common = { 'content-type': 'application/json;charset=UTF-8', 'user-agent': 'ChargeBee' };
	if (noCredentials || (!wrongPassword && username === '' && password === '')) return common;
	const credentials = `${username}:${wrongPassword ? 'wrong-password' : password}`;
	return { ...common, authorization: `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}` };
}
