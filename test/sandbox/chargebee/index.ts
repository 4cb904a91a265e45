/** A local Chargebee site: strict, stateful, with webhooks. Speaks API v2 with product catalog 1.0, 2.0 or compat. */
import { loadContract, type Contract } from '../kit/contract';
import { Router, startServer, type SandboxServer } from '../kit/http';
import { isObject, resolve, type Json, type JsonObject } from '../kit/openapi';
import { createActions, type Actions } from './actions';
import { catalogOperations } from './catalog';
import { creditOperations } from './credits';
import { customerOperations } from './customers';
import { eventOperations } from './events';
import { invoiceOperations } from './invoiceCalls';
import { newInvoiceOperations } from './newInvoices';
import { serveOperations } from './operations';
import { Core, State, type Settings } from './state';
import { subscriptionOperations } from './subscriptionCalls';
import { unbilledChargeOperations } from './unbilledCharges';
import { webhookEndpointOperations } from './webhookEndpoints';

export { FULL_ACCESS_KEY, PUBLISHABLE_KEY, READ_ONLY_KEY, SITE } from './keys';
export { SEEDED } from './seed';
export { TEST_SITE_LIMIT, type Settings, type State } from './state';

export interface ChargebeeSandboxOptions extends Partial<Settings> {
	/** Default 0 = any free one. */
	port?: number;
	/** Starts (and is reset) with the seeded catalog and customers. */
	seeded?: boolean;
}

export interface ChargebeeSandbox extends SandboxServer, Actions {
	/** Replaced by `reset`: read it anew each time. */
	readonly state: State;
	/** May be changed at any time. */
	readonly settings: Settings;
	reset(): void;
	/** Resolves when all webhook deliveries, retries included, are over. */
	settled(): Promise<void>;
}

const OPERATIONS = [
	...customerOperations,
	...catalogOperations,
	...subscriptionOperations,
	...invoiceOperations,
	...newInvoiceOperations,
	...unbilledChargeOperations,
	...creditOperations,
	...webhookEndpointOperations,
	...eventOperations,
];

/** Parameters that are one JSON text on the wire, and objects in the derived document. */
const JSON_TEXTS = ['meta_data', 'metadata'];

/** Where the derived document differs from the wire: `in` and `not_in` are a JSON array in one text, and so are free-form objects. */
function correct(document: JsonObject): void {
	for (const path of Object.values(document.paths as JsonObject)) {
		const { get, post } = path as { get?: { parameters?: Json[] }; post?: JsonObject };
		for (const entry of get?.parameters ?? []) {
			const { properties } = resolve(document, resolve(document, entry).schema);
			if (isObject(properties)) replace(properties, ['in', 'not_in'], { type: 'string', pattern: '^\\[.+\\]$' });
		}
		const content = Object.values((resolve(document, post?.requestBody).content ?? {}) as JsonObject);
		for (const media of content) {
			const { properties } = resolve(document, (media as JsonObject).schema);
			if (isObject(properties)) replace(properties, JSON_TEXTS, { type: 'string' });
		}
	}
}

function replace(properties: JsonObject, names: string[], schema: JsonObject): void {
	for (const name of names) if (name in properties) properties[name] = schema;
}

const contract = (): Contract | undefined => loadContract('chargebee-openapi.json', { correct });

export async function startChargebeeSandbox(options: ChargebeeSandboxOptions = {}): Promise<ChargebeeSandbox> {
	const { port, seeded = false, ...settings } = options;
	const core = new Core(settings);
	const actions = createActions(core);
	const reset = () => {
		core.state = new State();
		core.ahead = 0;
		core.locks.clear();
		core.held = undefined;
		if (seeded) actions.seed();
	};
	reset();
	const router = new Router();
	const { notFound, badJson } = serveOperations(core, router, OPERATIONS);
	const server = await startServer({
		name: 'chargebee',
		port,
		router,
		contract: contract(),
		notFound,
		badJson,
		control: {
			state: () => core.state,
			// Every action parses its arguments itself.
			actions: actions as Record<string, (args: unknown) => unknown>,
			reset,
		},
	});
	return {
		...server,
		...actions,
		get state() {
			return core.state;
		},
		get settings() {
			return core.settings;
		},
		reset,
		settled: async () => await core.background.settled(),
	};
}
