/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import QuickBooks from 'node-quickbooks';

import {
	CLIENT_ID,
	CLIENT_SECRET,
	CUSTOMER_ID,
	QUICKBOOKS_RATE_LIMITS,
	SCOPE,
	startQuickBooksSandbox,
	UK_REALM_ID,
	US_REALM_ID,
	webhookSignature,
	type QuickBooksSandbox,
} from '../sandbox/quickbooks';

let quickbooks: QuickBooksSandbox;
let token: string;

beforeAll(async () => {
	quickbooks = await startQuickBooksSandbox({ webhookBackoffMs: 5 });
});
afterAll(async () => {
	await quickbooks.close();
});
beforeEach(() => {
	quickbooks.reset();
	Object.assign(quickbooks.settings, { rateLimits: undefined, holdEvents: false });
	token = quickbooks.grantToken({}).access_token;
});

interface Answer {
	status: number;
	body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- any shape may come back
}

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, realm = US_REALM_ID): Promise<Answer> {
	const url = new URL(`${quickbooks.url}/v3/company/${realm}${path}`);
	url.searchParams.set('minorversion', '75');
	const response = await fetch(url, {
		method,
		headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json', ...headers },
		body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
	});
	const text = await response.text();
	return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

const line = (fields: object = {}, detail: object = {}) => ({
	DetailType: 'SalesItemLineDetail',
	Amount: 10,
	Description: 'API calls',
	SalesItemLineDetail: { ItemRef: { value: '21' }, ...detail },
	...fields,
});
const invoice = (fields: object = {}) => ({ CustomerRef: { value: CUSTOMER_ID }, TxnDate: '2026-10-01', Line: [line()], ...fields });
const created = async (fields: object = {}) => (await call('POST', '/invoice', invoice(fields))).body.Invoice;
const query = async (text: string) => (await call('GET', `/query?query=${encodeURIComponent(text)}`)).body;
const fault = ({ body }: Answer) => body.Fault.Error[0];
const uk = () => {
	token = quickbooks.grantToken({ realmId: UK_REALM_ID }).access_token;
};

interface Sdk {
	endpoint: string;
	[method: string]: unknown;
}

/** An independent client, its callbacks as promises. */
function sdk(refreshToken?: string) {
	const client = new QuickBooks(CLIENT_ID, CLIENT_SECRET, token, false, US_REALM_ID, true, false, '75', '2.0', refreshToken) as unknown as Sdk;
	client.endpoint = `${quickbooks.url}/v3/company/`;
	return async (method: string, ...args: unknown[]): Promise<any> => { // eslint-disable-line @typescript-eslint/no-explicit-any -- the client has no types for answers
		const bound = (client[method] as (...all: unknown[]) => void).bind(client);
		return await (promisify(bound) as (...all: unknown[]) => Promise<unknown>)(...args);
	};
}

it('walks through the whole flow with an independent client, as the schemas say', async () => {
	const run = sdk();
	expect((await run('getCompanyInfo', US_REALM_ID)).CompanyName).toBe('Sandbox Inc');
	expect((await run('findPreferenceses', {})).QueryResponse.Preferences[0].TaxPrefs.PartnerTaxEnabled).toBe(true);
	const customer = await run('createCustomer', { DisplayName: 'Umbrella', PrimaryEmailAddr: { Address: 'pay@umbrella.example' }, BillAddr: { Line1: 'Street 1', Country: 'US' } });
	const items = await run('findItems', [{ field: 'Name', value: 'API%', operator: 'LIKE' }]);
	expect(items.QueryResponse.Item.map(({ Id }: { Id: string }) => Id)).toEqual(['21']);
	const lines = [
		line({ Amount: 1861.08 }, { Qty: 128.35, UnitPrice: 14.5, TaxCodeRef: { value: 'TAX' }, ServiceDate: '2026-09-30', ClassRef: { value: '200000000000012345' } }),
		line({ Amount: -40 }, { ItemRef: { value: '22' }, Qty: 1, UnitPrice: -40 }),
		{ DetailType: 'DescriptionOnly', Description: 'Account: Umbrella', DescriptionLineDetail: {} },
	];
	const made = await run('createInvoice', {
		CustomerRef: { value: customer.Id },
		DocNumber: 'M3-1',
		TxnDate: '2026-10-01',
		SalesTermRef: { value: '3' },
		PrivateNote: 'm3ter bill 1',
		CustomerMemo: { value: 'Usage' },
		BillEmail: { Address: 'pay@umbrella.example' },
		Line: lines,
		requestId: 'bill-1-v1',
	});
	expect([made.TotalAmt, made.Balance, made.DueDate, made.SyncToken, made.Line.length]).toEqual([1969.97, 1969.97, '2026-10-31', '0', 4]);
	const updated = await run('updateInvoice', { Id: made.Id, SyncToken: '0', Line: [line()] });
	expect([updated.SyncToken, updated.PrivateNote, updated.TotalAmt]).toEqual(['1', 'm3ter bill 1', 10]);
	const memo = await run('createCreditMemo', { CustomerRef: { value: customer.Id }, DocNumber: 'M3-CM-1', Line: [line({ Amount: 40 })] });
	expect(memo.RemainingCredit).toBe(40);
	const batch = await run('batch', [
		{ bId: 'a', operation: 'create', Invoice: invoice({ DocNumber: 'M3-2' }) },
		{ bId: 'b', operation: 'create', Invoice: invoice({ DocNumber: 'M3-1' }) },
		{ bId: 'c', Query: "select Id, DocNumber from Invoice where DocNumber = 'M3-1'" },
		{ bId: 'd', Query: "select Id from Invoice where DocNumber = 'M3-2'" },
	]);
	const [a, b, c, d] = batch.BatchItemResponse;
	expect([a.Invoice.DocNumber, b.Fault.Error[0].code, c.QueryResponse.Invoice[0].Id, d.QueryResponse]).toEqual(['M3-2', '6140', made.Id, {}]);
	expect(b.Fault.Error[0].Detail).toMatch(new RegExp(`DocNumber=M3-1 is assigned to TxnType=Invoice with TxnId=${made.Id}$`));
	const estimate = quickbooks.createEstimate({ document: { CustomerRef: { value: customer.Id }, Line: [{ ...line(), DetailType: 'SalesItemLineDetail' }] } });
	quickbooks.acceptEstimate({ id: estimate.Id, by: 'Ada' });
	const { CDCResponse } = await run('changeDataCapture', ['Customer', 'Estimate', 'Class'], new Date(Date.now() - 60_000).toISOString());
	expect(CDCResponse[0].QueryResponse.map((entry: Record<string, unknown[]>) => entry.Estimate?.length ?? entry.Customer?.length ?? 0)).toEqual([2, 1, 0]);
	expect((await run('getEstimate', estimate.Id)).TxnStatus).toBe('Accepted');
	quickbooks.payInvoice({ id: made.Id });
	expect((await run('getInvoice', made.Id)).Balance).toBe(0);
	expect(quickbooks.violations).toEqual([]);
});

describe('authorisation', () => {
	const form = async (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) => {
		const authorization = `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}`;
		const response = await fetch(quickbooks.url + path, { method: 'POST', body: new URLSearchParams(fields), headers: { authorization, ...headers } });
		const text = await response.text();
		return { status: response.status, body: text ? JSON.parse(text) : undefined };
	};

	it('names the company in the callback and changes the refresh token about daily', async () => {
		const query = { client_id: CLIENT_ID, response_type: 'code', scope: SCOPE, state: 's', redirect_uri: 'http://127.0.0.1:5678/cb' };
		const consent = await fetch(`${quickbooks.url}/connect/oauth2?${new URLSearchParams(query).toString()}`, { redirect: 'manual' });
		const callback = new URL(consent.headers.get('location') ?? '').searchParams;
		expect([callback.get('realmId'), callback.get('state')]).toEqual([US_REALM_ID, 's']);
		const exchange = { grant_type: 'authorization_code', code: callback.get('code') ?? '', redirect_uri: query.redirect_uri };
		const first = (await form('/oauth2/v1/tokens/bearer', exchange, { 'x-include-refresh-token-hard-expires-in': 'true' })).body;
		expect([first.expires_in, first.x_refresh_token_hard_expires_in > first.x_refresh_token_expires_in]).toEqual([3600, true]);
		expect((await form('/oauth2/v1/tokens/bearer', exchange)).body).toEqual({ error: 'invalid_grant' });
		const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
		expect((await form('/oauth2/v1/tokens/bearer', refresh)).body.refresh_token).toBe(first.refresh_token);
		quickbooks.advance({ seconds: 86_401 });
		const second = (await form('/oauth2/v1/tokens/bearer', refresh)).body;
		expect(second.refresh_token).not.toBe(first.refresh_token);
		expect((await form('/oauth2/v1/tokens/bearer', refresh)).body).toEqual({ error: 'invalid_grant' });
		await form('/v2/oauth2/tokens/revoke', { token: second.refresh_token });
		expect((await form('/oauth2/v1/tokens/bearer', { ...refresh, refresh_token: second.refresh_token })).status).toBe(400);
	});

	it('refuses expired tokens and tokens of another company', async () => {
		expect((await call('GET', '/customer/58', undefined, {}, UK_REALM_ID)).status).toBe(403);
		quickbooks.advance({ seconds: 3601 });
		const expired = await call('GET', '/customer/58');
		expect([expired.status, expired.body.fault.type, expired.body.fault.error[0].code]).toEqual([401, 'AUTHENTICATION', '3200']);
	});
});

describe('sales documents', () => {
	it.each<[string, object, string]>([
		['an unknown property', { Colour: 'red' }, '2010'],
		['a number as an id', { CustomerRef: { value: 58 } }, '2010'],
		['no customer', { CustomerRef: undefined }, '2020'],
		['no lines', { Line: [] }, '2020'],
		['a line without amount', { Line: [line({ Amount: undefined })] }, '2020'],
		['a line without detail type', { Line: [line({ DetailType: undefined })] }, '2020'],
		['a long number', { DocNumber: 'x'.repeat(22) }, '2050'],
		['an unknown customer', { CustomerRef: { value: '999' } }, '2500'],
		['an unknown item', { Line: [line({}, { ItemRef: { value: '999' } })] }, '2500'],
		['an inactive item', { Line: [line({}, { ItemRef: { value: '25' } })] }, '610'],
		['a category', { Line: [line({}, { ItemRef: { value: '24' } })] }, '6000'],
		['inventory without quantity', { Line: [line({}, { ItemRef: { value: '23' } })] }, '6520'],
		['an amount that is not quantity times price', { Line: [line({ Amount: 1861.07 }, { Qty: 128.35, UnitPrice: 14.5 })] }, '6070'],
		['a tax code of another country', { Line: [line({}, { TaxCodeRef: { value: '3' } })] }, '2500'],
		['a negative total', { Line: [line({ Amount: -1 })] }, '6000'],
		['a foreign currency', { CurrencyRef: { value: 'EUR' } }, '6000'],
		['sending without an address', { EmailStatus: 'NeedToSend' }, '6000'],
		['a long custom field', { CustomField: [{ DefinitionId: '1', Type: 'StringType', StringValue: 'x'.repeat(32) }] }, '2050'],
	])('refuses %s', async (_name, fields, code) => {
		const answer = await call('POST', '/invoice', invoice(fields));
		expect([answer.status, answer.body.Fault.type, fault(answer).code]).toEqual([400, 'ValidationFault', code]);
	});

	it('wants a tax code on every line outside the US', async () => {
		uk();
		const send = async (detail: object, fields: object = {}) => await call('POST', '/invoice', invoice({ Line: [line({}, detail)], ...fields }), {}, UK_REALM_ID);
		expect(fault(await send({})).Detail).toContain('VAT/GST rate');
		const taxed = (await send({ TaxCodeRef: { value: '3' } }, { GlobalTaxCalculation: 'TaxExcluded' })).body.Invoice;
		expect([taxed.TxnTaxDetail.TotalTax, taxed.TotalAmt]).toEqual([2, 12]);
		const inside = (await send({ TaxCodeRef: { value: '3' } }, { GlobalTaxCalculation: 'TaxInclusive' })).body.Invoice;
		expect([inside.TxnTaxDetail.TotalTax, inside.TotalAmt]).toEqual([1.67, 10]);
	});

	it('keeps the currency of a customer', async () => {
		uk();
		const { Id } = quickbooks.createCustomer({ realmId: UK_REALM_ID, customer: { DisplayName: 'Euro GmbH', CurrencyRef: { value: 'EUR' } } });
		const euro = invoice({ CustomerRef: { value: Id }, Line: [line({}, { TaxCodeRef: { value: '4' } })] });
		expect((await call('POST', '/invoice', euro, {}, UK_REALM_ID)).body.Invoice.CurrencyRef.value).toBe('EUR');
		expect(fault(await call('POST', '/invoice', { ...euro, CurrencyRef: { value: 'GBP' } }, {}, UK_REALM_ID)).code).toBe('6000');
	});

	it('wants the current token; sparse keeps, full clears, lines are replaced', async () => {
		const { Id } = await created({ PrivateNote: 'keep me', Line: [line(), line({ Amount: 5 })] });
		const sparse = (await call('POST', '/invoice', { Id, SyncToken: '0', sparse: true, Line: [line({ Amount: 7 })] })).body.Invoice;
		expect([sparse.PrivateNote, sparse.TotalAmt, sparse.Line.length]).toEqual(['keep me', 7, 2]);
		expect(fault(await call('POST', '/invoice', { Id, SyncToken: '0', sparse: true, DueDate: '2026-12-01' })).code).toBe('5010');
		const full = (await call('POST', '/invoice', { ...invoice(), Id, SyncToken: '1' })).body.Invoice;
		expect([full.PrivateNote, full.TotalAmt]).toEqual([undefined, 10]);
		expect(fault(await call('POST', '/invoice', { ...invoice(), Id: '999', SyncToken: '1' })).code).toBe('610');
	});

	it('refuses a number twice unless asked, names the holder, and numbers by itself when told to', async () => {
		const first = await created({ DocNumber: 'M3-9' });
		const twice = await call('POST', '/invoice', invoice({ DocNumber: 'M3-9' }));
		expect([fault(twice).code, fault(twice).Detail]).toEqual(['6140', expect.stringContaining(`TxnId=${first.Id}`)]);
		expect((await call('POST', '/invoice?include=allowduplicatedocnum', invoice({ DocNumber: 'M3-9' }))).status).toBe(200);
		expect((await created()).DocNumber).toBeUndefined();
		quickbooks.setCustomNumbers({ on: false });
		expect([(await created()).DocNumber, (await created({ DocNumber: 'AUTO_GENERATE' })).DocNumber]).toEqual(['1001', '1002']);
	});

	it('answers a repeated requestid with the first document', async () => {
		const send = async (fields: object) => (await call('POST', '/invoice?requestid=r1', invoice(fields))).body.Invoice;
		const first = await send({ DocNumber: 'R-1' });
		expect(await send({ DocNumber: 'R-2' })).toEqual(first);
		expect(quickbooks.state.companies.get(US_REALM_ID)?.entities.Invoice.size).toBe(1);
		expect(fault(await call('POST', `/invoice?requestid=${'x'.repeat(51)}`, invoice())).code).toBe('2050');
	});

	it('voids, deletes, sends and respects closed books', async () => {
		const { Id } = await created({ BillEmail: { Address: 'a@b.example' } });
		const sent = await call('POST', `/invoice/${Id}/send`, '', { 'content-type': 'application/octet-stream' });
		expect([sent.body.Invoice.EmailStatus, (await call('POST', `/invoice/${Id}/send`, {})).status]).toEqual(['EmailSent', 400]);
		quickbooks.closeBooks({ date: '2026-10-01' });
		expect(fault(await call('POST', '/invoice', { Id, SyncToken: '1', sparse: true, Line: [line()] })).code).toBe('6210');
		expect(fault(await call('POST', '/invoice', invoice())).code).toBe('6210');
		quickbooks.closeBooks({});
		const voided = (await call('POST', '/invoice?operation=void', { Id, SyncToken: '1' })).body.Invoice;
		expect([voided.TotalAmt, voided.Balance]).toEqual([0, 0]);
		const since = encodeURIComponent(new Date(Date.now() - 60_000).toISOString());
		expect((await call('POST', '/invoice?operation=delete', { Id, SyncToken: '2' })).body.Invoice).toMatchObject({ status: 'Deleted', Id });
		const { CDCResponse } = (await call('GET', `/cdc?entities=Invoice&changedSince=${since}`)).body;
		expect(CDCResponse[0].QueryResponse[0].Invoice[0]).toMatchObject({ status: 'Deleted', Id });
		expect((await call('GET', '/cdc?entities=Invoice&changedSince=2020-01-01T00:00:00Z')).status).toBe(400);
	});

	it('keeps names unique and without colons', async () => {
		expect(fault(await call('POST', '/customer', { DisplayName: 'Example Ltd' })).code).toBe('6240');
		expect(fault(await call('POST', '/customer', { DisplayName: 'A:B' })).code).toBe('2010');
	});

	it('answers faults as XML to those who do not ask for JSON', async () => {
		expect((await call('GET', '/invoice/999', undefined, { accept: '*/*' })).body).toMatch(/^<\?xml/);
	});
});

describe('queries and batches', () => {
	it('knows conditions, order, pages and counts, and says what it cannot do', async () => {
		for (const number of ['Q-1', 'Q-2', "Q'3"]) await created({ DocNumber: number });
		const numbers = async (text: string) => ((await query(text)).QueryResponse.Invoice ?? []).map(({ DocNumber }: { DocNumber: string }) => DocNumber);
		expect(await numbers("select * from Invoice where DocNumber in ('Q-1','Q-2') orderby DocNumber desc")).toEqual(['Q-2', 'Q-1']);
		expect(await numbers("select * from Invoice where DocNumber = 'Q\\'3' and TotalAmt >= '10.00'")).toEqual(["Q'3"]);
		expect(await numbers('select * from Invoice order by DocNumber startposition 2 maxresults 1')).toEqual(['Q-1']);
		expect(await numbers("select * from Invoice where MetaData.LastUpdatedTime >= '2100-01-01T00:00:00-07:00'")).toEqual([]);
		expect((await query('select count(*) from Invoice')).QueryResponse).toEqual({ totalCount: 3 });
		expect((await query("select Id from Item where Name = 'Old product'")).QueryResponse).toEqual({});
		expect((await query("select Id, Name from Item where Active = false")).QueryResponse.Item).toEqual([{ Id: '25', Name: 'Old product', domain: 'QBO', sparse: true }]);
		expect((await call('POST', '/query', 'select * from Term', { 'content-type': 'application/text' })).body.QueryResponse.Term).toHaveLength(2);
		const code = async (text: string) => (await query(text)).Fault.Error[0].code;
		expect(await code("select * from Invoice where PrivateNote = 'x'")).toBe('4001');
		expect(await code('select * from Invoice maxresults 1001')).toBe('4001');
		expect(await code("select * from Invoice where DocNumber = 'a' or DocNumber = 'b'")).toBe('4000');
	});

	it('takes 30 items and not one more', async () => {
		const items = (length: number) => Array.from({ length }, (_, index) => ({ bId: String(index), operation: 'create', Invoice: invoice() }));
		expect((await call('POST', '/batch', { BatchItemRequest: items(30) })).body.BatchItemResponse).toHaveLength(30);
		expect((await call('POST', '/batch', { BatchItemRequest: items(31) })).status).toBe(400);
		const repeated = { BatchItemRequest: [{ bId: 'x', operation: 'create', Invoice: invoice({ Colour: 1 }) }] };
		expect((await call('POST', '/batch', repeated)).body.BatchItemResponse[0].Fault.Error[0].code).toBe('2010');
	});

	it('throttles per second, per minute and batches on their own', async () => {
		quickbooks.settings.rateLimits = { ...QUICKBOOKS_RATE_LIMITS, second: 2, batchMinute: 1 };
		const statuses = async (count: number) => (await Promise.all(Array.from({ length: count }, async () => await call('GET', '/customer/58')))).map(({ status }) => status);
		expect((await statuses(3)).sort()).toEqual([200, 200, 429]);
		quickbooks.advance({ seconds: 60 });
		expect((await call('POST', '/batch', { BatchItemRequest: [{ bId: '1', Query: 'select * from Term' }] })).status).toBe(200);
		expect((await call('POST', '/batch', { BatchItemRequest: [{ bId: '1', Query: 'select * from Term' }] })).body.fault.error[0].code).toBe('3001');
	});
});

describe('webhooks', () => {
	let receiver: Server;
	let url: string;
	let bodies: any[]; // eslint-disable-line @typescript-eslint/no-explicit-any -- any shape may come
	let status: number;

	beforeAll(async () => {
		receiver = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const body = Buffer.concat(chunks).toString('utf8');
				const good = request.headers['intuit-signature'] === webhookSignature(quickbooks.state.webhook?.verifierToken ?? '', body);
				if (good && status === 200) bodies.push(JSON.parse(body));
				response.writeHead(good ? status : 401).end();
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
		status = 200;
	});

	it('sends both formats, several companies in one delivery', async () => {
		quickbooks.setWebhook({ url });
		quickbooks.settings.holdEvents = true;
		const { Id } = quickbooks.createCustomer({ customer: { DisplayName: 'New' } });
		quickbooks.createCustomer({ realmId: UK_REALM_ID, customer: { DisplayName: 'New' } });
		quickbooks.releaseEvents({});
		quickbooks.mergeCustomers({ id: CUSTOMER_ID, deletedId: Id });
		quickbooks.releaseEvents({ format: 'legacy' });
		await quickbooks.settled();
		expect(bodies[0].map((event: Record<string, string>) => [event.type, event.intuitaccountid])).toEqual([
			['qbo.customer.created.v1', US_REALM_ID],
			['qbo.customer.created.v1', UK_REALM_ID],
		]);
		expect(bodies[1].eventNotifications[0].dataChangeEvent.entities[0]).toMatchObject({ name: 'Customer', id: CUSTOMER_ID, operation: 'Merge', deletedId: Id });
	});

	it('tries again, keeps the order and sends only chosen entities', async () => {
		quickbooks.setWebhook({ url, entities: ['Invoice'] });
		status = 500;
		const { Id } = await created();
		quickbooks.createCustomer({ customer: { DisplayName: 'Silent' } });
		quickbooks.voidInvoice({ id: Id });
		setTimeout(() => (status = 200), 8);
		await quickbooks.settled();
		expect(bodies.map(([event]) => event.type)).toEqual(['qbo.invoice.created.v1', 'qbo.invoice.void.v1']);
		expect(quickbooks.state.webhook?.deliveries[0].attempts).toBeGreaterThan(1);
	});

	it('signs like the vector of the sheet', () => {
		const verifier = ['0c6b2f1e', '7d34', '4a9b', '9c58', '2f6de1a7b340'].join('-');
		const body =
			'{"eventNotifications":[{"realmId":"9341452098761234","dataChangeEvent":{"entities":[{"name":"Customer","id":"58","operation":"Create","lastUpdated":"2026-10-05T09:15:30.000Z"}]}}]}';
		expect(webhookSignature(verifier, body)).toBe('LQ39BDMbkNN+ZXNJ/g73FEahNMT6bvDnhhyhV5/99NQ=');
	});
});
