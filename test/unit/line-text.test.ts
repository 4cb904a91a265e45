import fc from 'fast-check';

import { DEFAULT_LINE_DESCRIPTION, LINE_PLACEHOLDERS, lineText, periodText } from '../../nodes/shared/lineText';
import { lineItem } from './bills';

const usage = lineItem({
	description: 'API requests',
	quantity: 120_500,
	units: 120.5,
	unit: '1k',
	averageUnitPrice: 0.8299,
	currency: 'USD',
	productName: 'API',
	productCode: 'api',
	accountingProductName: 'Base',
	childAccountCode: 'paris',
	servicePeriodStartDate: '2026-04-01T00:00:00Z',
	servicePeriodEndDate: '2026-05-01T00:00:00Z',
});

describe('the default text', () => {
	test('tells quantity and price of usage', () => expect(lineText(DEFAULT_LINE_DESCRIPTION, usage)).toBe('API requests: 120.5 1k at 0.8299 USD'));

	test.each(['STANDING_CHARGE', 'MINIMUM_SPEND', 'CREDIT_MEMO'])('leaves quantity and price out for %s', (lineItemType) => {
		expect(lineText(DEFAULT_LINE_DESCRIPTION, { ...usage, lineItemType })).toBe('API requests');
	});

	test.each(['USAGE', 'COUNTER_RUNNING_TOTAL_CHARGE', 'OVERAGE_USAGE'])('counts %s', (lineItemType) => {
		expect(lineText(DEFAULT_LINE_DESCRIPTION, { ...usage, lineItemType })).toContain('120.5 1k');
	});

	test('is the type where a line has no description, and never a number a float made up', () => {
		expect(lineText(DEFAULT_LINE_DESCRIPTION, lineItem({ description: undefined }))).toBe('USAGE');
		expect(lineText('{units} {unitPrice}', { ...usage, units: 1e21, averageUnitPrice: 1e-7 })).toBe('1000000000000000000000 0.0000001');
	});
});

describe('a template of one\'s own', () => {
	test.each([
		['{product} / {productCode} / {accountingProduct}', 'API / api / Base'],
		['{childAccount}: {periodStart} to {periodEnd}', 'paris: 2026-04-01 to 2026-04-30'],
		['{type} {quantity}', 'USAGE 120500'],
		['{desciption}', '{desciption}'],
		['[{desciption}]', '{desciption}'],
		['plain', 'plain'],
		['', ''],
		['  {product}   x ', 'API x'],
	])('%s → %s', (template, expected) => expect(lineText(template, usage)).toBe(expected));

	test('a bracket goes when one of its placeholders is empty', () => {
		const bare = lineItem({ description: 'Fee' });
		expect(lineText('{description}[ ({productCode})][ for {childAccount} from {periodStart}]', bare)).toBe('Fee');
		expect(lineText('{description}[ ({productCode})]', { ...bare, productCode: 'api' })).toBe('Fee (api)');
	});

	test.each([
		['2024-02-01', '2024-03-01', '2024-02-29'],
		['2026-04-01T00:00:00Z', '2026-04-10T12:00:00Z', '2026-04-10'],
		['2026-04-01', '2026-04-01', '2026-04-01'],
		[undefined, '2026-05-01', '2026-04-30'],
		['2026-04-01', undefined, ''],
	])('a service from %s until %s has the last day "%s"', (servicePeriodStartDate, servicePeriodEndDate, expected) => {
		expect(lineText('{periodEnd}', { ...usage, servicePeriodStartDate, servicePeriodEndDate })).toBe(expected);
	});

	test('every placeholder is filled', () => {
		for (const name of LINE_PLACEHOLDERS) expect(lineText(`{${name}}`, usage)).not.toContain('{');
	});

	test('a description is text, never a template', () => {
		fc.assert(
			fc.property(fc.string(), (description) => {
				expect(lineText('{description}', lineItem({ description }))).toBe(description.replace(/\s+/g, ' ').trim());
			}),
		);
		expect(lineText('{description}', lineItem({ description: '[a] {product} $& $1' }))).toBe('[a] {product} $& $1');
	});
});

describe('the period of a bill', () => {
	test.each([
		['2026-04-01', '2026-05-01', '2026-04-01 to 2026-04-30'],
		['2024-02-01', '2024-03-01', '2024-02-01 to 2024-02-29'],
		['2026-04-01T00:00:00Z', '2027-01-01T00:00:00Z', '2026-04-01 to 2026-12-31'],
		['2026-04-01', '2026-04-01', '2026-04-01 to 2026-04-01'],
		[undefined, '2026-04-01', ''],
		['2026-04-01', undefined, ''],
	])('%s until %s reads "%s"', (startDate, endDate, text) => expect(periodText({ startDate, endDate })).toBe(text));
});
