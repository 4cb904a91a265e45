/** What writes accept. Unknown fields and wrong types refuse the request, values out of bounds the element. Read-only fields may be echoed. */
import { z } from 'zod';

const uuid = z.string().uuid();
const text = (max: number) => z.string().max(max);
/** Accepted and without effect. */
const echoed = z.unknown().optional();

const lineFields = z
	.object({
		LineItemID: uuid,
		Description: z.string().min(1).max(4000),
		Quantity: z.number(),
		UnitAmount: z.number(),
		LineAmount: z.number(),
		ItemCode: text(30),
		AccountCode: text(10),
		AccountID: uuid,
		TaxType: text(50),
		TaxAmount: z.number(),
		DiscountRate: z.number().min(0).max(100),
		DiscountAmount: z.number(),
		Tracking: z
			.array(
				z
					.object({ TrackingCategoryID: uuid, TrackingOptionID: uuid, Name: text(100), Option: text(100), Options: echoed })
					.partial()
					.strict(),
			)
			.max(2),
	})
	.partial();
export const line = lineFields
	.extend({ Item: echoed, Taxability: echoed, SalesTaxCodeId: echoed, TaxBreakdown: echoed, ValidationErrors: echoed, RepeatingInvoiceID: echoed })
	.strict();
export type LineInput = z.output<typeof line>;

const address = z
	.object({
		AddressType: z.enum(['POBOX', 'STREET']),
		AddressLine1: text(500),
		AddressLine2: text(500),
		AddressLine3: text(500),
		AddressLine4: text(500),
		City: text(255),
		Region: text(255),
		PostalCode: text(50),
		Country: text(50).regex(/^[A-Za-z .,'()-]*$/, 'letters only'),
		AttentionTo: text(255),
	})
	.partial()
	.required({ AddressType: true })
	.strict();

const term = z
	.object({ Day: z.number().int(), Type: z.enum(['DAYSAFTERBILLDATE', 'DAYSAFTERBILLMONTH', 'OFCURRENTMONTH', 'OFFOLLOWINGMONTH']) })
	.partial()
	.strict();

export const contact = z
	.object({
		ContactID: uuid,
		ContactNumber: text(50),
		AccountNumber: text(50),
		ContactStatus: z.enum(['ACTIVE', 'ARCHIVED', 'GDPRREQUEST']),
		Name: z.string().min(1).max(255).regex(/^[^<>]*$/, 'no angle brackets').regex(/^\S(.*\S)?$/, 'no spaces at the edges').regex(/^(?!.* {2})/, 'no double spaces'),
		FirstName: text(255),
		LastName: text(255),
		CompanyNumber: text(50),
		EmailAddress: z.union([z.literal(''), text(255).regex(/^[\x20-\x7e]+$/, 'no umlauts').email()]),
		TaxNumber: text(50),
		DefaultCurrency: z.string().length(3),
		AccountsReceivableTaxType: text(50),
		SalesDefaultAccountCode: text(10),
		PaymentTerms: z.object({ Sales: term, Bills: term }).partial().strict(),
		Addresses: z.array(address),
		Phones: z.array(
			z
				.object({
					PhoneType: z.enum(['DEFAULT', 'DDI', 'MOBILE', 'FAX', 'OFFICE']),
					PhoneNumber: text(50),
					PhoneAreaCode: text(10),
					PhoneCountryCode: text(20),
				})
				.partial()
				.strict(),
		),
		ContactPersons: z
			.array(z.object({ FirstName: text(255), LastName: text(255), EmailAddress: text(255), IncludeInEmails: z.boolean() }).partial().strict())
			.max(5),
		IsSupplier: echoed,
		IsCustomer: echoed,
		UpdatedDateUTC: echoed,
		HasAttachments: echoed,
		HasValidationErrors: echoed,
		ContactGroups: echoed,
		SalesTrackingCategories: echoed,
		PurchasesTrackingCategories: echoed,
		Balances: echoed,
	})
	.partial()
	.strict();
export type ContactInput = z.output<typeof contact>;

/** Fields all three kinds of document take; amounts that come back changed nothing. */
const documentFields = {
	Contact: contact.optional(),
	LineItems: z.array(line).optional(),
	Date: z.string().optional(),
	Reference: text(255).optional(),
	BrandingThemeID: uuid.optional(),
	CurrencyCode: z.string().length(3).optional(),
	CurrencyRate: z.number().positive().optional(),
	SubTotal: echoed,
	TotalTax: echoed,
	Total: echoed,
	TotalDiscount: echoed,
	DateString: echoed,
	UpdatedDateUTC: echoed,
	UpdatedDateUTCString: echoed,
	HasAttachments: echoed,
	HasErrors: echoed,
	StatusAttributeString: echoed,
	ValidationErrors: echoed,
	Warnings: echoed,
};
const status = z.enum(['DRAFT', 'SUBMITTED', 'AUTHORISED', 'PAID', 'VOIDED', 'DELETED']);
const amountTypes = z.enum(['Exclusive', 'Inclusive', 'NoTax']);
const readOnlyAmounts = { AmountDue: echoed, AmountPaid: echoed, AmountCredited: echoed, FullyPaidOnDate: echoed };

export const invoice = z
	.object({
		...documentFields,
		...readOnlyAmounts,
		InvoiceID: uuid.optional(),
		Type: z.enum(['ACCREC', 'ACCPAY']).optional(),
		InvoiceNumber: text(255).min(1).optional(),
		DueDate: z.string().optional(),
		LineAmountTypes: amountTypes.optional(),
		Status: status.optional(),
		Url: z.string().optional(),
		SentToContact: z.boolean().optional(),
		ExpectedPaymentDate: z.string().optional(),
		DueDateString: echoed,
		Payments: echoed,
		CreditNotes: echoed,
		Prepayments: echoed,
		Overpayments: echoed,
		IsDiscounted: echoed,
	})
	.strict();
export type InvoiceInput = z.output<typeof invoice>;

export const creditNote = z
	.object({
		...documentFields,
		CreditNoteID: uuid.optional(),
		Type: z.enum(['ACCRECCREDIT', 'ACCPAYCREDIT']).optional(),
		CreditNoteNumber: text(255).min(1).optional(),
		LineAmountTypes: amountTypes.optional(),
		Status: status.optional(),
		RemainingCredit: echoed,
		Allocations: echoed,
		Payments: echoed,
		FullyPaidOnDate: echoed,
	})
	.strict();
export type CreditNoteInput = z.output<typeof creditNote>;

export const quote = z
	.object({
		...documentFields,
		QuoteID: uuid.optional(),
		QuoteNumber: text(255).min(1).optional(),
		Reference: text(4000).optional(),
		Terms: text(4000).optional(),
		Title: text(100).optional(),
		Summary: text(3000).optional(),
		ExpiryDate: z.string().optional(),
		ExpiryDateString: echoed,
		LineAmountTypes: z.enum(['EXCLUSIVE', 'INCLUSIVE', 'NOTAX']).optional(),
		Status: z.enum(['DRAFT', 'SENT', 'DECLINED', 'ACCEPTED', 'INVOICED', 'DELETED']).optional(),
	})
	.strict();
export type QuoteInput = z.output<typeof quote>;

export const allocation = z
	.object({
		Invoice: z.object({ InvoiceID: uuid }).strict(),
		Amount: z.number().positive(),
		Date: z.string(),
	})
	.strict();

export const payment = z
	.object({
		Invoice: z.union([z.object({ InvoiceID: uuid }).strict(), z.object({ InvoiceNumber: z.string() }).strict()]),
		Account: z.object({ Code: z.string().optional(), AccountID: uuid.optional() }).strict(),
		Date: z.string().optional(),
		Amount: z.number().positive(),
		Reference: z.string().optional(),
		CurrencyRate: z.number().optional(),
	})
	.strict();

export const historyRecord = z.object({ Details: z.string().min(1).max(2500) }).strict();
