import { z } from 'zod';

import { settled } from '../n8n/errors';
import { Failure } from '../shared/failure';
import type { M3terApi } from './api';
import {
	codeOf,
	CONFIGS,
	deleteParts,
	findParts,
	isEmpty,
	RULES,
	WEBHOOKS,
	type Config,
	type Parts,
	type Registration,
	type Rule,
	type Wanted,
	type WantedRule,
	type Webhook,
} from './webhookParts';
import { explainUnreachable } from './webhookReach';
import { randomToken, tokenIn, withToken } from './webhookToken';

/**
 * A trigger's registration in m3ter: a webhook destination, a notification rule per event type, and an integration config
 * linking each rule to the destination. All three are needed for anything to arrive.
 */

const DESCRIPTION = 'Managed by an n8n workflow: changed and removed by it.';

const idSchema = z.object({ id: z.string() });
const idOf = (answer: unknown): string => idSchema.parse(answer).id;

/**
 * Checks and repairs what is registered: a moved URL or a changed calculation is put in place, what is switched off is
 * switched on again, left-overs are deleted.
 * @returns undefined when a part is gone; what was left of the others is deleted, so that creating starts clean
 * @throws Failure whenever m3ter gave no clear answer: only a confirmed absence may lead to a second registration
 */
export async function checkRegistration(api: M3terApi, wanted: Wanted, stored: Partial<Registration>): Promise<Registration | undefined> {
	const parts = await findParts(api, wanted, stored);
	if (isEmpty(parts)) return undefined;
	const chosen = complete(parts, wanted);
	await deleteOrThrow(api, chosen === undefined ? parts : strays(parts, chosen));
	if (chosen === undefined) return undefined;

	const registration = registrationOf(chosen, stored);
	await putWebhook(api, chosen.webhook, wanted, registration);
	for (const [position, { rule, config }] of chosen.links.entries()) {
		await putRule(api, rule, wanted, wanted.rules[position]);
		if (config.enabled === false) await api.post(`${CONFIGS}/${config.id}/enable`, undefined, { repeatable: true });
	}
	return registration;
}

/** One complete set among the parts found, its links in the order of the wanted rules. */
interface Chosen {
	webhook: Webhook;
	links: Array<{ rule: Rule; config: Config }>;
}

function complete({ webhooks, rules, configs }: Parts, wanted: Wanted): Chosen | undefined {
	const [webhook] = webhooks;
	if (webhook === undefined) return undefined;
	const links = wanted.rules.flatMap(({ eventName }) => {
		const rule = rules.find((candidate) => candidate.eventName === eventName);
		const config = configs.find(({ entityId, destinationId, authorized }) => entityId === rule?.id && destinationId === webhook.id && authorized !== false);
		return rule === undefined || config === undefined ? [] : [{ rule, config }];
	});
	return links.length === wanted.rules.length ? { webhook, links } : undefined;
}

/** What belongs to this trigger but not to the chosen set: rules of events no longer wanted, doubles, dangling links. */
function strays({ webhooks, rules, configs }: Parts, { webhook, links }: Chosen): Parts {
	const kept = new Set([webhook.id, ...links.flatMap(({ rule, config }) => [rule.id, config.id])]);
	const ours = new Set(rules.map(({ id }) => id));
	return {
		webhooks: webhooks.filter(({ id }) => !kept.has(id)),
		rules: rules.filter(({ id }) => !kept.has(id)),
		configs: configs.filter(({ id, entityId }) => !kept.has(id) && ours.has(entityId ?? '')),
	};
}

async function deleteOrThrow(api: M3terApi, parts: Parts): Promise<void> {
	const [failure] = await deleteParts(api, parts);
	if (failure !== undefined) throw failure;
}

const registrationOf = ({ webhook, links }: Chosen, stored: Partial<Registration>): Registration => ({
	...newSecrets(),
	token: stored.token ?? tokenIn(webhook.url) ?? randomToken(),
	...(stored.apiKey !== undefined && stored.secret !== undefined ? { apiKey: stored.apiKey, secret: stored.secret } : {}),
	webhookId: webhook.id,
	rules: links.map(({ rule, config }) => ({ eventName: rule.eventName, ruleId: rule.id, configId: config.id })),
});

const newSecrets = () => ({ token: randomToken(), apiKey: `n8n-${randomToken()}`, secret: randomToken() });

const webhookBody = (wanted: Wanted, { token, apiKey, secret }: Pick<Registration, 'token' | 'apiKey' | 'secret'>) => ({
	name: wanted.name,
	description: DESCRIPTION,
	code: codeOf(wanted.url, 'webhook'),
	url: withToken(wanted.url, token),
	active: true,
	credentials: { type: 'M3TER_SIGNED_REQUEST', apiKey, secret, empty: false },
});

const ruleBody = (wanted: Wanted, { eventName, calculation }: WantedRule) => ({
	name: `${wanted.name}: ${eventName}`,
	description: DESCRIPTION,
	code: codeOf(wanted.url, eventName),
	eventName,
	active: true,
	...(calculation === '' ? { alwaysFireEvent: true } : { alwaysFireEvent: false, calculation }),
});

/** m3ter replaces the whole object, so all of it is sent, with the version that was read. */
async function putWebhook(api: M3terApi, current: Webhook, wanted: Wanted, registration: Registration): Promise<void> {
	const body = webhookBody(wanted, registration);
	if (current.url === body.url && current.code === body.code && current.active !== false) return;
	const outcome = await settled(async () => await api.put(`${WEBHOOKS}/${current.id}`, { ...body, version: current.version }));
	if (outcome instanceof Failure) throw explainUnreachable(outcome, wanted.url);
}

async function putRule(api: M3terApi, current: Rule, wanted: Wanted, rule: WantedRule): Promise<void> {
	const body = ruleBody(wanted, rule);
	const sameCalculation = rule.calculation === '' || current.calculation === rule.calculation;
	const same = current.code === body.code && current.active !== false && (current.alwaysFireEvent ?? false) === body.alwaysFireEvent && sameCalculation;
	if (same) return;
	if (!sameCalculation) await checkCalculation(api, rule);
	await api.put(`${RULES}/${current.id}`, { ...body, version: current.version });
}

/**
 * Registers a trigger. When a step fails, everything made so far is deleted again, the newest first; a step whose outcome
 * is unknown is looked up by its code.
 */
export async function createRegistration(api: M3terApi, wanted: Wanted, stored: Partial<Registration>): Promise<Registration> {
	for (const rule of wanted.rules) await checkCalculation(api, rule);
	const secrets = { ...newSecrets(), ...(stored.token === undefined ? {} : { token: stored.token }) };
	const outcome = await settled(async () => await createParts(api, wanted, secrets));
	if (!(outcome instanceof Failure)) return outcome;
	const leftOver = await removeRegistration(api, wanted, {});
	throw leftOver.length === 0 ? outcome : withLeftOver(outcome, wanted);
}

async function createParts(api: M3terApi, wanted: Wanted, secrets: Pick<Registration, 'token' | 'apiKey' | 'secret'>): Promise<Registration> {
	const made = await settled(async () => idOf(await api.post(WEBHOOKS, webhookBody(wanted, secrets))));
	if (made instanceof Failure) throw explainUnreachable(made, wanted.url);
	const registration: Registration = { ...secrets, webhookId: made, rules: [] };
	for (const rule of wanted.rules) {
		const ruleId = idOf(await api.post(RULES, ruleBody(wanted, rule)));
		const link = { entityType: 'Notification', entityId: ruleId, destination: 'Webhook', destinationId: made, configData: {} };
		const configId = idOf(await api.post(CONFIGS, { name: `${wanted.name}: ${rule.eventName}`, ...link }));
		registration.rules.push({ eventName: rule.eventName, ruleId, configId });
	}
	return registration;
}

const withLeftOver = (failure: Failure, { url, rules }: Wanted): Failure => {
	const codes = [codeOf(url, 'webhook'), ...rules.map(({ eventName }) => codeOf(url, eventName))].join(', ');
	const advice = `Parts of the registration may be left in m3ter (codes ${codes}); the next activation removes them.`;
	return new Failure(failure.kind, failure.message, { description: [failure.description, advice].filter(Boolean).join(' '), status: failure.status });
};

/** Deletes everything that belongs to a trigger. Returns why something may be left; never throws. */
export async function removeRegistration(api: M3terApi, wanted: Wanted, stored: Partial<Registration>): Promise<Failure[]> {
	const parts = await settled(async () => await findParts(api, wanted, stored));
	return parts instanceof Failure ? [parts] : await deleteParts(api, parts);
}

const evaluationSchema = z.object({ success: z.boolean(), errorMessage: z.string().nullish() });

/**
 * Lets m3ter judge a calculation before a rule is made of it.
 * @throws Failure `invalid-input` with m3ter's reason and the fields the event has
 */
export async function checkCalculation(api: M3terApi, { eventName, calculation }: WantedRule): Promise<void> {
	if (calculation === '') return;
	const answer = evaluationSchema.parse(await api.post('/notifications/evaluate', { eventName, calculation }, { repeatable: true }));
	// m3ter documents `success` both as "is valid" and as "is true": without a message it is the latter.
	if (answer.success || !answer.errorMessage) return;
	const fields = await fieldsOf(api, eventName);
	throw new Failure('invalid-input', "m3ter does not understand the 'Calculation'", {
		description: `${answer.errorMessage} (event ${eventName}).${fields.length > 0 ? ` Fields of this event: ${fields.join(', ')}.` : ''}`,
	});
}

const fieldsSchema = z.object({ events: z.record(z.record(z.string())).default({}) });

/** The fields a calculation can use; empty when m3ter does not tell. */
async function fieldsOf(api: M3terApi, eventName: string): Promise<string[]> {
	const outcome = await settled(async () => fieldsSchema.parse(await api.get('/events/fields', { eventName })));
	return outcome instanceof Failure ? [] : Object.keys(outcome.events[eventName] ?? {}).sort();
}
