/* eslint-disable @n8n/community-nodes/no-restricted-globals, no-console -- test code, never shipped */
import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, startM3terSandbox } from './m3ter';
import { FULL_ACCESS_KEY, startChargebeeSandbox, TEST_SITE_LIMIT } from './chargebee';
import { API_KEY, PADDLE_RATE_LIMITS, startPaddleSandbox, VENDOR_AUTH_CODE, VENDOR_ID } from './paddle';
import { SECRET_KEY, startStripeSandbox } from './stripe';
import {
	ACCOUNT_ID,
	CLIENT_ID as NETSUITE_CLIENT_ID,
	CONSUMER_KEY,
	CONSUMER_SECRET,
	startNetSuiteSandbox,
	TOKEN_ID,
	TOKEN_SECRET,
} from './netsuite';
import {
	CLIENT_ID as QUICKBOOKS_CLIENT_ID,
	CLIENT_SECRET as QUICKBOOKS_CLIENT_SECRET,
	QUICKBOOKS_RATE_LIMITS,
	startQuickBooksSandbox,
} from './quickbooks';
import { CLIENT_ID as XERO_CLIENT_ID, CLIENT_SECRET as XERO_CLIENT_SECRET, startXeroSandbox, XERO_RATE_LIMITS } from './xero';

async function startSeededM3ter() {
	const sandbox = await startM3terSandbox({ port: 4010 });
	sandbox.seed();
	return sandbox;
}

/**
 * Starts the sandboxes on their fixed ports: `npm run sandbox`, or `npx tsx test/sandbox/start.ts m3ter` for some of them.
 * Another system is one more line here.
 */
const SYSTEMS: Record<string, { start(): Promise<{ url: string; close(): Promise<void> }>; credentials: Record<string, string> }> = {
	m3ter: { start: startSeededM3ter, credentials: { 'Organization ID': ORGANIZATION_ID, 'Access Key ID': ACCESS_KEY_ID, 'API Secret': API_SECRET } },
	stripe: { start: async () => await startStripeSandbox({ port: 4020, seeded: true }), credentials: { 'Secret key': SECRET_KEY } },
	chargebee: {
		start: async () => await startChargebeeSandbox({ port: 4030, seeded: true, requestsPerMinute: TEST_SITE_LIMIT }),
		credentials: { 'API key': FULL_ACCESS_KEY },
	},
	paddle: {
		start: async () => await startPaddleSandbox({ port: 4040, seeded: true, rateLimits: PADDLE_RATE_LIMITS }),
		credentials: { 'API key': API_KEY, 'Classic vendor ID': String(VENDOR_ID), 'Classic auth code': VENDOR_AUTH_CODE },
	},
	netsuite: {
		// The private key of the OAuth 2.0 certificate is new on every start: POST /_sandbox/actions/showKeys.
		start: async () => await startNetSuiteSandbox({ port: 4070 }),
		credentials: {
			'Account ID': ACCOUNT_ID,
			'Client ID': NETSUITE_CLIENT_ID,
			'Consumer Key': CONSUMER_KEY,
			'Consumer Secret': CONSUMER_SECRET,
			'Token ID': TOKEN_ID,
			'Token Secret': TOKEN_SECRET,
		},
	},
	quickbooks: {
		start: async () => await startQuickBooksSandbox({ port: 4060, rateLimits: QUICKBOOKS_RATE_LIMITS }),
		credentials: { 'Client ID': QUICKBOOKS_CLIENT_ID, 'Client Secret': QUICKBOOKS_CLIENT_SECRET },
	},
	xero: {
		start: async () => await startXeroSandbox({ port: 4050, rateLimits: XERO_RATE_LIMITS }),
		credentials: { 'Client ID': XERO_CLIENT_ID, 'Client Secret': XERO_CLIENT_SECRET },
	},
};

async function main(names: string[]): Promise<void> {
	const unknown = names.filter((name) => !Object.hasOwn(SYSTEMS, name));
	if (unknown.length > 0) throw new Error(`No sandbox called ${unknown.join(', ')}. There are: ${Object.keys(SYSTEMS).join(', ')}`);
	const chosen = names.length > 0 ? names : Object.keys(SYSTEMS);
	const running = await Promise.all(chosen.map(async (name) => await SYSTEMS[name].start()));
	chosen.forEach((name, index) => {
		console.log(`\n${name}\n  Base URL: ${running[index].url}`);
		for (const [label, value] of Object.entries(SYSTEMS[name].credentials)) console.log(`  ${label}: ${value}`);
	});
	console.log('\nEach one also has GET /_sandbox/state, GET /_sandbox/requests, POST /_sandbox/actions/<name>, POST /_sandbox/faults. Ctrl+C stops.');
	const stop = () => void Promise.all(running.map(async (sandbox) => await sandbox.close())).then(() => process.exit(0));
	process.on('SIGINT', stop);
	process.on('SIGTERM', stop);
}

main(process.argv.slice(2)).catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
