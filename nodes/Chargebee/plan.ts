import type { BillJob } from '../M3ter/billTarget';
import { diffLines, hasChanges, totalOf, type LineDiff } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fromMinorUnits } from '../shared/money';
import { chooseHome, type Home } from './home';
import { billLines, extraLine, withAmount, type ChargebeeDesiredLine, type ChargebeeExistingLine } from './lines';
import type { ChargebeeBillOptions } from './options';
import { addToInvoice, addUnbilled, changeCredit, closeInvoice, createInvoice, invoiceNow, removals, type ChargebeeRequest, type RequestContext } from './requests';
import { isOurs, openLines, settledLines, type BillState, type HeldInvoice } from './state';

export type ChargebeeDiff = LineDiff<ChargebeeDesiredLine, ChargebeeExistingLine>;

export interface BillPlan {
	home: Home;
	/** Lines of the bill that are to be open in the end. */
	wanted: ChargebeeDesiredLine[];
	diff: ChargebeeDiff;
	requests: ChargebeeRequest[];
	/** Whether Chargebee's charges or credits differ from the bill (closing is no difference). */
	differs: boolean;
	/** It differs, and what is on closed invoices is not to be followed by a difference. */
	isLocked: boolean;
	/** Minor units: lines on closed invoices, credit (or discount) as it is and as it is to be. */
	settled: number;
	credit: { before: number; after: number };
}

/** What Chargebee can be given for a bill: charges of at least one minor unit, and what is left to be credited. */
interface Wanted {
	lines: ChargebeeDesiredLine[];
	credit: number;
	/** Why the credit has nowhere to go. */
	refusal?: Failure;
}

/**
 * The requests that make Chargebee's charges equal to the bill; none when they are.
 * Lines cannot be changed in Chargebee: a changed one is taken away and added again, removals first.
 * @throws Failure when there is no place for the lines, or for credits that are left and refused, unless the bill is locked.
 */
export function planBill(context: RequestContext, state: BillState, subscriptionId: string | undefined): BillPlan {
	const { job, options } = context;
	const home = chooseHome(job, state, options, subscriptionId);
	const settled = settledLines(state);
	const before = creditOf(state, home, options);
	const wanted = wantedOf(context, home, settled, before);
	const own = openLines(state);
	// Other charges on a shared pending invoice are none of our business; on an invoice of ours they are worth a warning.
	const foreign = home.kind === 'invoice' && options.target === 'newInvoice' ? home.held.lines.filter((line) => !isOurs(line)) : [];
	const diff = diffLines(wanted.lines, [...own, ...foreign]);
	const differs = hasChanges(diff) || before !== wanted.credit || wanted.refusal !== undefined;
	const isLocked = differs && state.closed.length > 0 && options.whenLocked !== 'adjust';
	if (wanted.refusal !== undefined && !isLocked) throw wanted.refusal;
	const plan = { home, wanted: wanted.lines, diff, differs, isLocked, settled: totalOf(settled.values()), credit: { before, after: wanted.credit } };
	return { ...plan, requests: isLocked ? [] : requestsOf(context, plan, state) };
}

function wantedOf(context: RequestContext, home: Home, settled: ReadonlyMap<string, ChargebeeExistingLine>, before: number): Wanted {
	const { job, options } = context;
	const lines = billLines(job, options);
	const bill: Wanted = { lines: lines.filter(({ amount }) => amount > 0), credit: -totalOf(lines.filter(({ amount }) => amount < 0)) };
	if (options.credits === 'discount') {
		const { refusal, ...discounted } = asDiscount(context, home, bill, before);
		const wanted = differencesTo(settled, discounted);
		const left = wanted.credit - discounted.credit;
		return { ...wanted, refusal: refusal ?? (left > 0 ? noDiscount(job, left) : undefined) };
	}
	const wanted = differencesTo(settled, bill);
	return { ...wanted, refusal: wanted.credit > 0 && options.credits === 'refuse' ? creditRefused(job, wanted.credit) : undefined };
}

/** With lines on closed invoices, only the differences: these are netted against each other, because a closed invoice cannot be lowered. */
function differencesTo(settled: ReadonlyMap<string, ChargebeeExistingLine>, { lines, credit }: Wanted): Wanted {
	if (settled.size === 0) return { lines, credit };
	const differences = lines.flatMap((line) => {
		const before = settled.get(line.key)?.amount ?? 0;
		const difference = line.amount - before;
		return difference === 0 ? [] : [withAmount(line, difference, before === 0 ? line.text : `Adjustment: ${line.text}`)];
	});
	const withdrawn = [...settled.values()].filter(({ key }) => !lines.some((line) => line.key === key));
	const surplus = totalOf(withdrawn) - totalOf(differences.filter(({ amount }) => amount < 0));
	const netted = takeOff(differences.filter(({ amount }) => amount > 0), surplus);
	return { lines: netted.lines, credit: credit + netted.left };
}

/**
 * Credits as the discount of a new invoice. A discount is given at creation only: when it must change afterwards, the
 * difference is taken off the charges, or charged. Refused where there is no new invoice, or less to charge than to discount.
 */
function asDiscount({ job, options }: RequestContext, home: Home, { lines, credit }: Wanted, before: number): Wanted {
	const fresh = home.kind === 'new' && before === 0;
	const ours = home.kind === 'new' || (home.kind === 'invoice' && home.held.lines.some(isOurs));
	if (credit > 0 && !ours) return { lines, credit, refusal: noDiscount(job, credit) };
	if (fresh && credit <= totalOf(lines)) return { lines, credit };
	const netted = takeOff(lines, Math.max(0, credit - before));
	if (netted.left > 0) return { lines: netted.lines, credit: before, refusal: noDiscount(job, credit) };
	const correction = credit < before ? [extraLine(job, options, 'discount-correction', 'Less discount', before - credit)] : [];
	return { lines: [...netted.lines, ...correction], credit: before };
}

/** Takes an amount off charges, the largest first; what they cannot carry is left. */
function takeOff(lines: readonly ChargebeeDesiredLine[], amount: number): { lines: ChargebeeDesiredLine[]; left: number } {
	let left = amount;
	const bySize = [...lines].sort((a, b) => b.amount - a.amount).map((line) => {
		const taken = Math.min(left, line.amount);
		left -= taken;
		return taken === 0 ? line : withAmount(line, line.amount - taken);
	});
	return { lines: bySize.filter((line) => line.amount > 0), left };
}

const moneyText = ({ draft }: BillJob, amount: number) => `${fromMinorUnits(amount, draft.decimals).toFixed(draft.decimals)} ${draft.currency}`;

const creditRefused = (job: BillJob, amount: number) =>
	new Failure('invalid-input', 'The bill has credits that no charge can carry', {
		description: `Bill ${job.bill.id} of account ${job.account.code}: ${moneyText(job, amount)} are left to be credited, and Chargebee takes no negative charge. Set the option 'Credits' to 'Promotional Credit', or net them with 'Negative Lines'.`,
	});

const noDiscount = (job: BillJob, amount: number) =>
	new Failure('invalid-input', 'The credits of the bill cannot be a discount', {
		description: `Bill ${job.bill.id} of account ${job.account.code}: ${moneyText(job, amount)}. A discount exists on a new invoice only and cannot be more than its charges. Set the option 'Credits' to 'Promotional Credit'.`,
	});

/** Credit of the bill as it is: promotional credits, or the discount on its own invoice. */
function creditOf({ credit, closed }: BillState, home: Home, { credits }: ChargebeeBillOptions): number {
	if (credits !== 'discount') return credit;
	const invoices = [...closed, ...(home.kind === 'invoice' ? [home.held] : [])];
	return invoices.reduce((sum, held) => sum + discountOn(held), 0);
}

const discountOn = ({ invoice }: HeldInvoice) => totalOf(invoice.discounts.filter(({ entity_type: type }) => type === 'document_level_discount'));

function requestsOf(context: RequestContext, plan: Omit<BillPlan, 'requests'>, state: BillState): ChargebeeRequest[] {
	const { home, diff, credit } = plan;
	const gone = [...diff.remove, ...diff.change.map(({ existing }) => existing)];
	const added = [...diff.add, ...diff.change.map(({ desired }) => desired)];
	const requests: ChargebeeRequest[] = [];
	if (context.options.credits === 'promotionalCredit' && credit.before !== credit.after) requests.push(changeCredit(context, credit.before, credit.after));
	requests.push(...removals(context, gone), ...additions(context, home, added, credit.after));
	return [...requests, ...closing(context, plan, state, added)];
}

function additions(context: RequestContext, home: Home, lines: readonly ChargebeeDesiredLine[], credit: number): ChargebeeRequest[] {
	if (lines.length === 0 || home.kind === 'none') return [];
	if (home.kind === 'unbilled') return addUnbilled(context, home.subscriptionId, lines);
	if (home.kind === 'invoice') return lines.map((line) => addToInvoice(context, home.held.invoice.id, home.subscriptionId, line));
	return [createInvoice(context, home, lines, context.options.credits === 'discount' ? credit : 0)];
}

/** The last step on request: only for an invoice that holds the bill, or the period's own when the bill is empty. */
function closing(context: RequestContext, { home, diff }: Omit<BillPlan, 'requests'>, state: BillState, added: readonly ChargebeeDesiredLine[]): ChargebeeRequest[] {
	if (!context.options.close) return [];
	if (home.kind === 'unbilled') {
		const waiting = added.length > 0 || diff.same.some(({ invoiceId }) => invoiceId === undefined);
		return waiting ? [invoiceNow(context, home.subscriptionId)] : [];
	}
	if (home.kind !== 'invoice') return [];
	const { invoice, lines } = home.held;
	const holdsBill = added.length > 0 || diff.same.some(({ invoiceId }) => invoiceId === invoice.id);
	const firstTime = state.closed.length === 0 && context.job.ledgerDocumentId === undefined;
	const emptyBill = firstTime && diff.add.length + diff.same.length === 0 && lines.some((line) => !isOurs(line));
	return holdsBill || emptyBill ? [closeInvoice(context, invoice.id)] : [];
}
