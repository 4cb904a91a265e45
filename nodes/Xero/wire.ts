import type { Contact, CreditNote, Invoice, LineItem } from 'xero-node';

/** The official SDK's type of an object as Xero's JSON has it: keys begin with a capital. */
type Wire<T> = { [K in keyof T as Capitalize<K & string>]?: WireValue<NonNullable<T[K]>> };
type WireValue<T> = T extends Array<infer E> ? Array<Wire<E>> : T extends object ? Wire<T> : T;

/** The SDK declares its enums without their values. */
interface DocumentEnums {
	Status?: 'DRAFT' | 'SUBMITTED' | 'AUTHORISED' | 'VOIDED' | 'DELETED';
	LineAmountTypes?: 'Exclusive' | 'Inclusive' | 'NoTax';
	CurrencyCode?: string;
}

export type WireLine = Wire<LineItem>;
export type WireInvoice = Omit<Wire<Invoice>, keyof DocumentEnums | 'Type'> & DocumentEnums & { Type?: 'ACCREC' };
export type WireCreditNote = Omit<Wire<CreditNote>, keyof DocumentEnums | 'Type'> & DocumentEnums & { Type?: 'ACCRECCREDIT' };
export type WireContact = Omit<Wire<Contact>, 'DefaultCurrency'> & { DefaultCurrency?: string };
