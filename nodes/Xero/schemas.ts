import { z } from 'zod';

/** What Xero answers with, as far as the pack reads it (Accounting API 2.0). Amounts are in units of the currency. */
const text = z.string().nullish().transform((value) => (value === null || value === '' ? undefined : value));
const number = z.number().nullish().transform((value) => value ?? undefined);

const messages = z
	.array(z.object({ Message: z.string().nullish(), Description: z.string().nullish() }))
	.nullish()
	.transform((rows) => (rows ?? []).flatMap(({ Message, Description }) => Message ?? Description ?? []));

const trackingSchema = z.object({ TrackingCategoryID: text, TrackingOptionID: text, Name: text, Option: text });

export const pageSchema = z.object({ pagination: z.object({ pageCount: number }).nullish() });

export const lineSchema = z.object({
	LineItemID: z.string(),
	Description: text,
	/** Absent on a line that is only text. */
	Quantity: number,
	UnitAmount: number,
	LineAmount: number,
	ItemCode: text,
	AccountCode: text,
	AccountID: text,
	TaxType: text,
	DiscountRate: number,
	Tracking: z.array(trackingSchema).nullish().transform((rows) => rows ?? []),
});

export const STATUSES = ['DRAFT', 'SUBMITTED', 'AUTHORISED', 'PAID', 'VOIDED', 'DELETED'] as const;

const documentShape = {
	Status: z.enum(STATUSES),
	Reference: text,
	Contact: z.object({ ContactID: text }).nullish(),
	DateString: text,
	Date: text,
	CurrencyCode: text,
	BrandingThemeID: text,
	LineAmountTypes: text,
	LineItems: z.array(lineSchema).nullish().transform((rows) => rows ?? []),
};

export const invoiceSchema = z.object({
	...documentShape,
	InvoiceID: z.string(),
	InvoiceNumber: text,
	DueDateString: text,
	DueDate: text,
	Url: text,
	SentToContact: z.boolean().nullish(),
	AmountPaid: number,
	AmountCredited: number,
});

export const creditNoteSchema = z.object({
	...documentShape,
	CreditNoteID: z.string(),
	CreditNoteNumber: text,
	Total: number,
	RemainingCredit: number,
});

/** One element of a batch's answer: HTTP 200 does not mean that it was taken. */
export const elementSchema = z
	.object({
		HasErrors: z.boolean().nullish(),
		StatusAttributeString: text,
		ValidationErrors: messages,
		Warnings: messages,
		Contact: z.object({ ValidationErrors: messages }).passthrough().nullish(),
		LineItems: z.array(z.object({ ValidationErrors: messages }).passthrough()).nullish(),
	})
	.passthrough();

const term = z.object({ Day: number, Type: text }).nullish();
const paymentTerms = z.object({ Sales: term }).nullish();

export const organisationSchema = z.object({
	Name: text,
	ShortCode: text,
	BaseCurrency: text,
	PeriodLockDate: text,
	EndOfYearLockDate: text,
	PaymentTerms: paymentTerms,
});

export const contactSchema = z.object({
	ContactID: z.string(),
	ContactNumber: text,
	AccountNumber: text,
	ContactStatus: text,
	MergedToContactID: text,
	Name: text,
	EmailAddress: text,
	DefaultCurrency: text,
	IsSupplier: z.boolean().nullish(),
	IsCustomer: z.boolean().nullish(),
	PaymentTerms: paymentTerms,
	Addresses: z
		.array(z.object({ AddressType: text, AddressLine1: text, AddressLine2: text, City: text, Region: text, PostalCode: text, Country: text }))
		.nullish()
		.transform((rows) => rows ?? []),
	UpdatedDateUTC: text,
});

export const quoteSchema = z.object({
	QuoteID: z.string(),
	QuoteNumber: text,
	Reference: text,
	Title: text,
	Status: z.string(),
	Contact: z.object({ ContactID: z.string() }),
	DateString: text,
	Date: text,
	CurrencyCode: text,
	UpdatedDateUTC: z.string(),
	LineItems: z.array(z.object({ ItemCode: text, Description: text, Quantity: number })).nullish().transform((rows) => rows ?? []),
});

export const connectionSchema = z.object({ tenantId: z.string(), tenantType: text, tenantName: text });

export const webhookSchema = z.object({
	events: z.array(
		z.object({
			resourceId: z.string(),
			tenantId: z.string(),
			eventCategory: z.string(),
			eventType: z.string(),
			/** UTC without a zone letter. */
			eventDateUtc: z.string(),
		}).passthrough(),
	),
	firstEventSequence: z.number(),
	lastEventSequence: z.number(),
});

export const accountSchema = z.object({ AccountID: z.string(), Code: text, Name: z.string(), SystemAccount: text });
export const taxRateSchema = z.object({ TaxType: z.string(), Name: z.string(), EffectiveRate: number, CanApplyToRevenue: z.boolean().nullish() });
export const itemSchema = z.object({ Code: z.string(), Name: text, IsSold: z.boolean().nullish(), IsTrackedAsInventory: z.boolean().nullish() });
export const brandingThemeSchema = z.object({ BrandingThemeID: z.string(), Name: z.string() });
export const trackingCategorySchema = z.object({
	TrackingCategoryID: z.string(),
	Name: z.string(),
	Options: z.array(z.object({ TrackingOptionID: z.string(), Name: z.string(), Status: text })),
});

export type XeroStatus = (typeof STATUSES)[number];
export type XeroLine = z.output<typeof lineSchema>;
export type XeroInvoice = z.output<typeof invoiceSchema>;
export type XeroCreditNote = z.output<typeof creditNoteSchema>;
export type XeroElement = z.output<typeof elementSchema>;
export type XeroOrganisation = z.output<typeof organisationSchema>;
export type XeroContact = z.output<typeof contactSchema>;
export type XeroQuote = z.output<typeof quoteSchema>;
export type XeroConnection = z.output<typeof connectionSchema>;
export type XeroWebhook = z.output<typeof webhookSchema>;
