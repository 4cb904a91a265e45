/** The invoices a subscription makes by itself; sheet §5b. */
import type { Core } from './core';
import { customerParam } from './customerRecords';
import { attachItem, attachSubscriptionCharge } from './invoiceChanges';
import { pendingItems, subscriptionOf } from './invoiceItemRecords';
import { createInvoice, inheritedDiscounts } from './invoiceRecords';
import type { Charge, Invoice } from './invoiceTypes';
import { multiply } from './money';
import type { Subscription, SubscriptionItem } from './types';
import { itemsOf } from './views';

/** An invoice for the items' present periods; pending items of the subscription, and of none, are drawn in. */
export function subscriptionInvoice(
	core: Core,
	subscription: Subscription,
	reason: Invoice['billing_reason'],
	fields: Partial<Invoice>,
): Invoice {
	const { id, currency } = subscription;
	const customer = customerParam(core, subscription.customer);
	const send = subscription.collection_method === 'send_invoice';
	const due = send ? core.now() + (subscription.days_until_due ?? 30) * 24 * 60 * 60 : null;
	const invoice = createInvoice(core, {
		customer,
		currency,
		reason,
		subscription,
		fields: {
			collection_method: subscription.collection_method,
			due_date: due,
			discounts: inheritedDiscounts(core, customer),
			...fields,
		},
		fill: (draft) => {
			for (const item of itemsOf(core, id))
				attachSubscriptionCharge(core, draft, itemCharge(core, subscription, item), id, item.id);
			for (const item of pendingItems(core, customer.id, currency)) {
				if ((subscriptionOf(item) ?? id) === id) attachItem(core, draft, item);
			}
		},
	});
	subscription.latest_invoice = invoice.id;
	return invoice;
}

/** A trial costs nothing; metered usage is not part of this sandbox and costs nothing either. */
function itemCharge(core: Core, subscription: Subscription, item: SubscriptionItem): Charge {
	const trial = subscription.status === 'trialing';
	const quantity = item.quantity ?? 0;
	const name = core.state.products.get(item.price.product)?.name ?? item.price.product;
	return {
		amount: trial ? 0 : multiply(item.price.unit_amount_decimal, String(quantity)),
		currency: subscription.currency,
		description: trial ? `Trial period for ${name}` : `${quantity} × ${name}`,
		discountable: true,
		discounts: [],
		livemode: false,
		metadata: { ...item.metadata },
		period: { start: item.current_period_start, end: item.current_period_end },
		pricing: {
			type: 'price_details',
			price_details: { price: item.price.id, product: item.price.product },
			unit_amount_decimal: trial ? '0' : item.price.unit_amount_decimal,
		},
		quantity,
		quantity_decimal: String(quantity),
	};
}
