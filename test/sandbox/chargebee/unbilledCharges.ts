/** The calls for unbilled charges. */
import { addonRow, chargeLine, chargeRow, inRow, itemPriceRow, requireSome, sellableLine } from './charges';
import { notFound, refusal, wrongValue } from './errors';
import { createInvoice, finalize, type NewLine } from './invoices';
import { DELETED, listOf, optionalTextFilter, PAGE } from './lists';
import { findOwner, type Owner } from './newInvoices';
import { operation } from './operations';
import { flag, rows, text } from './params';
import type { Core } from './state';
import { collects, customerOf, findSubscription } from './subscriptions';
import type { Subscription, UnbilledCharge } from './types';
import { addUnbilled, removeUnbilled, takeUnbilled, toLine } from './unbilledBooks';

const common = { subscription_id: text(50), currency_code: text(3).nullish(), charges: rows(chargeRow).nullish() };

type Charges = Array<Parameters<typeof chargeLine>[1] & { index: number }> | null | undefined;

function target(core: Core, params: { subscription_id: string; currency_code?: string | null }): Subscription {
	const subscription = findSubscription(core, params.subscription_id, 'subscription_id');
	if (subscription.status === 'cancelled')
		throw wrongValue('subscription_id', `The subscription '${subscription.id}' is cancelled`);
	const { currency_code: currency } = params;
	if (!currency && core.settings.currencies.length > 1)
		throw wrongValue('currency_code', 'is required on a site with several currencies');
	if (currency && currency !== subscription.currency_code)
		throw wrongValue('currency_code', `The subscription's currency is ${subscription.currency_code}`);
	return subscription;
}

function add(core: Core, subscription: Subscription, charges: Charges, others: NewLine[]): object {
	const adHoc = (charges ?? []).map((row) => chargeLine(core, row, subscription.currency_code, inRow('charges', row.index)));
	const lines = [...others, ...adHoc];
	return {
		unbilled_charges: addUnbilled(core, customerOf(core, subscription), subscription.id, subscription.currency_code, lines),
	};
}

const belongsTo =
	({ subscription, customer }: Owner) =>
	(charge: UnbilledCharge) =>
		subscription ? charge.subscription_id === subscription.id : charge.customer_id === customer.id;

/** An invoice per subscription and currency; one for all of them under consolidated invoicing. */
function groups(core: Core, owner: Owner): UnbilledCharge[][] {
	const charges = [...core.state.unbilledCharges.values()].filter(belongsTo(owner));
	if (charges.length === 0) throw refusal(400, 'invalid_request', 'There are no unbilled charges to invoice');
	const key = (charge: UnbilledCharge) =>
		`${charge.currency_code} ${owner.customer.consolidated_invoicing ? '' : charge.subscription_id}`;
	const byKey = new Map<string, UnbilledCharge[]>();
	for (const charge of charges) byKey.set(key(charge), [...(byKey.get(key(charge)) ?? []), charge]);
	return [...byKey.values()];
}

function invoiceNow(core: Core, owner: Owner): object {
	const invoices = groups(core, owner).map((charges) => {
		const [{ currency_code: currency, subscription_id: subscriptionId }] = charges;
		const ids = new Set(charges.map(({ id }) => id));
		const consolidated = owner.customer.consolidated_invoicing === true;
		const invoice = createInvoice(core, {
			customer: owner.customer,
			...(!consolidated && { subscriptionId }),
			currency,
			date: core.now(),
			recurring: false,
			pending: false,
			lines: takeUnbilled(core, ({ id }) => ids.has(id)),
		});
		return finalize(core, invoice, collects(owner.customer, core.state.subscriptions.get(subscriptionId ?? '')));
	});
	return { invoices };
}

function estimate(core: Core, owner: Owner): object {
	const estimates = groups(core, owner).map((charges) => {
		const lines = charges.map((charge) => toLine(core, charge));
		const subTotal = lines.reduce((sum, line) => sum + line.amount, 0);
		const total = lines.reduce((sum, line) => sum + (line.tax_amount ?? 0), subTotal);
		return {
			recurring: false,
			price_type: 'tax_exclusive',
			currency_code: charges[0].currency_code,
			sub_total: subTotal,
			total,
			credits_applied: 0,
			amount_paid: 0,
			amount_due: total,
			line_items: lines,
			customer_id: owner.customer.id,
			object: 'invoice_estimate',
		};
	});
	return { estimate: { created_at: core.now(), invoice_estimates: estimates, object: 'estimate' } };
}

const ownerFields = { subscription_id: text(50).nullish(), customer_id: text(50).nullish() };

export const unbilledChargeOperations = [
	operation(
		['POST', '/unbilled_charges', { catalog: 'v2' }],
		{ ...common, item_prices: rows(itemPriceRow).nullish() },
		(core, params) => {
			requireSome(params.charges, params.item_prices);
			const subscription = target(core, params);
			const priced = (params.item_prices ?? []).map(({ item_price_id: id, ...row }) =>
				sellableLine(core, { id, ...row }, subscription.currency_code, inRow('item_prices', row.index)),
			);
			return add(core, subscription, params.charges, priced);
		},
	),
	operation(
		['POST', '/unbilled_charges/create', { catalog: 'v1' }],
		{ ...common, addons: rows(addonRow).nullish() },
		(core, params) => {
			requireSome(params.charges, params.addons);
			const subscription = target(core, params);
			const addons = (params.addons ?? []).map((row) =>
				sellableLine(core, row, subscription.currency_code, inRow('addons', row.index), 'id'),
			);
			return add(core, subscription, params.charges, addons);
		},
	),
	operation(
		['GET', '/unbilled_charges'],
		{ ...PAGE, ...DELETED, is_voided: flag.optional(), subscription_id: optionalTextFilter, customer_id: optionalTextFilter },
		(core, { is_voided: voided, ...params }) => {
			const charges = [...core.state.unbilledCharges.values()].filter(
				(charge) => voided === undefined || charge.is_voided === voided,
			);
			return listOf('unbilled_charge', charges, params, 'updated_at');
		},
	),
	operation(['POST', '/unbilled_charges/:id/delete'], {}, (core, _params, { id }) => {
		const charge = core.state.unbilledCharges.get(id);
		if (!charge) throw notFound('unbilled charge', id);
		return { unbilled_charge: removeUnbilled(core, charge) };
	}),
	operation(['POST', '/unbilled_charges/invoice_unbilled_charges'], ownerFields, (core, params) =>
		invoiceNow(core, findOwner(core, params)),
	),
	operation(['POST', '/unbilled_charges/invoice_now_estimate', { estimate: true }], ownerFields, (core, params) =>
		estimate(core, findOwner(core, params)),
	),
];
