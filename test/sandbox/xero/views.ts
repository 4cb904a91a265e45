/** What the API shows of what an organisation keeps. */
import type { Call } from './api';
import { updatedFields } from './api';
import { dayString, msDate, msDay } from './dates';
import { round, sum } from './money';
import type { Contact, CreditNote, Document, Invoice, Line, Payment, Quote } from './types';

export function contactView(contact: Contact, isCustomer: boolean): object {
	const { updated, Addresses, Phones, ContactPersons, ...fields } = contact;
	return {
		...fields,
		Addresses,
		Phones,
		ContactPersons,
		UpdatedDateUTC: msDate(updated),
		IsSupplier: false,
		IsCustomer: isCustomer,
		ContactGroups: [],
		SalesTrackingCategories: [],
		HasAttachments: false,
		HasValidationErrors: false,
	};
}

/** Lightweight: no addresses, phones and persons. */
export function contactSummary(contact: Contact, isCustomer: boolean): object {
	const { ContactID, ContactNumber, AccountNumber, ContactStatus, Name, FirstName, LastName, EmailAddress, DefaultCurrency, updated } = contact;
	const fields = { ContactID, ContactNumber, AccountNumber, ContactStatus, Name, FirstName, LastName, EmailAddress, DefaultCurrency };
	return { ...fields, UpdatedDateUTC: msDate(updated), IsSupplier: false, IsCustomer: isCustomer };
}

export const isCustomer = ({ organisation }: Call, { ContactID }: Contact): boolean =>
	[...organisation.invoices.values()].some((invoice) => invoice.contactId === ContactID);

/** Unit amounts are shown with as many decimals as the request asked for. */
export function lineView(line: Line, unitDecimals: number): object {
	return { ...line, ...(line.UnitAmount !== undefined && { UnitAmount: round(line.UnitAmount, unitDecimals) }) };
}

function documentView(call: Call, document: Document, withLines: boolean): object {
	const contact = call.organisation.contacts.get(document.contactId);
	const { ContactID, ContactNumber, Name } = contact ?? {};
	return {
		Contact: withLines && contact ? contactView(contact, true) : { ContactID, ContactNumber, Name },
		Reference: document.reference,
		Date: msDay(document.date),
		DateString: dayString(document.date),
		LineItems: withLines ? document.lines.map((line) => lineView(line, call.unitDecimals)) : [],
		SubTotal: document.subTotal,
		TotalTax: document.totalTax,
		Total: document.total,
		CurrencyCode: document.currency,
		CurrencyRate: document.currencyRate,
		BrandingThemeID: document.brandingThemeId,
		...updatedFields(document.updated),
	};
}

const paymentView = ({ PaymentID, date, amount }: Payment): object => ({ PaymentID, Date: msDay(date), Amount: amount, CurrencyRate: 1 });

export function invoiceView(call: Call, invoice: Invoice, withLines = true): object {
	const payments = [...call.organisation.payments.values()].filter(({ invoiceId }) => invoiceId === invoice.id);
	const credits = [...call.organisation.creditNotes.values()].flatMap((note) =>
		note.allocations
			.filter(({ invoiceId }) => invoiceId === invoice.id)
			.map(({ amount, date }) => ({ CreditNoteID: note.id, CreditNoteNumber: note.number, AppliedAmount: amount, Date: msDay(date) })),
	);
	return {
		Type: invoice.type,
		InvoiceID: invoice.id,
		InvoiceNumber: invoice.number,
		...documentView(call, invoice, withLines),
		LineAmountTypes: invoice.lineAmountTypes,
		Status: invoice.status,
		...(invoice.dueDate && { DueDate: msDay(invoice.dueDate), DueDateString: dayString(invoice.dueDate) }),
		...(invoice.expectedPaymentDate && { ExpectedPaymentDate: msDay(invoice.expectedPaymentDate) }),
		...(invoice.fullyPaidOn && { FullyPaidOnDate: msDay(invoice.fullyPaidOn) }),
		Url: invoice.url,
		SentToContact: invoice.sentToContact,
		AmountDue: invoice.status === 'VOIDED' || invoice.status === 'DELETED' ? 0 : sum([invoice.total, -invoice.amountPaid, -invoice.amountCredited]),
		AmountPaid: invoice.amountPaid,
		AmountCredited: invoice.amountCredited,
		Payments: payments.map(paymentView),
		CreditNotes: credits,
		Prepayments: [],
		Overpayments: [],
		IsDiscounted: invoice.lines.some(({ DiscountRate, DiscountAmount }) => DiscountRate !== undefined || DiscountAmount !== undefined),
		HasAttachments: call.organisation.attachments.has(invoice.id),
		HasErrors: false,
	};
}

export function creditNoteView(call: Call, note: CreditNote, withLines = true): object {
	const applied = sum(note.allocations.map(({ amount }) => amount));
	return {
		Type: note.type,
		CreditNoteID: note.id,
		CreditNoteNumber: note.number,
		...documentView(call, note, withLines),
		LineAmountTypes: note.lineAmountTypes,
		Status: note.status,
		RemainingCredit: sum([note.total, -applied]),
		AppliedAmount: applied,
		Allocations: note.allocations.map(({ AllocationID, invoiceId, amount, date }) => ({
			AllocationID,
			Amount: amount,
			Date: msDay(date),
			Invoice: { InvoiceID: invoiceId, InvoiceNumber: call.organisation.invoices.get(invoiceId)?.number },
		})),
		Payments: [],
		HasAttachments: call.organisation.attachments.has(note.id),
		HasErrors: false,
	};
}

/** Quotes write the amount types in upper case, invoices do not. */
export function quoteView(call: Call, quote: Quote): object {
	return {
		QuoteID: quote.id,
		QuoteNumber: quote.number,
		...documentView(call, quote, true),
		LineAmountTypes: quote.lineAmountTypes.toUpperCase(),
		Status: quote.status,
		...(quote.expiryDate && { ExpiryDate: msDay(quote.expiryDate), ExpiryDateString: dayString(quote.expiryDate) }),
		Title: quote.title,
		Summary: quote.summary,
		Terms: quote.terms,
	};
}
