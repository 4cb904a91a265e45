/** Paddle Billing's entities; amounts are strings in minor units, times RFC 3339. */

export type Money = { amount: string; currency_code: string };
export type CustomData = Record<string, unknown> | null;
export type Status = 'active' | 'archived';
export type Interval = 'day' | 'week' | 'month' | 'year';
export type Duration = { interval: Interval; frequency: number };
export type TimePeriod = { starts_at: string; ends_at: string };
export type CollectionMode = 'automatic' | 'manual';

interface Entity {
	id: string;
	custom_data: CustomData;
	created_at: string;
	updated_at: string;
	import_meta: null;
}

export interface Customer extends Entity {
	name: string | null;
	email: string;
	marketing_consent: boolean;
	locale: string;
	status: Status;
}

export interface Address extends Entity {
	customer_id: string;
	description: string | null;
	first_line: string | null;
	second_line: string | null;
	city: string | null;
	postal_code: string | null;
	region: string | null;
	country_code: string;
	status: Status;
}

export interface Business extends Entity {
	customer_id: string;
	name: string;
	company_number: string | null;
	tax_identifier: string | null;
	contacts: Array<{ name: string; email: string }>;
	status: Status;
}

export interface Product extends Entity {
	name: string;
	description: string | null;
	/** `custom` ones are made on the fly, readable by id and never listed. */
	type: 'standard' | 'custom';
	tax_category: string;
	image_url: string | null;
	status: Status;
}

export interface Price extends Entity {
	product_id: string;
	description: string;
	type: 'standard' | 'custom';
	name: string | null;
	billing_cycle: Duration | null;
	trial_period: Duration | null;
	tax_mode: 'account_setting' | 'external' | 'internal' | 'location';
	unit_price: Money;
	unit_price_overrides: Array<{ country_codes: string[]; unit_price: Money }>;
	quantity: { minimum: number; maximum: number };
	status: Status;
}

export interface Totals {
	subtotal: string;
	discount: string;
	tax: string;
	total: string;
}

export interface LineItem {
	id: string;
	price_id: string;
	quantity: number;
	proration: null;
	tax_rate: string;
	unit_totals: Totals;
	totals: Totals;
	product: Product;
}

export interface Details {
	tax_rates_used: Array<{ tax_rate: string; totals: Totals }>;
	totals: Totals & {
		credit: string;
		credit_to_balance: string;
		balance: string;
		grand_total: string;
		fee: string | null;
		earnings: string | null;
		currency_code: string;
	};
	line_items: LineItem[];
}

export interface TransactionDetails extends Details {
	adjusted_totals: {
		subtotal: string;
		tax: string;
		total: string;
		grand_total: string;
		fee: string | null;
		earnings: string | null;
		currency_code: string;
	};
	payout_totals: null;
	adjusted_payout_totals: null;
}

export interface BillingDetails {
	payment_terms: Duration;
	enable_checkout: boolean;
	purchase_order_number: string;
	additional_information: string | null;
}

/** One entry of a transaction or a charge. */
export interface Item {
	price: Price;
	product: Product;
	quantity: number;
}

export type TransactionStatus = 'draft' | 'ready' | 'billed' | 'paid' | 'completed' | 'canceled' | 'past_due';
export type TransactionOrigin = 'api' | 'web' | 'subscription_charge' | 'subscription_recurring' | 'subscription_update';

export interface Transaction {
	id: string;
	status: TransactionStatus;
	customer_id: string | null;
	address_id: string | null;
	business_id: string | null;
	custom_data: CustomData;
	currency_code: string;
	origin: TransactionOrigin;
	subscription_id: string | null;
	invoice_id: string | null;
	invoice_number: string | null;
	collection_mode: CollectionMode;
	discount_id: null;
	billing_details: BillingDetails | null;
	billing_period: TimePeriod | null;
	items: Array<{ price_id: string; price: Price; quantity: number; proration: null }>;
	details: TransactionDetails;
	payments: Payment[];
	checkout: { url: string | null };
	created_at: string;
	updated_at: string;
	billed_at: string | null;
	revised_at: string | null;
}

export interface Payment {
	payment_attempt_id: string;
	stored_payment_method_id: string;
	payment_method_id: string | null;
	amount: string;
	status: 'captured';
	error_code: null;
	method_details: { type: 'card' | 'wire_transfer'; underlying_details: null; card: null };
	created_at: string;
	captured_at: string;
}

export interface SubscriptionItem {
	status: 'active' | 'trialing' | 'inactive';
	quantity: number;
	recurring: boolean;
	created_at: string;
	updated_at: string;
	previously_billed_at: string | null;
	next_billed_at: string | null;
	trial_dates: TimePeriod | null;
	price: Price;
	product: Product;
}

export interface ScheduledChange {
	action: 'cancel' | 'pause' | 'resume';
	effective_at: string;
	resume_at: string | null;
}

export interface Subscription extends Entity {
	status: 'active' | 'canceled' | 'past_due' | 'paused' | 'trialing';
	customer_id: string;
	address_id: string;
	business_id: string | null;
	currency_code: string;
	started_at: string | null;
	first_billed_at: string | null;
	next_billed_at: string | null;
	paused_at: string | null;
	canceled_at: string | null;
	discount: null;
	collection_mode: CollectionMode;
	billing_details: BillingDetails | null;
	current_billing_period: TimePeriod | null;
	billing_cycle: Duration;
	scheduled_change: ScheduledChange | null;
	management_urls: { update_payment_method: string | null; cancel: string };
	items: SubscriptionItem[];
}

export interface AdjustmentItem {
	id: string;
	item_id: string;
	type: 'full' | 'partial' | 'tax' | 'proration';
	amount: string;
	proration: null;
	totals: { subtotal: string; tax: string; total: string };
}

export interface Adjustment {
	id: string;
	action: 'credit' | 'refund';
	type: 'full' | 'partial';
	transaction_id: string;
	subscription_id: string | null;
	customer_id: string;
	reason: string;
	credit_applied_to_balance: boolean | null;
	currency_code: string;
	status: 'pending_approval' | 'approved' | 'rejected' | 'reversed';
	items: AdjustmentItem[];
	totals: { subtotal: string; tax: string; total: string; fee: string; earnings: string; currency_code: string };
	payout_totals: null;
	tax_rates_used: Array<{ tax_rate: string; totals: { subtotal: string; tax: string; total: string } }>;
	created_at: string;
	updated_at: string;
}

export interface NotificationSetting {
	id: string;
	description: string;
	type: 'url' | 'email';
	destination: string;
	active: boolean;
	api_version: number;
	include_sensitive_fields: boolean;
	/** Names; shown as objects. */
	subscribed_events: string[];
	endpoint_secret_key: string;
	traffic_source: 'platform' | 'simulation' | 'all';
}

export interface PaddleEvent {
	event_id: string;
	event_type: string;
	occurred_at: string;
	data: object;
}

export interface NotificationLog {
	id: string;
	response_code: number;
	response_content_type: string | null;
	response_body: string;
	attempted_at: string;
}

export interface Notification {
	id: string;
	type: string;
	status: 'not_attempted' | 'needs_retry' | 'delivered' | 'failed';
	payload: PaddleEvent & { notification_id: string };
	occurred_at: string;
	delivered_at: string | null;
	replayed_at: string | null;
	origin: 'event' | 'replay';
	last_attempt_at: string | null;
	retry_at: string | null;
	times_attempted: number;
	notification_setting_id: string;
}
