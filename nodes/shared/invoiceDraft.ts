import { z } from 'zod';

const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/, 'must be plain decimal text, e.g. "12.50"');

/** Start inclusive, end exclusive, as m3ter gives them (ISO dates or date-times). */
export const periodSchema = z.object({ start: z.string(), end: z.string() });

export const invoiceLineSchema = z.object({
	/** Identity of the line across recalculations of the bill; what a re-send finds the same line by. */
	key: z.string().min(1),
	/** The m3ter line items behind it; several when lines are grouped, none for a rounding line. */
	ids: z.array(z.string()),
	/** m3ter's line item type, `GROUP` or `ROUNDING`. */
	type: z.string(),
	description: z.string(),
	/** Signed, in the bill's currency, rounded to what the target can hold. */
	amount: decimalText,
	quantity: decimalText.optional(),
	unit: z.string().optional(),
	/** Average price of a unit in the line's pricing currency; for the text only, it need not multiply up to `amount`. */
	unitPrice: decimalText.optional(),
	productCode: z.string().optional(),
	productName: z.string().optional(),
	accountingProductCode: z.string().optional(),
	planId: z.string().optional(),
	period: periodSchema.optional(),
	childAccount: z.string().optional(),
});

/**
 * A m3ter Bill on its way to any invoicing system: exact decimal text, no provider's words.
 * Invariant: the lines' amounts add up to `total`.
 */
export const invoiceDraftSchema = z.object({
	billId: z.string(),
	billVersion: z.number().optional(),
	accountId: z.string(),
	accountCode: z.string().optional(),
	accountName: z.string().optional(),
	currency: z.string(),
	/** Decimal places of every amount in this draft. */
	decimals: z.number().int().min(0).max(8),
	/** ISO dates (YYYY-MM-DD). */
	issueDate: z.string().optional(),
	dueDate: z.string().optional(),
	servicePeriod: periodSchema.optional(),
	/** What a person recognises the bill by: invoice number, else external reference, else the bill id. */
	reference: z.string(),
	/** m3ter's sequential invoice number, when the organization has one. */
	number: z.string().optional(),
	purchaseOrder: z.string().optional(),
	/** When the bill came into being; no document for it can be older (ISO date-time). */
	billCreatedAt: z.string().optional(),
	lines: z.array(invoiceLineSchema),
	/** Lines left out by the zero-line policy. */
	skippedLines: z.number().int(),
	total: decimalText,
});

export type Period = z.output<typeof periodSchema>;
export type InvoiceLine = z.output<typeof invoiceLineSchema>;
export type InvoiceDraft = z.output<typeof invoiceDraftSchema>;
