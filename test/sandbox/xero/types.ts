/** What an organisation keeps. Amounts in units of the currency, days as `YYYY-MM-DD`, `updated` in milliseconds. */

export interface Address {
	AddressType: 'POBOX' | 'STREET';
	[field: string]: string | undefined;
}

export interface Contact {
	ContactID: string;
	ContactNumber?: string;
	AccountNumber?: string;
	ContactStatus: 'ACTIVE' | 'ARCHIVED' | 'GDPRREQUEST';
	MergedToContactID?: string;
	Name: string;
	FirstName?: string;
	LastName?: string;
	CompanyNumber?: string;
	EmailAddress?: string;
	TaxNumber?: string;
	DefaultCurrency?: string;
	AccountsReceivableTaxType?: string;
	SalesDefaultAccountCode?: string;
	PaymentTerms?: PaymentTerms;
	Addresses: Address[];
	Phones: Array<Record<string, string | undefined>>;
	ContactPersons: Array<Record<string, string | boolean | undefined>>;
	updated: number;
}

export interface PaymentTerms {
	Sales?: { Day?: number; Type?: string };
	Bills?: { Day?: number; Type?: string };
}

export interface Account {
	AccountID: string;
	Code?: string;
	Name: string;
	Type: string;
	TaxType: string;
	Class: 'ASSET' | 'EQUITY' | 'EXPENSE' | 'LIABILITY' | 'REVENUE';
	Status: 'ACTIVE' | 'ARCHIVED';
	SystemAccount?: string;
	EnablePaymentsToAccount: boolean;
	updated: number;
}

export interface TaxRate {
	TaxType: string;
	Name: string;
	/** Per cent. */
	EffectiveRate: number;
	Status: 'ACTIVE' | 'DELETED' | 'ARCHIVED';
	CanApplyToRevenue: boolean;
	CanApplyToExpenses: boolean;
}

export interface TrackingCategory {
	TrackingCategoryID: string;
	Name: string;
	Status: 'ACTIVE' | 'ARCHIVED';
	Options: Array<{ TrackingOptionID: string; Name: string; Status: 'ACTIVE' | 'ARCHIVED' }>;
}

export interface Item {
	ItemID: string;
	Code: string;
	Name?: string;
	Description?: string;
	IsSold: boolean;
	IsTrackedAsInventory: boolean;
	SalesDetails: { UnitPrice?: number; AccountCode?: string; TaxType?: string };
	updated: number;
}

export interface BrandingTheme {
	BrandingThemeID: string;
	Name: string;
	SortOrder: number;
	created: number;
}

export interface OrganisationDetails {
	Name: string;
	CountryCode: string;
	BaseCurrency: string;
	ShortCode: string;
	PeriodLockDate?: string;
	EndOfYearLockDate?: string;
	PaymentTerms?: PaymentTerms;
	IsDemoCompany: boolean;
}

export interface LineTracking {
	TrackingCategoryID: string;
	TrackingOptionID: string;
	Name: string;
	Option: string;
}

export interface Line {
	LineItemID: string;
	Description?: string;
	/** Absent on a line that is only text, like the amounts. */
	Quantity?: number;
	UnitAmount?: number;
	LineAmount: number;
	TaxAmount: number;
	TaxType?: string;
	AccountCode?: string;
	AccountID?: string;
	ItemCode?: string;
	DiscountRate?: number;
	DiscountAmount?: number;
	Tracking: LineTracking[];
}

export type LineAmountTypes = 'Exclusive' | 'Inclusive' | 'NoTax';

/** What invoices, credit notes and quotes have in common. */
export interface Document {
	id: string;
	number: string;
	contactId: string;
	reference?: string;
	date: string;
	lineAmountTypes: LineAmountTypes;
	currency: string;
	currencyRate: number;
	brandingThemeId?: string;
	lines: Line[];
	subTotal: number;
	totalTax: number;
	total: number;
	updated: number;
	/** Made through the API by this app, not in the screens. */
	byApp: boolean;
}

export type InvoiceStatus = 'DRAFT' | 'SUBMITTED' | 'AUTHORISED' | 'PAID' | 'VOIDED' | 'DELETED';

export interface Invoice extends Document {
	type: 'ACCREC' | 'ACCPAY';
	status: InvoiceStatus;
	dueDate?: string;
	url?: string;
	sentToContact: boolean;
	expectedPaymentDate?: string;
	amountPaid: number;
	amountCredited: number;
	fullyPaidOn?: string;
}

export interface Allocation {
	AllocationID: string;
	invoiceId: string;
	amount: number;
	date: string;
}

export interface CreditNote extends Document {
	type: 'ACCRECCREDIT' | 'ACCPAYCREDIT';
	status: InvoiceStatus;
	allocations: Allocation[];
}

export type QuoteStatus = 'DRAFT' | 'SENT' | 'DECLINED' | 'ACCEPTED' | 'INVOICED' | 'DELETED';

export interface Quote extends Document {
	status: QuoteStatus;
	expiryDate?: string;
	title?: string;
	summary?: string;
	terms?: string;
}

export interface Payment {
	PaymentID: string;
	invoiceId: string;
	amount: number;
	date: string;
	updated: number;
}
