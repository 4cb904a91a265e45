/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
/** Signed notifications with retries. */
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { deliver } from '../kit/webhooks';
import type { Core } from './state';
import type { Notification, NotificationSetting, PaddleEvent } from './types';

/** Paddle wants its answer within five seconds. */
const TIMEOUT_MS = 5000;

/** `h1` of `Paddle-Signature`: HMAC-SHA256 over `<ts>:<body>`, the key being the secret as it is, prefix included. */
export const signature = (secret: string, ts: number, body: string): string =>
	createHmac('sha256', secret).update(`${ts}:${body}`, 'utf8').digest('hex');

/** The whole header; several `h1` while a secret rotates. */
export const signatureHeader = (secrets: string[], ts: number, body: string): string =>
	[`ts=${ts}`, ...secrets.map((secret) => `h1=${signature(secret, ts, body)}`)].join(';');

/** A notification of an event to a destination, delivered in the background; waits while deliveries are held. */
export function notify(
	core: Core,
	event: PaddleEvent,
	setting: NotificationSetting,
	origin: Notification['origin'],
): Notification {
	const id = core.newId('ntf');
	const notification: Notification = {
		id,
		type: event.event_type,
		status: 'not_attempted',
		payload: { ...structuredClone(event), notification_id: id },
		occurred_at: event.occurred_at,
		delivered_at: null,
		replayed_at: null,
		origin,
		last_attempt_at: null,
		retry_at: null,
		times_attempted: 0,
		notification_setting_id: setting.id,
	};
	core.state.notifications.set(id, notification);
	core.state.notificationLogs.set(id, []);
	const start = () => core.background.add(attemptAll(core, notification, setting));
	if (core.held) core.held.push(start);
	else start();
	return notification;
}

/** Tries until the destination answers 200; each attempt is signed anew. A destination that is gone ends the retries. */
async function attemptAll(core: Core, notification: Notification, setting: NotificationSetting): Promise<void> {
	const { attempts, backoffMs } = core.settings.delivery;
	const body = JSON.stringify(notification.payload);
	while (notification.times_attempted < attempts && core.state.notificationSettings.get(setting.id)?.active) {
		const headers = { 'content-type': 'application/json', 'user-agent': 'Paddle', ...signed(core, setting, body) };
		const result = await deliver({ url: setting.destination, body, headers, attempts: 1, timeoutMs: TIMEOUT_MS });
		record(core, notification, result.status);
		if (result.status === 200) {
			Object.assign(notification, { status: 'delivered', delivered_at: core.now(), retry_at: null });
			return;
		}
		const wait = backoffMs * 2 ** (notification.times_attempted - 1);
		Object.assign(notification, { status: 'needs_retry', retry_at: new Date(core.nowMs() + wait).toISOString() });
		if (notification.times_attempted < attempts) await pause(wait);
	}
	Object.assign(notification, { status: 'failed', retry_at: null });
}

function record(core: Core, notification: Notification, status = 0): void {
	notification.times_attempted += 1;
	notification.last_attempt_at = core.now();
	core.state.notificationLogs.get(notification.id)?.push({
		id: core.newId('ntflog'),
		response_code: status,
		response_content_type: null,
		response_body: '',
		attempted_at: notification.last_attempt_at,
	});
}

function signed(core: Core, setting: NotificationSetting, body: string): Record<string, string> {
	const { wrongSecret, unsigned, rotating, ageSeconds } = core.settings.delivery;
	if (unsigned) return {};
	// The receiver compares with its own clock, so the sandbox's (which may be ahead) does not matter here.
	const ts = Math.floor(Date.now() / 1000) - ageSeconds;
	const other = 'not-the-secret';
	const secret = wrongSecret ? other : setting.endpoint_secret_key;
	const secrets = { off: [secret], first: [secret, other], last: [other, secret] }[rotating];
	return { 'paddle-signature': signatureHeader(secrets, ts, body) };
}
