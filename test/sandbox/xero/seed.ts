/** Two organisations as a demo company looks on its first day; ids are the same on every start. */
import type { Connection } from './tokens';
import type { Core, Organisation } from './state';

/** Connected to the app, base currency EUR, more currencies on. */
export const TENANT_ID = '7b9d2f40-5c1e-4f2a-8d3b-6e5f4a3b2c1d';
/** Connected, too; base currency GBP only. */
export const SECOND_TENANT_ID = '1c8f5a72-3d4b-4e6a-9b0c-2d1e0f9a8b7c';
/** Exists but is not connected to the app. */
export const STRANGER_TENANT_ID = '5e0a9c34-7f21-4b8d-8c6e-9a1b2c3d4e5f';
/** The contact every sandbox starts with. */
export const CONTACT_ID = '3f1b6c1e-0d7a-4a55-9a55-0a1b2c3d4e5f';

const id = (group: number, count: number): string => `00000000-0000-4000-8${String(group).padStart(3, '0')}-${String(count).padStart(12, '0')}`;

function emptyOrganisation(tenantId: string, name: string, currencies: Array<[string, string]>): Organisation {
	return {
		tenantId,
		details: {
			Name: name,
			CountryCode: 'GB',
			BaseCurrency: currencies[0][0],
			ShortCode: `!${tenantId.slice(0, 5)}`,
			IsDemoCompany: true,
			PaymentTerms: { Sales: { Day: 30, Type: 'DAYSAFTERBILLDATE' } },
		},
		currencies: new Map(currencies),
		contacts: new Map(),
		accounts: new Map(),
		taxRates: new Map(),
		trackingCategories: new Map(),
		items: new Map(),
		brandingThemes: new Map(),
		invoices: new Map(),
		creditNotes: new Map(),
		quotes: new Map(),
		payments: new Map(),
		history: new Map(),
		attachments: new Map(),
		emails: [],
		nextNumber: { invoice: 1, creditNote: 1, quote: 1 },
	};
}

function addAccounts({ accounts }: Organisation, now: number): void {
	const rows: Array<[string | undefined, string, string, 'REVENUE' | 'EXPENSE' | 'ASSET', string, string?]> = [
		['200', 'Sales', 'REVENUE', 'REVENUE', 'OUTPUT2'],
		['205', 'Credits and Prepayments', 'REVENUE', 'REVENUE', 'OUTPUT2'],
		['260', 'Other Revenue', 'REVENUE', 'REVENUE', 'ZERORATEDOUTPUT'],
		[undefined, 'Support Revenue', 'REVENUE', 'REVENUE', 'OUTPUT2'],
		['090', 'Business Bank Account', 'BANK', 'ASSET', 'NONE'],
		['610', 'Accounts Receivable', 'CURRENT', 'ASSET', 'NONE', 'DEBTORS'],
		['860', 'Rounding', 'EXPENSE', 'EXPENSE', 'NONE', 'ROUNDING'],
		['290', 'Old Sales', 'REVENUE', 'REVENUE', 'OUTPUT2'],
	];
	rows.forEach(([Code, Name, Type, Class, TaxType, SystemAccount], index) => {
		const AccountID = id(1, index + 1);
		const Status = Name === 'Old Sales' ? 'ARCHIVED' : 'ACTIVE';
		accounts.set(AccountID, { AccountID, Code, Name, Type, TaxType, Class, Status, SystemAccount, EnablePaymentsToAccount: Type === 'BANK', updated: now });
	});
}

function addTaxRates({ taxRates }: Organisation): void {
	const rate = (TaxType: string, Name: string, EffectiveRate: number, revenue: boolean) =>
		taxRates.set(TaxType, { TaxType, Name, EffectiveRate, Status: 'ACTIVE', CanApplyToRevenue: revenue, CanApplyToExpenses: !revenue || EffectiveRate === 0 });
	rate('OUTPUT2', '20% (VAT on Income)', 20, true);
	rate('INPUT2', '20% (VAT on Expenses)', 20, false);
	rate('ZERORATEDOUTPUT', 'Zero Rated Income', 0, true);
	rate('TAX001', 'Reduced Rate', 7.7, true);
	rate('NONE', 'No VAT', 0, true);
}

function addTracking({ trackingCategories }: Organisation): void {
	const options = (group: number, names: string[]) =>
		names.map((Name, index) => ({ TrackingOptionID: id(group, index + 1), Name, Status: 'ACTIVE' as const }));
	trackingCategories.set(id(2, 1), { TrackingCategoryID: id(2, 1), Name: 'Region', Status: 'ACTIVE', Options: options(3, ['EMEA', 'Americas', 'APAC']) });
	trackingCategories.set(id(2, 2), { TrackingCategoryID: id(2, 2), Name: 'Team', Status: 'ACTIVE', Options: options(4, ['Platform', 'Data']) });
}

function addItems({ items, brandingThemes }: Organisation, now: number): void {
	const rows: Array<[string, string, number | undefined, boolean, boolean]> = [
		['API-CALLS', 'API calls', 0.0021, true, false],
		['STORAGE', 'Storage', undefined, true, false],
		['ENTERPRISE', 'Enterprise plan', 1200, true, false],
		['ROUTER', 'Router', 80, true, true],
		['PAPER', 'Printer paper', undefined, false, false],
	];
	rows.forEach(([Code, Name, UnitPrice, IsSold, IsTrackedAsInventory], index) => {
		const SalesDetails = { UnitPrice, AccountCode: '200', TaxType: 'OUTPUT2' };
		items.set(id(5, index + 1), { ItemID: id(5, index + 1), Code, Name, Description: Name, IsSold, IsTrackedAsInventory, SalesDetails, updated: now });
	});
	['Standard', 'Usage Invoice'].forEach((Name, index) => {
		brandingThemes.set(id(6, index + 1), { BrandingThemeID: id(6, index + 1), Name, SortOrder: index, created: now });
	});
}

function connection(organisation: Organisation, count: number, now: number): Connection {
	const at = new Date(now).toISOString();
	return {
		id: id(7, count),
		authEventId: id(8, 1),
		tenantId: organisation.tenantId,
		tenantType: 'ORGANISATION',
		tenantName: organisation.details.Name,
		createdDateUtc: at,
		updatedDateUtc: at,
	};
}

/** Fills an empty state. */
export function seed(core: Core): void {
	const { state } = core;
	const now = core.now();
	const more: Array<[string, string]> = [['USD', 'United States Dollar'], ['GBP', 'British Pound']];
	const organisations = [
		emptyOrganisation(TENANT_ID, 'Sandbox Trading', [['EUR', 'Euro'], ...more]),
		emptyOrganisation(SECOND_TENANT_ID, 'Sandbox Holdings', [['GBP', 'British Pound']]),
		emptyOrganisation(STRANGER_TENANT_ID, 'Somebody Else', [['GBP', 'British Pound']]),
	];
	organisations.forEach((organisation, index) => {
		addAccounts(organisation, now);
		addTaxRates(organisation);
		addTracking(organisation);
		addItems(organisation, now);
		state.organisations.set(organisation.tenantId, organisation);
		if (organisation.tenantId !== STRANGER_TENANT_ID) {
			const entry = connection(organisation, index + 1, now);
			state.connections.set(entry.id, entry);
		}
	});
	organisations[0].contacts.set(CONTACT_ID, {
		ContactID: CONTACT_ID,
		ContactNumber: 'acme',
		ContactStatus: 'ACTIVE',
		Name: 'Acme GmbH',
		EmailAddress: 'billing@acme.example',
		Addresses: [],
		Phones: [],
		ContactPersons: [{ FirstName: 'Ada', LastName: 'Lang', EmailAddress: 'ada@acme.example', IncludeInEmails: true }],
		updated: now,
	});
}
