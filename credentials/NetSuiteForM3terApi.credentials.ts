import { randomBytes } from 'crypto';
import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestHelper,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { accountNames } from '../nodes/NetSuite/account';
import { SIGN_IN_PATH, tokenRequestBody } from '../nodes/NetSuite/assertion';
import { authorizationHeader } from '../nodes/NetSuite/tokenBased';

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

const certificateFields = { show: { authentication: ['certificate'] } };
const tokenFields = { show: { authentication: ['tokenBased'] } };

const secret = (displayName: string, name: string): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	typeOptions: { password: true },
	default: '',
	required: true,
	displayOptions: tokenFields,
	description: 'Shown once by NetSuite, when it is created. Sandboxes have keys and tokens of their own.',
});

/** The whole URL of a request, as it goes out. */
function urlOf({ baseURL = '', url, qs }: IHttpRequestOptions): string {
	const whole = new URL(/^https?:\/\//.test(url) ? url : baseURL.replace(/\/+$/, '') + url);
	for (const [name, value] of Object.entries(qs ?? {})) whole.searchParams.append(name, String(value));
	return whole.toString();
}

export class NetSuiteForM3terApi implements ICredentialType {
	name = 'netSuiteForM3terApi';

	displayName = 'NetSuite for M3ter API';

	icon = { light: 'file:../icons/netsuite.svg', dark: 'file:../icons/netsuite.dark.svg' } as const;

	documentationUrl = 'https://github.com/n8n-nodes-m3ter/n8n-nodes-m3ter/blob/main/docs/netsuite.md#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'Session Token',
			name: 'sessionToken',
			type: 'hidden',
			typeOptions: { expirable: true, password: true },
			default: '',
		},
		{
			displayName: 'Account ID',
			name: 'accountId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 1234567_SB1',
			description: 'In NetSuite: Setup > Company > Company Information. A sandbox ends in _SB1, _SB2, …; it decides which account is used.',
		},
		{
			displayName: 'Authentication',
			name: 'authentication',
			type: 'options',
			default: 'certificate',
			options: [
				{
					name: 'OAuth 2.0 with Certificate',
					value: 'certificate',
					description: 'Client credentials, proved by a certificate. What NetSuite recommends.',
				},
				{
					name: 'Token-Based (OAuth 1.0a)',
					value: 'tokenBased',
					description: 'For integrations that exist already: NetSuite takes no new ones from release 2027.1 on',
				},
			],
		},
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			default: '',
			required: true,
			displayOptions: certificateFields,
			description: 'Of the integration record with "Client Credentials (Machine to Machine) Grant". Shown once, when the record is saved.',
		},
		{
			displayName: 'Certificate ID',
			name: 'certificateId',
			type: 'string',
			default: '',
			required: true,
			displayOptions: certificateFields,
			description: 'In NetSuite: Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup, after uploading the certificate',
		},
		{
			displayName: 'Private Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			required: true,
			displayOptions: certificateFields,
			placeholder: 'e.g. -----BEGIN PRIVATE KEY-----',
			description: 'Of the uploaded certificate, without passphrase. RSA with 3072 or 4096 bits (PS256), or EC (ES256, ES384, ES512).',
		},
		{ ...secret('Consumer Key', 'consumerKey') },
		{ ...secret('Consumer Secret', 'consumerSecret') },
		{ ...secret('Token ID', 'tokenId') },
		{ ...secret('Token Secret', 'tokenSecret') },
		{
			displayName: 'Script Secret',
			name: 'scriptSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'For the trigger only: the API secret the User Event script signs with. Make up a long random text and store the same one in NetSuite.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://1234567-sb1.suitetalk.api.netsuite.com',
			description: 'Leave empty to derive it from the account ID. Change it only for a proxy or a local sandbox.',
		},
	];

	/** Only with a certificate: an access token for an hour, kept with the credential until NetSuite refuses it. There is no refresh token. */
	async preAuthentication(this: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject) {
		if (credentials.authentication === 'tokenBased') return {};
		const accountId = text(credentials.accountId);
		const answer = (await this.helpers.httpRequest({
			method: 'POST',
			url: `${(text(credentials.baseUrl) || accountNames(accountId).restUrl).replace(/\/+$/, '')}${SIGN_IN_PATH}`,
			headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
			body: tokenRequestBody(
				{ accountId, clientId: text(credentials.clientId), certificateId: text(credentials.certificateId), privateKey: text(credentials.privateKey) },
				Date.now() / 1000,
			),
		})) as { access_token?: unknown } | undefined;
		const token = text(answer?.access_token);
		if (token === '') throw new Error('NetSuite answered the sign-in without an access token. Check the account ID and the base URL.');
		return { sessionToken: token };
	}

	/** Every attempt is signed anew: NetSuite takes a nonce once. */
	async authenticate(credentials: ICredentialDataDecryptedObject, requestOptions: IHttpRequestOptions): Promise<IHttpRequestOptions> {
		const Authorization =
			credentials.authentication === 'tokenBased'
				? authorizationHeader(
						{
							accountId: text(credentials.accountId),
							consumerKey: text(credentials.consumerKey),
							consumerSecret: text(credentials.consumerSecret),
							tokenId: text(credentials.tokenId),
							tokenSecret: text(credentials.tokenSecret),
						},
						{
							method: requestOptions.method ?? 'GET',
							url: urlOf(requestOptions),
							nonce: randomBytes(16).toString('hex'),
							timestamp: String(Math.floor(Date.now() / 1000)),
						},
					)
				: `Bearer ${text(credentials.sessionToken)}`;
		return { ...requestOptions, headers: { ...requestOptions.headers, Authorization } };
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL:
				'={{ $credentials.baseUrl.trim() || ("https://" + $credentials.accountId.trim().toLowerCase().replaceAll("_", "-") + ".suitetalk.api.netsuite.com") }}',
			url: '/services/rest/query/v1/suiteql?limit=1',
			method: 'POST',
			headers: { Prefer: 'transient' },
			body: { q: 'SELECT 1 AS test' },
			json: true,
		},
		rules: [
			{
				type: 'responseCode',
				properties: { value: 401, message: 'NetSuite did not accept the sign-in. The reason stands in Setup > Users/Roles > User Management > View Login Audit Trail.' },
			},
			{
				type: 'responseCode',
				properties: { value: 403, message: 'The role lacks a permission: it needs "REST Web Services" and "SuiteAnalytics Workbook".' },
			},
		],
	};
}
