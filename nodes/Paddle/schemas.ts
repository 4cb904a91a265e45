import { z } from 'zod';

/** What Paddle Billing (version 1) answers with, as far as the pack reads it. Amounts are text in minor units. */
const text = z.string().nullish().transform((value) => value ?? undefined);
const minor = z.string().regex(/^-?\d+$/).transform(Number);
const customData = z.record(z.unknown()).nullish().transform((value) => value ?? {});

export const pageOf = <S extends z.ZodTypeAny>(row: S) =>
	z.object({ data: z.array(row), meta: z.object({ pagination: z.object({ has_more: z.boolean() }).nullish() }).nullish() });

export const dataOf = <S extends z.ZodTypeAny>(entity: S) => z.object({ data: entity });

const quantityWindow = z.object({ minimum: z.number(), maximum: z.number() });

export const priceSchema = z.object({
	id: z.string(),
	product_id: z.string(),
	description: z.string(),
	name: text,
	type: text,
	tax_mode: z.enum(['account_setting', 'external', 'internal', 'location']).nullish(),
	unit_price: z.object({ amount: minor, currency_code: z.string() }),
	quantity: quantityWindow.nullish(),
	custom_data: customData,
});

export const productSchema = z.object({ id: z.string(), name: text, custom_data: customData });

const period = z.object({ starts_at: z.string(), ends_at: z.string() }).nullish();

export const transactionSchema = z.object({
	id: z.string(),
	status: z.string(),
	customer_id: text,
	address_id: text,
	business_id: text,
	subscription_id: text,
	currency_code: z.string(),
	origin: text,
	invoice_number: text,
	created_at: z.string(),
	billed_at: text,
	collection_mode: text,
	custom_data: customData,
	items: z.array(z.object({ price: priceSchema, quantity: z.number() })),
});

export const subscriptionSchema = z.object({
	id: z.string(),
	status: z.string(),
	customer_id: z.string(),
	address_id: text,
	business_id: text,
	currency_code: z.string(),
	created_at: z.string(),
	started_at: text,
	canceled_at: text,
	next_billed_at: text,
	current_billing_period: period,
	scheduled_change: z.object({ action: z.string(), effective_at: z.string() }).nullish(),
	items: z.array(z.object({ quantity: z.number(), price: priceSchema, product: productSchema.nullish() })),
	custom_data: customData,
	/** Only with `include=next_transaction`; null when nothing will be billed. */
	next_transaction: z
		.object({ details: z.object({ line_items: z.array(z.object({ price_id: text, product: z.object({ custom_data: customData }).nullish() })) }) })
		.nullish(),
});

export const customerSchema = z.object({ id: z.string(), name: text, email: text, custom_data: customData });

export const addressSchema = z.object({
	id: z.string(),
	status: text,
	first_line: text,
	second_line: text,
	city: text,
	region: text,
	postal_code: text,
	country_code: text,
});

export const businessSchema = z.object({ id: z.string(), status: text, name: text, custom_data: customData });

export const eventSchema = z.object({
	event_id: z.string(),
	event_type: z.string(),
	occurred_at: z.string(),
	data: z.object({ id: z.string() }).passthrough(),
});

/** The history of events also tells of entities this pack does not know. */
export const listedEventSchema = eventSchema.extend({ data: z.object({ id: text }).passthrough() });

export const notificationSettingSchema = z.object({
	id: z.string(),
	destination: z.string(),
	active: z.boolean(),
	traffic_source: text,
	subscribed_events: z.array(z.object({ name: z.string() })),
	endpoint_secret_key: z.string(),
});

/** Paddle Classic. Amounts are decimal text (or numbers) in the major unit. */
export const modifierSchema = z.object({
	modifier_id: z.number(),
	subscription_id: z.number(),
	amount: z.union([z.string(), z.number()]).transform(String),
	currency: text,
	is_recurring: z.union([z.boolean(), z.number()]).transform(Boolean),
	description: text,
});

export const classicUserSchema = z.object({
	subscription_id: z.number(),
	state: z.string(),
	last_payment: z.object({ date: z.string() }).nullish(),
	next_payment: z.object({ currency: z.string(), date: z.string() }).nullish(),
});

export type PaddlePrice = z.output<typeof priceSchema>;
export type PaddleTransaction = z.output<typeof transactionSchema>;
export type PaddleSubscription = z.output<typeof subscriptionSchema>;
export type PaddleCustomer = z.output<typeof customerSchema>;
export type PaddleEvent = z.output<typeof eventSchema>;
export type PaddleModifier = z.output<typeof modifierSchema>;
export type ClassicUser = z.output<typeof classicUserSchema>;
export type NotificationSetting = z.output<typeof notificationSettingSchema>;
