/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import type * as N8nWorkflow from 'n8n-workflow';

import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';
import type * as Http from '../../nodes/n8n/http';
import type { SendResult } from '../../nodes/shared/sendResult';
import type { LineInput, M3terSandbox } from '../sandbox/m3ter';
import type { Fault } from '../sandbox/kit/http';
import { RESTRICTED_KEY, SECRET_KEY, SEEDED, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { runNode, type CredentialStore, type RunResult } from './harness';
import { mappedAccount, startM3ter, usualLines } from './world';

// Pauses between attempts and a minute without an answer would only make these tests slow.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));
jest.mock('../../nodes/n8n/http', () => {
	const { Api } = jest.requireActual<typeof Http>('../../nodes/n8n/http');
	return {
		Api: class extends Api {
			constructor(...[context, settings]: ConstructorParameters<typeof Api>) {
				super(context, { ...settings, timeoutMs: 1500 });
			}
		},
	};
});

let m3ter: M3terSandbox;
let stripe: StripeSandbox;
let credentials: CredentialStore;

beforeEach(async () => {
	({ m3ter, credentials } = await startM3ter());
	stripe = await startStripeSandbox({ seeded: true });
	credentials.stripeForM3terApi = { secretKey: SECRET_KEY, baseUrl: stripe.url };
	await mappedAccount(m3ter, 'Stripe', 'Customer', SEEDED.customers.acme);
});

afterEach(async () => {
	expect([...m3ter.violations, ...stripe.violations]).toEqual([]);
	await Promise.all([m3ter.close(), stripe.close()]);
});

const bill = (lines: LineInput[] = usualLines, fields: object = {}) => m3ter.createBill({ accountCode: 'acme', lines, ...fields });

const run = async (ids: string[], parameters: object = {}, onError?: 'continueErrorOutput'): Promise<RunResult> =>
	await runNode({ node: new StripeForM3ter(), parameters: { resource: 'bill', operation: 'send', billId: '={{ $json.id }}', ...parameters }, credentials, items: ids.map((id) => ({ id })), onError });

async function send(id: string, options: object = {}): Promise<SendResult> {
	const { json, error } = await run([id], { options });
	if (error) throw error;
	return json[0] as unknown as SendResult;
}

const invoices = () => [...stripe.state.invoices.values()];

/** Sends again after the trouble is over: one correct invoice per bill, as if nothing had happened. */
async function expectHealed(ids: string[]): Promise<void> {
	m3ter.clearFaults();
	stripe.clearFaults();
	const { json, error } = await run(ids);
	expect(error).toBeUndefined();
	for (const result of json) expect(result).toMatchObject({ totals: { bill: '118.40', document: '118.40', difference: '0.00' } });
	expect(invoices().map(({ subtotal }) => subtotal)).toEqual(ids.map(() => 11_840));
	expect(stripe.state.lines.size).toBe(4 * ids.length);
}

describe('trouble on the way is named, and the next run ends as if there had been none', () => {
	const troubles: Array<[string, 'm3ter' | 'stripe', Fault, string, RegExp]> = [
		['m3ter throttles', 'm3ter', { kind: 'status', status: 429 }, 'm3ter is receiving too many requests', /Wait a little/],
		['m3ter breaks', 'm3ter', { kind: 'status', status: 500, body: { message: 'Internal error' } }, 'm3ter is not available at the moment', /Internal error/],
		['m3ter answers an HTML page', 'm3ter', { kind: 'html', status: 502 }, 'm3ter is not available at the moment', /HTTP 502/],
		['the firewall before m3ter answers', 'm3ter', { kind: 'html', status: 403 }, 'm3ter blocked the request before it was read', /firewall/],
		['m3ter never answers', 'm3ter', { kind: 'hang' }, 'm3ter did not answer', /timeout|aborted/i],
		['m3ter is not there', 'm3ter', { kind: 'refuse' }, 'm3ter did not answer', /ECONNRESET|socket hang up/],
		['Stripe throttles', 'stripe', { kind: 'status', status: 429, body: { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many' } } }, 'Stripe is receiving too many requests', /Too many/],
		['Stripe locks the object', 'stripe', { kind: 'status', status: 429, headers: { 'Stripe-Should-Retry': 'true' }, body: { error: { code: 'lock_timeout', message: 'Locked' } } }, 'Stripe is receiving too many requests', /Locked/],
		['Stripe breaks', 'stripe', { kind: 'status', status: 500, headers: { 'Request-Id': 'req_1' }, body: { error: { type: 'api_error', message: 'Oops' } } }, 'Stripe is not available at the moment', /Oops \[req_1\]/],
		['Stripe answers an HTML page', 'stripe', { kind: 'html', status: 503 }, 'Stripe is not available at the moment', /HTTP 503/],
		['Stripe never answers', 'stripe', { kind: 'hang' }, 'Stripe did not answer', /timeout|aborted/i],
		['Stripe is not there', 'stripe', { kind: 'refuse' }, 'Stripe did not answer', /ECONNRESET|socket hang up/],
	];

	test.each(troubles)('%s', async (_name, side, fault, error, why) => {
		const { id } = bill();
		(side === 'm3ter' ? m3ter : stripe).addFault({ ...fault, times: Infinity, path: side === 'm3ter' ? /^\/organizations/ : undefined });
		const { json, errors } = await run([id], {}, 'continueErrorOutput');
		expect(json).toEqual([]);
		expect(errors).toMatchObject([{ error, message: expect.stringMatching(why) }]);
		if (side === 'stripe') expect(errors[0].message).toContain(`Bill ${id} of account acme`);
		expect(invoices()).toEqual([]);
		await expectHealed([id]);
	});

	test.each(troubles.filter(([, side, { kind }]) => side === 'stripe' && kind !== 'hang'))('%s between the draft and its lines', async (_name, _side, fault, error) => {
		const { id } = bill();
		stripe.addFault({ ...fault, times: Infinity, path: /add_lines$/ });
		await expect(send(id)).rejects.toMatchObject({ message: error, description: expect.stringContaining(id) });
		expect(invoices()).toMatchObject([{ subtotal: 0, status: 'draft' }]);
		await expectHealed([id]);
	});

	test.each(['m3ter', 'stripe'])('%s is slow for a moment', async (side) => {
		const { id } = bill();
		const server = side === 'm3ter' ? m3ter : stripe;
		server.addFault({ kind: 'status', status: 429, headers: { 'Retry-After': '2' }, times: 2 });
		server.addFault({ kind: 'hang', after: 3 });
		expect(await send(id)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		expect(invoices()).toHaveLength(1);
	});
});

describe('an expired m3ter token', () => {
	test.each([401, 403] as const)('answered with %i is renewed without anybody noticing, also by many calls at once', async (status) => {
		m3ter.settings.unauthorizedStatus = status;
		const ids = Array.from({ length: 25 }, () => bill([{ amount: 1 }]).id);
		await run([ids[0]]);
		m3ter.state.tokens.clear();
		const { json, error } = await run(ids);
		expect(error).toBeUndefined();
		expect(json.map(({ action }) => action)).toEqual(['unchanged', ...Array<string>(24).fill('created')]);
	});

	test('that cannot be renewed is a matter of the credential', async () => {
		const { id } = bill();
		credentials.m3terApi = { ...credentials.m3terApi, apiSecret: 'wrong' };
		m3ter.settings.unauthorizedStatus = 401;
		await expect(send(id)).rejects.toMatchObject({ message: 'm3ter did not accept the access key', description: expect.stringContaining('Check Access Key ID and API Secret') });
	});
});

describe('a restricted Stripe key', () => {
	const permissions = (invoices: 'none' | 'read' | 'write') => ({ customers: 'read', invoices }) as const;

	beforeEach(() => {
		credentials.stripeForM3terApi = { secretKey: RESTRICTED_KEY, baseUrl: stripe.url };
	});

	test.each([
		['none', 'rak_invoice_read'],
		['read', 'rak_invoice_write'],
	] as const)('with invoices: %s is told which permission is missing', async (granted, missing) => {
		stripe.configure({ restrictedKeyPermissions: permissions(granted) });
		const { id } = bill();
		await expect(send(id)).rejects.toMatchObject({ message: 'The Stripe key lacks a permission', httpCode: '403', description: expect.stringMatching(new RegExp(`Bill ${id} of account acme: .*${missing}`)) });
		expect(invoices()).toEqual([]);
	});

	test('needs no more than invoices: write', async () => {
		stripe.configure({ restrictedKeyPermissions: { invoices: 'write' } });
		expect(await send(bill().id, { finalize: true })).toMatchObject({ action: 'created', document: { status: 'open' } });
	});
});

describe('what Stripe answers from its memory of the last day', () => {
	const subscriptionItems = () => {
		const { subscriptionId } = stripe.completeCheckout({ customerId: SEEDED.customers.acme, priceId: SEEDED.prices.pro });
		return { mode: 'subscription', subscriptionSource: 'id', subscriptionId };
	};

	test.each([
		['the invoice', '/v1/invoices', () => ({})],
		['an invoice item', '/v1/invoiceitems', subscriptionItems],
	])('a failure of Stripe while it made %s does not last, whether it was made or not', async (_name, path, mode) => {
		const parameters = mode();
		for (const applied of [false, true]) {
			const { id } = bill();
			stripe.failNext({ kind: 'api_error', method: 'POST', path, applied });
			const { json, error } = await run([id], parameters);
			expect(error).toBeUndefined();
			expect(json).toMatchObject([{ totals: { bill: '118.40', document: '118.40', difference: '0.00' } }]);
			expect((await run([id], parameters)).json).toMatchObject([{ action: 'unchanged', lines: { unchanged: 4 } }]);
		}
	});

	test('and goes on answering is told in the end', async () => {
		for (let time = 0; time < 40; time++) stripe.failNext({ kind: 'api_error', method: 'POST', path: '/v1/invoices' });
		await expect(send(bill().id)).rejects.toMatchObject({ message: 'Stripe is not available at the moment', description: expect.stringContaining('An unknown error occurred') });
	});

	test('a refusal does not outlive its cause, however often it was met', async () => {
		const { id } = bill();
		const parameters = { customerSource: 'id', customerId: SEEDED.customers.noEmail, options: { collectionMethod: 'send_invoice' } };
		for (let time = 0; time < 8; time++) expect((await run([id], parameters)).error).toMatchObject({ description: expect.stringContaining('Missing email') });
		const customer = stripe.state.customers.get(SEEDED.customers.noEmail);
		if (customer) customer.email = 'ap@noemail.test';
		expect((await run([id], parameters)).json).toMatchObject([{ action: 'created', totals: { difference: '0.00' } }]);
		expect(invoices()).toHaveLength(1);
	});

	test('an invoice item that was changed there and back can be changed once more', async () => {
		const parameters = subscriptionItems();
		const { id, lineItems } = bill();
		await run([id], parameters);
		const withAmount = (amount: number) => m3ter.changeBill(id, { lines: [{ ...lineItems[0], subtotal: amount, convertedSubtotal: amount }] });
		for (const amount of [50, 46, 50, 46]) {
			withAmount(amount);
			expect((await run([id], parameters)).json).toMatchObject([{ action: 'updated', totals: { bill: `${amount}.00`, difference: '0.00' } }]);
		}
	});
});

describe('somebody finalizes the invoice while it is written', () => {
	/** Sends the changed bill; the invoice is finalized after the run has read it as a draft. */
	async function finalizedMeanwhile(options: object = {}): Promise<SendResult> {
		const { id } = bill();
		const invoice = (await send(id)).document?.id ?? '';
		m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		stripe.requests.length = 0;
		stripe.addFault({ kind: 'delay', ms: 250, path: `/v1/invoices/${invoice}` });
		const running = send(id, options);
		while (stripe.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
		stripe.finalizeInvoice({ id: invoice });
		return await running;
	}

	test('and is left alone, reported as locked with the difference', async () => {
		expect(await finalizedMeanwhile()).toMatchObject({ action: 'locked', document: { status: 'open' }, totals: { bill: '138.00', document: '118.40', difference: '-19.60' }, warnings: [expect.stringContaining('can no longer be changed')] });
		expect(invoices().map(({ status, subtotal }) => [status, subtotal])).toEqual([['open', 11_840]]);
	});

	test('or fails where that is wanted', async () => {
		await expect(finalizedMeanwhile({ whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The Stripe invoice is finalized and differs from the bill' });
	});

	test('or is followed by the difference', async () => {
		expect(await finalizedMeanwhile({ whenLocked: 'adjust' })).toMatchObject({ action: 'created', totals: { bill: '138.00', document: '138.00', difference: '0.00' } });
		expect(invoices().map(({ status, subtotal }) => [status, subtotal])).toEqual([['open', 11_840], ['draft', 1960]]);
	});
});

describe('bills that change', () => {
	test('between approval and sending are sent as they are, and the re-approval corrects the same invoice', async () => {
		const { id } = bill();
		m3ter.approveBill(id);
		const first = await send(id);
		m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		m3ter.approveBill(id);
		expect(await send(id)).toMatchObject({ action: 'updated', document: { id: first.document?.id }, bill: { version: 4 }, totals: { bill: '126.25', difference: '0.00' } });
		expect(invoices()).toHaveLength(1);
	});

	test('only in their line ids change nothing', async () => {
		const { id } = bill();
		await send(id);
		const idsBefore = [...stripe.state.lines.keys()];
		m3ter.changeBill(id, { lines: usualLines });
		expect(await send(id)).toMatchObject({ action: 'unchanged', lines: { unchanged: 4 } });
		expect([...stripe.state.lines.keys()]).toEqual(idsBefore);
	});

	test('in one line, with new line ids for all, touch that line only', async () => {
		const { id } = bill();
		await send(id);
		m3ter.changeBill(id, { lines: usualLines.map((line, index) => (index === 1 ? { ...line, amount: 81.25, units: 122 } : line)) });
		expect(await send(id)).toMatchObject({ action: 'updated', lines: { added: 0, changed: 1, removed: 0, unchanged: 3 }, totals: { bill: '119.40', difference: '0.00' } });
	});

	test('twice in one run are handled once', async () => {
		const { id } = bill();
		const { json } = await run([id, id, id]);
		expect(json).toMatchObject([{ action: 'created' }, { action: 'created' }, { action: 'created' }]);
		expect(invoices()).toHaveLength(1);
	});
});

describe('a m3ter that takes no mapping for bills', () => {
	beforeEach(() => {
		m3ter.settings.mappings.entities = ['Account', 'Plan'];
	});

	test('is a warning, and the bill is still sent exactly once', async () => {
		const { id } = bill();
		const first = await send(id);
		expect(first).toMatchObject({ action: 'created', warnings: [expect.stringMatching(/did not take the external mapping Bill → n8n StripeInvoice.*Bill cannot be mapped.*carries the bill id/)] });
		expect(await send(id)).toMatchObject({ action: 'unchanged', document: { id: first.document?.id } });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect(await send(id)).toMatchObject({ action: 'updated', document: { id: first.document?.id } });
		expect(invoices()).toHaveLength(1);
	});

	test.each([['as it was', {}], ['with another header', { memo: 'Corrected' }]])('cannot hide that the invoice was deleted: without a ledger it is made anew, %s', async (_name, options) => {
		const { id } = bill();
		stripe.deleteInvoice({ id: (await send(id)).document?.id ?? '' });
		expect(await send(id, options)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
		expect(invoices()).toHaveLength(1);
	});
});

describe('a customer who cannot take the bill', () => {
	test('because Stripe does not have them', async () => {
		const { id } = bill();
		const { error } = await run([id], { customerSource: 'id', customerId: 'cus_nobody' });
		expect(error).toMatchObject({ message: 'Stripe refused the request', description: expect.stringMatching(new RegExp(`Bill ${id} of account acme: POST /v1/invoices: .*cus_nobody.*parameter customer.*same mode`)) });
	});

	test('because an invoice by e-mail needs an address', async () => {
		const { id } = bill();
		const { error } = await run([id], { customerSource: 'id', customerId: SEEDED.customers.noEmail, options: { collectionMethod: 'send_invoice' } });
		expect(error).toMatchObject({ message: 'Stripe refused the request', description: expect.stringMatching(new RegExp(`Bill ${id}.*email`)) });
	});

	test('because the subscription is in another currency', async () => {
		const { subscriptionId } = stripe.completeCheckout({ customerId: SEEDED.customers.globex, priceId: SEEDED.prices.proEur });
		const { id } = bill();
		const { error } = await run([id], { customerSource: 'id', customerId: SEEDED.customers.globex, mode: 'subscription', subscriptionSource: 'id', subscriptionId });
		expect(error).toMatchObject({ message: 'Stripe refused the request', description: expect.stringMatching(new RegExp(`Bill ${id}.*currency`)) });
		expect(stripe.state.invoiceItems.size).toBe(0);
	});
});
