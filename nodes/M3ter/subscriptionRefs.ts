import { Failure } from '../shared/failure';
import type { M3terApi } from './api';
import type { BillJob } from './billTarget';
import { mappingsOf } from './mappings';
import { accountPlanSchema } from './schemas';

/** A subscription of the selling system that stands behind an account plan. */
export interface SubscriptionRef {
	accountId: string;
	planId?: string;
	subscriptionId: string;
	/** Whether the account plan is still running. */
	active: boolean;
}

/** Reads which subscriptions the account plans of some accounts are mapped to. One list per account, mappings in bulk. */
export async function readSubscriptionRefs(api: M3terApi, accountIds: readonly string[], system: string, table: string): Promise<SubscriptionRef[]> {
	const distinct = [...new Set(accountIds)];
	const lists = await Promise.all(
		distinct.map(async (account) => await api.list('/accountplans', accountPlanSchema, { query: { account, includeall: true } })),
	);
	const plans = new Map(lists.flat().map((plan) => [plan.id, plan]));
	const mappings = await mappingsOf(api, [...plans.keys()], system);
	return mappings.flatMap((mapping) => {
		const plan = plans.get(mapping.m3terId);
		if (plan === undefined || mapping.externalTable !== table) return [];
		const active = plan.endDate === undefined || Date.parse(plan.endDate) > Date.now();
		return [{ accountId: plan.accountId, planId: plan.planId, subscriptionId: mapping.externalId, active }];
	});
}

/** Subscriptions behind account plans, and behind whole accounts: m3ter's own integrations map those. */
export async function readAllSubscriptionRefs(api: M3terApi, accountIds: readonly string[], system: string, table: string): Promise<SubscriptionRef[]> {
	const [ofPlans, mappings] = await Promise.all([readSubscriptionRefs(api, accountIds, system, table), mappingsOf(api, accountIds, system)]);
	const ofAccounts = mappings.filter(({ externalTable }) => externalTable === table);
	return [...ofPlans, ...ofAccounts.map(({ m3terId, externalId }): SubscriptionRef => ({ accountId: m3terId, subscriptionId: externalId, active: true }))];
}

/**
 * The one subscription a bill belongs to: that of the plans on its lines, else the account's only one.
 * @throws Failure `mapping-missing` when there is none or the choice is not clear.
 */
export function subscriptionOfBill({ bill, account }: BillJob, refs: readonly SubscriptionRef[], system: string): string {
	const ofAccount = refs.filter((ref) => ref.accountId === account.id);
	const plansOnBill = new Set(bill.lineItems.map(({ planId }) => planId));
	const distinct = (list: readonly SubscriptionRef[]) => [...new Set(list.map(({ subscriptionId }) => subscriptionId))];
	const candidates = [ofAccount.filter((ref) => plansOnBill.has(ref.planId)), ofAccount.filter(({ active }) => active), ofAccount].map(distinct);
	const found = candidates.find(({ length }) => length > 0) ?? [];
	if (found.length === 1) return found[0];
	throw new Failure('mapping-missing', found.length === 0 ? `The account has no ${system} subscription` : `The account has several ${system} subscriptions`, {
		description:
			found.length === 0
				? `No account plan of account ${account.code} (bill ${bill.id}) is mapped to a ${system} subscription. Run m3ter Account/Plan: Sync for it, or choose 'By ID' in 'Subscription'.`
				: `Bill ${bill.id} of account ${account.code} could go to ${found.join(', ')}. Choose 'By ID' in 'Subscription'.`,
	});
}
