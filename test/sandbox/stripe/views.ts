/** How stored objects look on the wire: embedded lists and the fields that never vary in this sandbox are put in here. */
import type { Core } from './core';
import type { Invoice, Line } from './invoiceTypes';
import { embedded, type List } from './lists';
import type { CheckoutLineItem, SubscriptionItem } from './types';

/** Objects a list shows at once when it is embedded in another object. */
const EMBEDDED = 10;

/** The customer, or `{id, deleted: true}`; undefined when there never was one. */
export function customerView(core: Core, id: string): object | undefined {
	if (core.state.deletedCustomers.has(id)) return { id, object: 'customer', deleted: true };
	return core.state.customers.get(id);
}

/** With the legacy `plan` beside `price`. */
export function subscriptionItemView(item: SubscriptionItem): object {
	const { price } = item;
	const { recurring } = price;
	return {
		...item,
		plan: {
			id: price.id,
			object: 'plan',
			active: price.active,
			amount: price.unit_amount,
			amount_decimal: price.unit_amount_decimal,
			billing_scheme: price.billing_scheme,
			created: price.created,
			currency: price.currency,
			interval: recurring?.interval ?? 'month',
			interval_count: recurring?.interval_count ?? 1,
			livemode: price.livemode,
			metadata: price.metadata,
			meter: recurring?.meter ?? null,
			nickname: price.nickname,
			product: price.product,
			tiers_mode: null,
			transform_usage: null,
			trial_period_days: recurring?.trial_period_days ?? null,
			usage_type: recurring?.usage_type ?? 'licensed',
		},
	};
}

/** A subscription's items, in order. */
export const itemsOf = (core: Core, subscription: string): SubscriptionItem[] =>
	[...core.state.subscriptionItems.values()].filter((item) => item.subscription === subscription);

export function subscriptionView(core: Core, id: string): object | undefined {
	const subscription = core.state.subscriptions.get(id);
	if (!subscription) return undefined;
	const items = itemsOf(core, id).map(subscriptionItemView);
	return {
		...subscription,
		application: null,
		application_fee_percent: null,
		automatic_tax: { disabled_reason: null, enabled: false, liability: null },
		billing_cycle_anchor_config: null,
		billing_schedules: [],
		billing_thresholds: null,
		default_source: null,
		default_tax_rates: [],
		discounts: [],
		invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: 'self' } },
		items: embedded(items, EMBEDDED, `/v1/subscription_items?subscription=${id}`),
		managed_payments: null,
		next_pending_invoice_item_invoice: null,
		on_behalf_of: null,
		payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
		pending_setup_intent: null,
		pending_update: null,
		test_clock: null,
		transfer_data: null,
		trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' } },
	};
}

/** An invoice's lines, in the order they were added. */
export const linesOf = (core: Core, invoice: string): Line[] =>
	[...core.state.lines.values()].filter((line) => line.invoice === invoice);

export function invoiceView(core: Core, id: string): object | undefined {
	const invoice = core.state.invoices.get(id);
	return invoice && wireInvoice(core, invoice);
}

function wireInvoice(core: Core, invoice: Invoice): object {
	const customer = core.state.customers.get(invoice.customer);
	const hosted = invoice.status === 'draft' ? null : `https://invoice.stripe.com/i/acct_sandbox/test_${invoice.id}`;
	return {
		...invoice,
		account_country: 'US',
		account_name: 'Sandbox Seller Inc',
		account_tax_ids: null,
		amount_shipping: 0,
		application: null,
		customer_address: customer?.address ?? null,
		customer_email: customer?.email ?? null,
		customer_name: customer?.name ?? null,
		customer_phone: customer?.phone ?? null,
		customer_shipping: null,
		customer_tax_exempt: customer?.tax_exempt ?? 'none',
		customer_tax_ids: [],
		default_payment_method: null,
		default_source: null,
		hosted_invoice_url: hosted,
		invoice_pdf: hosted && `${hosted}/pdf`,
		issuer: { type: 'self' },
		last_finalization_error: null,
		latest_revision: null,
		lines: embedded(linesOf(core, invoice.id), EMBEDDED, `/v1/invoices/${invoice.id}/lines`),
		next_payment_attempt: null,
		on_behalf_of: null,
		payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
		post_payment_credit_notes_amount: 0,
		pre_payment_credit_notes_amount: 0,
		receipt_number: null,
		rendering: null,
		shipping_cost: null,
		shipping_details: null,
		test_clock: null,
		total_pretax_credit_amounts: [],
	};
}

/** `line_items` of a checkout session when expanded. */
export const sessionLineList = (core: Core, id: string): List<CheckoutLineItem> =>
	embedded(core.state.sessionLines.get(id) ?? [], EMBEDDED, `/v1/checkout/sessions/${id}/line_items`);
