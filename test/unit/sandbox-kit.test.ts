import { createContract } from '../sandbox/kit/contract';
import { decodeForm } from '../sandbox/kit/form';
import { HttpError, Router, startServer, type SandboxServer, type ServerOptions } from '../sandbox/kit/http';
import type { JsonObject } from '../sandbox/kit/openapi';
import { Background, deliver } from '../sandbox/kit/webhooks';

const servers: SandboxServer[] = [];

async function start(router: Router, options: Partial<ServerOptions> = {}): Promise<SandboxServer> {
	const server = await startServer({ name: 'test', router, ...options });
	servers.push(server);
	return server;
}

const json = (body: unknown, method = 'POST') => ({
	method,
	body: JSON.stringify(body),
	headers: { 'content-type': 'application/json' },
});

const echo = () => new Router().on('POST', '/things', ({ body }) => ({ status: 200, body }));

afterEach(async () => {
	await Promise.all(servers.splice(0).map(async (server) => await server.close()));
});

describe('form decoder', () => {
	it.each<[string, unknown]>([
		['a=1&b=x+y', { a: '1', b: 'x y' }],
		['a[b][c]=1&a[b][d]=2', { a: { b: { c: '1', d: '2' } } }],
		['expand[]=x&expand[]=y', { expand: ['x', 'y'] }],
		['expand[]=x', { expand: ['x'] }],
		['items[0][price]=p1&items[0][quantity]=2&items[1][price]=p2', { items: [{ price: 'p1', quantity: '2' }, { price: 'p2' }] }],
		['s[price][0]=p1&s[quantity][1]=5', { s: { price: ['p1'], quantity: [undefined, '5'] } }],
		['ids=a&ids=b', { ids: ['a', 'b'] }],
		['name=%26%3D%5B%5D', { name: '&=[]' }],
	])('%s', (text, value) => {
		expect(decodeForm(text)).toEqual(value);
	});

	it('does not touch prototypes and does not build huge arrays', () => {
		expect(decodeForm('__proto__[x]=1')).toEqual({});
		expect(Array.isArray(decodeForm('a[999999999]=1').a)).toBe(false);
	});
});

describe('server', () => {
	it('prefers fixed segments, decodes named ones and records requests', async () => {
		const router = new Router()
			.on('GET', '/bills/:id', ({ params }) => ({ status: 200, body: { id: params.id } }))
			.on('GET', '/bills/search', () => ({ status: 200, body: { search: true } }));
		const server = await start(router);
		expect(await (await fetch(`${server.url}/bills/search`)).json()).toEqual({ search: true });
		expect(await (await fetch(`${server.url}/bills/a%2Fb?x=1`)).json()).toEqual({ id: 'a/b' });
		expect((await fetch(`${server.url}/bills/%E0%A4%A`)).status).toBe(400);
		expect((await fetch(`${server.url}/other`)).status).toBe(404);
		expect(server.requests.map(({ path, query, status }) => [path, query, status])).toEqual([
			['/bills/search', '', 200],
			['/bills/a%2Fb', 'x=1', 200],
			['/bills/%E0%A4%A', '', 400],
			['/other', '', 404],
		]);
	});

	it('answers bad JSON, HttpError and crashes', async () => {
		const router = echo()
			.on('POST', '/refused', () => {
				throw new HttpError(422, { error: 'no' }, { 'x-reason': 'test' });
			})
			.on('POST', '/crash', () => {
				throw new TypeError('broken sandbox');
			});
		const server = await start(router);
		const bad = await fetch(`${server.url}/things`, { ...json({}), body: '{' });
		expect([bad.status, await bad.json()]).toEqual([400, { message: 'Invalid JSON in request body' }]);
		const refused = await fetch(`${server.url}/refused`, json({}));
		expect([refused.status, refused.headers.get('x-reason'), await refused.json()]).toEqual([422, 'test', { error: 'no' }]);
		expect(server.violations).toEqual([]);
		expect((await fetch(`${server.url}/crash`, json({}))).status).toBe(500);
		expect(server.violations[0]).toContain('broken sandbox');
	});

	it('limits the rate', async () => {
		const server = await start(echo(), { rateLimit: { requests: 2, perMs: 60_000, headers: { 'retry-after': '1' } } });
		const statuses = [];
		for (let count = 0; count < 3; count++) statuses.push((await fetch(`${server.url}/things`, json({}))).status);
		expect(statuses).toEqual([200, 200, 429]);
	});

	it('runs the hook before the route', async () => {
		const server = await start(echo(), {
			before: ({ headers }) => (headers.authorization ? undefined : { status: 401, body: {} }),
		});
		expect((await fetch(`${server.url}/things`, json({}))).status).toBe(401);
		expect((await fetch(`${server.url}/missing`)).status).toBe(401);
	});
});

describe('faults', () => {
	it('refuse, lost, status, html and delay, once and in order', async () => {
		let handled = 0;
		const router = new Router().on('POST', '/org/1/bills/:id/lock', () => {
			handled++;
			return { status: 200, body: { handled } };
		});
		const server = await start(router);
		const call = async () => await fetch(`${server.url}/org/1/bills/7/lock`, { method: 'POST' });

		server.addFault({ kind: 'refuse', path: '/bills/:id/lock' });
		await expect(call()).rejects.toThrow('fetch failed');
		expect(handled).toBe(0);

		server.addFault({ kind: 'lost', method: 'post', path: /lock$/ });
		await expect(call()).rejects.toThrow('fetch failed');
		expect(handled).toBe(1);

		server.addFault({ kind: 'status', status: 429, headers: { 'retry-after': '3' }, body: { message: 'slow' }, after: 1 });
		expect((await call()).status).toBe(200);
		const limited = await call();
		expect([limited.status, limited.headers.get('retry-after'), await limited.json()]).toEqual([429, '3', { message: 'slow' }]);

		server.addFault({ kind: 'html', times: Infinity });
		expect(await (await call()).text()).toContain('<html>');
		expect((await call()).status).toBe(502);
		server.clearFaults();

		server.addFault({ kind: 'delay', ms: 60 });
		const before = Date.now();
		expect((await call()).status).toBe(200);
		expect(Date.now() - before).toBeGreaterThanOrEqual(55);
		expect(server.requests.map(({ fault, status }) => `${fault}:${status}`)).toEqual([
			'refuse:0',
			'lost:0',
			'undefined:200',
			'status:429',
			'html:502',
			'html:502',
			'delay:200',
		]);
	});

	it('hang until the client gives up; other paths are not touched', async () => {
		const server = await start(echo());
		server.addFault({ kind: 'hang', path: '/thing' });
		expect((await fetch(`${server.url}/things`, json({}))).status).toBe(200);
		server.addFault({ kind: 'hang', path: '/things' });
		await expect(fetch(`${server.url}/things`, { ...json({}), signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout');
	});
});

describe('control', () => {
	it('shows state, runs actions, orders faults and resets', async () => {
		const things = new Map([['a', { tags: new Set(['x']) }]]);
		const server = await start(echo(), {
			control: {
				state: () => ({ things }),
				actions: {
					add: (args) => {
						if (typeof args !== 'object') throw new Error('add needs an object');
						things.set('b', { tags: new Set() });
						return things.size;
					},
				},
				reset: () => things.clear(),
			},
		});
		const control = `${server.url}/_sandbox`;
		expect(await (await fetch(`${control}/state`)).json()).toEqual({ things: { a: { tags: ['x'] } } });
		expect(await (await fetch(`${control}/actions/add`, json({}))).json()).toBe(2);
		expect((await fetch(`${control}/actions/add`, json(3))).status).toBe(400);
		expect((await fetch(`${control}/actions/toString`, json({}))).status).toBe(404);

		expect((await fetch(`${control}/faults`, json({ kind: 'explode' }))).status).toBe(400);
		await fetch(`${control}/faults`, json({ kind: 'status', status: 503, times: 'always', pathRegex: '^/th' }));
		expect((await fetch(`${server.url}/things`, json({}))).status).toBe(503);
		await fetch(`${control}/faults`, { method: 'DELETE' });
		expect((await fetch(`${server.url}/things`, json({}))).status).toBe(200);

		expect(await (await fetch(`${control}/requests`)).json()).toHaveLength(2);
		await fetch(`${control}/reset`, { method: 'POST' });
		expect(await (await fetch(`${control}/state`)).json()).toEqual({ things: {} });
		expect(server.requests).toEqual([]);
	});
});

describe('contract', () => {
	const document: JsonObject = {
		openapi: '3.0.0',
		servers: [{ url: 'https://api.example.com/v1/' }],
		paths: {
			'/things/{id}': {
				get: {
					parameters: [
						{ name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 5 } },
						{ name: 'ids', in: 'query', schema: { type: 'array', items: { type: 'integer' } } },
						{ name: 'limit', in: 'query', schema: { type: 'integer', maximum: 10 } },
						{ name: 'created', in: 'query', style: 'deepObject', schema: { type: 'object', properties: { gte: { type: 'integer' } } } },
					],
					responses: { '200': { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } } },
				},
			},
			'/things/search': { get: { responses: { '200': {} } } },
			'/things': {
				post: {
					requestBody: {
						required: true,
						content: {
							'application/json': { schema: { $ref: '#/components/schemas/Thing' } },
							'application/x-www-form-urlencoded': { schema: { $ref: '#/components/schemas/Thing' } },
						},
					},
					responses: { '2XX': { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } } },
				},
			},
		},
		components: {
			schemas: {
				Thing: {
					type: 'object',
					required: ['size'],
					additionalProperties: false,
					properties: {
						size: { type: 'number', minimum: 0, exclusiveMinimum: true },
						kind: { type: 'string', enum: ['a', 'b'], nullable: true },
						default: { nullable: true, allOf: [{ $ref: '#/components/schemas/Part' }] },
						parts: { type: 'array', items: { $ref: '#/components/schemas/Part' } },
						at: { type: 'string', format: 'date-time' },
					},
				},
				Part: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
			},
		},
	};
	const contract = () => createContract(document, { uncovered: ['/upload/:key'] });

	async function violations(path: string, init?: RequestInit, answer: unknown = { size: 1 }): Promise<string[]> {
		const reply = () => ({ status: 200, body: answer });
		const router = new Router();
		for (const pattern of ['/v1/things', '/v1/things/:id', '/upload/:key', '/other']) {
			for (const method of ['GET', 'POST', 'PUT']) router.on(method, pattern, reply);
		}
		const server = await start(router, { contract: contract() });
		expect((await fetch(`${server.url}${path}`, init)).status).toBe(200);
		return server.violations;
	}

	it('is content with what it describes', async () => {
		expect(await violations('/v1/things/x?ids=1&ids=2&limit=3&created[gte]=5')).toEqual([]);
		expect(await violations('/v1/things/x?ids=1')).toEqual([]);
		expect(await violations('/v1/things/search')).toEqual([]);
		expect(await violations('/v1/things', json({ size: 2, kind: null, default: null, parts: [{ n: 1 }] }))).toEqual([]);
		expect(await violations('/upload/k', { method: 'PUT', body: 'x' })).toEqual([]);
	});

	it('coerces form-encoded strings', async () => {
		const form = (body: string) => ({ method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
		expect(await violations('/v1/things', form('size=2.5&parts[0][n]=1'))).toEqual([]);
		expect(await violations('/v1/things', form('size=big&parts[0][n]=1.5'))).toEqual([
			'POST /v1/things: body/size must be number',
			'POST /v1/things: body/parts/0/n must be integer',
		]);
	});

	it.each([
		['GET', '/v1/things/toolong', undefined, "path parameter 'id' must NOT have more than 5 characters"],
		['GET', '/v1/things/x?limit=11', undefined, "query parameter 'limit' must be <= 10"],
		['GET', '/v1/things/x?limit=a', undefined, "query parameter 'limit' must be integer"],
		['GET', '/v1/things/x?created[gte]=a', undefined, "query parameter 'created'/gte must be integer"],
		['GET', '/v1/things/x?nope=1', undefined, "unknown query parameter 'nope'"],
		['POST', '/v1/things', { size: '2' }, 'body/size must be number'],
		['POST', '/v1/things', { size: 0 }, 'body/size must be > 0'],
		['POST', '/v1/things', { size: 1, color: 'red' }, "body must NOT have additional properties 'color'"],
		['POST', '/v1/things', { size: 1, kind: 'c' }, 'body/kind must be equal to one of the allowed values ["a","b",null]'],
		['POST', '/v1/things', { size: 1, at: 'yesterday' }, 'body/at must match format "date-time"'],
		['POST', '/v1/things', undefined, 'the body is missing'],
		['GET', '/other', undefined, 'not in the contract'],
	])('%s %s: %j', async (method, path, body, problem) => {
		const found = await violations(path, body === undefined ? { method } : json(body, method));
		expect(found).toContain(`${method} ${path.split('?')[0]}: ${problem}`);
	});

	it('checks content types and answers', async () => {
		expect(await violations('/v1/things', { method: 'POST', body: 'x', headers: { 'content-type': 'text/csv' } })).toEqual([
			"POST /v1/things: content type 'text/csv' is not one of application/json, application/x-www-form-urlencoded",
		]);
		expect(await violations('/v1/things/x', undefined, { size: 'x', at: new Date(0) })).toEqual([
			'GET /v1/things/x: answer/size must be number',
		]);
		expect(await violations('/v1/things/x', { method: 'GET' }, {})).toEqual([
			"GET /v1/things/x: answer must have required property 'size'",
		]);
	});

	it('checks only what was accepted', async () => {
		const router = new Router().on('POST', '/v1/things', () => ({ status: 400, body: { message: 'no' } }));
		const server = await start(router, { contract: contract() });
		await fetch(`${server.url}/v1/things`, json({ size: 'x' }));
		expect(server.violations).toEqual([]);
	});
});

describe('webhook delivery', () => {
	it('tries again until it is accepted', async () => {
		let count = 0;
		const server = await start(new Router().on('POST', '/hook', () => ({ status: ++count < 3 ? 500 : 204 })));
		const work = new Background();
		let result: unknown;
		work.add(
			deliver({ url: `${server.url}/hook`, body: '{"a":1}', headers: { 'x-a': 'b' }, backoffMs: 1 }).then((value) => {
				result = value;
			}),
		);
		await work.settled();
		expect(result).toEqual({ status: 204, attempts: 3 });
		expect(server.requests[0].headers['x-a']).toBe('b');
	});

	it('gives up and says why', async () => {
		const server = await start(new Router().on('POST', '/hook', () => ({ status: 500 })));
		const url = `${server.url}/hook`;
		expect(await deliver({ url, body: '', headers: {}, attempts: 2, backoffMs: 1 })).toEqual({
			status: 500,
			attempts: 2,
			error: 'HTTP 500',
		});
		await server.close();
		const refused = await deliver({ url, body: '', headers: {}, attempts: 1 });
		expect(refused).toMatchObject({ attempts: 1, error: expect.any(String) as string });
		expect(refused.status).toBeUndefined();
	});
});
