import type { Core } from './core';
import { emit } from './events';
import { recalculate } from './invoiceTotals';
import type { Invoice } from './invoiceTypes';
import type { Customer } from './types';
import { invoiceView } from './views';

export interface NewInvoice {
	customer: Customer;
	currency: string;
	reason: Invoice['billing_reason'];
	/** The subscription it bills, if any. */
	subscription?: { id: string; metadata: Record<string, string> };
	fields?: Partial<Invoice>;
	/** Puts lines on the draft before it is announced. */
	fill?: (invoice: Invoice) => void;
}

/** Stores a draft and announces it (`invoice.created`). */
export function createInvoice(core: Core, { customer, currency, reason, subscription, fields, fill }: NewInvoice): Invoice {
	const now = core.now();
	const invoice: Invoice = {
		id: core.newId('in'),
		object: 'invoice',
		amount_due: 0,
		amount_overpaid: 0,
		amount_paid: 0,
		amount_remaining: 0,
		attempt_count: 0,
		attempted: false,
		auto_advance: false,
		automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
		automatically_finalizes_at: null,
		billing_reason: reason,
		collection_method: 'charge_automatically',
		created: now,
		currency,
		custom_fields: customer.invoice_settings.custom_fields,
		customer: customer.id,
		customer_account: null,
		default_tax_rates: [],
		description: null,
		discounts: [],
		due_date: null,
		effective_at: null,
		ending_balance: null,
		footer: customer.invoice_settings.footer,
		from_invoice: null,
		livemode: false,
		metadata: {},
		number: null,
		parent: subscription
			? {
					quote_details: null,
					subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
					type: 'subscription_details',
				}
			: null,
		period_end: now,
		period_start: now,
		starting_balance: 0,
		statement_descriptor: null,
		status: 'draft',
		status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
		subtotal: 0,
		subtotal_excluding_tax: 0,
		total: 0,
		total_discount_amounts: [],
		total_excluding_tax: 0,
		total_taxes: [],
		webhooks_delivered_at: now,
		...fields,
	};
	core.state.invoices.set(invoice.id, invoice);
	fill?.(invoice);
	recalculate(core, invoice);
	emit(core, 'invoice.created', invoiceView(core, invoice.id));
	return invoice;
}

/** A draft inherits the customer's coupon. */
export function inheritedDiscounts(core: Core, customer: Customer): string[] {
	const coupon = customer.discount && core.state.coupons.get(customer.discount.source.coupon ?? '');
	if (!coupon) return [];
	const id = core.newId('di');
	core.state.discounts.set(id, coupon);
	return [id];
}
