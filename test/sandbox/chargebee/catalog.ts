/** What a site sells: items and item prices (catalog 2.0), plans and addons (1.0), currencies, the site's configuration. */
import { notEnabled, notFound } from './errors';
import { SITE } from './keys';
import {
	contactFilter,
	DELETED,
	enumFilter,
	flagFilter,
	listOf,
	numberFilter,
	PAGE,
	sortBy,
	textFilter,
	timeFilter,
} from './lists';
import { operation } from './operations';
import type { Core } from './state';

const STATUS = enumFilter(['active', 'archived', 'deleted']);
const PRICING = enumFilter(['flat_fee', 'per_unit', 'tiered', 'volume', 'stairstep']);
const ITEM_TYPE = enumFilter(['plan', 'addon', 'charge']);
const PERIOD_UNIT = enumFilter(['day', 'week', 'month', 'year']);

/** What both catalogs say about a thing that can be charged. */
export interface Sellable {
	id: string;
	type: 'plan' | 'addon' | 'charge';
	text: string;
	/** Minor units; metered ones have none. */
	price: number;
	pricingModel: 'flat_fee' | 'per_unit';
	currency: string;
	active: boolean;
	metered: boolean;
	taxable: boolean;
	period?: number;
	periodUnit?: 'day' | 'week' | 'month' | 'year';
}

const modelOf = (model: string) => (model === 'flat_fee' ? 'flat_fee' : 'per_unit');

/** An item price of catalog 2.0, or a plan or addon of 1.0. Throws 404 with `param`. */
export function findSellable(core: Core, id: string, param: string): Sellable {
	return core.settings.catalog === 'v1' ? findPlanOrAddon(core, id, param) : findItemPrice(core, id, param);
}

function findItemPrice({ state }: Core, id: string, param: string): Sellable {
	const price = state.itemPrices.get(id);
	if (!price || price.deleted) throw notFound('item price', id, param);
	if (price.pricing_model !== 'flat_fee' && price.pricing_model !== 'per_unit') {
		throw notEnabled(`The sandbox prices only flat_fee and per_unit; '${id}' is ${price.pricing_model}`, param);
	}
	return {
		id,
		type: price.item_type ?? 'charge',
		text: price.external_name ?? price.name,
		price: price.price ?? 0,
		pricingModel: price.pricing_model,
		currency: price.currency_code,
		active: price.status === 'active',
		metered: state.items.get(price.item_id ?? '')?.metered === true,
		taxable: price.is_taxable !== false,
		period: price.period,
		periodUnit: price.period_unit,
	};
}

function findPlanOrAddon({ state }: Core, id: string, param: string): Sellable {
	const plan = state.plans.get(id);
	const found = plan ?? state.addons.get(id);
	if (!found) throw notFound('plan or addon', id, param);
	const recurring = plan !== undefined || state.addons.get(id)?.charge_type === 'recurring';
	return {
		id,
		type: plan ? 'plan' : recurring ? 'addon' : 'charge',
		text: found.invoice_name ?? found.name,
		price: found.price ?? 0,
		pricingModel: modelOf(found.pricing_model),
		currency: found.currency_code,
		active: found.status === 'active',
		metered: false,
		taxable: found.taxable !== false,
		...(plan && { period: plan.period, periodUnit: plan.period_unit }),
	};
}

const found = <T>(kind: string, map: Map<string, T>, id: string): T => {
	const object = map.get(id);
	if (!object) throw notFound(kind, id);
	return object;
};

export const catalogOperations = [
	operation(['GET', '/configurations'], {}, (core) => ({
		configurations: [
			{
				domain: SITE,
				product_catalog_version: core.settings.catalog === 'v1' ? 'v1' : 'v2',
				chargebee_response_schema_type: core.schema,
				object: 'configuration',
			},
		],
	})),
	operation(['GET', '/currencies/list'], PAGE, (core, params) => {
		const currencies = core.settings.currencies.map((code, index) => ({
			id: `cur_${code.toLowerCase()}`,
			enabled: true,
			currency_code: code,
			is_base_currency: index === 0,
			object: 'currency',
		}));
		return listOf('currency', currencies, params);
	}),
	operation(
		['GET', '/item_families', { catalog: 'v2' }],
		{ ...PAGE, id: textFilter, name: contactFilter, updated_at: timeFilter },
		(core, params) => listOf('item_family', core.state.itemFamilies.values(), params),
	),
	operation(
		['GET', '/items', { catalog: 'v2' }],
		{
			...PAGE,
			id: textFilter,
			item_family_id: textFilter,
			type: ITEM_TYPE,
			name: contactFilter,
			status: STATUS,
			metered: flagFilter,
			usage_calculation: enumFilter(['sum_of_usages', 'last_usage', 'max_usage']),
			updated_at: timeFilter,
			sort_by: sortBy('name', 'id', 'updated_at'),
		},
		(core, params) => listOf('item', core.state.items.values(), params),
	),
	operation(['GET', '/items/:id', { catalog: 'v2' }], {}, (core, _params, { id }) => ({
		item: found('item', core.state.items, id),
	})),
	operation(
		['GET', '/item_prices', { catalog: 'v2' }],
		{
			...PAGE,
			id: textFilter,
			name: textFilter,
			pricing_model: PRICING,
			item_id: textFilter,
			item_family_id: textFilter,
			item_type: ITEM_TYPE,
			currency_code: textFilter,
			status: STATUS,
			updated_at: timeFilter,
			period: numberFilter,
			period_unit: PERIOD_UNIT,
			sort_by: sortBy('name', 'id', 'updated_at'),
		},
		(core, params) => listOf('item_price', core.state.itemPrices.values(), params),
	),
	operation(['GET', '/item_prices/:id', { catalog: 'v2' }], {}, (core, _params, { id }) => ({
		item_price: found('item price', core.state.itemPrices, id),
	})),
	operation(
		['GET', '/plans', { catalog: 'v1' }],
		{
			...{ ...PAGE, ...DELETED },
			id: textFilter,
			name: textFilter,
			price: numberFilter,
			period: numberFilter,
			period_unit: PERIOD_UNIT,
			pricing_model: PRICING,
			status: STATUS,
			currency_code: textFilter,
			updated_at: timeFilter,
		},
		(core, params) => listOf('plan', core.state.plans.values(), params, 'updated_at'),
	),
	operation(
		['GET', '/addons', { catalog: 'v1' }],
		{
			...{ ...PAGE, ...DELETED },
			id: textFilter,
			name: textFilter,
			charge_type: enumFilter(['recurring', 'non_recurring']),
			price: numberFilter,
			pricing_model: PRICING,
			status: STATUS,
			currency_code: textFilter,
			updated_at: timeFilter,
		},
		(core, params) => listOf('addon', core.state.addons.values(), params, 'updated_at'),
	),
];
