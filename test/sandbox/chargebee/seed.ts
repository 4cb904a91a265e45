/** What a new site sells, and to whom. */
import { createCustomer } from './customers';
import type { Core } from './state';
import type { Addon, ItemPrice, Plan } from './types';

/** Ids of what `seed` makes; the same in every sandbox. In catalog 1.0 the prices are plans and addons of the same ids. */
export const SEEDED = {
	family: 'metering',
	items: { starter: 'starter', pro: 'pro', support: 'support', apiCalls: 'api-calls', usage: 'usage', setup: 'setup' },
	prices: {
		starter: 'starter-USD-monthly',
		pro: 'pro-USD-monthly',
		proEur: 'pro-EUR-monthly',
		support: 'support-USD-monthly',
		apiCalls: 'api-calls-USD-monthly',
		usage: 'usage-USD',
		usageEur: 'usage-EUR',
		setup: 'setup-USD',
	},
	customers: { acme: 'acme', globex: 'globex', initech: 'initech' },
} as const;

interface Entry {
	id: string;
	item: string;
	type: 'plan' | 'addon' | 'charge';
	name: string;
	price?: number;
	currency?: string;
	metered?: boolean;
	perUnit?: boolean;
	metadata?: Record<string, string>;
}

const { items, prices } = SEEDED;
const ENTRIES: Entry[] = [
	{
		id: prices.starter,
		item: items.starter,
		type: 'plan',
		name: 'Starter',
		price: 2900,
		metadata: { m3ter_plan_code: 'starter' },
	},
	{ id: prices.pro, item: items.pro, type: 'plan', name: 'Pro', price: 9900, metadata: { m3ter_plan_code: 'pro' } },
	{
		id: prices.proEur,
		item: items.pro,
		type: 'plan',
		name: 'Pro',
		price: 8900,
		currency: 'EUR',
		metadata: { m3ter_plan_code: 'pro_eur' },
	},
	{ id: prices.support, item: items.support, type: 'addon', name: 'Support', price: 5000, perUnit: true },
	{ id: prices.apiCalls, item: items.apiCalls, type: 'addon', name: 'API calls', metered: true, perUnit: true },
	{ id: prices.usage, item: items.usage, type: 'charge', name: 'Usage', price: 100, perUnit: true },
	{ id: prices.usageEur, item: items.usage, type: 'charge', name: 'Usage', price: 100, currency: 'EUR', perUnit: true },
	{ id: prices.setup, item: items.setup, type: 'charge', name: 'Set-up', price: 25_000 },
];

/** A small catalog with m3ter plan codes in its metadata, and three customers; the last one is billed by consolidated invoices. Does nothing the second time. */
export function seed(core: Core): typeof SEEDED {
	if (core.state.customers.has(SEEDED.customers.acme)) return SEEDED;
	for (const entry of ENTRIES) {
		if (core.settings.catalog === 'v1') seedFirstCatalog(core, entry);
		else seedSecondCatalog(core, entry);
	}
	core.as({ source: 'admin_console', muted: true }, () => seedCustomers(core));
	core.state.events.clear();
	return SEEDED;
}

const MONTHLY = { period: 1, period_unit: 'month' } as const;

function seedFirstCatalog(core: Core, { id, type, name, price = 0, currency = 'USD', perUnit, metadata }: Entry): void {
	const model = perUnit ? 'per_unit' : 'flat_fee';
	const common = {
		id,
		name,
		price,
		currency_code: currency,
		pricing_model: model,
		status: 'active',
		enabled_in_portal: true,
		taxable: true,
		meta_data: metadata,
	} as const;
	if (type === 'plan') {
		const plan: Plan & { object: string } = {
			...{ ...common, ...MONTHLY },
			charge_model: model,
			free_quantity: 0,
			enabled_in_hosted_pages: true,
			addon_applicability: 'all',
			giftable: false,
			object: 'plan',
		};
		core.state.plans.set(id, core.touch(plan));
		return;
	}
	const recurring = type === 'addon';
	const addon: Addon & { object: string } = {
		...common,
		type: perUnit ? 'quantity' : 'on_off',
		charge_type: recurring ? 'recurring' : 'non_recurring',
		...(recurring ? MONTHLY : { period_unit: 'not_applicable' }),
		object: 'addon',
	};
	core.state.addons.set(id, core.touch(addon));
}

function seedSecondCatalog(
	core: Core,
	{ id, item, type, name, price, currency = 'USD', metered = false, perUnit, metadata }: Entry,
): void {
	core.state.itemFamilies.set(
		SEEDED.family,
		core.touch({ id: SEEDED.family, name: 'Metering', status: 'active', deleted: false, object: 'item_family' }),
	);
	if (!core.state.items.has(item)) {
		core.state.items.set(
			item,
			core.touch({
				...{ id: item, name, external_name: name, status: 'active', item_family_id: SEEDED.family, type },
				...{ is_giftable: false, enabled_for_checkout: true, enabled_in_portal: true, item_applicability: 'all' },
				metered,
				...(metered && { usage_calculation: 'sum_of_usages' }),
				metadata,
				deleted: false,
				object: 'item',
			}),
		);
	}
	const itemPrice: ItemPrice = {
		...{
			id,
			name: `${name} ${currency}`,
			external_name: name,
			item_id: item,
			item_family_id: SEEDED.family,
			item_type: type,
			status: 'active',
		},
		pricing_model: perUnit ? 'per_unit' : 'flat_fee',
		price: price ?? 0,
		currency_code: currency,
		...(type !== 'charge' && MONTHLY),
		free_quantity: 0,
		is_taxable: true,
		metadata,
		created_at: core.now(),
		deleted: false,
		object: 'item_price',
	};
	core.state.itemPrices.set(id, core.touch(itemPrice));
}

function seedCustomers(core: Core): void {
	const { acme, globex, initech } = SEEDED.customers;
	const address = { line1: '1 Sandbox Street', city: 'Springfield', zip: '12345', country: 'US' };
	const usd = { preferred_currency_code: 'USD', net_term_days: 30, auto_collection: 'off' } as const;
	createCustomer(
		core,
		{ ...usd, id: acme, company: 'Acme Ltd', email: 'ap@acme.test', first_name: 'Ada', billing_address: address },
		{ cf_m3ter_account_code: 'acme' },
	);
	createCustomer(core, {
		id: globex,
		company: 'Globex GmbH',
		email: 'billing@globex.test',
		preferred_currency_code: 'EUR',
		billing_address: { ...address, country: 'DE' },
	});
	createCustomer(core, { ...usd, id: initech, company: 'Initech', consolidated_invoicing: true });
}
