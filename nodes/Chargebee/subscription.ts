import { toFailure } from '../n8n/errors';
import { Failure } from '../shared/failure';
import { isoFromSeconds, subscriptionEventSchema, type SubscriptionEvent, type SubscriptionEventType, type SubscriptionStatus } from '../shared/subscriptionEvent';
import type { ChargebeeApi } from './api';
import { customerAnswer, subscriptionAnswer, type ChargebeeCustomer, type ChargebeeEvent, type ChargebeeSubscription } from './schemas';
import { describeItems, soldItems } from './soldItems';

/** Names under which a customer or a subscription tells the code of the m3ter account: a custom field or meta data. */
const ACCOUNT_CODE = 'm3ter_account_code';

const STATUS: Record<string, SubscriptionStatus> = {
	future: 'pending',
	in_trial: 'trialing',
	active: 'active',
	non_renewing: 'active',
	paused: 'paused',
	cancelled: 'ended',
	transferred: 'ended',
};

/** What of a Chargebee event its translation needs. */
export type EventHead = Pick<ChargebeeEvent, 'id' | 'event_type' | 'occurred_at'> & { raw?: unknown };

/** A translated event, and the version of the state it shows. */
export interface Translated {
	event: SubscriptionEvent;
	/** Chargebee's `resource_version`, which grows with each change of the resource. */
	version: number;
}

/**
 * Translates an event into the current state, read from Chargebee: events may arrive late, twice or out of order.
 * What was deleted since is described as the event knew it. Undefined for events of neither a subscription nor a customer.
 * @throws Failure when Chargebee cannot be read.
 */
export async function subscriptionEventOf(api: ChargebeeApi, event: ChargebeeEvent): Promise<Translated | undefined> {
	const head: EventHead = { id: event.id, event_type: event.event_type, occurred_at: event.occurred_at, raw: event };
	const { subscription, customer } = event.content;
	if (event.event_type.startsWith('subscription_') && subscription) return await ofSubscription(api, head, subscription, customer ?? undefined);
	if (event.event_type.startsWith('customer_') && customer) return await ofCustomer(api, head, customer.id);
	return undefined;
}

/** A subscription as it is now. `known` and `knownCustomer` are as the event shows them, for one that is deleted. */
export async function ofSubscription(api: ChargebeeApi, head: EventHead, known: ChargebeeSubscription, knownCustomer?: ChargebeeCustomer): Promise<Translated> {
	const answer = await api.find(`/subscriptions/${encodeURIComponent(known.id)}`, subscriptionAnswer);
	const gone = answer === undefined || answer.subscription.deleted;
	const subscription = answer?.subscription ?? known;
	const customer = answer?.customer ?? (await customerOf(api, subscription.customer_id, knownCustomer));
	const status = gone ? 'ended' : (STATUS[subscription.status] ?? 'active');
	const metadata = extraFields(subscription);
	const event = subscriptionEventSchema.parse({
		id: head.id,
		type: typeOf(head.event_type, status),
		occurredAt: isoFromSeconds(head.occurred_at),
		system: 'Chargebee',
		customer: customerShape(customer, subscription, metadata),
		subscription: {
			id: subscription.id,
			status,
			startDate: isoFromSeconds(subscription.started_at ?? subscription.start_date ?? subscription.created_at ?? head.occurred_at),
			// Chargebee has no field of its own for the end: it is `cancelled_at`, in the future while a cancellation is scheduled.
			endDate: iso(subscription.cancelled_at ?? (gone ? head.occurred_at : undefined)),
			currentPeriodStart: iso(subscription.current_term_start),
			currentPeriodEnd: iso(subscription.current_term_end),
			items: await describeItems(api, soldItems(subscription)),
			metadata,
		},
		raw: head.raw,
	});
	return { event, version: subscription.resource_version ?? 0 };
}

const iso = (seconds: number | undefined) => (seconds === undefined ? undefined : isoFromSeconds(seconds));

function typeOf(eventType: string, status: SubscriptionStatus): SubscriptionEventType {
	if (status === 'ended') return 'subscription.ended';
	return eventType.startsWith('subscription_created') ? 'subscription.created' : 'subscription.updated';
}

async function customerOf(api: ChargebeeApi, id: string, known: ChargebeeCustomer | undefined): Promise<ChargebeeCustomer> {
	try {
		return (await api.get(`/customers/${encodeURIComponent(id)}`, customerAnswer)).customer;
	} catch (error) {
		const failure = toFailure(error);
		if (failure.status === 404 && known !== undefined) return known;
		throw toFailure(new Failure(failure.kind, failure.message, { ...failure, description: `Customer ${id}: ${failure.description}` }));
	}
}

/** Custom fields (`cf_…`) and the meta data of a customer or subscription, as text. */
function extraFields({ meta_data: metaData, ...resource }: ChargebeeSubscription | ChargebeeCustomer): Record<string, string> {
	const custom = Object.entries(resource).filter(([name]) => name.startsWith('cf_'));
	const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
	const given = [...custom, ...Object.entries(metaData ?? {})].filter(([, value]) => value !== null && value !== undefined);
	return Object.fromEntries(given.map(([name, value]) => [name, asText(value)]));
}

function customerShape(customer: ChargebeeCustomer, subscription: ChargebeeSubscription | undefined, sale: Record<string, string>) {
	const { billing_address: address } = customer;
	const person = [customer.first_name, customer.last_name].filter((name) => name !== undefined).join(' ');
	const own = extraFields(customer);
	const code = (fields: Record<string, string>) => fields[`cf_${ACCOUNT_CODE}`] ?? fields[ACCOUNT_CODE];
	return {
		id: customer.id,
		name: customer.company ?? (person || customer.email),
		email: customer.email,
		currency: (subscription?.currency_code ?? customer.preferred_currency_code)?.toUpperCase(),
		purchaseOrderNumber: subscription?.po_number,
		address: address && {
			addressLine1: address.line1,
			addressLine2: [address.line2, address.line3].filter((line) => line !== undefined).join(', '),
			locality: address.city,
			region: address.state ?? address.state_code,
			postCode: address.zip,
			country: address.country,
		},
		accountCode: code(sale) ?? code(own),
	};
}

async function ofCustomer(api: ChargebeeApi, head: EventHead, id: string): Promise<Translated | undefined> {
	const answer = await api.find(`/customers/${encodeURIComponent(id)}`, customerAnswer);
	if (answer === undefined || answer.customer.deleted) return undefined;
	const event = subscriptionEventSchema.parse({
		id: head.id,
		type: 'customer.updated',
		occurredAt: isoFromSeconds(head.occurred_at),
		system: 'Chargebee',
		customer: customerShape(answer.customer, undefined, {}),
		raw: head.raw,
	});
	return { event, version: answer.customer.resource_version ?? 0 };
}
