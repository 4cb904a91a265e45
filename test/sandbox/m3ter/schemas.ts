import { z } from 'zod';

/** What each write accepts. Unknown fields, wrong types and values out of bounds are refused. */

/** Printable characters; plain spaces only inside. The same rule holds for the codes of all entities. */
const TEXT = /^(?:[^\p{Cc}\s]|[^\p{Cc}\s](?:[^\p{Cc}\s]| )*[^\p{Cc}\s])$/u;
const code = z.string().max(80).regex(TEXT);
const name = z.string().min(1).max(200);
const uuid = z.string().length(36);
const required = z.string().min(1);
const date = z.string().date();
const dateTime = z.string().datetime({ offset: true });
const int = z.number().int();
const money = z.number().min(0);
const text200 = z.string().max(200);
const base = { version: int.optional() };
const customFields = z
	.record(z.union([z.string(), z.number()]))
	.refine((fields) => Object.keys(fields).length <= 100, 'at most 100 custom fields')
	.optional();
const custom = { ...base, customFields };
const statementMode = z.enum(['NONE', 'JSON', 'JSON_AND_CSV']);
const creditOrder = z.array(z.enum(['PREPAYMENT', 'BALANCE']));

export const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'ANNUALLY', 'AD_HOC', 'MIXED'] as const;
export const LINE_ITEM_TYPES = [
	'STANDING_CHARGE', 'USAGE', 'COUNTER_RUNNING_TOTAL_CHARGE', 'COUNTER_ADJUSTMENT_DEBIT', 'COUNTER_ADJUSTMENT_CREDIT', 'USAGE_CREDIT',
	'MINIMUM_SPEND', 'MINIMUM_SPEND_REFUND', 'CREDIT_DEDUCTION', 'MANUAL_ADJUSTMENT', 'CREDIT_MEMO', 'DEBIT_MEMO', 'COMMITMENT_CONSUMED',
	'COMMITMENT_FEE', 'OVERAGE_SURCHARGE', 'OVERAGE_USAGE', 'BALANCE_CONSUMED', 'BALANCE_FEE', 'AD_HOC',
] as const;

export const account = z
	.object({
		...custom,
		name,
		code,
		emailAddress: z.string().email(),
		address: z
			.object({
				addressLine1: z.string().max(50),
				addressLine2: z.string().max(50),
				addressLine3: z.string(),
				addressLine4: z.string(),
				locality: z.string().max(100),
				region: z.string().max(50),
				postCode: z.string().max(20),
				country: z.string().max(100),
			})
			.partial()
			.strict()
			.optional(),
		parentAccountId: z.string().optional(),
		billEpoch: date.optional(),
		purchaseOrderNumber: z.string().max(100).optional(),
		currency: z.string().optional(),
		statementDefinitionId: z.string().optional(),
		autoGenerateStatementMode: statementMode.optional(),
		creditApplicationOrder: creditOrder.optional(),
		daysBeforeBillDue: int.min(0).optional(),
	})
	.strict();

export const endDateEntities = z
	.object({
		endDate: dateTime,
		billingEntities: z.array(z.enum(['CONTRACT', 'ACCOUNTPLAN', 'PREPAYMENT', 'PRICINGS', 'COUNTER_PRICINGS'])).min(1),
		applyToChildren: z.boolean().optional(),
	})
	.strict();

export const product = z.object({ ...custom, name, code }).strict();

const charges = {
	standingChargeDescription: text200.optional(),
	minimumSpend: money.optional(),
	minimumSpendDescription: text200.optional(),
	standingChargeBillInAdvance: z.boolean().optional(),
	minimumSpendBillInAdvance: z.boolean().optional(),
};

export const planTemplate = z
	.object({
		...custom,
		...charges,
		ordinal: int.min(0).optional(),
		productId: uuid,
		name,
		code: code.optional(),
		currency: z.string().length(3),
		standingCharge: money,
		standingChargeInterval: int.min(1).max(365).optional(),
		standingChargeOffset: int.min(0).max(364).optional(),
		billFrequency: z.enum(FREQUENCIES),
		billFrequencyInterval: int.min(1).max(365).optional(),
	})
	.strict();

export const plan = z
	.object({
		...custom,
		...charges,
		ordinal: int.min(0).optional(),
		planTemplateId: uuid,
		name,
		code,
		standingCharge: money.optional(),
		bespoke: z.boolean().optional(),
		minimumSpendAccountingProductId: uuid.optional(),
		standingChargeAccountingProductId: uuid.optional(),
		accountId: uuid.optional(),
	})
	.strict();

export const planGroup = z
	.object({
		...custom,
		...charges,
		name,
		code: code.optional(),
		currency: z.string().length(3),
		standingCharge: money.optional(),
		accountId: uuid.optional(),
		minimumSpendAccountingProductId: z.string().optional(),
		standingChargeAccountingProductId: z.string().optional(),
	})
	.strict();

export const planGroupLink = z.object({ ...base, planGroupId: required, planId: required }).strict();

export const accountPlan = z
	.object({
		...custom,
		accountId: uuid,
		planId: uuid.optional(),
		planGroupId: uuid.optional(),
		startDate: dateTime,
		endDate: dateTime.optional(),
		code: code.optional(),
		billEpoch: date.optional(),
		contractId: uuid.optional(),
		childBillingMode: z.enum(['PARENT_SUMMARY', 'PARENT_BREAKDOWN', 'CHILD']).optional(),
	})
	.strict();

export const contract = z
	.object({
		...custom,
		accountId: required,
		name,
		code: code.optional(),
		description: z.string().max(500).optional(),
		purchaseOrderNumber: z.string().max(100).optional(),
		applyContractPeriodLimits: z.boolean().optional(),
		usageFilters: z
			.array(z.object({ dimensionCode: required, value: required, mode: z.enum(['INCLUDE', 'EXCLUDE']) }).strict())
			.optional(),
		billGroupingKeyId: z.string().optional(),
		startDate: date,
		endDate: date,
	})
	.strict();

export const NUMERIC_CATEGORIES = ['MEASURE', 'INCOME', 'COST'] as const;
const dataField = z
	.object({
		category: z.enum(['WHO', 'WHERE', 'WHAT', 'OTHER', 'METADATA', ...NUMERIC_CATEGORIES]),
		code: z.string().max(80).regex(/^[\p{L}_$][\p{L}_$0-9]*$/u),
		name,
		unit: z.string().min(1).max(50).optional(),
	})
	.strict();

export const meter = z
	.object({
		...custom,
		productId: uuid.optional(),
		groupId: uuid.optional(),
		name,
		code,
		dataFields: z.array(dataField).min(1).max(15),
		derivedFields: z.array(dataField.extend({ calculation: z.string().min(1).max(5000) }).strict()).max(15),
	})
	.strict();

const strings = z.record(z.string()).optional();
const numbers = z.record(z.number()).optional();
export const measurement = z
	.object({
		uid: z.string().max(50).optional(),
		meter: code,
		account: code,
		ts: dateTime,
		ets: dateTime.optional(),
		who: strings,
		where: strings,
		what: strings,
		other: strings,
		metadata: z.record(z.string().max(256)).optional(),
		measure: numbers,
		cost: numbers,
		income: numbers,
	})
	.strict();
export const measurements = z.object({ measurements: z.array(measurement).min(1).max(1000) }).strict();

export const uploadUrl = z
	.object({
		fileName: z.string().min(1).max(100),
		contentType: z.enum(['application/json', 'text/json']),
		contentLength: int.min(1).max(1_073_741_824),
	})
	.strict();

export const notification = z
	.object({
		...base,
		name: required,
		description: required,
		code: required,
		eventName: required,
		active: z.boolean().optional(),
		alwaysFireEvent: z.boolean().optional(),
		calculation: z.string().optional(),
	})
	.strict();

export const evaluateCalculation = z
	.object({ eventId: z.string().optional(), eventName: z.string().optional(), calculation: z.string().optional() })
	.strict();

export const scheduledEvent = z.object({ ...base, name: required, entity: required, field: required, offset: int }).strict();

export const webhook = z
	.object({
		...base,
		name: required,
		description: required,
		url: required,
		code: z.string().optional(),
		active: z.boolean().optional(),
		credentials: z
			.object({
				...base,
				type: z.literal('M3TER_SIGNED_REQUEST'),
				apiKey: required,
				secret: required,
				name: z.string().optional(),
				destination: z.string().optional(),
				empty: z.boolean().optional(),
			})
			.strict(),
	})
	.strict();

const identifier = z.string().regex(/^[a-zA-Z0-9_-]+$/);
export const integrationConfig = z
	.object({
		...base,
		name: z.string().optional(),
		entityType: identifier,
		entityId: z.string().optional(),
		destination: identifier,
		destinationId: z.string().optional(),
		configData: z.record(z.unknown()).optional(),
		credentials: z.object({ type: required }).passthrough().optional(),
		integrationCredentialsId: z.string().optional(),
	})
	.strict();

const mappingText = z.string().regex(TEXT);
export const externalMapping = z
	.object({
		...base,
		m3terEntity: mappingText,
		m3terId: mappingText,
		externalSystem: mappingText,
		externalTable: mappingText,
		externalId: mappingText,
		integrationConfigId: z.string().optional(),
	})
	.strict();
