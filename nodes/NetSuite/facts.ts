import type { BillJob } from '../M3ter/billTarget';
import { toFailure } from '../n8n/errors';
import { Failure } from '../shared/failure';
import { isIsoCurrency } from '../shared/money';
import type { NetSuiteApi } from './api';
import type { NetSuiteBillOptions } from './options';
import { currencyRow, customerSchema, periodRow, type PeriodRow } from './schemas';

/** What is looked up once for a whole run. */
export interface Facts {
	/** Internal id by ISO code; empty where the account has only one currency or the role may not see them. */
	currencies: ReadonlyMap<string, string>;
	/** Posting periods in the order of time; empty where the account has none or the role may not see them. */
	periods: readonly PeriodRow[];
}

const DAY = 'YYYY-MM-DD';
const CURRENCIES = "SELECT id, symbol FROM currency WHERE isinactive = 'F' ORDER BY id";
const PERIODS =
	`SELECT id, TO_CHAR(startdate, '${DAY}') AS firstday, TO_CHAR(enddate, '${DAY}') AS lastday, closed, arlocked, alllocked FROM accountingperiod ` +
	"WHERE isquarter = 'F' AND isyear = 'F' AND isadjust = 'F' ORDER BY startdate, id";

/** Currencies and posting periods. An account without these features has no such tables: then NetSuite itself decides. */
export async function readFacts(api: NetSuiteApi): Promise<Facts> {
	const [currencies, periods] = await Promise.all([readCurrencies(api), orNothing(async () => await api.query(PERIODS, periodRow))]);
	return { currencies, periods };
}

/** Internal ids of currencies by ISO code; none where the account has only one or the role may not see them. */
export async function readCurrencies(api: NetSuiteApi): Promise<Map<string, string>> {
	const rows = await orNothing(async () => await api.query(CURRENCIES, currencyRow));
	return new Map(rows.map(({ symbol, id }) => [symbol.toUpperCase(), id]));
}

async function orNothing<T>(read: () => Promise<T[]>): Promise<T[]> {
	try {
		return await read();
	} catch (error) {
		if (error instanceof Failure && (error.kind === 'refused' || error.kind === 'permission')) return [];
		throw toFailure(error);
	}
}

/** @throws Failure `invalid-input` naming the currencies the account has */
export function currencyId(facts: Facts, currency: string): string | undefined {
	if (facts.currencies.size === 0) return undefined;
	const id = facts.currencies.get(currency.toUpperCase());
	if (id !== undefined) return id;
	throw new Failure('invalid-input', 'NetSuite does not have the currency of the bill', {
		description: `The bill is in ${currency}; the account knows ${[...facts.currencies.keys()].join(', ')}. ${isIsoCurrency(currency) ? 'Add it under Lists > Accounting > Currencies.' : 'Currencies of your own cannot be invoiced.'}`,
	});
}

/**
 * Before a document is written without its currency: it would get the customer's. That is right only where customers have
 * none, because the account has one currency.
 * @throws Failure `permission` when the role may not see the currencies
 */
export async function checkCurrencySeen(api: NetSuiteApi, { bill, customerId }: BillJob, { bodyFields }: NetSuiteBillOptions, facts: Facts): Promise<void> {
	if (facts.currencies.size > 0 || bodyFields.currency !== undefined) return;
	const customer = await api.find('customer', { id: customerId }, customerSchema);
	if (customer?.currency === undefined) return;
	throw new Failure('permission', 'The NetSuite role may not see currencies', {
		description: `Bill ${bill.id} is in ${bill.currency}, and without the list of currencies it would be booked in that of customer ${customerId}, ${customer.currency.refName ?? customer.currency.id}. Give the role of the integration the permission Lists > Currency.`,
	});
}

const isOpen = ({ closed, arlocked, alllocked }: PeriodRow) => !closed && !arlocked && !alllocked;

/** Whether documents of this period can no longer be made or changed. A period we do not know is left to NetSuite. */
export function isClosed(facts: Facts, period: { id?: string; day?: string }): boolean {
	const found = facts.periods.find(({ id, firstday, lastday }) => (period.id === undefined ? period.day !== undefined && firstday <= period.day && period.day <= lastday : id === period.id));
	return found !== undefined && !isOpen(found);
}

/** The day itself when its period is open, else the first day of the next open one; undefined when there is none. */
export function nextOpenDay(facts: Facts, day: string): string | undefined {
	if (!isClosed(facts, { day })) return day;
	return facts.periods.find((period) => period.firstday > day && isOpen(period))?.firstday;
}
