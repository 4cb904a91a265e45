import { PUBLISHABLE_KEY, RESTRICTED_KEY, SECRET_KEY, SEEDED, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { raw, type RawAnswer } from './sandbox-stripe.helpers';

let sandbox: StripeSandbox;

beforeAll(async () => {
	sandbox = await startStripeSandbox({ seeded: true });
});

beforeEach(() => sandbox.reset());

afterEach(() => expect(sandbox.violations).toEqual([]));

afterAll(async () => await sandbox.close());

const { customers, prices, taxRates } = SEEDED;
const post = async (path: string, form: Record<string, string> = {}) => await raw(sandbox, 'POST', path, form);
const get = async (path: string) => await raw(sandbox, 'GET', path);

/** Status, code and parameter of a refusal. */
const refusal = ({ status, error }: RawAnswer) => [status, error.code, error.param];

async function draft(form: Record<string, string> = {}): Promise<string> {
	return (await post('/v1/invoices', { customer: customers.acme, ...form })).body.id;
}

async function line(invoice: string, form: Record<string, string>): Promise<RawAnswer> {
	const fields = Object.entries(form).map(([name, value]): [string, string] => [`lines[0]${name}`, value]);
	return await raw(sandbox, 'POST', `/v1/invoices/${invoice}/add_lines`, fields);
}

describe('who may call', () => {
	it.each([
		['no key', { authorization: '' }, 401],
		['an unknown key', { authorization: 'Bearer wrong' }, 401],
		['a publishable key', { authorization: `Bearer ${PUBLISHABLE_KEY}` }, 403],
		['the key as basic user name', { authorization: `Basic ${Buffer.from(`${SECRET_KEY}:`).toString('base64')}` }, 200],
	])('%s', async (_name, headers, status) => {
		const answer = await raw(sandbox, 'GET', '/v1/customers', {}, { headers });
		expect(answer.status).toBe(status);
		expect(answer.headers.get('request-id')).toMatch(/^req_/);
	});

	it('a restricted key may do what it is granted and no more', async () => {
		const list = async () => await raw(sandbox, 'GET', '/v1/subscriptions', {}, { key: RESTRICTED_KEY });
		expect((await list()).status).toBe(200);
		const denied = await raw(sandbox, 'POST', '/v1/products', { name: 'X' }, { key: RESTRICTED_KEY });
		expect([denied.status, denied.error.message]).toEqual([403, expect.stringContaining('rak_product_write')]);
		const granted = sandbox.settings.restrictedKeyPermissions;
		sandbox.configure({ restrictedKeyPermissions: {} });
		expect((await list()).status).toBe(403);
		sandbox.configure({ restrictedKeyPermissions: granted });
	});

	it('unknown paths and versions', async () => {
		expect(await get('/v1/nothing')).toMatchObject({ status: 404, error: { type: 'invalid_request_error' } });
		expect((await raw(sandbox, 'GET', '/v1/customers', {}, { headers: { 'stripe-version': 'latest' } })).status).toBe(400);
	});
});

describe('parameters', () => {
	it.each([
		['unknown', { customer: customers.acme, price: 'p' }, 'parameter_unknown', 'price'],
		[
			'unknown inside',
			{ customer: customers.acme, 'custom_fields[0][label]': 'x' },
			'parameter_unknown',
			'custom_fields[0][label]',
		],
		['missing', {}, 'parameter_missing', 'customer'],
		[
			'missing inside',
			{ customer: customers.acme, 'custom_fields[0][name]': 'x' },
			'parameter_missing',
			'custom_fields[0][value]',
		],
		['no integer', { customer: customers.acme, days_until_due: '1.5' }, 'parameter_invalid_integer', 'days_until_due'],
		['milliseconds', { customer: customers.acme, effective_at: '1767225600000' }, 'parameter_invalid_integer', 'effective_at'],
		['empty', { customer: '' }, 'parameter_invalid_empty', 'customer'],
		['no boolean', { customer: customers.acme, auto_advance: 'yes' }, undefined, 'auto_advance'],
		['no such value', { customer: customers.acme, collection_method: 'mail' }, undefined, 'collection_method'],
		['too long', { customer: customers.acme, statement_descriptor: 'x'.repeat(23) }, undefined, 'statement_descriptor'],
		['too long in metadata', { customer: customers.acme, 'metadata[a]': 'x'.repeat(501) }, undefined, 'metadata[a]'],
		['too long a metadata key', { customer: customers.acme, [`metadata[${'k'.repeat(41)}]`]: 'x' }, undefined, 'metadata'],
		['an object where text belongs', { 'customer[id]': customers.acme }, undefined, 'customer'],
		['no such customer', { customer: 'cus_none' }, 'resource_missing', 'customer'],
		['no such currency', { customer: customers.acme, currency: 'xyz' }, undefined, 'currency'],
		[
			'both due dates',
			{ customer: customers.acme, collection_method: 'send_invoice', due_date: '9999999999', days_until_due: '3' },
			'parameters_exclusive',
			'days_until_due',
		],
		['a due date without send_invoice', { customer: customers.acme, days_until_due: '3' }, undefined, 'days_until_due'],
		[
			'send_invoice without a due date',
			{ customer: customers.acme, collection_method: 'send_invoice' },
			'parameter_missing',
			'days_until_due',
		],
	])('%s', async (_name, form, code, param) => {
		expect(refusal(await post('/v1/invoices', form as Record<string, string>))).toEqual([400, code, param]);
		expect(sandbox.state.invoices.size).toBe(0);
	});

	it('takes forms only', async () => {
		const answer = await raw(sandbox, 'POST', '/v1/customers', {}, { json: { name: 'X' } });
		expect([answer.status, answer.error.message]).toEqual([400, expect.stringContaining('application/x-www-form-urlencoded')]);
	});

	it('lists refuse wrong limits and cursors', async () => {
		expect(refusal(await get('/v1/customers?limit=101'))).toEqual([400, 'parameter_invalid_integer', 'limit']);
		expect(refusal(await get('/v1/customers?limit=0'))).toEqual([400, 'parameter_invalid_integer', 'limit']);
		expect(refusal(await get('/v1/customers?starting_after=cus_none'))).toEqual([400, 'resource_missing', 'starting_after']);
		expect(refusal(await get('/v1/customers?created[from]=1'))).toEqual([400, 'parameter_unknown', 'created[from]']);
		expect(refusal(await get('/v1/customers?expand[]=nothing'))).toEqual([400, undefined, 'expand']);
	});

	it('pages forwards and backwards', async () => {
		const first = await get('/v1/customers?limit=2');
		expect(first.body).toMatchObject({ has_more: true, data: [{ id: customers.noEmail }, { id: customers.globex }] });
		expect((await get(`/v1/customers?starting_after=${customers.globex}`)).body).toMatchObject({
			has_more: false,
			data: [{ id: customers.acme }],
		});
		expect((await get(`/v1/customers?ending_before=${customers.acme}&limit=1`)).body).toMatchObject({
			has_more: true,
			data: [{ id: customers.globex }],
		});
	});

	it('search understands its own fields only', async () => {
		expect(refusal(await get(`/v1/invoices/search?query=${encodeURIComponent("colour:'red'")}`))).toEqual([
			400,
			undefined,
			'query',
		]);
		expect(refusal(await get('/v1/invoices/search?query=what'))).toEqual([400, undefined, 'query']);
	});
});

describe('lines', () => {
	it.each([
		['a currency', { '[amount]': '1', '[currency]': 'usd' }, 'parameter_unknown', 'lines[0][currency]'],
		['a bare unit amount', { '[unit_amount_decimal]': '1' }, 'parameter_unknown', 'lines[0][unit_amount_decimal]'],
		['no amount at all', { '[description]': 'x' }, 'parameter_missing', 'lines[0][amount]'],
		['amount and price', { '[amount]': '1', '[pricing][price]': prices.setup }, 'parameters_exclusive', 'lines[0][amount]'],
		['amount and quantity', { '[amount]': '1', '[quantity]': '2' }, 'parameters_exclusive', 'lines[0][quantity]'],
		[
			'both quantities',
			{ '[pricing][price]': prices.setup, '[quantity]': '2', '[quantity_decimal]': '2' },
			'parameters_exclusive',
			'lines[0][quantity]',
		],
		['a fraction of a cent', { '[amount]': '1.5' }, 'parameter_invalid_integer', 'lines[0][amount]'],
		[
			'13 decimals',
			{ '[pricing][price]': prices.setup, '[quantity_decimal]': '0.0000000000001' },
			undefined,
			'lines[0][quantity_decimal]',
		],
		[
			'a negative quantity',
			{ '[pricing][price]': prices.setup, '[quantity_decimal]': '-1' },
			undefined,
			'lines[0][quantity_decimal]',
		],
		[
			'a negative unit amount',
			{ '[price_data][currency]': 'usd', '[price_data][product]': SEEDED.products.pro, '[price_data][unit_amount]': '-1' },
			'parameter_invalid_integer',
			'lines[0][price_data][unit_amount]',
		],
		[
			'another currency',
			{ '[price_data][currency]': 'eur', '[price_data][product]': SEEDED.products.pro, '[price_data][unit_amount]': '1' },
			undefined,
			'lines[0][price_data][currency]',
		],
		[
			'no product',
			{ '[price_data][currency]': 'usd', '[price_data][unit_amount]': '1' },
			'parameter_missing',
			'lines[0][price_data][product]',
		],
		['a recurring price', { '[pricing][price]': prices.pro }, undefined, 'lines[0][pricing][price]'],
		['a long description', { '[amount]': '1', '[description]': 'x'.repeat(501) }, undefined, 'lines[0][description]'],
		['a period backwards', { '[amount]': '1', '[period][start]': '20', '[period][end]': '10' }, undefined, 'lines[0][period]'],
		['too large an amount', { '[amount]': '1000000000000' }, 'amount_too_large', 'lines[0][amount]'],
		['no such tax rate', { '[amount]': '1', '[tax_rates][0]': 'txr_none' }, 'resource_missing', 'lines[0][tax_rates]'],
	])('%s', async (_name, form, code, param) => {
		expect(refusal(await line(await draft(), form as Record<string, string>))).toEqual([400, code, param]);
		expect(sandbox.state.lines.size).toBe(0);
	});

	it('all lines or none', async () => {
		const id = await draft();
		const answer = await post(`/v1/invoices/${id}/add_lines`, { 'lines[0][amount]': '1', 'lines[1][amount]': 'x' });
		expect(refusal(answer)).toEqual([400, 'parameter_invalid_integer', 'lines[1][amount]']);
		expect(sandbox.state.lines.size).toBe(0);
		expect(sandbox.state.invoiceItems.size).toBe(0);
	});

	it('at most 250 items', async () => {
		const id = await draft();
		const lines = (count: number) =>
			Object.fromEntries(Array.from({ length: count }, (_, index) => [`lines[${index}][amount]`, '1']));
		expect((await post(`/v1/invoices/${id}/add_lines`, lines(250))).status).toBe(200);
		expect((await post(`/v1/invoices/${id}/add_lines`, lines(1))).status).toBe(400);
		expect((await post('/v1/invoiceitems', { customer: customers.acme, invoice: id, amount: '1' })).status).toBe(400);
	});

	it.each([
		['isk', '150', 'invalid_charge_amount_no_decimal_compatible'],
		['isk', '200', undefined],
		['ugx', '101', 'invalid_charge_amount_no_decimal_compatible'],
		['kwd', '1005', 'invalid_charge_amount'],
		['kwd', '1010', undefined],
		['jpy', '1', undefined],
	])('%s %s', async (currency, amount, code) => {
		const answer = await line(await draft({ currency }), { '[amount]': amount });
		expect(answer.error.code).toBe(code);
		expect(answer.status).toBe(code ? 400 : 200);
	});

	it('automatic tax takes no manual rates, no negative amounts, no unspecified behaviour', async () => {
		const id = await draft({ 'automatic_tax[enabled]': 'true' });
		expect((await line(id, { '[amount]': '-1' })).status).toBe(400);
		expect((await line(id, { '[amount]': '1', '[tax_rates][0]': taxRates.vat })).status).toBe(400);
		const behavior = {
			'[price_data][currency]': 'usd',
			'[price_data][product]': SEEDED.products.pro,
			'[price_data][unit_amount]': '1',
		};
		expect((await line(id, { ...behavior, '[price_data][tax_behavior]': 'unspecified' })).status).toBe(400);
		expect((await line(id, { ...behavior, '[price_data][tax_behavior]': 'exclusive' })).status).toBe(200);
		const elsewhere = await post('/v1/invoices', { customer: customers.noEmail, 'automatic_tax[enabled]': 'true' });
		expect((await post(`/v1/invoices/${elsewhere.body.id}/finalize`)).error.code).toBe('customer_tax_location_invalid');
	});
});

describe('states', () => {
	it('a finalised invoice is frozen except for its metadata', async () => {
		const id = await draft();
		await line(id, { '[amount]': '900' });
		const [row] = sandbox.state.lines.values();
		expect((await post(`/v1/invoices/${id}/finalize`)).status).toBe(200);
		for (const [path, form] of [
			[`/v1/invoices/${id}/add_lines`, { 'lines[0][amount]': '1' }],
			[`/v1/invoices/${id}/update_lines`, { 'lines[0][id]': row.id, 'lines[0][amount]': '1' }],
			[`/v1/invoices/${id}/remove_lines`, { 'lines[0][id]': row.id, 'lines[0][behavior]': 'delete' }],
			[`/v1/invoices/${id}/lines/${row.id}`, { amount: '1' }],
			[`/v1/invoices/${id}/finalize`, {}],
			[`/v1/invoices/${id}`, { description: 'x' }],
			['/v1/invoiceitems', { customer: customers.acme, invoice: id, amount: '1' }],
			[`/v1/invoiceitems/${row.parent.invoice_item_details?.invoice_item}`, { amount: '1' }],
		] as Array<[string, Record<string, string>]>) {
			expect([path, (await post(path, form)).error.code]).toEqual([path, 'invoice_not_editable']);
		}
		expect((await raw(sandbox, 'DELETE', `/v1/invoices/${id}`)).error.code).toBe('invoice_not_editable');
		expect((await post(`/v1/invoices/${id}`, { 'metadata[a]': '1' })).body).toMatchObject({ metadata: { a: '1' } });
		expect((await post(`/v1/invoices/${id}/pay`)).status).toBe(400);
		expect((await post(`/v1/invoices/${id}/pay`, { paid_out_of_band: 'true' })).status).toBe(200);
		for (const verb of ['pay', 'void', 'mark_uncollectible', 'send'])
			expect((await post(`/v1/invoices/${id}/${verb}`)).status).toBe(400);
	});

	it('drafts of a subscription cannot be deleted, deleted drafts are gone', async () => {
		const { subscriptionId } = sandbox.completeCheckout({});
		sandbox.renewSubscription({ id: subscriptionId });
		const renewal = [...sandbox.state.invoices.values()].find((invoice) => invoice.status === 'draft');
		expect((await raw(sandbox, 'DELETE', `/v1/invoices/${renewal?.id}`)).status).toBe(400);
		const id = await draft();
		expect((await raw(sandbox, 'DELETE', `/v1/invoices/${id}`)).body).toEqual({ id, object: 'invoice', deleted: true });
		expect(refusal(await get(`/v1/invoices/${id}`))).toEqual([404, 'resource_missing', 'invoice']);
	});

	it('sending needs an e-mail address', async () => {
		const answer = await post('/v1/invoices', {
			customer: customers.noEmail,
			collection_method: 'send_invoice',
			days_until_due: '1',
		});
		expect([answer.status, answer.error.message]).toEqual([400, expect.stringContaining('Missing email')]);
	});

	it('an active subscription fixes the customer to its currency, and its items', async () => {
		const { customerId: customer, subscriptionId: subscription } = sandbox.completeCheckout({});
		expect(refusal(await post('/v1/subscriptions', { customer, 'items[0][price]': prices.proEur }))).toEqual([
			400,
			undefined,
			'currency',
		]);
		expect(refusal(await post('/v1/invoiceitems', { customer, subscription, amount: '1', currency: 'eur' }))).toEqual([
			400,
			undefined,
			'currency',
		]);
		expect((await post('/v1/invoices', { customer, subscription })).error.code).toBe('invoice_no_subscription_line_items');
		expect((await post('/v1/invoices', { customer, pending_invoice_items_behavior: 'include' })).error.code).toBe(
			'invoice_no_customer_line_items',
		);
		sandbox.endSubscription({ id: subscription });
		expect(refusal(await post('/v1/invoiceitems', { customer, subscription, amount: '1' }))).toEqual([
			400,
			undefined,
			'subscription',
		]);
	});

	it('items cannot change hands', async () => {
		const { body } = await post('/v1/invoiceitems', { customer: customers.acme, amount: '5', currency: 'usd' });
		for (const field of ['customer', 'currency', 'subscription', 'invoice']) {
			expect(refusal(await post(`/v1/invoiceitems/${body.id}`, { [field]: 'x' }))).toEqual([400, 'parameter_unknown', field]);
		}
		const productless = await post('/v1/invoiceitems', {
			customer: customers.acme,
			'price_data[currency]': 'usd',
			'price_data[unit_amount]': '1',
		});
		expect(refusal(productless)).toEqual([400, 'parameter_missing', 'price_data[product]']);
	});
});
