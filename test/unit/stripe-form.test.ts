/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import fc from 'fast-check';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

import { encodeForm, type FormBody } from '../../nodes/shared/form';
import { decodeForm } from '../sandbox/kit/form';

const VECTOR = {
	lines: [
		{ amount: -1250, description: 'Credit', metadata: { 'm3ter_line_item_id': 'l-1' }, period: { start: 1767225600, end: 1769904000 }, tax_rates: ['txr_1', 'txr_2'] },
		{ quantity_decimal: '12.5', price_data: { currency: 'usd', product: 'prod_1', unit_amount_decimal: '0.0125' }, discounts: '' },
	],
};

const ENCODED =
	'lines[0][amount]=-1250&lines[0][description]=Credit&lines[0][metadata][m3ter_line_item_id]=l-1&lines[0][period][start]=1767225600&lines[0][period][end]=1769904000&lines[0][tax_rates][0]=txr_1&lines[0][tax_rates][1]=txr_2&lines[1][quantity_decimal]=12.5&lines[1][price_data][currency]=usd&lines[1][price_data][product]=prod_1&lines[1][price_data][unit_amount_decimal]=0.0125&lines[1][discounts]=';

describe('the encoding Stripe documents by its SDK', () => {
	test('the test vector', () => expect(encodeForm(VECTOR)).toBe(ENCODED));

	test.each<[string, FormBody, string]>([
		['booleans', { a: true, b: false }, 'a=true&b=false'],
		['the empty text that clears a field', { a: '', b: null }, 'a=&b='],
		['nothing for undefined', { a: undefined, b: { c: undefined, d: 0 } }, 'b[d]=0'],
		['nothing for empty lists and objects', { a: [], b: {} }, ''],
		['text beyond ASCII', { a: 'Zażółć €' }, 'a=Za%C5%BC%C3%B3%C5%82%C4%87%20%E2%82%AC'],
		['text that looks like a form', { a: 'x&b=1+2 %[c]' }, 'a=x%26b%3D1%2B2%20%25%5Bc%5D'],
		['marks that encodeURIComponent leaves alone', { a: "!'()*" }, 'a=%21%27%28%29%2A'],
		['keys from people', { metadata: { 'a b&c': 'd' } }, 'metadata[a%20b%26c]=d'],
	])('%s', (_name, body, expected) => expect(encodeForm(body)).toBe(expected));

	test('what is encoded is read back as it was, whatever the text', () => {
		const texts = fc.string({ unit: 'grapheme' });
		fc.assert(
			fc.property(texts, fc.array(texts, { minLength: 1 }), (description, list) => {
				expect(decodeForm(encodeForm({ lines: [{ description, list }] }))).toEqual({ lines: [{ description, list }] });
			}),
		);
	});
});

describe('agreement with the official SDK', () => {
	let server: Server;
	let stripe: Stripe;
	let seen: string;

	beforeAll(async () => {
		server = createServer((request, response) => {
			seen = '';
			request.setEncoding('utf8').on('data', (part: string) => (seen += part));
			request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"in_1","object":"invoice"}'));
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as AddressInfo;
		stripe = new Stripe(['sk', 'test', 'nobody'].join('_'), { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0 });
	});

	afterAll(async () => await new Promise((resolve) => server.close(resolve)));

	test('the same bytes for lines', async () => {
		await stripe.rawRequest('POST', '/v1/invoices/in_1/add_lines', VECTOR);
		expect(encodeForm(VECTOR)).toBe(seen);
	});

	test('the same bytes for an invoice with everything that needs care', async () => {
		const invoice = {
			customer: 'cus_1',
			auto_advance: false,
			discounts: '',
			description: "Füße & co. (100% + 1) * 'x' ~!",
			custom_fields: [{ name: 'Billing Period', value: '2026-04-01 to 2026-04-30' }],
			metadata: { m3ter_bill_id: 'b-1', 'odd key [x]': 'ü' },
			automatic_tax: { enabled: true },
		} satisfies Stripe.InvoiceCreateParams;
		await stripe.invoices.create(invoice);
		expect(encodeForm(invoice)).toBe(seen);
	});

	test('the same bytes for any metadata', async () => {
		const metadata = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }), fc.string({ unit: 'grapheme', maxLength: 20 }), { minKeys: 1, maxKeys: 5, noNullPrototype: true });
		await fc.assert(
			fc.asyncProperty(metadata, async (entries) => {
				await stripe.invoices.update('in_1', { metadata: entries });
				expect(encodeForm({ metadata: entries })).toBe(seen);
			}),
			{ numRuns: 40 },
		);
	});
});
