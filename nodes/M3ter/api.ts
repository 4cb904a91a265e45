import type { z } from 'zod';

import type { N8nContext } from '../n8n/context';
import { settled, toFailure } from '../n8n/errors';
import { Api, type ApiAnswer, type ApiCall, type ApiSettings, type QueryValue } from '../n8n/http';
import type { Pace } from '../n8n/pacer';
import { chunk } from '../shared/batching';
import { Failure } from '../shared/failure';
import { acceptedSchema, pageSchema, versionedSchema, type Versioned } from './schemas';

/** m3ter allows 50 requests a second for a whole organization; this leaves room for its other clients. */
const CONFIG_PACE = { perSecond: 20, concurrency: 5 };
/** 5,000 ingest requests per 5 minutes and IP address. */
const INGEST_PACE = { perSecond: 16, concurrency: 5 };
/** Long query strings are refused by the firewall in front of m3ter. */
export const IDS_PER_CALL = 40;
const MAX_PAGES = 1_000;
const VERSION_CONFLICT_TRIES = 3;

type Query = Record<string, QueryValue>;

/** m3ter's Config API for one organization. Every path is below `/organizations/{orgId}`. */
export class M3terApi {
	constructor(
		private readonly http: Api,
		private readonly ingestHttp: Api,
		readonly organizationId: string,
	) {}

	/** Requests sent to m3ter so far. */
	get calls(): number {
		return this.http.calls + this.ingestHttp.calls;
	}

	async get(path: string, query?: Query): Promise<unknown> {
		return (await this.send({ method: 'GET', path, query })).body;
	}

	/** POST is not idempotent in m3ter: set `repeatable` only where a repetition does no harm. */
	async post(path: string, body?: object, options: Pick<ApiCall, 'query' | 'repeatable'> = {}): Promise<unknown> {
		return (await this.send({ method: 'POST', path, body, ...options })).body;
	}

	async put(path: string, body?: object, query?: Query): Promise<unknown> {
		return (await this.send({ method: 'PUT', path, body, query })).body;
	}

	/** Done as well when m3ter answers a repetition with 404: the first request was carried out and its answer lost. */
	async delete(path: string): Promise<void> {
		let mayBeDone = false;
		const onRepeat = ({ kind }: Failure) => {
			mayBeDone ||= kind !== 'throttled';
		};
		const outcome = await settled(async () => await this.send({ method: 'DELETE', path, onRepeat }));
		if (outcome instanceof Failure && !(mayBeDone && outcome.status === 404)) throw toFailure(outcome);
	}

	/** The entity, or undefined when m3ter answers 404. */
	async find(path: string, query?: Query): Promise<unknown> {
		try {
			return await this.get(path, query);
		} catch (error) {
			if (error instanceof Failure && error.status === 404) return undefined;
			throw toFailure(error);
		}
	}

	/**
	 * Walks a paged list. `limit` stops it early; `schema` parses each row.
	 * @param pageSize m3ter's maximum for that list: 100 for most, 200 for products, plan groups, mappings, webhooks.
	 * @throws Failure for a list too long to be read: a part of it must not pass for the whole
	 */
	async list<S extends z.ZodTypeAny>(path: string, schema: S, options: { query?: Query; limit?: number; pageSize?: number } = {}): Promise<Array<z.output<S>>> {
		const rows: Array<z.output<S>> = [];
		const pageSize = Math.min(options.pageSize ?? 100, options.limit ?? Number.MAX_SAFE_INTEGER);
		let nextToken: string | undefined;
		for (let page = 0; page < MAX_PAGES; page++) {
			const answer = pageSchema.parse(await this.get(path, { ...options.query, pageSize, nextToken }));
			for (const row of answer.data) rows.push(schema.parse(row));
			if (options.limit !== undefined && rows.length >= options.limit) return rows.slice(0, options.limit);
			if (!answer.nextToken || answer.nextToken === nextToken) return rows;
			nextToken = answer.nextToken;
		}
		throw tooLong(path, rows.length);
	}

	/** One page of a list, for drop-downs that load as the user scrolls. */
	async page(path: string, query: Query): Promise<{ data: unknown[]; nextToken?: string }> {
		const answer = pageSchema.parse(await this.get(path, query));
		return { data: answer.data, nextToken: answer.nextToken ?? undefined };
	}

	/** Rows of a list by ids (or `codes`, …), in requests short enough for m3ter's firewall. */
	async listByValues<S extends z.ZodTypeAny>(path: string, schema: S, parameter: string, values: readonly string[], query: Query = {}): Promise<Array<z.output<S>>> {
		const distinct = [...new Set(values)];
		const pages = await Promise.all(
			chunk(distinct, IDS_PER_CALL).map(async (part) => await this.list(path, schema, { query: { ...query, [parameter]: part } })),
		);
		return pages.flat();
	}

	/**
	 * GET, change, PUT with the version that was read. m3ter's PUT replaces the whole entity, so what `change` leaves out
	 * is kept from the stored one; a version conflict is read and merged again, at most twice.
	 */
	async update(path: string, change: (current: Versioned) => Record<string, unknown>): Promise<unknown> {
		for (let attempt = 1; ; attempt++) {
			const current = versionedSchema.parse(await this.get(path));
			try {
				return await this.put(path, { ...withoutAudit(current), ...change(current), version: current.version });
			} catch (error) {
				if (!isVersionConflict(error)) throw toFailure(error);
				if (attempt >= VERSION_CONFLICT_TRIES) throw versionConflict(error);
			}
		}
	}

	/**
	 * Sends a body of measurements, already JSON, to the Ingest API. Safe to repeat: every measurement carries its uid.
	 * @throws Failure unless m3ter says that it took them
	 */
	async ingest(body: Buffer): Promise<void> {
		const call: ApiCall = { method: 'POST', path: this.path('/measurements'), body, headers: { 'Content-Type': 'application/json' }, repeatable: true };
		const answer = await this.ingestHttp.send(call);
		if (!acceptedSchema.safeParse(answer.body).success) throw notAccepted();
	}

	private async send(call: ApiCall): Promise<ApiAnswer> {
		return await this.http.send({ ...call, path: this.path(call.path) });
	}

	private path(path: string): string {
		return `/organizations/${encodeURIComponent(this.organizationId)}${path}`;
	}
}

const tooLong = (path: string, rows: number) =>
	new Failure('invalid-input', 'The list in m3ter is too long', { description: `${path} has more than ${rows} entries. Set a filter or a limit.` });

const notAccepted = () =>
	new Failure('refused', 'm3ter answered without accepting the measurements', {
		description: 'Check the ingest base URL of the credential. Run the node again: what m3ter has taken already is not counted twice.',
		outcomeUnknown: true,
	});

/** What m3ter keeps itself and a request does not carry; an empty field is left out, as it was when it was written. */
function withoutAudit({ id, dtCreated, dtLastModified, createdBy, lastModifiedBy, ...entity }: Versioned): Record<string, unknown> {
	void [id, dtCreated, dtLastModified, createdBy, lastModifiedBy];
	return Object.fromEntries(Object.entries(entity).filter(([, value]) => value !== null));
}

/** m3ter does not say which status a version conflict has; both plausible ones are understood. */
const isVersionConflict = (error: unknown): boolean =>
	error instanceof Failure && (error.status === 409 || (error.status === 400 && /version/i.test(error.description ?? '')));

function versionConflict(error: unknown): Failure {
	const { description, message, status } = toFailure(error);
	return new Failure('conflict', 'It was changed in m3ter again and again meanwhile', {
		status,
		description: `Nothing was written: each of ${VERSION_CONFLICT_TRIES} attempts to merge found a newer version. Run the node again, and look for other workflows or people that change the same thing. ${description ?? message}`,
	});
}

/** Opens the organization of the node's m3ter credential. Reads the credential once. `ingestPace` replaces parts of the default one. */
export async function m3terApi(context: N8nContext, ingestPace: Pace = {}): Promise<M3terApi> {
	const credentials = await context.getCredentials<{ organizationId: string; baseUrl: string; ingestBaseUrl?: string }>('m3terApi');
	const baseUrl = credentials.baseUrl.trim();
	const settings: ApiSettings = {
		service: 'm3ter',
		credentialType: 'm3terApi',
		baseUrl,
		pace: CONFIG_PACE,
		// An expired token is 403 in m3ter's documentation and 401 in its SDK.
		refreshStatuses: [403],
		explain: explainM3ter,
	};
	const ingestUrl = credentials.ingestBaseUrl?.trim() || ingestUrlOf(baseUrl);
	return new M3terApi(
		new Api(context, settings),
		new Api(context, { ...settings, baseUrl: ingestUrl, pace: { ...INGEST_PACE, ...ingestPace } }),
		credentials.organizationId.trim(),
	);
}

/** `api.m3ter.com` → `ingest.m3ter.com`; any other host takes measurements itself. */
export const ingestUrlOf = (baseUrl: string): string => baseUrl.replace(/^(https?:\/\/)api\./, '$1ingest.');

/** m3ter's refusals in words. A 403 without JSON comes from the firewall in front of m3ter, not from m3ter. */
export function explainM3ter(answer: ApiAnswer, call: ApiCall): Failure {
	const said = messageOf(answer.body);
	const where = `${call.method} ${call.path}`;
	const options = { status: answer.status, description: `${where}: ${said ?? `HTTP ${answer.status}`}` };
	if (answer.status === 401) return new Failure('sign-in', 'm3ter did not accept the access key', { ...options, description: `${options.description}. Check Access Key ID and API Secret in the m3ter credential.` });
	if (answer.status === 403 && said === undefined) {
		return new Failure('refused', 'm3ter blocked the request before it was read', { ...options, description: `${where}: the firewall in front of m3ter answered 403. It refuses bodies over 512,000 bytes and text that looks like code.` });
	}
	if (answer.status === 403) return new Failure('permission', 'm3ter refused access', { ...options, description: `${options.description}. Check the organization ID and the access key in the credential, and the permission policies of its service user.` });
	if (answer.status === 404) return new Failure('not-found', 'm3ter does not know this', options);
	if (answer.status === 413) return new Failure('refused', 'The answer is too large for m3ter to send', { ...options, description: `${options.description}. Ask for fewer rows or exclude line items.` });
	if (answer.status === 429) return new Failure('throttled', 'm3ter is receiving too many requests', { ...options, description: `${options.description}. Wait a little, or run fewer executions at once.` });
	if (answer.status >= 500) return new Failure('unavailable', 'm3ter is not available at the moment', options);
	return new Failure('refused', 'm3ter refused the request', options);
}

function messageOf(body: unknown): string | undefined {
	if (body === null || typeof body !== 'object' || Buffer.isBuffer(body)) return undefined;
	if ('message' in body && typeof body.message === 'string') return body.message;
	if ('error_description' in body && typeof body.error_description === 'string') return body.error_description;
	return 'error' in body && typeof body.error === 'string' ? body.error : undefined;
}
