import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';
import type { SendResult } from '../../nodes/shared/sendResult';
import type { LineInput, M3terSandbox } from '../sandbox/m3ter';
import { SECRET_KEY, SEEDED, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { runNode, type CredentialStore, type RunResult } from './harness';
import { manyLines, mappedAccount, startM3ter, usualLines } from './world';

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

async function run(operation: string, ids: string[], parameters: object = {}, onError?: 'continueErrorOutput'): Promise<RunResult> {
	return await runNode({
		node: new StripeForM3ter(),
		parameters: { resource: 'bill', operation, billId: '={{ $json.id }}', ...parameters },
		credentials,
		items: ids.map((id) => ({ id })),
		onError,
	});
}

async function send(id: string, options: object = {}, parameters: object = {}): Promise<SendResult> {
	const { json, error } = await run('send', [id], { options, ...parameters });
	if (error) throw error;
	return json[0] as unknown as SendResult;
}

const invoices = () => [...stripe.state.invoices.values()];

/** A call to Stripe as somebody else than the node under test. */
const call = async (method: string, path: string, body = '') =>
	await fetch(stripe.url + path, { method, headers: { Authorization: `Bearer ${SECRET_KEY}`, 'Content-Type': 'application/x-www-form-urlencoded' }, body });

const posts = () => stripe.requests.filter(({ method }) => method !== 'GET').length;

describe('Stripe invoicing', () => {
	test('makes a draft whose total equals the bill, and leaves it alone when sent again', async () => {
		const { id } = bill();
		const first = await send(id);
		expect(first).toMatchObject({ action: 'created', totals: { bill: '118.40', document: '118.40', difference: '0.00' }, lines: { added: 4 }, calls: 4, warnings: [] });
		expect(first.document).toMatchObject({ type: 'invoice', status: 'draft' });
		const writes = posts();
		expect(await send(id)).toMatchObject({ action: 'unchanged', lines: { added: 0, unchanged: 4 }, calls: 1, document: { id: first.document?.id } });
		expect(posts()).toBe(writes);
		expect(invoices()).toHaveLength(1);
	});

	test('corrects the same invoice line by line when the bill changes', async () => {
		const { id } = bill();
		const { document } = await send(id);
		const [base, requests, , credit] = usualLines;
		m3ter.changeBill(id, { lines: [base, { ...requests, amount: 90 }, credit, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
		expect(await send(id)).toMatchObject({
			action: 'updated',
			document: { id: document?.id },
			lines: { added: 1, changed: 1, removed: 1, unchanged: 2 },
			totals: { bill: '366.40', document: '366.40', difference: '0.00' },
		});
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
	});

	test('sees and mends an edit made by hand, and keeps lines added by hand', async () => {
		const { id } = bill();
		const { document } = await send(id);
		const [line] = [...stripe.state.lines.values()];
		await call('POST', `/v1/invoices/${document?.id}/lines/${line.id}`, 'amount=1');
		await call('POST', `/v1/invoices/${document?.id}/add_lines`, 'lines[0][amount]=500&lines[0][description]=Thank you');
		const result = await send(id);
		expect(result).toMatchObject({ action: 'updated', lines: { changed: 1, added: 0, removed: 0 }, totals: { document: '123.40', difference: '5.00' } });
		expect(result.warnings).toEqual([expect.stringContaining('added by hand')]);
	});

	test('previews without writing', async () => {
		const { id } = bill();
		const before = posts();
		const { json } = await run('preview', [id]);
		expect(json[0]).toMatchObject({ action: 'created', lines: { added: 4 } });
		expect((json[0].requests as Array<{ path: string }>).map(({ path }) => path)).toEqual(['/v1/invoices', '/v1/invoices/{invoice}/add_lines']);
		expect(posts()).toBe(before);
	});

	test('tells the status before and after', async () => {
		const { id } = bill();
		expect((await run('getStatus', [id])).json[0]).toMatchObject({ action: 'skipped', document: null });
		await send(id);
		expect((await run('getStatus', [id])).json[0]).toMatchObject({ action: 'unchanged', totals: { difference: '0.00' } });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect((await run('getStatus', [id])).json[0]).toMatchObject({ action: 'updated', totals: { bill: '126.25', document: '118.40', difference: '-7.85' } });
	});

	test('finalizes on request and reports a later change as locked, fails on it, or sends the difference', async () => {
		const { id } = bill();
		expect(await send(id, { finalize: true })).toMatchObject({ action: 'created', document: { status: 'open' } });
		expect(await send(id, { finalize: true })).toMatchObject({ action: 'unchanged' });
		m3ter.changeBill(id, { lines: [...usualLines.slice(0, 3), { ...usualLines[3], amount: -9.6 }] });
		expect(await send(id)).toMatchObject({ action: 'locked', totals: { bill: '128.40', document: '118.40', difference: '-10.00' } });
		await expect(send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The Stripe invoice is finalized and differs from the bill' });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'created', totals: { bill: '128.40', document: '128.40', difference: '0.00' }, lines: { added: 1 } });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'unchanged' });
		expect(invoices().map(({ status }) => status)).toEqual(['open', 'draft']);
	});

	describe('with a finalized adjustment', () => {
		/** 118.40 and, on an invoice of its own, 19.60 more. */
		async function adjusted(): Promise<string> {
			const { id } = bill();
			await send(id, { finalize: true });
			m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
			expect(await send(id, { whenLocked: 'adjust', finalize: true })).toMatchObject({ action: 'created', totals: { document: '138.00', difference: '0.00' } });
			return id;
		}

		const newest = () => ({ id: invoices()[1].id, status: 'open' });

		test('counts both invoices and names the newest, whatever is to be done about a difference', async () => {
			const id = await adjusted();
			const equal = { action: 'unchanged', document: newest(), totals: { bill: '138.00', document: '138.00', difference: '0.00' }, warnings: [] };
			for (const whenLocked of ['report', 'adjust', 'fail']) {
				expect(await send(id, { whenLocked })).toMatchObject(equal);
				expect((await run('getStatus', [id], { options: { whenLocked } })).json[0]).toMatchObject(equal);
			}
			expect((await run('preview', [id])).json[0]).toMatchObject({ ...equal, requests: [] });
			expect(invoices()).toHaveLength(2);
		});

		test('reports a further difference to both, fails on it, or sends it', async () => {
			const id = await adjusted();
			m3ter.changeBill(id, { lines: [...usualLines.slice(0, 3), { lineItemType: 'AD_HOC', description: 'Set-up', amount: 2 }] });
			const different = { action: 'locked', document: newest(), totals: { bill: '140.00', document: '138.00', difference: '-2.00' } };
			expect((await run('getStatus', [id])).json[0]).toMatchObject(different);
			expect(await send(id)).toMatchObject(different);
			await expect(send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ message: 'The Stripe invoice is finalized and differs from the bill' });
			expect((await run('preview', [id], { options: { whenLocked: 'adjust' } })).json[0]).toMatchObject({ action: 'created', document: null, totals: { document: '140.00', difference: '0.00' } });
			expect(invoices()).toHaveLength(2);
			expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'created', lines: { added: 1 }, totals: { document: '140.00', difference: '0.00' } });
			expect(invoices().map(({ status, subtotal }) => [status, subtotal])).toEqual([['open', 11_840], ['open', 1960], ['draft', 200]]);
		});

		test('finds both although the ledger names the first', async () => {
			const id = await adjusted();
			const [entry] = [...m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill');
			entry.externalId = invoices()[0].id;
			expect((await run('getStatus', [id])).json[0]).toMatchObject({ action: 'unchanged', document: newest(), totals: { difference: '0.00' } });
		});
	});

	test('says what to do about a difference that is negative, and sends it as credit when told to', async () => {
		const { id } = bill();
		await send(id, { finalize: true });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 1) });
		expect(await send(id)).toMatchObject({ action: 'locked', totals: { bill: '46.00', document: '118.40', difference: '72.40' } });
		const refusal = {
			message: 'The difference to the finalized Stripe invoice is negative',
			description: expect.stringMatching(new RegExp(`Bill ${id} of account acme comes to 46.00 USD, 72.40 USD less than .* 'Negative Total' to 'Send as Customer Credit'.*void .*'Create Again'`)),
		};
		await expect(send(id, { whenLocked: 'adjust' })).rejects.toMatchObject(refusal);
		expect((await run('preview', [id], { options: { whenLocked: 'adjust' } })).error).toMatchObject(refusal);
		expect(await send(id, { whenLocked: 'adjust', negativeTotal: 'send', finalize: true })).toMatchObject({ action: 'created', totals: { document: '46.00', difference: '0.00' } });
		expect(invoices().map(({ subtotal }) => subtotal)).toEqual([11_840, -7240]);
		m3ter.changeBill(id, { lines: [{ ...usualLines[0], amount: 40 }] });
		expect(await send(id)).toMatchObject({ action: 'locked', totals: { bill: '40.00', document: '46.00', difference: '6.00' } });
	});

	test('names the finalized invoice when there is no difference to send', async () => {
		const { id } = bill();
		const { document } = await send(id, { finalize: true });
		expect(await send(id, { whenLocked: 'adjust' })).toMatchObject({ action: 'unchanged', document: { id: document?.id, status: 'open' }, totals: { document: '118.40', difference: '0.00' } });
	});

	test('creates a deleted invoice again only when told to', async () => {
		const { id } = bill();
		const { document } = await send(id);
		stripe.deleteInvoice({ id: document?.id ?? '' });
		await expect(send(id)).rejects.toMatchObject({ message: 'The Stripe invoice of this bill was deleted or voided', description: expect.stringContaining(id) });
		expect(await send(id, { whenRemoved: 'recreate' })).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
	});

	test('creates a voided invoice again as the advice for a locked one says', async () => {
		const { id } = bill();
		const { document } = await send(id, { finalize: true });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		await expect(send(id, { whenLocked: 'fail' })).rejects.toMatchObject({ description: expect.stringMatching(/Void it in Stripe and .*'When Deleted or Void'.*'Create Again'.*or set 'When Locked' to 'Send Difference'/) });
		await call('POST', `/v1/invoices/${document?.id}/void`);
		await expect(send(id)).rejects.toMatchObject({ message: 'The Stripe invoice of this bill was deleted or voided' });
		expect(await send(id, { whenRemoved: 'recreate' })).toMatchObject({ action: 'created', totals: { document: '138.00', difference: '0.00' } });
	});

	test('finds its invoice without the ledger', async () => {
		const { id } = bill();
		await send(id);
		m3ter.state.externalMappings.forEach((mapping, key) => mapping.m3terEntity === 'Bill' && m3ter.state.externalMappings.delete(key));
		expect(await send(id)).toMatchObject({ action: 'unchanged' });
		expect(invoices()).toHaveLength(1);
	});

	test('two executions at once make one invoice', async () => {
		const { id } = bill();
		const results = await Promise.all([send(id), send(id), send(id)]);
		expect(results.map(({ totals }) => totals.difference)).toEqual(['0.00', '0.00', '0.00']);
		expect(invoices()).toHaveLength(1);
		expect(stripe.state.lines.size).toBe(4);
	});

	test('two executions at once that differ in the header make one invoice, also while Stripe is slow', async () => {
		const { id } = bill();
		stripe.configure({ processingMs: 300 });
		const results = await Promise.all([send(id, { memo: 'one' }), send(id, { memo: 'other' })]);
		expect(results.map(({ totals }) => totals.difference)).toEqual(['0.00', '0.00']);
		expect(invoices()).toMatchObject([{ subtotal: 11_840, status: 'draft' }]);
		expect(stripe.state.lines.size).toBe(4);
	});

	test('a bill of 40 lines takes 4 requests, an unchanged one 2; 240 lines go in chunks', async () => {
		const forty = bill(manyLines(40)).id;
		expect(await send(forty)).toMatchObject({ action: 'created', calls: 4, totals: { bill: '8.20', difference: '0.00' } });
		expect(await send(forty)).toMatchObject({ action: 'unchanged', calls: 2 });
		expect(await send(bill(manyLines(240)).id)).toMatchObject({ calls: 6, lines: { added: 240 }, totals: { difference: '0.00' } });
	});

	test.each([
		['JPY', 100.4, '100'],
		['ISK', 1234.5, '1235'],
		['KWD', 1.236, '1.24'],
	])('rounds to what Stripe takes in %s', async (currency, amount, total) => {
		expect(await send(bill([{ amount }], { currency }).id)).toMatchObject({ action: 'created', totals: { bill: total, document: total, difference: total.includes('.') ? '0.00' : '0' } });
	});
});

describe('what cannot be sent says so, with the bill and what to do', () => {
	const refusals: Array<[string, () => string, object, string, RegExp]> = [
		['an unknown bill', () => '00000000-0000-4000-8000-000000000000', {}, 'm3ter has no such bill', /does not exist/],
		['no bill id', () => '', {}, "'Bill ID' is empty", /Map the id/],
		['a negative total', () => bill([{ amount: -5 }]).id, {}, 'The bill total is negative', /Negative Total/],
		['too many lines', () => bill(manyLines(251)).id, {}, 'The bill has more lines than a Stripe invoice takes', /251 lines.*Group Lines/],
		['a custom currency', () => bill([{ amount: 5 }], { currency: 'CREDITS' }).id, {}, 'Stripe cannot invoice in this currency', /ISO 4217/],
		['a negative line under "refuse"', () => bill().id, { negativeLines: 'refuse' }, 'The bill has a negative line and negative lines are refused', /Service credit/],
	];
	test.each(refusals)('%s', async (_name, make, options, message, description) => {
		await expect(send(make(), options)).rejects.toMatchObject({ message, description: expect.stringMatching(description) });
		expect(invoices()).toHaveLength(0);
	});

	test('lines that do not add up to the bill total', async () => {
		const { id } = bill();
		const stored = m3ter.state.bills.get(id);
		if (stored) m3ter.state.bills.set(id, { ...stored, billTotal: 118.41 });
		await expect(send(id)).rejects.toMatchObject({ message: 'The bill lines do not add up to the bill total', description: expect.stringContaining('118.4 USD') });
	});

	test('an account without customer fails alone, on the error branch', async () => {
		const good = bill().id;
		const account = await mappedAccount(m3ter, 'Xero', 'Contact', 'x-1', { code: 'globex', name: 'Globex' });
		const bad = m3ter.createBill({ accountId: account.id, lines: usualLines }).id;
		const { json, errors } = await run('send', [bad, good, good], {}, 'continueErrorOutput');
		expect(json.map(({ action }) => action)).toEqual(['created', 'created']);
		expect(errors[0]).toMatchObject({ error: 'The account has no Stripe customer', message: expect.stringMatching(/globex.*External Mapping/), details: { kind: 'mapping-missing' } });
		expect(invoices()).toHaveLength(1);
	});

	test('a wrong key and a wrong organization', async () => {
		const { id } = bill();
		const good = credentials.stripeForM3terApi;
		credentials.stripeForM3terApi = { ...good, secretKey: 'sk_test_nobody' };
		await expect(send(id)).rejects.toMatchObject({ message: 'Stripe did not accept the key', httpCode: '401', description: expect.stringContaining(id) });
		credentials.stripeForM3terApi = good;
		credentials.m3terApi = { ...credentials.m3terApi, organizationId: '00000000-0000-4000-8000-000000000001' };
		await expect(send(id)).rejects.toMatchObject({ message: expect.stringContaining('belongs to organization') });
	});

	test('a bill in another currency than the invoice it has', async () => {
		const { id } = bill();
		await send(id);
		m3ter.changeBill(id);
		const stored = m3ter.state.bills.get(id);
		if (stored) m3ter.state.bills.set(id, { ...stored, currency: 'EUR' });
		await expect(send(id)).rejects.toMatchObject({ message: 'The Stripe invoice of this bill has another currency' });
	});
});

describe('Subscription invoicing', () => {
	const mode = { mode: 'subscription', subscriptionSource: 'id' };

	function subscription(): string {
		return stripe.completeCheckout({ customerId: SEEDED.customers.acme, priceId: SEEDED.prices.pro }).subscriptionId;
	}

	test('adds pending items, corrects them, and the renewal bills exactly them', async () => {
		const subscriptionId = subscription();
		const { id } = bill();
		const parameters = { ...mode, subscriptionId };
		expect(await send(id, {}, parameters)).toMatchObject({ action: 'created', document: { type: 'subscription', id: subscriptionId }, totals: { document: '118.40', difference: '0.00' } });
		expect(await send(id, {}, parameters)).toMatchObject({ action: 'unchanged', calls: 1 });
		m3ter.changeBill(id, { lines: [{ ...usualLines[0], amount: 50 }, usualLines[1]] });
		expect(await send(id, {}, parameters)).toMatchObject({ action: 'updated', lines: { changed: 1, removed: 2, unchanged: 1 }, totals: { document: '130.25', difference: '0.00' } });
		stripe.renewSubscription({ id: subscriptionId });
		expect(await send(id, {}, parameters)).toMatchObject({ action: 'unchanged' });
	});

	test('follows finalized items with the difference only', async () => {
		const subscriptionId = subscription();
		const { id } = bill();
		const parameters = { ...mode, subscriptionId };
		await send(id, {}, parameters);
		const renewal = stripe.renewSubscription({ id: subscriptionId }) as { id: string };
		stripe.finalizeInvoice({ id: renewal.id });
		expect(await send(id, {}, parameters)).toMatchObject({ action: 'unchanged' });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		expect(await send(id, {}, parameters)).toMatchObject({ action: 'locked', totals: { bill: '138.00', document: '118.40', difference: '-19.60' } });
		expect(await send(id, { whenLocked: 'adjust' }, parameters)).toMatchObject({ lines: { added: 1 }, totals: { document: '138.00', difference: '0.00' } });
		expect(await send(id, { whenLocked: 'adjust' }, parameters)).toMatchObject({ action: 'unchanged' });
	});

	test('does not count what was on a voided invoice', async () => {
		const subscriptionId = subscription();
		const { id } = bill();
		const parameters = { ...mode, subscriptionId };
		await send(id, {}, parameters);
		const renewal = stripe.renewSubscription({ id: subscriptionId }) as { id: string };
		stripe.finalizeInvoice({ id: renewal.id });
		m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		await expect(send(id, { whenLocked: 'fail' }, parameters)).rejects.toMatchObject({ description: expect.stringMatching(/Void that invoice in Stripe and send the bill again, or set 'When Locked' to 'Send Difference'/) });
		await call('POST', `/v1/invoices/${renewal.id}/void`);
		expect((await run('getStatus', [id], parameters)).json[0]).toMatchObject({ action: 'skipped', totals: { document: '0.00', difference: '-138.00' } });
		expect(await send(id, {}, parameters)).toMatchObject({ action: 'created', lines: { added: 3 }, totals: { document: '138.00', difference: '0.00' } });
		expect(await send(id, {}, parameters)).toMatchObject({ action: 'unchanged' });
	});

	test('sends the items of an unchanged bill again when their invoice was voided', async () => {
		const subscriptionId = subscription();
		const { id } = bill();
		const parameters = { ...mode, subscriptionId };
		await send(id, {}, parameters);
		const renewal = stripe.renewSubscription({ id: subscriptionId }) as { id: string };
		stripe.finalizeInvoice({ id: renewal.id });
		await call('POST', `/v1/invoices/${renewal.id}/void`);
		expect(await send(id, {}, parameters)).toMatchObject({ action: 'created', lines: { added: 4 }, totals: { document: '118.40', difference: '0.00' } });
		expect([...stripe.state.invoiceItems.values()].filter(({ invoice }) => invoice === null)).toHaveLength(4);
	});

	test('says what to do when no subscription is mapped', async () => {
		await expect(send(bill().id, {}, { mode: 'subscription' })).rejects.toMatchObject({ message: 'The account has no Stripe subscription', description: expect.stringContaining('Sync') });
	});
});
