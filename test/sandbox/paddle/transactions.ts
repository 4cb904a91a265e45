/** The transaction calls. */
import { z } from 'zod';

import { invalidField, refuse } from './errors';
import { emit } from './events';
import { keep, previewItems, resolveItems, transactionItems } from './items';
import { operation } from './operations';
import { currency, customData, duration, id, timestamp } from './params';
import { previewDetails, previewPrice, without } from './previews';
import type { Core } from './state';
import { findTransaction, include, withIncluded } from './transactionReads';
import { bill, buildTransaction, cancel, checkBillable, complete, open, replaceItems } from './transactionLife';
import type { BillingDetails, Item, Transaction } from './types';

export const billingDetails = z
	.object({
		payment_terms: duration,
		enable_checkout: z.boolean(),
		purchase_order_number: z.string().max(100),
		additional_information: z.string().max(1500).nullable(),
	})
	.partial()
	.strict();

const fields = {
	status: z.enum(['billed', 'canceled']),
	customer_id: id('ctm').nullable(),
	address_id: id('add').nullable(),
	business_id: id('biz').nullable(),
	custom_data: customData,
	currency_code: currency,
	collection_mode: z.enum(['automatic', 'manual']),
	discount_id: z.null(),
	billing_details: billingDetails.nullable(),
	billing_period: z.object({ starts_at: timestamp, ends_at: timestamp }).strict().nullable(),
	checkout: z
		.object({ url: z.string().min(1).max(2048).nullable() })
		.partial()
		.strict(),
	items: transactionItems,
};

const change = z.object(fields).partial().strict();
type Change = z.output<typeof change>;

const creation = z
	.object({ ...fields, status: z.literal('billed') })
	.partial()
	.required({ items: true })
	.strict();

type Owners = { customer_id?: string | null; address_id?: string | null; business_id?: string | null };

/** An address needs its customer, a business both. Throws 400. */
function checkOwners({ state }: Core, { customer_id: customer, address_id: address, business_id: business }: Owners): void {
	if (customer && !state.customers.has(customer)) throw invalidField('customer_id', 'there is no such customer');
	if (address && !customer) throw invalidField('address_id', 'requires customer_id');
	if (business && !address) throw invalidField('business_id', 'requires address_id');
	if (address && state.addresses.get(address)?.customer_id !== customer)
		throw invalidField('address_id', 'is not one of the customer');
	if (business && state.businesses.get(business)?.customer_id !== customer)
		throw invalidField('business_id', 'is not one of the customer');
}

/** Payment terms are needed once; changes are merged. */
export function mergeBilling(
	given: z.output<typeof billingDetails> | null | undefined,
	before: BillingDetails | null,
): BillingDetails | null {
	if (given === undefined) return before;
	if (given === null) return null;
	const merged = { enable_checkout: false, purchase_order_number: '', additional_information: null, ...before, ...given };
	if (!merged.payment_terms) throw invalidField('billing_details.payment_terms', 'is required');
	return merged as BillingDetails;
}

function checkMode(mode: string, billing: BillingDetails | null): void {
	if (mode === 'automatic' && billing) throw invalidField('billing_details', 'only for manually-collected transactions');
}

/** Everything may change until the transaction is billed; after that it can only be canceled. Throws 400 `transaction_immutable`. */
function update(core: Core, transaction: Transaction, body: Change): void {
	const { status, items, billing_details: billing } = body;
	if (status === 'canceled' && Object.keys(body).length === 1) return cancel(core, transaction);
	if (transaction.status !== 'draft' && transaction.status !== 'ready') {
		throw refuse('transaction_immutable', `The transaction is ${transaction.status} and cannot be changed`);
	}
	const own = without(body, 'status', 'items', 'billing_details', 'checkout');
	const next = { ...transaction, ...own, billing_details: mergeBilling(billing, transaction.billing_details) };
	checkOwners(core, next);
	checkMode(next.collection_mode, next.billing_details);
	const resolved = items && resolveItems(core, items, next.currency_code);
	if (!resolved && next.currency_code !== transaction.currency_code)
		throw invalidField('items', 'must be sent with another currency');
	if (resolved) replaceItems(core, next, resolved);
	complete(next);
	if (status === 'billed') checkBillable(core, next);
	const was = transaction.status;
	keep(core, resolved ?? []);
	core.touch(Object.assign(transaction, next));
	emit(core, 'transaction.updated', transaction);
	if (was === 'draft' && transaction.status === 'ready') emit(core, 'transaction.ready', transaction);
	if (status === 'billed') bill(core, transaction);
}

export const transactionOperations = [
	operation(['POST', '/transactions', 'transaction.write'], { body: creation, query: include }, (core, { body, query }) => {
		const currencyCode = body.currency_code ?? core.settings.defaultCurrency;
		const billing = mergeBilling(body.billing_details, null);
		checkOwners(core, body);
		checkMode(body.collection_mode ?? 'automatic', billing);
		const items = resolveItems(core, body.items, currencyCode);
		const transaction = buildTransaction(core, {
			items,
			origin: 'api',
			currency: currencyCode,
			customerId: body.customer_id,
			addressId: body.address_id,
			businessId: body.business_id,
			collectionMode: body.collection_mode,
			billingDetails: billing,
			billingPeriod: body.billing_period,
			customData: body.custom_data,
		});
		if (body.status === 'billed') checkBillable(core, transaction);
		open(core, transaction, items);
		if (body.status === 'billed') bill(core, transaction);
		return { status: 201, data: withIncluded(core, query.include)(transaction) };
	}),
	operation(
		['PATCH', '/transactions/:id', 'transaction.write'],
		{ body: change, query: include },
		(core, { body, query, ids }) => {
			const transaction = findTransaction(core, ids.id);
			update(core, transaction, body);
			return { data: withIncluded(core, query.include)(transaction) };
		},
	),
	operation(
		['POST', '/transactions/:id/revise', 'transaction.write'],
		{
			body: z
				.object({
					customer: z
						.object({ name: z.string().max(1024) })
						.partial()
						.strict(),
					business: z
						.object({ name: z.string().max(1024), tax_identifier: z.string().max(1024) })
						.partial()
						.strict(),
					address: z
						.object({ first_line: z.string(), second_line: z.string().nullable(), city: z.string(), region: z.string() })
						.partial()
						.strict(),
				})
				.partial()
				.strict(),
		},
		(core, { ids }) => {
			const transaction = findTransaction(core, ids.id);
			if (transaction.status !== 'billed' && transaction.status !== 'completed')
				throw refuse('transaction_immutable', `The transaction is ${transaction.status}`);
			if (transaction.revised_at !== null)
				throw refuse('transaction_cannot_be_revised', 'A transaction can be revised only once');
			transaction.revised_at = core.touch(transaction).updated_at;
			emit(core, 'transaction.revised', transaction);
			return { data: transaction };
		},
	),
	operation(
		['POST', '/transactions/preview', 'transaction.read'],
		{
			body: z
				.object({
					items: previewItems,
					customer_id: fields.customer_id,
					address_id: fields.address_id,
					business_id: fields.business_id,
					currency_code: currency,
					discount_id: z.null(),
					ignore_trials: z.boolean(),
					address: z
						.object({ country_code: z.string().length(2), postal_code: z.string().nullable().optional() })
						.strict()
						.nullable(),
					customer_ip_address: z.string().nullable(),
				})
				.partial()
				.required({ items: true })
				.strict(),
		},
		(core, { body }) => {
			checkOwners(core, body);
			const currencyCode = body.currency_code ?? core.settings.defaultCurrency;
			const items = resolveItems(core, body.items, currencyCode);
			return { data: { ...preview(core, items, currencyCode), ...owners(body), ignore_trials: body.ignore_trials ?? false } };
		},
	),
];

const owners = ({ customer_id = null, address_id = null, business_id = null }: Owners) => ({
	customer_id,
	address_id,
	business_id,
});

function preview(core: Core, items: Item[], currencyCode: string): object {
	return {
		currency_code: currencyCode,
		discount_id: null,
		customer_ip_address: null,
		address: null,
		items: items.map(({ price, quantity }) => ({
			price: previewPrice(core, price),
			quantity,
			include_in_totals: true,
			proration: null,
		})),
		details: previewDetails(core, items, currencyCode),
		available_payment_methods: ['card'],
	};
}
