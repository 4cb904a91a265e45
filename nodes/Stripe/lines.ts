import type Stripe from 'stripe';

import type { DesiredLine, ExistingLine } from '../shared/diff';
import { fingerprint } from '../shared/idempotency';
import type { InvoiceDraft, InvoiceLine } from '../shared/invoiceDraft';
import { findLineMapping } from '../shared/lineMapping';
import { toMinorUnits } from '../shared/money';
import { stripeCurrency } from './currency';
import type { LineTarget, StripeBillOptions } from './options';
import type { StripeInvoiceItem, StripeLine } from './schemas';

const MAX_TEXT = 500;

/** A line as Stripe shall hold it. `amount` is in minor units. */
export interface StripeDesiredLine extends DesiredLine {
	amount: number;
	description: string;
	/** Epoch seconds, both inclusive, as Stripe prints them. */
	period?: { start: number; end: number };
	target: LineTarget;
	line: InvoiceLine;
}

export interface StripeExistingLine extends ExistingLine {
	amount: number;
	description: string;
}

/**
 * The lines of a draft in Stripe's terms.
 * @param settled minor units per line key that finalized documents of the same bill carry already
 */
export function desiredLines(draft: InvoiceDraft, options: StripeBillOptions, settled: ReadonlyMap<string, StripeExistingLine> = new Map()): StripeDesiredLine[] {
	const { exponent } = stripeCurrency(draft.currency);
	const lines = draft.lines.map((line): StripeDesiredLine => {
		const before = settled.get(line.key)?.amount ?? 0;
		const text = before === 0 ? line.description : `Adjustment: ${line.description}`;
		return desiredLine(line, toMinorUnits(line.amount, exponent) - before, text, findLineMapping(line, options.lineTargets));
	});
	const withdrawn = [...settled.values()]
		.filter((line) => line.key !== undefined && line.amount !== 0 && !draft.lines.some(({ key }) => key === line.key))
		.map((line) => desiredLine(withdrawnLine(line), -line.amount, `Adjustment: ${line.description}`, undefined));
	return settled.size === 0 ? lines : [...lines, ...withdrawn].filter(({ amount }) => amount !== 0);
}

const withdrawnLine = (line: StripeExistingLine): InvoiceLine => ({
	key: line.key ?? line.id,
	ids: [],
	type: 'ADJUSTMENT',
	description: line.description,
	amount: '0',
});

function desiredLine(line: InvoiceLine, amount: number, text: string, target: LineTarget = { taxRates: [] }): StripeDesiredLine {
	const description = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
	const period = line.period && { start: epoch(line.period.start), end: Math.max(epoch(line.period.start), epoch(line.period.end) - 1) };
	return { key: line.key, amount, description, period, target, line, fingerprint: contentOf(amount, description, period, termsOf(target)) };
}

const contentOf = (...content: unknown[]) => fingerprint(content);

const termsOf = (target: LineTarget) => fingerprint(target);

/** m3ter's dates and date-times are UTC where they carry no zone. */
const epoch = (date: string) => Math.floor(Date.parse(date.length === 10 ? `${date}T00:00:00Z` : date) / 1000);

/** What we write on every line, so that the next run knows it again. */
export const lineMetadata = ({ key, line, target }: StripeDesiredLine): Record<string, string> => ({
	m3ter_line_key: key,
	m3ter_line_ids: line.ids.join(',').slice(0, MAX_TEXT),
	m3ter_line_type: line.type,
	m3ter_line_terms: termsOf(target),
});

/** A line Stripe holds. What Stripe can show is compared as it is, so an edit by hand is seen; the rest by our metadata. */
export function existingLine(line: StripeLine | StripeInvoiceItem): StripeExistingLine {
	const description = line.description ?? '';
	const period = line.period && line.period.start !== line.period.end ? { start: line.period.start, end: line.period.end } : undefined;
	return {
		id: line.id,
		key: line.metadata.m3ter_line_key,
		amount: line.amount,
		description,
		fingerprint: contentOf(line.amount, description, period, line.metadata.m3ter_line_terms),
	};
}

/** Amount-only unless the line is mapped to a Stripe product, which needs a price and therefore no negative amount. */
export function lineBody(desired: StripeDesiredLine, currency: string): Stripe.InvoiceAddLinesParams.Line & Record<string, unknown> {
	const { amount, description, period, target } = desired;
	const product = target.product !== undefined && amount >= 0 ? target.product : undefined;
	const price =
		product === undefined
			? { amount }
			: { quantity: 1, price_data: { currency: currency.toLowerCase(), product, unit_amount: amount } };
	return {
		...price,
		description,
		discountable: false,
		...(period ? { period } : {}),
		...(target.taxRates.length > 0 ? { tax_rates: target.taxRates } : {}),
		metadata: lineMetadata(desired),
	} satisfies Stripe.InvoiceAddLinesParams.Line;
}
