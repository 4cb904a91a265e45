import type { IDataObject } from 'n8n-workflow';

import { toFailure } from './errors';

const REMEMBERED = 500;

const recentOf = (staticData: IDataObject) => (Array.isArray(staticData.recentIds) ? staticData.recentIds.map(String) : []);

/**
 * Those of some event ids that were not seen lately by this trigger; remembers them. Kept in the node's static data: enough
 * for re-deliveries, but not shared between n8n processes that answer at the same moment. What follows the trigger is
 * idempotent, so a repetition that slips through does no harm.
 */
export function takeUnseen(staticData: IDataObject, ids: readonly string[]): string[] {
	const recent = recentOf(staticData);
	const unseen = [...new Set(ids)].filter((id) => !recent.includes(id));
	if (unseen.length > 0) staticData.recentIds = [...recent, ...unseen].slice(-REMEMBERED);
	return unseen;
}

/** Forgets event ids that could not be processed, so that their next delivery is not taken for a repetition. */
export function forget(staticData: IDataObject, ids: readonly string[]): void {
	staticData.recentIds = recentOf(staticData).filter((id) => !ids.includes(id));
}

/** Runs `work` for an event that was not seen lately; undefined for a repetition. When `work` fails the event is forgotten again. */
export async function once<T>(staticData: IDataObject, id: string, work: () => Promise<T>): Promise<T | undefined> {
	if (takeUnseen(staticData, [id]).length === 0) return undefined;
	try {
		return await work();
	} catch (error) {
		forget(staticData, [id]);
		throw toFailure(error);
	}
}
