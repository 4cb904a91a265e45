/** Under which keys a trigger remembers a delivery, to know it when it comes again. */

export const eventKey = (eventId: string): string => `event:${eventId}`;

/** One state of a bill: an approval after a recalculation is a new version, hence a new key. */
export function billKey(bill: { id: string; version?: number; lastCalculatedDate?: string; status?: string; locked?: boolean | null }): string {
	return ['bill', bill.id, bill.version ?? bill.lastCalculatedDate ?? '', bill.status ?? '', bill.locked === true ? 'locked' : ''].join(':');
}
