import type { ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';

const AUTHORIZE_URL = 'https://appcenter.intuit.com/connect/oauth2';
const TOKEN_URL = 'https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer';

const customOnly = { show: { environment: ['custom'] } };

export class QuickBooksForM3terOAuth2Api implements ICredentialType {
	name = 'quickBooksForM3terOAuth2Api';

	extends = ['oAuth2Api'];

	displayName = 'QuickBooks for M3ter OAuth2 API';

	icon = { light: 'file:../icons/quickbooks.svg', dark: 'file:../icons/quickbooks.dark.svg' } as const;

	documentationUrl = 'https://github.com/n8n-nodes-m3ter/n8n-nodes-m3ter/blob/main/docs/quickbooks.md#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			default: 'production',
			description: 'Development keys of an Intuit app reach sandbox companies only, production keys real ones only',
			options: [
				{ name: 'Custom', value: 'custom', description: 'A proxy or a local sandbox' },
				{ name: 'Production', value: 'production' },
				{ name: 'Sandbox', value: 'sandbox' },
			],
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. http://127.0.0.1:4060',
			displayOptions: customOnly,
		},
		{
			displayName: 'Custom Authorization URL',
			name: 'customAuthUrl',
			type: 'string',
			default: AUTHORIZE_URL,
			displayOptions: customOnly,
		},
		{
			displayName: 'Custom Token URL',
			name: 'customTokenUrl',
			type: 'string',
			default: TOKEN_URL,
			displayOptions: customOnly,
		},
		{
			displayName: 'Company ID',
			name: 'companyId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 9341452098761234',
			description: 'The realm ID. Leave empty to use the company chosen when connecting.',
		},
		{
			displayName: 'Webhook Verifier Token',
			name: 'verifierToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Only needed for the trigger: in the Intuit developer portal, on the Webhooks page of the app. It is not the client secret.',
		},
		{ displayName: 'Grant Type', name: 'grantType', type: 'hidden', default: 'authorizationCode' },
		{
			displayName: 'Authorization URL',
			name: 'authUrl',
			type: 'hidden',
			default: `={{$self["environment"] === "custom" ? $self["customAuthUrl"] : "${AUTHORIZE_URL}"}}`,
		},
		{
			displayName: 'Access Token URL',
			name: 'accessTokenUrl',
			type: 'hidden',
			default: `={{$self["environment"] === "custom" ? $self["customTokenUrl"] : "${TOKEN_URL}"}}`,
		},
		{ displayName: 'Scope', name: 'scope', type: 'hidden', default: 'com.intuit.quickbooks.accounting' },
		{ displayName: 'Auth URI Query Parameters', name: 'authQueryParameters', type: 'hidden', default: '' },
		{ displayName: 'Authentication', name: 'authentication', type: 'hidden', default: 'header' },
	];

	test: ICredentialTestRequest = {
		request: {
			baseURL:
				'={{$credentials.environment === "custom" ? $credentials.baseUrl : $credentials.environment === "sandbox" ? "https://sandbox-quickbooks.api.intuit.com" : "https://quickbooks.api.intuit.com"}}',
			url: '=/v3/company/{{$credentials.companyId || $credentials.oauthTokenData.callbackQueryString.realmId}}/preferences',
			qs: { minorversion: '75' },
			headers: { Accept: 'application/json' },
		},
	};
}
