/** Currency rules and exact arithmetic; sheet §6. */
import Big from 'big.js';

import { ParameterError, refuse } from './errors';

const CURRENCIES = new Set(
	`aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop
	dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr
	lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd
	scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw`.split(
		/\s+/,
	),
);

/** Two decimals on the wire, but whole units only. */
const WHOLE_UNITS = new Set(['isk', 'ugx']);
/** Three decimals on the wire, the last always 0. */
const THREE_DECIMALS = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);

/** Smallest amounts Stripe charges; others are taken as 50. */
const MINIMUM_CHARGE: Record<string, number> = {
	usd: 50,
	eur: 50,
	gbp: 30,
	jpy: 50,
	chf: 50,
	aud: 50,
	cad: 50,
	sek: 300,
	nok: 300,
	dkk: 250,
	pln: 200,
	huf: 17500,
};

export const minimumCharge = (currency: string): number => MINIMUM_CHARGE[currency] ?? 50;

/** Lower-case code of a supported currency; Stripe takes upper case too. */
export function readCurrency(code: string, param: string): string {
	const lower = code.toLowerCase();
	if (CURRENCIES.has(lower)) return lower;
	throw new ParameterError(
		`Invalid currency: ${code}. Stripe supports the currencies listed at https://stripe.com/docs/currencies`,
		param,
	);
}

/** Refuses amounts a currency cannot have. `amount` in minor units. */
export function checkAmount(currency: string, amount: number, param: string): void {
	if (Math.abs(amount) > 999_999_999_999) throw refuse('Amount must be no more than 12 digits.', 'amount_too_large', param);
	if (WHOLE_UNITS.has(currency) && amount % 100 !== 0) {
		const message = `Invalid amount: ${amount} is not a whole number of ${currency.toUpperCase()}; amounts in this currency must be divisible by 100.`;
		throw refuse(message, 'invalid_charge_amount_no_decimal_compatible', param);
	}
	if (THREE_DECIMALS.has(currency) && amount % 10 !== 0) {
		throw refuse(
			`Invalid amount: ${amount}; amounts in ${currency.toUpperCase()} must be divisible by 10.`,
			'invalid_charge_amount',
			param,
		);
	}
}

/** Unit amount × quantity, half away from zero, in minor units. */
export const multiply = (unitAmount: string, quantity: string): number =>
	Number(new Big(unitAmount).times(quantity).round(0, Big.roundHalfUp).toFixed());

/** Tax within (inclusive) or on top of (exclusive) an amount. */
export function taxOf(amount: number, percentage: number, inclusive: boolean): number {
	const rate = new Big(percentage).div(100);
	const tax = inclusive ? new Big(amount).minus(new Big(amount).div(rate.plus(1))) : new Big(amount).times(rate);
	return Number(tax.round(0, Big.roundHalfUp).toFixed());
}

export const percentOf = (amount: number, percentage: number): number =>
	Number(new Big(amount).times(percentage).div(100).round(0, Big.roundHalfUp).toFixed());

/** `12.50` → `12.5`; `3` → `3`. */
export const plainDecimal = (value: string | number): string => new Big(value).toFixed();

/** The whole part of a decimal quantity, as Stripe shows it in `quantity`. */
export const truncated = (value: string): number => Number(new Big(value).round(0, Big.roundDown).toFixed());
