/** What a person, a subscriber or time itself does in Chargebee, by name. Arguments are checked: they also come over HTTP. */
import { z } from 'zod';

import { createCustomer, findCustomer, updateCustomer } from './customers';
import { send } from './delivery';
import { closeInvoice, findInvoice } from './invoiceCalls';
import { pay } from './invoices';
import { emit } from './events';
import { renew } from './renewal';
import { seed, SEEDED } from './seed';
import type { Actor, Core } from './state';
import {
	activate,
	cancelSubscription,
	changeSubscription,
	createSubscription,
	deleteSubscription,
	findSubscription,
	pause,
	reactivate,
	removeScheduledCancellation,
	resume,
} from './subscriptions';
import type { ChargebeeEvent, Invoice } from './types';

const id = z.string().min(1);
const seconds = z.number().int();
const row = z
	.object({ item_price_id: id, quantity: z.number().int().min(1).optional(), unit_price: z.number().int().min(0).optional() })
	.strict();
const fields = z
	.object({
		po_number: z.string(),
		auto_collection: z.enum(['on', 'off']),
		create_pending_invoices: z.boolean(),
		meta_data: z.unknown(),
	})
	.partial()
	.catchall(z.string());

const customer = z
	.object({
		id: id.optional(),
		company: z.string(),
		first_name: z.string(),
		last_name: z.string(),
		email: z.string(),
		preferred_currency_code: z.string().length(3),
		net_term_days: z.number().int().min(0),
		auto_collection: z.enum(['on', 'off']),
		consolidated_invoicing: z.boolean(),
	})
	.partial()
	.strict();

const newSubscription = z
	.object({
		id: id.optional(),
		customerId: id.default(SEEDED.customers.acme),
		/** Item prices, or the plan and addons of catalog 1.0; exactly one plan. */
		items: z.array(row).default([{ item_price_id: SEEDED.prices.pro }]),
		/** UTC seconds; a time in the past backdates, one in the future waits. */
		startDate: seconds.optional(),
		trialEnd: seconds.optional(),
		firstInvoicePending: z.boolean().optional(),
		/** Taken over as they are; usage is billed on pending invoices unless this says otherwise. */
		fields: fields.default({}),
	})
	.strict();

const change = z
	.object({
		id,
		items: z.array(row).optional(),
		endOfTerm: z.boolean().optional(),
		from: seconds.optional(),
		fields: fields.optional(),
	})
	.strict();

const settings = z
	.object({
		meteredBilling: z.boolean(),
		multiDecimal: z.boolean(),
		taxRate: z.number().min(0),
		currencies: z.array(z.string().length(3)).min(1),
		allowLocalUrls: z.boolean(),
		processingMs: z.number().min(0),
		requestsPerMinute: z.number().int().min(1).nullable(),
		maxConcurrent: z.number().int().min(1).nullable(),
		delivery: z
			.object({
				copies: z.number().int().min(1),
				wrongPassword: z.boolean(),
				noCredentials: z.boolean(),
				attempts: z.number().int().min(1),
				backoffMs: z.number().min(0),
			})
			.partial()
			.strict(),
	})
	.partial()
	.strict();

function configure(
	core: Core,
	{ delivery, requestsPerMinute: perMinute, maxConcurrent, ...plain }: z.output<typeof settings>,
): object {
	Object.assign(core.settings, plain);
	if (perMinute !== undefined) core.settings.requestsPerMinute = perMinute ?? undefined;
	if (maxConcurrent !== undefined) core.settings.maxConcurrent = maxConcurrent ?? undefined;
	Object.assign(core.settings.delivery, delivery);
	return core.settings;
}

function releaseDeliveries(core: Core, reversed: boolean): { released: number } {
	const held = core.held ?? [];
	core.held = undefined;
	for (const start of reversed ? held.reverse() : held) start();
	return { released: held.length };
}

function resendEvent(core: Core, eventId: string): ChargebeeEvent {
	const event = core.state.events.get(eventId);
	if (!event) throw new Error(`There is no event ${eventId}`);
	send(core, event);
	return event;
}

const PERSON: Actor = { source: 'admin_console', user: 'owner@sandbox.test' };
const CLOCK: Actor = { source: 'scheduled_job' };

/** All actions, bound to one sandbox. What they answer is a copy. */
export function createActions(core: Core) {
	/** An action whose arguments are parsed first. */
	const action =
		<S extends z.ZodTypeAny, T>(actor: Actor, schema: S, run: (args: z.output<S>) => T) =>
		(args: z.input<S>): T =>
			structuredClone(core.as(actor, () => run(schema.parse(args) as z.output<S>)));
	const only = z.object({ id }).strict();
	const at = z.object({ id, at: seconds.optional() }).strict();
	const find = (subscriptionId: string) => findSubscription(core, subscriptionId);

	return {
		seed: () => seed(core),
		createCustomer: action(PERSON, customer, (args) => createCustomer(core, args)),
		updateCustomer: action(PERSON, customer.extend({ id }), ({ id: customerId, ...args }) =>
			updateCustomer(core, findCustomer(core, customerId), args),
		),
		createSubscription: action(PERSON, newSubscription, (args) => {
			const owner = findCustomer(core, args.customerId);
			const given = { create_pending_invoices: core.settings.meteredBilling, ...args.fields };
			return createSubscription(core, owner, { ...args, rows: args.items, fields: given }).subscription;
		}),
		/** Ends a trial or starts a future subscription; `at` in the past gives the backdated event. */
		activateSubscription: action(PERSON, at, (args) => {
			activate(core, find(args.id), args.at);
			return find(args.id);
		}),
		changeSubscription: action(PERSON, change, ({ id: subscriptionId, items, ...args }) => {
			changeSubscription(core, find(subscriptionId), { rows: items, ...args });
			return find(subscriptionId);
		}),
		/** At once; at the end of the term; or `at` a later or (backdated) an earlier time. */
		cancelSubscription: action(PERSON, at.extend({ endOfTerm: z.boolean().default(false) }), (args) => {
			const subscription = find(args.id);
			cancelSubscription(core, subscription, args.endOfTerm ? subscription.current_term_end : args.at);
			return subscription;
		}),
		removeScheduledCancellation: action(PERSON, only, (args) => {
			removeScheduledCancellation(core, find(args.id));
			return find(args.id);
		}),
		reactivateSubscription: action(PERSON, at, (args) => {
			reactivate(core, find(args.id), args.at);
			return find(args.id);
		}),
		pauseSubscription: action(PERSON, only, (args) => pause(core, find(args.id))),
		resumeSubscription: action(PERSON, only, (args) => resume(core, find(args.id))),
		deleteSubscription: action(PERSON, only, (args) => deleteSubscription(core, find(args.id))),
		/** The end of a term: the new (pending) invoice; nothing when the subscription ended instead. */
		renew: action(CLOCK, at, (args): Invoice | undefined => renew(core, find(args.id), args.at)),
		closeInvoice: action(PERSON, only, (args) => closeInvoice(core, findInvoice(core, args.id))),
		payInvoice: action(PERSON, only, (args) => {
			const invoice = findInvoice(core, args.id);
			pay(core, invoice);
			emit(core, 'payment_succeeded', { invoice });
			return invoice;
		}),
		/** Someone else works on the customer's data for a while: writes meet 429 `lock_timeout`. */
		lockCustomer: action(PERSON, z.object({ id, ms: z.number().min(0) }).strict(), (args) => {
			core.locks.set(args.id, Date.now() + args.ms);
		}),
		holdDeliveries: () => {
			core.held ??= [];
		},
		releaseDeliveries: action(PERSON, z.object({ reversed: z.boolean().default(false) }).strict(), (args) =>
			releaseDeliveries(core, args.reversed),
		),
		resendEvent: action(PERSON, only, (args) => resendEvent(core, args.id)),
		/** Moves the site's clock on. */
		advanceTime: action(CLOCK, z.object({ seconds: z.number().min(0) }).strict(), (args) => {
			core.ahead += args.seconds;
			return { now: core.now() };
		}),
		configure: action(PERSON, settings, (args) => configure(core, args)),
	};
}

export type Actions = ReturnType<typeof createActions>;
