import { FULL_ACCESS_KEY, PUBLISHABLE_KEY, READ_ONLY_KEY, SEEDED, type ChargebeeSandbox } from '../sandbox/chargebee';
import { basic, call, closeAll, start } from './sandbox-chargebee.helpers';

let sandbox: ChargebeeSandbox;

beforeEach(async () => {
	sandbox = await start();
});
afterEach(closeAll);

const post = async (path: string, form: string, headers?: Record<string, string>) =>
	await call(sandbox, 'POST', path, form, headers);
const get = async (path: string) => await call(sandbox, 'GET', path);

/** Path of a new pending invoice. */
function pending(): string {
	const { id } = sandbox.createSubscription({});
	return `/invoices/${sandbox.renew({ id })?.id}`;
}

describe('keys', () => {
	it.each([
		['no key', {}, 401, 'basic_authentication_failed'],
		['a wrong key', { authorization: basic('test_unknown') }, 401, 'api_authentication_failed'],
		['a password', { authorization: basic(FULL_ACCESS_KEY, 'x') }, 401, 'api_authentication_failed'],
		['a bearer token', { authorization: `Bearer ${FULL_ACCESS_KEY}` }, 401, 'basic_authentication_failed'],
		['a publishable key', { authorization: basic(PUBLISHABLE_KEY) }, 403, 'api_authorization_failed'],
	])('%s', async (_what, headers, status, code) => {
		const response = await fetch(`${sandbox.url}/api/v2/configurations`, { headers: headers as Record<string, string> });
		expect([response.status, await response.json()]).toMatchObject([
			status,
			{ api_error_code: code, http_status_code: status, message: expect.any(String) },
		]);
	});

	it('a read-only key reads', async () => {
		const headers = { authorization: basic(READ_ONLY_KEY) };
		expect((await call(sandbox, 'GET', '/customers', undefined, headers)).status).toBe(200);
		expect((await post('/customers', 'id=x', headers)).body).toMatchObject({ api_error_code: 'api_authorization_failed' });
	});
});

describe('encoding', () => {
	it('JSON is refused', async () => {
		const answer = await post('/customers', '{"id":"x"}', { 'content-type': 'application/json' });
		expect(answer).toMatchObject({ status: 400, body: { api_error_code: 'invalid_request' } });
		expect(sandbox.state.customers.has('x')).toBe(false);
	});

	it.each([
		['charges[0][amount]=1&charges[0][description]=x', 'charges'],
		['charges[amount]=1&charges[description]=x', 'charges[amount]'],
		['charges[amount][]=1&charges[description][]=x', 'charges[amount][]'],
		['charges[amount][0]=1', 'charges[description][0]'],
		['charges[amount][0]=1&charges[description][1]=x', 'charges[description][0]'],
		['charges[description][3]=x', 'charges[amount][3]'],
		['charges[amount][2]=0&charges[description][2]=x', 'charges[amount][2]'],
		['charges[amount][0]=-5&charges[description][0]=x', 'charges[amount][0]'],
		['charges[amount][0]=1.5&charges[description][0]=x', 'charges[amount][0]'],
		['charges[amount][0]=1&charges[description][0]=', 'charges[description][0]'],
		[`charges[amount][0]=1&charges[description][0]=${'x'.repeat(251)}`, 'charges[description][0]'],
		['charges[amount][0]=1&charges[description][0]=x&charges[note][0]=y', 'charges[note][0]'],
		['charges[amount][0]=1&charges[description][0]=x&charges[date_from][0]=1788178400', 'charges[date_to][0]'],
		[
			'charges[amount][0]=1&charges[description][0]=x&charges[date_from][0]=1788178400000&charges[date_to][0]=1788178400000',
			'charges[date_from][0]',
		],
		['charges[amount][0]=1&charges[amount][0]=2&charges[description][0]=x', 'charges[amount][0]'],
	])('%s', async (form, param) => {
		const { id } = sandbox.createSubscription({});
		const answer = await post('/unbilled_charges', `subscription_id=${id}&currency_code=USD&${form}`);
		expect(answer).toMatchObject({ status: 400, body: { api_error_code: 'param_wrong_value', param } });
		expect(sandbox.state.unbilledCharges.size).toBe(0);
	});

	it('sparse indexes agree per row', async () => {
		const { id } = sandbox.createSubscription({});
		const answer = await post(
			'/unbilled_charges',
			`subscription_id=${id}&currency_code=USD&charges[amount][0]=1&charges[description][0]=a&charges[amount][7]=2&charges[description][7]=b`,
		);
		expect(answer.body.unbilled_charges).toMatchObject([{ amount: 1 }, { amount: 2 }]);
	});

	it('parameters of a POST do not travel in the query', async () => {
		expect(await post('/customers?id=x', 'email=a@b.test')).toMatchObject({ status: 400 });
	});

	it('only GET and POST exist, and unknown paths do not', async () => {
		expect((await call(sandbox, 'DELETE', '/customers/acme')).body.api_error_code).toBe('http_method_not_supported');
		expect((await get('/nothing')).body.api_error_code).toBe('resource_not_found');
	});
});

describe('values', () => {
	it.each([
		['amount=0&description=x', 'amount'],
		['amount=5', 'description'],
		['amount=5&description=x&taxable=true', 'taxable'],
		['amount=5&description=x&amount_in_decimal=5.25', 'amount_in_decimal'],
		['amount=5&description=x&line_item[date_from]=1788178400', 'line_item[date_to]'],
		['amount=5&description=x&line_item[date_from]=2026-07-01&line_item[date_to]=2026-08-01', 'line_item[date_from]'],
		[`amount=5&description=x&comment=${'c'.repeat(301)}`, 'comment'],
	])('add_charge %s', async (form, param) => {
		expect(await post(`${pending()}/add_charge`, form)).toMatchObject({ status: 400, body: { param } });
	});

	it.each([
		[`item_price[item_price_id]=${SEEDED.prices.pro}`, 'item_price[item_price_id]'],
		[`item_price[item_price_id]=${SEEDED.prices.usageEur}`, 'item_price[item_price_id]'],
		['item_price[item_price_id]=none', 'item_price[item_price_id]'],
		[`item_price[item_price_id]=${SEEDED.prices.usage}&item_price[description]=x`, 'item_price[description]'],
		[
			`item_price[item_price_id]=${SEEDED.prices.usage}&item_price[unit_price_in_decimal]=0.001`,
			'item_price[unit_price_in_decimal]',
		],
	])('add_charge_item %s', async (form, param) => {
		const answer = await post(`${pending()}/add_charge_item`, form);
		expect([answer.status >= 400, answer.body.param]).toEqual([true, param]);
	});

	it('decimals need the feature', async () => {
		sandbox.configure({ multiDecimal: true });
		const answer = await post(
			`${pending()}/add_charge_item`,
			`item_price[item_price_id]=${SEEDED.prices.usage}&item_price[quantity]=12345&item_price[unit_price_in_decimal]=0.001`,
		);
		expect(answer.body.invoice).toMatchObject({ line_items: [{}, { amount: 1235 }] });
	});

	it.each([
		['/invoices?status[in]=[]', 'status[in]'],
		['/invoices?status[is]=open', 'status[is]'],
		['/invoices?status[like]=x', 'status[like]'],
		['/invoices?limit=101', 'limit'],
		['/invoices?offset=abc', 'offset'],
		['/invoices?sort_by[asc]=total', 'sort_by'],
		['/invoices?date[after]=2026-01-01', 'date[after]'],
		['/events?event_type[in]=["invoice_created"]', 'event_type[in][0]'],
		['/events?unknown=1', 'unknown'],
	])('list %s', async (path, param) => {
		expect(await get(path)).toMatchObject({ status: 400, body: { api_error_code: 'param_wrong_value', param } });
	});

	it("currencies are the subscription's", async () => {
		const { id } = sandbox.createSubscription({});
		const charge = 'charges[amount][0]=1&charges[description][0]=x';
		expect((await post('/unbilled_charges', `subscription_id=${id}&${charge}`)).body.param).toBe('currency_code');
		expect((await post('/unbilled_charges', `subscription_id=${id}&currency_code=EUR&${charge}`)).body.param).toBe(
			'currency_code',
		);
		expect(
			(await post('/invoices/create_for_charge_items_and_charges', `customer_id=acme&currency_code=GBP&${charge}`)).body.param,
		).toBe('currency_code');
	});

	it('ids are unique, and credit notes need a closed invoice', async () => {
		expect((await post('/customers', 'id=acme')).body).toMatchObject({ api_error_code: 'duplicate_entry', param: 'id' });
		const id = pending().split('/')[2];
		expect((await post('/credit_notes', `type=adjustment&reference_invoice_id=${id}&total=5`)).status).toBe(409);
		expect((await post(`/invoices/${id}/void`, '')).status).toBe(409);
	});
});

describe('limits', () => {
	it('two changes of one customer at a time meet a lock', async () => {
		sandbox.configure({ processingMs: 500 });
		const path = `${pending()}/add_charge`;
		const answers = await Promise.all([
			post(path, 'amount=1&description=a'),
			post(path, 'amount=2&description=b'),
			get('/invoices'),
		]);
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
		expect(answers.find(({ status }) => status === 429)?.body.api_error_code).toBe('lock_timeout');

		const elsewhere = await Promise.all([post('/customers/acme', 'company=A'), post('/customers/globex', 'company=G')]);
		expect(elsewhere.map(({ status }) => status)).toEqual([200, 200]);
		sandbox.lockCustomer({ id: 'acme', ms: 10_000 });
		expect((await post('/customers/acme', 'company=B')).body.api_error_code).toBe('lock_timeout');
	});

	it('requests per minute, and at the same time', async () => {
		sandbox.configure({ requestsPerMinute: 2 });
		await get('/configurations');
		await get('/configurations');
		const refused = await get('/configurations');
		expect(refused).toMatchObject({ status: 429, body: { api_error_code: 'api_request_limit_exceeded' } });
		expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

		sandbox.configure({ requestsPerMinute: null, maxConcurrent: 1, processingMs: 500 });
		const both = await Promise.all([post('/customers', 'id=a'), post('/customers', 'id=b')]);
		expect(both.map(({ status }) => status).sort()).toEqual([200, 429]);
	});

	it('an idempotency key replays for 30 minutes, and knows its payload', async () => {
		const path = `${pending()}/add_charge`;
		const key = { 'chargebee-idempotency-key': 'k1' };
		const first = await post(path, 'amount=5&description=x', key);
		expect(first.headers.get('chargebee-idempotency-replayed')).toBeNull();
		const again = await post(path, 'amount=5&description=x', key);
		expect(again.headers.get('chargebee-idempotency-replayed')).toBe('true');
		expect(again.body).toEqual(first.body);
		expect(await post(path, 'amount=6&description=x', key)).toMatchObject({
			status: 422,
			body: { api_error_code: 'unable_to_process_request' },
		});
		sandbox.advanceTime({ seconds: 30 * 60 });
		const later = await post(path, 'amount=5&description=x', key);
		expect(later.headers.get('chargebee-idempotency-replayed')).toBeNull();
		expect(later.body.invoice).toMatchObject({ total: 9900 + 10 });
		expect((await post(path, 'amount=5&description=x', { 'chargebee-idempotency-key': 'k'.repeat(101) })).status).toBe(400);
	});
});

it('offers state and actions over HTTP', async () => {
	const act = async (name: string, args: unknown) =>
		await fetch(`${sandbox.url}/_sandbox/actions/${name}`, {
			method: 'POST',
			body: JSON.stringify(args),
			headers: { 'content-type': 'application/json' },
		});
	expect(await (await act('createSubscription', { id: 's1' })).json()).toMatchObject({ id: 's1', status: 'active' });
	expect((await act('createSubscription', { nonsense: 1 })).status).toBe(400);
	expect(await (await act('renew', { id: 's1' })).json()).toMatchObject({ status: 'pending' });
	expect(await (await fetch(`${sandbox.url}/_sandbox/state`)).json()).toMatchObject({
		subscriptions: { s1: { customer_id: 'acme' } },
	});
	await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' });
	expect(sandbox.state.subscriptions.size).toBe(0);
	expect(sandbox.state.customers.has('acme')).toBe(true);
});
