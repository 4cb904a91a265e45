import type { CreateNotificationSettingsRequestBody, IEventName } from '@paddle/paddle-node-sdk';
import type { IDataObject } from 'n8n-workflow';

import { toFailure } from '../n8n/errors';
import { Failure } from '../shared/failure';
import type { PaddleApi } from './api';
import { notificationSettingSchema, type NotificationSetting } from './schemas';
import type { Wire } from './wire';

const PATH = '/notification-settings';

/** What a trigger remembers of its destination in Paddle. */
export interface StoredSetting {
	settingId?: string;
	secret?: string;
}

/** What a trigger wants to be told, and where. */
export interface Wanted {
	url: string;
	events: readonly string[];
	description: string;
	/** Whether test traffic from Paddle's simulator is wanted too. */
	simulations: boolean;
}

export const storedSetting = (staticData: IDataObject): StoredSetting => staticData;

/**
 * Whether Paddle calls the URL for exactly these events. Differences are mended in place. Paddle shows the secret at any
 * time, so a setting that n8n forgot is found by its URL and taken over; one for another address of this n8n is removed.
 */
export async function settingIsReady(api: PaddleApi, stored: StoredSetting, wanted: Wanted): Promise<boolean> {
	const remembered = stored.settingId ? await api.find(`${PATH}/${stored.settingId}`, notificationSettingSchema) : undefined;
	const isElsewhere = remembered !== undefined && remembered.destination !== wanted.url;
	if (isElsewhere) await removeSetting(api, stored);
	const setting = isElsewhere || remembered === undefined ? (await settingsFor(api, wanted.url))[0] : remembered;
	if (setting === undefined) return false;
	remember(stored, isAsWanted(setting, wanted) ? setting : await update(api, setting.id, wanted));
	return true;
}

/** Registers the URL and fills `stored`. A setting that is left over for it is taken over: an account has room for ten. */
export async function createSetting(api: PaddleApi, stored: StoredSetting, wanted: Wanted): Promise<void> {
	const [leftOver, ...surplus] = await settingsFor(api, wanted.url);
	for (const { id } of surplus) await api.delete(`${PATH}/${id}`);
	remember(stored, leftOver ? await update(api, leftOver.id, wanted) : await register(api, wanted));
}

/** Removes the trigger's setting and forgets it. One that is gone already is as good as removed. */
export async function removeSetting(api: PaddleApi, stored: StoredSetting): Promise<void> {
	if (stored.settingId) await api.delete(`${PATH}/${stored.settingId}`);
	delete stored.settingId;
	delete stored.secret;
}

function remember(stored: StoredSetting, { id, endpoint_secret_key: secret }: NotificationSetting): void {
	stored.settingId = id;
	stored.secret = secret;
}

const sorted = (names: readonly string[]) => [...names].sort().join();
const traffic = ({ simulations }: Wanted) => (simulations ? ('all' as const) : ('platform' as const));

const isAsWanted = (setting: NotificationSetting, wanted: Wanted): boolean =>
	setting.active && setting.traffic_source === traffic(wanted) && sorted(setting.subscribed_events.map(({ name }) => name)) === sorted(wanted.events);

async function settingsFor(api: PaddleApi, url: string): Promise<NotificationSetting[]> {
	const all = await api.list(PATH, notificationSettingSchema);
	return all.filter(({ destination }) => destination === url);
}

async function update(api: PaddleApi, id: string, wanted: Wanted): Promise<NotificationSetting> {
	return await api.patch(`${PATH}/${id}`, { subscribed_events: [...wanted.events], active: true, traffic_source: traffic(wanted) }, notificationSettingSchema);
}

async function register(api: PaddleApi, wanted: Wanted): Promise<NotificationSetting> {
	const body = {
		type: 'url',
		description: wanted.description.slice(0, 500),
		destination: wanted.url,
		subscribed_events: [...wanted.events] as IEventName[],
		api_version: 1,
		include_sensitive_fields: false,
		traffic_source: traffic(wanted),
	} satisfies Wire<CreateNotificationSettingsRequestBody>;
	try {
		return await api.post(PATH, body, notificationSettingSchema);
	} catch (error) {
		const failure = toFailure(error);
		const advice = /destination/.test(failure.description ?? '') ? ' Paddle calls public https addresses only. Set WEBHOOK_URL in n8n to its public address.' : '';
		throw toFailure(new Failure(failure.kind, 'Paddle did not register the notification destination', { ...failure, description: `${failure.description}${advice}` }));
	}
}
