import Big from 'big.js';

/** Half away from zero, as Xero rounds. */
export const round = (value: Big | number, decimals: number): number => new Big(value).round(decimals, Big.roundHalfUp).toNumber();

export const sum = (values: number[]): number => values.reduce((total, value) => total.plus(value), new Big(0)).toNumber();

/** What a line must come to: quantity × unit amount, less the discount, to the cent. */
export function lineTotal(quantity: number, unitAmount: number, discount: { rate?: number; amount?: number }): number {
	const gross = new Big(quantity).times(unitAmount);
	if (discount.rate !== undefined) return round(gross.times(new Big(100).minus(discount.rate)).div(100), 2);
	return round(gross.minus(discount.amount ?? 0), 2);
}

/** Unit amount that gives the line amount; as many decimals as the request asked for. */
export function unitFrom(lineAmount: number, quantity: number, decimals: number): number {
	return new Big(quantity).eq(0) ? 0 : round(new Big(lineAmount).div(quantity), decimals);
}

/** Tax of one line; `rate` in per cent, `inclusive` when the amount holds the tax already. */
export function lineTax(amount: number, rate: number, inclusive: boolean): number {
	if (!inclusive) return round(new Big(amount).times(rate).div(100), 2);
	return round(new Big(amount).minus(new Big(amount).div(new Big(rate).div(100).plus(1))), 2);
}
