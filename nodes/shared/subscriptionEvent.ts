import { z } from 'zod';

const optionalText = z.string().nullish().transform((value) => (value === null || value === '' ? undefined : value));
const isoDateTime = z.string().datetime({ offset: true });
const optionalDateTime = isoDateTime.nullish().transform((value) => value ?? undefined);

/** An address in m3ter's words. `country` is free text there. */
export const addressSchema = z.object({
	addressLine1: optionalText,
	addressLine2: optionalText,
	locality: optionalText,
	region: optionalText,
	postCode: optionalText,
	country: optionalText,
});

export const customerSchema = z.object({
	/** The selling system's id of the customer; what the m3ter account is mapped to. */
	id: z.string().min(1),
	name: optionalText,
	email: optionalText,
	/** ISO code, upper case. */
	currency: optionalText,
	address: addressSchema.optional(),
	purchaseOrderNumber: optionalText,
	/** Code the m3ter account has or shall have, when the selling system knows it. */
	accountCode: optionalText,
	customFields: z.record(z.union([z.string(), z.number()])).default({}),
});

export const subscriptionItemSchema = z.object({
	/** What was bought, as the selling system names it (price id, plan code, item id): mapped to a m3ter plan. */
	planRef: z.string().min(1),
	/** Code of the m3ter plan, when the selling system carries it in metadata. */
	planCode: optionalText,
	productRef: optionalText,
	name: optionalText,
	quantity: z.number().optional(),
});

export const SUBSCRIPTION_STATUSES = ['pending', 'trialing', 'active', 'paused', 'ended'] as const;

export const subscriptionSchema = z.object({
	id: z.string().min(1),
	/** `pending` = sold but not yet to be billed; `ended` = over, since `endDate` or else since the event. */
	status: z.enum(SUBSCRIPTION_STATUSES),
	startDate: isoDateTime,
	/** Exclusive end: set for those with a cancellation scheduled and for ended ones whose end is known; absent = open-ended. */
	endDate: optionalDateTime,
	/**
	 * The selling system does not know the end (a quote has none): an absent `endDate` does not mean open-ended, one that is given
	 * is the latest possible. What people ended in m3ter then stays ended.
	 */
	endUnknown: z.boolean().optional(),
	currentPeriodStart: optionalDateTime,
	currentPeriodEnd: optionalDateTime,
	items: z.array(subscriptionItemSchema),
	metadata: z.record(z.string()).default({}),
});

export const SUBSCRIPTION_EVENT_TYPES = ['subscription.created', 'subscription.updated', 'subscription.ended', 'customer.updated'] as const;

/**
 * A sale in any system on its way into m3ter: what every provider trigger emits and "m3ter Account/Plan: Sync" takes.
 * It describes the state of the subscription when it was read, not what changed, so that events may arrive twice or
 * out of order.
 */
export const subscriptionEventSchema = z.object({
	/** The selling system's event id: the key to recognise a second delivery by. */
	id: z.string().min(1),
	type: z.enum(SUBSCRIPTION_EVENT_TYPES),
	occurredAt: isoDateTime,
	/** External system name used in m3ter's external mappings, e.g. "Stripe". */
	system: z.string().min(1),
	customer: customerSchema,
	/** Absent for `customer.updated`. */
	subscription: subscriptionSchema.optional(),
	/** The event as the selling system sent it. */
	raw: z.unknown().optional(),
});

export type SubscriptionEvent = z.output<typeof subscriptionEventSchema>;
export type SubscriptionEventType = (typeof SUBSCRIPTION_EVENT_TYPES)[number];
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];
export type SubscriptionItem = z.output<typeof subscriptionItemSchema>;
export type Customer = z.output<typeof customerSchema>;

/** Epoch seconds, as several systems send them, to ISO text. */
export const isoFromSeconds = (seconds: number): string => new Date(seconds * 1000).toISOString();
