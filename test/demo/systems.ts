import type { CredentialEntry } from '../host/boot';
import type { SandboxServer } from '../sandbox/kit/http';
import { FULL_ACCESS_KEY, SITE, startChargebeeSandbox } from '../sandbox/chargebee';
import { ACCESS_KEY_ID, API_SECRET, type M3terSandbox, ORGANIZATION_ID } from '../sandbox/m3ter';
import { API_KEY as PADDLE_API_KEY, startPaddleSandbox, VENDOR_AUTH_CODE, VENDOR_ID } from '../sandbox/paddle';
import { CLIENT_ID as QUICKBOOKS_CLIENT_ID, CLIENT_SECRET as QUICKBOOKS_CLIENT_SECRET, US_REALM_ID, VERIFIER_TOKEN } from '../sandbox/quickbooks';
import { SECRET_KEY, startStripeSandbox } from '../sandbox/stripe';
import { CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, WEBHOOK_KEY } from '../sandbox/xero';
import { startXeroWithSpreadsheet } from './spreadsheet';
import { CHANNEL_SECRET, startAnySystem } from './anySystem';
import { NETSUITE_SETTINGS, netSuiteCredentials, startNetSuiteWithStorage } from './netsuiteWorld';
import { USAGE_HEADER } from './usageHeader';
import { startQuickBooksWithUsage } from './usageService';

export { USAGE_HEADER };

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
	/** What a user fills in on the nodes of the templates beside credentials, by the node's name: addresses of one's own. */
	settings?(sandbox: S): Record<string, Record<string, unknown>>;
}

const system = <S extends DemoSandbox>(entry: DemoSystem<S>): DemoSystem<S> => entry;

/** Every system of the demo, by the name of its templates folder. Adding one is one entry here and its flows in `flows/`. */
export const SYSTEMS = {
	'any-system': system({
		name: 'own API',
		port: 4080,
		start: startAnySystem,
		credentials: () => [{ name: 'Channel secret', type: 'crypto', data: { hmacSecret: CHANNEL_SECRET } }],
		settings: ({ url }) => ({ 'Put the Invoice': { url: `=${url}/invoices/{{ $json.id }}` } }),
	}),
	netsuite: system({
		name: 'NetSuite',
		port: 4070,
		start: startNetSuiteWithStorage,
		credentials: netSuiteCredentials,
		settings: () => NETSUITE_SETTINGS,
	}),
	chargebee: system({
		name: 'Chargebee',
		port: 4030,
		start: async (port) => await startChargebeeSandbox({ port, allowLocalUrls: true, seeded: true }),
		credentials: ({ url }) => [{ name: 'Chargebee sandbox', type: 'chargebeeForM3terApi', data: { site: SITE, apiKey: FULL_ACCESS_KEY, requestsPerMinute: 10_000, baseUrl: url } }],
	}),
	paddle: system({
		name: 'Paddle',
		port: 4040,
		start: async (port) => await startPaddleSandbox({ port, allowLocalUrls: true, seeded: true }),
		credentials: ({ url, classicUrl }) => [
			{ name: 'Paddle sandbox', type: 'paddleForM3terApi', data: { environment: 'custom', baseUrl: url, apiKey: PADDLE_API_KEY } },
			{
				name: 'Paddle Classic sandbox',
				type: 'paddleClassicForM3terApi',
				data: { environment: 'custom', baseUrl: classicUrl, vendorId: String(VENDOR_ID), vendorAuthToken: VENDOR_AUTH_CODE },
			},
		],
	}),
	stripe: system({
		name: 'Stripe',
		port: 4020,
		start: async (port) => await startStripeSandbox({ port, allowLocalUrls: true, seeded: true }),
		credentials: ({ url }) => [{ name: 'Stripe sandbox', type: 'stripeForM3terApi', data: { secretKey: SECRET_KEY, baseUrl: url } }],
	}),
	quickbooks: system({
		name: 'QuickBooks',
		port: 4060,
		start: startQuickBooksWithUsage,
		credentials: ({ url, grantToken }) => [
			{
				name: 'QuickBooks sandbox',
				type: 'quickBooksForM3terOAuth2Api',
				data: {
					environment: 'custom',
					baseUrl: url,
					customAuthUrl: `${url}/connect/oauth2`,
					customTokenUrl: `${url}/oauth2/v1/tokens/bearer`,
					clientId: QUICKBOOKS_CLIENT_ID,
					clientSecret: QUICKBOOKS_CLIENT_SECRET,
					verifierToken: VERIFIER_TOKEN,
					// As the consent screen leaves it.
					oauthTokenData: { ...grantToken({ realmId: US_REALM_ID }), callbackQueryString: { realmId: US_REALM_ID } },
				},
			},
		],
		settings: ({ usage }) => ({ 'Ask for Usage': { url: `${usage.url}/usage` } }),
	}),
	xero: system({
		name: 'Xero',
		port: 4050,
		start: startXeroWithSpreadsheet,
		credentials: ({ url }) => [
			{
				name: 'Xero sandbox',
				type: 'xeroForM3terOAuth2Api',
				data: { grantType: 'clientCredentials', clientId: CUSTOM_CLIENT_ID, clientSecret: CUSTOM_CLIENT_SECRET, webhookSecret: WEBHOOK_KEY, baseUrl: url },
			},
		],
		settings: ({ spreadsheet }) => ({ 'Download Spreadsheet': { url: `${spreadsheet.url}/usage.xlsx` } }),
	}),
};

/** The started sandboxes, each under its system's name. */
export type Sandboxes = { [K in keyof typeof SYSTEMS]: Awaited<ReturnType<(typeof SYSTEMS)[K]['start']>> };

export const m3terCredential = ({ url }: M3terSandbox): NewCredential => ({
	name: 'm3ter sandbox',
	type: 'm3terApi',
	data: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: url, ingestBaseUrl: url },
});

export const usageCredential: NewCredential = { name: 'Usage sender', type: 'httpHeaderAuth', data: USAGE_HEADER };
