 
import { randomUUID } from 'node:crypto';

import { Big } from 'big.js';

import { audit, badRequest, find, nextVersion, nowIso, SERVICE_USER_ID, type Context } from './context';
import { emit } from './events';
import { omit } from './requests';
import type { Account, Bill, BillLine } from './state';

/** Bills and what happens to them. Money is added up as decimals. */

/** A line as a test writes it: `amount` is what it comes to in the bill's currency; the rest is filled in. */
export type LineInput = Partial<BillLine> & { amount?: number };

export type BillOverrides = Partial<Omit<Bill, 'lineItems' | 'billTotal' | 'currency' | 'id' | 'version'>>;

const DAY_MS = 24 * 3600 * 1000;

/** `2026-01-31` plus days. */
export const addDays = (date: string, days: number): string => new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);

export function billTotal(lines: BillLine[]): number {
	return lines.reduce((sum, { convertedSubtotal }) => sum.plus(convertedSubtotal), new Big(0)).toNumber();
}

function completeLine(input: LineInput, index: number, currency: string, period: { startDate: string; endDate: string }): BillLine {
	const { amount, ...line } = input;
	const conversionRate = line.conversionRate ?? 1;
	const converted = amount ?? line.convertedSubtotal ?? new Big(line.subtotal ?? 0).times(conversionRate).toNumber();
	const subtotal = line.subtotal ?? (conversionRate === 1 ? converted : new Big(converted).div(conversionRate).round(5).toNumber());
	const units = line.units ?? 1;
	return {
		lineItemType: 'USAGE',
		description: `Line ${index + 1}`,
		quantity: units,
		unit: 'UNIT',
		currency,
		servicePeriodStartDate: `${period.startDate}T00:00:00Z`,
		servicePeriodEndDate: `${period.endDate}T00:00:00Z`,
		averageUnitPrice: units === 0 ? 0 : new Big(subtotal).div(units).round(8).toNumber(),
		...line,
		id: line.id ?? randomUUID(),
		units,
		subtotal,
		conversionRate,
		convertedSubtotal: converted,
		sequenceNumber: line.sequenceNumber ?? index + 1,
	};
}

const completeLines = (lines: LineInput[], bill: { currency: string; startDate: string; endDate: string }) =>
	lines.map((line, index) => completeLine(line, index, bill.currency, bill));

/** Events carry the bill without its lines. */
const billDto = (bill: Bill) => omit(bill, 'lineItems');

/** Locked by itself or by the organization's lock date. */
export function isLocked(context: Context, bill: Bill): boolean {
	const { billLockDate } = context.state.billConfig;
	return bill.locked || (billLockDate !== undefined && bill.endDate <= billLockDate);
}

export function refuseLocked(context: Context, bill: Bill): void {
	if (isLocked(context, bill)) throw badRequest(`Bill ${bill.id} is locked`);
}

/** Puts the next version of a bill in place and emits `billing.bill.updated`. */
export function updateBill(context: Context, previous: Bill, changes: Partial<Bill>): Bill {
	const bill: Bill = { ...previous, ...changes, ...nextVersion(context, previous) };
	bill.billTotal = billTotal(bill.lineItems);
	context.state.bills.set(bill.id, bill);
	emit(context, 'billing.bill.updated', { newDto: billDto(bill), oldDto: billDto(previous) });
	return bill;
}

/** The month before now: `startDate` inclusive, `endDate` exclusive. */
export function lastMonth(context: Context): { startDate: string; endDate: string } {
	const [year, month] = nowIso(context).split('-').map(Number);
	const iso = (index: number) => new Date(Date.UTC(year, index, 1)).toISOString().slice(0, 10);
	return { startDate: iso(month - 2), endDate: iso(month - 1) };
}

function invoiceNumber(context: Context): string | undefined {
	const { billPrefix, sequenceStartNumber = 0 } = context.state.organizationConfig;
	return billPrefix === undefined ? undefined : `${billPrefix}${sequenceStartNumber + ++context.state.nextInvoiceNumber}`;
}

/** Makes a PENDING bill and emits `billing.bill.created`. Without dates it covers last month. */
export function addBill(context: Context, account: Account, currency: string, lines: LineInput[], overrides: BillOverrides = {}): Bill {
	const { organizationConfig: config } = context.state;
	const period = { ...lastMonth(context), ...overrides };
	const billDate = overrides.billDate ?? period.endDate;
	const time = nowIso(context);
	const number = invoiceNumber(context);
	const bill: Bill = {
		...audit(time),
		accountId: account.id,
		accountCode: account.code,
		startDate: period.startDate,
		endDate: period.endDate,
		startDateTimeUTC: `${period.startDate}T00:00:00Z`,
		endDateTimeUTC: `${period.endDate}T00:00:00Z`,
		billDate,
		dueDate: addDays(billDate, account.daysBeforeBillDue ?? config.daysBeforeBillDue),
		externalInvoiceDate: config.externalInvoiceDate === 'LAST_DAY_OF_ARREARS' ? addDays(period.endDate, -1) : period.endDate,
		billingFrequency: 'MONTHLY',
		billFrequencyInterval: 1,
		timezone: config.timezone,
		currency,
		locked: false,
		status: 'PENDING',
		createdDate: time,
		lastCalculatedDate: time,
		lineItems: completeLines(lines, { currency, ...period }),
		billTotal: 0,
		jsonStatementGenerated: false,
		csvStatementGenerated: false,
		statementStale: false,
		...(account.purchaseOrderNumber !== undefined && { purchaseOrderNumber: account.purchaseOrderNumber }),
		...(number !== undefined && { sequentialInvoiceNumber: number }),
		...overrides,
	};
	bill.billTotal = billTotal(bill.lineItems);
	context.state.bills.set(bill.id, bill);
	emit(context, 'billing.bill.created', { newDto: billDto(bill) });
	return bill;
}

/** Recalculation: new lines, back to PENDING, next version. Locked bills are refused. */
export function recalculateBill(context: Context, id: string, lines: LineInput[] | undefined, overrides: BillOverrides = {}): Bill {
	const bill = find(context.state.bills, id);
	refuseLocked(context, bill);
	return updateBill(context, bill, {
		...(lines && { lineItems: completeLines(lines, { ...bill, ...overrides }) }),
		status: 'PENDING',
		dtApproved: undefined,
		approvedBy: undefined,
		lastCalculatedDate: nowIso(context),
		statementStale: bill.jsonStatementGenerated || bill.csvStatementGenerated,
		...overrides,
	});
}

/** Approves, or sets back to PENDING; nothing happens when the bill is there already. Locked bills are refused. */
export function setStatus(context: Context, id: string, status: Bill['status']): Bill {
	const bill = find(context.state.bills, id);
	refuseLocked(context, bill);
	if (bill.status === status) return bill;
	const approved = status === 'APPROVED';
	return updateBill(context, bill, {
		status,
		dtApproved: approved ? nowIso(context) : undefined,
		approvedBy: approved ? SERVICE_USER_ID : undefined,
		...(approved && generatedStatements(context, bill)),
	});
}

/** Statements are made on approval and locking when the account or organization says so. */
function generatedStatements(context: Context, bill: Bill): Partial<Bill> {
	const account = context.state.accounts.get(bill.accountId);
	const mode = account?.autoGenerateStatementMode ?? context.state.organizationConfig.autoGenerateStatementMode ?? 'NONE';
	if (mode === 'NONE') return {};
	return { jsonStatementGenerated: true, statementStale: false, ...(mode === 'JSON_AND_CSV' && { csvStatementGenerated: true }) };
}

/** Only approved bills can be locked, and it is final. */
export function lockBill(context: Context, id: string): Bill {
	const bill = find(context.state.bills, id);
	refuseLocked(context, bill);
	if (bill.status !== 'APPROVED') throw badRequest('Only approved bills can be locked');
	return updateBill(context, bill, { locked: true, dtLocked: nowIso(context), lockedBy: SERVICE_USER_ID, ...generatedStatements(context, bill) });
}

export function deleteBill(context: Context, id: string): Bill {
	const bill = find(context.state.bills, id);
	refuseLocked(context, bill);
	context.state.bills.delete(id);
	emit(context, 'billing.bill.deleted', { oldDto: billDto(bill) });
	return bill;
}
