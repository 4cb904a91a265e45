/** `GET /Invoices`. */
import type { SandboxResponse } from '../kit/http';
import { ok, type Call } from './api';
import { commaList, modifiedSince, paged, readWhere, sortBy, type Wire } from './filters';
import type { Invoice } from './types';
import { invoiceView } from './views';

const FIELDS = [
	'Type', 'Status', 'InvoiceID', 'InvoiceNumber', 'Reference', 'Date', 'DueDate', 'Total', 'SubTotal', 'AmountDue', 'AmountPaid', 'AmountCredited',
	'UpdatedDateUTC', 'CurrencyCode', 'Contact.ContactID', 'Contact.Name', 'Contact.ContactNumber', 'SentToContact', 'FullyPaidOnDate', 'Url',
];

/** Filters that take comma lists; any combination. */
function listed(call: Call, invoice: Invoice): boolean {
	const within = (name: string, value: string) => commaList(call, name)?.includes(value) ?? true;
	const search = call.request.query.get('searchTerm')?.toLowerCase();
	return (
		within('IDs', invoice.id) &&
		within('InvoiceNumbers', invoice.number) &&
		within('ContactIDs', invoice.contactId) &&
		within('Statuses', invoice.status) &&
		(call.request.query.get('createdByMyApp') !== 'true' || invoice.byApp) &&
		(!search || `${invoice.number}\n${invoice.reference ?? ''}`.toLowerCase().includes(search))
	);
}

/** Without `page` (and with `summaryOnly`) the answer has no line items. */
export function listInvoices(call: Call): SandboxResponse {
	const { request, organisation } = call;
	const withLines = request.query.has('page') && request.query.get('summaryOnly') !== 'true';
	const matches = readWhere(request.query.get('where'), FIELDS);
	const found = modifiedSince(call, organisation.invoices.values()).filter((invoice) => listed(call, invoice));
	const views = found.map((invoice) => invoiceView(call, invoice, withLines) as Wire).filter(matches);
	const { slice, pagination } = paged(call, sortBy(views, request.query.get('order'), FIELDS));
	return ok(call.core, { ...(pagination && { pagination }), Invoices: slice });
}
