import { z } from 'zod';

import { settled, toFailure } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import type { M3terApi } from '../api';
import { productIdOf } from '../lookups';
import { collection, dateTimeOf, given, limitOf, located, requiredText, simplified, type Handlers, type Operation } from '../operation';

/** Credit and debit line items: what a person adds to a bill by hand. */

interface Kind {
	path: 'creditlineitems' | 'debitlineitems';
	reasonField: 'creditReasonId' | 'debitReasonId';
}

const memoSchema = z
	.object({
		id: z.string(),
		version: z.number(),
		amount: z.number().nullish(),
		description: z.string().nullish(),
		referencedLineItemId: z.string().nullish(),
		servicePeriodStartDate: z.string().nullish(),
		servicePeriodEndDate: z.string().nullish(),
	})
	.passthrough();

type Memo = z.output<typeof memoSchema>;

const FIELDS = ['action', 'id', 'billId', 'amount', 'description', 'productId', 'referencedLineItemId', 'servicePeriodStartDate', 'servicePeriodEndDate', 'version'];

/** The line of a bill that a credit or debit is about: it has what the new line needs. */
const lineSchema = z.object({
	productId: z.string().nullish(),
	accountingProductId: z.string().nullish(),
	servicePeriodStartDate: z.string().nullish(),
	servicePeriodEndDate: z.string().nullish(),
});

type Line = z.output<typeof lineSchema>;

const billIdOf = (operation: Operation) => requiredText(operation, 'billId', 'Bill ID');
const lineIdOf = (operation: Operation) => requiredText(operation, 'lineItemId', 'Line Item ID');
const linePath = (billId: string, path: string, id: string) => `/bills/${encodeURIComponent(billId)}/${path}/${encodeURIComponent(id)}`;

const shown = (operation: Operation, billId: string, memo: object) => simplified(operation, { billId, ...memo }, FIELDS);

function memoHandlers(kind: Kind): Handlers {
	const listPath = (billId: string) => `/bills/${encodeURIComponent(billId)}/${kind.path}`;
	const pathOf = (operation: Operation) => linePath(billIdOf(operation), kind.path, lineIdOf(operation));
	return {
		create: async (operation) => {
			const billId = billIdOf(operation);
			const allowDuplicate = collection(operation, 'options').allowDuplicate === true;
			return shown(operation, billId, await createMemo(operation.api, listPath(billId), await newMemo(operation, kind, billId), allowDuplicate));
		},

		delete: async (operation) => {
			await operation.api.delete(pathOf(operation));
			return { deleted: true, id: lineIdOf(operation), billId: billIdOf(operation) };
		},

		get: async (operation) => shown(operation, billIdOf(operation), memoSchema.parse(await operation.api.get(pathOf(operation)))),

		getAll: async (operation) => {
			const billId = billIdOf(operation);
			const rows = await operation.api.list(listPath(billId), memoSchema, { limit: limitOf(operation) });
			return rows.map((row) => shown(operation, billId, row));
		},

		update: async (operation) => {
			const billId = billIdOf(operation);
			const fields = await fieldsOf(operation, kind, 'updateFields');
			// m3ter requires the accounting product and does not give it back here; the bill's own line has it.
			const line = fields.accountingProductId === undefined ? await findLine(operation.api, billId, lineIdOf(operation)) : undefined;
			const updated = await operation.api.update(pathOf(operation), (current) => ({
				accountingProductId: line?.accountingProductId ?? current.productId,
				...fields,
				billId: undefined,
			}));
			return shown(operation, billId, memoSchema.parse(updated));
		},
	};
}

export const creditLineItem = memoHandlers({ path: 'creditlineitems', reasonField: 'creditReasonId' });
export const debitLineItem = memoHandlers({ path: 'debitlineitems', reasonField: 'debitReasonId' });

/** What was not entered is taken from the referenced line. @throws Failure `invalid-input` when neither says it */
async function newMemo(operation: Operation, kind: Kind, billId: string): Promise<Record<string, unknown>> {
	const { api } = operation;
	const referencedLineItemId = requiredText(operation, 'referencedLineItemId', 'Referenced Line Item ID');
	const { referencedBillId = billId, ...fields } = await fieldsOf(operation, kind, 'additionalFields');
	const line = await findLine(api, String(referencedBillId), referencedLineItemId);
	if (line === undefined) {
		throw new Failure('not-found', 'The bill has no such line', { description: `Bill ${String(referencedBillId)} has no line item ${referencedLineItemId}. Take it from Bill > Get Line Items, and set 'Referenced Bill ID' when it belongs to another bill.` });
	}
	const productId = fields.productId ?? line.productId;
	const body = {
		productId,
		accountingProductId: fields.accountingProductId ?? line.accountingProductId ?? productId,
		servicePeriodStartDate: line.servicePeriodStartDate,
		servicePeriodEndDate: line.servicePeriodEndDate,
		description: requiredText(operation, 'description', 'Description'),
		amount: amountOf(operation.context.getNodeParameter('amount', operation.index)),
		...fields,
		referencedBillId,
		referencedLineItemId,
	};
	const missing = Object.entries({ Product: body.productId, 'Service Period Start': body.servicePeriodStartDate, 'Service Period End': body.servicePeriodEndDate }).filter(([, value]) => !value);
	if (missing.length === 0) return body;
	throw new Failure('invalid-input', 'The referenced line does not say everything', { description: `Line item ${referencedLineItemId} has no ${missing.map(([label]) => label).join(', ')}: add it under 'Additional Fields'.` });
}

async function fieldsOf(operation: Operation, { reasonField }: Kind, name: string): Promise<Record<string, unknown>> {
	const { product, accountingProduct, reason, servicePeriodStart, servicePeriodEnd, amount, ...plain } = collection(operation, name);
	const [productAt, accountingAt] = [located(product), located(accountingProduct)];
	return given({
		...plain,
		...(amount === undefined ? {} : { amount: amountOf(amount) }),
		productId: productAt && (await productIdOf(operation.api, productAt)),
		accountingProductId: accountingAt && (await productIdOf(operation.api, accountingAt)),
		[reasonField]: reason,
		servicePeriodStartDate: servicePeriodStart && dateTimeOf(operation, servicePeriodStart, 'Service Period Start'),
		servicePeriodEndDate: servicePeriodEnd && dateTimeOf(operation, servicePeriodEnd, 'Service Period End'),
	});
}

/** Amounts are not negative: a credit lowers the bill by its amount, a debit raises it. */
function amountOf(value: unknown): number {
	const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof amount === 'number' && Number.isFinite(amount) && amount >= 0) return amount;
	throw new Failure('invalid-input', "'Amount' is not an amount", { description: `'${String(value)}': use a number of zero or more. A credit lowers the bill by it, a debit raises the bill.` });
}

async function findLine(api: M3terApi, billId: string, lineId: string): Promise<Line | undefined> {
	const line = await api.find(linePath(billId, 'lineitems', lineId));
	return line === undefined ? undefined : lineSchema.parse(line);
}

/**
 * Adds a line, unless the bill has the same one already: m3ter recognises no repetition, a run is tried again because of another
 * item or a killed worker, and a credit given twice is money lost. When no answer came, the line is looked for among those that
 * were not there before.
 */
async function createMemo(api: M3terApi, path: string, body: Record<string, unknown>, allowDuplicate: boolean): Promise<Memo & { action: 'created' | 'unchanged' }> {
	const before = await api.list(path, memoSchema);
	const same = allowDuplicate ? undefined : before.find((row) => saysTheSame(row, body));
	if (same !== undefined) return { action: 'unchanged', ...same };
	const outcome = await settled(async () => memoSchema.parse(await api.post(path, body)));
	if (!(outcome instanceof Failure)) return { action: 'created', ...outcome };
	const known = new Set(before.map(({ id }) => id));
	const rows = outcome.outcomeUnknown ? await api.list(path, memoSchema) : [];
	const made = rows.find((row) => !known.has(row.id) && saysTheSame(row, body));
	if (made !== undefined) return { action: 'created', ...made };
	throw toFailure(outcome);
}

/** Whether a line of the bill is the one that is asked for: about the same line and period, of the same amount, in the same words. */
const saysTheSame = (row: Memo, body: Record<string, unknown>): boolean =>
	row.referencedLineItemId === body.referencedLineItemId &&
	row.amount === body.amount &&
	row.description === body.description &&
	sameTime(row.servicePeriodStartDate, body.servicePeriodStartDate) &&
	sameTime(row.servicePeriodEndDate, body.servicePeriodEndDate);

const sameTime = (a: unknown, b: unknown): boolean => a === b || Date.parse(String(a)) === Date.parse(String(b));
