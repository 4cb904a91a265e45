/** Webhooks (sheet §1, §2): one URL per app, both body formats, several companies in one delivery. */
import { createHmac, randomUUID } from 'node:crypto';

import { deliver } from '../kit/webhooks';
import type { Company, Core, EntityName } from './state';

/** Put together so that no literal looks like a live secret. */
export const VERIFIER_TOKEN = ['quickbooks', 'sandbox', 'verifier'].join('-');

/** Intuit waits three seconds for the 200. */
const TIMEOUT_MS = 3000;

export type Operation = 'Create' | 'Update' | 'Delete' | 'Merge' | 'Void' | 'Emailed';

export interface Change {
	realmId: string;
	name: EntityName;
	id: string;
	operation: Operation;
	at: number;
	/** Merge only: the one that disappeared. */
	deletedId?: string;
}

export interface Webhook {
	url: string;
	verifierToken: string;
	format: 'cloudevents' | 'legacy';
	/** Undefined = all. */
	entities?: string[];
	deliveries: Array<{ changes: number; status?: number; attempts: number; error?: string }>;
	/** Later events wait until the earlier ones are acknowledged. */
	last: Promise<unknown>;
}

/** CloudEvents say "void", not "voided". */
const PAST: Record<Operation, string> = { Create: 'created', Update: 'updated', Delete: 'deleted', Merge: 'merged', Void: 'void', Emailed: 'emailed' };

/** Base64 of HMAC-SHA256 over the raw body. */
export const signature = (verifierToken: string, body: string): string => createHmac('sha256', verifierToken).update(body, 'utf8').digest('base64');

const SOURCE = `intuit.${Buffer.from('sandbox-app').toString('base64')}`;

export function cloudEvents(changes: Change[]): object {
	return changes.map(({ realmId, name, id, operation, at, deletedId }) => ({
		specversion: '1.0',
		id: randomUUID(),
		source: SOURCE,
		type: `qbo.${name.toLowerCase()}.${PAST[operation]}.v1`,
		datacontenttype: 'application/json',
		time: new Date(at).toISOString().replace('Z', '000000Z'),
		intuitentityid: id,
		intuitaccountid: realmId,
		data: deletedId ? { deletedId } : {},
	}));
}

export function legacyBody(changes: Change[]): object {
	const realms = [...new Set(changes.map(({ realmId }) => realmId))];
	return {
		eventNotifications: realms.map((realmId) => ({
			realmId,
			dataChangeEvent: {
				entities: changes
					.filter((change) => change.realmId === realmId)
					.map(({ name, id, operation, at, deletedId }) => ({
						name,
						id,
						operation,
						lastUpdated: new Date(at).toISOString(),
						...(deletedId && { deletedId }),
					})),
			},
		})),
	};
}

/** Sends changes in one POST, after everything sent before is through; `format` overrides the webhook's own. */
export function sendChanges(core: Core, changes: Change[], format?: Webhook['format']): void {
	const { webhook } = core.state;
	const wanted = webhook?.entities;
	const selected = changes.filter(({ name }) => !wanted || wanted.includes(name));
	if (!webhook || selected.length === 0) return;
	const body = JSON.stringify((format ?? webhook.format) === 'legacy' ? legacyBody(selected) : cloudEvents(selected));
	const { webhookAttempts: attempts, webhookBackoffMs: backoffMs } = core.settings;
	const headers = { 'content-type': 'application/json; charset=utf-8', 'intuit-signature': signature(webhook.verifierToken, body) };
	const work = webhook.last.then(async () => {
		const result = await deliver({ url: webhook.url, body, headers, attempts, backoffMs, timeoutMs: TIMEOUT_MS });
		webhook.deliveries.push({ changes: selected.length, ...result });
	});
	webhook.last = work;
	core.background.add(work);
}

/** Every change raises an event, whoever made it. */
export function changed(core: Core, company: Company, name: EntityName, id: string, operation: Operation, deletedId?: string): void {
	const change: Change = { realmId: company.realmId, name, id, operation, at: core.now(), ...(deletedId && { deletedId }) };
	if (core.settings.holdEvents) core.held.push(change);
	else sendChanges(core, [change]);
}
