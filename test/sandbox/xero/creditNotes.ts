/** `/CreditNotes` and their allocations (sheet §6.4). */
import { randomUUID } from 'node:crypto';

import type { Router } from '../kit/http';
import { ok, readElements, route, writeElements, type Call } from './api';
import { msDay } from './dates';
import { checkNotLocked, finishDocument, newHeader, readDate, updateHeader } from './documents';
import { Invalid, notFound } from './errors';
import { modifiedSince, paged, readWhere, sortBy, type Wire } from './filters';
import { amountDue, settleWhenPaid } from './invoices';
import { sum } from './money';
import { allocation as allocationSchema, creditNote as schema, type CreditNoteInput } from './schemas';
import type { Core } from './state';
import type { CreditNote, InvoiceStatus } from './types';
import { creditNoteView } from './views';

const NEXT: Record<InvoiceStatus, InvoiceStatus[]> = {
	DRAFT: ['DRAFT', 'SUBMITTED', 'AUTHORISED', 'DELETED'],
	SUBMITTED: ['SUBMITTED', 'DRAFT', 'AUTHORISED', 'DELETED'],
	AUTHORISED: ['AUTHORISED', 'VOIDED'],
	PAID: [],
	VOIDED: [],
	DELETED: [],
};

const FIELDS = [
	'Type', 'Status', 'CreditNoteID', 'CreditNoteNumber', 'Reference', 'Date', 'Total', 'RemainingCredit', 'UpdatedDateUTC', 'CurrencyCode',
	'Contact.ContactID', 'Contact.Name', 'Contact.ContactNumber',
];

const changed = (call: Call, note: CreditNote, type: 'CREATE' | 'UPDATE'): CreditNote => {
	call.changes.push({ category: 'CREDITNOTE', id: note.id, type, data: { Type: note.type, Status: note.status } });
	return note;
};

const numbered = ({ organisation }: Call, number: string | undefined) =>
	number === undefined ? undefined : [...organisation.creditNotes.values()].find((entry) => entry.number === number);

function create(call: Call, input: CreditNoteInput): CreditNote {
	const { organisation } = call;
	const status = input.Status ?? 'DRAFT';
	if (!input.Type) throw new Invalid(['Credit note type must be specified']);
	if (!['DRAFT', 'SUBMITTED', 'AUTHORISED'].includes(status)) throw new Invalid(['Credit note not of valid status for creation']);
	if (numbered(call, input.CreditNoteNumber)) throw new Invalid(['Credit note # must be unique.']);
	const note: CreditNote = {
		...newHeader(call, input, input.LineAmountTypes ?? 'Exclusive'),
		id: randomUUID(),
		number: input.CreditNoteNumber ?? `CN-${String(organisation.nextNumber.creditNote).padStart(4, '0')}`,
		type: input.Type,
		status,
		allocations: [],
	};
	finishDocument(call, note, { ...input, LineItems: input.LineItems ?? [] }, { discounts: false, accounts: status !== 'DRAFT' });
	if (input.CreditNoteNumber === undefined) organisation.nextNumber.creditNote += 1;
	organisation.creditNotes.set(note.id, note);
	return changed(call, note, 'CREATE');
}

function update(call: Call, note: CreditNote, input: CreditNoteInput): CreditNote {
	const status = input.Status ?? note.status;
	if (note.allocations.length > 0 || !NEXT[note.status].includes(status)) throw new Invalid(['Credit note not of valid status for modification']);
	checkNotLocked(call, note);
	const draft = structuredClone(note);
	updateHeader(call, draft, input);
	draft.number = input.CreditNoteNumber ?? draft.number;
	draft.lineAmountTypes = input.LineAmountTypes ?? draft.lineAmountTypes;
	draft.status = status;
	finishDocument(call, draft, input, { discounts: false, accounts: status === 'SUBMITTED' || status === 'AUTHORISED' });
	Object.assign(note, draft);
	return changed(call, note, 'UPDATE');
}

function upsert(call: Call, input: CreditNoteInput): CreditNote {
	const known = input.CreditNoteID ? call.organisation.creditNotes.get(input.CreditNoteID) : numbered(call, input.CreditNoteNumber);
	if (input.CreditNoteID && !known) throw new Invalid(['The credit note could not be found']);
	return known ? update(call, known, input) : create(call, input);
}

function noteOf({ organisation, request }: Call): CreditNote {
	const note = organisation.creditNotes.get(request.params.id);
	if (!note) throw notFound();
	return note;
}

/** Puts a part of an approved note against an approved invoice of the same contact and currency. */
function allocate(call: Call, note: CreditNote, input: { Invoice: { InvoiceID: string }; Amount: number; Date: string }): object {
	const invoice = call.organisation.invoices.get(input.Invoice.InvoiceID);
	const remaining = sum([note.total, ...note.allocations.map(({ amount }) => -amount)]);
	if (note.status !== 'AUTHORISED') throw new Invalid(['The credit note is not approved']);
	if (!invoice || invoice.status !== 'AUTHORISED') throw new Invalid(['The invoice is not approved']);
	if (invoice.contactId !== note.contactId || invoice.currency !== note.currency) {
		throw new Invalid(['Credit note and invoice must have the same contact and currency']);
	}
	if (input.Amount > remaining || input.Amount > amountDue(invoice)) throw new Invalid(['The amount is more than what is left']);
	const entry = { AllocationID: randomUUID(), invoiceId: invoice.id, amount: input.Amount, date: readDate(input.Date, 'Date') };
	note.allocations.push(entry);
	invoice.amountCredited = sum([invoice.amountCredited, entry.amount]);
	settleWhenPaid(invoice, entry.date);
	if (sum([remaining, -entry.amount]) === 0) note.status = 'PAID';
	note.updated = invoice.updated = call.core.now();
	changed(call, note, 'UPDATE');
	call.changes.push({ category: 'INVOICE', id: invoice.id, type: 'UPDATE' });
	return { AllocationID: entry.AllocationID, Amount: entry.amount, Date: msDay(entry.date), Invoice: { InvoiceID: invoice.id } };
}

const NAMES = { list: 'CreditNotes', id: 'CreditNoteID' };

function list(call: Call) {
	const { request, organisation } = call;
	const matches = readWhere(request.query.get('where'), FIELDS);
	const notes = modifiedSince(call, organisation.creditNotes.values());
	const views = notes.map((note) => creditNoteView(call, note, request.query.has('page')) as Wire).filter(matches);
	const { slice, pagination } = paged(call, sortBy(views, request.query.get('order'), FIELDS));
	return ok(call.core, { ...(pagination && { pagination }), CreditNotes: slice });
}

export function addCreditNoteRoutes(router: Router, core: Core): void {
	route(router, core, 'GET', '/CreditNotes', ['invoices'], list);
	route(router, core, 'GET', '/CreditNotes/:id', ['invoices'], (call) => ok(core, { CreditNotes: [creditNoteView(call, noteOf(call))] }));
	route(router, core, 'PUT', '/CreditNotes', ['invoices'], (call) =>
		writeElements(call, NAMES, readElements(call, 'CreditNotes', schema), (input) => creditNoteView(call, create(call, input))),
	);
	route(router, core, 'POST', '/CreditNotes', ['invoices'], (call) =>
		writeElements(call, NAMES, readElements(call, 'CreditNotes', schema), (input) => creditNoteView(call, upsert(call, input))),
	);
	route(router, core, 'POST', '/CreditNotes/:id', ['invoices'], (call) => {
		const note = noteOf(call);
		return writeElements(call, NAMES, readElements(call, 'CreditNotes', schema), (input) => creditNoteView(call, update(call, note, input)));
	});
	route(router, core, 'PUT', '/CreditNotes/:id/Allocations', ['invoices'], (call) => {
		const note = noteOf(call);
		const names = { list: 'Allocations', id: 'AllocationID' };
		return writeElements(call, names, readElements(call, 'Allocations', allocationSchema), (input) => allocate(call, note, input));
	});
}
