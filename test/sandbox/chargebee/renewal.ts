/** The end of a term: what was waiting is invoiced, and the next term begins. */
import { wrongState } from './errors';
import { emit } from './events';
import { createInvoice, finalize, newLine, total } from './invoices';
import type { Core } from './state';
import { recurringLines } from './subscriptionItems';
import { announce, collects, customerOf } from './subscriptions';
import { termFrom } from './terms';
import type { Customer, Invoice, LineItem, Subscription } from './types';
import { takeUnbilled } from './unbilledBooks';

/**
 * Renews an active subscription, `at` its term end unless told otherwise. With pending invoices on, the invoice waits for usage:
 * it holds the new term's fixed fees and the unbilled charges, and its date is the new term's start. A non-renewing subscription ends instead.
 * Throws 409 for any other status.
 */
export function renew(
	core: Core,
	subscription: Subscription,
	at = subscription.current_term_end ?? core.now(),
): Invoice | undefined {
	if (subscription.status === 'non_renewing') {
		subscription.status = 'cancelled';
		delete subscription.cancel_schedule_created_at;
		announce(core, 'subscription_cancelled', subscription);
		return undefined;
	}
	if (subscription.status !== 'active') throw wrongState(`The subscription '${subscription.id}' is ${subscription.status}`);
	applyScheduledChange(core, subscription);
	Object.assign(subscription, termFrom(at, subscription.billing_period, subscription.billing_period_unit));
	const lines = [
		...recurringLines(core, subscription, at, (subscription.current_term_end ?? at) - 1),
		...termEndLines(core, subscription),
		...takeUnbilled(core, (charge) => charge.subscription_id === subscription.id),
	];
	const pending = subscription.create_pending_invoices === true && core.settings.meteredBilling;
	const invoice = bill(core, subscription, at, pending, lines);
	announce(core, 'subscription_renewed', subscription, invoice);
	return invoice;
}

function applyScheduledChange(core: Core, subscription: Subscription): void {
	const change = core.state.scheduledChanges.get(subscription.id);
	if (!change) return;
	core.state.scheduledChanges.delete(subscription.id);
	subscription.subscription_items = change.items;
	subscription.has_scheduled_changes = false;
	delete subscription.changes_scheduled_at;
	announce(core, 'subscription_changed', subscription);
}

function termEndLines(core: Core, subscription: Subscription): LineItem[] {
	const charges = core.state.termEndCharges.get(subscription.id) ?? [];
	core.state.termEndCharges.delete(subscription.id);
	return charges.map(({ amount, description, date_from: from = core.now(), date_to: to = core.now() }) => {
		const period = { dateFrom: from, dateTo: to };
		return newLine(core, subscription.customer_id, {
			description,
			entityType: 'adhoc',
			unitAmount: amount,
			amount,
			...period,
			taxable: true,
			subscriptionId: subscription.id,
		});
	});
}

function bill(core: Core, subscription: Subscription, date: number, pending: boolean, lines: LineItem[]): Invoice | undefined {
	const customer = customerOf(core, subscription);
	if (lines.length === 0 && !pending) return undefined;
	const consolidated = customer.consolidated_invoicing === true;
	const open = consolidated && pending ? openConsolidated(core, customer, subscription.currency_code, date) : undefined;
	if (open) {
		open.line_items.push(...lines);
		emit(core, 'pending_invoice_updated', { invoice: total(core, open) });
		return open;
	}
	const invoice = createInvoice(core, {
		customer,
		...(!consolidated && { subscriptionId: subscription.id }),
		currency: subscription.currency_code,
		date,
		recurring: true,
		pending,
		lines,
		...(subscription.po_number !== undefined && { poNumber: subscription.po_number }),
	});
	if (!pending) return finalize(core, invoice, collects(customer, subscription));
	emit(core, 'pending_invoice_created', { invoice });
	return invoice;
}

/** Subscriptions of one customer that renew on the same day share an invoice under consolidated invoicing. */
function openConsolidated(core: Core, customer: Customer, currency: string, date: number): Invoice | undefined {
	const day = (time: number) => Math.floor(time / 86_400);
	return [...core.state.invoices.values()].find(
		(invoice) =>
			invoice.customer_id === customer.id &&
			invoice.subscription_id === undefined &&
			invoice.status === 'pending' &&
			!invoice.deleted &&
			invoice.currency_code === currency &&
			day(invoice.date) === day(date),
	);
}
