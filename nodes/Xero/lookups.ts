import type { ILoadOptionsFunctions, INodeListSearchResult, INodePropertyOptions } from 'n8n-workflow';

import { xeroApi, xeroConnections, type XeroApi } from './api';
import { chosenInEditor } from './organisation';
import { accountSchema, brandingThemeSchema, itemSchema, taxRateSchema, trackingCategorySchema } from './schemas';

/** What people choose from. Each call is one live request to the organisation chosen in the node. */
const open = async (context: ILoadOptionsFunctions): Promise<XeroApi> => await xeroApi(context, chosenInEditor(context));

const byName = (a: INodePropertyOptions, b: INodePropertyOptions) => a.name.localeCompare(b.name);

/** Organisations the credential reaches. */
export async function searchOrganisations(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const connections = await xeroConnections(this);
	const results = connections.map(({ tenantId, tenantName }) => ({ name: tenantName ?? tenantId, value: tenantId }));
	return { results: results.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase())).sort(byName) };
}

/** Revenue accounts by code; by id where they have none. */
export async function getAccounts(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const api = await open(this);
	const rows = await api.all('Accounts', 'Accounts', accountSchema, { where: 'Status=="ACTIVE" AND Class=="REVENUE"' });
	return rows
		.filter(({ SystemAccount }) => SystemAccount === undefined)
		.map(({ AccountID, Code, Name }) => ({ name: Code ? `${Code} ${Name}` : Name, value: Code ?? AccountID }))
		.sort(byName);
}

/** Tax rates that may be used on sales. */
export async function getTaxTypes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const api = await open(this);
	const rows = await api.all('TaxRates', 'TaxRates', taxRateSchema, { where: 'Status=="ACTIVE"' });
	return rows
		.filter(({ CanApplyToRevenue }) => CanApplyToRevenue !== false)
		.map(({ TaxType, Name, EffectiveRate }) => ({ name: EffectiveRate === undefined ? Name : `${Name} (${EffectiveRate} %)`, value: TaxType }))
		.sort(byName);
}

/** Items that are sold. Tracked inventory moves stock, so it says so. */
export async function getItems(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const api = await open(this);
	const rows = await api.all('Items', 'Items', itemSchema, { unitdp: 4 });
	return rows
		.filter(({ IsSold }) => IsSold !== false)
		.map(({ Code, Name, IsTrackedAsInventory }) => ({ name: `${Code}${Name ? `: ${Name}` : ''}${IsTrackedAsInventory ? ' (moves stock)' : ''}`, value: Code }))
		.sort(byName);
}

/** Options of the tracking categories, e.g. "Region: EMEA". */
export async function getTrackingOptions(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const api = await open(this);
	const rows = await api.all('TrackingCategories', 'TrackingCategories', trackingCategorySchema);
	return rows
		.flatMap(({ TrackingCategoryID, Name, Options }) =>
			Options.filter(({ Status }) => Status === undefined || Status === 'ACTIVE').map((option) => ({ name: `${Name}: ${option.Name}`, value: `${TrackingCategoryID}/${option.TrackingOptionID}` })),
		)
		.sort(byName);
}

/** Branding themes: the look of the invoice. */
export async function getBrandingThemes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const api = await open(this);
	const rows = await api.all('BrandingThemes', 'BrandingThemes', brandingThemeSchema);
	return rows.map(({ BrandingThemeID, Name }) => ({ name: Name, value: BrandingThemeID })).sort(byName);
}
