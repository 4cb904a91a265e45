/** What items come to. Paddle is merchant of record: it adds the tax itself. Amounts are whole minor units. */
import type { Core } from './state';
import { ZERO_DECIMAL } from './params';
import type { Details, Item, LineItem, Totals, TransactionDetails } from './types';

interface Amounts {
	subtotal: number;
	tax: number;
	total: number;
}

const toTotals = ({ subtotal, tax, total }: Amounts): Totals => ({
	subtotal: String(subtotal),
	discount: '0',
	tax: String(tax),
	total: String(total),
});

/** `external` = tax on top of the amount, `internal` = included in it. */
function amounts(core: Core, { price }: Item, amount: number): Amounts {
	const rate = core.settings.taxRate / 100;
	const mode = price.tax_mode === 'external' || price.tax_mode === 'internal' ? price.tax_mode : core.settings.taxMode;
	if (mode === 'external') {
		const tax = Math.round(amount * rate);
		return { subtotal: amount, tax, total: amount + tax };
	}
	const subtotal = Math.round(amount / (1 + rate));
	return { subtotal, tax: amount - subtotal, total: amount };
}

export interface DetailsOptions {
	/** Items in trial cost nothing in the first transaction. */
	trial?: boolean;
}

function lineItem(core: Core, item: Item, { trial = false }: DetailsOptions): { line: LineItem; amounts: Amounts } {
	const unit = trial && item.price.trial_period ? 0 : Number(item.price.unit_price.amount);
	const whole = amounts(core, item, unit * item.quantity);
	const line: LineItem = {
		id: core.newId('txnitm'),
		price_id: item.price.id,
		quantity: item.quantity,
		proration: null,
		tax_rate: String(core.settings.taxRate / 100),
		unit_totals: toTotals(amounts(core, item, unit)),
		totals: toTotals(whole),
		product: item.product,
	};
	return { line, amounts: whole };
}

/** Totals and lines of items. */
export function details(core: Core, items: Item[], currency: string, options: DetailsOptions = {}): Details {
	const lines = items.map((item) => lineItem(core, item, options));
	const sum = (key: keyof Amounts) => lines.reduce((total, line) => total + line.amounts[key], 0);
	const totals = toTotals({ subtotal: sum('subtotal'), tax: sum('tax'), total: sum('total') });
	return {
		tax_rates_used: [{ tax_rate: String(core.settings.taxRate / 100), totals }],
		totals: {
			...totals,
			...{ credit: '0', credit_to_balance: '0', balance: totals.total, grand_total: totals.total, fee: null, earnings: null },
			currency_code: currency,
		},
		line_items: lines.map(({ line }) => line),
	};
}

export function transactionDetails(
	core: Core,
	items: Item[],
	currency: string,
	options: DetailsOptions = {},
): TransactionDetails {
	const base = details(core, items, currency, options);
	const { subtotal, tax, total, grand_total, fee, earnings } = base.totals;
	return {
		...base,
		adjusted_totals: { subtotal, tax, total, grand_total, fee, earnings, currency_code: currency },
		payout_totals: null,
		adjusted_payout_totals: null,
	};
}

/** Totals above 0 and under about 0.70 USD cannot be collected. */
export function isTooSmall(total: string, currency: string): boolean {
	const amount = Number(total);
	return amount > 0 && amount < (ZERO_DECIMAL.includes(currency) ? 100 : 70);
}
