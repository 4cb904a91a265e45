/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { constants, createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
	ACCOUNT_ID,
	ACCOUNT_PATH,
	baseString,
	CLIENT_ID,
	CONSUMER_KEY,
	CONSUMER_SECRET,
	CUSTOMER_ID,
	HOST,
	ASSERTION_ENDPOINT,
	scriptSignature,
	signature,
	startNetSuiteSandbox,
	TOKEN_ID,
	TOKEN_SECRET,
	type NetSuiteSandbox,
} from '../sandbox/netsuite';

let netsuite: NetSuiteSandbox;
let token: string;

beforeAll(async () => {
	netsuite = await startNetSuiteSandbox();
});
afterAll(async () => {
	await netsuite.close();
});
beforeEach(async () => {
	netsuite.reset();
	Object.assign(netsuite.settings, { concurrencyLimit: 5, processingMs: 0 });
	token = (await requestToken(assertion())).body.access_token;
});

interface Answer {
	status: number;
	headers: Headers;
	body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- any shape may come back
}

async function read(response: Response): Promise<Answer> {
	const text = await response.text();
	return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface AssertionOptions {
	alg?: 'PS256' | 'ES256' | 'RS256';
	claims?: object;
	kid?: string;
	privateKey?: string;
	saltLength?: number;
}

/** A signed assertion, made here and not with the sandbox's own code. */
function assertion({ alg = 'PS256', claims, kid, privateKey, saltLength = 32 }: AssertionOptions = {}): string {
	const now = Math.floor(Date.now() / 1000);
	const keys = netsuite.keys[alg === 'ES256' ? 'ES256' : 'PS256'];
	const payload = { iss: CLIENT_ID, scope: ['rest_webservices'], aud: netsuite.url + ASSERTION_ENDPOINT, iat: now, exp: now + 3000, ...claims };
	const input = `${part({ typ: 'JWT', alg, kid: kid ?? keys.certificateId })}.${part(payload)}`;
	const key = createPrivateKey(privateKey ?? keys.privateKey);
	const padding = alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } : {};
	const signed = sign('sha256', Buffer.from(input), alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : { key, ...padding });
	return `${input}.${signed.toString('base64url')}`;
}

const requestToken = async (jwt: string, fields: object = {}): Promise<Answer> =>
	await read(
		await fetch(netsuite.url + ASSERTION_ENDPOINT, {
			method: 'POST',
			body: new URLSearchParams({
				grant_type: 'client_credentials',
				client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
				client_assertion: jwt,
				...fields,
			}),
		}),
	);

const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
	await read(
		await fetch(`${netsuite.url}/services/rest${path}`, {
			method,
			headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
			body: body === undefined ? undefined : JSON.stringify(body),
		}),
	);

const suiteql = async (q: string, query = ''): Promise<Answer> => await call('POST', `/query/v1/suiteql${query}`, { q }, { prefer: 'transient' });
const line = (fields: object = {}) => ({ item: { id: '4010' }, quantity: 1, price: { id: '-1' }, rate: 100, description: 'API calls', ...fields });
const today = new Date().toISOString().slice(0, 10);
const invoice = (fields: object = {}, ...lines: object[]) => ({
	entity: { id: CUSTOMER_ID },
	tranDate: today,
	item: { items: lines.length > 0 ? lines : [line()] },
	...fields,
});
const EID = '/record/v1/invoice/eid:m3ter_bill-1';
const upsert = async (body: object, replace = true) => await call('PUT', `${EID}${replace ? '?replace=item' : ''}`, body);
const shown = async () => (await call('GET', `${EID}?expandSubResources=true`)).body;
const detail = ({ body }: Answer) => body['o:errorDetails'][0];

it('walks through the whole flow: order in, invoice pending, rewritten, approved', async () => {
	const made = await call('PUT', '/record/v1/customer/eid:m3ter_acct-1', { companyName: 'Umbrella', subsidiary: { id: '2' }, email: 'pay@umbrella.example', custentity_m3ter_account: 'acct-1' });
	expect(made.status).toBe(204);
	const customerId = made.headers.get('location')?.split('/').pop();
	const order = netsuite.createSalesOrder({ record: { entity: { id: customerId }, item: { items: [line({ item: { id: '4012' } })] } } });
	netsuite.approveSalesOrder({ id: order.id });
	const since = new Date(Date.now() - 600_000).toISOString().slice(0, 19).replace('T', ' ');
	const orders = await suiteql(
		`SELECT t.id, t.tranid, t.status, BUILTIN.DF(t.status) AS statusname, BUILTIN.DF(t.entity) AS customer, TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS lastmodified
		FROM transaction t WHERE t.type IN ('SalesOrd','Estimate') AND t.lastmodifieddate >= TO_TIMESTAMP('${since}', 'YYYY-MM-DD HH24:MI:SS') ORDER BY t.lastmodifieddate, t.id`,
	);
	expect(orders.body.items).toMatchObject([{ id: order.id, status: 'B', statusname: 'Pending Fulfillment', customer: 'Umbrella' }]);
	const lines = await suiteql(
		`SELECT tl.id, tl.quantity, BUILTIN.DF(tl.item) AS itemname, i.itemid FROM transactionline tl JOIN item i ON i.id = tl.item WHERE tl.transaction = ${order.id} AND tl.mainline = 'F' ORDER BY tl.id`,
	);
	expect(lines.body.items).toEqual([{ links: [], id: '1', quantity: '-1', itemname: 'ENTERPRISE', itemid: 'ENTERPRISE' }]);

	const fields = { entity: { externalId: 'm3ter_acct-1' }, approvalStatus: { id: '1' }, memo: 'Usage', custbody_m3ter_bill_id: 'bill-1' };
	expect((await upsert(invoice(fields, line(), line({ rate: -40, item: { id: '4011' } })))).status).toBe(204);
	expect(await shown()).toMatchObject({ total: 60, status: { id: 'Pending Approval' }, approvalStatus: { id: '1' }, custbody_m3ter_bill_id: 'bill-1', subsidiary: { refName: 'Europe' } });
	await upsert(invoice({}, line({ rate: 7, custcol_service_start: '2026-09-01' })));
	expect((await shown()).item.items).toMatchObject([{ amount: 7, item: { refName: 'API-CALLS' }, custcol_service_start: '2026-09-01' }]);
	const { id } = await shown();
	expect((await call('PATCH', `/record/v1/invoice/${id}`, { approvalStatus: { id: '2' } })).status).toBe(204);
	expect(await shown()).toMatchObject({ status: { id: 'Open' }, total: 7, item: { items: [{ amount: 7 }] } });
	const found = await call('GET', `/record/v1/invoice?q=${encodeURIComponent('externalId IS "m3ter_bill-1"')}`);
	expect(found.body).toMatchObject({ count: 1, hasMore: false, items: [{ id }] });
	expect(netsuite.violations).toEqual([]);
});

describe('OAuth 2.0', () => {
	it('takes PS256 and ES256 assertions and hands out tokens for an hour', async () => {
		for (const alg of ['PS256', 'ES256'] as const) {
			const { status, body } = await requestToken(assertion({ alg }));
			expect([status, body.token_type, body.expires_in]).toEqual([200, 'Bearer', '3600']);
		}
		const real = `https://${HOST}${ASSERTION_ENDPOINT}`;
		expect((await requestToken(assertion({ claims: { aud: real, scope: 'restlets,rest_webservices' } }))).status).toBe(200);
		expect((await call('GET', '/record/v1/customer')).status).toBe(200);
		netsuite.advance({ seconds: 3601 });
		const expired = await call('GET', '/record/v1/customer');
		expect([expired.status, detail(expired)['o:errorCode']]).toEqual([401, 'INVALID_LOGIN']);
	});

	const now = () => Math.floor(Date.now() / 1000);
	it.each<[string, () => AssertionOptions]>([
		['RS256', () => ({ alg: 'RS256' })],
		['a salt as long as Node makes it', () => ({ saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN })],
		['an unknown certificate', () => ({ kid: 'other' })],
		['another key', () => ({ privateKey: generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() })],
		['another client', () => ({ claims: { iss: 'me' } })],
		['another audience', () => ({ claims: { aud: 'https://example.com/token' } })],
		['an assertion that is over', () => ({ claims: { iat: now() - 100, exp: now() - 1 } })],
		['an assertion that is too long', () => ({ claims: { exp: now() + 4000 } })],
		['a scope that opens nothing here', () => ({ claims: { scope: 'restlets' } })],
	])('refuses %s', async (_name, options) => {
		expect((await requestToken(assertion(options()))).status).toBe(400);
	});

	it('takes a certificate people upload, but no short key', async () => {
		const pair = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
		for (const [bits, status] of [[3072, 200], [2048, 400]]) {
			const { publicKey, privateKey } = pair(bits);
			const { certificateId } = netsuite.uploadCertificate({ publicKey });
			expect((await requestToken(assertion({ kid: certificateId, privateKey }))).status).toBe(status);
		}
	});
});

describe('token-based authentication', () => {
	it('computes the signatures of the sheet', () => {
		const keys = { oauth_consumer_key: ['ck', '1111aaaa2222bbbb3333cccc'].join('-'), oauth_token: ['ti', '7777aaaa8888bbbb9999cccc'].join('-') };
		const oauth = { ...keys, oauth_signature_method: 'HMAC-SHA256', oauth_timestamp: '1791200000', oauth_nonce: ['Nx7Qd2Lw', '9KpR4tZb'].join(''), oauth_version: '1.0' };
		const secrets = [['cs', '4444dddd5555eeee6666ffff'].join('-'), ['ts', '0000dddd1111eeee2222ffff'].join('-')] as const;
		const signed = (method: string, url: string) => {
			const { origin, pathname, searchParams } = new URL(url);
			return signature(baseString(method, origin + pathname, [...searchParams], oauth), ...secrets);
		};
		const rest = 'suitetalk.api.netsuite.com/services/rest';
		expect(signed('POST', `https://1234567-sb1.${rest}/query/v1/suiteql?limit=5&offset=10`)).toBe('e+k5WSLW09SA4lVkm6PUfIjdCKBvoqmlUqAk411ZRLc=');
		expect(signed('PUT', `https://1234567.${rest}/record/v1/invoice/eid:m3ter_bill-0c1a?replace=item`)).toBe('O0pOZxp0gdO0MPRrLnZGA8agaDKar54o78OootUIztY=');
		expect(signed('GET', `https://1234567.${rest}/record/v1/customer?q=email%20IS%20%22a%20b%2Bc%40x.io%22&limit=10`)).toBe('KOmnuvtceKCy+8kU6OR0sdP2Fg/PcAUXwCj8vAJ3gJ0=');
	});

	const header = (url: string, changes: Record<string, string> = {}) => {
		const oauth: Record<string, string> = {
			oauth_consumer_key: CONSUMER_KEY,
			oauth_token: TOKEN_ID,
			oauth_signature_method: 'HMAC-SHA256',
			oauth_timestamp: String(Math.floor(Date.now() / 1000)),
			oauth_nonce: randomUUID(),
			oauth_version: '1.0',
			...changes,
		};
		const { realm = ACCOUNT_ID, ...signedFields } = oauth;
		const { origin, pathname, searchParams } = new URL(url);
		const value = signature(baseString('GET', origin + pathname, [...searchParams], signedFields), CONSUMER_SECRET, TOKEN_SECRET);
		const all = { realm, ...signedFields, oauth_signature: value };
		return `OAuth ${Object.entries(all).map(([key, text]) => `${key}="${encodeURIComponent(text)}"`).join(',')}`;
	};
	const get = async (url: string, authorization: string) => (await fetch(url, { headers: { authorization } })).status;

	it('takes each signature once, signed for this URL, account and time', async () => {
		const url = `${netsuite.url}/services/rest/record/v1/customer?q=${encodeURIComponent('email IS "a b+c@x.io"')}&limit=10`;
		const authorization = header(url);
		expect(await get(url, authorization)).toBe(200);
		expect(await get(url, authorization)).toBe(401);
		expect(await get(`${url}&offset=0`, header(url))).toBe(401);
		expect(await get(url, header(url, { realm: HOST.split('.')[0] }))).toBe(401);
		expect(await get(url, header(url, { oauth_timestamp: String(Math.floor(Date.now() / 1000) - 600) }))).toBe(401);
		expect(await get(url, header(url, { oauth_signature_method: 'HMAC-SHA1' }))).toBe(401);
		expect(await get(`${netsuite.url}${ACCOUNT_PATH}/services/rest/record/v1/customer`, header(`https://${HOST}/services/rest/record/v1/customer`))).toBe(200);
	});

	it('knows its account by host and by path', async () => {
		const byHost = async (host: string) =>
			await new Promise<number | undefined>((resolve, reject) => {
				const { port } = new URL(netsuite.url);
				const headers = { host, authorization: `Bearer ${token}` };
				httpRequest({ port, host: '127.0.0.1', path: '/services/rest/record/v1/customer', headers }, (response) => {
					response.resume();
					resolve(response.statusCode);
				})
					.on('error', reject)
					.end();
			});
		expect([await byHost(HOST), await byHost(HOST.replace('1234567', '7654321'))]).toEqual([200, 401]);
		expect(await get(`${netsuite.url}/7654321/services/rest/record/v1/customer`, `Bearer ${token}`)).toBe(401);
	});
});

describe('records', () => {
	it('appends lines without replace=item, changes those whose key matches, and rewrites with it', async () => {
		await upsert(invoice());
		await upsert(invoice(), false);
		expect((await shown()).total).toBe(200);
		await upsert(invoice({}, { line: 2, rate: 5, quantity: 1, price: { id: '-1' } }), false);
		expect((await shown()).item.items.map(({ amount }: { amount: number }) => amount)).toEqual([100, 5]);
		await upsert(invoice({}, line({ rate: 1 })));
		expect((await shown()).total).toBe(1);
	});

	it('lets the price level win unless the line has a custom price, and stores amounts as given', async () => {
		const amounts = async (...lines: object[]) => {
			await upsert(invoice({}, ...lines));
			return (await shown()).item.items.map(({ amount }: { amount: number }) => amount);
		};
		expect(await amounts(line({ item: { id: '4012' }, price: undefined, rate: 5 }))).toEqual([1200]);
		expect(await amounts(line({ item: { id: '4012' }, rate: 5 }), line({ quantity: 3, rate: 0.333, amount: 1 }))).toEqual([5, 1]);
	});

	it.each<[string, object, string, string | undefined]>([
		['an unknown field', invoice({ custbody_typo: 'x' }), 'INVALID_CONTENT', 'custbody_typo'],
		['an unknown line field', invoice({}, line({ custcol_typo: 'x' })), 'INVALID_CONTENT', 'item.items[0].custcol_typo'],
		['a wrong type', invoice({}, line({ rate: '5' })), 'INVALID_CONTENT', 'item.items[0].rate'],
		['an unknown customer', invoice({ entity: { id: '1' } }), 'INVALID_KEY_OR_REF', 'entity'],
		['an inactive item', invoice({}, line({ item: { id: '4013' } })), 'INVALID_KEY_OR_REF', 'item.items[0].item'],
		['another external id', invoice({ externalId: 'other' }), 'INVALID_CONTENT', 'externalId'],
		['another subsidiary', invoice({ subsidiary: { id: '1' } }), 'USER_ERROR', 'subsidiary'],
		['no customer', invoice({ entity: undefined }), 'USER_ERROR', 'entity'],
		['a negative total', invoice({}, line({ rate: -1 })), 'USER_ERROR', undefined],
		['a line without amount', invoice({}, line({ rate: undefined })), 'USER_ERROR', 'item.items[0].amount'],
	])('refuses %s', async (_name, body, code, path) => {
		const answer = await upsert(body);
		expect([answer.status, detail(answer)['o:errorCode'], detail(answer)['o:errorPath']]).toEqual([400, code, path]);
	});

	it('ignores unknown fields when asked to, and wants what the form wants', async () => {
		const ignore = { 'x-netsuite-propertynamevalidation': 'Ignore' };
		expect((await call('PUT', EID, invoice({ custbody_typo: 'x' }), ignore)).status).toBe(204);
		netsuite.setMandatoryLineFields({ fields: ['location'] });
		const answer = await upsert(invoice());
		expect(detail(answer)).toMatchObject({ detail: expect.stringContaining('Please enter value(s) for: Location'), 'o:errorPath': 'item.items[0].location' });
		expect((await upsert(invoice({}, line({ location: { refName: 'Head office' } })))).status).toBe(204);
	});

	it('locks what is paid, voided or in a closed period', async () => {
		await upsert(invoice());
		const { id, postingPeriod } = await shown();
		netsuite.closePeriod({ period: postingPeriod.id });
		expect(detail(await upsert(invoice())).detail).toContain('closed period');
		netsuite.openPeriod({ period: today });
		netsuite.lockReceivables({ period: postingPeriod.refName });
		expect(detail(await upsert(invoice())).detail).toContain('locked');
		netsuite.openPeriod({ period: today });
		expect(() => netsuite.payInvoice({ id })).toThrow('open');
		netsuite.approveInvoice({ id });
		netsuite.payInvoice({ id, amount: 1 });
		expect(detail(await upsert(invoice())).detail).toContain('payments');
		const paid = await suiteql(`SELECT status, foreignamountunpaid FROM transaction WHERE externalid = 'm3ter_bill-1'`);
		expect(paid.body.items[0]).toMatchObject({ status: 'A', foreignamountunpaid: '99' });
		netsuite.voidInvoice({ id: (netsuite.createInvoice({ record: invoice({ externalId: 'v' }) as never })).id });
		expect(detail(await call('PATCH', '/record/v1/invoice/eid:v', { memo: 'x' })).detail).toContain('voided');
	});

	it('approves once and for all, if the role may, and posts at once without routing', async () => {
		await upsert(invoice());
		netsuite.blockApproval({ on: true });
		expect(detail(await call('PATCH', EID, { approvalStatus: { id: '2' } }))['o:errorPath']).toBe('approvalStatus');
		netsuite.blockApproval({ on: false });
		await call('PATCH', EID, { approvalStatus: { id: '2' } });
		expect((await call('PATCH', EID, { approvalStatus: { id: '1' } })).status).toBe(400);
		expect((await upsert(invoice({}, line({ rate: 3 })))).status).toBe(204);
		netsuite.setApprovalRouting({ on: false });
		const { status, approvalStatus } = (await call('GET', `/record/v1/invoice/${netsuite.createInvoice({ record: invoice() as never }).id}`)).body;
		expect([status.id, approvalStatus]).toEqual(['Open', undefined]);
	});

	it('keeps external ids unique over all kinds of transactions', async () => {
		await upsert(invoice());
		expect(detail(await call('PUT', '/record/v1/salesOrder/eid:m3ter_bill-1', invoice()))['o:errorPath']).toBe('externalId');
		expect((await call('PUT', '/record/v1/invoice/eid:not%20allowed', invoice())).status).toBe(400);
		expect((await call('PUT', '/record/v1/invoice/123', invoice())).status).toBe(400);
	});

	it('creates, deletes, transforms and says what is not there', async () => {
		const made = await call('POST', '/record/v1/creditMemo', invoice({ externalId: 'm3ter_cm-1' }));
		expect(made.headers.get('location')).toMatch(/\/services\/rest\/record\/v1\/creditMemo\/\d+$/);
		expect((await call('DELETE', '/record/v1/creditMemo/eid:m3ter_cm-1')).status).toBe(204);
		expect(detail(await call('GET', '/record/v1/creditMemo/eid:m3ter_cm-1'))['o:errorCode']).toBe('NONEXISTENT_ID');
		expect((await call('GET', '/record/v1/spaceship/1')).status).toBe(404);
		const order = netsuite.createSalesOrder({ record: invoice() as never });
		expect((await call('POST', `/record/v1/salesOrder/${order.id}/!transform/invoice`)).status).toBe(400);
		netsuite.approveSalesOrder({ id: order.id });
		expect((await call('POST', `/record/v1/salesOrder/${order.id}/!transform/invoice`, { externalId: 'm3ter_bill-1' })).status).toBe(204);
		expect(await shown()).toMatchObject({ total: 100, createdFrom: { id: order.id } });
		netsuite.denyRecordType({ type: 'invoice' });
		expect(detail(await call('GET', EID))['o:errorCode']).toBe('INSUFFICIENT_PERMISSION');
		const fields = (await call('GET', '/record/v1/metadata-catalog/salesOrder')).body.properties;
		expect([fields.custbody_m3ter_bill_id.type, Object.keys(fields.item.properties.items.items.properties)]).toEqual(['string', expect.arrayContaining(['custcol_service_end'])]);
	});

	it('takes five requests at a time', async () => {
		netsuite.settings.processingMs = 50;
		const answers = await Promise.all(Array.from({ length: 7 }, async () => await call('GET', '/record/v1/customer')));
		const refused = answers.filter(({ status }) => status === 429);
		expect([answers.filter(({ status }) => status === 200).length, refused.length, detail(refused[0])['o:errorCode']]).toEqual([5, 2, 'CONCURRENCY_LIMIT_EXCEEDED']);
	});
});

describe('SuiteQL', () => {
	it('pages with limit and offset and reports the next page', async () => {
		for (const name of ['A', 'B', 'C']) netsuite.createCustomer({ record: { companyName: name, subsidiary: { id: '1' } } });
		const first = await suiteql('SELECT id, companyname FROM customer WHERE id > 1000 ORDER BY id', '?limit=2&offset=0');
		expect([first.body.count, first.body.hasMore, first.body.totalResults, first.body.links[0].rel]).toEqual([2, true, 3, 'next']);
		const second = await suiteql('SELECT id, companyname FROM customer WHERE id > 1000 ORDER BY id', '?limit=2&offset=2');
		expect(second.body.items.map(({ companyname }: { companyname: string }) => companyname)).toEqual(['C']);
		expect((await suiteql('SELECT id FROM customer', '?limit=2&offset=1')).status).toBe(400);
		expect((await suiteql('SELECT id FROM customer', '?limit=1001')).status).toBe(400);
		const cursor = `(id > 1000 AND companyname <> 'A') OR (companyname = 'Example Ltd' AND email IS NOT NULL)`;
		const keyset = await suiteql(`SELECT companyname FROM customer WHERE ${cursor} ORDER BY companyname DESC`);
		expect(keyset.body.items.map(({ companyname }: { companyname: string }) => companyname)).toEqual(['Example Ltd', 'C', 'B']);
	});

	it.each([
		'SELECT * FROM transaction',
		'SELECT colour FROM customer',
		'SELECT id FROM spaceship',
		'SELECT enddate AS end FROM accountingperiod',
		"SELECT id FROM customer WHERE lastmodifieddate >= '2026-10-05'",
		"SELECT id FROM customer WHERE lastmodifieddate >= TO_DATE('10/5/2026', 'YYYY-MM-DD')",
		'SELECT id FROM customer WHERE',
		'UPDATE customer SET id = 1',
	])('refuses %s', async (q) => {
		const answer = await suiteql(q);
		expect([answer.status, detail(answer)['o:errorCode']]).toEqual([400, 'INVALID_PARAMETER']);
	});

	it('wants Prefer: transient, and answers the credential test and the drop-downs', async () => {
		expect((await call('POST', '/query/v1/suiteql', { q: 'SELECT 1 AS test' })).status).toBe(400);
		expect((await suiteql('SELECT 1 AS test')).body.items).toEqual([{ links: [], test: '1' }]);
		expect((await suiteql('SELECT COUNT(*) AS n FROM subsidiary')).body.items[0].n).toBe('2');
		expect((await suiteql("SELECT id, itemid, displayname FROM item WHERE isinactive = 'F' AND UPPER(itemid) LIKE 'API%' ORDER BY itemid")).body.items).toHaveLength(1);
		for (const table of ['department', 'classification', 'location', 'currency', 'term', 'salestaxitem']) {
			expect((await suiteql(`SELECT id, name FROM ${table} ORDER BY id`)).status).toBe(200);
		}
		expect((await suiteql("SELECT id FROM accountingperiod WHERE closed = 'F' ORDER BY id")).body.items).toHaveLength(36);
	});
});

describe('User Event script', () => {
	let receiver: Server;
	let url: string;
	let received: Array<{ body: string; timestamp: string; signature: string }>;

	beforeAll(async () => {
		receiver = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const { 'x-m3ter-ns-timestamp': timestamp, 'x-m3ter-ns-signature': signed } = request.headers as Record<string, string>;
				received.push({ body: Buffer.concat(chunks).toString('utf8'), timestamp, signature: signed });
				response.end();
			});
		});
		await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
		url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
	});
	afterAll(() => {
		receiver.close();
	});
	beforeEach(() => {
		received = [];
	});

	it('signs like the vector of the sheet', () => {
		const body =
			'{"eventId":"salesorder-4521-1791200000","eventType":"salesorder.create","accountId":"1234567_SB1","recordType":"salesorder","recordId":"4521","externalId":null,"entityId":"887","occurredAt":"2026-10-05T09:33:20.000Z"}';
		const secret = ['9f2c4b7e1d8a4f63', 'b5c0e7a1d2f4869b'].join('');
		expect(scriptSignature(secret, '1791200000', body)).toBe('6a4796839fa274647d8f4a727f75d5a7a157628c601a65645a4eefb398168f28');
	});

	it('tells of what people do, not of what REST does', async () => {
		const script = netsuite.deployScript({ url });
		const order = netsuite.createSalesOrder({ record: invoice() as never });
		await netsuite.settled();
		netsuite.approveSalesOrder({ id: order.id });
		await call('POST', '/record/v1/customer', { companyName: 'Quiet', subsidiary: { id: '1' } });
		await netsuite.settled();
		const events = received.map(({ body }) => JSON.parse(body) as Record<string, string>);
		expect(events.map(({ eventType }) => eventType)).toEqual(['salesorder.create', 'salesorder.approve']);
		expect(events[0]).toMatchObject({ accountId: ACCOUNT_ID, recordType: 'salesorder', recordId: order.id, externalId: null, entityId: CUSTOMER_ID });
		expect(received[0].signature).toBe(scriptSignature(script.secret, received[0].timestamp, received[0].body));
	});

	it('can be wrong on purpose', async () => {
		const script = netsuite.deployScript({ url, wrongSecret: true, ageSeconds: 600, copies: 2 });
		netsuite.createCustomer({ record: { companyName: 'New', subsidiary: { id: '1' } } });
		await netsuite.settled();
		expect(received).toHaveLength(2);
		expect(received[0].signature).not.toBe(scriptSignature(script.secret, received[0].timestamp, received[0].body));
		expect(Date.now() / 1000 - Number(received[0].timestamp)).toBeGreaterThan(590);
	});
});
