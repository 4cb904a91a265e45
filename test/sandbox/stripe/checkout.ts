/** Checkout sessions: made by the `completeCheckout` action, read over the API; sheet §2. */
import type { Core } from './core';
import { noSuch } from './errors';
import { newestFirst, page, PAGE } from './lists';
import { multiply } from './money';
import { operation } from './operations';
import { inRange, needed, object, oneOf, range, text, type Fields } from './params';
import type { Address, CheckoutLineItem, CheckoutSession, Customer, Price } from './types';

export interface NewSession {
	customer: Customer;
	subscription: string;
	invoice: string | null;
	items: Array<{ price: Price; quantity: number }>;
	metadata: Record<string, string>;
	clientReferenceId: string | null;
	address: Address | null;
	/** Delayed payment methods are complete but `unpaid`. */
	paymentStatus: 'paid' | 'unpaid' | 'no_payment_required';
}

function lineItem(core: Core, price: Price, quantity: number): CheckoutLineItem {
	const amount = multiply(price.unit_amount_decimal, String(quantity));
	return {
		id: core.newId('li'),
		object: 'item',
		adjustable_quantity: null,
		amount_discount: 0,
		amount_subtotal: amount,
		amount_tax: 0,
		amount_total: amount,
		currency: price.currency,
		description: core.state.products.get(price.product)?.name ?? price.product,
		metadata: {},
		price,
		quantity: price.recurring?.usage_type === 'metered' ? null : quantity,
	};
}

/** Stores the session of a finished checkout. */
export function createSession(core: Core, params: NewSession): CheckoutSession {
	const { customer } = params;
	const id = core.newId('cs_test');
	const lines = params.items.map(({ price, quantity }) => lineItem(core, price, quantity));
	const total = lines.reduce((sum, line) => sum + line.amount_total, 0);
	const session: CheckoutSession = {
		...NEVER_SET,
		id,
		object: 'checkout.session',
		amount_subtotal: total,
		amount_total: total,
		client_reference_id: params.clientReferenceId,
		created: core.now(),
		currency: params.items[0].price.currency,
		customer: customer.id,
		customer_details: {
			address: params.address,
			business_name: null,
			email: customer.email,
			individual_name: null,
			name: customer.name,
			phone: customer.phone,
			tax_exempt: 'none',
			tax_ids: [],
		},
		expires_at: core.now() + 24 * 60 * 60,
		invoice: params.invoice,
		metadata: params.metadata,
		payment_status: params.paymentStatus,
		status: 'complete',
		subscription: params.subscription,
	};
	core.state.sessions.set(id, session);
	core.state.sessionLines.set(id, lines);
	return session;
}

/** Session fields this sandbox never varies. */
const NEVER_SET = {
	adaptive_pricing: { enabled: false },
	after_expiration: null,
	allow_promotion_codes: null,
	allowed_payment_method_types: null,
	automatic_tax: { enabled: false, liability: null, provider: null, status: null },
	billing_address_collection: 'required',
	cancel_url: null,
	client_secret: null,
	collected_information: { business_name: null, individual_name: null, shipping_details: null },
	consent: null,
	consent_collection: null,
	currency_conversion: null,
	custom_fields: [],
	custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
	customer_account: null,
	customer_creation: 'always',
	customer_email: null,
	discounts: [],
	integration_identifier: null,
	invoice_creation: null,
	livemode: false,
	locale: null,
	managed_payments: null,
	mode: 'subscription',
	origin_context: null,
	payment_intent: null,
	payment_link: null,
	payment_method_collection: 'always',
	payment_method_configuration_details: null,
	payment_method_options: null,
	payment_method_types: ['card'],
	permissions: null,
	phone_number_collection: { enabled: false },
	recovered_from: null,
	saved_payment_method_options: null,
	setup_intent: null,
	shipping_address_collection: null,
	shipping_cost: null,
	shipping_options: [],
	submit_type: null,
	success_url: 'https://shop.example/thanks',
	total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
	ui_mode: 'hosted_page',
	url: null,
	wallet_options: null,
};

const FILTERS = {
	...PAGE,
	created: range,
	customer: text(),
	customer_account: text(),
	customer_details: object({ email: needed(text()) }),
	payment_intent: text(),
	payment_link: text(),
	status: oneOf('complete', 'expired', 'open'),
	subscription: text(),
} satisfies Fields;

function existing(core: Core, id: string): CheckoutSession {
	const session = core.state.sessions.get(id);
	if (!session) throw noSuch('checkout.session', id, 'session', 404);
	return session;
}

export const checkoutOperations = [
	operation(['GET', '/v1/checkout/sessions', 'checkout_sessions'], FILTERS, (core, params) => {
		const same = (['customer', 'customer_account', 'payment_intent', 'payment_link', 'status', 'subscription'] as const).filter(
			(field) => params[field] !== undefined,
		);
		const found = newestFirst(core.state.sessions).filter(
			(session) =>
				inRange(session.created, params.created) &&
				same.every((field) => session[field] === params[field]) &&
				(params.customer_details === undefined || session.customer_details?.email === params.customer_details.email),
		);
		return page(found, params, '/v1/checkout/sessions');
	}),
	operation(['GET', '/v1/checkout/sessions/:id', 'checkout_sessions'], {}, (core, _params, { id }) => existing(core, id)),
	operation(['GET', '/v1/checkout/sessions/:id/line_items', 'checkout_sessions'], PAGE, (core, params, { id }) =>
		page(core.state.sessionLines.get(existing(core, id).id) ?? [], params, `/v1/checkout/sessions/${id}/line_items`),
	),
];
