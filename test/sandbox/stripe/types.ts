/** Stripe's wire objects as the sandbox keeps and answers them (API 2026-10-28.endive). Amounts in minor units, times in epoch seconds. */

export type Metadata = Record<string, string>;

export interface Address {
	city: string | null;
	country: string | null;
	line1: string | null;
	line2: string | null;
	postal_code: string | null;
	state: string | null;
}

export interface Period {
	start: number;
	end: number;
}

export interface CustomField {
	name: string;
	value: string;
}

export interface Customer {
	id: string;
	object: 'customer';
	address: Address | null;
	balance: number;
	created: number;
	currency: string | null;
	customer_account: string | null;
	default_source: string | null;
	delinquent: boolean;
	description: string | null;
	discount: Discount | null;
	email: string | null;
	invoice_prefix: string;
	invoice_settings: {
		custom_fields: CustomField[] | null;
		default_payment_method: string | null;
		footer: string | null;
		rendering_options: { amount_tax_display: string | null; template: string | null } | null;
	};
	livemode: boolean;
	metadata: Metadata;
	name: string | null;
	next_invoice_sequence: number;
	phone: string | null;
	preferred_locales: string[];
	shipping: { address: Address; name: string; phone: string | null } | null;
	tax_exempt: 'none' | 'exempt' | 'reverse';
	test_clock: string | null;
}

export interface Discount {
	id: string;
	object: 'discount';
	checkout_session: string | null;
	customer: string | null;
	customer_account: string | null;
	end: number | null;
	invoice: string | null;
	invoice_item: string | null;
	promotion_code: string | null;
	source: { coupon: string | null; type: 'coupon' };
	start: number;
	subscription: string | null;
	subscription_item: string | null;
}

export interface TaxRate {
	id: string;
	object: 'tax_rate';
	active: boolean;
	country: string | null;
	created: number;
	description: string | null;
	display_name: string;
	effective_percentage: number | null;
	flat_amount: null;
	inclusive: boolean;
	jurisdiction: string | null;
	jurisdiction_level: null;
	livemode: boolean;
	metadata: Metadata;
	percentage: number;
	rate_type: 'percentage';
	state: string | null;
	tax_type: string | null;
}

export interface Product {
	id: string;
	object: 'product';
	active: boolean;
	created: number;
	default_price: string | null;
	description: string | null;
	images: string[];
	livemode: boolean;
	marketing_features: Array<{ name: string }>;
	metadata: Metadata;
	name: string;
	package_dimensions: null;
	shippable: boolean | null;
	statement_descriptor: string | null;
	tax_code: string | null;
	tax_details: { performance_location: string | null; tax_code: string | null } | null;
	type: 'service' | 'good';
	unit_label: string | null;
	updated: number;
	url: string | null;
}

export type Interval = 'day' | 'week' | 'month' | 'year';
export type TaxBehavior = 'exclusive' | 'inclusive' | 'unspecified';

export interface Price {
	id: string;
	object: 'price';
	active: boolean;
	billing_scheme: 'per_unit';
	created: number;
	currency: string;
	custom_unit_amount: null;
	livemode: boolean;
	lookup_key: string | null;
	metadata: Metadata;
	nickname: string | null;
	product: string;
	recurring: {
		interval: Interval;
		interval_count: number;
		meter: string | null;
		trial_period_days: number | null;
		usage_type: 'licensed' | 'metered';
	} | null;
	tax_behavior: TaxBehavior;
	tiers_mode: null;
	transform_quantity: null;
	type: 'one_time' | 'recurring';
	/** Null when the unit amount is not a whole number of minor units. */
	unit_amount: number | null;
	unit_amount_decimal: string;
}

export interface SubscriptionItem {
	id: string;
	object: 'subscription_item';
	billing_thresholds: null;
	created: number;
	current_period_end: number;
	current_period_start: number;
	current_trial: null;
	discounts: string[];
	metadata: Metadata;
	/** Absent on metered prices. */
	quantity?: number;
	price: Price;
	subscription: string;
	tax_rates: TaxRate[];
}

export type SubscriptionStatus =
	| 'active'
	| 'canceled'
	| 'incomplete'
	| 'incomplete_expired'
	| 'past_due'
	| 'paused'
	| 'trialing'
	| 'unpaid';
export type CollectionMethod = 'charge_automatically' | 'send_invoice';

/** Its items live in `state.subscriptionItems`; `subscriptionView` puts them in. */
export interface Subscription {
	id: string;
	object: 'subscription';
	billing_cycle_anchor: number;
	billing_mode: { flexible: { proration_discounts: 'included' | 'itemized' } | null; type: 'classic' | 'flexible' };
	cancel_at: number | null;
	cancel_at_period_end: boolean;
	canceled_at: number | null;
	cancellation_details: { comment: string | null; feedback: string | null; feedback_option: null; reason: string | null };
	collection_method: CollectionMethod;
	created: number;
	currency: string;
	customer: string;
	customer_account: string | null;
	days_until_due: number | null;
	default_payment_method: string | null;
	description: string | null;
	ended_at: number | null;
	latest_invoice: string | null;
	livemode: boolean;
	metadata: Metadata;
	pause_collection: { behavior: 'void' | 'keep_as_draft' | 'mark_uncollectible'; resumes_at: number | null } | null;
	pending_invoice_item_interval: { interval: Interval; interval_count: number } | null;
	schedule: string | null;
	start_date: number;
	status: SubscriptionStatus;
	trial_end: number | null;
	trial_start: number | null;
}

export interface CheckoutLineItem {
	id: string;
	object: 'item';
	adjustable_quantity: null;
	amount_discount: number;
	amount_subtotal: number;
	amount_tax: number;
	amount_total: number;
	currency: string;
	description: string;
	metadata: Metadata;
	price: Price;
	quantity: number | null;
}

export interface CheckoutSession {
	id: string;
	object: 'checkout.session';
	[field: string]: unknown;
	created: number;
	customer: string | null;
	customer_details: { email: string | null; [field: string]: unknown } | null;
	metadata: Metadata;
	status: 'open' | 'complete' | 'expired';
	subscription: string | null;
}

export interface WebhookEndpoint {
	id: string;
	object: 'webhook_endpoint';
	api_version: string | null;
	application: null;
	created: number;
	description: string | null;
	enabled_events: string[];
	livemode: boolean;
	metadata: Metadata;
	status: 'enabled' | 'disabled';
	url: string;
}

export interface StripeEvent {
	id: string;
	object: 'event';
	api_version: string;
	created: number;
	data: { object: Wire; previous_attributes?: Wire };
	livemode: boolean;
	pending_webhooks: number;
	request: { id: string | null; idempotency_key: string | null } | null;
	type: string;
}

/** Any JSON object on the wire. */
export type Wire = Record<string, unknown>;
