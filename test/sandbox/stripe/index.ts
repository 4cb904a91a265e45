/** A local Stripe: strict, stateful, with signed webhooks. Behaves as API version 2026-10-28.endive in test mode. */
import { loadContract, type Contract } from '../kit/contract';
import { Router, startServer, type SandboxServer } from '../kit/http';
import { createActions, type Actions } from './actions';
import { catalogOperations } from './catalog';
import { checkoutOperations } from './checkout';
import { Core, State, type Settings } from './core';
import { customerOperations } from './customers';
import { eventOperations } from './events';
import { unexpanded } from './expand';
import { invoiceItemOperations } from './invoiceItems';
import { invoiceLineOperations } from './invoiceLines';
import { invoiceOperations } from './invoices';
import { invoiceStateOperations } from './invoiceStates';
import { serveOperations } from './operations';
import { subscriptionOperations } from './subscriptions';
import { webhookEndpointOperations } from './webhookEndpoints';

export { API_VERSION, STRIPE_RATE_LIMITS, type Settings, type State } from './core';
export { signatureHeader } from './delivery';
export { PUBLISHABLE_KEY, RESTRICTED_KEY, SECRET_KEY } from './keys';
export { SEEDED } from './seed';

export interface StripeSandboxOptions extends Partial<Settings> {
	/** Default 0 = any free one. */
	port?: number;
	/** Starts (and is reset) with the seeded catalogue and customers. */
	seeded?: boolean;
}

export interface StripeSandbox extends SandboxServer, Actions {
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
	...checkoutOperations,
	...invoiceOperations,
	...invoiceLineOperations,
	...invoiceStateOperations,
	...invoiceItemOperations,
	...webhookEndpointOperations,
	...eventOperations,
];

/** Real calls the trimmed contract leaves out. */
const UNCOVERED = ['/v1/subscriptions', '/v1/subscriptions/:id', '/v1/prices', '/v1/customers/:id'];

const isDeleted = (body: unknown) => typeof body === 'object' && body !== null && 'deleted' in body;

/** The contract, checked on answers as they are before `expand` puts objects in the place of ids. It knows no deleted customers. */
function stripeContract(): Contract | undefined {
	const contract = loadContract('stripe-openapi.json', { uncovered: UNCOVERED });
	return (
		contract && {
			...contract,
			check: (request, response) =>
				request.method === 'GET' && isDeleted(response.body)
					? []
					: contract.check(request, { ...response, body: unexpanded(response.body as object) }),
		}
	);
}

export async function startStripeSandbox(options: StripeSandboxOptions = {}): Promise<StripeSandbox> {
	const { port, seeded = false, ...settings } = options;
	const core = new Core(settings);
	const actions = createActions(core);
	const reset = () => {
		core.state = new State();
		core.ahead = 0;
		core.plannedFailures = [];
		core.held = undefined;
		if (seeded) actions.seed();
	};
	reset();
	const router = new Router();
	const notFound = serveOperations(core, router, OPERATIONS);
	const server = await startServer({
		name: 'stripe',
		port,
		router,
		contract: stripeContract(),
		notFound,
		badJson: notFound,
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
