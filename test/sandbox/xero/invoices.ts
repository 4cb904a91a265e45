/** `/Invoices`: creation, updates and the rules of status (sheet §6). */
import { randomUUID } from 'node:crypto';

import type { Router } from '../kit/http';
import { ok, readElements, route, writeElements, type Call } from './api';
import { checkNotLocked, finishDocument, newHeader, readDate, updateHeader } from './documents';
import { Invalid, notFound } from './errors';
import { listInvoices } from './invoiceList';
import { sum } from './money';
import { invoice as schema, type InvoiceInput } from './schemas';
import type { Core, Organisation } from './state';
import type { Invoice, InvoiceStatus } from './types';
import { invoiceView } from './views';

/** Where each status may go by API. PAID is set by Xero; PAID, VOIDED and DELETED are final. */
const NEXT: Record<InvoiceStatus, InvoiceStatus[]> = {
	DRAFT: ['DRAFT', 'SUBMITTED', 'AUTHORISED', 'DELETED'],
	SUBMITTED: ['SUBMITTED', 'DRAFT', 'AUTHORISED', 'DELETED'],
	AUTHORISED: ['AUTHORISED', 'VOIDED'],
	PAID: [],
	VOIDED: [],
	DELETED: [],
};

export const NOT_MODIFIABLE = 'Invoice not of valid status for modification';

export const isSettled = ({ amountPaid, amountCredited }: Invoice): boolean => amountPaid > 0 || amountCredited > 0;

const byNumber = (organisation: Organisation, number: string | undefined): Invoice | undefined =>
	number === undefined ? undefined : [...organisation.invoices.values()].find((entry) => entry.type === 'ACCREC' && entry.number === number);

/** What PUT does. Throws Invalid. */
export function createInvoice(call: Call, input: InvoiceInput): Invoice {
	const { organisation } = call;
	const status = input.Status ?? 'DRAFT';
	if (!input.Type) throw new Invalid(['Invoice type must be specified']);
	if (input.InvoiceID) throw new Invalid(['An invoice that exists cannot be created again; use POST']);
	if (!['DRAFT', 'SUBMITTED', 'AUTHORISED'].includes(status)) throw new Invalid(['Invoice not of valid status for creation']);
	if (input.Type === 'ACCREC' && byNumber(organisation, input.InvoiceNumber)) throw new Invalid(['Invoice # must be unique.']);
	const invoice: Invoice = {
		...newHeader(call, input, input.LineAmountTypes ?? 'Exclusive'),
		id: randomUUID(),
		number: input.InvoiceNumber ?? `INV-${String(organisation.nextNumber.invoice).padStart(4, '0')}`,
		type: input.Type,
		status,
		sentToContact: false,
		amountPaid: 0,
		amountCredited: 0,
	};
	applyInvoiceFields(call, invoice, { ...input, LineItems: input.LineItems ?? [] });
	if (input.InvoiceNumber === undefined) organisation.nextNumber.invoice += 1;
	organisation.invoices.set(invoice.id, invoice);
	call.changes.push({ category: 'INVOICE', id: invoice.id, type: 'CREATE' });
	return invoice;
}

/** What POST does to an invoice that is there. Throws Invalid. */
export function updateInvoice(call: Call, invoice: Invoice, input: InvoiceInput): Invoice {
	const status = input.Status ?? invoice.status;
	const blocked = isSettled(invoice) || !NEXT[invoice.status].includes(status);
	if (blocked || (input.Type && input.Type !== invoice.type)) throw new Invalid([NOT_MODIFIABLE]);
	checkNotLocked(call, invoice);
	const other = byNumber(call.organisation, input.InvoiceNumber);
	if (other && other.id !== invoice.id) throw new Invalid(['Invoice # must be unique.']);
	const draft = structuredClone(invoice);
	updateHeader(call, draft, input);
	draft.number = input.InvoiceNumber ?? draft.number;
	draft.lineAmountTypes = input.LineAmountTypes ?? draft.lineAmountTypes;
	draft.status = status;
	applyInvoiceFields(call, draft, input);
	if (!input.LineItems && call.core.settings.rebuildLineIds) for (const line of draft.lines) line.LineItemID = randomUUID();
	Object.assign(invoice, draft);
	call.changes.push({ category: 'INVOICE', id: invoice.id, type: 'UPDATE' });
	return invoice;
}

function applyInvoiceFields(call: Call, invoice: Invoice, input: InvoiceInput): void {
	const approved = invoice.status === 'SUBMITTED' || invoice.status === 'AUTHORISED';
	if (input.DueDate !== undefined) invoice.dueDate = readDate(input.DueDate, 'DueDate');
	if (input.ExpectedPaymentDate !== undefined) invoice.expectedPaymentDate = readDate(input.ExpectedPaymentDate, 'ExpectedPaymentDate');
	invoice.url = input.Url ?? invoice.url;
	if (invoice.url !== undefined && (!/^https?:\/\//.test(invoice.url) || !URL.canParse(invoice.url))) {
		throw new Invalid(['Url must be an absolute URL']);
	}
	if (invoice.url !== undefined && /xero/i.test(invoice.url)) throw new Invalid(['Url must not contain xero']);
	if (approved && !invoice.dueDate) throw new Invalid(['Due date must be specified']);
	if (input.SentToContact && invoice.status !== 'AUTHORISED') throw new Invalid(['SentToContact can only be set on an approved invoice']);
	invoice.sentToContact = input.SentToContact ?? invoice.sentToContact;
	finishDocument(call, invoice, input, { discounts: invoice.type === 'ACCREC', accounts: approved });
	if (invoice.status === 'AUTHORISED') {
		checkApprovalCap(call, invoice);
		settleWhenPaid(invoice, invoice.date);
	}
}

function checkApprovalCap({ organisation }: Call, invoice: Invoice): void {
	const cap = organisation.approvalCap;
	const isApproved = ({ id, status }: Invoice) => id !== invoice.id && (status === 'AUTHORISED' || status === 'PAID');
	if (cap !== undefined && [...organisation.invoices.values()].filter(isApproved).length >= cap) {
		throw new Invalid([`You have reached the limit of ${cap} approved invoices of your pricing plan`]);
	}
}

export const amountDue = ({ total, amountPaid, amountCredited }: Invoice): number => sum([total, -amountPaid, -amountCredited]);

/** An approved invoice with nothing due is PAID at once. */
export function settleWhenPaid(invoice: Invoice, day: string): void {
	if (invoice.status !== 'AUTHORISED' || amountDue(invoice) > 0) return;
	invoice.status = 'PAID';
	invoice.fullyPaidOn = day;
}

/** POST: by id, else by number (a used number overwrites that invoice!), else new. */
function upsert(call: Call, input: InvoiceInput): Invoice {
	const { organisation } = call;
	if (input.InvoiceID !== undefined) {
		const invoice = organisation.invoices.get(input.InvoiceID);
		if (!invoice) throw new Invalid(['The invoice could not be found']);
		return updateInvoice(call, invoice, input);
	}
	const used = input.Type === 'ACCPAY' ? undefined : byNumber(organisation, input.InvoiceNumber);
	return used ? updateInvoice(call, used, input) : createInvoice(call, input);
}

/** The invoice of the path; throws 404. */
export function invoiceOf({ organisation, request }: Call): Invoice {
	const invoice = organisation.invoices.get(request.params.id);
	if (!invoice) throw notFound();
	return invoice;
}

const NAMES = { list: 'Invoices', id: 'InvoiceID' };

function getInvoice(call: Call) {
	const invoice = invoiceOf(call);
	if ((call.request.headers.accept ?? '').includes('application/pdf')) {
		return { status: 200, headers: { 'content-type': 'application/pdf' }, body: `%PDF-1.4\n% Invoice ${invoice.number}\n%%EOF\n` };
	}
	return ok(call.core, { Invoices: [invoiceView(call, invoice)] });
}

export function addInvoiceRoutes(router: Router, core: Core): void {
	route(router, core, 'GET', '/Invoices', ['invoices'], listInvoices);
	route(router, core, 'GET', '/Invoices/:id', ['invoices'], getInvoice);
	route(router, core, 'PUT', '/Invoices', ['invoices'], (call) =>
		writeElements(call, NAMES, readElements(call, 'Invoices', schema), (input) => invoiceView(call, createInvoice(call, input))),
	);
	route(router, core, 'POST', '/Invoices', ['invoices'], (call) =>
		writeElements(call, NAMES, readElements(call, 'Invoices', schema), (input) => invoiceView(call, upsert(call, input))),
	);
	route(router, core, 'POST', '/Invoices/:id', ['invoices'], (call) => {
		const invoice = invoiceOf(call);
		return writeElements(call, NAMES, readElements(call, 'Invoices', schema), (input) => invoiceView(call, updateInvoice(call, invoice, input)));
	});
}

