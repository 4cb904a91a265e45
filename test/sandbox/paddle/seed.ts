/** What a new account sells, and to whom. */
import { buildPrice, buildProduct } from './catalog';
import { subscribeClassic } from './classic';
import type { Core } from './state';
import type { Address, Business, Customer, Duration, Price, Product } from './types';

export interface Seed {
	products: { platform: Product; usage: Product };
	prices: { starter: Price; pro: Price; proEur: Price; proTrial: Price; setup: Price; usageUnit: Price };
	/** Acme has an address and a business, Globex (EUR) an address; Initech has no name, as after a self-serve checkout. */
	customers: { acme: Customer; globex: Customer; initech: Customer };
	addresses: { acme: Address; globex: Address; initech: Address };
	businesses: { acme: Business };
	/** Subscription ids of Paddle Classic. */
	classic: { acme: number; globex: number };
}

const MONTHLY: Duration = { interval: 'month', frequency: 1 };

/** A small catalog with m3ter plan codes in its custom data, three customers and two Classic subscriptions. Nothing is emitted. The second time it only tells what there is. */
export function seed(core: Core): Seed {
	core.state.seeded ??= { ...seedCatalog(core), ...seedCustomers(core), classic: seedClassic(core) };
	return core.state.seeded;
}

function seedCatalog(core: Core): Pick<Seed, 'products' | 'prices'> {
	const product = (name: string, code: string) => {
		const made = buildProduct(core, { name, tax_category: 'saas', custom_data: { m3ter_product_code: code } }, 'standard');
		core.state.products.set(made.id, made);
		return made;
	};
	const products = { platform: product('Platform', 'platform'), usage: product('Usage', 'acme_api') };
	const price = (
		owner: Product,
		name: string,
		amount: string,
		more: { currency?: string; plan?: string; cycle?: Duration; trial?: Duration; maximum?: number } = {},
	) => {
		const { currency = 'USD', plan, cycle = null, trial = null, maximum = 100 } = more;
		const made = buildPrice(
			core,
			owner.id,
			{
				description: `${name} price`,
				name,
				unit_price: { amount, currency_code: currency },
				billing_cycle: cycle,
				trial_period: trial,
				quantity: { minimum: 1, maximum },
				custom_data: plan ? { m3ter_plan_code: plan } : null,
			},
			'standard',
		);
		core.state.prices.set(made.id, made);
		return made;
	};
	const prices = {
		starter: price(products.platform, 'Starter', '2900', { cycle: MONTHLY, plan: 'starter' }),
		pro: price(products.platform, 'Pro', '9900', { cycle: MONTHLY, plan: 'pro' }),
		proEur: price(products.platform, 'Pro', '8900', { cycle: MONTHLY, plan: 'pro_eur', currency: 'EUR' }),
		proTrial: price(products.platform, 'Pro with trial', '9900', {
			cycle: MONTHLY,
			plan: 'pro',
			trial: { interval: 'day', frequency: 14 },
		}),
		setup: price(products.platform, 'Set-up', '25000'),
		usageUnit: price(products.usage, 'Usage unit', '100', { maximum: 999_999_999 }),
	};
	return { products, prices };
}

function seedCustomers(core: Core): Pick<Seed, 'customers' | 'addresses' | 'businesses'> {
	const customer = (name: string | null, email: string) => {
		const made: Customer = { ...core.fresh('ctm'), name, email, marketing_consent: false, locale: 'en', status: 'active' };
		core.state.customers.set(made.id, made);
		return made;
	};
	const address = (owner: Customer, country: string, city: string) => {
		const made: Address = {
			...core.fresh('add'),
			customer_id: owner.id,
			...{
				description: null,
				first_line: '1 Sandbox Street',
				second_line: null,
				city,
				postal_code: '12345',
				region: null,
				country_code: country,
			},
			status: 'active',
		};
		core.state.addresses.set(made.id, made);
		return made;
	};
	const customers = {
		acme: customer('Ada Acme', 'ap@acme.test'),
		globex: customer('Globex GmbH', 'billing@globex.test'),
		initech: customer(null, 'peter@initech.test'),
	};
	const business: Business = {
		...core.fresh('biz'),
		customer_id: customers.acme.id,
		...{ name: 'Acme Ltd', company_number: null, tax_identifier: null, contacts: [], status: 'active' as const },
	};
	core.state.businesses.set(business.id, business);
	const addresses = {
		acme: address(customers.acme, 'US', 'Springfield'),
		globex: address(customers.globex, 'DE', 'Berlin'),
		initech: address(customers.initech, 'US', 'Austin'),
	};
	return { customers, addresses, businesses: { acme: business } };
}

function seedClassic(core: Core): Seed['classic'] {
	const subscribed = (userEmail: string, currency: string) =>
		subscribeClassic(core, { planId: 7001, userEmail, currency, amount: 99, quantity: 1 }).subscription_id;
	return { acme: subscribed('ap@acme.test', 'USD'), globex: subscribed('billing@globex.test', 'EUR') };
}
