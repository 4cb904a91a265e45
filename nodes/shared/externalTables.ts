/** Under which table names m3ter's external mappings keep one system's records. */
export interface ExternalTables {
	/** Mapped to m3ter accounts. */
	customer: string;
	/** What is sold; mapped to m3ter plans. */
	plan: string;
	/** Mapped to m3ter account plans. */
	subscription: string;
}

/** The words each system itself uses; m3ter's native integrations map the customer tables under the same names. */
const TABLES: Readonly<Record<string, ExternalTables>> = {
	Stripe: { customer: 'Customer', plan: 'Price', subscription: 'Subscription' },
	Chargebee: { customer: 'Customer', plan: 'ItemPrice', subscription: 'Subscription' },
	Paddle: { customer: 'Customer', plan: 'Price', subscription: 'Subscription' },
	Xero: { customer: 'Contact', plan: 'Item', subscription: 'Quote' },
	QuickBooks: { customer: 'Customer', plan: 'Item', subscription: 'Estimate' },
	NetSuite: { customer: 'Customer', plan: 'Item', subscription: 'SalesOrder' },
};

const ANY_OTHER: ExternalTables = { customer: 'Customer', plan: 'Plan', subscription: 'Subscription' };

/** The table names of a system; `overrides` that are not empty win. Any other system has Customer, Plan and Subscription. */
export function externalTablesOf(system: string, overrides: Partial<ExternalTables> = {}): ExternalTables {
	const { customer, plan, subscription } = TABLES[system] ?? ANY_OTHER;
	return {
		customer: overrides.customer?.trim() || customer,
		plan: overrides.plan?.trim() || plan,
		subscription: overrides.subscription?.trim() || subscription,
	};
}
