import type * as N8nWorkflow from 'n8n-workflow';

import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';
import { SECRET_KEY, SEEDED, startStripeSandbox } from '../sandbox/stripe';
import { faultSweep, type SweepWorld } from './faultSweep';
import { runNode } from './harness';
import { mappedAccount, startM3ter, usualLines } from './world';

// Pauses between attempts would make hundreds of cases slow; what is tested is the order of calls, not the clock.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

async function world(mode: 'invoice' | 'subscription', changed: boolean): Promise<SweepWorld> {
	const { m3ter, credentials } = await startM3ter();
	const stripe = await startStripeSandbox({ seeded: true });
	credentials.stripeForM3terApi = { secretKey: SECRET_KEY, baseUrl: stripe.url };
	await mappedAccount(m3ter, 'Stripe', 'Customer', SEEDED.customers.acme);
	const { subscriptionId } = stripe.completeCheckout({ customerId: SEEDED.customers.acme, priceId: SEEDED.prices.pro });
	const bill = m3ter.createBill({ accountCode: 'acme', lines: usualLines });
	const act = async () => {
		const { error } = await runNode({
			node: new StripeForM3ter(),
			parameters: { resource: 'bill', operation: 'send', billId: bill.id, mode, subscriptionSource: 'id', subscriptionId, options: { finalize: mode === 'invoice' && !changed } },
			credentials,
		});
		if (error) throw error;
	};
	if (changed) {
		await act();
		const [base, requests, storage] = usualLines;
		m3ter.changeBill(bill.id, { lines: [base, { ...requests, amount: 99 }, { ...storage, description: 'Disks' }, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
	}
	return {
		servers: [m3ter, stripe],
		act,
		outcome: () => ({
			invoices: [...stripe.state.invoices.values()].filter(({ metadata }) => metadata.m3ter_bill_id).map(({ status, subtotal }) => [status, subtotal]),
			lines: [...stripe.state.lines.values()].map(({ amount, description }) => `${amount} ${description}`).sort(),
			items: [...stripe.state.invoiceItems.values()].map(({ amount, description }) => `${amount} ${description}`).sort(),
			ledger: [...m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill').map(({ externalTable }) => externalTable),
		}),
		close: async () => {
			await Promise.all([m3ter.close(), stripe.close()]);
		},
	};
}

jest.setTimeout(240_000);

describe('bill → Stripe: every call fails once, in four ways, and the end is that of a clean run', () => {
	test.each([
		['a first send, finalized', 'invoice', false, 5],
		['a changed bill', 'invoice', true, 4],
		['a first send to a subscription', 'subscription', false, 6],
		['a changed bill on a subscription', 'subscription', true, 6],
	] as const)('%s', async (_name, mode, changed, stripeCalls) => {
		const report = await faultSweep(async () => await world(mode, changed));
		expect(report.different).toEqual([]);
		expect(report.calls.stripe).toBeGreaterThanOrEqual(stripeCalls);
		expect(report.cases).toBe((report.calls.stripe + report.calls.m3ter) * 4);
	});
});
