 
import type { Router } from '../kit/http';
import { deliver } from '../kit/webhooks';
import { audit, badRequest, find, nextVersion, nowIso, type Context } from './context';
import { emit, showEvent } from './events';
import { boolParam, ok, omit, page } from './requests';
import { filtered, ORG, serveResource, store, type Resource } from './resource';
import { integrationConfig, webhook } from './schemas';
import type { EventRecord, IntegrationConfig, IntegrationRun, Notification, Webhook } from './state';

/** Outgoing webhooks: destinations, their links to rules, delivery, and the record of every delivery. */

const webhooks: Resource<Webhook, typeof webhook> = {
	path: '/integrationdestinations/webhooks',
	map: (state) => state.webhooks,
	schema: webhook,
	maxPageSize: 200,
	build(body, _context, previous) {
		if (!URL.canParse(body.url)) throw badRequest('url is not a URL');
		const { protocol, hostname } = new URL(body.url);
		if (!/^https?:$/.test(protocol)) throw badRequest('url must be http or https');
		// The real service looks the host up in DNS; `.invalid` is the name that never resolves. Loopback is allowed here.
		if (hostname.endsWith('.invalid')) throw badRequest(`The host ${hostname} cannot be resolved`);
		return { active: body.active ?? true, credentialsId: previous?.credentialsId ?? audit('').id };
	},
	show({ credentialsId, credentials, ...rest }) {
		return { ...rest, credentials: { ...credentials, id: credentialsId, version: rest.version, destination: 'WEBHOOK', destinationId: rest.id } };
	},
};

/** Credentials go in and never come out. */
const showConfig = (config: IntegrationConfig) => ({ ...config, credentials: undefined });

const configs: Resource<IntegrationConfig, typeof integrationConfig> = {
	path: '/integrationconfigs',
	map: (state) => state.integrationConfigs,
	schema: integrationConfig,
	maxPageSize: 200,
	withoutIds: true,
	filters: { destinationId: (config, values) => values.includes(config.destinationId ?? '') },
	build(body, { state }, previous) {
		if (body.entityType === 'Notification') find(state.notifications, body.entityId ?? '', 'Notification configuration not found');
		if (body.destination === 'Webhook') find(state.webhooks, body.destinationId ?? '', 'Webhook destination not found');
		return { authorized: true, enabled: previous?.enabled ?? true, triggerType: 'EVENT' };
	},
	show: showConfig,
};

function bodyOf(context: Context, event: EventRecord): unknown {
	const shown = showEvent(event);
	const { newDto, oldDto } = event.m3terEvent.eventData;
	if (context.settings.webhook.body === 'minimal') return { id: shown.id, eventName: shown.eventName };
	if (context.settings.webhook.body === 'entity') return newDto ?? oldDto ?? event.m3terEvent.eventData;
	return shown;
}

/** Sends the event to every enabled link of the rule, in the background. */
export function deliverNotification(context: Context, rule: Notification, event: EventRecord): void {
	for (const config of context.state.integrationConfigs.values()) {
		if (config.entityType !== 'Notification' || config.entityId !== rule.id || !config.enabled) continue;
		const target = context.state.webhooks.get(config.destinationId ?? '');
		if (!target?.active) continue;
		for (let copy = 0; copy < context.settings.webhook.copies; copy++) context.work.add(send(context, config.id, target, event));
	}
}

async function send(context: Context, configId: string, target: Webhook, event: EventRecord): Promise<void> {
	const { state, settings } = context;
	const body = JSON.stringify(bodyOf(context, event));
	const run: IntegrationRun = {
		...audit(nowIso(context)),
		entityType: 'Notification',
		entityId: state.integrationConfigs.get(configId)?.entityId ?? '',
		dtStarted: nowIso(context),
		status: 'STARTED',
		destination: 'Webhook',
		destinationId: target.id,
		url: target.url,
		externalId: event.id,
		payload: Buffer.from(body).toString('base64'),
	};
	state.integrationRuns.set(run.id, run);
	// The signature scheme of M3TER_SIGNED_REQUEST is not public, so nothing is sent in its place.
	const headers = { 'content-type': 'application/json', 'user-agent': 'm3ter-sandbox' };
	const { attempts, backoffMs, timeoutMs } = settings.webhook;
	const result = await deliver({ url: target.url, body, headers, attempts, backoffMs, timeoutMs });
	run.dtCompleted = nowIso(context);
	run.status = result.error ? 'ERROR' : 'COMPLETE';
	if (result.error) run.error = result.error;
	disableWhenFailing(context, configId, run);
}

/** Counts the failed runs at the end of the link's history and switches it off when there are too many. */
function disableWhenFailing(context: Context, configId: string, run: IntegrationRun): void {
	const config = context.state.integrationConfigs.get(configId);
	if (!config || run.status !== 'ERROR') return;
	const about = { integrationConfigId: configId, destination: run.destination, destinationId: run.destinationId };
	// Never about itself: a rule on integration errors whose own webhook is down would go on for ever.
	if (!runsOnErrors(context, config)) emit(context, 'integration.perform.error', { ...about, error: run.error, integrationRunId: run.id });
	const history = [...context.state.integrationRuns.values()].filter(
		(entry) => entry.entityId === run.entityId && entry.destinationId === run.destinationId && entry.dtCompleted,
	);
	const recent = history.slice(-context.settings.webhook.disableAfter);
	if (!config.enabled || recent.length < context.settings.webhook.disableAfter || recent.some(({ status }) => status !== 'ERROR')) return;
	store(context, configs, { ...config, enabled: false, ...nextVersion(context, config) }, config);
	emit(context, 'integration.disabled.error', { ...about, error: run.error });
}

function runsOnErrors(context: Context, config: IntegrationConfig): boolean {
	return context.state.notifications.get(config.entityId ?? '')?.eventName.startsWith('integration.') ?? false;
}

const showRun = (run: IntegrationRun) => omit(run, 'payload');

function serveRuns(router: Router, context: Context): void {
	const runs = () => [...context.state.integrationRuns.values()];
	const list = (select: (run: IntegrationRun, params: Record<string, string>) => boolean) => (request: Parameters<Parameters<Router['on']>[2]>[0]) => {
		const { query, params } = request;
		const [start, end, status] = [query.get('startDate'), query.get('endDate'), query.get('status')];
		const found = runs().filter(
			(run) => select(run, params) && (!start || run.dtStarted > start) && (!end || run.dtStarted <= end) && (!status || run.status === status),
		);
		return page(query.get('order') === 'ASC' ? found.reverse() : found, query, 200, showRun);
	};
	const latest = (type: string, ids: string[]) => {
		const run = runs().filter(({ entityType, entityId }) => entityType === type && ids.includes(entityId)).at(-1);
		return ok(showRun(find(new Map(run && [['run', run]]), 'run')));
	};
	router
		.on('GET', `${ORG}/integrationruns/:id`, ({ params }) => ok(showRun(find(context.state.integrationRuns, params.id))))
		.on('GET', `${ORG}/integrationruns/logs/:id`, ({ params }) => ok({ Payload: find(context.state.integrationRuns, params.id).payload }))
		.on('GET', `${ORG}/integrationruns/destinations/:id`, list((run, params) => run.destinationId === params.id))
		.on('GET', `${ORG}/integrationruns/:type/:id`, list((run, params) => run.entityType === params.type && run.entityId === params.id))
		.on('GET', `${ORG}/integrationruns/:type/latest/:id`, ({ params }) => latest(params.type, [params.id]))
		.on('GET', `${ORG}/integrationruns/:type/latest`, ({ params, query }) => latest(params.type, query.getAll('ids')));
}

export function serveWebhooks(router: Router, context: Context): void {
	serveResource(router, context, webhooks);
	serveResource(router, context, configs);
	serveRuns(router, context);
	router
		.on('PUT', `${ORG}${webhooks.path}/:id/active`, ({ params, query }) => {
			const previous = find(context.state.webhooks, params.id);
			const active = boolParam(query, 'active');
			if (active === undefined) throw badRequest('active is required');
			const changed = store(context, webhooks, { ...previous, active, ...nextVersion(context, previous) }, previous);
			return ok(webhooks.show?.(changed));
		})
		.on('POST', `${ORG}/integrationconfigs/:id/enable`, ({ params }) => {
			const previous = find(context.state.integrationConfigs, params.id);
			return ok(showConfig(store(context, configs, { ...previous, enabled: true, ...nextVersion(context, previous) }, previous)));
		})
		.on('GET', `${ORG}/integrationconfigs/entity/:entityType`, (request) => {
			const filters = { entityId: (config: IntegrationConfig, values: string[]) => values.includes(config.entityId ?? ''), ...configs.filters };
			const found = filtered(context.state.integrationConfigs, filters, request).filter((config) => config.entityType === request.params.entityType);
			return page(found, request.query, 200, showConfig);
		});
	serveCatalogue(router);
}

const SYSTEM = { identifier: 'Webhook', displayName: 'Webhook', validationSupported: false, supportedAuthTypes: ['M3TER_SIGNED_REQUEST'] };

/** What could be integrated: webhooks only, and they have no options. */
function serveCatalogue(router: Router): void {
	const available = `${ORG}/integrationconfigs/available`;
	router
		.on('GET', `${available}/systems`, () => ok([SYSTEM]))
		.on('GET', available, () => ok({ supportedEntities: {}, selectedConfigurations: {}, globalConfigurationOptions: [] }))
		.on('GET', `${available}/:system/entities`, () => ok([{ entityType: 'Notification' }]))
		.on('GET', `${available}/:system/auth/:entityType`, () => ok([]))
		.on('GET', `${ORG}/integrationconfigs/values/:system/:option`, () => ok({}))
		.on('GET', `${ORG}/integrationdestinations/marketplace/usageReport`, ({ query }) => page([], query, 50));
}
