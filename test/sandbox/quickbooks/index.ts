/** A local QuickBooks Online: OAuth, company endpoints, webhooks. Built from the published schemas and the documents, not from what a client sends. */
import { overHttp } from '../kit/actions';
import { Router, startServer, type SandboxServer } from '../kit/http';
import { createActions } from './actions';
import { addApiRoutes } from './api';
import { httpFault, Refusal } from './errors';
import { seed } from './seed';
import { Core, State, type Settings } from './state';
import { addTokenRoutes } from './tokens';
import { xsdContract } from './xsd';

export { CLIENT_ID, CLIENT_SECRET, SCOPE } from './tokens';
export { CUSTOMER_ID, UK_REALM_ID, US_REALM_ID } from './seed';
export { signature as webhookSignature, VERIFIER_TOKEN } from './webhooks';
export { QUICKBOOKS_RATE_LIMITS } from './state';

export type QuickBooksSandbox = SandboxServer &
	ReturnType<typeof createActions> & {
		readonly state: State;
		readonly settings: Settings;
		/** Two companies as on their first day. */
		reset(): void;
		/** All webhook deliveries are done. */
		settled(): Promise<void>;
	};

/** Starts with the seed's two companies. `settings` may be changed while it runs. */
export async function startQuickBooksSandbox(options: { port?: number } & Partial<Settings> = {}): Promise<QuickBooksSandbox> {
	const { port, ...settings } = options;
	const core = new Core(settings);
	const router = new Router();
	addTokenRoutes(router, core);
	addApiRoutes(router, core);
	const actions = createActions(core);
	const reset = () => {
		core.state = new State();
		core.ahead = 0;
		core.calls.clear();
		core.held.length = 0;
		core.breaches.length = 0;
		seed(core);
	};
	reset();
	const server = await startServer({
		name: 'quickbooks',
		port,
		router,
		contract: xsdContract(),
		control: { state: () => core.state, actions: overHttp(actions), reset },
		badJson: () => {
			throw httpFault(new Refusal('2310', 'The request body is not JSON'), core.time());
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
		reset,
		settled: async () => await core.background.settled(),
	};
}
