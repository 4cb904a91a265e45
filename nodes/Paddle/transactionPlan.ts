import type { CreateTransactionRequestBody, CurrencyCode } from '@paddle/paddle-node-sdk';

import type { BillJob } from '../M3ter/billTarget';
import { positiveDifferences } from '../shared/differences';
import { diffLines, hasChanges, sumByKey, totalOf, type LineDiff } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fingerprint } from '../shared/idempotency';
import { MANUAL_CURRENCIES } from './currency';
import { asAdjustment, checkLines, desiredLines, itemBody, TRANSACTION_TEXTS, transactionLine, type BillContext, type PaddleDesiredLine, type PaddleExistingLine } from './lines';
import type { PaddleBillOptions } from './options';
import type { PaddleTransaction } from './schemas';
import type { Wire } from './wire';

const DAY_MS = 86_400_000;
/** Stands for the id of a transaction that does not exist yet. */
export const NEW_TRANSACTION = '{transaction}';

type CreateBody = Wire<CreateTransactionRequestBody>;
type Header = Pick<CreateBody, 'collection_mode' | 'billing_details' | 'billing_period'>;

/** What Paddle holds for a bill. */
export interface TransactionState {
	/** The one to work on: draft or ready, else the newest that is issued or paid. */
	transaction?: PaddleTransaction;
	/** More drafts of the same bill, made by executions at the same moment. */
	surplus: PaddleTransaction[];
	/** Issued and paid ones, newest first, when a draft for the difference to them is meant or there are several. */
	settled: PaddleTransaction[];
	/** Address and business for a new transaction. */
	owners: { address_id?: string; business_id?: string };
}

export interface TransactionRequest {
	operation: 'create' | 'update' | 'mark' | 'cancel' | 'issue';
	path: string;
	body: object;
}

export interface TransactionPlan {
	diff: LineDiff<PaddleDesiredLine, PaddleExistingLine>;
	requests: TransactionRequest[];
	/** Minor units on the transaction when the plan is carried out, lines added by hand included; and as it is. */
	subtotal: number;
	current: number;
	/** Minor units on issued and paid transactions of the bill. */
	settled: number;
	/** Minor units that would have to be credited there. */
	left: number;
}

/** Stands on a draft that is canceled because its bill became empty, so that it is not taken for canceled by a person. */
const EMPTIED = 'm3ter_emptied';

export const isEmptied = ({ custom_data: marks }: PaddleTransaction): boolean => marks[EMPTIED] !== undefined;

export const isOpen = ({ status }: PaddleTransaction): boolean => status === 'draft' || status === 'ready';

const linesOf = (job: BillJob, { items }: PaddleTransaction): PaddleExistingLine[] => items.map(({ price, quantity }) => transactionLine(job.bill.id, price, quantity));

/**
 * The requests that make the transaction equal to the bill; none when it is. An update replaces all items, so those that
 * were added by hand are sent along as they are.
 * @throws Failure `invalid-input` for what Paddle cannot hold.
 */
export function planTransaction(context: BillContext, state: TransactionState): TransactionPlan {
	const { job } = context;
	const settled = sumByKey(state.settled.flatMap((transaction) => linesOf(job, transaction)));
	const { lines, left } = wantedLines(context, state, settled);
	const existing = state.transaction ? linesOf(job, state.transaction) : [];
	const diff = diffLines(lines, existing);
	return {
		diff,
		requests: requestsOf(context, state, lines, diff),
		subtotal: totalOf(lines) + totalOf(diff.foreign),
		current: totalOf(existing),
		settled: totalOf(settled.values()),
		left,
	};
}

function wantedLines(context: BillContext, { transaction }: TransactionState, settled: ReadonlyMap<string, PaddleExistingLine>): { lines: PaddleDesiredLine[]; left: number } {
	const lines = desiredLines(context);
	if (settled.size === 0) {
		// What can no longer be changed need not be possible.
		if (transaction === undefined || isOpen(transaction)) checkLines(context.job, lines);
		return { lines, left: 0 };
	}
	const differences = positiveDifferences(lines, settled);
	return { lines: differences.lines.map(({ line, amount }) => (amount === line.amount ? line : asAdjustment(line, amount))), left: differences.left };
}

function requestsOf(context: BillContext, state: TransactionState, lines: PaddleDesiredLine[], diff: TransactionPlan['diff']): TransactionRequest[] {
	const { job, options } = context;
	const { transaction } = state;
	const cancels = state.surplus.map(cancelRequest);
	if (transaction !== undefined && !isOpen(transaction)) return cancels;
	const header = headerOf(job, options);
	const issue = options.issue && lines.length > 0 ? [issueRequest(transaction?.id ?? NEW_TRANSACTION)] : [];
	if (transaction === undefined) {
		if (lines.length === 0) return cancels;
		return [...cancels, { operation: 'create', path: '/transactions', body: createBody(context, state, lines, header) }, ...issue];
	}
	// Paddle keeps no transaction without items.
	if (lines.length === 0 && diff.foreign.length === 0) return [...cancels, ...(isEmptied(transaction) ? [] : [emptiedRequest(transaction)]), cancelRequest(transaction)];
	const isCurrent = !hasChanges(diff) && transaction.custom_data.m3ter_header === fingerprint(header) && !isEmptied(transaction);
	const update: TransactionRequest = { operation: 'update', path: `/transactions/${transaction.id}`, body: updateBody(context, transaction, lines, diff, header) };
	return [...cancels, ...(isCurrent ? [] : [update]), ...issue];
}

const cancelRequest = ({ id }: PaddleTransaction): TransactionRequest => ({ operation: 'cancel', path: `/transactions/${id}`, body: { status: 'canceled' } });

/** A mark of its own, before the cancellation: it is not documented that both may be changed at once. */
const emptiedRequest = ({ id, custom_data: marks }: PaddleTransaction): TransactionRequest => ({
	operation: 'mark',
	path: `/transactions/${id}`,
	body: { custom_data: { ...marks, [EMPTIED]: 'true' } } satisfies Partial<CreateBody>,
});

const issueRequest = (id: string): TransactionRequest => ({ operation: 'issue', path: `/transactions/${id}`, body: { status: 'billed' } });

const itemsOf = ({ job }: BillContext, lines: readonly PaddleDesiredLine[]) => lines.map((line) => itemBody(job, line, TRANSACTION_TEXTS));

/** Items of others: from the catalog by id, those made for this transaction once more as they are. */
function foreignItems(transaction: PaddleTransaction, diff: TransactionPlan['diff']): CreateBody['items'] {
	const ids = new Set(diff.foreign.map(({ id }) => id));
	return transaction.items
		.filter(({ price }) => ids.has(price.id))
		.map(({ price, quantity }): CreateBody['items'][number] => {
			if (price.type !== 'custom') return { price_id: price.id, quantity };
			const { product_id, description, name, tax_mode, unit_price, custom_data } = price;
			const currency = unit_price.currency_code as CurrencyCode;
			const copy = {
				product_id,
				description,
				name,
				unit_price: { amount: String(unit_price.amount), currency_code: currency },
				quantity: price.quantity ?? { minimum: 1, maximum: quantity },
				custom_data,
			};
			return { quantity, price: tax_mode ? { ...copy, tax_mode } : copy };
		});
}

function createBody(context: BillContext, { owners, settled }: TransactionState, lines: readonly PaddleDesiredLine[], header: Header): CreateBody {
	const { job } = context;
	return {
		customer_id: job.customerId,
		...owners,
		currency_code: job.draft.currency.toUpperCase() as CurrencyCode,
		...header,
		items: itemsOf(context, lines),
		custom_data: { ...marksOf(job, header), ...(settled.length > 0 ? { m3ter_adjusts: settled.map(({ id }) => id).join(',') } : {}) },
	};
}

/** Custom data is replaced as a whole: what others keep there stays. A draft that was about to be canceled as empty is not any more. */
function updateBody(context: BillContext, transaction: PaddleTransaction, lines: readonly PaddleDesiredLine[], diff: TransactionPlan['diff'], header: Header): Partial<CreateBody> {
	return {
		...header,
		items: [...itemsOf(context, lines), ...foreignItems(transaction, diff)],
		custom_data: { ...transaction.custom_data, ...marksOf(context.job, header), [EMPTIED]: undefined },
	};
}

const marksOf = ({ bill, account }: BillJob, header: Header) => ({
	m3ter_bill_id: bill.id,
	m3ter_bill_version: String(bill.version ?? ''),
	m3ter_account_code: account.code ?? '',
	m3ter_header: fingerprint(header),
});

/**
 * Everything on the transaction but its owners and items.
 * @throws Failure `invalid-input` for an invoice in a currency Paddle issues none in.
 */
function headerOf({ bill, account, draft }: BillJob, options: PaddleBillOptions): Header {
	const period = draft.servicePeriod && { starts_at: startOf(draft.servicePeriod.start), ends_at: startOf(draft.servicePeriod.end) };
	const common: Header = { collection_mode: options.collectionMode, billing_period: period ?? null };
	if (options.collectionMode === 'automatic') return { ...common, billing_details: null };
	if (!MANUAL_CURRENCIES.has(draft.currency.toUpperCase())) {
		throw new Failure('invalid-input', 'Paddle issues no invoices in this currency', {
			description: `Bill ${bill.id} of account ${account.code} is in ${draft.currency}; invoices exist in ${[...MANUAL_CURRENCIES].join(', ')}. Choose 'Automatic' in the option 'Collection Mode': the customer then pays in a checkout.`,
		});
	}
	return {
		...common,
		billing_details: {
			payment_terms: { interval: 'day', frequency: daysUntilDue(draft.issueDate, draft.dueDate) },
			enable_checkout: options.enableCheckout,
			purchase_order_number: (draft.purchaseOrder ?? '').slice(0, 100),
			additional_information: options.additionalInformation.slice(0, 1500) || null,
		},
	};
}

const startOf = (date: string) => (date.length === 10 ? `${date}T00:00:00Z` : new Date(date).toISOString());

/** Payment terms of the bill in days; Paddle wants at least one. */
function daysUntilDue(issueDate: string | undefined, dueDate: string | undefined): number {
	if (issueDate === undefined || dueDate === undefined) return 1;
	return Math.max(1, Math.round((Date.parse(dueDate) - Date.parse(issueDate)) / DAY_MS));
}
