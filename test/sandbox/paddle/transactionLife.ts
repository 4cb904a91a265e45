/** The life of a transaction: draft → ready → billed → paid → completed, or canceled; the calls are in transactions.ts. */
import { invalidField, refuse } from './errors';
import { emit } from './events';
import { keep } from './items';
import type { Core } from './state';
import { subscribe } from './subscribe';
import { isTooSmall, transactionDetails } from './totals';
import type { BillingDetails, CollectionMode, CustomData, Item, TimePeriod, Transaction, TransactionOrigin } from './types';

const MANUAL_CURRENCIES = ['USD', 'EUR', 'GBP'];

export interface NewTransaction {
	items: Item[];
	origin: TransactionOrigin;
	currency: string;
	customerId?: string | null;
	addressId?: string | null;
	businessId?: string | null;
	subscriptionId?: string;
	collectionMode?: CollectionMode;
	billingDetails?: BillingDetails | null;
	billingPeriod?: TimePeriod | null;
	customData?: CustomData;
}

const entries = (items: Item[]) => items.map(({ price, quantity }) => ({ price_id: price.id, price, quantity, proration: null }));

/** A transaction that is not in the books yet. */
export function buildTransaction(core: Core, given: NewTransaction): Transaction {
	const { items } = given;
	const id = core.newId('txn');
	const now = core.now();
	const transaction: Transaction = {
		id,
		status: 'draft',
		customer_id: given.customerId ?? null,
		address_id: given.addressId ?? null,
		business_id: given.businessId ?? null,
		custom_data: given.customData ?? null,
		currency_code: given.currency,
		origin: given.origin,
		subscription_id: given.subscriptionId ?? null,
		invoice_id: null,
		invoice_number: null,
		collection_mode: given.collectionMode ?? 'automatic',
		discount_id: null,
		billing_details: given.billingDetails ?? null,
		billing_period: given.billingPeriod ?? null,
		items: entries(items),
		details: transactionDetails(core, items, given.currency, { trial: given.subscriptionId === undefined }),
		payments: [],
		checkout: { url: null },
		created_at: now,
		updated_at: now,
		billed_at: null,
		revised_at: null,
	};
	complete(transaction);
	return transaction;
}

/** Puts a transaction in the books, with the prices made for it. */
export function open(core: Core, transaction: Transaction, items: Item[]): Transaction {
	keep(core, items);
	core.state.transactions.set(transaction.id, transaction);
	emit(core, 'transaction.created', transaction);
	if (transaction.status === 'ready') emit(core, 'transaction.ready', transaction);
	return transaction;
}

export const createTransaction = (core: Core, given: NewTransaction): Transaction =>
	open(core, buildTransaction(core, given), given.items);

/** Draft until customer and address (and, for an invoice, its payment terms) are there; then ready. */
export function complete(transaction: Transaction): void {
	const { customer_id: customer, address_id: address, collection_mode: mode, billing_details: billing } = transaction;
	transaction.status = customer && address && (mode === 'automatic' || billing) ? 'ready' : 'draft';
	const payable = mode === 'automatic' || billing?.enable_checkout;
	transaction.checkout = { url: payable ? `https://checkout.sandbox.invalid/pay?_ptxn=${transaction.id}` : null };
}

/** The new items are kept by the caller once nothing can go wrong any more. */
export function replaceItems(core: Core, transaction: Transaction, items: Item[]): void {
	transaction.items = entries(items);
	transaction.details = transactionDetails(core, items, transaction.currency_code, { trial: true });
}

/** Throws 400 unless the transaction can be issued as an invoice. */
export function checkBillable(core: Core, transaction: Transaction): void {
	if (transaction.collection_mode !== 'manual')
		throw refuse('transaction_not_manually_collected', 'Only manually-collected transactions can be billed');
	if (transaction.status !== 'ready')
		throw refuse('transaction_status_must_be_ready', `The transaction is ${transaction.status}; it must be ready to be billed`);
	if (!MANUAL_CURRENCIES.includes(transaction.currency_code))
		throw invalidField('currency_code', `must be one of ${MANUAL_CURRENCIES.join(', ')} for manual collection`);
	const customer = core.state.customers.get(transaction.customer_id ?? '');
	if (!customer?.name) throw refuse('transaction_customer_name_required', 'The customer needs a name to be invoiced');
	checkBalance(transaction);
}

/** Issues a manual invoice: it gets its number and cannot be changed any more. Throws 400. */
export function bill(core: Core, transaction: Transaction): void {
	checkBillable(core, transaction);
	issue(core, transaction);
	transaction.status = 'billed';
	subscribe(core, transaction);
	emit(core, 'transaction.billed', transaction);
}

/** Throws 400 for a total too small to be collected. */
export function checkBalance({ details, currency_code: currency }: Transaction): void {
	if (!isTooSmall(details.totals.grand_total, currency)) return;
	throw refuse(
		'transaction_balance_less_than_charge_limit',
		`The total ${details.totals.grand_total} ${currency} is below what can be charged`,
	);
}

function issue(core: Core, transaction: Transaction): void {
	core.touch(transaction);
	transaction.billed_at = transaction.updated_at;
	transaction.invoice_id = core.newId('inv');
	transaction.invoice_number = core.newInvoiceNumber();
}

/** The money comes in: paid, then completed, with the subscription that recurring items make. Throws 400 for any state but ready, billed and past due. */
export function pay(core: Core, transaction: Transaction): void {
	if (!['ready', 'billed', 'past_due'].includes(transaction.status)) {
		throw refuse('transaction_not_payable', `The transaction is ${transaction.status}`);
	}
	checkBalance(transaction);
	const now = core.now();
	const manual = transaction.collection_mode === 'manual';
	transaction.payments.push({
		payment_attempt_id: core.newId('payatt'),
		stored_payment_method_id: core.newId('stopay'),
		payment_method_id: core.newId('paymtd'),
		amount: transaction.details.totals.grand_total,
		status: 'captured',
		error_code: null,
		method_details: { type: manual ? 'wire_transfer' : 'card', underlying_details: null, card: null },
		created_at: now,
		captured_at: now,
	});
	transaction.details.totals.balance = '0';
	core.touch(transaction).status = 'paid';
	emit(core, 'transaction.paid', transaction);
	if (transaction.billed_at === null) issue(core, transaction);
	subscribe(core, transaction);
	core.touch(transaction).status = 'completed';
	emit(core, 'transaction.completed', transaction);
}

/** Throws 400 unless nothing is paid yet. */
export function cancel(core: Core, transaction: Transaction): void {
	if (!['draft', 'ready', 'billed', 'past_due'].includes(transaction.status)) {
		throw refuse('transaction_immutable', `The transaction is ${transaction.status} and cannot be canceled`);
	}
	core.touch(transaction).status = 'canceled';
	emit(core, 'transaction.canceled', transaction);
}
