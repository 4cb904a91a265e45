import type { z } from 'zod';

import type { N8nContext } from '../n8n/context';
import { toFailure } from '../n8n/errors';
import { Api, type ApiAnswer, type ApiCall } from '../n8n/http';
import { Failure } from '../shared/failure';
import { accountNames } from './account';
import { explainNetSuite } from './faults';
import { sqlPageSchema } from './schemas';

export const CREDENTIAL = 'netSuiteForM3terApi';
/** Record types the pack writes or reads, in the spelling of REST; SuiteScript and SuiteQL write them in lower case. */
export type DocumentType = 'invoice' | 'salesOrder' | 'creditMemo';
export type RecordType = DocumentType | 'estimate' | 'customer';

/** The limit counts for the whole account (5 on the smallest tier) and is shared with all its other integrations. */
const DEFAULT_CONCURRENCY = 1;
/** Documents of hundreds of lines take NetSuite tens of seconds. */
const TIMEOUT_MS = 180_000;
/** NetSuite says "slow down" without saying how long. */
const THROTTLE_WAIT_MS = 2_000;
const SQL_PAGE = 1000;
/** The most SuiteQL gives for one query. */
const MAX_ROWS = 100_000;

export interface NetSuiteCredential {
	accountId: string;
	baseUrl?: string;
	scriptSecret?: string;
}

/** A record by its internal id, or by its external id. */
export type RecordKey = { id: string } | { externalId: string };

const segment = (key: RecordKey) => ('id' in key ? encodeURIComponent(key.id) : `eid:${encodeURIComponent(key.externalId)}`);

export const recordPath = (type: RecordType, key: RecordKey): string => `/services/rest/record/v1/${type}/${segment(key)}`;

/** NetSuite's REST services for one account. */
export class NetSuiteApi {
	/** Requests sent through this instance, repetitions included. */
	calls = 0;

	constructor(
		private readonly http: Api,
		/** As NetSuite writes it, e.g. `1234567_SB1`. */
		readonly accountId: string,
	) {}

	/** The same connection with a counter of its own: for the requests of one bill. */
	counted(): NetSuiteApi {
		return new NetSuiteApi(this.http, this.accountId);
	}

	/**
	 * All rows of a SuiteQL query. It must have an ORDER BY on something unique, or pages repeat and lose rows.
	 * @throws Failure for a list too long to be read: a part of it must not pass for the whole
	 */
	async query<S extends z.ZodTypeAny>(sql: string, row: S): Promise<Array<z.output<S>>> {
		const rows: Array<z.output<S>> = [];
		for (let offset = 0; offset < MAX_ROWS; offset += SQL_PAGE) {
			const { body } = await this.send({
				method: 'POST',
				path: '/services/rest/query/v1/suiteql',
				query: { limit: SQL_PAGE, offset },
				headers: { Prefer: 'transient' },
				body: { q: sql },
				repeatable: true,
			});
			const { items, hasMore } = sqlPageSchema.parse(body);
			rows.push(...items.map((item) => row.parse(item) as z.output<S>));
			// At its limit NetSuite may not say that there is more.
			if (!hasMore && rows.length < MAX_ROWS) return rows;
		}
		throw tooLong(sql);
	}

	/** The record with its sublists, or undefined when there is none. */
	async find<S extends z.ZodTypeAny>(type: RecordType, key: RecordKey, schema: S): Promise<z.output<S> | undefined> {
		try {
			const { body } = await this.send({ method: 'GET', path: recordPath(type, key), query: { expandSubResources: true } });
			return schema.parse(body) as z.output<S>;
		} catch (error) {
			if (error instanceof Failure && error.status === 404) return undefined;
			throw toFailure(error);
		}
	}

	/**
	 * Creates the record with this external id, or changes it. The item sublist is rewritten: without `replace` NetSuite
	 * would append every line once more. Repeating it does no harm.
	 */
	async upsert(type: RecordType, externalId: string, body: object): Promise<string> {
		const query = type === 'customer' ? {} : { replace: 'item' };
		return idOf(await this.send({ method: 'PUT', path: recordPath(type, { externalId }), query, body }));
	}

	/** Changes a record. Its item sublist, when the body has one, is rewritten as a whole. */
	async update(type: RecordType, id: string, body: object): Promise<void> {
		const query = 'item' in body ? { replace: 'item' } : {};
		await this.send({ method: 'PATCH', path: recordPath(type, { id }), query, body, repeatable: true });
	}

	/** Deletes a record; one that is gone already is no trouble. */
	async remove(type: RecordType, id: string): Promise<void> {
		try {
			await this.send({ method: 'DELETE', path: recordPath(type, { id }) });
		} catch (error) {
			if (!(error instanceof Failure) || error.status !== 404) throw toFailure(error);
		}
	}

	/** Where a person finds a record. */
	screenUrl(type: DocumentType, id: string): string {
		const page = { invoice: 'custinvc', salesOrder: 'salesord', creditMemo: 'custcred' }[type];
		return `${accountNames(this.accountId).appUrl}/app/accounting/transactions/${page}.nl?id=${encodeURIComponent(id)}`;
	}

	private async send(call: ApiCall): Promise<ApiAnswer> {
		return await this.http.send({ ...call, onAttempt: () => this.calls++ });
	}
}

/** A write has no body; the record's address says its id. */
function idOf({ headers }: ApiAnswer): string {
	const id = /\/([^/?]+)\/?(?:\?.*)?$/.exec(headers.location ?? '')?.[1];
	if (id !== undefined) return decodeURIComponent(id);
	throw new Failure('unavailable', 'NetSuite answered a write without the address of the record', { description: 'Run the node again: what is there already is found.' });
}

const tooLong = (sql: string) =>
	new Failure('invalid-input', 'The list in NetSuite is too long', { description: `${sql}: NetSuite gives ${MAX_ROWS} rows at most. Ask for less, e.g. for changes since a later time.` });

/** A text as a literal of SuiteQL. */
export const literal = (value: string): string => `'${value.replace(/'/g, "''")}'`;

/**
 * Opens NetSuite with the node's credential. Reads the credential once.
 * @param concurrency requests at the same time
 */
export async function netSuiteApi(context: N8nContext, concurrency = DEFAULT_CONCURRENCY): Promise<NetSuiteApi> {
	const { accountId, baseUrl } = await context.getCredentials<NetSuiteCredential & object>(CREDENTIAL);
	const names = accountNames(accountId);
	const http = new Api(context, {
		service: 'NetSuite',
		credentialType: CREDENTIAL,
		baseUrl: baseUrl?.trim() || names.restUrl,
		pace: { concurrency },
		timeoutMs: TIMEOUT_MS,
		throttleWaitMs: THROTTLE_WAIT_MS,
		explain: explainNetSuite,
	});
	return new NetSuiteApi(http, names.realm);
}
