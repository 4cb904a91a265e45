import type { z } from 'zod';

import { documentsSince, type BillJob } from '../M3ter/billTarget';
import type { N8nContext } from '../n8n/context';
import { toFailure } from '../n8n/errors';
import { Api, type ApiAnswer, type ApiCall, type QueryValue } from '../n8n/http';
import { Failure, type FailureKind } from '../shared/failure';
import { encodeForm, type FormBody } from '../shared/form';
import { listOf } from './schemas';

/** Pinned: without it the account's own default applies and shapes drift. */
export const STRIPE_VERSION = '2026-10-28.endive';
/** Stripe allows 25 requests a second per endpoint (and 25 in all for a test key). */
const PACE = { perSecond: 20, concurrency: 5 };
const MAX_PAGES = 100;

type Query = Record<string, QueryValue>;

/** Stripe's API for one key. */
export class StripeApi {
	/** Requests sent through this instance, repetitions included. */
	calls = 0;

	constructor(
		private readonly http: Api,
		/** Whether the key works on live data. */
		readonly livemode: boolean,
	) {}

	/** The same connection with a counter of its own: for the requests of one bill. */
	counted(): StripeApi {
		return new StripeApi(this.http, this.livemode);
	}

	async get<S extends z.ZodTypeAny>(path: string, schema: S, query?: Query): Promise<z.output<S>> {
		return schema.parse((await this.send({ method: 'GET', path, query })).body) as z.output<S>;
	}

	/** The object, or undefined when Stripe does not have it. */
	async find<S extends z.ZodTypeAny>(path: string, schema: S, query?: Query): Promise<z.output<S> | undefined> {
		try {
			return await this.get(path, schema, query);
		} catch (error) {
			if (error instanceof Failure && error.status === 404) return undefined;
			throw toFailure(error);
		}
	}

	/**
	 * All rows of a list, newest first.
	 * @throws Failure for a list too long to be read: a part of it must not pass for the whole
	 */
	async list<S extends z.ZodTypeAny>(path: string, row: S, query: Query = {}): Promise<Array<z.output<S>>> {
		const rows: Array<z.output<S>> = [];
		let after: string | undefined;
		for (let page = 0; page < MAX_PAGES; page++) {
			const answer = await this.get(path, listOf(row), { ...query, limit: 100, starting_after: after });
			rows.push(...(answer.data as Array<z.output<S>>));
			const last: unknown = answer.data[answer.data.length - 1];
			if (!answer.has_more || last === undefined) return rows;
			after = (last as { id: string }).id;
		}
		throw tooLong(path, rows.length);
	}

	/**
	 * POST with an idempotency key, so it may be repeated. `replayed` tells that Stripe answered from its memory of the
	 * last 24 hours instead of acting.
	 * @throws Failure, with `replayed` in its details when the refusal is such a remembered one
	 */
	async post(path: string, body: FormBody, idempotencyKey: string): Promise<{ body: unknown; replayed: boolean }> {
		const answer = await this.send({
			method: 'POST',
			path,
			body: encodeForm(body),
			headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Idempotency-Key': idempotencyKey },
			repeatable: true,
		});
		return { body: answer.body, replayed: isReplay(answer) };
	}

	/** What is gone already, perhaps by an attempt whose answer was lost, is as good as deleted. */
	async delete(path: string): Promise<void> {
		try {
			await this.send({ method: 'DELETE', path });
		} catch (error) {
			const failure = toFailure(error);
			if (failure.status !== 404) throw toFailure(failure);
		}
	}

	/** Where a person finds an object. */
	dashboardUrl(path: string): string {
		return `https://dashboard.stripe.com/${this.livemode ? '' : 'test/'}${path}`;
	}

	private async send(call: ApiCall): Promise<ApiAnswer> {
		return await this.http.send({ ...call, onAttempt: () => this.calls++ });
	}
}

const tooLong = (path: string, rows: number) =>
	new Failure('invalid-input', 'The list in Stripe is too long', { description: `${path} has more than ${rows} entries.${path === '/v1/events' ? " Choose a later 'Changed Since'." : ''}` });

/** Opens Stripe with the node's credential. Reads the credential once. */
export async function stripeApi(context: N8nContext): Promise<StripeApi> {
	const { baseUrl, secretKey } = await context.getCredentials<{ baseUrl: string; secretKey: string }>('stripeForM3terApi');
	const http = new Api(context, {
		service: 'Stripe',
		credentialType: 'stripeForM3terApi',
		baseUrl: baseUrl.trim(),
		headers: { 'Stripe-Version': STRIPE_VERSION },
		pace: PACE,
		mayRetry,
		explain: explainStripe,
	});
	return new StripeApi(http, /^[sr]k_live_/.test(secretKey.trim()));
}

/** Lower bound of `created` for documents of a bill, in epoch seconds. */
export const createdSince = (job: BillJob): number | undefined => {
	const since = documentsSince(job);
	return since === undefined ? undefined : Math.floor(since / 1000);
};

const isReplay = ({ headers }: ApiAnswer): boolean => headers['idempotent-replayed'] === 'true';

/** Stripe says itself whether a repetition makes sense; without its word the rules of its SDK hold. A remembered answer stays the same. */
function mayRetry(answer: ApiAnswer): boolean {
	const { status, headers } = answer;
	const advice = headers['stripe-should-retry'];
	if (isReplay(answer)) return false;
	if (advice === 'true') return true;
	return advice !== 'false' && (status === 409 || status === 429 || status >= 500);
}

interface StripeError {
	type?: string;
	code?: string;
	message?: string;
	param?: string;
}

const NEXT_STEP: Record<string, string> = {
	resource_missing: 'Check the ID, and that it belongs to the same mode (live or test) as the key.',
	parameter_unknown: 'This is not understood by the pinned API version; please report it.',
	invoice_not_editable: 'The invoice is finalized. See the option \'When Locked\'.',
	url_invalid: 'Stripe only calls public https addresses. Set WEBHOOK_URL in n8n to its public address.',
	customer_tax_location_invalid: 'Give the customer a complete address in Stripe, or switch automatic tax off.',
	stripe_tax_inactive: 'Activate Stripe Tax, or switch automatic tax off.',
};

/** Stripe's refusals in words, with its request id for the support. */
export function explainStripe(answer: ApiAnswer, call: ApiCall): Failure {
	const error = errorOf(answer.body);
	const request = answer.headers['request-id'];
	const said = [error.message ?? `HTTP ${answer.status}`, error.param ? `(parameter ${error.param})` : '', error.code ? NEXT_STEP[error.code] ?? '' : ''];
	const description = `${call.method} ${call.path}: ${said.filter((part) => part !== '').join(' ')}${request ? ` [${request}]` : ''}`;
	const code = error.code ?? error.type;
	const details = { ...(error.param === undefined ? {} : { param: error.param }), ...(isReplay(answer) ? { replayed: true } : {}) };
	const fail = (kind: FailureKind, message: string) => new Failure(kind, message, { description, status: answer.status, code, details });
	if (answer.status === 401) return fail('sign-in', 'Stripe did not accept the key');
	if (answer.status === 403) return fail('permission', 'The Stripe key lacks a permission');
	if (answer.status === 404) return fail('not-found', 'Stripe does not have this object');
	if (answer.status === 429) return fail('throttled', 'Stripe is receiving too many requests');
	if (answer.status >= 500) return fail('unavailable', 'Stripe is not available at the moment');
	if (answer.status === 409 || error.type === 'idempotency_error') return fail('conflict', 'Another execution is writing to Stripe at this moment');
	if (error.code === 'invoice_not_editable') return fail('locked', 'The Stripe invoice can no longer be changed');
	return fail('refused', 'Stripe refused the request');
}

/**
 * Whether a refusal tells of the past or of somebody else's writes, not of this request: Stripe remembered it, or another
 * execution or a person was quicker. What is there now must be read again.
 */
export const isOutdated = ({ code, status, details }: Failure): boolean =>
	details?.replayed === true ||
	code === 'idempotency_error' ||
	code === 'invoice_not_editable' ||
	(code === 'resource_missing' && (status === 404 || /^lines\[\d+\]\[id\]$/.test(String(details?.param))));

function errorOf(body: unknown): StripeError {
	const error = body !== null && typeof body === 'object' && 'error' in body ? body.error : undefined;
	return error !== null && typeof error === 'object' ? (error as StripeError) : {};
}
