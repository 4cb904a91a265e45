import { ChargebeeForM3ter } from '../../nodes/Chargebee/ChargebeeForM3ter.node';
import { READ_ONLY_KEY, SEEDED } from '../sandbox/chargebee';
import { ChargebeeBills, toNewInvoice } from './chargebeeBills';
import { loadOptions } from './harness';
import { usualLines } from './world';

let world: ChargebeeBills;

beforeEach(async () => {
	world = await ChargebeeBills.start();
});
afterEach(async () => await world.stop());

describe('preview and status write nothing', () => {
	test('preview shows the requests', async () => {
		const { invoiceId, parameters } = world.renewed();
		const { json } = await world.run('preview', [world.bill().id], { ...parameters, options: { close: true } });
		expect((json[0].requests as Array<{ path: string }>).map(({ path }) => path)).toEqual([...Array<string>(3).fill(`/api/v2/invoices/${invoiceId}/add_charge`), `/api/v2/invoices/${invoiceId}/close`]);
		expect(json[0]).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		expect(world.writes()).toBe(0);
	});

	test('status compares', async () => {
		const { parameters } = world.renewed();
		const { id } = world.bill();
		expect((await world.run('getStatus', [id], parameters)).json[0]).toMatchObject({ action: 'skipped', document: null });
		await world.send(id, {}, parameters);
		const before = world.writes();
		expect((await world.run('getStatus', [id], parameters)).json[0]).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect((await world.run('getStatus', [id], parameters)).json[0]).toMatchObject({ action: 'updated', totals: { bill: '126.25', document: '118.40', difference: '-7.85' } });
		expect(world.writes()).toBe(before);
	});
});

describe('what cannot be sent says so, with the bill and what to do', () => {
	describe('a closed invoice of a bill that got cheaper', () => {
		let id: string;
		beforeEach(async () => {
			({ id } = world.bill(usualLines.slice(0, 2)));
			await world.send(id, { close: true }, toNewInvoice);
			world.m3ter.changeBill(id, { lines: usualLines.slice(0, 1) });
		});
		const locked = { action: 'locked', document: { status: 'posted' }, totals: { bill: '46.00', document: '126.25', difference: '80.25' }, warnings: [expect.stringContaining('can no longer be changed')] };
		const preview = async (options: object) => (await world.run('preview', [id], { ...toNewInvoice, options })).json[0];

		test.each([{}, { credits: 'discount' }, { credits: 'promotionalCredit' }])('is locked, not refused for its credits: %j', async (options) => {
			expect(await world.send(id, options, toNewInvoice)).toMatchObject(locked);
			expect(await preview(options)).toMatchObject({ ...locked, requests: [] });
			await expect(world.send(id, { ...options, whenLocked: 'fail' }, toNewInvoice)).rejects.toMatchObject({ message: 'The Chargebee invoice is closed and differs from the bill' });
		});

		test('with Send Difference, needs a place for its credits', async () => {
			const adjust = { whenLocked: 'adjust' };
			await expect(world.send(id, adjust, toNewInvoice)).rejects.toMatchObject({ message: 'The bill has credits that no charge can carry', description: expect.stringContaining('80.25 USD') });
			await expect(world.send(id, { ...adjust, credits: 'discount' }, toNewInvoice)).rejects.toMatchObject({ message: 'The credits of the bill cannot be a discount', description: expect.stringContaining('80.25 USD') });
			expect(await world.send(id, { ...adjust, credits: 'promotionalCredit' }, toNewInvoice)).toMatchObject({ action: 'updated', totals: { document: '46.00', difference: '0.00' } });
		});
	});

	test('a site without metered billing', async () => {
		world.chargebee.configure({ meteredBilling: false });
		await expect(world.send(world.bill().id, {}, toNewInvoice)).rejects.toMatchObject({ message: 'Chargebee refused the request', description: expect.stringMatching(/metered billing/) });
		expect(await world.send(world.bill().id, { close: true }, toNewInvoice)).toMatchObject({ action: 'created' });
	});

	test('a bill in another currency than the invoice', async () => {
		const { parameters } = world.renewed();
		await expect(world.send(world.bill([{ amount: 5 }], { currency: 'EUR' }).id, {}, parameters)).rejects.toMatchObject({ message: 'The Chargebee invoice has another currency than the bill', description: expect.stringMatching(/EUR.*USD/) });
		await expect(world.send(world.bill([{ amount: 5 }], { currency: 'CREDITS' }).id, {}, parameters)).rejects.toMatchObject({ message: 'Chargebee cannot invoice in this currency' });
	});

	test('a refused line is named, with how far it got', async () => {
		const { invoiceId, parameters } = world.renewed();
		world.chargebee.addFault({ method: 'POST', path: /add_charge$/, after: 2, kind: 'status', status: 400, body: { message: 'amount : is too large', api_error_code: 'param_wrong_value', param: 'amount' } });
		const { id } = world.bill();
		await expect(world.send(id, {}, parameters)).rejects.toMatchObject({ description: expect.stringMatching(/Bill line: "Storage.*2 of 3 lines were added/) });
		expect(world.amountsOf(invoiceId)).toHaveLength(2);
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'updated', lines: { added: 1, unchanged: 2 }, totals: { difference: '0.00' } });
	});

	test('an unknown charge item in a bulk call is named by its bill line', async () => {
		const subscription = world.chargebee.createSubscription({});
		const parameters = { target: 'unbilledCharges', subscriptionSource: 'id', subscriptionId: subscription.id, options: { lineMapping: { rows: [{ match: 'acme_storage', item: 'nothing-USD' }] } } };
		const { error } = await world.run('send', [world.bill().id], parameters);
		expect(error).toMatchObject({ description: expect.stringMatching(/nothing-USD.*Bill line: "Storage/) });
	});

	test('wrong keys', async () => {
		const { id } = world.bill();
		world.credentials.chargebeeForM3terApi = { ...world.credentials.chargebeeForM3terApi, apiKey: 'test_nobody' };
		await expect(world.send(id, {}, toNewInvoice)).rejects.toMatchObject({ message: 'Chargebee did not accept the key', httpCode: '401', description: expect.stringContaining(id) });
		world.credentials.chargebeeForM3terApi = { ...world.credentials.chargebeeForM3terApi, apiKey: READ_ONLY_KEY };
		await expect(world.send(id, {}, toNewInvoice)).rejects.toMatchObject({ message: 'The Chargebee key lacks a permission' });
	});

	test('no subscription', async () => {
		await expect(world.send(world.bill().id)).rejects.toMatchObject({ message: 'The account has no Chargebee subscription', description: expect.stringContaining('Sync') });
		await expect(world.send(world.bill().id, {}, { target: 'unbilledCharges', subscriptionSource: 'none' })).rejects.toMatchObject({ message: 'Unbilled charges need a subscription' });
	});

	test('a bill on the invoice of another customer', async () => {
		const { id } = world.bill();
		await world.send(id, { close: true }, toNewInvoice);
		await expect(world.send(id, { close: true }, { ...toNewInvoice, customerSource: 'id', customerId: SEEDED.customers.initech })).rejects.toMatchObject({ message: 'The bill is on the Chargebee invoice of another customer' });
		expect(world.invoices()).toHaveLength(1);
	});
});

describe('product catalog 1.0', () => {
	beforeEach(async () => {
		await world.stop();
		world = await ChargebeeBills.start({ catalog: 'v1' });
	});

	test('pending invoices and unbilled charges take addons', async () => {
		const { parameters } = world.renewed();
		const lineMapping = { rows: [{ match: 'acme_storage', item: SEEDED.prices.usage }] };
		const { id } = world.bill();
		expect(await world.send(id, { lineMapping }, parameters)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		expect(await world.send(id, { lineMapping }, parameters)).toMatchObject({ action: 'unchanged' });
		const other = world.bill().id;
		expect(await world.send(other, { lineMapping }, { ...parameters, target: 'unbilledCharges', subscriptionId: world.chargebee.createSubscription({}).id })).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
	});

	test('new invoices are final', async () => {
		await expect(world.send(world.bill().id, {}, toNewInvoice)).rejects.toMatchObject({ message: 'Product catalog 1.0 has no pending new invoices', description: expect.stringContaining('Close Invoice') });
		const { id } = world.bill();
		expect(await world.send(id, { close: true }, toNewInvoice)).toMatchObject({ action: 'created', document: { status: 'posted' }, totals: { difference: '0.00' } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		expect(await world.send(id, {}, toNewInvoice)).toMatchObject({ action: 'locked' });
	});

	test('lists addons', async () => {
		expect(await loadOptions({ node: new ChargebeeForM3ter(), credentials: world.credentials, method: 'getChargeItems' })).toContainEqual(expect.objectContaining({ value: SEEDED.prices.setup }));
	});
});

test('lists charge items with their currency', async () => {
	const options = await loadOptions({ node: new ChargebeeForM3ter(), credentials: world.credentials, method: 'getChargeItems' });
	expect(options.map(({ value }) => value)).toEqual(['', SEEDED.prices.setup, SEEDED.prices.usageEur, SEEDED.prices.usage]);
});
