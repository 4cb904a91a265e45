/** Steps that several invoice calls share. */
import type { Core } from './core';
import { noSuch, refuse } from './errors';
import { emit } from './events';
import { NO_TAX, recalculate } from './invoiceTotals';
import type { Charge, Invoice, InvoiceItem, Line } from './invoiceTypes';
import { invoiceView, linesOf } from './views';

/** Items an invoice can hold. */
export const MAX_ITEMS = 250;

export function existingInvoice(core: Core, id: string): Invoice {
	const invoice = core.state.invoices.get(id);
	if (!invoice) throw noSuch('invoice', id, 'invoice', 404);
	return invoice;
}

/** Throws `invoice_not_editable` unless the invoice is a draft. */
export function requireDraft(invoice: Invoice): void {
	if (invoice.status !== 'draft') {
		throw refuse(
			"This invoice is no longer editable: only draft invoices' lines and amounts can be changed.",
			'invoice_not_editable',
		);
	}
}

/** Throws when `more` items do not fit. */
export function requireRoom(core: Core, invoice: Invoice, more: number): void {
	if (linesOf(core, invoice.id).length + more > MAX_ITEMS) {
		throw refuse(`An invoice can have at most ${MAX_ITEMS} invoice items.`, undefined, 'lines');
	}
}

/** Applies a change to an invoice, works its totals out and announces it (`invoice.updated`). Returns the invoice as answered. */
export function changeInvoice(core: Core, invoice: Invoice, change: () => void): object {
	const before = structuredClone(invoiceView(core, invoice.id));
	change();
	if (invoice.status === 'draft') recalculate(core, invoice);
	const after = invoiceView(core, invoice.id);
	emit(core, 'invoice.updated', after, before);
	return after ?? invoice;
}

/** The fields an invoice item and its line have in common. */
export const chargeOf = (from: Charge): Charge => ({
	amount: from.amount,
	currency: from.currency,
	description: from.description,
	discountable: from.discountable,
	discounts: from.discounts,
	livemode: from.livemode,
	metadata: from.metadata,
	period: from.period,
	pricing: from.pricing,
	quantity: from.quantity,
	quantity_decimal: from.quantity_decimal,
});

function addLine(core: Core, invoice: Invoice, charge: Charge, subscription: string | null, parent: Line['parent']): Line {
	const line: Line = {
		...structuredClone(charge),
		id: core.newId('il'),
		object: 'line_item',
		discount_amounts: [],
		invoice: invoice.id,
		parent,
		pretax_credit_amounts: [],
		subscription,
		subtotal: charge.amount,
		taxes: [],
	};
	core.state.lines.set(line.id, line);
	return line;
}

/** Puts an invoice item on an invoice as its last line. Totals are the caller's business. */
export function attachItem(core: Core, invoice: Invoice, item: InvoiceItem): void {
	const subscription = item.parent?.subscription_details.subscription ?? null;
	const line = addLine(core, invoice, chargeOf(item), subscription, {
		type: 'invoice_item_details',
		invoice_item_details: { invoice_item: item.id, proration: item.proration, proration_details: null, subscription },
		subscription_item_details: null,
	});
	item.invoice = invoice.id;
	core.state.taxes.set(line.id, core.state.taxes.get(item.id) ?? NO_TAX);
}

/** Puts what a subscription item costs for a period on an invoice. */
export function attachSubscriptionCharge(core: Core, invoice: Invoice, charge: Charge, subscription: string, item: string): void {
	addLine(core, invoice, charge, subscription, {
		type: 'subscription_item_details',
		invoice_item_details: null,
		subscription_item_details: {
			invoice_item: null,
			proration: false,
			proration_details: null,
			subscription,
			subscription_item: item,
		},
	});
}

export const lineOfItem = (core: Core, item: string): Line | undefined =>
	[...core.state.lines.values()].find((line) => line.parent.invoice_item_details?.invoice_item === item);
