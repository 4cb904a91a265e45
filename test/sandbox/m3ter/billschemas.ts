import { z } from 'zod';

import { LINE_ITEM_TYPES } from './schemas';

/** What the billing and settings writes accept. */

const required = z.string().min(1);
const date = z.string().date();
const dateTime = z.string().datetime({ offset: true });
const int = z.number().int();
const base = { version: int.optional() };
const conversions = z
	.array(z.object({ from: required, to: required, multiplier: z.number().min(0).optional() }).strict())
	.max(250);

export const billStatus = z.object({ status: z.enum(['PENDING', 'APPROVED']) }).strict();
export const approveBills = z.object({ billIds: z.array(z.string()).min(1) }).strict();
export const billConfig = z.object({ ...base, billLockDate: date.optional() }).strict();

export const billJob = z
	.object({
		...base,
		lastDateInBillingPeriod: date.optional(),
		billingFrequency: z.enum(['DAILY', 'WEEKLY', 'MONTHLY', 'ANNUALLY', 'AD_HOC']).optional(),
		billFrequencyInterval: int.optional(),
		billDate: date.optional(),
		externalInvoiceDate: date.optional(),
		dueDate: date.optional(),
		accountIds: z.array(z.string()).min(1).max(100).optional(),
		targetCurrency: z.string().length(3).optional(),
		currencyConversions: conversions.optional(),
		timezone: z.string().optional(),
		yearEpoch: date.optional(),
		monthEpoch: date.optional(),
		weekEpoch: date.optional(),
		dayEpoch: date.optional(),
	})
	.strict();

export const recalculate = z.object({ ...base, billIds: z.array(z.string()).min(1).max(100) }).strict();

const memo = {
	...base,
	reasonId: z.string().optional(),
	lineItemType: z.enum(LINE_ITEM_TYPES).optional(),
	amountToApplyOnBill: z.number().optional(),
	productId: required,
	accountingProductId: required,
	description: required,
	amount: z.number().min(0),
	referencedBillId: required,
	referencedLineItemId: required,
	servicePeriodStartDate: dateTime,
	servicePeriodEndDate: dateTime,
};
export const creditLine = z.object({ ...memo, creditReasonId: z.string().optional() }).strict();
export const debitLine = z.object({ ...memo, debitReasonId: z.string().optional() }).strict();

const filters = z.object({ meterIds: z.array(z.string()).max(10).optional() }).strict().optional();
export const statementJob = z.object({ ...base, billId: required, includeCsvFormat: z.boolean().optional(), filters }).strict();
export const statementBatch = z
	.object({ ...base, billIds: z.array(z.string()).min(1).max(10), includeCsvFormat: z.boolean().optional(), filters })
	.strict();
export const csvDownload = z
	.object({
		startDate: dateTime.optional(),
		endDate: dateTime.optional(),
		externalInvoiceDateStart: dateTime.optional(),
		externalInvoiceDateEnd: dateTime.optional(),
		externalSystem: z.enum(['STANDARD', 'XERO']).optional(),
	})
	.strict();

const pickList = {
	...base,
	name: z.string().min(1).max(200),
	code: z.string().min(1).max(80).optional(),
	archived: z.boolean().optional(),
};
export const reason = z.object(pickList).strict();
export const currency = z
	.object({
		...pickList,
		maxDecimalPlaces: int.min(0).max(5).optional(),
		roundingMode: z.enum(['UP', 'DOWN', 'CEILING', 'FLOOR', 'HALF_UP', 'HALF_DOWN', 'HALF_EVEN', 'UNNECESSARY']).optional(),
	})
	.strict();

export const organizationConfig = z
	.object({
		...base,
		timezone: required,
		yearEpoch: date,
		monthEpoch: date,
		weekEpoch: date,
		dayEpoch: date,
		currency: required,
		daysBeforeBillDue: int.min(0),
		currencyConversions: conversions.optional(),
		scheduledBillInterval: z.number().optional(),
		scheduledBillOffset: int.min(0).max(23).optional(),
		standingChargeBillInAdvance: z.boolean().optional(),
		commitmentFeeBillInAdvance: z.boolean().optional(),
		minimumSpendBillInAdvance: z.boolean().optional(),
		autoApproveBillsGracePeriod: int.min(0).optional(),
		autoApproveBillsGracePeriodUnit: z.enum(['MINUTES', 'HOURS', 'DAYS']).optional(),
		externalInvoiceDate: z.enum(['LAST_DAY_OF_ARREARS', 'FIRST_DAY_OF_NEXT_PERIOD']).optional(),
		suppressedEmptyBills: z.boolean().optional(),
		consolidateBills: z.boolean().optional(),
		defaultStatementDefinitionId: z.string().optional(),
		autoGenerateStatementMode: z.enum(['NONE', 'JSON', 'JSON_AND_CSV']).optional(),
		creditApplicationOrder: z.array(z.enum(['PREPAYMENT', 'BALANCE'])).optional(),
		allowNegativeBalances: z.boolean().optional(),
		allowOverlappingPlans: z.boolean().optional(),
		billPrefix: z.string().optional(),
		sequenceStartNumber: int.optional(),
	})
	.strict();

const fields = z
	.record(z.union([z.string(), z.number()]))
	.refine((entries) => Object.keys(entries).length <= 25, 'at most 25 custom fields')
	.optional();
export const customFieldDefaults = z
	.object({
		...base,
		organization: fields,
		account: fields,
		accountPlan: fields,
		meter: fields,
		product: fields,
		planTemplate: fields,
		plan: fields,
		aggregation: fields,
		compoundAggregation: fields,
		contract: fields,
	})
	.strict();
