import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { settled, toNodeError } from '../n8n/errors';
import { isRecent, remember } from '../n8n/recentIds';
import { Failure } from '../shared/failure';
import { m3terApi, type M3terApi } from './api';
import { verifySignature } from './verifySignature';
import { eventSchema, readHints, type Hints, type M3terEvent } from './webhookBody';
import { stateOf, type TriggerState } from './webhookHooks';
import { findWebhook } from './webhookParts';
import { eventKey } from './webhookKeys';
import { sameToken, tokenIn, tokenOf } from './webhookToken';

/** m3ter's patience is not documented; beyond this its own repetition is the better retry. */
const DEADLINE_MS = 15_000;

/** What a trigger emits for one delivery. */
export interface Emission {
	json: IDataObject;
	/** Under which keys to recognise the same delivery, or the same state of the same entity, when it comes again. */
	keys: string[];
}

/** One delivery as a trigger handles it. */
export interface Notice {
	api: M3terApi;
	hints: Hints;
	/** The event read from m3ter, if an event id led to one. */
	event: M3terEvent | undefined;
}

/** What to emit; a text says why nothing could be read (logged as a warning); undefined: not wanted, e.g. filtered out. */
export type Read = (notice: Notice) => Promise<Emission | string | undefined>;

/**
 * Handles one delivery of m3ter: checks the token, reads what it is about from the m3ter API, drops repetitions.
 *
 * The answer tells m3ter what to do: 401 (wrong token) and 200 end the matter. 503 asks to send again, and is used only
 * when m3ter itself cannot be read at the moment: with a 200 that event would be lost for good. The price, m3ter counting
 * a failed delivery, is small: it is m3ter that was down, and the next activation switches a disabled integration on again.
 * A refusal that will not pass by itself (sign-in, permission) is thrown, so that it shows as a failed execution in n8n.
 * @param read what to emit for it; may take nothing but ids from the hints
 */
export async function receive(context: IWebhookFunctions, read: Read): Promise<IWebhookResponseData> {
	const state = stateOf(context);
	const outcome = await settled(async () => await withinDeadline(handle(context, state, read)));
	if (outcome instanceof Failure) {
		if (outcome.kind !== 'unavailable' && outcome.kind !== 'throttled') throw toNodeError(context.getNode(), outcome);
		context.logger.warn(`m3ter trigger "${context.getNode().name}": m3ter could not be read, so it is asked to deliver again`, { reason: outcome.description ?? outcome.message });
		return answer(context, 503);
	}
	if (typeof outcome === 'number') return answer(context, outcome);
	remember(context, outcome.keys);
	return { workflowData: [[{ json: outcome.json }]] };
}

/** What to emit, or the status to answer without starting an execution. */
async function handle(context: IWebhookFunctions, state: TriggerState, read: Read): Promise<Emission | number> {
	if (!(await isAuthentic(context, state))) return 401;
	const hints = readHints(bodyOf(context));
	if (hints.eventIds.length + hints.entityIds.length === 0) return ignored(context, 'the request names neither an event nor an entity');
	if (isRecent(context, hints.eventIds.map(eventKey))) return 200;

	const api = await m3terApi(context);
	const event = await readEvent(api, hints.eventIds);
	const emission = await read({ api, hints, event });
	if (emission === undefined) return 200;
	if (typeof emission === 'string') return ignored(context, emission);
	const keys = [...(event === undefined ? [] : [eventKey(event.id)]), ...emission.keys];
	return isRecent(context, keys) ? 200 : { ...emission, keys };
}

async function withinDeadline<T>(work: Promise<T>): Promise<T> {
	const late = new Promise<Failure>((resolve) => {
		AbortSignal.timeout(DEADLINE_MS).addEventListener('abort', () => resolve(new Failure('unavailable', 'm3ter did not answer in time')));
	});
	const first = await Promise.race([work, late]);
	if (first instanceof Failure) throw first;
	return first;
}

function ignored(context: IWebhookFunctions, why: string): number {
	context.logger.warn(`m3ter trigger "${context.getNode().name}" ignored a notification: ${why}`);
	return 200;
}

/** Answers by itself: n8n's own answer would have a body. */
function answer(context: IWebhookFunctions, status: number): IWebhookResponseData {
	context.getResponseObject().status(status).end();
	return { noWebhookResponse: true };
}

async function isAuthentic(context: IWebhookFunctions, state: TriggerState): Promise<boolean> {
	const given = tokenOf(context.getQueryData() as object);
	if (given === undefined) return false;
	state.token ??= await registeredToken(context);
	if (state.token === undefined || !sameToken(given, state.token)) return false;
	const { headers, rawBody } = context.getRequestObject();
	return verifySignature({ headers, rawBody: rawBody ?? Buffer.alloc(0), apiKey: state.apiKey, secret: state.secret }) !== 'refused';
}

/** The token as m3ter has it, for a node that was renamed or lost its memory. */
async function registeredToken(context: IWebhookFunctions): Promise<string | undefined> {
	const url = context.getNodeWebhookUrl('default');
	if (url === undefined) return undefined;
	const webhook = await findWebhook(await m3terApi(context), url);
	return webhook === undefined ? undefined : tokenIn(webhook.url);
}

/** The parsed body, or the text when n8n did not parse it (unknown content type). */
function bodyOf(context: IWebhookFunctions): unknown {
	const body: unknown = context.getBodyData();
	const parsed = body !== null && typeof body === 'object' && Object.keys(body).length > 0;
	return parsed ? body : context.getRequestObject().rawBody?.toString('utf8');
}

/** The first of the ids that m3ter knows as an event. */
async function readEvent(api: M3terApi, ids: readonly string[]): Promise<M3terEvent | undefined> {
	for (const id of ids) {
		const found = await api.find(`/events/${encodeURIComponent(id)}`);
		if (found !== undefined) return eventSchema.parse(found);
	}
	return undefined;
}
