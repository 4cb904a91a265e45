import { randomUUID } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import { Failure } from '../shared/failure';
import { toFailure } from '../n8n/errors';
import { STRIPE_VERSION, type StripeApi } from './api';
import { webhookEndpointSchema, type StripeWebhookEndpoint } from './schemas';

/** Marks the endpoints this pack made, so that nobody else's is ever touched. */
const OWNER = { m3ter_n8n: 'trigger' };

/** What a trigger remembers of its endpoint. The secret is shown by Stripe once, at creation. */
export interface StoredEndpoint {
	endpointId?: string;
	secret?: string;
}

export const storedEndpoint = (staticData: IDataObject): StoredEndpoint => staticData;

/**
 * Whether Stripe calls `url` for exactly these events with a secret we know. Differences in events or status are mended
 * in place; an endpoint that cannot be mended (other URL, other API version, secret lost) is deleted, and the answer is no.
 */
export async function endpointIsReady(api: StripeApi, stored: StoredEndpoint, url: string, events: readonly string[]): Promise<boolean> {
	const remembered = stored.endpointId ? await api.find(`/v1/webhook_endpoints/${stored.endpointId}`, webhookEndpointSchema) : undefined;
	const endpoint = remembered ?? (await strays(api, url))[0];
	if (endpoint === undefined) return false;
	const usable = stored.secret !== undefined && endpoint.id === stored.endpointId && endpoint.url === url && endpoint.api_version === STRIPE_VERSION;
	if (!usable) {
		await removeEndpoints(api, [endpoint, ...(await strays(api, url))]);
		return false;
	}
	if (endpoint.status !== 'enabled' || !sameEvents(endpoint.enabled_events, events)) {
		await api.post(`/v1/webhook_endpoints/${endpoint.id}`, { enabled_events: events, disabled: false }, randomUUID());
	}
	return true;
}

/** Registers `url`; endpoints of ours that are left over for the same URL go first. Fills `stored`. */
export async function createEndpoint(api: StripeApi, stored: StoredEndpoint, url: string, events: readonly string[], description: string): Promise<void> {
	await removeEndpoints(api, await strays(api, url));
	const body = { url, enabled_events: events, api_version: STRIPE_VERSION, description, metadata: OWNER };
	const created = webhookEndpointSchema.parse((await registered(api, body)).body);
	stored.endpointId = created.id;
	stored.secret = created.secret;
}

async function registered(api: StripeApi, body: Parameters<StripeApi['post']>[1]): Promise<{ body: unknown }> {
	try {
		return await api.post('/v1/webhook_endpoints', body, randomUUID());
	} catch (error) {
		const failure = toFailure(error);
		if (failure.status !== 400) throw toFailure(failure);
		const advice = 'Stripe takes public https addresses only (set WEBHOOK_URL in n8n) and at most 16 endpoints per account and mode (delete unused ones under Developers > Webhooks).';
		throw toFailure(new Failure(failure.kind, 'Stripe did not register the webhook endpoint', { ...failure, description: `${failure.description} ${advice}` }));
	}
}

/** Removes the trigger's endpoint and forgets it. One that is gone already is as good as removed. */
export async function removeEndpoint(api: StripeApi, stored: StoredEndpoint): Promise<void> {
	if (stored.endpointId) await removeById(api, stored.endpointId);
	delete stored.endpointId;
	delete stored.secret;
}

const sameEvents = (left: readonly string[], right: readonly string[]) => [...left].sort().join() === [...right].sort().join();

async function strays(api: StripeApi, url: string): Promise<StripeWebhookEndpoint[]> {
	const all = await api.list('/v1/webhook_endpoints', webhookEndpointSchema);
	return all.filter((endpoint) => endpoint.url === url && endpoint.metadata.m3ter_n8n === OWNER.m3ter_n8n);
}

async function removeEndpoints(api: StripeApi, endpoints: readonly StripeWebhookEndpoint[]): Promise<void> {
	for (const id of new Set(endpoints.map((endpoint) => endpoint.id))) await removeById(api, id);
}

const removeById = async (api: StripeApi, id: string) => await api.delete(`/v1/webhook_endpoints/${id}`);
