import { Big } from 'big.js';
import type { z } from 'zod';

import { addBill, addDays, isLocked, lastMonth, recalculateBill, type LineInput } from './bills';
import type { billJob } from './billschemas';
import type { Context } from './context';
import type { Account, AccountPlan, Bill, Price } from './state';

/** The sandbox's own rating: standing charges plus usage at the price list, one bill per account and period. */

export type BillJobBody = z.infer<typeof billJob>;

interface Period {
	startDate: string;
	endDate: string;
}

/** From `lastDateInBillingPeriod` and the frequency; last month when no date is given. */
export function periodOf(context: Context, body: BillJobBody): Period {
	if (body.lastDateInBillingPeriod === undefined) return lastMonth(context);
	const endDate = addDays(body.lastDateInBillingPeriod, 1);
	const interval = body.billFrequencyInterval ?? 1;
	const frequency = body.billingFrequency ?? 'MONTHLY';
	if (frequency === 'DAILY') return { startDate: addDays(endDate, -interval), endDate };
	if (frequency === 'WEEKLY') return { startDate: addDays(endDate, -7 * interval), endDate };
	const [year, month, day] = endDate.split('-').map(Number);
	const months = frequency === 'ANNUALLY' ? 12 * interval : interval;
	return { startDate: new Date(Date.UTC(year, month - 1 - months, day)).toISOString().slice(0, 10), endDate };
}

/** Factor from one currency into another; undefined when the organization has none. */
function rate(context: Context, body: BillJobBody, from: string, to: string): number | undefined {
	if (from === to) return 1;
	const known = [...(body.currencyConversions ?? []), ...(context.state.organizationConfig.currencyConversions ?? [])];
	return known.find((entry) => entry.from === from && entry.to === to)?.multiplier;
}

/** The account plans of the account that run in the period, each plan of a group on its own. */
function activePlans(context: Context, account: Account, period: Period): Array<{ accountPlan: AccountPlan; planId: string }> {
	const { accountPlans, planGroupLinks } = context.state;
	return [...accountPlans.values()]
		.filter((plan) => plan.accountId === account.id && plan.startDate.slice(0, 10) < period.endDate && (plan.endDate ?? '9999').slice(0, 10) > period.startDate)
		.flatMap((accountPlan) => {
			const ids = accountPlan.planId === undefined
				? [...planGroupLinks.values()].filter((link) => link.planGroupId === accountPlan.planGroupId).map((link) => link.planId)
				: [accountPlan.planId];
			return ids.map((planId) => ({ accountPlan, planId }));
		});
}

function usageLine(context: Context, account: Account, price: Price, span: { from: number; to: number }): LineInput {
	const quantity = context.state.ingested
		.filter((entry) => entry.accountId === account.id && entry.meter === price.meterCode)
		.filter(({ ts }) => Date.parse(ts) >= span.from && Date.parse(ts) < span.to)
		.reduce((sum, { measure }) => sum.plus(measure?.[price.field] ?? 0), new Big(0));
	const units = quantity.div(price.per);
	const meter = [...context.state.meters.values()].find(({ code }) => code === price.meterCode);
	return {
		lineItemType: 'USAGE',
		description: price.description,
		quantity: quantity.toNumber(),
		units: units.toNumber(),
		unit: price.unit,
		averageUnitPrice: Number(price.unitPrice),
		subtotal: units.times(price.unitPrice).round(5).toNumber(),
		...(meter && { meterId: meter.id }),
	};
}

/** Lines of the account in the period, each still in its plan's currency. */
function rateLines(context: Context, account: Account, period: Period): LineInput[] {
	const { state } = context;
	return activePlans(context, account, period).flatMap(({ accountPlan, planId }) => {
		const plan = state.plans.get(planId);
		const template = plan && state.planTemplates.get(plan.planTemplateId);
		const product = plan && state.products.get(plan.productId);
		if (!plan || !template || !product) return [];
		const about = {
			currency: template.currency,
			planId,
			productId: product.id,
			productName: product.name,
			productCode: product.code,
			accountingProductId: product.id,
			accountingProductName: product.name,
			accountingProductCode: product.code,
			...(accountPlan.planGroupId !== undefined && { planGroupId: accountPlan.planGroupId }),
			...(accountPlan.contractId !== undefined && { contractId: accountPlan.contractId }),
		};
		const span = {
			from: Math.max(Date.parse(period.startDate), Date.parse(accountPlan.startDate)),
			to: Math.min(Date.parse(period.endDate), accountPlan.endDate ? Date.parse(accountPlan.endDate) : Infinity),
		};
		const standing = plan.standingCharge ?? template.standingCharge;
		const description = plan.standingChargeDescription ?? template.standingChargeDescription ?? 'Standing Charge';
		const prices = state.prices.filter((price) => price.planId === planId);
		return [
			...(standing > 0 ? [{ ...about, lineItemType: 'STANDING_CHARGE' as const, description, subtotal: standing }] : []),
			...prices.map((price) => ({ ...about, ...usageLine(context, account, price, span) })),
		];
	});
}

/** Lines in the bill's currency, or an alert when a conversion is missing. */
function convertedLines(context: Context, account: Account, body: BillJobBody, period: Period): { currency: string; lines: LineInput[] } | undefined {
	const currency = body.targetCurrency ?? account.currency ?? context.state.organizationConfig.currency;
	const lines: LineInput[] = [];
	for (const line of rateLines(context, account, period)) {
		const factor = rate(context, body, line.currency ?? currency, currency);
		if (factor === undefined) {
			context.state.alerts.push(`ERROR: no conversion from ${line.currency} to ${currency}: no bill for account ${account.code}`);
			return undefined;
		}
		lines.push({ ...line, conversionRate: factor });
	}
	return { currency, lines };
}

/** Makes the account's bill of the period, or calculates the one there is again. Locked bills stay as they are. */
export function billAccount(context: Context, account: Account, body: BillJobBody, billJobId: string): Bill | undefined {
	const period = periodOf(context, body);
	const rated = convertedLines(context, account, body, period);
	if (!rated || (rated.lines.length === 0 && context.state.organizationConfig.suppressedEmptyBills)) return undefined;
	const frequency = body.billingFrequency ?? 'MONTHLY';
	const existing = [...context.state.bills.values()].find(
		(bill) => bill.accountId === account.id && bill.startDate === period.startDate && bill.endDate === period.endDate && bill.billingFrequency === frequency,
	);
	if (existing && isLocked(context, existing)) return undefined;
	if (existing) return recalculateBill(context, existing.id, rated.lines, { billJobId });
	const { billDate, dueDate, externalInvoiceDate, timezone, currencyConversions } = body;
	const given = Object.fromEntries(
		Object.entries({ billDate, dueDate, externalInvoiceDate, timezone, currencyConversions }).filter(([, value]) => value !== undefined),
	);
	return addBill(context, account, rated.currency, rated.lines, {
		...period,
		...given,
		billJobId,
		billingFrequency: frequency,
		billFrequencyInterval: body.billFrequencyInterval ?? 1,
	});
}

/** Rates a bill again when its lines came from rating; lines put there by hand stay. */
export function rateAgain(context: Context, bill: Bill, billJobId: string): Bill {
	const account = context.state.accounts.get(bill.accountId);
	const rated = account && bill.billJobId !== undefined && convertedLines(context, account, { targetCurrency: bill.currency }, bill);
	return recalculateBill(context, bill.id, rated ? rated.lines : undefined, { billJobId: bill.billJobId === undefined ? undefined : billJobId });
}
