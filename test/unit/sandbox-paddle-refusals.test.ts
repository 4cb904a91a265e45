import { API_KEY, LIMITED_KEY, LIVE_KEY, type PaddleSandbox } from '../sandbox/paddle';
import { call, closeAll, start } from './sandbox-paddle.helpers';

let sandbox: PaddleSandbox;
let seeded: ReturnType<PaddleSandbox['seed']>;

beforeEach(async () => {
	sandbox = await start();
	seeded = sandbox.seed();
});
afterEach(closeAll);

const post = async (path: string, body: unknown, headers?: Record<string, string>) =>
	await call(sandbox, 'POST', path, body, headers);
const get = async (path: string, headers?: Record<string, string>) => await call(sandbox, 'GET', path, undefined, headers);

function subscribe(): string {
	const { subscription } = sandbox.completeCheckout({
		customerId: seeded.customers.acme.id,
		items: [{ price_id: seeded.prices.pro.id }],
	});
	return subscription?.id ?? '';
}

const line = (amount: string, more: object = {}, price: object = {}) => ({
	quantity: 1,
	price: { product_id: seeded.products.usage.id, description: 'usage', unit_price: { amount, currency_code: 'USD' }, ...price },
	...more,
});

const charge = async (id: string, items: unknown[], effective_from = 'next_billing_period') =>
	await post(`/subscriptions/${id}/charge`, { effective_from, items });

describe('keys', () => {
	it.each([
		['no key', undefined, 'authentication_missing'],
		['another scheme', `Basic ${API_KEY}`, 'authentication_malformed'],
		['an unknown key', 'Bearer pdl_sdbx_apikey_unknown', 'invalid_token'],
		['a live key', `Bearer ${LIVE_KEY}`, 'forbidden'],
	])('%s', async (_what, authorization, code) => {
		const response = await fetch(`${sandbox.url}/event-types`, { headers: authorization === undefined ? {} : { authorization } });
		expect(response.status).toBe(403);
		expect(await response.json()).toMatchObject({
			error: { type: 'request_error', code, detail: expect.any(String), documentation_url: expect.stringMatching(/^https:/) },
			meta: { request_id: expect.any(String) },
		});
	});

	it('permissions are per entity; event types need none', async () => {
		const limited = { authorization: `Bearer ${LIMITED_KEY}` };
		expect((await get('/event-types', limited)).status).toBe(200);
		expect((await get('/customers', limited)).status).toBe(200);
		const refused = await post('/customers', { email: 'x@y.test' }, limited);
		expect(refused).toMatchObject({
			status: 403,
			body: { error: { code: 'forbidden', detail: expect.stringContaining('customer.write') } },
		});
	});

	it('only version 1 exists', async () => {
		expect((await get('/customers', { 'paddle-version': '2' })).status).toBe(400);
	});
});

describe('bodies and queries', () => {
	it('are JSON, whole and without surprises', async () => {
		const form = await fetch(`${sandbox.url}/customers`, {
			method: 'POST',
			body: 'email=a',
			headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/x-www-form-urlencoded' },
		});
		expect(form.status).toBe(415);
		const broken = await fetch(`${sandbox.url}/customers`, {
			method: 'POST',
			body: '{',
			headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
		});
		expect(broken.status).toBe(400);
		expect((await post('/customers', { email: 'x@y.test', company: 'no' })).body.error).toMatchObject({
			code: 'bad_request',
			errors: [{ field: 'company' }],
		});
		expect(await post('/customers', { email: 'ap@acme.test' })).toMatchObject({
			status: 409,
			body: { error: { code: 'customer_already_exists' } },
		});
		expect((await post(`/customers/${seeded.customers.acme.id}/addresses`, { city: 'X' })).body.error?.errors?.[0].field).toBe(
			'country_code',
		);
		expect((await get('/customers/ctm_01none0000000000000000000')).body.error?.code).toBe('not_found');
	});

	it.each([
		'/customers?limit=5',
		'/customers?per_page=0',
		'/customers?after=ctm_none',
		'/customers?order_by=email[ASC]',
		'/transactions?status=open',
		'/transactions?created_at[GTE]=yesterday',
		'/events?event_type=x',
	])('%s', async (path) => {
		expect(await get(path)).toMatchObject({ status: 400, body: { error: { code: 'bad_request' } } });
	});

	it('transactions come 30 at a time', async () => {
		for (let count = 0; count < 31; count++) await post('/transactions', { items: [line('100')] });
		const first = await get('/transactions?per_page=200');
		expect([(first.body.data as unknown as unknown[]).length, first.body.meta?.pagination]).toMatchObject([
			30,
			{ per_page: 30, has_more: true },
		]);
	});
});

describe('charges', () => {
	it.each<[string, () => object, string]>([
		['negative', () => line('-5'), 'items.0.price.unit_price.amount'],
		['decimal', () => line('1.50'), 'items.0.price.unit_price.amount'],
		[
			'a number',
			() => ({ ...line('5'), price: { ...line('5').price, unit_price: { amount: 5, currency_code: 'USD' } } }),
			'items.0.price.unit_price.amount',
		],
		[
			'another currency',
			() => line('5', {}, { unit_price: { amount: '5', currency_code: 'EUR' } }),
			'items.0.price.unit_price.currency_code',
		],
		[
			'no currency at all',
			() => line('5', {}, { unit_price: { amount: '5', currency_code: 'XYZ' } }),
			'items.0.price.unit_price.currency_code',
		],
		['a long name', () => line('5', {}, { name: 'n'.repeat(51) }), 'items.0.price.name'],
		['a long description', () => line('5', {}, { description: 'd'.repeat(201) }), 'items.0.price.description'],
		[
			'a billing cycle',
			() => line('5', {}, { billing_cycle: { interval: 'month', frequency: 1 } }),
			'items.0.price.billing_cycle',
		],
		['custom data on the item', () => line('5', { custom_data: {} }), 'items.0.custom_data'],
		['more than the usual quantity', () => line('5', { quantity: 101 }), 'items.0.quantity'],
		['no quantity', () => ({ ...line('5'), quantity: 0 }), 'items.0.quantity'],
		['a recurring price', () => ({ quantity: 1, price_id: seeded.prices.pro.id }), 'items.0.price_id'],
		['an unknown product', () => line('5', {}, { product_id: 'pro_01none0000000000000000000a' }), 'items.0.price.product_id'],
	])('%s', async (_what, item, field) => {
		const id = subscribe();
		expect(await charge(id, [item()])).toMatchObject({ status: 400, body: { error: { errors: [{ field }] } } });
		expect(sandbox.state.waitingCharges.size).toBe(0);
	});

	it('take 100 items, and 100 lines with what is there already', async () => {
		const id = subscribe();
		const many = (count: number) => Array.from({ length: count }, () => line('100'));
		expect((await charge(id, many(101))).status).toBe(400);
		expect((await charge(id, many(100))).body.error?.code).toBe('transaction_maximum_number_of_line_items_reached');
		expect((await charge(id, many(99))).status).toBe(201);
		expect((await charge(id, [line('5')])).status).toBe(400);
	});

	it('a large quantity needs its window; tax categories have to be enabled', async () => {
		const id = subscribe();
		expect((await charge(id, [line('5', { quantity: 5000 }, { quantity: { minimum: 1, maximum: 999_999_999 } })])).status).toBe(
			201,
		);
		const product = { name: 'Book', tax_category: 'ebooks' };
		expect((await charge(id, [line('5', {}, { product_id: undefined, product })])).body.error?.code).toBe(
			'product_tax_category_not_approved',
		);
	});

	it('need a running subscription that is not just being billed', async () => {
		const id = subscribe();
		sandbox.failPayment({ id });
		expect((await charge(id, [line('500')])).body.error?.code).toBe('subscription_is_past_due_action_invalid');
		const other = subscribe();
		sandbox.pauseSubscription({ id: other });
		expect((await charge(other, [line('500')])).body.error?.code).toBe('subscription_is_inactive_action_invalid');
		const third = subscribe();
		const end = Date.parse(sandbox.state.subscriptions.get(third)?.next_billed_at ?? '');
		sandbox.advanceTime({ seconds: Math.floor((end - Date.now()) / 1000) - 60 });
		expect(await charge(third, [line('500')])).toMatchObject({
			status: 409,
			body: { error: { code: 'subscription_locked_renewal' } },
		});
		sandbox.cancelSubscription({ id: third, endOfTerm: false });
		expect((await charge(third, [line('500')])).body.error?.code).toBe('subscription_is_canceled_action_invalid');
	});

	it('at once: not below the limit, and 20 an hour', async () => {
		const id = subscribe();
		expect((await charge(id, [line('69')], 'immediately')).body.error?.code).toBe(
			'subscription_update_transaction_balance_less_than_charge_limit',
		);
		expect((await charge(id, [line('69')])).status).toBe(201);
		for (let count = 0; count < 20; count++) expect((await charge(id, [line('70')], 'immediately')).status).toBe(201);
		const refused = await charge(id, [line('70')], 'immediately');
		expect(refused).toMatchObject({
			status: 429,
			body: { error: { code: 'subscription_immediate_charge_hour_limit_exceeded' } },
		});
		expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3500);
		for (let hour = 0; hour < 4; hour++) {
			sandbox.advanceTime({ seconds: 3601 });
			for (let count = 0; count < 20; count++) await charge(id, [line('70')], 'immediately');
		}
		sandbox.advanceTime({ seconds: 3601 });
		expect((await charge(id, [line('70')], 'immediately')).body.error?.code).toBe(
			'subscription_immediate_charge_24_hour_limit_exceeded',
		);
	});

	it('double without an idempotency key, and lock while they are made', async () => {
		const id = subscribe();
		await charge(id, [line('500')]);
		await charge(id, [line('500')]);
		expect(sandbox.state.waitingCharges.get(id)).toHaveLength(2);
		sandbox.configure({ processingMs: 500 });
		const both = await Promise.all([charge(id, [line('500')]), charge(id, [line('500')])]);
		expect(both.map(({ status, body }) => body.error?.code ?? status).sort()).toEqual([201, 'subscription_locked_processing']);
	});
});

describe('transactions', () => {
	const manual = { collection_mode: 'manual', billing_details: { payment_terms: { interval: 'day', frequency: 30 } } };
	const owner = () => ({ customer_id: seeded.customers.acme.id, address_id: seeded.addresses.acme.id });

	it.each<[string, () => object, string]>([
		['an address without its customer', () => ({ address_id: seeded.addresses.acme.id }), 'address_id'],
		[
			'an address of someone else',
			() => ({ customer_id: seeded.customers.globex.id, address_id: seeded.addresses.acme.id }),
			'address_id',
		],
		['a subscription', () => ({ subscription_id: 'sub_01none0000000000000000000a' }), 'subscription_id'],
		['billing details without manual collection', () => ({ ...manual, collection_mode: 'automatic' }), 'billing_details'],
		['no payment terms', () => ({ collection_mode: 'manual', billing_details: {} }), 'billing_details.payment_terms'],
	])('%s', async (_what, more, field) => {
		expect(await post('/transactions', { items: [line('500')], ...more() })).toMatchObject({
			status: 400,
			body: { error: { errors: [{ field }] } },
		});
		expect(sandbox.state.transactions.size).toBe(0);
	});

	it.each<[string, () => object, string]>([
		['incomplete', () => manual, 'transaction_status_must_be_ready'],
		['automatic', owner, 'transaction_not_manually_collected'],
		[
			'for a customer without a name',
			() => ({ ...manual, customer_id: seeded.customers.initech.id, address_id: seeded.addresses.initech.id }),
			'transaction_customer_name_required',
		],
	])('cannot be billed: %s', async (_what, more, code) => {
		expect((await post('/transactions', { items: [line('500')], status: 'billed', ...more() })).body.error?.code).toBe(code);
		expect(sandbox.state.transactions.size).toBe(0);
	});

	it('cannot be billed too small, nor changed or credited in the wrong state', async () => {
		expect((await post('/transactions', { items: [line('69')], status: 'billed', ...owner(), ...manual })).body.error?.code).toBe(
			'transaction_balance_less_than_charge_limit',
		);
		const { body } = await post('/transactions', { items: [line('500')], ...owner(), ...manual });
		const id = body.data?.id ?? '';
		const credit = { action: 'credit', type: 'full', transaction_id: id, reason: 'r' };
		expect((await post('/adjustments', credit)).body.error?.code).toBe('adjustment_transaction_status_invalid');
		sandbox.billTransaction({ id });
		expect((await call(sandbox, 'PATCH', `/transactions/${id}`, { custom_data: {} })).body.error?.code).toBe(
			'transaction_immutable',
		);
		expect((await post('/adjustments', { ...credit, action: 'refund' })).body.error?.code).toBe(
			'adjustment_transaction_status_invalid',
		);
		expect((await call(sandbox, 'PATCH', `/transactions/${id}`, { status: 'canceled' })).body.data).toMatchObject({
			status: 'canceled',
		});
	});
});

it('limits requests and previews per minute', async () => {
	sandbox.configure({ rateLimits: { requests: 2, previews: 1 } });
	await get('/event-types');
	await get('/event-types');
	const refused = await get('/event-types');
	expect(refused).toMatchObject({ status: 429, body: { error: { code: 'too_many_requests' } } });
	expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
	expect((await post('/transactions/preview', { items: [line('500')] })).status).toBe(200);
	expect((await post('/transactions/preview', { items: [line('500')] })).status).toBe(429);
});

it('offers state and actions over HTTP', async () => {
	const act = async (name: string, args: unknown) =>
		await fetch(`${sandbox.url}/_sandbox/actions/${name}`, {
			method: 'POST',
			body: JSON.stringify(args),
			headers: { 'content-type': 'application/json' },
		});
	expect(
		await (await act('completeCheckout', { email: 'n@ew.test', items: [{ price_id: seeded.prices.pro.id }] })).json(),
	).toMatchObject({ subscription: { status: 'active' } });
	expect((await act('completeCheckout', { nonsense: 1 })).status).toBe(400);
	await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' });
	expect(sandbox.state.subscriptions.size).toBe(0);
});
