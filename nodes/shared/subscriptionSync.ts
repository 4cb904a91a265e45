import { planAccountCreation, planAccountUpdate, type AccountStep, type KnownAccount } from './subscriptionAccount';
import type { SubscriptionEvent, SubscriptionItem } from './subscriptionEvent';
import { planAccountPlans, planEnd, type AccountPlanStep, type KnownAccountPlan, type KnownPlan } from './subscriptionPlans';
import { Failure } from './failure';

export type SyncMode = 'sync' | 'provision' | 'end';

export interface SyncOptions {
	mode: SyncMode;
	/** Start date of a plan that is attached. */
	startDate: 'subscriptionStart' | 'currentPeriodStart' | 'eventTime';
	/** When a change of plan, or the end of a removed item, takes effect. */
	changeDate: 'eventTime' | 'currentPeriodStart' | 'currentPeriodEnd';
	/** Sold items without a m3ter plan. */
	unmapped: 'fail' | 'skip';
	/** What a paused subscription does to its account plans. */
	whenPaused: 'keep' | 'end';
	/** Attach the plans of a subscription that had ended before m3ter knew it, for the time it ran. */
	attachEnded: boolean;
	/** Code of an account to be created or found; empty = the event's, else the customer id. */
	accountCode?: string;
	/** Used for an account to be created when the customer has no e-mail address. */
	fallbackEmail?: string;
}

/** What m3ter knows about the things one event is about. */
export interface SyncKnown {
	account?: KnownAccount;
	/** All account plans of that account, ended ones included. */
	accountPlans: readonly KnownAccountPlan[];
	/** m3ter plan of each sold item, by `planRef`. */
	plans: ReadonlyMap<string, KnownPlan>;
}

/** What is to be done, in order: the account first, then account plans (ends before beginnings). */
export interface SyncPlan {
	/** Why there is nothing to do at all. */
	skipped?: string;
	account?: AccountStep;
	accountPlans: AccountPlanStep[];
	warnings: string[];
}

export const skip = (reason: string): SyncPlan => ({ skipped: reason, accountPlans: [], warnings: [] });

/**
 * Decides how m3ter gets into the state an event describes. Pure: the same event and the same knowledge give the same steps,
 * and none once they are done, so that it may be run again after any crash, and for an event that arrives twice or late: an event
 * older than the last one applied is skipped, as soon as the subscription has an account plan that remembers the time of that one.
 * @throws Failure `invalid-input` when the event lacks what m3ter needs, `mapping-missing` naming every sold item without a plan.
 */
export function planSync(event: SubscriptionEvent, options: SyncOptions, known: SyncKnown): SyncPlan {
	if (event.type === 'customer.updated' && options.mode === 'sync') return planCustomer(event, known);
	const { subscription } = event;
	if (subscription === undefined) {
		throw new Failure('invalid-input', 'The event has no subscription', {
			description: `Event ${event.id} (${event.type}) of customer ${event.customer.id} describes no subscription. Only Sync takes 'customer.updated' events.`,
		});
	}
	const later = laterEvent(event, known);
	if (later !== undefined) return skip(`A later event of this subscription (${later}) has been applied already`);
	if (subscription.status === 'pending' && options.mode !== 'end') return skip('The subscription is pending: it is not to be billed yet');
	const pauseEnds = subscription.status === 'paused' && options.whenPaused === 'end';
	if (options.mode === 'end' || subscription.status === 'ended' || pauseEnds) return planEnded(event, options, known);
	return planRunning(event, options, known);
}

function planCustomer({ customer }: SubscriptionEvent, { account }: SyncKnown): SyncPlan {
	if (account === undefined) return skip('The customer has no m3ter account yet');
	return { account: planAccountUpdate(customer, account), accountPlans: [], warnings: [] };
}

/** Time of the newest event applied to this subscription, when it is later than this one's. */
function laterEvent({ occurredAt, subscription }: SubscriptionEvent, { accountPlans }: SyncKnown): string | undefined {
	const applied = accountPlans.flatMap((plan) => (plan.subscriptionId === subscription?.id && plan.eventTime !== undefined ? [plan.eventTime] : []));
	return applied.find((time) => Date.parse(time) > Date.parse(occurredAt));
}

function planEnded(event: SubscriptionEvent, options: SyncOptions, known: SyncKnown): SyncPlan {
	if (options.mode === 'provision') return skip(`The subscription is ${event.subscription?.status}: there is nothing to provision`);
	const own = known.accountPlans.some((plan) => plan.subscriptionId === event.subscription?.id);
	if (own) return { account: keep(known.account), ...planEnd(event, known) };
	if (options.attachEnded && options.mode === 'sync' && event.subscription?.status === 'ended') return planRunning(event, options, known);
	return { ...skip('The subscription has no account plan in m3ter: there is nothing to end'), account: keep(known.account) };
}

const keep = (account: KnownAccount | undefined): AccountStep | undefined =>
	account && { action: 'unchanged', id: account.id, code: account.code, map: false };

function planRunning(event: SubscriptionEvent, options: SyncOptions, known: SyncKnown): SyncPlan {
	const unmapped = (event.subscription?.items ?? []).filter(({ planRef }) => !known.plans.has(planRef));
	if (unmapped.length > 0 && options.unmapped === 'fail') throw plansMissing(event, unmapped);
	const account: AccountStep = known.account
		? { action: 'unchanged', id: known.account.id, code: known.account.code, map: known.account.mappedTo === undefined }
		: planAccountCreation(event, options);
	const plans = planAccountPlans(event, options, known);
	return {
		account,
		accountPlans: plans.accountPlans,
		warnings: [...mappedElsewhere(event, known.account), ...unmapped.map(skippedItem), ...plans.warnings],
	};
}

const mappedElsewhere = ({ customer, system }: SubscriptionEvent, account: KnownAccount | undefined): string[] =>
	account?.mappedTo !== undefined && account.mappedTo !== customer.id
		? [`Account ${account.code} was found by its code but is mapped to ${system} customer ${account.mappedTo}, not ${customer.id}. The mapping was left as it is.`]
		: [];

const nameOf = ({ planRef, name }: SubscriptionItem) => (name ? `${planRef} (${name})` : planRef);

const skippedItem = (item: SubscriptionItem) => `The item ${nameOf(item)} has no m3ter plan and was skipped`;

function plansMissing({ system, customer, subscription }: SubscriptionEvent, items: readonly SubscriptionItem[]): Failure {
	const list = items.map((item) => nameOf(item) + (item.planCode ? ` (its plan code '${item.planCode}' does not exist in m3ter)` : '')).join(', ');
	return new Failure('mapping-missing', items.length === 1 ? 'A sold item has no m3ter plan' : `${items.length} sold items have no m3ter plan`, {
		description:
			`${system} subscription ${subscription?.id} of customer ${customer.name ?? customer.id}: ${list}. ` +
			`Either add a row to 'Plan Table', or create the external mapping Plan → ${system} (External Mapping > Create or Update), ` +
			"or give the m3ter plan the same code, or set 'Unmapped Items' to 'Skip'.",
		details: { unmapped: items.map(({ planRef }) => planRef) },
	});
}
