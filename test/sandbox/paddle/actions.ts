/** What a person, a shopper or time itself does in Paddle, by name. Arguments are checked: they also come over HTTP. */
import { z } from 'zod';

import { decideRefunds } from './adjustments';
import { subscribeClassic, takePayment } from './classic';
import { createAddress, createBusiness, createCustomer, findCustomer } from './customers';
import { notify } from './delivery';
import { emit } from './events';
import { resolveItems } from './items';
import { seed, type Seed } from './seed';
import type { Core } from './state';
import {
	cancelNow,
	changeSubscription,
	fallPastDue,
	findSubscription,
	pauseNow,
	removeScheduledChange,
	renew,
	resumeNow,
	schedule,
} from './subscriptionLife';
import { bill, cancel, createTransaction, pay } from './transactionLife';
import { findTransaction } from './transactionReads';
import type { Subscription, Transaction } from './types';

const id = z.string().min(1);
const item = z.object({ price_id: id, quantity: z.number().int().min(1).default(1) }).strict();

const checkout = z
	.object({
		/** A known customer with an address, or an e-mail address to make one of. */
		customerId: id.optional(),
		addressId: id.optional(),
		businessId: id.optional(),
		email: z.string().optional(),
		name: z.string().nullable().default(null),
		businessName: z.string().optional(),
		countryCode: z.string().length(2).default('US'),
		items: z.array(item).min(1),
		currency: z.string().length(3).default('USD'),
		customData: z.record(z.unknown()).nullable().default(null),
		/** False stops before the payment: the transaction is ready. */
		paid: z.boolean().default(true),
	})
	.strict();

type Checkout = z.output<typeof checkout>;

function buyer(core: Core, args: Checkout): { customerId: string; addressId: string; businessId?: string } {
	if (args.customerId !== undefined) {
		const own = [...core.state.addresses.values()].find((address) => address.customer_id === args.customerId);
		const addressId = args.addressId ?? own?.id;
		if (addressId === undefined) throw new Error(`The customer ${args.customerId} has no address`);
		return { customerId: findCustomer(core, args.customerId).id, addressId, businessId: args.businessId };
	}
	const customer = createCustomer(core, { email: args.email ?? `shopper-${core.newId('x')}@checkout.test`, name: args.name });
	const address = createAddress(core, customer.id, { country_code: args.countryCode });
	const business = args.businessName === undefined ? undefined : createBusiness(core, customer.id, { name: args.businessName });
	return { customerId: customer.id, addressId: address.id, businessId: business?.id };
}

/** A shopper fills in the checkout and pays: customer, address, transaction, and a subscription when items recur. */
function completeCheckout(core: Core, args: Checkout): { transaction: Transaction; subscription?: Subscription } {
	const transaction = createTransaction(core, {
		...buyer(core, args),
		items: resolveItems(core, args.items, args.currency),
		origin: 'web',
		currency: args.currency,
		customData: args.customData,
	});
	if (args.paid) pay(core, transaction);
	return { transaction, subscription: core.state.subscriptions.get(transaction.subscription_id ?? '') };
}

const change = z
	.object({ id, items: z.array(item).min(1).optional(), customData: z.record(z.unknown()).nullable().optional() })
	.strict();

const settings = z
	.object({
		taxRate: z.number().min(0),
		taxMode: z.enum(['external', 'internal']),
		taxCategories: z.array(z.string()),
		defaultCurrency: z.string().length(3),
		allowLocalUrls: z.boolean(),
		processingMs: z.number().min(0),
		rateLimits: z.object({ requests: z.number().int(), previews: z.number().int() }).strict().nullable(),
		limitedKeyPermissions: z.array(z.string()),
		delivery: z
			.object({
				copies: z.number().int().min(1),
				wrongSecret: z.boolean(),
				unsigned: z.boolean(),
				rotating: z.enum(['off', 'first', 'last']),
				ageSeconds: z.number().int(),
				attempts: z.number().int().min(1),
				backoffMs: z.number().min(0),
			})
			.partial()
			.strict(),
	})
	.partial()
	.strict();

function configure(core: Core, { delivery, rateLimits, ...plain }: z.output<typeof settings>): object {
	Object.assign(core.settings, plain, rateLimits !== undefined && { rateLimits: rateLimits ?? undefined });
	Object.assign(core.settings.delivery, delivery);
	return core.settings;
}

function releaseDeliveries(core: Core, reversed: boolean): { released: number } {
	const held = core.held ?? [];
	core.held = undefined;
	for (const start of reversed ? held.reverse() : held) start();
	return { released: held.length };
}

/** The same event once more, under new notification ids. */
function resendEvent(core: Core, eventId: string): { sent: number } {
	const event = core.state.events.get(eventId);
	if (!event) throw new Error(`There is no event ${eventId}`);
	const wanting = [...core.state.notificationSettings.values()].filter(
		(setting) => setting.active && setting.subscribed_events.includes(event.event_type),
	);
	for (const setting of wanting) notify(core, event, setting, 'replay');
	return { sent: wanting.length };
}

/** All actions, bound to one sandbox. What they answer is a copy. */
export function createActions(core: Core) {
	/** An action whose arguments are parsed first. */
	const action =
		<S extends z.ZodTypeAny, T>(schema: S, run: (args: z.output<S>) => T) =>
		(args: z.input<S>): T =>
			structuredClone(run(schema.parse(args) as z.output<S>));
	const only = z.object({ id }).strict();
	const found = (subscriptionId: string) => findSubscription(core, subscriptionId);
	const onSubscription = (run: (subscription: Subscription) => void) =>
		action(only, (args) => {
			run(found(args.id));
			return found(args.id);
		});
	const onTransaction = (run: (transaction: Transaction) => void) =>
		action(only, (args) => {
			run(findTransaction(core, args.id));
			return findTransaction(core, args.id);
		});

	return {
		seed: (): Seed => structuredClone(seed(core)),
		completeCheckout: action(checkout, (args) => completeCheckout(core, args)),
		changeSubscription: action(change, (args) => {
			const subscription = found(args.id);
			const items = args.items && resolveItems(core, args.items, subscription.currency_code);
			changeSubscription(core, subscription, { items, customData: args.customData });
			return subscription;
		}),
		/** At the end of the period (default), or at once. */
		cancelSubscription: action(z.object({ id, endOfTerm: z.boolean().default(true) }).strict(), (args) => {
			if (args.endOfTerm) schedule(core, found(args.id), 'cancel');
			else cancelNow(core, found(args.id));
			return found(args.id);
		}),
		/** Takes back a scheduled cancellation or pause. */
		removeScheduledCancellation: onSubscription((subscription) => removeScheduledChange(core, subscription)),
		schedulePause: onSubscription((subscription) => schedule(core, subscription, 'pause')),
		pauseSubscription: onSubscription((subscription) => pauseNow(core, subscription)),
		resumeSubscription: onSubscription((subscription) => resumeNow(core, subscription)),
		failPayment: onSubscription((subscription) => fallPastDue(core, subscription)),
		importSubscription: onSubscription((subscription) => emit(core, 'subscription.imported', subscription)),
		/** The end of a period: the transaction that bills the next one; nothing when the subscription ended or paused instead. */
		renew: action(z.object({ id, at: z.string().datetime().optional() }).strict(), (args): Transaction | undefined =>
			renew(core, found(args.id), args.at),
		),
		/** The customer pays. */
		completeTransaction: onTransaction((transaction) => pay(core, transaction)),
		billTransaction: onTransaction((transaction) => bill(core, transaction)),
		cancelTransaction: onTransaction((transaction) => cancel(core, transaction)),
		/** Paddle decides on the refunds that wait. */
		decideRefunds: action(z.object({ approve: z.boolean().default(true) }).strict(), (args) => decideRefunds(core, args.approve)),
		createClassicSubscription: action(
			z
				.object({
					planId: z.number().int().default(7001),
					userEmail: id,
					currency: z.string().default('USD'),
					amount: z.number().default(99),
					quantity: z.number().default(1),
				})
				.strict(),
			(args) => subscribeClassic(core, args),
		),
		/** A payment of a Classic subscription falls due. */
		takeClassicPayment: action(z.object({ id: z.number().int() }).strict(), (args) => takePayment(core, args.id)),
		holdDeliveries: () => {
			core.held ??= [];
		},
		releaseDeliveries: action(z.object({ reversed: z.boolean().default(false) }).strict(), (args) =>
			releaseDeliveries(core, args.reversed),
		),
		resendEvent: action(only, (args) => resendEvent(core, args.id)),
		/** Moves the account's clock on. */
		advanceTime: action(z.object({ seconds: z.number().min(0) }).strict(), (args) => {
			core.aheadMs += args.seconds * 1000;
			return { now: core.now() };
		}),
		configure: action(settings, (args) => configure(core, args)),
	};
}

export type Actions = ReturnType<typeof createActions>;
