/** Stripe's invoicing objects as the sandbox keeps them. Amounts in minor units, times in epoch seconds. */
import type { CollectionMethod, CustomField, Metadata, Period, TaxBehavior, TaxRate } from './types';

export interface Tax {
	amount: number;
	tax_behavior: 'exclusive' | 'inclusive';
	tax_rate_details: { tax_rate: string } | null;
	taxability_reason: string;
	taxable_amount: number | null;
	type: 'tax_rate_details';
}

/** How a line is taxed: by rates (its own, or the invoice's), or by amounts worked out elsewhere. */
export interface LineTax {
	rates: TaxRate[];
	amounts?: Array<{ amount: number; inclusive: boolean; taxableAmount: number; reason: string; rate: string }>;
	behavior: TaxBehavior;
}

/** What an invoice item and the invoice line made of it have in common. */
export interface Charge {
	amount: number;
	currency: string;
	description: string | null;
	discountable: boolean;
	discounts: string[];
	livemode: boolean;
	metadata: Metadata;
	period: Period;
	pricing: {
		price_details?: { price: string; product: string };
		type: 'price_details';
		unit_amount_decimal: string | null;
	} | null;
	quantity: number;
	quantity_decimal: string;
}

export interface InvoiceItem extends Charge {
	id: string;
	object: 'invoiceitem';
	customer: string;
	customer_account: string | null;
	date: number;
	frozen_fields: Array<'discounts' | 'pricing' | 'quantity'>;
	invoice: string | null;
	invoicing_rules: [];
	parent: { subscription_details: { subscription: string; subscription_item?: string }; type: 'subscription_details' } | null;
	proration: boolean;
	tax_rates: TaxRate[];
	test_clock: null;
}

export interface Line extends Charge {
	id: string;
	object: 'line_item';
	discount_amounts: Array<{ amount: number; discount: string }>;
	invoice: string;
	parent:
		| {
				type: 'invoice_item_details';
				invoice_item_details: { invoice_item: string; proration: boolean; proration_details: null; subscription: string | null };
				subscription_item_details: null;
		  }
		| {
				type: 'subscription_item_details';
				invoice_item_details: null;
				subscription_item_details: {
					invoice_item: null;
					proration: boolean;
					proration_details: null;
					subscription: string;
					subscription_item: string;
				};
		  };
	pretax_credit_amounts: [];
	subscription: string | null;
	subtotal: number;
	taxes: Tax[];
}

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';

/** Its lines live in `state.lines`; `invoiceView` puts the first ten in, as Stripe does. */
export interface Invoice {
	id: string;
	object: 'invoice';
	amount_due: number;
	amount_overpaid: number;
	amount_paid: number;
	amount_remaining: number;
	attempt_count: number;
	attempted: boolean;
	auto_advance: boolean;
	automatic_tax: {
		disabled_reason: null;
		enabled: boolean;
		liability: { type: 'self' } | null;
		provider: string | null;
		status: 'complete' | 'requires_location_inputs' | null;
	};
	automatically_finalizes_at: number | null;
	billing_reason:
		| 'manual'
		| 'subscription_create'
		| 'subscription_cycle'
		| 'subscription_update'
		| 'automatic_pending_invoice_item_invoice';
	collection_method: CollectionMethod;
	created: number;
	currency: string;
	custom_fields: CustomField[] | null;
	customer: string;
	customer_account: string | null;
	default_tax_rates: TaxRate[];
	description: string | null;
	discounts: string[];
	due_date: number | null;
	effective_at: number | null;
	ending_balance: number | null;
	footer: string | null;
	from_invoice: { action: string; invoice: string } | null;
	livemode: boolean;
	metadata: Metadata;
	number: string | null;
	parent: {
		quote_details: null;
		subscription_details: { metadata: Metadata; subscription: string };
		type: 'subscription_details';
	} | null;
	period_end: number;
	period_start: number;
	starting_balance: number;
	statement_descriptor: string | null;
	status: InvoiceStatus;
	status_transitions: {
		finalized_at: number | null;
		marked_uncollectible_at: number | null;
		paid_at: number | null;
		voided_at: number | null;
	};
	subtotal: number;
	subtotal_excluding_tax: number;
	total: number;
	total_discount_amounts: Array<{ amount: number; discount: string }>;
	total_excluding_tax: number;
	total_taxes: Tax[];
	webhooks_delivered_at: number | null;
}
