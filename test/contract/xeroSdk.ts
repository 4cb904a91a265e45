import { AccountingApi } from 'xero-node/dist/gen/api/accountingApi';
import { SCOPES, type XeroSandbox } from '../sandbox/xero';

/** The official SDK, signed in to the sandbox: it knows nothing of our code. */
export function xeroSdk(xero: Pick<XeroSandbox, 'url' | 'grantToken'>): AccountingApi {
	const api = new AccountingApi(`${xero.url}/api.xro/2.0`);
	api.accessToken = xero.grantToken({ scopes: SCOPES }).access_token;
	return api;
}
