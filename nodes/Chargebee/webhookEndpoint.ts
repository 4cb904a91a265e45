import { randomBytes, randomUUID } from 'crypto';
import type { WebhookEndpoint } from 'chargebee';
import type { IDataObject } from 'n8n-workflow';
import { z } from 'zod';

import { toFailure } from '../n8n/errors';
import { Failure } from '../shared/failure';
import type { FormBody } from '../shared/form';
import type { ChargebeeApi } from './api';
import type { BasicAuth } from './basicAuth';
import { webhookEndpointSchema, type ChargebeeWebhookEndpoint } from './schemas';

const API_VERSION = 'v2';
const answer = z.object({ webhook_endpoint: webhookEndpointSchema });

/** What a trigger remembers of its endpoint. Chargebee never shows the password again. */
export interface StoredEndpoint {
	endpointId?: string;
	username?: string;
	password?: string;
}

export const storedEndpoint = (staticData: IDataObject): StoredEndpoint => staticData;

/** The credentials that deliveries must carry; undefined before the trigger is registered. */
export const authOf = ({ username, password }: StoredEndpoint): BasicAuth | undefined => (username && password ? { username, password } : undefined);

/**
 * Whether Chargebee calls `url` for exactly these events with a password we know. An endpoint that is switched off or differs
 * in its events is mended in place; one for another address of this n8n is removed.
 */
export async function endpointIsReady(api: ChargebeeApi, stored: StoredEndpoint, url: string, events: readonly string[]): Promise<boolean> {
	const found = stored.endpointId ? await api.find(`/webhook_endpoints/${stored.endpointId}`, answer) : undefined;
	const endpoint = found?.webhook_endpoint;
	if (endpoint === undefined) return false;
	if (endpoint.url !== url) {
		await removeEndpoint(api, stored);
		return false;
	}
	if (authOf(stored) === undefined) return false;
	if (endpoint.disabled || endpoint.api_version !== API_VERSION || !sameEvents(endpoint.enabled_events, events)) {
		await update(api, endpoint.id, { enabled_events: [...events], api_version: API_VERSION, disabled: false });
	}
	return true;
}

/**
 * Registers `url` with a new password, and fills `stored`. An endpoint that is left over for the same URL is taken over
 * instead: Chargebee has room for five.
 */
export async function createEndpoint(api: ChargebeeApi, stored: StoredEndpoint, url: string, events: readonly string[], name: string): Promise<void> {
	const auth: BasicAuth = { username: 'm3ter-n8n', password: randomBytes(24).toString('hex') };
	const body = {
		name: name.slice(0, 50),
		url,
		api_version: API_VERSION,
		enabled_events: [...events] as WebhookEndpoint.CreateInputParam['enabled_events'],
		disabled: false,
		basic_auth_username: auth.username,
		basic_auth_password: auth.password,
	} satisfies WebhookEndpoint.CreateInputParam;
	const [leftOver, ...surplus] = await endpointsFor(api, url);
	for (const { id } of surplus) await removeById(api, id);
	const endpoint = leftOver ? await update(api, leftOver.id, body) : await register(api, body);
	Object.assign(stored, { endpointId: endpoint.id, ...auth });
}

/** Removes the trigger's endpoint and forgets it. One that is gone already is as good as removed. */
export async function removeEndpoint(api: ChargebeeApi, stored: StoredEndpoint): Promise<void> {
	if (stored.endpointId) await removeById(api, stored.endpointId);
	delete stored.endpointId;
	delete stored.username;
	delete stored.password;
}

const sameEvents = (left: readonly string[], right: readonly string[]) => [...left].sort().join() === [...right].sort().join();

async function endpointsFor(api: ChargebeeApi, url: string): Promise<ChargebeeWebhookEndpoint[]> {
	const all = await api.list('/webhook_endpoints', 'webhook_endpoint', webhookEndpointSchema);
	return all.filter((endpoint) => endpoint.url === url);
}

async function update(api: ChargebeeApi, id: string, body: FormBody): Promise<ChargebeeWebhookEndpoint> {
	return answer.parse((await api.post(`/webhook_endpoints/${id}`, body, randomUUID())).body).webhook_endpoint;
}

async function register(api: ChargebeeApi, body: FormBody): Promise<ChargebeeWebhookEndpoint> {
	try {
		return answer.parse((await api.post('/webhook_endpoints', body, randomUUID())).body).webhook_endpoint;
	} catch (error) {
		const failure = toFailure(error);
		throw toFailure(new Failure(failure.kind, 'Chargebee did not register the webhook endpoint', { ...failure, description: [failure.description, adviceOn(failure)].join(' ').trim() }));
	}
}

function adviceOn({ status, code, details }: Failure): string {
	if (code === 'resource_limit_exhausted' || code === 'resource_limit_exceeded') {
		return 'A site has room for five webhook endpoints, those of test executions included: delete one under Settings > Configure Chargebee > Webhooks.';
	}
	if (status === 400 && details?.param === 'url') {
		return 'Chargebee calls public addresses on the ports 80, 443, 8080 and 8443 only. Set WEBHOOK_URL in n8n to its public https address.';
	}
	return '';
}

async function removeById(api: ChargebeeApi, id: string): Promise<void> {
	try {
		await api.post(`/webhook_endpoints/${id}/delete`, {}, randomUUID());
	} catch (error) {
		const failure = toFailure(error);
		if (failure.status !== 404) throw toFailure(failure);
	}
}
