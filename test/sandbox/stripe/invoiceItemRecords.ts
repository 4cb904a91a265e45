import type { Core } from './core';
import { emit } from './events';
import { attachItem } from './invoiceChanges';
import type { Charge, Invoice, InvoiceItem, LineTax } from './invoiceTypes';

interface NewItem {
	charge: Charge;
	tax: LineTax;
	customer: string;
	subscription: string | null;
	/** Goes on this draft as a line at once; otherwise the item is pending. */
	invoice?: Invoice;
}

/** Stores an invoice item and announces it. The invoice's totals are the caller's business. */
export function createItem(core: Core, { charge, tax, customer, subscription, invoice }: NewItem): InvoiceItem {
	const item: InvoiceItem = {
		...charge,
		id: core.newId('ii'),
		object: 'invoiceitem',
		customer,
		customer_account: null,
		date: core.now(),
		frozen_fields: [],
		invoice: null,
		invoicing_rules: [],
		parent: subscription === null ? null : { subscription_details: { subscription }, type: 'subscription_details' },
		proration: false,
		tax_rates: tax.rates,
		test_clock: null,
	};
	core.state.invoiceItems.set(item.id, item);
	core.state.taxes.set(item.id, tax);
	if (invoice) attachItem(core, invoice, item);
	emit(core, 'invoiceitem.created', item);
	return item;
}

/** Pending items that wait for an invoice of this customer in this currency, oldest first. */
export function pendingItems(core: Core, customer: string, currency: string): InvoiceItem[] {
	return [...core.state.invoiceItems.values()].filter(
		(item) => item.invoice === null && item.customer === customer && item.currency === currency,
	);
}

export const subscriptionOf = (item: InvoiceItem): string | undefined => item.parent?.subscription_details.subscription;
