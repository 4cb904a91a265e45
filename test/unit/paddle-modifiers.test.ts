import fc from 'fast-check';

import { fromLedger, ledgerText, modifierOf, planModifiers, type ModifierState } from '../../nodes/Paddle/modifierPlan';
import type { BillJob } from '../../nodes/M3ter/billTarget';
import type { PaddleModifier } from '../../nodes/Paddle/schemas';

const bill = (lines: Array<[key: string, amount: string]>, total: string): BillJob =>
	({
		bill: { id: 'bill-1' },
		account: { code: 'acme' },
		draft: { currency: 'USD', decimals: 2, total, reference: 'INV-7', lines: lines.map(([key, amount]) => ({ key, ids: [key], type: 'USAGE', description: `Line ${key}`, amount })) },
	}) as unknown as BillJob;

const user = (lastPayment?: string) => ({ subscription_id: 5, state: 'active', last_payment: lastPayment === undefined ? undefined : { date: lastPayment }, next_payment: undefined });

const modifier = (amount: string, description: string | undefined, recurring = false): PaddleModifier => ({ modifier_id: 1, subscription_id: 5, amount, currency: 'USD', is_recurring: recurring, description });

const JOB = bill([['a', '10.00'], ['b', '-2.50']], '7.50');

/** What Paddle lists after the lines of a plan were created. */
const waiting = (job: BillJob, state: ModifierState) =>
	planModifiers(job, state).diff.add.flatMap(({ amount, text }) => modifierOf(job, modifier((amount / 100).toFixed(3), text)));

describe('which modifiers are ours', () => {
	test.each([
		['of this bill', 'Line a [m3ter:bill-1/a]', 1],
		['of another bill', 'Line a [m3ter:bill-2/a]', 0],
		['a mark that is not at the end', '[m3ter:bill-1/a] and more', 0],
		['of people', 'Discount for Ada', 0],
		['without text', undefined, 0],
	])('%s', (_name, description, count) => {
		expect(modifierOf(JOB, modifier('10.000', description))).toHaveLength(count);
	});

	test('one that somebody made recurring, or changed, is replaced', () => {
		const state = { user: user(), existing: [...modifierOf(JOB, modifier('10.000', 'Line a [m3ter:bill-1/a]', true)), ...modifierOf(JOB, modifier('-2.500', 'Line b [m3ter:bill-1/b]'))] };
		expect(planModifiers(JOB, state).diff).toMatchObject({ change: [{ desired: { amount: 1000 } }], same: [{ amount: -250 }], add: [] });
	});

	test('texts are cut so that the mark stays whole', () => {
		const job = bill([['a', '1.00']], '1.00');
		job.draft.lines[0].description = 'x'.repeat(400);
		const [{ text }] = planModifiers(job, { user: user(), existing: [] }).diff.add;
		expect(text).toHaveLength(255);
		expect(text).toMatch(/… \[m3ter:bill-1\/a\]$/);
	});
});

describe('what a payment took', () => {
	const sent = { lastPayment: 'none', pending: 750, billed: 0, isWriting: false };

	test('the ledger text is read back, of the same subscription only', () => {
		const text = ledgerText('5', sent);
		expect(text).toBe('5/none/750/0');
		expect(fromLedger(text, '5')).toEqual(sent);
		expect(fromLedger(ledgerText('5', { ...sent, isWriting: true }), '5')).toEqual({ ...sent, isWriting: true });
		expect(fromLedger(text, '6')).toBeUndefined();
		expect(fromLedger('sub_1', '5')).toBeUndefined();
		expect(fromLedger(undefined, '5')).toBeUndefined();
	});

	test('counts as billed only when there was a payment and nothing waits any more', () => {
		const existing = waiting(JOB, { user: user(), existing: [] });
		expect(planModifiers(JOB, { user: user('2026-05-01'), existing: [], sent })).toMatchObject({ billed: 750, pending: 0 });
		expect(planModifiers(JOB, { user: user(), existing: [], sent })).toMatchObject({ billed: 0, pending: 750 });
		// A one-off payment that took no modifiers.
		expect(planModifiers(JOB, { user: user('2026-05-01'), existing, sent })).toMatchObject({ billed: 0, diff: { add: [], same: [{}, {}] } });
	});

	test('is unknown when the payment came while they were written, unless all of them still wait', () => {
		const writing = { ...sent, isWriting: true };
		const existing = waiting(JOB, { user: user(), existing: [] });
		expect(planModifiers(JOB, { user: user(), existing: [], sent: writing })).toMatchObject({ billed: 0, pending: 750 });
		expect(planModifiers(JOB, { user: user('2026-05-01'), existing, sent: writing })).toMatchObject({ billed: 0, diff: { add: [] } });
		for (const left of [[], existing.slice(1)]) expect(() => planModifiers(JOB, { user: user('2026-05-01'), existing: left, sent: writing })).toThrow('It is not known what a payment took of the bill');
		expect(() => planModifiers(bill([], '0.00'), { user: user('2026-05-01'), existing: [], sent: { ...writing, pending: 0 } })).toThrow('It is not known');
	});

	test('the rest is one modifier, and planning again adds nothing', () => {
		const more = bill([['a', '12.00']], '12.00');
		const state: ModifierState = { user: user('2026-05-01'), existing: [], sent };
		expect(planModifiers(more, state).diff.add).toMatchObject([{ key: 'adjustment', amount: 450, text: 'Adjustment of INV-7 [m3ter:bill-1/adjustment]' }]);
		expect(planModifiers(more, { ...state, existing: waiting(more, state) })).toMatchObject({ billed: 750, pending: 450, current: 450, diff: { add: [], change: [], remove: [] } });
	});

	test('billed and waiting always come to the bill', () => {
		const cents = fc.integer({ min: -100_000, max: 100_000 });
		fc.assert(
			fc.property(fc.array(cents, { maxLength: 6 }), fc.option(cents), fc.boolean(), (amounts, before, paid) => {
				const total = amounts.reduce((sum, amount) => sum + amount, 0);
				const job = bill(amounts.map((amount, index) => [`k${index}`, (amount / 100).toFixed(2)]), (total / 100).toFixed(2));
				const state: ModifierState = { user: user(paid ? '2026-05-01' : undefined), existing: [], sent: before === null ? undefined : { lastPayment: 'none', pending: before, billed: 0, isWriting: false } };
				const plan = planModifiers(job, state);
				expect(plan.billed + plan.pending).toBe(total);
			}),
		);
	});
});
