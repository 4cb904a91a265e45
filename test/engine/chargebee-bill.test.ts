import { SEEDED } from '../sandbox/chargebee';
import { ChargebeeBills } from './chargebeeBills';
import { m3terCall, manyLines, mappedAccount, usualLines } from './world';

let world: ChargebeeBills;

beforeEach(async () => {
	world = await ChargebeeBills.start();
});
afterEach(async () => await world.stop());

describe('pending invoice', () => {
	test('puts the charges of the bill beside those of the subscription, credits netted, and leaves them alone when sent again', async () => {
		const { invoiceId, parameters } = world.renewed();
		const { id } = world.bill();
		const first = await world.send(id, {}, parameters);
		expect(first).toMatchObject({
			action: 'created',
			document: { type: 'invoice', id: invoiceId, status: 'pending' },
			totals: { bill: '118.40', document: '118.40', difference: '0.00' },
			lines: { added: 3 },
			warnings: [],
		});
		expect(world.chargebee.state.invoices.get(invoiceId)?.sub_total).toBe(9900 + 11_840);
		const [line] = world.linesOf(invoiceId);
		const { startDate, endDate } = world.m3ter.state.bills.get(id) ?? {};
		expect(line).toMatchObject({ entity_type: 'adhoc', date_from: Date.parse(String(startDate)) / 1000, date_to: Date.parse(String(endDate)) / 1000 - 1 });
		const before = world.writes();
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'unchanged', lines: { added: 0, unchanged: 3 }, calls: 3 });
		expect(world.writes()).toBe(before);
	});

	test('changes only the difference when the bill changes', async () => {
		const { invoiceId, parameters } = world.renewed();
		const { id } = world.bill(usualLines.slice(0, 3));
		await world.send(id, {}, parameters);
		const kept = world.linesOf(invoiceId)[0].id;
		const [base, requests] = usualLines;
		world.m3ter.changeBill(id, { lines: [base, { ...requests, amount: 90 }, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
		expect(await world.send(id, {}, parameters)).toMatchObject({
			action: 'updated',
			lines: { added: 1, changed: 1, removed: 1, unchanged: 1 },
			totals: { bill: '386.00', document: '386.00', difference: '0.00' },
		});
		expect(world.linesOf(invoiceId).map(({ id: line }) => line)).toContain(kept);
		expect(world.amountsOf(invoiceId).sort((a, b) => a - b)).toEqual([4600, 9000, 25_000]);
	});

	test('goes back and forth within the 30 minutes in which Chargebee repeats its answers', async () => {
		const { invoiceId, parameters } = world.renewed();
		const { id } = world.bill([{ amount: 10, description: 'API' }]);
		await world.send(id, {}, parameters);
		for (const line of world.linesOf(invoiceId)) await world.byHand(`/invoices/${invoiceId}/delete_line_items`, `line_items[id][0]=${line.id}`);
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		expect(world.amountsOf(invoiceId)).toEqual([1000]);
	});

	test('takes the invoice of the subscription under consolidated invoicing, and names the subscription on each line', async () => {
		await mappedAccount(world.m3ter, 'Chargebee', 'Customer', SEEDED.customers.initech, { code: 'initech', name: 'Initech' });
		const first = world.renewed(SEEDED.customers.initech);
		world.renewed(SEEDED.customers.initech, [{ item_price_id: SEEDED.prices.starter }]);
		const { id } = world.m3ter.createBill({ accountCode: 'initech', lines: usualLines });
		expect(await world.send(id, {}, first.parameters)).toMatchObject({ action: 'created', document: { id: first.invoiceId }, totals: { difference: '0.00' } });
		expect(new Set(world.linesOf(first.invoiceId).map((line) => line.subscription_id))).toEqual(new Set([first.subscriptionId]));
		expect(await world.send(id, {}, first.parameters)).toMatchObject({ action: 'unchanged' });
	});

	test.each([
		['byPeriod', 0],
		['oldest', 0],
		['newest', 1],
	])('with several pending, takes the one that is wanted: %s', async (whichPending, expected) => {
		const { subscriptionId, invoiceId, parameters } = world.renewed();
		const ids = [invoiceId, world.chargebee.renew({ id: subscriptionId })?.id];
		expect(await world.send(world.bill().id, { whichPending }, parameters)).toMatchObject({ document: { id: ids[expected] } });
	});

	test('with several pending, fails on request and names them', async () => {
		const { subscriptionId, invoiceId, parameters } = world.renewed();
		world.chargebee.renew({ id: subscriptionId });
		await expect(world.send(world.bill().id, { whichPending: 'fail' }, parameters)).rejects.toMatchObject({ message: 'There are several pending invoices', description: expect.stringContaining(invoiceId) });
	});

	test('without a pending invoice: fails, skips, waits as unbilled charges, or makes an invoice', async () => {
		const subscription = world.chargebee.createSubscription({});
		const parameters = { subscriptionSource: 'id', subscriptionId: subscription.id };
		const { id } = world.bill();
		await expect(world.send(id, {}, parameters)).rejects.toMatchObject({ message: 'There is no pending invoice to put the bill on', description: expect.stringContaining(subscription.id) });
		expect(await world.send(id, { noPending: 'skip' }, parameters)).toMatchObject({ action: 'skipped', document: null, warnings: [expect.stringContaining('renews')] });
		expect(world.writes()).toBe(0);
		expect(await world.send(world.bill().id, { noPending: 'newInvoice' }, parameters)).toMatchObject({ action: 'created', document: { type: 'invoice', status: 'pending' } });
		const waiting = world.bill(usualLines, { startDate: '2026-01-01', endDate: '2026-02-01' });
		expect(await world.send(waiting.id, { noPending: 'unbilledCharges', whichPending: 'newest' }, { ...parameters, subscriptionId: world.chargebee.createSubscription({}).id })).toMatchObject({
			action: 'created',
			document: { type: 'unbilledCharges' },
			totals: { difference: '0.00' },
		});
	});

	test('closes on request, keeps the final number, and follows a later change as told', async () => {
		const { subscriptionId, invoiceId, parameters } = world.renewed();
		const { id } = world.bill();
		const closed = await world.send(id, { close: true }, parameters);
		expect(closed).toMatchObject({ action: 'created', document: { status: 'posted', number: expect.stringMatching(/^INV-/) }, totals: { difference: '0.00' } });
		expect(invoiceId).toMatch(/^draft_inv_/);
		const next = world.chargebee.renew({ id: subscriptionId });
		expect(await world.send(id, { close: true }, parameters)).toMatchObject({ action: 'unchanged', document: { id: closed.document?.id } });
		expect(world.chargebee.state.invoices.get(next?.id ?? '')?.status).toBe('pending');

		world.m3ter.changeBill(id, { lines: [...usualLines.slice(0, 3), { ...usualLines[3], amount: -9.6 }] });
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'locked', totals: { bill: '128.40', document: '118.40', difference: '-10.00' } });
		await expect(world.send(id, { whenLocked: 'fail' }, parameters)).rejects.toMatchObject({ message: 'The Chargebee invoice is closed and differs from the bill' });
		expect(await world.send(id, { whenLocked: 'adjust' }, parameters)).toMatchObject({ action: 'updated', document: { id: next?.id }, totals: { document: '128.40', difference: '0.00' } });
		expect(world.amountsOf(next?.id ?? '')).toEqual([1000]);
		expect(await world.send(id, { whenLocked: 'adjust' }, parameters)).toMatchObject({ action: 'unchanged' });
	});

	test('a bill of 40 lines takes 43 requests, an unchanged one 3', async () => {
		const { parameters } = world.renewed();
		const { id } = world.bill(manyLines(40));
		expect(await world.send(id, {}, parameters)).toMatchObject({ calls: 43, lines: { added: 40 }, totals: { bill: '8.20', difference: '0.00' } });
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'unchanged', calls: 3 });
	});

	test('an invoice with more lines than one answer carries is read to its end', async () => {
		const { parameters } = world.renewed();
		const { id } = world.bill(manyLines(320));
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'created', lines: { added: 320 }, totals: { difference: '0.00' } });
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'unchanged', lines: { unchanged: 320 } });
	}, 60_000);

	test('finds the subscription by the mapping of the account, as m3ter\'s own integration writes it', async () => {
		const { subscriptionId, invoiceId } = world.renewed();
		const [account] = [...world.m3ter.state.accounts.values()].filter(({ code }) => code === 'acme');
		await m3terCall(world.m3ter, 'POST', '/externalmappings', { m3terEntity: 'Account', m3terId: account.id, externalSystem: 'Chargebee', externalTable: 'Subscription', externalId: subscriptionId });
		expect(await world.send(world.bill().id)).toMatchObject({ document: { id: invoiceId } });
	});

	test('charge items: by item price and period, one per item, re-sent without marker', async () => {
		const { invoiceId, parameters } = world.renewed();
		const { id } = world.bill(usualLines.slice(0, 3));
		const lineMapping = { rows: [{ match: 'USAGE', item: SEEDED.prices.usage }] };
		expect(await world.send(id, { lineMapping }, parameters)).toMatchObject({ action: 'created', lines: { added: 2 }, totals: { document: '138.00', difference: '0.00' } });
		const item = () => world.chargebee.state.invoices.get(invoiceId)?.line_items.filter(({ entity_id }) => entity_id === SEEDED.prices.usage);
		expect(item()).toMatchObject([{ amount: 9200, entity_type: 'charge_item_price', description: 'Usage' }]);
		expect(await world.send(id, { lineMapping }, parameters)).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect(await world.send(id, { lineMapping }, parameters)).toMatchObject({ action: 'updated', lines: { changed: 1 } });
		expect(item()).toMatchObject([{ amount: 8025 }]);
	});

	test('two executions at once add every line once', async () => {
		const { invoiceId, parameters } = world.renewed();
		const { id } = world.bill();
		const results = await Promise.all([world.send(id, {}, parameters), world.send(id, {}, parameters), world.send(id, {}, parameters)]);
		expect(results.map(({ totals }) => totals.difference)).toEqual(['0.00', '0.00', '0.00']);
		expect(world.amountsOf(invoiceId)).toHaveLength(3);
	});

	test('bills of one customer in one run never meet Chargebee\'s lock', async () => {
		world.chargebee.configure({ processingMs: 15 });
		const { parameters } = world.renewed();
		const { json } = await world.run('send', [world.bill().id, world.bill().id, world.bill().id], parameters);
		expect(json.map(({ action }) => action)).toEqual(['created', 'created', 'created']);
		expect(world.chargebee.requests.filter(({ status }) => status === 429)).toEqual([]);
	});
});
