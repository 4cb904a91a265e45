import type { z } from 'zod';

import type { N8nContext } from '../n8n/context';
import { toFailure } from '../n8n/errors';
import { Api, type ApiAnswer, type ApiCall, type QueryValue } from '../n8n/http';
import { chunk } from '../shared/batching';
import { Failure } from '../shared/failure';
import { idempotencyKey } from '../shared/idempotency';
import { isRetryableStatus, retryAfterMs } from '../shared/retry';
import { modifiedSince } from './dates';
import { explainSignIn, explainXero, isDayLimit } from './errors';
import { connectionSchema, elementSchema, pageSchema, type XeroConnection, type XeroElement } from './schemas';

export const CREDENTIAL = 'xeroForM3terOAuth2Api';
/** Xero allows 60 calls a minute and 5 at the same time for an organisation; a few are left for its other apps. */
const PACE = { perMinute: 55, concurrency: 4 };
const PAGE_SIZE = 200;
/** Quotes have no page size and always come in hundreds. */
const QUOTES_PER_PAGE = 100;
const MAX_PAGES = 200;
/** Ids per request, so that URLs stay short. */
const IDS_PER_CALL = 40;

type Query = Record<string, QueryValue>;
/** Lists that are paged or written in batches; path and answer name them alike. */
export type Resource = 'Invoices' | 'CreditNotes' | 'Contacts' | 'Quotes';

/** Xero's Accounting API for one organisation. */
export class XeroApi {
	constructor(
		private readonly http: Api,
		/** Absent for a custom connection, which has only one organisation. */
		readonly tenantId: string | undefined,
		/** One attempt only, for callers that must answer within seconds. */
		private readonly once = false,
	) {}

	/** Requests sent so far, repetitions included. */
	get calls(): number {
		return this.http.calls;
	}

	/**
	 * The rows of a list that is not paged.
	 * @param key where the rows stand in the answer
	 */
	async all<S extends z.ZodTypeAny>(path: string, key: string, row: S, query: Query = {}): Promise<Array<z.output<S>>> {
		const { body } = await this.send({ method: 'GET', path: `/${path}`, query });
		return rowsOf(body, key, row);
	}

	/**
	 * All rows of a paged list, line items included.
	 * @param since only what changed after that time, epoch milliseconds
	 * @throws Failure for a list too long to be read: a part of it must not pass for the whole
	 */
	async list<S extends z.ZodTypeAny>(resource: Resource, row: S, query: Query = {}, since?: number): Promise<Array<z.output<S>>> {
		const rows: Array<z.output<S>> = [];
		const sized: Query = resource === 'Quotes' ? {} : { pageSize: PAGE_SIZE };
		const headers: Record<string, string> = since === undefined ? {} : { 'If-Modified-Since': modifiedSince(since) };
		for (let page = 1; page <= MAX_PAGES; page++) {
			const { body } = await this.send({ method: 'GET', path: `/${resource}`, query: { ...query, ...sized, page }, headers });
			const found = rowsOf(body, resource, row);
			rows.push(...found);
			const { pagination } = pageSchema.parse(body);
			const isLast = pagination?.pageCount === undefined ? found.length < (resource === 'Quotes' ? QUOTES_PER_PAGE : PAGE_SIZE) : page >= pagination.pageCount;
			if (isLast) return rows;
		}
		throw tooLong(resource, rows.length);
	}

	/** Rows by a comma list (`IDs`, `ContactIDs`, `InvoiceNumbers`), in requests with short URLs. */
	async listByValues<S extends z.ZodTypeAny>(resource: Resource, row: S, parameter: string, values: readonly string[], query: Query = {}, since?: number): Promise<Array<z.output<S>>> {
		const parts = chunk([...new Set(values)], IDS_PER_CALL);
		return (await Promise.all(parts.map(async (part) => await this.list(resource, row, { ...query, [parameter]: part.join(',') }, since)))).flat();
	}

	/**
	 * Creates (PUT) or changes (POST) up to 50 elements in one request. Each is answered for itself, in order: a bad one
	 * does not spoil the others. The key makes a repetition of this very request harmless; Xero forgets it after six minutes.
	 */
	async write(method: 'PUT' | 'POST', resource: Resource, elements: readonly object[], attempt: string): Promise<XeroElement[]> {
		const body = { [resource]: elements };
		const { body: answer } = await this.send({
			method,
			path: `/${resource}`,
			query: { summarizeErrors: 'false', ...(resource === 'Contacts' ? {} : { unitdp: 4 }) },
			body,
			headers: { 'Idempotency-Key': idempotencyKey(resource, attempt, method, body).slice(0, 128) },
			repeatable: true,
		});
		const rows = rowsOf(answer, resource, elementSchema);
		if (rows.length === elements.length) return rows;
		throw new Failure('unavailable', 'Xero did not answer for every document', {
			description: `${elements.length} were sent, ${rows.length} came back. Send the bills again: what is there already is found and not doubled.`,
		});
	}

	private async send(call: ApiCall): Promise<ApiAnswer> {
		const tenant: Record<string, string> = this.tenantId === undefined ? {} : { 'xero-tenant-id': this.tenantId };
		const repeatable = this.once ? { repeatable: false } : {};
		try {
			return await this.http.send({ ...call, ...repeatable, path: `/api.xro/2.0${call.path}`, headers: { ...tenant, ...call.headers } });
		} catch (error) {
			throw explainSignIn(toFailure(error));
		}
	}
}

const tooLong = (resource: Resource, rows: number) =>
	new Failure('invalid-input', 'The list in Xero is too long', { description: `${resource}: more than ${rows} entries. Choose a later 'Changed Since', or send fewer bills at once.` });

function rowsOf<S extends z.ZodTypeAny>(body: unknown, resource: string, row: S): Array<z.output<S>> {
	const rows = body !== null && typeof body === 'object' && resource in body ? (body as Record<string, unknown>)[resource] : undefined;
	if (Array.isArray(rows)) return rows.map((entry) => row.parse(entry) as z.output<S>);
	throw new Failure('unavailable', 'Xero answered something unexpected', { description: `${resource}: no list in the answer. Check the base URL in the Xero credential.` });
}

/** Text inside a `where` filter. */
export const quoted = (text: string): string => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;

export interface XeroCredentials {
	baseUrl: string;
	grantType: string;
	webhookSecret?: string;
}

export const xeroCredentials = async (context: N8nContext): Promise<XeroCredentials> => (await context.getCredentials(CREDENTIAL)) as unknown as XeroCredentials;

export interface OpenOptions {
	/** For callers that must answer within seconds: one attempt, so long at most. */
	timeoutMs?: number;
}

function httpOf(context: N8nContext, baseUrl: string, { timeoutMs }: OpenOptions): Api {
	return new Api(context, {
		service: 'Xero',
		credentialType: CREDENTIAL,
		baseUrl: baseUrl.trim(),
		pace: PACE,
		timeoutMs,
		mayRetry: (answer) => timeoutMs === undefined && isRetryableStatus(answer.status) && !isDayLimit(answer),
		explain: (answer, call) => explainXero(answer, call, retryAfterMs(answer.headers['retry-after'], Date.now())),
	});
}

/** The organisations the credential reaches. */
export async function xeroConnections(context: N8nContext): Promise<XeroConnection[]> {
	const { baseUrl } = await xeroCredentials(context);
	return await readConnections(httpOf(context, baseUrl, {}));
}

async function readConnections(http: Api): Promise<XeroConnection[]> {
	const rows = connectionSchema.array().parse(await http.get('/connections'));
	return rows.filter(({ tenantType }) => tenantType === undefined || tenantType === 'ORGANISATION');
}

/**
 * Opens an organisation with the node's credential.
 * @param organisation tenant id; empty = the only one the credential reaches
 * @throws Failure `invalid-input` naming the choices when there are several
 */
export async function xeroApi(context: N8nContext, organisation: string, options: OpenOptions = {}): Promise<XeroApi> {
	const { baseUrl, grantType } = await xeroCredentials(context);
	const http = httpOf(context, baseUrl, options);
	const once = options.timeoutMs !== undefined;
	if (organisation.trim() !== '') return new XeroApi(http, organisation.trim(), once);
	return new XeroApi(http, grantType === 'clientCredentials' ? undefined : await onlyTenant(http), once);
}

/** The tenant id behind an empty choice, for those who must compare it. */
export async function tenantOf(context: N8nContext, organisation: string, options: OpenOptions = {}): Promise<string> {
	if (organisation.trim() !== '') return organisation.trim();
	const { baseUrl } = await xeroCredentials(context);
	return await onlyTenant(httpOf(context, baseUrl, options));
}

async function onlyTenant(http: Api): Promise<string> {
	const connections = await readConnections(http);
	if (connections.length === 1) return connections[0].tenantId;
	throw new Failure('invalid-input', connections.length === 0 ? 'No Xero organisation is connected' : "Choose an 'Organisation'", {
		description:
			connections.length === 0
				? 'The credential reaches no organisation. Connect it again and choose one in Xero.'
				: `The credential reaches ${connections.map(({ tenantName, tenantId }) => tenantName ?? tenantId).join(', ')}. Choose one in 'Organisation'.`,
	});
}

/** What a batch's element was refused for, wherever Xero put it; empty when it was taken. */
export function complaintsOf(element: XeroElement): string[] {
	if (!element.HasErrors && element.StatusAttributeString !== 'ERROR') return [];
	const nested = [...(element.Contact?.ValidationErrors ?? []), ...(element.LineItems ?? []).flatMap(({ ValidationErrors }) => ValidationErrors)];
	const all = [...new Set([...element.ValidationErrors, ...nested])];
	return all.length > 0 ? all : ['Xero gave no reason'];
}
