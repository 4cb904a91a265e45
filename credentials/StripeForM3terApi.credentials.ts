import type { ICredentialDataDecryptedObject, ICredentialTestRequest, ICredentialType, IHttpRequestOptions, INodeProperties } from 'n8n-workflow';

export class StripeForM3terApi implements ICredentialType {
	name = 'stripeForM3terApi';

	displayName = 'Stripe for M3ter API';

	icon = { light: 'file:../icons/stripe.svg', dark: 'file:../icons/stripe.dark.svg' } as const;

	documentationUrl = 'https://docs.stripe.com/keys';

	properties: INodeProperties[] = [
		{
			displayName: 'Secret or Restricted Key',
			name: 'secretKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			placeholder: 'e.g. rk_test_…',
			description: 'Live or test mode follows from the key (sk_live_, rk_live_, sk_test_, rk_test_)',
			hint: 'A restricted key needs: Invoices write, Webhook Endpoints write, Customers, Subscriptions, Checkout Sessions, Products, Prices and Events read',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.stripe.com',
			description: 'The same for live and test mode. Change it only for a proxy or a local sandbox.',
		},
	];

	async authenticate(credentials: ICredentialDataDecryptedObject, requestOptions: IHttpRequestOptions): Promise<IHttpRequestOptions> {
		return { ...requestOptions, headers: { ...requestOptions.headers, Authorization: `Bearer ${String(credentials.secretKey).trim()}` } };
	}

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.baseUrl}}', url: '/v1/invoices', qs: { limit: 1 } },
		rules: [
			{ type: 'responseCode', properties: { value: 401, message: 'Stripe does not know this key. Publishable keys (pk_) do not work here.' } },
			{ type: 'responseCode', properties: { value: 403, message: 'This restricted key may not read invoices. Give it "Invoices: write" in Stripe.' } },
		],
	};
}
