import { z } from 'zod';

import { Failure } from '../shared/failure';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import { literal, type QuickBooksApi } from './api';
import { readSales, type SaleEntity, type SaleRef } from './sale';

/** Change data capture looks back 30 days and answers with 1,000 objects at most; a margin for clocks. */
const LOOK_BACK_MS = 30 * 86_400_000 - 600_000;
const CAPTURE_LIMIT = 1000;

const changedSchema = z.object({ Id: z.string(), status: z.string().nullish(), MetaData: z.object({ LastUpdatedTime: z.string() }).passthrough() }).passthrough();
type Changed = z.output<typeof changedSchema>;

/**
 * The current state of everything that changed since then, oldest change first: one request of change data capture, or
 * queries page by page where that does not reach (longer ago, or more objects).
 * @param since ISO date-time
 * @param statuses estimates in other statuses are left out
 */
export async function changedSales(api: QuickBooksApi, since: string, entities: readonly SaleEntity[], statuses: readonly string[], system: string): Promise<SubscriptionEvent[]> {
	const from = Date.parse(since);
	if (Number.isNaN(from)) {
		throw new Failure('invalid-input', "'Changed Since' is not a date", { description: `"${since}" cannot be read. Use an ISO date-time such as 2026-05-01T00:00:00Z.` });
	}
	if (entities.length === 0) return [];
	const changed = await readChanged(api, from, entities);
	const rows = [...changed].flatMap(([entity, list]) => list.filter(({ status }) => status !== 'Deleted').map((row) => ({ entity, row })));
	rows.sort((a, b) => Date.parse(a.row.MetaData.LastUpdatedTime) - Date.parse(b.row.MetaData.LastUpdatedTime));
	const refs = rows.map(({ entity, row }): SaleRef => ({ entity, id: row.Id }));
	return (await readSales(api, refs, system)).flatMap((sale) => {
		if (sale instanceof Failure) throw sale;
		return sale !== undefined && isWanted(sale, statuses) ? [sale] : [];
	});
}

/** Statuses that hide the acceptance of an estimate which was invoiced right after it. */
const AFTER_INVOICING: ReadonlySet<string> = new Set(['Closed', 'Converted']);

/** Customers always; estimates in one of the chosen statuses, those that were invoiced as accepted ones, too. */
export function isWanted({ subscription }: SubscriptionEvent, statuses: readonly string[]): boolean {
	const { txnStatus, invoiceId } = subscription?.metadata ?? {};
	if (txnStatus === undefined || statuses.includes(txnStatus)) return true;
	return invoiceId !== undefined && AFTER_INVOICING.has(txnStatus) && statuses.includes('Accepted');
}

async function readChanged(api: QuickBooksApi, from: number, entities: readonly SaleEntity[]): Promise<Map<SaleEntity, Changed[]>> {
	if (from > Date.now() - LOOK_BACK_MS) {
		const captured = await api.changedSince(entities, new Date(from).toISOString());
		const lists = new Map(entities.map((entity) => [entity, (captured.get(entity) ?? []).map((row) => changedSchema.parse(row))]));
		if ([...lists.values()].flat().length < CAPTURE_LIMIT) return lists;
	}
	const where = `MetaData.LastUpdatedTime >= ${literal(new Date(from).toISOString())}`;
	return new Map(await Promise.all(entities.map(async (entity): Promise<[SaleEntity, Changed[]]> => [entity, await api.query(entity, changedSchema, where)])));
}
