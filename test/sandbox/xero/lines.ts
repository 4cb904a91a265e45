/** Line items: defaults from the item, the line-total check, tax and tracking (sheet §6.2, §6.3). */
import { randomUUID } from 'node:crypto';

import { Invalid } from './errors';
import { lineTax, lineTotal, round, sum, unitFrom } from './money';
import type { LineInput } from './schemas';
import type { Organisation } from './state';
import type { Account, Document, Item, Line, LineAmountTypes, LineTracking } from './types';

export interface LineRules {
	unitDecimals: number;
	lineAmountTypes: LineAmountTypes;
	/** Credit notes take no discounts. */
	discounts: boolean;
	/** Documents that are submitted or approved need an account on each priced line. */
	accounts: boolean;
}

/** Works out the lines of a document; with `old` lines the ids sent are kept, and old lines not named are gone. Throws Invalid with every complaint. */
export function buildLines(organisation: Organisation, inputs: LineInput[], old: Line[], rules: LineRules): Line[] {
	const messages: string[] = [];
	const lines = inputs.map((input) => buildLine(organisation, input, old, rules, messages));
	const ids = inputs.flatMap(({ LineItemID }) => LineItemID ?? []);
	if (new Set(ids).size !== ids.length) messages.push('A line item id is used twice');
	if (lines.length === 0) messages.push('One or more line items must be specified');
	if (messages.length > 0) throw new Invalid(messages);
	return lines;
}

function buildLine(organisation: Organisation, input: LineInput, old: Line[], rules: LineRules, messages: string[]): Line {
	const before = old.find(({ LineItemID }) => LineItemID === input.LineItemID);
	if (input.LineItemID && !before) messages.push(`Line item '${input.LineItemID}' does not belong to this document`);
	const item = findItem(organisation, input.ItemCode ?? before?.ItemCode, messages);
	const description = input.Description ?? before?.Description ?? item?.Description;
	if (!description) messages.push('A line item must have a description');
	const tracking = input.Tracking ? readTracking(organisation, input.Tracking, messages) : (before?.Tracking ?? []);
	const line: Line = {
		LineItemID: before?.LineItemID ?? randomUUID(),
		Description: description,
		LineAmount: 0,
		TaxAmount: 0,
		ItemCode: item?.Code,
		Tracking: tracking,
	};
	const priced = setAmounts(line, input, before, item, rules, messages);
	if (!priced) return line;
	setAccount(organisation, line, input, before, item, messages);
	if (rules.accounts && !line.AccountCode && !line.AccountID) messages.push('Account code must be specified');
	setTax(organisation, line, input, before, item, rules, messages);
	return line;
}

function findItem(organisation: Organisation, code: string | undefined, messages: string[]): Item | undefined {
	if (code === undefined) return undefined;
	const item = [...organisation.items.values()].find((entry) => entry.Code === code);
	if (!item) messages.push(`Item code '${code}' is not valid`);
	else if (!item.IsSold) messages.push(`Item code '${code}' is not sold and cannot be used on a sales document`);
	return item;
}

/** Any two of quantity, unit amount and line amount suffice. False for a line that is only text. */
function setAmounts(line: Line, input: LineInput, before: Line | undefined, item: Item | undefined, rules: LineRules, messages: string[]): boolean {
	const given = input.Quantity !== undefined || input.UnitAmount !== undefined || input.LineAmount !== undefined;
	const source = given || !before ? input : before;
	const fallback = source.LineAmount === undefined ? item?.SalesDetails.UnitPrice : undefined;
	const unitAmount = source.UnitAmount ?? fallback;
	if (source.Quantity === undefined && unitAmount === undefined && (source.LineAmount === undefined || source === before)) return false;
	const discount = { rate: input.DiscountRate ?? before?.DiscountRate, amount: input.DiscountAmount ?? before?.DiscountAmount };
	if ((discount.rate !== undefined || discount.amount !== undefined) && !rules.discounts) messages.push('Discounts are not allowed on this document');
	line.Quantity = round(source.Quantity ?? 1, 4);
	line.UnitAmount = round(unitAmount ?? unitFrom(source.LineAmount ?? 0, line.Quantity, rules.unitDecimals), rules.unitDecimals);
	line.DiscountRate = discount.rate;
	line.DiscountAmount = discount.rate === undefined ? discount.amount : undefined;
	const expected = lineTotal(line.Quantity, line.UnitAmount, discount);
	// Without a unit amount the line amount is the truth, and the price shown is what comes out of the division.
	const check = unitAmount !== undefined && given && input.LineAmount !== undefined;
	if (check && round(input.LineAmount ?? 0, 2) !== expected) {
		messages.push(`The line total ${input.LineAmount} does not match the expected line total ${expected}`);
	}
	line.LineAmount = unitAmount === undefined ? round(source.LineAmount ?? 0, 2) : expected;
	return true;
}

function findAccount(organisation: Organisation, by: { code?: string; id?: string }): Account | undefined {
	return [...organisation.accounts.values()].find((entry) => (by.id ? entry.AccountID === by.id : entry.Code === by.code));
}

function setAccount(organisation: Organisation, line: Line, input: LineInput, before: Line | undefined, item: Item | undefined, messages: string[]): void {
	const code = input.AccountCode ?? (input.AccountID ? undefined : (before?.AccountCode ?? item?.SalesDetails.AccountCode));
	const id = input.AccountCode ? undefined : (input.AccountID ?? before?.AccountID);
	if (code === undefined && id === undefined) return;
	const account = findAccount(organisation, { code, id });
	const label = code ?? id ?? '';
	if (!account || account.SystemAccount === 'DEBTORS') messages.push(`Account code '${label}' is not a valid code for this document.`);
	else if (account.Status !== 'ACTIVE') {
		messages.push(`Account code '${label}' has been archived, or deleted. You can only add transactions to active accounts.`);
	} else Object.assign(line, { AccountCode: account.Code, AccountID: account.AccountID });
}

function setTax(
	organisation: Organisation,
	line: Line,
	input: LineInput,
	before: Line | undefined,
	item: Item | undefined,
	rules: LineRules,
	messages: string[],
): void {
	const account = line.AccountID ? organisation.accounts.get(line.AccountID) : undefined;
	const wanted = input.TaxType ?? before?.TaxType ?? item?.SalesDetails.TaxType ?? account?.TaxType;
	line.TaxType = rules.lineAmountTypes === 'NoTax' ? 'NONE' : wanted;
	if (rules.lineAmountTypes === 'NoTax' || wanted === undefined) return;
	const rate = organisation.taxRates.get(wanted);
	if (!rate || rate.Status !== 'ACTIVE' || !rate.CanApplyToRevenue) {
		messages.push(`The TaxType code '${wanted}' does not exist or cannot be used for this type of transaction.`);
		return;
	}
	line.TaxAmount = input.TaxAmount ?? lineTax(line.LineAmount, rate.EffectiveRate, rules.lineAmountTypes === 'Inclusive');
}

function readTracking(organisation: Organisation, inputs: NonNullable<LineInput['Tracking']>, messages: string[]): LineTracking[] {
	return inputs.flatMap((input) => {
		const category = [...organisation.trackingCategories.values()].find((entry) =>
			input.TrackingCategoryID ? entry.TrackingCategoryID === input.TrackingCategoryID : entry.Name === input.Name,
		);
		const option = category?.Options.find((entry) =>
			input.TrackingOptionID ? entry.TrackingOptionID === input.TrackingOptionID : entry.Name === input.Option,
		);
		if (!category || category.Status !== 'ACTIVE') {
			messages.push(`The tracking category '${input.Name ?? input.TrackingCategoryID ?? ''}' does not exist`);
			return [];
		}
		if (!option || option.Status !== 'ACTIVE') {
			messages.push(`The tracking option '${input.Option ?? input.TrackingOptionID ?? ''}' does not exist in '${category.Name}'`);
			return [];
		}
		const { TrackingCategoryID, Name } = category;
		return [{ TrackingCategoryID, TrackingOptionID: option.TrackingOptionID, Name, Option: option.Name }];
	});
}

/** A write without `unitdp=4` cuts the unit amounts that are there to two decimals, and the line amounts follow. */
export function cutUnitAmounts(organisation: Organisation, document: Document): void {
	for (const line of document.lines) {
		if (line.Quantity === undefined || line.UnitAmount === undefined) continue;
		const cut = round(line.UnitAmount, 2);
		if (cut === line.UnitAmount) continue;
		line.UnitAmount = cut;
		line.LineAmount = lineTotal(line.Quantity, cut, { rate: line.DiscountRate, amount: line.DiscountAmount });
		const rate = organisation.taxRates.get(line.TaxType ?? '')?.EffectiveRate ?? 0;
		line.TaxAmount = document.lineAmountTypes === 'NoTax' ? 0 : lineTax(line.LineAmount, rate, document.lineAmountTypes === 'Inclusive');
	}
}

/** Tax is rounded per line, then summed. */
export function setTotals(document: Document): void {
	const amounts = sum(document.lines.map(({ LineAmount }) => LineAmount));
	document.totalTax = sum(document.lines.map(({ TaxAmount }) => TaxAmount));
	document.subTotal = document.lineAmountTypes === 'Inclusive' ? sum([amounts, -document.totalTax]) : amounts;
	document.total = sum([document.subTotal, document.totalTax]);
}
