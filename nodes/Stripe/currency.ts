import { Failure } from '../shared/failure';
import { isIsoCurrency } from '../shared/money';

/** Stripe's minor units differ from ISO 4217: `exponent` is of the wire, `decimals` what an amount may really have. */
export interface StripeCurrency {
	exponent: number;
	decimals: number;
}

const ZERO_DECIMAL = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
/** Written in hundredths, but only whole units are taken. */
const WHOLE_UNITS = new Set(['ISK', 'UGX']);
/** Written in thousandths, but the last digit must be 0. */
const THREE_DECIMAL = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/**
 * How Stripe writes amounts of a currency (code in any case).
 * @throws Failure `invalid-input` for codes that are not ISO currencies.
 */
export function stripeCurrency(code: string): StripeCurrency {
	const currency = code.toUpperCase();
	if (!isIsoCurrency(currency)) {
		throw new Failure('invalid-input', 'Stripe cannot invoice in this currency', {
			description: `"${code}" is not an ISO 4217 currency. Bill the account in a real currency in m3ter.`,
		});
	}
	if (ZERO_DECIMAL.has(currency)) return { exponent: 0, decimals: 0 };
	if (WHOLE_UNITS.has(currency)) return { exponent: 2, decimals: 0 };
	if (THREE_DECIMAL.has(currency)) return { exponent: 3, decimals: 2 };
	return { exponent: 2, decimals: 2 };
}
