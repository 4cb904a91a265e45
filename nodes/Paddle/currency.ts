import { Failure } from '../shared/failure';

const CURRENCIES = new Set(
	'USD EUR GBP JPY AUD CAD CHF CLP HKD SGD SEK ARS BRL CNY COP CZK DKK HUF ILS INR KRW MXN NOK NZD PEN PLN RUB THB TRY TWD UAH VND ZAR'.split(' '),
);
const WITHOUT_DECIMALS = new Set(['JPY', 'KRW', 'VND', 'CLP']);
/** The currencies Paddle issues invoices in. */
export const MANUAL_CURRENCIES: ReadonlySet<string> = new Set(['USD', 'EUR', 'GBP']);

/**
 * Decimal places Paddle has in a currency.
 * @throws Failure `invalid-input` for a currency that Paddle does not take.
 */
export function paddleDecimals(code: string): number {
	const currency = code.toUpperCase();
	if (CURRENCIES.has(currency)) return WITHOUT_DECIMALS.has(currency) ? 0 : 2;
	throw new Failure('invalid-input', 'Paddle cannot bill in this currency', {
		description: `"${code}" is none of the ${CURRENCIES.size} currencies Paddle takes. Bill the account in one of them in m3ter.`,
	});
}
