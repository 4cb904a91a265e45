import { Router, startServer, type SandboxServer } from '../kit/http';
import { Background } from '../kit/webhooks';
import { serveAccountPlans } from './accountplans';
import { serveAccounts } from './accounts';
import { createActions, httpActions, type Actions } from './actions';
import { guard, serveToken } from './auth';
import { serveBillJobs } from './billjobs';
import { serveBills } from './billroutes';
import { audit, type Context, type Settings } from './context';
import { serveEvents } from './events';
import { DEFAULT_MAPPINGS, serveMappings } from './mappings';
import { serveMemos } from './memos';
import { m3terContract } from './openapi';
import { servePlans } from './plans';
import { omit } from './requests';
import { serveSettings } from './settings';
import { emptyState, type M3terState } from './state';
import { serveStatements } from './statements';
import { serveUploads } from './uploads';
import { serveUsage } from './usage';
import { serveWebhooks } from './webhooks';

export { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, REAL_LIMITS, SERVICE_USER_ID, type Settings } from './context';
export type { CreateBill } from './actions';
export type { BillOverrides, LineInput } from './bills';
export type { Seed } from './seed';
export * from './state';

export type M3terOptions = Partial<Omit<Settings, 'webhook' | 'mappings'>> & {
	port?: number;
	webhook?: Partial<Settings['webhook']>;
	mappings?: Partial<Settings['mappings']>;
};

export interface M3terSandbox extends SandboxServer, Actions {
	readonly state: M3terState;
	/** As `M3terOptions`, and changeable while it runs (rate limits excepted). */
	readonly settings: Settings;
	/** An empty organization; forgets requests, violations, faults and tokens, too. */
	reset(): void;
	/** Deliveries, jobs, uploads and the asynchronous stage of ingest are done. */
	settled(): Promise<void>;
}

function settingsOf(options: M3terOptions): Settings {
	const { webhook, mappings, ...rest } = omit(options, 'port');
	return {
		tokenLifetime: 18_000,
		unauthorizedStatus: 403,
		versionConflictStatus: 409,
		limits: {},
		jobMs: 10,
		billLinesPerAnswer: Infinity,
		...rest,
		webhook: { body: 'event', attempts: 3, backoffMs: 50, timeoutMs: 10_000, copies: 1, disableAfter: 5, ...webhook },
		mappings: { ...DEFAULT_MAPPINGS, ...mappings },
	};
}

/**
 * Starts m3ter's Config and Ingest APIs on one local port, both under `url`.
 * Credentials: ORGANIZATION_ID, ACCESS_KEY_ID, API_SECRET. The organization is empty until `seed()`.
 */
export async function startM3terSandbox(options: M3terOptions = {}): Promise<M3terSandbox> {
	const empty = () => emptyState(audit(new Date().toISOString()));
	const context: Context = { state: empty(), settings: settingsOf(options), work: new Background(), url: '' };
	const router = new Router();
	const areas = [
		serveToken, serveSettings, serveAccounts, servePlans, serveAccountPlans, serveUsage, serveUploads,
		serveEvents, serveWebhooks, serveBills, serveBillJobs, serveMemos, serveStatements, serveMappings,
	];
	for (const serve of areas) serve(router, context);

	const actions = createActions(context);
	const clear = () => {
		context.state = empty();
	};
	const server = await startServer({
		name: 'm3ter',
		port: options.port,
		router,
		before: guard(context),
		contract: m3terContract(),
		control: { state: () => context.state, actions: httpActions(actions), reset: clear },
	});
	context.url = server.url;

	return {
		...server,
		...actions,
		settings: context.settings,
		get state() {
			return context.state;
		},
		reset() {
			clear();
			server.requests.length = 0;
			server.violations.length = 0;
			server.clearFaults();
		},
		settled: async () => await context.work.settled(),
	};
}
