import type { IDataObject } from 'n8n-workflow';

import { toFailure } from './errors';

const REMEMBERED = 500;

/**
 * Whether an event id was seen lately by this trigger; remembers it if not. Kept in the node's static data: enough for
 * re-deliveries, but not shared between n8n processes that answer at the same moment. What follows the trigger is
 * idempotent, so a repetition that slips through does no harm.
 */
function seenBefore(staticData: IDataObject, id: string): boolean {
	const recent = Array.isArray(staticData.recentIds) ? staticData.recentIds.map(String) : [];
	if (recent.includes(id)) return true;
	staticData.recentIds = [...recent.slice(1 - REMEMBERED), id];
	return false;
}

/**
 * Runs `work` for an event that was not seen lately; undefined for a repetition. When `work` fails the event is
 * forgotten again, so that its next delivery is not taken for a repetition.
 */
export async function once<T>(staticData: IDataObject, id: string, work: () => Promise<T>): Promise<T | undefined> {
	const before = staticData.recentIds;
	if (seenBefore(staticData, id)) return undefined;
	try {
		return await work();
	} catch (error) {
		staticData.recentIds = before;
		throw toFailure(error);
	}
}
