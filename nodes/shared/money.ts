import Big from 'big.js';

import { Failure } from './failure';

/** Money is decimal text or a JSON number on the wire and a `Big` in between; never a float calculation. */
export type DecimalInput = string | number | Big;

export type RoundingMode = 'halfUp' | 'halfEven' | 'down' | 'up';

const BIG_MODE: Record<RoundingMode, 0 | 1 | 2 | 3> = { down: 0, halfUp: 1, halfEven: 2, up: 3 };

/** ISO 4217 currencies whose minor unit is not a hundredth. */
const MINOR_UNITS: Record<string, number> = {
	...Object.fromEntries('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0])),
	...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
};

/**
 * Reads an amount exactly. Numbers are read by their shortest decimal text, as JSON carried them.
 * @throws Failure `invalid-input` for NaN, infinities and text that is no number.
 */
export function decimal(value: DecimalInput): Big {
	try {
		return new Big(value);
	} catch {
		throw invalidAmount(value);
	}
}

const invalidAmount = (value: DecimalInput) => new Failure('invalid-input', `"${String(value)}" is not an amount`);

export const sum = (values: readonly DecimalInput[]): Big => values.reduce<Big>((total, value) => total.plus(decimal(value)), new Big(0));

/** Rounds to `decimals` places; half up means away from zero, as on an invoice. */
export const round = (value: DecimalInput, decimals: number, mode: RoundingMode = 'halfUp'): Big =>
	decimal(value).round(decimals, BIG_MODE[mode]);

/** Decimal places of a currency by ISO 4217; two for codes that are not in the standard. */
export const isoDecimals = (currency: string): number => MINOR_UNITS[currency.toUpperCase()] ?? 2;

/**
 * Whether a code is an ISO 4217 currency. m3ter allows custom currencies ("CREDITS"), which no invoicing system takes.
 */
export const isIsoCurrency = (currency: string): boolean => isoCurrencies.has(currency.toUpperCase());

const isoCurrencies = new Set(Intl.supportedValuesOf('currency'));

/**
 * An amount as a whole number of minor units (`exponent` 2: cents).
 * @throws Failure `invalid-input` when the amount has more decimals than that or is beyond a safe integer.
 */
export function toMinorUnits(value: DecimalInput, exponent: number): number {
	const minor = decimal(value).times(new Big(10).pow(exponent));
	const asNumber = Number(minor.toFixed());
	if (!minor.round(0).eq(minor) || !Number.isSafeInteger(asNumber)) {
		throw new Failure('invalid-input', `${decimal(value).toFixed()} cannot be written in whole minor units (10^-${exponent})`);
	}
	return asNumber === 0 ? 0 : asNumber;
}

/** The reverse of {@link toMinorUnits}. */
export const fromMinorUnits = (minor: DecimalInput, exponent: number): Big => decimal(minor).div(new Big(10).pow(exponent));

/** Plain decimal text with exactly `decimals` places, for amounts people read and APIs parse. */
export const toText = (value: DecimalInput, decimals: number): string => round(value, decimals).toFixed(decimals);

/** Plain decimal text as short as it can be ("12.5"), for quantities and unit prices. */
export const toShortText = (value: DecimalInput): string => decimal(value).toFixed();
