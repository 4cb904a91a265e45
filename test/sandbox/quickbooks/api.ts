/** The endpoints under `/v3/company/{realmId}`: token, limits, request ids, formats. */
import { HttpError, type Router, type SandboxRequest, type SandboxResponse } from '../kit/http';
import { changeDataCapture, runBatch } from './bulk';
import { httpFault, Refusal, throttled } from './errors';
import { write, type WritableName } from './operations';
import { runQuery } from './query';
import { sendSales } from './sales';
import { ENTITIES, find, SALES_ENTITIES, type Company, type Core } from './state';
import { openCompany } from './tokens';

const MINOR_VERSION = '75';
const MAX_REQUEST_ID = 50;
const ROOT = '/v3/company/:realm';

interface Call {
	core: Core;
	company: Company;
	request: SandboxRequest;
}

/** Counts one request; throws 429 when there were too many. */
function count(core: Core, key: string, limit: number | undefined, perMs: number): void {
	const now = core.now();
	const times = (core.calls.get(key) ?? []).filter((time) => time > now - perMs);
	core.calls.set(key, times);
	if (limit !== undefined && times.length >= limit) throw throttled();
	times.push(now);
}

function checkLimits(core: Core, realmId: string, path: string): void {
	const limits = core.settings.rateLimits;
	count(core, `${realmId} minute`, limits?.minute, 60_000);
	count(core, `${realmId} second`, limits?.second, 1000);
	if (path.endsWith('/batch')) count(core, `${realmId} batch`, limits?.batchMinute, 60_000);
}

/** Versions below 75 are ignored, but a client should say which one it was written for. */
function checkVersion(core: Core, { method, path, query }: SandboxRequest): void {
	const version = query.get('minorversion');
	if (version !== MINOR_VERSION) core.breaches.push(`${method} ${path}: minorversion ${version ?? 'missing'}, expected ${MINOR_VERSION}`);
}

/** A repeated `requestid` gets the first answer; refusals are not kept. */
function once({ core, company, request }: Call, run: () => SandboxResponse): SandboxResponse {
	const id = request.query.get('requestid');
	if (id === null) return run();
	if (id === '' || id.length > MAX_REQUEST_ID) throw new Refusal('2050', `requestid has to have 1 to ${MAX_REQUEST_ID} characters`, 'requestid');
	const key = `${company.realmId} ${id}`;
	const known = core.state.requestIds.get(key);
	if (known) return known;
	const answer = structuredClone(run());
	core.state.requestIds.set(key, answer);
	return answer;
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Without an Accept header for JSON, faults come as XML. */
function inFormat(request: SandboxRequest, answer: SandboxResponse): SandboxResponse {
	const json = (request.headers.accept ?? '').includes('json') || request.query.get('format') === 'json';
	if (json || answer.status < 400) return answer;
	const detail = escapeXml(JSON.stringify(answer.body));
	const body = `<?xml version="1.0" encoding="UTF-8"?><IntuitResponse><Fault><Detail>${detail}</Detail></Fault></IntuitResponse>`;
	return { ...answer, headers: { ...answer.headers, 'content-type': 'application/xml' }, body };
}

function outcome(core: Core, request: SandboxRequest, run: (call: Call) => SandboxResponse): SandboxResponse {
	try {
		const company = openCompany(core, request, request.params.realm);
		checkLimits(core, company.realmId, request.path);
		checkVersion(core, request);
		return run({ core, company, request });
	} catch (error) {
		const refused = error instanceof Refusal ? httpFault(error, core.time()) : error;
		if (!(refused instanceof HttpError)) throw refused;
		return { status: refused.status, body: refused.body, headers: refused.headers };
	}
}

function needJson({ request }: Call): void {
	if (!(request.headers['content-type'] ?? '').startsWith('application/json')) throw new Refusal('2310', 'The content type has to be application/json');
}

export function addApiRoutes(router: Router, core: Core): void {
	const on = (method: string, path: string, run: (call: Call) => object | SandboxResponse) =>
		router.on(method, ROOT + path, (request) =>
			inFormat(
				request,
				outcome(core, request, (call) => {
					const result = run(call);
					const answer = 'status' in result && typeof result.status === 'number' ? (result as SandboxResponse) : { status: 200, body: { ...result, time: core.time() } };
					return { ...answer, headers: { intuit_tid: crypto.randomUUID(), ...answer.headers } };
				}),
			),
		);

	on('GET', '/query', ({ company, request }) => ({ QueryResponse: runQuery(company, request.query.get('query') ?? '') }));
	on('POST', '/query', ({ company, request }) => {
		const type = (request.headers['content-type'] ?? '').split(';')[0];
		if (type !== 'application/text') throw new Refusal('2310', 'The content type of a query has to be application/text');
		return { QueryResponse: runQuery(company, request.raw.toString('utf8')) };
	});
	on('GET', '/cdc', ({ company, request }) => changeDataCapture(core, company, request.query));
	on('POST', '/batch', (call) => {
		needJson(call);
		return once(call, () => ({ status: 200, body: { ...runBatch(core, call.company, call.request.body), time: core.time() } }));
	});
	for (const name of ENTITIES) addEntityRoutes(on, name);
}

type On = (method: string, path: string, run: (call: Call) => object | SandboxResponse) => void;

function addEntityRoutes(on: On, name: (typeof ENTITIES)[number]): void {
	const path = `/${name.toLowerCase()}`;
	const single = ({ company }: Call, id: string | undefined) => {
		const entity = id === undefined ? [...company.entities[name].values()][0] : find(company, name, id);
		if (!entity) throw new Refusal('610', `Object Not Found : Something you're trying to use has been made inactive or does not exist. ${name} ${id ?? ''}`, 'Id');
		return entity;
	};
	if (name === 'Preferences') on('GET', path, (call) => ({ [name]: single(call, undefined) }));
	on('GET', `${path}/:id`, (call) => {
		const found = name === 'CompanyInfo' && call.request.params.id === call.company.realmId ? single(call, undefined) : single(call, call.request.params.id);
		const link = (call.request.query.get('include') ?? '').includes('invoiceLink') && name === 'Invoice';
		return { [name]: link ? { ...found, InvoiceLink: `https://connect.intuit.example/portal/${found.Id}` } : found };
	});
	if (![...SALES_ENTITIES, 'Customer', 'Item'].includes(name)) return;
	on('POST', path, (call) => {
		needJson(call);
		const { core, company, request } = call;
		const options = { operation: request.query.get('operation'), query: request.query };
		return once(call, () => ({ status: 200, body: { [name]: write(core, company, name as WritableName, request.body, options), time: core.time() } }));
	});
	const sales = SALES_ENTITIES.find((entry) => entry === name);
	if (!sales) return;
	on('POST', `${path}/:id/send`, ({ core, company, request }) => {
		const type = (request.headers['content-type'] ?? '').split(';')[0];
		if (type !== 'application/octet-stream' || request.raw.length > 0) throw new Refusal('2310', 'Sending takes application/octet-stream and an empty body');
		return { [name]: sendSales(core, company, sales, request.params.id, request.query.get('sendTo')) };
	});
	on('GET', `${path}/:id/pdf`, (call) => {
		single(call, call.request.params.id);
		return { status: 200, headers: { 'content-type': 'application/pdf' }, body: `%PDF-1.4\n% ${name} ${call.request.params.id}\n%%EOF\n` };
	});
}
