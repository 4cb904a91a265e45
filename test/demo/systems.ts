import type { CredentialEntry } from '../host/boot';
import type { SandboxServer } from '../sandbox/kit/http';
import { FULL_ACCESS_KEY, SITE, startChargebeeSandbox } from '../sandbox/chargebee';
import { ACCESS_KEY_ID, API_SECRET, type M3terSandbox, ORGANIZATION_ID } from '../sandbox/m3ter';
import { SECRET_KEY, startStripeSandbox } from '../sandbox/stripe';

type NewCredential = Omit<CredentialEntry, 'id'>;

/** A system's sandbox: what its webhooks need is `settled`. */
export interface DemoSandbox extends SandboxServer {
	settled(): Promise<void>;
}

interface DemoSystem<S extends DemoSandbox> {
	name: string;
	/** The sandbox's own port, kept when it is free so that its address stays the same from start to start. */
	port: number;
	start(port: number): Promise<S>;
	/** The credentials that reach it, as a user would fill them in. */
	credentials(sandbox: S): NewCredential[];
}

const system = <S extends DemoSandbox>(entry: DemoSystem<S>): DemoSystem<S> => entry;

/** Every system of the demo, by the name of its templates folder. Adding one is one entry here and its flows in `flows/`. */
export const SYSTEMS = {
	chargebee: system({
		name: 'Chargebee',
		port: 4030,
		start: async (port) => await startChargebeeSandbox({ port, allowLocalUrls: true, seeded: true }),
		credentials: ({ url }) => [{ name: 'Chargebee sandbox', type: 'chargebeeForM3terApi', data: { site: SITE, apiKey: FULL_ACCESS_KEY, requestsPerMinute: 10_000, baseUrl: url } }],
	}),
	stripe: system({
		name: 'Stripe',
		port: 4020,
		start: async (port) => await startStripeSandbox({ port, allowLocalUrls: true, seeded: true }),
		credentials: ({ url }) => [{ name: 'Stripe sandbox', type: 'stripeForM3terApi', data: { secretKey: SECRET_KEY, baseUrl: url } }],
	}),
};

/** The started sandboxes, each under its system's name. */
export type Sandboxes = { [K in keyof typeof SYSTEMS]: Awaited<ReturnType<(typeof SYSTEMS)[K]['start']>> };

export const m3terCredential = ({ url }: M3terSandbox): NewCredential => ({
	name: 'm3ter sandbox',
	type: 'm3terApi',
	data: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: url, ingestBaseUrl: url },
});

/** What the webhooks of the usage templates ask of the service that posts to them. */
export const USAGE_HEADER = { name: 'X-Usage-Key', value: 'usage-of-the-demo' };

export const usageCredential: NewCredential = { name: 'Usage sender', type: 'httpHeaderAuth', data: USAGE_HEADER };
