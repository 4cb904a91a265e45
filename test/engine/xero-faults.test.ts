import type * as N8nWorkflow from 'n8n-workflow';

import type { LineInput } from '../sandbox/m3ter';
import { faultSweep, type SweepWorld } from './faultSweep';
import { organisation, runBill, xeroWorld } from './xero-setup';
import { usualLines } from './world';

// Pauses between attempts would make hundreds of cases slow; what is tested is the order of calls, not the clock.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

const negative: LineInput[] = [{ description: 'Fee', amount: 5 }, { description: 'Credit', amount: -30.5 }];

/** Two bills in one batch; `changed`: both were sent before, and one has turned into a credit note since. */
async function world(changed: boolean): Promise<SweepWorld> {
	const { m3ter, xero, credentials, close } = await xeroWorld();
	const bills = [usualLines, changed ? usualLines : negative].map((lines) => m3ter.createBill({ accountCode: 'acme', currency: 'EUR', lines }));
	const act = async () => {
		const options = { lineMapping: { rows: [{ match: '', account: '200' }] } };
		const { error } = await runBill({ m3ter, xero, credentials, close }, 'send', bills.map(({ id }) => id), { options, status: changed ? 'DRAFT' : 'AUTHORISED' });
		if (error) throw error;
	};
	if (changed) {
		await act();
		const [base, requests, storage] = usualLines;
		m3ter.changeBill(bills[0].id, { lines: [base, { ...requests, amount: 99 }, { ...storage, description: 'Disks' }, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
		m3ter.changeBill(bills[1].id, { lines: negative });
	}
	const documents = () => [...organisation(xero).invoices.values(), ...organisation(xero).creditNotes.values()];
	return {
		servers: [m3ter, xero],
		act,
		outcome: () => ({
			documents: documents().map(({ type, status, subTotal, lines }) => [type, status, subTotal, lines.map(({ LineAmount, Description }) => `${LineAmount} ${Description}`)]),
			ledger: [...m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill').map(({ externalTable }) => externalTable),
		}),
		close: async () => {
			expect([...m3ter.violations, ...xero.violations]).toEqual([]);
			await close();
		},
	};
}

jest.setTimeout(240_000);

describe('bills → Xero: every call fails once, in four ways, and the end is that of a clean run', () => {
	test.each([
		['a first send of an invoice and a credit note, approved', false, 5],
		['two changed bills, one of them negative now', true, 5],
	] as const)('%s', async (_name, changed, xeroCalls) => {
		const report = await faultSweep(async () => await world(changed));
		expect(report.different).toEqual([]);
		expect(report.calls.xero).toBeGreaterThanOrEqual(xeroCalls);
		expect(report.cases).toBe((report.calls.xero + report.calls.m3ter) * 4);
	});
});
