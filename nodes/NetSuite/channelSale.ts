import { Failure } from '../shared/failure';
import { subscriptionEventSchema, type SubscriptionEvent } from '../shared/subscriptionEvent';
import type { NetSuiteApi } from './api';
import { currencyId, readCurrencies } from './facts';
import { customerShape, requiredTime } from './sale';
import { customerSchema } from './schemas';

const MAX_NAME = 83;

/** An order from elsewhere, as the operation's parameters name it. */
export interface ChannelSale {
	channelCustomerId: string;
	customerName: string;
	customerEmail: string;
	orderId: string;
	/** Codes separated by commas. */
	items: string;
	startDate: string;
	accountCode?: string;
	currency?: string;
	endDate?: string;
	changedAt?: string;
	prefix?: string;
	status?: 'active' | 'ended' | 'pending';
	subsidiary?: string;
}

/**
 * Upserts the NetSuite customer of an order made elsewhere by its external id, and gives the sale in m3ter's shape. The
 * customer is one however often this runs, and at whatever moment it dies.
 * @throws Failure `invalid-input` when a field is missing or cannot be read
 */
export async function recordSale(api: NetSuiteApi, sale: ChannelSale): Promise<SubscriptionEvent> {
	const items = sale.items.split(',').map((code) => code.trim()).filter((code) => code !== '');
	const filled: Record<string, string> = { 'Customer ID': sale.channelCustomerId, 'Customer Name': sale.customerName, 'Order ID': sale.orderId, 'Item Codes': items.join() };
	const missing = Object.entries(filled).flatMap(([name, value]) => (value.trim() === '' ? [`'${name}'`] : []));
	if (missing.length > 0) throw new Failure('invalid-input', 'The sale is not complete', { description: `Empty: ${missing.join(', ')}. Map these fields from the order.` });
	const startDate = requiredTime(sale.startDate, "'Start Date'");
	const occurredAt = sale.changedAt ? requiredTime(sale.changedAt, "'Order Changed At'") : new Date().toISOString();
	const endDate = sale.endDate ? requiredTime(sale.endDate, "'End Date'") : undefined;
	const status = sale.status ?? 'active';
	const customer = await upsertCustomer(api, sale);
	return subscriptionEventSchema.parse({
		id: `${sale.orderId.trim()}-${occurredAt}`,
		type: status === 'ended' ? 'subscription.ended' : 'subscription.created',
		occurredAt,
		system: 'NetSuite',
		customer: { ...customerShape(customer, { accountCodeField: '' }), currency: sale.currency?.trim().toUpperCase(), accountCode: sale.accountCode },
		subscription: {
			id: sale.orderId.trim(),
			status,
			startDate,
			endDate: endDate ?? (status === 'ended' ? occurredAt : undefined),
			items: items.map((code) => ({ planRef: code, planCode: code, name: code })),
			metadata: { channelCustomerId: sale.channelCustomerId.trim() },
		},
	});
}

async function upsertCustomer(api: NetSuiteApi, sale: ChannelSale) {
	const externalId = `${sale.prefix ?? 'channel-'}${sale.channelCustomerId.trim()}`.replace(/[^A-Za-z0-9_-]/g, '_');
	const companyName = sale.customerName.trim().slice(0, MAX_NAME);
	const existing = await api.find('customer', { externalId }, customerSchema);
	const email = sale.customerEmail.trim();
	if (existing?.companyName === companyName && (existing.email ?? '') === email) return existing;
	const currency = sale.currency?.trim() && existing === undefined ? currencyId({ currencies: await readCurrencies(api), periods: [] }, sale.currency.trim()) : undefined;
	await api.upsert('customer', externalId, {
		companyName,
		...(email === '' ? {} : { email }),
		...(existing === undefined ? { isPerson: false } : {}),
		...(existing === undefined && sale.subsidiary ? { subsidiary: { id: sale.subsidiary } } : {}),
		...(currency === undefined ? {} : { currency: { id: currency } }),
	});
	const customer = await api.find('customer', { externalId }, customerSchema);
	if (customer !== undefined) return customer;
	throw new Failure('unavailable', 'The NetSuite customer cannot be read', { description: `Customer ${externalId} was written but is not found. Check that the role may view customers, then run the node again.` });
}
