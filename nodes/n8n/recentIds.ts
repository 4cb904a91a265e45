import type { IDataObject } from 'n8n-workflow';

const REMEMBERED = 500;

/**
 * Whether an event id was seen lately by this trigger; remembers it if not. Kept in the node's static data: enough for
 * re-deliveries, but not shared between n8n processes that answer at the same moment. What follows the trigger is
 * idempotent, so a repetition that slips through does no harm.
 */
export function seenBefore(staticData: IDataObject, id: string): boolean {
	const recent = Array.isArray(staticData.recentIds) ? staticData.recentIds.map(String) : [];
	if (recent.includes(id)) return true;
	staticData.recentIds = [...recent.slice(1 - REMEMBERED), id];
	return false;
}
