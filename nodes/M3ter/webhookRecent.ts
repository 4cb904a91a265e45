/**
 * How many deliveries a trigger remembers. m3ter may deliver an event again, but not after thousands of others.
 *
 * The list lives in the node's static data, which n8n loads before and saves after a delivery. Two deliveries handled at
 * the very same moment (more likely with several webhook processors in queue mode) may therefore both pass. That is why
 * nothing relies on it: sending the same bill twice changes nothing in the other system.
 */
const MAX_KEYS = 1_000;

export interface RecentKeys {
	recent?: string[];
}

export const isRecent = (state: RecentKeys, keys: readonly string[]): boolean => keys.some((key) => state.recent?.includes(key) === true);

/** Adds keys, newest last, and forgets the oldest. Assigns a new list: n8n notices that the static data changed. */
export function remember(state: RecentKeys, keys: readonly string[]): void {
	state.recent = [...(state.recent ?? []), ...keys].slice(-MAX_KEYS);
}

export const eventKey = (eventId: string): string => `event:${eventId}`;

/** One state of a bill: an approval after a recalculation is a new version, hence a new key. */
export function billKey(bill: { id: string; version?: number; lastCalculatedDate?: string; status?: string; locked?: boolean | null }): string {
	return ['bill', bill.id, bill.version ?? bill.lastCalculatedDate ?? '', bill.status ?? '', bill.locked === true ? 'locked' : ''].join(':');
}
