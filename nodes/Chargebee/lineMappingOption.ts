import type { INodeProperties } from 'n8n-workflow';

/** What a bill line becomes in Chargebee: an ad hoc charge, or a charge item with its own tax settings. */
export const lineMappingOption: INodeProperties = {
	displayName: 'Line Mapping',
	name: 'lineMapping',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	default: {},
	placeholder: 'Add mapping',
	description:
		'Charge item and tax settings of each line. The accounting product code is looked up first, then the product code, then the line item type, then the row with an empty code. Lines without a row become ad hoc charges.',
	options: [
		{
			name: 'rows',
			displayName: 'Rows',
			values: [
				{
					displayName: 'Avalara Tax Code',
					name: 'avalaraTaxCode',
					type: 'string',
					default: '',
					description: 'For ad hoc charges',
				},
				{
					displayName: 'Charge Item Name or ID',
					name: 'item',
					type: 'options',
					typeOptions: { loadOptionsMethod: 'getChargeItems' },
					default: '',
					description:
						'Charge item price (product catalog 2.0) or non-recurring addon (1.0), flat fee or per unit. Chargebee prints its name as the text of the line. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
				},
				{
					displayName: 'Code or Type',
					name: 'match',
					type: 'string',
					default: '',
					placeholder: 'e.g. api-base',
					description: 'Product code or line item type in m3ter. Empty for all other lines.',
				},
				{ displayName: 'HSN Code', name: 'hsnCode', type: 'string', default: '', description: 'For ad hoc charges' },
				{ displayName: 'Tax Profile ID', name: 'taxProfile', type: 'string', default: '', description: 'For ad hoc charges that are unbilled or on a new invoice' },
				{
					displayName: 'Taxable',
					name: 'taxable',
					type: 'options',
					default: 'default',
					description: 'For ad hoc charges that are unbilled or on a new invoice',
					options: [
						{ name: 'As the Site Says', value: 'default' },
						{ name: 'No', value: 'no' },
						{ name: 'Yes', value: 'yes' },
					],
				},
				{ displayName: 'TaxJar Product Code', name: 'taxjarProductCode', type: 'string', default: '', description: 'For ad hoc charges' },
			],
		},
	],
};
