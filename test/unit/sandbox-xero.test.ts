/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { AccountingApi } from 'xero-node/dist/gen/api/accountingApi';
import { CreditNote, Invoice, LineAmountTypes, type LineItem } from 'xero-node';

import {
	CLIENT_ID,
	CLIENT_SECRET,
	CONTACT_ID,
	CUSTOM_CLIENT_ID,
	CUSTOM_CLIENT_SECRET,
	SCOPES,
	SECOND_TENANT_ID,
	startXeroSandbox,
	STRANGER_TENANT_ID,
	TENANT_ID,
	webhookSignature,
	XERO_RATE_LIMITS,
	type XeroSandbox,
} from '../sandbox/xero';

let xero: XeroSandbox;
let token: string;

beforeAll(async () => {
	xero = await startXeroSandbox({ webhookBackoffMs: 5 });
});
afterAll(async () => {
	await xero.close();
});
beforeEach(() => {
	xero.reset();
	Object.assign(xero.settings, { rateLimits: undefined, processingMs: 0, holdEvents: false, appScopes: 'granular', refreshGraceSeconds: 1800 });
	token = xero.grantToken({ scopes: SCOPES }).access_token;
});

interface Answer {
	status: number;
	headers: Headers;
	body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- any shape may come back
}

async function call(method: string, path: string, body?: unknown, headers: Record<string, string | undefined> = {}): Promise<Answer> {
	const all = { authorization: `Bearer ${token}`, 'xero-tenant-id': TENANT_ID, accept: 'application/json', 'content-type': 'application/json', ...headers };
	const response = await fetch(`${xero.url}/api.xro/2.0${path}`, {
		method,
		headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>,
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	const text = await response.text();
	return { status: response.status, headers: response.headers, body: /^[{[]/.test(text) ? JSON.parse(text) : text };
}

const lineItem = (fields: object = {}) => ({ Description: 'API calls', Quantity: 1, UnitAmount: 100, AccountCode: '200', ...fields });
const invoice = (fields: object = {}) => ({
	Type: 'ACCREC',
	Contact: { ContactID: CONTACT_ID },
	Date: '2026-09-30',
	DueDate: '2026-10-30',
	LineItems: [lineItem()],
	...fields,
});
const put = async (...invoices: object[]) => await call('PUT', '/Invoices?summarizeErrors=false&unitdp=4', { Invoices: invoices });
const created = async (fields: object = {}) => (await put(invoice(fields))).body.Invoices[0];
const complaint = ({ body }: Answer): string => body.Invoices[0].ValidationErrors.map(({ Message }: { Message: string }) => Message).join(' ');
const form = async (path: string, fields: Record<string, string>, client = `${CLIENT_ID}:${CLIENT_SECRET}`) => {
	const headers = { authorization: `Basic ${Buffer.from(client).toString('base64')}` };
	const response = await fetch(xero.url + path, { method: 'POST', body: new URLSearchParams(fields), headers });
	return { status: response.status, body: (await response.json()) as any }; // eslint-disable-line @typescript-eslint/no-explicit-any -- any shape may come back
};

function sdk(): AccountingApi {
	const api = new AccountingApi(`${xero.url}/api.xro/2.0`);
	api.accessToken = token;
	return api;
}

it('walks through the whole flow with the official SDK, as the contract says', async () => {
	const api = sdk();
	const organisation = (await api.getOrganisations(TENANT_ID)).body.organisations?.[0];
	expect([organisation?.baseCurrency, organisation?.paymentTerms?.sales?.day]).toEqual(['EUR', 30]);
	expect((await api.getAccounts(TENANT_ID, undefined, 'Status=="ACTIVE" AND Class=="REVENUE"')).body.accounts).toHaveLength(4);
	expect((await api.getTaxRates(TENANT_ID)).body.taxRates?.[0].effectiveRate).toBe(20);
	expect((await api.getTrackingCategories(TENANT_ID)).body.trackingCategories?.[0].options?.[0].name).toBe('EMEA');
	expect((await api.getItems(TENANT_ID, undefined, undefined, undefined, 4)).body.items?.[0].salesDetails?.unitPrice).toBe(0.0021);
	expect((await api.getBrandingThemes(TENANT_ID)).body.brandingThemes).toHaveLength(2);
	expect((await api.getOrganisationActions(TENANT_ID)).body.actions?.[0].status).toBe('ALLOWED');

	const contacts = await api.createContacts(TENANT_ID, { contacts: [{ name: 'Umbrella Ltd', contactNumber: 'umbrella', emailAddress: 'pay@umbrella.example' }] });
	const contactID = contacts.body.contacts?.[0].contactID;
	const lineItems: LineItem[] = [
		{ description: 'API calls', quantity: 3, unitAmount: 0.3333, lineAmount: 1, accountCode: '200', taxType: 'OUTPUT2', tracking: [{ name: 'Region', option: 'EMEA' }] },
		{ description: 'Notes only' },
	];
	const draft = { type: Invoice.TypeEnum.ACCREC, contact: { contactID }, date: '2026-09-30', dueDate: '2026-10-30', invoiceNumber: 'M3-1', lineItems };
	const made = (await api.createInvoices(TENANT_ID, { invoices: [draft] }, false, 4)).body.invoices?.[0];
	expect([made?.status, made?.subTotal, made?.totalTax, made?.total, made?.date]).toEqual(['DRAFT', 1, 0.2, 1.2, new Date('2026-09-30')]);
	const id = made?.invoiceID ?? '';

	const approved = (await api.updateInvoice(TENANT_ID, id, { invoices: [{ status: Invoice.StatusEnum.AUTHORISED }] }, 4)).body.invoices?.[0];
	expect(approved?.lineItems?.[0].lineItemID).toBe(made?.lineItems?.[0].lineItemID);
	expect(approved?.lineItems?.[0].unitAmount).toBe(0.3333);

	const note = {
		type: CreditNote.TypeEnum.ACCRECCREDIT,
		contact: { contactID },
		status: CreditNote.StatusEnum.AUTHORISED,
		lineAmountTypes: LineAmountTypes.NoTax,
		lineItems: [{ description: 'Credit', quantity: 1, unitAmount: 0.2, accountCode: '200' }],
	};
	const credit = (await api.createCreditNotes(TENANT_ID, { creditNotes: [note] }, false, 4)).body.creditNotes?.[0];
	await api.createCreditNoteAllocation(TENANT_ID, credit?.creditNoteID ?? '', { allocations: [{ invoice: { invoiceID: id }, amount: 0.2, date: '2026-10-01' }] });
	await api.createPayment(TENANT_ID, { invoice: { invoiceID: id }, account: { code: '090' }, amount: 1, date: '2026-10-02' });
	const paid = (await api.getInvoice(TENANT_ID, id, 4)).body.invoices?.[0];
	expect([paid?.status, paid?.amountDue, paid?.amountCredited, paid?.amountPaid]).toEqual(['PAID', 0, 0.2, 1]);
	expect((await api.getInvoices(TENANT_ID, undefined, 'Reference=="none"')).body.invoices).toEqual([]);
	await api.createInvoiceHistory(TENANT_ID, id, { historyRecords: [{ details: 'Sent by m3ter' }] });
	expect((await api.getInvoiceHistory(TENANT_ID, id)).body.historyRecords?.[0].details).toBe('Sent by m3ter');
	await api.createInvoiceAttachmentByFileName(TENANT_ID, id, 'bill.csv', Buffer.from('a,b'), true);
	expect((await api.getInvoiceAttachments(TENANT_ID, id)).body.attachments?.[0].fileName).toBe('bill.csv');

	const quote = xero.createQuote({ quote: { Contact: { ContactID: CONTACT_ID }, LineItems: [lineItem({ ItemCode: 'ENTERPRISE' })] } });
	xero.acceptQuote({ id: quote.id });
	const quotes = (await api.getQuotes(TENANT_ID, new Date(Date.now() - 60_000), undefined, undefined, undefined, undefined, undefined, 'ACCEPTED')).body.quotes;
	expect(quotes?.map(({ quoteNumber, lineItems: lines }) => [quoteNumber, lines?.[0].itemCode])).toEqual([['QU-0001', 'ENTERPRISE']]);
	const connections = await fetch(`${xero.url}/connections`, { headers: { authorization: `Bearer ${token}` } });
	expect((await connections.json()) as unknown[]).toHaveLength(2);
	expect(xero.violations).toEqual([]);
});

describe('authorisation', () => {
	const authorize = async (query: Record<string, string>) => {
		const base = { client_id: CLIENT_ID, redirect_uri: 'http://127.0.0.1:5678/callback', response_type: 'code', state: 's1', scope: SCOPES };
		const url = `${xero.url}/identity/connect/authorize?${new URLSearchParams({ ...base, ...query }).toString()}`;
		const response = await fetch(url, { redirect: 'manual' });
		return new URL(response.headers.get('location') ?? 'http://none').searchParams;
	};

	it('gives a code once, then refresh tokens that rotate with a period of grace', async () => {
		const answer = await authorize({});
		expect(answer.get('state')).toBe('s1');
		const exchange = { grant_type: 'authorization_code', code: answer.get('code') ?? '', redirect_uri: 'http://127.0.0.1:5678/callback' };
		const first = await form('/connect/token', exchange);
		expect([first.status, first.body.expires_in]).toEqual([200, 1800]);
		expect((await form('/connect/token', exchange)).body).toEqual({ error: 'invalid_grant' });
		const refresh = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token };
		const second = await form('/connect/token', refresh);
		expect(second.body.refresh_token).not.toBe(first.body.refresh_token);
		expect((await form('/connect/token', refresh)).status).toBe(200);
		xero.advance({ seconds: 1801 });
		expect((await form('/connect/token', refresh)).body).toEqual({ error: 'invalid_grant' });
		expect((await form('/connect/token', { ...refresh, refresh_token: second.body.refresh_token })).status).toBe(200);
	});

	it('knows only granular scopes unless the app is old, and only its own client', async () => {
		expect((await authorize({ scope: 'offline_access accounting.transactions' })).get('error')).toBe('invalid_scope');
		xero.settings.appScopes = 'broad';
		expect((await authorize({ scope: 'offline_access accounting.transactions' })).get('code')).toBeTruthy();
		expect((await form('/connect/token', { grant_type: 'refresh_token', refresh_token: 'x' }, 'me:wrong')).status).toBe(401);
	});

	it('lets a custom connection leave the tenant out', async () => {
		const custom = `${CUSTOM_CLIENT_ID}:${CUSTOM_CLIENT_SECRET}`;
		const { body } = await form('/connect/token', { grant_type: 'client_credentials', scope: 'accounting.settings' }, custom);
		expect(body.refresh_token).toBeUndefined();
		token = body.access_token;
		expect((await call('GET', '/Organisation', undefined, { 'xero-tenant-id': undefined })).body.Organisations[0].Name).toBe('Sandbox Trading');
		expect((await call('GET', '/Organisation', undefined, { 'xero-tenant-id': SECOND_TENANT_ID })).status).toBe(403);
		expect((await form('/connect/token', { grant_type: 'client_credentials', scope: 'accounting.settings' })).body).toEqual({ error: 'unauthorized_client' });
	});

	it('refuses expired tokens, missing scopes and organisations that are not connected', async () => {
		expect((await call('GET', '/Organisation', undefined, { 'xero-tenant-id': STRANGER_TENANT_ID })).body.Detail).toBe('AuthenticationUnsuccessful');
		expect((await call('GET', '/Organisation', undefined, { 'xero-tenant-id': undefined })).status).toBe(403);
		xero.disconnect({ tenantId: SECOND_TENANT_ID });
		expect((await call('GET', '/Organisation', undefined, { 'xero-tenant-id': SECOND_TENANT_ID })).status).toBe(403);
		token = xero.grantToken({ scopes: 'accounting.invoices.read' }).access_token;
		expect((await call('GET', '/Invoices')).status).toBe(200);
		expect((await put(invoice())).status).toBe(403);
		expect((await call('GET', '/Accounts')).status).toBe(403);
		xero.advance({ seconds: 1801 });
		expect((await call('GET', '/Invoices')).body).toMatchObject({ Title: 'Unauthorized', Status: 401, Detail: expect.stringContaining('TokenExpired') });
	});
});

describe('invoices', () => {
	it('answers XML without an Accept header', async () => {
		const { headers, body } = await call('GET', '/Invoices', undefined, { accept: '*/*' });
		expect([headers.get('content-type'), body.slice(0, 10)]).toEqual(['application/xml; charset=utf-8', '<Response>']);
	});

	it('fails one element of a batch alone, or all of them when errors are summarised', async () => {
		const batch = { Invoices: [invoice({ InvoiceNumber: 'A' }), invoice({ InvoiceNumber: 'B', LineItems: [lineItem({ AccountCode: '999' })] })] };
		const mixed = await call('PUT', '/Invoices?summarizeErrors=false', batch);
		expect(mixed.status).toBe(200);
		expect(mixed.body.Invoices.map((entry: { StatusAttributeString: string }) => entry.StatusAttributeString)).toEqual(['OK', 'ERROR']);
		expect(mixed.body.Invoices[1].ValidationErrors).toEqual([{ Message: "Account code '999' is not a valid code for this document." }]);
		Object.assign(batch.Invoices[0], { InvoiceNumber: 'C' });
		const all = await call('PUT', '/Invoices', batch);
		expect([all.status, all.body.ErrorNumber, all.body.Type, all.body.Elements.length]).toEqual([400, 10, 'ValidationException', 1]);
		expect([...(xero.state.organisations.get(TENANT_ID)?.invoices.values() ?? [])].map(({ number }) => number)).toEqual(['A']);
	});

	it.each<[string, object, string]>([
		['an unknown contact', { Contact: { ContactID: SECOND_TENANT_ID } }, 'could not be found'],
		['no lines', { LineItems: [] }, 'One or more line items'],
		['a wrong line total', { LineItems: [lineItem({ Quantity: 3, UnitAmount: 0.3333, LineAmount: 1.01 })] }, 'The line total 1.01 does not match the expected line total 1'],
		['a tax type for expenses', { LineItems: [lineItem({ TaxType: 'INPUT2' })] }, "The TaxType code 'INPUT2'"],
		['an archived account', { LineItems: [lineItem({ AccountCode: '290' })] }, 'has been archived'],
		['an unknown tracking option', { LineItems: [lineItem({ Tracking: [{ Name: 'Region', Option: 'Moon' }] })] }, "option 'Moon'"],
		['an item that is not sold', { LineItems: [lineItem({ ItemCode: 'PAPER' })] }, 'is not sold'],
		['a currency that is off', { CurrencyCode: 'JPY' }, 'Organisation is not subscribed to currency JPY'],
		['approval without due date', { Status: 'AUTHORISED', DueDate: undefined }, 'Due date'],
		['approval without account', { Status: 'AUTHORISED', LineItems: [lineItem({ AccountCode: undefined })] }, 'Account code must be specified'],
		['a negative total', { LineItems: [lineItem({ UnitAmount: -1 })] }, 'negative'],
		['a status that is never new', { Status: 'VOIDED' }, 'not of valid status for creation'],
		['a relative link', { Url: '/bill' }, 'absolute'],
		['a link into Xero', { Url: 'https://go.xero.com/x' }, 'must not contain xero'],
		['a long number', { InvoiceNumber: 'x'.repeat(256) }, 'InvoiceNumber'],
		['an unknown branding theme', { BrandingThemeID: CONTACT_ID }, 'branding theme'],
	])('refuses %s', async (_name, fields, text) => {
		const answer = await put(invoice(fields));
		expect(answer.status).toBe(200);
		expect(complaint(answer)).toContain(text);
	});

	it('refuses unknown fields and wrong types outright', async () => {
		expect((await put(invoice({ Colour: 'red' }))).body).toMatchObject({ ErrorNumber: 14, Type: 'PostDataInvalidException' });
		expect((await put(invoice({ LineItems: [lineItem({ UnitAmount: '1.00' })] }))).status).toBe(400);
	});

	it('cuts unit amounts to cents without unitdp=4, on reads and on every write', async () => {
		const { InvoiceID } = await created({ LineItems: [lineItem({ Quantity: 1000, UnitAmount: 0.0021 })] });
		expect((await call('GET', `/Invoices/${InvoiceID}`)).body.Invoices[0].LineItems[0].UnitAmount).toBe(0);
		expect((await call('GET', `/Invoices/${InvoiceID}?unitdp=4`)).body.Invoices[0].LineItems[0].UnitAmount).toBe(0.0021);
		const rewritten = await call('POST', `/Invoices/${InvoiceID}`, { Reference: 'r' });
		expect([rewritten.body.Invoices[0].SubTotal, rewritten.body.Invoices[0].LineItems[0].LineAmount]).toEqual([0, 0]);
	});

	it('derives the price from quantity and line amount, and rounds tax per line', async () => {
		const lines = [lineItem({ Quantity: 7, UnitAmount: undefined, LineAmount: 10.03 }), lineItem({ UnitAmount: 0.03, TaxType: 'TAX001' })];
		expect(await created({ LineItems: lines })).toMatchObject({ SubTotal: 10.06, TotalTax: 2.01, LineItems: [{ UnitAmount: 1.4329, LineAmount: 10.03 }, {}] });
		expect(await created({ LineItems: lines, LineAmountTypes: 'NoTax' })).toMatchObject({ TotalTax: 0, Total: 10.06 });
		expect(await created({ LineItems: [lineItem({ UnitAmount: 120 })], LineAmountTypes: 'Inclusive' })).toMatchObject({ SubTotal: 100, TotalTax: 20, Total: 120 });
	});

	it('keeps line ids, replaces the list and refuses strangers', async () => {
		const first = await created({ LineItems: [lineItem({ Description: 'a' }), lineItem({ Description: 'b' })] });
		const [a] = first.LineItems;
		const path = `/Invoices/${first.InvoiceID}?unitdp=4`;
		const lines = [lineItem({ LineItemID: a.LineItemID, Description: 'a2' }), lineItem({ Description: 'c' })];
		const after = (await call('POST', path, { LineItems: lines })).body.Invoices[0].LineItems;
		expect(after.map(({ Description }: { Description: string }) => Description)).toEqual(['a2', 'c']);
		expect(after[0].LineItemID).toBe(a.LineItemID);
		const stranger = await call('POST', path, { LineItems: [lineItem({ LineItemID: CONTACT_ID })] });
		expect([stranger.status, stranger.body.Elements[0].ValidationErrors[0].Message]).toEqual([400, expect.stringContaining('does not belong')]);
	});

	it('never uses a number twice on PUT, and overwrites on POST', async () => {
		await created({ InvoiceNumber: 'M3-7' });
		expect(complaint(await put(invoice({ InvoiceNumber: 'M3-7' })))).toBe('Invoice # must be unique.');
		const overwritten = await call('POST', '/Invoices?unitdp=4', invoice({ InvoiceNumber: 'M3-7', Reference: 'mine now' }));
		expect(overwritten.body.Invoices[0].Reference).toBe('mine now');
		expect(xero.state.organisations.get(TENANT_ID)?.invoices.size).toBe(1);
	});

	it('follows the rules of status', async () => {
		const { InvoiceID: id } = await created();
		const set = async (fields: object) => await call('POST', `/Invoices/${id}?unitdp=4`, fields);
		expect((await set({ Status: 'AUTHORISED' })).status).toBe(200);
		expect((await set({ Status: 'DRAFT' })).body.Elements[0].ValidationErrors[0].Message).toBe('Invoice not of valid status for modification');
		expect((await set({ Reference: 'still open' })).status).toBe(200);
		xero.payInvoice({ id, amount: 1 });
		expect((await set({ Reference: 'no' })).status).toBe(400);
		expect((await set({ Status: 'VOIDED' })).status).toBe(400);
		xero.payInvoice({ id });
		expect((await call('GET', `/Invoices/${id}`)).body.Invoices[0].Status).toBe('PAID');
		const other = await created();
		xero.authoriseInvoice({ id: other.InvoiceID });
		expect((await call('POST', `/Invoices/${other.InvoiceID}`, { Status: 'VOIDED' })).body.Invoices[0]).toMatchObject({ Status: 'VOIDED', AmountDue: 0 });
		const nothing = await created({ Status: 'AUTHORISED', LineItems: [lineItem({ UnitAmount: 0 })] });
		expect(nothing.Status).toBe('PAID');
	});

	it('honours lock dates, archived contacts and the approval cap', async () => {
		xero.setLockDate({ date: '2026-09-30' });
		expect(complaint(await put(invoice()))).toContain('lock date 2026-09-30');
		expect((await put(invoice({ Date: '2026-10-01' }))).body.Invoices[0].StatusAttributeString).toBe('OK');
		xero.setApprovalCap({ cap: 0 });
		expect(complaint(await put(invoice({ Date: '2026-10-01', Status: 'AUTHORISED' })))).toContain('limit of 0');
		xero.archiveContact({ id: CONTACT_ID });
		expect(complaint(await put(invoice({ Date: '2026-10-01' })))).toContain('archived');
	});

	it('changes the contact and drops its persons when more than its id is sent', async () => {
		await created({ Contact: { ContactID: CONTACT_ID, EmailAddress: 'new@acme.example' } });
		const contact = (await call('GET', '/Contacts/acme')).body.Contacts[0];
		expect([contact.EmailAddress, contact.ContactPersons]).toEqual(['new@acme.example', []]);
	});

	it('filters, pages and leaves lines out of unpaged lists', async () => {
		for (const number of ['N-1', 'N-2', 'N-3']) await created({ InvoiceNumber: number, Reference: `m3ter "bill" ${number}` });
		const numbers = async (query: string) =>
			(await call('GET', `/Invoices?${query}`)).body.Invoices.map(({ InvoiceNumber }: { InvoiceNumber: string }) => InvoiceNumber);
		expect(await numbers('InvoiceNumbers=N-1,N-3')).toEqual(['N-1', 'N-3']);
		expect(await numbers(`where=${encodeURIComponent('Reference=="m3ter \\"bill\\" N-2" AND Date>=DateTime(2026,09,30)')}`)).toEqual(['N-2']);
		expect(await numbers(`where=${encodeURIComponent('InvoiceNumber=="N-1" OR InvoiceNumber=="N-2"')}&order=InvoiceNumber%20DESC`)).toEqual(['N-2', 'N-1']);
		expect(await numbers('searchTerm=n-3&summaryOnly=true')).toEqual(['N-3']);
		expect((await call('GET', '/Invoices?where=Colour%3D%3D%22red%22')).body).toMatchObject({ ErrorNumber: 16, Type: 'QueryParseException' });
		const page = (await call('GET', '/Invoices?page=2&pageSize=2')).body;
		expect([page.pagination, page.Invoices[0].LineItems.length]).toEqual([{ page: 2, pageSize: 2, pageCount: 2, itemCount: 3 }, 1]);
		expect((await call('GET', '/Invoices')).body.Invoices[0].LineItems).toEqual([]);
		const since = new Date(Date.now() + 5000).toISOString().slice(0, 19);
		expect((await call('GET', '/Invoices', undefined, { 'if-modified-since': since })).body.Invoices).toEqual([]);
	});

	it('answers a repeated idempotency key from memory, errors too, for six minutes', async () => {
		const key = { 'idempotency-key': 'bill-1' };
		const send = async (fields: object, headers: Record<string, string> = key) => await call('PUT', '/Invoices?summarizeErrors=false', invoice(fields), headers);
		const first = await send({ CurrencyCode: 'JPY' });
		xero.addCurrency({ code: 'JPY', name: 'Yen' });
		expect((await send({ CurrencyCode: 'JPY' })).body).toEqual(first.body);
		expect((await send({ CurrencyCode: 'USD' })).body.Detail).toContain('is used with a different request');
		xero.advance({ seconds: 361 });
		expect((await send({ CurrencyCode: 'JPY' })).body.Invoices[0].StatusAttributeString).toBe('OK');
		expect((await send({}, { 'idempotency-key': 'x'.repeat(129) })).status).toBe(400);
	});
});

describe('credit notes and contacts', () => {
	it('takes no discounts and allocates no more than is there', async () => {
		const note = { Type: 'ACCRECCREDIT', Contact: { ContactID: CONTACT_ID }, Status: 'AUTHORISED', LineItems: [lineItem({ UnitAmount: 10 })] };
		const discounted = await call('PUT', '/CreditNotes', { ...note, LineItems: [lineItem({ DiscountRate: 5 })] });
		expect(discounted.body.Elements[0].ValidationErrors[0].Message).toContain('Discounts');
		const { CreditNoteID } = (await call('PUT', '/CreditNotes', note)).body.CreditNotes[0];
		const { InvoiceID } = await created({ Status: 'AUTHORISED' });
		const allocate = async (Amount: number) =>
			await call('PUT', `/CreditNotes/${CreditNoteID}/Allocations`, { Allocations: [{ Invoice: { InvoiceID }, Amount, Date: '2026-10-01' }] });
		expect((await allocate(12.01)).status).toBe(400);
		expect((await allocate(12)).status).toBe(200);
		expect((await call('GET', `/CreditNotes/${CreditNoteID}`)).body.CreditNotes[0]).toMatchObject({ Status: 'PAID', RemainingCredit: 0 });
	});

	it('keeps names and numbers unique and looks up by number', async () => {
		expect((await call('PUT', '/Contacts', { Name: 'Acme GmbH' })).body.Elements[0].ValidationErrors[0].Message).toContain('already assigned');
		expect((await call('PUT', '/Contacts', { Name: 'Two  spaces' })).status).toBe(400);
		const merged = await call('POST', '/Contacts', { ContactNumber: 'acme', Name: 'Acme AG' });
		expect(merged.body.Contacts[0].ContactID).toBe(CONTACT_ID);
		expect((await call('GET', '/Contacts/nobody')).status).toBe(404);
		expect((await call('GET', '/Contacts?summaryOnly=true&searchTerm=ACME&page=1')).body.Contacts[0].Addresses).toBeUndefined();
	});
});

describe('limits', () => {
	it('counts per minute and per day and says which limit it was', async () => {
		xero.settings.rateLimits = { ...XERO_RATE_LIMITS, minute: 2, day: 3 };
		await call('GET', '/Organisation');
		expect((await call('GET', '/Organisation')).headers.get('x-minlimit-remaining')).toBe('0');
		const minute = await call('GET', '/Organisation');
		expect([minute.status, minute.headers.get('x-rate-limit-problem')]).toEqual([429, 'minute']);
		expect(Number(minute.headers.get('retry-after'))).toBeGreaterThan(50);
		expect((await call('GET', '/Organisation', undefined, { 'xero-tenant-id': SECOND_TENANT_ID })).status).toBe(200);
		xero.advance({ seconds: 61 });
		expect((await call('GET', '/Organisation')).status).toBe(200);
		const day = await call('GET', '/Organisation');
		expect([day.status, day.headers.get('x-rate-limit-problem'), Number(day.headers.get('retry-after')) > 80_000]).toEqual([429, 'day', true]);
	});

	it('takes five calls at a time', async () => {
		Object.assign(xero.settings, { rateLimits: XERO_RATE_LIMITS, processingMs: 50 });
		const answers = await Promise.all(Array.from({ length: 7 }, async () => await call('GET', '/Organisation')));
		expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
		const refused = answers.find(({ status }) => status === 429);
		expect([refused?.headers.get('x-rate-limit-problem'), refused?.headers.get('retry-after')]).toEqual(['concurrent', null]);
	});
});

describe('webhooks', () => {
	let receiver: Server;
	let url: string;
	let bodies: string[];
	let answer: (signed: boolean) => { status: number; body?: string };

	beforeAll(async () => {
		receiver = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const body = Buffer.concat(chunks).toString('utf8');
				const signed = request.headers['x-xero-signature'] === webhookSignature(xero.state.webhook?.key ?? '', body);
				if (signed) bodies.push(body);
				const { status, body: text } = answer(signed);
				response.writeHead(status).end(text);
			});
		});
		await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
		url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
	});
	afterAll(() => {
		receiver.close();
	});
	beforeEach(() => {
		bodies = [];
		answer = (signed) => ({ status: signed ? 200 : 401 });
	});

	it('signs like the vectors of the sheet', () => {
		const body = '{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"PACKTESTENTROPY00001"}';
		expect(webhookSignature(['m3ter', 'demo-webhook-key', '0001'].join('-'), body)).toBe('vjeycOFucBmd4piEIOgpvXSCmV+8h26UJmX7I50a6/A=');
	});

	it('turns on only when every intent to receive got the right status and an empty body', async () => {
		answer = () => ({ status: 200 });
		expect((await xero.setWebhook({ url })).status).toBe('pending');
		answer = (signed) => ({ status: signed ? 200 : 401, body: 'Workflow was started' });
		expect((await xero.setWebhook({ url })).deliveries[0].reason).toBe('the answer has a body');
		answer = (signed) => ({ status: signed ? 200 : 401 });
		expect((await xero.setWebhook({ url })).status).toBe('ok');
	});

	it('sends thin events for people and app alike, several organisations in one, and gives up in the end', async () => {
		await xero.setWebhook({ url });
		bodies = [];
		const { ContactID } = xero.createContact({ contact: { Name: 'New Ltd' } });
		await xero.settled();
		expect(JSON.parse(bodies[0])).toMatchObject({
			events: [{ resourceUrl: `${xero.url}/api.xro/2.0/Contacts/${ContactID}`, resourceId: ContactID, tenantId: TENANT_ID, eventCategory: 'CONTACT', eventType: 'CREATE' }],
			firstEventSequence: 1,
			lastEventSequence: 1,
		});
		xero.settings.holdEvents = true;
		await created();
		xero.createContact({ tenantId: SECOND_TENANT_ID, contact: { Name: 'Other' } });
		xero.releaseEvents({});
		await xero.settled();
		expect(JSON.parse(bodies[1]).events.map(({ eventCategory }: { eventCategory: string }) => eventCategory)).toEqual(['INVOICE', 'CONTACT']);
		xero.settings.holdEvents = false;
		answer = () => ({ status: 500 });
		xero.createContact({ contact: { Name: 'Lost' } });
		await xero.settled();
		expect([xero.state.webhook?.status, xero.state.webhook?.deliveries.at(-1)?.attempts]).toEqual(['disabled', 4]);
	});
});

it('offers state and actions over HTTP', async () => {
	const act = async (name: string, args: object) =>
		await fetch(`${xero.url}/_sandbox/actions/${name}`, { method: 'POST', body: JSON.stringify(args), headers: { 'content-type': 'application/json' } });
	expect((await act('createContact', { contact: { Name: 'By hand' } })).status).toBe(200);
	expect((await act('authoriseInvoice', { id: 'none' })).status).toBe(400);
	const state = (await (await fetch(`${xero.url}/_sandbox/state`)).json()) as { organisations: Record<string, { contacts: object }> };
	expect(Object.keys(state.organisations[TENANT_ID].contacts)).toHaveLength(2);
});
