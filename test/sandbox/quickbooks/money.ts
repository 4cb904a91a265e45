import Big from 'big.js';

/** Half up (away from zero) to cents, as QuickBooks does. */
export const cents = (value: Big): number => value.round(2, Big.roundHalfUp).toNumber();

export const product = (quantity: number, price: number): number => cents(new Big(quantity).times(price));

export const sum = (values: number[]): number => values.reduce((total, value) => total.plus(value), new Big(0)).toNumber();

export const percentOf = (amount: number, percent: number): number => cents(new Big(amount).times(percent).div(100));

/** The tax inside an amount that holds it. */
export const taxInside = (amount: number, percent: number): number => cents(new Big(amount).times(percent).div(new Big(percent).plus(100)));
