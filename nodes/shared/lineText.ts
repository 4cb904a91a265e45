import type { Bill, BillLineItem } from './bill';
import { toShortText } from './money';

/**
 * The default line text. A part in square brackets disappears when one of its placeholders is empty, so that a standing
 * charge reads "Standing charge" and usage reads "API requests: 120.5 1k at 0.8299 USD".
 */
export const DEFAULT_LINE_DESCRIPTION = '{description}[: {units} {unit} at {unitPrice} {priceCurrency}]';

export const LINE_PLACEHOLDERS = [
	'description',
	'type',
	'product',
	'productCode',
	'accountingProduct',
	'quantity',
	'units',
	'unit',
	'unitPrice',
	'priceCurrency',
	'childAccount',
	'periodStart',
	'periodEnd',
] as const;

type Placeholder = (typeof LINE_PLACEHOLDERS)[number];

const COUNTED_TYPES = /USAGE|COUNTER/;

const day = (value: string | undefined) => value?.slice(0, 10) ?? '';

/** The last day of a period: m3ter's end is exclusive, people read inclusive. An empty period ends on the day it starts. */
export function lastDay({ start, end }: { start?: string; end: string }): string {
	const last = new Date(Date.parse(end.length === 10 ? `${end}T00:00:00Z` : end) - 1).toISOString().slice(0, 10);
	return last < day(start) ? day(start) : last;
}

function placeholderValues(line: BillLineItem): Record<Placeholder, string> {
	const counted = COUNTED_TYPES.test(line.lineItemType) && line.units !== undefined;
	return {
		description: line.description ?? line.lineItemType,
		type: line.lineItemType,
		product: line.productName ?? line.productCode ?? '',
		productCode: line.productCode ?? '',
		accountingProduct: line.accountingProductName ?? line.accountingProductCode ?? '',
		quantity: line.quantity === undefined ? '' : toShortText(line.quantity),
		units: counted && line.units !== undefined ? toShortText(line.units) : '',
		unit: line.unit ?? '',
		unitPrice: line.averageUnitPrice === undefined ? '' : toShortText(line.averageUnitPrice),
		priceCurrency: line.currency ?? '',
		childAccount: line.childAccountCode ?? '',
		periodStart: day(line.servicePeriodStartDate),
		periodEnd: line.servicePeriodEndDate ? lastDay({ start: line.servicePeriodStartDate, end: line.servicePeriodEndDate }) : '',
	};
}

/** Fills a line description template; unknown placeholders stay visible so that a typo is seen, not lost. */
export function lineText(template: string, line: BillLineItem): string {
	const values = new Map<string, string>(Object.entries(placeholderValues(line)));
	const fill = (part: string) => part.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
	const isEmpty = (part: string) => [...part.matchAll(/\{(\w+)\}/g)].some(([, name]) => values.get(name) === '');
	return template
		.split(/(\[[^\]]*\])/)
		.map((part) => (part.startsWith('[') && part.endsWith(']') ? (isEmpty(part) ? '' : fill(part.slice(1, -1))) : fill(part)))
		.join('')
		.replace(/\s+/g, ' ')
		.trim();
}

/** The period a bill covers, for headers: "2026-04-01 to 2026-04-30". */
export function periodText(bill: Pick<Bill, 'startDate' | 'endDate'>): string {
	if (bill.startDate === undefined || bill.endDate === undefined) return '';
	return `${day(bill.startDate)} to ${lastDay({ start: bill.startDate, end: bill.endDate })}`;
}
