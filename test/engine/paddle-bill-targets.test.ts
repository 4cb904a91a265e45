import { PaddleBills } from './paddleBills';
import { manyLines, usualLines } from './world';

let world: PaddleBills;

beforeEach(async () => {
	world = await PaddleBills.start();
});
afterEach(async () => await world.stop());

const [base, requests, storage, credit] = usualLines;

describe('draft transaction', () => {
	const target = { target: 'transaction' };
	const send = async (id: string, options: object = {}) => await world.send(id, options, target);

	test('makes one, for the customer\'s address and business, and leaves it alone when sent again', async () => {
		const { id } = world.bill(usualLines, { purchaseOrderNumber: 'PO-7' });
		const first = await send(id, { additionalInformation: 'Thank you' });
		expect(first).toMatchObject({ action: 'created', document: { type: 'transaction', status: 'ready' }, totals: { bill: '118.40', document: '118.40', difference: '0.00' }, lines: { added: 3 }, calls: 5, warnings: [] });
		const [transaction] = world.transactionsOf(id);
		expect(transaction).toMatchObject({
			id: first.document?.id,
			address_id: world.seed.addresses.acme.id,
			business_id: world.seed.businesses.acme.id,
			collection_mode: 'manual',
			billing_details: { purchase_order_number: 'PO-7', additional_information: 'Thank you', payment_terms: { interval: 'day' } },
			details: { totals: { subtotal: '11840' } },
		});
		const writes = world.writes();
		expect(await send(id, { additionalInformation: 'Thank you' })).toMatchObject({ action: 'unchanged', calls: 1, lines: { unchanged: 3 } });
		expect(world.writes()).toBe(writes);
	});

	test('corrects the same one line by line, keeping items added by hand', async () => {
		const { id } = world.bill([base, requests]);
		const { document } = await send(id);
		const [transaction] = world.transactionsOf(id);
		const items = transaction.items.map(({ price }) => ({ quantity: 1, price: { description: price.description, name: price.name, product_id: price.product_id, unit_price: price.unit_price, quantity: price.quantity, custom_data: price.custom_data } }));
		await world.byHand('PATCH', `/transactions/${document?.id}`, { items: [...items, { price_id: world.seed.prices.setup.id, quantity: 1 }] });
		world.m3ter.changeBill(id, { lines: [{ ...base, amount: 50 }, storage] });
		const result = await send(id);
		expect(result).toMatchObject({ action: 'updated', document: { id: document?.id }, lines: { added: 1, changed: 1, removed: 1 }, totals: { bill: '61.75', document: '311.75', difference: '250.00' } });
		expect(result.warnings).toEqual([expect.stringContaining('added by hand')]);
		expect(world.transactionsOf(id)[0].details.totals.subtotal).toBe(String(6175 + 25000));
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
	});

	test('issues the invoice on request; then a change is locked, fails, or becomes a draft for the difference', async () => {
		const { id } = world.bill([base, storage]);
		expect(await send(id, { issue: true })).toMatchObject({ action: 'created', document: { status: 'billed', number: expect.stringMatching(/\d/) } });
		expect(await send(id, { issue: true })).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: [{ ...base, amount: 50 }, storage] });
		expect(await send(id)).toMatchObject({ action: 'locked', totals: { bill: '61.75', document: '57.75', difference: '-4.00' } });
		await expect(send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The Paddle transaction is issued and differs from the bill' });
		const adjust = { whenLocked: 'adjust' };
		expect(await send(id, adjust)).toMatchObject({ action: 'created', lines: { added: 1 }, totals: { bill: '61.75', document: '61.75', difference: '0.00' } });
		expect(await send(id, adjust)).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: [base] });
		expect(await send(id, adjust)).toMatchObject({ action: 'locked', totals: { document: '57.75', difference: '11.75' }, warnings: [expect.stringMatching(/11\.75 USD too much.*adjustment/)] });
		expect(world.transactionsOf(id).map(({ status }) => status)).toEqual(['billed', 'canceled']);
	});

	test('an issued difference counts together with the invoice before, whatever the option says, and the newest is the document', async () => {
		const { id } = world.bill([base, storage]);
		await send(id, { issue: true });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'unchanged', document: { status: 'billed' } });
		world.m3ter.changeBill(id, { lines: [{ ...base, amount: 50 }, storage] });
		const adjusted = await send(id, { whenLocked: 'adjust', issue: true });
		expect(adjusted).toMatchObject({ action: 'created', document: { status: 'billed', number: expect.stringMatching(/\d/) }, totals: { document: '61.75', difference: '0.00' } });
		const settled = { document: { id: adjusted.document?.id }, totals: { document: '61.75', difference: '0.00' } };
		for (const options of [{}, { whenLocked: 'fail' }, { whenLocked: 'adjust' }]) {
			expect(await send(id, options)).toMatchObject({ action: 'unchanged', ...settled });
			expect(await world.perform('getStatus', id, options, target)).toMatchObject({ action: 'unchanged', ...settled });
		}
		world.m3ter.changeBill(id, { lines: [base, storage] });
		const locked = { action: 'locked', document: settled.document, totals: { bill: '57.75', document: '61.75', difference: '4.00' } };
		expect(await world.perform('getStatus', id, {}, target)).toMatchObject(locked);
		expect(await send(id)).toMatchObject(locked);
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ ...locked, warnings: [expect.stringContaining('4.00 USD too much')] });
		await expect(send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The Paddle transaction is issued and differs from the bill' });
	});

	test('an issued difference is found although the ledger still names the invoice before', async () => {
		const { id } = world.bill([base]);
		await send(id, { issue: true });
		const [mapping] = [...world.m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill');
		const first = mapping.externalId;
		world.m3ter.changeBill(id, { lines: [base, storage] });
		const { document } = await send(id, { whenLocked: 'adjust', issue: true });
		mapping.externalId = first;
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { id: document?.id }, totals: { document: '57.75', difference: '0.00' } });
	});

	test('is locked, not refused for its credits, when the bill went below zero after it was issued', async () => {
		const { id } = world.bill([base]);
		await send(id, { issue: true });
		world.m3ter.changeBill(id, { lines: [credit] });
		const locked = { action: 'locked', document: { status: 'billed' }, totals: { bill: '-19.60', document: '46.00', difference: '65.60' } };
		expect(await send(id)).toMatchObject(locked);
		expect(await world.perform('getStatus', id, {}, target)).toMatchObject(locked);
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ ...locked, warnings: [expect.stringContaining('65.60 USD too much')] });
	});

	test.each([false, true])('one of another customer is not billed again (issued: %s)', async (issue) => {
		const { id } = world.bill([base]);
		await send(id, { issue });
		const other = { ...target, customerSource: 'id', customerId: world.seed.customers.initech.id };
		await expect(world.send(id, { whenLocked: 'adjust', whenRemoved: 'recreate' }, other)).rejects.toMatchObject({ message: 'The Paddle transaction of this bill has another customer' });
		expect(world.transactionsOf(id)).toHaveLength(1);
	});

	test('finds it without the ledger; creates a canceled one again only when told to', async () => {
		const { id } = world.bill();
		const { document } = await send(id);
		world.forgetLedger();
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { id: document?.id } });
		world.paddle.cancelTransaction({ id: document?.id ?? '' });
		await expect(send(id)).rejects.toMatchObject({ message: 'The Paddle transaction of this bill was canceled', description: expect.stringContaining('Create Again') });
		expect(await send(id, { whenRemoved: 'recreate' })).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
	});

	test('drafts of the same bill that others made are canceled, all but the oldest', async () => {
		const { id } = world.bill();
		const { document } = await send(id);
		const { custom_data: marks } = world.transactionsOf(id)[0];
		await world.byHand('POST', '/transactions', { customer_id: world.seed.customers.acme.id, custom_data: marks, items: [{ price_id: world.seed.prices.setup.id, quantity: 1 }] });
		world.forgetLedger();
		expect(await send(id)).toMatchObject({ document: { id: document?.id }, totals: { difference: '0.00' } });
		expect(world.transactionsOf(id).map(({ status }) => status)).toEqual(['ready', 'canceled']);
	});

	test('two executions at once make one', async () => {
		const { id } = world.bill();
		await Promise.all([send(id), send(id), send(id)]);
		expect(world.transactionsOf(id)).toHaveLength(1);
	});

	test('a bill that became empty cancels its draft', async () => {
		const { id } = world.bill([base]);
		await send(id);
		world.m3ter.changeBill(id, { lines: [] });
		expect(await send(id)).toMatchObject({ action: 'updated', document: null, totals: { bill: '0.00', document: '0.00' } });
		expect(world.transactionsOf(id)[0].status).toBe('canceled');
		expect(await send(id)).toMatchObject({ action: 'skipped' });
	});

	test('a bill that was empty once and is not any more gets a draft again, with and without the ledger', async () => {
		const { id } = world.bill([base]);
		await send(id);
		for (const lines of [[storage], [base, storage]]) {
			world.m3ter.changeBill(id, { lines: [] });
			expect(await send(id)).toMatchObject({ action: 'updated', document: null });
			world.m3ter.changeBill(id, { lines });
			expect(await send(id)).toMatchObject({ action: 'created', document: { status: 'ready' }, totals: { difference: '0.00' } });
			expect(await send(id)).toMatchObject({ action: 'unchanged' });
			world.forgetLedger();
		}
		expect(world.transactionsOf(id).map(({ status }) => status)).toEqual(['canceled', 'canceled', 'ready']);
	});

	test('a draft that was about to be canceled as empty, and then was not, is no exception any more', async () => {
		const { id } = world.bill([base]);
		const { document } = await send(id);
		world.m3ter.changeBill(id, { lines: [] });
		world.paddle.addFault({ method: 'PATCH', after: 1, kind: 'status', status: 400, body: { error: { code: 'bad_request', detail: 'not now' } } });
		await expect(send(id)).rejects.toMatchObject({ message: 'Paddle refused the request' });
		world.m3ter.changeBill(id, { lines: [base] });
		expect(await send(id)).toMatchObject({ action: 'updated', document: { id: document?.id, status: 'ready' }, totals: { difference: '0.00' } });
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
		world.paddle.cancelTransaction({ id: document?.id ?? '' });
		await expect(send(id)).rejects.toMatchObject({ message: 'The Paddle transaction of this bill was canceled' });
	});

	test('a bill of 40 lines takes 5 requests, unchanged 1', async () => {
		const { id } = world.bill(manyLines(40));
		expect(await send(id)).toMatchObject({ action: 'created', calls: 5, lines: { added: 40 }, totals: { bill: '8.20', difference: '0.00' } });
		expect(await send(id)).toMatchObject({ action: 'unchanged', calls: 1 });
	});

	test('other currencies than an invoice has are collected automatically', async () => {
		const { id } = world.bill([{ amount: 100 }], { currency: 'JPY' });
		await expect(send(id)).rejects.toMatchObject({ message: 'Paddle issues no invoices in this currency', description: expect.stringContaining('Collection Mode') });
		expect(await send(id, { collectionMode: 'automatic' })).toMatchObject({ action: 'created', totals: { bill: '100', document: '100', difference: '0' } });
	});

	test('previews and tells the status without writing', async () => {
		const { id } = world.bill();
		const before = world.writes();
		expect(await world.perform('preview', id, { issue: true }, target)).toMatchObject({
			action: 'created',
			totals: { document: '118.40' },
			requests: [{ method: 'POST', path: '/transactions' }, { method: 'PATCH', path: '/transactions/{transaction}', body: { status: 'billed' } }],
		});
		expect(await world.perform('getStatus', id, {}, target)).toMatchObject({ action: 'skipped', document: null });
		expect(world.writes()).toBe(before);
		await send(id);
		world.m3ter.changeBill(id, { lines: [base] });
		expect(await world.perform('getStatus', id, {}, target)).toMatchObject({ action: 'updated', totals: { bill: '46.00', document: '118.40', difference: '72.40' } });
	});
});

describe('Paddle Classic modifiers', () => {
	const classic = () => [...world.paddle.state.classic.modifiers.values()];
	const amounts = () => classic().map(({ amount }) => amount);
	const ledger = () => [...world.m3ter.state.externalMappings.values()].flatMap(({ m3terEntity, externalId }) => (m3terEntity === 'Bill' ? [externalId] : []));
	const send = async (id: string, options: object = {}) => await world.send(id, options, world.modifiers.parameters);

	test('one per line, credits included, for the next payment only', async () => {
		const { id } = world.bill();
		expect(await send(id)).toMatchObject({ action: 'created', document: { type: 'modifiers', status: 'waiting' }, totals: { bill: '118.40', document: '118.40', difference: '0.00' }, lines: { added: 4 }, calls: 8 });
		expect(classic()[0]).toMatchObject({ amount: 46, is_recurring: false, description: expect.stringMatching(/^Base fee \[m3ter:/) });
		expect(amounts()).toEqual([46, 80.25, 11.75, -19.6]);
		const writes = world.writes();
		expect(await send(id)).toMatchObject({ action: 'unchanged', calls: 2, lines: { unchanged: 4 } });
		expect(world.writes()).toBe(writes);
	});

	test('a re-approved bill corrects the modifiers that wait, and leaves those of others', async () => {
		const { id } = world.bill();
		await send(id);
		await send(world.bill([storage]).id);
		world.m3ter.changeBill(id, { lines: [{ ...base, amount: 50 }, requests, credit] });
		expect(await send(id)).toMatchObject({ action: 'updated', lines: { changed: 1, removed: 1, unchanged: 2 }, totals: { bill: '110.65', document: '110.65', difference: '0.00' } });
		expect(amounts().sort((a, b) => a - b)).toEqual([-19.6, 11.75, 50, 80.25]);
		expect(ledger()).toContain(`${world.modifiers.id}/none/11065/0`);
		world.m3ter.changeBill(id, { lines: [{ ...base, amount: 130.25 }, credit] });
		expect(await send(id)).toMatchObject({ action: 'updated', totals: { bill: '110.65', difference: '0.00' } });
		expect(ledger()).toContain(`${world.modifiers.id}/none/11065/0`);
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
	});

	test('what a payment took is not sent again; a later change is locked, fails, or follows as a difference, up or down', async () => {
		const { id } = world.bill();
		await send(id);
		expect(world.paddle.takeClassicPayment({ id: world.modifiers.id }).amount).toBe(99 + 118.4);
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { status: 'billed' }, totals: { document: '118.40', difference: '0.00' } });
		expect(classic()).toEqual([]);
		world.m3ter.changeBill(id, { lines: [base, storage] });
		expect(await send(id)).toMatchObject({ action: 'locked', totals: { bill: '57.75', document: '118.40', difference: '60.65' } });
		await expect(send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The Paddle modifiers were billed and differ from the bill' });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'updated', lines: { added: 1 }, totals: { document: '57.75', difference: '0.00' } });
		expect(amounts()).toEqual([-60.65]);
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: [base] });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'updated', totals: { bill: '46.00', difference: '0.00' } });
		expect(amounts()).toEqual([-72.4]);
		world.paddle.advanceTime({ seconds: 31 * 86_400 });
		world.paddle.takeClassicPayment({ id: world.modifiers.id });
		expect(await send(id)).toMatchObject({ action: 'unchanged', totals: { document: '46.00' } });
	});

	test('a run that died half-way, before the ledger, is completed', async () => {
		const { id } = world.bill();
		await send(id);
		world.forgetLedger();
		const [first] = classic();
		world.paddle.state.classic.modifiers.delete(first.modifier_id);
		expect(await send(id)).toMatchObject({ action: 'updated', lines: { added: 1 }, totals: { difference: '0.00' } });
		expect(amounts().sort((a, b) => a - b)).toEqual([-19.6, 11.75, 46, 80.25]);
	});

	test('nothing is created when m3ter does not take the ledger entry, which alone remembers what a payment took', async () => {
		const { id } = world.bill();
		world.m3ter.addFault({ method: 'POST', path: /externalmappings$/, kind: 'status', status: 400, body: { message: 'Bill cannot be mapped' } });
		await expect(send(id)).rejects.toMatchObject({ message: 'The ledger entry of the bill could not be written', description: expect.stringMatching(/Bill cannot be mapped/) });
		expect(world.writes()).toBe(0);
		expect(await send(id)).toMatchObject({ action: 'created', totals: { difference: '0.00' }, warnings: [] });
		expect(ledger()).toEqual([`${world.modifiers.id}/none/11840/0`]);
	});

	test('modifiers that wait without a ledger entry are reported with what that means', async () => {
		const { id } = world.bill();
		await send(id);
		world.forgetLedger();
		world.m3ter.addFault({ method: 'POST', path: /externalmappings$/, kind: 'status', status: 400, body: { message: 'Bill cannot be mapped' } });
		expect(await send(id)).toMatchObject({ action: 'unchanged', warnings: [expect.stringMatching(/Bill cannot be mapped.*would charge it again/)] });
	});

	test('after a payment that came while a run was broken off, nobody guesses what it took', async () => {
		const { id } = world.bill();
		world.paddle.addFault({ method: 'POST', path: /modifiers\/create$/, after: 2, kind: 'status', status: 400, times: Infinity });
		await expect(send(id)).rejects.toMatchObject({ message: 'Paddle refused the request' });
		expect(amounts()).toEqual([46, 80.25]);
		world.paddle.clearFaults();
		const { date } = world.paddle.takeClassicPayment({ id: world.modifiers.id });
		const adjust = { whenLocked: 'adjust' };
		await expect(send(id, adjust)).rejects.toMatchObject({ message: 'It is not known what a payment took of the bill', description: expect.stringContaining(`"${world.modifiers.id}/${date}/0/`) });
		expect(classic()).toEqual([]);
		const [mapping] = [...world.m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill');
		mapping.externalId = `${world.modifiers.id}/${date}/0/12625`;
		expect(await send(id, adjust)).toMatchObject({ action: 'updated', lines: { added: 1 }, totals: { document: '118.40', difference: '0.00' } });
		expect(amounts()).toEqual([-7.85]);
	});

	test('surplus modifiers of executions at the same moment are removed', async () => {
		const { id } = world.bill([base]);
		await send(id);
		const [original] = classic();
		world.paddle.state.classic.modifiers.set(999_999, { ...original, modifier_id: 999_999 });
		expect(await send(id)).toMatchObject({ action: 'updated', lines: { removed: 1, unchanged: 1 } });
		expect(classic()).toHaveLength(1);
	});

	test('a bill of 40 lines takes 44 requests, unchanged 2', async () => {
		const { id } = world.bill(manyLines(40));
		expect(await send(id)).toMatchObject({ action: 'created', calls: 44, totals: { bill: '8.20', difference: '0.00' } });
		expect(await send(id)).toMatchObject({ action: 'unchanged', calls: 2 });
	});

	test('previews and tells the status without writing', async () => {
		const { id } = world.bill();
		expect(await world.perform('preview', id, {}, world.modifiers.parameters)).toMatchObject({
			action: 'created',
			totals: { document: '118.40' },
			requests: Array.from({ length: 4 }, () => ({ method: 'POST', path: '/2.0/subscription/modifiers/create', body: { modifier_recurring: false } })),
		});
		expect(await world.perform('getStatus', id, {}, world.modifiers.parameters)).toMatchObject({ action: 'skipped', document: null });
		expect(world.writes()).toBe(0);
	});

	test('says what is wrong: the credential, the subscription, its currency', async () => {
		const { id } = world.bill();
		const withId = async (subscriptionId: string, billId = id) => await world.send(billId, {}, { ...world.modifiers.parameters, subscriptionId });
		await expect(withId('sub_01abc')).rejects.toMatchObject({ message: 'A Paddle Classic subscription ID is a number', description: expect.stringContaining('Paddle Billing') });
		await expect(withId('4711')).rejects.toMatchObject({ message: 'Paddle Classic has no such subscription' });
		await expect(withId(String(world.seed.classic.globex))).rejects.toMatchObject({ message: 'The Paddle subscription has another currency', description: expect.stringContaining('EUR') });
		const { paddleClassicForM3terApi: good } = world.credentials;
		world.credentials.paddleClassicForM3terApi = { ...good, vendorAuthToken: 'nobody' };
		await expect(send(id)).rejects.toMatchObject({ message: 'Paddle Classic did not accept the vendor ID and auth code', description: expect.stringMatching(/107/) });
	});
});
