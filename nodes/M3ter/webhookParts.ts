import { z } from 'zod';

import { settled } from '../n8n/errors';
import { Failure } from '../shared/failure';
import { fingerprint } from '../shared/idempotency';
import type { M3terApi } from './api';
import { withoutToken } from './webhookToken';

/** The three kinds of objects a trigger owns in m3ter, and how they are found again. */
export const WEBHOOKS = '/integrationdestinations/webhooks';
export const RULES = '/notifications/configurations';
export const CONFIGS = '/integrationconfigs';

/** Marks what belongs to this pack, so that neither people nor m3ter's own workflows take it for theirs. */
const CODE_PREFIX = 'n8n_';

/** One notification rule: which event, and when it counts. */
export interface WantedRule {
	eventName: string;
	/** In m3ter's calculation language; empty = every event. */
	calculation: string;
}

/** What a trigger wants to be registered. */
export interface Wanted {
	/** The webhook URL n8n serves, without the token. */
	url: string;
	/** Name of the objects in the m3ter Console. */
	name: string;
	rules: readonly WantedRule[];
}

/** What is registered in m3ter; kept in the node's static data. */
export interface Registration {
	token: string;
	/** The credentials m3ter signs with; chosen by us, and never part of any output. */
	apiKey: string;
	secret: string;
	webhookId: string;
	rules: Array<{ eventName: string; ruleId: string; configId: string }>;
}

const webhookSchema = z.object({ id: z.string(), version: z.number(), code: z.string().nullish(), url: z.string(), active: z.boolean().nullish() });
const ruleSchema = z.object({
	id: z.string(),
	version: z.number(),
	code: z.string(),
	eventName: z.string(),
	active: z.boolean().nullish(),
	alwaysFireEvent: z.boolean().nullish(),
	calculation: z.string().nullish(),
});
const configSchema = z.object({
	id: z.string(),
	entityType: z.string(),
	entityId: z.string().nullish(),
	destinationId: z.string().nullish(),
	enabled: z.boolean().nullish(),
	authorized: z.boolean().nullish(),
});

export type Webhook = z.output<typeof webhookSchema>;
export type Rule = z.output<typeof ruleSchema>;
export type Config = z.output<typeof configSchema>;

/** Everything in m3ter that belongs to one webhook URL. */
export interface Parts {
	webhooks: Webhook[];
	rules: Rule[];
	configs: Config[];
}

/**
 * The code of an object, the same for the same URL and role, so that it is found without any memory.
 * @param role `webhook`, or the event name of a rule
 */
export const codeOf = (url: string, role: string): string => CODE_PREFIX + fingerprint([withoutToken(url), role]);

/** Finds the parts by stored ids where there are some, else by code, URL and links. Absent means: m3ter said so (404, or not in its list). */
export async function findParts(api: M3terApi, wanted: Wanted, stored: Partial<Registration>): Promise<Parts> {
	const webhooks = await findWebhooks(api, wanted.url, stored.webhookId);
	const linked = await Promise.all(webhooks.map(async ({ id }) => await api.list(CONFIGS, configSchema, { query: { destinationId: id }, pageSize: 200 })));
	const configs = linked.flat().filter(({ entityType }) => entityType === 'Notification');
	const rules = await findRules(api, wanted, stored, configs);
	// A rule without a link here may have one to a destination that is gone.
	const unlinked = rules.filter(({ id }) => !configs.some(({ entityId }) => entityId === id));
	const dangling = await Promise.all(unlinked.map(async ({ id }) => await configsOfRule(api, id)));
	return { webhooks, rules, configs: [...configs, ...dangling.flat()] };
}

async function findWebhooks(api: M3terApi, url: string, storedId: string | undefined): Promise<Webhook[]> {
	const stored = storedId === undefined ? undefined : await api.find(`${WEBHOOKS}/${storedId}`);
	if (stored !== undefined) return [webhookSchema.parse(stored)];
	const all = await api.list(WEBHOOKS, webhookSchema, { pageSize: 200 });
	const code = codeOf(url, 'webhook');
	const plain = withoutToken(url);
	return all.filter((webhook) => webhook.code === code || withoutToken(webhook.url) === plain);
}

/** The destination registered for a URL, when the node remembers nothing. */
export async function findWebhook(api: M3terApi, url: string): Promise<Webhook | undefined> {
	return (await findWebhooks(api, url, undefined))[0];
}

async function findRules(api: M3terApi, wanted: Wanted, stored: Partial<Registration>, configs: Config[]): Promise<Rule[]> {
	const ids = [...(stored.rules ?? []).map(({ ruleId }) => ruleId), ...configs.flatMap(({ entityId }) => entityId ?? [])];
	const byId = await Promise.all([...new Set(ids)].map(async (id) => await api.find(`${RULES}/${id}`)));
	// A rule somebody linked to this destination by hand stays theirs.
	const rules = byId.flatMap((rule) => (rule === undefined ? [] : [ruleSchema.parse(rule)])).filter(({ code }) => code.startsWith(CODE_PREFIX));
	for (const { eventName } of wanted.rules) {
		if (rules.some((rule) => rule.eventName === eventName)) continue;
		const code = codeOf(wanted.url, eventName);
		const sameEvent = await api.list(RULES, ruleSchema, { query: { eventName } });
		rules.push(...sameEvent.filter((rule) => rule.code === code));
	}
	return rules;
}

async function configsOfRule(api: M3terApi, ruleId: string): Promise<Config[]> {
	return await api.list(`${CONFIGS}/entity/Notification`, configSchema, { query: { entityId: ruleId }, pageSize: 200 });
}

export const isEmpty = ({ webhooks, rules, configs }: Parts): boolean => webhooks.length + rules.length + configs.length === 0;

/** Deletes parts, the link before what it links. What is already gone is fine; every other refusal is returned. */
export async function deleteParts(api: M3terApi, { webhooks, rules, configs }: Parts): Promise<Failure[]> {
	const paths = [
		...configs.map(({ id }) => `${CONFIGS}/${id}`),
		...rules.map(({ id }) => `${RULES}/${id}`),
		...webhooks.map(({ id }) => `${WEBHOOKS}/${id}`),
	];
	const failures: Failure[] = [];
	for (const path of paths) {
		const outcome = await settled(async () => await api.delete(path));
		if (outcome instanceof Failure && outcome.status !== 404) failures.push(outcome);
	}
	return failures;
}
