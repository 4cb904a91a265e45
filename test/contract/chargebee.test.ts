/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import Chargebee from 'chargebee';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { checkBasicAuth } from '../../nodes/Chargebee/basicAuth';
import { columns, encodeForm, type FormBody } from '../../nodes/shared/form';
import { ChargebeeBills, toNewInvoice } from '../engine/chargebeeBills';
import { manyLines, usualLines } from '../engine/world';
import { FULL_ACCESS_KEY, SEEDED } from '../sandbox/chargebee';

/** The official SDK, pointed at a local server. */
function sdk(url: string): Chargebee {
	const { hostname, port } = new URL(url);
	return new Chargebee({ apiKey: FULL_ACCESS_KEY, site: hostname, hostSuffix: '', protocol: 'http', port: Number(port), sdkTelemetryEnabled: false });
}

describe('what the node wrote, read by the official SDK', () => {
	let world: ChargebeeBills;

	beforeEach(async () => {
		world = await ChargebeeBills.start();
	});
	afterEach(async () => await world.stop());

	test('a new invoice equals the bill to the cent', async () => {
		const sent = await world.send(world.bill().id, { close: true }, toNewInvoice);
		const { invoice } = await sdk(world.chargebee.url).invoice.retrieve(sent.document?.id ?? '');
		expect(invoice).toMatchObject({ status: 'posted', customer_id: SEEDED.customers.acme, currency_code: 'USD', sub_total: 11_840, total: 11_840 });
		expect(invoice.line_items?.map(({ description, quantity }) => [description?.replace(/ \[m3ter:.{19}\]$/, ''), quantity])).toEqual([
			['Base fee', 1],
			['API requests: 120.5 1k requests at 0.666 USD (less 19.6 Service credit)', 1],
			['Storage: 97.9 GB at 0.12002043 USD', 1],
		]);
	});

	test('charges on a pending invoice', async () => {
		const { invoiceId, parameters } = world.renewed();
		await world.send(world.bill(manyLines(12)).id, {}, parameters);
		const { list } = await sdk(world.chargebee.url).invoice.list({ status: { is: 'pending' } });
		const [{ invoice }] = list;
		expect(invoice).toMatchObject({ id: invoiceId, sub_total: 9900 + 78 });
		expect(invoice.line_items?.filter(({ entity_type: type }) => type === 'adhoc')).toHaveLength(12);
	});

	test('unbilled charges and promotional credit', async () => {
		const { id } = world.chargebee.createSubscription({});
		const bill = world.bill();
		await world.send(bill.id, { negativeLines: 'keep', credits: 'promotionalCredit' }, { target: 'unbilledCharges', subscriptionSource: 'id', subscriptionId: id });
		const { unbilledCharge, promotionalCredit } = sdk(world.chargebee.url);
		const charges = await unbilledCharge.list({ subscription_id: { is: id } });
		expect(charges.list.map(({ unbilled_charge: charge }) => charge.amount).sort()).toEqual([1175, 4600, 8025]);
		const credits = await promotionalCredit.list({ customer_id: { is: SEEDED.customers.acme } });
		expect(credits.list).toMatchObject([{ promotional_credit: { type: 'increment', amount: 1960, reference: `m3ter:${bill.id}` } }]);
	});

	test('the SDK closes the invoice, and the node finds its lines there', async () => {
		const { invoiceId, parameters } = world.renewed();
		const { id } = world.bill(usualLines.slice(0, 2));
		await world.send(id, {}, parameters);
		const { invoice } = await sdk(world.chargebee.url).invoice.close(invoiceId);
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'unchanged', document: { id: invoice.id, status: 'posted' } });
	});
});

describe('the form body, agreed with the official SDK', () => {
	let server: Server;
	let client: Chargebee;
	let seen = '';

	beforeAll(async () => {
		server = createServer((request, response) => {
			seen = '';
			request.setEncoding('utf8').on('data', (part: string) => (seen += part));
			request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		client = sdk(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	});
	afterAll(async () => await new Promise((resolve) => server.close(resolve)));

	const pairs = (form: string) => [...new URLSearchParams(form)].map(([name, value]) => `${name}=${value}`).sort();
	const agree = (body: FormBody) => expect(pairs(encodeForm(body))).toEqual(pairs(seen));

	const charges = [
		{ amount: 123456, description: 'API calls & "more" [m3ter:1]', date_from: 1_788_178_400, date_to: 1_790_770_399 },
		{ amount: 990, description: 'Łódź + 100%', taxable: false },
	];

	test('rows as columns, with gaps', async () => {
		await client.unbilledCharge.create({ subscription_id: 'sub_demo1', currency_code: 'EUR', charges });
		agree({ subscription_id: 'sub_demo1', currency_code: 'EUR', charges: columns(charges) });
	});

	test('nested objects, and ids to delete', async () => {
		await client.invoice.addCharge('draft_1', { amount: 1, description: 'x', line_item: { date_from: 1_788_178_400, date_to: 1_790_770_399 } });
		agree({ amount: 1, description: 'x', line_item: { date_from: 1_788_178_400, date_to: 1_790_770_399 } });
		await client.invoice.deleteLineItems('draft_1', { line_items: [{ id: 'li_1' }, { id: 'li_2' }] });
		agree({ line_items: columns([{ id: 'li_1' }, { id: 'li_2' }]) });
	});

	test('a whole invoice', async () => {
		const fields = { customer_id: 'cust', currency_code: 'USD', auto_collection: 'off', create_pending_invoice: true, net_term_days: 30 } as const;
		const items = [{ item_price_id: 'usage-USD', unit_price: 5 }];
		const discounts = [{ apply_on: 'invoice_amount' as const, amount: 10 }];
		await client.invoice.createForChargeItemsAndCharges({ ...fields, item_prices: items, charges, discounts });
		agree({ ...fields, item_prices: columns(items), charges: columns(charges), discounts: columns(discounts) });
	});

	test('a list of events', async () => {
		await client.webhookEndpoint.create({ name: 'n', url: 'https://n8n.example.com/x', enabled_events: ['subscription_created', 'subscription_canceled_with_backdating'], basic_auth_username: 'u', basic_auth_password: 'p' });
		agree({ name: 'n', url: 'https://n8n.example.com/x', enabled_events: ['subscription_created', 'subscription_canceled_with_backdating'], basic_auth_username: 'u', basic_auth_password: 'p' });
	});
});

test('the password of a webhook may hold colons, and nothing else is let in', () => {
	const header = 'Basic Y2Job29rOnMzY3I6ZXQtUGFzcw==';
	const auth = { username: 'cbhook', password: ['s3cr', 'et-Pass'].join(':') };
	expect(checkBasicAuth(header, auth)).toBe(true);
	expect(checkBasicAuth(header.toLowerCase(), auth)).toBe(false);
	expect(checkBasicAuth(header.replace('Basic', 'basic'), auth)).toBe(true);
	for (const other of [undefined, '', 'Basic', 'Basic !!', 'Bearer Y2Job29rOnMzY3I6ZXQtUGFzcw==', `Basic ${Buffer.from('cbhook').toString('base64')}`, `Basic ${Buffer.from('cbhook:s3cr').toString('base64')}`]) {
		expect(checkBasicAuth(other, auth)).toBe(false);
	}
	expect(checkBasicAuth(`Basic ${Buffer.from(':').toString('base64')}`, { username: '', password: '' })).toBe(false);
});
