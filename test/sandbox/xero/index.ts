/** A local Xero: identity service, Accounting API and webhooks. Built from the published contract and the documents, not from what a client sends. */
import { overHttp } from '../kit/actions';
import { loadContract, type Contract } from '../kit/contract';
import { Router, startServer, type SandboxRequest, type SandboxServer } from '../kit/http';
import type { JsonObject } from '../kit/openapi';
import { createActions } from './actions';
import { addContactRoutes } from './contacts';
import { addCreditNoteRoutes } from './creditNotes';
import { notFound } from './errors';
import { addExtraRoutes } from './extras';
import { addInvoiceRoutes } from './invoices';
import { addQuoteRoutes } from './quotes';
import { seed } from './seed';
import { addSettingsRoutes } from './settings';
import { Core, State, type Settings } from './state';
import { addTokenRoutes } from './tokens';

export { CLIENT_ID, CLIENT_SECRET, CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET } from './tokens';
export { CONTACT_ID, SECOND_TENANT_ID, STRANGER_TENANT_ID, TENANT_ID } from './seed';
export { signature as webhookSignature, WEBHOOK_KEY } from './webhooks';
export { XERO_RATE_LIMITS } from './state';

/** What this pack needs (sheet §2). */
export const SCOPES =
	'offline_access accounting.invoices accounting.contacts accounting.settings accounting.attachments accounting.payments';

export type XeroSandbox = SandboxServer &
	ReturnType<typeof createActions> & {
		readonly state: State;
		readonly settings: Settings;
		/** Two organisations as on their first day. */
		reset(): void;
		/** All webhook deliveries are done. */
		settled(): Promise<void>;
	};

/**
 * What the published document does not say: reads may carry an empty object (the official SDK sends one), and files have their own type
 * where the document knows only one.
 */
function asDocumented(request: SandboxRequest): SandboxRequest {
	const { method, path, raw, headers } = request;
	if (method === 'GET' && raw.toString('utf8') === '{}') return { ...request, raw: Buffer.alloc(0), body: undefined };
	if (!path.includes('/Attachments/')) return request;
	return { ...request, headers: { ...headers, 'content-type': 'application/octet-stream' } };
}

/** Both published documents in one. */
function contract(): Contract | undefined {
	const correct = (document: JsonObject) => {
		// Files are sent raw; the document says base64.
		const schema = JSON.stringify({ type: 'string', format: 'byte' });
		document.paths = JSON.parse(JSON.stringify(document.paths).replaceAll(schema, '{"type":"string"}')) as JsonObject;
	};
	const accounting = loadContract('xero-accounting-openapi.json', { extraQuery: ['summarizeErrors'], correct });
	const identity = loadContract('xero-identity-openapi.json');
	if (!accounting || !identity) return undefined;
	return {
		operations: [...accounting.operations, ...identity.operations],
		check(request, response) {
			if (request.path.startsWith('/api.xro/')) return accounting.check(asDocumented(request), response);
			if (!/^\/connections/i.test(request.path)) return [];
			return identity.check({ ...request, path: request.path.replace('/connections', '/Connections') }, response);
		},
	};
}

/** Starts with the seed's two connected organisations. `settings` may be changed while it runs. */
export async function startXeroSandbox(options: { port?: number } & Partial<Settings> = {}): Promise<XeroSandbox> {
	const { port, ...settings } = options;
	const core = new Core(settings);
	const router = new Router();
	addTokenRoutes(router, core);
	addInvoiceRoutes(router, core);
	addCreditNoteRoutes(router, core);
	addQuoteRoutes(router, core);
	addContactRoutes(router, core);
	addSettingsRoutes(router, core);
	addExtraRoutes(router, core);
	const actions = createActions(core);
	const reset = () => {
		core.state = new State();
		core.ahead = 0;
		core.calls.clear();
		core.inProgress.clear();
		core.breaches.length = 0;
		seed(core);
	};
	reset();
	const server = await startServer({
		name: 'xero',
		port,
		router,
		contract: contract(),
		control: { state: () => core.state, actions: overHttp(actions), reset },
		notFound: () => {
			throw notFound();
		},
	});
	core.url = server.url;
	core.breaches = server.violations;
	return {
		...server,
		...actions,
		get state() {
			return core.state;
		},
		settings: core.settings,
		reset,
		settled: async () => await core.background.settled(),
	};
}
