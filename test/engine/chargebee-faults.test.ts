import type * as N8nWorkflow from 'n8n-workflow';

import { ChargebeeBills } from './chargebeeBills';
import { faultSweep, type SweepWorld } from './faultSweep';
import { usualLines } from './world';

// Pauses between attempts would make hundreds of cases slow; what is tested is the order of calls, not the clock.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

interface Scenario {
	name: string;
	target: 'pendingInvoice' | 'unbilledCharges' | 'newInvoice';
	options: object;
	/** The bill is sent once before, and changes. */
	changed: boolean;
	/** Requests to Chargebee at least. */
	calls: number;
}

const SCENARIOS: Scenario[] = [
	{ name: 'a first send to the pending invoice, closed', target: 'pendingInvoice', options: { close: true }, changed: false, calls: 8 },
	{ name: 'a changed bill on the pending invoice', target: 'pendingInvoice', options: {}, changed: true, calls: 7 },
	{ name: 'unbilled charges and a credit, changed', target: 'unbilledCharges', options: { negativeLines: 'keep', credits: 'promotionalCredit' }, changed: true, calls: 8 },
	{ name: 'a new final invoice', target: 'newInvoice', options: { close: true }, changed: false, calls: 5 },
];

async function world({ target, options, changed }: Scenario): Promise<SweepWorld> {
	const bills = await ChargebeeBills.start();
	const { subscriptionId } = bills.renewed();
	const { id } = bills.bill();
	const act = async () => await bills.send(id, options, { target, subscriptionSource: 'id', subscriptionId });
	if (changed) {
		await act();
		const [base, requests, , credit] = usualLines;
		bills.m3ter.changeBill(id, { lines: [base, { ...requests, amount: 99 }, { ...credit, amount: -4 }, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
	}
	const { m3ter, chargebee } = bills;
	return {
		servers: [m3ter, chargebee],
		act,
		outcome: () => ({
			invoices: bills.invoices().map(({ status, sub_total: subTotal }) => [status, subTotal]),
			lines: bills.invoices().flatMap(({ line_items: lines }) => lines.map(({ amount, description }) => `${amount} ${String(description).replace(/ \[m3ter.*/, '')}`)).sort(),
			unbilled: [...chargebee.state.unbilledCharges.values()].map(({ amount, description }) => `${amount} ${String(description).replace(/ \[m3ter.*/, '')}`).sort(),
			credit: [...chargebee.state.customers.values()].map(({ promotional_credits: credit }) => credit),
			ledger: [...m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill').map(({ externalTable }) => externalTable),
		}),
		close: async () => await bills.stop(),
	};
}

jest.setTimeout(240_000);

describe('bill → Chargebee: every call fails once, in four ways, and the end is that of a clean run', () => {
	test.each(SCENARIOS)('$name', async (scenario) => {
		const report = await faultSweep(async () => await world(scenario));
		expect(report.different).toEqual([]);
		expect(report.calls.chargebee).toBeGreaterThanOrEqual(scenario.calls);
		expect(report.cases).toBe((report.calls.chargebee + report.calls.m3ter) * 4);
	});
});
