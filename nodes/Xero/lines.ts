import { diffLines, type DesiredLine, type ExistingLine, type LineDiff } from '../shared/diff';
import { fingerprint } from '../shared/idempotency';
import type { InvoiceLine } from '../shared/invoiceDraft';
import { findLineMapping } from '../shared/lineMapping';
import { decimal, fromMinorUnits, round, toMinorUnits } from '../shared/money';
import type { LineTarget, XeroBillOptions } from './options';
import type { XeroLine } from './schemas';
import type { WireLine } from './wire';

/** Xero's amounts have two decimals in every currency, its unit amounts four. */
export const DECIMALS = 2;
const UNIT_DECIMALS = 4;
const MAX_TEXT = 4000;

/** A line of a bill; with a target of its own where the mapping does not say it. */
export interface BillLine extends InvoiceLine {
	target?: LineTarget;
}

/** A line as Xero shall hold it. `amount` is in hundredths. */
export interface XeroDesiredLine extends DesiredLine {
	amount: number;
	description: string;
	quantity: string;
	unitAmount: string;
	target: LineTarget;
}

export interface XeroExistingLine extends ExistingLine {
	amount: number;
	line: XeroLine;
}

export type XeroLineDiff = LineDiff<XeroDesiredLine, XeroExistingLine>;

/** What a line of a draft is in Xero. `sign` is -1 on credit notes, whose amounts are positive for a credit. */
export function desiredLine(line: BillLine, sign: 1 | -1, options: Pick<XeroBillOptions, 'lineTargets' | 'showQuantity'>): XeroDesiredLine {
	const amount = toMinorUnits(line.amount, DECIMALS) * sign || 0;
	const target = line.target ?? findLineMapping(line, options.lineTargets) ?? { tracking: [] };
	const text = line.description === '' ? line.type : line.description;
	const description = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
	const price = (options.showQuantity ? exactPrice(line, amount) : undefined) ?? { quantity: '1', unitAmount: fromMinorUnits(amount, DECIMALS).toFixed(DECIMALS) };
	return { key: line.key, amount, description, ...price, target, fingerprint: fingerprint([description, amount, price, target]) };
}

/** Quantity × unit price, where it multiplies up to exactly the amount of the line; m3ter's prices are often averages that do not. */
function exactPrice({ quantity, unitPrice }: InvoiceLine, amount: number): { quantity: string; unitAmount: string } | undefined {
	if (quantity === undefined || unitPrice === undefined || decimal(quantity).lte(0)) return undefined;
	const [units, price] = [round(quantity, UNIT_DECIMALS), round(unitPrice, UNIT_DECIMALS)];
	const signed = price.times(amount < 0 ? -1 : 1);
	return round(units.times(signed), DECIMALS).eq(fromMinorUnits(amount, DECIMALS)) ? { quantity: units.toFixed(), unitAmount: signed.toFixed() } : undefined;
}

/** Where the money of a line that Xero holds went. */
export const targetOf = ({ AccountCode, AccountID, ItemCode, TaxType, Tracking }: XeroLine): LineTarget => ({
	...(AccountCode === undefined ? { accountId: AccountID } : { accountCode: AccountCode }),
	itemCode: ItemCode,
	taxType: TaxType,
	tracking: Tracking.flatMap(({ TrackingCategoryID: categoryId, TrackingOptionID: optionId }) => (categoryId === undefined || optionId === undefined ? [] : [{ categoryId, optionId }])),
});

export const amountOf = ({ LineAmount }: XeroLine): number => toMinorUnits(round(LineAmount ?? 0, DECIMALS), DECIMALS);

const same = (wanted: string | undefined, actual: string | undefined) => wanted === undefined || wanted === actual;

/** Whether Xero's line says what ours does. What is not mapped was filled in by Xero's defaults and is no difference. */
function equals({ amount, description, quantity, unitAmount, target }: XeroDesiredLine, line: XeroLine): boolean {
	const priced = line.Quantity !== undefined && decimal(line.Quantity).eq(quantity) && decimal(line.UnitAmount ?? 0).eq(unitAmount);
	const tracked = target.tracking.length === 0 || fingerprint(target.tracking.map(({ optionId }) => optionId).sort()) === fingerprint(line.Tracking.map(({ TrackingOptionID }) => TrackingOptionID).sort());
	return (
		priced &&
		amountOf(line) === amount &&
		// Xero trims texts.
		(line.Description ?? '').trim() === description.trim() &&
		same(target.accountCode, line.AccountCode) &&
		same(target.accountId, line.AccountID) &&
		same(target.itemCode, line.ItemCode) &&
		same(target.taxType, line.TaxType) &&
		tracked
	);
}

/**
 * Compares ours with Xero's lines, which carry no key of ours: equal lines meet first, then lines of the same text, then the
 * rest of ours in order. Ours are the first `own` lines; what people added below them is foreign and stays.
 */
export function diffWith(desired: readonly XeroDesiredLine[], lines: readonly XeroLine[], own: number): XeroLineDiff {
	const keys = new Map<XeroLine, string>();
	const free = (wanted: XeroDesiredLine) => ![...keys.values()].includes(wanted.key);
	const match = (fits: (wanted: XeroDesiredLine, line: XeroLine) => boolean) => {
		for (const wanted of desired.filter(free)) {
			const found = lines.find((line) => !keys.has(line) && fits(wanted, line));
			if (found !== undefined) keys.set(found, wanted.key);
		}
	};
	match(equals);
	match(({ description }, line) => (line.Description ?? '').trim() === description.trim());
	const stillOurs = lines.filter((line, index) => index < own && !keys.has(line)).slice(0, Math.max(0, own - keys.size));
	for (const line of stillOurs) keys.set(line, desired.find(free)?.key ?? `outdated-${line.LineItemID}`);
	const byKey = new Map(desired.map((wanted) => [wanted.key, wanted]));
	return diffLines(
		desired,
		lines.map((line): XeroExistingLine => {
			const key = keys.get(line);
			const wanted = key === undefined ? undefined : byKey.get(key);
			const print = wanted !== undefined && equals(wanted, line) ? wanted.fingerprint : `other-${line.LineItemID}`;
			return { id: line.LineItemID, key, fingerprint: print, amount: amountOf(line), line };
		}),
	);
}

/** The lines of the document after the change: ours in the bill's order with the ids they had, then the foreign ones as they are. */
export function wireLines(desired: readonly XeroDesiredLine[], diff: XeroLineDiff): WireLine[] {
	const ids = new Map([...diff.same.map((existing) => [existing.key, existing.id] as const), ...diff.change.map(({ existing }) => [existing.key, existing.id] as const)]);
	return [...desired.map((line) => wireLine(line, ids.get(line.key))), ...diff.foreign.map(({ line }) => foreignLine(line))];
}

function wireLine({ description, quantity, unitAmount, target }: XeroDesiredLine, id: string | undefined): WireLine {
	return {
		...(id === undefined ? {} : { LineItemID: id }),
		Description: description,
		Quantity: Number(quantity),
		UnitAmount: Number(unitAmount),
		...(target.itemCode ? { ItemCode: target.itemCode } : {}),
		...(target.accountCode ? { AccountCode: target.accountCode } : {}),
		...(target.accountId ? { AccountID: target.accountId } : {}),
		...(target.taxType ? { TaxType: target.taxType } : {}),
		...(target.tracking.length > 0
			? { Tracking: target.tracking.map(({ categoryId, optionId }) => ({ TrackingCategoryID: categoryId, TrackingOptionID: optionId })) }
			: {}),
	} satisfies WireLine;
}

/** Without the line amount: together with a rounded discount rate it may not add up, and Xero works it out anyway. */
function foreignLine(line: XeroLine): WireLine {
	const { LineItemID, Description, Quantity, UnitAmount, ItemCode, AccountCode, TaxType, DiscountRate } = line;
	const AccountID = AccountCode === undefined ? line.AccountID : undefined;
	const Tracking = line.Tracking.length === 0 ? undefined : line.Tracking.map(({ TrackingCategoryID, TrackingOptionID }) => ({ TrackingCategoryID, TrackingOptionID }));
	const fields = { LineItemID, Description, Quantity, UnitAmount, ItemCode, AccountCode, AccountID, TaxType, DiscountRate, Tracking };
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as WireLine;
}
