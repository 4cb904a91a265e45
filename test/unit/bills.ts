import fc from 'fast-check';

import { billLineItemSchema, billSchema, type Bill, type BillLineItem } from '../../nodes/shared/bill';
import { sum } from '../../nodes/shared/money';

/** A line item as m3ter answers it; what is not given is as for a plain usage line. */
export const lineItem = (fields: Record<string, unknown> = {}): BillLineItem =>
	billLineItemSchema.parse({ lineItemType: 'USAGE', description: 'API requests', convertedSubtotal: 10, ...fields });

/** A bill over some lines; `billTotal` is their exact sum unless given. */
export function bill(lines: Array<Record<string, unknown>>, fields: Record<string, unknown> = {}): Bill {
	const lineItems = lines.map((line, index) => lineItem({ id: `l-${index + 1}`, sequenceNumber: index + 1, ...line }));
	return billSchema.parse({
		id: 'b-1',
		version: 3,
		accountId: 'acc-1',
		accountCode: 'acme',
		currency: 'USD',
		startDate: '2026-04-01',
		endDate: '2026-05-01',
		billDate: '2026-05-01',
		dueDate: '2026-05-31',
		billTotal: sum(lineItems.map((line) => line.convertedSubtotal)).toNumber(),
		lineItems,
		...fields,
	});
}

const fractions = fc.integer({ min: -600, max: 600 }).map((units) => units / 100_000);

/** Amounts as m3ter calculates them: up to five decimals, charges and credits, a zero now and then. */
const amounts = fc.oneof(
	{ weight: 6, arbitrary: fc.integer({ min: -50_000_000, max: 90_000_000 }).map((units) => units / 100_000) },
	{ weight: 1, arbitrary: fc.constant(0) },
);

const linesOf = (amount: fc.Arbitrary<number>) =>
	fc.array(
		fc.record({
			convertedSubtotal: amount,
			lineItemType: fc.constantFrom('USAGE', 'STANDING_CHARGE', 'MINIMUM_SPEND', 'CREDIT_MEMO', 'BALANCE_CONSUMED'),
			productCode: fc.constantFrom('api', 'storage', undefined),
			accountingProductCode: fc.constantFrom('base', undefined),
			aggregationId: fc.constantFrom('a1', 'a2', undefined),
			childAccountCode: fc.constantFrom('child-1', undefined),
		}),
		{ maxLength: 30 },
	);

/** Lines of a bill; some bills consist of fractions of a cent only, where rounding matters most. */
export const lineItems = fc.oneof({ weight: 3, arbitrary: linesOf(amounts) }, { weight: 1, arbitrary: linesOf(fractions) });
