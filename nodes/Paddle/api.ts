import type { z } from 'zod';

import { documentsSince, type BillJob } from '../M3ter/billTarget';
import type { N8nContext } from '../n8n/context';
import { toFailure } from '../n8n/errors';
import { Api, type ApiAnswer, type ApiCall, type QueryValue } from '../n8n/http';
import { Failure, type FailureKind } from '../shared/failure';
import { dataOf, pageOf, priceSchema, type PaddlePrice } from './schemas';

/** Paddle allows 240 requests a minute per IP address, whoever sends them: leave room for other workflows of the same host. */
const PACE = { perMinute: 200, concurrency: 5 };
const MAX_PAGES = 100;
const LIVE_URL = 'https://api.paddle.com';
const SANDBOX_URL = 'https://sandbox-api.paddle.com';

type Query = Record<string, QueryValue>;

/** What all calls of one run share. */
interface Connection {
	http: Api;
	/** Where people work with it. */
	dashboard: string;
	/** Separates the accounts that one n8n works with. */
	account: string;
	/** A price that bills a charge never changes: read once per run. */
	prices: Map<string, Promise<PaddlePrice>>;
}

/** Paddle Billing's API for one key. */
export class PaddleApi {
	/** Requests sent through this instance, repetitions included. */
	calls = 0;

	constructor(private readonly connection: Connection) {}

	/** The same connection with a counter of its own: for the requests of one bill. */
	counted(): PaddleApi {
		return new PaddleApi(this.connection);
	}

	get account(): string {
		return this.connection.account;
	}

	async get<S extends z.ZodTypeAny>(path: string, schema: S, query?: Query): Promise<z.output<S>> {
		return this.entity(schema, await this.send({ method: 'GET', path, query }));
	}

	/** The object, or undefined when Paddle does not have it. */
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
	 * @param perPage the list's maximum: 200, but 30 for transactions
	 * @param goesOn tells from a page's last row whether older ones are wanted
	 * @throws Failure for a list too long to be read: a part of it must not pass for the whole
	 */
	async list<S extends z.ZodTypeAny>(path: string, row: S, query: Query = {}, perPage = 200, goesOn: (last: z.output<S>) => boolean = () => true): Promise<Array<z.output<S>>> {
		const rows: Array<z.output<S>> = [];
		let after: string | undefined;
		for (let page = 0; page < MAX_PAGES; page++) {
			const { body } = await this.send({ method: 'GET', path, query: { ...query, per_page: perPage, order_by: 'id[DESC]', after } });
			const answer = pageOf(row).parse(body);
			rows.push(...(answer.data as Array<z.output<S>>));
			const last: unknown = answer.data[answer.data.length - 1];
			if (!answer.meta?.pagination?.has_more || last === undefined || !goesOn(last as z.output<S>)) return rows;
			const { id, event_id: eventId } = last as { id?: string; event_id?: string };
			after = id ?? eventId;
		}
		throw tooLong(path, rows.length);
	}

	/** A price by id, inline ones included. */
	async price(id: string): Promise<PaddlePrice> {
		const { prices } = this.connection;
		const known = prices.get(id) ?? this.get(`/prices/${id}`, priceSchema);
		prices.set(id, known);
		try {
			return await known;
		} catch (error) {
			prices.delete(id);
			throw toFailure(error);
		}
	}

	/** Paddle has no idempotency keys: when no answer comes, the caller looks what happened before it sends again. */
	async post<S extends z.ZodTypeAny>(path: string, body: object, schema: S): Promise<z.output<S>> {
		return this.entity(schema, await this.send({ method: 'POST', path, body }));
	}

	/** Sets fields to values, so it may be repeated. */
	async patch<S extends z.ZodTypeAny>(path: string, body: object, schema: S): Promise<z.output<S>> {
		return this.entity(schema, await this.send({ method: 'PATCH', path, body, repeatable: true }));
	}

	/** What is gone already is as good as deleted. */
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
		return `${this.connection.dashboard}/${path}`;
	}

	private entity<S extends z.ZodTypeAny>(schema: S, { body }: ApiAnswer): z.output<S> {
		return dataOf(schema).parse(body).data as z.output<S>;
	}

	private async send(call: ApiCall): Promise<ApiAnswer> {
		return await this.connection.http.send({ ...call, onAttempt: () => this.calls++ });
	}
}

const tooLong = (path: string, rows: number) =>
	new Failure('invalid-input', 'The list in Paddle is too long', { description: `${path} has more than ${rows} entries.${path === '/events' ? " Choose a later 'Changed Since'." : ''}` });

interface Credential {
	environment: 'live' | 'sandbox' | 'custom';
	baseUrl?: string;
	apiKey: string;
}

/**
 * Opens Paddle Billing with the node's credential. Reads the credential once.
 * @throws Failure `sign-in` when the key belongs to the other environment.
 */
export async function paddleApi(context: N8nContext): Promise<PaddleApi> {
	const { environment, baseUrl, apiKey } = await context.getCredentials<Credential & Record<string, unknown>>('paddleForM3terApi');
	const url = environment === 'custom' ? String(baseUrl ?? '').trim() : environment === 'sandbox' ? SANDBOX_URL : LIVE_URL;
	const key = apiKey.trim();
	const keyIsLive = key.startsWith('pdl_live_');
	if ((environment === 'sandbox' && keyIsLive) || (environment === 'live' && key.startsWith('pdl_sdbx_'))) {
		throw new Failure('sign-in', 'The Paddle key belongs to the other environment', {
			description: `The credential's environment is ${environment}, the key is for ${keyIsLive ? 'live' : 'the sandbox'}. Change one of them.`,
		});
	}
	const http = new Api(context, { service: 'Paddle', credentialType: 'paddleForM3terApi', baseUrl: url, pace: PACE, explain: explainPaddle });
	const isLive = environment === 'live' || (environment === 'custom' && keyIsLive);
	return new PaddleApi({ http, dashboard: isLive ? 'https://vendors.paddle.com' : 'https://sandbox-vendors.paddle.com', account: url, prices: new Map() });
}

/** Lower bound of `created_at` for documents of a bill. */
export const createdSince = (job: BillJob): string | undefined => {
	const since = documentsSince(job);
	return since === undefined ? undefined : new Date(since).toISOString();
};

interface PaddleError {
	code?: string;
	detail?: string;
	errors?: Array<{ field?: string; message?: string }>;
}

const TOO_SMALL = "The total is below what Paddle collects by itself (about 0.70 USD). Send it with 'Next Billing Period'.";
const NEXT_STEP: Record<string, string> = {
	forbidden: 'Check that the key belongs to this environment and has the permission named in docs/paddle.md.',
	invalid_token: 'Check the key in Paddle under Developer Tools > Authentication.',
	subscription_locked_renewal: 'Paddle takes no charge within 30 minutes of a billing. Send the bill again after that.',
	subscription_locked_processing: 'Another change of the subscription is being processed. Send the bill again.',
	subscription_locked_pending_changes: 'The subscription has a scheduled change. Remove it in Paddle, or charge immediately.',
	subscription_is_past_due_action_invalid: 'The subscription is past due: it can be charged once the open payment is settled.',
	subscription_is_canceled_action_invalid: "The subscription is canceled. Use 'Draft Transaction' as the target.",
	subscription_is_inactive_action_invalid: "The subscription is paused. Resume it, or use 'Draft Transaction' as the target.",
	subscription_update_transaction_balance_less_than_charge_limit: TOO_SMALL,
	transaction_balance_less_than_charge_limit: TOO_SMALL,
	transaction_maximum_number_of_line_items_reached: "Paddle takes 100 lines in one transaction, recurring ones included. Choose 'By Product' in the option 'Group Lines'.",
	transaction_immutable: "The transaction can no longer be changed. See the option 'When Locked'.",
	transaction_customer_name_required: 'Give the customer a name in Paddle; an invoice needs one.',
	transaction_status_must_be_ready: "The transaction is not complete: it needs a customer with an address. Add one in Paddle, or set the option 'Address ID'.",
	product_tax_category_not_approved: "Ask Paddle to enable this tax category for the account, or choose another in the option 'Tax Category'.",
	notification_maximum_active_settings_reached: 'An account has room for ten active destinations, those of test executions included: deactivate one in Paddle under Developer Tools > Notifications.',
	subscription_immediate_charge_hour_limit_exceeded: 'Paddle takes 20 immediate charges an hour per subscription.',
	subscription_immediate_charge_24_hour_limit_exceeded: 'Paddle takes 100 immediate charges a day per subscription.',
};

/** Paddle's refusals in words, with its request id for the support. */
export function explainPaddle(answer: ApiAnswer, call: ApiCall): Failure {
	const { error, requestId } = errorOf(answer.body);
	const fields = (error.errors ?? []).map(({ field, message }) => `${field}: ${message}`).join('; ');
	const said = [error.detail ?? `HTTP ${answer.status}`, fields, NEXT_STEP[error.code ?? ''] ?? ''].filter((part) => part !== '').join('. ');
	const description = `${call.method} ${call.path}: ${said}${error.code ? ` (${error.code})` : ''}${requestId ? ` [${requestId}]` : ''}`;
	const fail = (kind: FailureKind, message: string) => new Failure(kind, message, { description, status: answer.status, code: error.code });
	if (answer.status === 401) return fail('sign-in', 'Paddle did not accept the key');
	if (answer.status === 403) return error.code === 'forbidden' ? fail('permission', 'The Paddle key lacks a permission') : fail('sign-in', 'Paddle did not accept the key');
	if (answer.status === 404) return fail('not-found', 'Paddle does not have this object');
	if (answer.status === 409) return fail('conflict', 'The Paddle object is locked at this moment');
	if (answer.status === 429) return fail('throttled', 'Paddle is receiving too many requests');
	if (answer.status >= 500) return fail('unavailable', 'Paddle is not available at the moment');
	if (error.code === 'transaction_immutable') return fail('locked', 'The Paddle transaction can no longer be changed');
	return fail('refused', 'Paddle refused the request');
}

function errorOf(body: unknown): { error: PaddleError; requestId?: string } {
	const { error, meta } = (body !== null && typeof body === 'object' && !Buffer.isBuffer(body) ? body : {}) as { error?: PaddleError; meta?: { request_id?: string } };
	return { error: error !== null && typeof error === 'object' ? error : {}, requestId: meta?.request_id };
}
