/** A local Paddle: Billing (version 1, sandbox environment) and Classic's subscription calls; strict, stateful, with signed notifications. */
import { loadContract, type Contract } from '../kit/contract';
import { Router, startServer, type SandboxServer } from '../kit/http';
import { isObject, type Json, type JsonObject } from '../kit/openapi';
import { createActions, type Actions } from './actions';
import { adjustmentOperations } from './adjustments';
import { catalogOperations } from './catalog';
import { chargeOperations } from './charges';
import { CLASSIC, serveClassic } from './classic';
import { customerOperations } from './customers';
import { eventOperations } from './events';
import { notificationOperations } from './notifications';
import { serveOperations } from './operations';
import { CURRENCIES } from './params';
import { Core, State, type Settings } from './state';
import { subscriptionOperations } from './subscriptions';
import { transactionReads } from './transactionReads';
import { transactionOperations } from './transactions';

export { signatureHeader } from './delivery';
export { API_KEY, LIMITED_KEY, LIVE_KEY, VENDOR_AUTH_CODE, VENDOR_ID } from './keys';
export { PADDLE_RATE_LIMITS, type Settings, type State } from './state';

export interface PaddleSandboxOptions extends Partial<Settings> {
	/** Default 0 = any free one. */
	port?: number;
	/** Starts (and is reset) with the seeded catalog and customers. */
	seeded?: boolean;
}

export interface PaddleSandbox extends SandboxServer, Actions {
	/** What a Classic client takes for `https://vendors.paddle.com/api`. */
	readonly classicUrl: string;
	/** Replaced by `reset`: read it anew each time. */
	readonly state: State;
	/** May be changed at any time. */
	readonly settings: Settings;
	reset(): void;
	/** Resolves when all deliveries, retries included, are over. */
	settled(): Promise<void>;
}

const OPERATIONS = [
	...customerOperations,
	...catalogOperations,
	...transactionOperations,
	...transactionReads,
	...subscriptionOperations,
	...chargeOperations,
	...adjustmentOperations,
	...notificationOperations,
	...eventOperations,
];

/** Classic has no published contract. */
const UNCOVERED = [
	`${CLASSIC}/modifiers`,
	`${CLASSIC}/modifiers/create`,
	`${CLASSIC}/modifiers/delete`,
	`${CLASSIC}/users`,
	`${CLASSIC}/:id/charge`,
];

/** Alternatives that overlap (a price with a product id also fits the one with a product) are no reason to complain. */
function alternatives(value: Json): void {
	if (Array.isArray(value)) value.forEach(alternatives);
	if (!isObject(value)) return;
	if (Array.isArray(value.oneOf) && value.oneOf.length > 1) {
		value.anyOf = value.oneOf;
		delete value.oneOf;
	}
	Object.values(value).forEach(alternatives);
}

/** Where Paddle is ahead of the published document: two more currencies, one more tax mode, three more groups of events. */
function correct(document: JsonObject): void {
	alternatives(document);
	const schemas = (document.components as JsonObject).schemas as Record<string, JsonObject>;
	schemas.currency_code.enum = CURRENCIES;
	schemas.tax_mode.enum = ['account_setting', 'external', 'internal', 'location'];
	delete schemas.event_type_name.enum;
	// Their operators (`created_at[GTE]`) are only told in words.
	const parameters = (document.components as JsonObject).parameters as Record<string, JsonObject>;
	for (const name of ['created_at', 'updated_at', 'billed_at']) parameters[`${name}_query`].schema = {};
	// More than the maximum is allowed, and cut.
	for (const parameter of Object.values(parameters)) if (parameter.name === 'per_page') parameter.schema = { type: 'integer' };
}

const contract = (): Contract | undefined => loadContract('paddle-openapi.json', { basePath: '', uncovered: UNCOVERED, correct });

export async function startPaddleSandbox(options: PaddleSandboxOptions = {}): Promise<PaddleSandbox> {
	const { port, seeded = false, ...settings } = options;
	const core = new Core(settings);
	const actions = createActions(core);
	const reset = () => {
		core.state = new State();
		core.aheadMs = 0;
		core.locks.clear();
		core.held = undefined;
		if (seeded) actions.seed();
	};
	reset();
	const router = new Router();
	const { notFound, badJson } = serveOperations(core, router, OPERATIONS);
	serveClassic(core, router);
	const server = await startServer({
		name: 'paddle',
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
		classicUrl: `${server.url}/api`,
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
