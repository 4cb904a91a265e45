import type { ICredentialDataDecryptedObject, ICredentialTestRequest, ICredentialType, IHttpRequestOptions, INodeProperties } from 'n8n-workflow';

export class ChargebeeForM3terApi implements ICredentialType {
	name = 'chargebeeForM3terApi';

	displayName = 'Chargebee for M3ter API';

	icon = { light: 'file:../icons/chargebee.svg', dark: 'file:../icons/chargebee.dark.svg' } as const;

	documentationUrl = 'https://www.chargebee.com/docs/2.0/api_keys.html';

	properties: INodeProperties[] = [
		{
			displayName: 'Site',
			name: 'site',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. acme-test',
			description: 'The part of the address before .chargebee.com. The name of a test site ends in -test; live and test sites have keys of their own.',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'In Chargebee: Settings > Configure Chargebee > API Keys. A full-access key; read-only and publishable keys cannot send bills.',
		},
		{
			displayName: 'Requests per Minute',
			name: 'requestsPerMinute',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 150,
			description: 'What your plan allows: 150 for test sites and Starter, 1000 for Performance, 3500 for Enterprise. Each execution stays a little below.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://chargebee-proxy.example.com',
			description: 'Leave empty for https://&lt;site&gt;.chargebee.com. Set it only for a proxy or a local sandbox.',
		},
	];

	async authenticate(credentials: ICredentialDataDecryptedObject, requestOptions: IHttpRequestOptions): Promise<IHttpRequestOptions> {
		const basic = Buffer.from(`${String(credentials.apiKey).trim()}:`).toString('base64');
		return { ...requestOptions, headers: { ...requestOptions.headers, Authorization: `Basic ${basic}` } };
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{ ($credentials.baseUrl || "").trim() || "https://" + $credentials.site.trim() + ".chargebee.com" }}',
			url: '/api/v2/configurations',
		},
		rules: [
			{ type: 'responseCode', properties: { value: 401, message: 'Chargebee does not know this key. Check that it belongs to this site; live and test sites have different keys.' } },
			{ type: 'responseCode', properties: { value: 403, message: 'This key may not read the configuration. Use a full-access key.' } },
			{ type: 'responseCode', properties: { value: 404, message: 'Chargebee has no such site. Check the site name.' } },
		],
	};
}
