import Big from 'big.js';
import fc from 'fast-check';

import { Failure } from '../../nodes/shared/failure';
import { decimal, fromMinorUnits, isIsoCurrency, isoDecimals, round, sum, toMinorUnits, toShortText, toText } from '../../nodes/shared/money';

describe('reading amounts', () => {
	test.each([
		[0.1, '0.1'],
		[1e21, '1000000000000000000000'],
		[1e-7, '0.0000001'],
		['-12.50', '-12.5'],
		['1e3', '1000'],
		[new Big('7.7'), '7.7'],
	])('%p is exactly %s', (input, text) => expect(toShortText(input)).toBe(text));

	test.each([NaN, Infinity, -Infinity, '', ' 1', '1,5', 'twelve', '0x10'])('%p is refused', (input) => {
		expect(() => decimal(input)).toThrow(new Failure('invalid-input', `"${String(input)}" is not an amount`));
	});

	test('adds what floats cannot', () => {
		expect(sum([0.1, 0.2]).toFixed()).toBe('0.3');
		expect(sum([]).toFixed()).toBe('0');
		expect(sum(Array.from({ length: 10_000 }, () => 0.01)).toFixed()).toBe('100');
	});

	test('the order of adding does not matter', () => {
		const amounts = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }));
		fc.assert(fc.property(amounts, (values) => sum(values).eq(sum([...values].reverse()))));
	});
});

describe('rounding', () => {
	test.each([
		['halfUp', '0.125', '0.13'],
		['halfUp', '-0.125', '-0.13'],
		['halfUp', '1.005', '1.01'],
		['halfEven', '0.125', '0.12'],
		['halfEven', '0.135', '0.14'],
		['down', '0.129', '0.12'],
		['down', '-0.129', '-0.12'],
		['up', '0.121', '0.13'],
		['up', '-0.121', '-0.13'],
	] as const)('%s: %s → %s', (mode, value, expected) => expect(toText(round(value, 2, mode), 2)).toBe(expected));

	test('moves an amount by at most half a unit and never over zero', () => {
		const amount = fc.integer({ min: -1e9, max: 1e9 }).map((units) => new Big(units).div(100_000));
		fc.assert(
			fc.property(amount, fc.integer({ min: 0, max: 4 }), (value, decimals) => {
				const rounded = round(value, decimals);
				expect(rounded.minus(value).abs().lte(new Big(10).pow(-decimals).div(2))).toBe(true);
				expect(rounded.times(value).gte(0)).toBe(true);
			}),
		);
	});

	test('zero has no sign in text', () => {
		expect(toText('-0.001', 2)).toBe('0.00');
		expect(toText(round('-0.001', 2), 2)).toBe('0.00');
		expect(toShortText(-0)).toBe('0');
	});
});

describe('minor units', () => {
	test.each([
		['12.34', 2, 1234],
		['-0.01', 2, -1],
		['100', 0, 100],
		['1.23', 3, 1230],
		[1.1, 2, 110],
		['-0', 2, 0],
	])('%p with exponent %p is %p', (value, exponent, minor) => expect(toMinorUnits(value, exponent)).toBe(minor));

	test.each([
		['0.001', 2],
		['0.5', 0],
		['90071992547409.93', 2],
	])('%p is not a whole safe number of 10^-%p', (value, exponent) => {
		expect(() => toMinorUnits(value, exponent)).toThrow('cannot be written in whole minor units');
	});

	test('there and back is the same amount', () => {
		fc.assert(
			fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 3 }), (minor, exponent) => {
				expect(toMinorUnits(fromMinorUnits(minor, exponent), exponent)).toBe(minor === 0 ? 0 : minor);
			}),
		);
	});
});

describe('currencies', () => {
	test.each([
		['USD', 2],
		['jpy', 0],
		['KWD', 3],
		['CREDITS', 2],
	])('%s has %p decimals', (code, decimals) => expect(isoDecimals(code)).toBe(decimals));

	test('knows ISO currencies from m3ter\'s own', () => {
		expect(['USD', 'eur', 'Jpy'].map(isIsoCurrency)).toEqual([true, true, true]);
		expect(['CREDITS', 'XX', ''].map(isIsoCurrency)).toEqual([false, false, false]);
	});
});
