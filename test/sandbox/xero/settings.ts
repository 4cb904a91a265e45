/** Reference data for drop-downs (sheet §5); none of it is paged. */
import type { Router, SandboxResponse } from '../kit/http';
import { ok, readElements, route, writeElements, type Call } from './api';
import { msDate, msDay } from './dates';
import { notFound } from './errors';
import { modifiedSince, paged, readWhere, sortBy, type Wire } from './filters';
import { round } from './money';
import { payment as paymentSchema } from './schemas';
import type { Core, Organisation } from './state';
import type { Account, Item, Payment, TaxRate, TrackingCategory } from './types';
import { payInvoice } from './payments';
import type { Area } from './tokens';

const ACCOUNT_FIELDS = ['AccountID', 'Code', 'Name', 'Type', 'Status', 'Class', 'TaxType', 'SystemAccount', 'EnablePaymentsToAccount', 'UpdatedDateUTC'];
const TAX_FIELDS = ['Name', 'TaxType', 'Status', 'EffectiveRate', 'CanApplyToRevenue', 'CanApplyToExpenses'];
const ITEM_FIELDS = ['ItemID', 'Code', 'Name', 'Description', 'IsSold', 'IsPurchased', 'IsTrackedAsInventory', 'UpdatedDateUTC', 'SalesDetails.UnitPrice'];

const accountView = ({ updated, ...account }: Account): Wire => ({ ...account, HasAttachments: false, UpdatedDateUTC: msDate(updated) });

const taxRateView = (rate: TaxRate): Wire => ({
	...rate,
	DisplayTaxRate: rate.EffectiveRate,
	CanApplyToAssets: true,
	CanApplyToEquity: true,
	CanApplyToLiabilities: true,
	TaxComponents: [{ Name: rate.Name, Rate: rate.EffectiveRate, IsCompound: false, IsNonRecoverable: false }],
});

const categoryView = (category: TrackingCategory): Wire => ({ ...category, Options: category.Options });

function itemView({ updated, ...item }: Item, decimals: number): Wire {
	const { UnitPrice } = item.SalesDetails;
	const SalesDetails = { ...item.SalesDetails, ...(UnitPrice !== undefined && { UnitPrice: round(UnitPrice, decimals) }) };
	return { ...item, SalesDetails, IsPurchased: false, UpdatedDateUTC: msDate(updated) };
}

function organisationView({ tenantId, details }: Organisation): Wire {
	const { PeriodLockDate, EndOfYearLockDate, ...fields } = details;
	return {
		...fields,
		OrganisationID: tenantId,
		LegalName: details.Name,
		PaysTax: true,
		Version: 'GLOBAL',
		OrganisationType: 'COMPANY',
		OrganisationStatus: 'ACTIVE',
		FinancialYearEndDay: 31,
		FinancialYearEndMonth: 12,
		SalesTaxBasis: 'ACCRUALS',
		DefaultSalesTax: 'Tax Exclusive',
		Timezone: 'UTC',
		Edition: 'BUSINESS',
		...(PeriodLockDate && { PeriodLockDate: msDay(PeriodLockDate) }),
		...(EndOfYearLockDate && { EndOfYearLockDate: msDay(EndOfYearLockDate) }),
	};
}

/** `where` and `order` over a whole list. */
function filtered(call: Call, name: string, views: Wire[], fields: string[]): SandboxResponse {
	const { query } = call.request;
	const found = views.filter(readWhere(query.get('where'), fields));
	return ok(call.core, { [name]: sortBy(found, query.get('order'), fields) });
}

const paymentView = (organisation: Organisation, { PaymentID, invoiceId, amount, date, updated }: Payment): Wire => ({
	PaymentID,
	Invoice: { InvoiceID: invoiceId, InvoiceNumber: organisation.invoices.get(invoiceId)?.number },
	Amount: amount,
	Date: msDay(date),
	CurrencyRate: 1,
	Status: 'AUTHORISED',
	PaymentType: 'ACCRECPAYMENT',
	UpdatedDateUTC: msDate(updated),
});

const ACTIONS = ['CreateApprovedInvoice', 'CreateDraftInvoice', 'UseMulticurrency', 'CreateQuote'];

/** Approving stops at the plan's cap; a plan with one currency has no multicurrency. */
function actionViews(organisation: Organisation): object[] {
	const approved = [...organisation.invoices.values()].filter(({ status }) => status === 'AUTHORISED' || status === 'PAID').length;
	const capped = organisation.approvalCap !== undefined && approved >= organisation.approvalCap;
	const refused = new Set([...(capped ? ['CreateApprovedInvoice'] : []), ...(organisation.currencies.size > 1 ? [] : ['UseMulticurrency'])]);
	return ACTIONS.map((Name) => ({ Name, Status: refused.has(Name) ? 'NOT-ALLOWED' : 'ALLOWED' }));
}

export function addSettingsRoutes(router: Router, core: Core): void {
	const get = (path: string, run: (call: Call) => SandboxResponse, areas: Area[] = ['settings']) =>
		route(router, core, 'GET', path, areas, run);
	get('/Organisation', ({ organisation }) => ok(core, { Organisations: [organisationView(organisation)] }));
	get('/Organisation/Actions', ({ organisation }) => ok(core, { Actions: actionViews(organisation) }));
	get('/Accounts', (call) => filtered(call, 'Accounts', modifiedSince(call, call.organisation.accounts.values()).map(accountView), ACCOUNT_FIELDS));
	get('/TaxRates', (call) => filtered(call, 'TaxRates', [...call.organisation.taxRates.values()].map(taxRateView), TAX_FIELDS));
	get('/TrackingCategories', (call) => {
		const archived = call.request.query.get('includeArchived') === 'true';
		const all = [...call.organisation.trackingCategories.values()].filter(({ Status }) => archived || Status === 'ACTIVE');
		return filtered(call, 'TrackingCategories', all.map(categoryView), ['TrackingCategoryID', 'Name', 'Status']);
	});
	const items = (call: Call) => modifiedSince(call, call.organisation.items.values());
	get('/Items', (call) => filtered(call, 'Items', items(call).map((item) => itemView(item, call.unitDecimals)), ITEM_FIELDS), ['settings', 'invoices']);
	get(
		'/Items/:id',
		(call) => {
			const { id } = call.request.params;
			const item = [...call.organisation.items.values()].find(({ ItemID, Code }) => ItemID === id || Code === id);
			if (!item) throw notFound();
			return ok(core, { Items: [itemView(item, call.unitDecimals)] });
		},
		['settings', 'invoices'],
	);
	get('/Currencies', (call) => {
		const views = [...call.organisation.currencies].map(([Code, Description]) => ({ Code, Description }));
		return filtered(call, 'Currencies', views, ['Code', 'Description']);
	});
	get('/BrandingThemes', ({ organisation }) => {
		const themes = [...organisation.brandingThemes.values()].map(({ created, ...theme }) => ({ ...theme, Type: 'INVOICE', CreatedDateUTC: msDate(created) }));
		return ok(core, { BrandingThemes: themes });
	});
	addPaymentRoutes(router, core);
}

function addPaymentRoutes(router: Router, core: Core): void {
	route(router, core, 'GET', '/Payments', ['payments'], (call) => {
		const { organisation, request } = call;
		const fields = ['PaymentID', 'Date', 'Amount', 'Status', 'Invoice.InvoiceID', 'Invoice.InvoiceNumber', 'UpdatedDateUTC'];
		const views = modifiedSince(call, organisation.payments.values()).map((payment) => paymentView(organisation, payment));
		const found = sortBy(views.filter(readWhere(request.query.get('where'), fields)), request.query.get('order'), fields);
		const { slice, pagination } = paged(call, found);
		return ok(core, { ...(pagination && { pagination }), Payments: slice });
	});
	const pay = (call: Call) =>
		writeElements(call, { list: 'Payments', id: 'PaymentID' }, readElements(call, 'Payments', paymentSchema), (input) => {
			const wanted = input.Invoice as { InvoiceID?: string; InvoiceNumber?: string };
			const invoice = [...call.organisation.invoices.values()].find(({ id, number }) => id === wanted.InvoiceID || number === wanted.InvoiceNumber);
			return paymentView(call.organisation, payInvoice(call, invoice, input.Amount, input.Date));
		});
	route(router, core, 'PUT', '/Payments', ['payments'], pay);
	route(router, core, 'POST', '/Payments', ['payments'], pay);
}
