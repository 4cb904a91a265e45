/** The life of a subscription, with the events of each step; the calls are in subscriptionCalls.ts. */
import { notFound, refusal, wrongState } from './errors';
import { emit } from './events';
import { createInvoice, finalize, newLine } from './invoices';
import type { Core } from './state';
import { compose, recurringLines, type ItemRow } from './subscriptionItems';
import { termAround, termFrom } from './terms';
import type { Customer, EventType, Invoice, Subscription } from './types';

/** Same second counts as now: callers read the clock a little earlier than we do. */
const isPast = (core: Core, at: number) => at < core.now() - 60;

export function findSubscription(core: Core, id: string, param?: string): Subscription {
	const subscription = core.state.subscriptions.get(id);
	if (!subscription || subscription.deleted) throw notFound('subscription', id, param);
	return subscription;
}

export function customerOf(core: Core, { customer_id: id }: { customer_id: string }): Customer {
	const customer = core.state.customers.get(id);
	if (!customer) throw notFound('customer', id);
	return customer;
}

/** Marks the change and tells the world. */
export function announce(core: Core, type: EventType, subscription: Subscription, invoice?: Invoice): void {
	core.touch(subscription);
	emit(core, type, { subscription, customer: customerOf(core, subscription), ...(invoice && { invoice }) });
}

export const collects = (customer: Customer, subscription?: Subscription) =>
	(subscription?.auto_collection ?? customer.auto_collection) === 'on';

export interface NewSubscription {
	id?: string;
	rows: ItemRow[];
	startDate?: number;
	trialEnd?: number;
	firstInvoicePending?: boolean;
	/** Fields taken over as they are: `po_number`, `meta_data`, `create_pending_invoices`, `cf_…`. */
	fields?: Record<string, unknown>;
}

/** Future, in trial or active by its dates; a start before now makes the event the backdated twin. Throws 400, 404. */
export function createSubscription(
	core: Core,
	customer: Customer,
	given: NewSubscription,
): { subscription: Subscription; invoice?: Invoice } {
	const id = given.id ?? core.newId('sub');
	if (core.state.subscriptions.has(id))
		throw refusal(400, 'duplicate_entry', `The value ${id} is already present.`, { param: 'id' });
	const { items, currency, period, periodUnit } = compose(core, given.rows);
	const now = core.now();
	const start = given.startDate ?? now;
	const subscription: Subscription = {
		id,
		...given.fields,
		customer_id: customer.id,
		currency_code: currency,
		status: 'future',
		billing_period: period,
		billing_period_unit: periodUnit,
		start_date: start,
		created_at: now,
		updated_at: 0,
		resource_version: 0,
		has_scheduled_advance_invoices: false,
		has_scheduled_changes: false,
		due_invoices_count: 0,
		override_relationship: false,
		decommissioned: false,
		deleted: false,
		subscription_items: items,
		object: 'subscription',
	};
	core.state.subscriptions.set(id, subscription);
	if (start > now) subscription.next_billing_at = start;
	else begin(core, subscription, start, given.trialEnd);
	announce(core, start < now - 60 ? 'subscription_created_with_backdating' : 'subscription_created', subscription);
	const invoice = subscription.status === 'active' ? firstInvoice(core, subscription, given.firstInvoicePending) : undefined;
	return { subscription, invoice };
}

/** The start, into a trial or straight into the first term. */
function begin(core: Core, subscription: Subscription, start: number, trialEnd: number | undefined): void {
	subscription.started_at = start;
	if (trialEnd !== undefined && trialEnd > core.now()) {
		Object.assign(subscription, { status: 'in_trial', trial_start: start, trial_end: trialEnd, next_billing_at: trialEnd });
		return;
	}
	activateFrom(core, subscription, start);
}

function activateFrom(core: Core, subscription: Subscription, start: number): void {
	const { billing_period: count, billing_period_unit: unit } = subscription;
	Object.assign(subscription, { status: 'active', activated_at: start, ...termAround(start, core.now(), count, unit) });
}

/** The first invoice is pending only on request. */
function firstInvoice(core: Core, subscription: Subscription, pending = false): Invoice | undefined {
	const { current_term_start: from = 0, current_term_end: to = 0 } = subscription;
	const lines = recurringLines(core, subscription, from, to - 1);
	const customer = customerOf(core, subscription);
	const asPending = pending && core.settings.meteredBilling;
	if (lines.length === 0 && !asPending) return undefined;
	const invoice = createInvoice(core, {
		customer,
		subscriptionId: subscription.id,
		currency: subscription.currency_code,
		date: from,
		recurring: true,
		pending: asPending,
		lines,
	});
	if (!asPending) return finalize(core, invoice, collects(customer, subscription));
	emit(core, 'pending_invoice_created', { invoice });
	return invoice;
}

/** Ends the trial or the waiting; `at` in the past makes the event the backdated twin. Throws 409. */
export function activate(core: Core, subscription: Subscription, at = core.now()): Invoice | undefined {
	if (subscription.status !== 'future' && subscription.status !== 'in_trial') {
		throw wrongState(`The subscription '${subscription.id}' is ${subscription.status}`);
	}
	if (subscription.status === 'future') {
		subscription.started_at = at;
		activateFrom(core, subscription, at);
		announce(core, 'subscription_started', subscription);
	} else {
		subscription.trial_end = at;
		activateFrom(core, subscription, at);
	}
	announce(core, isPast(core, at) ? 'subscription_activated_with_backdating' : 'subscription_activated', subscription);
	return firstInvoice(core, subscription);
}

export interface Change {
	rows?: ItemRow[];
	endOfTerm?: boolean;
	/** When the change counts from; the past makes the event the backdated twin. */
	from?: number;
	fields?: Record<string, unknown>;
}

/** Other items or fields, now or at the end of the term. A dearer plan brings a pending invoice where those are on. Throws 400, 404, 409. */
export function changeSubscription(core: Core, subscription: Subscription, change: Change): void {
	if (subscription.status === 'cancelled') throw wrongState(`The subscription '${subscription.id}' is cancelled`);
	const next = change.rows && compose(core, change.rows);
	const later = change.endOfTerm === true || (change.from !== undefined && change.from > core.now());
	if (later && next) {
		const at = change.from ?? subscription.current_term_end ?? core.now();
		core.state.scheduledChanges.set(subscription.id, { at, items: next.items });
		Object.assign(subscription, { has_scheduled_changes: true, changes_scheduled_at: at });
		return announce(core, 'subscription_changes_scheduled', subscription);
	}
	const before = fixedFees(subscription);
	Object.assign(subscription, change.fields);
	if (next) subscription.subscription_items = next.items;
	announce(
		core,
		change.from !== undefined && isPast(core, change.from) ? 'subscription_changed_with_backdating' : 'subscription_changed',
		subscription,
	);
	prorate(core, subscription, fixedFees(subscription) - before);
}

const fixedFees = ({ subscription_items: items }: Subscription) => items.reduce((sum, { amount = 0 }) => sum + amount, 0);

/** The difference for the rest of the term, when it is to be charged. */
function prorate(core: Core, subscription: Subscription, difference: number): void {
	const { current_term_start: start = 0, current_term_end: end = 0, create_pending_invoices: pending } = subscription;
	const share = Math.max(0, Math.min(1, (end - core.now()) / (end - start)));
	const amount = Math.round(difference * share);
	if (subscription.status !== 'active' || amount < 1) return;
	const customer = customerOf(core, subscription);
	const description = 'Prorated charges for the rest of the term';
	const period = { dateFrom: core.now(), dateTo: end - 1 };
	const line = newLine(core, customer.id, {
		description,
		entityType: 'adhoc',
		unitAmount: amount,
		amount,
		...period,
		taxable: true,
		subscriptionId: subscription.id,
	});
	const common = {
		customer,
		subscriptionId: subscription.id,
		currency: subscription.currency_code,
		date: core.now(),
		recurring: true,
	};
	const asPending = pending === true && core.settings.meteredBilling;
	const invoice = createInvoice(core, { ...common, pending: asPending, lines: [line] });
	if (asPending) emit(core, 'pending_invoice_created', { invoice });
	else finalize(core, invoice, collects(customer, subscription));
}

/** Now, at a later time (non_renewing until then) or, for the backdated twin, at an earlier one. Throws 409. */
export function cancelSubscription(core: Core, subscription: Subscription, at = core.now()): void {
	if (subscription.status === 'cancelled') throw wrongState(`The subscription '${subscription.id}' is cancelled already`);
	const later = at > core.now();
	if (later && subscription.status === 'future') throw wrongState(`The subscription '${subscription.id}' has not started`);
	delete subscription.next_billing_at;
	subscription.cancelled_at = at;
	core.state.scheduledChanges.delete(subscription.id);
	Object.assign(subscription, { has_scheduled_changes: false, changes_scheduled_at: undefined });
	if (later) {
		Object.assign(subscription, { status: 'non_renewing', cancel_schedule_created_at: core.now() });
		return announce(core, 'subscription_cancellation_scheduled', subscription);
	}
	subscription.status = 'cancelled';
	delete subscription.cancel_schedule_created_at;
	announce(core, isPast(core, at) ? 'subscription_canceled_with_backdating' : 'subscription_cancelled', subscription);
}

/** Throws 409 unless a cancellation is scheduled. */
export function removeScheduledCancellation(core: Core, subscription: Subscription): void {
	if (subscription.status !== 'non_renewing')
		throw wrongState(`The subscription '${subscription.id}' has no scheduled cancellation`);
	delete subscription.cancelled_at;
	delete subscription.cancel_schedule_created_at;
	Object.assign(subscription, { status: 'active', next_billing_at: subscription.current_term_end });
	announce(core, 'subscription_scheduled_cancellation_removed', subscription);
}

/** Brings a cancelled subscription back under the same id. Throws 409. */
export function reactivate(core: Core, subscription: Subscription, from = core.now()): void {
	if (subscription.status !== 'cancelled') throw wrongState(`The subscription '${subscription.id}' is ${subscription.status}`);
	delete subscription.cancelled_at;
	const { billing_period: count, billing_period_unit: unit } = subscription;
	Object.assign(subscription, { status: 'active', activated_at: from, ...termFrom(from, count, unit) });
	announce(core, isPast(core, from) ? 'subscription_reactivated_with_backdating' : 'subscription_reactivated', subscription);
	firstInvoice(core, subscription);
}

/** Throws 409 unless active, and for `resume` unless paused. */
export function pause(core: Core, subscription: Subscription): void {
	if (subscription.status !== 'active') throw wrongState(`The subscription '${subscription.id}' is ${subscription.status}`);
	Object.assign(subscription, { status: 'paused', pause_date: core.now() });
	announce(core, 'subscription_paused', subscription);
}

export function resume(core: Core, subscription: Subscription): void {
	if (subscription.status !== 'paused') throw wrongState(`The subscription '${subscription.id}' is ${subscription.status}`);
	Object.assign(subscription, { status: 'active', resume_date: core.now() });
	announce(core, 'subscription_resumed', subscription);
}

export function deleteSubscription(core: Core, subscription: Subscription): void {
	subscription.deleted = true;
	announce(core, 'subscription_deleted', subscription);
}
