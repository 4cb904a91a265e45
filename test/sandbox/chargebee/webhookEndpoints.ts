/** The webhook endpoints API: five endpoints, four ports, and a password that never comes back. */
import { z } from 'zod';

import { notFound, refusal, wrongValue } from './errors';
import { EVENT_TYPES } from './eventTypes';
import { listOf, PAGE } from './lists';
import { operation } from './operations';
import { flag, list, present, text } from './params';
import type { Core } from './state';
import type { WebhookEndpoint } from './types';

const MAX_ENDPOINTS = 5;
const PORTS = ['', '80', '443', '8080', '8443'];
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const fields = {
	api_version: z.enum(['v1', 'v2']).nullish(),
	primary_url: flag.nullish(),
	disabled: flag.nullish(),
	send_card_resource: flag.nullish(),
	basic_auth_username: text(250).nullish(),
	basic_auth_password: text(250).nullish(),
	enabled_events: list(z.enum(EVENT_TYPES)).nullish(),
};

function checkUrl(core: Core, value: string): void {
	if (!URL.canParse(value)) throw wrongValue('url', 'is not a valid URL');
	const { protocol, hostname, port } = new URL(value);
	if (protocol !== 'https:' && protocol !== 'http:') throw wrongValue('url', 'is not a valid URL');
	if (LOOPBACK.test(hostname)) {
		if (!core.settings.allowLocalUrls) throw wrongValue('url', 'cannot be reached from outside');
	} else if (!PORTS.includes(port)) throw wrongValue('url', 'may only use the ports 80, 443, 8080 and 8443');
}

function find(core: Core, id: string): WebhookEndpoint {
	const endpoint = core.state.webhookEndpoints.get(id);
	if (!endpoint) throw notFound('webhook endpoint', id);
	return endpoint;
}

type Auth = { basic_auth_username?: string | null; basic_auth_password?: string | null };

/** Absent leaves, blank clears. */
function setAuth(core: Core, id: string, { basic_auth_username: username, basic_auth_password: password }: Auth): void {
	const now = core.state.basicAuth.get(id) ?? {};
	core.state.basicAuth.set(id, {
		username: username === undefined ? now.username : (username ?? undefined),
		password: password === undefined ? now.password : (password ?? undefined),
	});
}

/** What of the parameters the API shows again. */
const visible = (params: object) =>
	Object.fromEntries(Object.entries(present(params)).filter(([name]) => !name.startsWith('basic_auth_')));

/** Only one endpoint may be the site's primary one. */
function checkPrimary(core: Core, wanted: boolean | null | undefined, id?: string): void {
	const taken = [...core.state.webhookEndpoints.values()].some((endpoint) => endpoint.primary_url && endpoint.id !== id);
	if (wanted && taken) throw wrongValue('primary_url', 'belongs to another webhook endpoint');
}

export const webhookEndpointOperations = [
	operation(
		['POST', '/webhook_endpoints'],
		{
			...fields,
			name: text(50),
			url: text(512),
			chargebee_response_schema_type: z.enum(['plans_addons', 'items', 'compat']).nullish(),
		},
		(core, params) => {
			checkUrl(core, params.url);
			checkPrimary(core, params.primary_url);
			if (params.chargebee_response_schema_type && core.settings.catalog !== 'compat') {
				throw wrongValue('chargebee_response_schema_type', 'is for sites in compat mode only');
			}
			if (core.state.webhookEndpoints.size >= MAX_ENDPOINTS) {
				throw refusal(400, 'resource_limit_exhausted', `A site can have at most ${MAX_ENDPOINTS} webhook endpoints`);
			}
			const endpoint: WebhookEndpoint = {
				id: core.newId('we'),
				send_card_resource: false,
				disabled: false,
				primary_url: false,
				api_version: 'v2',
				enabled_events: [],
				object: 'webhook_endpoint',
				...visible(params),
				name: params.name,
				url: params.url,
			};
			core.state.webhookEndpoints.set(endpoint.id, endpoint);
			setAuth(core, endpoint.id, params);
			return { webhook_endpoint: endpoint };
		},
	),
	operation(['GET', '/webhook_endpoints'], PAGE, (core, params) =>
		listOf('webhook_endpoint', core.state.webhookEndpoints.values(), params),
	),
	operation(['GET', '/webhook_endpoints/:id'], {}, (core, _params, { id }) => ({ webhook_endpoint: find(core, id) })),
	operation(
		['POST', '/webhook_endpoints/:id'],
		{ ...fields, name: text(50).optional(), url: text(512).optional() },
		(core, params, { id }) => {
			const endpoint = find(core, id);
			if (params.url !== undefined) checkUrl(core, params.url);
			checkPrimary(core, params.primary_url, id);
			Object.assign(endpoint, visible(params));
			setAuth(core, id, params);
			return { webhook_endpoint: endpoint };
		},
	),
	operation(['POST', '/webhook_endpoints/:id/delete'], {}, (core, _params, { id }) => {
		const endpoint = find(core, id);
		core.state.webhookEndpoints.delete(id);
		core.state.basicAuth.delete(id);
		return { webhook_endpoint: endpoint };
	}),
];
