import type { BillJob } from '../M3ter/billTarget';
import { settled, toFailure } from '../n8n/errors';
import { hasChanges } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import { createdSince, type PaddleApi } from './api';
import { desiredLines, type BillContext } from './lines';
import { addressSchema, businessSchema, transactionSchema, type PaddleTransaction } from './schemas';
import { isEmptied, isOpen, NEW_TRANSACTION, planTransaction, type TransactionPlan, type TransactionState } from './transactionPlan';

/** Another execution may write at the same time: read again and settle the rest, this many times. */
const MAX_ROUNDS = 5;
const LIVE_STATUSES = 'draft,ready,billed,paid,completed,past_due';

/** "Draft transaction": one transaction per bill, kept equal to the bill until it is issued or paid. */
export async function sendTransaction(paddle: PaddleApi, context: BillContext): Promise<SendResult> {
	const api = paddle.counted();
	const done: { action?: SendAction; diff?: TransactionPlan['diff'] } = {};
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const state = await readState(api, context);
		const plan = planTransaction(context, state);
		const idle = outcomeWithoutWriting(context, state, plan);
		if (idle !== undefined) {
			const action = idle.action === 'locked' ? 'locked' : (done.action ?? idle.action);
			return resultOf(context, documentOf(state), plan, action, api, idle.warnings, { written: done.diff });
		}
		const { sent, failure } = await carryOut(api, plan);
		if (sent > 0 || failure?.outcomeUnknown) {
			done.action ??= state.transaction === undefined ? 'created' : 'updated';
			done.diff ??= plan.diff;
		}
		if (failure !== undefined && !mayGoOn(failure, round)) throw toFailure(failure);
	}
	throw new Failure('conflict', 'The Paddle transaction keeps changing while it is written', {
		description: `Bill ${context.job.bill.id}: other executions or people are changing its transaction at the same moment. Send the bill again.`,
	});
}

/** What {@link sendTransaction} would do. */
export async function previewTransaction(paddle: PaddleApi, context: BillContext): Promise<PreviewResult> {
	const api = paddle.counted();
	const state = await readState(api, context);
	const plan = planTransaction(context, state);
	const idle = outcomeWithoutWriting(context, state, plan);
	const action = idle?.action ?? (state.transaction ? 'updated' : 'created');
	const document = idle ? documentOf(state) : state.transaction;
	const result = resultOf(context, document, plan, action, api, idle?.warnings ?? [], idle ? {} : { subtotal: plan.subtotal });
	return { ...result, requests: idle ? [] : plan.requests.map(({ path, body }) => ({ method: path === '/transactions' ? 'POST' : 'PATCH', path, body })) };
}

/** The transaction as it is, compared with the bill. */
export async function transactionStatus(paddle: PaddleApi, { job, products, options }: BillContext): Promise<SendResult> {
	const api = paddle.counted();
	const context: BillContext = { job, products, options: { ...options, whenLocked: 'report', whenRemoved: 'recreate', issue: false } };
	const state = await readState(api, context);
	const plan = planTransaction(context, state);
	const document = documentOf(state);
	const action: SendAction = document === undefined ? 'skipped' : !differs(plan) ? 'unchanged' : isOpen(document) ? 'updated' : 'locked';
	const warnings = document === undefined ? ['There is no transaction for this bill yet.'] : differs(plan) ? ['The transaction differs from the bill.'] : [];
	return resultOf(context, document, plan, action, api, warnings);
}

/** The one to work on, else the newest of those that can no longer be changed. */
const documentOf = ({ transaction, settled: [newest] }: TransactionState): PaddleTransaction | undefined => transaction ?? newest;

const differs = ({ diff, left }: TransactionPlan): boolean => hasChanges(diff) || left > 0;

/** Decides whether there is nothing to write, and what to call that. */
function outcomeWithoutWriting({ job, options }: BillContext, state: TransactionState, plan: TransactionPlan): { action: SendAction; warnings: string[] } | undefined {
	const document = documentOf(state);
	if (Number(document?.custom_data.m3ter_bill_version ?? 0) > (job.bill.version ?? 0)) {
		return { action: 'unchanged', warnings: ['Paddle already has a newer version of this bill.'] };
	}
	if (document !== undefined && !isOpen(document) && differs(plan) && options.whenLocked !== 'adjust') {
		const what = `Transaction ${document.invoice_number ?? document.id} is ${document.status} and can no longer be changed, but bill ${job.bill.id} has changed.`;
		if (options.whenLocked === 'report') return { action: 'locked', warnings: [what] };
		throw new Failure('locked', 'The Paddle transaction is issued and differs from the bill', { description: `${what} Cancel it in Paddle while it is unpaid, or set 'When Locked' to 'Send Difference'.` });
	}
	if (plan.requests.length > 0) return undefined;
	if (plan.left > 0) {
		const amount = fromMinorUnits(plan.left, job.draft.decimals).toFixed(job.draft.decimals);
		return { action: 'locked', warnings: [`${amount} ${job.draft.currency} too much stand on transactions of bill ${job.bill.id} that are issued or paid. Credit or refund it in Paddle with an adjustment.`] };
	}
	return document === undefined ? { action: 'skipped', warnings: ['The bill has nothing to charge.'] } : { action: 'unchanged', warnings: ownersMissing(document) };
}

const ownersMissing = ({ status, address_id: address }: PaddleTransaction): string[] =>
	status === 'draft' && address === undefined ? ["The customer has no address in Paddle, so the transaction stays a draft that cannot be issued. Add one, or set the option 'Address ID'."] : [];

async function readState(api: PaddleApi, context: BillContext): Promise<TransactionState> {
	const { job, options } = context;
	const remembered = job.ledgerDocumentId ? await api.find(`/transactions/${job.ledgerDocumentId}`, transactionSchema) : undefined;
	if (remembered !== undefined && remembered.custom_data.m3ter_bill_id !== job.bill.id) throw notOurs(job, remembered);
	const known = remembered?.status === 'canceled' ? undefined : remembered;
	// An issued one may have been followed by one for a difference.
	const needAll = known === undefined || known.custom_data.m3ter_adjusts !== undefined || !isOpen(known);
	const all = needAll ? await transactionsOfBill(api, job, known) : [known];
	// Oldest first, so that executions at the same moment agree on which one stays.
	const [open, ...surplus] = all.filter(isOpen).reverse();
	const issued = all.filter((transaction) => !isOpen(transaction));
	const isForDifference = open === undefined ? options.whenLocked === 'adjust' : open.custom_data.m3ter_adjusts !== undefined;
	const adjusting = issued.length > 1 || (issued.length === 1 && isForDifference);
	const transaction = open ?? (adjusting ? undefined : issued[0]);
	for (const found of all) checkSameParty(job, found);
	const isRemoved = all.length === 0 && job.ledgerDocumentId !== undefined && !(remembered && isEmptied(remembered));
	if (isRemoved && desiredLines(context).length > 0 && options.whenRemoved === 'fail') throw removed(job);
	const mayCreate = transaction === undefined && (issued.length === 0 || options.whenLocked === 'adjust');
	const owners = mayCreate && desiredLines(context).length > 0 ? await readOwners(api, context) : {};
	return { transaction, surplus, settled: adjusting ? issued : [], owners };
}

/** The bill's transactions that are not canceled, newest first; the one the ledger knows among them, should it be another customer's. */
async function transactionsOfBill(api: PaddleApi, job: BillJob, known: PaddleTransaction | undefined): Promise<PaddleTransaction[]> {
	const query = { customer_id: job.customerId, status: LIVE_STATUSES, 'created_at[GTE]': createdSince(job) };
	const transactions = await api.list('/transactions', transactionSchema, query, 30);
	const found = transactions.filter(({ custom_data: marks }) => marks.m3ter_bill_id === job.bill.id);
	return known !== undefined && known.customer_id !== job.customerId ? [...found, known] : found;
}

/** The customer's newest active address and business, unless they are given. An address is needed to get beyond a draft. */
async function readOwners(api: PaddleApi, { job, options }: BillContext): Promise<TransactionState['owners']> {
	const path = `/customers/${job.customerId}`;
	const [addresses, businesses] = await Promise.all([
		options.addressId ? [] : await api.list(`${path}/addresses`, addressSchema, { status: 'active' }),
		options.businessId ? [] : await api.list(`${path}/businesses`, businessSchema, { status: 'active' }),
	]);
	const address = options.addressId || addresses[0]?.id;
	const business = options.businessId || businesses[0]?.id;
	return { ...(address ? { address_id: address } : {}), ...(address && business ? { business_id: business } : {}) };
}

/** Carries a plan out as far as it goes. Nothing is issued that does not come to the planned amount. */
async function carryOut(api: PaddleApi, { requests, subtotal }: TransactionPlan): Promise<{ sent: number; failure?: Failure }> {
	let id = NEW_TRANSACTION;
	let sent = 0;
	for (const { operation, path, body } of requests) {
		const answer = await settled(async () =>
			operation === 'create' ? await api.post(path, body, transactionSchema) : await api.patch(path.replace(NEW_TRANSACTION, id), body, transactionSchema),
		);
		if (answer instanceof Failure) return { sent, failure: answer };
		if (operation === 'create') id = answer.id;
		sent++;
		if ((operation === 'create' || operation === 'update') && amountOn(answer) !== subtotal) break;
	}
	return { sent };
}

const amountOn = ({ items }: PaddleTransaction) => items.reduce((sum, { price, quantity }) => sum + price.unit_price.amount * quantity, 0);

/** Whether what is there now must be read again: no answer came, or another execution or a person was quicker. */
const mayGoOn = ({ outcomeUnknown, status, code }: Failure, round: number): boolean =>
	(outcomeUnknown && round === 1) || (round < MAX_ROUNDS && (status === 409 || code === 'transaction_immutable'));

function checkSameParty(job: BillJob, transaction: PaddleTransaction): void {
	const sameCustomer = transaction.customer_id === job.customerId;
	if (sameCustomer && transaction.currency_code === job.draft.currency.toUpperCase()) return;
	throw new Failure('conflict', `The Paddle transaction of this bill has another ${sameCustomer ? 'currency' : 'customer'}`, {
		description: `Bill ${job.bill.id} is for ${job.customerId} in ${job.draft.currency}; transaction ${transaction.id} is for ${transaction.customer_id} in ${transaction.currency_code}. Cancel it in Paddle, set 'When Canceled' to 'Create Again', and send the bill again.`,
	});
}

const notOurs = (job: BillJob, { id }: PaddleTransaction) =>
	new Failure('conflict', 'The ledger points to a transaction of another bill', {
		description: `m3ter's external mapping of bill ${job.bill.id} names transaction ${id}, which was not made for it. Correct or delete the mapping.`,
	});

const removed = (job: BillJob) =>
	new Failure('not-found', 'The Paddle transaction of this bill was canceled', {
		description: `Transaction ${job.ledgerDocumentId} of bill ${job.bill.id} is gone. To bill it again, set the option 'When Canceled' to 'Create Again'.`,
	});

function resultOf(
	{ job }: BillContext,
	transaction: PaddleTransaction | undefined,
	{ diff, settled: onSettled, current }: TransactionPlan,
	action: SendAction,
	api: PaddleApi,
	warnings: string[],
	{ written = diff, subtotal = current }: { written?: TransactionPlan['diff']; subtotal?: number } = {},
): SendResult {
	return sendResult({
		system: 'Paddle',
		action,
		draft: job.draft,
		document: transaction
			? { type: 'transaction', id: transaction.id, number: transaction.invoice_number, status: transaction.status, url: api.dashboardUrl(`transactions-v2/${transaction.id}`) }
			: null,
		documentTotal: fromMinorUnits(subtotal + onSettled, job.draft.decimals),
		diff: written,
		calls: api.calls,
		warnings,
	});
}
