/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { isSigned } from '../../nodes/QuickBooks/receive';
import { QuickBooksForM3terTrigger } from '../../nodes/QuickBooks/QuickBooksForM3terTrigger.node';
import { subscriptionEventSchema } from '../../nodes/shared/subscriptionEvent';
import { CUSTOMER_ID, startQuickBooksSandbox, UK_REALM_ID, US_REALM_ID, VERIFIER_TOKEN, webhookSignature, type QuickBooksSandbox } from '../sandbox/quickbooks';
import { cloudEvents, legacyBody, type Change } from '../sandbox/quickbooks/webhooks';
import { Trigger, type Received } from './harness';
import { quickBooksCredential } from './quickbooks-setup';

let quickBooks: QuickBooksSandbox;
let trigger: Trigger;

beforeEach(async () => {
	quickBooks = await startQuickBooksSandbox();
	trigger = open();
});

afterEach(async () => {
	expect(quickBooks.violations).toEqual([]);
	await quickBooks.close();
});

const open = (parameters: object = {}) =>
	new Trigger({
		node: new QuickBooksForM3terTrigger(),
		parameters: { entities: ['Customer', 'Estimate'], ...parameters },
		credentials: { quickBooksForM3terOAuth2Api: quickBooksCredential(quickBooks) },
	});

const line = (item: string, fields: object = {}) => ({ DetailType: 'SalesItemLineDetail' as const, Amount: 1200, SalesItemLineDetail: { ItemRef: { value: item }, Qty: 1, UnitPrice: 1200, ...fields } });

/** What a trigger gave out stays known for as long as the process lives, so no two estimates are alike. */
let estimates = 1000;

const estimate = (fields: object = {}, realmId = US_REALM_ID) =>
	quickBooks.createEstimate({ realmId, document: { CustomerRef: { value: CUSTOMER_ID }, DocNumber: `E-${++estimates}`, TxnDate: '2026-10-04', Line: [line('30')], ...fields } as never });

const change = (name: Change['name'], id: string, operation: Change['operation'] = 'Update', fields: Partial<Change> = {}): Change => ({ realmId: US_REALM_ID, name, id, operation, at: Date.now(), ...fields });

async function deliver(changes: Change[], format: 'cloudevents' | 'legacy' = 'cloudevents', to = trigger): Promise<Received> {
	return await deliverBody(JSON.stringify(format === 'legacy' ? legacyBody(changes) : cloudEvents(changes)), to);
}

async function deliverBody(body: string, to = trigger): Promise<Received> {
	return await to.receive({ body, headers: { 'content-type': 'application/json', 'intuit-signature': webhookSignature(VERIFIER_TOKEN, body) } });
}

const sales = ({ items = [] }: Received) => items.map(({ json }) => subscriptionEventSchema.parse(json));

describe('estimates', () => {
	test.each(['cloudevents', 'legacy'] as const)('an accepted estimate is a sale, once (%s)', async (format) => {
		const { Id } = estimate();
		expect((await deliver([change('Estimate', Id, 'Create')], format)).items).toBeUndefined();
		quickBooks.acceptEstimate({ realmId: US_REALM_ID, id: Id });
		const [sale] = sales(await deliver([change('Estimate', Id)], format));
		expect(sale).toMatchObject({
			type: 'subscription.updated',
			system: 'QuickBooks',
			customer: { id: CUSTOMER_ID, name: 'Example Ltd', email: 'billing@customer.example', currency: 'USD' },
			subscription: {
				id: Id,
				status: 'active',
				items: [{ planRef: '30', planCode: 'ENTERPRISE', name: 'Enterprise plan', quantity: 1 }],
				metadata: { realmId: US_REALM_ID, docNumber: `E-${estimates}`, txnStatus: 'Accepted', acceptedBy: 'J. Doe' },
			},
		});
		expect(sale.subscription?.startDate).toMatch(/T00:00:00\.000Z$/);
		// Printed or mailed: another event, nothing new.
		expect((await deliver([change('Estimate', Id, 'Emailed', { at: Date.now() + 5000 })], format)).items).toBeUndefined();
	});

	test('starts on the earliest service date, follows changes, and ends when it is rejected', async () => {
		trigger = open({ statuses: ['Accepted', 'Closed', 'Rejected'] });
		const { Id } = estimate({ Line: [line('30', { ServiceDate: '2026-11-15' }), line('21', { ServiceDate: '2026-11-01' })] });
		quickBooks.acceptEstimate({ realmId: US_REALM_ID, id: Id });
		const [first] = sales(await deliver([change('Estimate', Id)]));
		expect(first.subscription).toMatchObject({ startDate: '2026-11-01T00:00:00.000Z', items: [{ planRef: '30' }, { planRef: '21', planCode: undefined }] });
		quickBooks.invoiceEstimate({ realmId: US_REALM_ID, id: Id });
		expect(sales(await deliver([change('Estimate', Id)]))).toMatchObject([{ type: 'subscription.updated', subscription: { status: 'active', metadata: { txnStatus: 'Closed' } } }]);
		quickBooks.rejectEstimate({ realmId: US_REALM_ID, id: Id });
		const [end] = sales(await deliver([change('Estimate', Id)]));
		expect(end).toMatchObject({ type: 'subscription.ended', subscription: { status: 'ended' } });
		expect(end.subscription?.endDate).toBeUndefined();
		// Back to what it was before the rejection is news again.
		quickBooks.acceptEstimate({ realmId: US_REALM_ID, id: Id });
		expect(sales(await deliver([change('Estimate', Id)]))).toMatchObject([{ subscription: { status: 'active' } }]);
	});

	test('an estimate that is invoiced before its acceptance is read is a sale all the same', async () => {
		const { Id } = estimate();
		quickBooks.acceptEstimate({ realmId: US_REALM_ID, id: Id });
		const invoice = quickBooks.invoiceEstimate({ realmId: US_REALM_ID, id: Id });
		expect(sales(await deliver([change('Estimate', Id)]))).toMatchObject([{ type: 'subscription.updated', subscription: { id: Id, status: 'active', metadata: { txnStatus: 'Closed', invoiceId: invoice.Id } } }]);
		quickBooks.rejectEstimate({ realmId: US_REALM_ID, id: Id });
		expect((await deliver([change('Estimate', Id)])).items).toBeUndefined();
	});

	test('an estimate that was closed without an invoice is no sale', async () => {
		const { Id } = estimate({ TxnStatus: 'Closed' });
		expect((await deliver([change('Estimate', Id)])).items).toBeUndefined();
		trigger = open({ statuses: ['Accepted', 'Closed'] });
		expect(sales(await deliver([change('Estimate', Id)]))).toMatchObject([{ type: 'subscription.ended', subscription: { status: 'ended' } }]);
	});

	test('an inactive customer or item does no harm, and a record that cannot be read does not hold up the others', async () => {
		const { Id } = quickBooks.createCustomer({ realmId: US_REALM_ID, customer: { DisplayName: 'Gone Co' } });
		const [one, two] = [estimate({ CustomerRef: { value: Id }, TxnStatus: 'Accepted' }).Id, estimate({ TxnStatus: 'Accepted' }).Id];
		quickBooks.deactivateCustomer({ realmId: US_REALM_ID, id: Id });
		quickBooks.deactivateItem({ realmId: US_REALM_ID, id: '30' });
		expect(sales(await deliver([change('Estimate', one), change('Estimate', two)]))).toMatchObject([{ customer: { name: 'Gone Co' }, subscription: { items: [{ planCode: 'ENTERPRISE' }] } }, {}]);
		quickBooks.state.companies.get(US_REALM_ID)?.entities.Customer.delete(Id);
		expect((await deliver([change('Estimate', one), change('Customer', CUSTOMER_ID)])).items).toHaveLength(1);
	});

	test('what is gone is left out', async () => {
		expect(await deliver([change('Estimate', '999'), change('Estimate', '998', 'Delete')])).toMatchObject({ status: 200, items: undefined });
	});
});

describe('customers', () => {
	test('a new one is a sale without items, a changed one an update, an unchanged one nothing', async () => {
		const { Id } = quickBooks.createCustomer({
			realmId: US_REALM_ID,
			customer: { DisplayName: 'New Co', PrimaryEmailAddr: { Address: 'a@new.example, b@new.example' }, BillAddr: { Line1: '1 Road', City: 'Austin', CountrySubDivisionCode: 'TX', PostalCode: '78701', Country: 'USA' } },
		});
		expect(sales(await deliver([change('Customer', Id, 'Create')]))).toMatchObject([
			{
				type: 'subscription.created',
				customer: { id: Id, name: 'New Co', email: 'a@new.example', address: { addressLine1: '1 Road', locality: 'Austin', region: 'TX', postCode: '78701', country: 'USA' } },
				subscription: { id: `customer-${Id}`, status: 'active', items: [] },
			},
		]);
		expect((await deliver([change('Customer', Id, 'Create', { at: Date.now() + 3000 })])).items).toBeUndefined();
		quickBooks.advance({ seconds: 600 });
		trigger = open();
		quickBooks.mergeCustomers({ realmId: US_REALM_ID, id: CUSTOMER_ID, deletedId: Id });
		const company = quickBooks.state.companies.get(US_REALM_ID);
		const kept = company?.entities.Customer.get(CUSTOMER_ID);
		if (kept) kept.MetaData = { ...kept.MetaData, LastUpdatedTime: new Date(Date.now() + 600_000).toISOString() };
		const [merged] = sales(await deliver([change('Customer', CUSTOMER_ID, 'Merge', { deletedId: Id })]));
		expect(merged).toMatchObject({ type: 'customer.updated', customer: { id: CUSTOMER_ID }, subscription: undefined, raw: { operation: 'merged', deletedId: Id } });
	});
});

describe('deliveries', () => {
	test('several companies in one delivery: ours are read in bulk, the others ignored or passed on', async () => {
		const ours = Array.from({ length: 25 }, () => estimate({ TxnStatus: 'Accepted' }).Id);
		const theirs = estimate({ TxnStatus: 'Accepted', Line: [line('30', { TaxCodeRef: { value: '3' } })] }, UK_REALM_ID).Id;
		const changes = [change('Estimate', theirs, 'Update', { realmId: UK_REALM_ID }), ...ours.map((id) => change('Estimate', id)), change('Invoice', '1')];
		const before = quickBooks.requests.length;
		const received = await deliver(changes);
		expect(received.outputs?.map(({ length }) => length)).toEqual([25, 0]);
		expect(quickBooks.requests.length - before).toBe(3);

		const passing = open({ otherCompanies: 'passOn', system: 'QuickBooks US' });
		const both = await deliver(changes, 'legacy', passing);
		expect(both.outputs?.map(({ length }) => length)).toEqual([25, 1]);
		expect(both.outputs?.[1][0].json).toMatchObject({ realmId: UK_REALM_ID, entity: 'Estimate', entityId: theirs, operation: 'updated', format: 'legacy' });
	});

	test('a second delivery of the same events starts nothing', async () => {
		const { Id } = estimate({ TxnStatus: 'Accepted' });
		const body = JSON.stringify(cloudEvents([change('Estimate', Id)]));
		expect((await deliverBody(body)).items).toHaveLength(1);
		const before = quickBooks.requests.length;
		expect(await deliverBody(body)).toMatchObject({ status: 200, items: undefined });
		expect(quickBooks.requests).toHaveLength(before);
	});

	test('what cannot be read now is answered with 503 and taken when it comes again', async () => {
		const { Id } = estimate({ TxnStatus: 'Accepted' });
		const body = JSON.stringify(cloudEvents([change('Estimate', Id)]));
		quickBooks.addFault({ kind: 'status', status: 403, body: { fault: { type: 'AUTHORIZATION', error: [{ code: '3100', message: 'x', detail: 'y' }] } } });
		expect(await deliverBody(body)).toMatchObject({ status: 503, items: undefined });
		expect((await deliverBody(body)).items).toHaveLength(1);
	});

	test('answers within three seconds when QuickBooks does not', async () => {
		const { Id } = estimate({ TxnStatus: 'Accepted' });
		const body = JSON.stringify(cloudEvents([change('Estimate', Id)]));
		quickBooks.addFault({ kind: 'delay', ms: 4000 });
		const start = Date.now();
		expect(await deliverBody(body)).toMatchObject({ status: 503, items: undefined });
		expect(Date.now() - start).toBeLessThan(3000);
		expect((await deliverBody(body)).items).toHaveLength(1);
	});

	test.each([
		['no JSON', '{"a":'],
		['another shape', '{"hello":"world"}'],
		['a time that is none', '[{"id":"1","type":"qbo.estimate.updated.v1","time":"soon","intuitentityid":"1","intuitaccountid":"2","data":{}}]'],
	])('refuses %s with 400', async (_name, body) => {
		expect(await deliverBody(body)).toMatchObject({ status: 400, items: undefined });
	});

	test('lets types it does not know pass without harm', async () => {
		const body = JSON.stringify([{ id: '1', type: 'qbo.changeorder.approved.v2', time: '2026-10-05T09:15:30.123456789Z', intuitentityid: 7, intuitaccountid: US_REALM_ID, data: null }]);
		expect(await deliverBody(body)).toMatchObject({ status: 200, items: undefined });
	});
});

describe('signature', () => {
	test.each([
		['none', undefined],
		['a wrong one', 'AAAA'],
		['one of another body', webhookSignature(VERIFIER_TOKEN, '[]')],
		['one with another token', webhookSignature('somebody', '[ ]')],
	])('401 for %s', async (_name, signature) => {
		expect(await trigger.receive({ body: '[ ]', headers: signature ? { 'intuit-signature': signature } : {} })).toMatchObject({ status: 401, items: undefined });
	});

	test('an empty token verifies nothing, and the workflow does not go live with it', async () => {
		const credential = { ...quickBooksCredential(quickBooks), verifierToken: '' };
		const bare = new Trigger({ node: new QuickBooksForM3terTrigger(), credentials: { quickBooksForM3terOAuth2Api: credential } });
		expect(await bare.receive({ body: '[]', headers: { 'intuit-signature': webhookSignature('', '[]') } })).toMatchObject({ status: 401 });
		await expect(bare.create()).rejects.toMatchObject({ message: 'The credential has no webhook verifier token' });
		expect([await trigger.checkExists(), await trigger.create(), await trigger.delete()]).toEqual([false, true, true]);
	});

	const file = path.join(process.env.M3TER_SPECS_DIR ?? path.join(__dirname, '../../../shared/specs'), 'quickbooks-webhook-vectors.json');
	const ownVector = {
		verifierToken: ['0c6b2f1e', '7d34', '4a9b', '9c58', '2f6de1a7b340'].join('-'),
		vectors: [
			{
				name: 'legacy',
				body: '{"eventNotifications":[{"realmId":"9341452098761234","dataChangeEvent":{"entities":[{"name":"Customer","id":"58","operation":"Create","lastUpdated":"2026-10-05T09:15:30.000Z"}]}}]}',
				intuitSignature: 'LQ39BDMbkNN+ZXNJ/g73FEahNMT6bvDnhhyhV5/99NQ=',
			},
		],
	};
	const read = (): typeof ownVector => {
		try {
			return JSON.parse(readFileSync(file, 'utf8')) as typeof ownVector;
		} catch {
			return ownVector;
		}
	};
	const { verifierToken, vectors } = read();
	test.each(vectors.map((vector) => [vector.name, vector] as const))('vector %s', (_name, { body, intuitSignature }) => {
		expect(isSigned(Buffer.from(body), intuitSignature, verifierToken)).toBe(true);
		expect(isSigned(Buffer.from(`${body} `), intuitSignature, verifierToken)).toBe(false);
	});
});
