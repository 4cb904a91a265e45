import type { INodeProperties } from 'n8n-workflow';

type Show = Record<string, string[]>;

const idMode = (placeholder = 'a0c1e2d3-1111-4222-8333-444455556666') =>
	({ displayName: 'By ID', name: 'id', type: 'string' as const, placeholder: `e.g. ${placeholder}` });

interface LocatorOptions {
	displayName: string;
	name: string;
	search: string;
	show?: Show;
	/** Offer "By Code", with this example. */
	codeExample?: string;
	required?: boolean;
	description?: string;
}

/** A resource locator: from a searchable list, by ID and, where m3ter knows codes, by code. */
export const locator = ({ displayName, name, search, show, codeExample, required = true, description }: LocatorOptions): INodeProperties => ({
	displayName,
	name,
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required,
	...(description ? { description } : {}),
	...(show ? { displayOptions: { show } } : {}),
	modes: [
		{ displayName: 'From List', name: 'list', type: 'list', typeOptions: { searchListMethod: search, searchable: true } },
		idMode(),
		...(codeExample ? [{ displayName: 'By Code', name: 'code', type: 'string' as const, placeholder: `e.g. ${codeExample}` }] : []),
	],
});

const byIdOrCode = (what: string) => `ID that m3ter itself gave the ${what}, or its exact, case-sensitive code`;

/** What a locator without "By Code" says. */
export const byIdOnly = (what: string) => `ID that m3ter itself gave the ${what}; its code does not do here`;

export const accountLocator = (show: Show | undefined, extra: Partial<LocatorOptions> = {}): INodeProperties =>
	locator({ displayName: 'Account', name: 'account', search: 'searchAccounts', codeExample: 'globex', show, description: byIdOrCode('account'), ...extra });

export const planLocator = (show: Show | undefined, extra: Partial<LocatorOptions> = {}): INodeProperties =>
	locator({ displayName: 'Plan', name: 'plan', search: 'searchPlans', codeExample: 'pro_monthly', show, description: byIdOrCode('plan'), ...extra });

export const productLocator = (show: Show | undefined, extra: Partial<LocatorOptions> = {}): INodeProperties =>
	locator({ displayName: 'Product', name: 'product', search: 'searchProducts', codeExample: 'api', show, description: byIdOrCode('product'), ...extra });

/** "Return All" and "Limit". */
export const limits = (show: Show): INodeProperties[] => [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
		displayOptions: { show },
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		default: 50,
		typeOptions: { minValue: 1 },
		description: 'Max number of results to return',
		displayOptions: { show: { ...show, returnAll: [false] } as unknown as Show },
	},
];

export const simplify = (show: Show): INodeProperties => ({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
	displayOptions: { show },
});

export const customFields: INodeProperties = {
	displayName: 'Custom Fields',
	name: 'customFields',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add custom field',
	default: {},
	description: 'On update, fields that are not listed here are kept. No personal data: m3ter allows it only in name, address and email.',
	options: [
		{
			displayName: 'Field',
			name: 'field',
			values: [
				{
					displayName: 'Name',
					name: 'name',
					type: 'string',
					default: '',
					placeholder: 'e.g. crmId',
					description: 'To be declared for the organization first when calculations in m3ter are to use the field',
				},
				{ displayName: 'Value', name: 'value', type: 'string', default: '', description: 'Text, or a number by expression' },
			],
		},
	],
};
