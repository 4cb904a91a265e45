import type { SubscriptionEvent } from './subscriptionEvent';
import type { SyncKnown, SyncOptions } from './subscriptionSync';

export interface KnownPlan {
	id: string;
	code: string;
	productId?: string;
}

export interface KnownAccountPlan {
	id: string;
	planId?: string;
	productId?: string;
	startDate: string;
	/** Exclusive. */
	endDate?: string;
	/** Subscription of the event's system that it belongs to. */
	subscriptionId?: string;
	/** The external mapping to that subscription exists. */
	mapped: boolean;
	/** Time of the last event applied to it. */
	eventTime?: string;
}

export type AccountPlanAction = 'attached' | 'replaced' | 'ended' | 'endDateSet' | 'endDateCleared' | 'unchanged' | 'skipped';

export interface AccountPlanStep {
	action: AccountPlanAction;
	/** `update` also notes the subscription and the event on the account plan, whatever else changes. `delete`: it never started. */
	write: 'attach' | 'replace' | 'update' | 'delete' | 'none';
	/** The account plan changed or replaced; absent for `attach`. */
	accountPlanId?: string;
	/** Plan of the result. */
	planId?: string;
	startDate: string;
	endDate?: string;
	/** The external mapping to the subscription is to be written. */
	map: boolean;
}

interface Decision {
	accountPlans: AccountPlanStep[];
	warnings: string[];
}

const at = Date.parse;
const iso = (ms: number) => new Date(ms).toISOString();
/** m3ter's end dates are exclusive and lie after the start: this is the shortest an account plan can be. */
const SHORTEST_MS = 1_000;

const sameEnd = (a: string | undefined, b: string | undefined) => (a === undefined || b === undefined ? a === b : at(a) === at(b));
const newestFirst = (a: KnownAccountPlan, b: KnownAccountPlan) => at(b.startDate) - at(a.startDate);

/** `end`, or the earliest possible end for something that started at or after it. */
const endAfter = (startDate: string, end: string) => iso(Math.max(at(end), at(startDate) + SHORTEST_MS));

/** Attach, replace, adopt, end-date or leave: the account plans of a subscription that runs. */
export function planAccountPlans(event: SubscriptionEvent, options: SyncOptions, known: SyncKnown): Decision {
	const { subscription } = event;
	if (subscription === undefined) return { accountPlans: [], warnings: [] };
	const warnings: string[] = [];
	const wantedEnd = subscription.endDate ?? (subscription.status === 'ended' ? event.occurredAt : undefined);
	if (subscription.status === 'paused') warnings.push('The subscription is paused; m3ter knows no pause, so its account plans go on');
	const wanted = [...new Map(subscription.items.flatMap(({ planRef }) => known.plans.get(planRef) ?? []).map((plan) => [plan.id, plan])).values()];
	const everyItemKnown = subscription.items.every(({ planRef }) => known.plans.has(planRef));
	const free = known.accountPlans.filter((plan) => plan.subscriptionId === undefined || plan.subscriptionId === subscription.id);
	const live = free.filter((plan) => plan.endDate === undefined || at(plan.endDate) > at(event.occurredAt) || sameEnd(plan.endDate, wantedEnd));
	const over = new Map(wanted.map((plan) => [plan.id, endedBefore(plan, event, known)]));
	const matches = matchPlans(wanted.filter(({ id }) => over.get(id) === undefined), live, subscription.id);
	const endOf = (match: KnownAccountPlan) => wantedEnd ?? (subscription.endUnknown ? match.endDate : undefined);

	const steps: AccountPlanStep[] = [];
	const taken = new Set([...matches.values()].map(({ id }) => id));
	const removed = live.filter((plan) => plan.subscriptionId === subscription.id && !taken.has(plan.id));
	if (everyItemKnown && options.mode === 'sync') steps.push(...removed.map((plan) => endStep(plan, changeDate(event, options), event)));
	for (const plan of wanted) {
		const [match, ended] = [matches.get(plan.id), over.get(plan.id)];
		if (ended !== undefined) {
			steps.push(unchanged(ended));
			warnings.push(`Plan ${plan.code} of this subscription ended on ${ended.endDate} and is not attached again. If it was sold again, use Account Plan > Attach`);
		} else if (match === undefined) steps.push(attachStep(event, options, plan, wantedEnd, known, warnings));
		else if (match.planId === plan.id) steps.push(keepStep(match, endOf(match)));
		else steps.push(replaceStep(match, plan, endOf(match), event, options));
	}
	if (!everyItemKnown && removed.length > 0) {
		warnings.push('No account plan was ended for removed items, because not every item of the subscription has a m3ter plan');
	}
	return { accountPlans: noting(steps, known, event), warnings };
}

/**
 * Where the seller does not know the end: the account plan that ran last for this product of the subscription, when it is of this
 * very plan and has ended. Somebody ended it, and a seller who still sells it does not know.
 */
function endedBefore(plan: KnownPlan, { occurredAt, subscription }: SubscriptionEvent, { accountPlans }: SyncKnown): KnownAccountPlan | undefined {
	if (!subscription?.endUnknown) return undefined;
	const ofProduct = ({ planId, productId }: KnownAccountPlan) => planId === plan.id || (productId !== undefined && productId === plan.productId);
	const [last] = accountPlans.filter((own) => own.subscriptionId === subscription.id && ofProduct(own)).sort(newestFirst);
	return last?.planId === plan.id && last.endDate !== undefined && at(last.endDate) <= at(occurredAt) ? last : undefined;
}

/** Which account plan stands for which wanted plan: the same plan first, then one of the same product that it takes the place of. */
function matchPlans(wanted: readonly KnownPlan[], live: readonly KnownAccountPlan[], subscriptionId: string): Map<string, KnownAccountPlan> {
	const matches = new Map<string, KnownAccountPlan>();
	const untaken = () => live.filter((plan) => ![...matches.values()].includes(plan)).sort(newestFirst);
	const own = (plan: KnownAccountPlan) => plan.subscriptionId === subscriptionId;
	for (const plan of wanted) {
		const equal = untaken().filter(({ planId }) => planId === plan.id);
		const match = equal.find(own) ?? equal[0];
		if (match !== undefined) matches.set(plan.id, match);
	}
	for (const plan of wanted) {
		if (matches.has(plan.id) || plan.productId === undefined) continue;
		const sameProduct = untaken().filter(({ productId }) => productId === plan.productId);
		// Without a link to the subscription a plan is only replaced when there is no doubt which one.
		const match = sameProduct.find(own) ?? (sameProduct.length === 1 ? sameProduct[0] : undefined);
		if (match !== undefined) matches.set(plan.id, match);
	}
	return matches;
}

/** The same plan already: follow the end date of the subscription, and note the link where it is missing. */
function keepStep(current: KnownAccountPlan, wantedEnd: string | undefined): AccountPlanStep {
	const endDate = wantedEnd && endAfter(current.startDate, wantedEnd);
	if (!sameEnd(current.endDate, endDate)) return { ...unchanged(current), action: endDate === undefined ? 'endDateCleared' : 'endDateSet', write: 'update', endDate };
	return { ...unchanged(current), write: current.subscriptionId === undefined ? 'update' : 'none' };
}

/**
 * One account plan of the subscription has to bear the event's time, so that an older event is recognised as such. Where no step
 * writes it anyway and none bears it yet, one that stays unchanged gets it, be it one that ended before.
 */
function noting(steps: AccountPlanStep[], known: SyncKnown, { occurredAt, subscription }: SubscriptionEvent): AccountPlanStep[] {
	const deleted = new Set(steps.flatMap(({ write, accountPlanId }) => (write === 'delete' ? [accountPlanId] : [])));
	const own = known.accountPlans.filter(({ id, subscriptionId }) => subscriptionId === subscription?.id && !deleted.has(id)).sort(newestFirst);
	const borne = own.some(({ eventTime }) => eventTime !== undefined && at(eventTime) >= at(occurredAt));
	if (borne || steps.some(({ write }) => write !== 'none' && write !== 'delete')) return steps;
	const first = steps.findIndex(({ write }) => write === 'none');
	if (first >= 0) return steps.map((step, position) => (position === first ? { ...step, write: 'update' } : step));
	return [...steps, ...own.slice(0, 1).map((plan): AccountPlanStep => ({ ...unchanged(plan), write: 'update' }))];
}

const unchanged = ({ id, planId, startDate, endDate, mapped }: KnownAccountPlan): AccountPlanStep => ({
	action: 'unchanged',
	write: 'none',
	accountPlanId: id,
	planId,
	startDate,
	endDate,
	map: !mapped,
});

/** The account plan of an item that the subscription no longer has. */
function endStep(current: KnownAccountPlan, date: string, event: SubscriptionEvent): AccountPlanStep {
	const start = at(current.startDate);
	if (start >= at(date) && start >= at(event.occurredAt)) return { ...unchanged(current), action: 'ended', write: 'delete', endDate: current.startDate, map: false };
	const endDate = endAfter(current.startDate, date);
	if (current.endDate !== undefined && at(current.endDate) <= at(endDate)) return unchanged(current);
	return { ...unchanged(current), action: 'ended', write: 'update', endDate };
}

function attachStep(event: SubscriptionEvent, options: SyncOptions, plan: KnownPlan, wantedEnd: string | undefined, known: SyncKnown, warnings: string[]): AccountPlanStep {
	const wish = startOf(event, options);
	const startDate = startAfterEarlier(event, plan, known, wish);
	if (startDate !== wish) warnings.push(`Plan ${plan.code} starts on ${startDate} instead of ${wish}: the account had a plan of the product before`);
	return { action: 'attached', write: 'attach', planId: plan.id, startDate, endDate: wantedEnd && endAfter(startDate, wantedEnd), map: true };
}

/**
 * Not before the account's earlier plan of the product ended. When that belonged to the same subscription, this one resumes it:
 * with its new billing period, or with the event.
 */
function startAfterEarlier({ occurredAt, subscription }: SubscriptionEvent, plan: KnownPlan, known: SyncKnown, wish: string): string {
	const [last] = known.accountPlans
		.filter(({ productId, endDate }) => productId !== undefined && productId === plan.productId && endDate !== undefined && at(endDate) <= at(occurredAt))
		.sort((a, b) => at(b.endDate ?? '') - at(a.endDate ?? ''));
	if (last?.endDate === undefined || at(last.endDate) <= at(wish)) return wish;
	if (last.subscriptionId !== subscription?.id) return last.endDate;
	const period = subscription?.currentPeriodStart;
	return period !== undefined && at(period) >= at(last.endDate) ? period : occurredAt;
}

/** A change of plan ends the old account plan where the new one starts. Past the old one's end, the new one just follows it. */
function replaceStep(current: KnownAccountPlan, plan: KnownPlan, wantedEnd: string | undefined, event: SubscriptionEvent, options: SyncOptions): AccountPlanStep {
	const change = changeDate(event, options);
	const afterStart = at(change) > at(current.startDate) ? change : event.occurredAt;
	const startDate = endAfter(current.startDate, afterStart);
	const follows = current.endDate !== undefined && at(current.endDate) <= at(startDate);
	const start = follows && current.endDate !== undefined ? current.endDate : startDate;
	const endDate = wantedEnd && endAfter(start, wantedEnd);
	return { action: 'replaced', write: follows ? 'attach' : 'replace', accountPlanId: current.id, planId: plan.id, startDate: start, endDate, map: true };
}

function startOf({ subscription, occurredAt }: SubscriptionEvent, { startDate }: SyncOptions): string {
	if (startDate === 'eventTime' || subscription === undefined) return occurredAt;
	return startDate === 'currentPeriodStart' ? (subscription.currentPeriodStart ?? subscription.startDate) : subscription.startDate;
}

function changeDate({ subscription, occurredAt }: SubscriptionEvent, options: SyncOptions): string {
	if (options.changeDate === 'currentPeriodStart') return subscription?.currentPeriodStart ?? occurredAt;
	return options.changeDate === 'currentPeriodEnd' ? (subscription?.currentPeriodEnd ?? occurredAt) : occurredAt;
}

/**
 * Ends the account plans of a subscription that is over (or paused). When the subscription knows since when, the plans sold last
 * get exactly that end, also when they were to end earlier; what an earlier change had ended before stays as it is.
 */
export function planEnd(event: SubscriptionEvent, known: SyncKnown): Decision {
	const { subscription, occurredAt } = event;
	const said = subscription?.status === 'paused' ? undefined : subscription?.endDate;
	const own = known.accountPlans.filter(({ subscriptionId }) => subscriptionId === subscription?.id).sort(newestFirst);
	const plansSold = (subscription?.items ?? []).map(({ planRef }) => known.plans.get(planRef)?.id);
	const newestOfProduct = (plan: KnownAccountPlan) => own.find(({ productId }) => productId === plan.productId) === plan;
	const soldLast = new Set(own.filter((plan) => plan.planId !== undefined && plansSold.includes(plan.planId) && newestOfProduct(plan)).map(({ id }) => id));
	const steps = own.flatMap((plan): AccountPlanStep[] => {
		const endDate = endAfter(plan.startDate, said ?? occurredAt);
		const endsBefore = plan.endDate !== undefined && at(plan.endDate) < at(endDate);
		if (endsBefore && !soldLast.has(plan.id)) return [];
		const same = sameEnd(plan.endDate, endDate) || (endsBefore && (said === undefined || subscription?.endUnknown));
		return [same ? unchanged(plan) : { ...unchanged(plan), action: 'ended', write: 'update', endDate }];
	});
	return { accountPlans: noting(steps, known, event), warnings: [] };
}
