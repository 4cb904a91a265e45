import type { ICredentialDataDecryptedObject, ICredentialTestRequest, ICredentialType, IHttpRequestOptions, INodeProperties } from 'n8n-workflow';

export class PaddleClassicForM3terApi implements ICredentialType {
	name = 'paddleClassicForM3terApi';

	displayName = 'Paddle Classic for M3ter API';

	icon = { light: 'file:../icons/paddle.svg', dark: 'file:../icons/paddle.dark.svg' } as const;

	documentationUrl = 'https://developer.paddle.com/classic/api-reference';

	properties: INodeProperties[] = [
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			default: 'live',
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
			placeholder: 'e.g. https://paddle-proxy.example.com/api',
			description: 'What stands in place of https://vendors.paddle.com/api',
			displayOptions: { show: { environment: ['custom'] } },
		},
		{
			displayName: 'Vendor ID',
			name: 'vendorId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 12345',
			description: 'In Paddle Classic: Developer Tools > Authentication',
		},
		{ displayName: 'Vendor Auth Code', name: 'vendorAuthToken', type: 'string', typeOptions: { password: true }, default: '', required: true },
	];

	/** Classic takes its credentials in the form body. */
	async authenticate(credentials: ICredentialDataDecryptedObject, requestOptions: IHttpRequestOptions): Promise<IHttpRequestOptions> {
		const { body } = requestOptions;
		const form = new URLSearchParams(typeof body === 'string' ? body : {});
		form.set('vendor_id', String(credentials.vendorId).trim());
		form.set('vendor_auth_code', String(credentials.vendorAuthToken).trim());
		return { ...requestOptions, headers: { ...requestOptions.headers, 'Content-Type': 'application/x-www-form-urlencoded' }, body: form.toString() };
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL:
				'={{ $credentials.environment === "custom" ? $credentials.baseUrl.trim() : $credentials.environment === "sandbox" ? "https://sandbox-vendors.paddle.com/api" : "https://vendors.paddle.com/api" }}',
			url: '/2.0/subscription/modifiers',
			method: 'POST',
		},
		// Classic answers 200 to everything.
		rules: [
			{
				type: 'responseSuccessBody',
				properties: { key: 'success', value: false, message: 'Paddle Classic refuses this vendor ID and auth code. The sandbox has others than live.' },
			},
		],
	};
}
