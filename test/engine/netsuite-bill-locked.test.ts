import { m3terCall, mappedAccount, usualLines } from './world';
import { certificateCredential, NetSuiteWorld, tokenCredential } from './netsuite-setup';

let world: NetSuiteWorld;

beforeEach(async () => {
	world = await NetSuiteWorld.open();
});

afterEach(async () => {
	expect([...world.m3ter.violations, ...world.netSuite.violations]).toEqual([]);
	await world.close();
});

const [base, requests, storage, credit] = usualLines;
/** A bill of 118.40, sent. */
async function sent(options: object = {}) {
	const { id } = world.bill();
	const { document } = await world.send(id, options);
	return { id, invoice: { id: document?.id ?? '' } };
}
/** The same with 10.00 less credit: 128.40. */
const more = (id: string) => world.m3ter.changeBill(id, { lines: [base, requests, storage, { ...credit, amount: -9.6 }] });

describe('approval', () => {
	test('approves when the bill is approved in m3ter, not before', async () => {
		const { id } = await sent({ approval: 'withBill' });
		expect(world.documents()[0].approvalStatus).toBe('1');
		world.m3ter.approveBill(id);
		expect(await world.send(id, { approval: 'withBill' })).toMatchObject({ action: 'updated', lines: { unchanged: 4, added: 0 }, document: { status: 'Open' } });
		expect(world.documents()[0].approvalStatus).toBe('2');
		expect(await world.send(id, { approval: 'withBill' })).toMatchObject({ action: 'unchanged' });
	});

	test('the operation Approve sends first what is missing', async () => {
		const { id } = world.bill();
		expect(await world.send(id, {}, {}, 'approve')).toMatchObject({ action: 'created', document: { status: 'Open' }, totals: { difference: '0.00' } });
		expect(world.writes()).toEqual([expect.stringMatching(/^PUT/), expect.stringMatching(/^PATCH/)]);
		expect(await world.send(id, {}, {}, 'approve')).toMatchObject({ action: 'unchanged' });
	});

	test('keeps the pending invoice and says so when a workflow reserves approval', async () => {
		world.netSuite.blockApproval({ on: true });
		const { id } = world.bill();
		await expect(world.send(id, { approval: 'approved' })).rejects.toMatchObject({ message: 'NetSuite did not let the document be approved', description: expect.stringMatching(/up to date and pending.*Leave Pending/) });
		expect(world.documents()).toMatchObject([{ approvalStatus: '1', total: 118.4 }]);
		world.netSuite.blockApproval({ on: false });
		expect(await world.send(id, { approval: 'approved' })).toMatchObject({ document: { status: 'Open' } });
		expect(world.documents()).toHaveLength(1);
	});

	test('without approval routing the invoice counts at once and is still rewritten', async () => {
		world.netSuite.setApprovalRouting({ on: false });
		const { id } = world.bill();
		expect(await world.send(id)).toMatchObject({ action: 'created', warnings: [expect.stringContaining('no approval routing')] });
		more(id);
		expect(await world.send(id, { approval: 'none' })).toMatchObject({ action: 'updated', totals: { difference: '0.00' }, warnings: [] });
	});
});

describe('what is final', () => {
	const ways: Array<[string, (invoice: { id: string }) => unknown, RegExp]> = [
		['approved', (invoice) => world.netSuite.approveInvoice(invoice), /approved/],
		['paid', (invoice) => (world.netSuite.approveInvoice(invoice), world.netSuite.payInvoice(invoice)), /paid/],
		['partly paid', (invoice) => (world.netSuite.approveInvoice(invoice), world.netSuite.payInvoice({ ...invoice, amount: 1 })), /paid/],
		['in a closed period', () => world.netSuite.closePeriod({ period: world.documents()[0].tranDate }), /closed period/],
		['in a period with receivables locked', () => world.netSuite.lockReceivables({ period: world.documents()[0].tranDate }), /closed period/],
	];

	test.each(ways)('%s: reported, failed, or followed by the difference in an open period', async (_name, lock, why) => {
		const { id, invoice } = await sent();
		lock(invoice);
		expect(await world.send(id)).toMatchObject({ action: 'unchanged' });
		more(id);
		expect(await world.send(id)).toMatchObject({ action: 'locked', totals: { bill: '128.40', document: '118.40', difference: '-10.00' }, warnings: [expect.stringMatching(why)] });
		await expect(world.send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The NetSuite document is final and differs from the bill', description: expect.stringMatching(why) });
		const adjust = { whenLocked: 'adjust' };
		expect(await world.send(id, adjust)).toMatchObject({ totals: { bill: '128.40', document: '128.40', difference: '0.00' }, lines: { added: 1 } });
		expect(await world.send(id, adjust)).toMatchObject({ action: 'unchanged' });
		const [first, second] = world.documents();
		expect(second).toMatchObject({ externalId: `m3ter_bill-${id}-2`, total: 10, lines: [{ description: expect.stringContaining('Adjustment: Service credit') }] });
		expect(first.total).toBe(118.4);
	});

	test('a difference the other way becomes a credit memo; then the bill returns and it goes again', async () => {
		const { id, invoice } = await sent();
		world.netSuite.approveInvoice(invoice);
		world.m3ter.changeBill(id, { lines: [base, requests] });
		const adjust = { whenLocked: 'adjust' };
		world.m3ter.changeBill(id, { lines: [base] });
		expect(await world.send(id, adjust)).toMatchObject({ document: { type: 'creditMemo' }, totals: { bill: '46.00', document: '46.00', difference: '0.00' } });
		expect(await world.send(id, adjust)).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: usualLines });
		expect(await world.send(id, adjust)).toMatchObject({ totals: { document: '118.40', difference: '0.00' } });
		expect(world.documents()).toHaveLength(1);
	});

	test('a bill of a closed period that was never sent: reported, failed, or dated in the next open one', async () => {
		const { id } = world.bill();
		const day = new Date().toISOString().slice(0, 10);
		const stored = world.m3ter.state.bills.get(id);
		const date = stored?.externalInvoiceDate ?? stored?.billDate ?? day;
		world.netSuite.closePeriod({ period: date });
		expect(await world.send(id)).toMatchObject({ action: 'locked', document: null, warnings: [expect.stringContaining('is closed')] });
		await expect(world.send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The posting period of the bill is closed', description: expect.stringContaining('Open the period') });
		expect(await world.send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		expect(world.documents()[0].tranDate > date).toBe(true);
		expect(world.documents()[0].tranDate).toMatch(/-01$/);
		expect(await world.send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'unchanged' });
	});

	test('a voided or rejected invoice is taken up again only when told to', async () => {
		const voided = await sent();
		world.netSuite.voidInvoice(voided.invoice);
		await expect(world.send(voided.id)).rejects.toMatchObject({ message: 'The NetSuite document of this bill counts no more', description: expect.stringContaining('void') });
		expect(await world.send(voided.id, { whenRemoved: 'recreate' })).toMatchObject({ totals: { difference: '0.00' } });
		expect(world.documents().map(({ externalId }) => externalId)).toEqual([`m3ter_bill-${voided.id}`, `m3ter_bill-${voided.id}-2`]);

		const rejected = await sent();
		world.netSuite.rejectInvoice(rejected.invoice);
		await expect(world.send(rejected.id)).rejects.toMatchObject({ description: expect.stringContaining('rejected') });
		expect(await world.send(rejected.id, { whenRemoved: 'recreate' })).toMatchObject({ action: 'updated', document: { ...rejected.invoice, status: 'Pending Approval' }, totals: { difference: '0.00' } });
	});

	test('a deleted invoice is created again only when told to, and a record of another origin is never touched', async () => {
		const { id, invoice } = await sent();
		world.netSuite.state.transactions.delete(invoice.id);
		await expect(world.send(id)).rejects.toMatchObject({ message: 'The NetSuite document of this bill was deleted', description: expect.stringContaining(id) });
		expect(await world.send(id, { whenRemoved: 'recreate' })).toMatchObject({ action: 'created' });
		const [document] = world.documents();
		document.externalId = 'something-else';
		await expect(world.send(id, { whenRemoved: 'recreate' })).rejects.toMatchObject({ message: 'The ledger points to a NetSuite record of another origin' });
	});
});

describe('what cannot be sent says so, with the bill and what to do', () => {
	test.each<[string, () => string, object, string, RegExp]>([
		['no item', () => world.bill().id, { item: '' }, '4 bill lines have no NetSuite item', /Base fee \(base\).*Line Mapping/],
		['an inactive item', () => world.bill().id, { item: '4013' }, 'NetSuite refused the request', /4013.*IDs differ/],
		['a negative total under "refuse"', () => world.bill([{ amount: -5 }]).id, { negativeTotal: 'refuse' }, 'The bill total is negative', /Create Credit Memo/],
		['body fields that are no JSON', () => world.bill().id, { bodyFields: '[1]' }, "'Additional Body Fields' is not a JSON object", /custbody/],
		['an unknown custom field', () => world.bill().id, { lineIdField: 'custcol_typo' }, 'NetSuite refused the request', /custcol_typo/],
	])('%s', async (_name, make, options, message, description) => {
		await expect(world.send(make(), options)).rejects.toMatchObject({ message, description: expect.stringMatching(description) });
		expect(world.documents()).toHaveLength(0);
	});

	test('a field the form demands', async () => {
		world.netSuite.setMandatoryLineFields({ fields: ['location'] });
		const { id } = world.bill();
		await expect(world.send(id)).rejects.toMatchObject({ description: expect.stringMatching(/enter value\(s\) for: Location.*line mapping/) });
		expect(await world.send(id, { location: '1' })).toMatchObject({ action: 'created' });
	});

	test('a role without the permission, and an account without customer', async () => {
		const account = await mappedAccount(world.m3ter, 'Stripe', 'Customer', 'cus_1', { code: 'globex', name: 'Globex' });
		const bad = world.m3ter.createBill({ accountId: account.id, lines: usualLines }).id;
		const { json, errors } = await world.run('send', [bad, world.bill().id], {}, {}, 'continueErrorOutput');
		expect(json).toHaveLength(1);
		expect(errors[0]).toMatchObject({ error: 'The account has no NetSuite customer', message: expect.stringContaining('globex') });
		world.netSuite.denyRecordType({ type: 'invoice' });
		await expect(world.send(world.bill().id)).rejects.toMatchObject({ message: 'The NetSuite role lacks a permission', httpCode: '403' });
	});
});

describe('sign-in', () => {
	const credential = (change: object) => (world.credentials.netSuiteForM3terApi = { ...certificateCredential(world.netSuite), ...change });

	test('with an RSA certificate, an EC certificate and tokens', async () => {
		for (const data of [certificateCredential(world.netSuite, 'PS256'), certificateCredential(world.netSuite, 'ES256'), tokenCredential(world.netSuite)]) {
			world.credentials.netSuiteForM3terApi = data;
			expect(await world.send(world.bill().id)).toMatchObject({ action: 'created' });
		}
	});

	test('takes the account id in either spelling and a key whose line breaks got lost', async () => {
		const { privateKey } = certificateCredential(world.netSuite);
		credential({ accountId: ' 1234567-sb1 ', privateKey: privateKey.replaceAll('\n', '\\n') });
		expect(await world.send(world.bill().id)).toMatchObject({ action: 'created' });
		credential({ privateKey: privateKey.replaceAll('\n', ' ') });
		expect(await world.send(world.bill().id)).toMatchObject({ action: 'created' });
	});

	test('gets a new token once when NetSuite has forgotten the old one', async () => {
		await world.send(world.bill().id);
		world.netSuite.state.tokens.clear();
		expect(await world.send(world.bill().id)).toMatchObject({ action: 'created' });
		const tokens = world.netSuite.requests.filter(({ path }) => path.endsWith('/oauth2/v1/token'));
		expect(tokens).toHaveLength(2);
	});

	test.each([
		['another client', { clientId: 'nobody' }, 'NetSuite did not accept the certificate', /client ID/],
		['another certificate', { certificateId: ['certificate', 'ps256'].join('-') }, 'NetSuite did not accept the certificate', /private key belongs/],
		['a key that is no key', { privateKey: 'secret' }, "The 'Private Key' of the NetSuite credential cannot be read. It must begin with -----BEGIN PRIVATE KEY----- and must not be encrypted with a passphrase.", /./],
		['wrong tokens', { authentication: 'tokenBased', consumerKey: 'a', consumerSecret: 'b', tokenId: 'c', tokenSecret: 'd' }, 'NetSuite did not accept the sign-in', /Login Audit Trail/],
	])('says what to check for %s', async (_name, change, message, description) => {
		credential(change);
		await expect(world.send(world.bill().id)).rejects.toMatchObject({ message, description: expect.stringMatching(description) });
	});
});

test('the ledger keeps the document of each bill', async () => {
	const { id, invoice } = await sent();
	const { data } = await m3terCall<{ data: Array<{ externalId: string; externalTable: string }> }>(world.m3ter, 'GET', '/externalmappings');
	expect(data.filter((row) => row.externalId === invoice.id)).toEqual([expect.objectContaining({ m3terId: id, externalTable: 'NetSuiteInvoice' })]);
});
