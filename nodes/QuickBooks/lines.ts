import type { Invoice } from 'node-quickbooks';

import type { DesiredLine, ExistingLine } from '../shared/diff';
import { fingerprint } from '../shared/idempotency';
import type { InvoiceDraft, InvoiceLine } from '../shared/invoiceDraft';
import { findLineMapping } from '../shared/lineMapping';
import { lastDay } from '../shared/lineText';
import { decimal, fromMinorUnits, round, toMinorUnits } from '../shared/money';
import type { Company } from './company';
import type { LineTarget, QuickBooksBillOptions } from './options';
import type { QboLine } from './schemas';

/** QuickBooks keeps two decimals in every currency. */
export const EXPONENT = 2;
const MAX_TEXT = 4000;
const ADJUSTMENT = 'Adjustment: ';

/** A line as QuickBooks shall hold it. `amount` is in hundredths, with the sign it has on the bill. */
export interface QboDesiredLine extends DesiredLine {
	amount: number;
	description: string;
	target: LineTarget;
	serviceDate?: string;
	quantity?: string;
	unitPrice?: string;
}

/** A line QuickBooks holds; `raw` is sent back as it is when it is not ours. */
export interface QboExistingLine extends ExistingLine {
	amount: number;
	description: string;
	target: LineTarget;
	raw: QboLine;
}

/** What is looked up before lines can be made. */
export interface LineContext {
	options: QuickBooksBillOptions;
	/** QuickBooks item of a line by m3ter's external mapping of its product. */
	mappedItem(line: InvoiceLine): string | undefined;
}

/** QuickBooks has no place for a key on a line: what stays the same when usage changes is the text before the figures. */
const headOf = (description: string) => description.replace(ADJUSTMENT, '').split(': ')[0].trim();

const counter = () => {
	const seen = new Map<string, number>();
	return (head: string): string => {
		const count = (seen.get(head) ?? 0) + 1;
		seen.set(head, count);
		return `${head}#${count}`;
	};
};

/**
 * The lines of a draft in QuickBooks' terms.
 * @param settled hundredths per line that other documents of the same bill carry already
 */
export function desiredLines(draft: InvoiceDraft, context: LineContext, settled: ReadonlyMap<string, QboExistingLine> = new Map()): QboDesiredLine[] {
	const keyOf = counter();
	const all = draft.lines.map((line): QboDesiredLine => {
		const key = keyOf(headOf(line.description));
		const before = settled.get(key)?.amount ?? 0;
		const content = {
			amount: toMinorUnits(line.amount, EXPONENT) - before,
			description: cut(before === 0 ? line.description : ADJUSTMENT + line.description),
			target: targetOf(line, context),
			serviceDate: serviceDateOf(line, context.options),
			...(before === 0 && context.options.quantity === 'units' ? unitsOf(line) : {}),
		};
		return { key, fingerprint: fingerprint(content), ...content };
	});
	if (settled.size === 0) return all;
	const keys = new Set(all.map(({ key }) => key));
	const withdrawn = [...settled].filter(([key]) => !keys.has(key)).map(([key, line]): QboDesiredLine => {
		const content = { amount: -line.amount, description: cut(ADJUSTMENT + line.description.replace(ADJUSTMENT, '')), target: line.target };
		return { key, fingerprint: fingerprint(content), ...content };
	});
	return [...all, ...withdrawn].filter(({ amount }) => amount !== 0);
}

const cut = (text: string) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text);

/** The line mapping first, then m3ter's external mapping of the product, then the defaults. */
function targetOf(line: InvoiceLine, { options, mappedItem }: LineContext): LineTarget {
	const { item, taxCode, classId } = findLineMapping(line, options.lineTargets) ?? {};
	return {
		item: item ?? mappedItem(line) ?? options.lineDefaults.item,
		taxCode: taxCode ?? options.lineDefaults.taxCode,
		classId: classId ?? options.lineDefaults.classId,
	};
}

/** A line has one date only; the whole period stands in the text when the template names it. */
function serviceDateOf({ period }: InvoiceLine, { serviceDate }: QuickBooksBillOptions): string | undefined {
	if (period === undefined || serviceDate === 'none') return undefined;
	return serviceDate === 'start' ? period.start.slice(0, 10) : lastDay(period);
}

/** Quantity and price only where they multiply to the amount, half up to the cent: QuickBooks refuses everything else. */
function unitsOf({ amount, quantity, unitPrice }: InvoiceLine): { quantity: string; unitPrice: string } | undefined {
	if (quantity === undefined || decimal(quantity).lte(0)) return undefined;
	const prices = [unitPrice, round(decimal(amount).div(quantity), 5).toFixed()];
	const price = prices.find((candidate) => candidate !== undefined && round(decimal(quantity).times(candidate), EXPONENT).eq(amount));
	return price === undefined ? undefined : { quantity, unitPrice: price };
}

const hundredths = (amount: number) => toMinorUnits(round(amount, EXPONENT), EXPONENT);

/** What a document comes to without tax, in hundredths and in its own sense (a credit memo's is positive). */
export const subtotalOf = (lines: readonly QboLine[]): number =>
	lines.reduce((total, { DetailType, Amount }) => {
		if (DetailType === 'SalesItemLineDetail' || DetailType === 'GroupLineDetail') return total + hundredths(Amount);
		return DetailType === 'DiscountLineDetail' ? total - hundredths(Amount) : total;
	}, 0);

/** What stands on a document that has nothing to charge any more: QuickBooks wants one line at least. */
const NOTHING = 'No charges';

export const nothingLine = (): object => ({ DetailType: 'DescriptionOnly', Description: NOTHING });

/** The subtotal is QuickBooks' own and the placeholder ours; other lines without a charge (discounts, texts) are people's. */
const isNoLine = ({ DetailType, Description }: QboLine) => DetailType === 'SubTotalLineDetail' || (DetailType === 'DescriptionOnly' && Description === NOTHING);

/**
 * Recognises our lines on a document: equal ones, then those with the same text before the figures, then as many of the
 * first others as the memo says were ours. Lines that are left over were added by hand and get no key.
 * @param sign 1 on an invoice, -1 on a credit memo
 */
export function existingLines(raw: readonly QboLine[], desired: readonly QboDesiredLine[], ours: number, sign: 1 | -1, company: Company): QboExistingLine[] {
	const lines = raw.filter((line) => !isNoLine(line)).map((line, index) => existingLine(line, index, sign));
	const free = new Set(lines.filter(({ raw: { DetailType } }) => DetailType === 'SalesItemLineDetail'));
	const waiting = new Set(desired);
	const meet = (fits: (line: QboExistingLine, wanted: QboDesiredLine) => boolean) => {
		for (const wanted of waiting) {
			const line = [...free].find((candidate) => fits(candidate, wanted));
			if (line === undefined) continue;
			line.key = wanted.key;
			if (isSame(line, wanted, company)) line.fingerprint = wanted.fingerprint;
			free.delete(line);
			waiting.delete(wanted);
		}
	};
	meet((line, wanted) => isSame(line, wanted, company));
	meet((line, wanted) => headOf(line.description) === headOf(wanted.description));
	const matched = desired.length - waiting.size;
	const taken = new Set(desired.map(({ key }) => key));
	const keyOf = counter();
	for (const line of [...free].slice(0, Math.max(0, ours - matched))) {
		do line.key = keyOf(headOf(line.description));
		while (taken.has(line.key));
	}
	return lines;
}

function existingLine(raw: QboLine, index: number, sign: 1 | -1): QboExistingLine {
	const detail = raw.SalesItemLineDetail;
	return {
		id: String(index + 1),
		key: undefined,
		fingerprint: 'different',
		amount: sign * hundredths(raw.Amount),
		description: raw.Description ?? '',
		target: { item: detail?.ItemRef?.value, taxCode: detail?.TaxCodeRef?.value, classId: detail?.ClassRef?.value },
		raw,
	};
}

/** Equal in all that we decide; what we leave to QuickBooks (a default item, a computed tax code) may be anything. */
function isSame(line: QboExistingLine, wanted: QboDesiredLine, company: Company): boolean {
	const detail = line.raw.SalesItemLineDetail;
	const { item, taxCode, classId } = wanted.target;
	const quantity = wanted.quantity === undefined ? 1 : Number(wanted.quantity);
	return (
		line.amount === wanted.amount &&
		line.description.trim() === wanted.description.trim() &&
		(item === undefined || line.target.item === item) &&
		(taxCode === undefined || company.automatedTax || line.target.taxCode === taxCode) &&
		(classId === undefined || !company.classPerLine || line.target.classId === classId) &&
		detail?.ServiceDate === wanted.serviceDate &&
		detail?.Qty === quantity
	);
}

/** JSON numbers of decimal text with at most 15 digits are exact on the wire. */
const json = (amount: number) => Number(fromMinorUnits(amount, EXPONENT).toFixed());

const refTo = (value: string | undefined) => (value === undefined ? undefined : { value });

/** The SDK's type of a line does not know service dates. */
type SdkLine = NonNullable<Invoice['Line']>[number] & { SalesItemLineDetail: { ServiceDate?: string } };

/** A line of the request body. Amount equals quantity × price by construction. */
export function lineBody(line: QboDesiredLine, sign: 1 | -1, company: Company): object {
	const units = line.quantity !== undefined && line.unitPrice !== undefined && sign === 1;
	return {
		DetailType: 'SalesItemLineDetail',
		Description: line.description,
		Amount: json(sign * line.amount),
		SalesItemLineDetail: {
			ItemRef: refTo(line.target.item),
			Qty: units ? Number(line.quantity) : 1,
			UnitPrice: units ? Number(line.unitPrice) : json(sign * line.amount),
			ServiceDate: line.serviceDate,
			TaxCodeRef: refTo(line.target.taxCode),
			ClassRef: company.classPerLine ? refTo(line.target.classId) : undefined,
		},
	} satisfies SdkLine;
}

/** A line that is not ours, as it was; QuickBooks numbers lines anew. */
export function foreignLineBody({ raw }: QboExistingLine): object {
	const { Id, LineNum, ...rest } = raw as QboLine & { Id?: unknown; LineNum?: unknown };
	void Id;
	void LineNum;
	return rest;
}
