/** Credit notes and promotional credits: where negative amounts go. */
import { z } from 'zod';

import { checkCurrency, findCustomer } from './customers';
import { invalid, notFound, wrongState, wrongValue } from './errors';
import { emit } from './events';
import { inRow, servicePeriod } from './charges';
import { findInvoice } from './invoiceCalls';
import { newLine, settle } from './invoices';
import {
	DELETED,
	enumFilter,
	listOf,
	numberFilter,
	optionalTextFilter,
	PAGE,
	contactFilter,
	sortBy,
	textFilter,
	timeFilter,
} from './lists';
import { operation } from './operations';
import { decimal, integer, rows, text, timestamp } from './params';
import type { Core } from './state';
import type { CreditNote, Customer, Invoice, LineItem, PromotionalCredit } from './types';

const lineRow = {
	reference_line_item_id: text(40).nullish(),
	unit_amount: integer(0).nullish(),
	quantity: integer(1).nullish(),
	amount: integer(0).nullish(),
	date_from: timestamp.nullish(),
	date_to: timestamp.nullish(),
	description: text(250).nullish(),
	entity_type: z.enum(['adhoc', 'plan_item_price', 'addon_item_price', 'charge_item_price', 'plan', 'addon']).nullish(),
	entity_id: text(100).nullish(),
};

const noteFields = {
	reference_invoice_id: text(50).nullish(),
	customer_id: text(50).nullish(),
	total: integer(0).nullish(),
	type: z.enum(['adjustment', 'refundable', 'store']),
	reason_code: z
		.enum(['product_unsatisfactory', 'service_unsatisfactory', 'order_change', 'order_cancellation', 'waiver', 'other'])
		.nullish(),
	create_reason_code: text(100).nullish(),
	date: timestamp.nullish(),
	customer_notes: text(2000).nullish(),
	currency_code: text(3).nullish(),
	comment: text(300).nullish(),
	line_items: rows(lineRow).nullish(),
};

type NoteParams = z.output<z.ZodObject<typeof noteFields>>;

function noteLines(core: Core, params: NoteParams, customerId: string): LineItem[] {
	return (params.line_items ?? []).map((row) => {
		const name = inRow('line_items', row.index);
		const amount = row.amount ?? (row.unit_amount ?? 0) * (row.quantity ?? 1);
		return newLine(core, customerId, {
			description: row.description ?? 'Credit',
			entityType: row.entity_type ?? 'adhoc',
			entityId: row.entity_id ?? undefined,
			quantity: row.quantity ?? 1,
			unitAmount: row.unit_amount ?? amount,
			amount,
			taxable: false,
			...servicePeriod(core, row, name),
		});
	});
}

/** An adjustment lowers what is due, a refundable note stays within what was paid. Throws 409. */
function checkReference(invoice: Invoice, type: NoteParams['type'], amount: number): void {
	if (invoice.status === 'pending') throw wrongState(`The invoice '${invoice.id}' is pending; credit notes need a closed one`);
	if (invoice.status === 'voided') throw wrongState(`The invoice '${invoice.id}' is voided`);
	if (type === 'adjustment' && amount > invoice.amount_due)
		throw wrongState(`Only ${invoice.amount_due} of the invoice '${invoice.id}' can be adjusted`);
	if (type !== 'adjustment' && amount > invoice.amount_paid)
		throw wrongState(`Only ${invoice.amount_paid} of the invoice '${invoice.id}' can be credited`);
}

function createNote(core: Core, params: NoteParams): object {
	const invoice = params.reference_invoice_id
		? findInvoice(core, params.reference_invoice_id, 'reference_invoice_id')
		: undefined;
	if (!invoice && !params.customer_id) throw invalid('reference_invoice_id or customer_id should be given');
	if (!invoice && params.type === 'adjustment') throw wrongValue('reference_invoice_id', 'is required for an adjustment');
	const customer = findCustomer(core, invoice?.customer_id ?? String(params.customer_id), 'customer_id');
	const lines = noteLines(core, params, customer.id);
	if (lines.length > 0 === Boolean(params.total)) throw invalid('Either total or line_items should be given');
	const total = params.total ?? lines.reduce((sum, { amount }) => sum + amount, 0);
	if (total <= 0) throw wrongValue('total', 'should be greater than 0');
	if (invoice) checkReference(invoice, params.type, total);
	const currency = checkCurrency(
		core,
		invoice?.currency_code ?? params.currency_code ?? customer.preferred_currency_code,
		'currency_code',
	);
	const note = newNote(core, params, { customer, invoice, currency, total, lines });
	core.state.creditNotes.set(note.id, note);
	if (params.type !== 'adjustment') customer.refundable_credits += total;
	core.touch(customer);
	if (invoice) linkToInvoice(core, note, invoice);
	emit(core, 'credit_note_created', { credit_note: note, customer });
	return { credit_note: note, ...(invoice && { invoice }) };
}

interface NoteParts {
	customer: Customer;
	invoice?: Invoice;
	currency: string;
	total: number;
	lines: LineItem[];
}

function newNote(core: Core, params: NoteParams, { customer, invoice, currency, total, lines }: NoteParts): CreditNote {
	const adjustment = params.type === 'adjustment';
	return core.touch<CreditNote>({
		id: core.newId('CN'),
		customer_id: customer.id,
		...(invoice?.subscription_id !== undefined && { subscription_id: invoice.subscription_id }),
		...(invoice && { reference_invoice_id: invoice.id }),
		type: params.type,
		reason_code: params.reason_code ?? 'other',
		...(params.create_reason_code && { create_reason_code: params.create_reason_code }),
		status: adjustment ? 'adjusted' : 'refund_due',
		date: params.date ?? core.now(),
		price_type: 'tax_exclusive',
		currency_code: currency,
		total,
		sub_total: total,
		amount_allocated: adjustment ? total : 0,
		amount_refunded: 0,
		amount_available: adjustment ? 0 : total,
		generated_at: core.now(),
		...(params.customer_notes && { customer_notes: params.customer_notes }),
		line_items: lines,
		allocations: [],
		deleted: false,
		object: 'credit_note',
	});
}

function linkToInvoice(core: Core, note: CreditNote, invoice: Invoice): void {
	const link = {
		cn_id: note.id,
		cn_reason_code: note.reason_code,
		cn_date: note.date,
		cn_total: note.total,
		cn_status: note.status,
	};
	if (note.type !== 'adjustment') {
		invoice.issued_credit_notes = [...(invoice.issued_credit_notes ?? []), link];
		core.touch(invoice);
		return;
	}
	invoice.adjustment_credit_notes = [...(invoice.adjustment_credit_notes ?? []), link];
	invoice.amount_adjusted += note.total;
	settle(core, invoice);
	emit(core, 'invoice_updated', { invoice });
}

function findNote(core: Core, id: string): CreditNote {
	const note = core.state.creditNotes.get(id);
	if (!note || note.deleted) throw notFound('credit note', id);
	return note;
}

/** Takes an unused note back. Throws 409 once some of it is used. */
function takeBack(core: Core, note: CreditNote): void {
	if (note.status !== 'refund_due' || note.amount_available !== note.total)
		throw wrongState(`The credit note '${note.id}' is ${note.status} or partly used`);
	const customer = findCustomer(core, note.customer_id);
	customer.refundable_credits -= note.amount_available;
	note.amount_available = 0;
	core.touch(customer);
}

const creditFields = {
	customer_id: text(50),
	amount: integer(1).nullish(),
	amount_in_decimal: decimal(33).nullish(),
	currency_code: text(3).nullish(),
	description: text(250),
	credit_type: z.enum(['loyalty_credits', 'referral_rewards', 'general']).nullish(),
	reference: text(500).nullish(),
};

type CreditParams = z.output<z.ZodObject<typeof creditFields>>;

function changeCredits(core: Core, params: CreditParams, type: PromotionalCredit['type']): object {
	const customer = findCustomer(core, params.customer_id, 'customer_id');
	if (params.amount_in_decimal) throw wrongValue('amount_in_decimal', 'is not enabled for this site');
	if (!params.amount) throw wrongValue('amount', 'is required');
	const currency = params.currency_code ?? customer.preferred_currency_code;
	if (currency !== customer.preferred_currency_code)
		throw wrongValue('currency_code', `The customer's credits are in ${customer.preferred_currency_code}`);
	if (type === 'decrement' && params.amount > customer.promotional_credits)
		throw wrongValue('amount', `should not be more than the balance ${customer.promotional_credits}`);
	customer.promotional_credits += type === 'increment' ? params.amount : -params.amount;
	const credit: PromotionalCredit & { object: string } = {
		id: core.newId('pc'),
		customer_id: customer.id,
		type,
		amount: params.amount,
		currency_code: currency,
		description: params.description,
		credit_type: params.credit_type ?? 'general',
		...(params.reference && { reference: params.reference }),
		closing_balance: customer.promotional_credits,
		created_at: core.now(),
		object: 'promotional_credit',
	};
	core.state.promotionalCredits.set(credit.id, credit);
	core.touch(customer);
	emit(core, type === 'increment' ? 'promotional_credits_added' : 'promotional_credits_deducted', {
		customer,
		promotional_credit: credit,
	});
	return { customer, promotional_credit: credit };
}

export const creditOperations = [
	operation(['POST', '/credit_notes'], noteFields, createNote),
	operation(
		['GET', '/credit_notes'],
		{
			...{ ...PAGE, ...DELETED },
			id: textFilter,
			customer_id: textFilter,
			subscription_id: optionalTextFilter,
			reference_invoice_id: optionalTextFilter,
			type: enumFilter(['adjustment', 'refundable', 'store']),
			status: enumFilter(['adjusted', 'refunded', 'refund_due', 'voided']),
			create_reason_code: textFilter,
			date: timeFilter,
			total: numberFilter,
			updated_at: timeFilter,
			sort_by: sortBy('date'),
		},
		(core, params) => listOf('credit_note', core.state.creditNotes.values(), params, 'date'),
	),
	operation(['GET', '/credit_notes/:id'], {}, (core, _params, { id }) => ({ credit_note: findNote(core, id) })),
	operation(['POST', '/credit_notes/:id/void'], { comment: text(300).nullish() }, (core, _params, { id }) => {
		const note = findNote(core, id);
		takeBack(core, note);
		Object.assign(core.touch(note), { status: 'voided', voided_at: core.now() });
		emit(core, 'credit_note_updated', { credit_note: note });
		return { credit_note: note };
	}),
	operation(['POST', '/credit_notes/:id/delete'], {}, (core, _params, { id }) => {
		const note = findNote(core, id);
		if (note.status !== 'voided') takeBack(core, note);
		core.touch(note).deleted = true;
		emit(core, 'credit_note_deleted', { credit_note: note });
		return { credit_note: note };
	}),
	operation(['POST', '/promotional_credits/add'], creditFields, (core, params) => changeCredits(core, params, 'increment')),
	operation(['POST', '/promotional_credits/deduct'], creditFields, (core, params) => changeCredits(core, params, 'decrement')),
	operation(
		['GET', '/promotional_credits'],
		{
			...PAGE,
			id: contactFilter,
			created_at: timeFilter,
			type: enumFilter(['increment', 'decrement']),
			customer_id: contactFilter,
		},
		(core, params) => listOf('promotional_credit', core.state.promotionalCredits.values(), params),
	),
	operation(['GET', '/promotional_credits/:id'], {}, (core, _params, { id }) => {
		const credit = core.state.promotionalCredits.get(id);
		if (!credit) throw notFound('promotional credit', id);
		return { promotional_credit: credit };
	}),
];
