import type { ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';

/** Xero signs people in, issues tokens and serves data on three hosts; any other base URL serves all of it itself. */
const hostOr = (xeroUrl: string, path: string) =>
	`={{ $self["baseUrl"].includes("//api.xero.com") ? "${xeroUrl}" : $self["baseUrl"].replace(/\\/+$/, "") + "${path}" }}`;

/** The granular scopes every app has; apps made before 2 March 2026 may use the broad ones until September 2027. */
const SCOPES = 'offline_access accounting.invoices accounting.contacts accounting.settings';

export class XeroForM3terOAuth2Api implements ICredentialType {
	name = 'xeroForM3terOAuth2Api';

	extends = ['oAuth2Api'];

	displayName = 'Xero for M3ter OAuth2 API';

	icon = { light: 'file:../icons/xero.svg', dark: 'file:../icons/xero.dark.svg' } as const;

	documentationUrl = 'https://developer.xero.com/documentation/guides/oauth2/overview/';

	properties: INodeProperties[] = [
		{
			displayName: 'Connection',
			name: 'grantType',
			type: 'options',
			default: 'authorizationCode',
			description: 'How n8n signs in to Xero',
			options: [
				{ name: 'Custom Connection', value: 'clientCredentials', description: 'Machine to machine, for one organisation; a paid option of Xero in AU, NZ, UK and US. Nobody has to sign in.' },
				{ name: 'Web App', value: 'authorizationCode', description: 'A person signs in once and chooses the organisations' },
			],
		},
		{
			displayName: 'Scopes',
			name: 'scopes',
			type: 'string',
			default: SCOPES,
			description:
				'Separated by spaces. Apps made before 2 March 2026 may have accounting.transactions instead of accounting.invoices. Xero refuses the sign-in when the app does not have one of them.',
		},
		{
			displayName: 'Webhook Key',
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Only for the Xero for m3ter Trigger. In the Xero developer portal: your app > Webhooks.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.xero.com',
			description: 'The same for demo companies and live organisations. Change it only for a proxy or a local sandbox.',
		},
		{
			displayName: 'Scope',
			name: 'scope',
			type: 'hidden',
			// A custom connection has no refresh token to ask for.
			default: '={{ $self["grantType"] === "clientCredentials" ? $self["scopes"].replace("offline_access", "").trim() : $self["scopes"] }}',
		},
		{ displayName: 'Authorization URL', name: 'authUrl', type: 'hidden', default: hostOr('https://login.xero.com/identity/connect/authorize', '/identity/connect/authorize') },
		{ displayName: 'Access Token URL', name: 'accessTokenUrl', type: 'hidden', default: hostOr('https://identity.xero.com/connect/token', '/connect/token') },
		{ displayName: 'Auth URI Query Parameters', name: 'authQueryParameters', type: 'hidden', default: '' },
		{ displayName: 'Authentication', name: 'authentication', type: 'hidden', default: 'header' },
	];

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.baseUrl}}', url: '/connections' },
		rules: [
			{ type: 'responseCode', properties: { value: 401, message: 'Xero did not accept the sign-in. Connect the credential again.' } },
		],
	};
}
