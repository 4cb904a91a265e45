import { XeroForM3ter } from '../../nodes/Xero/XeroForM3ter.node';
import { CONTACT_ID, SCOPES, SECOND_TENANT_ID, startXeroSandbox, TENANT_ID, XERO_RATE_LIMITS, type XeroSandbox } from '../sandbox/xero';
import { listSearch, loadOptions, runNode, type CredentialStore } from './harness';
import { customConnection, organisation, webApp } from './xero-setup';

let xero: XeroSandbox;
let credentials: CredentialStore;

beforeEach(async () => {
	xero = await startXeroSandbox();
	credentials = { xeroForM3terOAuth2Api: customConnection(xero) };
});

afterEach(async () => {
	expect(xero.violations).toEqual([]);
	await xero.close();
});

const node = () => new XeroForM3ter();
const chosen = (value: string) => ({ organisation: { __rl: true, mode: 'id', value } });
const run = async (parameters: object, items: object[] = [{}]) => await runNode({ node: node(), parameters: { ...parameters }, credentials, items: items.map((json) => ({ ...json })) });
const contacts = { resource: 'contact', operation: 'getChanged', since: '2020-01-01' };

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

describe('contact: create or get', () => {
	const buyer = (fields: object) => ({ resource: 'contact', operation: 'createOrGet', contactName: 'Globex Ltd', contactNumber: 'globex', contactEmail: 'ap@globex.example', contactCurrency: 'EUR', ...fields });
	const get = async (fields: object = {}) => await run(buyer(fields));

	test('creates once, then finds by number, name or email', async () => {
		const [made] = (await get()).json;
		expect(made).toMatchObject({ created: true, Name: 'Globex Ltd', ContactNumber: 'globex', EmailAddress: 'ap@globex.example', DefaultCurrency: 'EUR' });
		const again = [await get(), await get({ contactNumber: '' }), await get({ contactNumber: '', contactName: 'Globex' })];
		expect(again.map(({ json }) => [json[0].created, json[0].ContactID])).toEqual([[false, made.ContactID], [false, made.ContactID], [false, made.ContactID]]);
		expect(organisation(xero).contacts.size).toBe(2);
	});

	test('follows a merged contact and refuses to guess', async () => {
		const { ContactID } = xero.createContact({ contact: { Name: 'Globex Ltd', ContactNumber: 'globex' } });
		expect((await get({ contactNumber: 'other' })).error).toMatchObject({ message: 'The name belongs to another Xero contact' });
		xero.mergeContact({ id: ContactID, into: CONTACT_ID });
		expect((await get()).json[0]).toMatchObject({ ContactID: CONTACT_ID, created: false });
		for (const Name of ['A', 'B']) xero.createContact({ contact: { Name, EmailAddress: 'shared@globex.example' } });
		expect((await get({ contactName: 'C', contactNumber: '', contactEmail: 'shared@globex.example' })).error).toMatchObject({ message: 'Several Xero contacts have this email address' });
	});
});

test('accepted quotes since a time, and a time that is none', async () => {
	const { id } = xero.createQuote({ quote: { Contact: { ContactID: CONTACT_ID }, LineItems: [{ ItemCode: 'ENTERPRISE', Quantity: 1 }] } });
	xero.acceptQuote({ id });
	const { json } = await run({ resource: 'quote', operation: 'getAccepted', since: '2020-01-01' });
	expect(json).toMatchObject([{ type: 'subscription.created', subscription: { id } }]);
	expect((await run({ resource: 'quote', operation: 'getAccepted', since: 'yesterday' })).error).toMatchObject({ message: "'Changed Since' is not a date" });
});
