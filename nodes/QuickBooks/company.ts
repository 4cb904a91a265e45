import { Failure } from '../shared/failure';
import { isIsoCurrency, isoDecimals } from '../shared/money';
import type { QuickBooksApi } from './api';
import { preferencesSchema } from './schemas';

/** What of a company's settings decides how a document must look. */
export interface Company {
	multiCurrency: boolean;
	homeCurrency?: string;
	/** Automated sales tax (United States): tax codes are only TAX and NON, and QuickBooks may show another one than was sent. */
	automatedTax: boolean;
	/** Last day of the closed books, `YYYY-MM-DD`. */
	booksClosedUntil?: string;
	/** Documents may be given numbers; otherwise QuickBooks counts. */
	customNumbers: boolean;
	/** Classes are kept per line, not per document. */
	classPerLine: boolean;
}

export async function readCompany(api: QuickBooksApi): Promise<Company> {
	const { AccountingInfoPrefs, SalesFormsPrefs, TaxPrefs, CurrencyPrefs } = await api.preferences(preferencesSchema);
	return {
		multiCurrency: CurrencyPrefs?.MultiCurrencyEnabled ?? false,
		homeCurrency: CurrencyPrefs?.HomeCurrency?.value,
		automatedTax: TaxPrefs?.PartnerTaxEnabled ?? false,
		booksClosedUntil: AccountingInfoPrefs?.BookCloseDate,
		customNumbers: SalesFormsPrefs?.CustomTxnNumbers ?? true,
		classPerLine: AccountingInfoPrefs?.ClassTrackingPerTxnLine ?? true,
	};
}

/** QuickBooks holds two decimals at most; fewer where the currency has none. @throws Failure `invalid-input` for codes that are not ISO currencies. */
export function quickBooksDecimals(code: string): number {
	if (isIsoCurrency(code)) return Math.min(2, isoDecimals(code));
	throw new Failure('invalid-input', 'QuickBooks cannot invoice in this currency', {
		description: `"${code}" is not an ISO 4217 currency. Bill the account in a real currency in m3ter.`,
	});
}

/** @throws Failure `invalid-input` when the company has one currency and the bill another: it would be posted as if it were the company's. */
export function checkCurrency(company: Company, billId: string, currency: string): void {
	const { multiCurrency, homeCurrency } = company;
	if (multiCurrency || homeCurrency === undefined || homeCurrency.toUpperCase() === currency.toUpperCase()) return;
	throw new Failure('invalid-input', 'The QuickBooks company keeps one currency, and the bill has another', {
		description: `Bill ${billId} is in ${currency}, the company in ${homeCurrency}. Switch Multicurrency on in QuickBooks, or bill the account in ${homeCurrency}.`,
	});
}
