import type { BillJob } from '../M3ter/billTarget';
import { diffLines, totalOf, type DesiredLine, type ExistingLine, type LineDiff } from '../shared/diff';
import { toMinorUnits } from '../shared/money';
import type { ClassicUser, PaddleModifier } from './schemas';

/** Classic publishes no limit; texts are kept to what fits a database's usual field. */
const MAX_TEXT = 255;
const MARK = /\[m3ter:([^\]/\s]+)\/([^\]/\s]+)\]$/;

interface DesiredModifier extends DesiredLine {
	/** Minor units; negative ones lower the next payment. */
	amount: number;
	text: string;
}

interface ExistingModifier extends ExistingLine {
	amount: number;
}

/**
 * What the ledger remembers of a bill: a modifier disappears when it is billed, so that Paddle itself cannot tell any more.
 * As text: `<subscription id>/<last payment>/<minor units pending then>/<minor units billed before>`.
 */
export interface SentModifiers {
	/** Date of the subscription's last payment when the modifiers were sent; `none` before the first. */
	lastPayment: string;
	pending: number;
	billed: number;
}

export interface ModifierState {
	user: ClassicUser;
	/** The bill's modifiers that wait for the next payment. */
	existing: ExistingModifier[];
	sent?: SentModifiers;
}

export interface ModifierPlan {
	diff: LineDiff<DesiredModifier, ExistingModifier>;
	/** Minor units of the bill that payments have taken already. */
	billed: number;
	/** Minor units that shall wait in the end, and that wait now. */
	pending: number;
	current: number;
}

export const lastPaymentOf = ({ last_payment: payment }: ClassicUser): string => payment?.date ?? 'none';

export const ledgerText = (subscriptionId: string, { lastPayment, pending, billed }: SentModifiers): string => [subscriptionId, lastPayment, pending, billed].join('/');

/** Undefined when the ledger knows nothing, or another subscription. */
export function fromLedger(text: string | undefined, subscriptionId: string): SentModifiers | undefined {
	const [id, lastPayment, pending, billed] = (text ?? '').split('/');
	if (id !== subscriptionId || billed === undefined) return undefined;
	return { lastPayment, pending: Number(pending), billed: Number(billed) };
}

/** A modifier of this bill, by the mark in its text. Everybody else's are left alone. */
export function modifierOf({ bill, draft }: BillJob, { modifier_id: id, amount, description = '', is_recurring: isRecurring }: PaddleModifier): ExistingModifier[] {
	const [, billId, key] = MARK.exec(description) ?? [];
	if (billId !== bill.id) return [];
	const minor = toMinorUnits(amount, draft.decimals);
	return [{ id: String(id), key, amount: minor, fingerprint: contentOf(minor, description, isRecurring) }];
}

/**
 * What makes the waiting modifiers equal to the bill. Once a payment has taken some of it, the rest, up or down, becomes one
 * modifier.
 */
export function planModifiers(job: BillJob, state: ModifierState): ModifierPlan {
	const billed = billedOf(state);
	const wanted = billed === 0 ? billModifiers(job) : difference(job, billed);
	return { diff: diffLines(wanted, state.existing), billed, pending: totalOf(wanted), current: totalOf(state.existing) };
}

/** A payment was made since, and what waited for it is gone. */
function billedOf({ user, existing, sent }: ModifierState): number {
	if (sent === undefined) return 0;
	const paidSince = sent.lastPayment !== lastPaymentOf(user);
	return sent.billed + (paidSince && totalOf(existing) !== sent.pending ? sent.pending : 0);
}

const billModifiers = (job: BillJob): DesiredModifier[] =>
	job.draft.lines.map((line) => modifier(job, line.key, line.description, toMinorUnits(line.amount, job.draft.decimals))).filter(({ amount }) => amount !== 0);

function difference(job: BillJob, billed: number): DesiredModifier[] {
	const amount = toMinorUnits(job.draft.total, job.draft.decimals) - billed;
	return amount === 0 ? [] : [modifier(job, 'adjustment', `Adjustment of ${job.draft.reference}`, amount)];
}

function modifier({ bill }: BillJob, key: string, description: string, amount: number): DesiredModifier {
	const mark = ` [m3ter:${bill.id}/${key}]`;
	const room = MAX_TEXT - mark.length;
	const text = (description.length > room ? `${description.slice(0, room - 1)}…` : description) + mark;
	return { key, amount, text, fingerprint: contentOf(amount, text, false) };
}

const contentOf = (...content: unknown[]) => JSON.stringify(content);

