/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
/** A local NetSuite: token endpoint, record service, SuiteQL and the User Event script. There is no public contract; built from the documents. */
import { setTimeout as pause } from 'node:timers/promises';

import { overHttp } from '../kit/actions';
import { Router, startServer, type Handler, type SandboxRequest, type SandboxResponse, type SandboxServer } from '../kit/http';
import { createActions } from './actions';
import { authenticate, generateKeys, issueToken, ASSERTION_ENDPOINT, type KeyPair } from './auth';
import { invalidContent, invalidLogin, notFound, notPermitted, tooManyRequests } from './errors';
import { create, list, read, remove, transform, update, upsert } from './records';
import { CUSTOMER_FIELDS, LINE_FIELDS, TRANSACTION_FIELDS } from './schemas';
import { seed } from './seed';
import { Core, RECORD_TYPES, State, type RecordType, type Settings } from './state';
import { suiteql } from './suiteql';

export { ACCOUNT_ID, baseString, CLIENT_ID, CONSUMER_KEY, CONSUMER_SECRET, HOST, signature, TOKEN_ID, ASSERTION_ENDPOINT, TOKEN_SECRET } from './auth';
export { CUSTOMER_ID, SECOND_CUSTOMER_ID } from './seed';
export { SCRIPT_SECRET, signature as scriptSignature } from './userEvents';

/** The account as it stands in a path, for clients that cannot set the Host header. */
export const ACCOUNT_PATH = '/1234567-sb1';

export type NetSuiteSandbox = SandboxServer &
	ReturnType<typeof createActions> & {
		showKeys(): { PS256: KeyPair; ES256: KeyPair };
		readonly state: State;
		readonly settings: Settings;
		/** Throw-away keys whose public parts are uploaded to the account; made anew in every process. */
		readonly keys: { PS256: KeyPair; ES256: KeyPair };
		reset(): void;
		/** All deliveries of the script are done. */
		settled(): Promise<void>;
	};

const JSON_TYPE = 'application/vnd.oracle.resource+json; type=singular; charset=UTF-8';

/** Host or path may name an account; it has to be this one. */
function checkAccount(request: SandboxRequest): void {
	const named = /^([^.:]+)\.suitetalk\.api\.netsuite\.com/.exec(request.headers.host ?? '')?.[1] ?? request.params.account;
	if (named !== undefined && `/${named}` !== ACCOUNT_PATH) throw invalidLogin();
}

/** Authentication, then one of the places for requests at the same time. */
function guarded(core: Core, run: Handler): Handler {
	return async (request) => {
		checkAccount(request);
		authenticate(core, request);
		if (core.inProgress >= core.settings.concurrencyLimit) throw tooManyRequests();
		core.inProgress += 1;
		try {
			if (core.settings.processingMs > 0) await pause(core.settings.processingMs);
			const answer = await run(request);
			return answer.body === undefined ? answer : { ...answer, headers: { 'content-type': JSON_TYPE, ...answer.headers } };
		} finally {
			core.inProgress -= 1;
		}
	};
}

/** Fields of a record type, custom ones included: what drop-downs for custom fields are made of. */
function metadata(core: Core, type: RecordType): SandboxResponse {
	const [fields, prefix] = type === 'customer' ? [CUSTOMER_FIELDS, 'custentity'] : [TRANSACTION_FIELDS, 'custbody'];
	const custom = (start: string) => [...core.state.customFields].filter((field) => field.startsWith(start));
	const schema = (names: string[]) => Object.fromEntries(names.map((name) => [name, { title: name, type: name.startsWith('cust') ? 'string' : undefined }]));
	const properties: Record<string, unknown> = schema([...fields, ...custom(prefix)]);
	if (type !== 'customer') properties.item = { properties: { items: { items: { properties: schema([...LINE_FIELDS, ...custom('custcol')]) } } } };
	return { status: 200, headers: { 'content-type': 'application/schema+json' }, body: { type: 'object', properties } };
}

function addRoutes(router: Router, core: Core, prefix: string): void {
	const on = (method: string, path: string, run: Handler) => router.on(method, `${prefix}/services/rest${path}`, guarded(core, run));
	router.on('POST', prefix + ASSERTION_ENDPOINT, (request) => {
		checkAccount(request);
		return issueToken(core, request);
	});
	on('POST', '/query/v1/suiteql', (request) => suiteql(core, request));
	on('GET', '/system/v1/serverTime', () => ({ status: 200, body: { serverTime: new Date(core.now()).toISOString() } }));
	on('GET', '/record/v1/metadata-catalog', () => ({ status: 200, body: { items: RECORD_TYPES.map((name) => ({ name })) } }));
	on('GET', '/record/v1/metadata-catalog/:type', ({ params }) => metadata(core, typeOf(core, params.type)));
	on('POST', '/record/v1/:type', (request) => create(core, request, typeOf(core, request.params.type)));
	on('GET', '/record/v1/:type', (request) => list(core, request, typeOf(core, request.params.type)));
	on('GET', '/record/v1/:type/:id', (request) => read(core, request, typeOf(core, request.params.type), request.params.id));
	on('PATCH', '/record/v1/:type/:id', (request) => update(core, request, typeOf(core, request.params.type), request.params.id));
	on('PUT', '/record/v1/:type/:id', (request) => upsert(core, request, typeOf(core, request.params.type), request.params.id));
	on('DELETE', '/record/v1/:type/:id', ({ params }) => remove(core, typeOf(core, params.type), params.id));
	on('POST', '/record/v1/salesOrder/:id/!transform/invoice', (request) => transform(core, request, request.params.id));
}

/** Throws 404 for a type that does not exist and 403 for one the role may not use. */
function typeOf(core: Core, text: string): RecordType {
	const type = RECORD_TYPES.find((entry) => entry === text);
	if (!type) throw notFound(`Record type '${text}' does not exist.`);
	if (core.state.deniedTypes.has(type)) throw notPermitted(type);
	return type;
}

let keysOfProcess: { PS256: KeyPair; ES256: KeyPair } | undefined;

/** An RSA key takes a second to make: once is enough for all sandboxes of a process. */
const throwAwayKeys = () => (keysOfProcess ??= { PS256: generateKeys('PS256'), ES256: generateKeys('ES256') });

/** Starts with the seed's account. `settings` may be changed while it runs. */
export async function startNetSuiteSandbox(options: { port?: number } & Partial<Settings> = {}): Promise<NetSuiteSandbox> {
	const { port, ...settings } = options;
	const core = new Core(settings);
	const keys = throwAwayKeys();
	const router = new Router();
	addRoutes(router, core, '');
	addRoutes(router, core, '/:account');
	const actions = { ...createActions(core), /** The throw-away keys, for people who fill in a credential by hand. */ showKeys: () => keys };
	const reset = () => {
		core.state = new State();
		core.ahead = 0;
		core.inProgress = 0;
		core.breaches.length = 0;
		seed(core);
		for (const { certificateId, publicKey } of Object.values(keys)) core.state.certificates.set(certificateId, publicKey);
	};
	reset();
	const server = await startServer({
		name: 'netsuite',
		port,
		router,
		control: { state: () => core.state, actions: overHttp(actions), reset },
		notFound: ({ path }) => {
			throw notFound(`There is nothing at ${path}.`);
		},
		badJson: () => {
			throw invalidContent('The request body is not JSON.');
		},
	});
	core.breaches = server.violations;
	return {
		...server,
		...actions,
		get state() {
			return core.state;
		},
		settings: core.settings,
		keys,
		reset,
		settled: async () => await core.background.settled(),
	};
}
