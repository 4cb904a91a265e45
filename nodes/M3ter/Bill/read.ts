import type { IExecuteFunctions, JsonObject } from 'n8n-workflow';
import { z } from 'zod';

import { settled, toFailure } from '../../n8n/errors';
import type { Bill } from '../../shared/bill';
import { Failure } from '../../shared/failure';
import { parseTimestamp } from '../../shared/timestamp';
import type { M3terApi } from '../api';
import { readAccounts, readBills } from '../bills';
import { simplified } from '../operation';
import { accountSchema } from '../schemas';

/** A bill without its line items, as lists give it; everything passes through. */
export const billHeaderSchema = z
	.object({ id: z.string(), status: z.string().nullish(), locked: z.boolean().nullish(), dtApproved: z.string().nullish(), accountId: z.string().nullish(), lastCalculatedDate: z.string().nullish(), billTotal: z.number().nullish() })
	.passthrough();

export type BillHeader = z.output<typeof billHeaderSchema>;

const FIELDS = ['id', 'accountId', 'accountCode', 'status', 'currency', 'billTotal', 'startDate', 'endDate', 'dtApproved', 'account'];

/** @throws Failure `invalid-input` when the parameter gives nothing */
export function billIdOf(context: IExecuteFunctions, itemIndex: number): string {
	const id = String(context.getNodeParameter('billId', itemIndex, '') ?? '').trim();
	if (id !== '') return id;
	throw new Failure('invalid-input', "'Bill ID' is empty", { description: 'Map the id of an m3ter bill, e.g. {{ $json.id }} after the m3ter Bill Approved Trigger.' });
}

export const noSuchBill = (id: string) => new Failure('not-found', 'm3ter has no such bill', { description: `Bill ${id} does not exist in this organization.` });

async function billOf(api: M3terApi, id: string): Promise<Bill> {
	const bill = (await readBills(api, [id])).get(id);
	if (bill === undefined) throw noSuchBill(id);
	return bill;
}

/** "Get": a bill with line items and total. */
export async function getBill(context: IExecuteFunctions, api: M3terApi, itemIndex: number): Promise<JsonObject> {
	const item = { context, index: itemIndex };
	if (context.getNodeParameter('billSource', itemIndex, 'id') === 'id') return simplified(item, await billOf(api, billIdOf(context, itemIndex)), FIELDS);
	const accountId = await accountIdOf(api, context.getNodeParameter('account', itemIndex));
	const latest = await latestOf(api, accountId);
	if (latest === undefined) throw new Failure('not-found', 'The account has no bill', { description: `m3ter has no bill for the account ${accountId}.` });
	return simplified(item, await billOf(api, latest.id), FIELDS);
}

/** m3ter answers with the whole bill. When that is too large, the last one is found among the account's bills without their lines. */
async function latestOf(api: M3terApi, accountId: string): Promise<BillHeader | undefined> {
	const outcome = await settled(async () => await api.find(`/bills/latest/${encodeURIComponent(accountId)}`));
	if (!(outcome instanceof Failure)) return outcome === undefined ? undefined : billHeaderSchema.parse(outcome);
	if (outcome.status !== 413) throw toFailure(outcome);
	const bills = await api.list('/bills', billHeaderSchema, { query: { accountId, excludeLineItems: true } });
	return bills.sort((a, b) => String(b.endDate).localeCompare(String(a.endDate)))[0];
}

const locatorSchema = z.object({ mode: z.string(), value: z.union([z.string(), z.number()]) });

/** The id behind an account locator; a code is looked up. */
async function accountIdOf(api: M3terApi, locator: unknown): Promise<string> {
	const { mode, value } = locatorSchema.parse(locator);
	const text = String(value).trim();
	if (text === '') throw new Failure('invalid-input', "'Account' is empty", { description: 'Choose an account, or give its ID or code.' });
	if (mode !== 'code') return text;
	const [account] = await api.list('/accounts', accountSchema, { query: { codes: text } });
	if (account === undefined) throw new Failure('not-found', 'm3ter has no such account', { description: `There is no account with the code ${text}. Codes are case-sensitive.` });
	return account.id;
}

interface Filters {
	account?: unknown;
	approvedSince?: string;
	billDateStart?: string;
	billDateEnd?: string;
	billJobId?: string;
	billingFrequency?: string;
	externalInvoiceDateStart?: string;
	externalInvoiceDateEnd?: string;
	locked?: boolean;
	status?: string;
}

/**
 * "Get Many". Lists without line items and reads those afterwards, a few bills at a time: a page of large bills with all
 * their lines can be too much for m3ter to send.
 */
export async function getBills(context: IExecuteFunctions, api: M3terApi, itemIndex: number): Promise<JsonObject[]> {
	const filters = context.getNodeParameter('filters', itemIndex, {}) as Filters;
	const limit = context.getNodeParameter('returnAll', itemIndex) === true ? undefined : Number(context.getNodeParameter('limit', itemIndex));
	const headers = await listHeaders(api, filters, limit, context.getTimezone());
	const withLines = context.getNodeParameter('options.excludeLineItems', itemIndex, false) !== true;
	const found = withLines ? await readBills(api, headers.map(({ id }) => id)) : new Map(headers.map((header) => [header.id, header]));
	const bills = headers.flatMap(({ id }) => found.get(id) ?? []);
	const item = { context, index: itemIndex };
	if (context.getNodeParameter('options.includeAccount', itemIndex, false) !== true) return bills.map((bill) => simplified(item, bill, FIELDS));
	const accounts = await readAccounts(api, bills.map(({ accountId }) => String(accountId)));
	return bills.map((bill) => simplified(item, { ...bill, account: accounts.get(String(bill.accountId)) ?? null }, FIELDS));
}

async function listHeaders(api: M3terApi, filters: Filters, limit: number | undefined, zone: string): Promise<BillHeader[]> {
	const since = given(filters.approvedSince) ? parseTimestamp(filters.approvedSince, zone) : undefined;
	if (since !== undefined && filters.status === 'PENDING') {
		throw new Failure('invalid-input', "'Approved Since' finds no pending bills", { description: "Remove the filter 'Status' or 'Approved Since'." });
	}
	const query = {
		accountId: filters.account === undefined ? undefined : await accountIdOf(api, filters.account),
		status: since === undefined ? filters.status : 'APPROVED',
		locked: filters.locked,
		billingFrequency: filters.billingFrequency,
		billJobId: given(filters.billJobId) ? filters.billJobId?.trim() : undefined,
		billDateStart: day(filters.billDateStart),
		billDateEnd: day(filters.billDateEnd),
		externalInvoiceDateStart: day(filters.externalInvoiceDateStart),
		externalInvoiceDateEnd: day(filters.externalInvoiceDateEnd),
		excludeLineItems: true,
		includeBillTotal: true,
	};
	if (since === undefined) return await api.list('/bills', billHeaderSchema, { query, limit });
	const approved = await api.list('/bills', billHeaderSchema, { query });
	return approved.filter(({ dtApproved }) => approvalTime(dtApproved) >= Date.parse(since)).sort((a, b) => approvalTime(a.dtApproved) - approvalTime(b.dtApproved)).slice(0, limit);
}

const approvalTime = (dtApproved: string | null | undefined): number => Date.parse(dtApproved ?? '') || 0;

const given = (text: string | undefined): boolean => text !== undefined && text !== null && String(text).trim() !== '';

/** m3ter filters by calendar days: the day as it was written, whatever its time. */
function day(text: string | undefined): string | undefined {
	if (!given(text)) return undefined;
	const match = /^\d{4}-\d{2}-\d{2}/.exec(String(text).trim());
	if (match === null) throw new Failure('invalid-input', 'A date could not be read', { description: `"${text}" is not a date like 2026-05-01.` });
	return match[0];
}
