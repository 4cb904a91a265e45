import type { CreateSubscriptionCharge, CurrencyCode } from '@paddle/paddle-node-sdk';

import type { BillJob } from '../M3ter/billTarget';
import { mappedProduct } from '../M3ter/productMappings';
import type { DesiredLine, ExistingLine } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fingerprint } from '../shared/idempotency';
import type { InvoiceLine } from '../shared/invoiceDraft';
import { findLineMapping } from '../shared/lineMapping';
import { fromMinorUnits, toMinorUnits } from '../shared/money';
import type { PaddleBillOptions, TaxCategory, TaxMode } from './options';
import type { PaddlePrice } from './schemas';
import type { Wire } from './wire';

/** Lines of one transaction, and items of one call. */
export const MAX_LINES = 100;

/** One bill on its way to Paddle. */
export interface BillContext {
	job: BillJob;
	options: PaddleBillOptions;
	/** Paddle products that m3ter products are mapped to, by m3ter product id. */
	products: ReadonlyMap<string, string>;
}

/** What the price of a line hangs on: a catalog product, or one made for this line alone. */
interface LineProduct {
	id?: string;
	name: string;
	taxCategory: TaxCategory;
	taxMode: TaxMode;
}

/** A line as Paddle shall hold it. `amount` is in minor units. */
export interface PaddleDesiredLine extends DesiredLine {
	amount: number;
	text: string;
	product: LineProduct;
	line: InvoiceLine;
}

export interface PaddleExistingLine extends ExistingLine {
	amount: number;
	text: string;
}

/** The lines of a bill in Paddle's terms. */
export function desiredLines({ job, options, products }: BillContext): PaddleDesiredLine[] {
	return job.draft.lines.map((line) => {
		const id = findLineMapping(line, options.lineProducts) ?? mappedProduct(line, job.bill, products);
		const product: LineProduct = { id, name: (line.productName ?? 'Usage').slice(0, 200), taxCategory: options.taxCategory, taxMode: options.taxMode };
		return desired(line, toMinorUnits(line.amount, job.draft.decimals), line.description, product);
	});
}

const desired = (line: InvoiceLine, amount: number, text: string, product: LineProduct): PaddleDesiredLine => ({
	key: line.key,
	amount,
	text,
	product,
	line,
	fingerprint: fingerprint([amount, text, termsOf(product)]),
});

/** The rest of a line that was charged in part before. */
export const asAdjustment = ({ line, product, text }: PaddleDesiredLine, amount: number): PaddleDesiredLine => desired(line, amount, `Adjustment: ${text}`, product);

/** The name of a product made for a line changes nothing that counts. */
const termsOf = ({ id, taxCategory, taxMode }: LineProduct): string => fingerprint([id ?? taxCategory, taxMode]);

/** What we write on every line, so that the next run knows it again. Paddle keeps it as it is. */
const marksOf = ({ bill }: BillJob, line: PaddleDesiredLine) => ({
	m3ter_bill_id: bill.id,
	m3ter_bill_version: String(bill.version ?? ''),
	m3ter_line_key: line.key,
	m3ter_line_item_id: line.line.ids.join(',').slice(0, 500),
	m3ter_amount: String(line.amount),
	m3ter_line: line.fingerprint,
});

/** The marks of a line of ours, on its price or on the product made for it; undefined for anybody else's. */
export function ourLine(id: string, marks: Record<string, unknown>): (PaddleExistingLine & { billId: string; version: number }) | undefined {
	const { m3ter_bill_id: billId, m3ter_line_key: key, m3ter_amount: amount, m3ter_line: content, m3ter_bill_version: version } = marks;
	if (typeof billId !== 'string' || typeof key !== 'string') return undefined;
	return { id, billId, key, amount: Number(amount), text: '', fingerprint: String(content), version: Number(version) || 0 };
}

/** A line of a transaction, which shows its price: amount and text count as they are, so that an edit by hand is seen. */
export function transactionLine(billId: string, price: PaddlePrice, quantity: number): PaddleExistingLine {
	const amount = price.unit_price.amount * quantity;
	const ours = ourLine(price.id, price.custom_data);
	if (ours?.billId !== billId) return { id: price.id, key: undefined, amount, text: price.description, fingerprint: '' };
	const untouched = ours.amount === amount;
	return { ...ours, amount, text: price.description, fingerprint: untouched ? ours.fingerprint : fingerprint([ours.fingerprint, amount]) };
}

/** Cut to what a field takes. */
function fitted(text: string, longest: number): string {
	const filled = text.trim() || 'Usage';
	return filled.length > longest ? `${filled.slice(0, longest - 1)}…` : filled.padEnd(2, '.');
}

type ChargeItem = Wire<CreateSubscriptionCharge>['items'][number];

/** Longest texts: a charge takes less than a transaction. */
export const CHARGE_TEXTS = { name: 50, description: 200 };
export const TRANSACTION_TEXTS = { name: 150, description: 500 };

/**
 * A line as an item with a price of its own: quantity 1 and the whole amount, because Paddle knows no price below one minor
 * unit. The marks stand on the price, and on the product where it is made for the line.
 */
export function itemBody(job: BillJob, line: PaddleDesiredLine, longest: { name: number; description: number }): ChargeItem {
	const { id, name, taxCategory, taxMode } = line.product;
	const marks = marksOf(job, line);
	const price = {
		name: fitted(line.text, longest.name),
		description: fitted(line.text, longest.description),
		tax_mode: taxMode,
		unit_price: { amount: String(line.amount), currency_code: job.draft.currency.toUpperCase() as CurrencyCode },
		quantity: { minimum: 1, maximum: 1 },
		custom_data: marks,
	};
	return {
		quantity: 1,
		price: id === undefined ? { ...price, product: { name, tax_category: taxCategory, custom_data: marks } } : { ...price, product_id: id },
	};
}

/**
 * Paddle takes no negative amounts: what is negative after netting has nowhere to go.
 * @throws Failure `invalid-input` for credits without charges to carry them, and for more lines than a transaction takes.
 */
export function checkLines({ bill, account, draft }: BillJob, lines: readonly PaddleDesiredLine[]): void {
	const who = `Bill ${bill.id} of account ${account.code}`;
	const negative = lines.filter(({ amount }) => amount < 0);
	if (negative.length > 0) {
		const credit = fromMinorUnits(-negative.reduce((sum, { amount }) => sum + amount, 0), draft.decimals).toFixed(draft.decimals);
		throw new Failure('invalid-input', 'The bill has credits that no charge can carry', {
			description: `${who}: ${credit} ${draft.currency} are left to be credited ("${negative[0].text}"), and Paddle takes no negative amount. Choose 'Net Into Bill' in the option 'Negative Lines'; when the whole bill is negative, credit it in Paddle with an adjustment.`,
		});
	}
	if (lines.length > MAX_LINES) {
		throw new Failure('invalid-input', 'The bill has more lines than Paddle takes', {
			description: `${who} has ${lines.length} lines, a Paddle transaction takes ${MAX_LINES}. Choose 'By Product' in the option 'Group Lines'.`,
		});
	}
}
