/** Invoices as documents: made, totalled, closed, paid; the calls are in invoiceCalls.ts. */
import { emit } from './events';
import type { Core } from './state';
import type { CreditNote, Customer, Discount, Invoice, LineItem } from './types';

const DAY = 86_400;

export interface NewInvoice {
	customer: Customer;
	/** Absent on consolidated invoices and those of a customer only. */
	subscriptionId?: string;
	currency: string;
	date: number;
	recurring: boolean;
	pending: boolean;
	lines: LineItem[];
	discounts?: Discount[];
	poNumber?: string;
	note?: string;
	netTermDays?: number;
	custom?: Record<string, unknown>;
}

export interface NewLine {
	description: string;
	entityType: LineItem['entity_type'];
	entityId?: string;
	entityDescription?: string;
	quantity?: number;
	unitAmount: number;
	amount: number;
	amountInDecimal?: string;
	dateFrom: number;
	dateTo: number;
	taxable: boolean;
	pricingModel?: LineItem['pricing_model'];
	metered?: boolean;
	subscriptionId?: string;
}

/** A line with an id of its own and its tax. */
export function newLine(core: Core, customerId: string, line: NewLine): LineItem & { object: 'line_item' } {
	const rate = line.taxable ? core.settings.taxRate : 0;
	return {
		id: core.newId('li'),
		date_from: line.dateFrom,
		date_to: line.dateTo,
		unit_amount: line.unitAmount,
		quantity: line.quantity ?? 1,
		amount: line.amount,
		...(line.amountInDecimal !== undefined && { amount_in_decimal: line.amountInDecimal }),
		pricing_model: line.pricingModel ?? 'flat_fee',
		is_taxed: rate > 0,
		tax_amount: Math.round((line.amount * rate) / 100),
		...(rate > 0
			? { tax_rate: rate }
			: { tax_exempt_reason: line.taxable ? ('tax_not_configured' as const) : ('product_exempt' as const) }),
		discount_amount: 0,
		item_level_discount_amount: 0,
		...(line.metered !== undefined && { metered: line.metered }),
		description: line.description,
		...(line.entityDescription !== undefined && { entity_description: line.entityDescription }),
		entity_type: line.entityType,
		...(line.entityId !== undefined && { entity_id: line.entityId }),
		customer_id: customerId,
		...(line.subscriptionId !== undefined && { subscription_id: line.subscriptionId }),
		object: 'line_item',
	};
}

/** Sums an invoice up from its lines, discounts, credits and payments. */
export function total(core: Core, invoice: Invoice): Invoice {
	const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
	invoice.sub_total = sum(invoice.line_items.map(({ amount }) => amount));
	invoice.tax = sum(invoice.line_items.map(({ tax_amount: tax = 0 }) => tax));
	invoice.taxes = invoice.tax > 0 ? [{ name: 'Sales tax', amount: invoice.tax }] : [];
	invoice.total = invoice.sub_total - sum(invoice.discounts.map(({ amount }) => amount)) + invoice.tax;
	invoice.amount_due = invoice.total - invoice.amount_paid - invoice.credits_applied - invoice.amount_adjusted;
	return core.touch(invoice);
}

/** A new invoice in the state's books. Not pending ones are finalized by the caller. */
export function createInvoice(core: Core, given: NewInvoice): Invoice {
	const { customer } = given;
	const first = ![...core.state.invoices.values()].some((invoice) => invoice.customer_id === customer.id);
	const invoice: Invoice = {
		id: given.pending ? core.newId('draft_inv') : core.newInvoiceNumber(),
		...given.custom,
		...(given.poNumber !== undefined && { po_number: given.poNumber }),
		customer_id: customer.id,
		...(given.subscriptionId !== undefined && { subscription_id: given.subscriptionId }),
		recurring: given.recurring,
		status: 'pending',
		price_type: 'tax_exclusive',
		date: given.date,
		net_term_days: given.netTermDays ?? customer.net_term_days,
		currency_code: given.currency,
		exchange_rate: 1,
		tax: 0,
		sub_total: 0,
		total: 0,
		amount_due: 0,
		amount_paid: 0,
		amount_adjusted: 0,
		credits_applied: 0,
		write_off_amount: 0,
		updated_at: 0,
		resource_version: 0,
		first_invoice: first,
		has_advance_charges: false,
		term_finalized: true,
		is_gifted: false,
		generated_at: core.now(),
		line_items: given.lines,
		discounts: given.discounts ?? [],
		applied_credits: [],
		adjustment_credit_notes: [],
		issued_credit_notes: [],
		linked_payments: [],
		notes: given.note === undefined ? [] : [{ note: given.note }],
		...(customer.billing_address && {
			billing_address: { ...customer.billing_address, object: 'billing_address' } as Invoice['billing_address'],
		}),
		deleted: false,
		object: 'invoice',
	};
	core.state.invoices.set(invoice.id, total(core, invoice));
	return invoice;
}

/** Ends the pending state: credits are used, money is collected when `collect` says so, the final status is set. */
export function finalize(core: Core, invoice: Invoice, collect: boolean): Invoice {
	const customer = core.state.customers.get(invoice.customer_id);
	if (customer) {
		usePromotionalCredits(core, invoice, customer);
		useRefundableCredits(core, invoice, customer);
	}
	invoice.due_date = invoice.date + (invoice.net_term_days ?? 0) * DAY;
	if (collect && invoice.amount_due > 0) pay(core, invoice);
	else settle(core, invoice);
	emit(core, 'invoice_generated', { invoice });
	if (invoice.linked_payments.length > 0) emit(core, 'payment_succeeded', { invoice, ...(customer && { customer }) });
	return invoice;
}

/** Takes the whole amount due. */
export function pay(core: Core, invoice: Invoice): void {
	const at = core.now();
	const due = invoice.amount_due;
	invoice.linked_payments.push({
		txn_id: core.newId('txn'),
		applied_amount: due,
		applied_at: at,
		txn_status: 'success',
		txn_date: at,
		txn_amount: due,
	});
	invoice.amount_paid += due;
	settle(core, invoice);
}

/** Status by what is due and when. */
export function settle(core: Core, invoice: Invoice): void {
	total(core, invoice);
	if (invoice.amount_due === 0) {
		invoice.status = 'paid';
		invoice.paid_at = core.now();
	} else invoice.status = (invoice.net_term_days ?? 0) > 0 ? 'posted' : 'payment_due';
}

/** Promotional credits lower the total, as a discount. */
function usePromotionalCredits(core: Core, invoice: Invoice, customer: Customer): void {
	const used = Math.min(customer.promotional_credits, invoice.total);
	if (used <= 0) return;
	customer.promotional_credits -= used;
	invoice.discounts.push({ amount: used, description: 'Promotional credits', entity_type: 'promotional_credits' });
	core.touch(customer);
	total(core, invoice);
}

/** Refundable credits pay; the oldest note first. */
function useRefundableCredits(core: Core, invoice: Invoice, customer: Customer): void {
	for (const note of core.state.creditNotes.values()) {
		const usable =
			note.customer_id === customer.id && note.status === 'refund_due' && note.currency_code === invoice.currency_code;
		const amount = usable ? Math.min(note.amount_available, invoice.amount_due) : 0;
		if (amount > 0) applyCredit(core, invoice, customer, note, amount);
	}
}

function applyCredit(core: Core, invoice: Invoice, customer: Customer, note: CreditNote, amount: number): void {
	note.amount_available -= amount;
	note.amount_allocated += amount;
	if (note.amount_available === 0) note.status = 'refunded';
	note.allocations.push({
		invoice_id: invoice.id,
		allocated_amount: amount,
		allocated_at: core.now(),
		invoice_date: invoice.date,
		invoice_status: invoice.status,
	});
	customer.refundable_credits -= amount;
	invoice.credits_applied += amount;
	invoice.applied_credits.push({
		cn_id: note.id,
		applied_amount: amount,
		applied_at: core.now(),
		cn_date: note.date,
		cn_status: note.status,
	});
	core.touch(customer);
	total(core, invoice);
}
