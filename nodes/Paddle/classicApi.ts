import { z } from 'zod';

import type { N8nContext } from '../n8n/context';
import { Api, type ApiAnswer, type ApiCall } from '../n8n/http';
import { Failure, type FailureKind } from '../shared/failure';
import { explainPaddle } from './api';

const LIVE_URL = 'https://vendors.paddle.com/api';
const SANDBOX_URL = 'https://sandbox-vendors.paddle.com/api';
const PATH = '/2.0/subscription';
const PACE = { perMinute: 150, concurrency: 3 };
const PAGE_SIZE = 250;
const MAX_PAGES = 40;

const answerSchema = z.object({
	success: z.boolean(),
	response: z.unknown(),
	error: z.object({ code: z.number().nullish(), message: z.string().nullish() }).nullish(),
});

type Parameters = Record<string, string | number | boolean>;

/** Paddle Classic's subscription calls: a form POST each, answered with HTTP 200 even when refused. Paths are below `/2.0/subscription`. */
export class ClassicApi {
	/** Requests sent through this instance, repetitions included. */
	calls = 0;

	constructor(
		private readonly http: Api,
		readonly account: string,
		private readonly dashboard: string,
	) {}

	/** The same connection with a counter of its own: for the requests of one bill. */
	counted(): ClassicApi {
		return new ClassicApi(this.http, this.account, this.dashboard);
	}

	/** A call that only reads, or that does no harm when it is repeated. */
	async read<S extends z.ZodTypeAny>(path: string, parameters: Parameters, schema: S): Promise<z.output<S>> {
		return schema.parse(await this.post(path, parameters, true)) as z.output<S>;
	}

	/**
	 * All rows of a list that goes on after the last id.
	 * @throws Failure for a list too long to be read: a part of it must not pass for the whole
	 */
	async list<S extends z.ZodTypeAny>(path: string, parameters: Parameters, row: S, idOf: (row: z.output<S>) => number): Promise<Array<z.output<S>>> {
		const rows: Array<z.output<S>> = [];
		let after: Parameters = {};
		for (let page = 0; page < MAX_PAGES; page++) {
			const found = (await this.read(path, { ...parameters, results_per_page: PAGE_SIZE, ...after }, z.array(row))) as Array<z.output<S>>;
			rows.push(...found);
			if (found.length < PAGE_SIZE) return rows;
			after = { after: idOf(found[found.length - 1]) };
		}
		throw new Failure('invalid-input', 'The list in Paddle Classic is too long', { description: `${path} has ${rows.length} entries or more.` });
	}

	/** A call that must not be repeated before looking: Classic has no idempotency keys. */
	async write(path: string, parameters: Parameters): Promise<void> {
		await this.post(path, parameters, false);
	}

	/** Where a person finds a subscription. */
	subscriptionUrl(id: string): string {
		return `${this.dashboard}/subscriptions/customers/manage/${id}`;
	}

	private async post(path: string, parameters: Parameters, repeatable: boolean): Promise<unknown> {
		const body = new URLSearchParams(Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)])).toString();
		const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
		const call: ApiCall = { method: 'POST', path: PATH + path, body, headers, repeatable };
		const answer = await this.http.send({ ...call, onAttempt: () => this.calls++ });
		const { success, response, error } = answerSchema.parse(answer.body);
		if (!success) throw explainClassic(call, error?.code ?? undefined, error?.message ?? 'no reason given');
		return response;
	}
}

interface Credential {
	environment: 'live' | 'sandbox' | 'custom';
	baseUrl?: string;
	vendorId: string;
}

/** Opens Paddle Classic with the node's credential. Reads the credential once. */
export async function classicApi(context: N8nContext): Promise<ClassicApi> {
	const { environment, baseUrl, vendorId } = await context.getCredentials<Credential & Record<string, unknown>>('paddleClassicForM3terApi');
	const url = environment === 'custom' ? String(baseUrl ?? '').trim() : environment === 'sandbox' ? SANDBOX_URL : LIVE_URL;
	const explain = (answer: ApiAnswer, call: ApiCall) => explainPaddle(answer, { ...call, path: `${call.path} (Classic)` });
	const http = new Api(context, { service: 'Paddle Classic', credentialType: 'paddleClassicForM3terApi', baseUrl: url, pace: PACE, explain });
	return new ClassicApi(http, `${url} ${vendorId}`, environment === 'live' ? 'https://vendors.paddle.com' : 'https://sandbox-vendors.paddle.com');
}

function explainClassic({ path }: ApiCall, code: number | undefined, message: string): Failure {
	const description = `POST ${path}: ${message}${code === undefined ? '' : ` (${code})`}`;
	const fail = (kind: FailureKind, what: string, next = '') => new Failure(kind, what, { description: description + next, status: 200, code: String(code) });
	if (code === 107) return fail('sign-in', 'Paddle Classic did not accept the vendor ID and auth code', '. Check them, and the environment, in the credential.');
	if (/unable to find|not found/i.test(message)) return fail('not-found', 'Paddle Classic does not have this object');
	return fail('refused', 'Paddle Classic refused the request');
}
