import { NodeConnectionTypes, type IExecuteFunctions, type INodeType } from 'n8n-workflow';
import type * as N8nWorkflow from 'n8n-workflow';

import { Api, type ApiCall, type ApiSettings } from '../../nodes/n8n/http';
import { Failure } from '../../nodes/shared/failure';
import { runNode, type CredentialStore } from '../engine/harness';
import { HttpError, Router, startServer, type Fault, type SandboxServer } from '../sandbox/kit/http';

/** Milliseconds the code under test wanted to sleep. */
const mockWaits: number[] = [];
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof N8nWorkflow>('n8n-workflow'),
	sleep: async (ms: number) => void mockWaits.push(ms),
}));

let server: SandboxServer;
let credentials: CredentialStore;
/** Tokens from this one on are good; `unauthorized` answers the others. */
let goodFrom: number;
let unauthorized: number;
let signIns: number;

beforeAll(async () => {
	const router = new Router();
	router.on('POST', '/oauth/token', () => ({ status: 200, body: { access_token: `token-${++signIns}`, expires_in: 3600 } }));
	for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
		router.on(method, '/echo', (request) => ({ status: 200, body: { query: request.query.toString(), body: request.body ?? null } }));
	}
	router.on('GET', '/page', () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Log in</h1>' }));
	router.on('GET', '/file', () => ({ status: 200, headers: { 'content-type': 'application/pdf' }, body: Buffer.from([0, 255, 254]) }));
	server = await startServer({
		name: 'service',
		router,
		before: ({ path, headers }) => {
			const token = Number(/^Bearer token-(\d+)$/.exec(headers.authorization ?? '')?.[1]);
			if (path !== '/oauth/token' && !(token >= goodFrom)) throw new HttpError(unauthorized, { message: 'Forbidden' });
		},
	});
});

afterAll(async () => await server.close());

beforeEach(() => {
	server.clearFaults();
	server.requests.length = 0;
	mockWaits.length = 0;
	signIns = 0;
	goodFrom = 0;
	unauthorized = 401;
	credentials = { m3terApi: { organizationId: 'o', accessKeyId: 'k', apiSecret: 's', baseUrl: server.url, sessionToken: 'token-0' } };
});

const settings = (): ApiSettings => ({
	service: 'The service',
	credentialType: 'm3terApi',
	baseUrl: server.url,
	explain: ({ status, body }) => new Failure('refused', `HTTP ${status}`, { status, description: typeof body === 'string' ? body : JSON.stringify(body) }),
});

/** Does `work` inside a node in n8n's real engine, with n8n's own authenticated request. */
async function inNode<T>(work: (api: Api, context: IExecuteFunctions) => Promise<T>, own: Partial<ApiSettings> = {}): Promise<T> {
	let outcome: { value: T } | { error: unknown } | undefined;
	const node: INodeType = {
		description: {
			displayName: 'Probe',
			name: 'probe',
			group: ['input'],
			version: 1,
			description: '',
			defaults: {},
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			credentials: [{ name: 'm3terApi', required: true }],
			properties: [],
		},
		async execute() {
			outcome = await work(new Api(this, { ...settings(), ...own }), this).then(
				(value) => ({ value }),
				(error: unknown) => ({ error }),
			);
			return [[]];
		},
	};
	const { error } = await runNode({ node, credentials });
	expect(error).toBeUndefined();
	if (outcome === undefined) throw new Error('The probe did not run');
	if ('error' in outcome) throw outcome.error;
	return outcome.value;
}

/** One call, with how often it was sent. */
async function send(call: Partial<ApiCall>, own: Partial<ApiSettings> = {}) {
	let attempts = 0;
	return await inNode(async (api) => {
		const answer = await api.send({ method: 'GET', path: '/echo', onAttempt: () => attempts++, ...call }).catch((error: unknown) => error);
		expect(api.calls).toBe(attempts);
		return { answer, failure: answer as Failure, attempts };
	}, own);
}

const fault = (kind: Fault['kind'], more: Partial<Fault> = {}) => server.addFault({ kind, path: '/echo', times: Infinity, ...more });
const waited = () => mockWaits.reduce((total, ms) => total + ms, 0);

describe('a call that may be repeated', () => {
	test.each([408, 429, 500, 502, 503, 504])('is sent four times on %i, then explained', async (status) => {
		fault('status', { status, body: { message: 'trouble' } });
		const { failure, attempts } = await send({});
		expect(failure).toMatchObject({ message: `HTTP ${status}`, status, description: '{"message":"trouble"}', outcomeUnknown: false });
		expect(attempts).toBe(4);
		expect(server.requests).toHaveLength(4);
		expect(waited()).toBeGreaterThanOrEqual(250 + 500 + 1000);
		expect(waited()).toBeLessThanOrEqual(500 + 1000 + 2000);
	});

	test.each([400, 403, 404, 409, 413, 422, 501])('is sent once on %i', async (status) => {
		fault('status', { status });
		expect(await send({})).toMatchObject({ attempts: 1, failure: { status } });
		expect(mockWaits).toEqual([]);
	});

	test.each(['GET', 'PUT', 'DELETE'] as const)('%s goes on after lost answers', async (method) => {
		fault('lost', { times: 2 });
		expect(await send({ method })).toMatchObject({ attempts: 3, answer: { status: 200 } });
	});

	test('tells what the network said when it stays down', async () => {
		fault('refuse');
		const { failure, attempts } = await send({});
		expect(attempts).toBe(4);
		expect(failure).toMatchObject({ kind: 'unavailable', message: 'The service did not answer', outcomeUnknown: true, description: expect.stringMatching(/ECONNRESET|socket hang up/) });
	});

	test('gives up on a service that never answers', async () => {
		fault('hang');
		expect(await send({}, { timeoutMs: 60 })).toMatchObject({ attempts: 4, failure: { kind: 'unavailable', description: expect.stringContaining('timeout') } });
	});

	test('knows that nothing happened when nobody listens', async () => {
		const { failure } = await send({ method: 'POST', path: 'http://127.0.0.1:1/echo' });
		expect(failure).toMatchObject({ kind: 'unavailable', outcomeUnknown: false, description: expect.stringContaining('ECONNREFUSED') });
	});

	test('follows the service\'s own rules where it has some', async () => {
		fault('status', { status: 409, headers: { 'Should-Retry': 'true' }, times: 1 });
		fault('status', { status: 503 });
		expect(await send({}, { mayRetry: ({ headers }) => headers['should-retry'] === 'true' })).toMatchObject({ attempts: 2, failure: { status: 503 } });
	});
});

describe('a write that may not be repeated', () => {
	test.each(['POST', 'PATCH'] as const)('%s is sent once on a server error, and the outcome is unknown', async (method) => {
		fault('status', { status: 502 });
		expect(await send({ method, body: {} })).toMatchObject({ attempts: 1, failure: { status: 502, outcomeUnknown: true } });
	});

	test.each(['refuse', 'lost'] as const)('is sent once when the connection breaks: %s', async (kind) => {
		fault(kind);
		expect(await send({ method: 'POST', body: {} })).toMatchObject({ attempts: 1, failure: { kind: 'unavailable', outcomeUnknown: true } });
	});

	test('is sent again when the service says it did nothing', async () => {
		fault('status', { status: 429, times: 2 });
		expect(await send({ method: 'POST', body: { a: 1 } })).toMatchObject({ attempts: 3, answer: { body: { body: { a: 1 } } } });
	});

	test('has a known outcome when it was refused', async () => {
		fault('status', { status: 400 });
		expect(await send({ method: 'POST', body: {} })).toMatchObject({ attempts: 1, failure: { outcomeUnknown: false } });
	});

	test('is repeated like any other when the caller vouches for it', async () => {
		fault('status', { status: 500, times: 3 });
		expect(await send({ method: 'POST', body: {}, repeatable: true })).toMatchObject({ attempts: 4, answer: { status: 200 } });
	});
});

describe('Retry-After', () => {
	test('is waited for', async () => {
		fault('status', { status: 429, headers: { 'Retry-After': '7' }, times: 1 });
		expect(await send({})).toMatchObject({ attempts: 2, answer: { status: 200 } });
		expect(waited()).toBe(7000);
		expect(Math.max(...mockWaits)).toBeLessThanOrEqual(500);
	});

	test('longer than a minute is handed on instead', async () => {
		fault('status', { status: 503, headers: { 'Retry-After': '90' } });
		expect(await send({})).toMatchObject({ attempts: 1, failure: { status: 503, retryAfterMs: 90_000 } });
		expect(mockWaits).toEqual([]);
	});

	test('does not make a refusal worth repeating', async () => {
		fault('status', { status: 400, headers: { 'Retry-After': '1' } });
		expect(await send({})).toMatchObject({ attempts: 1, failure: { retryAfterMs: 1000 } });
	});
});

describe('an expired sign-in', () => {
	test.each([401, 403])('answered with %i is renewed once, and the call goes through', async (status) => {
		unauthorized = status;
		goodFrom = 1;
		expect(await send({}, { refreshStatuses: [403] })).toMatchObject({ answer: { status: 200 } });
		expect(signIns).toBe(1);
		expect(credentials.m3terApi.sessionToken).toBe('token-1');
	});

	test.each([401, 403])('is not renewed for ever: %i', async (status) => {
		unauthorized = status;
		goodFrom = Infinity;
		const answers = await inNode(
			async (api) => [await api.get('/echo').catch((error: unknown) => error), await api.get('/echo').catch((error: unknown) => error)],
			{ refreshStatuses: [403] },
		);
		expect(answers).toMatchObject([{ status }, { status }]);
		expect(signIns).toBeLessThanOrEqual(2);
	});

	test.each([401, 403])('met by many calls at once fails none of them: %i', async (status) => {
		unauthorized = status;
		goodFrom = 1;
		server.addFault({ kind: 'delay', ms: 30, path: '/oauth/token' });
		const eight = async (api: Api) => await Promise.all(Array.from({ length: 8 }, async () => await api.get('/echo').then(() => 'done', String)));
		expect(await inNode(eight, { refreshStatuses: [403] })).toEqual(Array(8).fill('done'));
		// A 401 is renewed by n8n itself, for each call that meets it.
		expect(signIns).toBe(status === 403 ? 1 : 5);
	});

	test('that cannot be renewed says what the sign-in said', async () => {
		goodFrom = 1;
		server.addFault({ kind: 'status', status: 401, path: '/oauth/token', body: { message: 'Unknown key' } });
		expect(await send({})).toMatchObject({ failure: { status: 401, description: expect.stringContaining('Unknown key') } });
	});

	test('403 is final where the service does not use it for that', async () => {
		unauthorized = 403;
		goodFrom = 1;
		expect(await send({})).toMatchObject({ attempts: 1, failure: { status: 403 } });
		expect(signIns).toBe(0);
	});
});

describe('what is sent and read', () => {
	test('an HTML error page reaches the explanation as text', async () => {
		fault('html', { status: 403 });
		expect(await send({})).toMatchObject({ attempts: 1, failure: { status: 403, description: expect.stringContaining('<h1>403') } });
	});

	test('an HTML page with status 200 is text, not JSON', async () => expect(await send({ path: '/page' })).toMatchObject({ answer: { status: 200, body: '<h1>Log in</h1>' } }));

	test('bytes stay bytes', async () => {
		const { answer } = await send({ path: '/file', binary: true });
		expect(Buffer.from((answer as { body: Buffer }).body)).toEqual(Buffer.from([0, 255, 254]));
	});

	test('lists in a query are repeated, and what is undefined is left out', async () => {
		expect(await send({ query: { ids: ['a', 'b&c'], limit: 5, all: true, after: undefined } })).toMatchObject({ answer: { body: { query: 'ids=a&ids=b%26c&limit=5&all=true' } } });
	});

	test('every request says who it is from', async () => {
		await send({ method: 'POST', body: { a: 'ü' } });
		expect(server.requests[0]).toMatchObject({ body: { a: 'ü' }, headers: { 'user-agent': expect.stringMatching(/^n8n-nodes-m3ter\/\d/), 'content-type': 'application/json' } });
	});
});

describe('a cancelled execution', () => {
	async function cancelledBy(cancel: (controller: AbortController, own: ApiSettings) => void) {
		const controller = new AbortController();
		const own = settings();
		cancel(controller, own);
		return await inNode(async (_api, context) => {
			const cancellable = Object.create(context, { getExecutionCancelSignal: { value: () => controller.signal } }) as IExecuteFunctions;
			return await new Api(cancellable, own).get('/echo').catch((error: unknown) => error);
		});
	}

	test('waits no longer and sends nothing more', async () => {
		fault('status', { status: 503, headers: { 'Retry-After': '30' } });
		const failure = await cancelledBy((controller, own) => {
			const { explain } = own;
			own.explain = (answer, call) => {
				controller.abort();
				return explain(answer, call);
			};
		});
		expect(failure).toMatchObject({ status: 503, retryAfterMs: 30_000 });
		expect(server.requests).toHaveLength(1);
		expect(mockWaits).toEqual([]);
	});

	test('does not begin', async () => {
		expect(await cancelledBy((controller) => controller.abort())).toMatchObject({ kind: 'unavailable' });
		expect(server.requests).toEqual([]);
	});
});
