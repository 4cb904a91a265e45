import fc from 'fast-check';
import type { INodeProperties } from 'n8n-workflow';

import type { BillJob } from '../../nodes/M3ter/billTarget';
import { billToDraft } from '../../nodes/shared/billToDraft';
import { hasChanges, totalOf } from '../../nodes/shared/diff';
import { columns, encodeForm } from '../../nodes/shared/form';
import { toMinorUnits } from '../../nodes/shared/money';
import { chargebeeDecimals } from '../../nodes/Chargebee/currency';
import { chargebeeProperties } from '../../nodes/Chargebee/description';
import { billLines, existingLine, markedText, marksOf, type ChargebeeDesiredLine } from '../../nodes/Chargebee/lines';
import type { ChargebeeBillOptions } from '../../nodes/Chargebee/options';
import { planBill } from '../../nodes/Chargebee/plan';
import type { RequestContext } from '../../nodes/Chargebee/requests';
import { invoiceSchema, type ChargebeeLineItem } from '../../nodes/Chargebee/schemas';
import type { BillState, HeldInvoice } from '../../nodes/Chargebee/state';
import { bill, lineItems } from './bills';

const OPTIONS: ChargebeeBillOptions = {
	target: 'pendingInvoice',
	subscription: { source: 'id', id: 'sub' },
	mappingSystem: '',
	whenLocked: 'adjust',
	whenRemoved: 'fail',
	whichPending: 'byPeriod',
	noPending: 'fail',
	close: false,
	collect: false,
	credits: 'promotionalCredit',
	periodEnd: 'inclusive',
	timeZone: 'UTC',
	invoiceNote: '',
	lineTargets: [],
};

type Lines = Array<Record<string, unknown>>;

function jobOf(lines: Lines, fields: Record<string, unknown> = {}): BillJob {
	const source = bill(lines, { id: '6a1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01', ...fields });
	const account = { id: 'acc-1', name: 'Acme', code: 'acme' } as BillJob['account'];
	return { itemIndex: 0, bill: source, account, draft: billToDraft(source, { decimals: 2, negativeLines: 'netIntoBill' }), customerId: 'cust', ledgerDocumentId: undefined };
}

function contextOf(job: BillJob, options: Partial<ChargebeeBillOptions> = {}): RequestContext {
	const all = { ...OPTIONS, ...options };
	return { job, options: all, marks: marksOf(job, all, 'sub'), catalog: '2.0', round: 1, now: 1_790_000_000 };
}

/** An invoice that holds these lines as Chargebee would show them. */
function invoiceWith(context: RequestContext, status: 'pending' | 'posted', lines: readonly ChargebeeDesiredLine[], id: string = status): HeldInvoice {
	const rows: ChargebeeLineItem[] = lines.map((line, index) => ({
		id: `${id}-${index}`,
		amount: line.amount,
		description: markedText(context.marks.bill, line),
		date_from: line.dateFrom,
		date_to: line.dateTo,
		entity_type: 'adhoc',
		entity_id: undefined,
		subscription_id: 'sub',
	}));
	const invoice = invoiceSchema.parse({ id, status, customer_id: 'cust', subscription_id: 'sub', currency_code: 'USD', date: 1_780_000_000, line_items: rows });
	return { invoice, lines: rows.map((row) => existingLine(row, context.marks, id)) };
}

const stateOf = (pending: HeldInvoice[], closed: HeldInvoice[] = [], credit = 0): BillState => ({ pending, closed, unbilled: [], credit });

describe('a plan', () => {
	test('comes to the bill total, whatever the lines, and nothing is left to do once it is carried out', () => {
		fc.assert(
			fc.property(lineItems, (lines) => {
				const context = contextOf(jobOf(lines));
				const first = planBill(context, stateOf([invoiceWith(context, 'pending', [])]), 'sub');
				expect(totalOf(first.wanted) - first.credit.after).toBe(toMinorUnits(context.job.draft.total, 2));
				expect(first.wanted.every(({ amount }) => amount >= 1)).toBe(true);
				const again = planBill(context, stateOf([invoiceWith(context, 'pending', first.wanted)], [], first.credit.after), 'sub');
				expect(again.requests).toEqual([]);
			}),
		);
	});

	test('after the invoice was closed, the differences bring it to the changed total', () => {
		fc.assert(
			fc.property(lineItems, lineItems, (before, after) => {
				const old = contextOf(jobOf(before));
				const sent = planBill(old, stateOf([invoiceWith(old, 'pending', [])]), 'sub');
				const closed = invoiceWith(old, 'posted', sent.wanted);
				const context = contextOf(jobOf(after));
				const state = (open: readonly ChargebeeDesiredLine[], credit: number) => stateOf([invoiceWith(context, 'pending', open)], sent.wanted.length > 0 ? [closed] : [], credit);
				const plan = planBill(context, state([], sent.credit.after), 'sub');
				expect(plan.settled + totalOf(plan.wanted) - plan.credit.after).toBe(toMinorUnits(context.job.draft.total, 2));
				expect(plan.wanted.every(({ amount }) => amount >= 1)).toBe(true);
				const again = planBill(context, state(plan.wanted, plan.credit.after), 'sub');
				expect([hasChanges(again.diff), again.requests]).toEqual([false, []]);
			}),
		);
	});

	test('gives every request a key of at most 100 characters, the same for the same plan, another in the next round', () => {
		const context = contextOf(jobOf([{ convertedSubtotal: 10 }, { convertedSubtotal: 5, productCode: 'b' }]), { close: true });
		const keys = (round: number) => planBill({ ...context, round }, stateOf([invoiceWith(context, 'pending', [])]), 'sub').requests.map(({ key }) => key);
		expect(keys(1)).toEqual(keys(1));
		expect(new Set([...keys(1), ...keys(2)]).size).toBe(keys(1).length * 2);
		for (const key of keys(1)) expect(key.length).toBeLessThanOrEqual(100);
	});
});

describe('a new invoice', () => {
	const invoiceDate = (timeZone: string, now: string) => {
		const context = contextOf(jobOf([{ convertedSubtotal: 1 }]), { target: 'newInvoice', close: true, timeZone });
		return planBill({ ...context, now: Date.parse(now) / 1000 }, stateOf([]), undefined).requests[0].body.invoice_date;
	};

	test('has the date of the bill as a day in the zone of the site', () => {
		expect(invoiceDate('UTC', '2026-05-20T00:00:00Z')).toBe(Date.parse('2026-05-01T00:00:00Z') / 1000);
		expect(invoiceDate('America/New_York', '2026-05-20T00:00:00Z')).toBe(Date.parse('2026-05-01T04:00:00Z') / 1000);
		expect(invoiceDate('Europe/Berlin', '2026-05-20T00:00:00Z')).toBe(Date.parse('2026-04-30T22:00:00Z') / 1000);
	});

	test("has today's when that day has not begun there", () => {
		expect(invoiceDate('UTC', '2026-05-01T02:00:00Z')).toBe(Date.parse('2026-05-01T00:00:00Z') / 1000);
		expect(invoiceDate('America/New_York', '2026-05-01T02:00:00Z')).toBeUndefined();
	});
});

describe('lines', () => {
	test('carry dates in seconds, the end the last second, and the bill\'s period where they have none', () => {
		const job = jobOf([{ convertedSubtotal: 1, servicePeriodStartDate: '2026-04-10T00:00:00Z', servicePeriodEndDate: '2026-04-20T00:00:00Z' }, { convertedSubtotal: 2, lineItemType: 'AD_HOC' }]);
		expect(billLines(job, OPTIONS)).toMatchObject([
			{ dateFrom: Date.parse('2026-04-10') / 1000, dateTo: Date.parse('2026-04-20') / 1000 - 1 },
			{ dateFrom: Date.parse('2026-04-01') / 1000, dateTo: Date.parse('2026-05-01') / 1000 - 1 },
		]);
		expect(billLines(job, { ...OPTIONS, periodEnd: 'exclusive', timeZone: 'Europe/Berlin' })[1]).toMatchObject({
			dateFrom: Date.parse('2026-03-31T22:00:00Z') / 1000,
			dateTo: Date.parse('2026-04-30T22:00:00Z') / 1000,
		});
	});

	test('that begin at midnight UTC, as m3ter writes days, are days in the zone of the site; other times stay moments', () => {
		const job = jobOf([
			{ convertedSubtotal: 1, servicePeriodStartDate: '2026-04-01T00:00:00Z', servicePeriodEndDate: '2026-05-01T00:00:00.000Z' },
			{ convertedSubtotal: 2, servicePeriodStartDate: '2026-04-10T04:00:00Z', servicePeriodEndDate: '2026-04-20T04:00:00Z' },
		]);
		expect(billLines(job, { ...OPTIONS, timeZone: 'America/New_York' })).toMatchObject([
			{ dateFrom: Date.parse('2026-04-01T04:00:00Z') / 1000, dateTo: Date.parse('2026-05-01T03:59:59Z') / 1000 },
			{ dateFrom: Date.parse('2026-04-10T04:00:00Z') / 1000, dateTo: Date.parse('2026-04-20T03:59:59Z') / 1000 },
		]);
	});

	test('fit into 250 characters with their marker, and are known again', () => {
		const context = contextOf(jobOf([{ convertedSubtotal: 1, description: 'x'.repeat(400) }]));
		const [line] = billLines(context.job, context.options);
		const text = markedText(context.marks.bill, line);
		expect(text).toHaveLength(250);
		expect(text).toMatch(/… \[m3ter:6a1d2f0e-[0-9a-f]{10}\]$/);
		const [held] = invoiceWith(context, 'pending', [line]).lines;
		expect([held.key, held.fingerprint]).toEqual([line.key, line.fingerprint]);
	});

	test('of another bill are nobody\'s business', () => {
		const context = contextOf(jobOf([{ convertedSubtotal: 1 }]));
		const other = contextOf(jobOf([{ convertedSubtotal: 1 }], { id: '7b1d2f0e-0c55-4d0f-9a53-1f2f3a4b5c01' }));
		const [held] = invoiceWith(other, 'pending', billLines(other.job, other.options)).lines;
		expect(existingLine({ id: held.id, amount: held.amount, description: markedText(other.marks.bill, { key: held.key ?? '', text: held.text }), date_from: 1, date_to: 2, entity_type: 'adhoc', entity_id: undefined, subscription_id: 'sub' }, context.marks).key).toBeUndefined();
	});

	test('mapped to one charge item and period become one', () => {
		const job = jobOf([{ convertedSubtotal: 1, productCode: 'a' }, { convertedSubtotal: 2, productCode: 'b' }, { convertedSubtotal: 4, lineItemType: 'AD_HOC' }]);
		const lines = billLines(job, { ...OPTIONS, lineTargets: [{ match: 'USAGE', target: { item: 'usage-USD' } }] });
		expect(lines.map(({ amount, target }) => [amount, target.item])).toEqual([[300, 'usage-USD'], [400, undefined]]);
	});
});

test.each([
	['USD', 2],
	['kwd', 2],
	['JPY', 0],
	['XOF', 0],
])('%s has %d decimals in Chargebee', (code, decimals) => expect(chargebeeDecimals(code)).toBe(decimals));

test('the currencies without decimals can be named; custom currencies are refused', () => {
	expect(chargebeeDecimals('JPY', ['KRW'])).toBe(2);
	expect(chargebeeDecimals('KRW', ['KRW'])).toBe(0);
	expect(() => chargebeeDecimals('CREDITS')).toThrow('Chargebee cannot invoice in this currency');
});

test.each(['noPending', 'whichPending'])('the option %s is offered for the pending invoice only', (name) => {
	const options = chargebeeProperties.find((property) => property.name === 'options')?.options as INodeProperties[];
	expect(options.find((option) => option.name === name)?.displayOptions).toEqual({ show: { '/target': ['pendingInvoice'] } });
});

test('rows are written as columns, the index last, with gaps where a row lacks a field', () => {
	expect(encodeForm({ charges: columns([{ amount: 1, description: 'a' }, { amount: 2, taxable: false }]) })).toBe('charges[amount][0]=1&charges[amount][1]=2&charges[description][0]=a&charges[taxable][1]=false');
});
