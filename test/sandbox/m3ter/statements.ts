/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import type { Router } from '../kit/http';
import { showBill } from './billroutes';
import { csvDownload, statementBatch, statementJob } from './billschemas';
import { audit, badRequest, find, nextVersion, notFound, nowIso, type Context } from './context';
import { emit } from './events';
import { boolParam, ok, page, parseBody } from './requests';
import { ORG } from './resource';
import type { Bill, StatementJob } from './state';
import { presign } from './usage';

/** Statements of bills: JSON and CSV files behind links that need no token. */

const cell = (value: unknown) => `"${String(value ?? '').replaceAll('"', '""')}"`;

function toCsv(bills: Bill[]): string {
	const head = ['billId', 'accountCode', 'currency', 'lineItemType', 'description', 'quantity', 'convertedSubtotal'];
	const rows = bills.flatMap((bill) =>
		bill.lineItems.map((line) => [bill.id, bill.accountCode, bill.currency, line.lineItemType, line.description, line.quantity, line.convertedSubtotal]),
	);
	return [head, ...rows].map((row) => row.map(cell).join(',')).join('\n') + '\n';
}

const jsonLink = (context: Context, bill: Bill) => presign(context, JSON.stringify(showBill(context, bill)), 'application/json');
const csvLink = (context: Context, bills: Bill[]) => presign(context, toCsv(bills), 'text/csv');

/** Notes on the bill that its statements are there; no new version and no event. */
function mark(context: Context, bill: Bill, csv: boolean): void {
	const stored = { ...bill, jsonStatementGenerated: true, statementStale: false, csvStatementGenerated: bill.csvStatementGenerated || csv };
	context.state.bills.set(bill.id, stored);
}

function showJob(context: Context, job: StatementJob) {
	const bill = context.state.bills.get(job.billId);
	if (job.statementJobStatus !== 'COMPLETE' || !bill) return job;
	const status = bill.statementStale ? 'STALE' : 'LATEST';
	return {
		...job,
		presignedJsonStatementUrl: jsonLink(context, bill),
		jsonStatementStatus: status,
		...(job.includeCsvFormat && { presignedCsvStatementUrl: csvLink(context, [bill]), csvStatementStatus: status }),
	};
}

function change(context: Context, job: StatementJob, statementJobStatus: StatementJob['statementJobStatus']): StatementJob {
	const changed = { ...job, statementJobStatus, ...nextVersion(context, job) };
	context.state.statementJobs.set(job.id, changed);
	emit(context, 'billing.statementjob.updated', { newDto: changed, oldDto: job });
	return changed;
}

function start(context: Context, body: { billId: string; includeCsvFormat?: boolean; filters?: StatementJob['filters'] }): StatementJob {
	const { id } = find(context.state.bills, body.billId, `Bill ${body.billId} not found`);
	const job: StatementJob = { ...body, ...audit(nowIso(context)), statementJobStatus: 'PENDING' };
	context.state.statementJobs.set(job.id, job);
	emit(context, 'billing.statementjob.created', { newDto: job });
	const finish = async () => {
		await new Promise((resolve) => setTimeout(resolve, context.settings.jobMs));
		const [current, bill] = [context.state.statementJobs.get(job.id), context.state.bills.get(id)];
		if (current?.statementJobStatus !== 'PENDING') return;
		if (bill) mark(context, bill, body.includeCsvFormat ?? false);
		change(context, current, bill ? 'COMPLETE' : 'FAILED');
	};
	context.work.add(finish());
	return job;
}

const over = ({ statementJobStatus: status }: StatementJob) => ['COMPLETE', 'CANCELLED', 'FAILED'].includes(status);

function serveJobs(router: Router, context: Context): void {
	const show = (job: StatementJob) => showJob(context, job);
	const path = `${ORG}/statementjobs`;
	router
		.on('POST', path, (request) => {
			const { version, ...body } = parseBody(statementJob, request);
			if (version !== undefined) throw badRequest('version must not be set on create');
			return ok(show(start(context, body)));
		})
		.on('POST', `${path}/batch`, (request) => {
			const { billIds, includeCsvFormat, filters } = parseBody(statementBatch, request);
			return ok(billIds.map((billId) => show(start(context, { billId, includeCsvFormat, filters }))));
		})
		.on('GET', path, ({ query }) => {
			if (['active', 'status', 'billId'].filter((name) => query.has(name)).length > 1) throw badRequest('Only one of active, status and billId may be given');
			const [active, status, billId] = [boolParam(query, 'active'), query.get('status'), query.get('billId')];
			const jobs = [...context.state.statementJobs.values()].filter(
				(job) => (active === undefined || over(job) !== active) && (!status || job.statementJobStatus === status) && (!billId || job.billId === billId),
			);
			return page(jobs, query, 100, show);
		})
		.on('GET', `${path}/:id`, ({ params }) => ok(show(find(context.state.statementJobs, params.id))))
		.on('POST', `${path}/:id/cancel`, ({ params }) => {
			const job = find(context.state.statementJobs, params.id);
			if (over(job)) throw badRequest('The statement job has ended');
			return ok(change(context, job, 'CANCELLED'));
		});
}

const MAX_CSV_DAYS = 31;

export function serveStatements(router: Router, context: Context): void {
	serveJobs(router, context);
	const billOf = ({ id }: Record<string, string>) => find(context.state.bills, id);
	router
		.on('GET', `${ORG}/bills/:id/statement/json`, ({ params }) => ok({ downloadUrl: jsonLink(context, billOf(params)) }))
		.on('GET', `${ORG}/bills/:id/statement/csv`, ({ params }) => {
			const bill = billOf(params);
			if (!bill.csvStatementGenerated) throw notFound('No CSV statement has been generated');
			return ok({ downloadUrl: csvLink(context, [bill]) });
		})
		.on('POST', `${ORG}/bills/:id/statement/csv`, ({ params }) => {
			const bill = billOf(params);
			mark(context, bill, true);
			return ok({ downloadUrl: csvLink(context, [bill]) });
		})
		.on('GET', `${ORG}/bills/:billId/lineitems/:id/usage/json`, ({ params }) => {
			const line = find(context.state.bills, params.billId).lineItems.find(({ id }) => id === params.id);
			if (!line) throw notFound();
			return ok({ downloadUrl: presign(context, JSON.stringify(line.usagePerPricingBand ?? []), 'application/json') });
		})
		.on('POST', `${ORG}/bills/download/csv/url`, (request) => {
			const body = parseBody(csvDownload, request);
			const byInvoiceDate = body.externalInvoiceDateStart !== undefined;
			const [from, to] = byInvoiceDate ? [body.externalInvoiceDateStart, body.externalInvoiceDateEnd] : [body.startDate, body.endDate];
			if (from === undefined || to === undefined) throw badRequest('startDate and endDate, or externalInvoiceDateStart and externalInvoiceDateEnd, are required');
			if (Date.parse(to) - Date.parse(from) > MAX_CSV_DAYS * 86_400_000) throw badRequest(`At most ${MAX_CSV_DAYS} days`);
			const bills = [...context.state.bills.values()].filter((bill) => {
				const time = Date.parse(byInvoiceDate ? bill.externalInvoiceDate : bill.billDate);
				return time >= Date.parse(from) && time < Date.parse(to);
			});
			return ok({ downloadUrl: csvLink(context, bills) });
		});
}
