import type { z } from 'zod';

import { documentsSince, type BillJob } from '../M3ter/billTarget';
import type { N8nContext } from '../n8n/context';
import { toFailure } from '../n8n/errors';
import { Api, type ApiAnswer, type ApiCall, type QueryValue } from '../n8n/http';
import { Failure, type FailureKind } from '../shared/failure';
import { encodeForm, type FormBody } from '../shared/form';
import { configurationsSchema, listOf, type Catalog } from './schemas';

const BASE = '/api/v2';
const MAX_PAGES = 100;
const PAGE_SIZE = 100;
/** Chargebee counts all clients of a site together: leave room for the others. */
const SHARE_OF_LIMIT = 0.9;

type Query = Record<string, QueryValue>;

export interface Site {
	/** Where a person opens it. */
	url: string;
	/** Reads which product catalog the site has; asked once. */
	catalog: () => Promise<Catalog>;
}

/** Chargebee's API v2 for one site. Paths are below `/api/v2`. */
export class ChargebeeApi {
	/** Requests sent through this instance, repetitions included. */
	calls = 0;

	constructor(
		private readonly http: Api,
		private readonly site: Site,
	) {}

	/** The same connection with a counter of its own: for the requests of one bill. */
	counted(): ChargebeeApi {
		return new ChargebeeApi(this.http, this.site);
	}

	/** The site's product catalog. Not counted as a request of any bill. */
	async catalog(): Promise<Catalog> {
		return await this.site.catalog();
	}

	async get<S extends z.ZodTypeAny>(path: string, schema: S, query?: Query): Promise<z.output<S>> {
		return schema.parse((await this.send({ method: 'GET', path: BASE + path, query })).body) as z.output<S>;
	}

	/** The object, or undefined when Chargebee does not have it. */
	async find<S extends z.ZodTypeAny>(path: string, schema: S, query?: Query): Promise<z.output<S> | undefined> {
		try {
			return await this.get(path, schema, query);
		} catch (error) {
			if (error instanceof Failure && error.status === 404) return undefined;
			throw toFailure(error);
		}
	}

	/**
	 * All rows of a list, in the order `sort_by` asks for. Each row is wrapped in its resource's name.
	 * @throws Failure for a list too long to be read: a part of it must not pass for the whole
	 */
	async list<S extends z.ZodTypeAny>(path: string, name: string, row: S, query: Query = {}): Promise<Array<z.output<S>>> {
		const rows: Array<z.output<S>> = [];
		let offset: string | undefined;
		for (let page = 0; page < MAX_PAGES; page++) {
			const answer = await this.get(path, listOf(name, row), { ...query, limit: PAGE_SIZE, offset });
			rows.push(...(answer.rows as Array<z.output<S>>));
			if (answer.next === undefined || answer.next === offset) return rows;
			offset = answer.next;
		}
		throw tooLong(path, rows.length);
	}

	/**
	 * POST with an idempotency key, so it may be repeated. `replayed` tells that Chargebee answered from its memory of the
	 * last 30 minutes instead of acting.
	 */
	async post(path: string, body: FormBody, idempotencyKey: string): Promise<{ body: unknown; replayed: boolean }> {
		const answer = await this.send({
			method: 'POST',
			path: BASE + path,
			body: encodeForm(body),
			headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'chargebee-idempotency-key': idempotencyKey.slice(0, 100) },
			repeatable: true,
		});
		return { body: answer.body, replayed: answer.headers['chargebee-idempotency-replayed'] === 'true' };
	}

	/** Where a person finds an object. */
	pageUrl(path: string): string {
		return `${this.site.url}/${path}`;
	}

	private async send(call: ApiCall): Promise<ApiAnswer> {
		return await this.http.send({ ...call, onAttempt: () => this.calls++ });
	}
}

const tooLong = (path: string, rows: number) =>
	new Failure('invalid-input', 'The list in Chargebee is too long', { description: `${path} has more than ${rows} entries.${path === '/events' ? " Choose a later 'Changed Since'." : ''}` });

interface Credential {
	site: string;
	baseUrl?: string;
	requestsPerMinute?: number;
}

/** Opens Chargebee with the node's credential. Reads the credential once. */
export async function chargebeeApi(context: N8nContext): Promise<ChargebeeApi> {
	const credential = await context.getCredentials<Credential & Record<string, unknown>>('chargebeeForM3terApi');
	const siteUrl = `https://${credential.site.trim()}.chargebee.com`;
	const http = new Api(context, {
		service: 'Chargebee',
		credentialType: 'chargebeeForM3terApi',
		baseUrl: credential.baseUrl?.trim() || siteUrl,
		pace: { perMinute: Math.max(1, Math.floor((credential.requestsPerMinute ?? 150) * SHARE_OF_LIMIT)), concurrency: 5 },
		explain: explainChargebee,
	});
	let catalog: Promise<Catalog> | undefined;
	const readCatalog = async () => configurationsSchema.parse((await http.send({ method: 'GET', path: `${BASE}/configurations` })).body);
	return new ChargebeeApi(http, { url: siteUrl, catalog: async () => await (catalog ??= readCatalog()) });
}

/** Lower bound of `updated_at` for documents of a bill, in epoch seconds. */
export const updatedSince = (job: BillJob): number | undefined => {
	const since = documentsSince(job);
	return since === undefined ? undefined : Math.floor(since / 1000);
};

interface ChargebeeError {
	message?: string;
	api_error_code?: string;
	param?: string;
	error_cause_id?: string;
}

const NEXT_STEP: Record<string, string> = {
	configuration_incompatible: 'The site lacks a feature that this needs. Pending invoices need metered billing (Settings > Configure Chargebee > Metered Billing).',
	resource_limit_exhausted: 'Delete what is no longer used in Chargebee.',
	invalid_state_for_request: "Its state forbids the change. See the option 'When Locked'.",
	lock_timeout: 'Another process works on the same customer. Try again a little later.',
	payment_processing_failed: 'The payment did not go through. Nothing was invoiced.',
	payment_method_not_present: "The customer has no payment method. Leave 'Collect Payment' off.",
	site_read_only_mode: 'The site is being maintained.',
};

/** Chargebee's refusals in words. Proxies in front of it answer in HTML, so nothing is taken for granted. */
export function explainChargebee(answer: ApiAnswer, call: ApiCall): Failure {
	const error = errorOf(answer.body);
	const code = error.api_error_code;
	const said = [error.message ?? `HTTP ${answer.status}`, error.param && !error.message?.includes(error.param) ? `(parameter ${error.param})` : '', NEXT_STEP[code ?? ''] ?? ''];
	const cause = error.error_cause_id ? ` [${error.error_cause_id}]` : '';
	const description = `${call.method} ${call.path}: ${said.filter((part) => part !== '').join('. ')}${cause}`;
	const fail = (kind: FailureKind, message: string) =>
		new Failure(kind, message, { description, status: answer.status, code, ...(error.param ? { details: { param: error.param } } : {}) });
	if (answer.status === 401) return fail('sign-in', 'Chargebee did not accept the key');
	if (answer.status === 403) return fail('permission', 'The Chargebee key lacks a permission');
	if (answer.status === 404) return fail('not-found', code === 'site_not_found' ? 'Chargebee has no such site' : 'Chargebee does not have this object');
	if (answer.status === 409) return fail('conflict', 'The state of the Chargebee object forbids this');
	if (answer.status === 422) return fail('conflict', 'Another execution is writing to Chargebee at this moment');
	if (answer.status === 429) return fail('throttled', code === 'lock_timeout' ? 'The Chargebee customer is locked by another process' : 'Chargebee is receiving too many requests');
	if (answer.status >= 500) return fail('unavailable', 'Chargebee is not available at the moment');
	return fail('refused', 'Chargebee refused the request');
}

function errorOf(body: unknown): ChargebeeError {
	return body !== null && typeof body === 'object' && !Buffer.isBuffer(body) ? body : {};
}
