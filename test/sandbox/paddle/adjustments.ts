/** Credits on issued invoices and refunds of paid ones. */
import { z } from 'zod';

import { invalidField, refuse } from './errors';
import { emit } from './events';
import { among, page, paging } from './lists';
import { operation } from './operations';
import { csv, id } from './params';
import type { Core } from './state';
import { findTransaction } from './transactionReads';
import type { Adjustment, AdjustmentItem, Transaction } from './types';

const amount = z.string().regex(/^\d{1,12}$/, 'must be a whole, positive number of minor units in a string');

const creation = z
	.object({
		action: z.enum(['credit', 'refund']),
		type: z.enum(['full', 'partial']).default('partial'),
		tax_mode: z.enum(['external', 'internal']).optional(),
		transaction_id: id('txn'),
		reason: z.string().min(1),
		items: z
			.array(
				z.object({ item_id: id('txnitm'), type: z.enum(['full', 'partial']), amount: amount.nullable().optional() }).strict(),
			)
			.min(1)
			.max(100)
			.nullable()
			.optional(),
	})
	.strict();

type Creation = z.output<typeof creation>;

/** Credits lower what an issued invoice is still owed, refunds give back what was paid. Throws 400. */
function checkState(transaction: Transaction, action: Creation['action']): void {
	const { status, collection_mode: mode } = transaction;
	const fits = action === 'refund' ? status === 'completed' : mode === 'manual' && (status === 'billed' || status === 'past_due');
	if (!fits)
		throw refuse(
			'adjustment_transaction_status_invalid',
			`A ${action} is not possible on a ${status} transaction (${mode} collection)`,
		);
}

/** Adjusted so far, per line. */
function adjusted(core: Core, itemId: string): number {
	const items = [...core.state.adjustments.values()]
		.filter(({ status }) => status !== 'rejected')
		.flatMap((adjustment) => adjustment.items);
	return items.filter((item) => item.item_id === itemId).reduce((sum, item) => sum + Number(item.amount), 0);
}

function adjustmentItems(core: Core, transaction: Transaction, body: Creation): AdjustmentItem[] {
	const lines = transaction.details.line_items;
	if (body.type === 'partial' && !body.items) throw invalidField('items', 'is required for a partial adjustment');
	const wanted =
		body.type === 'full'
			? lines.map(({ id: itemId }) => ({ item_id: itemId, type: 'full' as const, amount: undefined }))
			: (body.items ?? []);
	return wanted.map((item, index) => {
		const line = lines.find((entry) => entry.id === item.item_id);
		if (!line) throw invalidField(`items.${index}.item_id`, 'is not a line item of the transaction');
		const left = Number(line.totals.total) - adjusted(core, line.id);
		if (item.type === 'partial' && !item.amount) throw invalidField(`items.${index}.amount`, 'is required for a partial item');
		const value = item.type === 'full' ? left : Number(item.amount);
		if (value > left || value === 0)
			throw refuse('adjustment_amount_above_remaining_allowed', `At most ${left} of the line item ${line.id} can be adjusted`);
		const totals = { subtotal: String(value), tax: '0', total: String(value) };
		return { id: core.newId('adjitm'), item_id: line.id, type: item.type, amount: String(value), proration: null, totals };
	});
}

function create(core: Core, body: Creation): Adjustment {
	const transaction = core.state.transactions.get(body.transaction_id);
	if (!transaction) throw invalidField('transaction_id', 'there is no such transaction');
	checkState(transaction, body.action);
	const items = adjustmentItems(core, transaction, body);
	const total = String(items.reduce((sum, item) => sum + Number(item.amount), 0));
	const totals = { subtotal: total, tax: '0', total };
	const now = core.now();
	const adjustment: Adjustment = {
		id: core.newId('adj'),
		action: body.action,
		type: body.type,
		transaction_id: transaction.id,
		subscription_id: transaction.subscription_id,
		customer_id: transaction.customer_id ?? '',
		reason: body.reason,
		credit_applied_to_balance: body.action === 'credit' ? false : null,
		currency_code: transaction.currency_code,
		status: body.action === 'credit' ? 'approved' : 'pending_approval',
		items,
		totals: { ...totals, fee: '0', earnings: '0', currency_code: transaction.currency_code },
		payout_totals: null,
		tax_rates_used: [{ tax_rate: '0', totals }],
		created_at: now,
		updated_at: now,
	};
	core.state.adjustments.set(adjustment.id, adjustment);
	if (adjustment.status === 'approved') apply(core, adjustment);
	emit(core, 'adjustment.created', adjustment);
	return adjustment;
}

/** Lowers the transaction's adjusted totals. */
function apply(core: Core, adjustment: Adjustment): void {
	const transaction = findTransaction(core, adjustment.transaction_id);
	const { adjusted_totals: totals } = transaction.details;
	for (const name of ['subtotal', 'total', 'grand_total'] as const)
		totals[name] = String(Number(totals[name]) - Number(adjustment.totals.total));
	core.touch(transaction);
}

/** Paddle decides on refunds; in its sandbox every ten minutes. */
export function decideRefunds(core: Core, approve: boolean): Adjustment[] {
	const waiting = [...core.state.adjustments.values()].filter(({ status }) => status === 'pending_approval');
	for (const adjustment of waiting) {
		core.touch(adjustment).status = approve ? 'approved' : 'rejected';
		if (approve) apply(core, adjustment);
		emit(core, 'adjustment.updated', adjustment);
	}
	return waiting;
}

const statuses = z.enum(['approved', 'pending_approval', 'rejected', 'reversed']);

export const adjustmentOperations = [
	operation(['POST', '/adjustments', 'adjustment.write'], { body: creation }, (core, { body }) => ({
		status: 201,
		data: create(core, body),
	})),
	operation(
		['GET', '/adjustments', 'adjustment.read'],
		{
			query: {
				...paging(10, 50),
				id: csv(z.string()).optional(),
				action: z.enum(['credit', 'refund']).optional(),
				customer_id: csv(z.string()).optional(),
				status: csv(statuses).optional(),
				subscription_id: csv(z.string()).optional(),
				transaction_id: csv(z.string()).optional(),
			},
		},
		(core, { query, url }) => {
			const found = [...core.state.adjustments.values()].filter(
				(adjustment) =>
					among(query.id, adjustment.id) &&
					(query.action === undefined || query.action === adjustment.action) &&
					among(query.customer_id, adjustment.customer_id) &&
					among(query.status, adjustment.status) &&
					among(query.subscription_id, adjustment.subscription_id) &&
					among(query.transaction_id, adjustment.transaction_id),
			);
			return page(found, query, url);
		},
	),
];
