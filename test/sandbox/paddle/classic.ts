/** Paddle Classic: one form (or JSON) POST per call, HTTP 200 even when it fails. */
import Big from 'big.js';
import { z } from 'zod';

import type { Handler, Router, SandboxRequest, SandboxResponse } from '../kit/http';
import type { ClassicModifier, ClassicPayment, ClassicSubscription } from './classicState';
import { VENDOR_AUTH_CODE, VENDOR_ID } from './keys';
import type { Core } from './state';

export const CLASSIC = '/api/2.0/subscription';

/** `{success: false, error: {code, message}}` */
class ClassicError extends Error {
	constructor(
		readonly code: number,
		message: string,
	) {
		super(message);
	}
}

function failure(error: unknown): SandboxResponse {
	if (!(error instanceof ClassicError)) throw error;
	return { status: 200, body: { success: false, error: { code: error.code, message: error.message } } };
}

const noPermission = () => new ClassicError(107, "You don't have permission to access this resource");
const missing = (what: string) => new ClassicError(116, `One or more required arguments are missing or wrong: ${what}`);
const noSubscription = () => new ClassicError(119, 'Unable to find requested subscription');

const integer = z.coerce.string().regex(/^\d+$/).transform(Number);
const number = z.coerce
	.string()
	.regex(/^-?\d+(\.\d+)?$/)
	.transform(Number);
const flag = z.coerce
	.string()
	.regex(/^(true|false|1|0)$/)
	.transform((value) => value === 'true' || value === '1');

type Run<S extends z.ZodRawShape> = (core: Core, params: z.output<z.ZodObject<S>>) => unknown;

/** Credentials first, then the parameters; unknown ones are refused. */
const call =
	<S extends z.ZodRawShape>(core: Core, shape: S, run: Run<S>): Handler =>
	(request: SandboxRequest): SandboxResponse => {
		try {
			const { vendor_id: vendor, vendor_auth_code: code, ...own } = (request.body ?? {}) as Record<string, unknown>;
			if (String(vendor) !== String(VENDOR_ID) || code !== VENDOR_AUTH_CODE) throw noPermission();
			const params = z.object(shape).strict().safeParse(own);
			if (!params.success)
				throw missing(params.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '));
			const response = run(core, params.data as z.output<z.ZodObject<S>>);
			return { status: 200, body: { success: true, ...(response !== undefined && { response }) } };
		} catch (error) {
			return failure(error);
		}
	};

function find(core: Core, id: number): ClassicSubscription {
	const subscription = core.state.classic.subscriptions.get(id);
	if (!subscription || subscription.state === 'deleted') throw noSubscription();
	return subscription;
}

const newId = ({ state: { classic } }: Core) => classic.nextId++;

function show(core: Core, modifier: ClassicModifier): object {
	const subscription = core.state.classic.subscriptions.get(modifier.subscription_id);
	return {
		modifier_id: modifier.modifier_id,
		subscription_id: modifier.subscription_id,
		amount: modifier.amount.toFixed(3),
		currency: subscription?.currency,
		is_recurring: modifier.is_recurring,
		description: modifier.description,
	};
}

function user(subscription: ClassicSubscription, planAmount: number): object {
	return {
		subscription_id: subscription.subscription_id,
		plan_id: subscription.plan_id,
		user_id: subscription.user_id,
		user_email: subscription.user_email,
		marketing_consent: false,
		state: subscription.state,
		signup_date: subscription.signup_date,
		quantity: subscription.quantity,
		...(subscription.lastPayment && { last_payment: subscription.lastPayment }),
		next_payment: { amount: planAmount, currency: subscription.currency, date: subscription.nextPayment },
		update_url: `https://subscription-management.sandbox.invalid/${subscription.subscription_id}/update`,
		cancel_url: `https://subscription-management.sandbox.invalid/${subscription.subscription_id}/cancel`,
	};
}

/** Two decimals: more are rounded, which is where other integrations lose cents. */
const rounded = (amount: Big | number) => new Big(amount).round(2, Big.roundHalfUp).toNumber();

const modifiersOf = (core: Core, id: number) =>
	[...core.state.classic.modifiers.values()].filter((modifier) => modifier.subscription_id === id);

/** What the next payment comes to, before it is cut at zero. */
function due(core: Core, subscription: ClassicSubscription): Big {
	const plan = new Big(subscription.planAmount).times(subscription.quantity).minus(subscription.balance);
	return modifiersOf(core, subscription.subscription_id).reduce((sum, { amount }) => sum.plus(amount), plan);
}

/** A payment falls due: modifiers go into it, one-time ones are gone afterwards, too large a credit stays as balance. */
export function takePayment(core: Core, id: number): ClassicPayment {
	const subscription = find(core, id);
	const amount = due(core, subscription);
	const modifiers = modifiersOf(core, id);
	subscription.balance = amount.lt(0) ? rounded(amount.times(-1)) : 0;
	for (const modifier of modifiers) if (!modifier.is_recurring) core.state.classic.modifiers.delete(modifier.modifier_id);
	const date = core.now().slice(0, 10);
	const payment = {
		id: newId(core),
		subscription_id: id,
		amount: amount.lt(0) ? 0 : rounded(amount),
		currency: subscription.currency,
		date,
		modifiers,
	};
	subscription.lastPayment = { amount: payment.amount, currency: payment.currency, date };
	core.state.classic.payments.push(payment);
	return payment;
}

export interface NewClassicSubscription {
	planId: number;
	userEmail: string;
	currency: string;
	amount: number;
	quantity: number;
}

export function subscribeClassic(
	core: Core,
	{ planId, userEmail, currency, amount, quantity }: NewClassicSubscription,
): ClassicSubscription {
	const now = core.now();
	const subscription: ClassicSubscription = {
		subscription_id: newId(core),
		plan_id: planId,
		user_id: newId(core),
		user_email: userEmail,
		state: 'active',
		signup_date: now.slice(0, 19).replace('T', ' '),
		currency,
		planAmount: amount,
		quantity,
		nextPayment: new Date(core.nowMs() + 30 * 86_400_000).toISOString().slice(0, 10),
		balance: 0,
	};
	core.state.classic.subscriptions.set(subscription.subscription_id, subscription);
	return subscription;
}

/** The Classic calls, beside those of Paddle Billing. */
export function serveClassic(core: Core, router: Router): void {
	router.on(
		'POST',
		`${CLASSIC}/modifiers/create`,
		// A modifier recurs unless told otherwise: the trap of this call.
		call(
			core,
			{
				subscription_id: integer,
				modifier_amount: number,
				modifier_recurring: flag.default('true'),
				modifier_description: z.string().max(255).default(''),
			},
			(_core, params) => {
				const { subscription_id: id } = find(core, params.subscription_id);
				if (params.modifier_amount === 0) throw missing('modifier_amount must not be 0');
				const modifier = {
					modifier_id: newId(core),
					subscription_id: id,
					amount: params.modifier_amount,
					is_recurring: params.modifier_recurring,
					description: params.modifier_description,
				};
				core.state.classic.modifiers.set(modifier.modifier_id, modifier);
				return { subscription_id: id, modifier_id: modifier.modifier_id };
			},
		),
	);
	const pageFields = { subscription_id: integer.optional(), plan_id: integer.optional(), results_per_page: integer.optional() };
	router.on(
		'POST',
		`${CLASSIC}/modifiers`,
		call(
			core,
			{ ...pageFields, after: integer.optional() },
			(_core, { subscription_id: id, plan_id: plan, results_per_page: count = 250, after = 0 }) => {
				if (count < 1 || count > 250) throw missing('results_per_page must be 1 to 250');
				const { modifiers, subscriptions } = core.state.classic;
				const found = [...modifiers.values()].filter(
					(modifier) =>
						modifier.modifier_id > after &&
						(id === undefined || modifier.subscription_id === id) &&
						(plan === undefined || subscriptions.get(modifier.subscription_id)?.plan_id === plan),
				);
				return found.slice(0, count).map((modifier) => show(core, modifier));
			},
		),
	);
	router.on(
		'POST',
		`${CLASSIC}/modifiers/delete`,
		call(core, { modifier_id: integer }, (_core, { modifier_id: id }) => {
			if (!core.state.classic.modifiers.delete(id)) throw new ClassicError(123, 'Unable to find requested modifier');
			return undefined;
		}),
	);
	router.on(
		'POST',
		`${CLASSIC}/users`,
		call(
			core,
			{
				...pageFields,
				page: integer.optional(),
				state: z.enum(['active', 'past_due', 'trialing', 'paused', 'deleted']).optional(),
			},
			(_core, { subscription_id: id, plan_id: plan, results_per_page: count = 200, page = 1, state }) => {
				if (count < 1 || count > 200) throw missing('results_per_page must be 1 to 200');
				const found = [...core.state.classic.subscriptions.values()].filter(
					(subscription) =>
						(id === undefined || subscription.subscription_id === id) &&
						(plan === undefined || subscription.plan_id === plan) &&
						(state === undefined ? subscription.state !== 'deleted' : subscription.state === state),
				);
				return found
					.slice((page - 1) * count, page * count)
					.map((subscription) => user(subscription, rounded(due(core, subscription))));
			},
		),
	);
	router.on('POST', `${CLASSIC}/:id/charge`, (request) =>
		call(core, { amount: number, charge_name: z.string().min(1).max(50) }, (_core, { amount }) =>
			charge(core, Number(request.params.id), amount),
		)(request),
	);
}

/** An immediate charge. */
function charge(core: Core, id: number, amount: number): object {
	const subscription = find(core, id);
	if (amount <= 0) throw missing('amount must be above 0');
	const payment = {
		id: newId(core),
		subscription_id: id,
		amount: rounded(amount),
		currency: subscription.currency,
		date: core.now().slice(0, 10),
		modifiers: [],
	};
	core.state.classic.payments.push(payment);
	return {
		invoice_id: payment.id,
		subscription_id: id,
		amount: payment.amount.toFixed(2),
		currency: payment.currency,
		payment_date: payment.date,
		receipt_url: `https://my.sandbox.invalid/receipt/${payment.id}`,
		order_id: `${payment.id}-${id}`,
		status: 'success',
	};
}
