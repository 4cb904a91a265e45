/** `/v1/webhook_endpoints`; sheet §4. */
import { randomBytes } from 'node:crypto';

import type { Core } from './core';
import { noSuch, ParameterError, refuse } from './errors';
import { EVENT_TYPES } from './eventTypes';
import { newestFirst, page, PAGE } from './lists';
import { operation } from './operations';
import { boolean, list, looseText, mergeMetadata, metadata, needed, text, type Fields, type Read, type Rule } from './params';
import type { WebhookEndpoint } from './types';

/** Endpoints per account and mode. */
const MAX_ENDPOINTS = 16;

const EVENT: Rule<string> = {
	read(value, param) {
		const type = text().read(value, param);
		if (type !== '*' && !EVENT_TYPES.includes(type))
			throw new ParameterError(`Invalid ${param}: ${type} is not an event type`, param);
		return type;
	},
};

const VERSION: Rule<string> = {
	read(value, param) {
		const version = text().read(value, param);
		if (!/^20\d\d-\d\d-\d\d(\.[a-z]+)?$/.test(version)) throw new ParameterError(`Invalid API version: ${version}`, param);
		return version;
	},
};

const SETTABLE = {
	description: looseText(),
	metadata,
} satisfies Fields;

const CREATE = {
	...SETTABLE,
	url: needed(text()),
	enabled_events: needed(list(EVENT, { min: 1 })),
	api_version: VERSION,
	connect: boolean,
} satisfies Fields;

/** The API version of an endpoint never changes. */
const UPDATE = { ...SETTABLE, url: text(), enabled_events: list(EVENT, { min: 1 }), disabled: boolean } satisfies Fields;

export const newSecret = (): string => `whsec_${randomBytes(16).toString('hex')}`;

const LOCAL_HOST = /^(localhost|.*\.local|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|0\.0\.0\.0|\[::1?\])/;

/** Throws `url_invalid` for what is no public https URL, unless the settings allow local ones. */
function checkUrl(core: Core, url: string): void {
	const invalid = (message: string) => refuse(`Invalid URL: ${message}`, 'url_invalid', 'url');
	if (!URL.canParse(url)) throw invalid('An explicit scheme (such as https) must be provided.');
	const { protocol, hostname } = new URL(url);
	if (protocol !== 'https:' && protocol !== 'http:') throw invalid('URL must start with https.');
	if (core.settings.allowLocalUrls) return;
	if (LOCAL_HOST.test(hostname)) {
		throw invalid(
			'URL must be publicly accessible. Consider using a tool like the Stripe CLI to test webhooks locally: https://github.com/stripe/stripe-cli',
		);
	}
	if (protocol !== 'https:') throw invalid('URL must be HTTPS.');
}

/** The secret is in this answer and in no other. */
function create(core: Core, params: Read<typeof CREATE>): object {
	checkUrl(core, params.url);
	if (core.state.webhookEndpoints.size >= MAX_ENDPOINTS)
		throw refuse(`You have reached the maximum of ${MAX_ENDPOINTS} test webhook endpoints.`);
	const endpoint: WebhookEndpoint = {
		id: core.newId('we'),
		object: 'webhook_endpoint',
		api_version: params.api_version ?? null,
		application: null,
		created: core.now(),
		description: params.description ?? null,
		enabled_events: params.enabled_events,
		livemode: false,
		metadata: mergeMetadata({}, params.metadata),
		status: 'enabled',
		url: params.url,
	};
	const secret = newSecret();
	core.state.webhookEndpoints.set(endpoint.id, endpoint);
	core.state.secrets.set(endpoint.id, { current: secret });
	return { ...endpoint, secret };
}

function existing(core: Core, id: string): WebhookEndpoint {
	const endpoint = core.state.webhookEndpoints.get(id);
	if (!endpoint) throw noSuch('webhook endpoint', id, 'webhook_endpoint', 404);
	return endpoint;
}

function update(core: Core, params: Read<typeof UPDATE>, id: string): object {
	const endpoint = existing(core, id);
	if (params.url !== undefined) checkUrl(core, params.url);
	const changed = mergeMetadata(endpoint.metadata, params.metadata);
	if (params.url !== undefined) endpoint.url = params.url;
	if (params.enabled_events) endpoint.enabled_events = params.enabled_events;
	if (params.description !== undefined) endpoint.description = params.description;
	if (params.disabled !== undefined) endpoint.status = params.disabled ? 'disabled' : 'enabled';
	endpoint.metadata = changed;
	return endpoint;
}

export const webhookEndpointOperations = [
	operation(['POST', '/v1/webhook_endpoints', 'webhook_endpoints'], CREATE, create),
	operation(['GET', '/v1/webhook_endpoints', 'webhook_endpoints'], PAGE, (core, params) =>
		page(newestFirst(core.state.webhookEndpoints), params, '/v1/webhook_endpoints'),
	),
	operation(['GET', '/v1/webhook_endpoints/:id', 'webhook_endpoints'], {}, (core, _params, { id }) => existing(core, id)),
	operation(['POST', '/v1/webhook_endpoints/:id', 'webhook_endpoints'], UPDATE, (core, params, { id }) =>
		update(core, params, id),
	),
	operation(['DELETE', '/v1/webhook_endpoints/:id', 'webhook_endpoints'], {}, (core, _params, { id }) => {
		core.state.webhookEndpoints.delete(existing(core, id).id);
		core.state.secrets.delete(id);
		return { id, object: 'webhook_endpoint', deleted: true };
	}),
];
