import fc from 'fast-check';

import { stripeCurrency } from '../../nodes/Stripe/currency';
import { fromMinorUnits, round, toMinorUnits } from '../../nodes/shared/money';

const codes = (text: string) => text.split(' ');
const ZERO = codes('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF');
const WHOLE = codes('ISK UGX');
const THREE = codes('BHD JOD KWD OMR TND');
const TWO = codes('USD EUR GBP HUF TWD PLN INR');

test.each(ZERO)('%s is sent in whole units', (code) => expect(stripeCurrency(code)).toEqual({ exponent: 0, decimals: 0 }));
test.each(WHOLE)('%s is sent in hundredths, whole units only', (code) => expect(stripeCurrency(code)).toEqual({ exponent: 2, decimals: 0 }));
test.each(THREE)('%s is sent in thousandths, the last digit 0', (code) => expect(stripeCurrency(code)).toEqual({ exponent: 3, decimals: 2 }));
test.each(TWO)('%s is sent in hundredths', (code) => expect(stripeCurrency(code)).toEqual({ exponent: 2, decimals: 2 }));

test('the code may be in any case', () => expect(stripeCurrency('jPy')).toEqual(stripeCurrency('JPY')));

test.each(['CREDITS', 'TOKENS', '', 'US'])('"%s" is refused, being m3ter\'s own', (code) => {
	expect(() => stripeCurrency(code)).toThrow(expect.objectContaining({ kind: 'invalid-input', description: expect.stringContaining(`"${code}" is not an ISO 4217 currency`) }));
});

test('an amount rounded to the decimals is a whole number of what Stripe takes', () => {
	const amounts = fc.integer({ min: -1e10, max: 1e10 }).map((units) => units / 1e5);
	fc.assert(
		fc.property(amounts, fc.constantFrom(...ZERO, ...WHOLE, ...THREE, ...TWO), (amount, code) => {
			const { exponent, decimals } = stripeCurrency(code);
			const minor = toMinorUnits(round(amount, decimals), exponent);
			expect(fromMinorUnits(minor, exponent).eq(round(amount, decimals))).toBe(true);
			expect(Math.abs(minor % 10 ** (exponent - decimals))).toBe(0);
		}),
	);
});
