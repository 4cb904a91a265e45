/** What a person, a shopper or time itself does in Stripe, by name. Arguments are checked: they also come over HTTP. */
import { z } from 'zod';

import { checkout, completeCheckout, settleCheckout } from './checkoutActions';
import type { Core } from './core';
import { setCustomer } from './customerRecords';
import { deliverySettings, releaseDeliveries, resendEvent, rollSecret } from './deliveryActions';
import { deleteInvoice } from './invoices';
import { finalizeDue, finalizeInvoice, payInvoice } from './invoiceStates';
import type { Invoice } from './invoiceTypes';
import { seed, SEEDED } from './seed';
import { changeSubscription, endSubscription, renewSubscription, scheduleEnd } from './subscriptionChanges';
import { updateSubscription } from './subscriptions';
import { invoiceView, itemsOf, subscriptionView } from './views';

const tags = z.record(z.string());
const id = z.string().min(1);
const only = z.object({ id }).strict();

/** An action whose arguments are parsed first. */
const action =
	<S extends z.ZodTypeAny, T>(schema: S, run: (args: z.output<S>) => T) =>
	(args: z.input<S>): T =>
		run(schema.parse(args) as z.output<S>);

const update = z
	.object({
		id,
		/** Of the first item, unless `itemId` names another. */
		itemId: id.optional(),
		priceId: id.optional(),
		quantity: z.number().int().min(0).optional(),
		addPriceId: id.optional(),
		metadata: tags.optional(),
		status: z.enum(['active', 'past_due', 'paused', 'trialing', 'unpaid']).optional(),
	})
	.strict();

function changeItems(core: Core, args: z.output<typeof update>): object {
	const itemId = args.itemId ?? itemsOf(core, args.id)[0]?.id;
	const edit =
		args.priceId !== undefined || args.quantity !== undefined
			? [{ id: itemId, price: args.priceId, quantity: args.quantity }]
			: [];
	const added = args.addPriceId === undefined ? [] : [{ price: args.addPriceId }];
	if (args.status) changeSubscription(core, args.id, (subscription) => Object.assign(subscription, { status: args.status }));
	return updateSubscription(core, args.id, { items: [...edit, ...added], metadata: args.metadata });
}

const cancel = z
	.object({
		id,
		/** True: at the end of the period. False: at once. */
		atPeriodEnd: z.boolean().default(false),
		/** Epoch seconds of a later end; instead of `atPeriodEnd`. */
		at: z.number().int().optional(),
		/** Leaves `cancel_at` empty, so that only `cancel_at_period_end` tells. */
		flagOnly: z.boolean().default(false),
		/** Bills pending items when ending at once. */
		invoiceNow: z.boolean().default(false),
	})
	.strict();

function cancelSubscription(core: Core, args: z.output<typeof cancel>): object {
	if (!args.atPeriodEnd && args.at === undefined) return endSubscription(core, args.id, { invoiceNow: args.invoiceNow });
	return changeSubscription(core, args.id, (subscription) => {
		scheduleEnd(core, subscription, args.at ?? 'period_end');
		if (args.flagOnly) subscription.cancel_at = null;
	});
}

const settings = z
	.object({
		allowLocalUrls: z.boolean(),
		searchLagMs: z.number().min(0),
		processingMs: z.number().min(0),
		rateLimits: z.object({ account: z.number(), endpoint: z.number(), search: z.number() }).strict().nullable(),
		restrictedKeyPermissions: z.record(z.enum(['none', 'read', 'write'])),
		defaultCurrency: z.string().length(3),
		delivery: deliverySettings,
	})
	.partial()
	.strict();

function configure(core: Core, { delivery: signing, rateLimits, ...plain }: z.output<typeof settings>): object {
	Object.assign(core.settings, plain, rateLimits !== undefined && { rateLimits: rateLimits ?? undefined });
	Object.assign(core.settings.delivery, signing);
	return core.settings;
}

const failure = z
	.object({
		kind: z.enum(['api_error', 'lock_timeout']),
		method: z.string().optional(),
		/** Beginning of the path. */
		path: z.string().optional(),
		applied: z.boolean().optional(),
	})
	.strict();

/** Gives a customer a coupon, which their next drafts inherit. */
function giveCoupon(core: Core, customer: string, coupon: string): object {
	if (!core.state.coupons.has(coupon)) throw new Error(`There is no coupon ${coupon}`);
	const discount = {
		id: core.newId('di'),
		object: 'discount' as const,
		checkout_session: null,
		customer,
		customer_account: null,
		end: null,
		invoice: null,
		invoice_item: null,
		promotion_code: null,
		source: { coupon, type: 'coupon' as const },
		start: core.now(),
		subscription: null,
		subscription_item: null,
	};
	return setCustomer(core, customer, (entry) => ({ ...entry, discount }));
}

/** All actions, bound to one sandbox. */
export const createActions = (core: Core) => ({
	seed: () => seed(core),
	completeCheckout: action(checkout, (args) => completeCheckout(core, args)),
	settleCheckout: action(z.object({ sessionId: id, succeeded: z.boolean().default(true) }).strict(), (args) =>
		settleCheckout(core, args.sessionId, args.succeeded),
	),
	updateSubscription: action(update, (args) => changeItems(core, args)),
	cancelSubscription: action(cancel, (args) => cancelSubscription(core, args)),
	/** Takes a scheduled cancellation back. */
	resumeSubscription: action(only, (args) =>
		changeSubscription(core, args.id, (subscription) => scheduleEnd(core, subscription, null)),
	),
	endSubscription: action(only, (args) => endSubscription(core, args.id)),
	/** The draft renewal invoice; the ended subscription when its end was scheduled. */
	renewSubscription: action(only, (args): Invoice | object => {
		const invoice = renewSubscription(core, args.id);
		return (invoice ? invoiceView(core, invoice.id) : subscriptionView(core, args.id)) ?? {};
	}),
	finalizeInvoice: action(only, (args) => finalizeInvoice(core, args.id)),
	deleteInvoice: action(only, (args) => deleteInvoice(core, args.id)),
	payInvoice: action(only, (args) => payInvoice(core, args.id)),
	giveCoupon: action(z.object({ customerId: id, coupon: z.string().default(SEEDED.coupons.loyal) }).strict(), (args) =>
		giveCoupon(core, args.customerId, args.coupon),
	),
	rollSecret: action(only, (args) => rollSecret(core, args.id)),
	holdDeliveries: () => {
		core.held ??= [];
	},
	releaseDeliveries: action(z.object({ reversed: z.boolean().default(false) }).strict(), (args) =>
		releaseDeliveries(core, args.reversed),
	),
	resendEvent: action(only, (args) => resendEvent(core, args.id)),
	/** The next matching request breaks inside Stripe; see `PlannedFailure`. */
	failNext: action(failure, (args) => {
		core.plannedFailures.push(args);
	}),
	/** Moves the account's clock on; drafts whose hour has come are finalised. */
	advanceTime: action(z.object({ seconds: z.number().min(0) }).strict(), (args) => {
		core.ahead += args.seconds;
		finalizeDue(core);
		return { now: core.now() };
	}),
	configure: action(settings, (args) => configure(core, args)),
});

export type Actions = ReturnType<typeof createActions>;
