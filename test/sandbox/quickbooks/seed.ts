/** Two companies on their first day; ids are the same on every start. */
import { ENTITIES, type Company, type Core, type EntityName } from './state';

/** United States: computes its own sales tax, one currency. */
export const US_REALM_ID = '9341452098761234';
/** United Kingdom: a tax code on every line, several currencies. */
export const UK_REALM_ID = '9341452000005678';
/** The customer both companies start with. */
export const CUSTOMER_ID = '58';

const FIRST_ID = 200;

function emptyCompany(realmId: string, country: Company['country'], homeCurrency: string): Company {
	return {
		realmId,
		country,
		homeCurrency,
		entities: Object.fromEntries(ENTITIES.map((name) => [name, new Map()])) as unknown as Company['entities'],
		deleted: [],
		taxRates: country === 'US' ? { TAX: 8 } : { '3': 20, '4': 0 },
		warnDuplicates: true,
		nextId: FIRST_ID,
		nextDocNumber: 1001,
		hidden: new Set(),
		emails: [],
	};
}

/** Rows of one entity: `[id, fields]`. */
function add(core: Core, company: Company, name: EntityName, rows: Array<[string, object]>): void {
	const now = core.time();
	for (const [Id, fields] of rows) {
		company.entities[name].set(Id, { ...fields, Id, SyncToken: '0', domain: 'QBO', sparse: false, MetaData: { CreateTime: now, LastUpdatedTime: now } });
	}
}

const named = (Name: string, fields: object = {}) => ({ Name, FullyQualifiedName: Name, Active: true, ...fields });

function fill(core: Core, company: Company): void {
	const { country, homeCurrency } = company;
	const us = country === 'US';
	add(core, company, 'CompanyInfo', [['1', { CompanyName: us ? 'Sandbox Inc' : 'Sandbox Ltd', Country: country, FiscalYearStartMonth: 'January' }]]);
	add(core, company, 'Preferences', [
		[
			'1',
			{
				AccountingInfoPrefs: { ClassTrackingPerTxnLine: true, TrackDepartments: true },
				SalesFormsPrefs: { CustomTxnNumbers: true, AllowEstimates: true, AllowServiceDate: true },
				TaxPrefs: { UsingSalesTax: true, PartnerTaxEnabled: us },
				CurrencyPrefs: { MultiCurrencyEnabled: !us, HomeCurrency: { value: homeCurrency } },
			},
		],
	]);
	add(core, company, 'Account', [['79', { Name: 'Sales', FullyQualifiedName: 'Sales', Active: true, AccountType: 'Income', Classification: 'Revenue' }]]);
	const income = { IncomeAccountRef: { value: '79', name: 'Sales' } };
	add(core, company, 'Item', [
		['1', named('Services', { Type: 'Service', ...income })],
		['21', named('API calls', { Type: 'Service', ...income })],
		['22', named('Commitment drawdown', { Type: 'NonInventory', ...income })],
		['23', named('Router', { Type: 'Inventory', TrackQtyOnHand: true, QtyOnHand: 5, ...income })],
		['24', named('Usage', { Type: 'Category' })],
		['25', named('Old product', { Type: 'Service', ...income, Active: false })],
		['30', named('Enterprise plan', { Type: 'Service', Sku: 'ENTERPRISE', UnitPrice: 1200, ...income })],
	]);
	add(core, company, 'Class', [['200000000000012345', named('Platform')], ['200000000000012346', named('Data')]]);
	add(core, company, 'Department', [['1', named('Head office')]]);
	add(core, company, 'Term', [
		['3', { Name: 'Net 30', Active: true, Type: 'STANDARD', DueDays: 30 }],
		['4', { Name: 'Due on receipt', Active: true, Type: 'STANDARD', DueDays: 0 }],
	]);
	const taxCodes: Array<[string, object]> = us
		? [['TAX', { Name: 'TAX', Active: true, Taxable: true }], ['NON', { Name: 'NON', Active: true, Taxable: false }]]
		: [['3', { Name: '20.0% S', Active: true, Taxable: true }], ['4', { Name: '0.0% Z', Active: true, Taxable: true }]];
	add(core, company, 'TaxCode', taxCodes);
	add(core, company, 'PaymentMethod', [['1', { Name: 'Bank transfer', Active: true }]]);
	if (!us) add(core, company, 'CompanyCurrency', [['1', { Code: 'EUR', Name: 'Euro', Active: true }]]);
	add(core, company, 'Customer', [
		[
			CUSTOMER_ID,
			{
				DisplayName: 'Example Ltd',
				CompanyName: 'Example Ltd',
				FullyQualifiedName: 'Example Ltd',
				Active: true,
				Balance: 0,
				CurrencyRef: { value: homeCurrency },
				PrimaryEmailAddr: { Address: 'billing@customer.example' },
			},
		],
	]);
}

/** Fills an empty state. */
export function seed(core: Core): void {
	for (const company of [emptyCompany(US_REALM_ID, 'US', 'USD'), emptyCompany(UK_REALM_ID, 'GB', 'GBP')]) {
		fill(core, company);
		core.state.companies.set(company.realmId, company);
	}
}
