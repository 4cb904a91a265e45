/** `/Quotes`: the sales signal; no webhook tells of them (sheet §4.3). */
import { randomUUID } from 'node:crypto';

import type { Router, SandboxResponse } from '../kit/http';
import { ok, readElements, route, writeElements, type Call } from './api';
import { finishDocument, newHeader, readDate, updateHeader } from './documents';
import { badQuery, Invalid, notFound } from './errors';
import { modifiedSince, paged, sortBy, type Wire } from './filters';
import { quote as schema, type QuoteInput } from './schemas';
import type { Core } from './state';
import type { LineAmountTypes, Quote, QuoteStatus } from './types';
import { quoteView } from './views';

const NEXT: Record<QuoteStatus, QuoteStatus[]> = {
	DRAFT: ['DRAFT', 'SENT', 'DELETED'],
	SENT: ['SENT', 'DRAFT', 'ACCEPTED', 'DECLINED', 'DELETED'],
	DECLINED: ['DECLINED', 'DRAFT', 'SENT', 'ACCEPTED', 'DELETED'],
	ACCEPTED: ['ACCEPTED', 'DRAFT', 'SENT', 'DECLINED', 'INVOICED', 'DELETED'],
	INVOICED: ['INVOICED', 'DRAFT', 'SENT', 'ACCEPTED', 'DECLINED', 'DELETED'],
	DELETED: [],
};

const TYPES: Record<string, LineAmountTypes> = { EXCLUSIVE: 'Exclusive', INCLUSIVE: 'Inclusive', NOTAX: 'NoTax' };

function setFields(call: Call, quote: Quote, input: QuoteInput): void {
	if (input.ExpiryDate !== undefined) quote.expiryDate = readDate(input.ExpiryDate, 'ExpiryDate');
	if (quote.expiryDate && quote.expiryDate < quote.date) throw new Invalid(['The expiry date cannot be before the date']);
	quote.title = input.Title ?? quote.title;
	quote.summary = input.Summary ?? quote.summary;
	quote.terms = input.Terms ?? quote.terms;
	finishDocument(call, quote, input, { discounts: true, accounts: false });
}

/** Throws Invalid. */
export function createQuote(call: Call, input: QuoteInput): Quote {
	const { organisation } = call;
	const status = input.Status ?? 'DRAFT';
	if (status !== 'DRAFT' && status !== 'SENT') throw new Invalid(['A new quote has to be DRAFT or SENT']);
	if ([...organisation.quotes.values()].some(({ number }) => number === input.QuoteNumber)) throw new Invalid(['Quote # must be unique.']);
	const quote: Quote = {
		...newHeader(call, input, TYPES[input.LineAmountTypes ?? 'EXCLUSIVE']),
		id: randomUUID(),
		number: input.QuoteNumber ?? `QU-${String(organisation.nextNumber.quote).padStart(4, '0')}`,
		status,
	};
	setFields(call, quote, { ...input, LineItems: input.LineItems ?? [] });
	if (input.QuoteNumber === undefined) organisation.nextNumber.quote += 1;
	organisation.quotes.set(quote.id, quote);
	return quote;
}

/** Throws Invalid. */
export function updateQuote(call: Call, quote: Quote, input: QuoteInput): Quote {
	const status = input.Status ?? quote.status;
	if (!NEXT[quote.status].includes(status)) throw new Invalid([`A ${quote.status} quote cannot become ${status}`]);
	const draft = structuredClone(quote);
	updateHeader(call, draft, input);
	draft.status = status;
	setFields(call, draft, input);
	return Object.assign(quote, draft);
}

function upsert(call: Call, input: QuoteInput): Quote {
	const quotes = [...call.organisation.quotes.values()];
	const known = quotes.find(({ id, number }) => (input.QuoteID ? id === input.QuoteID : number === input.QuoteNumber));
	if (input.QuoteID && !known) throw new Invalid(['The quote could not be found']);
	return known ? updateQuote(call, known, input) : createQuote(call, input);
}

/** No `where`; fixed pages of 100. */
function list(call: Call): SandboxResponse {
	const { query } = call.request;
	for (const name of ['where', 'pageSize']) if (query.has(name)) throw badQuery(`${name} is not supported on quotes`);
	const inRange = (day: string | undefined, from: string, to: string) =>
		(!query.has(from) || (day ?? '') >= (query.get(from) ?? '')) && (!query.has(to) || (day !== undefined && day <= (query.get(to) ?? '')));
	const equal = (name: string, value: string) => !query.has(name) || query.get(name) === value;
	const found = modifiedSince(call, call.organisation.quotes.values()).filter(
		(quote) =>
			equal('Status', quote.status) &&
			equal('ContactID', quote.contactId) &&
			equal('QuoteNumber', quote.number) &&
			inRange(quote.date, 'DateFrom', 'DateTo') &&
			inRange(quote.expiryDate, 'ExpiryDateFrom', 'ExpiryDateTo'),
	);
	const fields = ['UpdatedDateUTC', 'Date', 'ExpiryDate', 'QuoteNumber', 'Total', 'Status'];
	const sorted = sortBy(found.map((quote) => quoteView(call, quote) as Wire), query.get('order'), fields);
	return ok(call.core, { Quotes: paged(call, sorted, false).slice });
}

function quoteOf({ organisation, request }: Call): Quote {
	const quote = organisation.quotes.get(request.params.id);
	if (!quote) throw notFound();
	return quote;
}

const NAMES = { list: 'Quotes', id: 'QuoteID' };

export function addQuoteRoutes(router: Router, core: Core): void {
	route(router, core, 'GET', '/Quotes', ['invoices'], list);
	route(router, core, 'GET', '/Quotes/:id', ['invoices'], (call) => ok(core, { Quotes: [quoteView(call, quoteOf(call))] }));
	route(router, core, 'PUT', '/Quotes', ['invoices'], (call) =>
		writeElements(call, NAMES, readElements(call, 'Quotes', schema), (input) => quoteView(call, createQuote(call, input))),
	);
	route(router, core, 'POST', '/Quotes', ['invoices'], (call) =>
		writeElements(call, NAMES, readElements(call, 'Quotes', schema), (input) => quoteView(call, upsert(call, input))),
	);
	route(router, core, 'POST', '/Quotes/:id', ['invoices'], (call) => {
		const quote = quoteOf(call);
		return writeElements(call, NAMES, readElements(call, 'Quotes', schema), (input) => quoteView(call, updateQuote(call, quote, input)));
	});
}
