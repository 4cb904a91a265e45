/** Looking transactions up. */
import { z } from 'zod';

import { notFound, refuse } from './errors';
import { among, dateFilters, inDates, page, paging } from './lists';
import { operation } from './operations';
import { csv } from './params';
import type { Core } from './state';
import type { Transaction } from './types';

export function findTransaction(core: Core, transactionId: string): Transaction {
	const transaction = core.state.transactions.get(transactionId);
	if (!transaction) throw notFound('transaction', transactionId);
	return transaction;
}

const INCLUDES = [
	'address',
	'adjustments',
	'adjustments_totals',
	'available_payment_methods',
	'business',
	'customer',
	'discount',
] as const;
export const include = { include: csv(z.enum(INCLUDES)).optional() };

/** `include=customer,address,…` in the same answer. */
export const withIncluded =
	({ state }: Core, wanted: readonly string[] = []) =>
	(transaction: Transaction): object => {
		const own = [...state.adjustments.values()].filter((adjustment) => adjustment.transaction_id === transaction.id);
		const all: Record<string, unknown> = {
			customer: state.customers.get(transaction.customer_id ?? ''),
			address: state.addresses.get(transaction.address_id ?? ''),
			business: state.businesses.get(transaction.business_id ?? ''),
			adjustments: own,
			available_payment_methods: ['card'],
		};
		return {
			...transaction,
			...Object.fromEntries(wanted.filter((name) => all[name] !== undefined).map((name) => [name, all[name]])),
		};
	};

const statuses = z.enum(['draft', 'ready', 'billed', 'paid', 'completed', 'canceled', 'past_due']);
const origins = z.enum([
	...([
		'api',
		'subscription_charge',
		'subscription_payment_method_change',
		'subscription_recurring',
		'subscription_update',
		'web',
	] as const),
]);

export const transactionReads = [
	operation(
		['GET', '/transactions', 'transaction.read'],
		{
			query: {
				...paging(30, 30),
				...include,
				...dateFilters('created_at', 'updated_at', 'billed_at'),
				id: csv(z.string()).optional(),
				collection_mode: z.enum(['automatic', 'manual']).optional(),
				customer_id: csv(z.string()).optional(),
				invoice_number: csv(z.string()).optional(),
				origin: csv(origins).optional(),
				status: csv(statuses).optional(),
				subscription_id: csv(z.string()).optional(),
			},
		},
		(core, { query, url }) => {
			const found = [...core.state.transactions.values()].filter(
				(transaction) =>
					among(query.id, transaction.id) &&
					among(query.customer_id, transaction.customer_id) &&
					among(query.invoice_number, transaction.invoice_number) &&
					among(query.origin as string[] | undefined, transaction.origin) &&
					among(query.status, transaction.status) &&
					(query.collection_mode === undefined || query.collection_mode === transaction.collection_mode) &&
					among(query.subscription_id, transaction.subscription_id ?? 'null') &&
					(['created_at', 'updated_at', 'billed_at'] as const).every((name) => inDates(query, name, transaction[name])),
			);
			return page(found, query, url, undefined, withIncluded(core, query.include));
		},
	),
	operation(['GET', '/transactions/:id', 'transaction.read'], { query: include }, (core, { query, ids }) => ({
		data: withIncluded(core, query.include)(findTransaction(core, ids.id)),
	})),
	operation(
		['GET', '/transactions/:id/invoice', 'transaction.read'],
		{ query: { disposition: z.enum(['attachment', 'inline']).optional() } },
		(core, { ids }) => {
			const transaction = findTransaction(core, ids.id);
			const issued = transaction.status === 'billed' || transaction.status === 'completed';
			if (!issued || transaction.details.totals.grand_total === '0')
				throw refuse('transaction_invoice_not_found', `There is no invoice for a ${transaction.status} transaction`);
			return { data: { url: `https://invoices.sandbox.invalid/${transaction.invoice_id}.pdf` } };
		},
	),
];
