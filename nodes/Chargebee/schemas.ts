import { z } from 'zod';

/** What Chargebee answers with, as far as the pack reads it. Times are UTC seconds, amounts minor units. */
const text = z.string().nullish().transform((value) => value ?? undefined);
const number = z.number().nullish().transform((value) => value ?? undefined);
const flag = z.boolean().nullish().transform((value) => value ?? false);

/** `{list: [{<name>: …}], next_offset}` → the rows without their wrapping. */
export const listOf = <S extends z.ZodTypeAny>(name: string, row: S) =>
	z
		.object({ list: z.array(z.object({ [name]: row })), next_offset: z.string().nullish() })
		.transform(({ list, next_offset: next }) => ({ rows: list.map((entry) => entry[name] as z.output<S>), next: next ?? undefined }));

/** `1.0` knows plans and addons, `2.0` items and item prices (also in compat mode). */
export type Catalog = '1.0' | '2.0';

export const configurationsSchema = z
	.object({ configurations: z.array(z.object({ product_catalog_version: z.string() })).min(1) })
	.transform(({ configurations: [first] }): Catalog => (first.product_catalog_version === 'v1' ? '1.0' : '2.0'));

const chargeShape = {
	id: z.string(),
	amount: number,
	description: text,
	date_from: number,
	date_to: number,
	entity_type: z.string(),
	entity_id: text,
	subscription_id: text,
};

export const lineItemSchema = z.object(chargeShape);

export const invoiceSchema = z.object({
	id: z.string(),
	status: z.enum(['paid', 'posted', 'payment_due', 'not_paid', 'voided', 'pending']),
	customer_id: z.string(),
	subscription_id: text,
	currency_code: z.string(),
	date: number,
	po_number: text,
	deleted: flag,
	line_items: z.array(lineItemSchema).nullish().transform((value) => value ?? []),
	line_items_next_offset: text,
	discounts: z
		.array(z.object({ amount: z.number(), entity_type: text }))
		.nullish()
		.transform((value) => value ?? []),
});

export const invoiceAnswer = z.object({ invoice: invoiceSchema });
export const invoicesAnswer = z.object({ invoices: z.array(invoiceSchema) });

export const unbilledChargeSchema = z.object({ ...chargeShape, currency_code: z.string(), deleted: flag, is_voided: flag });

export const promotionalCreditSchema = z.object({ id: z.string(), type: z.enum(['increment', 'decrement']), amount: number, currency_code: z.string(), reference: text });

const address = z
	.object({ line1: text, line2: text, line3: text, city: text, state: text, state_code: text, zip: text, country: text })
	.nullish()
	.transform((value) => value ?? undefined);

/** Custom fields are top-level keys `cf_…`: they pass through. */
export const customerSchema = z
	.object({
		id: z.string(),
		first_name: text,
		last_name: text,
		email: text,
		company: text,
		preferred_currency_code: text,
		billing_address: address,
		resource_version: number,
		deleted: flag,
		meta_data: z.record(z.unknown()).nullish(),
	})
	.passthrough();

/** The fields of both product catalogs; a site in compat mode may send either. */
export const subscriptionSchema = z
	.object({
		id: z.string(),
		customer_id: z.string(),
		currency_code: text,
		status: z.string(),
		start_date: number,
		started_at: number,
		created_at: number,
		cancelled_at: number,
		current_term_start: number,
		current_term_end: number,
		po_number: text,
		resource_version: number,
		deleted: flag,
		subscription_items: z
			.array(z.object({ item_price_id: z.string(), item_type: z.string(), quantity: number, quantity_in_decimal: text }))
			.nullish(),
		plan_id: text,
		plan_quantity: number,
		plan_quantity_in_decimal: text,
		addons: z.array(z.object({ id: z.string(), quantity: number, quantity_in_decimal: text })).nullish(),
		meta_data: z.record(z.unknown()).nullish(),
	})
	.passthrough();

export const subscriptionAnswer = z.object({ subscription: subscriptionSchema, customer: customerSchema.nullish() });
export const customerAnswer = z.object({ customer: customerSchema });

const jsonObject = z.record(z.unknown()).nullish().transform((value) => value ?? {});

/** Item prices and items of catalog 2.0. */
export const itemPriceSchema = z.object({ id: z.string(), name: text, external_name: text, item_id: text, currency_code: text, metadata: jsonObject });
export const itemSchema = z.object({ id: z.string(), metadata: jsonObject });
/** Plans and addons of catalog 1.0. */
export const planOrAddonSchema = z.object({ id: z.string(), name: text, currency_code: text, meta_data: jsonObject });

export const eventSchema = z.object({
	id: z.string(),
	occurred_at: z.number(),
	object: z.literal('event'),
	event_type: z.string(),
	content: z.object({ subscription: subscriptionSchema.nullish(), customer: customerSchema.nullish() }).passthrough(),
});

/** An event by its head; whether its content can be understood shows later. */
export const eventHeadSchema = eventSchema.extend({ content: z.object({ subscription: z.object({ id: z.string() }).passthrough().nullish() }).passthrough() });

export const webhookEndpointSchema = z.object({
	id: z.string(),
	name: text,
	url: z.string(),
	disabled: flag,
	api_version: text,
	enabled_events: z.array(z.string()).nullish().transform((value) => value ?? []),
});

export type ChargebeeLineItem = z.output<typeof lineItemSchema>;
export type ChargebeeInvoice = z.output<typeof invoiceSchema>;
export type ChargebeeUnbilledCharge = z.output<typeof unbilledChargeSchema>;
export type ChargebeeCustomer = z.output<typeof customerSchema>;
export type ChargebeeSubscription = z.output<typeof subscriptionSchema>;
export type ChargebeeEvent = z.output<typeof eventSchema>;
export type ChargebeeEventHead = z.output<typeof eventHeadSchema>;
export type ChargebeeWebhookEndpoint = z.output<typeof webhookEndpointSchema>;
