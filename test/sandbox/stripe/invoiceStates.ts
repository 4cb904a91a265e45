/** Draft → open → paid, uncollectible or void; sheet §5a. */
import type { Core } from './core';
import { setCustomer } from './customerRecords';
import { ApiError, refuse } from './errors';
import { emit } from './events';
import { changeInvoice, existingInvoice } from './invoiceChanges';
import { balanceFor, recalculate } from './invoiceTotals';
import type { Invoice } from './invoiceTypes';
import { checkAmount, minimumCharge } from './money';
import { operation } from './operations';
import { boolean, looseText, text } from './params';
import { invoiceView } from './views';

/** Makes a draft final: numbered, customer balance applied, and paid at once when nothing is left to pay. */
export function finalizeInvoice(core: Core, id: string, autoAdvance?: boolean): object {
	const invoice = existingInvoice(core, id);
	if (invoice.status !== 'draft') {
		throw refuse("This invoice is already finalized, you can't re-finalize a non-draft invoice.", 'invoice_not_editable');
	}
	checkLocation(core, invoice);
	recalculate(core, invoice);
	checkAmount(invoice.currency, invoice.total, 'total');
	const customer = core.state.customers.get(invoice.customer);
	changeInvoice(core, invoice, () => {
		invoice.status = 'open';
		invoice.auto_advance = autoAdvance ?? invoice.auto_advance;
		invoice.automatically_finalizes_at = null;
		invoice.effective_at ??= core.now();
		invoice.status_transitions.finalized_at = core.now();
		if (customer) invoice.number ??= `${customer.invoice_prefix}-${String(customer.next_invoice_sequence).padStart(4, '0')}`;
		applyBalance(invoice);
	});
	if (customer) {
		const balance = balanceFor(core, invoice) - invoice.starting_balance + (invoice.ending_balance ?? 0);
		setCustomer(core, customer.id, (entry) => ({ ...entry, balance, next_invoice_sequence: entry.next_invoice_sequence + 1 }));
	}
	emit(core, 'invoice.finalized', invoiceView(core, id));
	if (invoice.amount_due === 0) markPaid(core, invoice);
	return invoiceView(core, id) ?? invoice;
}

function checkLocation(core: Core, invoice: Invoice): void {
	if (!invoice.automatic_tax.enabled) return;
	if (!core.state.customers.get(invoice.customer)?.address?.country) {
		throw refuse(
			"The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.",
			'customer_tax_location_invalid',
			'automatic_tax',
		);
	}
	invoice.automatic_tax.status = 'complete';
}

/** A negative total becomes credit; the balance pays or adds; less than the minimum charge is put on the balance instead of charged. */
function applyBalance(invoice: Invoice): void {
	const { total, starting_balance: balance } = invoice;
	const owed = total + balance;
	invoice.amount_due = total > 0 ? Math.max(owed, 0) : 0;
	invoice.ending_balance = owed - invoice.amount_due;
	const small = invoice.amount_due > 0 && invoice.amount_due < minimumCharge(invoice.currency);
	if (small && invoice.collection_method === 'charge_automatically') {
		invoice.ending_balance += invoice.amount_due;
		invoice.amount_due = 0;
	}
	invoice.amount_remaining = invoice.amount_due;
}

function markPaid(core: Core, invoice: Invoice): void {
	changeInvoice(core, invoice, () => {
		invoice.status = 'paid';
		invoice.attempted = true;
		invoice.amount_paid = invoice.amount_due;
		invoice.amount_remaining = 0;
		invoice.status_transitions.paid_at = core.now();
	});
	emit(core, 'invoice.paid', invoiceView(core, invoice.id));
	emit(core, 'invoice.payment_succeeded', invoiceView(core, invoice.id));
}

/** Records payment of an open (or uncollectible) invoice; a draft is finalised first. */
export function payInvoice(core: Core, id: string): object {
	const invoice = existingInvoice(core, id);
	if (invoice.status === 'paid') throw refuse('Invoice is already paid');
	if (invoice.status === 'void') throw refuse("This invoice is void and can't be paid.");
	if (invoice.status === 'draft') finalizeInvoice(core, id);
	// Finalising pays what costs nothing.
	if (existingInvoice(core, id).status !== 'paid') markPaid(core, invoice);
	return invoiceView(core, id) ?? invoice;
}

function requirePaymentMethod(core: Core, id: string): void {
	const customer = core.state.customers.get(existingInvoice(core, id).customer);
	if (customer?.invoice_settings.default_payment_method) return;
	const message =
		'This customer has no attached payment source or default payment method. Please consider adding a default payment method.';
	throw new ApiError(400, message, { code: 'resource_missing' });
}

/** Marks a draft or open `send_invoice` invoice as sent. */
function sendInvoice(core: Core, id: string): object {
	const invoice = existingInvoice(core, id);
	if (invoice.collection_method !== 'send_invoice') {
		throw refuse('You can only manually send an invoice if its collection method is `send_invoice`.');
	}
	if (invoice.status !== 'draft' && invoice.status !== 'open')
		throw refuse(`You can't send an invoice that is ${invoice.status}.`);
	if (invoice.status === 'draft') finalizeInvoice(core, id);
	emit(core, 'invoice.sent', invoiceView(core, id));
	return invoiceView(core, id) ?? invoice;
}

function voidInvoice(core: Core, id: string): object {
	const invoice = existingInvoice(core, id);
	if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
		throw refuse(`You can only pass in open or uncollectible invoices. This invoice is ${invoice.status}.`);
	}
	const after = changeInvoice(core, invoice, () => {
		invoice.status = 'void';
		invoice.status_transitions.voided_at = core.now();
	});
	emit(core, 'invoice.voided', after);
	return after;
}

function markUncollectible(core: Core, id: string): object {
	const invoice = existingInvoice(core, id);
	if (invoice.status !== 'open') throw refuse(`You can only pass in open invoices. This invoice is ${invoice.status}.`);
	const after = changeInvoice(core, invoice, () => {
		invoice.status = 'uncollectible';
		invoice.status_transitions.marked_uncollectible_at = core.now();
	});
	emit(core, 'invoice.marked_uncollectible', after);
	return after;
}

/** Finalises every draft whose hour has come. */
export function finalizeDue(core: Core): void {
	for (const invoice of core.state.invoices.values()) {
		const { status, auto_advance: advance, automatically_finalizes_at: at } = invoice;
		if (status === 'draft' && advance && at !== null && at <= core.now()) finalizeInvoice(core, invoice.id);
	}
}

const PAY = {
	forgive: boolean,
	mandate: looseText(),
	off_session: boolean,
	paid_out_of_band: boolean,
	payment_method: text(),
	source: text(),
};

export const invoiceStateOperations = [
	operation(['POST', '/v1/invoices/:id/finalize', 'invoices'], { auto_advance: boolean }, (core, params, { id }) =>
		finalizeInvoice(core, id, params.auto_advance),
	),
	operation(['POST', '/v1/invoices/:id/send', 'invoices'], {}, (core, _params, { id }) => sendInvoice(core, id)),
	operation(['POST', '/v1/invoices/:id/pay', 'invoices'], PAY, (core, params, { id }) => {
		if (!params.paid_out_of_band && params.payment_method === undefined) requirePaymentMethod(core, id);
		return payInvoice(core, id);
	}),
	operation(['POST', '/v1/invoices/:id/void', 'invoices'], {}, (core, _params, { id }) => voidInvoice(core, id)),
	operation(['POST', '/v1/invoices/:id/mark_uncollectible', 'invoices'], {}, (core, _params, { id }) =>
		markUncollectible(core, id),
	),
];
