import fc from 'fast-check';

import { passes, type BillFilters } from '../../nodes/M3ter/BillApprovedTrigger/filters';
import { accountSchema } from '../../nodes/M3ter/schemas';
import { readHints, subjectOf } from '../../nodes/M3ter/webhookBody';
import { codeOf } from '../../nodes/M3ter/webhookParts';
import { explainUnreachable, isPrivateUrl } from '../../nodes/M3ter/webhookReach';
import { billKey } from '../../nodes/M3ter/webhookKeys';
import { randomToken, sameToken, tokenIn, tokenOf, withoutToken, withToken } from '../../nodes/M3ter/webhookToken';
import { billSchema } from '../../nodes/shared/bill';
import { Failure } from '../../nodes/shared/failure';

const EVENT = 'e7d0b0d2-5d3a-4f4e-9a11-2d5a6f7b8c90';
const BILL = '6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01';
const ACCOUNT = 'a0c1e2d3-1111-4222-8333-444455556666';
const dto = (fields = {}) => ({ id: BILL, accountId: ACCOUNT, status: 'APPROVED', version: 7, ...fields });

describe('reading ids out of a body of unknown form', () => {
	const record = { id: EVENT, eventName: 'billing.bill.updated', eventTime: '2026-05-02T09:30:01.114Z' };
	test.each<[string, unknown, string[], string[]]>([
		['the id alone', { eventId: EVENT }, [EVENT], []],
		['id and name', { id: EVENT, eventName: 'billing.bill.updated' }, [EVENT], []],
		['a record with newDto and oldDto', { ...record, m3terEvent: { eventData: { oldDto: dto({ version: 6 }), newDto: dto() } } }, [EVENT], [BILL]],
		['a record with new and old', { ...record, m3terEvent: { eventData: { new: dto(), old: dto() } } }, [EVENT], [BILL]],
		['a record without eventData', { ...record, m3terEvent: { newDto: dto() } }, [EVENT], [BILL]],
		['a record with the entity itself', { ...record, m3terEvent: dto() }, [EVENT], [BILL]],
		['a record in an envelope', { notification: { event: { ...record, m3terEvent: {} } } }, [EVENT], []],
		['a list of records', [{ ...record }], [EVENT], []],
		['event data alone', { eventData: { newDto: dto() } }, [], [BILL]],
		['the entity alone', dto(), [], [BILL]],
		['the id of the bill', { billId: BILL }, [], [BILL]],
		['the id of the entity', { entityType: 'Bill', entityId: BILL, eventId: EVENT }, [EVENT], [BILL]],
		['JSON in a text', JSON.stringify({ eventId: EVENT }), [EVENT], []],
		['JSON in a text in JSON', { payload: JSON.stringify({ ...record, m3terEvent: { eventData: { newDto: dto() } } }) }, [EVENT], [BILL]],
		['nothing', undefined, [], []],
		['null', null, [], []],
		['other types', { id: 5, eventId: null, billId: [BILL] }, [], []],
		['ids with a path in them', { eventId: '../accounts', billId: 'a/b?c' }, [], []],
	])('%s', (_name, body, eventIds, entityIds) => {
		expect(readHints(body)).toEqual({ eventIds, entityIds });
	});

	test('the entity as it is comes before the entity as it was', () => {
		const body = { ...record, m3terEvent: { eventData: { oldDto: { id: 'old' }, newDto: { id: 'new' } } } };
		expect(readHints(body).entityIds).toEqual(['new', 'old']);
	});

	test('never throws, and never gives more than a few well-formed ids', () => {
		fc.assert(
			fc.property(fc.oneof(fc.jsonValue(), fc.string(), fc.anything()), (body) => {
				const { eventIds, entityIds } = readHints(body);
				for (const ids of [eventIds, entityIds]) {
					expect(ids.length).toBeLessThanOrEqual(4);
					for (const id of ids) expect(id).toMatch(/^[\w-]{1,64}$/);
				}
			}),
		);
	});

	test('a body nested without end is given up', () => {
		const body: Record<string, unknown> = {};
		body.self = body;
		expect(readHints(body)).toEqual({ eventIds: [], entityIds: [] });
	});
});

describe('the subject of an event record', () => {
	const of = (m3terEvent: unknown) => subjectOf({ id: EVENT, eventName: 'billing.bill.updated', m3terEvent });
	test.each<[string, unknown, string | undefined]>([
		['created', { eventData: { newDto: dto() } }, BILL],
		['updated', { eventData: { newDto: dto(), oldDto: dto({ id: 'other' }) } }, BILL],
		['deleted', { eventData: { oldDto: dto() } }, BILL],
		['new and old', { eventData: { new: dto(), old: {} } }, BILL],
		['without eventData', { newDto: dto() }, BILL],
		['the bare entity', { eventData: dto() }, BILL],
		['empty', {}, undefined],
		['missing', undefined, undefined],
		['a text', 'bill', undefined],
	])('%s', (_name, event, id) => {
		expect(of(event).id).toBe(id);
	});

	test('a deleted entity has no after', () => {
		expect(of({ eventData: { oldDto: dto() } })).toEqual({ id: BILL, after: undefined, before: dto() });
	});
});

describe('the token in the URL', () => {
	const url = 'https://n8n.example.com/webhook/7f0a4c52-0000-4000-8000-000000000002/m3ter';

	test('goes into the URL and comes out of it', () => {
		const token = randomToken();
		expect(token).toMatch(/^[\w-]{32}$/);
		const registered = withToken(url, token);
		expect(tokenIn(registered)).toBe(token);
		expect(withoutToken(registered)).toBe(url);
		expect(tokenOf({ token })).toBe(token);
		expect(sameToken(token, token)).toBe(true);
		expect(sameToken(token, randomToken())).toBe(false);
	});

	test('what cannot be a token is none', () => {
		for (const query of [{}, { token: '' }, { token: 'x'.repeat(31) }, { token: 'x'.repeat(33) }, { token: `${'x'.repeat(31)}/` }, { token: ['x'.repeat(32)] }]) {
			expect(tokenOf(query)).toBeUndefined();
		}
		expect(tokenIn('not a URL')).toBeUndefined();
		expect(tokenIn(`${url}?token=short`)).toBeUndefined();
		expect(withoutToken('not a URL')).toBeUndefined();
	});

	test('codes depend on address and role, not on the token', () => {
		expect(codeOf(url, 'webhook')).toMatch(/^n8n_[0-9a-f]{20}$/);
		expect(codeOf(withToken(url, randomToken()), 'webhook')).toBe(codeOf(url, 'webhook'));
		const others = [codeOf(url, 'billing.bill.updated'), codeOf(url.replace('/webhook/', '/webhook-test/'), 'webhook'), codeOf(url.replace('n8n.', 'm8m.'), 'webhook')];
		expect(new Set([codeOf(url, 'webhook'), ...others]).size).toBe(4);
	});
});

describe('deliveries seen before', () => {
	test('a new version, status or lock is news; anything else is a repetition', () => {
		const key = billKey(dto());
		expect(billKey({ ...dto(), status: 'APPROVED' })).toBe(key);
		const news = [dto({ version: 8 }), dto({ status: 'PENDING' }), { ...dto(), locked: true }, dto({ id: 'other' })];
		expect(new Set([key, ...news.map((bill) => billKey(bill))]).size).toBe(5);
	});

	test('without a version, the time of the calculation tells', () => {
		const at = (lastCalculatedDate: string) => billKey({ id: BILL, status: 'APPROVED', lastCalculatedDate });
		expect(at('2026-05-02T01:15:00Z')).not.toBe(at('2026-05-03T01:15:00Z'));
	});
});

describe('which bills pass', () => {
	const bill = billSchema.parse({ ...dto(), accountCode: 'globex', currency: 'EUR', billingFrequency: 'MONTHLY', billTotal: 118.4, lineItems: [] });
	const account = accountSchema.parse({ id: ACCOUNT, name: 'Globex', code: 'globex', customFields: { invoicing: 'stripe', tier: 3 } });
	const all: BillFilters = { accountRule: 'all', accounts: [], currencies: [], billingFrequencies: [], minimumTotal: undefined, customFields: [] };
	const globex = { by: 'code' as const, value: 'globex' };
	const initech = { by: 'code' as const, value: 'initech' };

	test.each<[string, Partial<BillFilters>, boolean]>([
		['no filter', {}, true],
		['only this account, by code', { accountRule: 'only', accounts: [initech, globex] }, true],
		['only this account, by id', { accountRule: 'only', accounts: [{ by: 'id', value: ACCOUNT }] }, true],
		['an id is no code', { accountRule: 'only', accounts: [{ by: 'code', value: ACCOUNT }] }, false],
		['only another account', { accountRule: 'only', accounts: [initech] }, false],
		['only none', { accountRule: 'only' }, false],
		['except this account', { accountRule: 'except', accounts: [globex] }, false],
		['except another account', { accountRule: 'except', accounts: [initech] }, true],
		['a list that is switched off', { accountRule: 'all', accounts: [initech] }, true],
		['its currency', { currencies: ['USD', 'EUR'] }, true],
		['another currency', { currencies: ['USD'] }, false],
		['a total just reached', { minimumTotal: 118.4 }, true],
		['a total missed by a cent', { minimumTotal: 118.41 }, false],
		['its frequency', { billingFrequencies: ['MONTHLY'] }, true],
		['another frequency', { billingFrequencies: ['ANNUALLY'] }, false],
		['a custom field', { customFields: [{ name: 'invoicing', value: 'stripe' }] }, true],
		['a number in a custom field', { customFields: [{ name: 'tier', value: '3' }] }, true],
		['another value', { customFields: [{ name: 'invoicing', value: 'xero' }] }, false],
		['an absent field', { customFields: [{ name: 'region', value: 'eu' }] }, false],
		['one of two does not hold', { currencies: ['EUR'], minimumTotal: 500 }, false],
	])('%s', (_name, filters, expected) => {
		expect(passes(bill, account, { ...all, ...filters })).toBe(expected);
	});

	test('an account that is gone passes by the code on the bill, not by custom fields', () => {
		expect(passes(bill, undefined, { ...all, accountRule: 'only', accounts: [globex] })).toBe(true);
		expect(passes(bill, undefined, { ...all, customFields: [{ name: 'invoicing', value: 'stripe' }] })).toBe(false);
	});

	test('without a total, the lines are added up exactly', () => {
		const lineItems = [0.1, 0.2].map((convertedSubtotal) => ({ lineItemType: 'USAGE', convertedSubtotal }));
		const withoutTotal = billSchema.parse({ ...dto(), currency: 'EUR', lineItems });
		expect(passes(withoutTotal, account, { ...all, minimumTotal: 0.3 })).toBe(true);
		expect(passes(withoutTotal, account, { ...all, minimumTotal: 0.31 })).toBe(false);
	});
});

describe('addresses m3ter cannot reach', () => {
	test.each(['http://localhost:5678/x', 'http://127.0.0.1/x', 'http://10.1.2.3/x', 'http://172.20.0.2/x', 'http://192.168.1.5/x', 'http://n8n/x', 'http://n8n.local/x', 'http://[::1]:5678/x', 'http://[fd00::1]/x'])('%s is private', (url) => {
		expect(isPrivateUrl(url)).toBe(true);
	});
	test.each(['https://n8n.example.com/x', 'https://172.32.0.1/x', 'https://8.8.8.8/x', 'https://localhost.example.com/x', 'https://[2001:db8::1]/x'])('%s is public', (url) => {
		expect(isPrivateUrl(url)).toBe(false);
	});

	const refusal = (description: string, status = 400) => new Failure('refused', 'm3ter refused the request', { status, description });
	test('any refusal of a private address is explained', () => {
		const { message, description } = explainUnreachable(refusal('Bad request'), 'http://localhost:5678/webhook/x');
		expect(message).toBe('m3ter cannot reach this n8n');
		expect(description).toMatch(/http:\/\/localhost:5678.*Bad request.*WEBHOOK_URL/s);
	});
	test('of a public address only when m3ter speaks of the host', () => {
		expect(explainUnreachable(refusal('url host could not be resolved'), 'https://n8n.example.com/x').message).toBe('m3ter cannot reach this n8n');
		expect(explainUnreachable(refusal('name is too long'), 'https://n8n.example.com/x').message).toBe('m3ter refused the request');
		expect(explainUnreachable(refusal('bad host', 403), 'http://localhost/x').message).toBe('m3ter refused the request');
	});
	test('the token is hidden, whatever m3ter says', () => {
		for (const url of ['http://localhost/x', 'https://n8n.example.com/x']) {
			expect(explainUnreachable(refusal('refused https://n8n.example.com/x?token=Abc-123_x for its name'), url).description).not.toContain('Abc-123');
		}
	});
});
