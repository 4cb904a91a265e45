import type * as N8nWorkflow from 'n8n-workflow';

import { XeroForM3ter } from '../../nodes/Xero/XeroForM3ter.node';
import { CONTACT_ID, SCOPES, SECOND_TENANT_ID, startXeroSandbox, TENANT_ID, XERO_RATE_LIMITS, type XeroSandbox } from '../sandbox/xero';
import { listSearch, loadOptions, runNode, type CredentialStore } from './harness';
import { customConnection, organisation, webApp } from './xero-setup';

// Instead of waiting, the sandbox's clock is moved.
const mockSleep = jest.fn(async (ms: number) => xero.advance({ seconds: ms / 1000 }));
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async (ms: number) => await mockSleep(ms) }));

let xero: XeroSandbox;
let credentials: CredentialStore;

beforeEach(async () => {
	xero = await startXeroSandbox();
	credentials = { xeroForM3terOAuth2Api: customConnection(xero) };
});

afterEach(async () => {
	mockSleep.mockClear();
	expect(xero.violations).toEqual([]);
	await xero.close();
});

const node = () => new XeroForM3ter();
const chosen = (value: string) => ({ organisation: { __rl: true, mode: 'id', value } });
const run = async (parameters: object, items: object[] = [{}]) => await runNode({ node: node(), parameters: { ...parameters }, credentials, items: items.map((json) => ({ ...json })) });
const contacts = { resource: 'sale', operation: 'getChanged', watch: ['contacts'], since: '2020-01-01' };

describe('signing in', () => {
	test('a web app renews its token, keeps the new refresh token, and chooses the organisation', async () => {
		const store = (credentials.xeroForM3terOAuth2Api = webApp(xero));
		const before = store.oauthTokenData as { refresh_token: string };
		xero.advance({ seconds: 1801 });
		const { json, error } = await run({ ...contacts, ...chosen(TENANT_ID) });
		expect(error).toBeUndefined();
		expect(json).toHaveLength(1);
		const after = store.oauthTokenData as { refresh_token: string };
		expect(after.refresh_token).not.toBe(before.refresh_token);
		expect(xero.requests.filter(({ path }) => path === '/connect/token')).toHaveLength(1);
		xero.advance({ seconds: 1801 });
		expect((await run({ ...contacts, ...chosen(SECOND_TENANT_ID) })).error).toBeUndefined();
	});

	test('a custom connection fetches its token itself, again when it has expired', async () => {
		expect((await run(contacts)).json).toHaveLength(1);
		xero.advance({ seconds: 1801 });
		expect((await run(contacts)).json).toHaveLength(1);
		expect(xero.requests.filter(({ path }) => path === '/connect/token')).toHaveLength(2);
		expect(xero.requests.filter(({ path }) => path === '/connections')).toHaveLength(0);
	});

	test('the only organisation need not be chosen, one of several must', async () => {
		credentials.xeroForM3terOAuth2Api = webApp(xero);
		expect((await run(contacts)).error).toMatchObject({ message: "Choose an 'Organisation'", description: expect.stringMatching(/Sandbox Trading, Sandbox Holdings/) });
		xero.disconnect({ tenantId: SECOND_TENANT_ID });
		expect((await run(contacts)).json).toHaveLength(1);
	});

	test('a missing scope and a scope the app does not have are told apart', async () => {
		credentials.xeroForM3terOAuth2Api = webApp(xero, SCOPES.replace('accounting.contacts ', ''));
		expect((await run({ ...contacts, ...chosen(TENANT_ID) })).error).toMatchObject({ message: 'Xero refused access', description: expect.stringContaining('a scope is missing') });
		credentials.xeroForM3terOAuth2Api = { ...customConnection(xero), scope: 'accounting.transactions' };
		expect((await run(contacts)).error).toMatchObject({ message: 'Xero did not grant the scopes', description: expect.stringMatching(/requested scope is invalid.*'Scopes'/) });
		credentials.xeroForM3terOAuth2Api = { ...customConnection(xero), clientSecret: 'wrong' };
		expect((await run(contacts)).error).toMatchObject({ message: 'Xero did not accept the sign-in', description: expect.stringContaining('client ID and secret') });
	});

	test('a burst stays within the limits of an organisation', async () => {
		xero.settings.rateLimits = XERO_RATE_LIMITS;
		xero.settings.processingMs = 20;
		const { json, error } = await run(contacts, Array.from({ length: 20 }, () => ({})));
		expect(error).toBeUndefined();
		expect(json).toHaveLength(20);
		expect(xero.requests.filter(({ status }) => status === 429)).toEqual([]);
	});
});

describe('choices', () => {
	const options = async (method: string) => (await loadOptions({ node: node(), method, credentials })).map(({ name, value }) => [name, value]);

	test('organisations, accounts, tax rates, items, tracking and branding', async () => {
		credentials.xeroForM3terOAuth2Api = webApp(xero);
		expect((await listSearch({ node: node(), method: 'searchOrganisations', credentials, filter: 'hold' })).results).toEqual([{ name: 'Sandbox Holdings', value: SECOND_TENANT_ID }]);
		credentials.xeroForM3terOAuth2Api = customConnection(xero);
		const accounts = await options('getAccounts');
		expect(accounts.map(([name]) => name)).toEqual(['200 Sales', '205 Credits and Prepayments', '260 Other Revenue', 'Support Revenue']);
		expect(accounts.at(-1)?.[1]).toMatch(/^[0-9a-f-]{36}$/);
		expect(await options('getTaxTypes')).toEqual(expect.arrayContaining([['20% (VAT on Income) (20 %)', 'OUTPUT2']]));
		expect((await options('getTaxTypes')).map(([, value]) => value)).not.toContain('INPUT2');
		const items = await options('getItems');
		expect(items).toEqual(expect.arrayContaining([['ROUTER: Router (moves stock)', 'ROUTER']]));
		expect(items.map(([, value]) => value)).not.toContain('PAPER');
		expect((await options('getTrackingOptions')).map(([name]) => name)).toContain('Region: EMEA');
		expect((await options('getBrandingThemes')).map(([name]) => name)).toEqual(['Standard', 'Usage Invoice']);
	});
});

describe('an order from a sales channel', () => {
	const order = (fields: object) => ({
		resource: 'sale',
		operation: 'record',
		customerName: 'Globex  <Ltd>',
		customerNumber: 'globex',
		customerEmail: 'ap@globex.example',
		orderId: 'SO-1',
		items: 'pro, support',
		startDate: '2026-05-01',
		additionalFields: { currency: 'eur', changedAt: '2026-05-02T10:00:00Z' },
		...fields,
	});
	const record = async (fields: object = {}) => await run(order(fields));
	const contactOf = ({ json }: { json: object[] }) => (json[0] as { customer: { id: string } }).customer.id;

	test('makes the contact once, finds it by number, name or email, and gives the sale', async () => {
		const made = await record();
		const [contact] = [...organisation(xero).contacts.values()].slice(-1);
		expect(contact).toMatchObject({ Name: 'Globex Ltd', ContactNumber: 'globex', EmailAddress: 'ap@globex.example', DefaultCurrency: 'EUR' });
		expect(made.json[0]).toMatchObject({
			id: 'SO-1-2026-05-02T10:00:00.000Z',
			type: 'subscription.created',
			system: 'Xero',
			customer: { id: contact.ContactID, name: 'Globex Ltd', currency: 'EUR', accountCode: 'globex' },
			subscription: { id: 'SO-1', status: 'active', startDate: '2026-05-01T00:00:00.000Z', items: [{ planRef: 'pro', planCode: 'pro' }, { planRef: 'support' }] },
		});
		const again = [await record(), await record({ customerNumber: '' }), await record({ customerNumber: '', customerName: 'Globex' })];
		expect(again.map(contactOf)).toEqual([contact.ContactID, contact.ContactID, contact.ContactID]);
		expect(organisation(xero).contacts.size).toBe(2);
		const ended = await record({ additionalFields: { status: 'ended', endDate: '2026-06-01', accountCode: 'globex-uk' } });
		expect(ended.json[0]).toMatchObject({ type: 'subscription.ended', customer: { accountCode: 'globex-uk' }, subscription: { status: 'ended', endDate: '2026-06-01T00:00:00.000Z' } });
	});

	test('an email address that customers share does not make them one', async () => {
		const books = 'ap@books.example';
		const alpha = xero.createContact({ contact: { Name: 'Alpha Ltd', ContactNumber: 'C-1', EmailAddress: books } });
		const beta = await record({ customerName: 'Beta Ltd', customerNumber: 'C-2', customerEmail: books });
		expect(beta.json[0]).toMatchObject({ customer: { name: 'Beta Ltd', accountCode: 'C-2' } });
		expect(contactOf(beta)).not.toBe(alpha.ContactID);
		expect(contactOf(await record({ customerName: 'Alpha', customerNumber: 'C-1', customerEmail: books }))).toBe(alpha.ContactID);
		const { ContactID } = xero.createContact({ contact: { Name: 'Gamma Ltd', EmailAddress: books } });
		expect(contactOf(await record({ customerName: 'Gamma', customerNumber: 'C-3', customerEmail: books }))).toBe(ContactID);
	});

	test('many orders share one look-up of the organisation and one pace', async () => {
		credentials.xeroForM3terOAuth2Api = webApp(xero);
		xero.disconnect({ tenantId: SECOND_TENANT_ID });
		xero.settings.rateLimits = XERO_RATE_LIMITS;
		const orders = Array.from({ length: 20 }, (_order, index) => ({ number: `N-${index}` }));
		const { json, error } = await run(order({ customerName: '={{ $json.number }}', customerNumber: '={{ $json.number }}', customerEmail: '' }), orders);
		expect([error, json.length]).toEqual([undefined, 20]);
		expect(xero.requests.filter(({ path }) => path === '/connections')).toHaveLength(1);
		expect(xero.requests.length).toBeGreaterThan(60);
		expect(xero.requests.filter(({ status }) => status === 429)).toEqual([]);
		expect(mockSleep).toHaveBeenCalled();
	});

	test('follows a merged contact and refuses to guess', async () => {
		const { ContactID } = xero.createContact({ contact: { Name: 'Globex Ltd', ContactNumber: 'globex' } });
		expect((await record({ customerNumber: 'other' })).error).toMatchObject({ message: 'The name belongs to another Xero contact' });
		xero.mergeContact({ id: ContactID, into: CONTACT_ID });
		expect(contactOf(await record())).toBe(CONTACT_ID);
		for (const Name of ['A', 'B']) xero.createContact({ contact: { Name, EmailAddress: 'shared@globex.example' } });
		expect((await record({ customerName: 'C', customerNumber: '', customerEmail: 'shared@globex.example' })).error).toMatchObject({ message: 'Several Xero contacts have this email address' });
	});

	test.each([
		[{ orderId: '={{ $json.none }}', items: ' , ' }, 'The sale is not complete', "Empty: 'Order ID', 'Item Codes'"],
		[{ startDate: 'soon' }, "'Start Date' is not a date", '"soon" cannot be read'],
	])('says what is missing: %o', async (fields, message, description) => {
		expect((await record(fields)).error).toMatchObject({ message, description: expect.stringContaining(description) });
		expect(organisation(xero).contacts.size).toBe(1);
	});
});

test('contacts without an invoice yet, for accounts that are missing, and changed ones', async () => {
	xero.createInvoice({ invoice: { Contact: { ContactID: CONTACT_ID }, LineItems: [{ Description: 'Chairs', Quantity: 1, UnitAmount: 80 }] } });
	const { ContactID } = xero.createContact({ contact: { Name: 'Globex Ltd', EmailAddress: 'ap@globex.example' } });
	const found = async (watch: string[]) => (await run({ ...contacts, watch })).json.map(({ type, customer }) => [type, (customer as { id: string }).id]);
	const created = ['subscription.created', ContactID];
	const updated = ['customer.updated', ContactID];
	expect(await found(['newContacts'])).toEqual([created]);
	expect(await found(['contacts', 'newContacts'])).toEqual([['customer.updated', CONTACT_ID], created, updated]);
	expect(xero.requests.filter(({ path }) => path.endsWith('/Contacts'))).toHaveLength(2);
});

test('accepted quotes since a time, and a time that is none', async () => {
	const { id } = xero.createQuote({ quote: { Contact: { ContactID: CONTACT_ID }, LineItems: [{ ItemCode: 'ENTERPRISE', Quantity: 1 }] } });
	xero.acceptQuote({ id });
	const { json } = await run({ resource: 'sale', operation: 'getChanged', since: '2020-01-01' });
	expect(json).toMatchObject([{ type: 'subscription.created', subscription: { id } }]);
	expect((await run({ resource: 'sale', operation: 'getChanged', since: 'yesterday' })).error).toMatchObject({ message: "'Changed Since' is not a date" });
});
