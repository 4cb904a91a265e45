import type { IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';

import { inParallel } from '../../n8n/parallel';
import { settled, toItems, type ItemOutcome } from '../../n8n/errors';
import { chunk } from '../../shared/batching';
import { Failure } from '../../shared/failure';
import { m3terApi, type M3terApi } from '../api';
import { simplified } from '../operation';
import { billHeaderSchema, billIdOf, noSuchBill, type BillHeader } from './read';

/** m3ter states no maximum; small enough that one refusal costs little. */
const BILLS_PER_APPROVAL = 50;
const AT_ONCE = 5;

const FIELDS = ['action', 'dryRun', 'id', 'accountId', 'accountCode', 'status', 'locked', 'currency', 'billTotal', 'dtApproved'];

type Headers = Map<string, BillHeader>;

interface Change {
	/** What the output calls a bill that was changed; `unchanged` when it was so before. */
	action: 'approved' | 'pending' | 'locked';
	isDone(bill: BillHeader): boolean;
	/** Why the bill cannot be changed, as far as can be known before asking m3ter. */
	obstacle(bill: BillHeader): Failure | undefined;
	/** Asks m3ter; answers with the failures by bill id. What became of the bills is read afterwards. */
	perform(api: M3terApi, ids: string[]): Promise<Map<string, Failure>>;
}

export const lockedFailure = (bill: BillHeader) => new Failure('locked', 'The bill is locked', { description: `Bill ${bill.id} is locked and can never be changed again.` });

const CHANGES: Record<'approve' | 'setPending' | 'lock', Change> = {
	approve: {
		action: 'approved',
		isDone: ({ status }) => status === 'APPROVED',
		obstacle: (bill) => (bill.locked ? lockedFailure(bill) : undefined),
		perform: approve,
	},
	setPending: {
		action: 'pending',
		isDone: ({ status }) => status === 'PENDING',
		obstacle: (bill) => (bill.locked ? lockedFailure(bill) : undefined),
		perform: async (api, ids) => await oneByOne(ids, async (id) => await api.put(`/bills/${encodeURIComponent(id)}/status`, { status: 'PENDING' })),
	},
	lock: {
		action: 'locked',
		isDone: (bill) => bill.locked === true,
		obstacle: ({ id, status }) =>
			status === 'APPROVED' ? undefined : new Failure('conflict', 'The bill is not approved', { description: `Bill ${id} is ${String(status).toLowerCase()}. Only approved bills can be locked: approve it first.` }),
		perform: async (api, ids) => await oneByOne(ids, async (id) => await api.put(`/bills/${encodeURIComponent(id)}/lock`)),
	},
};

/** m3ter answers an approval without saying which bills it approved; a refused one is repeated bill by bill. */
async function approve(api: M3terApi, ids: string[]): Promise<Map<string, Failure>> {
	const approveSome = async (billIds: string[]) => await settled(async () => await api.post('/bills/approve', { billIds }, { repeatable: true }));
	const failures = await inParallel(chunk(ids, BILLS_PER_APPROVAL), AT_ONCE, async (part) => {
		const outcome = await approveSome(part);
		if (!(outcome instanceof Failure)) return [];
		if (part.length === 1 || (outcome.kind !== 'refused' && outcome.kind !== 'not-found')) return part.map((id): [string, Failure] => [id, outcome]);
		return [...(await oneByOne(part, async (id) => await api.post('/bills/approve', { billIds: [id] }, { repeatable: true })))];
	});
	return new Map(failures.flat());
}

async function oneByOne(ids: string[], work: (id: string) => Promise<unknown>): Promise<Map<string, Failure>> {
	const outcomes = await inParallel(ids, AT_ONCE, async (id) => await settled(async () => await work(id)));
	return new Map(outcomes.flatMap((outcome, index): Array<[string, Failure]> => (outcome instanceof Failure ? [[ids[index], outcome]] : [])));
}

export async function readHeaders(api: M3terApi, ids: string[]): Promise<Headers> {
	const rows = await api.listByValues('/bills', billHeaderSchema, 'ids', ids, { excludeLineItems: true, includeBillTotal: true });
	return new Map(rows.map((bill) => [bill.id, bill]));
}

type Outcomes = Map<string, JsonObject | Failure>;

/** Does something with the bills of all items at once; each item gets the outcome of its bill, or these `fields` of it when simplified. */
export async function forBills(context: IExecuteFunctions, fields: readonly string[], work: (api: M3terApi, ids: string[]) => Promise<Outcomes>): Promise<INodeExecutionData[]> {
	const ids = await Promise.all(context.getInputData().map(async (_item, index) => await settled(async () => billIdOf(context, index))));
	const distinct = [...new Set(ids.flatMap((id) => (id instanceof Failure ? [] : id)))];
	const outcomes = await settled(async () => await work(await m3terApi(context), distinct));
	const outcomeOfItem = (id: string | Failure, index: number): ItemOutcome => {
		if (id instanceof Failure) return id;
		const outcome = outcomes instanceof Failure ? outcomes : (outcomes.get(id) ?? noSuchBill(id));
		return outcome instanceof Failure ? outcome : simplified({ context, index }, outcome, fields);
	};
	return toItems(context, ids.map(outcomeOfItem));
}

/**
 * "Approve", "Set Pending" and "Lock" for the bills of all items at once. The bills are read before and after: what is
 * done already is left alone, and the outcome is what m3ter holds in the end, even when an answer was lost on the way.
 * "Dry Run" stops after the first reading.
 */
export async function changeBills(context: IExecuteFunctions, operation: keyof typeof CHANGES): Promise<INodeExecutionData[]> {
	const dryRun = context.getNodeParameter('dryRun', 0, false) === true;
	return await forBills(context, FIELDS, async (api, ids) => await changeAll(api, ids, CHANGES[operation], dryRun));
}

async function changeAll(api: M3terApi, ids: string[], change: Change, dryRun: boolean): Promise<Outcomes> {
	const before = await readHeaders(api, ids);
	if (dryRun) return new Map(ids.map((id) => [id, expected(id, before.get(id), change)]));
	const toChange = [...before.values()].filter((bill) => !change.isDone(bill) && change.obstacle(bill) === undefined).map(({ id }) => id);
	const failures = await change.perform(api, toChange);
	const after = await readHeaders(api, toChange);
	return new Map(ids.map((id) => [id, outcomeOf(id, before.get(id), after.get(id), failures.get(id), change)]));
}

/** What would become of a bill, with the bill as it is. */
function expected(id: string, bill: BillHeader | undefined, change: Change): JsonObject | Failure {
	if (bill === undefined) return noSuchBill(id);
	if (change.isDone(bill)) return { action: 'unchanged', dryRun: true, ...bill } as JsonObject;
	return change.obstacle(bill) ?? ({ action: change.action, dryRun: true, ...bill } as JsonObject);
}

function outcomeOf(id: string, before: BillHeader | undefined, after: BillHeader | undefined, failure: Failure | undefined, change: Change): JsonObject | Failure {
	if (before === undefined) return noSuchBill(id);
	if (change.isDone(before)) return { action: 'unchanged', ...before } as JsonObject;
	const obstacle = change.obstacle(before);
	if (obstacle !== undefined) return obstacle;
	if (after !== undefined && change.isDone(after)) return { action: change.action, ...after } as JsonObject;
	return withBill(id, failure ?? new Failure('conflict', 'm3ter left the bill as it was', { description: `It is ${String(after?.status).toLowerCase()}${after?.locked ? ' and locked' : ''}. It may have been recalculated meanwhile: run the node again.` }));
}

/** The failure, naming the bill it is about. */
export const withBill = (id: string, failure: Failure): Failure =>
	new Failure(failure.kind, failure.message, {
		description: `Bill ${id}: ${failure.description ?? failure.message}`,
		status: failure.status,
		retryAfterMs: failure.retryAfterMs,
		outcomeUnknown: failure.outcomeUnknown,
		details: { ...failure.details, billId: id },
	});
