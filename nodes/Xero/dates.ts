const MS_DATE = /^\/Date\((-?\d+)([+-]\d{4})?\)\/$/;

/** Epoch milliseconds of Xero's `/Date(1552262400000+0000)/` or ISO text, which is UTC when it has no zone. NaN when unreadable. */
export function xeroInstant(text: string): number {
	const ms = MS_DATE.exec(text);
	if (ms) return Number(ms[1]);
	return Date.parse(/^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(text) ? `${text}Z` : text);
}

/** ISO date-time in UTC. */
export const isoInstant = (text: string): string => new Date(xeroInstant(text)).toISOString();

/** A calendar day (`YYYY-MM-DD`), never moved by a time zone. Xero sends most days twice: as text and as `/Date(…)/`. */
export function xeroDay(dayText: string | undefined, msText: string | undefined): string | undefined {
	if (dayText !== undefined) return dayText.slice(0, 10);
	return msText === undefined ? undefined : isoInstant(msText).slice(0, 10);
}

/** `If-Modified-Since`: UTC to the second. */
export const modifiedSince = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 19);

export interface SalesTerm {
	Day?: number;
	Type?: string;
}

/** The due date Xero's payment terms give for an invoice date, as its screens work it out; the invoice date without terms. */
export function dueDateOf(invoiceDate: string, term: SalesTerm | null | undefined): string {
	const [year, month, day] = invoiceDate.split('-').map(Number);
	const date = (atYear: number, atMonth: number, atDay: number) => new Date(Date.UTC(atYear, atMonth, atDay)).toISOString().slice(0, 10);
	/** The month's last day when it is shorter. */
	const dayOf = (monthsLater: number, wanted: number) => {
		const last = new Date(Date.UTC(year, month + monthsLater, 0)).getUTCDate();
		return date(year, month - 1 + monthsLater, Math.min(wanted, last));
	};
	const days = term?.Day ?? 0;
	switch (term?.Type) {
		case 'DAYSAFTERBILLDATE':
			return date(year, month - 1, day + days);
		case 'DAYSAFTERBILLMONTH':
			return date(year, month, days);
		case 'OFCURRENTMONTH':
			return dayOf(0, days);
		case 'OFFOLLOWINGMONTH':
			return dayOf(1, days);
		default:
			return invoiceDate;
	}
}
