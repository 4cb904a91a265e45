import type { IWebhookFunctions } from 'n8n-workflow';

import { toFailure } from './errors';

/** A sender may deliver an event again, but not after thousands of others. */
const REMEMBERED = 1_000;

/**
 * What each trigger of this n8n process handled lately. n8n (2.41) saves a trigger's static data only when a delivery
 * starts no execution, so static data alone would forget exactly the deliveries that did.
 */
const inProcess = new Map<string, string[]>();

const keyOf = (context: IWebhookFunctions): string =>
	[context.getWorkflow().id, context.getNode().id, context.getNodeWebhookUrl('default')].join(' ');

function recentOf(context: IWebhookFunctions): string[] {
	const { recentIds } = context.getWorkflowStaticData('node');
	const saved = Array.isArray(recentIds) ? recentIds.map(String) : [];
	return [...new Set([...saved, ...(inProcess.get(keyOf(context)) ?? [])])];
}

/** Assigns a new list: n8n notices that the static data changed. */
function keep(context: IWebhookFunctions, ids: string[]): void {
	const kept = ids.slice(-REMEMBERED);
	inProcess.set(keyOf(context), kept);
	context.getWorkflowStaticData('node').recentIds = kept;
}

/** Whether any of these ids was remembered lately. */
export function isRecent(context: IWebhookFunctions, ids: readonly string[]): boolean {
	const recent = recentOf(context);
	return ids.some((id) => recent.includes(id));
}

/** Remembers ids, newest last. */
export const remember = (context: IWebhookFunctions, ids: readonly string[]): void => keep(context, [...recentOf(context), ...ids]);

/**
 * Those of some event ids that were not seen lately by this trigger; remembers them. Enough for re-deliveries, but not
 * shared between n8n processes that answer at the same moment. What follows the trigger is idempotent, so a repetition
 * that slips through does no harm.
 */
export function takeUnseen(context: IWebhookFunctions, ids: readonly string[]): string[] {
	const recent = recentOf(context);
	const unseen = [...new Set(ids)].filter((id) => !recent.includes(id));
	if (unseen.length > 0) remember(context, unseen);
	return unseen;
}

/** Forgets event ids that could not be processed, so that their next delivery is not taken for a repetition. */
export const forget = (context: IWebhookFunctions, ids: readonly string[]): void =>
	keep(context, recentOf(context).filter((id) => !ids.includes(id)));

/** Whether a subject's state differs from the one remembered last for it; remembers it in that one's place. */
export function isNewState(context: IWebhookFunctions, subject: string, state: string): boolean {
	const recent = recentOf(context);
	const id = `${subject}|${state}`;
	if (recent.includes(id)) return false;
	keep(context, [...recent.filter((entry) => !entry.startsWith(`${subject}|`)), id]);
	return true;
}

/** Runs `work` for an event that was not seen lately; undefined for a repetition. When `work` fails the event is forgotten again. */
export async function once<T>(context: IWebhookFunctions, id: string, work: () => Promise<T>): Promise<T | undefined> {
	if (takeUnseen(context, [id]).length === 0) return undefined;
	try {
		return await work();
	} catch (error) {
		forget(context, [id]);
		throw toFailure(error);
	}
}
