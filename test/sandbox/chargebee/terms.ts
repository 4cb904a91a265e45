/** Billing terms: periods in UTC. */

export type PeriodUnit = 'day' | 'week' | 'month' | 'year';

/** `timestamp` moved by whole periods; the 31st becomes the last day of a shorter month. */
export function addPeriods(timestamp: number, count: number, unit: PeriodUnit): number {
	const date = new Date(timestamp * 1000);
	if (unit === 'day' || unit === 'week') date.setUTCDate(date.getUTCDate() + count * (unit === 'week' ? 7 : 1));
	else {
		const day = date.getUTCDate();
		date.setUTCDate(1);
		date.setUTCMonth(date.getUTCMonth() + count * (unit === 'year' ? 12 : 1));
		const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
		date.setUTCDate(Math.min(day, last));
	}
	return Math.floor(date.getTime() / 1000);
}

export interface Term {
	current_term_start: number;
	current_term_end: number;
	next_billing_at: number;
}

/** The term that `now` falls into, counted from `start`. */
export function termAround(start: number, now: number, count: number, unit: PeriodUnit): Term {
	let index = 0;
	while (addPeriods(start, count * (index + 1), unit) <= now) index++;
	return termFrom(addPeriods(start, count * index, unit), count, unit);
}

export function termFrom(start: number, count: number, unit: PeriodUnit): Term {
	const end = addPeriods(start, count, unit);
	return { current_term_start: start, current_term_end: end, next_billing_at: end };
}
