import { XeroForM3terPollingTrigger } from '../../nodes/Xero/XeroForM3terPollingTrigger.node';
import { XeroForM3terTrigger } from '../../nodes/Xero/XeroForM3terTrigger.node';
import { subscriptionEventSchema } from '../../nodes/shared/subscriptionEvent';
import { CONTACT_ID, SECOND_TENANT_ID, startXeroSandbox, TENANT_ID, WEBHOOK_KEY, webhookSignature, type XeroSandbox } from '../sandbox/xero';
import { Trigger, type Received } from './harness';
import { customConnection, webApp } from './xero-setup';

let xero: XeroSandbox;

beforeEach(async () => {
	xero = await startXeroSandbox();
});

afterEach(async () => {
	expect(xero.violations).toEqual([]);
	await xero.close();
});

const contact = (Name = 'Globex Ltd', fields: object = {}) => xero.createContact({ contact: { Name, EmailAddress: 'ap@globex.example', ContactNumber: 'globex', ...fields } });

describe('webhook', () => {
	let sequence = 1;

	const trigger = (parameters: object = {}, credential = customConnection(xero)) =>
		new Trigger({ node: new XeroForM3terTrigger(), parameters: { ...parameters }, credentials: { xeroForM3terOAuth2Api: credential } });

	const event = (resourceId: string, eventType = 'CREATE', fields: object = {}) => ({
		resourceUrl: `${xero.url}/api.xro/2.0/Contacts/${resourceId}`,
		resourceId,
		tenantId: TENANT_ID,
		tenantType: 'ORGANISATION',
		eventCategory: 'CONTACT',
		eventType,
		eventDateUtc: '2026-05-02T10:15:30.123',
		...fields,
	});

	async function deliver(target: Trigger, events: object[], { key = WEBHOOK_KEY, body = '' } = {}): Promise<Received> {
		const text = body || JSON.stringify({ events, firstEventSequence: events.length && sequence, lastEventSequence: events.length && (sequence += events.length) - 1, entropy: 'TEST' });
		return await target.receive({ body: text, headers: { 'content-type': 'application/json', 'x-xero-signature': webhookSignature(key, text) } });
	}

	test('answers the intent to receive as Xero wants: 200 or 401, empty, and starts nothing', async () => {
		const target = trigger();
		expect(await deliver(target, [])).toEqual({ status: 200, body: '', items: undefined });
		expect(await deliver(target, [], { key: 'wrong' })).toEqual({ status: 401, body: '', items: undefined });
		expect(await target.receive({ body: '{"events":[]}' })).toMatchObject({ status: 401 });
		expect(xero.requests).toEqual([]);
	});

	test('turns a new contact into a customer without a sale, read afresh', async () => {
		const made = contact('Globex Ltd', { Addresses: [{ AddressType: 'POBOX', AddressLine1: '1 Main St', City: 'Leeds', Country: 'United Kingdom' }], DefaultCurrency: 'GBP' });
		const { status, body, items } = await deliver(trigger(), [event(made.ContactID)]);
		expect([status, body, items?.length]).toEqual([200, '', 1]);
		expect(subscriptionEventSchema.parse(items?.[0].json)).toMatchObject({
			type: 'subscription.created',
			system: 'Xero',
			occurredAt: '2026-05-02T10:15:30.123Z',
			customer: { id: made.ContactID, name: 'Globex Ltd', email: 'ap@globex.example', currency: 'GBP', accountCode: 'globex', address: { addressLine1: '1 Main St', locality: 'Leeds', country: 'United Kingdom' } },
			subscription: { id: made.ContactID, status: 'active', items: [] },
		});
	});

	test('collapses what one delivery says twice, and knows a delivery again', async () => {
		const made = contact();
		const target = trigger();
		const events = [event(made.ContactID), event(made.ContactID, 'UPDATE', { eventDateUtc: '2026-05-02T10:15:31' }), event(CONTACT_ID, 'UPDATE')];
		const { items } = await deliver(target, events);
		expect(items?.map(({ json }) => [json.type, (json.customer as { id: string }).id])).toEqual([['subscription.created', made.ContactID], ['customer.updated', CONTACT_ID]]);
		expect(await deliver(target, events)).toMatchObject({ status: 200, items: undefined });
		expect(xero.requests.filter(({ path }) => path.endsWith('/Contacts'))).toHaveLength(1);
	});

	test('ignores other organisations, other categories and events that are not asked for', async () => {
		const target = trigger({ organisation: { __rl: true, mode: 'id', value: TENANT_ID }, events: ['UPDATE'] }, webApp(xero));
		const events = [event(CONTACT_ID, 'UPDATE', { tenantId: SECOND_TENANT_ID }), event(CONTACT_ID, 'UPDATE', { eventCategory: 'INVOICE' }), event(CONTACT_ID, 'CREATE')];
		expect(await deliver(target, events)).toMatchObject({ status: 200, items: undefined });
		expect(xero.requests).toEqual([]);
	});

	test('is not confirmed when Xero cannot be read, and taken when it comes again', async () => {
		const target = trigger({ organisation: { __rl: true, mode: 'id', value: TENANT_ID } });
		xero.addFault({ path: /Contacts/, kind: 'status', status: 503 });
		expect(await deliver(target, [event(CONTACT_ID)])).toEqual({ status: 500, body: '', items: undefined });
		expect((await deliver(target, [event(CONTACT_ID)])).items).toHaveLength(1);
	});

	test('asks for the webhook key when the workflow is activated', async () => {
		expect(await trigger().checkExists()).toBe(true);
		await expect(trigger({}, { ...customConnection(xero), webhookSecret: '' }).checkExists()).rejects.toMatchObject({ message: 'The Xero credential has no webhook key', description: expect.stringContaining('portal') });
	});
});

describe('polling', () => {
	const trigger = (parameters: object = {}, mode: 'trigger' | 'manual' = 'trigger') =>
		new Trigger({ node: new XeroForM3terPollingTrigger(), parameters: { watch: ['quotes', 'contacts'], ...parameters }, credentials: { xeroForM3terOAuth2Api: customConnection(xero) }, mode });

	const quote = (fields: object = {}) =>
		xero.createQuote({
			quote: {
				Contact: { ContactID: CONTACT_ID },
				Date: '2026-05-02',
				CurrencyCode: 'EUR',
				Title: 'Enterprise',
				LineItems: [{ ItemCode: 'ENTERPRISE', Description: 'Enterprise plan', Quantity: 2, UnitAmount: 1200 }, { Description: 'Set-up', Quantity: 1, UnitAmount: 500 }],
				...fields,
			},
		});

	test('gives an accepted quote once, as a sale of its items', async () => {
		const target = trigger({ watch: ['quotes'] });
		expect(await target.poll()).toBeNull();
		const { id, number } = quote();
		expect(await target.poll()).toBeNull();
		xero.acceptQuote({ id });
		const items = await target.poll();
		expect(items).toHaveLength(1);
		expect(subscriptionEventSchema.parse(items?.[0].json)).toMatchObject({
			type: 'subscription.created',
			system: 'Xero',
			customer: { id: CONTACT_ID, name: 'Acme GmbH', accountCode: 'acme', currency: 'EUR' },
			subscription: { id, startDate: '2026-05-02T00:00:00Z', endUnknown: true, items: [{ planRef: 'ENTERPRISE', planCode: 'ENTERPRISE', quantity: 2 }], metadata: { quoteNumber: number, title: 'Enterprise' } },
		});
		expect(await target.poll()).toBeNull();
		xero.advance({ seconds: 2 });
		xero.invoiceQuote({ id });
		expect((await target.poll())?.map(({ json }) => (json.subscription as { id: string }).id)).toEqual([id]);
	});

	test('gives changed contacts to bring accounts up to date', async () => {
		const target = trigger({ watch: ['contacts'] });
		await target.poll();
		xero.advance({ seconds: 2 });
		xero.editContact({ id: CONTACT_ID, changes: { Name: 'Acme Holding' } });
		expect((await target.poll())?.map(({ json }) => [json.type, (json.customer as { name: string }).name])).toEqual([['customer.updated', 'Acme Holding']]);
		expect(await target.poll()).toBeNull();
	});

	test('shows the latest one as an example in the editor', async () => {
		const { id } = quote();
		xero.acceptQuote({ id });
		expect(await trigger({ watch: ['quotes'] }, 'manual').poll()).toHaveLength(1);
	});

	test('says when the day is used up, and when it begins again', async () => {
		xero.addFault({ path: /Quotes/, kind: 'status', status: 429, headers: { 'X-Rate-Limit-Problem': 'day', 'Retry-After': '7200' }, times: Infinity });
		await expect(trigger({ watch: ['quotes'] }).poll()).rejects.toMatchObject({ message: "Xero's daily limit is used up", description: expect.stringMatching(/1,000 for apps on the Starter tier.*UTC/) });
		expect(xero.requests.filter(({ path }) => path.endsWith('/Quotes'))).toHaveLength(1);
	});
});
