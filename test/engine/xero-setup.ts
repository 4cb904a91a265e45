import { XeroForM3ter } from '../../nodes/Xero/XeroForM3ter.node';
import type { SendResult } from '../../nodes/shared/sendResult';
import type { M3terSandbox } from '../sandbox/m3ter';
import { CLIENT_ID, CLIENT_SECRET, CONTACT_ID, CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, SCOPES, startXeroSandbox, TENANT_ID, WEBHOOK_KEY, type XeroSandbox } from '../sandbox/xero';
import { runNode, type CredentialStore, type RunResult } from './harness';
import { mappedAccount, startM3ter } from './world';

const endpoints = (xero: XeroSandbox) => ({
	baseUrl: xero.url,
	accessTokenUrl: `${xero.url}/connect/token`,
	authentication: 'header',
	webhookSecret: WEBHOOK_KEY,
});

/** Machine to machine: the token is fetched with the first call. */
export const customConnection = (xero: XeroSandbox): CredentialStore[string] => ({
	...endpoints(xero),
	grantType: 'clientCredentials',
	clientId: CUSTOM_CLIENT_ID,
	clientSecret: CUSTOM_CLIENT_SECRET,
	scope: SCOPES.replace('offline_access ', ''),
});

/** As after the consent screen, where both organisations were chosen. */
export const webApp = (xero: XeroSandbox, scope = SCOPES): CredentialStore[string] => ({
	...endpoints(xero),
	grantType: 'authorizationCode',
	clientId: CLIENT_ID,
	clientSecret: CLIENT_SECRET,
	scope,
	oauthTokenData: { token_type: 'Bearer', ...xero.grantToken({ scopes: scope }) },
});

/** The organisation most tests work in. */
export const organisation = (xero: XeroSandbox) => {
	const found = xero.state.organisations.get(TENANT_ID);
	if (found === undefined) throw new Error('The seed has no such organisation');
	return found;
};

export interface XeroWorld {
	m3ter: M3terSandbox;
	xero: XeroSandbox;
	credentials: CredentialStore;
	close(): Promise<void>;
}

/** m3ter and Xero with one account, `acme`, mapped to the seed's contact. */
export async function xeroWorld(): Promise<XeroWorld> {
	const { m3ter, credentials } = await startM3ter();
	const xero = await startXeroSandbox();
	credentials.xeroForM3terOAuth2Api = customConnection(xero);
	await mappedAccount(m3ter, 'Xero', 'Contact', CONTACT_ID, { currency: 'EUR' });
	const close = async () => {
		await Promise.all([m3ter.close(), xero.close()]);
	};
	return { m3ter, xero, credentials, close };
}

export async function runBill(world: XeroWorld, operation: string, ids: string[], parameters: object = {}, onError?: 'continueErrorOutput'): Promise<RunResult> {
	return await runNode({
		node: new XeroForM3ter(),
		parameters: { resource: 'bill', operation, billId: '={{ $json.id }}', ...parameters },
		credentials: world.credentials,
		items: ids.map((id) => ({ id })),
		onError,
	});
}

/** Sends one bill; throws what the node throws. */
export async function sendBill(world: XeroWorld, id: string, options: object = {}, parameters: object = {}): Promise<SendResult> {
	const { json, error } = await runBill(world, 'send', [id], { options, ...parameters });
	if (error) throw error;
	return json[0] as unknown as SendResult;
}
