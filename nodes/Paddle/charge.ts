import type { CreateSubscriptionCharge } from '@paddle/paddle-node-sdk';
import { sleep } from 'n8n-workflow';

import type { BillJob } from '../M3ter/billTarget';
import { toFailure } from '../n8n/errors';
import { positiveDifferences } from '../shared/differences';
import { diffLines, hasChanges, totalOf, type LineDiff } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import type { PaddleApi } from './api';
import { readCharges, type ChargeState } from './chargeState';
import { asAdjustment, CHARGE_TEXTS, checkLines, desiredLines, itemBody, type BillContext, type PaddleDesiredLine, type PaddleExistingLine } from './lines';
import type { PaddleBillOptions } from './options';
import { subscriptionSchema } from './schemas';
import type { Wire } from './wire';

const MAX_ROUNDS = 4;
/** Paddle works on a charge for a moment; looking sooner would not show it. */
const LOOK_AGAIN_MS = 2_000;

interface ChargePlan {
	/** What is to be charged. */
	lines: PaddleDesiredLine[];
	/** How the bill differs from what was charged. */
	diff: LineDiff<PaddleDesiredLine, PaddleExistingLine>;
	/** Minor units that no charge can express: the customer paid, or will pay, too much. */
	left: number;
	/** Minor units charged so far. */
	charged: number;
}

/**
 * One-time charge on the subscription. A charge can be neither changed nor removed and has no idempotency key, so what was
 * charged is looked up before every charge, and a bill goes out in one call or not at all.
 */
export async function sendCharge(paddle: PaddleApi, context: BillContext, subscriptionId: string): Promise<SendResult> {
	const api = paddle.counted();
	let first: ChargePlan | undefined;
	let unknown: Failure | undefined;
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const state = await readCharges(api, context.job, subscriptionId);
		const plan = planCharge(context, state);
		const idle = outcomeWithoutCharge(context, state, plan);
		if (idle !== undefined) {
			if (first === undefined) return resultOf(context, state, { ...plan, lines: [] }, idle.action, api, idle.warnings);
			return resultOf(context, state, { ...first, charged: plan.charged, lines: [] }, actionOf(first), api, idle.warnings);
		}
		// No answer came and nothing is there: perhaps it still comes. Charging twice would be worse than asking.
		if (unknown !== undefined) throw unansweredCharge(context, unknown);
		const outcome = await charge(api, context, subscriptionId, plan);
		if (outcome !== 'locked') first ??= plan;
		if (outcome === 'done' && (await isAllThere(api, context, subscriptionId, state, plan))) {
			const after = context.options.effectiveFrom === 'immediately' ? await readCharges(api, context.job, subscriptionId) : { ...state, isWaiting: true, transaction: undefined };
			return resultOf(context, after, plan, actionOf(plan), api);
		}
		if (outcome instanceof Failure) unknown = outcome;
		if (outcome !== 'done') await sleep(LOOK_AGAIN_MS);
	}
	throw new Failure('conflict', 'The Paddle subscription keeps changing while it is charged', {
		description: `Bill ${context.job.bill.id}: others are working on subscription ${subscriptionId} at the same moment. Send the bill again.`,
	});
}

/** What {@link sendCharge} would do. */
export async function previewCharge(paddle: PaddleApi, context: BillContext, subscriptionId: string): Promise<PreviewResult> {
	const api = paddle.counted();
	const state = await readCharges(api, context.job, subscriptionId);
	const plan = planCharge(context, state);
	const idle = outcomeWithoutCharge(context, state, plan);
	const result = resultOf(context, state, idle ? { ...plan, lines: [] } : plan, idle?.action ?? actionOf(plan), api, idle?.warnings);
	return { ...result, requests: idle ? [] : [{ method: 'POST', path: chargePath(subscriptionId), body: chargeBody(context, plan) }] };
}

/** What was charged for the bill, compared with the bill. */
export async function chargeStatus(paddle: PaddleApi, { job, options, products }: BillContext, subscriptionId: string): Promise<SendResult> {
	const api = paddle.counted();
	const context = { job, products, options: { ...options, whenLocked: 'report' as const } };
	const state = await readCharges(api, job, subscriptionId);
	const plan = { ...planCharge(context, state), lines: [] };
	if (state.charged.size === 0) return { ...resultOf(context, state, plan, 'skipped', api, ['Nothing was charged for this bill yet.']), document: null };
	return resultOf(context, state, plan, hasChanges(plan.diff) ? 'locked' : 'unchanged', api, hasChanges(plan.diff) ? ['What was charged differs from the bill.'] : []);
}

function planCharge(context: BillContext, { charged }: ChargeState): ChargePlan {
	const wanted = desiredLines(context);
	const diff = diffLines(wanted, [...charged.values()]);
	const total = totalOf(charged.values());
	if (charged.size === 0) {
		checkLines(context.job, wanted);
		return { lines: wanted, diff, left: 0, charged: total };
	}
	const { lines, left } = positiveDifferences(wanted, charged);
	const adjusting = lines.map(({ line, amount }) => (charged.has(line.key) || amount !== line.amount ? asAdjustment(line, amount) : line));
	return { lines: adjusting, diff: sameAmounts(diff), left, charged: total };
}

/** A charged line counts as the same when its amount is: its text can no longer be changed. */
function sameAmounts(diff: ChargePlan['diff']): ChargePlan['diff'] {
	const textOnly = diff.change.filter(({ existing, desired }) => existing.amount === desired.amount);
	return { ...diff, change: diff.change.filter((change) => !textOnly.includes(change)), same: [...diff.same, ...textOnly.map(({ existing }) => existing)] };
}

const actionOf = ({ charged }: ChargePlan): SendAction => (charged === 0 ? 'created' : 'updated');

function outcomeWithoutCharge({ job, options }: BillContext, state: ChargeState, plan: ChargePlan): { action: SendAction; warnings: string[] } | undefined {
	if (hasChanges(plan.diff)) checkVisible(job, options, state);
	if (state.charged.size === 0) return plan.lines.length === 0 ? { action: 'skipped', warnings: ['The bill has nothing to charge.'] } : undefined;
	if (state.version > (job.bill.version ?? 0)) return { action: 'unchanged', warnings: ['Paddle was already charged for a newer version of this bill.'] };
	if (!hasChanges(plan.diff)) return { action: 'unchanged', warnings: [] };
	const money = (minor: number) => `${fromMinorUnits(minor, job.draft.decimals).toFixed(job.draft.decimals)} ${job.draft.currency}`;
	const what = `${money(plan.charged)} were charged for bill ${job.bill.id} on subscription ${state.subscription.id}, and the bill has changed. Paddle can neither change nor remove a charge.`;
	if (options.whenLocked === 'fail') {
		throw new Failure('locked', 'The Paddle charge differs from the bill', { description: `${what} Set 'When Locked' to 'Send Difference' to charge what is missing.` });
	}
	if (options.whenLocked === 'report') return { action: 'locked', warnings: [what] };
	if (plan.left > 0) return { action: 'locked', warnings: [`${what} ${money(plan.left)} too much: credit or refund it in Paddle with an adjustment, once it is billed.`] };
	// Only how the total is spread over the lines has changed.
	return plan.lines.length === 0 ? { action: 'unchanged', warnings: ['The total is the same; how it is spread over the lines can no longer be changed.'] } : undefined;
}

/** Nothing is charged that might be there already, or that would wait for a billing that never comes. */
function checkVisible({ bill, account }: BillJob, { effectiveFrom }: PaddleBillOptions, { subscription, isHidden }: ChargeState): void {
	if (subscription.next_transaction) return;
	const why = subscription.scheduled_change ? `has a scheduled ${subscription.scheduled_change.action}` : `is ${subscription.status}`;
	const who = `Bill ${bill.id} of account ${account.code}: subscription ${subscription.id} ${why}`;
	if (isHidden) {
		throw new Failure('conflict', 'Paddle does not show what waits on this subscription', {
			description: `${who}. The bill was put on it before, and Paddle tells nobody what is waiting there. Remove the scheduled change and send the bill again, or bill what is missing by hand.`,
		});
	}
	if (effectiveFrom === 'immediately') return;
	throw new Failure('refused', 'The Paddle subscription has no next billing', {
		description: `${who}, so a charge would wait for nothing. Choose 'Immediately' in 'When', or 'Draft Transaction' in 'Target'.`,
	});
}

const chargePath = (subscriptionId: string) => `/subscriptions/${subscriptionId}/charge`;

const chargeBody = ({ job, options }: BillContext, { lines }: ChargePlan) =>
	({
		effective_from: options.effectiveFrom,
		on_payment_failure: options.onPaymentFailure,
		items: lines.map((line) => itemBody(job, line, CHARGE_TEXTS)),
	}) satisfies Wire<CreateSubscriptionCharge>;

/** Charges; gives back the failure when it is not known whether Paddle did. */
async function charge(api: PaddleApi, context: BillContext, subscriptionId: string, plan: ChargePlan): Promise<'done' | 'locked' | Failure> {
	try {
		await api.post(chargePath(subscriptionId), chargeBody(context, plan), subscriptionSchema);
		return 'done';
	} catch (error) {
		const failure = toFailure(error);
		if (failure.code === 'subscription_locked_processing') return 'locked';
		if (failure.outcomeUnknown) return failure;
		throw toFailure(failure);
	}
}

/** Whether the next transaction has just our lines more than before. What is charged at once is read in full anyway. */
async function isAllThere(api: PaddleApi, { options }: BillContext, subscriptionId: string, before: ChargeState, { lines }: ChargePlan): Promise<boolean> {
	if (options.effectiveFrom === 'immediately') return true;
	const count = ({ next_transaction: next }: ChargeState['subscription']) => next?.details.line_items.length ?? 0;
	const after = await api.get(`/subscriptions/${subscriptionId}`, subscriptionSchema, { include: 'next_transaction' });
	return count(after) - count(before.subscription) === lines.length;
}

const unansweredCharge = ({ job }: BillContext, failure: Failure) =>
	new Failure(failure.kind, failure.message, {
		...failure,
		description: `Bill ${job.bill.id}: ${failure.description ?? ''} Paddle did not confirm the charge, and shows none yet. Send the bill again in a few minutes: what was charged by then is found and not charged twice.`,
	});

function resultOf({ job }: BillContext, state: ChargeState, plan: ChargePlan, action: SendAction, api: PaddleApi, warnings: string[] = []): SendResult {
	const { subscription, transaction } = state;
	const onTransaction = transaction !== undefined && !state.isWaiting;
	const document: SendResult['document'] = onTransaction
		? { type: 'transaction', id: transaction.id, number: transaction.invoice_number, status: transaction.status, url: api.dashboardUrl(`transactions-v2/${transaction.id}`) }
		: { type: 'subscription', id: subscription.id, status: state.isWaiting ? 'waiting' : subscription.status, url: api.dashboardUrl(`subscriptions-v2/${subscription.id}`) };
	return sendResult({
		system: 'Paddle',
		action,
		draft: job.draft,
		document: action === 'skipped' ? null : document,
		documentTotal: fromMinorUnits(plan.charged + totalOf(plan.lines), job.draft.decimals),
		diff: plan.lines.length > 0 && plan.charged > 0 ? { ...plan.diff, add: plan.lines, change: [], remove: [] } : plan.diff,
		calls: api.calls,
		warnings,
	});
}
