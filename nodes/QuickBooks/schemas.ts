import { z } from 'zod';

/** What QuickBooks answers with (minor version 75), as far as the pack reads it. Unknown fields pass through, so that lines can be sent back whole. */
const text = z.string().nullish().transform((value) => value ?? undefined);
const amount = z.number().nullish().transform((value) => value ?? 0);
const ref = z.object({ value: z.string(), name: text }).passthrough().nullish().transform((value) => value ?? undefined);
const email = z.object({ Address: text }).passthrough().nullish().transform((value) => value ?? undefined);
const metaData = z.object({ CreateTime: text, LastUpdatedTime: text }).passthrough().nullish().transform((value) => value ?? {});

export const lineSchema = z
	.object({
		Description: text,
		Amount: amount,
		DetailType: text,
		SalesItemLineDetail: z
			.object({
				ItemRef: ref,
				Qty: z.number().nullish(),
				UnitPrice: z.number().nullish(),
				ServiceDate: text,
				TaxCodeRef: ref,
				ClassRef: ref,
			})
			.passthrough()
			.nullish(),
	})
	.passthrough();

const sales = {
	Id: z.string(),
	SyncToken: text,
	DocNumber: text,
	TxnDate: text,
	CustomerRef: ref,
	CurrencyRef: ref,
	TotalAmt: amount,
	Line: z.array(lineSchema).nullish().transform((value) => value ?? []),
	MetaData: metaData,
};

/** An invoice or a credit memo. */
export const documentSchema = z
	.object({
		...sales,
		DueDate: text,
		SalesTermRef: ref,
		DepartmentRef: ref,
		ClassRef: ref,
		PrivateNote: text,
		CustomerMemo: z.object({ value: text }).passthrough().nullish(),
		Balance: z.number().nullish(),
		EmailStatus: text,
	})
	.passthrough();

export const estimateSchema = z
	.object({
		...sales,
		/** `Deleted` on the stubs of change data capture. */
		status: text,
		TxnStatus: text,
		AcceptedBy: text,
		AcceptedDate: text,
		ExpirationDate: text,
		PrivateNote: text,
		LinkedTxn: z.array(z.object({ TxnId: text, TxnType: text }).passthrough()).nullish().transform((value) => value ?? []),
	})
	.passthrough();

const address = z
	.object({ Line1: text, Line2: text, City: text, CountrySubDivisionCode: text, PostalCode: text, Country: text })
	.passthrough()
	.nullish()
	.transform((value) => value ?? undefined);

export const customerSchema = z
	.object({
		Id: z.string(),
		SyncToken: text,
		status: text,
		DisplayName: text,
		CompanyName: text,
		Active: z.boolean().nullish(),
		PrimaryEmailAddr: email,
		CurrencyRef: ref,
		BillAddr: address,
		MetaData: metaData,
	})
	.passthrough();

export const itemSchema = z.object({ Id: z.string(), Name: text, FullyQualifiedName: text, Sku: text, Type: text }).passthrough();

/** Anything with a name, for drop-downs. */
export const namedSchema = z.object({ Id: z.string(), Name: text, FullyQualifiedName: text, Type: text }).passthrough();

const flag = z.boolean().nullish().transform((value) => value ?? false);
const part = <S extends z.ZodRawShape>(shape: S) => z.object(shape).passthrough().nullish();

export const preferencesSchema = z
	.object({
		AccountingInfoPrefs: part({ BookCloseDate: text, ClassTrackingPerTxnLine: flag }),
		SalesFormsPrefs: part({ CustomTxnNumbers: z.boolean().nullish() }),
		TaxPrefs: part({ PartnerTaxEnabled: flag }),
		CurrencyPrefs: part({ MultiCurrencyEnabled: flag, HomeCurrency: ref }),
	})
	.passthrough();

/** Answer of a query: the rows under the entity's name, which is absent when there are none. */
export const queryAnswerSchema = z.object({ QueryResponse: z.record(z.unknown()).default({}) });

export const batchAnswerSchema = z.object({ BatchItemResponse: z.array(z.object({ bId: z.string() }).passthrough()) });

export const cdcAnswerSchema = z.object({ CDCResponse: z.array(z.object({ QueryResponse: z.array(z.record(z.unknown())).default([]) })).min(1) });

export type QboDocument = z.output<typeof documentSchema>;
export type QboLine = z.output<typeof lineSchema>;
export type QboEstimate = z.output<typeof estimateSchema>;
export type QboCustomer = z.output<typeof customerSchema>;
