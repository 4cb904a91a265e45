import type * as N8nWorkflow from 'n8n-workflow';

import { faultSweep, type SweepWorld } from './faultSweep';
import { NetSuiteWorld } from './netsuite-setup';

// Pauses between attempts would make hundreds of cases slow; what is tested is the order of calls, not the clock.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

type Situation = 'first' | 'turned' | 'emptied';

/** A bill that is to be sent, for the first time or after something happened. */
async function world(situation: Situation): Promise<SweepWorld> {
	const opened = await NetSuiteWorld.open();
	const { m3ter, netSuite } = opened;
	const { id } = opened.bill();
	const options = situation === 'first' ? { approval: 'approved' } : {};
	if (situation !== 'first') {
		await opened.send(id, options);
		m3ter.changeBill(id, { lines: [{ amount: situation === 'turned' ? -12.5 : 0, description: 'Goodwill' }] });
	}
	return {
		servers: [m3ter, netSuite],
		act: async () => await opened.send(id, options),
		outcome: () => ({
			documents: opened.documents().map(({ type, total, status, externalId, lines }) => [type, total, status, externalId?.replace(id, 'bill'), lines.map(({ amount, description }) => `${amount} ${description}`)]),
			ledger: [...m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill').map(({ externalTable, externalId }) => [externalTable, netSuite.state.transactions.get(externalId)?.type ?? (externalId === 'none' ? 'none' : 'missing')]),
		}),
		close: async () => await opened.close(),
	};
}

jest.setTimeout(240_000);

describe('bill → NetSuite: every call fails once, in four ways, and the end is that of a clean run', () => {
	test.each([
		['a first send, approved', 'first', 8],
		['a bill that turned from an invoice into a credit memo', 'turned', 7],
		['a bill that came to nothing', 'emptied', 5],
	] as const)('%s', async (_name, situation, netSuiteCalls) => {
		const report = await faultSweep(async () => await world(situation));
		expect(report.different).toEqual([]);
		expect(report.calls.netsuite).toBeGreaterThanOrEqual(netSuiteCalls);
		expect(report.cases).toBe((report.calls.netsuite + report.calls.m3ter) * 4);
	});
});
