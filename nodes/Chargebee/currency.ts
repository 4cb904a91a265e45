import { Failure } from '../shared/failure';
import { isIsoCurrency, isoDecimals } from '../shared/money';

/**
 * Decimal places of an amount in Chargebee. It writes at most two, also for currencies with three (KWD), and none for
 * currencies without a minor unit. Which those are, its documents say differently: ISO 4217 counts unless the user names them.
 * @param withoutDecimals codes that replace ISO's list of currencies without decimals, when there are any
 * @throws Failure `invalid-input` for codes that are not ISO currencies.
 */
export function chargebeeDecimals(code: string, withoutDecimals: readonly string[] = []): 0 | 2 {
	const currency = code.toUpperCase();
	if (!isIsoCurrency(currency)) {
		throw new Failure('invalid-input', 'Chargebee cannot invoice in this currency', {
			description: `"${code}" is not an ISO 4217 currency. Bill the account in a real currency in m3ter.`,
		});
	}
	const none = withoutDecimals.length > 0 ? withoutDecimals.includes(currency) : isoDecimals(currency) === 0;
	return none ? 0 : 2;
}
