import { channelSaleEvent, checkSale, type ChannelSale } from '../shared/channelSale';
import { Failure } from '../shared/failure';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import { literal, type QuickBooksApi } from './api';
import { customerShape } from './sale';
import { customerSchema, type QboCustomer } from './schemas';

/** QuickBooks refuses colons, tabs and line breaks in a display name. */
const FORBIDDEN = /[:\s]+/g;
const MAX_NAME = 500;

/**
 * Finds or creates the QuickBooks customer of an order made elsewhere, and gives the sale in m3ter's shape.
 * @throws Failure `invalid-input` when a field is missing or cannot be read, `conflict` when a vendor or employee has the name.
 */
export async function recordSale(api: QuickBooksApi, sale: ChannelSale, system: string): Promise<SubscriptionEvent> {
	const checked = checkSale(sale);
	const customer = await findOrCreateCustomer(api, sale);
	return channelSaleEvent(checked, system, customerShape(customer, sale.currency), { realmId: api.realmId });
}

async function findOrCreateCustomer(api: QuickBooksApi, sale: ChannelSale): Promise<QboCustomer> {
	const name = sale.customerName.replace(FORBIDDEN, ' ').trim().slice(0, MAX_NAME);
	const found = await customerNamed(api, name);
	if (found !== undefined) return found;
	const [answer] = await api.write([
		{
			entity: 'Customer',
			operation: 'create',
			body: {
				DisplayName: name,
				CompanyName: name.slice(0, 100),
				PrimaryEmailAddr: sale.customerEmail.trim() === '' ? undefined : { Address: sale.customerEmail.trim() },
				CurrencyRef: sale.currency?.trim() ? { value: sale.currency.trim().toUpperCase() } : undefined,
			},
		},
	]);
	if (!(answer instanceof Failure)) return customerSchema.parse(answer);
	// Another execution may have created it a moment ago; else the name is a vendor's or an employee's.
	const created = answer.code === '6240' ? await customerNamed(api, name) : undefined;
	if (created !== undefined) return created;
	throw answer;
}

async function customerNamed(api: QuickBooksApi, name: string): Promise<QboCustomer | undefined> {
	const rows = await api.query('Customer', customerSchema, `DisplayName = ${literal(name)}`);
	return rows.at(0);
}
