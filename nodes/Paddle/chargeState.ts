import type { BillJob } from '../M3ter/billTarget';
import { inParallel } from '../n8n/parallel';
import { sumByKey } from '../shared/diff';
import { Failure } from '../shared/failure';
import { createdSince, type PaddleApi } from './api';
import { ourLine, type PaddleExistingLine } from './lines';
import { subscriptionSchema, transactionSchema, type PaddleSubscription, type PaddleTransaction } from './schemas';

/** What a subscription was charged for a bill. Paddle can neither change nor remove it. */
export interface ChargeState {
	subscription: PaddleSubscription;
	/** Sums per line key. */
	charged: Map<string, PaddleExistingLine>;
	/** The newest version of the bill among the charges. */
	version: number;
	/** Some of it waits for the next billing. */
	isWaiting: boolean;
	/** The bill was sent to wait here, but Paddle shows nothing that waits while a cancellation or pause is scheduled. */
	isHidden: boolean;
	/** The newest transaction that holds some of it. */
	transaction?: PaddleTransaction;
}

type Charged = NonNullable<ReturnType<typeof ourLine>>;
type WaitingItem = NonNullable<PaddleSubscription['next_transaction']>['details']['line_items'][number];

/**
 * Looks up everything a subscription was charged for a bill: what waits for the next billing, and what is on transactions.
 * In this order, so that a renewal in between cannot hide anything.
 * @throws Failure `not-found`, or `conflict` where the subscription is another customer's or in another currency.
 */
export async function readCharges(api: PaddleApi, job: BillJob, subscriptionId: string): Promise<ChargeState> {
	const subscription = await readSubscription(api, job, subscriptionId);
	const waiting = await waitingLines(api, subscription, job.bill.id);
	const transactions = await api.list(
		'/transactions',
		transactionSchema,
		{ subscription_id: subscriptionId, origin: 'subscription_charge,subscription_recurring', 'created_at[GTE]': createdSince(job) },
		30,
	);
	const holding = transactions.filter(({ status, items }) => status !== 'canceled' && items.some(({ price }) => price.custom_data.m3ter_bill_id === job.bill.id));
	const billed = holding.flatMap(({ items }) => items.flatMap(({ price }) => ofBill(ourLine(price.id, price.custom_data), job.bill.id)));
	const billedIds = new Set(billed.map(({ id }) => id));
	const stillWaiting = waiting.filter(({ id }) => !billedIds.has(id));
	const lines = [...billed, ...stillWaiting];
	return {
		subscription,
		charged: sumByKey<PaddleExistingLine>(lines),
		version: Math.max(0, ...lines.map(({ version }) => version)),
		isWaiting: stillWaiting.length > 0,
		isHidden: !subscription.next_transaction && job.ledgerDocumentId === subscriptionId,
		transaction: holding[0],
	};
}

const ofBill = (line: Charged | undefined, billId: string): Charged[] => (line?.billId === billId ? [line] : []);

async function readSubscription(api: PaddleApi, job: BillJob, id: string): Promise<PaddleSubscription> {
	const subscription = await api.find(`/subscriptions/${id}`, subscriptionSchema, { include: 'next_transaction' });
	const who = `Bill ${job.bill.id} of account ${job.account.code}`;
	if (subscription === undefined) {
		throw new Failure('not-found', 'Paddle has no such subscription', { description: `${who}: ${id} does not exist in this Paddle account. Check the mapping, and the environment of the credential.` });
	}
	if (subscription.customer_id !== job.customerId) {
		throw new Failure('conflict', "The Paddle subscription is another customer's", {
			description: `${who} is for ${job.customerId}; subscription ${id} belongs to ${subscription.customer_id}. Correct the external mappings of the account or of its account plan.`,
		});
	}
	if (subscription.currency_code !== job.draft.currency.toUpperCase()) {
		throw new Failure('conflict', 'The Paddle subscription has another currency', {
			description: `${who} is in ${job.draft.currency}, subscription ${id} in ${subscription.currency_code}. Paddle would convert the amounts; bill the account in ${subscription.currency_code}.`,
		});
	}
	return subscription;
}

/** The bill's lines in the next transaction. The products made for our lines show whose they are; other prices are read. */
async function waitingLines(api: PaddleApi, subscription: PaddleSubscription, billId: string): Promise<Charged[]> {
	const recurring = new Set(subscription.items.map(({ price }) => price.id));
	const items = (subscription.next_transaction?.details.line_items ?? []).filter(({ price_id: id }) => id !== undefined && !recurring.has(id));
	const lines = await inParallel(items, 5, async (item) => await waitingLine(api, item));
	return lines.flatMap((line) => ofBill(line, billId));
}

async function waitingLine(api: PaddleApi, { price_id: id = '', product }: WaitingItem): Promise<Charged | undefined> {
	const byProduct = ourLine(id, product?.custom_data ?? {});
	return byProduct ?? ourLine(id, (await api.price(id)).custom_data);
}
