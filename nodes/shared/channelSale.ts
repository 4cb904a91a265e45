import { Failure } from './failure';
import { subscriptionEventSchema, type Customer, type SubscriptionEvent } from './subscriptionEvent';

/** An order or quote of any sales channel, as a person maps its fields. */
export interface ChannelSale {
	customerName: string;
	customerEmail: string;
	/** The channel's own number of the customer; also the m3ter account code unless another is given. */
	customerNumber?: string;
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

/** A {@link ChannelSale} that is complete. Times are ISO date-times in UTC. */
export interface CheckedSale {
	orderId: string;
	items: string[];
	startDate: string;
	occurredAt: string;
	endDate?: string;
	status: 'active' | 'ended' | 'pending';
	accountCode?: string;
}

/** @throws Failure `invalid-input` naming every field that is missing, or the one that is no date */
export function checkSale(sale: ChannelSale): CheckedSale {
	const items = sale.items.split(',').map((code) => code.trim()).filter((code) => code !== '');
	const filled: Record<string, string> = { 'Customer Name': sale.customerName, 'Order ID': sale.orderId, 'Item Codes': items.join() };
	const missing = Object.entries(filled).flatMap(([name, value]) => (value.trim() === '' ? [`'${name}'`] : []));
	if (missing.length > 0) throw new Failure('invalid-input', 'The sale is not complete', { description: `Empty: ${missing.join(', ')}. Map these fields from the order.` });
	const occurredAt = sale.changedAt ? timeOf(sale.changedAt, "'Order Changed At'") : new Date().toISOString();
	return {
		orderId: sale.orderId.trim(),
		items,
		startDate: timeOf(sale.startDate, "'Start Date'"),
		occurredAt,
		endDate: sale.endDate ? timeOf(sale.endDate, "'End Date'") : undefined,
		status: sale.status ?? 'active',
		accountCode: sale.accountCode?.trim() || sale.customerNumber?.trim() || undefined,
	};
}

/** The sale in the shape m3ter Account/Plan takes, for the customer it belongs to in `system`. */
export function channelSaleEvent(
	sale: CheckedSale,
	system: string,
	customer: Omit<Partial<Customer>, 'customFields'> & { id: string },
	metadata: Record<string, string> = {},
): SubscriptionEvent {
	const { orderId, items, startDate, occurredAt, endDate, status, accountCode } = sale;
	return subscriptionEventSchema.parse({
		id: `${orderId}-${occurredAt}`,
		type: status === 'ended' ? 'subscription.ended' : 'subscription.created',
		occurredAt,
		system,
		customer: { ...customer, accountCode: accountCode ?? customer.accountCode },
		subscription: { id: orderId, status, startDate, endDate, items: items.map((code) => ({ planRef: code, planCode: code, name: code })), metadata },
	});
}

/** An ISO date or date-time as UTC. */
function timeOf(value: string, field: string): string {
	const time = Date.parse(value);
	if (!Number.isNaN(time)) return new Date(time).toISOString();
	throw new Failure('invalid-input', `${field} is not a date`, { description: `"${value}" cannot be read. Use an ISO date such as 2026-05-01.` });
}
