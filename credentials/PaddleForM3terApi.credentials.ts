import type { ICredentialDataDecryptedObject, ICredentialTestRequest, ICredentialType, IHttpRequestOptions, INodeProperties } from 'n8n-workflow';

export class PaddleForM3terApi implements ICredentialType {
	name = 'paddleForM3terApi';

	displayName = 'Paddle for M3ter API';

	icon = { light: 'file:../icons/paddle.svg', dark: 'file:../icons/paddle.dark.svg' } as const;

	documentationUrl = 'https://developer.paddle.com/api-reference/about/authentication';

	properties: INodeProperties[] = [
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			default: 'live',
			description: 'Keys that begin with pdl_live_ are for live, those with pdl_sdbx_ for the sandbox',
			options: [
				{ name: 'Custom', value: 'custom', description: 'A proxy or a local sandbox' },
				{ name: 'Live', value: 'live' },
				{ name: 'Sandbox', value: 'sandbox' },
			],
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://paddle-proxy.example.com',
			displayOptions: { show: { environment: ['custom'] } },
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			placeholder: 'e.g. pdl_sdbx_apikey_…',
			description: 'In Paddle: Developer Tools > Authentication. Paddle Billing only; Paddle Classic has a credential of its own.',
			hint: 'Permissions: Customers, Addresses, Businesses, Products, Prices, Notifications read; Subscriptions, Transactions, Notification settings write',
		},
	];

	async authenticate(credentials: ICredentialDataDecryptedObject, requestOptions: IHttpRequestOptions): Promise<IHttpRequestOptions> {
		return { ...requestOptions, headers: { ...requestOptions.headers, Authorization: `Bearer ${String(credentials.apiKey).trim()}`, 'Paddle-Version': '1' } };
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL:
				'={{ $credentials.environment === "custom" ? $credentials.baseUrl.trim() : $credentials.environment === "sandbox" ? "https://sandbox-api.paddle.com" : "https://api.paddle.com" }}',
			url: '/transactions',
			qs: { per_page: 1 },
		},
		rules: [
			{ type: 'responseCode', properties: { value: 401, message: 'Paddle does not know this key' } },
			{
				type: 'responseCode',
				properties: { value: 403, message: 'Paddle refuses this key: it is wrong or expired, belongs to the other environment, or lacks the permission to read transactions' },
			},
		],
	};
}
