import { audit, nowIso, type Context } from './context';
import type { Audit, Meter, Plan, PlanTemplate, Product } from './state';

/** What `seed()` makes; every id is new each time. */
export interface Seed {
	product: Product;
	meters: { api_requests: Meter; storage: Meter };
	planTemplates: { usd: PlanTemplate; eur: PlanTemplate };
	plans: { starter: Plan; pro: Plan; pro_eur: Plan };
}

/** USD per 1,000 requests and per GB; `pro_eur` in EUR. */
const PRICES = {
	starter: { requests: '0.80', gigabytes: '0.12' },
	pro: { requests: '0.50', gigabytes: '0.10' },
	pro_eur: { requests: '0.45', gigabytes: '0.09' },
};

/**
 * Fills the organization 'Acme Metering': one product, the meters `api_requests` and `storage`, plan templates in USD and EUR, the plans
 * `starter` (20 USD a month), `pro` (100 USD) and `pro_eur` (90 EUR), their price list, currencies, conversions, and credit and debit reasons.
 * Nothing is emitted: it is as if all this had been there for long.
 */
export function seed(context: Context): Seed {
	const { state } = context;
	const make = <T extends Audit>(map: Map<string, T>, fields: Omit<T, keyof Audit>): T => {
		const entity = { ...fields, ...audit(nowIso(context)) } as T;
		map.set(entity.id, entity);
		return entity;
	};

	for (const [code, maxDecimalPlaces] of [['USD', 2], ['EUR', 2], ['GBP', 2], ['JPY', 0]] as const) {
		make(state.currencies, { code, name: code, archived: false, maxDecimalPlaces, roundingMode: 'HALF_UP' });
	}
	make(state.creditReasons, { code: 'goodwill', name: 'Goodwill', archived: false });
	make(state.debitReasons, { code: 'correction', name: 'Correction', archived: false });
	Object.assign(state.organizationConfig, {
		billPrefix: 'INV-',
		sequenceStartNumber: 1000,
		currencyConversions: [
			{ from: 'USD', to: 'EUR', multiplier: 0.92 },
			{ from: 'EUR', to: 'USD', multiplier: 1.087 },
			{ from: 'USD', to: 'GBP', multiplier: 0.79 },
		],
	});

	const product = make(state.products, { name: 'Acme API', code: 'acme_api' });
	const apiRequests = make(state.meters, {
		productId: product.id,
		name: 'API requests',
		code: 'api_requests',
		dataFields: [
			{ category: 'WHERE', code: 'region', name: 'Region' },
			{ category: 'WHAT', code: 'action', name: 'Action' },
			{ category: 'MEASURE', code: 'requests', name: 'Requests', unit: 'requests' },
		],
		derivedFields: [],
	});
	const storage = make(state.meters, {
		productId: product.id,
		name: 'Storage',
		code: 'storage',
		dataFields: [{ category: 'MEASURE', code: 'gigabytes', name: 'Gigabytes', unit: 'GB' }],
		derivedFields: [],
	});

	const template = (currency: string) =>
		make<PlanTemplate>(state.planTemplates, {
			productId: product.id,
			name: `Monthly ${currency}`,
			code: `monthly_${currency.toLowerCase()}`,
			currency,
			standingCharge: 0,
			standingChargeDescription: 'Base fee',
			billFrequency: 'MONTHLY',
			billFrequencyInterval: 1,
		});
	const [usd, eur] = [template('USD'), template('EUR')];
	const plan = (code: keyof typeof PRICES, name: string, planTemplate: PlanTemplate, standingCharge: number) => {
		const made = make<Plan>(state.plans, { planTemplateId: planTemplate.id, productId: product.id, name, code, standingCharge, bespoke: false });
		const { requests, gigabytes } = PRICES[code];
		state.prices.push(
			{ planId: made.id, meterCode: 'api_requests', field: 'requests', unitPrice: requests, per: 1000, unit: '1k requests', description: 'API requests' },
			{ planId: made.id, meterCode: 'storage', field: 'gigabytes', unitPrice: gigabytes, per: 1, unit: 'GB', description: 'Storage' },
		);
		return made;
	};
	return {
		product,
		meters: { api_requests: apiRequests, storage },
		planTemplates: { usd, eur },
		plans: { starter: plan('starter', 'Starter', usd, 20), pro: plan('pro', 'Pro', usd, 100), pro_eur: plan('pro_eur', 'Pro EUR', eur, 90) },
	};
}
