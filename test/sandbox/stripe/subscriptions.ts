/** `/v1/subscriptions` and `/v1/subscription_items`; sheet §2. Prorations are not worked out. */
import type { Core } from './core';
import { noSuch, ParameterError } from './errors';
import { newestFirst, page, PAGE } from './lists';
import { operation } from './operations';
import {
	anything,
	boolean,
	clearable,
	inRange,
	integer,
	list,
	looseText,
	mergeMetadata,
	metadata,
	needed,
	object,
	oneOf,
	range,
	text,
	timestamp,
	type Fields,
	type Read,
} from './params';
import { search, SEARCH } from './search';
import {
	addItem,
	changeSubscription,
	createSubscription,
	endSubscription,
	liveSubscription,
	periodEnd,
	recurringPrice,
	scheduleEnd,
} from './subscriptionChanges';
import type { Subscription } from './types';
import { itemsOf, subscriptionItemView, subscriptionView } from './views';

const METHOD = oneOf('charge_automatically', 'send_invoice');
const PRORATION = oneOf('always_invoice', 'create_prorations', 'none');
const PAYMENT_BEHAVIOR = oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete');

const COMMON = {
	cancel_at_period_end: boolean,
	collection_method: METHOD,
	days_until_due: integer({ min: 0 }),
	default_payment_method: text(),
	description: looseText(500),
	metadata,
	payment_behavior: PAYMENT_BEHAVIOR,
	payment_settings: anything,
	proration_behavior: PRORATION,
} satisfies Fields;

const CREATE = {
	...COMMON,
	backdate_start_date: timestamp,
	billing_mode: object({ type: needed(oneOf('classic', 'flexible')), flexible: anything }),
	cancel_at: timestamp,
	currency: text(3),
	customer: needed(text()),
	items: needed(list(object({ price: needed(text()), quantity: integer({ min: 0 }), metadata }), { min: 1, max: 20 })),
	trial_end: timestamp,
	trial_period_days: integer({ min: 1, max: 730 }),
} satisfies Fields;

const UPDATE = {
	...COMMON,
	cancel_at: clearable(text()),
	cancellation_details: object({ comment: looseText(), feedback: looseText() }),
	items: list(object({ id: text(), price: text(), quantity: integer({ min: 0 }), deleted: boolean, metadata }), { max: 20 }),
	pause_collection: clearable(
		object({ behavior: needed(oneOf('keep_as_draft', 'mark_uncollectible', 'void')), resumes_at: timestamp }),
	),
	pending_invoice_item_interval: clearable(
		object({ interval: needed(oneOf('day', 'week', 'month', 'year')), interval_count: integer({ min: 1 }) }),
	),
} satisfies Fields;

function create(core: Core, params: Read<typeof CREATE>): object {
	if (params.cancel_at !== undefined && params.cancel_at_period_end) {
		throw new ParameterError(
			'You may only specify one of these parameters: cancel_at, cancel_at_period_end.',
			'cancel_at',
			'parameters_exclusive',
		);
	}
	const days = params.trial_period_days;
	const id = createSubscription(core, {
		customer: params.customer,
		items: params.items.map((item) => ({ ...item, metadata: mergeMetadata({}, item.metadata) })),
		metadata: mergeMetadata({}, params.metadata),
		collectionMethod: params.collection_method,
		daysUntilDue: params.days_until_due,
		startDate: params.backdate_start_date,
		trialEnd: params.trial_end ?? (days === undefined ? undefined : core.now() + days * 24 * 60 * 60),
		billingMode: params.billing_mode?.type,
		cancelAtPeriodEnd: params.cancel_at_period_end,
		cancelAt: params.cancel_at,
		description: params.description ?? undefined,
		unpaid: params.payment_behavior === 'default_incomplete',
		paymentMethod: params.default_payment_method,
	});
	return subscriptionView(core, id) ?? {};
}

/** Changes what the parameters name, as `POST /v1/subscriptions/{id}` does. */
export function updateSubscription(core: Core, id: string, params: Read<typeof UPDATE>): object {
	const subscription = liveSubscription(core, id);
	const end = readEnd(core, subscription, params);
	const edits = (params.items ?? []).map((edit, index) => readEdit(core, subscription, edit, `items[${index}]`));
	const changed = mergeMetadata(subscription.metadata, params.metadata);
	return changeSubscription(core, id, () => {
		for (const edit of edits) edit();
		if (end !== undefined) scheduleEnd(core, subscription, end);
		subscription.metadata = changed;
		if (params.collection_method) subscription.collection_method = params.collection_method;
		if (params.days_until_due !== undefined) subscription.days_until_due = params.days_until_due;
		if (params.default_payment_method !== undefined) subscription.default_payment_method = params.default_payment_method;
		if (params.description !== undefined) subscription.description = params.description;
		Object.assign(subscription.cancellation_details, params.cancellation_details);
		const { pause_collection: pause, pending_invoice_item_interval: interval } = params;
		if (pause !== undefined)
			subscription.pause_collection = pause && { behavior: pause.behavior, resumes_at: pause.resumes_at ?? null };
		if (interval !== undefined) {
			subscription.pending_invoice_item_interval = interval && {
				interval: interval.interval,
				interval_count: interval.interval_count ?? 1,
			};
		}
	});
}

/** When the parameters want the subscription to end: a time, the period's end, null for not at all, undefined for no word about it. */
function readEnd(core: Core, subscription: Subscription, params: Read<typeof UPDATE>): 'period_end' | number | null | undefined {
	const { cancel_at: at, cancel_at_period_end: atPeriodEnd } = params;
	if (at !== undefined && atPeriodEnd !== undefined) {
		throw new ParameterError(
			'You may only specify one of these parameters: cancel_at, cancel_at_period_end.',
			'cancel_at',
			'parameters_exclusive',
		);
	}
	if (atPeriodEnd === true) return 'period_end';
	if (atPeriodEnd === false) return null;
	if (at === undefined || at === null) return at;
	const ends = itemsOf(core, subscription.id).map((item) => item.current_period_end);
	if (at === 'min_period_end') return Math.min(...ends);
	if (at === 'max_period_end') return Math.max(...ends);
	return timestamp.read(at, 'cancel_at');
}

type Edit = NonNullable<Read<typeof UPDATE>['items']>[number];

/** Checks one change to the items and returns the step that carries it out. */
function readEdit(core: Core, subscription: Subscription, edit: Edit, param: string): () => void {
	const price = edit.price === undefined ? undefined : recurringPrice(core, edit.price, `${param}[price]`);
	if (edit.id === undefined) {
		if (!price) throw new ParameterError(`Missing required param: ${param}[price].`, `${param}[price]`, 'parameter_missing');
		return () => addItem(core, subscription.id, price, edit.quantity, mergeMetadata({}, edit.metadata));
	}
	const item = core.state.subscriptionItems.get(edit.id);
	if (!item || item.subscription !== subscription.id) throw noSuch('subscription item', edit.id, `${param}[id]`, 400);
	return () => {
		if (edit.deleted) {
			core.state.subscriptionItems.delete(item.id);
			return;
		}
		if (price) {
			item.price = price;
			item.current_period_end = periodEnd(subscription.billing_cycle_anchor, core.now(), price);
			if (price.recurring?.usage_type === 'metered') delete item.quantity;
		}
		if (edit.quantity !== undefined) item.quantity = edit.quantity;
		item.metadata = mergeMetadata(item.metadata, edit.metadata);
	};
}

const FILTERS = {
	...PAGE,
	automatic_tax: object({ enabled: needed(boolean) }),
	collection_method: METHOD,
	created: range,
	current_period_end: range,
	current_period_start: range,
	customer: text(),
	customer_account: text(),
	plan: text(),
	price: text(),
	status: oneOf(
		'active',
		'canceled',
		'incomplete',
		'incomplete_expired',
		'past_due',
		'paused',
		'trialing',
		'unpaid',
		'all',
		'ended',
	),
	test_clock: text(),
} satisfies Fields;

/** Without a status, everything but canceled ones. */
function hasStatus({ status }: Subscription, asked: Read<typeof FILTERS>['status']): boolean {
	if (asked === 'all') return true;
	const ended = status === 'canceled' || status === 'incomplete_expired';
	if (asked === undefined) return !ended;
	return asked === 'ended' ? ended : status === asked;
}

function matches(core: Core, subscription: Subscription, params: Read<typeof FILTERS>): boolean {
	const items = itemsOf(core, subscription.id);
	const price = params.price ?? params.plan;
	return (
		hasStatus(subscription, params.status) &&
		inRange(subscription.created, params.created) &&
		(params.customer === undefined || subscription.customer === params.customer) &&
		(params.customer_account === undefined || subscription.customer_account === params.customer_account) &&
		(params.collection_method === undefined || subscription.collection_method === params.collection_method) &&
		(params.automatic_tax === undefined || !params.automatic_tax.enabled) &&
		(price === undefined || items.some((item) => item.price.id === price)) &&
		items.some((item) => inRange(item.current_period_end, params.current_period_end)) &&
		items.some((item) => inRange(item.current_period_start, params.current_period_start))
	);
}

const CANCEL = {
	cancellation_details: object({ comment: looseText(), feedback: looseText(), feedback_option: text() }),
	invoice_now: boolean,
	prorate: boolean,
} satisfies Fields;

export const subscriptionOperations = [
	operation(['POST', '/v1/subscriptions', 'subscriptions'], CREATE, create),
	operation(['GET', '/v1/subscriptions', 'subscriptions'], FILTERS, (core, params) => {
		const found = newestFirst(core.state.subscriptions).filter((entry) => matches(core, entry, params));
		const result = page(found, params, '/v1/subscriptions');
		return { ...result, data: result.data.map(({ id }) => subscriptionView(core, id)) };
	}),
	operation(['GET', '/v1/subscriptions/search', 'subscriptions'], SEARCH, (core, params) =>
		search(core, 'subscription', ['created', 'canceled_at', 'status'], params, '/v1/subscriptions/search'),
	),
	operation(['GET', '/v1/subscriptions/:id', 'subscriptions'], {}, (core, _params, { id }) => {
		const view = subscriptionView(core, id);
		if (!view) throw noSuch('subscription', id, 'id', 404);
		return view;
	}),
	operation(['POST', '/v1/subscriptions/:id', 'subscriptions'], UPDATE, (core, params, { id }) =>
		updateSubscription(core, id, params),
	),
	operation(['DELETE', '/v1/subscriptions/:id', 'subscriptions'], CANCEL, (core, params, { id }) =>
		endSubscription(core, id, { invoiceNow: params.invoice_now }),
	),
	operation(['GET', '/v1/subscription_items', 'subscriptions'], { ...PAGE, subscription: needed(text()) }, (core, params) => {
		if (!core.state.subscriptions.has(params.subscription))
			throw noSuch('subscription', params.subscription, 'subscription', 400);
		const result = page(itemsOf(core, params.subscription), params, '/v1/subscription_items');
		return { ...result, data: result.data.map(subscriptionItemView) };
	}),
];
