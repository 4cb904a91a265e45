import { randomUUID } from 'crypto';
import type { z } from 'zod';

import type { N8nContext } from '../n8n/context';
import { toFailure } from '../n8n/errors';
import { Api, type ApiAnswer, type ApiCall, type QueryValue } from '../n8n/http';
import { Failure } from '../shared/failure';
import { fingerprint } from '../shared/idempotency';
import { failureOf, faultOf } from './faults';
import { batchAnswerSchema, cdcAnswerSchema, queryAnswerSchema } from './schemas';

/** Older versions are ignored since August 2025; pinned so that a newer one cannot change shapes unseen. */
const MINOR_VERSION = '75';
/** Published: 10 requests a second and 500 a minute per company. */
const PACE = { perSecond: 8, concurrency: 5 };
/** Intuit says "wait 60 seconds" after a 429 and sends no `Retry-After`. */
const THROTTLE_WAIT_MS = 60_000;
const PAGE_SIZE = 1000;
const MAX_PAGES = 100;
/** Recommended maximum of Intuit. */
export const BATCH_SIZE = 30;
/** How long the same single write counts as a repetition of the first. */
const SAME_WRITE_MS = 600_000;

const CREDENTIAL = 'quickBooksForM3terOAuth2Api';
const HOSTS: Record<string, string> = {
	production: 'https://quickbooks.api.intuit.com',
	sandbox: 'https://sandbox-quickbooks.api.intuit.com',
};
const WEB_HOSTS: Record<string, string> = { production: 'https://app.qbo.intuit.com', sandbox: 'https://app.sandbox.qbo.intuit.com' };

export type DocumentType = 'Invoice' | 'CreditMemo';

/** One write: what a single request or one entry of a batch does. */
export interface Write {
	entity: DocumentType | 'Customer';
	operation: 'create' | 'update' | 'delete';
	body: object;
	/** What the write rests on beside its body: makes its request id differ from that of an equal write before. */
	state?: string;
}

export interface QuickBooksCredential {
	environment?: string;
	baseUrl?: string;
	companyId?: string;
	verifierToken?: string;
	oauthTokenData?: { callbackQueryString?: { realmId?: string } };
}

/** A text as a literal of QuickBooks' query language. */
export const literal = (value: string): string => `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;

export const listLiteral = (values: Iterable<string>): string => `(${[...new Set(values)].map(literal).join(', ')})`;

/** QuickBooks Online for one company. */
export class QuickBooksApi {
	/** Requests sent through this instance, repetitions included. */
	calls = 0;

	constructor(
		private readonly http: Api,
		/** The company, which Intuit calls realm. */
		readonly realmId: string,
		private readonly environment: string,
	) {}

	/** The same connection with a counter of its own: for the requests of one batch. */
	counted(): QuickBooksApi {
		return new QuickBooksApi(this.http, this.realmId, this.environment);
	}

	/** The object, or undefined when the company does not have it. */
	async find<S extends z.ZodTypeAny>(entity: string, id: string, schema: S): Promise<z.output<S> | undefined> {
		try {
			const body = (await this.send({ method: 'GET', path: `/${entity.toLowerCase()}/${encodeURIComponent(id)}` })).body;
			return schema.parse((body as Record<string, unknown>)[entity]) as z.output<S>;
		} catch (error) {
			if (error instanceof Failure && error.code === '610') return undefined;
			throw toFailure(error);
		}
	}

	/**
	 * All rows of a query. `where` without the word, e.g. `DocNumber in ('1')`; in the order of `Id`.
	 * @throws Failure for a list too long to be read: a part of it must not pass for the whole
	 */
	async query<S extends z.ZodTypeAny>(entity: string, schema: S, where: string): Promise<Array<z.output<S>>> {
		const rows: Array<z.output<S>> = [];
		for (let page = 0; page < MAX_PAGES; page++) {
			const query = `select * from ${entity} where ${where} orderby Id startposition ${page * PAGE_SIZE + 1} maxresults ${PAGE_SIZE}`;
			const answer = queryAnswerSchema.parse((await this.send({ method: 'GET', path: '/query', query: { query } })).body);
			const found = answer.QueryResponse[entity];
			const part = Array.isArray(found) ? found : [];
			rows.push(...part.map((row) => schema.parse(row) as z.output<S>));
			if (part.length < PAGE_SIZE) return rows;
		}
		throw tooLong(`${entity} where ${where}`, rows.length);
	}

	/** The company's one set of preferences. */
	async preferences<S extends z.ZodTypeAny>(schema: S): Promise<z.output<S>> {
		const body = (await this.send({ method: 'GET', path: '/preferences' })).body as Record<string, unknown>;
		return schema.parse(body.Preferences) as z.output<S>;
	}

	/** Objects changed since (at most 30 days ago), deleted ones as stubs; per entity. @param since ISO date-time */
	async changedSince(entities: readonly string[], since: string): Promise<Map<string, unknown[]>> {
		const answer = await this.send({ method: 'GET', path: '/cdc', query: { entities: entities.join(','), changedSince: since } });
		const parts = cdcAnswerSchema.parse(answer.body).CDCResponse[0].QueryResponse;
		return new Map(
			entities.map((entity) => [
				entity,
				parts.flatMap((part) => {
					const rows = part[entity];
					return Array.isArray(rows) ? (rows as unknown[]) : [];
				}),
			]),
		);
	}

	/**
	 * Carries writes out, in order: one alone as a request of its own, several in one batch of at most {@link BATCH_SIZE}.
	 * Each is answered for itself: the object, or why not.
	 * @throws Failure when the request as a whole fails.
	 */
	async write(writes: readonly Write[]): Promise<Array<Record<string, unknown> | Failure>> {
		if (writes.length === 0) return [];
		return writes.length === 1 ? [await this.writeOne(writes[0])] : await this.writeBatch(writes);
	}

	private async writeOne(write: Write): Promise<Record<string, unknown> | Failure> {
		try {
			const answer = await this.send({
				method: 'POST',
				path: `/${write.entity.toLowerCase()}`,
				query: { operation: write.operation === 'delete' ? 'delete' : undefined, requestid: requestId(write, Date.now()) },
				body: write.body,
				repeatable: true,
			});
			return (answer.body as Record<string, Record<string, unknown>>)[write.entity] ?? {};
		} catch (error) {
			const failure = toFailure(error);
			if (failure.code !== undefined && failure.kind !== 'sign-in' && failure.kind !== 'throttled' && !failure.outcomeUnknown) return failure;
			throw toFailure(failure);
		}
	}

	/** A batch's answer is remembered with its refusals, so its request id only covers repetitions within this call. */
	private async writeBatch(writes: readonly Write[]): Promise<Array<Record<string, unknown> | Failure>> {
		const items = writes.map(({ entity, operation, body }, index) => ({ bId: String(index + 1), operation, [entity]: body }));
		const answer = await this.send({
			method: 'POST',
			path: '/batch',
			query: { requestid: `m3ter-${randomUUID()}` },
			body: { BatchItemRequest: items },
			repeatable: true,
		});
		const responses = new Map(batchAnswerSchema.parse(answer.body).BatchItemResponse.map((item) => [item.bId, item]));
		return writes.map(({ entity, operation }, index) => {
			const where = `${operation} ${entity}`;
			const item = responses.get(String(index + 1));
			if (item === undefined) return new Failure('unavailable', 'QuickBooks left out an answer', { description: `${where}: the batch answer does not mention it. Send again.`, outcomeUnknown: true });
			const fault = faultOf(item);
			return fault === undefined ? ((item[entity] ?? {}) as Record<string, unknown>) : failureOf(fault, 400, where);
		});
	}

	/** Where a person finds a document. */
	webUrl(type: DocumentType, id: string): string {
		return `${WEB_HOSTS[this.environment] ?? WEB_HOSTS.production}/app/${type.toLowerCase()}?txnId=${id}`;
	}

	private async send(call: ApiCall): Promise<ApiAnswer> {
		const query: Record<string, QueryValue> = { ...call.query, minorversion: MINOR_VERSION };
		const answer = await this.http.send({ ...call, query, path: `/v3/company/${this.realmId}${call.path}`, onAttempt: () => this.calls++ });
		const fault = faultOf(answer.body);
		// HTTP 200 may hold a fault.
		if (fault !== undefined) throw failureOf(fault, answer.status, `${call.method} ${call.path}`);
		return answer;
	}
}

const tooLong = (what: string, rows: number) =>
	new Failure('invalid-input', 'The list in QuickBooks is too long', { description: `${what}: ${rows} or more. Ask for less, e.g. for changes since a later time.` });

/**
 * The same write gets the same id for some minutes, so that two executions at once make one document. Not for ever:
 * whether QuickBooks remembers refusals is not documented, and a person mends the cause and sends again. At most 50 characters.
 */
export function requestId({ entity, operation, body, state }: Write, now: number): string {
	return `m3ter-${fingerprint([entity, operation, body, state, Math.floor(now / SAME_WRITE_MS)])}`;
}

/** Opens the company of the node's credential. Reads the credential once. */
export async function quickBooksApi(context: N8nContext): Promise<QuickBooksApi> {
	const credential = await context.getCredentials<QuickBooksCredential>(CREDENTIAL);
	const environment = credential.environment ?? 'production';
	const realmId = credential.companyId?.trim() || credential.oauthTokenData?.callbackQueryString?.realmId;
	if (!realmId) {
		throw new Failure('sign-in', 'The credential names no QuickBooks company', {
			description: "Open the credential and connect it, or fill in 'Company ID' (in QuickBooks: Settings > Account and settings > Billing).",
		});
	}
	const http = new Api(context, {
		service: 'QuickBooks',
		credentialType: CREDENTIAL,
		baseUrl: HOSTS[environment] ?? credential.baseUrl?.trim() ?? '',
		pace: PACE,
		throttleWaitMs: THROTTLE_WAIT_MS,
		explain: explainQuickBooks,
	});
	return new QuickBooksApi(http, realmId, environment);
}

/** QuickBooks' refusals in words, with Intuit's trace id for the support. */
export function explainQuickBooks(answer: ApiAnswer, call: ApiCall): Failure {
	const fault = faultOf(answer.body) ?? { code: '', message: '', detail: '', element: '' };
	const failure = failureOf(fault, answer.status, `${call.method} ${call.path.replace(/^\/v3\/company/, '')}`);
	const trace = answer.headers.intuit_tid;
	if (trace === undefined) return failure;
	return new Failure(failure.kind, failure.message, { ...failure, description: `${failure.description} [intuit_tid ${trace}]` });
}
