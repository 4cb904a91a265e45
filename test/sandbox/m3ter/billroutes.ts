import { HttpError, type Router, type SandboxRequest, type SandboxResponse } from '../kit/http';
import { deleteBill, isLocked, lockBill, setStatus } from './bills';
import { approveBills, billConfig, billStatus } from './billschemas';
import { badRequest, find, nextVersion, notFound, type Context } from './context';
import { emit } from './events';
import { boolParam, listParam, ok, omit, page, parseBody, search } from './requests';
import { checkVersion, ORG } from './resource';
import { FREQUENCIES } from './schemas';
import type { Bill, BillLine } from './state';

/** Reading, approving and locking bills. */

const SEARCHABLE: Record<string, keyof Bill & string> = {
	accountId: 'accountId', locked: 'locked', billDate: 'billDate', startDate: 'startDate', endDate: 'endDate', dueDate: 'dueDate',
	billingFrequency: 'billingFrequency', id: 'id', ids: 'id', createdBy: 'createdBy', lastModifiedBy: 'lastModifiedBy', dtCreated: 'dtCreated',
};

/** A line as `/bills/{id}/lineitems` shows it: other name for the bands, audit fields, and no child account. */
function showLine(bill: Bill, line: BillLine) {
	const { usagePerPricingBand, ...rest } = omit(line, 'childAccountId', 'childAccountCode');
	const { dtCreated, dtLastModified, createdBy, lastModifiedBy } = bill;
	return { ...rest, billId: bill.id, bandUsage: usagePerPricingBand ?? [], version: 1, dtCreated, dtLastModified, createdBy, lastModifiedBy, jsonUsageGenerated: false };
}

/** As one bill is shown on its own: with lines and total. */
export const showBill = (context: Context, bill: Bill): Bill => ({ ...bill, locked: isLocked(context, bill) });

/** In lists the lines can be left out and the total has to be asked for. */
function showInList(context: Context, query: URLSearchParams): (bill: Bill) => Partial<Bill> {
	const [withoutLines, withTotal] = [boolParam(query, 'excludeLineItems'), boolParam(query, 'includeBillTotal')];
	return (bill) => ({
		...showBill(context, bill),
		...(withoutLines && { lineItems: undefined }),
		...(!withTotal && { billTotal: undefined }),
	});
}

/** The answer, unless its bills have too many lines between them. */
function sendable(context: Context, answer: SandboxResponse): SandboxResponse {
	const body = answer.body as Partial<Bill> & { data?: Array<Partial<Bill>> };
	const lines = (body.data ?? [body]).reduce((count, bill) => count + (bill.lineItems?.length ?? 0), 0);
	if (lines > context.settings.billLinesPerAnswer) throw new HttpError(413, { message: 'Response too large' });
	return answer;
}

function select(context: Context, { query }: SandboxRequest): Bill[] {
	const day = (name: string) => {
		const text = query.get(name);
		if (text && !/^\d{4}-\d\d-\d\d$/.test(text)) throw badRequest(`${name} must be a date`);
		return text ?? undefined;
	};
	const [on, from, to] = [day('billDate'), day('billDateStart'), day('billDateEnd')];
	const [invoiceFrom, invoiceTo] = [day('externalInvoiceDateStart'), day('externalInvoiceDateEnd')];
	const status = query.get('status');
	if (status && status !== 'PENDING' && status !== 'APPROVED') throw badRequest('status must be PENDING or APPROVED');
	const frequency = query.get('billingFrequency');
	if (frequency && !FREQUENCIES.some((name) => name === frequency)) throw badRequest('Unknown billingFrequency');
	const locked = boolParam(query, 'locked');
	const ids = listParam(query, 'ids');
	const [accountId, billJobId] = [query.get('accountId'), query.get('billJobId')];
	return [...context.state.bills.values()].filter(
		(bill) =>
			(ids.length === 0 || ids.includes(bill.id)) &&
			(!accountId || bill.accountId === accountId) &&
			(!billJobId || bill.billJobId === billJobId) &&
			(!status || bill.status === status) &&
			(!frequency || bill.billingFrequency === frequency) &&
			(locked === undefined || isLocked(context, bill) === locked) &&
			(!on || bill.billDate === on) &&
			(!from || bill.billDate >= from) &&
			(!to || bill.billDate < to) &&
			(!invoiceFrom || bill.externalInvoiceDate >= invoiceFrom) &&
			(!invoiceTo || bill.externalInvoiceDate < invoiceTo),
	);
}

function approveAll(context: Context, bills: Bill[]) {
	const open = bills.filter((bill) => !isLocked(context, bill));
	for (const { id } of open) setStatus(context, id, 'APPROVED');
	return ok({ message: `${open.length} bills approved` });
}

function serveLines(router: Router, context: Context): void {
	router
		.on('GET', `${ORG}/bills/:billId/lineitems`, ({ params, query }) => {
			const bill = find(context.state.bills, params.billId);
			return page([...bill.lineItems].reverse(), query, 100, (line) => showLine(bill, line));
		})
		.on('GET', `${ORG}/bills/:billId/lineitems/:id`, ({ params }) => {
			const bill = find(context.state.bills, params.billId);
			const line = bill.lineItems.find(({ id }) => id === params.id);
			if (!line) throw notFound();
			return ok(showLine(bill, line));
		})
		.on('GET', `${ORG}/lineitems`, ({ query }) => {
			const types = listParam(query, 'lineItemType');
			const bills = [...context.state.bills.values()].filter(({ id }) => !query.get('billId') || id === query.get('billId'));
			const lines = bills.flatMap((bill) => bill.lineItems.map((line) => showLine(bill, line)));
			return page(lines.filter(({ lineItemType }) => types.length === 0 || types.includes(lineItemType)), query, 100);
		});
}

function servePeriods(router: Router, context: Context): void {
	const period = `${ORG}/bills/billingperiod/:lastDate/:frequency`;
	const inPeriod = ({ lastDate, frequency }: Record<string, string>) =>
		[...context.state.bills.values()].filter((bill) => {
			const last = new Date(Date.parse(bill.endDate) - 1).toISOString().slice(0, 10);
			return last === lastDate && bill.billingFrequency === frequency.toUpperCase();
		});
	router
		.on('GET', period, ({ params, query }) => page(inPeriod(params), query, 100, (bill) => showBill(context, bill)))
		.on('POST', `${period}/approve`, ({ params }) => approveAll(context, inPeriod(params)));
}

function serveBillConfig(router: Router, context: Context): void {
	router
		.on('GET', `${ORG}/billconfig`, () => ok(context.state.billConfig))
		.on('PUT', `${ORG}/billconfig`, (request) => {
			const { version, ...body } = parseBody(billConfig, request);
			const previous = context.state.billConfig;
			checkVersion(context, version, previous);
			context.state.billConfig = { ...body, ...nextVersion(context, previous) };
			emit(context, 'billing.billconfig.updated', { newDto: context.state.billConfig, oldDto: previous });
			return ok(context.state.billConfig);
		});
}

export function serveBills(router: Router, context: Context): void {
	const one = (bill: Bill) => sendable(context, ok(showBill(context, bill)));
	const many = (request: SandboxRequest) => page(select(context, request), request.query, 100, showInList(context, request.query));
	const ofAccount = (id: string) => [...context.state.bills.values()].filter(({ accountId }) => accountId === id);
	router
		.on('GET', `${ORG}/bills`, (request) => sendable(context, many(request)))
		.on('GET', `${ORG}/bills/search`, ({ query }) => sendable(context, search(context.state.bills.values(), query, SEARCHABLE, (bill) => showBill(context, bill))))
		.on('GET', `${ORG}/bills/latest/:accountId`, ({ params }) => {
			const latest = ofAccount(params.accountId).sort((a, b) => (a.endDate < b.endDate ? -1 : 1)).at(-1);
			if (!latest) throw notFound();
			return one(latest);
		})
		.on('GET', `${ORG}/bills/accountid/:accountId`, ({ params, query }) => sendable(context, page(ofAccount(params.accountId), query, 100, (bill) => showBill(context, bill))))
		.on('GET', `${ORG}/bills/:id`, ({ params }) => one(find(context.state.bills, params.id)))
		.on('DELETE', `${ORG}/bills/:id`, ({ params }) => one(deleteBill(context, params.id)))
		.on('PUT', `${ORG}/bills/:id/status`, (request) => one(setStatus(context, request.params.id, parseBody(billStatus, request).status)))
		.on('PUT', `${ORG}/bills/:id/lock`, ({ params }) => one(lockBill(context, params.id)))
		.on('POST', `${ORG}/bills/approve`, (request) => {
			return approveAll(context, parseBody(approveBills, request).billIds.map((id) => find(context.state.bills, id, `Bill ${id} not found`)));
		});
	serveLines(router, context);
	servePeriods(router, context);
	serveBillConfig(router, context);
}
