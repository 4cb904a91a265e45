import { DateTime, IANAZone } from 'luxon';
import type { z } from 'zod';

import { Failure } from '../shared/failure';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import { literal, type NetSuiteApi } from './api';
import { readCurrencies } from './facts';
import { saleOf, type SaleOptions } from './sale';
import { changedRow } from './schemas';

const TIME = 'YYYY-MM-DD HH24:MI:SS';
const TYPE_CODES: Record<string, string> = { salesorder: 'SalesOrd', estimate: 'Estimate' };
/** Westernmost time zone: how far behind UTC the account's clock can show. */
const ANY_ZONE_HOURS = 12;
/** No clock is set back by so much. */
const SET_BACK_HOURS = 3;

export interface ChangedSalesQuery {
	/** Lower-case record types. */
	watch: readonly string[];
	/** ISO date-time. */
	since: string;
	/**
	 * IANA time zone of the integration's NetSuite user: SuiteQL shows and compares times in it. Empty = unknown: then so
	 * much more is read that nothing is missed whatever it is.
	 */
	timeZone: string;
}

/** A record that changed: which one, and when by the account's clock. */
export type ChangedRecord = z.output<typeof changedRow>;

/** Customers, sales orders and estimates changed since a time, oldest change first. Windows may overlap. */
export async function changedRecords(api: NetSuiteApi, { watch, since, timeZone }: ChangedSalesQuery): Promise<ChangedRecord[]> {
	const from = literal(sessionTime(since, timeZone));
	const customers = watch.includes('customer') ? await api.query(customersSince(from), changedRow) : [];
	const codes = watch.flatMap((type) => TYPE_CODES[type] ?? []);
	const transactions = codes.length > 0 ? await api.query(transactionsSince(from, codes), changedRow) : [];
	return [...customers, ...transactions].sort((a, b) => (a.modified < b.modified ? -1 : Number(a.modified > b.modified)));
}

/** The sales behind some records as they are now; the ids of the events are the same for the same state. */
export async function readSales(api: NetSuiteApi, records: readonly ChangedRecord[], options: SaleOptions): Promise<SubscriptionEvent[]> {
	const currencies = records.length === 0 ? new Map<string, string>() : await readCurrencies(api);
	const events = [];
	for (const { recordtype, id } of records) {
		events.push(await saleOf(api, { recordType: recordtype.toLowerCase(), recordId: id, created: false }, options, currencies));
	}
	return events.filter((event) => event !== undefined);
}

const customersSince = (from: string) =>
	`SELECT c.id, 'customer' AS recordtype, TO_CHAR(c.lastmodifieddate, '${TIME}') AS modified FROM customer c WHERE c.lastmodifieddate >= TO_TIMESTAMP(${from}, '${TIME}') ORDER BY c.lastmodifieddate, c.id`;

const transactionsSince = (from: string, codes: readonly string[]) =>
	`SELECT t.id, t.recordtype, TO_CHAR(t.lastmodifieddate, '${TIME}') AS modified FROM transaction t WHERE t.type IN (${codes.map(literal).join(', ')}) AND t.lastmodifieddate >= TO_TIMESTAMP(${from}, '${TIME}') ORDER BY t.lastmodifieddate, t.id`;

/**
 * A time as the account's clock shows it; without its zone, as the westernmost clock would. Where the clock is about to be
 * set back, what it will show then: changes after that moment show earlier times than this one.
 */
export function sessionTime(since: string, timeZone: string): string {
	const utc = DateTime.fromISO(since, { zone: 'utc' });
	if (!utc.isValid) throw new Failure('invalid-input', "'Changed Since' is not a date", { description: `"${since}" cannot be read. Use an ISO date-time such as 2026-05-01T00:00:00Z.` });
	const zone = timeZone.trim();
	if (zone !== '' && !IANAZone.isValidZone(zone)) {
		throw new Failure('invalid-input', "'NetSuite Time Zone' is not a time zone", { description: `"${zone}" is not known. Use a name such as America/Los_Angeles, as in NetSuite under Home > Set Preferences.` });
	}
	const offset = (time: DateTime) => time.setZone(zone).offset;
	const local = zone === '' ? utc.minus({ hours: ANY_ZONE_HOURS }) : utc.plus({ minutes: Math.min(offset(utc), offset(utc.plus({ hours: SET_BACK_HOURS }))) });
	return local.toFormat('yyyy-MM-dd HH:mm:ss');
}
