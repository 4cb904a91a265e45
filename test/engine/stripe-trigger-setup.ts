import type { INodeParameters } from 'n8n-workflow';
import Stripe from 'stripe';

import { StripeForM3terTrigger } from '../../nodes/Stripe/StripeForM3terTrigger.node';
import type { SubscriptionEvent } from '../../nodes/shared/subscriptionEvent';
import { SECRET_KEY, SEEDED, type StripeSandbox } from '../sandbox/stripe';
import { Trigger, type TriggerOptions } from './harness';
import { activate, connect } from './m3ter-trigger-setup';

export const stripeCredentials = (sandbox: { url: string }, secretKey = SECRET_KEY) => ({ stripeForM3terApi: { secretKey, baseUrl: sandbox.url } });

export const stripeTrigger = (sandbox: StripeSandbox, parameters: INodeParameters = {}, options: Partial<TriggerOptions> = {}): Trigger =>
	new Trigger({ node: new StripeForM3terTrigger(), parameters, credentials: stripeCredentials(sandbox), ...options });

/** What the trigger wrote into n8n's log: the only place where a refused delivery says why. */
export function warnings(trigger: Trigger): string[] {
	const written: string[] = [];
	jest.spyOn(trigger.logger, 'warn').mockImplementation((message, meta) => void written.push(`${message} ${String(meta?.description ?? '')}`.trim()));
	return written;
}

/** An active trigger the sandbox delivers to. */
export async function listening(sandbox: StripeSandbox, events?: string[]) {
	const trigger = stripeTrigger(sandbox, events === undefined ? {} : { events });
	await activate(trigger);
	const received = connect(trigger);
	const emitted = async () => {
		await sandbox.settled();
		return received.flatMap(({ items = [] }) => items.map(({ json }) => json as unknown as SubscriptionEvent));
	};
	return { trigger, received, emitted };
}

const { webhooks } = new Stripe(SECRET_KEY);

/** A delivery signed by the official SDK. */
export function signed(trigger: Trigger, event: object | string, timestamp = Math.floor(Date.now() / 1000)) {
	const payload = typeof event === 'string' ? event : JSON.stringify(event);
	const header = webhooks.generateTestHeaderString({ payload, secret: String(trigger.staticData.secret), timestamp });
	return { body: payload, headers: { 'Stripe-Signature': header } };
}

/** An event as Stripe sends it, about an object the sandbox holds. */
export const stripeEvent = (type: string, object: object, id = 'evt_1') => ({
	id,
	object: 'event',
	api_version: '2026-10-28.endive',
	created: 1_767_225_600,
	livemode: false,
	type,
	data: { object },
});

/** The seeded sandbox without anything an earlier test left. */
export function freshStripe(sandbox: StripeSandbox): void {
	sandbox.reset();
	sandbox.clearFaults();
	sandbox.configure({ delivery: { copies: 1, wrongSecret: false, ageSeconds: 0, livemode: false, attempts: 1, backoffMs: 1 } });
	sandbox.requests.length = 0;
}

export type CheckoutArgs = Parameters<StripeSandbox['completeCheckout']>[0];

/** A shopper buys the Pro plan, as a customer m3ter knows unless told otherwise. */
export const buyPro = (sandbox: StripeSandbox, args: CheckoutArgs = {}) => sandbox.completeCheckout({ customerId: SEEDED.customers.acme, priceId: SEEDED.prices.pro, ...args });
