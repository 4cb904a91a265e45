import { findLineMapping } from '../shared/lineMapping';
import type { DesiredLine, ExistingLine } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fingerprint } from '../shared/idempotency';
import type { InvoiceLine, Period } from '../shared/invoiceDraft';
import { toMinorUnits } from '../shared/money';
import { parseTimestamp } from '../shared/timestamp';
import type { BillJob } from '../M3ter/billTarget';
import type { ChargebeeBillOptions, LineTarget } from './options';
import type { ChargebeeLineItem } from './schemas';

const MAX_TEXT = 250;
const MARKER_LENGTH = ' [m3ter:12345678-1234567890]'.length;
const MARKER = /\s*\[m3ter:([0-9a-z]{8})-([0-9a-f]{10})\]$/;

/** A line as Chargebee shall hold it. `amount` is in minor units; negative ones become credits, they are never sent as lines. */
export interface ChargebeeDesiredLine extends DesiredLine {
	amount: number;
	/** Text without the marker. */
	text: string;
	/** Epoch seconds. */
	dateFrom: number;
	dateTo: number;
	target: LineTarget;
}

/** Where a line is: a charge that waits for an invoice, or a line of an invoice. */
export interface ChargebeeExistingLine extends ExistingLine {
	amount: number;
	text: string;
	invoiceId?: string;
	item?: string;
	dateFrom?: number;
	dateTo?: number;
}

/** How the lines of one bill are recognised. */
export interface BillMarks {
	bill: string;
	/** Charge items carry no text of ours: they are known by item, period and subscription. */
	items: ReadonlySet<string>;
	periods: ReadonlySet<string>;
	subscriptionId: string | undefined;
}

/** First 8 characters of the bill id: enough among the charges of one customer, and people find the bill by it. */
const billMark = (billId: string) => billId.toLowerCase().replace(/[^0-9a-z]/g, '').slice(0, 8).padEnd(8, '0');
const lineMark = (key: string) => fingerprint(key).slice(0, 10);
const itemKey = (item: string, from: number | undefined, to: number | undefined) => lineMark(`item ${item} ${from} ${to}`);
const periodKey = (from: number | undefined, to: number | undefined) => `${from}-${to}`;

const isItem = ({ entity_type: type }: ChargebeeLineItem) => type === 'charge_item_price' || type === 'addon';

/** The text as it fits in front of the marker: Chargebee takes 250 characters in all. */
const cut = (text: string) => (text.length > MAX_TEXT - MARKER_LENGTH ? `${text.slice(0, MAX_TEXT - MARKER_LENGTH - 1)}…` : text);

/** What is printed for a charge: its text and the marker by which the next run knows it. */
export const markedText = (bill: string, { key, text }: Pick<ChargebeeDesiredLine, 'key' | 'text'>): string => `${cut(text)} [m3ter:${bill}-${key}]`;

/**
 * All lines of a bill in Chargebee's terms, credits as negative amounts, zeros left out. Lines mapped to the same charge
 * item for the same period become one: Chargebee prints the item's name for them, so nothing would tell them apart.
 */
export function billLines(job: BillJob, options: ChargebeeBillOptions): ChargebeeDesiredLine[] {
	const merged = new Map<string, ChargebeeDesiredLine>();
	for (const line of job.draft.lines) {
		const wanted = billLine(job, line, options);
		const before = merged.get(wanted.key);
		merged.set(wanted.key, before ? withAmount(before, before.amount + wanted.amount) : wanted);
	}
	return [...merged.values()].filter(({ amount }) => amount !== 0);
}

function billLine(job: BillJob, line: InvoiceLine, options: ChargebeeBillOptions): ChargebeeDesiredLine {
	const target = findLineMapping(line, options.lineTargets) ?? {};
	const { dateFrom, dateTo } = datesOf(job, line.period, options);
	const key = target.item === undefined ? lineMark(line.key) : itemKey(target.item, dateFrom, dateTo);
	const amount = toMinorUnits(line.amount, job.draft.decimals);
	return withAmount({ key, fingerprint: '', amount, text: line.description, dateFrom, dateTo, target }, amount);
}

/** A charge that is no line of the bill but follows from it, for the bill's whole period. */
export const extraLine = (job: BillJob, options: ChargebeeBillOptions, key: string, text: string, amount: number): ChargebeeDesiredLine =>
	withAmount({ key: lineMark(key), fingerprint: '', amount, text, ...datesOf(job, undefined, options), target: {} }, amount);

/** The same line with another amount. */
export function withAmount(line: ChargebeeDesiredLine, amount: number, text = line.text): ChargebeeDesiredLine {
	return { ...line, amount, text, fingerprint: contentOf(amount, line.target.item ?? cut(text), line.dateFrom, line.dateTo) };
}

const contentOf = (...content: unknown[]) => fingerprint(content);

/**
 * Chargebee wants both dates or none. Lines without a period (ad hoc credits and debits) take the bill's.
 * @throws Failure `invalid-input` for a bill without any date.
 */
function datesOf(job: BillJob, period: Period | undefined, { periodEnd, timeZone }: ChargebeeBillOptions): { dateFrom: number; dateTo: number } {
	const { servicePeriod, issueDate, billCreatedAt } = job.draft;
	const day = issueDate ?? billCreatedAt;
	const { start, end } = period ?? servicePeriod ?? { start: day, end: day };
	if (start === undefined || end === undefined) {
		throw new Failure('invalid-input', 'The bill has no dates', { description: `Bill ${job.bill.id} has neither a period nor a date; Chargebee charges need one.` });
	}
	const dateFrom = epoch(start, timeZone);
	return { dateFrom, dateTo: Math.max(dateFrom, epoch(end, timeZone) - (periodEnd === 'inclusive' ? 1 : 0)) };
}

/** m3ter writes the days of service periods as date-times at midnight UTC. */
const DAY_IN_UTC = /^(\d{4}-\d{2}-\d{2})T00:00(?::00(?:\.0+)?)?Z$/;

/** Epoch seconds of a date of m3ter: a day begins in the zone of the site, everything else is a moment. */
export const epoch = (date: string, timeZone: string): number => Math.floor(Date.parse(parseTimestamp(date.replace(DAY_IN_UTC, '$1'), timeZone)) / 1000);

/** What marks a bill's lines in Chargebee. */
export function marksOf(job: BillJob, options: ChargebeeBillOptions, subscriptionId: string | undefined): BillMarks {
	const whole = datesOf(job, undefined, options);
	const lines = billLines(job, options);
	return {
		bill: billMark(job.bill.id),
		items: new Set(options.lineTargets.flatMap(({ target }) => target.item ?? [])),
		subscriptionId,
		periods: new Set([periodKey(whole.dateFrom, whole.dateTo), ...lines.map(({ dateFrom, dateTo }) => periodKey(dateFrom, dateTo))]),
	};
}

function isOwnItem(line: ChargebeeLineItem, item: string, { items, periods, subscriptionId }: BillMarks): boolean {
	const sameSubscription = subscriptionId === undefined || line.subscription_id === undefined || line.subscription_id === subscriptionId;
	return sameSubscription && items.has(item) && periods.has(periodKey(line.date_from, line.date_to));
}

/**
 * A line or unbilled charge as Chargebee holds it. Ours carry the bill in their text; charge items, which take no text, are
 * known by item and period. All others have no key.
 */
export function existingLine(line: ChargebeeLineItem, marks: BillMarks, invoiceId?: string): ChargebeeExistingLine {
	const description = line.description ?? '';
	const [, bill, mark] = MARKER.exec(description) ?? [];
	const item = isItem(line) ? line.entity_id : undefined;
	const ownItem = bill === undefined && item !== undefined && isOwnItem(line, item, marks);
	const amount = line.amount ?? 0;
	const text = description.replace(MARKER, '');
	return {
		id: line.id,
		key: bill === marks.bill ? mark : ownItem ? itemKey(item, line.date_from, line.date_to) : undefined,
		amount,
		text,
		invoiceId,
		item,
		dateFrom: line.date_from,
		dateTo: line.date_to,
		fingerprint: contentOf(amount, item ?? cut(text), line.date_from, line.date_to),
	};
}
