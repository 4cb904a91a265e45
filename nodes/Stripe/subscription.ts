import { z } from 'zod';

import { settled } from '../n8n/errors';
import { Failure } from '../shared/failure';
import {
	isoFromSeconds,
	subscriptionEventSchema,
	type SubscriptionEvent,
	type SubscriptionEventType,
	type SubscriptionStatus,
} from '../shared/subscriptionEvent';
import type { StripeApi } from './api';
import {
	checkoutSessionSchema,
	customerSchema,
	productSchema,
	subscriptionSchema,
	type StripeCheckoutSession,
	type StripeCustomer,
	type StripeEvent,
	type StripeSubscription,
	type StripeSubscriptionItem,
} from './schemas';

/** Key in the metadata of a price or product that names the m3ter plan, and of a customer or sale that names the account. */
const PLAN_CODE = 'm3ter_plan_code';
const ACCOUNT_CODE = 'm3ter_account_code';

const STATUS: Record<string, SubscriptionStatus> = {
	incomplete: 'pending',
	trialing: 'trialing',
	active: 'active',
	past_due: 'active',
	unpaid: 'active',
	paused: 'paused',
	canceled: 'ended',
	incomplete_expired: 'ended',
};

/** What of a Stripe event its translation needs. */
export type EventHead = Pick<StripeEvent, 'id' | 'type' | 'created'> & { raw?: unknown };

/**
 * Translates an event into the sale's current state, read from Stripe: events may arrive late, twice or out of order.
 * Undefined for events that concern no sale (a checkout that only set up a payment method, a deleted customer).
 * @throws Failure when Stripe cannot be read or the sale has no customer.
 */
export async function subscriptionEventOf(api: StripeApi, event: StripeEvent): Promise<SubscriptionEvent | undefined> {
	const head: EventHead = { id: event.id, type: event.type, created: event.created, raw: event };
	const { object } = event.data;
	if (event.type.startsWith('checkout.session.')) return await ofCheckout(api, head, checkoutSessionSchema.parse(object).id);
	if (event.type.startsWith('customer.subscription.')) return await ofSubscription(api, head, String(object.id));
	if (event.type === 'customer.updated') return await ofCustomer(api, head, String(object.id));
	return undefined;
}

/** A subscription as it is now, with what the seller noted on the checkout it was bought with; `checkout` when that is known already. */
export async function ofSubscription(api: StripeApi, head: EventHead, id: string, checkout?: StripeCheckoutSession): Promise<SubscriptionEvent> {
	const [subscription, session] = await Promise.all([
		api.get(`/v1/subscriptions/${id}`, subscriptionSchema, { 'expand[0]': 'customer' }),
		checkout ?? checkoutOf(api, id),
	]);
	const customer = await customerOf(api, subscription.customer ?? undefined, `subscription ${id}`, subscription.customer_account);
	const items = subscription.items.has_more ? await allItems(api, id) : subscription.items.data;
	const status = STATUS[subscription.status] ?? 'active';
	const metadata = { ...(session && notesOf(session)), ...subscription.metadata };
	return subscriptionEventSchema.parse({
		id: head.id,
		type: typeOf(head.type, status),
		occurredAt: isoFromSeconds(head.created),
		system: 'Stripe',
		customer: customerShape(customer, metadata, subscription.currency),
		subscription: {
			id: subscription.id,
			status,
			startDate: isoFromSeconds(subscription.start_date ?? subscription.created),
			endDate: endDateOf(subscription, items),
			currentPeriodStart: iso(periodBound(subscription, items, 'current_period_start', Math.min)),
			currentPeriodEnd: iso(periodBound(subscription, items, 'current_period_end', Math.max)),
			items: await itemShapes(api, items),
			metadata,
		},
		raw: head.raw,
	});
}

/**
 * The checkout a subscription was bought with. Stripe copies nothing of it onto the subscription, and every event has to name
 * the same account: two of them may be handled at once.
 * @throws Failure `permission` rather than leaving it out: the account would be made under another code.
 */
async function checkoutOf(api: StripeApi, subscription: string): Promise<StripeCheckoutSession | undefined> {
	const sessions = await settled(async () => await api.list('/v1/checkout/sessions', checkoutSessionSchema, { subscription }));
	if (!(sessions instanceof Failure)) return sessions[0];
	if (sessions.kind !== 'permission') throw sessions;
	throw new Failure('permission', 'The Stripe key may not read checkout sessions', {
		...sessions,
		description: `${sessions.description} The checkout of subscription ${subscription} may name its m3ter account, so nothing is done without it. Give the key "Checkout Sessions: read".`,
	});
}

const notesOf = ({ client_reference_id: reference, metadata }: StripeCheckoutSession): Record<string, string> => ({
	...(reference ? { client_reference_id: reference } : {}),
	...metadata,
});

const iso = (seconds: number | undefined) => (seconds === undefined ? undefined : isoFromSeconds(seconds));

function typeOf(eventType: string, status: SubscriptionStatus): SubscriptionEventType {
	if (status === 'ended') return 'subscription.ended';
	return eventType === 'customer.subscription.created' || eventType.startsWith('checkout.') ? 'subscription.created' : 'subscription.updated';
}

/** Since API version basil the period lives on the items; older endpoints have it on the subscription. */
function periodBound(
	subscription: StripeSubscription,
	items: StripeSubscriptionItem[],
	field: 'current_period_start' | 'current_period_end',
	pick: (...values: number[]) => number,
): number | undefined {
	const values = items.flatMap((item) => item[field] ?? []);
	return values.length > 0 ? pick(...values) : subscription[field];
}

/** Never `canceled_at`: that is when somebody asked for it. */
function endDateOf(subscription: StripeSubscription, items: StripeSubscriptionItem[]): string | undefined {
	if (subscription.ended_at !== undefined) return isoFromSeconds(subscription.ended_at);
	if (subscription.cancel_at !== undefined) return isoFromSeconds(subscription.cancel_at);
	return subscription.cancel_at_period_end ? iso(periodBound(subscription, items, 'current_period_end', Math.max)) : undefined;
}

async function allItems(api: StripeApi, subscription: string): Promise<StripeSubscriptionItem[]> {
	return await api.list('/v1/subscription_items', subscriptionSchema.shape.items.shape.data.element, { subscription });
}

/** What was sold. Each product is read once, however many items are of it. */
async function itemShapes(api: StripeApi, items: ReadonlyArray<Pick<StripeSubscriptionItem, 'price' | 'quantity'>>) {
	const ids = [...new Set(items.map(({ price }) => price.product))];
	const products = new Map(await Promise.all(ids.map(async (id) => [id, await api.get(`/v1/products/${id}`, productSchema)] as const)));
	return items.map(({ price, quantity }) => {
		const product = products.get(price.product);
		return {
			planRef: price.id,
			planCode: price.metadata[PLAN_CODE] ?? product?.metadata[PLAN_CODE] ?? price.lookup_key,
			productRef: price.product,
			name: price.nickname ?? product?.name,
			quantity: quantity ?? undefined,
		};
	});
}

async function customerOf(api: StripeApi, customer: StripeCustomer | string | undefined, what: string, account?: string): Promise<StripeCustomer> {
	if (customer === undefined) {
		throw new Failure('invalid-input', 'The Stripe sale has no customer', {
			description: account
				? `${what} belongs to account ${account} of Stripe's Accounts v2, which has no customer object. Link a customer to it.`
				: `${what} was made as a guest. Set customer_creation to "always" in Stripe Checkout.`,
		});
	}
	return typeof customer === 'string' ? await api.get(`/v1/customers/${customer}`, customerSchema) : customer;
}

function customerShape({ id, name, email, currency, address, metadata }: StripeCustomer, sale: Record<string, string>, saleCurrency?: string) {
	return {
		id,
		name: name ?? email,
		email,
		currency: (currency ?? saleCurrency)?.toUpperCase(),
		address: address && {
			addressLine1: address.line1,
			addressLine2: address.line2,
			locality: address.city,
			region: address.state,
			postCode: address.postal_code,
			country: address.country,
		},
		accountCode: metadata[ACCOUNT_CODE] ?? sale[ACCOUNT_CODE],
	};
}

async function ofCustomer(api: StripeApi, head: EventHead, id: string): Promise<SubscriptionEvent | undefined> {
	const customer = await api.get(`/v1/customers/${id}`, customerSchema);
	if (customer.deleted) return undefined;
	return subscriptionEventSchema.parse({
		id: head.id,
		type: 'customer.updated',
		occurredAt: isoFromSeconds(head.created),
		system: 'Stripe',
		customer: customerShape(customer, {}),
		raw: head.raw,
	});
}

const soldItemSchema = z.object({
	id: z.string(),
	description: z.string().nullish(),
	quantity: z.number().nullish(),
	price: subscriptionSchema.shape.items.shape.data.element.shape.price.nullish(),
});

/** A finished checkout: its subscription, or for one-time payments the order itself, which has no end. */
async function ofCheckout(api: StripeApi, head: EventHead, id: string): Promise<SubscriptionEvent | undefined> {
	const session = await api.get(`/v1/checkout/sessions/${id}`, checkoutSessionSchema);
	if (session.subscription) return await ofSubscription(api, head, session.subscription, session);
	if (session.mode !== 'payment') return undefined;
	const metadata = notesOf(session);
	const customer = await customerOf(api, session.customer ?? undefined, `checkout ${id}`);
	const sold = await api.list(`/v1/checkout/sessions/${id}/line_items`, soldItemSchema);
	const items = await itemShapes(api, sold.flatMap(({ price, quantity }) => (price ? [{ price, quantity }] : [])));
	return subscriptionEventSchema.parse({
		id: head.id,
		type: 'subscription.created',
		occurredAt: isoFromSeconds(head.created),
		system: 'Stripe',
		customer: customerShape(customer, metadata),
		subscription: { id, status: session.payment_status === 'unpaid' ? 'pending' : 'active', startDate: isoFromSeconds(head.created), items, metadata },
		raw: head.raw,
	});
}
