/** Invoices, sales orders, estimates and credit memos: lines, periods, approval and locks (sheet §4.2–§4.4). */
import Big from 'big.js';

import type { SandboxRequest } from '../kit/http';
import { invalidContent, invalidReference, userError } from './errors';
import { readCustomFields, resolve } from './input';
import { LINE_FIELDS, PLAIN_FIELDS, TRANSACTION_FIELDS, type LineInput, type TransactionInput } from './schemas';
import type { Core, Customer, Line, Period, Transaction, TransactionType, Values } from './state';

const PREFIXES: Record<TransactionType, string> = { invoice: 'INV', salesOrder: 'SO', estimate: 'EST', creditMemo: 'CM' };
const CUSTOM_PRICE = '-1';
const POSTING: TransactionType[] = ['invoice', 'creditMemo'];

const sum = (values: number[]): number => values.reduce((total, value) => total.plus(value), new Big(0)).toNumber();
const product = (quantity: number, rate: number): number => new Big(quantity).times(rate).round(2, Big.roundHalfUp).toNumber();

const SEGMENTS = { department: 'department', class: 'classification', location: 'location' } as const;

/** References and plain fields of a line or a header. */
function segments(core: Core, input: LineInput | TransactionInput, path: string): Values {
	const entries = Object.entries(SEGMENTS).map(([field, list]) => [field, resolve(core, list, input[field as keyof typeof SEGMENTS], path + field)]);
	return Object.fromEntries(entries.filter(([, id]) => id !== undefined)) as Values;
}

/** Price levels win over the rate unless the line says "custom". The amount is stored as given. */
function buildLine(core: Core, request: SandboxRequest, input: LineInput, before: Line | undefined, key: number, path: string): Line {
	const { state } = core;
	const itemId = resolve(core, 'item', input.item, `${path}item`) ?? before?.itemId;
	if (itemId === undefined) throw userError('Please enter value(s) for: Item', `${path}item`);
	const values: Values = {
		...before?.values,
		...segments(core, input, path),
		...readCustomFields(core, request, input, LINE_FIELDS, path),
	};
	const taxCode = resolve(core, 'salestaxitem', input.taxCode, `${path}taxCode`);
	if (taxCode !== undefined) values.taxCode = taxCode;
	for (const field of state.mandatoryLineFields) {
		if (values[field] === undefined) throw userError(`Please enter value(s) for: ${field[0].toUpperCase()}${field.slice(1)}`, path + field);
	}
	const quantity = input.quantity ?? before?.quantity ?? 1;
	const listPrice = state.lists.item.get(itemId)?.basePrice as number | undefined;
	const custom = input.price?.id === CUSTOM_PRICE || listPrice === undefined;
	const rate = custom ? (input.rate ?? (input.amount === undefined ? before?.rate : undefined)) : listPrice;
	const changed = input.rate !== undefined || input.quantity !== undefined;
	const amount = input.amount ?? (rate !== undefined && (changed || !before) ? product(quantity, rate) : before?.amount);
	if (amount === undefined) throw userError('Please enter value(s) for: Amount', `${path}amount`);
	return { line: key, itemId, quantity, rate, amount, description: input.description ?? before?.description, values };
}

/** With `replace=item` the list is rewritten; without it lines whose key matches are changed and ALL OTHERS ARE APPENDED. */
function buildLines(core: Core, request: SandboxRequest, inputs: LineInput[], before: Line[], replace: boolean): Line[] {
	let next = Math.max(0, ...before.map(({ line }) => line)) + 1;
	const written = inputs.map((input, index) => {
		const old = before.find(({ line }) => line === input.line);
		return buildLine(core, request, input, old, old?.line ?? next++, `item.items[${index}].`);
	});
	if (replace) return written;
	const changed = new Set(written.map(({ line }) => line));
	return [...before.filter(({ line }) => !changed.has(line)), ...written];
}

export function periodOf(core: Core, id: string | undefined, day: string): Period {
	const { periods } = core.state;
	const period = periods.find((entry) => (id === undefined ? entry.start <= day && day <= entry.end : entry.id === id));
	if (!period) throw invalidReference(`There is no accounting period for ${id ?? day}`, 'postingPeriod');
	return period;
}

export function checkPeriod(core: Core, transaction: { type: TransactionType; postingPeriodId: string }): void {
	if (!POSTING.includes(transaction.type)) return;
	const { name, closed, arLocked } = periodOf(core, transaction.postingPeriodId, '');
	if (closed) throw userError(`You cannot create or change a transaction in the closed period ${name}.`, 'postingPeriod');
	if (arLocked) throw userError(`Accounts receivable transactions are locked in the period ${name}.`, 'postingPeriod');
}

/** Throws when the document may not be rewritten any more. */
export function checkUnlocked(core: Core, transaction: Transaction): void {
	checkPeriod(core, transaction);
	if (transaction.amountPaid > 0) throw userError('This transaction cannot be changed because payments have been applied to it.');
	if (transaction.status === 'V') throw userError('This transaction has been voided.');
	if (transaction.status === 'G') throw userError('This sales order has been billed.');
}

function customerOf(core: Core, input: TransactionInput, before: Transaction | undefined): Customer {
	const { entity } = input;
	const all = [...core.state.customers.values()];
	const wanted = entity ?? (before && { id: before.customerId });
	if (!wanted) throw userError('Please enter value(s) for: Customer', 'entity');
	const found = all.find(({ id, externalId, values }) =>
		wanted.id !== undefined ? id === wanted.id : wanted.externalId !== undefined ? externalId === wanted.externalId : values.companyName === wanted.refName,
	);
	if (!found || found.values.isInactive) throw invalidReference(`Invalid Field Value ${wanted.id ?? wanted.externalId ?? ''} for the following field: entity`, 'entity');
	return found;
}

/** Letter of the status as SuiteQL shows it. */
export function statusOf(transaction: Transaction): string {
	const { type, approvalStatus, total, amountPaid, status } = transaction;
	if (status === 'V' || status === 'G' || status === 'H') return status;
	if (type === 'salesOrder') return approvalStatus === '2' ? 'B' : 'A';
	if (type === 'estimate') return status === 'B' ? 'B' : 'A';
	if (approvalStatus === '1') return 'D';
	if (approvalStatus === '3') return 'E';
	return total > 0 && amountPaid >= total ? 'B' : 'A';
}

/** Routing decides whether the field exists; without it a document counts at once. */
function approval(core: Core, type: TransactionType, input: TransactionInput, before: Transaction | undefined): Transaction['approvalStatus'] {
	if (type === 'salesOrder') {
		if (!input.orderStatus) return before?.approvalStatus ?? '1';
		return input.orderStatus.id === 'A' ? '1' : '2';
	}
	if (type !== 'invoice' || !core.state.approvalRouting) return undefined;
	const wanted = input.approvalStatus?.id ?? before?.approvalStatus ?? '1';
	if (wanted === '2' && before?.approvalStatus !== '2' && core.state.approvalBlocked) throw userError('You do not have permission to approve this transaction.', 'approvalStatus');
	if (before?.approvalStatus === '2' && wanted !== '2') throw userError('An approved transaction cannot go back to another approval status.', 'approvalStatus');
	return wanted;
}

/** Creates a transaction or changes the one given; the caller stores it. Throws what NetSuite answers. */
export function buildTransaction(
	core: Core,
	request: SandboxRequest,
	type: TransactionType,
	input: TransactionInput,
	before?: Transaction,
): Transaction {
	const { state } = core;
	if (before) checkUnlocked(core, before);
	const custom = readCustomFields(core, request, input, TRANSACTION_FIELDS);
	const customer = customerOf(core, input, before);
	const tranDate = input.tranDate ?? before?.tranDate ?? core.today();
	const moved = input.tranDate !== undefined && input.tranDate !== before?.tranDate;
	const periodId = input.postingPeriod?.id ?? (moved ? undefined : before?.postingPeriodId);
	const subsidiaryId = String(customer.values.subsidiary);
	const wanted = resolve(core, 'subsidiary', input.subsidiary, 'subsidiary');
	if (wanted !== undefined && wanted !== subsidiaryId) throw userError('The subsidiary has to be one of the customer.', 'subsidiary');
	const plain = Object.fromEntries(Object.entries(input).filter(([key, value]) => PLAIN_FIELDS.includes(key) && value !== undefined)) as Values;
	const terms = resolve(core, 'term', input.terms, 'terms');
	const replace = (request.query.get('replace') ?? '').split(',').includes('item');
	const lines = input.item ? buildLines(core, request, input.item.items, before?.lines ?? [], replace) : (before?.lines ?? []);
	if (lines.length === 0) throw userError('You must enter at least one line item for this transaction.', 'item');
	const transaction: Transaction = {
		id: before?.id ?? String(state.nextId++),
		externalId: input.externalId ?? before?.externalId,
		type,
		tranId: input.tranId ?? before?.tranId ?? `${PREFIXES[type]}${state.nextNumber++}`,
		customerId: customer.id,
		subsidiaryId,
		currencyId: resolve(core, 'currency', input.currency, 'currency') ?? before?.currencyId ?? String(customer.values.currency),
		tranDate,
		postingPeriodId: periodOf(core, periodId, tranDate).id,
		approvalStatus: approval(core, type, input, before),
		status: before?.status ?? 'A',
		lines,
		total: sum(lines.map(({ amount }) => amount)),
		amountPaid: before?.amountPaid ?? 0,
		createdFrom: before?.createdFrom,
		values: { ...before?.values, ...plain, ...segments(core, input, ''), ...(terms && { terms }), ...custom },
		created: before?.created ?? core.now(),
		modified: core.now(),
	};
	if (transaction.total < 0) throw userError('The total of this transaction must not be negative.');
	checkPeriod(core, transaction);
	transaction.status = statusOf(transaction);
	return transaction;
}

/** External ids are unique over all types of transactions. Throws when another record has it. */
export function checkExternalId(core: Core, transaction: { id?: string; externalId?: string }): void {
	if (transaction.externalId === undefined) return;
	const other = [...core.state.transactions.values()].find(({ id, externalId }) => externalId === transaction.externalId && id !== transaction.id);
	if (other) throw invalidContent(`This record already exists: external id ${transaction.externalId} belongs to ${other.type} ${other.id}.`, 'externalId');
}
