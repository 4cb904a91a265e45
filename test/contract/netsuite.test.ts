import { hmacSha256 } from '../../nodes/shared/signature';
import { readNetSuite } from '../demo/flows/netsuiteSteps';
import { CONSUMER_KEY, CONSUMER_SECRET, TOKEN_ID, TOKEN_SECRET } from '../sandbox/netsuite';
import { authorizationHeader } from '../../nodes/NetSuite/tokenBased';
import OAuth from 'oauth-1.0a';
import { NetSuiteWorld } from '../engine/netsuite-setup';
import { manyLines } from '../engine/world';

const library = (realm: string) =>
	new OAuth({ consumer: { key: CONSUMER_KEY, secret: CONSUMER_SECRET }, signature_method: 'HMAC-SHA256', realm, hash_function: (base, key) => hmacSha256(key, base, 'base64') });

const signatureIn = (header: string) => decodeURIComponent(/oauth_signature="([^"]+)"/.exec(header)?.[1] ?? '');

describe('token-based authentication signs as the oauth-1.0a library does', () => {
	test.each([
		['POST', 'https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql?limit=1000&offset=2000'],
		['PUT', 'https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/invoice/eid:m3ter_bill-6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01?replace=item'],
		['GET', "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/customer?q=companyName%20IS%20%22L'Or%C3%A9al%20(Paris)*%22&limit=5"],
		['GET', 'https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/invoice/90121?expandSubResources=true'],
	])('%s %s', (method, url) => {
		const authorized = library('1234567_SB1').authorize({ url, method }, { key: TOKEN_ID, secret: TOKEN_SECRET });
		const keys = { accountId: '1234567_SB1', consumerKey: CONSUMER_KEY, consumerSecret: CONSUMER_SECRET, tokenId: TOKEN_ID, tokenSecret: TOKEN_SECRET };
		const ours = authorizationHeader(keys, { method, url, nonce: authorized.oauth_nonce, timestamp: String(authorized.oauth_timestamp) });
		expect(signatureIn(ours)).toBe(authorized.oauth_signature);
		expect(ours).toMatch(/^OAuth realm="1234567_SB1",/);
	});
});

describe('what the node wrote, read back over the library', () => {
	let world: NetSuiteWorld;

	beforeEach(async () => {
		world = await NetSuiteWorld.open();
	});
	afterEach(async () => {
		expect([...world.m3ter.violations, ...world.netSuite.violations]).toEqual([]);
		await world.close();
	});

	const read = async (type: string, id: string) => await readNetSuite(world.netSuite, `/services/rest/record/v1/${type}/${id}?expandSubResources=true`);

	test('an invoice of 40 lines, to the cent, in order', async () => {
		const { id } = world.bill(manyLines(40), { purchaseOrderNumber: 'PO-1' });
		const { document } = await world.send(id, { lineIdField: 'custcol_m3ter_line_id' });
		const invoice = (await read('invoice', document?.id ?? '')) as { total: number; item: { items: Array<{ amount: number; description: string; custcol_m3ter_line_id: string }> } };
		expect(invoice).toMatchObject({ externalId: `m3ter_bill-${id}`, entity: { id: '887' }, currency: { refName: 'US Dollar' }, otherRefNum: 'PO-1', approvalStatus: { id: '1' }, total: 8.2 });
		expect(invoice.item.items.map(({ amount }) => amount)).toEqual(Array.from({ length: 40 }, (_line, index) => (index + 1) / 100));
		expect(new Set(invoice.item.items.map((line) => line.custcol_m3ter_line_id)).size).toBe(40);
	});

	test('a credit memo for a negative bill', async () => {
		const { id } = world.bill([{ amount: -30.1, description: 'Refund' }, { amount: 0.1, description: 'Usage' }]);
		const { document } = await world.send(id);
		expect(await read('creditMemo', document?.id ?? '')).toMatchObject({ externalId: `m3ter_bill-${id}`, total: 30, item: { items: [{ amount: 30.1 }, { amount: -0.1 }] } });
	});

	test('the record service finds it by external id', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id);
		expect(await readNetSuite(world.netSuite, `/services/rest/record/v1/invoice?q=externalId%20IS%20%22m3ter_bill-${id}%22`)).toMatchObject({ items: [{ id: document?.id }] });
	});
});
