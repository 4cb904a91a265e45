import { Failure } from '../shared/failure';
import { subscriptionEventSchema, type SubscriptionEvent } from '../shared/subscriptionEvent';
import { literal, type QuickBooksApi } from './api';
import { customerShape, utc } from './sale';
import { customerSchema, type QboCustomer } from './schemas';

/** An order or quote from elsewhere, as the operation's parameters name it. */
export interface ChannelSale {
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
	status?: 'active' | 'ended' | 'pending';
}

/** QuickBooks refuses colons, tabs and line breaks in a display name. */
const FORBIDDEN = /[:\s]+/g;
const MAX_NAME = 500;

/**
 * Finds or creates the QuickBooks customer of an order made elsewhere, and gives the sale in m3ter's shape.
 * @throws Failure `invalid-input` when a field is missing or cannot be read, `conflict` when a vendor or employee has the name.
 */
export async function recordSale(api: QuickBooksApi, sale: ChannelSale, system: string): Promise<SubscriptionEvent> {
	const items = sale.items.split(',').map((code) => code.trim()).filter((code) => code !== '');
	const missing = [sale.customerName.trim() === '' ? "'Customer Name'" : '', sale.orderId.trim() === '' ? "'Order ID'" : '', items.length === 0 ? "'Item Codes'" : ''].filter(Boolean);
	if (missing.length > 0) throw new Failure('invalid-input', 'The sale is not complete', { description: `Empty: ${missing.join(', ')}. Map these fields from the order.` });
	const startDate = required(sale.startDate, "'Start Date'");
	const occurredAt = sale.changedAt ? required(sale.changedAt, "'Order Changed At'") : new Date().toISOString();
	const status = sale.status ?? 'active';
	const endDate = sale.endDate ? required(sale.endDate, "'End Date'") : undefined;
	const customer = await findOrCreateCustomer(api, sale);
	return subscriptionEventSchema.parse({
		id: `${sale.orderId.trim()}-${occurredAt}`,
		type: status === 'ended' ? 'subscription.ended' : 'subscription.created',
		occurredAt,
		system,
		customer: { ...customerShape(customer, sale.currency), accountCode: sale.accountCode },
		subscription: {
			id: sale.orderId.trim(),
			status,
			startDate,
			endDate: endDate ?? (status === 'ended' ? occurredAt : undefined),
			items: items.map((code) => ({ planRef: code, planCode: code, name: code })),
			metadata: { realmId: api.realmId },
		},
	});
}

function required(value: string, field: string): string {
	const time = utc(value);
	if (time === undefined) throw new Failure('invalid-input', `${field} is not a date`, { description: `"${value}" cannot be read. Use an ISO date such as 2026-05-01.` });
	return time;
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
