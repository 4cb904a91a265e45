import { channelSaleEvent, checkSale, type ChannelSale } from '../shared/channelSale';
import { Failure } from '../shared/failure';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import type { NetSuiteApi } from './api';
import { currencyId, readCurrencies } from './facts';
import { customerShape } from './sale';
import { customerSchema } from './schemas';

const MAX_NAME = 83;

/** An order from elsewhere, and how its customer is to be made in NetSuite. */
export interface NetSuiteChannelSale extends ChannelSale {
	channelCustomerId: string;
	prefix?: string;
	subsidiary?: string;
}

/**
 * Upserts the NetSuite customer of an order made elsewhere by its external id, and gives the sale in m3ter's shape. The
 * customer is one however often this runs, and at whatever moment it dies.
 * @throws Failure `invalid-input` when a field is missing or cannot be read
 */
export async function recordSale(api: NetSuiteApi, sale: NetSuiteChannelSale): Promise<SubscriptionEvent> {
	const channelCustomerId = sale.channelCustomerId.trim();
	if (channelCustomerId === '') throw new Failure('invalid-input', 'The sale is not complete', { description: "Empty: 'Customer ID'. Map this field from the order." });
	const checked = checkSale(sale);
	const customer = { ...customerShape(await upsertCustomer(api, sale), { accountCodeField: '' }), currency: sale.currency?.trim().toUpperCase() };
	return channelSaleEvent(checked, 'NetSuite', customer, { channelCustomerId });
}

async function upsertCustomer(api: NetSuiteApi, sale: NetSuiteChannelSale) {
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
