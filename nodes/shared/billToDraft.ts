import Big from 'big.js';

import type { Bill, BillLineItem } from './bill';
import { Failure } from './failure';
import { fingerprint } from './idempotency';
import type { InvoiceDraft } from './invoiceDraft';
import {
	applyGrouping,
	applyNegativePolicy,
	roundLines,
	type Grouping,
	type NegativeLines,
	type RoundingPolicy,
	type WorkingLine,
} from './linePolicies';
import { DEFAULT_LINE_DESCRIPTION, lineText } from './lineText';
import { decimal, round, sum, toShortText, toText, type RoundingMode } from './money';

export type ZeroLines = 'keep' | 'skip';
export type BillDate = 'externalInvoiceDate' | 'billDate' | 'startDate' | 'endDate' | 'dueDate' | 'none';

export interface DraftOptions {
	/** Decimal places the target can hold in this bill's currency. */
	decimals: number;
	grouping?: Grouping;
	zeroLines?: ZeroLines;
	negativeLines?: NegativeLines;
	rounding?: RoundingPolicy;
	roundingMode?: RoundingMode;
	lineDescription?: string;
	issueDate?: BillDate;
	dueDate?: BillDate;
	accountName?: string;
}

/**
 * Turns a Bill into the draft every invoicing system is served from.
 * Amounts are `convertedSubtotal` in the bill's currency, signs as m3ter gives them, rounded once per line.
 * @throws Failure `totals-differ` when the lines do not add up to `billTotal` or a rounding difference is refused;
 *   `invalid-input` when a negative line is refused or cannot be netted.
 */
export function billToDraft(bill: Bill, options: DraftOptions): InvoiceDraft {
	const mode = options.roundingMode ?? 'halfUp';
	const total = checkedTotal(bill, options.decimals, mode);
	const all = bill.lineItems.map((line, index) => workingLine(line, index, options));
	const keyed = withUniqueKeys(all, bill.lineItems);
	const grouped = applyGrouping(keyed, options.grouping ?? 'none');
	const netted = applyNegativePolicy(grouped, options.negativeLines ?? 'keep', bill);
	const rounded = roundLines(netted, total, options.decimals, mode, options.rounding ?? 'largestLine');
	const lines = options.zeroLines === 'keep' ? rounded : rounded.filter((line) => !decimal(line.amount).eq(0));
	return {
		billId: bill.id,
		billVersion: bill.version,
		accountId: bill.accountId,
		accountCode: bill.accountCode,
		accountName: options.accountName,
		currency: bill.currency,
		decimals: options.decimals,
		issueDate: dateOf(bill, options.issueDate ?? 'externalInvoiceDate'),
		dueDate: dateOf(bill, options.dueDate ?? 'dueDate'),
		servicePeriod: bill.startDate && bill.endDate ? { start: bill.startDate, end: bill.endDate } : undefined,
		reference: bill.sequentialInvoiceNumber ?? bill.externalInvoiceReference ?? bill.id,
		number: bill.sequentialInvoiceNumber,
		purchaseOrder: bill.purchaseOrderNumber,
		billCreatedAt: bill.dtCreated,
		lines,
		skippedLines: rounded.length - lines.length,
		total: toText(total, options.decimals),
	};
}

/**
 * The bill's total at the target's precision, after proving that the lines add up to it. m3ter rounds `billTotal` and
 * not always the lines, so they may be apart by less than half a unit of the last place, no more.
 */
function checkedTotal(bill: Bill, decimals: number, mode: RoundingMode): Big {
	const fromLines = sum(bill.lineItems.map((line) => line.convertedSubtotal));
	if (bill.billTotal === undefined) return round(fromLines, decimals, mode);
	const tolerance = new Big(10).pow(-decimals).div(2);
	if (fromLines.minus(decimal(bill.billTotal)).abs().gt(tolerance)) {
		throw new Failure('totals-differ', 'The bill lines do not add up to the bill total', {
			description:
				`Bill ${bill.id}: lines add up to ${fromLines.toFixed()} ${bill.currency}, m3ter says ${toShortText(bill.billTotal)} ${bill.currency}. ` +
				'Nothing was sent. Recalculate the bill in m3ter and send it again.',
		});
	}
	return round(bill.billTotal, decimals, mode);
}

function workingLine(line: BillLineItem, index: number, options: DraftOptions): WorkingLine {
	return {
		key: lineIdentity(line),
		ids: [line.id ?? `line-${index + 1}`],
		type: line.lineItemType,
		description: lineText(options.lineDescription || DEFAULT_LINE_DESCRIPTION, line),
		exact: decimal(line.convertedSubtotal),
		quantity: line.units === undefined ? undefined : toShortText(line.units),
		unit: line.unit,
		unitPrice: line.averageUnitPrice === undefined ? undefined : toShortText(line.averageUnitPrice),
		productCode: line.productCode,
		productName: line.productName,
		accountingProductCode: line.accountingProductCode,
		planId: line.planId,
		period:
			line.servicePeriodStartDate && line.servicePeriodEndDate
				? { start: line.servicePeriodStartDate, end: line.servicePeriodEndDate }
				: undefined,
		childAccount: line.childAccountCode ?? line.childAccountId,
	};
}

/**
 * What makes a line "the same" after a recalculation. Not its id (m3ter does not say that ids survive a recalculation)
 * and nothing that changes with usage: where the charge comes from, for whom and for when.
 */
const lineIdentity = (line: BillLineItem): string =>
	fingerprint([
		line.lineItemType,
		line.productCode,
		line.accountingProductCode,
		line.planId ?? line.planGroupId,
		line.aggregationId ?? line.compoundAggregationId ?? line.counterId,
		line.chargeId ?? line.commitmentId ?? line.balanceId ?? line.contractId,
		line.referencedLineItemId ?? line.reasonId,
		line.meterId,
		line.segment ?? undefined,
		line.group ?? undefined,
		line.childAccountId ?? line.childAccountCode,
		line.servicePeriodStartDate,
		line.servicePeriodEndDate,
	]);

/** Lines alike in everything above are told apart by their order in the bill. */
function withUniqueKeys(lines: WorkingLine[], items: readonly BillLineItem[]): WorkingLine[] {
	const inOrder = lines.map((line, index) => ({ line, at: items[index].sequenceNumber ?? index })).sort((a, b) => a.at - b.at);
	const seen = new Map<string, number>();
	return inOrder.map(({ line }) => {
		const count = (seen.get(line.key) ?? 0) + 1;
		seen.set(line.key, count);
		return count === 1 ? line : { ...line, key: `${line.key}-${count}` };
	});
}

function dateOf(bill: Bill, field: BillDate): string | undefined {
	if (field === 'none') return undefined;
	const fallback = field === 'externalInvoiceDate' ? bill.billDate : undefined;
	return (bill[field] ?? fallback)?.slice(0, 10);
}
