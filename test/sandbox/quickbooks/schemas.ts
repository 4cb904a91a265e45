/** What writes accept; unknown properties are refused with 2010. Read-only ones may be echoed and change nothing. */
import { z } from 'zod';

const echoed = z.unknown().optional();
export const ref = z.object({ value: z.string().min(1), name: z.string().optional(), type: z.string().optional() }).strict();
const optionalRef = ref.optional();
const text = (max: number) => z.string().max(max).optional();
const day = z.string().date().optional();
const email = z.object({ Address: z.string().min(3).max(100), Id: echoed }).strict().optional();
const address = z
	.object({
		Id: echoed,
		Line1: z.string().max(500),
		Line2: z.string().max(500),
		Line3: z.string().max(500),
		Line4: z.string().max(500),
		Line5: z.string().max(500),
		City: z.string().max(255),
		Country: z.string().max(255),
		CountrySubDivisionCode: z.string().max(255),
		PostalCode: z.string().max(30),
		Lat: echoed,
		Long: echoed,
	})
	.partial()
	.strict()
	.optional();

const base = { Id: z.string().optional(), SyncToken: z.string().optional(), sparse: z.boolean().optional(), domain: echoed, MetaData: echoed };

const salesItem = z
	.object({
		ItemRef: optionalRef,
		Qty: z.number().optional(),
		UnitPrice: z.number().optional(),
		ServiceDate: day,
		TaxCodeRef: optionalRef,
		ClassRef: optionalRef,
		DiscountRate: z.number().optional(),
		DiscountAmt: z.number().optional(),
		TaxInclusiveAmt: z.number().optional(),
		ItemAccountRef: echoed,
	})
	.strict();

export const line = z
	.object({
		Id: z.string().optional(),
		LineNum: z.number().int().positive().optional(),
		Description: text(4000),
		Amount: z.number().optional(),
		DetailType: z.enum(['SalesItemLineDetail', 'DescriptionOnly', 'DiscountLineDetail', 'SubTotalLineDetail']).optional(),
		SalesItemLineDetail: salesItem.optional(),
		DescriptionLineDetail: z.object({ ServiceDate: day, TaxCodeRef: optionalRef }).strict().optional(),
		DiscountLineDetail: z
			.object({ PercentBased: z.boolean().optional(), DiscountPercent: z.number().optional(), DiscountAccountRef: optionalRef })
			.strict()
			.optional(),
		SubTotalLineDetail: z.object({}).passthrough().optional(),
		LinkedTxn: echoed,
	})
	.strict();
export type LineInput = z.output<typeof line>;

const customField = z
	.object({ DefinitionId: z.string(), Name: z.string().optional(), Type: z.literal('StringType'), StringValue: z.string().max(31).optional() })
	.strict();
const flag = z.boolean().optional();

/** The writable fields of a sales document; a full update clears those that are left out. */
export const SALES_FIELDS = {
	DocNumber: text(21),
	TxnDate: day,
	DueDate: day,
	SalesTermRef: optionalRef,
	DepartmentRef: optionalRef,
	ClassRef: optionalRef,
	CurrencyRef: optionalRef,
	ExchangeRate: z.number().positive().optional(),
	PrivateNote: text(4000),
	CustomerMemo: z.object({ value: z.string().max(1000) }).strict().optional(),
	BillEmail: email,
	BillEmailCc: email,
	BillEmailBcc: email,
	EmailStatus: z.enum(['NotSet', 'NeedToSend', 'EmailSent']).optional(),
	PrintStatus: z.enum(['NotSet', 'NeedToPrint', 'PrintComplete']).optional(),
	GlobalTaxCalculation: z.enum(['TaxExcluded', 'TaxInclusive', 'NotApplicable']).optional(),
	ApplyTaxAfterDiscount: flag,
	AllowOnlineACHPayment: flag,
	AllowOnlineCreditCardPayment: flag,
	AllowOnlinePayPalPayment: flag,
	AllowOnlineAffirmPayment: flag,
	BillAddr: address,
	ShipAddr: address,
	CustomField: z.array(customField).max(3).optional(),
	CustomerRef: optionalRef,
	Line: z.array(line).optional(),
	LinkedTxn: z.array(z.object({ TxnId: z.string(), TxnType: z.string() }).strict()).optional(),
	TxnTaxDetail: z.object({ TotalTax: z.number().optional(), TxnTaxCodeRef: optionalRef, TaxLine: echoed }).strict().optional(),
	TxnStatus: z.enum(['Pending', 'Accepted', 'Closed', 'Rejected']).optional(),
	ExpirationDate: day,
	AcceptedBy: text(100),
	AcceptedDate: day,
};

export const sales = z
	.object({
		...base,
		...SALES_FIELDS,
		TotalAmt: echoed,
		HomeTotalAmt: echoed,
		Balance: echoed,
		HomeBalance: echoed,
		RemainingCredit: echoed,
		InvoiceLink: echoed,
	})
	.strict();
export type SalesInput = z.output<typeof sales>;

/** No colon, tab or line break. */
const name = z.string().min(1).max(500).regex(/^[^:\t\n]*$/, 'must not contain a colon, tab or line break').optional();

export const CUSTOMER_FIELDS = {
	DisplayName: name,
	GivenName: text(100),
	FamilyName: text(100),
	CompanyName: text(100),
	PrimaryEmailAddr: email,
	PrimaryPhone: z.object({ FreeFormNumber: z.string().max(30) }).strict().optional(),
	BillAddr: address,
	ShipAddr: address,
	CurrencyRef: optionalRef,
	SalesTermRef: optionalRef,
	ParentRef: optionalRef,
	Job: flag,
	BillWithParent: flag,
	ResaleNum: text(16),
	Taxable: flag,
	Notes: text(2000),
	Active: flag,
	AcctNum: text(100),
};

export const customer = z
	.object({ ...base, ...CUSTOMER_FIELDS, FullyQualifiedName: echoed, PrintOnCheckName: echoed, Balance: echoed, BalanceWithJobs: echoed, Level: echoed })
	.strict();
export type CustomerInput = z.output<typeof customer>;

export const ITEM_FIELDS = {
	Name: z.string().min(1).max(100).optional(),
	Sku: text(100),
	Description: text(4000),
	Type: z.enum(['Service', 'NonInventory', 'Inventory', 'Group', 'Category']).optional(),
	Active: flag,
	Taxable: flag,
	UnitPrice: z.number().optional(),
	IncomeAccountRef: optionalRef,
	SalesTaxCodeRef: optionalRef,
};

export const item = z.object({ ...base, ...ITEM_FIELDS, FullyQualifiedName: echoed, TrackQtyOnHand: flag, QtyOnHand: z.number().optional() }).strict();
export type ItemInput = z.output<typeof item>;
