import { Failure } from '../shared/failure';
import { subscriptionEventSchema, type SubscriptionEvent, type SubscriptionEventType, type SubscriptionStatus } from '../shared/subscriptionEvent';
import type { PaddleApi } from './api';
import {
	addressSchema,
	businessSchema,
	customerSchema,
	productSchema,
	subscriptionSchema,
	transactionSchema,
	type PaddleEvent,
	type PaddlePrice,
	type PaddleSubscription,
} from './schemas';

/** Key in the custom data of a price or product that names the m3ter plan, and of a customer, business or sale that names the account. */
const PLAN_CODE = 'm3ter_plan_code';
const ACCOUNT_CODE = 'm3ter_account_code';

const STATUS: Record<string, SubscriptionStatus> = { trialing: 'trialing', active: 'active', past_due: 'active', paused: 'paused', canceled: 'ended' };
const CREATED = new Set(['subscription.created', 'subscription.imported']);

/** What of a Paddle event its translation needs. */
export type EventHead = Pick<PaddleEvent, 'event_id' | 'event_type' | 'occurred_at'> & { raw?: unknown };

type Marks = Record<string, unknown>;
type Owner = Pick<PaddleSubscription, 'customer_id' | 'address_id' | 'business_id'>;

/**
 * Translates an event into the sale's current state, read from Paddle: events may arrive late, twice or out of order.
 * Undefined for events that concern no sale: renewals, and transactions that were made of m3ter bills.
 * @throws Failure when Paddle cannot be read.
 */
export async function subscriptionEventOf(api: PaddleApi, event: PaddleEvent): Promise<SubscriptionEvent | undefined> {
	const head: EventHead = { event_id: event.event_id, event_type: event.event_type, occurred_at: event.occurred_at, raw: event };
	const [entity] = event.event_type.split('.');
	if (entity === 'subscription') return await ofSubscription(api, head, event.data.id);
	if (entity === 'transaction') return await ofTransaction(api, head, event.data.id);
	if (entity === 'customer') return await ofCustomer(api, head, { customer_id: event.data.id });
	if (entity === 'business' && typeof event.data.customer_id === 'string') return await ofCustomer(api, head, { customer_id: event.data.customer_id, business_id: event.data.id });
	return undefined;
}

/** A subscription as it is now. */
export async function ofSubscription(api: PaddleApi, head: EventHead, id: string): Promise<SubscriptionEvent> {
	const subscription = await api.get(`/subscriptions/${id}`, subscriptionSchema);
	const status = STATUS[subscription.status] ?? 'active';
	const { current_billing_period: period, custom_data: marks } = subscription;
	return subscriptionEventSchema.parse({
		...headShape(head, typeOf(head.event_type, status)),
		customer: await customerShape(api, subscription, marks, subscription.currency_code),
		subscription: {
			id: subscription.id,
			status,
			startDate: iso(subscription.started_at ?? subscription.created_at),
			endDate: endDateOf(subscription),
			currentPeriodStart: iso(period?.starts_at),
			currentPeriodEnd: iso(period?.ends_at),
			items: subscription.items.map(({ price, product, quantity }) => itemShape(price, quantity, product ?? undefined)),
			metadata: asText(marks),
		},
	});
}

/** Paddle writes times to the microsecond. */
const iso = (time: string | undefined) => (time === undefined ? undefined : new Date(time).toISOString());

const headShape = (head: EventHead, type: SubscriptionEventType) => ({ id: head.event_id, type, occurredAt: iso(head.occurred_at), system: 'Paddle', raw: head.raw });

function typeOf(eventType: string, status: SubscriptionStatus): SubscriptionEventType {
	if (status === 'ended') return 'subscription.ended';
	return CREATED.has(eventType) || eventType.startsWith('transaction.') ? 'subscription.created' : 'subscription.updated';
}

/** In Paddle, `canceled_at` is the end itself; before, a cancellation is a scheduled change. A pause is no end. */
function endDateOf({ status, canceled_at: canceledAt, scheduled_change: change }: PaddleSubscription): string | undefined {
	if (status === 'canceled') return iso(canceledAt);
	return change?.action === 'cancel' ? iso(change.effective_at) : undefined;
}

function itemShape(price: PaddlePrice, quantity: number, product: { id: string; name?: string; custom_data: Marks } | undefined) {
	return {
		planRef: price.id,
		planCode: code(price.custom_data, PLAN_CODE) ?? code(product?.custom_data ?? {}, PLAN_CODE),
		productRef: price.product_id,
		name: price.name ?? product?.name ?? price.description,
		quantity,
	};
}

function code(marks: Marks, name: string): string | undefined {
	const value = marks[name];
	return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

const asText = (marks: Marks): Record<string, string> =>
	Object.fromEntries(Object.entries(marks).flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]])));

/** A customer's name is often missing after a self-serve checkout; a business has one. */
async function customerShape(api: PaddleApi, { customer_id: id, address_id: addressId, business_id: businessId }: Owner, sale: Marks, currency?: string) {
	const [customer, address, business] = await Promise.all([
		api.get(`/customers/${id}`, customerSchema),
		addressId ? api.find(`/customers/${id}/addresses/${addressId}`, addressSchema) : undefined,
		businessId ? api.find(`/customers/${id}/businesses/${businessId}`, businessSchema) : undefined,
	]);
	return {
		id,
		name: business?.name ?? customer.name ?? customer.email,
		email: customer.email,
		currency,
		accountCode: code(customer.custom_data, ACCOUNT_CODE) ?? code(business?.custom_data ?? {}, ACCOUNT_CODE) ?? code(sale, ACCOUNT_CODE),
		address: address && {
			addressLine1: address.first_line,
			addressLine2: address.second_line,
			locality: address.city,
			region: address.region,
			postCode: address.postal_code,
			country: address.country_code,
		},
	};
}

async function ofCustomer(api: PaddleApi, head: EventHead, owner: Owner): Promise<SubscriptionEvent> {
	return subscriptionEventSchema.parse({ ...headShape(head, 'customer.updated'), customer: await customerShape(api, owner, {}) });
}

/** A finished checkout or an issued invoice: its subscription, or for one-time sales the order itself, which has no end. */
async function ofTransaction(api: PaddleApi, head: EventHead, id: string): Promise<SubscriptionEvent | undefined> {
	const transaction = await api.get(`/transactions/${id}`, transactionSchema);
	const { origin, custom_data: marks, subscription_id: subscriptionId, customer_id: customerId } = transaction;
	if ((origin !== 'web' && origin !== 'api') || marks.m3ter_bill_id !== undefined) return undefined;
	if (subscriptionId !== undefined) return await ofSubscription(api, head, subscriptionId);
	if (customerId === undefined) {
		throw new Failure('invalid-input', 'The Paddle sale has no customer', { description: `Transaction ${id} names no customer.` });
	}
	const sold = await Promise.all(transaction.items.map(async ({ price, quantity }) => itemShape(price, quantity, await api.find(`/products/${price.product_id}`, productSchema))));
	return subscriptionEventSchema.parse({
		...headShape(head, 'subscription.created'),
		customer: await customerShape(api, { ...transaction, customer_id: customerId }, marks, transaction.currency_code),
		subscription: { id, status: 'active', startDate: iso(transaction.billed_at ?? transaction.created_at), items: sold, metadata: asText(marks) },
	});
}
