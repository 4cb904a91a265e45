/** What a shopper does at the seller's checkout. */
import { z } from 'zod';

import { createSession } from './checkout';
import type { Core } from './core';
import { createCustomer, customerParam, setCustomer } from './customerRecords';
import { emit } from './events';
import { payInvoice } from './invoiceStates';
import { seed, SEEDED } from './seed';
import { changeSubscription, createSubscription, recurringPrice } from './subscriptionChanges';
import type { Price } from './types';
import { itemsOf } from './views';

const tags = z.record(z.string());
const id = z.string().min(1);

/** Arguments of `completeCheckout`. */
export const checkout = z
	.object({
		/** A new customer, unless `customerId` names one. */
		email: z.string().optional(),
		name: z.string().optional(),
		customerId: id.optional(),
		country: z.string().length(2).optional(),
		/** Default: the seeded starter price. */
		priceId: id.default(SEEDED.prices.starter),
		quantity: z.number().int().min(0).default(1),
		/** Further items. */
		items: z.array(z.object({ priceId: id, quantity: z.number().int().min(0).default(1) }).strict()).default([]),
		/** Takes the price of the same product in this currency. */
		currency: z.string().length(3).optional(),
		/** Of the session; Stripe does not copy it onto the subscription. */
		metadata: tags.default({}),
		subscriptionMetadata: tags.default({}),
		customerMetadata: tags.default({}),
		clientReferenceId: z.string().optional(),
		trialDays: z.number().int().positive().optional(),
		/** Epoch seconds: backdates the subscription. */
		startDate: z.number().int().optional(),
		billingMode: z.enum(['classic', 'flexible']).default('flexible'),
		/** False: a delayed payment method; the word comes with `settleCheckout`. */
		paid: z.boolean().default(true),
	})
	.strict();

/** The price in the asked currency: itself, or its sister of the same product, interval and usage type. */
function priceIn(core: Core, priceId: string, currency: string | undefined): Price {
	const price = recurringPrice(core, priceId, 'priceId');
	if (currency === undefined || price.currency === currency.toLowerCase()) return price;
	const sister = [...core.state.prices.values()].find(
		(entry) =>
			entry.currency === currency.toLowerCase() &&
			entry.product === price.product &&
			entry.active &&
			entry.recurring?.interval === price.recurring?.interval &&
			entry.recurring?.usage_type === price.recurring?.usage_type,
	);
	if (!sister) throw new Error(`There is no price like ${priceId} in ${currency}`);
	return sister;
}

/** A shopper finishes Checkout: customer, subscription with its first invoice, session, and their events. */
export function completeCheckout(core: Core, args: z.output<typeof checkout>) {
	seed(core);
	const items = [{ priceId: args.priceId, quantity: args.quantity }, ...args.items].map((item) => ({
		price: priceIn(core, item.priceId, args.currency),
		quantity: item.quantity,
	}));
	const address = args.country === undefined ? undefined : { country: args.country };
	const { email = 'shopper@shop.test', name = 'Shopper' } = args;
	const found =
		args.customerId === undefined
			? createCustomer(core, { email, name, address, metadata: args.customerMetadata })
			: customerParam(core, args.customerId);
	setCustomer(core, found.id, (entry) => ({
		...entry,
		invoice_settings: {
			...entry.invoice_settings,
			default_payment_method: entry.invoice_settings.default_payment_method ?? core.newId('pm'),
		},
	}));
	const subscriptionId = createSubscription(core, {
		customer: found.id,
		items: items.map(({ price, quantity }) => ({ price: price.id, quantity })),
		metadata: args.subscriptionMetadata,
		startDate: args.startDate,
		trialEnd: args.trialDays === undefined ? undefined : core.now() + args.trialDays * 24 * 60 * 60,
		billingMode: args.billingMode,
		unpaid: !args.paid,
	});
	const customer = customerParam(core, found.id);
	const session = createSession(core, {
		customer,
		subscription: subscriptionId,
		invoice: core.state.subscriptions.get(subscriptionId)?.latest_invoice ?? null,
		items,
		metadata: args.metadata,
		clientReferenceId: args.clientReferenceId ?? null,
		address: customer.address,
		paymentStatus: paymentStatus(args),
	});
	emit(core, 'checkout.session.completed', session);
	return {
		customerId: customer.id,
		subscriptionId,
		sessionId: session.id,
		itemIds: itemsOf(core, subscriptionId).map((item) => item.id),
	};
}

function paymentStatus({ paid, trialDays }: z.output<typeof checkout>): 'paid' | 'unpaid' | 'no_payment_required' {
	if (trialDays !== undefined) return 'no_payment_required';
	return paid ? 'paid' : 'unpaid';
}

/** The final word about a checkout that was completed unpaid. */
export function settleCheckout(core: Core, sessionId: string, succeeded: boolean): object {
	const session = core.state.sessions.get(sessionId);
	if (session?.payment_status !== 'unpaid') throw new Error(`${sessionId} is not waiting for a payment`);
	if (succeeded) {
		session.payment_status = 'paid';
		if (typeof session.invoice === 'string') payInvoice(core, session.invoice);
	}
	if (session.subscription) {
		changeSubscription(core, session.subscription, (subscription) => {
			subscription.status = succeeded ? 'active' : 'incomplete_expired';
			if (!succeeded) subscription.ended_at = core.now();
		});
	}
	emit(core, `checkout.session.async_payment_${succeeded ? 'succeeded' : 'failed'}`, session);
	return session;
}
