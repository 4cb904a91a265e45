import type { IDataObject } from 'n8n-workflow';

import { settled, toFailure } from '../../n8n/errors';
import type { Bill } from '../../shared/bill';
import { Failure } from '../../shared/failure';
import type { M3terApi } from '../api';
import { readAccounts, readBills } from '../bills';
import { readHints, subjectOf, type M3terEvent } from '../webhookBody';
import type { WantedRule } from '../webhookParts';
import { billKey } from '../webhookKeys';
import type { Emission, Notice } from '../webhookReceive';
import { checkCalculation } from '../webhookRule';
import { passes, type BillFilters } from './filters';

export type When = 'approved' | 'everyGeneration' | 'locked';

/**
 * m3ter has no event for approval or locking: both are updates of the bill, told apart by a calculation. A bill that is
 * recalculated goes back to PENDING, so that approving it again fires again.
 */
const RULES: Record<When, WantedRule[]> = {
	approved: [
		{
			eventName: 'billing.bill.updated',
			calculation: '(new.status == "APPROVED") AND ((old.status != "APPROVED") OR (old.status == null))',
		},
	],
	everyGeneration: [
		{ eventName: 'billing.bill.created', calculation: '' },
		{
			eventName: 'billing.bill.updated',
			calculation: '(new.lastCalculatedDate != old.lastCalculatedDate) OR (new.status != old.status)',
		},
	],
	locked: [
		{
			eventName: 'billing.bill.updated',
			calculation: '(new.locked == true) AND ((old.locked == false) OR (old.locked == null))',
		},
	],
};

/** The event types a mode listens to. */
export const eventNamesOf = (when: When): string[] => RULES[when].map(({ eventName }) => eventName);

/**
 * The notification rules of a mode. The calculations only spare deliveries, for every bill is read and judged again on
 * arrival: an organization whose bill events lack one of their fields gets a rule for every update instead.
 */
export async function billRules(api: M3terApi, when: When): Promise<WantedRule[]> {
	return await Promise.all(RULES[when].map(async (rule) => ((await isUnderstood(api, rule)) ? rule : { ...rule, calculation: '' })));
}

async function isUnderstood(api: M3terApi, rule: WantedRule): Promise<boolean> {
	const outcome = await settled(async () => await checkCalculation(api, rule));
	if (outcome instanceof Failure && outcome.kind !== 'invalid-input') throw toFailure(outcome);
	return !(outcome instanceof Failure);
}

const isWanted = (bill: Bill, when: When): boolean =>
	when === 'everyGeneration' || (when === 'approved' ? bill.status === 'APPROVED' : bill.locked === true);

/** The ids an event record may mean; normally the one of its entity. */
function idsOf(event: M3terEvent): string[] {
	const { id } = subjectOf(event);
	return id === undefined ? readHints(event.m3terEvent).entityIds : [id];
}

/**
 * The bill a notification is about, as it is now, with its account. What the event said may be outdated: a bill that was
 * recalculated since its approval is not emitted.
 */
export async function readBillItem({ api, hints, event }: Notice, when: When, filters: BillFilters): Promise<Emission | string | undefined> {
	const ids = event === undefined ? hints.entityIds : idsOf(event);
	const bills = ids.length === 0 ? new Map<string, Bill>() : await readBills(api, ids);
	const bill = ids.flatMap((id) => bills.get(id) ?? [])[0];
	if (bill === undefined) return `m3ter has no such bill${ids.length > 0 ? ` (${ids.join(', ')})` : ''}`;
	if (!isWanted(bill, when)) return undefined;
	const account = (await readAccounts(api, [bill.accountId])).get(bill.accountId);
	if (!passes(bill, account, filters)) return undefined;
	return { json: { ...bill, account: account ?? null } as unknown as IDataObject, keys: [billKey(bill)] };
}
