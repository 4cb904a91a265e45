import type { IExecuteFunctions, ILoadOptionsFunctions, INodeProperties, IPollFunctions, IWebhookFunctions } from 'n8n-workflow';

/** Which organisation a node works on. */
export const organisationProperty: INodeProperties = {
	displayName: 'Organisation',
	name: 'organisation',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	description: 'The Xero organisation. Leave it empty when the credential reaches only one.',
	modes: [
		{ displayName: 'From List', name: 'list', type: 'list', typeOptions: { searchListMethod: 'searchOrganisations', searchable: true } },
		{
			displayName: 'By Tenant ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 7b9d2f40-5c1e-4f2a-8d3b-6e5f4a3b2c1d',
			validation: [{ type: 'regex', properties: { regex: '^\\s*[0-9a-fA-F-]{36}\\s*$', errorMessage: 'A tenant ID has 36 characters' } }],
		},
	],
};

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** The chosen tenant id, empty when none is chosen. */
export const organisationChoice = (context: IExecuteFunctions): string => text(context.getNodeParameter('organisation', 0, '', { extractValue: true }));

export const triggerOrganisation = (context: IPollFunctions | IWebhookFunctions): string => text(context.getNodeParameter('organisation', '', { extractValue: true }));

export const chosenInEditor = (context: ILoadOptionsFunctions): string => text(context.getCurrentNodeParameter('organisation', { extractValue: true }));
