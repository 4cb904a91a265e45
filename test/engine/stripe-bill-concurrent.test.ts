/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import type * as N8nWorkflow from 'n8n-workflow';

import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';
import type { SendResult } from '../../nodes/shared/sendResult';
import type { LineInput, M3terSandbox } from '../sandbox/m3ter';
import { SECRET_KEY, SEEDED, startStripeSandbox, type StripeSandbox } from '../sandbox/stripe';
import { runNode, type CredentialStore } from './harness';
import { mappedAccount, startM3ter, usualLines } from './world';

// Pauses between attempts would only make these tests slow.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

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

const [base, requests, storage, credit] = usualLines;
const newestLines: LineInput[] = [base, { ...requests, amount: 99 }, { ...storage, description: 'Disks' }, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }];
const otherLines: LineInput[] = [base, { ...requests, amount: 1 }, { lineItemType: 'AD_HOC', description: 'Other', amount: 3 }];

async function send(billId: string, parameters: object): Promise<SendResult> {
	const { json, error } = await runNode({ node: new StripeForM3ter(), parameters: { resource: 'bill', operation: 'send', billId, ...parameters }, credentials });
	if (error) throw error;
	return json[0] as unknown as SendResult;
}

/** Long enough for a whole run, and for a part of one. */
const [LONG, SHORT] = [250, 60];

/** Starts `second` while `first` waits for the answer to its Stripe call number `call`, counted from 1. */
async function overtaken<A, B>(call: number, first: () => Promise<A>, second: () => Promise<B>, ms = LONG): Promise<[A, B]> {
	const before = stripe.requests.length;
	stripe.addFault({ kind: 'delay', ms, after: call - 1 });
	const running = first();
	while (stripe.requests.length < before + call) await new Promise((resolve) => setImmediate(resolve));
	const quick = await second();
	return [await running, quick];
}

const lines = () => [...stripe.state.invoiceItems.values()].map(({ amount, description }) => `${amount} ${description?.split(':')[0]}`).sort();

const MODES = ['invoice', 'subscription'] as const;
/** How many calls a run makes in each mode: it is overtaken after each of them. */
const CALLS = { invoice: { first: 4, change: 3 }, subscription: { first: 6, change: 6 } };
const cases = MODES.flatMap((mode) =>
	(['first', 'change'] as const).flatMap((kind) =>
		Array.from({ length: CALLS[mode][kind] }, (_call, index) => index + 1).flatMap((call) => [LONG, SHORT].map((ms) => [mode, kind, call, ms] as const)),
	),
);

test.each(cases)('%s mode, %s send: overtaken after call %i for %i ms by a newer version of the bill, the newest stands in the end', async (mode, kind, call, ms) => {
	const { subscriptionId } = stripe.completeCheckout({ customerId: SEEDED.customers.acme, priceId: SEEDED.prices.pro });
	const parameters = { mode, subscriptionSource: 'id', subscriptionId };
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	if (kind === 'change') {
		await send(id, parameters);
		m3ter.changeBill(id, { lines: otherLines });
	}
	const [slow, quick] = await overtaken(call, async () => await send(id, parameters), async () => {
		m3ter.changeBill(id, { lines: newestLines });
		return await send(id, parameters);
	}, ms);
	expect(lines()).toEqual(['1175 Disks', '25000 Set-up', '4600 Base fee', '9900 API requests']);
	expect([...stripe.state.invoices.values()].filter(({ metadata }) => metadata.m3ter_bill_id === id)).toHaveLength(mode === 'invoice' ? 1 : 0);
	const inOrder = { totals: { bill: '406.75', document: '406.75', difference: '0.00' } };
	expect(quick).toMatchObject(inOrder);
	expect(slow).toMatchObject(slow.action === 'unchanged' ? { warnings: ['Stripe already has a newer version of this bill.'] } : inOrder);
	expect(await send(id, parameters)).toMatchObject({ action: 'unchanged' });
});

test('a bill recalculated while it is sent is sent again in the same run', async () => {
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	const [result] = await overtaken(4, async () => await send(id, {}), async () => m3ter.changeBill(id, { lines: newestLines }));
	expect(result).toMatchObject({ action: 'created', bill: { version: 2 }, totals: { bill: '406.75', difference: '0.00' }, lines: { added: 5, changed: 2, removed: 1, unchanged: 1 }, calls: 8, warnings: [] });
});

test('a bill approved while it is sent is not sent again for that', async () => {
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	const [result] = await overtaken(4, async () => await send(id, {}), async () => m3ter.approveBill(id));
	expect(result).toMatchObject({ action: 'created', bill: { version: 2 }, lines: { added: 4, changed: 0 }, calls: 5, warnings: [] });
	expect(stripe.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
});

test('a bill whose newer version cannot be sent is an error, not a success with old lines', async () => {
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	const racing = overtaken(4, async () => await send(id, {}), async () => m3ter.changeBill(id, { lines: [credit] }));
	await expect(racing).rejects.toMatchObject({ message: 'The bill total is negative', description: expect.stringContaining(id) });
});

test('when m3ter cannot tell whether the bill changed, the result says so', async () => {
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	const [result] = await overtaken(4, async () => await send(id, {}), async () => m3ter.addFault({ kind: 'status', status: 500, method: 'GET', path: /\/bills$/, times: Infinity }));
	expect(result).toMatchObject({ action: 'created', totals: { difference: '0.00' }, warnings: [expect.stringContaining('could not be checked: m3ter is not available at the moment')] });
});

const invoices = () => [...stripe.state.invoices.values()].map(({ status, subtotal, description }) => [status, subtotal, description ?? '']);

test.each([1, 2, 3, 4])('two runs with different headers, one overtaken after call %i, make one invoice', async (call) => {
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	const withMemo = (memo: string) => async () => await send(id, { options: { memo } });
	const [slow, quick] = await overtaken(call, withMemo('slow'), withMemo('quick'));
	expect(invoices()).toEqual([['draft', 11_840, expect.stringMatching(/^(slow|quick)$/)]]);
	expect([slow.totals.difference, quick.totals.difference]).toEqual(['0.00', '0.00']);
	expect(slow.document?.id).toBe(quick.document?.id);
});

test('of drafts made at the same moment the oldest stays', async () => {
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	await send(id, {});
	const [first] = stripe.state.invoices.values();
	stripe.state.invoices.set('in_later', { ...structuredClone(first), id: 'in_later' });
	m3ter.state.externalMappings.forEach((mapping, key) => mapping.m3terEntity === 'Bill' && m3ter.state.externalMappings.delete(key));
	expect(await send(id, {})).toMatchObject({ document: { id: first.id }, totals: { document: '118.40', difference: '0.00' } });
	expect([...stripe.state.invoices.keys()]).toEqual([first.id]);
});

test('a draft that comes after another execution has finalized its own is taken away', async () => {
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	const [slow] = await overtaken(2, async () => await send(id, {}), async () => {
		const [draft] = stripe.state.invoices.values();
		const other = { ...structuredClone(draft), id: 'in_other', status: 'open' as const };
		stripe.state.invoices.set(other.id, other);
	});
	expect(slow.document).toMatchObject({ id: 'in_other', status: 'open' });
	expect([...stripe.state.invoices.keys()]).toEqual(['in_other']);
});

test('so is a draft for a difference that another execution has finalized', async () => {
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	await send(id, { options: { finalize: true } });
	m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
	const adjust = { options: { whenLocked: 'adjust', finalize: true } };
	stripe.requests.length = 0;
	const [slow] = await overtaken(3, async () => await send(id, adjust), async () => {
		const [first, draft] = stripe.state.invoices.values();
		const other = { ...structuredClone(first), id: 'in_other', metadata: draft.metadata };
		stripe.state.invoices.set(other.id, other);
		for (const line of [...stripe.state.lines.values()]) stripe.state.lines.set(`${line.id}_2`, { ...line, id: `${line.id}_2`, invoice: other.id, amount: line.amount < 0 ? -line.amount : 0 });
	});
	expect(slow).toMatchObject({ document: { id: 'in_other' }, totals: { bill: '138.00', document: '138.00' } });
	expect([...stripe.state.invoices.values()].map(({ status }) => status)).toEqual(['open', 'open']);
});

test('nothing is finalized that does not come to the bill', async () => {
	const { id } = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	await overtaken(3, async () => await send(id, { options: { finalize: true } }), async () => await send(id, { options: { lineDescription: 'Other text: {description}' } }));
	expect(invoices()).toEqual([['open', 11_840, '']]);
});
