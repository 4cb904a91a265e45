/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
/** Signed webhook delivery; sheet §3. */
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { deliver } from '../kit/webhooks';
import type { Core, State } from './core';
import type { StripeEvent, WebhookEndpoint, Wire } from './types';

/** `v1` of `Stripe-Signature`: HMAC-SHA256 over `<timestamp>.<body>`, the key being the secret as it is, prefix included. */
export const signature = (secret: string, timestamp: number, body: string): string =>
	createHmac('sha256', secret).update(`${timestamp}.${body}`, 'utf8').digest('hex');

/** The whole header; one `v1` per secret, and the `v0` decoy of test mode. */
export function signatureHeader(secrets: string[], timestamp: number, body: string): string {
	const parts = secrets.map((secret) => `v1=${signature(secret, timestamp, body)}`);
	return [`t=${timestamp}`, ...parts, `v0=${signature('decoy', timestamp, body)}`].join(',');
}

/** Sends an event to an endpoint in the background, as often as the settings say; waits while deliveries are held. */
export function send(core: Core, event: StripeEvent, endpoint: WebhookEndpoint): void {
	for (let copy = 0; copy < core.settings.delivery.copies; copy++) {
		const start = async () => await attemptAll(core, event, endpoint);
		if (core.held) core.held.push(start);
		else core.background.add(start());
	}
}

/** Tries until the endpoint answers 2xx; each attempt is signed anew. A disabled or deleted endpoint ends the retries. */
async function attemptAll(core: Core, event: StripeEvent, endpoint: WebhookEndpoint): Promise<void> {
	const { state } = core;
	const { attempts, backoffMs } = core.settings.delivery;
	const body = payload(core, event, endpoint);
	const record = { endpoint: endpoint.id, delivered: false, attempts: 0 };
	state.deliveries.get(event.id)?.push(record);
	for (let attempt = 1; attempt <= attempts; attempt++) {
		if (state.webhookEndpoints.get(endpoint.id)?.status !== 'enabled') return;
		const headers = {
			'content-type': 'application/json; charset=utf-8',
			'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
			'stripe-signature': header(core, state, endpoint.id, body),
		};
		const result = await deliver({ url: endpoint.url, body, headers, attempts: 1 });
		record.attempts = attempt;
		if (!result.error) {
			record.delivered = true;
			event.pending_webhooks = Math.max(event.pending_webhooks - 1, 0);
			return;
		}
		if (attempt < attempts) await pause(backoffMs * 2 ** (attempt - 1));
	}
}

function header(core: Core, state: State, endpoint: string, body: string): string {
	const { wrongSecret, ageSeconds } = core.settings.delivery;
	// The receiver compares with its own clock, so the sandbox's (which may be ahead) does not matter here.
	const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
	if (wrongSecret) return signatureHeader([`whsec_${'not-the-secret'}`], timestamp, body);
	const pair = state.secrets.get(endpoint);
	if (!pair) throw new Error(`Webhook endpoint ${endpoint} has no secret`);
	const previous = pair.previous && pair.previous.until > core.now() ? [pair.previous.secret] : [];
	return signatureHeader([pair.current, ...previous], timestamp, body);
}

/** The body sent: the event in the endpoint's API version. */
function payload(core: Core, event: StripeEvent, endpoint: WebhookEndpoint): string {
	const version = endpoint.api_version ?? event.api_version;
	const data = { ...event.data, object: inVersion(version, event.data.object) };
	return JSON.stringify({ ...event, api_version: version, data, livemode: core.settings.delivery.livemode }, null, 2);
}

/** Before basil (2025-03-31) the billing period stood on the subscription instead of its items. */
function inVersion(version: string, object: Wire): Wire {
	if (object.object !== 'subscription' || version >= '2025-03-31') return object;
	const { data, ...list } = object.items as { data: Wire[] };
	const period = { current_period_start: data[0]?.current_period_start, current_period_end: data[0]?.current_period_end };
	const items = data.map((entry) => {
		const item = { ...entry };
		delete item.current_period_start;
		delete item.current_period_end;
		return item;
	});
	return { ...object, ...period, items: { ...list, data: items } };
}
