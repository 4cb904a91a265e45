/** Notification destinations and what was sent to them. */
import { z } from 'zod';

import { notify } from './delivery';
import { invalidField, notFound, refuse } from './errors';
import { describe } from './events';
import { EVENT_TYPES } from './eventTypes';
import { webhookSecret } from './keys';
import { among, page, paging } from './lists';
import { operation } from './operations';
import { csv, flag, timestamp } from './params';
import type { Core } from './state';
import type { Notification, NotificationSetting } from './types';

const MAX_ACTIVE = 10;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const fields = {
	description: z.string().min(1).max(500),
	destination: z.string().min(1).max(2048),
	subscribed_events: z.array(z.enum(EVENT_TYPES)).min(1),
	active: z.boolean(),
	api_version: z.literal(1),
	include_sensitive_fields: z.boolean(),
	traffic_source: z.enum(['platform', 'simulation', 'all']),
};

const creation = z
	.object({
		...fields,
		type: z.enum(['email', 'url']),
		active: fields.active.default(true),
		api_version: fields.api_version.default(1),
		include_sensitive_fields: fields.include_sensitive_fields.default(false),
		traffic_source: fields.traffic_source.default('platform'),
	})
	.strict();

const show = (setting: NotificationSetting) => ({ ...setting, subscribed_events: setting.subscribed_events.map(describe) });

function find(core: Core, id: string): NotificationSetting {
	const setting = core.state.notificationSettings.get(id);
	if (!setting) throw notFound('notification setting', id);
	return setting;
}

function checkDestination(core: Core, type: NotificationSetting['type'], destination: string): void {
	if (type === 'email') return;
	const url = URL.canParse(destination) ? new URL(destination) : undefined;
	const local = url !== undefined && LOOPBACK.test(url.hostname);
	if (!url || (url.protocol !== 'https:' && !local)) throw invalidField('destination', 'must be an https URL');
	if (local && !core.settings.allowLocalUrls) throw invalidField('destination', 'must be reachable from outside');
}

function checkActive(core: Core, wanted: boolean, id?: string): void {
	const others = [...core.state.notificationSettings.values()].filter((setting) => setting.active && setting.id !== id);
	if (wanted && others.length >= MAX_ACTIVE) {
		throw refuse(
			'notification_maximum_active_settings_reached',
			`An account can have at most ${MAX_ACTIVE} active notification destinations`,
		);
	}
}

const settingOperations = [
	operation(['POST', '/notification-settings', 'notification_setting.write'], { body: creation }, (core, { body }) => {
		checkDestination(core, body.type, body.destination);
		checkActive(core, body.active);
		const id = core.newId('ntfset');
		const setting: NotificationSetting = { id, ...body, endpoint_secret_key: webhookSecret(id) };
		core.state.notificationSettings.set(id, setting);
		return { status: 201, data: show(setting) };
	}),
	operation(
		['GET', '/notification-settings', 'notification_setting.read'],
		{ query: { ...paging(200, 200), active: flag.optional(), traffic_source: fields.traffic_source.optional() } },
		(core, { query, url }) => {
			const found = [...core.state.notificationSettings.values()].filter(
				(setting) =>
					(query.active === undefined || setting.active === query.active) &&
					(query.traffic_source === undefined || setting.traffic_source === query.traffic_source),
			);
			return page(found, query, url, undefined, show);
		},
	),
	operation(['GET', '/notification-settings/:id', 'notification_setting.read'], {}, (core, { ids }) => ({
		data: show(find(core, ids.id)),
	})),
	operation(
		['PATCH', '/notification-settings/:id', 'notification_setting.write'],
		{ body: z.object(fields).partial().strict() },
		(core, { body, ids }) => {
			const setting = find(core, ids.id);
			if (body.destination !== undefined) checkDestination(core, setting.type, body.destination);
			checkActive(core, body.active ?? setting.active, setting.id);
			return { data: show(Object.assign(setting, body)) };
		},
	),
	operation(['DELETE', '/notification-settings/:id', 'notification_setting.write'], {}, (core, { ids }) => {
		find(core, ids.id);
		core.state.notificationSettings.delete(ids.id);
		for (const [id, notification] of core.state.notifications) {
			if (notification.notification_setting_id !== ids.id) continue;
			core.state.notifications.delete(id);
			core.state.notificationLogs.delete(id);
		}
		return { status: 204 };
	}),
];

function findNotification(core: Core, id: string): Notification {
	const notification = core.state.notifications.get(id);
	if (!notification) throw notFound('notification', id);
	return notification;
}

/** The same event under a new notification id. Throws 400 while the first delivery is under way. */
export function replay(core: Core, id: string): Notification {
	const notification = findNotification(core, id);
	if (notification.status !== 'delivered' && notification.status !== 'failed') {
		throw refuse(
			'notification_cannot_be_replayed',
			`The notification is ${notification.status}; only a delivered or failed one can be replayed`,
		);
	}
	notification.replayed_at = core.now();
	const event = core.state.events.get(notification.payload.event_id);
	if (!event) throw notFound('event', notification.payload.event_id);
	return notify(core, event, find(core, notification.notification_setting_id), 'replay');
}

const statuses = z.enum(['delivered', 'failed', 'needs_retry', 'not_attempted']);

export const notificationOperations = [
	...settingOperations,
	operation(
		['GET', '/notifications', 'notification.read'],
		{
			query: {
				...paging(),
				notification_setting_id: csv(z.string()).optional(),
				status: csv(statuses).optional(),
				filter: z.string().optional(),
				from: timestamp.optional(),
				to: timestamp.optional(),
			},
		},
		(core, { query, url }) => {
			const found = [...core.state.notifications.values()].filter(
				({ notification_setting_id: setting, status, occurred_at: at, payload }) =>
					among(query.notification_setting_id, setting) &&
					among(query.status, status) &&
					(query.filter === undefined || JSON.stringify(payload.data).includes(`"${query.filter}"`)) &&
					(query.from === undefined || Date.parse(at) >= Date.parse(query.from)) &&
					(query.to === undefined || Date.parse(at) <= Date.parse(query.to)),
			);
			return page(found, query, url);
		},
	),
	operation(['GET', '/notifications/:id', 'notification.read'], {}, (core, { ids }) => ({
		data: findNotification(core, ids.id),
	})),
	operation(['GET', '/notifications/:id/logs', 'notification.read'], { query: paging() }, (core, { query, ids, url }) =>
		page(core.state.notificationLogs.get(findNotification(core, ids.id).id) ?? [], query, url),
	),
	operation(['POST', '/notifications/:id/replay', 'notification.write'], {}, (core, { ids }) => ({
		status: 202,
		data: { notification_id: replay(core, ids.id).id },
	})),
];
