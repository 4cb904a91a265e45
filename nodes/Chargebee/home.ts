import type { BillJob } from '../M3ter/billTarget';
import { Failure } from '../shared/failure';
import type { ChargebeeBillOptions } from './options';
import { isOurs, type BillState, type HeldInvoice } from './state';

/** Where new lines of a bill go. */
export type Home =
	| { kind: 'invoice'; held: HeldInvoice; subscriptionId?: string }
	| { kind: 'unbilled'; subscriptionId: string }
	| { kind: 'new'; subscriptionId?: string }
	/** Nowhere yet: what to say when there are lines to add. */
	| { kind: 'none'; failure: Failure };

/** Zones and the moment of renewal: an invoice of the day before the period's end is still "after" it. */
const DAY_S = 86_400;

/**
 * Chooses it: an invoice that holds lines of the bill already, else what the target says.
 * @param subscriptionId subscription of the bill, when it is known
 * @throws Failure `mapping-missing` when unbilled charges lack their subscription, `conflict` for another currency.
 */
export function chooseHome(job: BillJob, state: BillState, options: ChargebeeBillOptions, subscriptionId: string | undefined): Home {
	const started = state.pending.find(({ lines }) => lines.some(isOurs));
	const home = started ? onInvoice(started, subscriptionId) : freshHome(job, state, options, subscriptionId);
	if (home.kind === 'invoice') checkCurrency(job, home.held);
	return home;
}

function freshHome(job: BillJob, state: BillState, options: ChargebeeBillOptions, subscriptionId: string | undefined): Home {
	if (options.target === 'pendingInvoice') return pendingHome(job, state, options, subscriptionId);
	return options.target === 'newInvoice' ? { kind: 'new', subscriptionId } : { kind: 'unbilled', subscriptionId: subscriptionId ?? missing(job) };
}

const onInvoice = (held: HeldInvoice, subscriptionId: string | undefined): Home => ({ kind: 'invoice', held, subscriptionId: lineSubscription(held, subscriptionId) });

function missing(job: BillJob): never {
	throw new Failure('mapping-missing', 'Unbilled charges need a subscription', {
		description: `Bill ${job.bill.id} of account ${job.account.code}: choose 'By External Mapping' or 'By ID' in 'Subscription'.`,
	});
}

function pendingHome(job: BillJob, { pending }: BillState, options: ChargebeeBillOptions, subscriptionId: string | undefined): Home {
	const candidates = pending.filter((held) => subscriptionId === undefined || belongsTo(held, subscriptionId));
	if (candidates.length > 1 && options.whichPending === 'fail') return { kind: 'none', failure: severalPending(job, candidates) };
	const held = pick(job, candidates, options.whichPending);
	if (held !== undefined) return onInvoice(held, subscriptionId);
	if (options.noPending === 'newInvoice') return { kind: 'new', subscriptionId };
	if (options.noPending === 'unbilledCharges') return { kind: 'unbilled', subscriptionId: subscriptionId ?? missing(job) };
	return { kind: 'none', failure: nonePending(job, subscriptionId) };
}

const severalPending = ({ bill, account }: BillJob, candidates: readonly HeldInvoice[]) =>
	new Failure('conflict', 'There are several pending invoices', {
		description: `Bill ${bill.id} of account ${account.code} could go on ${candidates.map(({ invoice }) => invoice.id).join(', ')}. Close those that are done, or choose another 'Which Pending Invoice'.`,
	});

const nonePending = ({ bill, account, customerId }: BillJob, subscriptionId: string | undefined) =>
	new Failure('not-found', 'There is no pending invoice to put the bill on', {
		description:
			`Bill ${bill.id} of account ${account.code}: ${subscriptionId ? `subscription ${subscriptionId}` : `customer ${customerId}`} has no pending invoice yet; Chargebee makes it when the term renews. Send the bill again then. ` +
			"Or set 'No Pending Invoice' to 'Add Unbilled Charges', which Chargebee takes onto the next invoice.",
	});

/** Under consolidated invoicing the invoice names no subscription, its lines do. */
const belongsTo = ({ invoice }: HeldInvoice, subscriptionId: string): boolean =>
	invoice.subscription_id === undefined ? invoice.line_items.some((line) => line.subscription_id === subscriptionId) : invoice.subscription_id === subscriptionId;

/** A line names its subscription on consolidated invoices only. */
const lineSubscription = ({ invoice }: HeldInvoice, subscriptionId: string | undefined): string | undefined =>
	invoice.subscription_id === undefined && invoice.line_items.some((line) => line.subscription_id !== undefined) ? subscriptionId : undefined;

/** Candidates come oldest first. The invoice that takes a period's usage is dated right after the period. */
function pick(job: BillJob, candidates: readonly HeldInvoice[], which: ChargebeeBillOptions['whichPending']): HeldInvoice | undefined {
	if (which === 'oldest') return candidates[0];
	if (which === 'newest') return candidates.at(-1);
	const end = job.bill.endDate === undefined ? 0 : Date.parse(job.bill.endDate) / 1000 - DAY_S;
	return candidates.find(({ invoice }) => (invoice.date ?? 0) >= end) ?? candidates.at(-1);
}

function checkCurrency(job: BillJob, { invoice }: HeldInvoice): void {
	if (invoice.currency_code.toUpperCase() === job.draft.currency.toUpperCase()) return;
	throw new Failure('conflict', 'The Chargebee invoice has another currency than the bill', {
		description: `Bill ${job.bill.id} of account ${job.account.code} is in ${job.draft.currency}, invoice ${invoice.id} in ${invoice.currency_code}. Give the m3ter account the currency of the subscription.`,
	});
}
