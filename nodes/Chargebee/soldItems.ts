import type { ChargebeeApi } from './api';
import { itemPriceSchema, itemSchema, planOrAddonSchema, type ChargebeeSubscription } from './schemas';

/** Name in the metadata of an item price, item, plan or addon that tells the code of the m3ter plan. */
const PLAN_CODE = 'm3ter_plan_code';

export interface SoldItem {
	/** Item price of catalog 2.0; plan or addon of 1.0. */
	id: string;
	kind: 'itemPrice' | 'plan' | 'addon';
	quantity?: number;
}

interface Described {
	id: string;
	planCode?: string;
	name?: string;
	productRef?: string;
}

/** What a subscription consists of in either product catalog: its plan and addons. One-time charges are no part of it. */
export function soldItems({ subscription_items: items, plan_id: planId, addons, ...plan }: ChargebeeSubscription): SoldItem[] {
	if (items && items.length > 0) {
		return items
			.filter(({ item_type: type }) => type !== 'charge')
			.map((item) => ({ id: item.item_price_id, kind: 'itemPrice', quantity: quantityOf(item.quantity, item.quantity_in_decimal) }));
	}
	const plans: SoldItem[] = planId === undefined ? [] : [{ id: planId, kind: 'plan', quantity: quantityOf(plan.plan_quantity, plan.plan_quantity_in_decimal) }];
	return [...plans, ...(addons ?? []).map((addon): SoldItem => ({ id: addon.id, kind: 'addon', quantity: quantityOf(addon.quantity, addon.quantity_in_decimal) }))];
}

const quantityOf = (whole: number | undefined, inDecimal: string | undefined) => whole ?? (inDecimal === undefined ? undefined : Number(inDecimal));

/** The items in the event's shape, with the m3ter plan code where the catalog carries it. One request per kind. */
export async function describeItems(api: ChargebeeApi, items: readonly SoldItem[]) {
	const ofKind = (kind: SoldItem['kind']) => items.filter((item) => item.kind === kind).map(({ id }) => id);
	const described = await Promise.all([itemPrices(api, ofKind('itemPrice')), plansOrAddons(api, 'plan', ofKind('plan')), plansOrAddons(api, 'addon', ofKind('addon'))]);
	const byId = new Map(described.flat().map((entry) => [entry.id, entry]));
	return items.map(({ id, quantity }) => {
		const { planCode, name, productRef } = byId.get(id) ?? {};
		return { planRef: id, planCode, productRef, name, quantity };
	});
}

const inList = (ids: readonly string[]) => ({ 'id[in]': JSON.stringify([...new Set(ids)]) });

const codeIn = (metadata: Record<string, unknown>) => (typeof metadata[PLAN_CODE] === 'string' ? metadata[PLAN_CODE] : undefined);

async function itemPrices(api: ChargebeeApi, ids: readonly string[]): Promise<Described[]> {
	if (ids.length === 0) return [];
	const prices = await api.list('/item_prices', 'item_price', itemPriceSchema, inList(ids));
	const withoutCode = prices.flatMap(({ metadata, item_id: item }) => (codeIn(metadata) === undefined && item !== undefined ? [item] : []));
	const items = withoutCode.length > 0 ? await api.list('/items', 'item', itemSchema, inList(withoutCode)) : [];
	const codes = new Map(items.map(({ id, metadata }) => [id, codeIn(metadata)]));
	return prices.map(({ id, metadata, item_id: item, name, external_name: shown }) => ({
		id,
		planCode: codeIn(metadata) ?? codes.get(item ?? ''),
		productRef: item,
		name: shown ?? name,
	}));
}

async function plansOrAddons(api: ChargebeeApi, kind: 'plan' | 'addon', ids: readonly string[]): Promise<Described[]> {
	if (ids.length === 0) return [];
	const rows = await api.list(`/${kind}s`, kind, planOrAddonSchema, inList(ids));
	return rows.map(({ id, name, meta_data: metadata }) => ({ id, name, planCode: codeIn(metadata) }));
}
