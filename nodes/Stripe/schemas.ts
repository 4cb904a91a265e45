import { z } from 'zod';

/** What Stripe answers with, as far as the pack reads it (API version 2026-10-28.endive). Amounts are minor units. */
const metadata = z.record(z.string()).nullish().transform((value) => value ?? {});
const text = z.string().nullish().transform((value) => value ?? undefined);
const seconds = z.number().nullish().transform((value) => value ?? undefined);

/** An id, or the object itself where it was expanded. */
const reference = z.union([z.string(), z.object({ id: z.string() }).passthrough()]).transform((value) => (typeof value === 'string' ? value : value.id));

export const listOf = <S extends z.ZodTypeAny>(row: S) => z.object({ data: z.array(row), has_more: z.boolean() });

const period = z.object({ start: z.number(), end: z.number() }).nullish();

export const lineSchema = z.object({ id: z.string(), amount: z.number(), description: text, metadata, period });

export const invoiceSchema = z.object({
	id: z.string(),
	status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).nullish(),
	deleted: z.boolean().optional(),
	customer: reference.nullish(),
	currency: text,
	created: seconds,
	number: text,
	subtotal: z.number().nullish(),
	hosted_invoice_url: text,
	livemode: z.boolean().optional(),
	metadata,
	lines: listOf(lineSchema).nullish(),
});

export const invoiceItemSchema = z.object({
	id: z.string(),
	amount: z.number(),
	currency: z.string(),
	description: text,
	metadata,
	period,
	invoice: reference.nullish(),
	parent: z.object({ subscription_details: z.object({ subscription: reference }).nullish() }).nullish(),
});

const address = z
	.object({ line1: text, line2: text, city: text, state: text, postal_code: text, country: text })
	.nullish()
	.transform((value) => value ?? undefined);

export const customerSchema = z.object({
	id: z.string(),
	deleted: z.boolean().optional(),
	name: text,
	email: text,
	currency: text,
	address,
	metadata,
});

export const productSchema = z.object({ id: z.string(), name: text, metadata });

const subscriptionItemSchema = z.object({
	id: z.string(),
	quantity: z.number().nullish(),
	current_period_start: seconds,
	current_period_end: seconds,
	price: z.object({ id: z.string(), product: reference, nickname: text, lookup_key: text, metadata }),
});

export const subscriptionSchema = z.object({
	id: z.string(),
	customer: z.union([z.string(), customerSchema]).nullish(),
	customer_account: text,
	status: z.string(),
	currency: text,
	livemode: z.boolean(),
	start_date: seconds,
	created: z.number(),
	cancel_at: seconds,
	cancel_at_period_end: z.boolean().nullish(),
	ended_at: seconds,
	current_period_start: seconds,
	current_period_end: seconds,
	metadata,
	items: listOf(subscriptionItemSchema),
});

export const checkoutSessionSchema = z.object({
	id: z.string(),
	mode: z.string(),
	status: text,
	payment_status: text,
	customer: reference.nullish(),
	client_reference_id: text,
	subscription: reference.nullish(),
	metadata,
});

export const eventSchema = z.object({
	id: z.string(),
	object: z.literal('event'),
	type: z.string(),
	created: z.number(),
	livemode: z.boolean(),
	api_version: text,
	data: z.object({ object: z.record(z.unknown()) }),
});

export const webhookEndpointSchema = z.object({
	id: z.string(),
	url: z.string(),
	status: z.string(),
	enabled_events: z.array(z.string()),
	api_version: text,
	secret: z.string().optional(),
	metadata,
});

export type StripeInvoice = z.output<typeof invoiceSchema>;
export type StripeLine = z.output<typeof lineSchema>;
export type StripeInvoiceItem = z.output<typeof invoiceItemSchema>;
export type StripeSubscription = z.output<typeof subscriptionSchema>;
export type StripeSubscriptionItem = z.output<typeof subscriptionItemSchema>;
export type StripeCheckoutSession = z.output<typeof checkoutSessionSchema>;
export type StripeCustomer = z.output<typeof customerSchema>;
export type StripeEvent = z.output<typeof eventSchema>;
export type StripeWebhookEndpoint = z.output<typeof webhookEndpointSchema>;
