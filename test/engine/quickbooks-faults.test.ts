import type * as N8nWorkflow from 'n8n-workflow';

import { faultSweep, type SweepWorld } from './faultSweep';
import { QuickBooksWorld } from './quickbooks-setup';
import { usualLines } from './world';

// Pauses between attempts would make hundreds of cases slow; what is tested is the order of calls, not the clock.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

type Case = 'first' | 'changed' | 'batch';

async function sweepWorld(name: Case, warnsOfDuplicates: boolean): Promise<SweepWorld> {
	const world = new QuickBooksWorld();
	await world.open();
	world.quickBooks.setDuplicateWarning({ on: warnsOfDuplicates });
	const bills = [world.bill(), ...(name === 'batch' ? [world.bill([{ amount: -3, description: 'Refund' }]), world.bill([{ amount: 8, description: 'Usage' }])] : [])];
	const act = async () => {
		const { error } = await world.run('send', bills.map(({ id }) => id));
		if (error) throw error;
	};
	if (name === 'changed') {
		await act();
		const [base, requests, storage] = usualLines;
		world.m3ter.changeBill(bills[0].id, { lines: [base, { ...requests, amount: 99 }, { ...storage, description: 'Disks' }, { lineItemType: 'AD_HOC', description: 'Set-up', amount: 250 }] });
	}
	const shown = (type: 'Invoice' | 'CreditMemo') => world.documents(type).map(({ TotalAmt, Line }) => [TotalAmt, ...Line.map(({ Amount, Description }) => `${Amount} ${Description ?? ''}`)]);
	return {
		servers: [world.m3ter, world.quickBooks],
		act,
		outcome: () => ({
			invoices: shown('Invoice').sort(),
			creditMemos: shown('CreditMemo').sort(),
			ledger: [...world.m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill').map(({ externalTable }) => externalTable),
		}),
		close: async () => expect(await world.close()).toEqual([]),
	};
}

jest.setTimeout(240_000);

describe('bill → QuickBooks: every call fails once, in four ways, and the end is that of a clean run', () => {
	test.each([
		['a first send', 'first', true, 5],
		['a first send where numbers may repeat', 'first', false, 5],
		['a changed bill', 'changed', true, 3],
		['a batch', 'batch', false, 5],
	] as const)('%s', async (_name, name, warnsOfDuplicates, calls) => {
		const report = await faultSweep(async () => await sweepWorld(name, warnsOfDuplicates));
		expect(report.different).toEqual([]);
		expect(report.calls.quickbooks).toBeGreaterThanOrEqual(calls);
		expect(report.cases).toBe((report.calls.quickbooks + report.calls.m3ter) * 4);
	});
});
