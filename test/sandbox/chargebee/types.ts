/** Chargebee's objects, in the official SDK's types; times are UTC seconds, money is minor units. */
import type {
	Addon as SdkAddon,
	CreditNote as SdkCreditNote,
	Customer as SdkCustomer,
	Invoice as SdkInvoice,
	Item as SdkItem,
	ItemFamily as SdkItemFamily,
	ItemPrice as SdkItemPrice,
	Plan as SdkPlan,
	PromotionalCredit as SdkPromotionalCredit,
	Subscription as SdkSubscription,
	UnbilledCharge as SdkUnbilledCharge,
	WebhookEndpoint as SdkWebhookEndpoint,
	Currency as SdkCurrency,
	EventTypeEnum,
} from 'chargebee';

/** `T` with some optional fields always there. */
type With<T, K extends keyof T> = T & Required<Pick<T, K>>;
/** The named fields, without the index signature that custom fields need. */
type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

export type EventType = EventTypeEnum;
export type Customer = With<SdkCustomer, 'created_at' | 'updated_at' | 'resource_version' | 'preferred_currency_code'>;
export type SubscriptionItem = SdkSubscription.SubscriptionItem;
/** Kept with `subscription_items` in both catalogs: in catalog 1.0 the ids are those of plans and addons; views.ts shows it right. */
export type Subscription = With<
	SdkSubscription,
	| 'created_at'
	| 'updated_at'
	| 'resource_version'
	| 'subscription_items'
	| 'billing_period'
	| 'billing_period_unit'
	| 'start_date'
>;
export type LineItem = With<SdkInvoice.LineItem, 'id' | 'amount'>;
export type Discount = SdkInvoice.Discount;
export type Invoice = With<
	Omit<Named<SdkInvoice>, 'line_items'>,
	| 'date'
	| 'updated_at'
	| 'resource_version'
	| 'discounts'
	| 'notes'
	| 'applied_credits'
	| 'linked_payments'
	| 'total'
	| 'amount_due'
	| 'amount_paid'
	| 'amount_adjusted'
	| 'credits_applied'
> & { line_items: LineItem[]; object: 'invoice' };
export type UnbilledCharge = With<
	SdkUnbilledCharge,
	'id' | 'customer_id' | 'amount' | 'date_from' | 'date_to' | 'unit_amount' | 'description'
> & {
	object: 'unbilled_charge';
};
export type CreditNote = With<
	SdkCreditNote,
	'allocations' | 'line_items' | 'total' | 'amount_allocated' | 'amount_refunded' | 'amount_available'
>;
export type PromotionalCredit = SdkPromotionalCredit;
export type Item = SdkItem;
export type ItemFamily = SdkItemFamily;
export type ItemPrice = SdkItemPrice;
export type Plan = SdkPlan;
export type Addon = SdkAddon;
export type Currency = SdkCurrency;
export type WebhookEndpoint = With<SdkWebhookEndpoint, 'enabled_events' | 'send_card_resource'> & { object: 'webhook_endpoint' };

/** What an endpoint's deliveries carry; the API never shows it. */
export interface BasicAuth {
	username?: string;
	password?: string;
}

export type WebhookStatus = 'not_configured' | 'scheduled' | 'succeeded' | 're_scheduled' | 'failed' | 'disabled';
export type EventSource = 'admin_console' | 'api' | 'scheduled_job' | 'system';

/** Resources by name, as they were when the event happened. */
export type EventContent = Record<string, unknown> & { subscription?: Subscription; customer?: Customer; invoice?: Invoice };

export interface ChargebeeEvent {
	id: string;
	occurred_at: number;
	source: EventSource;
	user?: string;
	object: 'event';
	api_version: 'v1' | 'v2';
	event_type: EventType;
	content: EventContent;
	webhook_status: WebhookStatus;
	webhook_failure_reason?: string;
	webhooks: Array<{ id: string; webhook_status: WebhookStatus; object: 'webhook' }>;
}

/** How a subscription's objects are shown: catalog 2.0, catalog 1.0, or both at once. */
export type ResponseSchema = 'items' | 'plans_addons' | 'compat';
