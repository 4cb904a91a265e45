import { Big } from 'big.js';
import type { z } from 'zod';

import type { Router } from '../kit/http';
import { refuseLocked, updateBill } from './bills';
import { creditLine, debitLine } from './billschemas';
import { audit, badRequest, find, nextVersion, nowIso, type Context } from './context';
import { ok, page, parseBody } from './requests';
import { checkVersion, ORG } from './resource';
import type { Audit, Bill, BillLine, Reason } from './state';

/** Credit and debit line items added to a bill by hand. */

type Memo = z.infer<typeof creditLine> & z.infer<typeof debitLine> & Audit & { billId: string };

interface Kind {
	path: string;
	schema: typeof creditLine | typeof debitLine;
	type: BillLine['lineItemType'];
	/** Credits lower the bill. The sign real bills show is not documented; only the effect on the total is certain. */
	sign: 1 | -1;
	reasonField: 'creditReasonId' | 'debitReasonId';
	memos(context: Context): Map<string, Memo>;
	reasons(context: Context): Map<string, Reason>;
}

const KINDS: Kind[] = [
	{
		path: 'creditlineitems',
		schema: creditLine,
		type: 'CREDIT_MEMO',
		sign: -1,
		reasonField: 'creditReasonId',
		memos: (context) => context.state.creditLines,
		reasons: (context) => context.state.creditReasons,
	},
	{
		path: 'debitlineitems',
		schema: debitLine,
		type: 'DEBIT_MEMO',
		sign: 1,
		reasonField: 'debitReasonId',
		memos: (context) => context.state.debitLines,
		reasons: (context) => context.state.debitReasons,
	},
];

function check(context: Context, kind: Kind, memo: Partial<Memo>): void {
	const { products, bills } = context.state;
	find(products, memo.productId ?? '', 'Product not found');
	find(products, memo.accountingProductId ?? '', 'Accounting product not found');
	const referenced = find(bills, memo.referencedBillId ?? '', 'Referenced bill not found');
	if (!referenced.lineItems.some(({ id }) => id === memo.referencedLineItemId)) throw badRequest('referencedLineItemId: no such line item');
	const reason = memo[kind.reasonField] ?? memo.reasonId;
	if (reason !== undefined && !kind.reasons(context).has(reason)) throw badRequest(`${kind.reasonField}: no such reason`);
}

function toLine(context: Context, kind: Kind, bill: Bill, memo: Memo): BillLine {
	const amount = new Big(memo.amountToApplyOnBill ?? memo.amount).times(kind.sign).toNumber();
	const product = context.state.products.get(memo.productId);
	const accounting = context.state.products.get(memo.accountingProductId);
	return {
		id: memo.id,
		lineItemType: memo.lineItemType ?? kind.type,
		description: memo.description,
		quantity: 1,
		units: 1,
		unit: 'UNIT',
		subtotal: amount,
		currency: bill.currency,
		conversionRate: 1,
		convertedSubtotal: amount,
		averageUnitPrice: amount,
		servicePeriodStartDate: memo.servicePeriodStartDate,
		servicePeriodEndDate: memo.servicePeriodEndDate,
		sequenceNumber: bill.lineItems.length + 1,
		productId: memo.productId,
		productName: product?.name,
		productCode: product?.code,
		accountingProductId: memo.accountingProductId,
		accountingProductName: accounting?.name,
		accountingProductCode: accounting?.code,
		referencedBillId: memo.referencedBillId,
		referencedLineItemId: memo.referencedLineItemId,
		reasonId: memo[kind.reasonField] ?? memo.reasonId,
	};
}

function serveKind(router: Router, context: Context, kind: Kind): void {
	const path = `${ORG}/bills/:billId/${kind.path}`;
	const memoOf = ({ billId, id }: Record<string, string>) => {
		const memo = find(kind.memos(context), id);
		return find(new Map([[memo.billId, memo]]), billId);
	};
	const openBill = (id: string) => {
		const bill = find(context.state.bills, id);
		refuseLocked(context, bill);
		return bill;
	};
	const withLine = (bill: Bill, id: string, line?: BillLine) => {
		const others = bill.lineItems.filter((entry) => entry.id !== id);
		updateBill(context, bill, { lineItems: line ? [...others, line] : others });
	};
	const put = (bill: Bill, memo: Memo) => {
		check(context, kind, memo);
		kind.memos(context).set(memo.id, memo);
		withLine(bill, memo.id, toLine(context, kind, bill, memo));
		return ok({ ...memo, lineItemType: memo.lineItemType ?? kind.type });
	};
	router
		.on('GET', path, ({ params, query }) => {
			find(context.state.bills, params.billId);
			return page([...kind.memos(context).values()].filter(({ billId }) => billId === params.billId), query, 100);
		})
		.on('POST', path, (request) => {
			const bill = openBill(request.params.billId);
			const { version, ...body } = parseBody(kind.schema, request);
			checkVersion(context, version);
			return put(bill, { ...body, ...audit(nowIso(context)), billId: bill.id });
		})
		.on('GET', `${path}/:id`, ({ params }) => ok(memoOf(params)))
		.on('PUT', `${path}/:id`, (request) => {
			const bill = openBill(request.params.billId);
			const previous = memoOf(request.params);
			const { version, ...body } = parseBody(kind.schema, request);
			checkVersion(context, version, previous);
			return put(bill, { ...body, ...nextVersion(context, previous), billId: bill.id });
		})
		.on('DELETE', `${path}/:id`, ({ params }) => {
			const bill = openBill(params.billId);
			const memo = memoOf(params);
			kind.memos(context).delete(memo.id);
			withLine(bill, memo.id);
			return ok(memo);
		});
}

export function serveMemos(router: Router, context: Context): void {
	for (const kind of KINDS) serveKind(router, context, kind);
}
