import type { CredentialStore } from './harness';
import { CLIENT_ID, CLIENT_SECRET, US_REALM_ID, VERIFIER_TOKEN, type QuickBooksSandbox } from '../sandbox/quickbooks';

/** The credential as it is stored once a person has connected it to a company. */
export function quickBooksCredential(quickBooks: QuickBooksSandbox, realmId = US_REALM_ID): CredentialStore[string] {
	return {
		environment: 'custom',
		baseUrl: quickBooks.url,
		accessTokenUrl: `${quickBooks.url}/oauth2/v1/tokens/bearer`,
		clientId: CLIENT_ID,
		clientSecret: CLIENT_SECRET,
		verifierToken: VERIFIER_TOKEN,
		oauthTokenData: { ...quickBooks.grantToken({ realmId }), callbackQueryString: { realmId } },
	} as CredentialStore[string];
}
