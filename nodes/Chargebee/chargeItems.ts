import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { toNodeError } from '../n8n/errors';
import { chargebeeApi } from './api';
import { itemPriceSchema, planOrAddonSchema } from './schemas';

const NONE: INodePropertyOptions = { name: '- None: Ad Hoc Charge -', value: '' };

/** The site's active one-time charges, with their currency: charge item prices in catalog 2.0, non-recurring addons in 1.0. */
export async function getChargeItems(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	try {
		const api = await chargebeeApi(this);
		const rows =
			(await api.catalog()) === '1.0'
				? await api.list('/addons', 'addon', planOrAddonSchema, { 'charge_type[is]': 'non_recurring', 'status[is]': 'active' })
				: await api.list('/item_prices', 'item_price', itemPriceSchema, { 'item_type[is]': 'charge', 'status[is]': 'active', 'sort_by[asc]': 'name' });
		const options = rows.map(({ id, name, currency_code: currency }) => ({ name: `${name ?? id}${currency ? ` (${currency})` : ''}`, value: id, description: id }));
		return [NONE, ...options.sort((a, b) => a.name.localeCompare(b.name))];
	} catch (error) {
		throw toNodeError(this.getNode(), error);
	}
}
