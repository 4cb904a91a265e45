import type { BillJob } from '../M3ter/billTarget';
import { diffLines, totalOf, type DesiredLine, type ExistingLine, type LineDiff } from '../shared/diff';
import { Failure } from '../shared/failure';
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
 * As text: `<subscription id>/<last payment>/<minor units pending then>/<minor units billed before>`, and `/writing` while
 * the modifiers are being written.
 */
export interface SentModifiers {
	/** Date of the subscription's last payment when the modifiers were sent; `none` before the first. */
	lastPayment: string;
	pending: number;
	billed: number;
	/** Modifiers may be missing: the run that writes them is under way, or broke off. */
	isWriting: boolean;
}

const WRITING = 'writing';

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

export const ledgerText = (subscriptionId: string, { lastPayment, pending, billed, isWriting }: SentModifiers): string =>
	[subscriptionId, lastPayment, pending, billed, ...(isWriting ? [WRITING] : [])].join('/');

/** Undefined when the ledger knows nothing, or another subscription. */
export function fromLedger(text: string | undefined, subscriptionId: string): SentModifiers | undefined {
	const [id, lastPayment, pending, billed, mark] = (text ?? '').split('/');
	if (id !== subscriptionId || billed === undefined) return undefined;
	return { lastPayment, pending: Number(pending), billed: Number(billed), isWriting: mark === WRITING };
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
 * @throws Failure `conflict` when a payment came before the modifiers were all written.
 */
export function planModifiers(job: BillJob, state: ModifierState): ModifierPlan {
	const billed = billedOf(job, state);
	const wanted = billed === 0 ? billModifiers(job) : difference(job, billed);
	return { diff: diffLines(wanted, state.existing), billed, pending: totalOf(wanted), current: totalOf(state.existing) };
}

/** A payment was made since, and what waited for it is gone. */
function billedOf(job: BillJob, { user, existing, sent }: ModifierState): number {
	if (sent === undefined) return 0;
	if (sent.lastPayment === lastPaymentOf(user)) return sent.billed;
	const isWaiting = totalOf(existing) === sent.pending;
	if (sent.isWriting && !(isWaiting && existing.length > 0)) throw unknownPayment(job, user, sent);
	return sent.billed + (isWaiting ? 0 : sent.pending);
}

const unknownPayment = ({ bill, account }: BillJob, user: ClassicUser, { billed }: SentModifiers) =>
	new Failure('conflict', 'It is not known what a payment took of the bill', {
		description:
			`Bill ${bill.id} of account ${account.code}: a run broke off while it wrote the modifiers of subscription ${user.subscription_id}, and a payment of ${lastPaymentOf(user)} came before they were complete. ` +
			`See in Paddle how much of the bill that payment took. Then set the external ID of the bill's mapping PaddleModifiers in m3ter to "${ledgerText(String(user.subscription_id), { lastPayment: lastPaymentOf(user), pending: 0, billed, isWriting: false })}", with that much added to the last number (in the smallest unit of the currency), and send the bill again with 'When Locked' set to 'Send Difference'.`,
	});

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

