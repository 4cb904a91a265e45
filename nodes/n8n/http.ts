import {
	NodeApiError,
	sleep,
	type IAdditionalCredentialOptions,
	type IHttpRequestMethods,
	type IHttpRequestOptions,
	type IN8nHttpFullResponse,
} from 'n8n-workflow';

import { version } from '../../package.json';
import { Failure } from '../shared/failure';
import { backoffMs, isRetryableStatus, retryAfterMs } from '../shared/retry';
import type { N8nContext } from './context';
import { Pacer, type Pace } from './pacer';

export type QueryValue = string | number | boolean | readonly string[] | undefined;

export interface ApiCall {
	method: IHttpRequestMethods;
	/** Path below the base URL, or a whole URL. */
	path: string;
	/** Arrays are repeated (`ids=a&ids=b`). */
	query?: Record<string, QueryValue>;
	/** An object is sent as JSON; text and bytes as they are. */
	body?: object | string | Buffer;
	headers?: Record<string, string>;
	/** The provider recognises a repetition, or it does no harm: may be repeated when no answer came. Default: every method but POST and PATCH. */
	repeatable?: boolean;
	/** The answer as bytes instead of parsed JSON. */
	binary?: boolean;
	/** Called for every request sent, repetitions included: counts the requests of one bill. */
	onAttempt?: () => void;
	/** Called before the call is repeated, with what went wrong. Not for a repetition after the sign-in was renewed. */
	onRepeat?: (failure: Failure) => void;
}

export interface ApiAnswer {
	status: number;
	headers: Record<string, string | undefined>;
	body: unknown;
}

export interface ApiSettings {
	/** The service's name, for messages. */
	service: string;
	credentialType: string;
	baseUrl: string;
	headers?: Record<string, string>;
	pace?: Pace;
	timeoutMs?: number;
	/** Statuses beside 401 after which the credential is refreshed once and the request sent again. */
	refreshStatuses?: readonly number[];
	/** Whether the same request may succeed later. Default: 408, 429 and 5xx gateway statuses. */
	mayRetry?(answer: ApiAnswer): boolean;
	/** How long to wait after a 429 that carries no `Retry-After`, where the service documents it. */
	throttleWaitMs?: number;
	/** Turns a refusal into words: what the service said and what to do next. */
	explain(answer: ApiAnswer, call: ApiCall): Failure;
}

const MAX_ATTEMPTS = 4;
const BACKOFF = { baseMs: 500, maxMs: 8_000, random: Math.random };
/** Longest pause a service may ask for within one request; beyond that the user is told when to come back. */
const MAX_WAIT_MS = 60_000;
const TIMEOUT_MS = 60_000;
const SLICE_MS = 500;
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE', 'HEAD']);

/** The one way to a service: n8n's authenticated request with pacing, retries, one error language and a call counter. */
export class Api {
	/** Requests sent so far, repetitions included. */
	calls = 0;

	private readonly pacer: Pacer;

	/** The call that made n8n renew the credential; once per run. */
	private renewal?: Promise<ApiAnswer | Failure>;

	constructor(
		private readonly context: N8nContext,
		private readonly settings: ApiSettings,
	) {
		this.pacer = new Pacer(settings.pace);
	}

	/**
	 * Sends a call and returns the successful answer.
	 * Repeats on 408, 429 and 5xx, honouring `Retry-After`. A call that is not repeatable is repeated only where the
	 * service says that it did nothing (429).
	 * @throws Failure, already in words for people; `outcomeUnknown` when the call may have taken effect.
	 */
	async send(call: ApiCall): Promise<ApiAnswer> {
		const repeatable = call.repeatable ?? REPEATABLE.has(call.method);
		for (let attempt = 1; ; attempt++) {
			const outcome = await this.attempt(call);
			if (!(outcome instanceof Failure) && outcome.status < 400) return outcome;
			const failure = outcome instanceof Failure ? outcome : this.settings.explain(outcome, call);
			const wish = outcome instanceof Failure ? undefined : this.wishOf(outcome);
			const harmless = repeatable || (!(outcome instanceof Failure) && outcome.status === 429);
			const worthwhile = attempt < MAX_ATTEMPTS && harmless && this.isPassing(outcome) && (wish ?? 0) <= MAX_WAIT_MS;
			if (worthwhile) await this.pause(backoffMs(attempt, wish, BACKOFF));
			if (!worthwhile || isCancelled(this.context)) throw withRetryAdvice(failure, wish, !repeatable);
			call.onRepeat?.(failure);
		}
	}

	async get(path: string, query?: ApiCall['query']): Promise<unknown> {
		return (await this.send({ method: 'GET', path, query })).body;
	}

	private wishOf({ status, headers }: ApiAnswer): number | undefined {
		return retryAfterMs(headers['retry-after'], Date.now()) ?? (status === 429 ? this.settings.throttleWaitMs : undefined);
	}

	private isPassing(outcome: ApiAnswer | Failure): boolean {
		if (outcome instanceof Failure) return outcome.kind === 'unavailable';
		return this.settings.mayRetry?.(outcome) ?? isRetryableStatus(outcome.status);
	}

	/** A call that was refused with an outdated sign-in goes out again after the renewal, which many calls share. */
	private async attempt(call: ApiCall): Promise<ApiAnswer | Failure> {
		const renewedBefore = this.renewal !== undefined;
		await this.renewal;
		const answer = await this.pacer.run(async () => await this.exchange(call, [401]));
		if (renewedBefore || answer instanceof Failure || !this.settings.refreshStatuses?.includes(answer.status)) return answer;
		if (this.renewal === undefined) {
			this.renewal = this.pacer.run(async () => await this.exchange(call, [answer.status]));
			return await this.renewal;
		}
		await this.renewal;
		return await this.pacer.run(async () => await this.exchange(call, [401]));
	}

	/** One exchange. Statuses in `refreshOn` make n8n renew the credential and send once more; all others come back as data. */
	private async exchange(call: ApiCall, refreshOn: number[]): Promise<ApiAnswer | Failure> {
		this.calls++;
		call.onAttempt?.();
		const extra: IAdditionalCredentialOptions = { preAuthenticationRetryStatusCode: refreshOn[0] };
		try {
			const response: IN8nHttpFullResponse = await this.context.helpers.httpRequestWithAuthentication.call(
				this.context,
				this.settings.credentialType,
				this.options(call, refreshOn),
				extra,
			);
			return { status: response.statusCode, headers: lowerCased(response.headers), body: response.body };
		} catch (error) {
			return fromThrown(error, this.settings.service);
		}
	}

	private options(call: ApiCall, refreshOn: number[]): IHttpRequestOptions {
		const json = typeof call.body === 'object' && !Buffer.isBuffer(call.body);
		return {
			method: call.method,
			url: urlOf(this.settings.baseUrl, call),
			headers: {
				'User-Agent': `n8n-nodes-m3ter/${version}`,
				Accept: 'application/json',
				...(json ? { 'Content-Type': 'application/json' } : {}),
				...this.settings.headers,
				...call.headers,
			},
			...(call.body === undefined ? {} : { body: json ? JSON.stringify(call.body) : call.body }),
			...(call.binary ? { encoding: 'arraybuffer' as const } : {}),
			timeout: this.settings.timeoutMs ?? TIMEOUT_MS,
			returnFullResponse: true,
			ignoreHttpStatusErrors: { ignore: true, except: refreshOn },
		};
	}

	/** Waits in slices, so that a cancelled execution stops soon. */
	private async pause(ms: number): Promise<void> {
		for (let left = ms; left > 0 && !isCancelled(this.context); left -= SLICE_MS) await sleep(Math.min(SLICE_MS, left));
	}
}

const isCancelled = (context: N8nContext): boolean =>
	'getExecutionCancelSignal' in context && context.getExecutionCancelSignal()?.aborted === true;

function urlOf(baseUrl: string, { path, query = {} }: ApiCall): string {
	const search = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) {
		if (value === undefined) continue;
		for (const entry of Array.isArray(value) ? value : [value]) search.append(name, String(entry));
	}
	const url = /^https?:\/\//.test(path) ? path : baseUrl.replace(/\/+$/, '') + path;
	const text = search.toString();
	return text === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${text}`;
}

const lowerCased = (headers: Record<string, unknown>): Record<string, string | undefined> =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value === undefined ? undefined : String(value)]));

interface AxiosLikeError {
	code?: string;
	message?: string;
	isAxiosError?: boolean;
	response?: { status: number; headers: Record<string, unknown>; data: unknown };
}

/** n8n throws on network trouble, on refused sign-in and out of a credential's own token request: the cause tells which. */
function fromThrown(error: unknown, service: string): ApiAnswer | Failure {
	const cause: AxiosLikeError = ((error instanceof NodeApiError ? error.cause : error) ?? {}) as AxiosLikeError;
	if (cause.response) return { status: cause.response.status, headers: lowerCased(cause.response.headers), body: cause.response.data };
	if (cause instanceof Failure) return cause;
	// Neither an answer nor the network: the credential's own words about the sign-in, or n8n's about a missing credential.
	if (cause.message !== undefined && cause.code === undefined && !cause.isAxiosError) {
		return new Failure(error instanceof NodeApiError ? 'sign-in' : 'invalid-input', cause.message);
	}
	return new Failure('unavailable', `${service} did not answer`, {
		description: `${cause.code ?? 'No answer'}: ${cause.message ?? 'the connection was lost'}. Check the base URL and the network, then try again.`,
		outcomeUnknown: cause.code !== 'ECONNREFUSED' && cause.code !== 'ENOTFOUND',
	});
}

function withRetryAdvice(failure: Failure, wishMs: number | undefined, unsafe: boolean): Failure {
	if (wishMs === undefined && !unsafe) return failure;
	return new Failure(failure.kind, failure.message, {
		description: failure.description,
		status: failure.status,
		code: failure.code,
		details: failure.details,
		retryAfterMs: wishMs ?? failure.retryAfterMs,
		outcomeUnknown: failure.outcomeUnknown || (unsafe && failure.status !== undefined && failure.status >= 500),
	});
}
