/** Everything an invoice shows that follows from its lines; sheet §5a, §6. */
import type { Core } from './core';
import { refuse } from './errors';
import type { Invoice, Line, LineTax, Tax } from './invoiceTypes';
import { percentOf, taxOf } from './money';
import { linesOf } from './views';

const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);

export const NO_TAX: LineTax = { rates: [], behavior: 'exclusive' };

/** Works out discounts, taxes, subtotal, total and amount due anew, and stores them. Amounts in minor units. */
export function recalculate(core: Core, invoice: Invoice): void {
	const lines = linesOf(core, invoice.id);
	for (const line of lines) {
		line.subtotal = line.amount;
		line.discount_amounts = discountsOf(core, invoice, line);
		line.taxes = taxesOf(invoice, line, core.state.taxes.get(line.id) ?? NO_TAX);
	}
	const discounts = lines.flatMap((line) => line.discount_amounts);
	const taxes = lines.flatMap((line) => line.taxes);
	const outside = sum(taxes.filter((tax) => tax.tax_behavior === 'exclusive').map((tax) => tax.amount));
	const inside = sum(taxes.filter((tax) => tax.tax_behavior === 'inclusive').map((tax) => tax.amount));
	invoice.subtotal = sum(lines.map((line) => line.amount));
	invoice.subtotal_excluding_tax = invoice.subtotal - inside;
	invoice.total_discount_amounts = mergeBy(discounts, (entry) => entry.discount);
	invoice.total_taxes = mergeBy(taxes, (tax) => tax.tax_rate_details?.tax_rate ?? '');
	invoice.total = invoice.subtotal - sum(discounts.map((entry) => entry.amount)) + outside;
	invoice.total_excluding_tax = invoice.total - outside - inside;
	invoice.starting_balance = balanceFor(core, invoice);
	invoice.amount_due = Math.max(invoice.total + (invoice.total > 0 ? invoice.starting_balance : 0), 0);
	invoice.amount_remaining = invoice.amount_due - invoice.amount_paid;
}

/** The customer's balance counts only in the customer's own currency. */
export function balanceFor(core: Core, invoice: Invoice): number {
	const customer = core.state.customers.get(invoice.customer);
	return customer?.currency === invoice.currency ? customer.balance : 0;
}

function discountsOf(core: Core, invoice: Invoice, line: Line): Line['discount_amounts'] {
	if (!line.discountable || line.amount <= 0) return [];
	let left = line.amount;
	return invoice.discounts.map((discount) => {
		const amount = percentOf(left, core.state.discounts.get(discount)?.percentOff ?? 0);
		left -= amount;
		return { amount, discount };
	});
}

function taxesOf(invoice: Invoice, line: Line, tax: LineTax): Tax[] {
	const taxable = line.amount - sum(line.discount_amounts.map((entry) => entry.amount));
	if (tax.amounts) {
		return tax.amounts.map(({ amount, inclusive, taxableAmount, reason, rate }) =>
			oneTax(amount, inclusive, taxableAmount, reason, rate),
		);
	}
	const rates = tax.rates.length > 0 ? tax.rates : invoice.default_tax_rates;
	return rates.map((rate) =>
		oneTax(taxOf(taxable, rate.percentage, rate.inclusive), rate.inclusive, taxable, 'standard_rated', rate.id),
	);
}

const oneTax = (amount: number, inclusive: boolean, taxable: number, reason: string, rate: string): Tax => ({
	amount,
	tax_behavior: inclusive ? 'inclusive' : 'exclusive',
	tax_rate_details: { tax_rate: rate },
	taxability_reason: reason,
	taxable_amount: taxable,
	type: 'tax_rate_details',
});

function mergeBy<T extends { amount: number }>(entries: T[], key: (entry: T) => string): T[] {
	const merged = new Map<string, T>();
	for (const entry of entries) {
		const present = merged.get(key(entry));
		merged.set(key(entry), present ? { ...present, amount: present.amount + entry.amount } : { ...entry });
	}
	return [...merged.values()];
}

/**
 * Refuses tax settings that exclude each other. `lines` are all lines the invoice is going to have.
 * Automatic tax takes no manual rates, no negative amounts, no unspecified tax behaviour; tax amounts exclude rates and automatic tax.
 */
export function checkTaxes(invoice: Invoice, lines: Array<{ amount: number; tax: LineTax }>): void {
	const rated = invoice.default_tax_rates.length > 0 || lines.some(({ tax }) => tax.rates.length > 0);
	if (lines.some(({ tax }) => tax.amounts) && (rated || invoice.automatic_tax.enabled)) {
		throw refuse('You cannot set tax amounts on an invoice that uses tax rates or automatic tax.', undefined, 'tax_amounts');
	}
	if (!invoice.automatic_tax.enabled) return;
	if (rated) throw refuse('You cannot use automatic tax together with manual tax rates.', undefined, 'automatic_tax');
	if (lines.some(({ amount }) => amount < 0)) {
		throw refuse('Automatic tax does not support invoice items with negative amounts.', undefined, 'amount');
	}
	if (lines.some(({ tax }) => tax.behavior === 'unspecified')) {
		throw refuse('Automatic tax requires a tax behavior of `inclusive` or `exclusive` on every line.', undefined, 'tax_behavior');
	}
}

/** The present lines of an invoice with their tax, for `checkTaxes`. */
export const taxedLines = (core: Core, invoice: string): Array<{ id: string; amount: number; tax: LineTax }> =>
	linesOf(core, invoice).map(({ id, amount }) => ({ id, amount, tax: core.state.taxes.get(id) ?? NO_TAX }));
