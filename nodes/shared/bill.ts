import { z } from 'zod';

/**
 * m3ter's Bill and its line items, as `GET /bills`, `GET /bills/{id}` and `GET /bills/{id}/lineitems` return them.
 * Only what the pack reads is named; everything else passes through untouched. Numbers stay as JSON carried them and
 * are read as decimals (`money.ts`) where they are calculated with.
 */
const text = z.string().nullish().transform((value) => value ?? undefined);
const number = z.number().nullish().transform((value) => value ?? undefined);

export const billLineItemSchema = z
	.object({
		id: text,
		lineItemType: z.string(),
		description: text,
		quantity: number,
		units: number,
		unit: text,
		subtotal: number,
		/** The plan's pricing currency, not the bill's. */
		currency: text,
		conversionRate: number,
		/** In the bill's currency: what an invoice line must carry. */
		convertedSubtotal: z.number(),
		averageUnitPrice: number,
		productId: text,
		productName: text,
		productCode: text,
		accountingProductId: text,
		accountingProductName: text,
		accountingProductCode: text,
		planId: text,
		planGroupId: text,
		pricingId: text,
		aggregationId: text,
		compoundAggregationId: text,
		counterId: text,
		chargeId: text,
		contractId: text,
		commitmentId: text,
		balanceId: text,
		meterId: text,
		reasonId: text,
		referencedBillId: text,
		referencedLineItemId: text,
		childAccountId: text,
		childAccountCode: text,
		segment: z.record(z.string()).nullish(),
		group: z.record(z.string()).nullish(),
		/** Inclusive. */
		servicePeriodStartDate: text,
		/** Exclusive. */
		servicePeriodEndDate: text,
		sequenceNumber: number,
	})
	.passthrough();

export const billSchema = z
	.object({
		id: z.string().min(1),
		version: number,
		accountId: z.string().min(1),
		accountCode: text,
		status: text,
		locked: z.boolean().nullish(),
		currency: z.string().min(1),
		/** Inclusive date. */
		startDate: text,
		/** Exclusive date. */
		endDate: text,
		billDate: text,
		dueDate: text,
		externalInvoiceDate: text,
		externalInvoiceReference: text,
		sequentialInvoiceNumber: text,
		purchaseOrderNumber: text,
		billingFrequency: text,
		billTotal: number,
		lastCalculatedDate: text,
		dtCreated: text,
		dtApproved: text,
		lineItems: z.array(billLineItemSchema).nullish().transform((value) => value ?? []),
	})
	.passthrough();

export type Bill = z.output<typeof billSchema>;
export type BillLineItem = z.output<typeof billLineItemSchema>;
