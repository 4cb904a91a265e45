/** The subscription calls of both product catalogs. */
import { z } from 'zod';

import { createCustomer, findCustomer } from './customers';
import { notEnabled, wrongValue } from './errors';
import { DELETED, enumFilter, flagFilter, listOf, PAGE, sortBy, textFilter, timeFilter } from './lists';
import { operation, type Custom } from './operations';
import { assign, flag, integer, json, present, rows, text, timestamp } from './params';
import type { Core } from './state';
import { planRows, type ItemRow } from './subscriptionItems';
import {
	cancelSubscription,
	changeSubscription,
	createSubscription,
	customerOf,
	findSubscription,
	removeScheduledCancellation,
} from './subscriptions';
import type { Subscription } from './types';
import { removeUnbilled } from './unbilledBooks';
import { showSubscription } from './views';

const itemRow = {
	item_price_id: text(100),
	quantity: integer(1).nullish(),
	unit_price: integer(0).nullish(),
	item_type: z.enum(['plan', 'addon', 'charge']).nullish(),
};

const common = {
	id: text(50).nullish(),
	start_date: timestamp.nullish(),
	trial_end: timestamp.nullish(),
	auto_collection: z.enum(['on', 'off']).nullish(),
	po_number: text(100).nullish(),
	meta_data: json.nullish(),
};

const pendingFields = { create_pending_invoices: flag.nullish(), auto_close_invoices: flag.nullish() };

const kept = ({
	auto_collection,
	po_number,
	meta_data,
	create_pending_invoices,
	auto_close_invoices,
}: Record<string, unknown>) => ({
	auto_collection,
	po_number,
	meta_data,
	create_pending_invoices,
	auto_close_invoices,
});

function answer(core: Core, subscription: Subscription, extra: object = {}): object {
	return { subscription: showSubscription(subscription, core.schema), customer: customerOf(core, subscription), ...extra };
}

interface Created {
	id?: string | null;
	start_date?: number | null;
	trial_end?: number | null;
	first_invoice_pending?: boolean | null;
}

function create(core: Core, customerId: string, params: Created, itemRows: ItemRow[], custom: Custom): object {
	const { subscription, invoice } = createSubscription(core, findCustomer(core, customerId), {
		id: params.id ?? undefined,
		rows: itemRows,
		startDate: params.start_date ?? undefined,
		trialEnd: params.trial_end ?? undefined,
		firstInvoicePending: params.first_invoice_pending ?? undefined,
		fields: { ...present(kept(params as Record<string, unknown>)), ...present(custom) },
	});
	return answer(core, subscription, invoice && { invoice });
}

interface Cancellation {
	cancel_option?: 'immediately' | 'end_of_term' | 'specific_date' | 'end_of_billing_term' | null;
	end_of_term?: boolean | null;
	cancel_at?: number | null;
}

function cancellationTime(subscription: Subscription, params: Cancellation): number | undefined {
	const option = params.cancel_option ?? (params.end_of_term ? 'end_of_term' : 'immediately');
	if (option === 'specific_date' && !params.cancel_at) throw wrongValue('cancel_at', 'is required for specific_date');
	if (option === 'end_of_term' || option === 'end_of_billing_term') return subscription.current_term_end;
	return params.cancel_at ?? undefined;
}

/** `replace_items_list`, or the given rows over those that are there. */
function mergedRows(subscription: Subscription, given: ItemRow[], replace: boolean): ItemRow[] {
	if (replace) return given;
	const untouched = subscription.subscription_items.filter(
		(item) => !given.some((row) => row.item_price_id === item.item_price_id),
	);
	return [...untouched.map(({ item_price_id, quantity, unit_price }) => ({ item_price_id, quantity, unit_price })), ...given];
}

const changes = [
	operation(
		['POST', '/customers/:id/subscription_for_items', { catalog: 'v2', custom: true }],
		{ ...common, ...pendingFields, first_invoice_pending: flag.nullish(), subscription_items: rows(itemRow).nullish() },
		(core, { subscription_items: items, ...params }, { id }, custom) => {
			if (params.create_pending_invoices && !core.settings.meteredBilling)
				throw notEnabled('Metered billing is not enabled for this site', 'create_pending_invoices');
			return create(core, id, params, items ?? [], custom);
		},
	),
	operation(
		['POST', '/subscriptions', { catalog: 'v1', custom: true }],
		{
			...common,
			plan_id: text(100),
			plan_quantity: integer(1).nullish(),
			plan_unit_price: integer(0).nullish(),
			addons: rows({ id: text(100), quantity: integer(1).nullish(), unit_price: integer(0).nullish() }).nullish(),
			customer: z
				.object({
					id: text(50).nullish(),
					email: text(70).nullish(),
					first_name: text(150).nullish(),
					last_name: text(150).nullish(),
					company: text(250).nullish(),
				})
				.strict()
				.nullish(),
		},
		(core, { customer, addons, ...params }, _ids, custom) => {
			const known = customer?.id && core.state.customers.has(customer.id) ? customer.id : undefined;
			return create(core, known ?? createCustomer(core, customer ?? {}).id, params, planRows(params, addons ?? []), custom);
		},
	),
	operation(
		['POST', '/subscriptions/:id/update_for_items', { catalog: 'v2', custom: true }],
		{
			...pendingFields,
			auto_collection: common.auto_collection,
			po_number: common.po_number,
			meta_data: common.meta_data,
			replace_items_list: flag.nullish(),
			end_of_term: flag.nullish(),
			change_option: z.enum(['immediately', 'end_of_term', 'specific_date']).nullish(),
			changes_scheduled_at: timestamp.nullish(),
			subscription_items: rows(itemRow).nullish(),
		},
		(core, { subscription_items: items, ...params }, { id }, custom) => {
			const subscription = findSubscription(core, id);
			const fields: Record<string, unknown> = {};
			assign(fields, { ...kept(params as Record<string, unknown>), ...custom });
			changeSubscription(core, subscription, {
				rows: items ? mergedRows(subscription, items, params.replace_items_list === true) : undefined,
				endOfTerm: params.end_of_term === true || params.change_option === 'end_of_term',
				from: params.changes_scheduled_at ?? undefined,
				fields,
			});
			return answer(core, subscription);
		},
	),
	operation(
		['POST', '/subscriptions/:id/cancel_for_items', { catalog: 'v2' }],
		{
			cancel_option: z.enum(['immediately', 'end_of_term', 'specific_date', 'end_of_billing_term']).nullish(),
			end_of_term: flag.nullish(),
			cancel_at: timestamp.nullish(),
			unbilled_charges_option: z.enum(['invoice', 'delete']).nullish(),
			cancel_reason_code: text(100).nullish(),
		},
		(core, params, { id }) => {
			const subscription = findSubscription(core, id);
			cancelSubscription(core, subscription, cancellationTime(subscription, params));
			const own = [...core.state.unbilledCharges.values()].filter((charge) => charge.subscription_id === id);
			if (params.unbilled_charges_option === 'delete') for (const charge of own) removeUnbilled(core, charge);
			return answer(core, subscription);
		},
	),
	operation(
		['POST', '/subscriptions/:id/remove_scheduled_cancellation'],
		{ billing_cycles: integer(0).nullish() },
		(core, _params, { id }) => {
			const subscription = findSubscription(core, id);
			removeScheduledCancellation(core, subscription);
			return answer(core, subscription);
		},
	),
	operation(
		['POST', '/subscriptions/:id/add_charge_at_term_end'],
		{ amount: integer(1), description: text(250), date_from: timestamp.nullish(), date_to: timestamp.nullish() },
		(core, { amount, description, date_from: from, date_to: to }, { id }) => {
			const subscription = findSubscription(core, id);
			if (Boolean(from) !== Boolean(to))
				throw wrongValue(from ? 'date_to' : 'date_from', 'is required when the other date is given');
			const waiting = core.state.termEndCharges.get(id) ?? [];
			core.state.termEndCharges.set(id, [
				...waiting,
				{ amount, description, ...(from && to && { date_from: from, date_to: to }) },
			]);
			return {
				estimate: {
					created_at: core.now(),
					subscription_estimate: { id, currency_code: subscription.currency_code, object: 'subscription_estimate' },
					object: 'estimate',
				},
			};
		},
	),
];

const reads = [
	operation(
		['GET', '/subscriptions'],
		{
			...{ ...PAGE, ...DELETED },
			id: textFilter,
			customer_id: textFilter,
			status: enumFilter(['future', 'in_trial', 'active', 'non_renewing', 'paused', 'cancelled', 'transferred']),
			created_at: timeFilter,
			activated_at: timeFilter,
			next_billing_at: timeFilter,
			cancelled_at: timeFilter,
			updated_at: timeFilter,
			has_scheduled_changes: flagFilter,
			auto_close_invoices: flagFilter,
			sort_by: sortBy('created_at', 'updated_at'),
		},
		(core, params) => {
			const rowsWithCustomers = listOf(
				'subscription',
				core.state.subscriptions.values(),
				params,
				'created_at',
				(entry: Subscription) => showSubscription(entry, core.schema),
			) as {
				list: Array<{ subscription: Subscription }>;
			};
			return {
				...rowsWithCustomers,
				list: rowsWithCustomers.list.map((row) => ({ ...row, customer: customerOf(core, row.subscription) })),
			};
		},
	),
	operation(['GET', '/customers/:id/subscriptions'], PAGE, (core, params, { id }) => {
		const own = [...core.state.subscriptions.values()].filter((entry) => entry.customer_id === findCustomer(core, id).id);
		return listOf('subscription', own, params, 'created_at', (entry: Subscription) => showSubscription(entry, core.schema));
	}),
	operation(['GET', '/subscriptions/:id'], {}, (core, _params, { id }) => answer(core, findSubscription(core, id))),
	operation(['GET', '/subscriptions/:id/retrieve_with_scheduled_changes'], {}, (core, _params, { id }) => {
		const subscription = findSubscription(core, id);
		const change = core.state.scheduledChanges.get(id);
		if (!change) throw wrongValue('id', `The subscription '${id}' has no scheduled changes`);
		return answer(core, { ...subscription, subscription_items: change.items });
	}),
];

export const subscriptionOperations = [...changes, ...reads];
