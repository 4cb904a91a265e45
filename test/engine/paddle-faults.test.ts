import type * as N8nWorkflow from 'n8n-workflow';

import { faultSweep, type SweepWorld } from './faultSweep';
import { PaddleBills } from './paddleBills';
import { usualLines } from './world';

// Pauses between attempts would make hundreds of cases slow; what is tested is the order of calls, not the clock.
jest.mock('n8n-workflow', () => ({ ...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'), sleep: async () => undefined }));

async function world(target: 'charge' | 'transaction' | 'modifiers', changed: boolean): Promise<SweepWorld> {
	const bills = await PaddleBills.start();
	const { m3ter, paddle } = bills;
	const [base, requests] = usualLines;
	const { id } = bills.bill([base, requests]);
	const parameters = { transaction: { target }, charge: bills.subscribed().parameters, modifiers: bills.modifiers.parameters }[target];
	const act = async () => await bills.send(id, { whenLocked: 'adjust' }, parameters);
	if (changed) {
		await act();
		m3ter.changeBill(id, { lines: [base, { ...requests, amount: 99 }] });
	}
	const amounts = (items: Array<{ price: { unit_price: { amount: string } } }> = []) => items.map(({ price }) => price.unit_price.amount);
	return {
		servers: [m3ter, paddle],
		act,
		outcome: () => ({
			waiting: [...paddle.state.waitingCharges.values()].map((items) => amounts(items)),
			transactions: bills.transactionsOf(id).filter(({ status }) => status !== 'canceled').map(({ status, items }) => [status, amounts(items)]),
			modifiers: [...paddle.state.classic.modifiers.values()].map(({ amount, is_recurring: recurring }) => `${amount} ${recurring}`).sort(),
			ledger: [...m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill').map(({ externalTable }) => externalTable),
		}),
		close: async () => {
			await Promise.all([m3ter.close(), paddle.close()]);
		},
	};
}

jest.setTimeout(240_000);

describe('bill → Paddle: every call fails once, in four ways, and the end is that of a clean run', () => {
	test.each([
		['a first charge', 'charge', false, 4],
		['a first draft transaction', 'transaction', false, 5],
		['modifiers of a changed bill', 'modifiers', true, 6],
	] as const)('%s', async (_name, target, changed, paddleCalls) => {
		const report = await faultSweep(async () => await world(target, changed));
		expect(report.different).toEqual([]);
		expect(report.calls.paddle).toBe(paddleCalls);
		expect(report.cases).toBe((report.calls.paddle + report.calls.m3ter) * 4);
	});
});

describe('a run that breaks off anywhere, then a payment, then the bill again', () => {
	/** Everything payments took of the bill, in cents. */
	const taken = (bills: PaddleBills) => Math.round(bills.paddle.state.classic.payments.flatMap(({ modifiers }) => modifiers).reduce((sum, { amount }) => sum + amount * 100, 0));

	test.each(['paddle', 'm3ter'] as const)('%s: charges the bill once, or says that nobody knows', async (name) => {
		const outcomes: string[] = [];
		for (let call = 0; ; call++) {
			const bills = await PaddleBills.start();
			const { id } = bills.bill();
			const act = async () => await bills.send(id, { whenLocked: 'adjust' }, bills.modifiers.parameters);
			bills[name].addFault({ kind: 'lost', after: call, times: 1 });
			bills[name].addFault({ kind: 'refuse', after: call + 1, times: Infinity });
			bills[name].requests.length = 0;
			await act().catch(() => undefined);
			const broken = bills[name].requests.length > call;
			bills[name].clearFaults();
			bills.paddle.takeClassicPayment({ id: bills.modifiers.id });
			const refusal = await act().then(() => undefined, ({ message }: Error) => message);
			bills.paddle.takeClassicPayment({ id: bills.modifiers.id });
			outcomes.push(refusal ?? String(taken(bills)));
			await Promise.all([bills.m3ter.close(), bills.paddle.close()]);
			if (!broken) break;
		}
		expect(new Set(outcomes)).toEqual(new Set(['11840', 'It is not known what a payment took of the bill']));
		expect(outcomes.at(-1)).toBe('11840');
	});
});
