import { PaddleBills } from './paddleBills';
import { manyLines, mappedAccount, usualLines } from './world';

let world: PaddleBills;

beforeEach(async () => {
	world = await PaddleBills.start();
});
afterEach(async () => await world.stop());

const [base, requests, storage, credit] = usualLines;

describe('one-time charge on the subscription', () => {
	test('charges the bill with the next billing, once', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { id } = world.bill();
		const first = await world.send(id, {}, parameters);
		expect(first).toMatchObject({
			action: 'created',
			document: { type: 'subscription', id: subscriptionId, status: 'waiting' },
			totals: { bill: '118.40', document: '118.40', difference: '0.00' },
			// The credit is taken off the largest charge: Paddle takes no negative amounts.
			lines: { added: 3 },
			calls: 4,
			warnings: [],
		});
		expect(world.waiting(subscriptionId)).toEqual([4600, 6065, 1175]);
		const writes = world.writes();
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'unchanged', lines: { added: 0, unchanged: 3 }, calls: 2, totals: { difference: '0.00' } });
		expect(world.writes()).toBe(writes);
	});

	test('writes bill and line ids on every price, and what the customer reads', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { id } = world.bill();
		await world.send(id, {}, parameters);
		const [, second] = world.paddle.state.waitingCharges.get(subscriptionId) ?? [];
		expect(second).toMatchObject({
			quantity: 1,
			product: { type: 'custom', tax_category: 'standard' },
			price: {
				tax_mode: 'external',
				name: expect.stringMatching(/^API requests: 120.5 1k requests at 0.666.*…$/),
				unit_price: { amount: '6065', currency_code: 'USD' },
				custom_data: { m3ter_bill_id: id, m3ter_line_item_id: expect.stringMatching(/\S/), m3ter_bill_version: '1' },
			},
		});
		expect(second.price.name).toHaveLength(50);
		expect(second.price.description).toContain('less 19.6 Service credit');
	});

	test('is found again after the renewal billed it, without the ledger', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { id } = world.bill();
		await world.send(id, {}, parameters);
		const transaction = world.paddle.renew({ id: subscriptionId });
		world.forgetLedger();
		expect(await world.send(id, {}, parameters)).toMatchObject({
			action: 'unchanged',
			document: { type: 'transaction', id: transaction?.id, status: 'completed' },
			totals: { document: '118.40', difference: '0.00' },
		});
		expect(transaction?.details.totals.subtotal).toBe(String(9900 + 11840));
	});

	test('a changed bill is locked by default, fails, or is followed by the positive difference', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { id } = world.bill();
		await world.send(id, {}, parameters);
		world.m3ter.changeBill(id, { lines: [{ ...base, amount: 50 }, requests, storage, credit, { amount: 3, description: 'Late' }] });
		expect(await world.send(id, {}, parameters)).toMatchObject({
			action: 'locked',
			totals: { bill: '125.40', document: '118.40', difference: '-7.00' },
			lines: { added: 1, changed: 1, unchanged: 2 },
			warnings: [expect.stringContaining('neither change nor remove')],
		});
		await expect(world.send(id, { whenLocked: 'fail' }, parameters)).rejects.toMatchObject({ message: 'The Paddle charge differs from the bill', description: expect.stringContaining('Send Difference') });
		expect(await world.send(id, { whenLocked: 'adjust' }, parameters)).toMatchObject({ action: 'updated', lines: { added: 2 }, totals: { document: '125.40', difference: '0.00' } });
		expect(world.waiting(subscriptionId)).toEqual([4600, 6065, 1175, 400, 300]);
		expect(await world.send(id, { whenLocked: 'adjust' }, parameters)).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
	});

	test('differences downwards are taken off those upwards; what is left is said, never charged', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { id } = world.bill([base, storage]);
		await world.send(id, {}, parameters);
		world.m3ter.changeBill(id, { lines: [{ ...base, amount: 40 }, { ...storage, amount: 20 }] });
		const adjust = { whenLocked: 'adjust' };
		expect(await world.send(id, adjust, parameters)).toMatchObject({ action: 'updated', lines: { added: 1 }, totals: { bill: '60.00', document: '60.00' } });
		expect(world.waiting(subscriptionId)).toEqual([4600, 1175, 225]);
		expect(await world.send(id, adjust, parameters)).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
		world.m3ter.changeBill(id, { lines: [{ ...base, amount: 40 }] });
		expect(await world.send(id, adjust, parameters)).toMatchObject({ action: 'locked', totals: { difference: '20.00' }, warnings: [expect.stringMatching(/20\.00 USD too much.*adjustment/)] });
		expect(world.waiting(subscriptionId)).toHaveLength(3);
	});

	test('immediately: a transaction of its own', async () => {
		const { parameters } = world.subscribed();
		const now = { ...parameters, effectiveFrom: 'immediately' };
		const { id } = world.bill();
		expect(await world.send(id, {}, now)).toMatchObject({ action: 'created', document: { type: 'transaction', status: 'completed', number: expect.stringMatching(/\d/) }, totals: { document: '118.40' } });
		expect(await world.send(id, {}, now)).toMatchObject({ action: 'unchanged' });
		const [transaction] = [...world.paddle.state.transactions.values()].filter(({ origin }) => origin === 'subscription_charge');
		expect(transaction.details.totals.subtotal).toBe('11840');
	});

	test('a bill of 40 lines takes 4 requests, unchanged 2; with catalog products each waiting price is read', async () => {
		const { parameters } = world.subscribed();
		const forty = world.bill(manyLines(40)).id;
		expect(await world.send(forty, {}, parameters)).toMatchObject({ action: 'created', calls: 4, totals: { bill: '8.20', difference: '0.00' } });
		expect(await world.send(forty, {}, parameters)).toMatchObject({ action: 'unchanged', calls: 2 });
		const { parameters: others } = world.subscribed();
		const lineMapping = { rows: [{ match: '', product: world.seed.products.usage.id }] };
		const mapped = world.bill(manyLines(40)).id;
		expect(await world.send(mapped, { lineMapping }, others)).toMatchObject({ action: 'created', calls: 4 });
		expect(await world.send(mapped, { lineMapping }, others)).toMatchObject({ action: 'unchanged', calls: 42 });
	});

	test('takes the product from the table, else from the external mapping', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { platform, usage } = world.seed.products;
		const product = (lineMapping: object) => ({ lineMapping: { rows: [lineMapping] } });
		await world.send(world.bill([base, storage]).id, product({ match: 'base', product: platform.id }), parameters);
		await world.send(world.bill([base]).id, product({ match: '', product: usage.id }), parameters);
		const products = (world.paddle.state.waitingCharges.get(subscriptionId) ?? []).map((item) => item.product);
		expect(products.map(({ id, type }) => [type, type === 'standard' ? id : ''])).toEqual([['standard', platform.id], ['custom', ''], ['standard', usage.id]]);
	});

	test('two executions at once charge once', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { id } = world.bill();
		const results = await Promise.all([world.send(id, {}, parameters), world.send(id, {}, parameters), world.send(id, {}, parameters)]);
		expect(results.map(({ action }) => action).sort()).toEqual(['created', 'unchanged', 'unchanged']);
		expect(world.waiting(subscriptionId)).toHaveLength(3);
	});

	test('waits while another change of the subscription is processed', async () => {
		const { parameters } = world.subscribed();
		const { id } = world.bill();
		const body = { error: { type: 'request_error', code: 'subscription_locked_processing', detail: 'locked' }, meta: { request_id: 'r' } };
		world.paddle.addFault({ method: 'POST', path: /charge$/, kind: 'status', status: 409, body });
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
	});

	test('previews and tells the status without writing', async () => {
		const { parameters } = world.subscribed();
		const { id } = world.bill();
		const before = world.writes();
		const preview = await world.perform('preview', id, {}, parameters);
		expect(preview).toMatchObject({ action: 'created', lines: { added: 3 }, totals: { document: '118.40' }, requests: [{ method: 'POST', path: expect.stringMatching(/charge$/) }] });
		expect(await world.perform('getStatus', id, {}, parameters)).toMatchObject({ action: 'skipped', document: null, totals: { document: '0.00' } });
		expect(world.writes()).toBe(before);
		await world.send(id, {}, parameters);
		expect(await world.perform('getStatus', id, {}, parameters)).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
		world.m3ter.changeBill(id, { lines: [base] });
		expect(await world.perform('getStatus', id, {}, parameters)).toMatchObject({ action: 'locked', totals: { bill: '46.00', document: '118.40' } });
	});

	test('finds the subscription by the mapping of the account', async () => {
		const { id: subscriptionId } = world.subscribed();
		await mappedAccount(world.m3ter, 'Paddle', 'Subscription', subscriptionId, { code: 'sub', name: 'Sub' }).then(async ({ id }) => {
			const bill = world.m3ter.createBill({ accountId: id, lines: usualLines });
			const result = await world.send(bill.id, {}, { target: 'charge', customerSource: 'id', customerId: world.seed.customers.acme.id });
			expect(result).toMatchObject({ action: 'created', document: { id: subscriptionId } });
		});
		await expect(world.send(world.bill().id)).rejects.toMatchObject({ message: 'The account has no Paddle subscription' });
	});
});

describe('a charge that cannot be made says why, with the bill and what to do', () => {
	const refused = async (id: string, parameters: object, message: string, description: RegExp, options: object = {}) => {
		await expect(world.send(id, options, parameters as never)).rejects.toMatchObject({ message, description: expect.stringMatching(description) });
		expect(world.paddle.state.waitingCharges.size).toBe(0);
	};

	test('credits without charges, too many lines, a currency of nobody', async () => {
		const { parameters } = world.subscribed();
		await refused(world.bill([{ amount: -5, description: 'Refund' }]).id, parameters, 'The bill has credits that no charge can carry', /5\.00 USD.*Refund/);
		await refused(world.bill().id, parameters, 'The bill has credits that no charge can carry', /19\.60 USD.*Net Into Bill/, { negativeLines: 'keep' });
		await refused(world.bill().id, parameters, 'The bill has a negative line and negative lines are refused', /Service credit/, { negativeLines: 'refuse' });
		await refused(world.bill(manyLines(101)).id, parameters, 'The bill has more lines than Paddle takes', /101 lines.*Group Lines/);
		await refused(world.bill(manyLines(100)).id, parameters, 'Paddle refused the request', /100 lines in one transaction/);
		await refused(world.bill([{ amount: 5 }], { currency: 'KWD' }).id, parameters, 'Paddle cannot bill in this currency', /KWD/);
		await refused(world.bill([{ amount: 5 }], { currency: 'EUR' }).id, parameters, 'The Paddle subscription has another currency', /EUR.*USD/);
	});

	test("an unknown subscription, and another customer's", async () => {
		const parameters = { target: 'charge', subscriptionSource: 'id', subscriptionId: 'sub_01nobody000000000000000000' };
		await refused(world.bill().id, parameters, 'Paddle has no such subscription', /does not exist/);
		const { subscription } = world.paddle.completeCheckout({ customerId: world.seed.customers.initech.id, items: [{ price_id: world.seed.prices.pro.id }] });
		await refused(world.bill().id, { ...parameters, subscriptionId: subscription?.id }, "The Paddle subscription is another customer's", /external mappings/);
	});

	test('a billing that is near, a subscription past due, a total too small', async () => {
		const { id, parameters } = world.subscribed();
		world.paddle.renew({ id, at: new Date(Date.now() - 31 * 86_400_000 + 10 * 60_000).toISOString() });
		const next = Date.parse(world.paddle.state.subscriptions.get(id)?.next_billed_at ?? '');
		world.paddle.advanceTime({ seconds: Math.max(0, (next - Date.now()) / 1000 - 600) });
		await refused(world.bill().id, parameters, 'The Paddle object is locked at this moment', /within 30 minutes/);
		const late = world.subscribed();
		world.paddle.failPayment({ id: late.id });
		await refused(world.bill().id, late.parameters, 'Paddle refused the request', /past due/);
		const small = { ...world.subscribed().parameters, effectiveFrom: 'immediately' };
		await refused(world.bill([{ amount: 0.3 }]).id, small, 'Paddle refused the request', /Next Billing Period/);
	});

	test('what was sent before a cancellation was scheduled is not charged twice', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { id } = world.bill();
		await world.send(id, {}, parameters);
		world.paddle.cancelSubscription({ id: subscriptionId });
		await expect(world.send(id, {}, parameters)).rejects.toMatchObject({ message: 'Paddle does not show what waits on this subscription', description: expect.stringContaining('scheduled') });
		expect(world.waiting(subscriptionId)).toHaveLength(3);
		expect(await world.perform('getStatus', id, {}, parameters)).toMatchObject({ action: 'skipped' });
	});

	test('what was billed before a cancellation was scheduled is recognised, and only more of it refused', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		const { id } = world.bill();
		await world.send(id, {}, parameters);
		world.paddle.renew({ id: subscriptionId });
		world.paddle.cancelSubscription({ id: subscriptionId });
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
	});

	test('nothing waits for a billing that never comes; at once it can be charged', async () => {
		const { id: subscriptionId, parameters } = world.subscribed();
		world.paddle.cancelSubscription({ id: subscriptionId });
		const { id } = world.bill();
		await refused(id, parameters, 'The Paddle subscription has no next billing', /scheduled cancel.*Immediately/);
		expect(await world.send(id, {}, { ...parameters, effectiveFrom: 'immediately' })).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
	});

	test('a key that is wrong, of the other environment, or lacks a permission', async () => {
		const { parameters } = world.subscribed();
		const { id } = world.bill();
		const { paddleForM3terApi: good } = world.credentials;
		world.credentials.paddleForM3terApi = { ...good, apiKey: 'pdl_sdbx_apikey_wrong' };
		await refused(id, parameters, 'Paddle did not accept the key', /Bill .*invalid_token/);
		world.credentials.paddleForM3terApi = { ...good, environment: 'live' };
		await refused(id, parameters, 'The Paddle key belongs to the other environment', /environment is live/);
	});
});
