/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
/** Webhooks (sheet §4.1, §4.2): set up for the app, one URL for all organisations; thin events; intent to receive. */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import type { Core, Organisation } from './state';

/** Put together so that no literal looks like a live secret. */
export const WEBHOOK_KEY = ['xero', 'sandbox', 'webhook', 'key'].join('-');

const TIMEOUT_MS = 5000;

export interface Change {
	category: 'CONTACT' | 'INVOICE' | 'CREDITNOTE';
	id: string;
	type: 'CREATE' | 'UPDATE';
	/** Only credit notes carry some. */
	data?: { Type: string; Status: string };
}

export interface XeroEvent {
	resourceUrl: string;
	resourceId: string;
	tenantId: string;
	tenantType: 'ORGANISATION';
	eventCategory: Change['category'];
	eventType: Change['type'];
	/** UTC without a zone letter. */
	eventDateUtc: string;
	data?: Change['data'];
}

export interface Webhook {
	url: string;
	key: string;
	status: 'pending' | 'ok' | 'disabled';
	/** What came back for each delivery, newest last. */
	deliveries: Array<{ events: number; signedRight: boolean; status?: number; accepted: boolean; attempts: number; reason?: string }>;
	/** Changes waiting for `releaseEvents`. */
	held: XeroEvent[];
}

const RESOURCES = { CONTACT: 'Contacts', INVOICE: 'Invoices', CREDITNOTE: 'CreditNotes' };

/** Base64 of HMAC-SHA256 over the raw body; the key is used as shown, not decoded. */
export const signature = (key: string, body: string): string => createHmac('sha256', key).update(body, 'utf8').digest('base64');

function payload(core: Core, events: XeroEvent[]): string {
	if (events.length === 0) return JSON.stringify({ events, lastEventSequence: 0, firstEventSequence: 0, entropy: entropy() });
	const first = core.state.nextSequence;
	core.state.nextSequence += events.length;
	return JSON.stringify({ events, firstEventSequence: first, lastEventSequence: core.state.nextSequence - 1, entropy: entropy() });
}

const entropy = (): string => randomUUID().replaceAll('-', '').slice(0, 20).toUpperCase();

/** One POST; undefined when the receiver did its duty: the wanted status, within 5 s, no body, no cookies. */
async function post(url: string, body: string, sign: string, wanted: number): Promise<{ status?: number; reason?: string }> {
	try {
		const headers = { 'content-type': 'application/json; charset=utf-8', 'x-xero-signature': sign };
		const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
		const text = await response.text();
		const { status } = response;
		if (status !== wanted) return { status, reason: `expected ${wanted}` };
		if (text !== '') return { status, reason: 'the answer has a body' };
		if (response.headers.has('set-cookie')) return { status, reason: 'the answer sets a cookie' };
		return { status };
	} catch (error) {
		return { reason: error instanceof Error ? error.message : String(error) };
	}
}

async function send(core: Core, webhook: Webhook, events: XeroEvent[], options: { signedRight: boolean; attempts: number }): Promise<boolean> {
	const body = payload(core, events);
	const sign = signature(options.signedRight ? webhook.key : `${webhook.key}-wrong`, body);
	const record: Webhook['deliveries'][number] = { events: events.length, signedRight: options.signedRight, accepted: false, attempts: 0 };
	webhook.deliveries.push(record);
	for (let attempt = 1; attempt <= options.attempts; attempt++) {
		const result = await post(webhook.url, body, sign, options.signedRight ? 200 : 401);
		Object.assign(record, result, { attempts: attempt, accepted: result.reason === undefined });
		if (record.accepted) return true;
		if (attempt < options.attempts) await pause(core.settings.webhookBackoffMs * 2 ** (attempt - 1));
	}
	return false;
}

/** Several empty deliveries, some signed wrongly on purpose; the webhook is on only when each got the right status. */
export async function intentToReceive(core: Core, webhook: Webhook): Promise<'ok' | 'pending'> {
	for (const signedRight of [true, false, true, false]) {
		if (!(await send(core, webhook, [], { signedRight, attempts: 1 }))) return webhook.status as 'pending';
	}
	webhook.status = 'ok';
	return 'ok';
}

/** Sends events in one POST; a receiver that never takes them switches the webhook off. */
export function deliverEvents(core: Core, events: XeroEvent[]): void {
	const { webhook } = core.state;
	if (!webhook || webhook.status !== 'ok' || events.length === 0) return;
	core.background.add(
		send(core, webhook, events, { signedRight: true, attempts: core.settings.webhookAttempts }).then((taken) => {
			if (!taken) webhook.status = 'disabled';
		}),
	);
}

/** Turns changes into events. Changes by the app itself raise events, too. */
export function announce(core: Core, organisation: Organisation, changes: Change[]): void {
	const events = changes.map(({ category, id, type, data }): XeroEvent => ({
		resourceUrl: `${core.url}/api.xro/2.0/${RESOURCES[category]}/${id}`,
		resourceId: id,
		tenantId: organisation.tenantId,
		tenantType: 'ORGANISATION',
		eventCategory: category,
		eventType: type,
		eventDateUtc: new Date(core.now()).toISOString().slice(0, 23),
		...(data && { data }),
	}));
	core.state.events.push(...events);
	if (core.settings.holdEvents) core.state.webhook?.held.push(...events);
	else deliverEvents(core, events);
}
