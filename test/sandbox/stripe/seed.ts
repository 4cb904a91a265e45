import { createPrice, createProduct } from './catalog';
import type { Core } from './core';
import { createCustomer } from './customerRecords';
import type { TaxRate } from './types';

/** Ids of what `seed` makes; the same in every sandbox. */
export const SEEDED = {
	products: { starter: 'prod_sbx_starter', pro: 'prod_sbx_pro', setup: 'prod_sbx_setup' },
	prices: {
		starter: 'price_sbx_starter',
		pro: 'price_sbx_pro',
		proEur: 'price_sbx_pro_eur',
		proYearly: 'price_sbx_pro_yearly',
		usage: 'price_sbx_usage',
		setup: 'price_sbx_setup',
	},
	customers: { acme: 'cus_sbx_acme', globex: 'cus_sbx_globex', noEmail: 'cus_sbx_noemail' },
	taxRates: { vat: 'txr_sbx_vat20', included: 'txr_sbx_included10' },
	coupons: { loyal: 'loyal10' },
} as const;

/** A small catalogue with m3ter plan codes in the prices' metadata, and three customers. Does nothing the second time. */
export function seed(core: Core): typeof SEEDED {
	if (core.state.products.has(SEEDED.products.starter)) return SEEDED;
	seedCatalog(core);
	seedCustomers(core);
	for (const [id, percentage, inclusive] of [
		[SEEDED.taxRates.vat, 20, false],
		[SEEDED.taxRates.included, 10, true],
	] as const) {
		core.state.taxRates.set(id, taxRate(core, id, percentage, inclusive));
	}
	core.state.coupons.set(SEEDED.coupons.loyal, { id: SEEDED.coupons.loyal, percentOff: 10 });
	return SEEDED;
}

function seedCatalog(core: Core): void {
	const { products, prices } = SEEDED;
	createProduct(core, { id: products.starter, name: 'Starter', metadata: { m3ter_product_code: 'platform' } });
	createProduct(core, { id: products.pro, name: 'Pro', metadata: { m3ter_product_code: 'platform' } });
	createProduct(core, { id: products.setup, name: 'Set-up service' });
	const month = { interval: 'month' } as const;
	const pro = { m3ter_plan_code: 'pro' };
	createPrice(
		core,
		{ currency: 'usd', product: products.starter, unit_amount: 2900, recurring: month, metadata: { m3ter_plan_code: 'starter' } },
		prices.starter,
	);
	createPrice(
		core,
		{ currency: 'usd', product: products.pro, unit_amount: 9900, recurring: month, metadata: pro, lookup_key: 'pro_monthly' },
		prices.pro,
	);
	createPrice(
		core,
		{ currency: 'eur', product: products.pro, unit_amount: 8900, recurring: month, metadata: pro },
		prices.proEur,
	);
	createPrice(
		core,
		{ currency: 'usd', product: products.pro, unit_amount: 99000, recurring: { interval: 'year' }, metadata: pro },
		prices.proYearly,
	);
	createPrice(
		core,
		{
			currency: 'usd',
			product: products.pro,
			unit_amount_decimal: '0.0125',
			recurring: { interval: 'month', usage_type: 'metered' },
			nickname: 'API calls',
		},
		prices.usage,
	);
	createPrice(core, { currency: 'usd', product: products.setup, unit_amount: 25000, tax_behavior: 'exclusive' }, prices.setup);
}

function seedCustomers(core: Core): void {
	const address = { line1: '1 Sandbox Street', city: 'Springfield', country: 'US', postal_code: '12345', state: 'OR' };
	const { customers } = SEEDED;
	createCustomer(
		core,
		{ name: 'Acme Ltd', email: 'ap@acme.test', address, metadata: { m3ter_account_code: 'acme' } },
		customers.acme,
	);
	createCustomer(
		core,
		{ name: 'Globex GmbH', email: 'billing@globex.test', address: { ...address, city: 'Berlin', country: 'DE' } },
		customers.globex,
	);
	createCustomer(core, { name: 'Initech' }, customers.noEmail);
}

const taxRate = (core: Core, id: string, percentage: number, inclusive: boolean): TaxRate => ({
	id,
	object: 'tax_rate',
	active: true,
	country: null,
	created: core.now(),
	description: null,
	display_name: 'VAT',
	effective_percentage: null,
	flat_amount: null,
	inclusive,
	jurisdiction: null,
	jurisdiction_level: null,
	livemode: false,
	metadata: {},
	percentage,
	rate_type: 'percentage',
	state: null,
	tax_type: 'vat',
});
