/** The User Event script as it would run in the account: signed, time-stamped, sent once (sheet §1.1, §1.3). */
import { createHmac } from 'node:crypto';

import { deliver } from '../kit/webhooks';
import { ACCOUNT_ID } from './auth';
import type { Core, Customer, Transaction } from './state';

/** Put together so that no literal looks like a live secret. */
export const SCRIPT_SECRET = ['netsuite', 'sandbox', 'script', 'secret'].join('-');

export interface Script {
	url: string;
	secret: string;
	/** Record types it is deployed on, in lower case as in SuiteScript. */
	recordTypes: string[];
	/** Whether changes made through REST raise events; off keeps a flow from hearing itself. */
	restContext: boolean;
	/** How signed deliveries go wrong. */
	wrongSecret: boolean;
	ageSeconds: number;
	copies: number;
	deliveries: Array<{ eventType: string; recordId: string; status?: number; error?: string }>;
}

/** Lower-case hex of HMAC-SHA256 over `<timestamp>.<raw body>`. */
export const signature = (secret: string, timestamp: string, body: string): string =>
	createHmac('sha256', secret).update(`${timestamp}.${body}`, 'utf8').digest('hex');

async function send(core: Core, script: Script, eventType: string, record: Customer | Transaction): Promise<void> {
	const seconds = Math.floor(core.now() / 1000);
	const timestamp = String(seconds - script.ageSeconds);
	const recordType = record.type.toLowerCase();
	const body = JSON.stringify({
		eventId: `${recordType}-${record.id}-${eventType.split('.')[1]}-${record.modified}`,
		eventType,
		accountId: ACCOUNT_ID,
		recordType,
		recordId: record.id,
		externalId: record.externalId ?? null,
		entityId: record.type === 'customer' ? record.id : record.customerId,
		occurredAt: new Date(record.modified).toISOString(),
	});
	const headers = {
		'content-type': 'application/json',
		'x-m3ter-ns-timestamp': timestamp,
		'x-m3ter-ns-signature': signature(script.wrongSecret ? `${script.secret}-wrong` : script.secret, timestamp, body),
	};
	for (let copy = 0; copy < script.copies; copy++) {
		// NetSuite itself tries nothing again.
		const { status, error } = await deliver({ url: script.url, body, headers, attempts: 1 });
		script.deliveries.push({ eventType, recordId: record.id, status, error });
	}
}

/** Runs `afterSubmit` of every script deployed on the record. */
export function recordEvent(core: Core, record: Customer | Transaction, type: 'create' | 'edit' | 'approve', context: 'ui' | 'rest'): void {
	const recordType = record.type.toLowerCase();
	for (const script of core.state.scripts) {
		if (!script.recordTypes.includes(recordType) || (context === 'rest' && !script.restContext)) continue;
		core.background.add(send(core, script, `${recordType}.${type}`, structuredClone(record)));
	}
}
