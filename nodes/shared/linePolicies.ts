import type Big from 'big.js';

import type { Bill } from './bill';
import { Failure } from './failure';
import { fingerprint } from './idempotency';
import type { InvoiceLine } from './invoiceDraft';
import { round, sum, toText, type RoundingMode } from './money';

export type Grouping = 'none' | 'product' | 'accountingProduct' | 'type';
export type NegativeLines = 'keep' | 'netIntoProduct' | 'netIntoBill' | 'refuse';
export type RoundingPolicy = 'largestLine' | 'roundingLine' | 'refuse';

/** A line while it is being worked on: exact amount, not yet rounded. */
export interface WorkingLine extends Omit<InvoiceLine, 'amount'> {
	exact: Big;
}

function groupName(line: WorkingLine, by: Exclude<Grouping, 'none'>): string {
	if (by === 'type') return line.type;
	if (by === 'product') return line.productCode ?? line.type;
	return line.accountingProductCode ?? line.productCode ?? line.type;
}

/** Puts lines of one product, accounting product or type into one line. */
export function applyGrouping(lines: WorkingLine[], by: Grouping): WorkingLine[] {
	if (by === 'none') return lines;
	const groups = new Map<string, WorkingLine[]>();
	for (const line of lines) groups.set(groupName(line, by), [...(groups.get(groupName(line, by)) ?? []), line]);
	return [...groups].map(([name, members]) => mergeLines(members, `group-${fingerprint([by, name])}`, groupLabel(name, members, by)));
}

const groupLabel = (name: string, members: WorkingLine[], by: Grouping) =>
	by === 'type' ? name.toLowerCase().replace(/_/g, ' ').replace(/^./, (first) => first.toUpperCase()) : (members[0].productName ?? name);

/** One line instead of several: amounts added, period spanning all, quantities dropped because their units may differ. */
function mergeLines(members: WorkingLine[], key: string, description: string): WorkingLine {
	const first = members[0];
	const same = <T>(pick: (line: WorkingLine) => T): T | undefined => (members.every((line) => pick(line) === pick(first)) ? pick(first) : undefined);
	const starts = members.flatMap((line) => line.period?.start ?? []).sort();
	const ends = members.flatMap((line) => line.period?.end ?? []).sort();
	return {
		key,
		ids: members.flatMap((line) => line.ids),
		type: same((line) => line.type) ?? 'GROUP',
		description,
		exact: sum(members.map((line) => line.exact)),
		productCode: same((line) => line.productCode),
		productName: same((line) => line.productName),
		accountingProductCode: same((line) => line.accountingProductCode),
		planId: same((line) => line.planId),
		period: starts.length > 0 ? { start: starts[0], end: ends[ends.length - 1] } : undefined,
		childAccount: same((line) => line.childAccount),
	};
}

/**
 * Deals with credits for targets that cannot take negative lines.
 * @throws Failure `invalid-input` under the policy `refuse`.
 */
export function applyNegativePolicy(lines: WorkingLine[], policy: NegativeLines, bill: Bill): WorkingLine[] {
	const negative = lines.filter((line) => line.exact.lt(0));
	if (policy === 'keep' || negative.length === 0) return lines;
	if (policy === 'refuse') {
		throw new Failure('invalid-input', 'The bill has a negative line and negative lines are refused', {
			description: `Bill ${bill.id}: "${negative[0].description}" is ${negative[0].exact.toFixed()} ${bill.currency}. Choose another policy in 'Negative Lines'.`,
		});
	}
	return policy === 'netIntoProduct' ? netIntoProduct(lines) : netLines(lines, lines);
}

/** Takes credits off the charges of the same product first, then off the rest of the bill. */
function netIntoProduct(lines: WorkingLine[]): WorkingLine[] {
	const products = [...new Set(lines.map((line) => line.productCode))];
	const perProduct = products.reduce<WorkingLine[]>((all, product) => netLines(all, all.filter((line) => line.productCode === product)), lines);
	return netLines(perProduct, perProduct);
}

/**
 * Takes the negative amounts of `scope` off its positive lines, the largest first. Text names what was taken off.
 * What cannot be taken off (more credit than charges) stays negative.
 */
function netLines(all: WorkingLine[], scope: WorkingLine[]): WorkingLine[] {
	const amounts = new Map(scope.map((line) => [line.key, line.exact]));
	const notes = new Map<string, string[]>();
	const charges = scope.filter((line) => line.exact.gt(0)).sort((a, b) => b.exact.cmp(a.exact));
	for (const credit of scope.filter((line) => line.exact.lt(0))) {
		for (const charge of charges) {
			const owed = amounts.get(credit.key) ?? credit.exact;
			const free = amounts.get(charge.key) ?? charge.exact;
			if (owed.gte(0) || free.lte(0)) continue;
			const taken = owed.abs().lt(free) ? owed.abs() : free;
			amounts.set(credit.key, owed.plus(taken));
			amounts.set(charge.key, free.minus(taken));
			notes.set(charge.key, [...(notes.get(charge.key) ?? []), `${taken.toFixed()} ${credit.description}`]);
		}
	}
	return all
		.map((line) => ({
			...line,
			exact: amounts.get(line.key) ?? line.exact,
			description: notes.has(line.key) ? `${line.description} (less ${notes.get(line.key)?.join(', ')})` : line.description,
		}))
		.filter((line, index) => !(all[index].exact.lt(0) && line.exact.eq(0)));
}

/**
 * Rounds each line once and settles what rounding left over, so that the lines add up to `total` to the last place.
 * @throws Failure `totals-differ` under the policy `refuse`.
 */
export function roundLines(lines: WorkingLine[], total: Big, decimals: number, mode: RoundingMode, policy: RoundingPolicy): InvoiceLine[] {
	const rounded = lines.map((line): RoundedLine => ({ line, amount: round(line.exact, decimals, mode) }));
	const difference = total.minus(sum(rounded.map(({ amount }) => amount)));
	if (!difference.eq(0)) {
		if (policy === 'refuse') throw roundingRefused(difference, decimals);
		const largest = policy === 'largestLine' ? largestOf(rounded) : undefined;
		// A charge must not become a credit by rounding, nor a credit a charge.
		if (largest === undefined || largest.amount.plus(difference).times(largest.line.exact).lte(0)) rounded.push({ line: roundingLine(difference), amount: difference });
		else largest.amount = largest.amount.plus(difference);
	}
	return rounded.map(({ line, amount }) => invoiceLine(line, toText(amount, decimals)));
}

interface RoundedLine {
	line: WorkingLine;
	amount: Big;
}

/** By the exact amount: where all are rounded to nothing, a line that is free stays free. */
const largestOf = (lines: RoundedLine[]): RoundedLine | undefined =>
	lines.reduce<RoundedLine | undefined>((best, entry) => (best === undefined || entry.line.exact.abs().gt(best.line.exact.abs()) ? entry : best), undefined);

function invoiceLine({ exact, ...line }: WorkingLine, amount: string): InvoiceLine {
	void exact;
	return { ...line, amount };
}

const roundingLine = (difference: Big): WorkingLine => ({
	key: 'rounding',
	ids: [],
	type: 'ROUNDING',
	description: 'Rounding',
	exact: difference,
});

const roundingRefused = (difference: Big, decimals: number) =>
	new Failure('totals-differ', 'Rounding the lines changes the bill total', {
		description: `The rounded lines and the bill total differ by ${difference.toFixed(decimals)}. Choose 'Add to Largest Line' or 'Add Rounding Line' in 'Rounding Difference'.`,
	});
