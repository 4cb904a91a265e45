import type { Invoice, PromotionalCredit, UnbilledCharge } from 'chargebee';

import { chunk } from '../shared/batching';
import { Failure } from '../shared/failure';
import { fingerprint, idempotencyKey } from '../shared/idempotency';
import { columns, type FormBody } from '../shared/form';
import type { BillJob } from '../M3ter/billTarget';
import type { Home } from './home';
import { epoch, markedText, type BillMarks, type ChargebeeDesiredLine, type ChargebeeExistingLine } from './lines';
import type { ChargebeeBillOptions } from './options';
import type { Catalog } from './schemas';
import { creditReference } from './state';

/** Chargebee publishes no limit of rows per call; 100 keeps requests small. */
const ROWS_PER_CALL = 100;
const MAX_TERM_DAYS = 365;

export interface ChargebeeRequest {
	operation: 'add' | 'create' | 'removeLines' | 'removeCharge' | 'credit' | 'close' | 'invoiceNow';
	path: string;
	body: FormBody;
	/** The bill lines in it: for messages. */
	lines: ChargebeeDesiredLine[];
	/** Existing lines it takes away. */
	removes: ChargebeeExistingLine[];
	key: string;
}

/** What every request of a bill needs to know. */
export interface RequestContext {
	job: BillJob;
	options: ChargebeeBillOptions;
	marks: BillMarks;
	catalog: Catalog;
	/** Counts the attempts to bring Chargebee into the wanted state: a write that was undone since gets a new idempotency key. */
	round: number;
	/** Epoch seconds. */
	now: number;
}

type Parts = Pick<ChargebeeRequest, 'operation' | 'path' | 'body'> & Partial<Pick<ChargebeeRequest, 'lines' | 'removes'>>;

/**
 * A request with its key, at most 100 characters. The key tells apart bill version and round, not the state of the
 * invoice: an execution at the same time plans the same call and is answered from Chargebee's memory.
 */
function request({ job, round }: RequestContext, { lines = [], removes = [], ...parts }: Parts): ChargebeeRequest {
	const state = `${job.bill.version ?? 0}.${round}`;
	return { ...parts, lines, removes, key: idempotencyKey(job.bill.id, state, parts.operation, { path: parts.path, body: parts.body }) };
}

const taxFields = ({ target }: ChargebeeDesiredLine) => ({
	avalara_tax_code: target.avalaraTaxCode,
	hsn_code: target.hsnCode,
	taxjar_product_code: target.taxjarProductCode,
});

const dates = ({ dateFrom, dateTo }: ChargebeeDesiredLine) => ({ date_from: dateFrom, date_to: dateTo });

/** One line on a pending invoice: Chargebee takes them one by one. */
export function addToInvoice(context: RequestContext, invoiceId: string, subscriptionId: string | undefined, line: ChargebeeDesiredLine): ChargebeeRequest {
	const { item } = line.target;
	const path = `/invoices/${invoiceId}`;
	const common = { operation: 'add' as const, lines: [line] };
	if (item === undefined) {
		const body = {
			amount: line.amount,
			description: markedText(context.marks.bill, line),
			line_item: dates(line),
			subscription_id: subscriptionId,
			...taxFields(line),
		} satisfies Invoice.AddChargeInputParam;
		return request(context, { ...common, path: `${path}/add_charge`, body });
	}
	if (context.catalog === '1.0') {
		const body = { addon_id: item, addon_unit_price: line.amount, line_item: dates(line), subscription_id: subscriptionId } satisfies Invoice.AddAddonChargeInputParam;
		return request(context, { ...common, path: `${path}/add_addon_charge`, body });
	}
	const body = { item_price: { item_price_id: item, unit_price: line.amount, ...dates(line) }, subscription_id: subscriptionId } satisfies Invoice.AddChargeItemInputParam;
	return request(context, { ...common, path: `${path}/add_charge_item`, body });
}

/** Rows of a call that takes many lines. Only here a charge may name its tax profile. */
function rows({ catalog, marks }: RequestContext, lines: readonly ChargebeeDesiredLine[], withText: boolean): FormBody {
	const items = lines.flatMap((line) => (line.target.item === undefined ? [] : [itemRow(catalog, line.target.item, line, withText ? markedText(marks.bill, line) : undefined)]));
	const charges = lines.filter(({ target }) => target.item === undefined).map((line) => chargeRow(marks.bill, line));
	return {
		...(items.length > 0 ? { [catalog === '1.0' ? 'addons' : 'item_prices']: columns(items) } : {}),
		...(charges.length > 0 ? { charges: columns(charges) } : {}),
	};
}

function itemRow(catalog: Catalog, item: string, line: ChargebeeDesiredLine, description: string | undefined): FormBody {
	if (catalog === '1.0') return { id: item, unit_price: line.amount, ...dates(line) };
	return { item_price_id: item, unit_price: line.amount, ...dates(line), description } satisfies Invoice.ItemPricesCreateForChargeItemsAndChargesInputParam;
}

const chargeRow = (bill: string, line: ChargebeeDesiredLine): FormBody =>
	({
		amount: line.amount,
		description: markedText(bill, line),
		taxable: line.target.taxable,
		tax_profile_id: line.target.taxProfile,
		...taxFields(line),
		...dates(line),
	}) satisfies UnbilledCharge.ChargesCreateInputParam;

/** Lines as charges that wait for the subscription's next invoice, many per call. */
export function addUnbilled(context: RequestContext, subscriptionId: string, lines: readonly ChargebeeDesiredLine[]): ChargebeeRequest[] {
	return chunk(lines, ROWS_PER_CALL).map((part) => {
		const common = { subscription_id: subscriptionId, currency_code: context.job.draft.currency.toUpperCase() } satisfies UnbilledCharge.CreateInputParam;
		const path = context.catalog === '1.0' ? '/unbilled_charges/create' : '/unbilled_charges';
		return request(context, { operation: 'add', path, body: { ...common, ...rows(context, part, false) }, lines: part });
	});
}

/**
 * A new invoice with all lines in one call, pending unless it is to be final. Its key does not depend on the lines: two
 * executions that make it at the same moment, even from different versions of the bill, make one.
 * @throws Failure `invalid-input` for a pending one in product catalog 1.0.
 */
export function createInvoice(context: RequestContext, { subscriptionId }: Extract<Home, { kind: 'new' }>, lines: readonly ChargebeeDesiredLine[], discount: number): ChargebeeRequest {
	const { job, options, catalog, round } = context;
	if (catalog === '1.0' && !options.close) throw notPending(job);
	const body = {
		...(subscriptionId === undefined ? { customer_id: job.customerId } : { subscription_id: subscriptionId }),
		currency_code: job.draft.currency.toUpperCase(),
		po_number: job.draft.purchaseOrder?.slice(0, 100),
		invoice_note: options.invoiceNote.slice(0, 2000) || undefined,
		auto_collection: options.collect ? 'on' : 'off',
		...(options.close ? { invoice_date: invoiceDate(context) } : { create_pending_invoice: true }),
		...(catalog === '2.0' ? { net_term_days: termDays(job) } : {}),
	} satisfies Invoice.CreateForChargeItemsAndChargesInputParam;
	const discounts = discount > 0 ? { discounts: columns([{ apply_on: 'invoice_amount', amount: discount }]) } : {};
	const path = catalog === '1.0' ? '/invoices' : '/invoices/create_for_charge_items_and_charges';
	return {
		...request(context, { operation: 'create', path, body: { ...body, ...rows(context, lines, true), ...discounts }, lines: [...lines] }),
		key: `m3ter:${job.bill.id}:create:${round}`,
	};
}

const notPending = ({ bill, account }: BillJob) =>
	new Failure('invalid-input', 'Product catalog 1.0 has no pending new invoices', {
		description: `Bill ${bill.id} of account ${account.code}: set the option 'Close Invoice' to make a final invoice, or choose the target 'Unbilled Charges'.`,
	});

/** Chargebee takes no date in the future: then the invoice gets today's. */
function invoiceDate({ job: { draft }, options, now }: RequestContext): number | undefined {
	if (draft.issueDate === undefined) return undefined;
	const date = epoch(draft.issueDate, options.timeZone);
	return date > now ? undefined : date;
}

function termDays({ draft: { issueDate, dueDate } }: BillJob): number | undefined {
	if (issueDate === undefined || dueDate === undefined) return undefined;
	const days = Math.round((Date.parse(dueDate) - Date.parse(issueDate)) / 86_400_000);
	return Math.min(MAX_TERM_DAYS, Math.max(0, days));
}

/** Takes lines away, wherever they are: those of one invoice in one call, waiting charges one by one. */
export function removals(context: RequestContext, lines: readonly ChargebeeExistingLine[]): ChargebeeRequest[] {
	const invoices = [...new Set(lines.flatMap(({ invoiceId }) => invoiceId ?? []))];
	const onInvoices = invoices.flatMap((id) => chunk(lines.filter(({ invoiceId }) => invoiceId === id), ROWS_PER_CALL));
	return [
		...onInvoices.map((part) => {
			const body = { line_items: columns(part.map(({ id }) => ({ id }))) };
			return request(context, { operation: 'removeLines', path: `/invoices/${part[0].invoiceId}/delete_line_items`, body, removes: part });
		}),
		...lines
			.filter(({ invoiceId }) => invoiceId === undefined)
			.map((line) => request(context, { operation: 'removeCharge', path: `/unbilled_charges/${line.id}/delete`, body: {}, removes: [line] })),
	];
}

/** Gives or takes back promotional credit, so that it comes to what the bill says. */
export function changeCredit(context: RequestContext, before: number, after: number): ChargebeeRequest {
	const { job } = context;
	const body = {
		customer_id: job.customerId,
		amount: Math.abs(after - before),
		currency_code: job.draft.currency.toUpperCase(),
		description: `Credits of bill ${job.draft.reference}`.slice(0, 250),
		reference: creditReference(job.bill.id),
	} satisfies PromotionalCredit.AddInputParam & PromotionalCredit.DeductInputParam;
	const made = request(context, { operation: 'credit', path: `/promotional_credits/${after > before ? 'add' : 'deduct'}`, body });
	return { ...made, key: `${made.key}:${fingerprint(before).slice(0, 8)}` };
}

/** Ends the pending state. This is where Chargebee uses credits and collects money. */
export function closeInvoice(context: RequestContext, id: string): ChargebeeRequest {
	const body = { invoice_note: context.options.invoiceNote.slice(0, 2000) || undefined } satisfies Invoice.CloseInputParam;
	return request(context, { operation: 'close', path: `/invoices/${id}/close`, body });
}

/** Invoices all that waits on the subscription, now. */
export const invoiceNow = (context: RequestContext, subscriptionId: string): ChargebeeRequest =>
	request(context, { operation: 'invoiceNow', path: '/unbilled_charges/invoice_unbilled_charges', body: { subscription_id: subscriptionId } satisfies UnbilledCharge.InvoiceUnbilledChargesInputParam });

/** The bill line a refused parameter speaks of, e.g. `charges[amount][3]`. Items and charges are numbered apart. */
export function lineOfParam({ lines }: ChargebeeRequest, param: string | undefined): ChargebeeDesiredLine | undefined {
	if (lines.length === 1) return lines[0];
	const [, name, index] = /^(charges|item_prices|addons)\[.*\]\[(\d+)\]$/.exec(param ?? '') ?? [];
	return lines.filter(({ target }) => (target.item === undefined) === (name === 'charges'))[Number(index)];
}
