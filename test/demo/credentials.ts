import type { CredentialEntry } from '../host/boot';
import { ACCESS_KEY_ID, API_SECRET, type M3terSandbox, ORGANIZATION_ID } from '../sandbox/m3ter';
import { SECRET_KEY, type StripeSandbox } from '../sandbox/stripe';

/** One credential for each sandbox, as a user would fill it in. */
export function sandboxCredentials(m3ter: M3terSandbox, stripe: StripeSandbox): Array<Omit<CredentialEntry, 'id'>> {
	return [
		{
			name: 'm3ter sandbox',
			type: 'm3terApi',
			data: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: m3ter.url, ingestBaseUrl: m3ter.url },
		},
		{ name: 'Stripe sandbox', type: 'stripeForM3terApi', data: { secretKey: SECRET_KEY, baseUrl: stripe.url } },
	];
}
