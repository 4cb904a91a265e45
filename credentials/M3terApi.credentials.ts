import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestHelper,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** The organization a token was issued for: m3ter's access tokens are JWTs with an `orgId` claim. */
function organizationOf(token: string): string | undefined {
	const claims = token.split('.')[1];
	if (claims === undefined) return undefined;
	const parsed: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
	const orgId = parsed !== null && typeof parsed === 'object' && 'orgId' in parsed ? parsed.orgId : undefined;
	return typeof orgId === 'string' ? orgId : undefined;
}

export class M3terApi implements ICredentialType {
	name = 'm3terApi';

	displayName = 'M3ter API';

	icon = { light: 'file:../icons/m3ter.svg', dark: 'file:../icons/m3ter.dark.svg' } as const;

	documentationUrl = 'https://www.m3ter.com/docs/guides/authenticating-with-the-platform/creating-and-configuring-service-users';

	properties: INodeProperties[] = [
		{
			displayName: 'Session Token',
			name: 'sessionToken',
			type: 'hidden',
			typeOptions: { expirable: true, password: true },
			default: '',
		},
		{
			displayName: 'Organization ID',
			name: 'organizationId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 0ca01b15-4eff-4d9c-9d05-1cf6c2b1a4a8',
			description: 'In the m3ter Console: Settings > Organization > Organization ID',
		},
		{
			displayName: 'Access Key ID',
			name: 'accessKeyId',
			type: 'string',
			default: '',
			required: true,
			description: 'In the m3ter Console: Settings > Access > Service Users > your service user > Generate Access Key',
		},
		{
			displayName: 'API Secret',
			name: 'apiSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'Shown once by m3ter, when the access key is generated',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.m3ter.com',
			description: 'Sandbox organizations use the same address. Change it only for a proxy or a local sandbox.',
		},
		{
			displayName: 'Ingest Base URL',
			name: 'ingestBaseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://ingest.m3ter.com',
			description: 'Where measurements are sent. Leave empty to derive it from the base URL.',
		},
	];

	/** A token by client credentials, kept with the credential until m3ter refuses it. Lives 5 hours; there is no refresh token. */
	async preAuthentication(this: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject) {
		const answer: unknown = await this.helpers.httpRequest({
			method: 'POST',
			url: `${text(credentials.baseUrl).replace(/\/+$/, '')}/oauth/token`,
			headers: {
				Authorization: `Basic ${Buffer.from(`${text(credentials.accessKeyId)}:${text(credentials.apiSecret)}`).toString('base64')}`,
				'Content-Type': 'application/x-www-form-urlencoded',
			},
			body: 'grant_type=client_credentials',
		});
		const token = answer !== null && typeof answer === 'object' && 'access_token' in answer ? text(answer.access_token) : '';
		if (token === '') throw new Error('m3ter answered the sign-in without an access token. Check the base URL.');
		const organization = organizationOf(token);
		if (organization !== undefined && organization !== text(credentials.organizationId)) {
			throw new Error(`This access key belongs to organization ${organization}, not to ${text(credentials.organizationId)}.`);
		}
		return { sessionToken: token };
	}

	async authenticate(credentials: ICredentialDataDecryptedObject, requestOptions: IHttpRequestOptions): Promise<IHttpRequestOptions> {
		return { ...requestOptions, headers: { ...requestOptions.headers, Authorization: `Bearer ${text(credentials.sessionToken)}` } };
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl}}',
			url: '=/organizations/{{$credentials.organizationId}}/users/me',
		},
		rules: [
			{
				type: 'responseCode',
				properties: { value: 403, message: 'm3ter refused the organization ID. Check it, and that the service user has a permission policy.' },
			},
		],
	};
}
